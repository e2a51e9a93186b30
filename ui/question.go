package ui

import (
	"strconv"
	"strings"

	"haul/model"
	"haul/ui/phrases"
)

// words are a question in a line: our own words around who asks and what it is
// about, which are a stranger's.
type words struct {
	before, middle, after ours
	who, what             string
}

// questionWords says what a prompt asks. The long form is for wide screens.
func questionWords(p *model.PromptView, long bool) words {
	role, article := ours("server"), ours("")
	if p.Space.Proxy {
		role, article = "proxy", "the proxy "
	}
	switch p.Kind {
	case model.AskTrust:
		if long {
			return words{before: "is " + article, who: p.Space.Host, after: " the " + role + phrases.YouMeanItsCertificateIsNotTrusted}
		}
		return words{before: phrases.TheCertificateOf + article, who: p.Space.Host, after: phrases.IsNotTrusted}
	case model.AskRedirect:
		where := ours(phrases.ToAnotherAddress)
		switch {
		case p.OtherHost:
			where = phrases.ToAnotherHost
		case p.LeavesTLS:
			where = phrases.ToAnUnencryptedAddress
		}
		if !long || len(p.Names) == 0 {
			return words{who: hostOf(p.From), after: " redirects" + where}
		}
		if p.BodySentAgain >= 0 {
			return words{who: hostOf(p.From), middle: phrases.SendsTheUploadOf, what: p.Names[0], after: where}
		}
		return words{who: hostOf(p.From), middle: " redirects ", what: p.Names[0], after: where}
	}
	if p.Kind == model.AskIdentity {
		return words{before: article, who: p.Space.Host, after: phrases.WantsAClientCertificate}
	}
	if !long {
		return words{before: article, who: p.Space.Host, after: phrases.WantsAPassword}
	}
	if n := len(p.Rows); n > 1 {
		return words{before: article, who: p.Space.Host, after: phrases.WantsAUserNameAndPassword + ours(strconv.Itoa(n)) + " transfers wait)"}
	}
	return words{before: article, who: p.Space.Host, after: phrases.WantsAUserNameAndPasswordForOne}
}

// hostOf is the host of a URL, with its port.
func hostOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if end := strings.IndexAny(url, "/?#"); end >= 0 {
		url = url[:end]
	}
	return url[strings.LastIndexByte(url, '@')+1:]
}
