package cachetest

// vary is about responses that depend on fields of the request.
func vary() []Case {
	// varying answers with a response that depends on the fields.
	varying := func(s step, names string) step {
		return s.says("Cache-Control: max-age=5000", "Last-Modified: @-3000", "Date: @0", "Vary: "+names)
	}
	one := varying(get("Foo: 1"), "Foo")
	two := varying(get("Foo: 1", "Bar: abc"), "Foo, Bar")
	three := varying(get("Foo: 1", "Bar: abc", "Baz: 789"), "Foo, Bar, Baz")
	language := varying(get("Accept-Language: en, de"), "Accept-Language")
	return group("Vary and Cache Keys",
		steps(Optimal, "vary-match", one, get("Foo: 1").is(reused)),
		steps(Required, "vary-no-match", one, get("Foo: 2").is(fetched)),
		steps(Required, "vary-omit-stored", varying(get(), "Foo"), get("Foo: 1").is(fetched)),
		steps(Required, "vary-omit", one, get().is(fetched)),
		steps(Optimal, "vary-invalidate",
			one.body("foo one"),
			varying(get("Foo: 2"), "Foo").body("foo two").mustBe(fetched),
			get("Foo: 1").body("foo one").is(reused)),
		steps(Optimal, "vary-cache-key",
			varying(get("Foo: 1", "Other: 2"), "Foo"), get("Foo: 1", "Other: 3").is(reused)),
		steps(Optimal, "vary-2-match", two, get("Foo: 1", "Bar: abc").is(reused)),
		steps(Required, "vary-2-no-match", two, get("Foo: 2", "Bar: abc").is(fetched)),
		steps(Required, "vary-2-match-omit", two, get().is(fetched)),
		steps(Optimal, "vary-3-match", three, get("Foo: 1", "Bar: abc", "Baz: 789").is(reused)),
		steps(Required, "vary-3-no-match", three, get("Foo: 2", "Bar: abc", "Baz: 789").is(fetched)),
		steps(Required, "vary-3-order", three, get("Foo: 1", "Baz: 789", "Bar: abcde").is(fetched)),
		steps(Optimal, "vary-3-omit",
			varying(get("Foo: 1", "Baz: 789"), "Foo, Bar, Baz"), get("Foo: 1", "Baz: 789").is(reused)),
		steps(Required, "vary-star", varying(get("Foo: 1", "Baz: 789"), "*"), get("Foo: 1", "Baz: 789").is(fetched)),
		steps(Optimal, "vary-normalise-combine",
			varying(get("Foo: 1, 2"), "Foo"), get("Foo: 1", "Foo: 2").is(reused)),
		steps(Optimal, "vary-normalise-lang-order", language, get("Accept-Language: de, en").is(reused)),
		steps(Optimal, "vary-normalise-lang-case", language, get("Accept-Language: eN, De").is(reused)),
		steps(Optimal, "vary-normalise-lang-space", language, get("Accept-Language:  en ,   de").is(reused)),
		steps(Optimal, "vary-normalise-lang-select",
			language.says("Content-Language: de"), get("Accept-Language: fr;q=0.5, de;q=1.0").is(reused)),
		steps(Optimal, "vary-normalise-space",
			varying(get("Foo: 1,2"), "Foo"), get("Foo:  1, 2 ").is(reused)),
	)
}

// varyParsing is about a star in Vary, wherever it hides.
func varyParsing() []Case {
	star := func(id string, lines ...string) Case {
		first := get("Foo: 1", "Baz: 789").says("Cache-Control: max-age=5000", "Last-Modified: @-3000", "Date: @0")
		for _, line := range lines {
			first = first.says("Vary: " + line)
		}
		return steps(Required, "vary-syntax-"+id, first, get("Foo: 1", "Baz: 789").is(fetched))
	}
	return group("Vary Parsing",
		star("star", "*"),
		star("star-star", "*, *"),
		star("star-star-lines", "*", "*"),
		star("empty-star", ", *"),
		star("empty-star-lines", "", "*"),
		star("star-foo", "*, Foo"),
		star("foo-star", "Foo, *"),
	)
}

// modifiedSince is about conditions on dates. Those that the caller asks are not
// run in browsers, whose callers cannot; a library's can.
func modifiedSince() []Case {
	dated := get().says("Last-Modified: @-3000")
	return group("Conditional Requests: If-Modified-Since and Last-Modified",
		steps(Optimal, "conditional-lm-fresh", dated.fresh(),
			get("If-Modified-Since: @-3000").is(reused).hasStatus(304)),
		steps(Optimal, "conditional-lm-fresh-earlier", dated.fresh(),
			get("If-Modified-Since: @-2000").is(reused).hasStatus(304)),
		steps(Optimal, "conditional-lm-stale", dated.goesStale(),
			get("If-Modified-Since: @-3000").is(byDate).hasStatus(304)),
		steps(Optimal, "conditional-lm-fresh-no-lm", get().fresh(),
			get("If-Modified-Since: @-3000").mustBe(reused).hasStatus(304)),
		steps(Optimal, "conditional-lm-fresh-rfc850", dated.fresh(),
			get("If-Modified-Since: ~-3000").mustBe(reused).hasStatus(304)),
	)
}

// noneMatch is about conditions on entity tags, likewise.
func noneMatch() []Case {
	answers := func(k Kind, id, stored, asked string) Case {
		return steps(k, "conditional-etag-"+id, get().says("ETag: "+stored).fresh(),
			get("If-None-Match: "+asked).is(reused).hasStatus(304))
	}
	asks := func(k Kind, id, stored, asked string) Case {
		return steps(k, "conditional-etag-"+id, get().says("ETag: "+stored).goesStale(),
			get().is(byTag).sent("If-None-Match: "+asked))
	}
	const tag, odd = `"abcdef"`, "\"abcdef\u00fc\""
	varying := func(expires string) step {
		return get("Abc: 123").says("Expires: "+expires, "ETag: "+tag, "Date: @0", "Vary: Abc").later()
	}
	return group("Conditional Requests: If-None-Match and ETag",
		answers(Optimal, "strong-respond", tag, tag),
		steps(Required, "conditional-304-etag", get().says("ETag: "+tag).fresh(),
			get("If-None-Match: "+tag).is(reused).hasStatus(304).has("ETag: "+tag)),
		steps(Required, "conditional-etag-precedence", get().says("Last-Modified: @-5000", "ETag: "+tag).fresh(),
			get("If-None-Match: "+tag, "If-Modified-Since: @-10000").is(reused).hasStatus(304)),
		steps(Check, "conditional-etag-strong-respond-obs-text", get().says("ETag: "+odd).fresh(),
			get("If-None-Match: "+odd).is(reused).hasStatus(304).has("ETag: "+odd)),
		answers(Check, "quoted-respond-unquoted", tag, "abcdef"),
		answers(Check, "unquoted-respond-unquoted", "abcdef", "abcdef"),
		answers(Check, "unquoted-respond-quoted", "abcdef", tag),
		answers(Optimal, "weak-respond", "W/"+tag, "W/"+tag),
		answers(Check, "weak-respond-lowercase", "w/"+tag, "w/"+tag),
		answers(Check, "weak-respond-backslash", `W\`+tag, `W\`+tag),
		answers(Check, "weak-respond-omit-slash", "W"+tag, "W"+tag),
		answers(Optimal, "strong-respond-multiple-first", tag, tag+`, "1234", "5678"`),
		answers(Optimal, "strong-respond-multiple-second", tag, `"1234", `+tag+`, "5678"`),
		answers(Optimal, "strong-respond-multiple-last", tag, `"1234", "5678", `+tag),
		steps(Required, "conditional-etag-vary-headers",
			varying("@1"), get("Abc: 123").mustBe(byTag).sent("Abc: 123")),
		steps(Check, "conditional-etag-vary-headers-mismatch",
			varying("@10000"), get("Abc: 456").sent("If-None-Match: "+tag)),
		asks(Optimal, "strong-generate", tag, tag),
		asks(Optimal, "weak-generate-weak", "W/"+tag, "W/"+tag),
		asks(Check, "strong-generate-unquoted", "abcdef", tag),
		steps(Check, "conditional-etag-forward", get("If-None-Match: "+tag).sent("If-None-Match: "+tag)),
		steps(Check, "conditional-etag-forward-unquoted", get("If-None-Match: abcdef").sent("If-None-Match: "+tag)),
	)
}
