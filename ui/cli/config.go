package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) configCommand() *cobra.Command {
	return p.group(&cobra.Command{
		Use:         "config",
		Short:       "The settings: one file, changed here or in the pane",
		Annotations: withoutVault,
		Example:     "  otpane config init && $EDITOR \"$(otpane config path)\"\n  otpane config check",
	}, &cobra.Command{
		Use:         "init",
		Short:       "Write the file, with every setting as a comment",
		Long:        "Every setting stands there with its default and what it does, commented out:\nwhat you leave so goes on to follow otpane's defaults. A file that is there\nstays as it is.",
		Annotations: withoutVault,
		Example:     "  otpane config init\n  otpane config init && otpane config check",
		Args:        noArguments,
		RunE:        func(*cobra.Command, []string) error { return p.configInit() },
	}, &cobra.Command{
		Use:         "check",
		Short:       "Say what is wrong with the file",
		Long:        "Each mistake with its line and what is possible there. The exit status is 1 if\nthere is one.",
		Annotations: withoutVault,
		Example:     "  otpane config check\n  otpane config check || $EDITOR \"$(otpane config path)\"",
		Args:        noArguments,
		RunE:        func(*cobra.Command, []string) error { return p.configCheck() },
	}, &cobra.Command{
		Use:         "path",
		Short:       "Print where the file lies, or would",
		Annotations: withoutVault,
		Example:     "  otpane config path\n  otpane config path | xargs ls -l",
		Args:        noArguments,
		RunE:        func(*cobra.Command, []string) error { return p.print(p.settingsPath() + "\n") },
	})
}

func (p *program) configInit() error {
	path := p.settingsPath()
	err := writeSettings(path)
	if errors.Is(err, fs.ErrExist) {
		return &fault{status: failed, what: "there is a settings file already: " + path, hint: "it was left as it is; `otpane config check` reads it", err: err}
	}
	if err != nil {
		return err
	}
	p.say("Wrote %s. Every setting in it is a comment that tells its default.", path)
	return nil
}

// writeSettings makes the file, for its owner alone.
func writeSettings(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return writeFault(filepath.Dir(path), err)
	}
	return writeNew(path, []byte(settingsFile()))
}

// settingsFile is what config init writes. Defaults are comments, so that a later
// and better one reaches whoever never chose.
func settingsFile() string {
	var text strings.Builder
	text.WriteString("# The settings of otpane. What begins with # is a default; take the # away and\n# change the value. `otpane config check` tells mistakes.\n")
	for _, row := range settingsTable() {
		if row.table == nil {
			fmt.Fprintf(&text, "\n# %s\n#%s = %s\n", row.comment, row.name, row.standard)
			continue
		}
		fmt.Fprintf(&text, "\n# %s\n[%s]\n", row.comment, row.name)
		for _, entry := range row.table.entries() {
			fmt.Fprintf(&text, "#%-30s # %s\n", entry.name+" = "+entry.standard, entry.comment)
		}
	}
	return text.String()
}

func (p *program) configCheck() error {
	path := p.settingsPath()
	text, err := readFile(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		p.say("No file at %s: the defaults hold. `otpane config init` writes one.", path)
		return nil
	}
	if err != nil {
		return err
	}
	s := defaults()
	problems := s.read(string(text))
	if len(problems) == 0 {
		p.say("%s: nothing is wrong.", path)
		for _, remark := range s.remarks(string(text)) {
			p.say("  %s", remark.String())
		}
		return nil
	}
	f := &fault{status: failed, what: fmt.Sprintf("%s: %s", path, count(len(problems), "mistake", "mistakes"))}
	for _, one := range problems {
		f.list = append(f.list, one.String()+"; "+one.hint)
	}
	return f
}
