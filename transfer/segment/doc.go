// Package segment decides, without any input or output of its own, how one
// file is fetched over several connections at once: which connection fetches
// which range ([Plan]), and how many connections pay ([Tuner]).
//
// A plan begins with the ranges that are missing. A connection takes a [Piece]
// of them; when nothing is left that nobody fetches, it takes over the end of
// the piece that would be ready last. So all connections end at about the same
// time, however different they are. The bytes that a connection is about to
// read are claimed first, and a claimed byte is never given to another one:
// each byte is written once.
//
// The tuner looks at the throughput of all connections together, multiplies
// their number while that pays, and goes back when it did not. What pays depends on
// the link: against a server that limits each connection every one helps,
// across a link that one connection fills each further one costs round trips
// and packets. The tuner needs no knowledge of either, it measures. Only where
// packets are lost on a long way before one connection is up to speed does it
// go to as many as there may be at once: each loss holds up its own connection.
//
// Both are driven by their user: nothing here starts a goroutine or looks at a
// clock.
package segment
