package session

import (
	"bytes"
	"fmt"
	"io"

	"haul/transfer/partial"
)

// pieces are the digests of the parts of the file, none when they are not known.
func (d *receiver) pieces() [][]byte {
	d.l.t.mu.Lock()
	defer d.l.t.mu.Unlock()
	return d.l.t.proof.Pieces
}

// mend fetches what turned out to be wrong again, from other places than the
// ones that it came from: what mirrors brought that were found to have other
// bytes, and the pieces that are not what the app knows of them.
func (d *receiver) mend() error {
	for range len(d.sources) {
		suspects := d.suspects()
		if len(suspects) == 0 {
			break
		}
		if err := d.again(suspects, errOtherBytes); err != nil {
			return err
		}
	}
	if len(d.pieces()) == 0 {
		return nil
	}
	// Each round drops a place, or finds out which one to drop.
	for range 2 * (len(d.sources) + 1) {
		bad, err := d.wrongPieces()
		if err != nil || len(bad) == 0 {
			return err
		}
		d.accuse(bad)
		if err := d.again(bad, ErrDigest); err != nil {
			return err
		}
	}
	return wrong(ErrDigest, "pieces that were fetched again are wrong too")
}

// suspects are the ranges that came from mirrors that were found to have other
// bytes.
func (d *receiver) suspects() []partial.Range {
	var all partial.RangeSet
	for _, s := range d.sources {
		s.mu.Lock()
		if s.suspect {
			for _, r := range s.wrote.Ranges() {
				all.Add(r)
			}
		}
		s.mu.Unlock()
	}
	return all.Ranges()
}

// forgetSuspects takes the suspects out of a file that stays behind
// incomplete.
func (d *receiver) forgetSuspects() error {
	if suspects := d.suspects(); len(suspects) > 0 {
		return d.forget(suspects)
	}
	return nil
}

// wrong is the end of a download whose bytes are wrong, which is what because
// says.
func wrong(because error, why string) error {
	return &Error{Code: BadServerResponse, Err: fmt.Errorf("%w: %s", because, why)}
}

// wrongPieces are the ranges of the pieces whose bytes are not the right ones.
func (d *receiver) wrongPieces() ([]partial.Range, error) {
	d.l.t.mu.Lock()
	proof := d.l.t.proof
	d.l.t.mu.Unlock()
	if n := d.file.Written().Prefix(); n != proof.Size {
		return nil, wrong(ErrDigest, fmt.Sprintf("the file has %d bytes, not %d", n, proof.Size))
	}
	var bad []partial.Range
	h := proof.Hash()
	buf := make([]byte, 256<<10)
	for i, want := range proof.Pieces {
		start := int64(i) * proof.PieceSize
		r := partial.Range{Start: start, End: min(start+proof.PieceSize, proof.Size)}
		h.Reset()
		src := &untilEnded{d.l.ctx, io.NewSectionReader(d.file, r.Start, r.End-r.Start)}
		if _, err := io.CopyBuffer(struct{ io.Writer }{h}, src, buf); err != nil {
			if d.l.ctx.Err() != nil {
				return nil, err
			}
			return nil, &Error{Code: CannotOpenFile, Err: err}
		}
		if !bytes.Equal(h.Sum(nil), want) {
			bad = append(bad, r)
		}
	}
	return bad, nil
}

// accuse drops the sources that wrong pieces came from: those that brought one
// alone. If there is no such piece the mirrors among the sources of a piece are
// blamed; if that was unjust, the next round finds the first place alone.
func (d *receiver) accuse(bad []partial.Range) {
	found := false
	for _, alone := range []bool{true, false} {
		for _, r := range bad {
			from := d.cameFrom(r)
			for _, s := range from {
				if alone && len(from) == 1 || !alone && !s.first {
					s.drop(errOtherBytes.Error())
					d.disproved = d.disproved || s.first
					found = true
				}
			}
		}
		if found {
			break
		}
	}
	if d.disproved {
		d.acquit()
	}
}

// cameFrom are the sources that have brought bytes of r.
func (d *receiver) cameFrom(r partial.Range) []*source {
	var from []*source
	for _, s := range d.sources {
		s.mu.Lock()
		if covered(s.wrote, r) > 0 {
			from = append(from, s)
		}
		s.mu.Unlock()
	}
	return from
}

// distrust drops all mirrors that brought bytes of a file which is not the one
// that the first place has promised. It tells whether there are any, whose
// bytes can be fetched again from there.
func (d *receiver) distrust() bool {
	found := false
	for _, s := range d.sources {
		s.mu.Lock()
		doubtful := !s.first && s.wrote.Len() > 0
		s.suspect = s.suspect || doubtful
		s.mu.Unlock()
		if doubtful {
			s.drop("the file with its bytes is not the one that was promised")
			found = true
		}
	}
	return found
}

// acquit gives a second chance to the mirrors that were dropped for having other
// bytes than the first place, which has turned out to be wrong itself.
func (d *receiver) acquit() {
	for _, s := range d.sources {
		s.mu.Lock()
		if s.compared {
			s.dropped, s.suspect, s.compared = "", false, false
		}
		s.mu.Unlock()
	}
}

// covered is the number of bytes of r in the set.
func covered(set partial.RangeSet, r partial.Range) (n int64) {
	for _, have := range set.Ranges() {
		n += max(0, min(have.End, r.End)-max(have.Start, r.Start))
	}
	return n
}

// again fetches ranges that are at hand once more, from what sources are left.
// because is what was found wrong.
func (d *receiver) again(bad []partial.Range, because error) error {
	for _, s := range d.sources {
		if s.first && !d.resumable {
			s.drop("it has no ranges to mend with: " + d.whyNot)
		}
	}
	c := d.newCrew(bad, d.file.Written().Prefix(), true)
	c.mends = true
	if c.nobody() {
		return wrong(because, "no other place is left to have them from")
	}
	if err := d.forget(bad); err != nil {
		return err
	}
	err := c.run(-1)
	if err != nil && c.nobody() && d.l.ctx.Err() == nil {
		return wrong(because, "no other place is left to have them from: "+dropWords(err))
	}
	return err
}

// forget takes ranges out of what is at hand.
func (d *receiver) forget(bad []partial.Range) error {
	if err := d.file.Forget(bad...); err != nil {
		return &Error{Code: CannotWriteToFile, Err: err}
	}
	for _, r := range bad {
		for _, s := range d.sources {
			s.mu.Lock()
			s.wrote.Remove(r)
			s.mu.Unlock()
		}
	}
	return nil
}
