package background_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"haul/session/background"
	"haul/session/internal/wire"
)

// greeted is a connection after its handshake.
func (f *fixture) greeted() net.Conn {
	f.t.Helper()
	conn := f.raw()
	if got := say(f.t, conn, `{"jsonrpc":"2.0","id":1,"method":"agent.hello","params":{"protocol":2,"version":"x"}}`); !strings.Contains(got, "result") {
		f.t.Fatal(got)
	}
	return conn
}

// TestAClientThatDiesInTheMiddleOfAnAnswer dies while it reads one of the
// agent's, and while it writes one of its own.
func TestAClientThatDiesInTheMiddleOfAnAnswer(t *testing.T) {
	server := serve(t, guarded())
	f := newFixture(t, background.Options{})
	c := f.client()
	f.begin(c, "a", background.Request{URL: server.URL + "/f", Header: map[string][]string{"X-Long": {strings.Repeat("x", 100_000)}}})
	await(t, func() bool { return only(t, c).Question != nil })

	reading := f.greeted()
	if err := wire.NewChannel(reading).Send([]byte(`{"jsonrpc":"2.0","id":2,"method":"task.list","params":{}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(reading, make([]byte, 1000)); err != nil { // of more than 100,000
		t.Fatal(err)
	}
	if err := reading.Close(); err != nil {
		t.Fatal(err)
	}

	writing := f.greeted()
	q := only(t, c).Question
	answer := fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"task.answer","params":{"identifier":"a","id":1,"question":%d,"disposition":"cancel"}}`, q.Number)
	frame := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(answer), answer)
	if _, err := io.WriteString(writing, frame[:len(frame)-10]); err != nil {
		t.Fatal(err)
	}
	if err := writing.Close(); err != nil {
		t.Fatal(err)
	}

	// The question waits for somebody who says all of it.
	if left := only(t, c).Question; left == nil || left.Number != q.Number {
		t.Fatalf("the question is %+v", left)
	}
	first, err := c.Answer(t.Context(), background.Answer{
		Identifier: "a", ID: 1, Question: q.Number, Disposition: wire.Use, User: "ali", Password: secretPassword,
	})
	if err != nil || !first {
		t.Fatal(first, err)
	}
	if list, late, err := c.Wait(t.Context(), time.Minute, "a"); err != nil || late || list[0].Result.Error != nil || list[0].Response.StatusCode != 200 {
		t.Errorf("%+v, %v", list, err)
	}
}
