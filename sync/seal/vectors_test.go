package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectors are examples of every signed and sealed structure, for whoever writes a hall or a terminal in another language.
// Byte strings are base64. The keys are of no use but this.
type vectors struct {
	Comment    string          `json:"comment"`
	Terminal   []byte          `json:"terminal_key"` // PKCS#8
	Online     string          `json:"online_key"`   // as PrivateKey.Encode
	Recovery   string          `json:"recovery_key"`
	ReceiptKey []byte          `json:"receipt_key"` // ed25519 seed
	ContentKey []byte          `json:"content_key"` // what the key shares hold
	Plain      []byte          `json:"plain"`       // what the body holds: JSON, padded with spaces
	Signed     []byte          `json:"signed"`      // the bytes that the terminal signed, before SHA-256
	Infos      [][]byte        `json:"infos"`       // HPKE info of each key share
	Submission wire.Submission `json:"submission"`  // with Digest
	Manifest   []byte          `json:"manifest"`    // digest that stands in the header
	Receipt    wire.Receipt    `json:"receipt"`
}

const vectorFile = "testdata/vectors.json"

func makeVectors(t *testing.T) {
	p := someParties(t)
	contentKey := make([]byte, 32)
	for i := range contentKey {
		contentKey[i] = byte(i)
	}
	sum := sha256.Sum256([]byte("sealed photo"))
	files := []wire.Attachment{{Slot: "photo", Size: 12, SHA256: sum[:]}}
	h := aHeader()
	h.Manifest = seal.Manifest(files)
	// Seal reads the content key first, and what follows is the signature's business.
	env, err := seal.Seal(&firstThen{contentKey}, p.terminal, p.recipients, h, anApplication())
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.terminal)
	if err != nil {
		t.Fatal(err)
	}
	_, hall, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sub := wire.Submission{Envelope: env, Attachments: files, Digest: seal.Digest(env, files)}
	receipt, err := seal.SignReceipt(hall, wire.ReceiptBody{
		Submission: h.Submission, Digest: sub.Digest, Terminal: h.Terminal, Sequence: h.Sequence, CaseNumber: "330106251109000042",
		ReceivedAt: time.Date(2025, 11, 9, 4, 6, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	plain := openBody(t, contentKey, env)
	v := vectors{
		Comment:  "Test vectors of sync/seal; see sync/wire/README.md. The keys are of no use but this. Made by: go test ./sync/seal -run Vectors -update",
		Terminal: der, Online: string(p.online.Encode()), Recovery: string(p.recovery.Encode()), ReceiptKey: hall.Seed(), ContentKey: contentKey,
		Plain: plain, Signed: signedBytes(env), Submission: sub, Manifest: h.Manifest, Receipt: receipt,
	}
	for _, k := range env.Keys {
		v.Infos = append(v.Infos, info(seal.SuiteHPKE, k.KeyID, env.Header))
	}
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

type firstThen struct{ first []byte }

func (r *firstThen) Read(p []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(p, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return rand.Read(p)
}

// What follows says the formats once more, apart from the package and with its labels written out.

func u64(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func lengthPrefixed(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(append(b, u64(len(p))...), p...)
	}
	return b
}

func envelopeBytes(env wire.Envelope) []byte {
	b := append(lengthPrefixed(env.Header), u64(len(env.Keys))...)
	for _, k := range env.Keys {
		b = append(b, lengthPrefixed([]byte(k.KeyID), k.Sealed)...)
	}
	return append(b, lengthPrefixed(env.Body)...)
}

func signedBytes(env wire.Envelope) []byte {
	return append([]byte("zizhuban envelope v1\x00"), envelopeBytes(env)...)
}

func manifestBytes(files []wire.Attachment) []byte {
	b := u64(len(files))
	for _, f := range files {
		b = append(append(append(b, lengthPrefixed([]byte(f.Slot))...), u64(int(f.Size))...), lengthPrefixed(f.SHA256)...)
	}
	return b
}

func info(suite, keyID string, header []byte) []byte {
	sum := sha256.Sum256(header)
	return append(append([]byte("zizhuban key share v1\x00"), lengthPrefixed([]byte(suite), []byte(keyID))...), sum[:]...)
}

func openBody(t *testing.T, contentKey []byte, env wire.Envelope) []byte {
	t.Helper()
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, make([]byte, 12), env.Body, append([]byte("zizhuban body v1\x00"), env.Header...))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestVectors_hold(t *testing.T) {
	if *update {
		makeVectors(t)
	}
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	env := v.Submission.Envelope

	key, err := x509.ParsePKCS8PrivateKey(v.Terminal)
	if err != nil {
		t.Fatal(err)
	}
	terminal, ok := key.(*ecdsa.PrivateKey)
	if !ok || terminal.Curve != elliptic.P256() {
		t.Fatalf("terminal key is %T", key)
	}
	h, err := seal.Check(terminal.Public(), v.Submission)
	if err != nil {
		t.Fatal(err)
	}
	for _, pem := range []string{v.Online, v.Recovery} {
		k, err := seal.ParsePrivateKey([]byte(pem))
		if err != nil {
			t.Fatal(err)
		}
		got, app, err := seal.Open(k, env)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, h) || !reflect.DeepEqual(app, anApplication()) {
			t.Errorf("%v opens to something else", k)
		}
	}

	// The formats, written apart.
	if !bytes.Equal(v.Signed, signedBytes(env)) {
		t.Error("the signed bytes are put together differently")
	}
	sum := sha256.Sum256(v.Signed)
	if !ecdsa.VerifyASN1(&terminal.PublicKey, sum[:], env.Signature) {
		t.Error("the signature is not over the SHA-256 of the signed bytes")
	}
	sum = sha256.Sum256(bytes.Join([][]byte{
		[]byte("zizhuban submission v1\x00"), envelopeBytes(env), lengthPrefixed(env.Signature), manifestBytes(v.Submission.Attachments),
	}, nil))
	if !bytes.Equal(sum[:], v.Submission.Digest) {
		t.Error("the digest is made differently")
	}
	sum = sha256.Sum256(append([]byte("zizhuban manifest v1\x00"), manifestBytes(v.Submission.Attachments)...))
	if !bytes.Equal(sum[:], v.Manifest) || !bytes.Equal(v.Manifest, h.Manifest) {
		t.Error("the manifest's digest is made differently")
	}
	if plain := openBody(t, v.ContentKey, env); !bytes.Equal(plain, v.Plain) || len(plain)%1024 != 0 {
		t.Error("the body opens to something else")
	}
	for i, k := range env.Keys {
		if !bytes.Equal(v.Infos[i], info(h.Suite, k.KeyID, env.Header)) {
			t.Errorf("the info of key share %d is made differently", i)
		}
	}
	hall := ed25519.NewKeyFromSeed(v.ReceiptKey)
	pub := hall.Public().(ed25519.PublicKey)
	if !ed25519.Verify(pub, append([]byte("zizhuban receipt v1\x00"), v.Receipt.Body...), v.Receipt.Signature) {
		t.Error("the receipt is signed over other bytes")
	}
	body, err := seal.VerifyReceipt(pub, v.Receipt, seal.Want{Submission: h.Submission, Digest: v.Submission.Digest, Terminal: h.Terminal, Sequence: h.Sequence})
	if err != nil || body.CaseNumber != "330106251109000042" {
		t.Errorf("receipt: %+v, %v", body, err)
	}
}
