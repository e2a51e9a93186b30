package authn

import "strings"

// scanner reads the grammar of RFC 9110 section 5.6 from one field value.
type scanner struct {
	text    string
	at      int
	started bool
}

// nextElement moves to the next element of a comma-separated list that is not
// empty, past what is left of this one. A comma within quotes separates
// nothing.
func (p *scanner) nextElement() bool {
	if p.started {
		p.skipRest()
	}
	p.started = true
	for p.at < len(p.text) && (isSpace(p.text[p.at]) || p.text[p.at] == ',') {
		p.at++
	}
	return p.at < len(p.text)
}

// skipRest moves to the next comma. Quotes that do not end hide the rest of the
// value: what is within them cannot be told from what is not.
func (p *scanner) skipRest() {
	for p.at < len(p.text) && p.text[p.at] != ',' {
		if p.text[p.at] == '"' {
			p.quoted()
			continue
		}
		p.at++
	}
}

func (p *scanner) space() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

// peek is the next byte, 0 at the end. A 0 in the text is no part of any
// grammar either.
func (p *scanner) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// atDelimiter reports whether the element ends here.
func (p *scanner) atDelimiter() bool {
	return p.at == len(p.text) || p.text[p.at] == ','
}

func (p *scanner) token() string {
	start := p.at
	for p.at < len(p.text) && isTokenByte(p.text[p.at]) {
		p.at++
	}
	return p.text[start:p.at]
}

// token68 reads a token68 that fills the rest of the element (RFC 9110 section
// 11.2), or nothing. Filling it is what tells "a=" from the parameter "a=b".
func (p *scanner) token68() string {
	start := p.at
	for p.at < len(p.text) && isToken68Byte(p.text[p.at]) {
		p.at++
	}
	if p.at > start {
		for p.peek() == '=' {
			p.at++
		}
		found := p.text[start:p.at]
		p.space()
		if p.atDelimiter() {
			return found
		}
	}
	p.at = start
	return ""
}

// param reads name, "=" and a token or quoted string, with optional space
// around the sign.
func (p *scanner) param() (name, value string, ok bool) {
	name = p.token()
	p.space()
	if name == "" || p.peek() != '=' {
		return "", "", false
	}
	return p.paramAfter(name)
}

// paramAfter reads the rest of a parameter from its sign on. The name comes
// back in lower case.
func (p *scanner) paramAfter(word string) (name, value string, ok bool) {
	p.at++
	p.space()
	if p.peek() == '"' {
		value, ok = p.quoted()
	} else {
		value = p.token()
		ok = value != ""
	}
	return strings.ToLower(word), value, ok
}

// quoted reads a quoted string (RFC 9110 section 5.6.4) and takes its escapes
// away. It is not ok when the closing quote is missing or a control character
// stands within; at is then behind what was read.
func (p *scanner) quoted() (value string, ok bool) {
	var b strings.Builder
	clean := true
	for p.at++; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch c {
		case '"':
			p.at++
			return b.String(), clean
		case '\\':
			p.at++
			if p.at == len(p.text) {
				return "", false
			}
			c = p.text[p.at]
		}
		clean = clean && !isControl(c)
		b.WriteByte(c)
	}
	return "", false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// isCTL is CTL of RFC 5234.
func isCTL(c byte) bool { return c < ' ' || c == 0x7f }

// isControl reports a control character that no quoted string may hold: every
// one but the tab.
func isControl(c byte) bool { return isCTL(c) && c != '\t' }

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isToken68Byte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0
}
