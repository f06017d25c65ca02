// Command bare draws eight accounts without any library: what a pane costs at
// least. It stands beside otpane in BenchmarkIdlePane's table and in nothing else.
//
// It needs a raw terminal of 80×24, and does nothing that otpane does for its
// users: no vault, no width of a character, no size but one.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"otpane/otpcore"
)

const rows, cells = 8, 10

func main() {
	var accounts [rows]otpcore.Account
	for i := range accounts {
		name := fmt.Sprintf("user%d", i)
		accounts[i] = otpcore.Account{
			Issuer: "Site", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
			Secret: otpcore.NewSecret([]byte("the key of " + name)),
		}
	}
	keys := make(chan byte)
	go listen(keys)
	var drawn [24]string
	selected := 0
	_, _ = os.Stdout.WriteString("\x1b[?1049h\x1b[?25l")
	for {
		now := time.Now()
		draw(&drawn, accounts, selected, now)
		select {
		case key, open := <-keys:
			switch {
			case !open || key == 3: // ctrl-c
				_, _ = os.Stdout.WriteString("\x1b[?25h\x1b[?1049l")
				return
			case key == 'j':
				selected = min(selected+1, rows-1)
			case key == 'k':
				selected = max(selected-1, 0)
			}
		case <-time.After(now.Truncate(time.Second).Add(time.Second).Sub(now)):
		}
	}
}

func listen(keys chan<- byte) {
	defer close(keys)
	var key [1]byte
	for {
		if n, err := os.Stdin.Read(key[:]); n == 0 || err != nil {
			return
		}
		keys <- key[0]
	}
}

// draw writes the lines that changed, in one write.
func draw(drawn *[24]string, accounts [rows]otpcore.Account, selected int, now time.Time) {
	var out strings.Builder
	for y, line := range frame(accounts, selected, now) {
		if line != drawn[y] {
			fmt.Fprintf(&out, "\x1b[%dH%s", y+1, line)
			drawn[y] = line
		}
	}
	if out.Len() > 0 {
		_, _ = os.Stdout.WriteString(out.String())
	}
}

func frame(accounts [rows]otpcore.Account, selected int, now time.Time) (lines [24]string) {
	lines[0] = fmt.Sprintf(" otpane   %d accounts", rows)
	for i, a := range accounts {
		r := a.At(now)
		seconds := int((r.Left + time.Second - 1) / time.Second)
		full := (cells*seconds + a.Period - 1) / a.Period
		mark, left := " ", ""
		if i == selected {
			mark, left = "▌", fmt.Sprintf("%4ds", seconds)
		}
		lines[2+i] = fmt.Sprintf("%s%d   %-16s %-28s %s %s   %s%s%s", mark, i+1, a.Issuer, a.Name, r.Code[:3], r.Code[3:],
			strings.Repeat("━", full), strings.Repeat(" ", cells-full), left)
	}
	lines[22] = fmt.Sprintf(" %s · %s   next %s", accounts[selected].Issuer, accounts[selected].Name, accounts[selected].At(now).Next)
	lines[23] = " enter copy   ? keys"
	return lines
}
