// Package wire is what a background session and its agent say to each other:
// JSON-RPC 2.0 over a Unix socket, one JSON text per frame. docs/api.md
// describes it for programs that are not written in Go; its tables are checked
// against [Methods].
//
// # Framing
//
// A frame is the header line "Content-Length: N\r\n", an empty line, and N
// bytes of JSON, as the Language Server Protocol has it. A frame above
// [MaxFrame] is refused before a byte of room is made for it ([NewChannel]).
//
// # State, not events
//
// The agent does not send a stream of events. It sends the state of a task
// ([Task]) whenever it has changed, as often as the peer can take it, and the
// session on the other side tells its delegate what is new. So nothing can be
// lost by a slow peer, a dead peer or a dead agent: whoever connects is sent
// the state of every task, and a peer that never reads costs one set of task
// numbers. What must outlive the agent is in its database before it is sent.
//
// # Handshake
//
// The first call of a connection is [Hello]. Peers of another [Protocol] are
// told so ([ProtocolError]) and go; the transfers of a busy agent are not
// disturbed by a newer program.
package wire
