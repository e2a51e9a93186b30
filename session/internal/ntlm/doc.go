// Package ntlm makes the messages of NTLM version 2 that a client sends, as
// MS-NLMP describes them: three messages, of which the second one is the
// server's, over one connection.
//
//	c := ntlm.New(`DOMAIN\user`, password, "HTTP/host")
//	first := c.Negotiate()
//	// the server answers with its challenge, over the same connection
//	last, err := c.Authenticate(challenge, endpoint.Hash(resp.TLS))
//
// What there is: the NTLMv2 response, the message integrity code over all three
// messages where the server sends a time stamp, the channel binding and the
// name of the service that is meant, so that a server which checks them takes
// nothing that was passed on. What there is not: NTLM version 1 and LM, whose
// answers can be broken in minutes; signing and sealing of what follows, which
// HTTP has no use for; a domain controller's side.
//
// The package knows no HTTP and no connection. Everything in a challenge is a
// stranger's: lengths and offsets are held against the message before they are
// used, and a challenge is at most 32 KiB.
package ntlm
