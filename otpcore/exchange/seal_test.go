package exchange

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Here is how other programs encrypt: what this package never needs but in its
// tests, so that they hold where nobody else's files are.

const sealed = "correct horse" // the passphrase of every fixture

func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// bytesOf are some bytes to be a salt or a nonce.
func bytesOf(first byte, size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = first + byte(i)
	}
	return data
}

func pbkdf2Of(h func() hash.Hash, salt []byte, rounds, size int) []byte {
	key, err := pbkdf2.Key(h, sealed, salt, rounds, size)
	if err != nil {
		panic(err)
	}
	return key
}

func gcmOf(key, nonce, plain, extra []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm.Seal(nil, nonce, plain, extra)
}

func cbcOf(key, iv, plain []byte) []byte {
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(slices.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	return plain
}

func twoFASOf(services string) string {
	salt, nonce := bytesOf(1, 256), bytesOf(9, 12)
	return fmt.Sprintf(`{"schemaVersion":4,"services":[],"groups":[{"id":"g","name":"Work"}],"servicesEncrypted":"%s:%s:%s"}`,
		b64(gcmOf(pbkdf2Of(sha256.New, salt, 10_000, 32), nonce, []byte(services), nil)), b64(salt), b64(nonce))
}

func bitwardenOf(content string, argon bool) string {
	salt := b64(bytesOf(3, 16))
	kdf, key := `"kdfType":0,"kdfIterations":5000,"kdfMemory":null,"kdfParallelism":null`, pbkdf2Of(sha256.New, []byte(salt), 5000, 32)
	if argon {
		digest := sha256.Sum256([]byte(salt))
		kdf, key = `"kdfType":1,"kdfIterations":2,"kdfMemory":8,"kdfParallelism":2`, argon2.IDKey([]byte(sealed), digest[:], 2, 8*1024, 2, 32)
	}
	encryption, _ := hkdf.Expand(sha256.New, key, "enc", 32)
	seal, _ := hkdf.Expand(sha256.New, key, "mac", 32)
	iv := bytesOf(7, 16)
	text := cbcOf(encryption, iv, []byte(content))
	mac := hmac.New(sha256.New, seal)
	mac.Write(iv)
	mac.Write(text)
	return fmt.Sprintf(`{"encrypted":true,"passwordProtected":true,"salt":%q,%s,"encKeyValidation_DO_NOT_EDIT":"x","data":"2.%s|%s|%s"}`,
		salt, kdf, b64(iv), b64(text), b64(mac.Sum(nil)))
}

func enteOf(content string) string {
	salt, header := bytesOf(5, 16), bytesOf(40, 24)
	key := argon2.IDKey([]byte(sealed), salt, 2, 8*1024, 1, 32)
	return fmt.Sprintf(`{"version":1,"kdfParams":{"memLimit":%d,"opsLimit":2,"salt":%q},"encryptedData":%q,"encryptionNonce":%q}`,
		8<<20, b64(salt), b64(secretStreamOf(key, header, []byte(content), 3)), b64(header))
}

// secretStreamOf is the push of libsodium's secretstream for one message.
func secretStreamOf(key, header, message []byte, tag byte) []byte {
	stream, err := secretStreamCipher(key, header)
	if err != nil {
		panic(err)
	}
	var authKey, block [64]byte
	stream.XORKeyStream(authKey[:], authKey[:])
	block[0] = tag
	stream.XORKeyStream(block[:], block[:])
	text := make([]byte, len(message))
	stream.XORKeyStream(text, message)
	return slices.Concat(block[:1], text, secretStreamSeal(authKey[:32], block[:], text))
}

func protonOf(content string) string {
	salt, nonce := bytesOf(6, 16), bytesOf(80, 12)
	key := argon2.IDKey([]byte(sealed), salt, 2, 19*1024, 1, 32)
	return fmt.Sprintf(`{"version":1,"salt":%q,"content":%q}`, b64(salt),
		b64(slices.Concat(nonce, gcmOf(key, nonce, []byte(content), []byte("proton.authenticator.export.v1")))))
}

func stratumOf(content string) string {
	salt, nonce := bytesOf(2, 16), bytesOf(60, 12)
	key := argon2.IDKey([]byte(sealed), salt, 3, 64*1024, 4, 32)
	return stratumStrong + string(slices.Concat(salt, nonce, gcmOf(key, nonce, []byte(content), nil)))
}

func stratumLegacyOf(content string) string {
	salt, iv := bytesOf(2, 20), bytesOf(60, 16)
	return stratumLegacy + string(slices.Concat(salt, iv, cbcOf(pbkdf2Of(sha1.New, salt, 64_000, 32), iv, []byte(content))))
}

func andOTPOf(content string) string {
	salt, nonce := bytesOf(0xf0, 12), bytesOf(0xe0, 12)
	rounds := binary.BigEndian.AppendUint32(nil, 140_000)
	return string(slices.Concat(rounds, salt, nonce, gcmOf(pbkdf2Of(sha1.New, salt, 140_000, 32), nonce, []byte(content), nil)))
}

func andOTPOldOf(content string) string {
	key, nonce := sha256.Sum256([]byte(sealed)), bytesOf(0xe0, 12)
	return string(slices.Concat(nonce, gcmOf(key[:], nonce, []byte(content), nil)))
}

func cotpOf(content string) string {
	salt, nonce := bytesOf(2, 16), bytesOf(60, 24)
	aead, err := chacha20poly1305.NewX(argon2.IDKey([]byte(sealed), salt, 4, 32*1024, 4, 32))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"version":1,"nonce":%q,"salt":%q,"cipher":%q}`, b64(nonce), b64(salt), b64(aead.Seal(nil, nonce, []byte(content), nil)))
}

func gauthOf(content string) string {
	salt := bytesOf(11, 8)
	keys := sha256.Sum256(append([]byte(sealed), salt...))
	return "Salted__" + string(salt) + string(cbcOf(keys[:16], keys[16:], []byte(content)))
}

// totpAuthenticatorOf is the backup under a passphrase.
func totpAuthenticatorOf(list, passphrase string) string {
	key := sha256.Sum256([]byte(passphrase))
	object, _ := json.Marshal(map[string]string{list: "x"})
	return b64(cbcOf(key[:], make([]byte, 16), object))
}

func authyOf(secret string) (encrypted, salt string) {
	return b64(cbcOf(pbkdf2Of(sha1.New, []byte("salty"), 1000, 32), make([]byte, 16), []byte(secret))), "salty"
}

func battleNetOf(plain string) string {
	mask, _ := hex.DecodeString(battleNetMask)
	masked := []byte(plain)
	for i := range masked {
		masked[i] ^= mask[i]
	}
	return hex.EncodeToString(masked)
}

// javaMapOf serialises a HashMap as Java does.
func javaMapOf(pairs ...string) []byte {
	out := []byte("\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\nloadFactorI\x00\tthresholdxp?@\x00\x00\x00\x00\x00\x18w\x08\x00\x00\x00\x20")
	out = binary.BigEndian.AppendUint32(out, uint32(len(pairs)/2))
	for _, text := range pairs {
		encoded := javaTextOf(text)
		out = binary.BigEndian.AppendUint16(append(out, 't'), uint16(len(encoded)))
		out = append(out, encoded...)
	}
	return append(out, 'x')
}

func javaTextOf(text string) (out []byte) {
	for _, u := range utf16.Encode([]rune(text)) {
		switch {
		case u != 0 && u < 0x80:
			out = append(out, byte(u))
		case u < 0x800:
			out = append(out, 0xc0|byte(u>>6), 0x80|byte(u&0x3f))
		default:
			out = append(out, 0xe0|byte(u>>12), 0x80|byte(u>>6&0x3f), 0x80|byte(u&0x3f))
		}
	}
	return out
}

// javaBytes prints bytes as Java's JSON does.
func javaBytes(data []byte) string {
	numbers := make([]string, len(data))
	for i, b := range data {
		numbers[i] = fmt.Sprint(int8(b))
	}
	return "[" + strings.Join(numbers, ",") + "]"
}

func freeOTPSealed(key, plain []byte, token string, bare bool) string {
	nonce := bytesOf(0x30, 12)
	parameters, _ := asn1.Marshal(struct {
		Nonce []byte
		Size  int
	}{nonce, 16})
	if bare {
		parameters, _ = asn1.Marshal(nonce)
	}
	return fmt.Sprintf(`{"mCipher":"AES/GCM/NoPadding","mCipherText":%s,"mParameters":%s,"mToken":%q}`,
		javaBytes(gcmOf(key, nonce, plain, []byte(token))), javaBytes(parameters), token)
}

func freeOTP2Of(fields string, secret []byte) string {
	salt, master := bytesOf(0x90, 32), bytesOf(0x44, 32)
	key := freeOTPSealed(pbkdf2Of(sha512.New, salt, 2000, 32), master, "AES", false)
	quoted, _ := json.Marshal(freeOTPSealed(master, secret, "HmacSHA1", true))
	return string(javaMapOf(
		"masterKey", fmt.Sprintf(`{"mAlgorithm":"PBKDF2withHmacSHA512","mIterations":2000,"mSalt":%s,"mEncryptedKey":%s}`, javaBytes(salt), key),
		"id-1", `{"key":`+string(quoted)+`}`,
		"id-1-token", fields,
	))
}

// zipOf packs members: name, content, name, content …
func zipOf(members ...string) string {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		w, err := archive.Create(members[i])
		if err == nil {
			_, err = w.Write([]byte(members[i+1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := archive.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

// zipCryptoOf is a member encrypted as WinAuth does.
func zipCryptoOf(name, content string) string {
	keys := newZipKeys([]byte(sealed))
	sum := crc32.ChecksumIEEE([]byte(content))
	plain := append(bytesOf(1, 11), byte(sum>>24))
	packed := make([]byte, 0, len(content)+12)
	for _, c := range append(plain, content...) {
		packed = append(packed, c^keys.stream())
		keys.update(c)
	}
	return rawZip(&zip.FileHeader{Name: name, Method: zip.Store, Flags: 1, CRC32: sum, UncompressedSize64: uint64(len(content))}, packed)
}

// zipAESOf is a member encrypted as Raivo does, with the given strength.
func zipAESOf(name, content string, strength byte) string {
	keySize, salt := 8+8*int(strength), bytesOf(0x21, 4+4*int(strength))
	keys := pbkdf2Of(sha1.New, salt, 1000, 2*keySize+2)
	data := littleEndianCTR(keys[:keySize], []byte(content))
	mac := hmac.New(sha1.New, keys[keySize:2*keySize])
	mac.Write(data)
	header := &zip.FileHeader{Name: name, Method: methodAES, Flags: 1, UncompressedSize64: uint64(len(content)),
		Extra: []byte{0x01, 0x99, 7, 0, aesVersion, 0, 'A', 'E', strength, 0, 0}}
	return rawZip(header, slices.Concat(salt, keys[2*keySize:], data, mac.Sum(nil)[:10]))
}

func rawZip(header *zip.FileHeader, packed []byte) string {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	header.CompressedSize64 = uint64(len(packed))
	w, err := archive.CreateRaw(header)
	if err == nil {
		_, err = w.Write(packed)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		panic(err)
	}
	return out.String()
}
