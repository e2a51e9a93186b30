// Package link brings a program to the agent: the directories, the socket, who
// is at its other end, the start of an agent that is not there, and the
// handshake.
//
// The directories are 0700 and this user's, or nothing is done in them. The
// socket is 0600, and both sides ask the system who the other one is
// ([CheckPeer]): a socket in the right place with somebody else behind it gets
// no request, and a program of another user no answer.
package link
