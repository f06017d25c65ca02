package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"otpane/otpcore"
)

// WriteJSON writes otpane's own export: the shape that `otpane export --format
// json` promises to scripts, keys in the clear.
func WriteJSON(accounts []otpcore.Account) ([]byte, error) {
	file := jsonFile{Version: jsonVersion, Accounts: make([]jsonAccount, len(accounts))}
	for i, a := range accounts {
		file.Accounts[i] = jsonAccount{
			Type: string(a.Kind), Issuer: a.Issuer, Name: a.Name,
			Secret:    otpcore.EncodeBase32(a.Secret.Reveal()),
			Algorithm: string(a.Algorithm), Digits: &a.Digits, Period: &a.Period, Counter: a.Counter,
			Tags: append([]string{}, a.Tags...), Note: a.Note, Pinned: a.Pinned,
			RecoveryCodes: writeRecovery(a.Recovery),
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // issuers have an '&'
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return out.Bytes(), err
}

const jsonVersion = 1

type jsonFile struct {
	Version  int           `json:"version"`
	Accounts []jsonAccount `json:"accounts"`
}

// jsonAccount is the whole shape. No account has a pin yet; the field is there
// because scripts may read it.
type jsonAccount struct {
	Type          string            `json:"type"`
	Issuer        string            `json:"issuer"`
	Name          string            `json:"name"`
	Secret        string            `json:"secret"`
	Algorithm     string            `json:"algorithm"`
	Digits        *int              `json:"digits"` // nil when left out, which is not 0
	Period        *int              `json:"period"`
	Counter       uint64            `json:"counter"`
	Pin           string            `json:"pin"`
	Tags          []string          `json:"tags"`
	Note          string            `json:"note"`
	Pinned        bool              `json:"pinned"`
	RecoveryCodes []json.RawMessage `json:"recovery_codes"`
}

var ownJSON = format{
	name: "otpane JSON", file: "JSON", export: "`otpane export --format json`",
	recognises: isOwnJSON,
	read:       readOwnJSON,
}

// isOwnJSON knows otpane's own file by the keys of its first account. LastPass has
// accounts too, but they have no type.
func isOwnJSON(f *file) bool {
	first := outlineOf(f.json.members["accounts"])
	return first.open == '[' && first.members["type"] != "" && first.members["secret"] != ""
}

func readOwnJSON(r *reader, f *file) error {
	entries := 0
	version, err := walkJSON(f.text, func(raw json.RawMessage) bool {
		entries++
		r.addJSON(fmt.Sprintf("entry %d", entries), raw)
		return entries < maxEntries
	})
	switch {
	case version > jsonVersion:
		return fmt.Errorf("version %d was written by a newer otpane", version)
	case entries == maxEntries:
		return fmt.Errorf("it has more than %d accounts", maxEntries-1)
	case err != nil:
		r.skip(fmt.Sprintf("after entry %d", entries), ErrDamaged.Error())
	case version == 0:
		return errors.New("it does not say its version")
	}
	return nil
}

// maxEntries keeps a file of "1,1,1," from filling the memory.
const maxEntries = 100_001

// walkJSON calls visit with each of the accounts until it returns false, and
// returns the version, which may stand before or after them.
func walkJSON(text string, visit func(json.RawMessage) bool) (version int, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	if err := expect(decoder, '{'); err != nil {
		return 0, err
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return version, err
		}
		switch key {
		case "version":
			err = decoder.Decode(&version)
		case "accounts":
			var stopped bool
			if stopped, err = walkArray(decoder, visit); stopped {
				return version, nil
			}
		default:
			err = decoder.Decode(new(json.RawMessage))
		}
		if err != nil {
			return version, err
		}
	}
	return version, expect(decoder, '}')
}

func walkArray(decoder *json.Decoder, visit func(json.RawMessage) bool) (stopped bool, err error) {
	if err := expect(decoder, '['); err != nil {
		return false, err
	}
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return false, err
		}
		if !visit(raw) {
			return true, nil
		}
	}
	return false, expect(decoder, ']')
}

func expect(decoder *json.Decoder, want json.Delim) error {
	if token, err := decoder.Token(); err != nil || token != want {
		return errors.New("not the file that otpane writes")
	}
	return nil
}

func (c *collector) addJSON(where string, raw json.RawMessage) {
	var entry jsonAccount
	if err := json.Unmarshal(raw, &entry); err != nil {
		c.skip(where, shapeError(err))
		return
	}
	account, err := entry.account()
	if err != nil {
		c.skip(where, err.Error())
		return
	}
	var lost int
	account.Recovery, lost = readRecovery(entry.RecoveryCodes)
	c.take(account)
	if lost > 0 {
		c.note(fmt.Sprintf("%d of its recovery codes cannot be read", lost))
	}
}

// shapeError names the field alone: the decoder's own text may quote its value,
// which may be a key.
func shapeError(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Sprintf("its %s has another form than expected", strings.Replace(wrong.Field, "secret", "key", 1))
	}
	if errors.Is(err, errShape) {
		return "one of its values has another form than expected"
	}
	return "not an account"
}

func (e jsonAccount) account() (otpcore.Account, error) {
	kind, err := otpcore.ParseKind(e.Type)
	if err != nil {
		return otpcore.Account{}, err
	}
	algorithm, err := otpcore.ParseAlgorithm(e.Algorithm)
	if err != nil {
		return otpcore.Account{}, err
	}
	secret, err := otpcore.ParseSecret(e.Secret)
	if err != nil {
		return otpcore.Account{}, err
	}
	a := otpcore.Account{
		Issuer: otpcore.Clean(e.Issuer), Name: otpcore.Clean(e.Name),
		Kind: kind, Algorithm: algorithm, Secret: secret,
		Tags: otpcore.CleanTags(e.Tags), Note: otpcore.CleanNote(e.Note), Pinned: e.Pinned,
	}
	a.Digits = valueOr(e.Digits, otpcore.DefaultDigits)
	if kind == otpcore.Steam {
		a.Digits = valueOr(e.Digits, otpcore.SteamDigits)
	}
	if a.Timed() {
		a.Period = valueOr(e.Period, otpcore.DefaultPeriod)
	} else {
		a.Counter = e.Counter
	}
	return a, a.Validate()
}

func valueOr(number *int, absent int) int {
	if number == nil {
		return absent
	}
	return *number
}
