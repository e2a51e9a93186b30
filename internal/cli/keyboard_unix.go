//go:build unix

package cli

import (
	"io"
	"os"
)

// keyboard is a terminal's input that outlives the terminal: after a hang-up
// nobody types any more, which is no failure. What was under way is brought to
// rest in peace, as the signal asks for.
type keyboard struct {
	*os.File
	gone <-chan struct{} // closed when the monitor has ended
}

func (k keyboard) Read(p []byte) (int, error) {
	n, err := k.File.Read(p)
	if err != nil && n == 0 {
		<-k.gone
		return 0, io.EOF
	}
	return n, err
}

// patient makes the input of a terminal a keyboard.
func patient(in io.Reader, gone <-chan struct{}) io.Reader {
	if f, ok := in.(*os.File); ok {
		return keyboard{f, gone}
	}
	return in
}
