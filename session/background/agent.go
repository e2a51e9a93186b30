package background

import "context"

// Run is an agent in the foreground: it takes the lock and the socket, serves
// until ctx ends, it is told to stop or has lingered long enough, and then
// stops all tasks in a way that they go on with no byte lost. It returns
// [ErrRunning] when another agent has the lock.
func Run(ctx context.Context, o Options) error { panic("contract") }
