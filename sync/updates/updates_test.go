package updates_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/items"
	"zizhuban/sync/updates"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const department = "11339900DEM000014A"

// aCatalogue makes a catalogue of n items that validates.
func aCatalogue(n int) *items.Catalogue {
	text := func(s string) items.Text { return items.Text{ZH: s, EN: s} }
	c := &items.Catalogue{Departments: []items.Department{{Code: department, Name: text("区人力社保局")}}, Themes: []items.Theme{{Key: "social", Name: text("社保")}}}
	for i := range n {
		c.Items = append(c.Items, items.Item{
			Code: fmt.Sprintf("%s43320900%02d000", department, i+1), Version: 1, Ref: fmt.Sprintf("D%02d", i+1),
			Name: text(fmt.Sprintf("事项%d", i+1)), Type: "20", Department: department, Level: 4, Source: 1,
			Applicants: []string{"natural"}, AppliesTo: text("自然人"), Kind: items.KindAtOnce, Legal: items.Limit{Words: text("即时")},
			Promised: items.Limit{Words: text("即时")}, Fee: items.Fee{Words: text("不收费")}, Instant: items.InstantAuto, Result: text("证明"),
			Place: text("本机"), Hours: text("全天"), Contact: text("0570-0000000"), Complaint: text("0570-0000000"),
			Modules: []string{"card"}, Sites: []string{"H", "V"}, Themes: []string{"social"}, Notice: text("告知"),
			Fields:    []items.Field{{Key: "purpose", Label: text("用途"), Type: items.TypeText, Required: true, MaxLen: 40}},
			Materials: []items.Material{{Name: text("身份证"), Need: items.NeedRequired, Level: "A", How: text("读卡")}},
		})
	}
	if err := c.Validate(); err != nil {
		panic(err) // the helper itself is wrong
	}
	return c
}

// aHall is a repository behind a web server that can be interfered with.
type aHall struct {
	*updates.Repository
	dir    string
	clock  *clockwork.FakeClock
	url    string
	bytes  atomic.Int64
	answer atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // true: it has answered
}

func newHall(t *testing.T) *aHall {
	t.Helper()
	h := &aHall{dir: t.TempDir(), clock: clockwork.NewFakeClockAt(start)}
	var err error
	if h.Repository, err = updates.OpenRepository(h.dir, h.clock); err != nil {
		t.Fatal(err)
	}
	files := h.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := h.answer.Load(); f != nil && (*f)(w, r) {
			return
		}
		files.ServeHTTP(&counter{w, &h.bytes}, r)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

type counter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

func (h *aHall) publish(t *testing.T, c *items.Catalogue) {
	t.Helper()
	if err := h.Publish(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func (h *aHall) terminal(t *testing.T, dir string, now func() time.Time) *updates.Client {
	t.Helper()
	c, err := updates.OpenClient(updates.ClientConfig{Dir: dir, Root: h.Root(), BaseURL: h.url, HTTP: http.DefaultClient, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refresh(t *testing.T, c *updates.Client, want bool) *items.Catalogue {
	t.Helper()
	changed, err := c.Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changed != want {
		t.Fatalf("changed is %t, want %t", changed, want)
	}
	cat, err := c.Current()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestClient_takes_what_the_hall_publishes(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	c := h.terminal(t, t.TempDir(), h.clock.Now)
	if _, err := c.Current(); !errors.Is(err, updates.ErrNoCatalogue) {
		t.Fatalf("before the first catalogue: %v", err)
	}
	if changed, err := c.Refresh(t.Context()); err != nil || changed {
		t.Fatalf("an empty repository: %t, %v", changed, err)
	}
	cat := aCatalogue(3)
	h.publish(t, cat)
	got := refresh(t, c, true)
	if got.Version != 1 || len(got.Items) != 3 || got.Items[0].Name.ZH != "事项1" || got.Items[2].Ref != "D03" {
		t.Fatalf("got version %d with %d items", got.Version, len(got.Items))
	}
	refresh(t, c, false)

	cat.Items[1].Name.ZH, cat.Items[1].Version = "新名字", 2
	h.publish(t, cat)
	if got := refresh(t, c, true); got.Version != 2 || got.Items[1].Name.ZH != "新名字" {
		t.Fatalf("the change did not arrive: %+v", got.Items[1].Name)
	}
}

func TestClient_downloads_only_the_item_that_changed(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	c := h.terminal(t, t.TempDir(), h.clock.Now)
	cat := aCatalogue(60)
	h.publish(t, cat)
	var fetched []string
	watch := func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/targets/") {
			fetched = append(fetched, r.URL.Path)
		}
		return false
	}
	refresh(t, c, true)
	cat.Items[7].Name.ZH = "只改这一项"
	h.publish(t, cat)
	h.answer.Store(&watch)
	refresh(t, c, true)
	if len(fetched) != 1 || !strings.Contains(fetched[0], cat.Items[7].Code) {
		t.Fatalf("fetched %q, want the one changed item", fetched)
	}
}

func TestClient_keeps_its_catalogue_whatever_the_hall_answers(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	dir := t.TempDir()
	c := h.terminal(t, dir, h.clock.Now)
	cat := aCatalogue(2)
	h.publish(t, cat)
	refresh(t, c, true)
	cat.Items[0].Name.ZH = "第二版"
	h.publish(t, cat)
	answers := map[string]func(http.ResponseWriter, *http.Request) bool{
		"html": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("<html>请登录</html>"))
			return true
		},
		"500": func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true },
		"404": func(w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true },
		"cut": func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
		"endless": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write(make([]byte, 6<<20))
			return true
		},
		"another item's bytes": func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/targets/items/") {
				_, _ = w.Write([]byte(`{"name":"伪造"}`))
				return true
			}
			return false
		},
	}
	for name, answer := range answers {
		h.answer.Store(&answer)
		if changed, err := c.Refresh(t.Context()); err == nil || changed {
			t.Errorf("%s: changed %t, error %v", name, changed, err)
		}
		if got, err := c.Current(); err != nil || got.Version != 1 {
			t.Fatalf("%s: the catalogue is gone: %v", name, err)
		}
	}
	h.answer.Store(nil)
	if got := refresh(t, c, true); got.Items[0].Name.ZH != "第二版" {
		t.Fatal("the second version did not arrive when the hall was well again")
	}
}

func TestClient_refuses_an_older_catalogue_even_when_its_cache_is_lost(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	dir := t.TempDir()
	c := h.terminal(t, dir, h.clock.Now)
	cat := aCatalogue(2)
	h.publish(t, cat)
	old, err := os.ReadFile(filepath.Join(h.dir, "metadata", "timestamp.json"))
	if err != nil {
		t.Fatal(err)
	}
	h.publish(t, cat)
	refresh(t, c, true)
	// A power cut empties the cache that the TUF library writes without a sync, and somebody replays the old timestamp.
	for _, f := range []string{"timestamp.json", "snapshot.json", "targets.json"} {
		if err := os.WriteFile(filepath.Join(dir, "metadata", f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replay := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/metadata/timestamp.json" {
			return false
		}
		_, _ = w.Write(old)
		return true
	}
	h.answer.Store(&replay)
	if _, err := c.Refresh(t.Context()); !errors.Is(err, updates.ErrRollback) {
		t.Fatalf("the replay was answered by %v", err)
	}
	if got, err := c.Current(); err != nil || got.Version != 2 {
		t.Fatalf("the catalogue in use: %v", err)
	}
}

func TestClient_takes_nothing_from_another_hall(t *testing.T) {
	t.Parallel()
	ours, theirs := newHall(t), newHall(t)
	theirs.publish(t, aCatalogue(1))
	c, err := updates.OpenClient(updates.ClientConfig{Dir: t.TempDir(), Root: ours.Root(), BaseURL: theirs.url, HTTP: http.DefaultClient, Now: ours.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := c.Refresh(t.Context()); err == nil || changed {
		t.Fatal("a catalogue with foreign signatures was taken")
	}
}

func TestClient_survives_a_damaged_catalogue_file(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	dir := t.TempDir()
	c := h.terminal(t, dir, h.clock.Now)
	cat := aCatalogue(2)
	h.publish(t, cat)
	refresh(t, c, true)
	h.publish(t, cat)
	refresh(t, c, true)
	if err := os.WriteFile(filepath.Join(dir, "versions", "2.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Current(); err != nil || got.Version != 1 {
		t.Fatalf("the version before is not used: %v", err)
	}
	if got := refresh(t, c, true); got.Version != 2 {
		t.Fatal("the damaged version was not fetched anew")
	}
}

func TestClient_waits_while_the_word_of_the_hall_is_too_old(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	c := h.terminal(t, t.TempDir(), h.clock.Now)
	h.publish(t, aCatalogue(1))
	refresh(t, c, true)
	h.clock.Advance(8 * 24 * time.Hour)
	if _, err := c.Refresh(t.Context()); err == nil {
		t.Fatal("an expired timestamp was believed")
	}
	if err := h.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, false)
}

func TestRepository_keeps_its_keys_to_itself(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, p := range []string{"/keys/online/timestamp.pem", "/keys/offline/root.pem", "/metadata/../keys/offline/root.pem", "/metadata/", "/", "/lock", "/targets/../keys/online/snapshot.pem"} {
		res, err := http.Get(h.url + p)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Errorf("%s is served", p)
		}
	}
	err := filepath.WalkDir(filepath.Join(h.dir, "keys"), func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has rights %v", p, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRepository_publishes_nothing_that_does_not_validate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	c := aCatalogue(1)
	c.Items[0].Fields[0].When = "no such )("
	if err := h.Publish(t.Context(), c); err == nil {
		t.Fatal("a rule that does not compile was published")
	}
	if v := h.Version(); v != 0 {
		t.Fatalf("version %d is in force", v)
	}
}

func TestRepository_sees_what_another_process_published(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.publish(t, aCatalogue(1))
	other, err := updates.OpenRepository(h.dir, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Publish(context.Background(), aCatalogue(2)); err != nil {
		t.Fatal(err)
	}
	if v := h.Version(); v != 2 {
		t.Fatalf("version is %d, want 2", v)
	}
	c, err := h.Catalogue()
	if err != nil || len(c.Items) != 2 || !slices.EqualFunc(c.Items, aCatalogue(2).Items, func(a, b items.Item) bool { return a.Code == b.Code }) {
		t.Fatalf("the catalogue read back has %d items: %v", len(c.Items), err)
	}
}
