package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	_ "modernc.org/sqlite"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

func open(t *testing.T, dir string) (*store.Store, *clockwork.FakeClock) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 3, 1, 15, 59, 59, 0, time.UTC)) // a second before midnight in China
	s, err := store.Open(t.Context(), dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, clock
}

func enrol(t *testing.T, s *store.Store, key string) string {
	t.Helper()
	if err := s.NewCode(t.Context(), "CODE"+key, "示例村", "V", "test", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	e, _, err := s.Enrol(t.Context(), "CODE"+key, []byte(key), "SN", func(store.Enrolled) ([]byte, time.Time, error) {
		return []byte("cert"), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.Terminal
}

const code = "11339900DEM000014A4332090001000"

func publish(t *testing.T, s *store.Store, it items.Item) {
	t.Helper()
	if _, err := s.Import(t.Context(), &items.Catalogue{Items: []items.Item{it}}, "test"); err != nil {
		t.Fatal(err)
	}
	e, err := s.Edition(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Publication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Catalogue.Version = p.Version + 1
	if err := errors.Join(s.Promise(t.Context(), e, "test"), s.Published(t.Context(), e, "test")); err != nil {
		t.Fatal(err)
	}
}

func header(id, terminal string, seq uint64) wire.Header {
	return wire.Header{Version: 1, Submission: id, Terminal: terminal, Sequence: seq, ItemCode: code, ItemVersion: 1, LocalNumber: "L" + id}
}

func sign(b wire.ReceiptBody) (wire.Receipt, error) {
	return wire.Receipt{Body: []byte(b.CaseNumber), Signature: []byte("s")}, nil
}

func TestStore_of_a_newer_version_is_refused_and_an_old_one_opens_again(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, clock := open(t, dir)
	if err := s.SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, dir)
	if v, err := again.Setting(t.Context(), "a"); err != nil || v != "1" {
		t.Errorf("%q, %v", v, err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO schema_migrations (number, name, applied_at) VALUES (999, 'x', 0)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), dir, clock); !errors.Is(err, store.ErrTooNew) {
		t.Errorf("opened with %v", err)
	}
}

func TestStore_makes_its_schema_once_where_many_start_at_the_same_time(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := store.Open(context.Background(), dir, clockwork.NewRealClock())
			if err == nil {
				err = errors.Join(s.Note(context.Background(), "test", "a", "b", "c"), s.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s, _ := open(t, dir)
	all, err := s.Audit(t.Context(), 0, 10)
	if err != nil || len(all) != 6 || all[0].N != 6 || all[5].N != 1 {
		t.Errorf("%d lines, %v", len(all), err)
	}
}

func TestCase_numbers_count_for_each_item_and_day_of_China(t *testing.T) {
	t.Parallel()
	s, clock := open(t, t.TempDir())
	term := enrol(t, s, "k")
	publish(t, s, items.Item{Code: code, Version: 1})
	take := func(id string, seq uint64) string {
		t.Helper()
		r, fresh, err := s.TakeIn(t.Context(), header(id, term, seq), wire.Submission{Digest: []byte(id)}, sign)
		if err != nil || !fresh {
			t.Fatal(fresh, err)
		}
		return string(r.Body)
	}
	a, b := take("a", 1), take("b", 2)
	clock.Advance(time.Second)
	c := take("c", 3)
	if a != code+"202603010001" || b != code+"202603010002" || c != code+"202603020001" {
		t.Errorf("%s %s %s", a, b, c)
	}
}

func TestTakeIn_keeps_nothing_of_a_submission_whose_receipt_cannot_be_signed(t *testing.T) {
	t.Parallel()
	s, _ := open(t, t.TempDir())
	term := enrol(t, s, "k")
	publish(t, s, items.Item{Code: code, Version: 1})
	broken := errors.New("no key")
	_, _, err := s.TakeIn(t.Context(), header("a", term, 1), wire.Submission{Digest: []byte("a")}, func(wire.ReceiptBody) (wire.Receipt, error) { return wire.Receipt{}, broken })
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, err := s.Submission(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the submission: %v", err)
	}
	if ids, err := s.Unopened(t.Context(), 9); err != nil || len(ids) != 0 {
		t.Errorf("work: %v %v", ids, err)
	}
	r, _, err := s.TakeIn(t.Context(), header("a", term, 1), wire.Submission{Digest: []byte("a")}, sign)
	if err != nil || string(r.Body) != code+"202603010001" {
		t.Errorf("the number was spent: %s %v", r.Body, err)
	}
}

func TestEnrol_spends_no_code_where_there_is_no_certificate(t *testing.T) {
	t.Parallel()
	s, _ := open(t, t.TempDir())
	if err := s.NewCode(t.Context(), "C", "p", "V", "test", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no authority")
	if _, _, err := s.Enrol(t.Context(), "C", []byte("k"), "", func(store.Enrolled) ([]byte, time.Time, error) { return nil, time.Time{}, broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, _, err := s.Enrol(t.Context(), "C", []byte("k"), "", func(store.Enrolled) ([]byte, time.Time, error) { return []byte("c"), time.Time{}, nil }); err != nil {
		t.Error(err)
	}
}

func TestImport_adds_and_changes_and_takes_nothing_away(t *testing.T) {
	t.Parallel()
	s, _ := open(t, t.TempDir())
	one, two := items.Item{Code: "1", Version: 3, Name: items.Text{ZH: "一"}}, items.Item{Code: "2", Version: 1, Name: items.Text{ZH: "二"}}
	publish(t, s, one)
	publish(t, s, two)
	changed, err := s.Import(t.Context(), &items.Catalogue{Items: []items.Item{one}}, "test")
	if err != nil || changed != 0 {
		t.Errorf("the same again: %d changed, %v", changed, err)
	}
	one.Name.ZH = "一改"
	one.Version = 1 // what a file says does not lead back
	if changed, err = s.Import(t.Context(), &items.Catalogue{Items: []items.Item{one}}, "test"); err != nil || changed != 1 {
		t.Errorf("%d changed, %v", changed, err)
	}
	row, err := s.Item(t.Context(), "1")
	if err != nil || row.Draft == nil || row.Draft.Version != 4 || row.Published.Version != 3 {
		t.Errorf("%+v, %v", row, err)
	}
	all, err := s.Items(t.Context())
	if err != nil || len(all) != 2 {
		t.Errorf("%d items, %v", len(all), err)
	}
}

func TestPublished_leaves_a_draft_that_was_changed_meanwhile(t *testing.T) {
	t.Parallel()
	s, _ := open(t, t.TempDir())
	it := items.Item{Code: "1", Version: 1, Name: items.Text{ZH: "一"}}
	publish(t, s, it)
	it.Name.ZH = "二"
	if _, err := s.Import(t.Context(), &items.Catalogue{Items: []items.Item{it}}, "test"); err != nil {
		t.Fatal(err)
	}
	e, err := s.Edition(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	it.Name.ZH = "三"
	if _, err := s.Import(t.Context(), &items.Catalogue{Items: []items.Item{it}}, "test"); err != nil {
		t.Fatal(err)
	}
	e.Catalogue.Version = 2
	if err := errors.Join(s.Promise(t.Context(), e, "test"), s.Published(t.Context(), e, "test")); err != nil {
		t.Fatal(err)
	}
	row, err := s.Item(t.Context(), "1")
	if err != nil || row.Published.Name.ZH != "二" || row.Draft == nil || row.Draft.Name.ZH != "三" {
		t.Errorf("%+v, %v", row, err)
	}
}

func TestWait_grows_with_failures_and_is_forgotten_after_a_day(t *testing.T) {
	t.Parallel()
	s, clock := open(t, t.TempDir())
	wait := func() time.Duration {
		t.Helper()
		d, err := s.Wait(t.Context(), "account x", "address y")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	fail := func() {
		t.Helper()
		if err := s.Failed(t.Context(), "account x"); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		fail()
	}
	if d := wait(); d != 0 {
		t.Errorf("after four failures: %s", d)
	}
	var before time.Duration
	for range 12 {
		fail()
		if d := wait(); d < before {
			t.Errorf("it shrank from %s to %s", before, d)
		} else {
			before = d
		}
	}
	if before != 15*time.Minute {
		t.Errorf("it grew to %s", before)
	}
	clock.Advance(25 * time.Hour)
	fail()
	if d := wait(); d != 0 {
		t.Errorf("after a day: %s", d)
	}
	if err := s.Forgive(t.Context(), "account x"); err != nil {
		t.Fatal(err)
	}
}
