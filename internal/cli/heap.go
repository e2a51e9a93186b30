package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// heapFloor is the size in bytes that the heap of a run of many transfers may
// have before it is collected. Such a run keeps a few MB and throws away some
// 15 kB with each file: collecting that every time the heap has doubled would
// take a tenth of the processor's time.
const heapFloor = 24 << 20

// manyTransfers is how many make a run to which that applies.
const manyTransfers = 64

// heap keeps the collector from running below heapFloor: GOGC counts from what
// was alive at the last collection, so it is set anew after each.
type heap struct {
	mu      sync.Mutex
	percent int // as it was
	stopped bool
}

// garbage is what the next collection finds. With a pointer in it, it is not put
// together with other small things, which may live longer.
type garbage struct{ _ *garbage }

// raiseHeap does so until the returned function is called.
func raiseHeap() (lower func()) {
	h := &heap{percent: debug.SetGCPercent(-1)}
	h.set()
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.stopped = true
		debug.SetGCPercent(h.percent)
	}
}

// set is called when the heap was collected.
func (h *heap) set() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return
	}
	alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(alive)
	// Go's own least heap is 4 MB at 100 %, and grows with the percentage.
	live := max(int(alive[0].Value.Uint64()), 4<<20)
	debug.SetGCPercent(max(h.percent, 100*(heapFloor-live)/live))
	runtime.AddCleanup(new(garbage), func(h *heap) { h.set() }, h)
}
