package background_test

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"haul/session"
	"haul/session/background"
	"haul/session/internal/wire"
)

// slowReplies holds the replies to task.set on their way to a program; states
// overtake them.
type slowReplies struct {
	to   func(context.Context) (net.Conn, error)
	open chan struct{}
	once sync.Once
	// passed is the revision of settings in the last state that has gone by.
	passed atomic.Uint64
}

func (s *slowReplies) release() { s.once.Do(func() { close(s.open) }) }

// dial connects a program through it.
func (s *slowReplies) dial(ctx context.Context) (net.Conn, error) {
	agent, err := s.to(ctx)
	if err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	program, far := wire.NewChannel(theirs), wire.NewChannel(agent)
	var mu sync.Mutex
	held := make(map[string]bool) // calls of task.set
	var sending sync.Mutex
	send := func(msg []byte) error {
		sending.Lock()
		defer sending.Unlock()
		return program.Send(msg)
	}
	over := func() {
		_ = program.Close() // the test ends, or one side has
		_ = far.Close()
	}
	type message struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params wire.Tasks      `json:"params"`
	}
	go func() {
		defer over()
		for {
			msg, err := program.Recv()
			if err != nil {
				return
			}
			var m struct {
				ID     json.RawMessage `json:"id"`
				Method string          `json:"method"`
			}
			if json.Unmarshal(msg, &m) == nil && m.Method == wire.MethodSet {
				mu.Lock()
				held[string(m.ID)] = true
				mu.Unlock()
			}
			if far.Send(msg) != nil {
				return
			}
		}
	}()
	go func() {
		defer over()
		for {
			msg, err := far.Recv()
			if err != nil {
				return
			}
			var m message
			_ = json.Unmarshal(msg, &m) // a reply has no such params
			mu.Lock()
			hold := held[string(m.ID)]
			mu.Unlock()
			if hold {
				go func() {
					<-s.open
					_ = send(msg)
				}()
				continue
			}
			if send(msg) != nil {
				return
			}
			for _, state := range m.Params.Tasks {
				s.passed.Store(state.SettingsRevision)
			}
		}
	}()
	return ours, nil
}

// TestASettingOfAnotherTerminalShowsAlthoughItCameBeforeTheReplyToOnesOwn has the
// last state of a task overtake the reply to a change that it is newer than.
func TestASettingOfAnotherTerminalShowsAlthoughItCameBeforeTheReplyToOnesOwn(t *testing.T) {
	f := newFixture(t, background.Options{})
	way := &slowReplies{to: f.location().Dial, open: make(chan struct{})}
	rec := f.recorder()
	s := f.session(background.CommandIdentifier, rec, func(c *session.Configuration) {
		c.Shared, c.Agent.Dial = true, way.dial
	})
	t.Cleanup(way.release)
	d, err := s.DownloadTask(get(t, "http://127.0.0.1:1/f"), nil)
	if err != nil {
		t.Fatal(err)
	}
	other := f.client()
	state := func() background.TaskInfo {
		list, err := other.Tasks(t.Context(), background.CommandIdentifier)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	d.SetPriority(session.PriorityHigh)
	await(t, func() bool { return state().Priority == session.PriorityHigh })
	for _, change := range []string{`"priority":0.25`, `"rate_limit":5000`, `"order":77`, `"description":"theirs"`, `"priority":0.25`} {
		params := `{"identifier":"` + background.CommandIdentifier + `","id":1,` + change + `}`
		if _, err := other.Call(t.Context(), wire.MethodSet, json.RawMessage(params)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, func() bool { return way.passed.Load() == 6 })
	if d.Priority() != session.PriorityHigh {
		t.Errorf("before its change is answered the priority is %v", d.Priority())
	}
	way.release()
	await(t, func() bool {
		st := d.Standing()
		return d.Priority() == session.PriorityLow && st.RateLimit == 5000 && st.Place == 77 && d.Description() == "theirs"
	})
}
