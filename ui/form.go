package ui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// form adds an account, or edits one. Its first field takes whatever the site
// shows: the key, an otpauth URI, the path of a picture or a data: URL. The
// code is live before anything is saved.
type form struct {
	editing  *otpcore.Account // nil when adding
	fields   []field
	at       int
	base     otpcore.Account // what a URI or picture said beyond the fields
	counting bool            // the number is a counter, not a period
	note     string          // as the field shows it: on one line
	notice   string          // what is wrong, or what is going on
	// pictures are the files that the key came from
	pictures []string
	asked    string // a question that a second enter answers
	leaving  bool
	back     want // where the form was opened from; nil is the list
	folded   bool // what few sites ask for is one line
}

const (
	keyField = iota
	issuerField
	nameField
	moreField // stands for all below it while they are folded
	typeField
	digitsField
	periodField
	tagsField
	noteField
)

func newAddForm() *form {
	m := &form{base: otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: otpcore.DefaultDigits, Period: otpcore.DefaultPeriod}, folded: true}
	m.makeFields()
	m.fill(m.base)
	return m
}

func newEditForm(a otpcore.Account) *form {
	m := &form{editing: &a, base: a, at: issuerField}
	m.makeFields()
	m.fill(a)
	return m
}

func (m *form) makeFields() {
	for _, label := range []string{"key", "issuer", "account", "more", "type", "digits", "period", "tags", "note"} {
		m.fields = append(m.fields, newField(label))
	}
}

// fill shows an account in the fields. Its key is not put into a field: it is
// on the screen only if it was typed there.
func (m *form) fill(a otpcore.Account) {
	m.base = a
	m.fields[issuerField].set(a.Issuer)
	m.fields[nameField].set(a.Name)
	m.fields[typeField].set(string(a.Kind) + " " + string(a.Algorithm))
	m.fields[digitsField].set(itoa(a.Digits))
	period := itoa(a.Period)
	if !a.Timed() {
		period = itoa64(a.Counter)
	}
	m.fields[periodField].set(period)
	m.fields[tagsField].set(tagText(a.Tags))
	m.fields[noteField].set(a.Note)
	m.note, m.counting = m.fields[noteField].value(), m.counts()
}

// adopt takes what a URI or picture says. An account that is being edited gets a
// new key and keeps what no site knows: its tags, note and pin.
func (m *form) adopt(a otpcore.Account) {
	m.pictures = nil // what they hold is not what is saved
	if m.editing == nil {
		m.fill(a)
		return
	}
	kept, _ := m.account()
	kept.Secret, kept.Kind, kept.Algorithm = a.Secret, a.Kind, a.Algorithm
	kept.Digits, kept.Period, kept.Counter = a.Digits, a.Period, a.Counter
	if a.Issuer != "" {
		kept.Issuer = a.Issuer
	}
	if a.Name != "" {
		kept.Name = a.Name
	}
	m.fill(kept)
}

// account is what the fields say now, or what is wrong with them.
func (m *form) account() (otpcore.Account, error) {
	a := m.base
	a.Issuer, a.Name = otpcore.Clean(m.fields[issuerField].value()), otpcore.Clean(m.fields[nameField].value())
	if note := m.fields[noteField].value(); note != m.note {
		a.Note = note
	}
	a.Tags = tagsOf(m.fields[tagsField].value())
	if err := m.readType(&a); err != nil {
		return a, err
	}
	if err := m.readKey(&a); err != nil {
		return a, err
	}
	return a, a.Validate()
}

// readType takes "totp SHA1", or any part of it.
func (m *form) readType(a *otpcore.Account) error {
	for _, word := range strings.Fields(m.fields[typeField].value()) {
		if kind, err := otpcore.ParseKind(word); err == nil {
			a.Kind = kind
			continue
		}
		algorithm, err := otpcore.ParseAlgorithm(word)
		if err != nil {
			return fmt.Errorf("%q is neither a type (totp, hotp, steam) nor SHA1, SHA256, SHA512", outside(word))
		}
		a.Algorithm = algorithm
	}
	if a.Kind == otpcore.Steam {
		a.Algorithm, a.Digits, a.Period = otpcore.SHA1, otpcore.SteamDigits, otpcore.DefaultPeriod
		return nil
	}
	return m.readNumbers(a)
}

func (m *form) readNumbers(a *otpcore.Account) error {
	digits, err := strconv.Atoi(strings.TrimSpace(m.fields[digitsField].value()))
	if err != nil {
		return errors.New("digits is a number from 1 to 10")
	}
	a.Digits = digits
	number := strings.TrimSpace(m.fields[periodField].value())
	if a.Kind == otpcore.HOTP {
		a.Period = 0
		if a.Counter, err = strconv.ParseUint(number, 10, 64); err != nil {
			return errors.New("the counter is a whole number")
		}
		return nil
	}
	if a.Period, err = strconv.Atoi(number); err != nil {
		return errors.New("the period is a number of seconds")
	}
	return nil
}

// readKey keeps the account's own key while the field is empty.
func (m *form) readKey(a *otpcore.Account) error {
	text := strings.TrimSpace(m.fields[keyField].value())
	if text == "" {
		if a.Secret.Len() == 0 {
			return errors.New("shows here as soon as the key is right")
		}
		return nil
	}
	secret, err := otpcore.ParseSecret(text)
	if err != nil {
		return err
	}
	if secret.Len() < 2 {
		return errors.New("a key of one byte protects nothing")
	}
	a.Secret = secret
	return nil
}

func (m *form) press(msg tea.KeyPressMsg, f frame) want {
	leaving := m.leaving
	m.notice, m.leaving = "", false
	switch name := msg.String(); {
	case name == "esc":
		return m.leave(leaving)
	case name == "s" && leaving:
		return m.save()
	case name == "enter":
		return m.enter()
	case name == "tab" || name == "down":
		return m.next(1)
	case name == "shift+tab" || name == "up":
		return m.next(-1)
	case name == "ctrl+v":
		return wantPictureFor{}
	case name == "ctrl+y":
		m.correct()
		return nil
	}
	m.asked = ""
	if m.at == moreField {
		m.unfold(msg)
		return nil
	}
	m.fields[m.at].press(msg)
	m.followType()
	return nil
}

// unfold opens what few sites ask for.
func (m *form) unfold(msg tea.KeyPressMsg) {
	if name := msg.String(); name == "space" || name == "right" {
		m.folded, m.at = false, typeField
	}
}

// open are the fields that can be reached, in their order.
func (m *form) open() []int {
	if m.folded {
		return []int{keyField, issuerField, nameField, moreField}
	}
	return []int{keyField, issuerField, nameField, typeField, digitsField, periodField, tagsField, noteField}
}

// followType starts a counter at 0 and a period at its default when the type
// turns from one to the other: the old number means nothing there.
func (m *form) followType() {
	if m.counts() == m.counting {
		return
	}
	m.counting = !m.counting
	number := itoa(otpcore.DefaultPeriod)
	if m.counting {
		number = "0"
	}
	m.fields[periodField].set(number)
}

// next moves between the fields; leaving the first one looks at what it holds.
func (m *form) next(by int) want {
	w := m.lookAtKey()
	open := m.open()
	m.at = open[(slices.Index(open, m.at)+by+len(open))%len(open)]
	return w
}

// lookAtKey takes apart what is more than a key: a URI fills the fields, a path
// is read.
func (m *form) lookAtKey() want {
	text := strings.TrimSpace(m.fields[keyField].value())
	if m.at != keyField || !moreThanKey(text) {
		return nil
	}
	return m.take(text)
}

// moreThanKey tells a URI, data URL or path from a key: none of these
// characters can occur in base32, and a key has no reason to hold them.
func moreThanKey(text string) bool {
	return strings.ContainsAny(text, ":/\\.~'\"")
}

func (m *form) take(text string) want {
	if strings.Contains(strings.ToLower(text), "otpauth") || strings.HasPrefix(strings.ToLower(text), "steam://") {
		return m.takeURI(text)
	}
	w := intakeOf(text)
	m.notice = "reading…"
	return w
}

// takeURI fills the form from one URI; a transfer set goes to the preview.
func (m *form) takeURI(text string) want {
	a, err := otpcore.ParseURI(text)
	if err != nil {
		if strings.HasPrefix(strings.ToLower(text), "otpauth-migration:") {
			page := newIntake("")
			return wants{wantPage{page}, page.take(text)}
		}
		m.notice = cause(err)
		return nil
	}
	m.fields[keyField].set("")
	m.adopt(a)
	m.notice = "Read. Check the names, then enter saves."
	return nil
}

// receive takes what a picture or file held: one account fills the form, more
// go to the preview.
func (m *form) receive(msg found, have []otpcore.Account) want {
	switch {
	case msg.err != nil:
		m.notice = msg.sentence()
		return nil
	case len(msg.batch.Accounts) == 1 && len(msg.batch.Skipped) == 0:
		m.fields[keyField].set("")
		m.adopt(msg.batch.Accounts[0])
		m.pictures = msg.pictures
		m.notice = "Read from the picture. enter saves."
		return nil
	}
	page := newIntake(msg.from)
	return wants{wantPage{page}, page.receive(msg, have)}
}

// correct replaces the character that cannot occur by the one it stands for.
func (m *form) correct() {
	text := m.fields[keyField].value()
	_, err := otpcore.ParseSecret(text)
	var wrong *otpcore.CharError
	if !errors.As(err, &wrong) || wrong.Suggest == 0 {
		return
	}
	runes := []rune(text)
	if i := wrong.Place - 1; i < len(runes) {
		runes[i] = wrong.Suggest
		m.fields[keyField].set(string(runes))
	}
}

func (m *form) enter() want {
	if m.at == keyField {
		if w := m.lookAtKey(); w != nil || m.notice != "" {
			return w
		}
	}
	return m.save()
}

// save asks once about a key that is shorter than sites use.
func (m *form) save() want {
	a, err := m.account()
	switch {
	case err != nil:
		m.notice = formError(err)
		return nil
	case a.Issuer == "" && a.Name == "":
		m.notice = "Give it an issuer or an account name."
		m.at = issuerField
		return nil
	case m.newKey(a) && a.Secret.Len() < 10 && m.asked == "":
		m.asked = itoa(a.Secret.Len()*8) + " bits: shorter than sites use. enter saves it as it is."
		m.notice = m.asked
		return nil
	case m.editing == nil:
		return wantAdd{a, m.picturesOf(a)}
	case m.newKey(a) && !m.editing.Unfinished:
		return wantReplace{*m.editing, a, m.picturesOf(a)}
	}
	return wantChange{*m.editing, a, m.back}
}

// picturesOf are those whose key is saved: one that was typed over stays in its
// picture alone.
func (m *form) picturesOf(a otpcore.Account) []string {
	if !a.Secret.Equal(m.base.Secret) {
		return nil
	}
	return m.pictures
}

// newKey says that a site has to confirm what is saved now.
func (m *form) newKey(a otpcore.Account) bool {
	return m.editing == nil || !a.Secret.Equal(m.editing.Secret)
}

// formError says what is wrong, and for a character where and what to press.
func formError(err error) string {
	var wrong *otpcore.CharError
	if !errors.As(err, &wrong) {
		return cause(err)
	}
	text := visible(string(wrong.Char)) + " cannot occur"
	if wrong.Suggest != 0 {
		text += "; ctrl-y: " + string(wrong.Suggest)
	}
	return text
}

// leave warns once: the site may already have the key.
func (m *form) leave(warned bool) want {
	if warned || !m.dirty() {
		return m.goBack()
	}
	m.leaving = true
	m.notice = "Not saved. If the site has this key, you lose it."
	return nil
}

func (m *form) goBack() want {
	if m.back == nil {
		return wantBack{}
	}
	return m.back
}

func (m *form) dirty() bool {
	if m.editing == nil {
		return strings.TrimSpace(m.fields[keyField].value()) != "" || m.base.Secret.Len() > 0
	}
	a, err := m.account()
	old := *m.editing
	return err != nil || a.Issuer != old.Issuer || a.Name != old.Name || a.Kind != old.Kind ||
		a.Algorithm != old.Algorithm || a.Digits != old.Digits || a.Period != old.Period || a.Counter != old.Counter ||
		a.Note != old.Note || strings.Join(a.Tags, " ") != strings.Join(old.Tags, " ") || !a.Secret.Equal(old.Secret)
}

func (m *form) paste(text string, _ frame) want {
	m.notice, m.leaving = "", false
	if m.at == keyField && moreThanKey(strings.TrimSpace(text)) {
		return m.take(strings.TrimSpace(text))
	}
	m.fields[m.at].paste(text)
	return nil
}
