package office_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/keyring"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
)

func open(t *testing.T, dir string) *office.Office {
	t.Helper()
	o, err := office.Open(t.Context(), office.Config{Dir: dir, Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func TestOpen_makes_one_set_of_keys_where_many_start_at_the_same_time(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 5 {
		wg.Go(func() {
			o, err := office.Open(context.Background(), office.Config{Dir: dir, Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			seen[o.Authority.SHA256()+o.Keys.Recipients()[0].KeyID+string(o.Updates.Root())] = true
			mu.Unlock()
			if err := o.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("%d sets of keys", len(seen))
	}
}

func TestRecovery_key_may_be_taken_away_and_says_so_in_words(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := open(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, keyring.RecoveryFile))
	if err != nil || o.Keys.Recovery == "" || !strings.Contains(string(text), "TAKE IT OFF THIS MACHINE") || !strings.Contains(string(text), "移出本机") {
		t.Fatalf("%s, %v", text, err)
	}
	if err := os.Remove(o.Keys.Recovery); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if again.Keys.Recovery != "" || again.Keys.Recipients()[1].KeyID != o.Keys.Recipients()[1].KeyID {
		t.Errorf("after it was taken away: %q, %v", again.Keys.Recovery, again.Keys.Recipients())
	}
}

func TestPublication_that_a_crash_left_unnoted_is_adopted(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	o := h.Office
	// What a crash between signing and noting leaves behind: the repository is ahead of the database.
	c, err := o.Updates.Catalogue()
	h.Must(err)
	c.Items[0].Version = 9
	c.Items[0].Hours.ZH = "全天"
	h.Must(o.Updates.Publish(t.Context(), c))

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Follow(ctx) }()
	h.Must(h.Clock.BlockUntilContext(t.Context(), 2)) // its two tickers: it has looked
	stop()
	h.Must(<-done)
	it, err := o.Store.ItemVersion(t.Context(), c.Items[0].Code, 9)
	if err != nil || it.Hours.ZH != "全天" {
		t.Errorf("%+v, %v", it, err)
	}
	if p, err := o.Store.Publication(t.Context()); err != nil || p.Version != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestPublication_by_another_process_rings_the_bell(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	other := open(t, h.Dir)
	row, err := other.Store.Item(t.Context(), h.Application("D01").ItemCode)
	h.Must(err)
	it := *row.Published
	it.Hours.ZH = "全天"
	h.Must(other.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"))

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Office.Follow(ctx) }()
	h.Must(h.Clock.BlockUntilContext(t.Context(), 2))
	heard := make(chan int, 1)
	go func() { heard <- h.Office.Bell.Wait(t.Context(), 1, time.Hour) }()
	h.Must(h.Clock.BlockUntilContext(t.Context(), 3))
	if _, _, err := other.Publish(t.Context(), nil, "test"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Second)
	if v := <-heard; v != 2 {
		t.Errorf("heard of %d", v)
	}
	stop()
	h.Must(<-done)
}

func TestPublish_at_the_same_time_by_several_loses_no_change(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	codes := []string{}
	for _, ref := range halltest.Refs {
		row, err := h.Office.Store.Item(t.Context(), h.Application(ref).ItemCode)
		h.Must(err)
		it := *row.Published
		it.Hours.ZH = "全天" + ref
		h.Must(h.Office.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"))
		codes = append(codes, row.Code)
	}
	others := []*office.Office{open(t, h.Dir), open(t, h.Dir), open(t, h.Dir)}
	var wg sync.WaitGroup
	for i, code := range codes {
		wg.Go(func() {
			if _, _, err := others[i].Publish(context.Background(), []string{code}, "test"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := h.Office.Updates.Catalogue()
	h.Must(err)
	if c.Version != 4 {
		t.Errorf("catalogue %d", c.Version)
	}
	for _, it := range c.Items {
		if !strings.HasPrefix(it.Hours.ZH, "全天") || it.Version != 2 {
			t.Errorf("%s: version %d, %s", it.Ref, it.Version, it.Hours.ZH)
		}
	}
}

func TestPublish_of_a_broken_catalogue_names_every_fault_and_changes_nothing(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	row, err := h.Office.Store.Item(t.Context(), h.Application("D01").ItemCode)
	h.Must(err)
	it := *row.Published
	it.Fields = append([]items.Field{}, it.Fields...)
	it.Fields[1].When = "no such thing ("
	it.Name = items.Text{}
	h.Must(h.Office.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"))
	_, _, err = h.Office.Publish(t.Context(), nil, "test")
	if !errors.Is(err, office.ErrBroken) || !strings.Contains(err.Error(), "name") {
		t.Errorf("%v", err)
	}
	if v := h.Office.Updates.Version(); v != 1 {
		t.Errorf("published as %d", v)
	}
	var c items.Catalogue
	h.Must(json.Unmarshal(halltest.Catalogue(t), &c))
	c.Items[0].Department = "none"
	data, err := json.Marshal(c)
	h.Must(err)
	if _, err := h.Office.Import(t.Context(), data, "test"); !errors.Is(err, office.ErrBroken) {
		t.Errorf("import: %v", err)
	}
}

func TestSubmission_sealed_to_a_key_that_is_gone_is_told_and_opened_once_the_key_is_back(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	id, _ := term.Submit("D01")
	online := h.Office.Keys.Online
	h.Office.Keys.Online = nil
	h.Open()
	c, err := h.Office.Store.Case(t.Context(), id)
	if err != nil || c.OpenError != store.NoKey || c.Application != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	h.Office.Keys.Online = online
	h.Clock.Advance(2 * time.Minute)
	h.Open()
	if c, err = h.Office.Store.Case(t.Context(), id); err != nil || c.OpenError != "" || c.Application == nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestOpenOnce_opens_what_stands_behind_a_submission_that_cannot_be_read(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	first, _ := term.Submit("D01")
	h.Clock.Advance(time.Second)
	second, _ := term.Submit("D01")
	db, err := sql.Open("sqlite", filepath.Join(h.Dir, store.FileName))
	h.Must(err)
	defer func() { h.Must(db.Close()) }()
	_, err = db.ExecContext(t.Context(), `UPDATE submissions SET envelope = X'00' WHERE id = ?`, first)
	h.Must(err)
	if err := h.Office.OpenOnce(t.Context()); err == nil || !strings.Contains(err.Error(), first) {
		t.Errorf("of the damaged one it says %v", err)
	}
	if c, err := h.Office.Store.Case(t.Context(), second); err != nil || c.Application == nil {
		t.Errorf("the one behind it: %+v, %v", c, err)
	}
}

func TestOpenAll_opens_what_comes_in_without_being_asked_twice(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Office.OpenAll(ctx) }()
	h.Must(h.Clock.BlockUntilContext(t.Context(), 1))
	id, _ := term.Submit("D01") // the api rings
	for {
		c, err := h.Office.Store.Case(t.Context(), id)
		h.Must(err)
		if !c.OpenedAt.IsZero() {
			break
		}
	}
	stop()
	h.Must(<-done)
}

func TestPassword_is_checked_and_bounded(t *testing.T) {
	t.Parallel()
	o := open(t, t.TempDir())
	ctx := t.Context()
	for _, bad := range []string{"", "short", strings.Repeat("x", 257), "not utf-8 \xff\xff\xff"} {
		if err := o.SetPassword(ctx, "a", bad, "test"); !errors.Is(err, office.ErrPassword) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	made, err := office.NewPassword()
	if err != nil || len(made) != 23 {
		t.Fatalf("%q, %v", made, err)
	}
	if err := o.SetPassword(ctx, "a", made, "test"); err != nil {
		t.Fatal(err)
	}
	if err := o.CheckPassword(ctx, "a", made); err != nil {
		t.Error(err)
	}
	for name, pass := range map[string]string{"a": made + "x", "b": made} {
		if err := o.CheckPassword(ctx, name, pass); !errors.Is(err, office.ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCode_is_read_as_a_person_types_it(t *testing.T) {
	t.Parallel()
	o := open(t, t.TempDir())
	c, err := o.NewCode(t.Context(), "  示例村 \n 一楼 ", "V", "test")
	if err != nil || c.Place != "示例村 一楼" || len(c.Code) != 30 {
		t.Fatalf("%+v, %v", c, err)
	}
	plain := strings.ReplaceAll(c.Code, "-", "")
	for _, typed := range []string{c.Code, strings.ToLower(c.Code), plain, strings.ReplaceAll(c.Code, "-", "　"), strings.NewReplacer("0", "O", "1", "i").Replace(c.Code)} {
		if got := office.NormalCode(typed); got != plain {
			t.Errorf("%s is read as %s", typed, got)
		}
	}
	for place, site := range map[string]string{"": "V", "x": "Q", strings.Repeat("长", 101): "V"} {
		if _, err := o.NewCode(t.Context(), place, site, "test"); !errors.Is(err, office.ErrBadCode) {
			t.Errorf("%.10s at %s: %v", place, site, err)
		}
	}
}
