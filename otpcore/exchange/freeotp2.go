package exchange

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/binary"
	"encoding/json"
	"hash"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// FreeOTP 2 serialises a Java HashMap of strings, and calls the file
// externalBackup.xml (freeotp/freeotp-android, encryptor and TokenPersistence).
// Two entries a token: its fields, and its key under the master key.
var freeOTP2 = format{
	name: "FreeOTP 2", file: "encrypted backup (externalBackup.xml)", export: "⋮ › Back up",
	recognises: func(f *file) bool { return f.begins("\xac\xed\x00\x05") },
	read:       readFreeOTP2,
}

// tokenSuffix marks the entry with a token's fields; the one without it has the key.
const tokenSuffix = "-token"

type freeOTPMaster struct {
	Algorithm    string           `json:"mAlgorithm"`
	Iterations   int              `json:"mIterations"`
	Salt         signedBytes      `json:"mSalt"`
	EncryptedKey freeOTPEncrypted `json:"mEncryptedKey"`
}

type freeOTPEncrypted struct {
	Cipher     string      `json:"mCipher"`
	CipherText signedBytes `json:"mCipherText"`
	Parameters signedBytes `json:"mParameters"`
	Token      string      `json:"mToken"`
}

func readFreeOTP2(r *reader, f *file) error {
	stored, err := readJavaMap(f.data)
	if err != nil {
		return err
	}
	var master freeOTPMaster
	if err := decode(stored["masterKey"], &master); err != nil {
		return err
	}
	key, err := r.openFreeOTPMaster(master)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(stored)) {
		if id, ok := strings.CutSuffix(name, tokenSuffix); ok {
			r.addFreeOTP2(key, stored[name], stored[id])
		}
	}
	return nil
}

func (r *reader) addFreeOTP2(master []byte, fields, sealed string) {
	var token freeOTPToken
	if err := json.Unmarshal([]byte(fields), &token); err != nil {
		r.skip("token", shapeError(err))
		return
	}
	e := token.entry()
	var stored struct {
		Key string `json:"key"`
	}
	var encrypted freeOTPEncrypted
	if decode(sealed, &stored) != nil || decode(stored.Key, &encrypted) != nil {
		r.skip(label("token", e.issuer, e.name), "its key is damaged")
		return
	}
	key, err := encrypted.open(master)
	if err != nil {
		r.skip(label("token", e.issuer, e.name), "its key is damaged")
		return
	}
	e.key = key
	r.add("token", e)
}

func (r *reader) openFreeOTPMaster(master freeOTPMaster) ([]byte, error) {
	var digest func() hash.Hash
	switch master.Algorithm {
	case "PBKDF2withHmacSHA512":
		digest = sha512.New
	case "PBKDF2withHmacSHA1":
		digest = sha1.New
	default:
		return nil, ErrDamaged
	}
	key, err := r.pbkdf2Key(digest, master.Salt, master.Iterations, 32)
	if err != nil {
		return nil, err
	}
	return master.EncryptedKey.open(key)
}

// open binds the name of the key's purpose, "AES" or "HmacSHA1".
func (e freeOTPEncrypted) open(key []byte) ([]byte, error) {
	nonce, err := e.nonce()
	if err != nil || e.Cipher != "AES/GCM/NoPadding" {
		return nil, ErrDamaged
	}
	return openGCM(key, nonce, e.CipherText, []byte(e.Token))
}

// nonce reads the parameters in DER: an OCTET STRING, or a SEQUENCE of one and
// the length of the tag.
func (e freeOTPEncrypted) nonce() (nonce []byte, err error) {
	if _, err = asn1.Unmarshal(e.Parameters, &nonce); err == nil {
		return nonce, nil
	}
	var parameters struct {
		Nonce []byte
		Size  int `asn1:"optional"`
	}
	_, err = asn1.Unmarshal(e.Parameters, &parameters)
	return parameters.Nonce, err
}

// readJavaMap reads a serialised java.util.HashMap<String, String> and nothing
// else (Java Object Serialization Specification, chapter 6).
func readJavaMap(data []byte) (map[string]string, error) {
	j := javaStream{rest: data}
	j.skip(4) // magic and version
	if j.byte() != 's' || j.byte() != 'r' || j.string() != "java.util.HashMap" {
		return nil, ErrDamaged
	}
	j.skip(8 + 1) // serialVersionUID, flags
	fields := j.uint16()
	for range fields { // loadFactor, threshold: four bytes each
		if kind := j.byte(); kind != 'F' && kind != 'I' {
			return nil, ErrDamaged
		}
		_ = j.string()
	}
	j.skip(2 + 4*fields) // end of the class, no parent; the fields
	if j.byte() != 'w' || j.byte() != 8 {
		return nil, ErrDamaged
	}
	j.skip(4) // capacity
	size := j.uint32()
	if size > 2*maxAccounts+1 {
		return nil, ErrDamaged
	}
	stored := map[string]string{}
	for range size {
		if j.byte() != 't' {
			return nil, ErrDamaged
		}
		key := j.string()
		if j.byte() != 't' {
			return nil, ErrDamaged
		}
		stored[key] = j.string()
	}
	if j.broken {
		return nil, ErrDamaged
	}
	return stored, nil
}

// javaStream gives zeros after the end, and remembers it.
type javaStream struct {
	rest   []byte
	broken bool
}

func (j *javaStream) take(n int) []byte {
	if n > len(j.rest) {
		j.broken, j.rest = true, nil
		return nil
	}
	taken := j.rest[:n]
	j.rest = j.rest[n:]
	return taken
}

func (j *javaStream) skip(n int) { j.take(n) }

func (j *javaStream) byte() byte {
	if taken := j.take(1); taken != nil {
		return taken[0]
	}
	return 0
}

func (j *javaStream) uint16() int {
	if taken := j.take(2); taken != nil {
		return int(binary.BigEndian.Uint16(taken))
	}
	return 0
}

func (j *javaStream) uint32() int {
	if taken := j.take(4); taken != nil {
		return int(binary.BigEndian.Uint32(taken))
	}
	return 0
}

func (j *javaStream) string() string { return modifiedUTF8(j.take(j.uint16())) }

// modifiedUTF8 is Java's own: NUL as two bytes, and characters beyond U+FFFF as
// two surrogates of three bytes each.
func modifiedUTF8(data []byte) string {
	var units []uint16
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case c < 0x80:
			units = append(units, uint16(c))
			i++
		case c>>5 == 0b110 && i+1 < len(data):
			units = append(units, uint16(c&0x1f)<<6|uint16(data[i+1]&0x3f))
			i += 2
		case c>>4 == 0b1110 && i+2 < len(data):
			units = append(units, uint16(c&0x0f)<<12|uint16(data[i+1]&0x3f)<<6|uint16(data[i+2]&0x3f))
			i += 3
		default:
			units = append(units, 0xfffd)
			i++
		}
	}
	return string(utf16.Decode(units))
}
