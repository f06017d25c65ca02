package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

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
			RecoveryCodes: []json.RawMessage{},
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

// jsonAccount is the whole shape. No account has a pin or recovery codes yet;
// the fields are there because scripts may read them.
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

// isJSON knows otpane's own file by its keys. LastPass has version and accounts
// too, but its accounts have no type.
func isJSON(text string) bool {
	var file rawFile
	if json.Unmarshal([]byte(text), &file) != nil || file.Version == 0 || len(file.Accounts) == 0 {
		return false
	}
	var first map[string]json.RawMessage
	return json.Unmarshal(file.Accounts[0], &first) == nil && first["type"] != nil && first["secret"] != nil
}

// rawFile leaves each account to be read, or refused, by itself.
type rawFile struct {
	Version  int
	Accounts []json.RawMessage
}

func readJSON(text string) (otpcore.Batch, error) {
	var file rawFile
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return otpcore.Batch{}, errors.New("damaged") // unreachable: isJSON has read it
	}
	if file.Version > jsonVersion {
		return otpcore.Batch{}, fmt.Errorf("version %d was written by a newer otpane", file.Version)
	}
	var c collector
	for i, raw := range file.Accounts {
		c.addJSON(fmt.Sprintf("entry %d", i+1), raw)
	}
	return c.finish(), nil
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
	c.batch.Accounts = append(c.batch.Accounts, account)
	if n := len(entry.RecoveryCodes); n > 0 {
		c.note(fmt.Sprintf("its recovery codes (%d) are not taken over", n))
	}
}

// shapeError names the field alone: the decoder's own text may quote its value,
// which may be a key.
func shapeError(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Sprintf("its %s has another form than expected", wrong.Field)
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
