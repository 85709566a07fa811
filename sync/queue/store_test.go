package queue_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/queue"
)

func TestStore_keeps_small_values(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, dir, options(noon()))
	type tries struct {
		Count int       `json:"count"`
		Since time.Time `json:"since"`
	}
	want := tries{3, noon().Now()}
	if err := q.State().Set("technician.pin", want); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	var got tries
	if ok, err := q.State().Get("technician.pin", &got); !ok || err != nil || got != want {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	if ok, err := q.State().Get("nothing", &got); ok || err != nil {
		t.Errorf("a value that was never set: %v, %v", ok, err)
	}
	if ok, err := q.State().Get("technician.pin", new(int)); ok || err == nil {
		t.Errorf("a value of another type: %v, %v", ok, err)
	}
	if err := q.State().Delete("technician.pin"); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	if ok, _ := q.State().Get("technician.pin", &got); ok {
		t.Error("a deleted value came back")
	}
	for _, key := range []string{"", "queue.journal", strings.Repeat("k", 101)} {
		if err := q.State().Set(key, 1); !errors.Is(err, queue.ErrKey) {
			t.Errorf("key %.20q: %v, want ErrKey", key, err)
		}
	}
	if err := q.State().Set("large", strings.Repeat("x", 70_000)); err == nil {
		t.Error("a value of 70 kB was taken")
	}
}

func TestStore_writes_nothing_where_nothing_changes(t *testing.T) {
	t.Parallel()
	writes := 0
	q := open(t, t.TempDir(), queue.WithFault(options(noon()), func(step string) error {
		if step == "commit" {
			writes++
		}
		return nil
	}))
	for range 5 {
		if err := q.State().Set("catalogue", 7); err != nil {
			t.Fatal(err)
		}
	}
	if writes != 1 {
		t.Errorf("%d writes", writes)
	}
}
