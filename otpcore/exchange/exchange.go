// Package exchange turns other programs' exports, as bytes, into accounts and
// back. It opens no file and fetches nothing that an import names.
package exchange

import (
	"errors"

	"otpane/otpcore"
)

// Options is what a reader may need beside the bytes. No format that is read so
// far needs anything.
type Options struct{}

// ErrUnknown means that nothing in the data looks like an export.
var ErrUnknown = errors.New("no account recognised")

// ErrNothing means that the data was understood, but no entry became an account;
// the batch's Skipped says why.
var ErrNothing = errors.New("no account could be read")

// Read recognises by content.
func Read(data []byte, opts Options) (otpcore.Batch, error) { return otpcore.Batch{}, ErrUnknown }

// ReadTexts reads what QR codes said.
func ReadTexts(texts []string) (otpcore.Batch, error) { return otpcore.Batch{}, ErrUnknown }

// Describe says what a text from a QR code is, if not an account: "a web link".
func Describe(text string) string { return "some text" }

// Explain is Describe as a sentence: "This QR is a web link, not an account."
func Explain(text string) string { return "This QR is some text, not an account." }

// ParseMigration reads one otpauth-migration URI.
func ParseMigration(uri string) (otpcore.Batch, error) { return otpcore.Batch{}, ErrUnknown }

// WriteMigration writes Google transfer URIs of ten accounts each; left says
// what such a transfer cannot hold.
func WriteMigration(accounts []otpcore.Account) (uris []string, left []otpcore.Skip) { return nil, nil }

// WriteURIs writes one otpauth URI a line.
func WriteURIs(accounts []otpcore.Account) []byte { return nil }

// WriteJSON writes otpane's own JSON.
func WriteJSON(accounts []otpcore.Account) ([]byte, error) { return nil, nil }
