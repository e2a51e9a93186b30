//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// linkConfig is what a link does to packets, the same in both directions.
type linkConfig struct {
	delay         time.Duration // one way
	bitsPerSecond float64
	loss          float64 // the share of packets that are dropped
}

func (c linkConfig) String() string {
	text := fmt.Sprintf("a link of %d ms round trip at %.0f Mbit/s", (2 * c.delay).Milliseconds(), c.bitsPerSecond/1e6)
	if c.loss > 0 {
		text += fmt.Sprintf(" that loses %.1f %% of packets each way", 100*c.loss)
	}
	return text
}

// The ends of the link, from the range for benchmarks (RFC 2544).
const (
	nearAddress = "198.18.0.1"
	farAddress  = "198.18.0.2"
)

// link carries packets between two TUN devices, the near one in this network
// namespace and the far one in the server's. What it models is what a packet
// meets: it waits for the line to be free, takes its length's time on it, is
// dropped when more wait than the line carries in one round trip, or by chance,
// and arrives a delay later. All else (handshakes, slow start, recovery) is the
// kernel's own TCP, with the kernel's defaults.
type link struct {
	near, far *os.File
	done      sync.WaitGroup
}

// packet is one on its way, due when it arrives.
type packet struct {
	data []byte
	due  time.Time
}

// mtu is the devices', as on an Ethernet.
const mtu = 1500

// connectFar makes the link between this network namespace and that of the
// process far.
func connectFar(far int, cfg linkConfig) (*link, error) {
	l := new(link)
	var err error
	if l.near, err = openTUN("near0"); err == nil {
		l.far, err = openTUN("far0")
	}
	inside := []string{"nsenter", "-t", strconv.Itoa(far), "-n"}
	for _, step := range [][]string{
		{"ip", "link", "set", "far0", "netns", strconv.Itoa(far)},
		{"ip", "addr", "add", nearAddress + "/30", "dev", "near0"},
		{"ip", "link", "set", "near0", "mtu", strconv.Itoa(mtu), "up"},
		append(inside, "ip", "addr", "add", farAddress+"/30", "dev", "far0"),
		append(inside, "ip", "link", "set", "far0", "mtu", strconv.Itoa(mtu), "up"),
	} {
		if err != nil {
			break
		}
		if out, failed := exec.Command(step[0], step[1:]...).CombinedOutput(); failed != nil {
			err = fmt.Errorf("%v: %w: %s", step, failed, out)
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	l.carry(l.near, l.far, cfg, 1)
	l.carry(l.far, l.near, cfg, 2)
	return l, nil
}

// openTUN makes a TUN device in this network namespace.
func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("device %s: %w", name, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}

// carry brings packets from one device to the other until they are closed.
func (l *link) carry(from, to *os.File, cfg linkConfig, seed uint64) {
	// The channel holds more than can be on the line and waiting for it.
	onLine := make(chan packet, 1<<16)
	l.done.Go(func() {
		defer close(onLine)
		line := newLine(cfg, seed)
		for {
			buf := make([]byte, mtu)
			n, err := from.Read(buf)
			if err != nil {
				return // closed
			}
			if due, ok := line.take(time.Now(), n); ok {
				onLine <- packet{buf[:n], due}
			}
		}
	})
	l.done.Go(func() {
		for p := range onLine {
			time.Sleep(time.Until(p.due))
			// A device that is going down takes no packets, and a full one
			// drops them; TCP knows what to do.
			_, _ = to.Write(p.data)
		}
	})
}

// line is one direction of a link.
type line struct {
	cfg    linkConfig
	chance *rand.Rand
	free   time.Time // when it has sent all that it took
}

func newLine(cfg linkConfig, seed uint64) *line {
	return &line{cfg: cfg, chance: rand.New(rand.NewPCG(seed, 0))}
}

// take says when a packet of n bytes that comes now arrives, or that it is lost.
func (l *line) take(now time.Time, n int) (due time.Time, ok bool) {
	if l.free.Before(now) {
		l.free = now
	}
	if l.free.Sub(now) > 2*l.cfg.delay || l.chance.Float64() < l.cfg.loss {
		return time.Time{}, false
	}
	l.free = l.free.Add(time.Duration(float64(n) * 8 / l.cfg.bitsPerSecond * float64(time.Second)))
	return l.free.Add(l.cfg.delay), true
}

// close takes the link down.
func (l *link) close() error {
	var err error
	for _, f := range []*os.File{l.near, l.far} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	l.done.Wait()
	return err
}
