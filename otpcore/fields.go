package otpcore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParseKind reads "totp", "hotp" or "steam" in either case. Kinds that other
// programs know and otpane does not compute are named in the error.
func ParseKind(text string) (Kind, error) {
	switch kind := Kind(strings.ToLower(strings.TrimSpace(text))); kind {
	case TOTP, HOTP, Steam:
		return kind, nil
	}
	return "", unknownKind(text)
}

// ParseAlgorithm reads every spelling met in real files: "SHA1", "sha-256",
// "HmacSHA512", "Algorithm.sha256" (old versions of ente). An empty text and "null" mean
// SHA1, as the Key Uri Format says. Anything else is an error: an unknown
// algorithm taken for SHA1 would give wrong codes in silence.
func ParseAlgorithm(text string) (Algorithm, error) {
	name := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "ALGORITHM.")
	name = separators.Replace(name)
	switch algorithm := Algorithm(strings.TrimPrefix(name, "HMAC")); algorithm {
	case SHA1, SHA256, SHA512:
		return algorithm, nil
	case "", "NULL":
		return SHA1, nil
	}
	return "", unknownAlgorithm(text)
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

func unknownKind(text string) error {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "motp":
		return errors.New("mOTP codes are not supported: totp, hotp and steam are")
	case "yaotp", "yandex":
		return errors.New("Yandex codes are not supported: totp, hotp and steam are")
	}
	return fmt.Errorf("type %s is not known: totp, hotp or steam", quote(text))
}

func unknownAlgorithm(text string) error {
	return fmt.Errorf("algorithm %s is not known: SHA1, SHA256 or SHA512", quote(text))
}

// parseNumber reads a decimal parameter; empty and "null" mean that it is absent.
func parseNumber(field, text string, absent uint64) (uint64, error) {
	text = strings.TrimSpace(text)
	if isAbsent(text) {
		return absent, nil
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %s is not a number that can be used", field, quote(text))
	}
	return number, nil
}

// isAbsent knows the "null" that ente and others print for a missing value.
func isAbsent(text string) bool { return text == "" || strings.EqualFold(text, "null") }

// quote shows foreign text in an error: clean, and too short to carry a key that
// somebody put into the wrong field.
func quote(text string) string {
	const most = 12
	runes := []rune(Clean(text))
	if len(runes) > most {
		runes = append(runes[:most:most], '…')
	}
	return strconv.Quote(string(runes))
}
