package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// CaseState is where a case stands. The words of the citizens' pages are the admin package's.
type CaseState string

// The states of a case (办件).
const (
	Submitted CaseState = "submitted" // 已提交
	Accepted  CaseState = "accepted"  // 已受理
	Refused   CaseState = "refused"   // 不予受理
	Handling  CaseState = "handling"  // 办理中
	Approved  CaseState = "approved"  // 已办结
	Declined  CaseState = "declined"  // 不予批准
)

// CaseStates are all states, in the order in which a case passes through them.
var CaseStates = []CaseState{Submitted, Accepted, Refused, Handling, Approved, Declined}

// Next gives the states to which a case may be moved by hand.
func (c CaseState) Next() []CaseState {
	switch c {
	case Submitted:
		return []CaseState{Accepted, Refused}
	case Accepted:
		return []CaseState{Handling, Approved, Declined}
	case Handling:
		return []CaseState{Approved, Declined}
	}
	return nil
}

// NeedsReason tells whether moving a case to this state asks for words to the citizen.
func (c CaseState) NeedsReason() bool { return c == Refused || c == Declined }

// ErrState tells that a case cannot be moved to a state from where it stands.
var ErrState = errors.New("the case cannot be moved to this state from where it stands")

// Case is one case.
type Case struct {
	Submission  string
	Number      string // 办件编号
	State       CaseState
	ItemCode    string
	ItemVersion int
	ItemName    items.Text
	Terminal    string
	LocalNumber string
	ReceivedAt  time.Time
	ChangedAt   time.Time
	OpenedAt    time.Time // zero until the envelope is open
	OpenError   string    // why it cannot be opened
	Applicant   string    // name, once open

	Application []byte      // wire.Application in JSON, once open; only from Store.Case
	Events      []CaseEvent // only from Store.Case
}

// CaseEvent is one step in a case's history.
type CaseEvent struct {
	At    time.Time
	Who   string
	State CaseState
	Note  string
}

// Why a submission cannot be opened (Case.OpenError).
const (
	NoKey        = "no-key"        // sealed to a key that this hall does not have
	NotDecrypted = "not-decrypted" // damaged, or not sealed to the key that it names
	NotReadable  = "not-readable"  // the content is not an application
	NotBelonging = "not-belonging" // the content is not that of its header
)

const workOpen = "open"

const caseColumns = `submission, case_number, state, item_code, item_version, item_name, item_name_en, terminal, local_number, received_at, changed_at, opened_at, open_error, applicant`

func scanCase(c *Case, more ...any) func(func(...any) error) (Case, error) {
	return func(scan func(...any) error) (Case, error) {
		var received, changed, opened int64
		err := scan(append([]any{&c.Submission, &c.Number, &c.State, &c.ItemCode, &c.ItemVersion, &c.ItemName.ZH, &c.ItemName.EN, &c.Terminal, &c.LocalNumber,
			&received, &changed, &opened, &c.OpenError, &c.Applicant}, more...)...)
		c.ReceivedAt, c.ChangedAt, c.OpenedAt = moment(received), moment(changed), moment(opened)
		return *c, err
	}
}

// Case finds a case by its submission's id, with content and history.
func (s *Store) Case(ctx context.Context, submission string) (Case, error) {
	var c Case
	c, err := scanCase(&c, &c.Application)(s.read.QueryRowContext(ctx, `SELECT `+caseColumns+`, application FROM cases WHERE submission = ?`, submission).Scan)
	if err != nil {
		return c, fmt.Errorf("case of submission %s: %w", submission, one(err))
	}
	c.Events, err = rows(ctx, s.read, func(scan func(...any) error) (CaseEvent, error) {
		var e CaseEvent
		var at int64
		err := scan(&at, &e.Who, &e.State, &e.Note)
		e.At = moment(at)
		return e, err
	}, `SELECT at, who, state, note FROM case_events WHERE submission = ? ORDER BY n`, submission)
	if err != nil {
		return c, fmt.Errorf("history of case %s: %w", submission, err)
	}
	return c, nil
}

// FindCase finds a submission's id by its own id, its case number or, where that is unique, its local number.
func (s *Store) FindCase(ctx context.Context, number string) (string, error) {
	ids, err := rows(ctx, s.read, func(scan func(...any) error) (string, error) {
		var id string
		return id, scan(&id)
	}, `SELECT submission FROM cases WHERE submission = ? UNION SELECT submission FROM cases WHERE case_number = ?
		UNION SELECT submission FROM cases WHERE local_number = ? LIMIT 2`, number, number, number)
	if err != nil {
		return "", fmt.Errorf("find case: %w", err)
	}
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("case %s: %w", number, ErrNotFound)
	case 1:
		return ids[0], nil
	}
	return "", fmt.Errorf("case %s: several terminals gave this local number; use the case number", number)
}

// CaseFilter chooses cases. Empty fields choose all.
type CaseFilter struct {
	State    CaseState
	Item     string
	Terminal string
	Number   string // a case number, a local number or a submission's id; or how one of them begins
	Failed   bool   // only those that cannot be opened
	After    string // a page's end, as Cases gave it
	Limit    int    // 0: 50
}

// Cases lists cases, the newest first, and tells where the next page begins ("" at the end). The opened content is left out.
func (s *Store) Cases(ctx context.Context, f CaseFilter) (page []Case, next string, err error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(cond string, vs ...any) { where, args = append(where, cond), append(args, vs...) }
	if f.State != "" {
		add("state = ?", string(f.State))
	}
	if f.Item != "" {
		add("item_code = ?", f.Item)
	}
	if f.Terminal != "" {
		add("terminal = ?", f.Terminal)
	}
	if f.Failed {
		add("open_error <> ''")
	}
	if f.Number != "" {
		// Ranges instead of LIKE: they use the indexes and need no escaping.
		end := f.Number + "\U0010FFFF"
		add("(submission >= ? AND submission < ? OR case_number >= ? AND case_number < ? OR local_number >= ? AND local_number < ?)",
			f.Number, end, f.Number, end, f.Number, end)
	}
	if at, id, ok := strings.Cut(f.After, "."); ok {
		var ms int64
		if _, err := fmt.Sscanf(at, "%d", &ms); err == nil {
			add("(received_at < ? OR received_at = ? AND submission < ?)", ms, ms, id)
		}
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	page, err = rows(ctx, s.read, func(scan func(...any) error) (Case, error) { var c Case; return scanCase(&c)(scan) },
		`SELECT `+caseColumns+` FROM cases WHERE `+strings.Join(where, " AND ")+` ORDER BY received_at DESC, submission DESC LIMIT ?`,
		append(args, f.Limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		last := page[f.Limit-1]
		next = fmt.Sprintf("%d.%s", millis(last.ReceivedAt), last.Submission)
	}
	return page, next, nil
}

// CaseCounts tells how many cases stand in each state, and how many cannot be opened.
func (s *Store) CaseCounts(ctx context.Context) (byState map[CaseState]int64, failed int64, err error) {
	type row struct {
		state     CaseState
		n, failed int64
	}
	all, err := rows(ctx, s.read, func(scan func(...any) error) (r row, err error) {
		err = scan(&r.state, &r.n, &r.failed)
		return r, err
	}, `SELECT state, COUNT(*), SUM(CASE WHEN open_error <> '' THEN 1 ELSE 0 END) FROM cases GROUP BY state`)
	if err != nil {
		return nil, 0, fmt.Errorf("count cases: %w", err)
	}
	byState = map[CaseState]int64{}
	for _, r := range all {
		byState[r.state] = r.n
		failed += r.failed
	}
	return byState, failed, nil
}

// ReceivedSince counts the cases received since a moment.
func (s *Store) ReceivedSince(ctx context.Context, t time.Time) (n int64, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM cases WHERE received_at >= ?`, millis(t)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count cases: %w", err)
	}
	return n, nil
}

// MoveCase moves a case to another state; from is the state that the mover saw. A case that nobody can read may be refused,
// so that the applicant hears of it, and not accepted.
func (s *Store) MoveCase(ctx context.Context, submission string, from, to CaseState, by, note string) error {
	allowed := false
	for _, n := range from.Next() {
		allowed = allowed || n == to
	}
	if !allowed {
		return fmt.Errorf("case %s from %s to %s: %w", submission, from, to, ErrState)
	}
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		r, err := tx.ExecContext(ctx, `UPDATE cases SET state = ?, changed_at = ? WHERE submission = ? AND state = ?
			AND (opened_at > 0 OR ? = 'refused')`, to, millis(now), submission, from, to)
		if err != nil {
			return fmt.Errorf("move case %s: %w", submission, err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fmt.Errorf("case %s is no longer %s, or not open yet: %w", submission, from, ErrState), err)
		}
		if err := addEvent(ctx, tx, submission, now, by, to, note); err != nil {
			return err
		}
		return audit(ctx, tx, now, by, "case."+string(to), submission, "")
	})
}

func addEvent(ctx context.Context, tx *sql.Tx, submission string, at time.Time, who string, state CaseState, note string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_events (submission, n, at, who, state, note)
		VALUES (?, (SELECT COALESCE(MAX(n), 0) + 1 FROM case_events WHERE submission = ?), ?, ?, ?, ?)`,
		submission, submission, millis(at), who, state, note)
	if err != nil {
		return fmt.Errorf("history of case %s: %w", submission, err)
	}
	return nil
}

// Unopened lists submissions whose envelope is to be opened now, the oldest first.
func (s *Store) Unopened(ctx context.Context, limit int) ([]string, error) {
	ids, err := rows(ctx, s.read, func(scan func(...any) error) (string, error) {
		var id string
		return id, scan(&id)
	}, `SELECT submission FROM outbox WHERE done_at = 0 AND next_at <= ? AND kind = ? ORDER BY next_at LIMIT ?`, millis(s.clock.Now()), workOpen, limit)
	if err != nil {
		return nil, fmt.Errorf("list unopened submissions: %w", err)
	}
	return ids, nil
}

// Opened keeps the opened content of a submission.
func (s *Store) Opened(ctx context.Context, submission string, app wire.Application) error {
	plain, err := json.Marshal(app)
	if err != nil {
		return fmt.Errorf("content of %s cannot be written as JSON", submission) // the cause could quote a value
	}
	return s.in(ctx, func(tx *sql.Tx) error {
		now := millis(s.clock.Now())
		_, err := tx.ExecContext(ctx, `UPDATE cases SET application = ?, applicant = ?, opened_at = ?, open_error = '' WHERE submission = ?`,
			plain, app.Applicant.Name, now, submission)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE outbox SET done_at = ?, attempts = attempts + 1 WHERE submission = ? AND kind = ?`, now, submission, workOpen)
		}
		if err != nil {
			return fmt.Errorf("keep content of %s: %w", submission, err)
		}
		return nil
	})
}

// NotOpened notes why an envelope cannot be opened. It is tried again later, ever more seldom: a key may come back.
func (s *Store) NotOpened(ctx context.Context, submission, why string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		var attempts int64
		err := tx.QueryRowContext(ctx, `SELECT attempts FROM outbox WHERE submission = ? AND kind = ?`, submission, workOpen).Scan(&attempts)
		if err != nil {
			return fmt.Errorf("work for %s: %w", submission, one(err))
		}
		wait := time.Minute << min(attempts, 9) // 1 minute to 8.5 hours
		_, err = tx.ExecContext(ctx, `UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE submission = ? AND kind = ?`,
			millis(now.Add(wait)), submission, workOpen)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE cases SET open_error = ? WHERE submission = ?`, why, submission)
		}
		if err != nil {
			return fmt.Errorf("note that %s cannot be opened: %w", submission, err)
		}
		return nil
	})
}
