package ui

import (
	"fmt"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// newPassphrase asks for a passphrase twice, because nobody can reset it, and
// says how strong it is.
type newPassphrase struct {
	strength func(passphrase string) float64 // bits
	look     *look

	first     string // what must be typed again; empty while it is chosen
	generated bool   // first is on the user's paper, not in the user's head
	typed     field
	notice    string
	weak      bool // a weak one was asked about
}

// Below this a passphrase is asked about; six words have 77.
const weakBits = 50

func choosePassphrase(l *look, strength func(string) float64) *newPassphrase {
	n := &newPassphrase{strength: strength, look: l}
	n.clear()
	return n
}

// repeatPassphrase begins at the second typing, for words that were generated.
func repeatPassphrase(l *look, words string) *newPassphrase {
	n := &newPassphrase{look: l, first: words, generated: true}
	n.clear()
	return n
}

func (n *newPassphrase) clear() {
	n.typed = newField("passphrase")
	n.typed.veil, n.typed.exact = n.look.hidden, true
}

// press returns the passphrase when it was typed the same way twice.
func (n *newPassphrase) press(msg tea.KeyPressMsg) (chosen string, done bool) {
	switch msg.String() {
	case "tab":
		n.typed.unveil(n.look)
	case "enter":
		return n.enter()
	default:
		n.notice, n.weak = "", false
		n.typed.press(msg)
	}
	return "", false
}

func (n *newPassphrase) enter() (chosen string, done bool) {
	text := n.typed.value()
	switch {
	case n.first == "":
		n.accept(text)
	case text != n.first:
		n.notice = "These two differ."
		n.typed.set("")
	default:
		return text, true
	}
	return "", false
}

// accept refuses a passphrase that is too short and asks about a weak one.
func (n *newPassphrase) accept(text string) {
	bits := n.strength(text)
	switch {
	case utf8.RuneCountInString(text) < vault.MinPassphrase:
		n.notice = "At least 8 characters."
	case bits < weakBits && !n.weak:
		n.weak = true
		n.notice = fmt.Sprintf("About %.0f bits: easy to guess. enter uses it.", bits)
	default:
		n.first, n.notice = text, ""
		n.clear()
	}
}

// question is what to type now.
func (n *newPassphrase) question() string {
	switch {
	case n.generated:
		return "Type the six words from your paper."
	case n.first != "":
		return "Once more, to be sure that you have it."
	}
	return "Type your passphrase. Long beats clever."
}

// remark stands below the field: what is wrong, or how strong it is.
func (n *newPassphrase) remark(f frame) []string {
	switch {
	case n.notice != "":
		return f.look.warned(n.notice, f.width)
	case n.first == "" && n.typed.value() != "":
		return []string{" " + f.look.muted.paint(fmt.Sprintf("about %.0f bits", n.strength(n.typed.value())))}
	}
	return nil
}
