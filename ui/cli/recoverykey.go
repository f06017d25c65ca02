package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore/qr"
	"otpane/ui/host"
	"otpane/vault"
)

func (p *program) recoveryKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "recovery",
		Short: "Make a recovery key for paper",
		Long: `Shows a key once, as text and as a QR code, and takes it when you have typed
its last characters. It opens the vault when the passphrase is forgotten:
` + "`otpane passphrase --recovery-key`" + ` asks for it, and for a new passphrase.`,
		Example: "  otpane recipients recovery\n  otpane passphrase --recovery-key",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.makeRecoveryKey(cmd.Context()) },
	}
}

func (p *program) makeRecoveryKey(ctx context.Context) error {
	terminal, err := p.openTerminal()
	if err != nil {
		return &fault{status: misused, what: "there is no terminal to show the key on", err: err,
			hint: "`age-keygen -o key.txt` makes one in a file, and `otpane recipients add key.txt` takes it"}
	}
	defer terminal.Close()
	v, err := p.open(ctx)
	if err == nil {
		err = vaultFault(p.at.path, v.ReadOnly())
	}
	if err != nil {
		return err
	}
	key, err := v.NewRecoveryKey()
	if err != nil {
		return err
	}
	if err := p.ontoPaper(ctx, terminal, strings.TrimSpace(key.Reveal())); err != nil {
		return noTerminal(err)
	}
	for _, text := range key.Recipients() {
		if err := v.AddRecipient(text, freeLabel(v.Recipients(), "recovery key")); err != nil {
			return recipientFault(v.Path(), text, err)
		}
	}
	p.say("The recovery key opens the vault from now on. Keep the paper where the passphrase is not.")
	return nil
}

func freeLabel(taken []vault.Recipient, label string) string {
	name := label
	for n := 2; slices.ContainsFunc(taken, func(r vault.Recipient) bool { return r.Label == name }); n++ {
		name = fmt.Sprintf("%s %d", label, n)
	}
	return name
}

// The key is shown on the alternate screen, of which a terminal keeps no history.
const (
	enterScreen = "\x1b[?1049h"
	leaveScreen = "\x1b[?1049l"
	clearScreen = "\x1b[2J\x1b[H"
)

// proofLength is how many of a key's last characters prove that it is on paper.
const proofLength = 6

// ontoPaper shows the key until its last characters were typed.
func (p *program) ontoPaper(ctx context.Context, terminal *host.Terminal, key string) (err error) {
	defer func() {
		_, left := io.WriteString(terminal, clearScreen+leaveScreen)
		err = errors.Join(err, left)
	}()
	screen := enterScreen + clearScreen + p.drawnKey("This key opens the vault without the passphrase. It is shown once.", key)
	for {
		if _, err := io.WriteString(terminal, screen); err != nil {
			return err
		}
		if _, err := terminal.ReadLine(ctx, "Copy it to paper, then press enter  "); err != nil {
			return err
		}
		if _, err := io.WriteString(terminal, clearScreen); err != nil {
			return err
		}
		typed, err := terminal.ReadLine(ctx, fmt.Sprintf("its last %d characters  ", proofLength))
		if err != nil {
			return err
		}
		if strings.EqualFold(strings.TrimSpace(typed), key[len(key)-proofLength:]) {
			return nil
		}
		screen = clearScreen + p.drawnKey("These are not its last characters. Here it is again.", key)
	}
}

// drawnKey is the key as text, and as a QR code where there is room for it and
// the question below.
func (p *program) drawnKey(sentence, key string) string {
	text := sentence + "\n" + key + "\n"
	file, isFile := p.Stdout.(*os.File)
	grid, err := qr.Encode(key)
	if err != nil || !isFile {
		return text
	}
	lines := grid.HalfBlocks()
	width, height, err := host.Size(file)
	if err != nil || width < grid.Size()+2*qr.QuietZone || height < len(lines)+3 {
		return text
	}
	return text + strings.Join(p.painted(lines), "\n") + "\n"
}
