package phrases

import "strconv"

// Transfers is how many transfers there are: "1 transfer", "3 transfers".
func Transfers(n int) string { return count(n, "transfer") }

// Arguments is how many arguments there are.
func Arguments(n int) string { return count(n, "argument") }

// Called is what n transfers are called: by name, if there is one.
func Called(name string, n int) string {
	if n == 1 && name != "" {
		return name
	}
	return Transfers(n)
}

// count is how many there are of something: "1 mistake", "2 mistakes".
func count(n int, what string) string {
	return strconv.Itoa(n) + " " + what + form(n, "", "s")
}

// form is the form of a word for n of what it is about.
func form(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
