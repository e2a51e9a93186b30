// Package hsts remembers which hosts want to be reached over verified TLS only
// (RFC 6797, HTTP Strict Transport Security).
//
// A host says so in the Strict-Transport-Security field of a response that came
// over https from a server whose certificate was verified; whoever calls
// [Store.Note] has seen to that. From then on, until the time that it named is
// over, an http URL of the host is to be taken as the https URL that
// [Store.Secure] makes of it, and a certificate that cannot be verified is not to
// be waved through (RFC 6797 sections 8.3, 8.4 and 12.1).
//
// IP addresses have no such policy. There is no list of hosts that are known from
// the start: those of browsers have more than a hundred thousand names, a few
// megabytes that are out of date soon.
//
// # The file
//
// A store made by [At] is a file that several processes share, of one line for
// each host:
//
//	example.org 2027-11-23T03:00:00Z includeSubDomains
//
// that is the host, until when it is known, and whether it speaks for all hosts
// below it. The file is the user's alone (0600) and is replaced as a whole. It is
// read again when it has changed. Lines that are none of ours are passed over,
// and gone with the next change.
package hsts
