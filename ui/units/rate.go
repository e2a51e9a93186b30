package units

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// maxRate is the greatest limit that can be asked for, in bytes per second.
const maxRate = 1e12

var errRate = errors.New("write a number, with k, M or G if you like: 500k, 2M, 1.5G; empty or 0 is no limit")

// ParseRate reads bytes per second as people type them: "500k", "1.5 MB/s",
// "2Mi"; nothing, "0", "none" and "off" are 0. The error says how to write it.
func ParseRate(s string) (int64, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "/s"), "b"))
	switch s {
	case "", "none", "off":
		return 0, nil
	}
	base, factor := 1000.0, 1.0
	if t, ok := strings.CutSuffix(s, "i"); ok {
		s, base = t, 1024
	}
	for i, unit := range []string{"k", "m", "g"} {
		if t, ok := strings.CutSuffix(s, unit); ok {
			s, factor = strings.TrimSpace(t), math.Pow(base, float64(i+1))
		}
	}
	if base == 1024 && factor == 1 || strings.ContainsAny(s, "xpin_") { // no hexadecimal, no "inf", no "nan"
		return 0, errRate
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x < 0 || x*factor > maxRate || x > 0 && x*factor < 1 {
		return 0, errRate
	}
	return int64(math.Round(x * factor)), nil
}

// RateText is a limit as ParseRate reads it, in as few characters as possible
// without rounding; "" for none.
func RateText(bytesPerSecond int64) string {
	if bytesPerSecond <= 0 {
		return ""
	}
	for _, u := range []struct {
		sign string
		size int64
	}{{"G", 1e9}, {"M", 1e6}, {"k", 1e3}} {
		// A tenth of a unit is written with a point.
		if tenth := u.size / 10; bytesPerSecond >= u.size && bytesPerSecond%tenth == 0 {
			return strconv.FormatFloat(float64(bytesPerSecond)/float64(u.size), 'f', -1, 64) + u.sign
		}
	}
	return strconv.FormatInt(bytesPerSecond, 10)
}
