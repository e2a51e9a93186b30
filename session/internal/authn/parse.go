package authn

import "strings"

// Bounds on what is read of one response. Real servers stay far below them.
const (
	maxChallenges = 64
	maxParams     = 64 // of one challenge
	maxBytes      = 64 << 10
)

// Parse reads every challenge of the values of a WWW-Authenticate or
// Proxy-Authenticate field, in their order.
//
// It is as lenient as is safe. A parameter that breaks the grammar is dropped,
// together with what stands before the next comma. A challenge is dropped when
// its scheme, or what follows the scheme directly, breaks the grammar. Of two
// parameters of the same name the first one counts. A challenge does not reach
// over two values, and nothing within quotes is taken for a challenge.
//
// Parse reads at most 64 KiB, 64 challenges and 64 parameters of each; what is
// above is ignored, of the bytes in whole values.
func Parse(fields []string) []Challenge {
	var all []Challenge
	left := maxBytes
	for _, field := range fields {
		if left -= len(field); left < 0 {
			break
		}
		all = parseField(all, field)
	}
	return all
}

// parseField appends the challenges of one field value.
//
// Challenges and their parameters are separated by the same comma, so each
// element is looked at anew: "name =" continues the challenge before it,
// anything else begins one.
func parseField(all []Challenge, field string) []Challenge {
	p := scanner{text: field}
	open := false // the last challenge takes parameters
	for p.nextElement() {
		word := p.token()
		afterWord := p.at
		p.space()
		if word != "" && p.peek() == '=' {
			name, value, ok := p.paramAfter(word)
			if ok && open {
				all[len(all)-1].add(name, value)
			}
			continue
		}
		if len(all) == maxChallenges {
			return all
		}
		c := Challenge{Scheme: strings.ToLower(word)}
		switch {
		case word == "":
			open = false
		case p.atDelimiter():
			open = true
			all = append(all, c)
		case p.at == afterWord:
			// The word is not followed by a space: it is no scheme.
			open = false
		default:
			if c.Token68 = p.token68(); c.Token68 != "" {
				open = false
				all = append(all, c)
				continue
			}
			name, value, ok := p.param()
			if open = ok; ok {
				c.add(name, value)
				all = append(all, c)
			}
		}
	}
	return all
}

// parseParams reads the parameters of Authentication-Info field values
// (RFC 9110 section 11.6.3), with the leniency and the bounds of Parse.
func parseParams(fields []string) map[string]string {
	var c Challenge
	left := maxBytes
	for _, field := range fields {
		if left -= len(field); left < 0 {
			break
		}
		p := scanner{text: field}
		for p.nextElement() {
			if name, value, ok := p.param(); ok {
				c.add(name, value)
			}
		}
	}
	return c.Params
}

// add keeps the first parameter of a name.
func (c *Challenge) add(name, value string) {
	if _, ok := c.Params[name]; ok || len(c.Params) == maxParams {
		return
	}
	if c.Params == nil {
		c.Params = make(map[string]string)
	}
	c.Params[name] = value
}
