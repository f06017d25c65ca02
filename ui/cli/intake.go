package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/otpcore/qr"
	"otpane/ui"
	"otpane/ui/host"
	"otpane/vault"
)

// intake is what the files of an import hold together.
type intake struct {
	batch otpcore.Batch
	fault error // files that could not be read at all, beside others that could
}

// gather reads every file. One that cannot be read does not keep the others
// out; it is an error of its own when it is alone or none of them can.
func (p *program) gather(ctx context.Context, inputs []input, keys sourceKeys) (intake, error) {
	var in intake
	var bad []*fault
	nothing := map[string]int{} // files of a folder that are no business of ours
	for _, from := range inputs {
		batch, err := p.readAccounts(ctx, from, keys)
		switch {
		case ctx.Err() != nil:
			return in, ctx.Err()
		case errors.Is(err, host.ErrCancelled):
			return in, err
		case err != nil && from.folder != "" && isNothing(err):
			nothing[from.folder]++
			continue
		case err != nil:
			bad = append(bad, asFault(err))
		}
		if err != nil && len(batch.Skipped) == 0 {
			batch.Skipped = []otpcore.Skip{{Where: from.name, Reason: asFault(err).what}}
		} else if len(inputs) > 1 {
			batch.Skipped = placed(from.name, batch.Skipped)
		}
		in.batch = in.batch.Join(batch)
	}
	for folder, n := range nothing {
		reason := count(n, "file is", "files are") + " neither an export nor a picture with a QR code"
		in.batch.Skipped = append(in.batch.Skipped, otpcore.Skip{Where: folder, Reason: reason})
	}
	switch {
	case len(in.batch.Accounts) == 0 && len(bad) == 0:
		return in, &fault{status: nothingFound, what: "nothing to import there", list: skipLines(in.batch.Skipped)}
	case len(bad) == 0:
		return in, nil
	case len(inputs) == 1:
		return in, bad[0]
	case len(in.batch.Accounts) == 0:
		return in, &fault{status: bad[0].status, what: "nothing to import in these files", list: skipLines(in.batch.Skipped), err: bad[0]}
	}
	in.fault = &fault{status: failed, what: count(len(bad), "file", "files") + " could not be imported"}
	return in, nil
}

// isNothing tells what may lie in any folder from what is wrong with an export.
func isNothing(err error) bool {
	var format *qr.FormatError
	return errors.Is(err, exchange.ErrUnknown) || errors.Is(err, qr.ErrNoCode) || errors.As(err, &format)
}

// maxFolder bounds the files of a folder that are read: a picture without a code
// takes seconds.
const maxFolder = 1_000

// unfold puts the files of a folder in its place, in the order of their names.
// What lies in folders below it, and hidden files, are not meant.
func (p *program) unfold(ctx context.Context, inputs []input) (all []input, err error) {
	for _, in := range inputs {
		files, err := list(ctx, in.name)
		if err != nil { // no folder: reading it says what it is
			all = append(all, in)
			continue
		}
		slices.SortFunc(files, func(a, b ui.File) int { return strings.Compare(a.Name, b.Name) })
		before := len(all)
		for _, file := range files {
			if file.Dir || strings.HasPrefix(file.Name, ".") {
				continue
			}
			if len(all)-before == maxFolder {
				return nil, &fault{status: failed, what: fmt.Sprintf("%s has more than %d files", in.name, maxFolder), hint: "name those that are meant"}
			}
			inside := p.file(filepath.Join(in.name, file.Name))
			inside.folder = in.name
			all = append(all, inside)
		}
		if len(all) == before {
			return nil, &fault{status: nothingFound, what: "no file in " + in.name}
		}
	}
	return all, nil
}

// sourceKeys are where the passphrase of an encrypted export comes from.
type sourceKeys struct {
	given []byte // of a file, for all exports; nil asks for each
}

// tries is how often a passphrase is asked for.
const tries = 3

// readAccounts reads one input by its content, and asks for its passphrase if it
// has one. Of a batch without accounts the entries that were left out still come
// back.
func (p *program) readAccounts(ctx context.Context, from input, keys sourceKeys) (otpcore.Batch, error) {
	data, err := from.read(ctx, maxExport)
	if err != nil {
		return otpcore.Batch{}, err
	}
	defer clear(data)
	passphrase := keys.given
	for try := 1; ; try++ {
		opened, err := p.openExport(ctx, from.name, data, passphrase)
		if err != nil && len(opened.Texts) == 0 && exchange.IsPicture(data) {
			return otpcore.Batch{}, pictureFault(from.name, err)
		}
		needed, wrong := errors.Is(err, exchange.ErrPassphraseNeeded), errors.Is(err, exchange.ErrPassphrase)
		if !needed && !wrong || wrong && keys.given != nil || try > tries {
			return opened.Batch, intakeFault(from.name, opened.Batch, err)
		}
		if wrong {
			p.say("That passphrase does not open it.")
		}
		clear(passphrase)
		if passphrase, err = p.sourcePassphrase(ctx, from.name); err != nil {
			return otpcore.Batch{}, err
		}
		defer clear(passphrase)
	}
}

// openExport tells whoever waits what takes long.
func (p *program) openExport(ctx context.Context, name string, data, passphrase []byte) (exchange.Opened, error) {
	var late *time.Timer
	progress := func(what string) {
		if late == nil && host.IsTerminal(p.Stderr) {
			late = time.AfterFunc(noticeAfter, func() { p.say("opening %s: %s. ctrl-c leaves.", spoken(name), what) })
		}
	}
	opened, err := exchange.Open(ctx, data, exchange.Options{Passphrase: passphrase, OpenAge: p.openAge, Progress: progress})
	if late != nil {
		late.Stop()
	}
	return opened, err
}

// noticeAfter is where waiting begins to be noticed.
const noticeAfter = 300 * time.Millisecond

// spoken is the name of an input in a sentence.
func spoken(name string) string {
	if name == "-" {
		return "standard input"
	}
	return filepath.Base(name)
}

func (p *program) sourcePassphrase(ctx context.Context, name string) ([]byte, error) {
	terminal, err := p.openTerminal()
	if errors.Is(err, host.ErrNoTerminal) {
		return nil, &fault{status: misused, what: name + " is encrypted, and nobody can be asked for its passphrase", err: err,
			hint: "--source-passphrase-file FILE names a file that holds it"}
	}
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	passphrase, err := terminal.ReadHidden(ctx, visible("passphrase of "+spoken(name))+"  ")
	return passphrase, noTerminal(err)
}

// openAge opens an age file under a passphrase in the words of exchange.
func (p *program) openAge(_ context.Context, file, passphrase []byte) ([]byte, error) {
	var options []vault.Option
	if p.maxWork > 0 {
		options = append(options, vault.MaxWorkFactor(p.maxWork))
	}
	plain, err := vault.Decrypt(file, passphrase, maxExport, options...)
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		return nil, exchange.ErrPassphrase
	case errors.Is(err, vault.ErrNoPassphrase):
		return nil, &exchange.RefusedError{Format: "age file", Reason: "a key opens it, not a passphrase", Advice: "Decrypt it first: age -d -i KEY FILE."}
	case errors.Is(err, vault.ErrWorkFactor):
		return nil, &exchange.RefusedError{Format: "age file", Reason: err.Error(), Advice: "--max-work-factor N opens it all the same; it may be hostile."}
	case err != nil:
		return nil, exchange.ErrDamaged
	}
	return plain, nil
}

// intakeFault says why nothing of a file can be used.
func intakeFault(file string, batch otpcore.Batch, err error) error {
	var refused *exchange.RefusedError
	switch {
	case err == nil:
		return nil
	case len(batch.Skipped) > 0:
		return nothingUsable(file, batch, err)
	case errors.As(err, &refused):
		return &fault{status: failed, what: file + ": " + err.Error(), hint: lowerFirst(strings.TrimSuffix(refused.Advice, ".")), err: err}
	case errors.Is(err, exchange.ErrPassphraseNeeded):
		return &fault{status: misused, what: file + " is encrypted, and no passphrase was typed", err: err}
	case errors.Is(err, exchange.ErrPassphrase):
		return &fault{status: wrongPassphrase, what: "wrong passphrase: it does not open " + file, err: err,
			hint: "if it is the right one, the file is damaged: export it again"}
	case errors.Is(err, exchange.ErrDamaged):
		return &fault{status: failed, what: file + " is damaged: " + err.Error(), hint: "export it again", err: err}
	case errors.Is(err, exchange.ErrUnknown):
		return &fault{status: failed, what: "not a picture and not an export that otpane knows: " + file, err: err,
			hint: "pictures of QR codes and what thirty programs export are read; docs/formats.md lists them"}
	}
	return &fault{status: failed, what: file + ": " + err.Error(), err: err}
}

// nothingUsable names the reason if there is one, and lists them if there are
// several.
func nothingUsable(file string, batch otpcore.Batch, err error) error {
	if len(batch.Skipped) > 1 {
		return &fault{status: failed, what: "no usable account in " + file, list: skipLines(batch.Skipped), err: err}
	}
	skip, advice := batch.Skipped[0], ""
	if errors.Is(err, exchange.ErrUnknown) { // it is no account at all
		skip.Reason, advice = clauses(skip.Reason)
	}
	return &fault{status: failed, what: file + ", " + skip.Where + ": " + skip.Reason, hint: advice, err: err}
}

// clauses are the two sentences of a refusal that says what to do instead.
func clauses(reason string) (fact, advice string) {
	fact, advice, found := strings.Cut(reason, ". ")
	if !found {
		return reason, ""
	}
	return lowerFirst(fact), lowerFirst(advice)
}

func lowerFirst(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToLower(text[:size]) + text[size:]
}

// placed puts the file in front of a place in it.
func placed(file string, skips []otpcore.Skip) []otpcore.Skip {
	named := slices.Clone(skips)
	for i := range named {
		named[i].Where = file + ", " + named[i].Where
	}
	return named
}
