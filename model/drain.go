package model

// DrainMsg is sent to a front end from outside its loop, by a signal: the first
// one makes it call [Model.Quit] without a question, a second one ends it at
// once. Model.Update ignores it.
type DrainMsg struct{}
