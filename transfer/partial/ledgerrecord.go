package partial

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// digest is the SHA-256 of the text of a state file.
type digest [sha256.Size]byte

// ledgerRecord is what a ledger says: besides what the state claims, the ranges
// were written to the file that instance names.
type ledgerRecord struct {
	seq      uint64 // grows with every record
	instance Instance
	// bases are the states that the ranges may be added to: the one before
	// and the one after a checkpoint, which are the same between two.
	bases  [2]digest
	ranges []Range
}

// A ledger has two slots that are written in turn, so that a process killed in
// the middle of a record leaves the one before. A slot is the magic text, the
// SHA-256 of what follows, then in little endian the sequence number, the
// instance, the bases, the number of ranges, and their starts and ends.
const (
	ledgerMagic = "haul-lg1"
	ledgerSlot  = 4096
	ledgerHead  = len(ledgerMagic) + sha256.Size
	ledgerFixed = ledgerHead + 8 + 3*sha256.Size + 8
	// ledgerRanges bounds the ranges of a record: a dozen connections need
	// as many between two checkpoints, and what does not fit is fetched again.
	ledgerRanges = (ledgerSlot - ledgerFixed) / 16
)

// appendTo appends the record as a slot has it.
func (r ledgerRecord) appendTo(b []byte) []byte {
	ranges := r.ranges[:min(len(r.ranges), ledgerRanges)]
	start := len(b)
	b = append(b, ledgerMagic...)
	b = append(b, make([]byte, sha256.Size)...)
	b = binary.LittleEndian.AppendUint64(b, r.seq)
	b = append(b, r.instance[:]...)
	b = append(b, r.bases[0][:]...)
	b = append(b, r.bases[1][:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(ranges)))
	for _, r := range ranges {
		b = binary.LittleEndian.AppendUint64(b, uint64(r.Start))
		b = binary.LittleEndian.AppendUint64(b, uint64(r.End))
	}
	sum := sha256.Sum256(b[start+ledgerHead:])
	copy(b[start+len(ledgerMagic):], sum[:])
	return b
}

// decodeLedger returns the newest whole record of a ledger, which may come from
// anybody; false if there is none. Its ranges are sorted, not empty and do not
// touch.
func decodeLedger(data []byte) (newest ledgerRecord, ok bool) {
	for at := range 2 {
		from := at * ledgerSlot
		if from >= len(data) {
			break
		}
		r, whole := decodeSlot(data[from:min(from+ledgerSlot, len(data))])
		if whole && (!ok || r.seq > newest.seq) {
			newest, ok = r, true
		}
	}
	return newest, ok
}

func decodeSlot(b []byte) (r ledgerRecord, ok bool) {
	if len(b) < ledgerFixed || !bytes.HasPrefix(b, []byte(ledgerMagic)) {
		return r, false
	}
	count := binary.LittleEndian.Uint64(b[ledgerFixed-8:])
	if count > uint64(len(b)-ledgerFixed)/16 {
		return r, false
	}
	b = b[:ledgerFixed+int(count)*16]
	sum := sha256.Sum256(b[ledgerHead:])
	if !bytes.Equal(sum[:], b[len(ledgerMagic):ledgerHead]) {
		return r, false
	}
	b = b[ledgerHead:]
	r.seq = binary.LittleEndian.Uint64(b)
	b = b[8:]
	for _, to := range [][]byte{r.instance[:], r.bases[0][:], r.bases[1][:]} {
		b = b[copy(to, b):]
	}
	before := int64(-1)
	for b = b[8:]; len(b) > 0; b = b[16:] {
		one := Range{int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint64(b[8:]))}
		if one.Start <= before || one.End <= one.Start {
			return ledgerRecord{}, false
		}
		before = one.End
		r.ranges = append(r.ranges, one)
	}
	return r, true
}
