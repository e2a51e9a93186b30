package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/internal/identity"
	"haul/model"
	"haul/session"
	"haul/ui/phrases"
)

// identityOptions are the flags of client certificates, as they were given.
type identityOptions struct {
	files []model.IdentityFile
	// orphan is a --key before any --cert, for the first one.
	orphan string
}

func (i *identityOptions) register(f *pflag.FlagSet) {
	f.Var(identityFlag{i.certificate}, "cert", phrases.FlagCert)
	f.Var(identityFlag{i.key}, "key", phrases.FlagKey)
}

// identityFlag is a flag whose place among the others counts: a key belongs to
// the certificate before it.
type identityFlag struct{ set func(string) error }

func (identityFlag) String() string       { return "" }
func (identityFlag) Type() string         { return "file" }
func (f identityFlag) Set(s string) error { return f.set(s) }

func (i *identityOptions) certificate(path string) error {
	i.files = append(i.files, model.IdentityFile{Certificate: path, Key: i.orphan})
	i.orphan = ""
	return nil
}

func (i *identityOptions) key(path string) error {
	if len(i.files) == 0 {
		i.orphan = path
		return nil
	}
	last := &i.files[len(i.files)-1]
	if last.Key != "" {
		return errors.New(phrases.CertificateHasKey)
	}
	last.Key = path
	return nil
}

// certificates are what --cert and --key name. What is wrong with one is said
// before anything is sent; a file that is locked is asked about when it is needed.
func (i *identityOptions) certificates() ([]model.IdentityFile, error) {
	if i.orphan != "" {
		return nil, fail(ExitUsage, phrases.KeyWithoutCertificate)
	}
	var all []model.IdentityFile
	for _, given := range i.files {
		files, err := identityFiles(given)
		if err != nil {
			return nil, fail(ExitUsage, phrases.CertificateNotFound, err)
		}
		if len(files) == 1 && files[0] == given {
			cert, err := openIdentity(given, "")
			if err == nil {
				err = session.CheckIdentity(cert, time.Now())
			}
			if err != nil && !errors.Is(err, model.ErrIdentityLocked) {
				return nil, fail(ExitUsage, phrases.CertificateUnfit, err)
			}
		}
		all = append(all, files...)
	}
	return all, nil
}

// identityFiles are the certificates of a file or a folder.
func identityFiles(given model.IdentityFile) ([]model.IdentityFile, error) {
	path := config.ExpandHome(given.Certificate)
	found, err := identity.Find(path)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1 && found[0].Certificate == path:
		return []model.IdentityFile{given}, nil
	case len(found) == 0:
		return nil, fmt.Errorf(phrases.NoCertificateIn, given.Certificate)
	case given.Key != "":
		return nil, fmt.Errorf(phrases.FolderTakesNoKey, given.Certificate)
	}
	files := make([]model.IdentityFile, len(found))
	for n, f := range found {
		files[n] = model.IdentityFile(f)
	}
	return files, nil
}

// identities are the client certificates of the flags and of the configuration.
func (o *options) identities(opt *model.Options) (err error) {
	if opt.Identities, err = o.identity.certificates(); err != nil {
		return err
	}
	for _, path := range o.config.Credentials.Certificates {
		files, err := identityFiles(model.IdentityFile{Certificate: path})
		if err != nil {
			return fail(ExitUsage, phrases.CertificatesNotFound, err)
		}
		opt.OfferedIdentities = append(opt.OfferedIdentities, files...)
	}
	opt.HostIdentity, opt.OpenIdentity = o.hostIdentity, openIdentity
	return nil
}

// hostIdentity is the client certificate that the configuration has for a host.
func (o *options) hostIdentity(addr string) model.IdentityFile {
	h := o.config.ForHost(addr)
	return model.IdentityFile{Certificate: h.Certificate, Key: h.Key}
}

// hostUser is the user name that the configuration has for a host.
func (o *options) hostUser(addr string) string { return o.config.ForHost(addr).User }

func openIdentity(file model.IdentityFile, password string) (*tls.Certificate, error) {
	cert, err := identity.Load(config.ExpandHome(file.Certificate), config.ExpandHome(file.Key), password)
	if errors.Is(err, identity.ErrLocked) {
		err = model.ErrIdentityLocked
	}
	return cert, err
}
