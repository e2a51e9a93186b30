// Package units writes sizes, rates, times and bars in as many cells as a
// column has, and no more when the numbers change.
//
// A list that is redrawn four times a second is readable only if nothing in it
// moves but what has changed. So sizes always have three significant digits
// (4.70 GB, 71.2 MB, 812 MB), and every form has a greatest width, given as a
// constant, that a column can be made of.
//
// The functions append to a byte slice, so that a row is composed without
// allocating; [AlignRight] then pads what was appended. What is appended by
// number functions is ASCII: bytes are cells.
//
// This is written here rather than taken from dustin/go-humanize, because that
// package changes the number of digits as a number grows ("9.9 MB", then "10
// MB"), so that columns twitch, has neither rates nor remaining times, returns
// strings only, and brings math/big along.
package units

import (
	"fmt"
	"strconv"
)

// System is a family of units. The zero System is SI.
type System uint8

const (
	SI    System = iota // powers of 1000: kB, MB, GB, as servers and disks count
	IEC                 // powers of 1024: KiB, MiB, GiB
	Bytes               // every digit, as far as a column holds them; SI beyond
)

// Named is the system that is called "si", "iec" or "bytes"; "" is SI.
func Named(name string) (System, error) {
	switch name {
	case "", "si":
		return SI, nil
	case "iec":
		return IEC, nil
	case "bytes":
		return Bytes, nil
	}
	return SI, fmt.Errorf("units %q: they are si, iec or bytes", name)
}

// The greatest widths, in cells, for amounts that are known or not. Those of
// [System.BytesWidth] and [System.RateWidth] differ with the system.
const (
	ShortWidth   = 6 // "48.5 M"
	ShortRate    = 7 // "21.4M/s"
	PercentWidth = 4 // "100%"
	ETAWidth     = 5 // "59:59", "~23 h"
)

// The greatest numbers that Bytes writes in digits.
const (
	mostBytes = 999_999_999_999
	mostRate  = 999_999_999
)

// BytesWidth is the greatest width of a number of bytes.
func (s System) BytesWidth() int {
	switch s {
	case IEC:
		return len("4.70 GiB")
	case Bytes:
		return len("999999999999 B")
	}
	return len("4.70 GB")
}

// RateWidth is the greatest width of a rate.
func (s System) RateWidth() int {
	switch s {
	case IEC:
		return len("21.4 MiB/s")
	case Bytes:
		return len("999999999 B/s")
	}
	return len("21.4 MB/s")
}

// unknown stands for an amount that nobody has told us.
const unknown = "?"

// Bytes is the string form of [System.AppendBytes].
func (s System) Bytes(n int64) string { return string(s.AppendBytes(nil, n)) }

// AppendBytes appends a number of bytes: "812 B", "4.70 GB", or "?" if n is
// negative. In every unit but B it has three significant digits, and it turns
// to the next unit where a fourth would be needed, also in IEC: 1000 KiB is
// 0.98 MiB. Bytes has no other unit up to 12 digits.
func (s System) AppendBytes(dst []byte, n int64) []byte {
	if n < 0 {
		return append(dst, unknown...)
	}
	sc := s.scaleOf(n)
	dst = append(sc.appendNumber(dst, n), ' ')
	return sc.appendUnit(dst)
}

// Rate is the string form of [System.AppendRate].
func (s System) Rate(perSecond int64) string { return string(s.AppendRate(nil, perSecond)) }

// AppendRate appends bytes a second: "21.4 MB/s". Bytes has up to 9 digits.
func (s System) AppendRate(dst []byte, perSecond int64) []byte {
	if s == Bytes && perSecond > mostRate {
		s = SI
	}
	dst = s.AppendBytes(dst, perSecond)
	if perSecond < 0 {
		return dst
	}
	return append(dst, "/s"...)
}

// AppendShort appends a number of bytes with the first letter of its unit
// only: "48.5 M". The system cannot be told from it. There is no room for more
// digits: Bytes is SI here.
func (s System) AppendShort(dst []byte, n int64) []byte {
	return s.appendShort(dst, n, " ")
}

// AppendShortRate appends bytes a second for narrow columns: "21.4M/s".
func (s System) AppendShortRate(dst []byte, perSecond int64) []byte {
	dst = s.appendShort(dst, perSecond, "")
	if perSecond < 0 {
		return dst
	}
	return append(dst, "/s"...)
}

func (s System) appendShort(dst []byte, n int64, gap string) []byte {
	if n < 0 {
		return append(dst, unknown...)
	}
	if s == Bytes {
		s = SI
	}
	sc := s.scaleOf(n)
	dst = append(sc.appendNumber(dst, n), gap...)
	if sc.power == 0 {
		return append(dst, 'B')
	}
	return append(dst, sc.letter())
}

// AppendPart appends how much of a whole is there, both in the unit of the
// whole, with sep between them: "512 of 812 MB", "3.00/33.0 MB". Without a
// known whole it appends the part alone.
func (s System) AppendPart(dst []byte, part, whole int64, sep string) []byte {
	if whole < 0 || part < 0 {
		return s.AppendBytes(dst, part)
	}
	sc := s.scaleOf(max(part, whole))
	dst = append(sc.appendNumber(dst, part), sep...)
	dst = append(sc.appendNumber(dst, whole), ' ')
	return sc.appendUnit(dst)
}

// scale is a unit: base to the power.
type scale struct {
	system System
	power  int
	size   int64 // bytes in one unit
}

// scaleOf is the smallest unit in which n rounds to less than 1000, or has few
// enough digits for Bytes.
func (s System) scaleOf(n int64) scale {
	base := int64(1000)
	if s == IEC {
		base = 1024
	}
	sc := scale{system: s, size: 1}
	if s == Bytes && n <= mostBytes {
		return sc
	}
	// The largest int64 is 9.22 EB: the letters do not run out.
	for rounded(n, sc.size, 1) >= 1000 {
		sc.size *= base
		sc.power++
	}
	return sc
}

// appendNumber appends n in this unit with three significant digits.
func (sc scale) appendNumber(dst []byte, n int64) []byte {
	if sc.power == 0 {
		return strconv.AppendInt(dst, n, 10)
	}
	if hundredths := rounded(n, sc.size, 100); hundredths < 1000 {
		return appendDecimal(dst, hundredths, 2)
	}
	if tenths := rounded(n, sc.size, 10); tenths < 1000 {
		return appendDecimal(dst, tenths, 1)
	}
	return strconv.AppendInt(dst, rounded(n, sc.size, 1), 10)
}

func (sc scale) letter() byte {
	if sc.system == IEC {
		return "BKMGTPE"[sc.power]
	}
	return "BkMGTPE"[sc.power]
}

func (sc scale) appendUnit(dst []byte) []byte {
	if sc.power == 0 {
		return append(dst, 'B')
	}
	dst = append(dst, sc.letter())
	if sc.system == IEC {
		dst = append(dst, 'i')
	}
	return append(dst, 'B')
}

// rounded is n/size in steps of 1/steps, rounded half up. It does not overflow:
// steps is at most 100.
func rounded(n, size, steps int64) int64 {
	whole, rest := n/size, n%size
	if size < 1<<40 {
		return whole*steps + (rest*steps+size/2)/size
	}
	// rest*steps might not fit. A hundredth of such a unit is many bytes, so
	// dividing both first loses nothing that shows.
	const less = 1 << 10
	return whole*steps + (rest/less*steps+size/less/2)/(size/less)
}

// appendDecimal appends n/10^digits.
func appendDecimal(dst []byte, n int64, digits int) []byte {
	unit := int64(10)
	if digits == 2 {
		unit = 100
	}
	dst = strconv.AppendInt(dst, n/unit, 10)
	dst = append(dst, '.')
	if digits == 2 {
		dst = append(dst, byte('0'+n%100/10))
	}
	return append(dst, byte('0'+n%10))
}

// Percent is the string form of [AppendPercent].
func Percent(part, whole int64) string { return string(AppendPercent(nil, part, whole)) }

// AppendPercent appends "63%", rounded down, so that 100% is only for what is
// complete. It appends nothing if the whole is unknown (negative). Of nothing
// one has 100%.
func AppendPercent(dst []byte, part, whole int64) []byte {
	if whole < 0 || part < 0 {
		return dst
	}
	percent := Filled(100, Fraction(part, whole))
	return append(strconv.AppendInt(dst, int64(percent), 10), '%')
}

// Fraction is part/whole between 0 and 1, or negative if the whole is unknown.
// Less than the whole is less than 1.
func Fraction(part, whole int64) float64 {
	switch {
	case whole < 0 || part < 0:
		return -1
	case part >= whole:
		return 1
	}
	const nearlyOne = 1 - 1e-9
	return min(float64(part)/float64(whole), nearlyOne)
}

// AlignRight moves what was appended to dst since it had the length from to
// the right end of a column of width cells. What is wider stays.
//
//	mark := len(row)
//	row = units.SI.AppendBytes(row, n)
//	row = units.AlignRight(row, mark, units.BytesWidth)
func AlignRight(dst []byte, from, width int) []byte {
	n := len(dst) - from
	gap := width - n
	if gap <= 0 {
		return dst
	}
	for range gap {
		dst = append(dst, ' ')
	}
	copy(dst[from+gap:], dst[from:from+n])
	for i := range gap {
		dst[from+i] = ' '
	}
	return dst
}
