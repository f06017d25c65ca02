package exchange_test

import (
	"context"
	"errors"
	"fmt"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
)

// A caller reads without a passphrase first, and asks for one only if it is
// needed, and again if it was wrong.
func ExampleRead() {
	backup, _ := exchange.WriteAegisEncrypted([]otpcore.Account{{
		Issuer: "GitHub", Name: "alice", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
		Secret: otpcore.NewSecret([]byte("twenty bytes of key.")),
	}}, []byte("swordfish"))

	typed := []string{"swordfihs", "swordfish"}
	opts := exchange.Options{Progress: func(what string) { fmt.Println("…", what) }}
	batch, err := exchange.Read(context.Background(), backup, opts)
	for errors.Is(err, exchange.ErrPassphraseNeeded) || errors.Is(err, exchange.ErrPassphrase) {
		fmt.Println(err)
		opts.Passphrase, typed = []byte(typed[0]), typed[1:]
		batch, err = exchange.Read(context.Background(), backup, opts)
	}
	fmt.Println(batch.Accounts[0].Label())
	// Output:
	// Aegis: encrypted; its passphrase is needed
	// … scrypt, 32 MiB
	// Aegis: wrong passphrase, or the file is damaged
	// … scrypt, 32 MiB
	// GitHub · alice
}
