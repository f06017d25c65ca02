package host

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestOSC52Framing(t *testing.T) {
	for _, c := range []struct{ name, env, text, want string }{
		{"a terminal", "TERM=xterm-256color", "492039", "\x1b]52;c;NDkyMDM5\a"},
		{"tmux doubles every ESC", "TERM=tmux-256color TMUX=/tmp/s,1,0", "492039", "\x1bPtmux;\x1b\x1b]52;c;NDkyMDM5\a\x1b\\"},
		{"tmux that calls itself screen", "TERM=screen-256color TMUX=/tmp/s,1,0", "1", "\x1bPtmux;\x1b\x1b]52;c;MQ==\a\x1b\\"},
		{"screen", "TERM=screen.xterm-256color STY=12.pts", "492039", "\x1bP\x1b]52;c;NDkyMDM5\a\x1b\\"},
		{"screen on the other side of ssh", "TERM=screen SSH_TTY=/dev/pts/1", "1", "\x1bP\x1b]52;c;MQ==\a\x1b\\"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clipboard := NewClipboard(environment(strings.Fields(c.env)...), nil)
			receipt, err := clipboard.Copy(t.Context(), c.text)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.By != "OSC 52" || receipt.Confirmed || receipt.Clears {
				t.Errorf("receipt %+v: OSC 52 confirms and clears nothing", receipt)
			}
			if receipt.Emit != c.want {
				t.Errorf("emits %q, want %q", receipt.Emit, c.want)
			}
		})
	}
}

// Screen drops long control strings; it must get pieces that join to the whole.
func TestScreenGetsLongTextInPieces(t *testing.T) {
	text := strings.Repeat("otpane ", 200)
	receipt, err := NewClipboard(environment("TERM=screen", "STY=1"), nil).Copy(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	pieces := strings.Split(strings.TrimSuffix(receipt.Emit, "\x1b\\"), "\x1b\\")
	var joined strings.Builder
	for _, piece := range pieces {
		if len(piece) > 80 || !strings.HasPrefix(piece, "\x1bP") {
			t.Errorf("piece %q", piece)
		}
		joined.WriteString(strings.TrimPrefix(piece, "\x1bP"))
	}
	want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
	if len(pieces) < 20 || joined.String() != want {
		t.Errorf("%d pieces join to %q, want %q", len(pieces), joined.String(), want)
	}
}

func TestTerminalsWithoutClipboardGetNoSequence(t *testing.T) {
	for _, term := range []string{"", "dumb", "linux"} {
		clipboard := NewClipboard(environment("TERM="+term), nil)
		if receipt, err := clipboard.Copy(t.Context(), "492039"); err != ErrNoClipboard {
			t.Errorf("TERM=%q: %+v, %v", term, receipt, err)
		}
	}
}
