package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// roff writes a page in the man macros that man-db, mandoc and the BSDs share. Both
// cobra's and mango's generators were tried: the first makes the program a quarter of
// a megabyte larger, and neither keeps examples, indented tables and the names of
// what flags take.
type roff struct{ strings.Builder }

// literal is text as roff sets it, character by character: what roff would take for
// a request, an escape or a hyphen is none, and what is not ASCII goes by its number,
// so that no locale changes it.
func literal(text string) string {
	var out strings.Builder
	for i, char := range text {
		switch {
		case char == '\\':
			out.WriteString(`\e`)
		case char == '-':
			out.WriteString(`\-`)
		case char == '`':
			out.WriteString(`\(ga`)
		case char == '\'':
			out.WriteString(`\(aq`)
		case char == '^':
			out.WriteString(`\(ha`)
		case char == '~':
			out.WriteString(`\(ti`)
		case char == '.' && i == 0:
			out.WriteString(`\&.`)
		case char > '~':
			fmt.Fprintf(&out, `\[u%04X]`, char)
		default:
			out.WriteRune(char)
		}
	}
	return out.String()
}

// running is text in a sentence: what stands in backquotes is what one types.
func running(text string) string {
	parts := strings.Split(text, "`")
	for i, part := range parts {
		if parts[i] = literal(part); i%2 == 1 && i < len(parts)-1 {
			parts[i] = bold(part)
		}
	}
	return strings.Join(parts, "")
}

func bold(text string) string   { return `\fB` + literal(text) + `\fR` }
func italic(text string) string { return `\fI` + literal(text) + `\fR` }

func (r *roff) line(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

// gap parts paragraphs; below a heading there is one already.
func (r *roff) gap() {
	lines := strings.Split(strings.TrimSuffix(r.String(), "\n"), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, ".S") && last != ".PP" {
		r.line(".PP")
	}
}

func (r *roff) section(name string)    { r.line(".SH %s", literal(name)) }
func (r *roff) subsection(name string) { r.line(".SS %s", literal(name)) }

// term is one of a list: what it is, already set, and what it does.
func (r *roff) term(what, about string) {
	r.line(".TP\n%s", what)
	r.line("%s", running(about))
}

// list is a narrow list, one line each.
func (r *roff) list(what, about string) { r.line(".TP 13\n%s\n%s", what, running(about)) }

// verbatim keeps lines as they are.
func (r *roff) verbatim(text string) {
	r.gap()
	r.line(".nf\n.RS 4")
	for line := range strings.Lines(text) {
		r.line("%s", literal(strings.TrimSuffix(line, "\n")))
	}
	r.line(".RE\n.fi")
}

// text is a text of help: paragraphs, and indented lines that stay as they are.
func (r *roff) text(text string) {
	for _, paragraph := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			r.verbatim(strings.TrimPrefix(strings.ReplaceAll(paragraph, "\n  ", "\n"), "  "))
			continue
		}
		r.gap()
		for line := range strings.Lines(paragraph) {
			r.line("%s", running(strings.TrimSpace(line)))
		}
	}
}

// flags are a list of them, with what they take.
func (r *roff) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" {
			return
		}
		name, usage := pflag.UnquoteUsage(flag)
		what := bold("--" + flag.Name)
		if flag.Shorthand != "" {
			what = bold("-"+flag.Shorthand) + ", " + what
		}
		switch {
		case name != "" && flag.NoOptDefVal != "":
			what += "[" + bold("=") + italic(name) + "]"
		case name != "":
			what += " " + italic(name)
		}
		if flag.Value.Type() == "string" && flag.DefValue != "" {
			usage += " (otherwise " + flag.DefValue + ")"
		}
		r.term(what, usage)
	})
}

// usage is a line of usage: what is typed as it stands in bold, what stands for
// something in italics.
func (r *roff) usage(line string) {
	words := strings.Fields(line)
	for i, word := range words {
		switch {
		case word == "[flags]":
			words[i] = "[" + italic("flags") + "]"
		case word == strings.ToLower(word):
			words[i] = bold(word)
		default:
			words[i] = italic(word)
		}
	}
	r.line("%s", strings.Join(words, " "))
}
