package queue_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// sealer is what a terminal seals with, and the hall's online key to look into the result.
type sealer struct {
	key        *ecdsa.PrivateKey
	online     *seal.PrivateKey
	recipients []wire.Recipient
}

func aSealer(t testing.TB) sealer {
	t.Helper()
	s, err := newSealer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSealer() (sealer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return sealer{}, err
	}
	s := sealer{key: key}
	for _, use := range []string{seal.UseOnline, seal.UseRecovery} {
		k, err := seal.NewRecipientKey(nil, use)
		if err != nil {
			return s, err
		}
		if use == seal.UseOnline {
			s.online = k
		}
		s.recipients = append(s.recipients, k.Recipient())
	}
	return s, nil
}

// The marks stand in every application that the tests seal; no file may hold them.
const (
	markName   = "示例甲标记"
	markNumber = "330000195803120014"
	markAnswer = "桃花源村七组十三号"
)

const itemCode = "3301060140006011200033000000001"

// build is a builder for Put that seals an application with the marks in it.
func (s sealer) build(t queue.Ticket) (wire.Submission, error) {
	header := wire.Header{
		Submission: t.Submission, Terminal: t.Terminal, Sequence: t.Sequence, ItemCode: itemCode, ItemVersion: 3,
		LocalNumber: t.LocalNumber, SealedAt: t.At,
	}
	app := wire.Application{
		Submission: t.Submission, LocalNumber: t.LocalNumber, ItemCode: itemCode, ItemVersion: 3, ItemName: "高龄津贴", Language: "zh",
		Applicant: wire.Applicant{Identified: "card", Name: markName, IDNumber: markNumber},
		Answers:   map[string]any{"address": markAnswer},
	}
	env, err := seal.Seal(nil, s.key, s.recipients, header, app)
	if err != nil {
		return wire.Submission{}, err
	}
	return wire.Submission{Envelope: env, Digest: seal.Digest(env, nil)}, nil
}

func noon() *clockwork.FakeClock {
	return clockwork.NewFakeClockAt(time.Date(2025, 11, 9, 12, 0, 0, 0, time.UTC))
}

func options(clock clockwork.Clock) queue.Options {
	return queue.Options{Terminal: "T-7K3M", Clock: clock, FreeBytes: func(string) (uint64, error) { return 10 << 30, nil }}
}

func open(t testing.TB, dir string, o queue.Options) *queue.Queue {
	t.Helper()
	q, err := queue.Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q
}

func put(t testing.TB, q *queue.Queue, s sealer) queue.Entry {
	t.Helper()
	e, err := q.Put(context.Background(), s.build)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func receiptFor(e queue.Entry) wire.ReceiptBody {
	return wire.ReceiptBody{
		Submission: e.Submission, Digest: e.Digest, Terminal: "T-7K3M", Sequence: e.Sequence,
		CaseNumber: fmt.Sprintf("3300002511090%05d", e.Sequence), ReceivedAt: time.Date(2025, 11, 9, 12, 1, 0, 0, time.UTC),
	}
}

// waitingIn lists the submissions that wait, in order.
func waitingIn(t testing.TB, q *queue.Queue) []string {
	t.Helper()
	entries, err := q.Next(context.Background(), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, e := range entries {
		ids = append(ids, e.Submission)
	}
	return ids
}

func decode(t testing.TB, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
