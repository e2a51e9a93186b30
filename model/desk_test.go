package model

import (
	"context"
	"testing"
	"testing/synctest"

	"haul/session"
)

// Who sees that a question is gone says at once why: a screen draws between
// any two steps of the task that asked.
func TestAQuestionThatIsGoneTellsWhetherItWasAnsweredElsewhere(t *testing.T) {
	for _, c := range []struct {
		name  string
		cause error
		want  bool
	}{
		{"answered in another terminal", session.ErrAnsweredElsewhere, true},
		{"the task has ended", context.Canceled, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{}
				gone, told := false, false
				d.changed = func() {
					if views, _, _ := d.snapshot(0); len(views) == 0 {
						gone, told = true, d.answeredElsewhere(1)
					}
				}
				ctx, end := context.WithCancelCause(t.Context())
				asked := make(chan bool)
				go func() {
					_, answered := d.ask(ctx, promptKey{kind: AskPassword}, 1, PromptView{})
					asked <- answered
				}()
				synctest.Wait()
				end(c.cause)
				if <-asked || !gone || told != c.want {
					t.Errorf("gone %v, answered elsewhere %v", gone, told)
				}
			})
		})
	}
}
