package reachability

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// notice is what Windows hands back to onNotice.
type notice struct{ changed func() }

// onNotice runs on a thread of Windows.
func onNotice(n *notice, _ unsafe.Pointer, _ uint32) uintptr {
	n.changed()
	return 0
}

// noticeCallback is onNotice as Windows calls it. A program can make 2000 of
// them and never gives one back, so there is one for all.
var noticeCallback = sync.OnceValue(func() uintptr { return windows.NewCallback(onNotice) })

// watch has the IP helper report addresses and routes.
func watch(ctx context.Context, changed func()) (err error) {
	n := &notice{changed}
	// Windows keeps the address until the notification is cancelled, which
	// waits for calls that are under way.
	var pin runtime.Pinner
	pin.Pin(n)
	defer pin.Unpin()
	for _, subscribe := range []func(uint16, uintptr, unsafe.Pointer, bool, *windows.Handle) error{
		windows.NotifyUnicastIpAddressChange, windows.NotifyRouteChange2,
	} {
		var h windows.Handle
		if err := subscribe(windows.AF_UNSPEC, noticeCallback(), unsafe.Pointer(n), false, &h); err != nil {
			return fmt.Errorf("network notices: %w", err)
		}
		defer func() { err = errors.Join(err, windows.CancelMibChangeNotify2(h)) }()
	}
	changed()
	<-ctx.Done()
	return context.Cause(ctx)
}
