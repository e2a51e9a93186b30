package wire

// Method describes a method for those who call it from another language. Params
// and Result are values of the types that it takes and returns; nil: none.
type Method struct {
	Name           string
	Params, Result any
	Text           string
}

// Methods are the methods of the agent.
func Methods() []Method {
	return []Method{
		{MethodHello, Hello{}, Greeting{}, "The first call of a connection. A program of another protocol may call agent.status and agent.stop after it, and nothing else."},
		{MethodStatus, nil, Status{}, "What the agent is doing."},
		{MethodStop, Stop{}, true, "Ends the agent. Tasks go on when it is started again."},
		{MethodLimit, Limit{}, true, "Bounds the rate of all transfers, or of those with one host."},
		{MethodOpen, Open{}, Opened{}, "Associates the connection with a session, which is made if there is none. The states of its tasks follow."},
		{MethodForget, Forget{}, true, "Removes a session that nobody has open, with its tasks and their files."},
		{MethodSessions, nil, []Session{}, "The sessions that have tasks or are open."},
		{MethodCreate, Create{}, Created{}, "Makes a task. It is on the disk when the reply comes."},
		{MethodCreateAll, CreateAll{}, []Created{}, "Makes tasks, in the order given. Those without an error are on the disk when the reply comes."},
		{MethodSet, Set{}, Changed{}, "Changes settings of a task. Partial file, destination, header fields and the earliest begin only before its first resume, its name until it is complete."},
		{MethodAct, Act{}, Acted{}, "Resumes, suspends, cancels or pauses tasks."},
		{MethodAgain, Again{}, Created{}, "Tries a task again that has ended without success. The new task is on the disk when the reply comes."},
		{MethodAcknowledge, Acknowledge{}, true, "Says that results of the open session have reached their receiver. A task is gone when everybody who has the session open has acknowledged that it is done."},
		{MethodAnswer, Answer{}, Answered{}, "Answers a question."},
		{MethodTasks, List{}, Tasks{}, "Lists tasks, page by page."},
		{MethodWait, Wait{}, Waited{}, "Returns when tasks have ended."},
		{MethodLog, LogQuery{}, LogLines{}, "The story of a task, line by line."},
		{MethodHistory, HistoryQuery{}, History{}, "Searches the tasks that have ended and were acknowledged."},
	}
}
