package dialog

import "unicode"

// edit is a line of text with a cursor. What is deleted is overwritten.
//
// It is written here, not taken from bubbles: of that text input nothing would
// be used but the editing, while its drawing does not clean what it draws, its
// clipboard delivers whenever it likes, and its buffer leaves copies behind.
type edit struct {
	text []rune
	at   int // the cursor stands before this rune
	most int // runes that there is room for
}

// newSecretEdit has its whole buffer from the start. Growing would move it, and
// leave a copy of a password behind.
func newSecretEdit(most int) *edit { return &edit{text: make([]rune, 0, most), most: most} }

// insert writes s at the cursor, as much as there is room for. Breaks and tabs
// become spaces; other control characters cannot be meant.
func (e *edit) insert(s string) {
	var in []rune
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			in = append(in, ' ')
		case r != unicode.ReplacementChar && !unicode.IsControl(r):
			in = append(in, r)
		}
	}
	n := min(len(in), e.most-len(e.text))
	old := len(e.text)
	e.text = append(e.text, in[:n]...)
	copy(e.text[e.at+n:], e.text[e.at:old])
	copy(e.text[e.at:], in[:n])
	clear(in)
	e.at += n
}

// remove deletes the runes from a to b and puts the cursor there.
func (e *edit) remove(a, b int) {
	n := copy(e.text[a:], e.text[b:])
	clear(e.text[a+n:])
	e.text, e.at = e.text[:a+n], a
}

func (e *edit) clear() { e.remove(0, len(e.text)) }

// press does what a key does in a line of text, as readline has it. It reports
// whether it knows the key.
func (e *edit) press(key string) bool {
	switch key {
	case "left", "ctrl+b":
		e.at = max(e.at-1, 0)
	case "right", "ctrl+f":
		e.at = min(e.at+1, len(e.text))
	case "home", "ctrl+a":
		e.at = 0
	case "end", "ctrl+e":
		e.at = len(e.text)
	case "alt+left", "ctrl+left", "alt+b":
		e.at = e.wordBefore()
	case "alt+right", "ctrl+right", "alt+f":
		e.at = e.wordAfter()
	case "backspace", "ctrl+h":
		e.remove(max(e.at-1, 0), e.at)
	case "delete", "ctrl+d":
		e.remove(e.at, min(e.at+1, len(e.text)))
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		e.remove(e.wordBefore(), e.at)
	case "alt+d", "alt+delete", "ctrl+delete":
		e.remove(e.at, e.wordAfter())
	case "ctrl+u":
		e.remove(0, e.at)
	case "ctrl+k":
		e.remove(e.at, len(e.text))
	default:
		return false
	}
	return true
}

// wordBefore is where the word before the cursor begins. Words are letters and
// digits, so that a URL is deleted part by part.
func (e *edit) wordBefore() int {
	i := e.at
	for i > 0 && !isWord(e.text[i-1]) {
		i--
	}
	for i > 0 && isWord(e.text[i-1]) {
		i--
	}
	return i
}

func (e *edit) wordAfter() int {
	i := e.at
	for i < len(e.text) && !isWord(e.text[i]) {
		i++
	}
	for i < len(e.text) && isWord(e.text[i]) {
		i++
	}
	return i
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
