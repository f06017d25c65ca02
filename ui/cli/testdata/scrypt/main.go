// Command scrypt does what nobody can spare who opens a vault by its passphrase, and
// nothing else; without arguments not even that.
package main

import (
	"os"

	"golang.org/x/crypto/scrypt"
)

func main() {
	if len(os.Args) == 1 {
		return
	}
	const workFactor = 18 // as the vault's own
	if _, err := scrypt.Key([]byte("orbit ladle ember quorum"), make([]byte, 16), 1<<workFactor, 8, 1, 32); err != nil {
		panic(err)
	}
}
