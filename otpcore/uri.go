package otpcore

import "errors"

// ParseURI reads an otpauth URI.
func ParseURI(text string) (Account, error) { return Account{}, errors.New("not an otpauth URI") }

// URI writes the canonical otpauth URI.
func (a Account) URI() string { return "" }
