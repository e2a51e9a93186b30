package cli

import (
	"fmt"
	"strings"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
)

// farewellRows is how many of the rows that are kept are named at the end.
const farewellRows = 10

// farewell tells on the normal screen, which the monitor has left, how it
// ended: what is done, what is kept, and how to go on with it.
func (j *job) farewell(m *model.Model) error {
	sum := m.Summary()
	left := "kept"
	if j.noJournal {
		left = phrases.NotKept
	}
	var counts []string
	for _, c := range []struct {
		n    int
		word string
	}{
		{sum.Done, "done"}, {sum.Failed, "failed"}, {sum.Refused, "refused"},
		{sum.Cancelled, "cancelled"}, {sum.Kept, left},
	} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	var b strings.Builder
	if len(counts) > 0 {
		fmt.Fprintf(&b, "%s.\n", strings.Join(counts, ", "))
	}
	b.WriteString(detached(m))
	if b.Len() == 0 {
		return nil
	}
	if sum.Kept > 0 && !j.noJournal {
		j.kept(&b, m, sum.Kept)
	}
	_, err := fmt.Fprint(j.env.Stdout, b.String())
	return err
}

// detached tells what goes on in the background, in lines; "" for nothing.
func detached(m *model.Model) string {
	var b strings.Builder
	n, notAll := m.Detached()
	if n > 0 {
		b.WriteString(phrases.InBackground(n) + "\n")
	}
	if notAll != nil {
		fmt.Fprintf(&b, phrases.NotAllDetached+"\n", text.Clean(notAll.Error()))
	}
	return b.String()
}

// kept names the rows that the next run offers.
func (j *job) kept(b *strings.Builder, m *model.Model, n int) {
	m.SetView(model.ViewAll)
	// The empty filter is none and so cannot be wrong.
	_ = m.SetFilter("")
	named := 0
	for _, r := range m.Rows(nil, 0, m.Len()) {
		switch r.State {
		case model.Done, model.Failed, model.Mismatch, model.Refused, model.Expired, model.Cancelled:
			continue
		}
		if named == farewellRows {
			fmt.Fprintf(b, "  "+phrases.AndMore+"\n", n-named)
			break
		}
		fmt.Fprintf(b, "  %s  %s\n", text.Clean(r.Name), j.options.units().AppendPart(nil, r.Done, r.Size, " of "))
		named++
	}
	b.WriteString(phrases.RunHaulToGoOn + "\n")
}
