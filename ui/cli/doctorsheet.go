package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"otpane/ui"
)

// sheet is what the doctor hands over to people.
type sheet struct {
	text    strings.Builder
	columns int
	marks   map[condition]string
	paint   bool
}

func (d *patient) tell(found []finding, waiting []string, asJSON bool) error {
	if asJSON {
		return d.printJSON(found)
	}
	s := d.blankSheet()
	for _, state := range conditions {
		for _, f := range found {
			if f.State == state {
				s.line(f)
			}
		}
	}
	s.text.WriteString(counted(found) + "\n")
	if len(waiting) > 0 {
		left := wrapped("Not looked at, because the vault is not open: "+strings.Join(waiting, ", ")+".", s.columns)
		s.text.WriteString(strings.Join(left, "\n") + "\n")
	}
	return d.print(s.text.String())
}

// blankSheet is made for where it will be read: a terminal, or a file.
func (d *patient) blankSheet() *sheet {
	columns, _, err := d.machine.size()
	if err != nil {
		columns = 80
	}
	s := &sheet{columns: max(min(columns, 80), 40), marks: plainMarks, paint: err == nil && d.Getenv("NO_COLOR") == "" && d.Getenv("TERM") != "dumb"}
	if (ui.Terminal{Environment: d.machine.environment, ASCII: d.settings.ASCII}).Unicode() {
		s.marks = marks
	}
	return s
}

const nameColumns = 14

// line is a finding: what was found stands in a column of its own; a command has a
// line to itself and is never broken, so that it can be copied.
func (s *sheet) line(f finding) {
	const indent = 2 + nameColumns + 2
	what := wrapped(inOneLine(f.What), s.columns-indent)
	head := s.marks[f.State]
	if s.paint {
		head = "\x1b[" + paints[f.State] + "m" + head + "\x1b[m"
	}
	fmt.Fprintf(&s.text, "%s %-*s  %s\n", head, nameColumns, f.Check, what[0])
	for _, rest := range what[1:] {
		fmt.Fprintf(&s.text, "%*s%s\n", indent, "", rest)
	}
	if f.Mend == "" {
		return
	}
	mend := inOneLine(f.Mend)
	if s.paint {
		mend = "\x1b[1m" + mend + "\x1b[m"
	}
	fmt.Fprintf(&s.text, "  %s %s\n", s.marks[""], mend)
}

// wrapped breaks a text into lines, of which none ends in a blank.
func wrapped(text string, columns int) (lines []string) {
	for line := range strings.SplitSeq(ansi.Wrap(text, columns, ""), "\n") {
		lines = append(lines, strings.Trim(line, " "))
	}
	return lines
}

// counted is the last line.
func counted(found []finding) string {
	var parts []string
	for _, state := range conditions {
		n := 0
		for _, f := range found {
			if f.State == state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, ", ") + "."
}

var (
	marks      = map[condition]string{isFine: "✓", isWorthDoing: "!", isWrong: "✗", "": "→"}
	plainMarks = map[condition]string{isFine: "v", isWorthDoing: "!", isWrong: "x", "": ">"}
	// paints are SCREENS' accent, warning and danger in the sixteen colours that
	// every terminal's own theme makes readable.
	paints = map[condition]string{isFine: "36", isWorthDoing: "33", isWrong: "1;31"}
)
