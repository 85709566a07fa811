package halltest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// Damage changes a sealed body and signs the envelope anew, as a terminal with a fault in its memory would: everything that
// can be checked without opening is right, and it does not open. The signed bytes are those that sync/wire/README.md tells.
func (t *Terminal) Damage(sub wire.Submission) wire.Submission {
	t.Hall.T.Helper()
	env := sub.Envelope
	env.Body = append([]byte(nil), env.Body...)
	env.Body[len(env.Body)/2] ^= 1
	field := func(b, v []byte) []byte { return append(binary.BigEndian.AppendUint64(b, uint64(len(v))), v...) }
	b := field([]byte("zizhuban envelope v1\x00"), env.Header)
	b = binary.BigEndian.AppendUint64(b, uint64(len(env.Keys)))
	for _, k := range env.Keys {
		b = field(field(b, []byte(k.KeyID)), k.Sealed)
	}
	sum := sha256.Sum256(field(b, env.Body))
	sig, err := ecdsa.SignASN1(rand.Reader, t.Key, sum[:])
	t.Hall.Must(err)
	env.Signature = sig
	return wire.Submission{Envelope: env, Attachments: sub.Attachments, Digest: seal.Digest(env, sub.Attachments)}
}
