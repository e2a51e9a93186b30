//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"haul/internal/testserver"
)

// sizes are the terminals that the screens are drawn for.
var sizes = []struct{ width, height int }{{120, 40}, {80, 24}, {40, 12}}

// TestPauseEndsTheConnectionAndResumeContinues presses p twice while nginx
// sends, and looks into nginx's log for what that did.
func TestPauseEndsTheConnectionAndResumeContinues(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			data := content(1, 1_500_000)
			n := testserver.StartNginx(t, testserver.NginxConfig{
				Files:     map[string][]byte{"slow/film.mp4": data},
				Locations: []testserver.Location{lingering("/slow/", data)},
			})
			h := newHome(t)
			s := openScreen(t, h, size.width, size.height)
			s.haul(n.URL("/slow/film.mp4"))
			s.see(`film\.mp4`)
			await(t, "some bytes on the disk", func() bool { return onDisk(h.file("film.mp4.haul-part")) >= 600_000 })

			s.press("p")
			s.see(`paused`)
			first := n.Log(1)[0]
			if first.Status != 200 || first.Complete || first.Range != "" {
				t.Errorf("the server did not see a plain request that ends before its time: %+v", first)
			}

			s.press("p")
			s.see(`100%.*done`)
			second := n.Log(2)[1]
			etag := second.IfRange
			if second.Status != 206 || !second.Complete || !strings.HasPrefix(second.Range, "bytes=") || !strings.HasPrefix(etag, `"`) {
				t.Errorf("the server did not see a range asked for under a strong validator: %+v", second)
			}
			if sum := first.BodyBytesSent + second.BodyBytesSent; second.BodyBytesSent >= int64(len(data)) || sum < int64(len(data)) {
				t.Errorf("%d and %d bytes were sent of %d", first.BodyBytesSent, second.BodyBytesSent, len(data))
			}
			wantFile(t, h, "film.mp4", sha256Of(data))
			s.press("q")
			s.left(0)
		})
	}
}
