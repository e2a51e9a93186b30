package cli

import (
	"crypto/tls"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/internal/identity"
	"haul/model"
	"haul/session"
)

// identityOptions are the flags of client certificates.
type identityOptions struct{ certificate, key string }

func (i *identityOptions) register(f *pflag.FlagSet) {
	f.StringVar(&i.certificate, "cert", "", "show the client certificate in `FILE` (PEM or PKCS#12) to the given URLs' hosts if they ask for one")
	f.StringVar(&i.key, "key", "", "the key of --cert is in `FILE` (PEM)")
}

// file is what --cert and --key name. What is wrong with it is said before
// anything is sent; a file that is locked is asked about when it is needed.
func (i *identityOptions) file() (model.IdentityFile, error) {
	file := model.IdentityFile{Certificate: i.certificate, Key: i.key}
	if file.Certificate == "" {
		if file.Key != "" {
			return file, fail(ExitUsage, "--key is the key of a client certificate: give --cert as well")
		}
		return file, nil
	}
	cert, err := openIdentity(file, "")
	if err == nil {
		err = session.CheckIdentity(cert, time.Now())
	}
	if err != nil && !errors.Is(err, identity.ErrLocked) {
		return file, fail(ExitUsage, "--cert: %w: give a certificate that is valid, with its own key", err)
	}
	return file, nil
}

// hostIdentity is the client certificate that the configuration has for a host.
func (o *options) hostIdentity(addr string) model.IdentityFile {
	h := o.config.ForHost(addr)
	return model.IdentityFile{Certificate: h.Certificate, Key: h.Key}
}

// hostUser is the user name that the configuration has for a host.
func (o *options) hostUser(addr string) string { return o.config.ForHost(addr).User }

func openIdentity(file model.IdentityFile, password string) (*tls.Certificate, error) {
	return identity.Load(config.ExpandHome(file.Certificate), config.ExpandHome(file.Key), password)
}
