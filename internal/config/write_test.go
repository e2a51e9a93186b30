package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestWhatIsWrittenMeansTheSame(t *testing.T) {
	c := Default()
	c.Downloads.Dir = "/home/\"quoted\"\\ \x1b é"
	c.Downloads.Timeout = 90 * time.Second
	c.Proxy.Not = []string{"a", "b c"}
	c.Credentials.Command, c.Credentials.Certificates = []string{}, []string{}
	c.Agent.OnQuestion, c.Agent.OnFinish, c.Agent.OnFail = []string{"x"}, []string{"y"}, []string{"z"}
	c.Hosts = map[string]Host{"*.example.org": {User: "alice"}, "plain": {Proxy: "direct"}}
	c.Keys = Keys{"list": {"pause": {"f5"}, "add": {}}}
	var b strings.Builder
	if err := c.Write(&b, func(path ...string) string {
		if path[0] == "downloads" {
			return "a\nb"
		}
		return ""
	}); err != nil {
		t.Fatal(err)
	}
	got, err := Load(write(t, b.String()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if !reflect.DeepEqual(got, c) {
		t.Errorf("%+v\nwant\n%+v\nin\n%s", got, c, b.String())
	}
	for _, want := range []string{"\n[hosts.\"*.example.org\"]\n", "# a?b\n", "# default\n", "[keys.list]\nadd = []"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestPasswordsOfProxiesAreNotWritten(t *testing.T) {
	c := Default()
	c.Proxy.URL = "http://alice:wonderland@proxy:3128"
	c.Hosts = map[string]Host{"x": {Proxy: "http://alice:wonderland@other:3128"}}
	var b strings.Builder
	if err := c.Write(&b, func(...string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "wonderland") || strings.Count(b.String(), "alice:hidden@") != 2 {
		t.Error(b.String())
	}
}
