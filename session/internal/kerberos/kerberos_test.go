package kerberos

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"haul/session/internal/endpoint"
)

func sessionKey() types.EncryptionKey {
	return types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: bytes.Repeat([]byte{7}, 32)}
}

func testTicket() *Ticket {
	return &Ticket{
		ticket: messages.Ticket{
			TktVNO: 5, Realm: "A.TEST", SName: types.PrincipalName{NameType: 1, NameString: []string{"HTTP", "host"}},
			EncPart: types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, KVNO: 1, Cipher: []byte("cipher")},
		},
		key: sessionKey(), name: types.PrincipalName{NameType: 1, NameString: []string{"alice"}}, realm: "A.TEST",
	}
}

// reply makes the server's answer to an exchange, as far as times say.
func reply(t testing.TB, key types.EncryptionKey, ctime time.Time, cusec int) []byte {
	t.Helper()
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	plain := must(asn1.MarshalWithParams(struct {
		CTime time.Time `asn1:"generalized,explicit,tag:0"`
		Cusec int       `asn1:"explicit,tag:1"`
	}{ctime.Truncate(time.Second), cusec}, "application,explicit,tag:27"))
	enc, err := crypto.GetEncryptedData(plain, key, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		t.Fatal(err)
	}
	rep := must(asn1.MarshalWithParams(struct {
		PVNO    int                 `asn1:"explicit,tag:0"`
		MsgType int                 `asn1:"explicit,tag:1"`
		EncPart types.EncryptedData `asn1:"explicit,tag:2"`
	}{5, 15, enc}, "application,explicit,tag:15"))
	return answer(t, must(wrap(oidKerberos, append(bytes.Clone(isReply), rep...))))
}

// cutCipher is an answer whose encrypted part has n bytes.
func cutCipher(t testing.TB, n int) []byte {
	t.Helper()
	rep, err := asn1.MarshalWithParams(struct {
		PVNO    int                 `asn1:"explicit,tag:0"`
		MsgType int                 `asn1:"explicit,tag:1"`
		EncPart types.EncryptedData `asn1:"explicit,tag:2"`
	}{5, 15, types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, Cipher: make([]byte, n)}}, "application,explicit,tag:15")
	if err != nil {
		t.Fatal(err)
	}
	mech, err := wrap(oidKerberos, append(bytes.Clone(isReply), rep...))
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, mech)
}

// answer is a NegTokenResp that accepts.
func answer(t testing.TB, mech []byte) []byte {
	t.Helper()
	inner, err := asn1.Marshal(negTokenResp{State: 0, SupportedMech: oidKerberos, ResponseToken: mech})
	if err != nil {
		t.Fatal(err)
	}
	b, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: inner})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheFirstTokenIsFramedAsRFC4178Says(t *testing.T) {
	_, token, err := testTicket().Begin([endpoint.Size]byte{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	// [APPLICATION 0] { SPNEGO, [0] { SEQUENCE { [0] { Kerberos }, [2] …
	want := []string{"06062b0601050502a0", "a00d300b06092a864886f712010202a2", "06092a864886f7120102020100"}
	text, from := hex.EncodeToString(token), 0
	if token[0] != 0x60 {
		t.Errorf("it begins with %x", token[0])
	}
	for _, w := range want {
		at := strings.Index(text[from:], w)
		if at < 0 {
			t.Fatalf("no %s in %s", w, text)
		}
		from += at + len(w)
	}
}

func TestTheAnswersOfRFC4178AreRead(t *testing.T) {
	for name, c := range map[string]struct {
		token, want string
		fails       bool
	}{
		"accepted, Kerberos":   {token: "a1143012a0030a0100a10b06092a864886f712010202"},
		"accepted, with token": {token: "a10d300ba0030a0100a2040402cafe", want: "cafe"},
		"no state":             {token: "a1083006a2040402cafe", want: "cafe"},
		"rejected":             {token: "a1073005a0030a0102", fails: true},
		"another mechanism":    {token: "a1153013a0030a0101a10c060a2b06010401823702020a", fails: true},
		"an initial token":     {token: "a0073005a0030a0102", fails: true},
		"cut short":            {token: "a10d300ba0030a0100a204", fails: true},
		"more behind it":       {token: "a1073005a0030a010000", fails: true},
		"nothing":              {token: "", fails: true},
	} {
		b, err := hex.DecodeString(c.token)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseResponse(b)
		if (err != nil) != c.fails || hex.EncodeToString(got) != c.want {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	if _, err := parseResponse(make([]byte, 1<<20)); !errors.Is(err, ErrToken) {
		t.Errorf("1 MiB: %v", err)
	}
}

func TestTheServerHasToProveThatTheTicketIsForIt(t *testing.T) {
	x, _, err := testTicket().Begin([endpoint.Size]byte{})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Finish(reply(t, sessionKey(), x.ctime, x.cusec)); err != nil {
		t.Errorf("the right server: %v", err)
	}
	other := sessionKey()
	other.KeyValue = bytes.Repeat([]byte{8}, 32)
	for name, token := range map[string][]byte{
		"another key":         reply(t, other, x.ctime, x.cusec),
		"another time":        reply(t, sessionKey(), x.ctime.Add(time.Second), x.cusec),
		"another microsecond": reply(t, sessionKey(), x.ctime, x.cusec+1),
		"a short cipher":      cutCipher(t, 3), "an empty cipher": cutCipher(t, 0),
		"an earlier exchange": reply(t, sessionKey(), x.ctime.Add(-time.Hour), x.cusec),
	} {
		if err := x.Finish(token); err == nil || !errors.Is(err, ErrServer) && !strings.Contains(name, "cipher") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := x.Finish(nil); err != nil {
		t.Errorf("no proof at all: %v", err)
	}
	if err := x.Finish([]byte("garbage")); !errors.Is(err, ErrToken) {
		t.Errorf("garbage: %v", err)
	}
}

func TestATicketPrintsWithoutItsKey(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
		if s := fmt.Sprintf(verb, testTicket()); s != `ticket of "alice@A.TEST"` {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

// settings are of a realm that has no server, without cache and keytab.
func settings(t *testing.T) Settings {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "krb5.conf")
	err := os.WriteFile(conf, []byte("[libdefaults]\n default_realm = A.TEST\n[realms]\n B.TEST = {\n  kdc = 127.0.0.1:1\n }\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return Settings{Config: conf, Cache: filepath.Join(dir, "cache"), Keytab: filepath.Join(dir, "keytab")}
}

func TestUsersAreReadAsPeopleTypeThem(t *testing.T) {
	ts := New(settings(t))
	for typed, want := range map[string][2]string{
		"alice": {"alice", "A.TEST"}, "alice@b.test": {"alice", "B.TEST"}, `b.test\alice`: {"alice", "B.TEST"},
		"alice@A.TEST": {"alice", "A.TEST"}, "a@b@B.TEST": {"a@b", "B.TEST"},
	} {
		if name, realm, ok := ts.Realm(typed); !ok || name != want[0] || realm != want[1] {
			t.Errorf("%s is %s of %s, %v", typed, name, realm, ok)
		}
	}
	for _, typed := range []string{`WINDOWS\alice`, "alice@elsewhere.test"} {
		if _, _, ok := ts.Realm(typed); ok {
			t.Errorf("%s has a realm", typed)
		}
	}
}

func TestWithoutAnythingThereIsNoTicketAndNothingWrong(t *testing.T) {
	s := settings(t)
	s.Keytab = "FILE:"
	t.Setenv("KRB5_CLIENT_KTNAME", "")
	if _, err := New(s).AtHand("HTTP/h"); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	none := filepath.Join(t.TempDir(), "none")
	if New(Settings{Config: none, Cache: none, Keytab: none}).Usable() {
		t.Error("Kerberos is usable without a file of it")
	}
	if !New(settings(t)).Usable() {
		t.Error("a realm is not enough")
	}
}

func TestWhatIsWrongIsSaidInWords(t *testing.T) {
	kind := func(err error) (Kind, string) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("the error is %v", err)
		}
		return e.Kind, e.Text
	}
	for name, cache := range map[string][]byte{"empty": {}, "cut short": {5, 4, 0}, "garbage": bytes.Repeat([]byte{5, 4, 0, 255}, 99)} {
		s := settings(t)
		if err := os.WriteFile(s.Cache, cache, 0o600); err != nil {
			t.Fatal(err)
		}
		if k, text := kind(second(New(s).AtHand("HTTP/h"))); k != Broken || !strings.Contains(text, s.Cache) {
			t.Errorf("%s cache: %s", name, text)
		}
	}
	s := settings(t)
	s.Cache = "KEYRING:persistent:0"
	if _, text := kind(second(New(s).fromCache(nil))); !strings.Contains(text, "use FILE:") {
		t.Errorf("a keyring: %s", text)
	}
	s = settings(t)
	if err := os.WriteFile(s.Keytab, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, text := kind(second(New(s).AtHand("HTTP/h"))); k != Broken || !strings.Contains(text, s.Keytab) {
		t.Errorf("a keytab: %s", text)
	}
	if k, text := kind(second(New(settings(t)).Login("alice", "p", "HTTP/h"))); k != Unreachable || text != "no server of the Kerberos realm A.TEST is known" {
		t.Errorf("no server known: %s", text)
	}
	if k, text := kind(second(New(settings(t)).Login("alice@B.TEST", "p", "HTTP/h"))); k != Unreachable || text != "no server of the Kerberos realm B.TEST answers" {
		t.Errorf("no server answers: %s", text)
	}
	if k, _ := kind(second(New(settings(t)).Login("alice@C.TEST", "p", "HTTP/h"))); k != Unreachable {
		t.Error("an unknown realm is something else")
	}
}

func second[T any](_ T, err error) error { return err }

func FuzzFinish(f *testing.F) {
	ticket := testTicket()
	x, token, err := ticket.Begin([endpoint.Size]byte{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(reply(f, sessionKey(), x.ctime, x.cusec+1))
	f.Add([]byte{0xa1, 0x07, 0x30, 0x05, 0xa0, 0x03, 0x0a, 0x01, 0x02})
	kerberosError, err := wrap(oidKerberos, append(bytes.Clone(isError), 0x7e, 0x03, 0x30, 0x01, 0x00))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(answer(f, kerberosError))
	f.Fuzz(func(t *testing.T, token []byte) {
		mech, _ := parseResponse(token) // nil where it is malformed
		if err := x.Finish(token); err == nil && len(mech) > 0 {
			t.Fatalf("%x proves something", token)
		} else if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
			t.Fatalf("the error has control characters: %q", err)
		}
	})
}
