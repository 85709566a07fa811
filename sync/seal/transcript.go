package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"

	"zizhuban/sync/wire"
)

// The labels keep every use of a hash, a signature or a key apart from every other: bytes made for one purpose can never be
// taken for another's. A zero byte ends each.
const (
	labelEnvelope   = "zizhuban envelope v1\x00"
	labelSubmission = "zizhuban submission v1\x00"
	labelManifest   = "zizhuban manifest v1\x00"
	labelShare      = "zizhuban key share v1\x00"
	labelBody       = "zizhuban body v1\x00"
	labelReceipt    = "zizhuban receipt v1\x00"
)

// field appends a byte string with its length before it (8 bytes, big endian), so that no two different lists of byte
// strings have the same transcript.
func field(b, v []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(v)))
	return append(b, v...)
}

func number(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

// envelopeContent appends everything of an envelope but its signature.
func envelopeContent(b []byte, env wire.Envelope) []byte {
	b = field(b, env.Header)
	b = number(b, uint64(len(env.Keys)))
	for _, k := range env.Keys {
		b = field(b, []byte(k.KeyID))
		b = field(b, k.Sealed)
	}
	return field(b, env.Body)
}

// signedBytes is what the terminal signs: the label, then header, key shares and body.
func signedBytes(env wire.Envelope) []byte {
	b := make([]byte, 0, len(labelEnvelope)+len(env.Header)+len(env.Body)+1024)
	return envelopeContent(append(b, labelEnvelope...), env)
}

// Digest is a submission's digest: SHA-256 over the whole envelope with its signature, and the manifest. The same submission
// id with another digest is a conflict.
func Digest(env wire.Envelope, attachments []wire.Attachment) []byte {
	b := make([]byte, 0, len(labelSubmission)+len(env.Header)+len(env.Body)+2048)
	b = envelopeContent(append(b, labelSubmission...), env)
	b = field(b, env.Signature)
	b = manifestContent(b, attachments)
	sum := sha256.Sum256(b)
	return sum[:]
}

// Manifest is the digest of a manifest for the header, so that the terminal's signature covers the manifest too. It is nil
// for an empty manifest.
func Manifest(attachments []wire.Attachment) []byte {
	if len(attachments) == 0 {
		return nil
	}
	sum := sha256.Sum256(manifestContent([]byte(labelManifest), attachments))
	return sum[:]
}

func manifestContent(b []byte, attachments []wire.Attachment) []byte {
	b = number(b, uint64(len(attachments)))
	for _, a := range attachments {
		b = field(b, []byte(a.Slot))
		b = number(b, uint64(a.Size))
		b = field(b, a.SHA256)
	}
	return b
}

// shareInfo is the context to which a key share is bound: suite, recipient and the exact header.
func shareInfo(suite, keyID string, header []byte) []byte {
	sum := sha256.Sum256(header)
	b := field([]byte(labelShare), []byte(suite))
	b = field(b, []byte(keyID))
	return append(b, sum[:]...)
}

// bodyAAD is the body's additional authenticated data: the header as it stands.
func bodyAAD(header []byte) []byte {
	return append([]byte(labelBody), header...)
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
