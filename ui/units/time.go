package units

import (
	"strconv"
	"time"
)

// ETA is the string form of [AppendETA].
func ETA(left time.Duration) string { return string(AppendETA(nil, left)) }

// AppendETA appends how long something will still take: "0:14", "7:10",
// "~2 h", "~3 d", or "?" if left is negative (unknown). Seconds are rounded up:
// "0:00" is for nothing left. From one hour on seconds would only pretend to be
// known.
func AppendETA(dst []byte, left time.Duration) []byte {
	const (
		hour = 60 * 60
		day  = 24 * hour
	)
	if left < 0 {
		return append(dst, unknown...)
	}
	seconds := int64(left / time.Second)
	if left%time.Second > 0 {
		seconds++
	}
	switch {
	case seconds < hour:
		return appendClock(dst, seconds)
	case seconds < 2*day-hour/2:
		return appendAbout(dst, (seconds+hour/2)/hour, " h")
	case seconds < 99*day+day/2:
		return appendAbout(dst, (seconds+day/2)/day, " d")
	}
	return append(dst, ">99 d"...)
}

func appendAbout(dst []byte, n int64, unit string) []byte {
	dst = append(dst, '~')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, unit...)
}

// Duration is the string form of [AppendDuration].
func Duration(d time.Duration) string { return string(AppendDuration(nil, d)) }

// AppendDuration appends how long something took, in whole seconds: "0:37",
// "1:02:03", "26:00:00". A negative duration shows as zero.
func AppendDuration(dst []byte, d time.Duration) []byte {
	seconds := max(int64(d/time.Second), 0)
	if seconds < 3600 {
		return appendClock(dst, seconds)
	}
	dst = strconv.AppendInt(dst, seconds/3600, 10)
	dst = append(dst, ':')
	if seconds/60%60 < 10 {
		dst = append(dst, '0')
	}
	return appendClock(dst, seconds%3600)
}

// appendClock appends minutes and seconds.
func appendClock(dst []byte, seconds int64) []byte {
	dst = strconv.AppendInt(dst, seconds/60, 10)
	return append(dst, ':', byte('0'+seconds%60/10), byte('0'+seconds%10))
}
