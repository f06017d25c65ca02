package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/host"
	"otpane/vault"
)

// The doctor looks at everything that may one day cost somebody an account, and
// changes nothing: it takes no lock, makes no folder and does not even remember how
// far the vault has come. Whoever asks it has trouble already.

func (p *program) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything, change nothing, say what to do",
		Long: `Looks at the vault, its files and backups, the accounts, the clock, the settings
and this terminal. A line for each: fine (✓), worth doing (!) or wrong (✗), the
worst last, and below it the command that mends it. Backups are opened and
compared with the vault. A vault that does not open leaves out what is inside,
and the status is that of the failure; otherwise 1 if something is wrong.`,
		Example: "  otpane doctor\n  otpane doctor --json | jq '.[] | select(.state == \"wrong\")'",
		Args:    noArguments,
		// In place of the root's, which gives up where the settings cannot be read.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.doctor(cmd.Context(), p.thisMachine(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs: check, state, what, mend")
	return cmd
}

// check is one thing that is looked at. It finds one line at least, or none where it
// does not apply here.
type check struct {
	name  string
	look  func(*patient) []finding
	needs func(*patient) bool // nil if it can be made whatever happened to the vault
}

// checks are all of them, in the order in which they are told.
var checks = []check{
	{name: "vault", look: (*patient).opening},
	{name: "version", look: (*patient).version, needs: (*patient).isOpen},
	{name: "damage", look: (*patient).damage, needs: (*patient).isOpen},
	{name: "passphrase", look: (*patient).passphraseWork},
	{name: "rollback", look: (*patient).rollback, needs: (*patient).isOpen},
	{name: "files", look: (*patient).files},
	{name: "links", look: (*patient).links},
	{name: "leftovers", look: (*patient).leftovers},
	{name: "backups", look: (*patient).backups, needs: (*patient).isUnlocked},
	{name: "copies", look: (*patient).conflictCopies},
	{name: "two keys", look: (*patient).twoKeys, needs: (*patient).isOpen},
	{name: "recovery key", look: (*patient).recoveryKey, needs: (*patient).isOpen},
	{name: "recipients", look: (*patient).recipients, needs: (*patient).isOpen},
	{name: "synced", look: (*patient).synced},
	{name: "disk", look: (*patient).disk},
	{name: "exports", look: (*patient).exports},

	{name: "unfinished", look: (*patient).unfinished, needs: (*patient).isOpen},
	{name: "short keys", look: (*patient).shortKeys, needs: (*patient).isOpen},
	{name: "same key", look: (*patient).sameKey, needs: (*patient).isOpen},
	{name: "same name", look: (*patient).sameName, needs: (*patient).isOpen},
	{name: "recovery codes", look: (*patient).recoveryCodes, needs: (*patient).isOpen},
	{name: "codes left", look: (*patient).codesLeft, needs: (*patient).isOpen},

	{name: "clock", look: (*patient).clock},
	{name: "correction", look: (*patient).correction, needs: (*patient).isOpen},
	{name: "settings", look: (*patient).settingsFile},
	{name: "vaults", look: (*patient).otherVaults},
	{name: "inbox", look: (*patient).inboxFolder},
	{name: "agent", look: (*patient).agent},
	{name: "keyring", look: (*patient).keyring},
	{name: "clipboard", look: (*patient).clipboard},
	{name: "terminal", look: (*patient).terminal},
	{name: "tmux", look: (*patient).tmux},
	{name: "process", look: (*patient).process},
	{name: "completion", look: (*patient).completion},
	{name: "age plugin", look: (*patient).agePlugin},
}

// finding is a line of the doctor's table; its names are a contract.
type finding struct {
	Check string    `json:"check"`
	State condition `json:"state"`
	What  string    `json:"what"`
	Mend  string    `json:"mend"` // a command for a shell; empty where none mends it
}

type condition string

const (
	isFine       condition = "fine"
	isWorthDoing condition = "worth doing"
	isWrong      condition = "wrong"
)

// conditions in the order in which they are told: the worst stands last, right above
// the shell's next prompt.
var conditions = []condition{isFine, isWorthDoing, isWrong}

func fine(format string, args ...any) []finding {
	return []finding{{State: isFine, What: fmt.Sprintf(format, args...)}}
}

func worthDoing(mend, format string, args ...any) []finding {
	return []finding{{State: isWorthDoing, Mend: mend, What: fmt.Sprintf(format, args...)}}
}

func wrong(mend, format string, args ...any) []finding {
	return []finding{{State: isWrong, Mend: mend, What: fmt.Sprintf(format, args...)}}
}

// machine is what the doctor asks of the world beside files.
type machine struct {
	synchronised func() (synchronised, known bool)
	hardened     func() (yes, known bool)
	clipboard    func(command []string) (ways []string, advice string)
	tmux         func(context.Context) (state host.Tmux, there bool, err error)
	served       func(ctx context.Context, vault string) error // nil if an agent answers
	keyring      func(ctx context.Context, vault string) (vault.Identity, error)
	program      func(name string) (path string, err error)
	free         func(folder string) (bytes uint64, known bool)
	size         func() (columns, rows int, err error) // of the terminal that is written to
	environment  []string
}

func (p *program) thisMachine() machine {
	return machine{
		keyring: p.inKeyring, synchronised: host.ClockSynchronised, hardened: host.Hardened, free: host.FreeSpace, environment: os.Environ(),
		clipboard: func(command []string) ([]string, string) {
			clipboard := host.NewClipboard(p.Getenv, func() []string { return command })
			return clipboard.Ways(), clipboard.Advice()
		},
		tmux:    func(ctx context.Context) (host.Tmux, bool, error) { return host.AskTmux(ctx, p.Getenv) },
		program: func(name string) (string, error) { return host.FindProgram(p.Getenv, name) },
		size: func() (int, int, error) {
			file, _ := p.Stdout.(*os.File)
			if !host.IsTerminal(p.Stdout) {
				return 0, 0, host.ErrNoTerminal
			}
			return host.Size(file)
		},
		served: func(ctx context.Context, vault string) error {
			conn, err := host.DialAgent(host.AgentSocket(p.Getenv, vault))
			if err != nil {
				return err
			}
			_, err = agent.Call(ctx, conn, agent.Request{Do: agent.DoStatus})
			return err
		},
	}
}

// patient is a vault and what lies around it, as far as it could be looked at.
type patient struct {
	*program
	context.Context
	machine machine
	now     time.Time

	settings settings
	mistakes []problem // of the settings
	silent   bool      // there is no settings file
	unread   error     // why the settings file could not be read

	path     string
	parts    vault.Parts
	identity vault.Identity // opens the vault, or what is left of it
	opened   *vault.Vault   // nil if it did not open
	err      error          // why not
	seen     vault.Mark
	accounts []otpcore.Account
}

func (p *program) doctor(ctx context.Context, here machine, asJSON bool) error {
	d := p.admit(ctx, here)
	found, waiting := d.examine()
	err := d.tell(found, waiting, asJSON)
	switch {
	case err != nil:
		return err
	case d.err != nil:
		return &fault{status: asFault(d.openingFault()).status, err: d.err}
	case slices.ContainsFunc(found, func(f finding) bool { return f.State == isWrong }):
		return &fault{status: failed}
	}
	return nil
}

// admit finds out what there is to look at, and asks for the passphrase.
func (p *program) admit(ctx context.Context, here machine) *patient {
	d := &patient{program: p, Context: ctx, machine: here, now: p.Now()}
	d.readSettings()
	if p.at, d.err = p.choosePlace(); d.err != nil {
		return d
	}
	d.path = p.at.path
	if d.parts, d.err = vault.PartsOf(d.path); d.err != nil {
		return d
	}
	d.seen = p.lastSeen(d.path)
	if d.identity, d.err = p.rescuer(ctx, d.path); d.err != nil {
		return d
	}
	// Not by open: that would remember the copy when the run ends.
	if d.opened, d.err = vault.Open(d.path, d.identity, p.Now); d.err != nil {
		return d
	}
	d.accounts = d.opened.Accounts()
	return d
}

func (d *patient) isOpen() bool { return d.opened != nil }

// isUnlocked holds for a damaged vault, too, whose backups opened.
func (d *patient) isUnlocked() bool { return !d.identity.IsZero() }

// examine makes every check; waiting are those that would need what opens the vault.
func (d *patient) examine() (found []finding, waiting []string) {
	found = []finding{}
	for _, c := range checks {
		if c.needs != nil && !c.needs(d) {
			waiting = append(waiting, c.name)
			continue
		}
		for _, f := range c.look(d) {
			f.Check = c.name
			found = append(found, f)
		}
	}
	return found, waiting
}
