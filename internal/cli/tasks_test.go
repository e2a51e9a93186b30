package cli

import (
	"encoding/json"
	"testing"

	"haul/session/background"
)

func TestATaskOfTheAgentIsCalledAsInTheMonitor(t *testing.T) {
	for _, c := range []struct{ task, want string }{
		{`{"state": "running", "doing": "loading"}`, "running"},
		{`{"state": "running", "doing": "queued"}`, "queued"},
		{`{"state": "running", "doing": "retry"}`, "retry"},
		{`{"state": "running", "doing": "asking"}`, "asks"},
		{`{"state": "running", "doing": "delayed"}`, "delayed"},
		{`{"state": "suspended", "doing": "queued"}`, "paused"},
		{`{"state": "ended", "result": {}, "response": {"status_code": 200}}`, "done"},
		{`{"state": "ended", "result": {}, "response": {"status_code": 404}}`, "refused"},
		{`{"state": "ended", "result": {"error": {"code": -999}}}`, "cancelled"},
		{`{"state": "ended", "result": {"error": {"code": -1001}}}`, "failed"},
	} {
		var task background.TaskInfo
		if err := json.Unmarshal([]byte(c.task), &task); err != nil {
			t.Fatal(err)
		}
		if got := taskState(task); got != c.want {
			t.Errorf("%s is %q, want %q", c.task, got, c.want)
		}
	}
}
