package seal

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zizhuban/sync/wire"
)

// maxReceipt bounds a receipt's bytes. A receipt has some 300.
const maxReceipt = 8 << 10

// Want is what a receipt must say before a terminal believes it.
type Want struct {
	Submission string
	Digest     []byte
	Terminal   string
	Sequence   uint64
}

// ErrReceipt is returned by VerifyReceipt for everything that is not a receipt for exactly the wanted submission.
var ErrReceipt = errors.New("no valid receipt")

// SignReceipt signs body with the hall's ed25519 receipt key.
func SignReceipt(key crypto.Signer, body wire.ReceiptBody) (wire.Receipt, error) {
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return wire.Receipt{}, errors.New("sign receipt: the receipt key is not ed25519")
	}
	data, err := json.Marshal(body)
	if err != nil {
		return wire.Receipt{}, fmt.Errorf("sign receipt: %w", err)
	}
	sig, err := key.Sign(rand.Reader, receiptBytes(data), crypto.Hash(0))
	if err != nil {
		return wire.Receipt{}, fmt.Errorf("sign receipt: %w", err)
	}
	return wire.Receipt{Body: data, Signature: sig}, nil
}

// VerifyReceipt checks that the hall signed receipt and that it is for the wanted submission, content, terminal and sequence
// number. Every failure is an ErrReceipt: the answer came from someone else, or is about something else.
func VerifyReceipt(hall ed25519.PublicKey, receipt wire.Receipt, want Want) (wire.ReceiptBody, error) {
	var body wire.ReceiptBody
	bad := func(why string) (wire.ReceiptBody, error) {
		return wire.ReceiptBody{}, fmt.Errorf("receipt for submission %s: %s: %w", want.Submission, why, ErrReceipt)
	}
	if len(hall) != ed25519.PublicKeySize {
		return bad("the hall's receipt key is not an ed25519 key; enrol this terminal again")
	}
	if len(receipt.Body) > maxReceipt {
		return bad("too long")
	}
	if !ed25519.Verify(hall, receiptBytes(receipt.Body), receipt.Signature) {
		return bad("not signed by the hall")
	}
	dec := json.NewDecoder(bytes.NewReader(receipt.Body))
	if err := dec.Decode(&body); err != nil {
		return bad("the signed bytes are not a receipt")
	}
	switch {
	case body.Submission != want.Submission:
		return bad("it is for another submission")
	case len(want.Digest) == 0 || !equal(body.Digest, want.Digest):
		return bad("it is for another content")
	case body.Terminal != want.Terminal:
		return bad("it is for another terminal")
	case body.Sequence != want.Sequence:
		return bad("it is for another sequence number")
	case body.CaseNumber == "":
		return bad("it has no case number")
	case body.ReceivedAt.Equal(time.Time{}):
		return bad("it has no time")
	}
	return body, nil
}

func receiptBytes(body []byte) []byte {
	return append([]byte(labelReceipt), body...)
}
