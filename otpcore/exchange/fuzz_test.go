package exchange

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

// Any bytes: no panic, accounts that are good, reasons that can be shown, and
// the same answer twice. The seeds are a file of every row of the table.
func FuzzRead(f *testing.F) {
	own, _ := WriteJSON([]otpcore.Account{totp("A", "b")})
	transfer, _ := WriteMigration([]otpcore.Account{totp("A", "b"), totp("A", "c")})
	for _, seed := range []string{
		aliceURI + "," + bobURI, "# x\r\nhunter2\r\n" + aliceURI, "\xff\xfeo\x00", "\xfe\xff\x00o", "\ufeff" + aliceURI, string(own), transfer[0] + "\n" + transfer[0],
		`{"version":1,"accounts":[{"type":"totp","secret":7}]}`, `{"version":9,"accounts":[{"type":1,"secret":1}]}`, "steam://AAAA motp://x",
		aliceURI + "&codeDisplay=%7B%22trashed%22%3Atrue%7D",
	} {
		f.Add([]byte(seed))
	}
	for _, fixture := range fixtures() {
		f.Add([]byte(fixture.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		batch, _ := outcome(t, data, Options{})
		if again, _ := Read(t.Context(), bytes.Clone(data), Options{}); !cmp.Equal(batch, again) {
			t.Fatal("read differently the second time")
		}
		if members, err := Unzip(t.Context(), data, Options{}); err != nil && len(members) > 0 {
			t.Fatal("half an archive")
		}
	})
}

// What lies below an encryption is reached by fuzzing its own opener: with keys
// that are known, and no derivation in front.
func FuzzOpeners(f *testing.F) {
	key, header := bytesOf(1, 32), bytesOf(50, 24)
	f.Add(0, secretStreamOf(key, header, []byte("message"), 3))
	f.Add(1, []byte("2."+b64(bytesOf(1, 16))+"|"+b64(bytesOf(2, 32))+"|"+b64(bytesOf(3, 32))))
	f.Add(2, javaMapOf("masterKey", "{}", "id-token", "{\x00\U0001f600"))
	f.Add(3, cbcOf(key, header[:16], []byte("text")))
	f.Add(4, []byte(freeOTPSealed(key, []byte("secret"), "AES", false)))
	f.Add(5, []byte(`{"a":[{"b":"\\""}],"c":null}`))
	f.Add(6, []byte("<map><string name='x'>a</string></map>"))
	f.Add(7, []byte("- name: a\n  accounts:\n    - name: b\n      token: \"AAAA\"\n"))
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		r := &reader{ctx: t.Context()}
		var err error
		switch which % 8 {
		case 0:
			_, err = openSecretStream(key, header, data)
		case 1:
			_, err = openBitwardenString(string(data), key, key)
		case 2:
			_, err = readJavaMap(data)
		case 3:
			_, err = openCBC(key, header[:16], data)
		case 4:
			var sealed freeOTPEncrypted
			if err = decode(string(data), &sealed); err == nil {
				_, err = sealed.open(key)
			}
		case 5:
			checkOutline(t, string(data))
		case 6:
			_, err = readPreferences(string(data))
		case 7:
			readTOTPCLIText(r, string(data))
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrPassphrase) {
			t.Fatal(err)
		}
	})
}
