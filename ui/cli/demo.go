package cli

import (
	"context"
	"crypto/rand"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui"
	"otpane/vault"
)

func (p *program) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Look at the pane with made-up accounts; nothing is kept",
		Long: `Opens a vault that is only in memory: no file is made, nothing is remembered,
and no site knows these accounts. All keys work as in a real one; what you add
or import is gone when you leave.`,
		Example:     "  NO_COLOR=1 otpane demo\n  otpane demo",
		Annotations: withoutVault,
		Args:        noArguments,
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&p.plainFlag, "plain", false, "in lines, for screen readers")
	return cmd
}

// demo is the pane without a door: there is no passphrase to protect anything.
func (p *program) demo(ctx context.Context) error {
	if err := p.needTerminal(); err != nil {
		return err
	}
	v, err := p.demoVault()
	if err != nil {
		return err
	}
	room := &room{program: p, preferences: &preferences{path: p.settingsPath()}}
	release := room.hold()
	defer release()
	if err := room.furnish(); err != nil {
		return err
	}
	_, err = ui.Run(ctx, room.terminal, room.demoConfig(ctx, v))
	return err
}

// demoConfig is without what would lock, remember, or lose something real: a
// picture that was imported here may be all there is of its key.
func (r *room) demoConfig(ctx context.Context, v *vault.Vault) ui.Config {
	config := r.config(ctx, v, "")
	config.Demo, config.Name, config.Vaults = true, "demo", nil
	config.LockAfter, config.Remove = 0, nil
	config.Settings, config.Habits, config.Keep = nil, ui.Habits{}, nil
	config.Readable = ui.Readable{}
	config.Inbox, config.AskInbox, config.Watch = "", false, nil
	return config
}

func (p *program) demoVault() (*vault.Vault, error) {
	v, err := vault.InMemory(p.Now)
	if err != nil {
		return nil, err
	}
	return v, v.Update(func(d *vault.Draft) error {
		for _, a := range demoAccounts() {
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// demoAccounts are of every kind. Their keys are drawn anew each time, so that
// nobody takes a code of theirs for one that a site would accept.
func demoAccounts() []otpcore.Account {
	account := func(issuer, name string, tags ...string) otpcore.Account {
		return otpcore.Account{
			Issuer: issuer, Name: name, Tags: tags,
			Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: randomKey(),
		}
	}
	github := account("GitHub", "alice@example.com", "dev", "oss")
	github.Pinned = true
	europe := account("AWS prod", "eu-root", "work", "aws")
	europe.Note = "root of the EU organisation"
	mail := account("Fastmail", "alice@fastmail.example")
	mail.Unfinished = true
	router := account("Home router", "admin", "home")
	router.Kind, router.Period, router.Counter = otpcore.HOTP, 0, 42
	bank := account("Meridian Bank", "8830-114", "money")
	bank.Digits, bank.Period = 8, 60
	proxmox := account("Proxmox", "root@pve-1.lab.example.org", "work")
	proxmox.Algorithm = otpcore.SHA256
	vpn := account("Sentinel VPN", "alice", "work")
	vpn.Period = 15
	steam := account("Steam", "alice_plays", "play")
	steam.Kind, steam.Digits = otpcore.Steam, 5
	return []otpcore.Account{
		github, account("AWS prod", "audit", "work", "aws"), europe, account("AWS prod", "us-root", "work", "aws"),
		mail, router, bank, account("npm", "alice-dev", "dev"), proxmox, vpn, steam, account("楽天証券", "山田太郎", "money"),
	}
}

func randomKey() otpcore.Secret {
	key := make([]byte, 20)
	_, _ = rand.Read(key) // never fails (crypto/rand since Go 1.24)
	return otpcore.NewSecret(key)
}
