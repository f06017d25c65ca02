package exchange

import (
	"crypto/subtle"
	"encoding/binary"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/poly1305" //nolint:staticcheck // the construction needs the bare authenticator, and it stands alone nowhere else
)

// secretStreamOverhead is the tag byte and the seal of a message.
const secretStreamOverhead = 1 + poly1305.TagSize

// openSecretStream opens a stream of libsodium's
// crypto_secretstream_xchacha20poly1305 that holds one message, as ente writes
// it (libsodium, secretstream_xchacha20poly1305.c). The header is 24 bytes: 16 make
// the key, 8 the nonce.
func openSecretStream(key, header, sealed []byte) ([]byte, error) {
	if len(header) != 24 || len(sealed) < secretStreamOverhead {
		return nil, ErrDamaged
	}
	stream, err := secretStreamCipher(key, header)
	if err != nil {
		return nil, ErrDamaged
	}
	var block, authKey [64]byte
	stream.XORKeyStream(authKey[:], authKey[:]) // block 0
	end := len(sealed) - poly1305.TagSize
	message := sealed[1:end]

	// Block 1 holds the tag. The seal is over the whole block as it was sent,
	// which is its key stream with the first byte from the file.
	stream.XORKeyStream(block[:], block[:])
	tag := block[0] ^ sealed[0]
	block[0] = sealed[0]
	seal := secretStreamSeal(authKey[:32], block[:], message)
	if subtle.ConstantTimeCompare(seal, sealed[end:]) != 1 {
		return nil, ErrPassphrase
	}
	if tag != 0 && tag != 3 { // a message, or the last one
		return nil, ErrDamaged
	}
	plain := make([]byte, len(message))
	stream.XORKeyStream(plain, message)
	return plain, nil
}

// secretStreamCipher is ChaCha20 under the sub-key, its counter at block 0.
func secretStreamCipher(key, header []byte) (*chacha20.Cipher, error) {
	subKey, err := chacha20.HChaCha20(key, header[:16])
	if err != nil {
		return nil, err
	}
	nonce := binary.LittleEndian.AppendUint32(nil, 1) // the first message
	return chacha20.NewUnauthenticatedCipher(subKey, append(nonce, header[16:]...))
}

// secretStreamSeal pads by the message's length modulo 16, where RFC 8439 pads up
// to 16. It is libsodium's slip of the pen, and can never be mended.
func secretStreamSeal(key, block, message []byte) []byte {
	seal := poly1305.New((*[32]byte)(key))
	_, _ = seal.Write(block)
	_, _ = seal.Write(message)
	_, _ = seal.Write(make([]byte, len(message)%16))
	sizes := binary.LittleEndian.AppendUint64(nil, 0) // nothing is bound to it
	_, _ = seal.Write(binary.LittleEndian.AppendUint64(sizes, uint64(len(block)+len(message))))
	return seal.Sum(nil)
}
