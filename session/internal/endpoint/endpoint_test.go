package endpoint

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"testing"
)

func TestHashIsThatOfMicrosoftsExample(t *testing.T) {
	// From "NTLM and Channel Binding Hash", Microsoft Open Specifications.
	cert, err := hex.DecodeString("ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95")
	if err != nil {
		t.Fatal(err)
	}
	got := hash(append([]byte("tls-server-end-point:"), cert...))
	if want := "6586e99d81c2fc984e47172fd4dd0310"; hex.EncodeToString(got[:]) != want {
		t.Errorf("got %x, want %s", got, want)
	}
}

func TestAConnectionWithoutTLSHasNoBindings(t *testing.T) {
	if got := Hash(nil); got != [Size]byte{} {
		t.Errorf("got %x", got)
	}
	if got := Hash(new(tls.ConnectionState)); got != [Size]byte{} {
		t.Errorf("got %x", got)
	}
}

func TestACertificateIsHashedWithTheHashOfItsSignature(t *testing.T) {
	raw := []byte("certificate")
	s256, s384, s512 := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	for alg, want := range map[x509.SignatureAlgorithm][]byte{
		x509.MD5WithRSA: s256[:], x509.SHA1WithRSA: s256[:], x509.ECDSAWithSHA256: s256[:], x509.PureEd25519: s256[:],
		x509.SHA384WithRSAPSS: s384[:], x509.ECDSAWithSHA384: s384[:], x509.SHA512WithRSA: s512[:],
	} {
		c := &x509.Certificate{Raw: raw, SignatureAlgorithm: alg}
		got := Hash(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}})
		if got != hash(append([]byte("tls-server-end-point:"), want...)) {
			t.Errorf("%v: another hash", alg)
		}
	}
}
