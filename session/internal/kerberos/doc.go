// Package kerberos is the client's side of Negotiate (RFC 4559) by Kerberos:
// it finds a ticket, or gets one with a password, and makes the tokens.
//
//	tickets := kerberos.New(kerberos.Settings{})
//	t, err := tickets.AtHand("HTTP/www.example.com")   // no question asked
//	t, err := tickets.Login(user, password, "HTTP/www.example.com")
//	x, token, err := t.Begin(endpoint.Hash(resp.TLS))
//	// the server answers 200 with a token of its own
//	err = x.Finish(reply)
//
// Where tickets come from, in this order: the credential cache (KRB5CCNAME, else
// /tmp/krb5cc_UID), the client's keytab (KRB5_CLIENT_KTNAME, or the settings), a
// password. krb5.conf is the file of KRB5_CONFIG, else /etc/krb5.conf. Nothing is
// written: a ticket that a password got lives in memory, for one authentication.
//
// The name of a service is made of the host as it was asked for. It is not
// looked up in the DNS, so that whoever answers there cannot name another
// service. Credentials are not delegated.
//
// The exchange with the key distribution centre and the cryptography are those
// of github.com/jcmturner/gokrb5. Its network is not bound to a context: a call
// of AtHand or Login lasts at most some 5 s for each centre that does not
// answer. The tokens of SPNEGO (RFC 4178) and of the Kerberos mechanism (RFC
// 4121) are made here, and the server's answer is checked here, which gokrb5
// leaves out. A Tickets is safe for use by several goroutines.
package kerberos
