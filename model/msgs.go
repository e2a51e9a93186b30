package model

import "haul/session"

// FrameMsg says that slots are dirty and a frame is due.
type FrameMsg struct{}

// roomMsg says that a task has ended: rows that wait may start, and what was
// drained is shown by the next frame.
type roomMsg struct{}

// QuitMsg says that everything is at rest and the program may end.
type QuitMsg struct{}

// pausedMsg is what CancelByProducingResumeData returned.
type pausedMsg struct {
	row  RowID
	task session.TaskID
	data session.ResumeData
	err  error
}

// dueMsg says that a retry is due.
type dueMsg struct{}

// placesMsg says that hosts which have not answered get more places.
type placesMsg struct{}

// watchMsg says that the network is to be watched from now on.
type watchMsg struct{}

// networkMsg says that the network of the machine has changed.
type networkMsg struct{}

// clearedMsg says that the old bytes of rows that start over are gone.
type clearedMsg struct {
	row RowID
	err error
}

// deletedMsg says that the file of a removed row was deleted.
type deletedMsg struct {
	row RowID
	err error
}

// deadlineMsg says that Quit has waited long enough.
type deadlineMsg struct{}
