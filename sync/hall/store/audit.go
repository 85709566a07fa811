package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Entry is one line of the audit log: who did what to what. It holds no personal data of citizens.
type Entry struct {
	N      int64
	At     time.Time
	Who    string // an account, a terminal, or hall
	Action string // such as case.view
	Object string
	Detail string
}

// Note writes a line into the audit log.
func (s *Store) Note(ctx context.Context, who, action, object, detail string) error {
	return s.in(ctx, func(tx *sql.Tx) error { return audit(ctx, tx, s.clock.Now(), who, action, object, detail) })
}

func audit(ctx context.Context, tx *sql.Tx, at time.Time, who, action, object, detail string) error {
	n, err := count(ctx, tx, "audit")
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (n, at, who, action, object, detail) VALUES (?, ?, ?, ?, ?, ?)`, n, millis(at), who, action, object, detail)
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

// Audit lists lines of the audit log before line number before (0: from the newest), the newest first.
func (s *Store) Audit(ctx context.Context, before int64, limit int) ([]Entry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	es, err := rows(ctx, s.read, func(scan func(...any) error) (Entry, error) {
		var e Entry
		var at int64
		err := scan(&e.N, &at, &e.Who, &e.Action, &e.Object, &e.Detail)
		e.At = moment(at)
		return e, err
	}, `SELECT n, at, who, action, object, detail FROM audit WHERE n < ? ORDER BY n DESC LIMIT ?`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return es, nil
}
