package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zizhuban/sync/items"
)

// ErrChanged tells that somebody else has changed a draft meanwhile.
var ErrChanged = errors.New("somebody else has changed this meanwhile")

// ItemRow is one item of the working catalogue.
type ItemRow struct {
	Code      string
	Place     int
	Published *items.Item // nil: never published
	Draft     *items.Item // nil: no change under way
	DraftBy   string
	DraftAt   time.Time
	DraftRev  int64 // counts up with each change of the draft
}

// Current is the item as it will be at the next publication.
func (r ItemRow) Current() *items.Item {
	if r.Draft != nil {
		return r.Draft
	}
	return r.Published
}

// Frame is what a catalogue has besides items.
type Frame struct {
	Departments []items.Department `json:"departments"`
	Themes      []items.Theme      `json:"themes"`
}

// Publication is one published catalogue.
type Publication struct {
	Version int
	At      time.Time
	By      string
	Items   int
	Changed int
}

func scanItem(scan func(...any) error) (ItemRow, error) {
	var r ItemRow
	var published, draft []byte
	var at int64
	if err := scan(&r.Code, &r.Place, &published, &draft, &r.DraftBy, &at, &r.DraftRev); err != nil {
		return r, err
	}
	r.DraftAt = moment(at)
	for _, x := range []struct {
		body []byte
		to   **items.Item
	}{{published, &r.Published}, {draft, &r.Draft}} {
		if x.body == nil {
			continue
		}
		*x.to = new(items.Item)
		if err := json.Unmarshal(x.body, *x.to); err != nil {
			return r, fmt.Errorf("item %s: %w", r.Code, err)
		}
	}
	return r, nil
}

const itemColumns = `code, place, published, draft, draft_by, draft_at, draft_rev`

func itemName(body []byte) items.Text {
	var it struct{ Name items.Text }
	if json.Unmarshal(body, &it) != nil {
		return items.Text{}
	}
	return it.Name
}

// Items lists the working catalogue in its order.
func (s *Store) Items(ctx context.Context) ([]ItemRow, error) {
	rs, err := rows(ctx, s.read, scanItem, `SELECT `+itemColumns+` FROM items ORDER BY place, code`)
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	return rs, nil
}

// Item finds an item of the working catalogue.
func (s *Store) Item(ctx context.Context, code string) (ItemRow, error) {
	r, err := scanItem(s.read.QueryRowContext(ctx, `SELECT `+itemColumns+` FROM items WHERE code = ?`, code).Scan)
	if err != nil {
		return r, fmt.Errorf("item %s: %w", code, one(err))
	}
	return r, nil
}

// ItemVersion finds an item as a version of it was given out.
func (s *Store) ItemVersion(ctx context.Context, code string, version int) (*items.Item, error) {
	var body []byte
	err := s.read.QueryRowContext(ctx, `SELECT body FROM item_versions WHERE code = ? AND version = ?`, code, version).Scan(&body)
	if err != nil {
		return nil, fmt.Errorf("item %s version %d: %w", code, version, one(err))
	}
	it := new(items.Item)
	if err := json.Unmarshal(body, it); err != nil {
		return nil, fmt.Errorf("item %s version %d: %w", code, version, err)
	}
	return it, nil
}

// Frame gives departments and themes: the drafted ones where there are such, else the published ones.
func (s *Store) Frame(ctx context.Context) (Frame, error) {
	f, _, err := frame(ctx, s.read)
	return f, err
}

func frame(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (f Frame, drafted bool, err error) {
	for _, state := range []string{"draft", "published"} {
		var body []byte
		err := db.QueryRowContext(ctx, `SELECT body FROM frames WHERE state = ?`, state).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return f, false, fmt.Errorf("departments and themes: %w", err)
		}
		if err := json.Unmarshal(body, &f); err != nil {
			return f, false, fmt.Errorf("departments and themes: %w", err)
		}
		return f, state == "draft", nil
	}
	return f, false, nil
}

// Import puts a catalogue's items, departments and themes into the working catalogue as drafts. What is not in it stays.
// An item that is the same as its published version (but for the version's number) is no draft. It tells how many changed.
func (s *Store) Import(ctx context.Context, c *items.Catalogue, by string) (changed int, err error) {
	err = s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		f, _, err := frame(ctx, tx)
		if err != nil {
			return err
		}
		body, err := json.Marshal(Frame{
			merge(f.Departments, c.Departments, func(d items.Department) string { return d.Code }),
			merge(f.Themes, c.Themes, func(t items.Theme) string { return t.Key }),
		})
		if err != nil {
			return fmt.Errorf("departments and themes: %w", err)
		}
		if err := setFrame(ctx, tx, "draft", body); err != nil {
			return err
		}
		var place int
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(place), 0) FROM items`).Scan(&place); err != nil {
			return fmt.Errorf("order of items: %w", err)
		}
		for i := range c.Items {
			place++
			different, err := draft(ctx, tx, c.Items[i], place, by, now, -1)
			if err != nil {
				return err
			}
			if different {
				changed++
			}
		}
		return audit(ctx, tx, now, by, "items.import", "", fmt.Sprintf("%d/%d", changed, len(c.Items)))
	})
	return changed, err
}

func merge[T any](old, more []T, key func(T) string) []T {
	out := append([]T{}, old...)
	at := map[string]int{}
	for i, v := range out {
		at[key(v)] = i
	}
	for _, v := range more {
		if i, ok := at[key(v)]; ok {
			out[i] = v
			continue
		}
		at[key(v)] = len(out)
		out = append(out, v)
	}
	return out
}

func setFrame(ctx context.Context, tx *sql.Tx, state string, body []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO frames (state, body) VALUES (?, ?) ON CONFLICT (state) DO UPDATE SET body = excluded.body`, state, body)
	if err != nil {
		return fmt.Errorf("keep departments and themes: %w", err)
	}
	return nil
}

// SaveDraft keeps a change of an item; rev is the draft's revision that the editor saw (0 where there was none). A draft
// that equals the published item is dropped.
func (s *Store) SaveDraft(ctx context.Context, it items.Item, rev int64, by string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		if _, err := draft(ctx, tx, it, 0, by, now, rev); err != nil {
			return err
		}
		return audit(ctx, tx, now, by, "item.edit", it.Code, it.Name.ZH)
	})
}

// DropDraft throws an item's draft away.
func (s *Store) DropDraft(ctx context.Context, code string, rev int64, by string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		r, err := tx.ExecContext(ctx, `UPDATE items SET draft = NULL, draft_by = '', draft_at = 0, draft_rev = draft_rev + 1
			WHERE code = ? AND draft_rev = ? AND published IS NOT NULL`, code, rev)
		if err != nil {
			return fmt.Errorf("drop draft of %s: %w", code, err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fmt.Errorf("draft of %s: %w", code, ErrChanged), err)
		}
		return audit(ctx, tx, now, by, "item.drop", code, "")
	})
}

// draft keeps an item as a draft, with the version number that comes next; rev < 0 does not look at the revision.
func draft(ctx context.Context, tx *sql.Tx, it items.Item, place int, by string, now time.Time, rev int64) (different bool, err error) {
	row, err := scanItem(tx.QueryRowContext(ctx, `SELECT `+itemColumns+` FROM items WHERE code = ?`, it.Code).Scan)
	isNew := errors.Is(err, sql.ErrNoRows)
	if err != nil && !isNew {
		return false, fmt.Errorf("item %s: %w", it.Code, err)
	}
	if rev >= 0 && row.DraftRev != rev {
		return false, fmt.Errorf("item %s: %w", it.Code, ErrChanged)
	}
	if row.Published != nil {
		same := it
		same.Version = row.Published.Version
		a, err1 := json.Marshal(same)
		b, err2 := json.Marshal(row.Published)
		if err := errors.Join(err1, err2); err != nil {
			return false, fmt.Errorf("item %s: %w", it.Code, err)
		}
		if string(a) == string(b) {
			_, err := tx.ExecContext(ctx, `UPDATE items SET draft = NULL, draft_by = '', draft_at = 0, draft_rev = draft_rev + 1
				WHERE code = ? AND draft IS NOT NULL`, it.Code)
			if err != nil {
				return false, fmt.Errorf("drop draft of %s: %w", it.Code, err)
			}
			return false, nil
		}
	}
	if it.Version, err = nextVersion(ctx, tx, it); err != nil {
		return false, err
	}
	body, err := json.Marshal(it)
	if err != nil {
		return false, fmt.Errorf("item %s: %w", it.Code, err)
	}
	if isNew {
		_, err = tx.ExecContext(ctx, `INSERT INTO items (code, place, draft, draft_by, draft_at, draft_rev) VALUES (?, ?, ?, ?, ?, 1)`,
			it.Code, place, body, by, millis(now))
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE items SET draft = ?, draft_by = ?, draft_at = ?, draft_rev = draft_rev + 1 WHERE code = ?`,
			body, by, millis(now), it.Code)
	}
	if err != nil {
		return false, fmt.Errorf("keep draft of %s: %w", it.Code, err)
	}
	return true, nil
}

// nextVersion is above every version that was given out, and not below what the item itself says.
func nextVersion(ctx context.Context, tx *sql.Tx, it items.Item) (int, error) {
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM item_versions WHERE code = ?`, it.Code).Scan(&have); err != nil {
		return 0, fmt.Errorf("versions of %s: %w", it.Code, err)
	}
	if have == 0 {
		return max(it.Version, 1), nil
	}
	return have + 1, nil
}

// Edition is a catalogue about to be published: what is published now, with drafts in place of it.
type Edition struct {
	Catalogue *items.Catalogue
	Changed   []string         // codes of the items that are drafts
	revs      map[string]int64 // of the drafts in it
	frame     bool             // departments and themes changed
}

// Edition puts together the catalogue with the drafts of the given items, or of all where codes is nil.
func (s *Store) Edition(ctx context.Context, codes []string) (Edition, error) {
	all, err := s.Items(ctx)
	if err != nil {
		return Edition{}, err
	}
	f, drafted, err := frame(ctx, s.read)
	if err != nil {
		return Edition{}, err
	}
	chosen := map[string]bool{}
	for _, c := range codes {
		chosen[c] = true
	}
	e := Edition{Catalogue: &items.Catalogue{Departments: f.Departments, Themes: f.Themes}, revs: map[string]int64{}, frame: drafted}
	for _, r := range all {
		switch {
		case r.Draft != nil && (codes == nil || chosen[r.Code]):
			e.Catalogue.Items = append(e.Catalogue.Items, *r.Draft)
			e.Changed = append(e.Changed, r.Code)
			e.revs[r.Code] = r.DraftRev
		case r.Published != nil:
			e.Catalogue.Items = append(e.Catalogue.Items, *r.Published)
		}
	}
	return e, nil
}

// Promise gives each changed item of an edition its version and makes that version known, before a terminal can get hold of it:
// from here on a submission may name it.
func (s *Store) Promise(ctx context.Context, e Edition, by string) error {
	changed := map[string]bool{}
	for _, c := range e.Changed {
		changed[c] = true
	}
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		for i := range e.Catalogue.Items {
			it := &e.Catalogue.Items[i]
			if !changed[it.Code] {
				continue
			}
			var err error
			if it.Version, err = nextVersion(ctx, tx, *it); err != nil {
				return err
			}
			if err := keepVersion(ctx, tx, it, now, by); err != nil {
				return err
			}
		}
		return nil
	})
}

func keepVersion(ctx context.Context, tx *sql.Tx, it *items.Item, now time.Time, by string) error {
	body, err := json.Marshal(it)
	if err != nil {
		return fmt.Errorf("item %s: %w", it.Code, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO item_versions (code, version, body, made_at, made_by) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (code, version) DO NOTHING`, it.Code, it.Version, body, millis(now), by)
	if err != nil {
		return fmt.Errorf("keep version %d of %s: %w", it.Version, it.Code, err)
	}
	return nil
}

// Published notes that an edition is out, as the catalogue's version that it now bears. Drafts that were changed meanwhile stay.
func (s *Store) Published(ctx context.Context, e Edition, by string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		if err := settle(ctx, tx, e.Catalogue, e.revs, now, by, len(e.Changed)); err != nil {
			return err
		}
		if e.frame {
			if _, err := tx.ExecContext(ctx, `DELETE FROM frames WHERE state = 'draft'`); err != nil {
				return fmt.Errorf("departments and themes: %w", err)
			}
		}
		return audit(ctx, tx, now, by, "items.publish", fmt.Sprint(e.Catalogue.Version), fmt.Sprintf("+%d", len(e.Changed)))
	})
}

// Adopt makes the database follow a catalogue that is out, where a crash or a restored backup has left it behind.
func (s *Store) Adopt(ctx context.Context, c *items.Catalogue) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		for i := range c.Items {
			if err := keepVersion(ctx, tx, &c.Items[i], now, "hall"); err != nil {
				return err
			}
		}
		if err := settle(ctx, tx, c, nil, now, "hall", 0); err != nil {
			return err
		}
		return audit(ctx, tx, now, "hall", "items.adopt", fmt.Sprint(c.Version), "")
	})
}

func settle(ctx context.Context, tx *sql.Tx, c *items.Catalogue, revs map[string]int64, now time.Time, by string, changed int) error {
	body, err := json.Marshal(Frame{c.Departments, c.Themes})
	if err != nil {
		return fmt.Errorf("departments and themes: %w", err)
	}
	if err := setFrame(ctx, tx, "published", body); err != nil {
		return err
	}
	for i := range c.Items {
		it := &c.Items[i]
		body, err := json.Marshal(it)
		if err != nil {
			return fmt.Errorf("item %s: %w", it.Code, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO items (code, place, published_version, published) VALUES (?, ?, ?, ?)
			ON CONFLICT (code) DO UPDATE SET published_version = excluded.published_version, published = excluded.published`,
			it.Code, i+1, it.Version, body)
		if err == nil && revs != nil {
			if rev, ok := revs[it.Code]; ok {
				_, err = tx.ExecContext(ctx, `UPDATE items SET draft = NULL, draft_by = '', draft_at = 0, draft_rev = draft_rev + 1
					WHERE code = ? AND draft_rev = ?`, it.Code, rev)
			}
		}
		if err != nil {
			return fmt.Errorf("publish %s: %w", it.Code, err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO publications (version, published_at, published_by, items, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (version) DO NOTHING`, c.Version, millis(now), by, len(c.Items), changed)
	if err != nil {
		return fmt.Errorf("note publication %d: %w", c.Version, err)
	}
	return nil
}

// Publication gives the newest publication; its version is 0 where there is none.
func (s *Store) Publication(ctx context.Context) (Publication, error) {
	var p Publication
	var at int64
	err := s.read.QueryRowContext(ctx, `SELECT version, published_at, published_by, items, changed FROM publications ORDER BY version DESC LIMIT 1`).
		Scan(&p.Version, &at, &p.By, &p.Items, &p.Changed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("newest publication: %w", err)
	}
	p.At = moment(at)
	return p, nil
}

// DraftCount counts the items that are being changed.
func (s *Store) DraftCount(ctx context.Context) (n int, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM items WHERE draft IS NOT NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count drafts: %w", err)
	}
	return n, nil
}
