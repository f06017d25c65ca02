package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"otpane/ui/host"
	"otpane/vault"
)

// Exit statuses. They are a contract that scripts rely on.
const (
	done = iota
	failed
	misused
	nothingFound
	ambiguous
	wrongPassphrase
)

// fault is an error in the words of the person's task: what is wrong, then what
// to do.
type fault struct {
	status int
	what   string
	list   []string // one line each: the accounts that fit, the entries that were left
	hint   string
	err    error // what the room below said, if anything
}

func (f *fault) Error() string { return f.what }
func (f *fault) Unwrap() error { return f.err }

// misuse is a fault of the call itself.
func misuse(what, hint string) error { return &fault{status: misused, what: what, hint: hint} }

// report says what went wrong and returns the exit status.
func (p *program) report(err error) int {
	if err == nil {
		return done
	}
	f := asFault(err)
	if f.what != "" {
		p.say("otpane: %s", f.what)
	}
	for _, line := range f.list {
		p.say("  %s", line)
	}
	if f.hint != "" {
		p.say("otpane: hint: %s", f.hint)
	}
	return f.status
}

// asFault is the first fault in err; what was never put into a person's words
// is shown as it is.
func asFault(err error) *fault {
	if f := new(fault); errors.As(err, &f) {
		return f
	}
	return &fault{status: failed, what: err.Error(), err: err}
}

// say is talk: one line on standard error. Names and paths in it may come from
// outside, so nothing in it can steer a terminal.
func (p *program) say(format string, args ...any) {
	p.sayLines(inOneLine(fmt.Sprintf(format, args...)))
}

// sayLines is talk with line breaks of its own, as in a quoted word of a command.
func (p *program) sayLines(text string) {
	_, _ = io.WriteString(p.Stderr, visible(text)+"\n")
}

// vaultFault says in full what the vault at path has said in short.
func vaultFault(path string, err error) error {
	var already *fault
	if err == nil || errors.As(err, &already) {
		return err
	}
	f := &fault{status: failed, err: err}
	switch {
	case errors.Is(err, vault.ErrNotFound):
		f.what, f.hint = "no vault at "+path, "`otpane init` makes one; --vault PATH opens another"
	case errors.Is(err, vault.ErrPassphrase):
		f.status = wrongPassphrase
		f.what = "wrong passphrase: it does not open " + path
	case errors.Is(err, vault.ErrNoPassphrase):
		f.what, f.hint = path+" has no passphrase: an age identity opens it", "give it with --identity FILE or OTPANE_IDENTITY"
	case errors.Is(err, vault.ErrDetached):
		f.what, f.hint = "the key of "+path+" lies in a file of its own", "--detached-key FILE or OTPANE_DETACHED_KEY says where"
	case errors.Is(err, vault.ErrIdentity):
		f.status = wrongPassphrase
		f.what, f.hint = "this identity does not open "+path, "was another one used when it was made?"
	case errors.Is(err, vault.ErrNewer):
		f.what, f.hint = path+" was written by a newer otpane", "update otpane; the file was left as it is"
	case errors.Is(err, vault.ErrDamaged):
		f.what = "the vault is damaged: " + path
		f.hint = "a copy from elsewhere opens with --vault PATH"
	case errors.Is(err, vault.ErrNotVault):
		f.what, f.hint = path+" is not an otpane vault", "--vault PATH opens another"
	case errors.Is(err, vault.ErrExists):
		f.what, f.hint = "there is a file already: "+path, "it was left as it is; --vault PATH takes another place"
	case errors.Is(err, vault.ErrWorkFactor):
		f.what, f.hint = path+" asks for more work than otpane does: "+err.Error(), "otpane itself writes 18, and a file that asks for more may be hostile; --max-work-factor N opens it all the same"
	case errors.Is(err, vault.ErrShort):
		f.what = shortPassphrase
	case errors.Is(err, vault.ErrBusy):
		f.what, f.hint = "another process is saving "+path, "try again"
	default:
		f.what, f.hint = fileSentence(path, err)
	}
	return f
}

// fileSentence tells the refusals of a file system apart.
func fileSentence(path string, err error) (what, hint string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no file at " + path, ""
	case errors.Is(err, syscall.EISDIR):
		return path + " is a folder", ""
	case errors.Is(err, syscall.EROFS):
		return path + " is on a read-only file system", ""
	case errors.Is(err, syscall.ENOSPC):
		return "no space left for " + path, "nothing was changed"
	case errors.Is(err, fs.ErrPermission):
		return path + ": permission denied", "look at the owner and mode of the file and its folder"
	case strings.Contains(err.Error(), path):
		return err.Error(), ""
	}
	return path + ": " + err.Error(), ""
}

// noTerminal is for questions that nobody can answer.
func noTerminal(err error) error {
	switch {
	case errors.Is(err, host.ErrCancelled):
		return &fault{status: failed, what: "left without an answer; nothing was changed", err: err}
	case errors.Is(err, host.ErrNoTerminal):
		return &fault{status: misused, what: "there is no terminal to ask on", err: err}
	}
	return err
}
