package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"otpane/ui"
	"otpane/ui/host"
	"otpane/vault"
)

// pane is otpane alone: the door, then the list, and the door again when the
// list locks. The two are programs of their own; between them lies nothing but
// an identity.
func (p *program) pane(ctx context.Context) error {
	if err := p.needTerminal(); err != nil {
		return err
	}
	room := &room{program: p, preferences: &preferences{path: p.settingsPath()}}
	release := room.hold()
	defer release()
	begin, err := readStage(p.inherited, p.prompts(ctx))
	if err == nil {
		err = room.furnish()
	}
	if err == nil {
		room.vaults, err = p.rooms()
	}
	if err != nil {
		return err
	}
	if begin.path == "" {
		room.first, begin.path = true, p.at.path
	}
	err = room.stay(ctx, begin)
	if errors.Is(err, ui.ErrLeft) {
		return nil
	}
	return rescueFault(room.path, vault.Identity{}, err)
}

func (p *program) needTerminal() error {
	if host.IsTerminal(p.Stdin) && host.IsTerminal(p.Stdout) {
		return nil
	}
	return misuse("the pane needs a terminal", "`otpane list` and `otpane code NAME` work without one; `otpane help` lists all")
}

// furnish reads the settings, which say how to draw, too.
func (r *room) furnish() (err error) {
	r.preferences.now, err = r.program.settings()
	r.terminal = ui.Terminal{Input: r.Stdin, Output: r.Stdout, Environment: os.Environ(), Suspend: r.suspend}
	r.terminal.Plain = r.plain(r.preferences.now)
	r.preferences.now.apply(new(ui.Config), &r.terminal)
	return err
}

// suspend leaves the terminal to the shell while the pane is stopped.
func (r *room) suspend() error {
	if r.echo == nil {
		return nil
	}
	_, err := r.echo.Suspend()
	return err
}

// room is where the pane runs.
type room struct {
	pictures pictures // that were read for accounts
	*program
	preferences *preferences
	vaults      []place // the vaults to go to
	path        string  // of the one that is shown
	next        string  // of the one that the list was left for
	terminal    ui.Terminal
	first       bool           // nothing has been opened yet
	asked       bool           // at the door, or for a new vault
	echo        *host.Terminal // kept from showing what is typed between two programs
}

// stay goes from the door to the list and back until the user leaves.
func (r *room) stay(ctx context.Context, now stage) error {
	for {
		next, err := r.play(ctx, now)
		if err != nil {
			return err
		}
		r.goOn(ctx, next)
		now = next // there was no fresh image to go on in
	}
}

// play runs one program and returns what follows it; ui.ErrLeft is the end.
func (r *room) play(ctx context.Context, now stage) (next stage, err error) {
	r.path, next.path = now.path, now.path
	switch {
	case !now.identity.IsZero():
		return r.show(ctx, now)
	case now.locked != "":
		next.identity, err = r.unlockAgain(ctx, now.locked)
	default:
		next.identity, err = r.enter(ctx)
	}
	next.asked = r.asked && !next.identity.IsZero()
	return next, err
}

// enter gets what opens the vault, and makes the vault if there is none. Only
// "not there" is a first run: a mount that went away must not look like one, and
// where backups lie there was a vault.
func (r *room) enter(ctx context.Context) (vault.Identity, error) {
	k, err := r.keys()
	if err != nil {
		return vault.Identity{}, err
	}
	there, err := vaultExists(r.path)
	if err != nil {
		return vault.Identity{}, err
	}
	if k != (keys{}) && r.path == r.at.path {
		return r.identity(ctx, r.path)
	}
	if id, opens := r.byFile(ctx, k.identityFile); opens {
		return id, nil
	}
	if r.first && there {
		r.first = false // on the way back from another vault the passphrase is asked for, as after a lock
		if id, opens := r.byKeyring(ctx, r.path); opens {
			return id, nil
		}
	}
	if r.terminal.Plain && !there {
		return r.identity(ctx, r.path) // says that there is none, and what makes one
	}
	if _, lost := newestWhole(r.path, vault.Identity{}); !there && !lost {
		r.asked = true
		return ui.FirstRun(ctx, r.terminal, r.setup())
	}
	return r.unlock(ctx, "")
}

// byFile tries the identity file on a vault that was not named with it: one key
// may open several. A passphrase file belongs to the vault it was given for.
func (r *room) byFile(ctx context.Context, file string) (vault.Identity, bool) {
	if file == "" {
		return vault.Identity{}, false
	}
	id, err := readIdentity(file, r.prompts(ctx))
	if err == nil {
		_, err = vault.Open(r.path, id, r.Now)
	}
	return id, err == nil
}

// name is what the vault is called, where there are several.
func (r *room) name() string {
	i := slices.IndexFunc(r.vaults, func(one place) bool { return samePath(one.path, r.path) })
	if i < 0 || len(r.vaults) < 2 {
		return ""
	}
	return r.vaults[i].name
}

// unlockAgain asks for the passphrase, also where a file had opened the vault: a
// lock that opens by itself would be none. A vault without a passphrase is left.
func (r *room) unlockAgain(ctx context.Context, reason string) (vault.Identity, error) {
	id, err := r.unlock(ctx, reason)
	if errors.Is(err, vault.ErrNoPassphrase) {
		r.say("Locked. `otpane` opens it again.")
		return vault.Identity{}, ui.ErrLeft
	}
	return id, err
}

// unlock asks at the door. Of a vault that cannot say any more what its
// passphrase opens, the newest backup is asked: it has the same one, if it was
// not changed in the last save.
func (r *room) unlock(ctx context.Context, reason string) (vault.Identity, error) {
	door := r.door(r.path, reason)
	info, err := vault.Inspect(r.path)
	if backup, found := newestWhole(r.path, vault.Identity{}); beyondRepair(err) && found {
		harm := "damaged"
		if errors.Is(err, vault.ErrNotFound) {
			harm = "gone"
		}
		door = r.door(backup.Path, "the vault is "+harm+": open its backup")
		door.Recover = nil
		info, err = vault.Inspect(backup.Path)
	}
	switch {
	case err == nil && !info.Passphrase:
		err = vault.ErrNoPassphrase
	case err == nil && info.Detached && r.keyFile(r.path) == nil:
		err = vault.ErrDetached
	}
	if err != nil {
		return vault.Identity{}, err
	}
	r.asked = true
	if r.terminal.Plain {
		return r.answer(ctx, door)
	}
	return ui.Unlock(ctx, r.terminal, door)
}

func (r *room) door(path, reason string) ui.Door {
	return ui.Door{
		Path: path, Name: r.name(), Reason: reason, Strength: vault.Strength,
		Unlock: func(_ context.Context, passphrase []byte) (vault.Identity, error) {
			return vault.Unlock(path, passphrase, r.unlocking(path)...)
		},
		Recover: func(_ context.Context, key string) error {
			_, err := r.recovered(key)
			return err
		},
		Reset: func(_ context.Context, key string, passphrase []byte) (vault.Identity, error) {
			v, err := r.recovered(key)
			if err == nil {
				err = v.ChangePassphrase(passphrase, append(r.keyFile(r.path), r.work()...)...)
			}
			if err != nil {
				return vault.Identity{}, err
			}
			return v.Identity(), nil
		},
	}
}

// recovered opens the vault with the key from the paper.
func (r *room) recovered(key string) (*vault.Vault, error) {
	id, err := vault.ParseIdentity(key)
	if err != nil {
		return nil, err
	}
	return vault.Open(r.path, id, r.Now)
}

// span is a time in the largest unit that leaves nothing over.
func span(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func (r *room) setup() ui.Setup {
	return ui.Setup{
		Path: r.path, Name: r.name(), Generate: vault.Generate, Strength: vault.Strength,
		Create: func(_ context.Context, access vault.Access) (vault.Identity, error) {
			access.WorkFactor = r.WorkFactor
			v, err := vault.Create(r.path, access, r.Now)
			if err != nil {
				return vault.Identity{}, err
			}
			return v.Identity(), nil
		},
		Identity: func(_ context.Context, path string) (vault.Identity, error) {
			return readIdentity(expandHome(path))
		},
	}
}

// show opens the vault, runs the list over it, and says how it was locked. What was
// typed at the door while it derived the key was for the door: in the list the rest of
// a word would be keys that change accounts. Where no door stood, as with an identity
// file, whoever is quick may type ahead.
func (r *room) show(ctx context.Context, now stage) (stage, error) {
	id := now.identity
	seen := r.lastSeen(r.path)
	v, err := vault.Open(r.path, id, r.Now)
	if beyondRepair(err) {
		v, err = r.rescue(ctx, id, err)
		seen = vault.Mark{}
	}
	if err != nil {
		return stage{}, err
	}
	r.opened = v
	if now.asked && r.echo != nil {
		r.echo.Discard()
	}
	r.drawing.Store(true)
	outcome, err := ui.Run(ctx, r.terminal, r.config(ctx, v, alarm(v, seen)))
	r.drawing.Store(false)
	switch {
	case err != nil:
		return stage{}, err
	case outcome == ui.Idle:
		return stage{path: r.path, locked: fmt.Sprintf("locked, %s idle", span(r.preferences.current().LockAfter.Duration))}, nil
	case outcome == ui.Locked:
		return stage{path: r.path, locked: "locked"}, nil
	case outcome == ui.Elsewhere:
		return stage{path: r.next}, nil
	}
	return stage{}, ui.ErrLeft
}

// rescue offers the newest whole backup in the place of a vault that is none any
// more.
func (r *room) rescue(ctx context.Context, id vault.Identity, damage error) (v *vault.Vault, err error) {
	backups, err := vault.Backups(r.path, id)
	if err != nil || len(backups) == 0 || r.terminal.Plain {
		return nil, damage
	}
	err = ui.RunRescue(ctx, r.terminal, ui.Rescue{
		Path: r.path, Gone: errors.Is(damage, vault.ErrNotFound), Backups: backups, Now: r.Now,
		Restore: func(_ context.Context, backup vault.Backup) (err error) {
			v, err = vault.Restore(r.path, backup.Path, id, r.Now)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	r.see(v)
	return v, nil
}

// aim is how a code is typed into the pane that the user came from.
func (r *room) aim() func(context.Context) (ui.Place, error) {
	typing, ok := host.NewTyping(r.Getenv)
	if !ok {
		return nil
	}
	return func(ctx context.Context) (ui.Place, error) {
		pane, err := typing.Aim(ctx)
		return ui.Place{Name: pane.Name, Type: func(ctx context.Context, text string) error {
			return typing.Type(ctx, pane, text)
		}}, err
	}
}

// choices are the vaults as the pane lists them.
func (r *room) choices() (all []ui.Room) {
	for _, one := range r.vaults {
		there, err := vaultExists(one.path)
		all = append(all, ui.Room{Name: one.name, Path: one.path, Missing: !there && err == nil})
	}
	return all
}

func (r *room) goTo(name string) {
	if i := slices.IndexFunc(r.vaults, func(one place) bool { return one.name == name }); i >= 0 {
		r.next = r.vaults[i].path
	}
}

// editor runs the user's editor in the pane's terminal; nil where there is none.
func (r *room) editor(ctx context.Context) func(path string) error {
	argv := host.Editor(r.Getenv)
	if argv == nil {
		return nil
	}
	return func(path string) error {
		if r.echo != nil {
			_ = r.echo.Release()
			defer func() { _ = r.echo.Hold() }()
		}
		return host.Edit(ctx, r.Getenv, argv, path)
	}
}

func (r *room) config(ctx context.Context, v *vault.Vault, alarm string) ui.Config {
	clipboard := host.NewClipboard(r.Getenv, func() []string { return r.preferences.current().CopyCommand })
	config := ui.Config{
		Vault: v, Now: r.Now, Alarm: alarm,
		Name: r.name(), Vaults: r.choices(), GoTo: r.goTo,
		Copy: func(ctx context.Context, text string) (ui.Receipt, error) {
			receipt, err := clipboard.Copy(ctx, text)
			done := ui.Receipt{By: receipt.By, Confirmed: receipt.Confirmed, Clears: receipt.Clears, Emit: receipt.Emit}
			if r.terminal.Plain {
				return withoutSequences(done, err)
			}
			return done, err
		},
		Clear: clipboard.Clear, Picture: clipboard.Picture, Aim: r.aim(),
		Screen: screenOf(r.Getenv), List: list, Places: r.program.places, Watch: watch,
		Read: func(_ context.Context, path string) ([]byte, error) {
			r.pictures.note(expandHome(path))
			return readFile(expandHome(path), maxExport)
		},
		Expand: absolute,
		Clock:  clockOf(host.NewClockWatch()),
		AskTime: func(ctx context.Context, server string) (ui.TimeAnswer, error) {
			answer, err := host.AskTime(ctx, server)
			return ui.TimeAnswer{Offset: answer.Offset, Error: answer.Error, Delay: answer.Delay, Steady: answer.Steady}, err
		},
		TimeServer: host.DefaultTimeServer,
		Remove:     func(_ context.Context, path string) error { return r.pictures.remove(expandHome(path)) },
		Write: func(_ context.Context, path string, data []byte) error {
			return writeNew(expandHome(path), data)
		},
		Settings: r.preferences.page(r.editor(ctx)), Serve: r.serve,
		Seal: func(_ context.Context, plain, passphrase []byte) ([]byte, error) {
			return vault.Encrypt(plain, passphrase, r.work()...)
		},
		OpenAge: r.openAge,
		Readable: ui.Readable{
			List:   func() []string { return r.readableExports(v.Path()) },
			Note:   func(file string) error { return r.noteReadable(v.Path(), file) },
			Remove: func(file string) error { return r.removeReadable(v.Path(), file) },
			Forget: func(file string) error { return r.forgetReadable(v.Path(), file) },
		},
		Habits: r.habits(v.Path()), Keep: func(fresh ui.Habits) error { return r.keep(v, fresh) },
	}
	r.preferences.current().apply(&config, &r.terminal)
	return config
}

// clockOf is what the system says of its clock, and whether somebody moved it since
// the last time that was asked.
func clockOf(watch *host.ClockWatch) func() ui.Clock {
	return func() ui.Clock {
		synchronised, known := host.ClockSynchronised()
		return ui.Clock{Known: known, Synchronised: synchronised, Jumped: watch.Jumped()}
	}
}
