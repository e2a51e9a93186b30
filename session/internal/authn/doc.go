// Package authn holds the HTTP authentication mechanisms: it reads challenges
// and computes the credentials that answer them. It knows no connection, no
// task and no delegate; package session routes the challenges and decides who
// is asked.
//
// A 401 or 407 response goes through it like this:
//
//	offered := authn.Parse(resp.Header.Values("WWW-Authenticate"))
//	slices.SortStableFunc(offered, func(a, b authn.Challenge) int {
//		return authn.Strength(b) - authn.Strength(a)
//	})
//	// the first that is Supported and that the delegate does not reject
//
// Basic is a function, for it has no state. Digest is a value for each
// protection space: it counts its requests, and each of its Answers remembers
// what the server's proof in the response must be held against:
//
//	space, err := authn.NewDigest(challenge, credential, req.URL)
//	answer, err := space.Answer(req.Method, req.URL.RequestURI(), authn.NoBody)
//	req.Header.Set("Authorization", answer.String())
//	// 401: answer.Stale(challenge) → space.Renew(challenge), answer again
//	// else: answer.Accept(resp.Header.Values("Authentication-Info"), nil)
//
// For a proxy the code is the same and the fields are Proxy-Authenticate,
// Proxy-Authorization and Proxy-Authentication-Info.
//
// Everything in a challenge is a stranger's text. Parse bounds it and lets no
// control character through, apart from the tab; bidirectional overrides and
// the like are left in, so a realm is cleaned before a person sees it.
//
// Sources: RFC 9110 section 11 (challenges), RFC 7617 (Basic), RFC 7616 with
// RFC 2069 and RFC 2617 for servers of their time (Digest), RFC 8187
// (extended user name).
package authn
