package otpcore

import (
	"fmt"
	"strings"
)

// ParseKind reads totp, hotp or steam in any case.
func ParseKind(text string) (Kind, error) {
	switch kind := Kind(strings.ToLower(text)); kind {
	case TOTP, HOTP, Steam:
		return kind, nil
	}
	return "", fmt.Errorf("type %q is not known: totp, hotp or steam", text)
}

// ParseAlgorithm reads the spellings of SHA1, SHA256 and SHA512.
func ParseAlgorithm(text string) (Algorithm, error) {
	switch algorithm := Algorithm(strings.ToUpper(text)); algorithm {
	case SHA1, SHA256, SHA512:
		return algorithm, nil
	}
	return "", fmt.Errorf("algorithm %q is not known: SHA1, SHA256 or SHA512", text)
}
