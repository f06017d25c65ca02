//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The procedure of sites' help pages, walked in the place of each of the three
// programs that they name, from an empty vault to "registration complete". See
// docs/procedure.md.

// walker is a user with a site in the browser and otpane in a pane.
type walker struct {
	*session
	site   *site
	copied string // the file that stands for the clipboard
}

func walk(t *testing.T) *walker {
	t.Helper()
	home := newHome(t)
	start(t, home, nil, "init").wantStatus(0)
	w := &walker{site: newSite(t), copied: filepath.Join(t.TempDir(), "clipboard")}
	configure(t, home, fmt.Sprintf("copy_command = [\"tee\", %q]\n", w.copied))
	w.session = start(t, home, nil)
	w.expect("no accounts yet")
	return w
}

// paste is a terminal's bracketed paste, which is also how a dropped file arrives.
func (w *walker) paste(text string) { w.send("\x1b[200~" + text + "\x1b[201~") }

// register copies the code as the user does, types it into the page, tells otpane
// that it was taken, and keeps the recovery codes.
func (w *walker) register() { w.t.Helper(); w.registerUntil(func() {}) }

// registerUntil is register, with what the pane still asks before it is left.
func (w *walker) registerUntil(end func()) {
	w.t.Helper()
	w.expect(`Not registered until the site takes it`)
	if w.site.complete() {
		w.t.Fatal("registered before a code was typed")
	}
	if a := vaultOf(w.t, w.home).Accounts()[0]; !a.Unfinished {
		w.t.Fatal("finished before the site took a code")
	}
	page, accepted := w.site.submit(w.copyCode())
	if !accepted {
		w.t.Fatalf("the site refuses: %s", page)
	}
	w.send("y")
	w.keep(page)
	end()
	w.send("q")
	w.wantStatus(0)
	w.done()
}

// copyCode waits out a code that would die on the way, as the pane itself does.
func (w *walker) copyCode() string {
	w.t.Helper()
	w.send("\r")
	w.expect(`copied`)
	for began := time.Now(); time.Since(began) < patience; runtime.Gosched() {
		if code, err := os.ReadFile(w.copied); err == nil && len(code) == 6 {
			return string(code)
		}
	}
	w.t.Fatal("nothing was copied")
	return ""
}

// keep pastes what the page says of recovery codes.
func (w *walker) keep(page string) {
	w.t.Helper()
	w.expect("Does the site show recovery codes")
	w.paste(strings.NewReplacer("<h1>", "", "</h1>", "", "<p>", "", "</p>", "", "<pre>", "", "</pre>", "").Replace(page))
	w.expect(siteCodes[3])
	w.send("\r")
	w.expect("1 account") // back on the list; what else it says may come in the same frame
}

// done looks at what is on disk.
func (w *walker) done() {
	w.t.Helper()
	accounts := vaultOf(w.t, w.home).Accounts()
	if len(accounts) == 1 && len(accounts[0].Recovery) != len(siteCodes) {
		w.t.Errorf("%d recovery codes are kept", len(accounts[0].Recovery))
	}
	if len(accounts) != 1 || accounts[0].Unfinished || accounts[0].Issuer != siteName || accounts[0].Name != siteUser {
		w.t.Fatalf("the vault holds %v", accounts)
	}
	if code, at := accounts[0].At(time.Now()).Code, time.Now().Unix()/30; code != w.site.code(at) && code != w.site.code(at-1) {
		w.t.Error("the codes are not the site's")
	}
}

// Google Authenticator: scan the QR code; an account appears with six digits.
func TestProcedureOfGoogleAuthenticator(t *testing.T) {
	w := walk(t)
	picture, _, _ := w.site.visit()
	shot := filepath.Join(w.home, "shot one.png")
	if err := os.WriteFile(shot, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	w.paste(strings.ReplaceAll(shot, " ", `\ `)) // dropped into the pane
	w.expect("new")
	w.expect(siteUser)
	w.send("\r")
	w.registerUntil(func() {
		w.send("y")
		w.expect("removed")
		if _, err := os.Stat(shot); !os.IsNotExist(err) {
			t.Errorf("the picture with the key is still there: %v", err)
		}
	})
}

// WinAuth: Add, a name, paste the key string, Verify Authenticator, see the code.
func TestProcedureOfWinAuth(t *testing.T) {
	w := walk(t)
	_, _, key := w.site.visit()
	w.send("a")
	w.expect("otpauth URI, or path")
	w.paste(key)
	w.expect("160 bits")
	w.expect(`\d{3} \d{3}`) // live, before anything is saved
	if n := len(vaultOf(t, w.home).Accounts()); n != 0 {
		t.Fatalf("%d accounts before it is saved", n)
	}
	w.send("\t")
	w.paste(siteName)
	w.send("\t")
	w.paste(siteUser)
	w.expect(siteUser)
	w.send("\r")
	w.register()
}

// OTP Manager: Issuer, Username, OTP Secret, Save. The page's picture can be taken
// in the place of the key, as the data: URL that a browser copies.
func TestProcedureOfOTPManager(t *testing.T) {
	w := walk(t)
	_, dataURL, _ := w.site.visit()
	w.send("a")
	w.expect("otpauth URI, or path")
	w.paste(dataURL)
	w.expect(siteUser)
	w.expect("Read from the picture")
	w.send("\r")
	w.register()
}
