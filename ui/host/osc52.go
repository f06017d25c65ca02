package host

import (
	"context"
	"encoding/base64"
	"strings"
)

// osc52 asks the terminal to fill its clipboard, by the escape sequence
// OSC 52 ; c ; base64 of xterm's control sequences. It works through SSH and asks
// nothing of the machine it runs on.
//
// Nothing comes back, so a copy is only "sent". Clearing would be a second blind
// write, over whatever the person has copied since; most terminals refuse to be
// read, rightly. So it never clears, and Receipt.Clears is false.
type osc52 struct{ wrap func(string) string }

func (osc52) name() string { return "OSC 52" }

// put writes nothing: the renderer owns the terminal, and bytes of ours amid its
// own would tear both.
func (o osc52) put(_ context.Context, text string) (Receipt, error) {
	sequence := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
	return Receipt{By: o.name(), Emit: o.wrap(sequence)}, nil
}

func (osc52) clear(context.Context, string) error { return nil }

// plain is for a terminal that reads the sequence itself.
func plain(sequence string) string { return sequence }

// throughTmux wraps sequence in tmux's passthrough, where every ESC is doubled.
// tmux 3.3 and later open it only with allow-passthrough.
func throughTmux(sequence string) string {
	return "\x1bPtmux;" + strings.ReplaceAll(sequence, "\x1b", "\x1b\x1b") + "\x1b\\"
}

// throughScreen wraps sequence in device control strings, which GNU Screen
// passes on as they are. It drops long ones (from 256 bytes in old versions), so
// sequence goes in pieces that the terminal joins again.
func throughScreen(sequence string) string {
	const piece = 76
	var out strings.Builder
	for len(sequence) > 0 {
		n := min(piece, len(sequence))
		out.WriteString("\x1bP" + sequence[:n] + "\x1b\\")
		sequence = sequence[n:]
	}
	return out.String()
}
