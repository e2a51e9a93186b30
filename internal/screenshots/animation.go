package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// span is the time in which an element is there, in shots; end is not one of
// them.
type span struct{ from, end int }

// animate draws shots as one SVG that plays for ever. An element that stays
// where it is from one screen to the next is written once, with the times at
// which it is there; those that come and go together share a group with one
// animation. Without animations the shot in the middle is shown.
func animate(shots []shot, length time.Duration, width, height int) string {
	spans := make(map[string][]span)
	var order []string // of their first coming
	for i, s := range shots {
		for _, e := range elements(parse(s.styled)) {
			last := spans[e]
			switch n := len(last); {
			case n == 0:
				order = append(order, e)
				fallthrough
			case last[n-1].end < i:
				spans[e] = append(last, span{i, i + 1})
			default:
				last[n-1].end = i + 1
			}
		}
	}
	// Grounds lie under all text.
	slices.SortStableFunc(order, func(a, b string) int { return ground(b) - ground(a) })

	groups := make(map[string][]string)
	var keys []string
	for _, e := range order {
		key := fmt.Sprint(ground(e), spans[e])
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], e)
	}

	var style, body strings.Builder
	style.WriteString("g g{visibility:hidden}\n")
	for i, key := range keys {
		times := spans[groups[key][0]]
		class := ""
		if slices.ContainsFunc(times, func(s span) bool { return s.from <= len(shots)/2 && len(shots)/2 < s.end }) {
			class = ` class="still"`
		}
		fmt.Fprintf(&style, "@keyframes k%d{%s}#g%d{animation:k%d %.2fs step-end infinite}\n", i, frames(times, shots, length), i, i, length.Seconds())
		fmt.Fprintf(&body, "<g id=\"g%d\"%s>\n%s\n</g>\n", i, class, strings.Join(groups[key], "\n"))
	}
	style.WriteString(".still{visibility:visible}\n@media (prefers-reduced-motion:reduce){g g{animation:none!important}}\n")
	return open(width, height) + "<style>\n" + style.String() + "</style>\n<g " + font + ">\n" + body.String() + "</g>\n</svg>\n"
}

// ground is 1 for what lies under text.
func ground(element string) int {
	if strings.HasPrefix(element, "<rect") {
		return 1
	}
	return 0
}

// frames are the keyframes of something that is there in spans.
func frames(spans []span, shots []shot, length time.Duration) string {
	var b strings.Builder
	at := func(shot int) string {
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*shots[shot].at.Seconds()/length.Seconds()), "0"), ".") + "%"
	}
	if spans[0].from > 0 {
		b.WriteString("0%{visibility:hidden}")
	}
	for _, s := range spans {
		begin := "0%"
		if s.from > 0 {
			begin = at(s.from)
		}
		b.WriteString(begin + "{visibility:visible}")
		if s.end < len(shots) {
			b.WriteString(at(s.end) + "{visibility:hidden}")
		}
	}
	if spans[len(spans)-1].end == len(shots) {
		b.WriteString("to{visibility:visible}")
	}
	return b.String()
}
