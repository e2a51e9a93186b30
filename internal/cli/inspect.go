package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"haul/transfer"
	"haul/transfer/partial"
	"haul/ui/phrases"
	"haul/ui/text"
)

// inspect prints a resume state as text, without the secrets in its URLs; with
// --json as it stands in the file, for programs that go on from it.
func inspect(env Env, o *options, path string) error {
	if err := o.settle(env); err != nil {
		return err
	}
	st, err := partial.ReadState(partial.OS{}, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(ExitUsage, phrases.NoResumeState,
			path, partial.PartSuffix, partial.StateSuffix)
	case err != nil:
		return fail(ExitSome, phrases.CannotReadState, path, err)
	}
	if o.json {
		raw, err := partial.Encode(st)
		if err != nil {
			return fail(ExitSome, "%w", err)
		}
		_, err = fmt.Fprintln(env.Stdout, strings.TrimSpace(string(raw)))
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text.Clean(value))
		}
	}
	row("version", fmt.Sprint(st.Version))
	row("url", shownURL(st.OriginalURL))
	if st.URL != st.OriginalURL {
		row(phrases.ServedBy, shownURL(st.URL))
	}
	row("name", st.Name)
	row("type", st.ContentType)
	in := o.units()
	if st.Length >= 0 {
		row("have", fmt.Sprintf(phrases.HaveOf,
			in.Bytes(st.Have.Len()), in.Bytes(st.Length), st.Have.Len(), st.Length))
	} else {
		row("have", fmt.Sprintf(phrases.HaveOfUnknown, in.Bytes(st.Have.Len()), st.Have.Len()))
	}
	for _, r := range st.Have.Ranges() {
		row("range", fmt.Sprintf("%d-%d", r.Start, r.End-1))
	}
	row("etag", st.ETag)
	row(phrases.LastModified, st.LastModified)
	row(phrases.GoesOnBy, string(st.Rule))
	row(phrases.LeftOut, strings.Join(st.Omitted, ", "))
	row("started", st.Started.Format(time.RFC3339))
	row("updated", st.Updated.Format(time.RFC3339))
	return w.Flush()
}

// shownURL is a URL of a state as people may see it. States hold nothing that is
// no URL.
func shownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return transfer.RedactURL(u)
}

// hostOfURL is the host of a URL in small letters, "" if there is none.
func hostOfURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
