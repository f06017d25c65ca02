package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"

	"otpane/ui"
)

// settings are what config.toml may say. Every key has a default; none holds a
// secret.
type settings struct {
	ClearAfter  duration `toml:"clear_after"`  // how long a copied code stays on the clipboard; "0s" for ever
	LockAfter   duration `toml:"lock_after"`   // idle time until the pane locks; "0s" never
	Guard       duration `toml:"guard"`        // how close to its end a code is no longer handed out
	Masked      bool     `toml:"masked"`       // codes start hidden
	ASCII       bool     `toml:"ascii"`        // no box, block or arrow characters
	Theme       theme    `toml:"theme"`        // one of ui.Themes
	CopyCommand []string `toml:"copy_command"` // an own way to the clipboard; gets the code on standard input
}

func defaults() settings {
	return settings{
		ClearAfter: duration{30 * time.Second},
		LockAfter:  duration{10 * time.Minute},
		Guard:      duration{3 * time.Second},
	}
}

// settings reads config.toml; without one the defaults hold.
func (p *program) settings() (settings, error) {
	path := filepath.Join(p.folder("XDG_CONFIG_HOME", xdg.ConfigHome), "otpane", "config.toml")
	s := defaults()
	text, err := readFile(path, maxPassphrase)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	meta, err := toml.Decode(string(text), &s)
	if err != nil {
		return s, settingFault(path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return s, unknownSetting(path, string(text), unknown[0])
	}
	return s, nil
}

func settingFault(path string, err error) error {
	f := &fault{status: failed, what: path + ": " + err.Error(), hint: "mend the line, or move the file away", err: err}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		f.what = fmt.Sprintf("%s, line %d: %s", path, parse.Position.Line, parse.Message)
	}
	return f
}

// unknownSetting refuses a key that would otherwise be a wish without effect.
func unknownSetting(path, text string, key toml.Key) error {
	what := fmt.Sprintf("%s: there is no setting %q", path, key.String())
	if line := lineOf(text, key[len(key)-1]); line > 0 {
		what = fmt.Sprintf("%s, line %d: there is no setting %q", path, line, key.String())
	}
	hint := "the settings are " + strings.Join(settingNames(), ", ")
	if near := nearest(key.String(), settingNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return &fault{status: failed, what: what, hint: hint}
}

// lineOf finds where a key is set or its table begins: the library does not say.
func lineOf(text, key string) int {
	for n, line := range strings.Split(text, "\n") {
		line = strings.Trim(strings.TrimSpace(line), `[]"`)
		rest, found := strings.CutPrefix(line, key)
		if rest = strings.TrimLeft(rest, ` "`); found && (rest == "" || rest[0] == '=' || rest[0] == '.') {
			return n + 1
		}
	}
	return 0
}

func settingNames() []string {
	var names []string
	for field := range reflect.TypeFor[settings]().Fields() {
		names = append(names, field.Tag.Get("toml"))
	}
	return names
}

// theme is the name of one of the pane's themes.
type theme string

func (t *theme) UnmarshalText(text []byte) error {
	if *t = theme(text); !slices.Contains(ui.Themes(), string(text)) {
		return fmt.Errorf("there is no theme %q; there are %s", text, strings.Join(ui.Themes(), ", "))
	}
	return nil
}

// duration is written as "30s" or "10m".
type duration struct{ time.Duration }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return fmt.Errorf("want a time like \"30s\" or \"10m\"")
	}
	d.Duration = parsed
	return nil
}
