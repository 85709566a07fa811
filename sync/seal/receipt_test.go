package seal_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

func TestReceipt_holds_for_exactly_its_submission(t *testing.T) {
	t.Parallel()
	pub, hall, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherPub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("content"))
	body := wire.ReceiptBody{
		Submission: aHeader().Submission, Digest: digest[:], Terminal: "T-7K3M", Sequence: 42, CaseNumber: "330106251109000042",
		ReceivedAt: time.Date(2025, 11, 9, 4, 6, 0, 0, time.UTC),
	}
	want := seal.Want{Submission: body.Submission, Digest: body.Digest, Terminal: body.Terminal, Sequence: body.Sequence}
	receipt, err := seal.SignReceipt(hall, body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.VerifyReceipt(pub, receipt, want); err != nil || !reflect.DeepEqual(got, body) {
		t.Fatalf("%+v, %v", got, err)
	}
	refused := func(name string, key ed25519.PublicKey, r wire.Receipt, w seal.Want) {
		t.Helper()
		if got, err := seal.VerifyReceipt(key, r, w); !errors.Is(err, seal.ErrReceipt) || got.Submission != "" {
			t.Errorf("%s: %+v, %v; want ErrReceipt", name, got, err)
		}
	}
	refused("another hall's key", otherPub, receipt, want)
	refused("no key", nil, receipt, want)
	refused("nothing", pub, wire.Receipt{}, want)
	w := want
	w.Submission = "x"
	refused("another submission", pub, receipt, w)
	w = want
	w.Digest = digest[1:]
	refused("another digest", pub, receipt, w)
	w.Digest = nil
	refused("no digest", pub, receipt, w)
	w = want
	w.Terminal = "T-0000"
	refused("another terminal", pub, receipt, w)
	w = want
	w.Sequence++
	refused("another sequence number", pub, receipt, w)
	for i := range receipt.Body {
		r := wire.Receipt{Body: append([]byte(nil), receipt.Body...), Signature: receipt.Signature}
		r.Body[i] ^= 4
		refused(fmt.Sprintf("body byte %d flipped", i), pub, r, want)
	}
	for i := range receipt.Signature {
		r := wire.Receipt{Body: receipt.Body, Signature: append([]byte(nil), receipt.Signature...)}
		r.Signature[i] ^= 4
		refused(fmt.Sprintf("signature byte %d flipped", i), pub, r, want)
	}
	for name, change := range map[string]func(*wire.ReceiptBody){
		"no case number": func(b *wire.ReceiptBody) { b.CaseNumber = "" },
		"no time":        func(b *wire.ReceiptBody) { b.ReceivedAt = time.Time{} },
	} {
		b := body
		change(&b)
		r, err := seal.SignReceipt(hall, b)
		if err != nil {
			t.Fatal(err)
		}
		refused(name, pub, r, want)
	}
	// The same key used for other bytes does not make a receipt: the label keeps them apart.
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	refused("signed without the label", pub, wire.Receipt{Body: data, Signature: ed25519.Sign(hall, data)}, want)
	if _, err := seal.SignReceipt(someParties(t).terminal, body); err == nil {
		t.Error("a receipt was signed with a key that is not ed25519")
	}
}

func FuzzVerifyReceipt(f *testing.F) {
	pub, hall, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	body := wire.ReceiptBody{Submission: "s", Digest: []byte{1}, Terminal: "T", Sequence: 1, CaseNumber: "1", ReceivedAt: time.Unix(1, 0)}
	r, err := seal.SignReceipt(hall, body)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Body, r.Signature)
	f.Add([]byte("{}"), []byte{})
	f.Fuzz(func(t *testing.T, b, sig []byte) {
		_, err := seal.VerifyReceipt(pub, wire.Receipt{Body: b, Signature: sig}, seal.Want{Submission: "s", Digest: []byte{1}, Terminal: "T", Sequence: 1})
		if err == nil && string(b) != string(r.Body) {
			t.Fatal("a receipt verifies that was never signed")
		}
	})
}
