package integrity

import (
	"encoding/base64"
	"strings"
)

// maxField bounds what is read of a field in bytes.
const maxField = 16 << 10

// Fields reads the values of Repr-Digest or Content-Digest, a dictionary of
// byte sequences (RFC 9530 section 2, RFC 9651 section 3.2). A key that comes
// twice counts as it came last.
func Fields(values []string) []Sum {
	text := strings.Join(values, ", ")
	if len(text) > maxField {
		return nil
	}
	p := &parser{rest: strings.Trim(text, " ")}
	var names []string
	found := make(map[string]Sum)
	for p.rest != "" {
		key, value, binary, ok := p.member()
		if !ok || !p.comma() {
			return nil
		}
		delete(found, key)
		if s, known := sum(key, value); binary && known {
			found[key] = s
		}
		names = append(names, key)
	}
	var sums []Sum
	for _, name := range names {
		if s, ok := found[name]; ok {
			sums = append(sums, s)
			delete(found, name)
		}
	}
	return sums
}

// Legacy reads the values of Digest (RFC 3230 section 4.3.2): algorithm=base64,
// with algorithms in any case.
func Legacy(values []string) []Sum {
	text := strings.Join(values, ",")
	if len(text) > maxField {
		return nil
	}
	var sums []Sum
	for item := range strings.SplitSeq(text, ",") {
		name, encoded, _ := strings.Cut(strings.Trim(item, " \t"), "=")
		value, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		if s, ok := sum(strings.ToLower(name), value); ok {
			sums = append(sums, s)
		}
	}
	return sums
}

// parser reads a structured field.
type parser struct{ rest string }

// member reads one member of a dictionary. binary says that its value is a byte
// sequence.
func (p *parser) member() (key string, value []byte, binary, ok bool) {
	if key, ok = p.key(); !ok {
		return "", nil, false, false
	}
	if p.take("=") {
		if value, binary, ok = p.value(); !ok {
			return "", nil, false, false
		}
	}
	return key, value, binary, p.parameters()
}

// comma reads what separates members, and sees that one follows it.
func (p *parser) comma() bool {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
		return true
	}
	if !p.take(",") {
		return false
	}
	p.rest = strings.TrimLeft(p.rest, " \t")
	return p.rest != ""
}

func (p *parser) parameters() bool {
	for p.take(";") {
		p.rest = strings.TrimLeft(p.rest, " ")
		if _, ok := p.key(); !ok {
			return false
		}
		if p.take("=") {
			if _, _, ok := p.bareItem(); !ok {
				return false
			}
		}
	}
	return true
}

func (p *parser) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return ok
}

// span takes the bytes at the front that belong.
func (p *parser) span(belongs func(c byte) bool) string {
	n := 0
	for n < len(p.rest) && belongs(p.rest[n]) {
		n++
	}
	s := p.rest[:n]
	p.rest = p.rest[n:]
	return s
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }

func (p *parser) key() (string, bool) {
	s := p.span(func(c byte) bool { return lower(c) || digit(c) || strings.IndexByte("_-.*", c) >= 0 })
	return s, s != "" && (lower(s[0]) || s[0] == '*')
}

// value reads an item or an inner list.
func (p *parser) value() (value []byte, binary, ok bool) {
	if !p.take("(") {
		return p.bareItem()
	}
	for {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.take(")") {
			return nil, false, true
		}
		if _, _, ok := p.bareItem(); !ok || !p.parameters() {
			return nil, false, false
		}
		if !strings.HasPrefix(p.rest, " ") && !strings.HasPrefix(p.rest, ")") {
			return nil, false, false
		}
	}
}

// bareItem reads an item without its parameters. Only byte sequences have a
// value here.
func (p *parser) bareItem() (value []byte, binary, ok bool) {
	switch {
	case p.take(":"):
		encoded, rest, ended := strings.Cut(p.rest, ":")
		p.rest = rest
		value, err := base64.StdEncoding.DecodeString(encoded)
		return value, true, ended && err == nil && !strings.ContainsAny(encoded, "\r\n")
	case p.take(`"`):
		return nil, false, p.text()
	case p.take("?"):
		return nil, false, p.take("0") || p.take("1")
	}
	s := p.span(func(c byte) bool {
		return lower(c) || digit(c) || 'A' <= c && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~:/@", c) >= 0
	})
	return nil, false, s != ""
}

// text reads a string behind its first quote.
func (p *parser) text() bool {
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return true
		case c == '\\':
			i++
		case c < ' ' || c > '~':
			return false
		}
	}
	return false
}
