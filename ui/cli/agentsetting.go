package cli

import (
	"cmp"
	"errors"
	"strconv"

	"otpane/otpcore"
)

// serving is the setting `agent`: whether commands get codes from an unlocked pane,
// and what holds where no rule of the vault does. That it is off until somebody
// switches it on is part of the promise: what listens can be asked.
type serving string

const servingOff serving = "off"

func (s *serving) UnmarshalText(text []byte) error {
	*s = serving(text)
	if *s != servingOff && s.otherwise() == "" {
		return errors.New("no such answer")
	}
	return nil
}

// otherwise is the rule for accounts that have none; "" while nothing serves.
func (s serving) otherwise() otpcore.Answer {
	switch answer := otpcore.Answer(s); answer {
	case otpcore.Allow, otpcore.Ask:
		return answer
	}
	return ""
}

func (s serving) words() string {
	switch s.otherwise() {
	case otpcore.Allow:
		return "given without a question"
	case otpcore.Ask:
		return "given after a question"
	}
	return "off"
}

// serve saves whether the pane gives codes to commands; "" ends it.
func (p *preferences) serve(answer otpcore.Answer) error {
	setting := cmp.Or(serving(answer), servingOff)
	return p.change([]string{"agent"}, func(settings) string { return strconv.Quote(string(setting)) })
}
