package exchange

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"otpane/otpcore"
)

// ParseMigration reads one otpauth-migration URI, a part of what Google
// Authenticator shows under "transfer accounts". The batch's Missing names the
// parts that it needs beside it; Batch.Join or ReadTexts puts them together.
func ParseMigration(uri string) (otpcore.Batch, error) {
	if !isMigration(uri) {
		return otpcore.Batch{}, ErrUnknown
	}
	return ReadTexts([]string{uri})
}

// WriteMigration writes accounts as otpauth-migration URIs, ten accounts each as
// Google does, or fewer where long names would make a QR code too dense to scan.
// left says which accounts a transfer cannot express: it knows six and eight
// digits, and no period but 30 s.
func WriteMigration(accounts []otpcore.Account) (uris []string, left []otpcore.Skip) {
	var entries [][]byte
	for _, a := range accounts {
		if reason := cannotMigrate(a); reason != "" {
			left = append(left, otpcore.Skip{Where: a.Label(), Reason: reason})
			continue
		}
		entry := protowire.AppendTag(nil, fieldEntry, protowire.BytesType)
		entries = append(entries, protowire.AppendBytes(entry, appendEntry(nil, a)))
	}
	payloads := pack(entries)
	id := transferID(payloads)
	for i, payload := range payloads {
		for _, field := range []struct {
			number protowire.Number
			value  uint64
		}{{fieldVersion, 1}, {fieldSize, uint64(len(payloads))}, {fieldIndex, uint64(i)}, {fieldID, id}} {
			payload = appendVarint(payload, field.number, field.value)
		}
		uris = append(uris, migrationPrefix+url.QueryEscape(base64.StdEncoding.EncodeToString(payload)))
	}
	return uris, left
}

// The field numbers of Google's message, from google_auth.proto in Aegis.
const (
	fieldEntry   protowire.Number = 1
	fieldVersion protowire.Number = 2
	fieldSize    protowire.Number = 3
	fieldIndex   protowire.Number = 4
	fieldID      protowire.Number = 5

	entrySecret    protowire.Number = 1
	entryName      protowire.Number = 2
	entryIssuer    protowire.Number = 3
	entryAlgorithm protowire.Number = 4
	entryDigits    protowire.Number = 5
	entryType      protowire.Number = 6
	entryCounter   protowire.Number = 7
)

// The numbers that stand for values. 0 is "unspecified" in each and means the
// usual one.
var (
	migrationAlgorithms = map[uint64]otpcore.Algorithm{0: otpcore.SHA1, 1: otpcore.SHA1, 2: otpcore.SHA256, 3: otpcore.SHA512}
	migrationDigits     = map[uint64]int{0: 6, 1: 6, 2: 8}
	migrationKinds      = map[uint64]otpcore.Kind{0: otpcore.TOTP, 1: otpcore.HOTP, 2: otpcore.TOTP}
)

const (
	migrationScheme = "otpauth-migration://"
	migrationPrefix = migrationScheme + "offline?data="
)

func isMigration(uri string) bool {
	return len(uri) >= len(migrationScheme) && strings.EqualFold(uri[:len(migrationScheme)], migrationScheme)
}

// part is what one URI holds.
type part struct {
	transfer
	index    int
	accounts []otpcore.Account
	skipped  []otpcore.Skip
}

var errTransfer = errors.New("the transfer is damaged or cut short")

func parsePart(uri string) (part, error) {
	payload, err := decodePayload(uri)
	if err != nil {
		return part{}, err
	}
	p := part{transfer: transfer{size: 1}}
	entries := 0
	rest := eachField(payload, func(f field) {
		switch {
		case f.is(fieldEntry, protowire.BytesType):
			entries++
			p.addEntry(fmt.Sprintf("entry %d", entries), f.bytes)
		case f.is(fieldSize, protowire.VarintType):
			p.size = max(int(int32(f.number)), 1) // 0 is "not said"
		case f.is(fieldIndex, protowire.VarintType):
			p.index = int(int32(f.number))
		case f.is(fieldID, protowire.VarintType):
			p.id = int32(f.number)
		}
	})
	if rest > 0 && entries == 0 || len(payload) == 0 {
		return part{}, errTransfer
	}
	if rest > 0 {
		p.skipped = append(p.skipped, otpcore.Skip{Where: "after entry " + fmt.Sprint(entries), Reason: errTransfer.Error()})
	}
	return p, nil
}

// decodePayload takes the base64 as it comes: escaped or not, with either
// alphabet, without padding, with the spaces that a form makes of '+'.
func decodePayload(uri string) ([]byte, error) {
	_, query, _ := strings.Cut(uri, "?")
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		if !strings.EqualFold(name, "data") {
			continue
		}
		value, err := url.PathUnescape(value)
		if err != nil {
			return nil, errTransfer
		}
		payload, err := base64.RawStdEncoding.DecodeString(toStandard.Replace(value))
		if err != nil {
			return nil, errTransfer
		}
		return payload, nil
	}
	return nil, errors.New("the transfer holds no data")
}

var toStandard = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "=", "")

// addEntry reads one account (OtpParameters). What a number stands for must be
// known: an unknown algorithm taken for SHA1 gives wrong codes.
func (p *part) addEntry(where string, data []byte) {
	a, err := parseEntry(data)
	if err != nil {
		p.skipped = append(p.skipped, otpcore.Skip{Where: where, Reason: err.Error()})
		return
	}
	p.accounts = append(p.accounts, a)
}

func parseEntry(data []byte) (otpcore.Account, error) {
	a := otpcore.Account{Period: otpcore.DefaultPeriod}
	var algorithm, digits, kind uint64
	rest := eachField(data, func(f field) {
		switch {
		case f.is(entrySecret, protowire.BytesType):
			a.Secret = otpcore.NewSecret(f.bytes)
		case f.is(entryName, protowire.BytesType):
			a.Name = string(f.bytes)
		case f.is(entryIssuer, protowire.BytesType):
			a.Issuer = string(f.bytes)
		case f.is(entryAlgorithm, protowire.VarintType):
			algorithm = f.number
		case f.is(entryDigits, protowire.VarintType):
			digits = f.number
		case f.is(entryType, protowire.VarintType):
			kind = f.number
		case f.is(entryCounter, protowire.VarintType):
			a.Counter = f.number
		}
	})
	if rest > 0 {
		return a, errTransfer
	}
	if err := setEnums(&a, algorithm, digits, kind); err != nil {
		return a, err
	}
	if before, after, ok := strings.Cut(a.Name, ":"); ok && otpcore.Clean(a.Issuer) == "" {
		a.Issuer, a.Name = before, after
	}
	a.Issuer, a.Name = otpcore.CleanNames(a.Issuer, a.Name)
	return a, a.Validate()
}

func setEnums(a *otpcore.Account, algorithm, digits, kind uint64) error {
	var ok bool
	if a.Algorithm, ok = migrationAlgorithms[algorithm]; !ok {
		return fmt.Errorf("algorithm number %d is not known", algorithm)
	}
	if a.Digits, ok = migrationDigits[digits]; !ok {
		return fmt.Errorf("digits number %d is not known", digits)
	}
	if a.Kind, ok = migrationKinds[kind]; !ok {
		return fmt.Errorf("type number %d is not known", kind)
	}
	if a.Timed() {
		a.Counter = 0
		return nil
	}
	a.Period = 0
	if a.Counter > math.MaxInt64 {
		return errors.New("its counter is negative")
	}
	return nil
}

// field is one field of a protobuf message.
type field struct {
	tag    protowire.Number
	kind   protowire.Type
	number uint64
	bytes  []byte
}

func (f field) is(tag protowire.Number, kind protowire.Type) bool {
	return f.tag == tag && f.kind == kind
}

// eachField calls visit with every field of the two types that Google uses, skips all
// others, and returns how many bytes at the end could not be read.
func eachField(message []byte, visit func(field)) (rest int) {
	for len(message) > 0 {
		tag, kind, head := protowire.ConsumeTag(message)
		if head < 0 {
			return len(message)
		}
		size := protowire.ConsumeFieldValue(tag, kind, message[head:])
		if size < 0 {
			return len(message)
		}
		value := message[head : head+size]
		switch kind {
		case protowire.VarintType:
			number, _ := protowire.ConsumeVarint(value)
			visit(field{tag: tag, kind: kind, number: number})
		case protowire.BytesType:
			bytes, _ := protowire.ConsumeBytes(value)
			visit(field{tag: tag, kind: kind, bytes: bytes})
		}
		message = message[head+size:]
	}
	return 0
}

func cannotMigrate(a otpcore.Account) string {
	switch {
	case a.Validate() != nil:
		return a.Validate().Error()
	case a.Kind == otpcore.Steam:
		return "a transfer has no Steam accounts"
	case a.Digits != 6 && a.Digits != 8:
		return fmt.Sprintf("a transfer has 6 or 8 digits, not %d", a.Digits)
	case a.Timed() && a.Period != otpcore.DefaultPeriod:
		return fmt.Sprintf("a transfer has a period of 30 s, not %d", a.Period)
	case a.Counter > math.MaxInt64:
		return "a transfer has no counter that large"
	}
	return ""
}

func appendEntry(b []byte, a otpcore.Account) []byte {
	for _, text := range []struct {
		number protowire.Number
		value  []byte
	}{{entrySecret, a.Secret.Reveal()}, {entryName, []byte(a.Name)}, {entryIssuer, []byte(a.Issuer)}} {
		b = protowire.AppendTag(b, text.number, protowire.BytesType)
		b = protowire.AppendBytes(b, text.value)
	}
	algorithm := map[otpcore.Algorithm]uint64{otpcore.SHA1: 1, otpcore.SHA256: 2, otpcore.SHA512: 3}[a.Algorithm]
	b = appendVarint(b, entryAlgorithm, algorithm)
	b = appendVarint(b, entryDigits, map[int]uint64{6: 1, 8: 2}[a.Digits])
	if a.Kind == otpcore.HOTP {
		b = appendVarint(b, entryType, 1)
		return appendVarint(b, entryCounter, a.Counter)
	}
	return appendVarint(b, entryType, 2)
}

func appendVarint(b []byte, number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), value)
}

// pack puts entries together. 1,200 bytes become 1,600 characters, a code of 133
// modules: about what a phone still reads from a screen.
func pack(entries [][]byte) (payloads [][]byte) {
	const maxEntries, maxBytes = 10, 1200
	count := 0
	for _, entry := range entries {
		last := len(payloads) - 1
		if last < 0 || count == maxEntries || len(payloads[last])+len(entry) > maxBytes {
			payloads, count, last = append(payloads, nil), 0, last+1
		}
		payloads[last] = append(payloads[last], entry...)
		count++
	}
	return payloads
}

// transferID is the same for all parts and differs between two transfers; a
// random one would make every export of one vault look new.
func transferID(payloads [][]byte) uint64 {
	digest := sha256.New()
	for _, payload := range payloads {
		digest.Write(payload)
	}
	return uint64(binary.BigEndian.Uint32(digest.Sum(nil)) >> 1) // an int32 that is not negative
}
