package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"otpane/otpcore"
)

// usedCode is how a used recovery code is written. An unused one is its text alone:
// whoever lists what is left takes the strings.
type usedCode struct {
	Code string    `json:"code"`
	Used time.Time `json:"used"`
}

// writeRecovery leaves out codes that are sealed: their text is not at hand.
func writeRecovery(codes []otpcore.RecoveryCode) []json.RawMessage {
	written := []json.RawMessage{} // [] and never null
	for _, c := range codes {
		text := string(c.Text.Reveal())
		switch {
		case c.Sealed:
		case c.Used.IsZero():
			written = append(written, rawJSON(text))
		default:
			written = append(written, rawJSON(usedCode{text, c.Used.UTC()}))
		}
	}
	return written
}

// rawJSON is for values that always encode: no code is used after the year 9999.
func rawJSON(value any) json.RawMessage {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("exchange: %T does not encode", value)) // unreachable
	}
	return raw
}

// maxRecoveryCodes is far beyond what a site gives.
const maxRecoveryCodes = 200

// readRecovery counts those that it cannot read.
func readRecovery(raws []json.RawMessage) (codes []otpcore.RecoveryCode, lost int) {
	for i, raw := range raws {
		c, err := readRecoveryCode(raw)
		if err != nil || i >= maxRecoveryCodes {
			lost++
			continue
		}
		codes = append(codes, c)
	}
	return codes, lost
}

func readRecoveryCode(raw json.RawMessage) (otpcore.RecoveryCode, error) {
	var used usedCode
	if json.Unmarshal(raw, &used.Code) != nil && json.Unmarshal(raw, &used) != nil {
		return otpcore.RecoveryCode{}, errShape
	}
	text := otpcore.Clean(used.Code)
	if text == "" {
		return otpcore.RecoveryCode{}, errors.New("empty")
	}
	return otpcore.RecoveryCode{Text: otpcore.NewSecret([]byte(text)), Used: used.Used}, nil
}
