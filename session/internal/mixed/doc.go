// Package mixed splits a multipart/x-mixed-replace body into its parts while it
// arrives (guide step 14): each part replaces the one before, and the stream
// may go on for ever.
//
//	parts, err := mixed.NewReader(response.Body, response.Header.Get("Content-Type"))
//	for {
//		part, err := parts.NextPart() // io.EOF after the last
//		…                             // part.Header, then Read to io.EOF
//	}
//
// The syntax is RFC 2046 section 5.1.1, read as leniently as cameras and other
// senders of such streams need:
//
//   - lines end in CRLF or in LF, also mixed; a part of a sender that uses bare
//     LF and whose own last byte is CR loses that byte
//   - the boundary parameter may hold characters that need quotes without having
//     them, and may be written with the two hyphens of a delimiter in front
//   - the end of the body without a final delimiter is the end of the last part,
//     if it is a clean one: an error of the body is an error of the part
//   - the boundary rules, not a part's Content-Length, say where it ends
//
// mime/multipart cannot tell those two ends of the body apart, lets a part's
// header take 10 MiB, does not mix line ends and fails on a preamble with a line
// of more than 4 KiB.
//
// Read returns what has come in, at most a delimiter's length is held back, and
// memory is bounded: 8 KiB for the body, 64 KiB for a part's header. What
// follows the final delimiter is not read.
package mixed
