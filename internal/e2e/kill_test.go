//go:build unix

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"haul/internal/demo"
)

const (
	// killRounds is how many downloads are killed, killAtOnce how many of them
	// run side by side: they wait for the server most of the time.
	killRounds = 20
	killAtOnce = 5
	// killSeed makes the points the same in every run of the test.
	killSeed = 20261122
	// killSize and killRate make a download last a few checkpoints.
	killSize = 2_000_000
	killRate = "700kB"
)

// TestKilledAnywhereItContinuesToTheSameBytes kills haul with SIGKILL at random
// points of a download, once or twice, and runs it again to the end. In every
// other round the file changes on the server meanwhile; then the result is the
// new file, whole. Points are bytes that the server has sent, some of them
// beyond the end, so that checking, publishing and leaving are hit too.
func TestKilledAnywhereItContinuesToTheSameBytes(t *testing.T) {
	t.Parallel()
	server, at := startDemo(t)
	home := newHome(t)
	rounds := make([]*killing, killRounds)
	var group errgroup.Group
	group.SetLimit(killAtOnce)
	for i := range rounds {
		name := fmt.Sprintf("round-%d", i)
		k := &killing{
			server: server, home: home, changes: i%2 == 1,
			name: name, path: fmt.Sprintf("/file/%s.bin?size=%d&rate=%s", name, killSize, killRate),
			random: rand.New(rand.NewPCG(killSeed, uint64(i))),
		}
		k.url = at.Files + k.path
		rounds[i] = k
		group.Go(func() error {
			if err := k.run(t.Context()); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	kills, inTime, again, continued := 0, 0, int64(0), 0
	for _, k := range rounds {
		kills += k.kills
		inTime += k.inTime
		if !k.changes && !k.whole {
			continued++
			again += sent(server.Log(), k.path) - killSize
		}
	}
	if inTime < kills/2 {
		t.Errorf("only %d of %d hauls were still there to be killed: the points are no test", inTime, kills)
	}
	if ranges(server.Log()) == 0 {
		t.Error("nothing was continued: every download began again")
	}
	t.Logf("killed %d hauls, %d of them before their end; of %d downloads of %d bytes that did not change, %d bytes each were fetched twice",
		kills, inTime, continued, killSize, again/int64(max(continued, 1)))
}

// killing is one round.
type killing struct {
	server    *demo.Server
	home      home
	name      string // of the file, without its extension
	path, url string
	changes   bool // on the server, between the kills and the last run
	random    *rand.Rand

	kills, inTime int
	whole         bool // the download had ended before the last run
}

func (k *killing) run(ctx context.Context) error {
	for range 1 + k.random.IntN(2) {
		k.kills++
		alive, err := k.killAt(ctx, k.random.Int64N(killSize+killSize/20))
		if err != nil {
			return err
		}
		if alive {
			k.inTime++
		}
	}
	if _, err := os.Stat(k.home.file(k.name + ".bin")); err == nil {
		k.whole = true
	}
	if k.changes {
		if err := k.server.Change(k.path); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if output, err := command(ctx, k.home, "--plain", k.url).CombinedOutput(); err != nil {
		return fmt.Errorf("haul: %w\n%s", err, output)
	}
	return k.check()
}

// killAt runs haul and kills it when the server has sent so many bytes more. It
// reports whether haul was still there.
func (k *killing) killAt(ctx context.Context, point int64) (alive bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before := sent(k.server.Log(), k.path)
	cmd := command(ctx, k.home, "--plain", k.url)
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ended <- cmd.Wait()
		stop() // there is no more to come
	}()
	_, err = k.server.Await(running, func(entries []demo.Entry) bool { return sent(entries, k.path)-before >= point })
	if err != nil && ctx.Err() != nil {
		return false, fmt.Errorf("haul does not get to byte %d: %w", point, err)
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, err
	}
	var exit *exec.ExitError
	return errors.As(<-ended, &exit) && exit.ExitCode() == -1, nil
}

// check looks at what the round has left: the file of the server as it is at
// the end; if an earlier one was complete before that, it too; nothing else.
func (k *killing) check() error {
	now, then := k.server.SHA256(k.path), k.server.SHA256(k.path+"&version=1")
	files, err := filepath.Glob(filepath.Join(k.home.downloads, k.name+"[. ]*"))
	if err != nil {
		return err
	}
	found := false
	for _, file := range files {
		if !strings.HasSuffix(file, ".bin") {
			return fmt.Errorf("%s is left", filepath.Base(file))
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		switch sum := sha256Of(data); {
		case sum == now:
			found = true
		case k.whole && sum == then:
		default:
			return fmt.Errorf("%s (%d bytes, changed on the server: %v) is not the file of the server", filepath.Base(file), len(data), k.changes)
		}
	}
	if !found {
		return errors.New("the file of the server is not there")
	}
	return nil
}

// command is haul in a pipe.
func command(ctx context.Context, h home, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = h.downloads
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}, h.environ()...)
	cmd.WaitDelay = time.Second
	return cmd
}

// sent is how many bytes of a path the server has sent, in all.
func sent(entries []demo.Entry, path string) int64 {
	var n int64
	for _, e := range entries {
		if e.Path == path {
			n += e.Written
		}
	}
	return n
}

// ranges is how many requests were answered with a range.
func ranges(entries []demo.Entry) int {
	n := 0
	for _, e := range entries {
		if e.Status == 206 {
			n++
		}
	}
	return n
}
