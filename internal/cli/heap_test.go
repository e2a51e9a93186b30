package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// percentNow is GOGC as it is.
func percentNow() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestHeapGrowsToItsFloorAndIsLoweredAgain(t *testing.T) {
	runtime.GC() // what tests before this one had alive would count
	before := percentNow()
	lower := raiseHeap()
	if got := percentNow(); got <= before {
		t.Errorf("GOGC is %d, no more than %d before", got, before)
	}
	// What is alive is more than the floor leaves room for: GOGC goes back to
	// what it was, when a collection has found that.
	ballast := make([]byte, 2*heapFloor)
	for deadline := time.Now().Add(20 * time.Second); percentNow() != before; {
		if time.Now().After(deadline) {
			t.Fatalf("GOGC is %d with %d MB alive", percentNow(), len(ballast)>>20)
		}
		runtime.GC()
	}
	runtime.KeepAlive(ballast)
	lower()
	for range 3 {
		runtime.GC()
	}
	if got := percentNow(); got != before {
		t.Errorf("GOGC is %d at the end, was %d", got, before)
	}
}
