package queue_test

import (
	"context"
	"testing"

	"zizhuban/sync/queue"
)

func TestQueue_keeps_an_entry_until_its_receipt(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	e := put(t, q, s)
	if e.LocalNumber != "7K3M-251109-01-E" {
		t.Errorf("local number %s", e.LocalNumber)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir, options(noon()))
	if got := waitingIn(t, q); len(got) != 1 || got[0] != e.Submission {
		t.Fatalf("after a restart %v waits, want %s", got, e.Submission)
	}
	if err := q.Ack(ctx, receiptFor(e)); err != nil {
		t.Fatal(err)
	}
	if got := waitingIn(t, q); len(got) != 0 {
		t.Fatalf("after the receipt %v waits", got)
	}
	slip, ok := q.Unfinished()
	if !ok || slip.State != queue.SlipPending || slip.CaseNumber != receiptFor(e).CaseNumber {
		t.Fatalf("unfinished slip %+v, %v", slip, ok)
	}
}
