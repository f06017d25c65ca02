package exchange

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a file asks for is refused before the work: each of these would take the
// machine's memory, or hours.
func TestWorkIsBounded(t *testing.T) {
	scrypt := func(n, r, p string) string {
		return `{"version":1,"header":{"slots":[{"type":1,"key":"00","key_params":{"nonce":"00","tag":"00"},"n":` + n + `,"r":` + r + `,"p":` + p +
			`,"salt":"00"}],"params":{"nonce":"00","tag":"00"}},"db":"AAAA"}`
	}
	bitwarden := func(kdf string) string {
		return `{"encrypted":true,"passwordProtected":true,"salt":"x",` + kdf + `,"data":"2.AAAA|AAAA|AAAA"}`
	}
	ente := func(memory, time string) string {
		return `{"kdfParams":{"memLimit":` + memory + `,"opsLimit":` + time + `,"salt":"AAAA"},"encryptedData":"AAAA","encryptionNonce":"AAAA"}`
	}
	freeOTP := func(rounds string) string {
		return string(javaMapOf("masterKey", `{"mAlgorithm":"PBKDF2withHmacSHA1","mIterations":`+rounds+`,"mSalt":[1],"mEncryptedKey":{}}`))
	}
	for name, data := range map[string]string{
		"scrypt N":        scrypt("2097152", "1", "1"),
		"scrypt N, wild":  scrypt("4611686018427387904", "8", "1"),
		"scrypt no power": scrypt("1000", "8", "1"),
		"scrypt N of 1":   scrypt("1", "8", "1"),
		"scrypt negative": scrypt("-2", "8", "1"),
		"scrypt r":        scrypt("1048576", "9", "1"),
		"scrypt r, wild":  scrypt("2", "9223372036854775807", "1"),
		"scrypt r of 0":   scrypt("2", "0", "1"),
		"scrypt p":        scrypt("2", "8", "17"),
		"PBKDF2":          bitwarden(`"kdfType":0,"kdfIterations":10000001`),
		"PBKDF2 of 0":     bitwarden(`"kdfType":0,"kdfIterations":0`),
		"Argon2id memory": bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":1025,"kdfParallelism":1`),
		"memory, wild":    bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":9007199254740993,"kdfParallelism":1`),
		"memory, minus":   bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":-9007199254740993,"kdfParallelism":1`),
		"Argon2id time":   bitwarden(`"kdfType":1,"kdfIterations":65,"kdfMemory":8,"kdfParallelism":1`),
		"Argon2id lanes":  bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":8,"kdfParallelism":17`),
		"no lanes":        bitwarden(`"kdfType":1,"kdfIterations":1,"kdfMemory":8,"kdfParallelism":0`),
		"ente memory":     ente("1073742848", "1"),
		"ente none":       ente("1023", "1"),
		"ente time":       ente("1048576", "65"),
		"FreeOTP 2":       freeOTP("10000001"),
	} {
		worked := false
		opts := Options{Passphrase: []byte(sealed), Progress: func(string) { worked = true }}
		if _, err := Read(t.Context(), []byte(data), opts); !errors.Is(err, ErrDamaged) || errors.Is(err, ErrPassphrase) || worked {
			t.Errorf("%s: %v, worked: %v", name, err, worked)
		} else if !strings.Contains(err.Error(), "asks for") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProgressSaysWhatTakesLong(t *testing.T) {
	for _, f := range fixtures() {
		if !f.sealed {
			continue
		}
		var told []string
		opts := Options{Passphrase: []byte(sealed), Progress: func(what string) { told = append(told, what) }}
		if _, err := Read(t.Context(), []byte(f.data), opts); err != nil {
			t.Fatal(f.name, err)
		}
		want := map[string]string{"Aegis": "scrypt, 32 MiB", "2FAS": "PBKDF2, 10000 rounds", "Stratum": "Argon2id, 64 MiB"}[f.row()]
		if want != "" && f.name != "Stratum, legacy" && !slices.Equal(told, []string{want}) {
			t.Errorf("%s: %q, want %q", f.name, told, want)
		}
	}
}

// A derivation that nobody waits for any more does not keep Read.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release, begun := make(chan struct{}), make(chan struct{})
	r := &reader{ctx: ctx}
	failed := make(chan error)
	go func() {
		_, err := r.derive("work", func() ([]byte, error) { close(begun); <-release; return nil, nil })
		failed <- err
	}()
	<-begun
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}

	// The one left behind still holds the memory: the next waits for it, or for its own end.
	late, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	second := &reader{ctx: late}
	if _, err := second.derive("work", func() ([]byte, error) { t.Error("two at a time"); return nil, nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beside the first: %v", err)
	}
	close(release)
	third := &reader{ctx: t.Context()}
	if key, err := third.derive("work", func() ([]byte, error) { return []byte("k"), nil }); string(key) != "k" || err != nil {
		t.Errorf("after the first: %q, %v", key, err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := Options{Passphrase: []byte(sealed), Progress: func(string) { cancel() }}
	if _, err := Read(ctx, []byte(stratumOf("{}")), opts); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Read(ctx, []byte(acmeURI), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("already ended: %v", err)
	}
}

// The vectors of libsodium's own construction are in ente's files; here is that
// no byte of a message can change.
func TestSecretStream(t *testing.T) {
	key, header := bytesOf(1, 32), bytesOf(50, 24)
	for _, size := range []int{0, 1, 15, 16, 17, 63, 64, 65, 1000} {
		message := bytesOf(byte(size), size)
		stream := secretStreamOf(key, header, message, 3)
		if plain, err := openSecretStream(key, header, stream); err != nil || !slices.Equal(plain, message) {
			t.Fatalf("%d bytes: %v", size, err)
		}
		for at := range stream {
			damaged := slices.Clone(stream)
			damaged[at] ^= 0x40
			if _, err := openSecretStream(key, header, damaged); !errors.Is(err, ErrPassphrase) {
				t.Fatalf("%d bytes, changed at %d: %v", size, at, err)
			}
		}
		if _, err := openSecretStream(key, header, stream[:len(stream)-1]); err == nil {
			t.Fatalf("%d bytes, cut short", size)
		}
	}
	if _, err := openSecretStream(key, header, secretStreamOf(key, header, []byte("x"), 2)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a message that changes the key: %v", err)
	}
	for name, err := range map[string]error{
		"short key":    second(openSecretStream(key[:31], header, make([]byte, 40))),
		"short header": second(openSecretStream(key, header[:23], make([]byte, 40))),
		"short text":   second(openSecretStream(key, header, make([]byte, 16))),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

// PKWARE's own numbers: a stream of the empty passphrase begins so.
func TestZipKeys(t *testing.T) {
	keys := newZipKeys(nil)
	if *keys != (zipKeys{0x12345678, 0x23456789, 0x34567890}) {
		t.Errorf("%x", *keys)
	}
	plain := []byte("any text at all")
	key := newZipKeys([]byte("p"))
	packed := slices.Clone(plain)
	for i, c := range plain {
		packed[i] = c ^ key.stream()
		key.update(c)
	}
	key = newZipKeys([]byte("p"))
	for i, c := range packed {
		c ^= key.stream()
		key.update(c)
		if c != plain[i] {
			t.Fatalf("byte %d is %q", i, c)
		}
	}
}

// Nothing that Read says holds a key, whole or in part.
func TestErrorsHoldNoKey(t *testing.T) {
	const key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	for _, data := range []string{
		`{"version":1,"header":{"slots":null},"db":{"entries":[{"type":"` + key + `","info":{"secret":"` + key + `"}},{"type":"totp","info":{"secret":{"x":"` + key + `"}}}]}}`,
		`{"version":1,"header":{"slots":null},"db":{"entries":"` + key + `"}}`,
		`{"tokens":[{"secret":"` + key + `"}]}`,
		`{"items":["otpauth://totp/x?secret=` + key + `0"]}`,
		`[{"kind":"TOTP","timer":"` + key + `","digits":"` + key + `","secret":"` + key + `"}]`,
		"totp\n" + key + "!",
		"- name: x\n  accounts:\n    - name: y\n      token: " + key + "!\n",
		"a:" + key + "\nb:" + key + "0",
		"name,totp\nx," + key + "!\n",
	} {
		batch, err := Read(t.Context(), []byte(data), Options{})
		said := fmt.Sprint(err, batch.Skipped, batch.Notes)
		if strings.Contains(said, key[:13]) { // twelve characters are shown of what is no type
			t.Errorf("%.60s: says %s", data, said)
		}
	}
}

func TestPassphraseIsTakenAsItIs(t *testing.T) {
	data := totpAuthenticatorOf(`["{\"base\":32,\"key\":\"`+bobKey+`\",\"name\":\"bob\",\"issuer\":\"Acme\",\"x\":\"`+strings.Repeat("x", 60)+`\"}"]`, "ä \t")
	if batch, err := Read(t.Context(), []byte(data), Options{Passphrase: []byte("ä \t")}); err != nil || len(batch.Accounts) != 1 {
		t.Error(err)
	}
	if _, err := Read(t.Context(), []byte(data), Options{Passphrase: []byte("ä")}); !errors.Is(err, ErrPassphrase) {
		t.Error(err)
	}
}

// An encryption without a seal would let a changed byte through: what has one
// must look at it before anything else.
func TestBitwardenIsSealed(t *testing.T) {
	encryption, seal, iv := bytesOf(1, 32), bytesOf(2, 32), bytesOf(3, 16)
	text := cbcOf(encryption, iv, []byte("a text of two whole blocks, so "))
	mac := hmac.New(sha256.New, seal)
	mac.Write(iv)
	mac.Write(text)
	pack := func() string { return "2." + b64(iv) + "|" + b64(text) + "|" + b64(mac.Sum(nil)) }
	if _, err := openBitwardenString(pack(), encryption, seal); err != nil {
		t.Fatal(err)
	}
	iv[0] ^= 1 // changes one letter, and no padding
	if plain, err := openBitwardenString(pack(), encryption, seal); !errors.Is(err, ErrPassphrase) {
		t.Errorf("%q, %v", plain, err)
	}
}

// Stratum's older encryption shows a wrong passphrase by what comes out, once
// in 256 times with good padding.
func TestStratumLegacyThatIsNoJSON(t *testing.T) {
	data := []byte(stratumLegacyOf("any bytes"))
	if _, err := Read(t.Context(), data, Options{Passphrase: []byte(sealed)}); !errors.Is(err, ErrPassphrase) {
		t.Error(err)
	}
}

func TestJavaMap(t *testing.T) {
	const odd = "\x00 é 漢 😀 x"
	stored, err := readJavaMap(javaMapOf("a", "1", odd, "2"))
	if err != nil || len(stored) != 2 || stored["a"] != "1" || stored[odd] != "2" {
		t.Errorf("%q, %v", stored, err)
	}
	whole := javaMapOf("key", "value")
	for cut := range len(whole) - 1 { // the last byte ends the map
		if _, err := readJavaMap(whole[:cut]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func TestDeepXML(t *testing.T) {
	deep := func(n int) string {
		return `<map><!-- <a> --><b/><string name="x">y</string>` + strings.Repeat("<a>", n) + strings.Repeat("</a>", n) + "</map>"
	}
	if found, err := readPreferences(deep(900)); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := readPreferences(deep(1100)); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// Most English words are base32.
func TestProseIsNoList(t *testing.T) {
	for _, text := range []string{"Dear: friend of mine\nYours: ever and always, ", "to: me\nfrom: somebody else entirely and his brother", "a 6 apples\n", "- name: web\n  hosts: all\n", "footprint,size\n1,2\n"} {
		if name := Recognise([]byte(text)); name != "" && name != "CSV" {
			t.Errorf("%q is taken for %s", text, name)
		}
		if _, err := Read(t.Context(), []byte(text), Options{}); err == nil {
			t.Errorf("%q has accounts", text)
		}
	}
}
