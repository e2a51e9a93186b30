package phrases

import "strconv"

// Transfers is how many transfers there are: "1 transfer", "3 transfers".
func Transfers(n int) string {
	if n == 1 {
		return "1 transfer"
	}
	return strconv.Itoa(n) + " transfers"
}

// Called is what n transfers are called: by name, if there is one.
func Called(name string, n int) string {
	if n == 1 && name != "" {
		return name
	}
	return Transfers(n)
}
