package cli

import (
	"cmp"
	"context"
	"log/slog"

	"haul/internal/config"
	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
)

// answerer is what answers challenges in the agent: for haul's own transfers
// what a run of haul would use before it asks. Another program's session has a
// delegate for that.
func (o *options) answerer(env Env, log *slog.Logger, command *credentials.Command) func(background.Subject) background.Answerer {
	return func(of background.Subject) background.Answerer {
		if of.Identifier != background.CommandIdentifier {
			return nil
		}
		opt := model.Options{
			HostIdentity: o.hostIdentity, OpenIdentity: openIdentity, TrustHost: o.trustHost, Trusted: trustedServers(),
			HostUser: o.hostUser, User: of.Access.User,
		}
		for _, file := range of.Access.Certificates {
			opt.Identities = append(opt.Identities, model.IdentityFile(file))
		}
		for _, text := range of.Access.TrustSHA256 {
			if sum, err := config.ParseFingerprint(text); err == nil { // the agent has checked it
				opt.TrustSHA256 = append(opt.TrustSHA256, sum)
			}
		}
		if token := of.Access.Token; token != "" {
			opt.Token = tokenOf(token)
		}
		asked := *o
		asked.from.netrcFile = cmp.Or(of.Access.Netrc, o.from.netrcFile)
		netrc, err := asked.netrc(env)
		switch {
		case err != nil:
			log.Warn(phrases.LogNetrc, "error", err)
		case netrc != nil:
			opt.Sources = append(opt.Sources, netrc)
		}
		if command != nil {
			opt.Sources = append(opt.Sources, command)
		}
		var own *session.Credential
		if of.User != nil {
			own = &session.Credential{User: of.User.Username(), Persistence: session.PersistenceForSession}
			own.Password, _ = of.User.Password()
		}
		return answers{model.NewUnattended(opt, of.URL, own)}
	}
}

// answers has the agent use the model's answers.
type answers struct{ of *model.Unattended }

func (a answers) Answer(ctx context.Context, t session.Task, c *session.Challenge) background.Decision {
	d := a.of.Answer(ctx, t, c)
	return background.Decision{
		Disposition: d.Disposition, Credential: d.Credential, Words: d.Words,
		Ask: d.Ask, Reason: d.Reason, Detail: d.Identity.Certificate, Unasked: d.Unasked,
	}
}

func (a answers) Remember(p session.ProtectionSpace, c *session.Credential) { a.of.Remember(p, c) }
