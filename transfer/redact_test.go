package transfer

import (
	"net/url"
	"testing"
)

func TestRedactURL(t *testing.T) {
	tests := []struct{ in, want string }{
		{"http://h/", "http://h/"},
		{"http://user:pw@h:8080/p?a=b", "http://h:8080/p?a=b"},
		{"http://user@h/", "http://h/"},
		{"https://h/f?X-Amz-Signature=abc&X-Amz-Credential=AK%2F1&X-Amz-Expires=9", "https://h/f?X-Amz-Signature=…&X-Amz-Credential=…&X-Amz-Expires=9"},
		{"https://h/f?sig=abc&sv=1", "https://h/f?sig=…&sv=1"},
		{"https://h/f?design=abc&SIG=x", "https://h/f?design=abc&SIG=…"},
		{"https://h/f?b=2&a=1&b=%zz", "https://h/f?b=2&a=1&b=%zz"},
		{"https://h/f?access%5Ftoken=x", "https://h/f?access%5Ftoken=…"},
		{"https://h/f?%74oken=x", "https://h/f?%74oken=…"},
		{"https://h/f?a=1;token=x;b=2", "https://h/f?a=1;token=…;b=2"},
		{"https://h/f?token=a=b=c", "https://h/f?token=…"},
		{"https://h/f?token=&key", "https://h/f?token=&key"},
		{"https://h/f?password[]=x", "https://h/f?password[]=…"},
		{"https://h/f?", "https://h/f?"},
		{"https://h/f?a&&b=", "https://h/f?a&&b="},
		{"https://h/f#access_token=x", "https://h/f"},
		{"https://[::1]:443/x%20y", "https://[::1]:443/x%20y"},
		{"http:me:pw@h/?token=x", "http:…"},
		{"http://h/?q=\u009b2J\u202egpj&\u009d=1", "http://h/?q=%C2%9B2J%E2%80%AEgpj&%C2%9D=1"},
		{"http://h/?md5=abc&expires=1&code=4&barcode=5", "http://h/?md5=…&expires=1&code=…&barcode=5"},
	}
	for _, name := range []string{"token", "api_key", "Key", "signature", "client_secret", "passwd", "auth", "credentials", "sessionid", "jwt", "x-pwd", "OTP"} {
		tests = append(tests, struct{ in, want string }{"http://h/?" + name + "=hush", "http://h/?" + name + "=…"})
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		before := *u
		if got := RedactURL(u); got != tt.want {
			t.Errorf("RedactURL(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if *u != before {
			t.Errorf("%q was changed", tt.in)
		}
	}
	if got := RedactURL(nil); got != "" {
		t.Errorf("nil: %q", got)
	}
}
