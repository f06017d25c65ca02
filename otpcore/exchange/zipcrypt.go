package exchange

import (
	"archive/zip"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The two encryptions of zip, which the standard library leaves out: PKWARE's
// old one (APPNOTE.TXT 6.1), which WinAuth uses, and WinZip's AES, which Raivo uses.

// methodAES stands where the compression should; an extra field has that.
const (
	methodAES  = 99
	extraAES   = 0x9901
	aesVersion = 2 // AE-2 leaves the check sum out
)

// openMember gives a member as it was packed, and how.
func (r *reader) openMember(m *zip.File) (packed []byte, method uint16, err error) {
	raw, err := m.OpenRaw()
	if err != nil {
		return nil, 0, ErrDamaged
	}
	packed, err = io.ReadAll(raw)
	switch {
	case err != nil:
		return nil, 0, ErrDamaged
	case m.Flags&1 == 0:
		return packed, m.Method, nil
	}
	passphrase, err := r.passphrase()
	if err != nil {
		return nil, 0, err
	}
	if m.Method == methodAES {
		return r.openZipAES(m, packed)
	}
	packed, err = openZipCrypto(m, packed, passphrase)
	return packed, m.Method, err
}

// checkMember compares the check sum, which AE-2 leaves at 0.
func checkMember(m *zip.File, content []byte) error {
	if _, version, _, ok := aesExtra(m); ok && version == aesVersion || crc32.ChecksumIEEE(content) == m.CRC32 {
		return nil
	}
	if m.Flags&1 != 0 {
		return ErrPassphrase
	}
	return ErrDamaged
}

// aesExtra finds what WinZip's extra field says: the strength 1 to 3, the
// version, and the real compression.
func aesExtra(m *zip.File) (strength byte, version, method uint16, ok bool) {
	for extra := m.Extra; len(extra) >= 4; {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			break
		}
		if field := extra[:size]; id == extraAES && size >= 7 && m.Method == methodAES {
			return field[4], binary.LittleEndian.Uint16(field), binary.LittleEndian.Uint16(field[5:]), true
		}
		extra = extra[size:]
	}
	return 0, 0, 0, false
}

// openZipAES: salt, two bytes that tell a wrong passphrase early, the data in
// CTR mode, ten bytes of HMAC-SHA1.
func (r *reader) openZipAES(m *zip.File, packed []byte) ([]byte, uint16, error) {
	strength, _, method, ok := aesExtra(m)
	if !ok || strength < 1 || strength > 3 {
		return nil, 0, ErrDamaged
	}
	keySize, saltSize := 8+8*int(strength), 4+4*int(strength)
	if len(packed) < saltSize+2+10 {
		return nil, 0, ErrDamaged
	}
	salt, check := packed[:saltSize], packed[saltSize:saltSize+2]
	data, seal := packed[saltSize+2:len(packed)-10], packed[len(packed)-10:]
	keys, err := r.pbkdf2Key(sha1.New, salt, 1000, 2*keySize+2)
	if err != nil {
		return nil, 0, err
	}
	mac := hmac.New(sha1.New, keys[keySize:2*keySize])
	mac.Write(data)
	if subtle.ConstantTimeCompare(keys[2*keySize:], check) != 1 || !hmac.Equal(mac.Sum(nil)[:10], seal) {
		return nil, 0, ErrPassphrase
	}
	return littleEndianCTR(keys[:keySize], data), method, nil
}

// littleEndianCTR counts from 1, with the lowest byte first; the standard
// library's CTR counts with the highest first.
func littleEndianCTR(key, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil // unreachable: the strength gives 16, 24 or 32 bytes
	}
	plain := make([]byte, len(data))
	var counter, stream [aes.BlockSize]byte
	for at := 0; at < len(data); at += aes.BlockSize {
		binary.LittleEndian.PutUint64(counter[:], uint64(at/aes.BlockSize)+1)
		block.Encrypt(stream[:], counter[:])
		end := min(at+aes.BlockSize, len(data))
		subtle.XORBytes(plain[at:end], data[at:end], stream[:])
	}
	return plain
}

// openZipCrypto decrypts with three keys that the passphrase and every byte of
// the text drive on. The last of twelve bytes in front tells most wrong
// passphrases.
func openZipCrypto(m *zip.File, packed, passphrase []byte) ([]byte, error) {
	const head = 12
	if len(packed) < head {
		return nil, ErrDamaged
	}
	keys := newZipKeys(passphrase)
	plain := make([]byte, len(packed))
	for i, c := range packed {
		plain[i] = c ^ keys.stream()
		keys.update(plain[i])
	}
	check := byte(m.CRC32 >> 24)
	if m.Flags&8 != 0 { // the check sum was not known when the member was begun
		check = byte(m.ModifiedTime >> 8) // it is these very bits
	}
	if plain[head-1] != check {
		return nil, ErrPassphrase
	}
	return plain[head:], nil
}

type zipKeys [3]uint32

func newZipKeys(passphrase []byte) *zipKeys {
	keys := &zipKeys{0x12345678, 0x23456789, 0x34567890}
	for _, c := range passphrase {
		keys.update(c)
	}
	return keys
}

func (k *zipKeys) update(c byte) {
	k[0] = crcStep(k[0], c)
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crcStep(k[2], byte(k[1]>>24))
}

func crcStep(sum uint32, c byte) uint32 { return crc32.IEEETable[byte(sum)^c] ^ sum>>8 }

func (k *zipKeys) stream() byte {
	t := k[2]&0xffff | 2
	return byte(t * (t ^ 1) >> 8)
}
