// Package store keeps what the hall knows, in one embedded SQLite database: terminals, submissions, cases, items, people,
// and what was done by whom. It is the only place with SQL.
//
// It promises that what a method has returned without an error survives a power cut (WAL with synchronous=FULL), that each
// method is one transaction, and that several processes may use one database at once: the hall's commands work while the
// hall serves.
//
// The SQL is plain (no triggers, no serial columns, READ COMMITTED is enough) so that it also runs on PostgreSQL.
//
// Read [Store] first, then [Store.TakeIn], which takes in a submission.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jonboulle/clockwork"
	_ "modernc.org/sqlite" // registers the driver
)

// ErrNotFound tells that there is no such row.
var ErrNotFound = errors.New("not found")

// Store is the hall's database. It is safe for concurrent use.
type Store struct {
	write *sql.DB // one connection: SQLite has one writer, and waiting here is cheaper than being told that it is busy
	read  *sql.DB
	clock clockwork.Clock
}

// FileName is the database's name in the hall's data directory.
const FileName = "hall.db"

// Open opens the database in dir, makes it where there is none, and brings its schema up to date.
func Open(ctx context.Context, dir string, clock clockwork.Clock) (*Store, error) {
	path := filepath.Join(dir, FileName)
	open := func(conns int, more string) (*sql.DB, error) {
		q := "_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)" + more
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		return db, nil
	}
	write, err := open(1, "&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	read, err := open(8, "&_pragma=query_only(ON)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	s := &Store{write: write, read: read, clock: clock}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), s.Close())
	}
	return s, nil
}

// Close ends the use of the database.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.read.PingContext(ctx)
}

// in runs f in one writing transaction, which holds when f returns nil.
func (s *Store) in(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// count adds one to a counter and gives the new value, which no other transaction can have.
func count(ctx context.Context, tx *sql.Tx, name string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO counters (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, name).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", name, err)
	}
	return n, nil
}

// Setting gives a setting, empty where there is none.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = ?`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return v, nil
}

// SetSetting keeps a setting.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return fmt.Errorf("keep setting %s: %w", name, err)
		}
		return nil
	})
}

// Times in the database are milliseconds since 1970; 0 is "never".

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// rows reads all rows of a query.
func rows[T any](ctx context.Context, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rs, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var out []T
	for rs.Next() {
		v, err := scan(rs.Scan)
		if err != nil {
			return nil, errors.Join(err, rs.Close())
		}
		out = append(out, v)
	}
	return out, errors.Join(rs.Err(), rs.Close())
}

// one gives ErrNotFound its place.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
