package model

// FrameMsg says that slots are dirty and a frame is due.
type FrameMsg struct{}

// QuitMsg says that everything is at rest and the program may end.
type QuitMsg struct{}
