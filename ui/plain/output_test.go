package plain

import (
	"errors"
	"slices"
	"testing"
)

// writes keeps what each Write brought.
type writes struct {
	all []string
	err error
}

func (w *writes) Write(p []byte) (int, error) {
	w.all = append(w.all, string(p))
	return len(p), w.err
}

func TestLinesThatArePrintedTogetherAreOneWrite(t *testing.T) {
	var w writes
	var failed error
	o := &output{w: &w, failed: func(err error) { failed = err }}
	o.together(func() {})
	o.together(func() { o.write([]byte("a\n")); o.write([]byte("b\n")) })
	o.write([]byte("c\n"))
	o.together(func() { o.write([]byte("d\n")) })
	if want := []string{"a\nb\n", "c\n", "d\n"}; !slices.Equal(w.all, want) || failed != nil {
		t.Errorf("writes %q, error %v; want %q", w.all, failed, want)
	}
	w.err = errors.New("full")
	o.together(func() { o.write([]byte("e\n")) })
	if !errors.Is(failed, w.err) {
		t.Errorf("the error of the writer: %v", failed)
	}
}
