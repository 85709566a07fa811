package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Session is a signed-in browser.
type Session struct {
	Person    string
	CSRF      string // belongs into every form
	CreatedAt time.Time
	SeenAt    time.Time
}

// People counts the accounts.
func (s *Store) People(ctx context.Context) (n int, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM people`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count people: %w", err)
	}
	return n, nil
}

// Password gives the password hash of an account.
func (s *Store) Password(ctx context.Context, name string) (string, error) {
	var h string
	err := s.read.QueryRowContext(ctx, `SELECT password FROM people WHERE name = ?`, name).Scan(&h)
	if err != nil {
		return "", fmt.Errorf("account: %w", one(err))
	}
	return h, nil
}

// SetPassword gives an account, made where there is none, a password (its hash) and ends all its sessions.
func (s *Store) SetPassword(ctx context.Context, name, hash, by string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		_, err := tx.ExecContext(ctx, `INSERT INTO people (name, password, created_at, changed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET password = excluded.password, changed_at = excluded.changed_at`, name, hash, millis(now), millis(now))
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE person = ?`, name)
		}
		if err != nil {
			return fmt.Errorf("set password of %s: %w", name, err)
		}
		return audit(ctx, tx, now, by, "person.password", name, "")
	})
}

// NewSession keeps a session under its token's hash.
func (s *Store) NewSession(ctx context.Context, token, person, csrf string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token_sha256, person, csrf, created_at, seen_at) VALUES (?, ?, ?, ?, ?)`,
			hash(token), person, csrf, millis(now), millis(now))
		if err != nil {
			return fmt.Errorf("keep session: %w", err)
		}
		return audit(ctx, tx, now, person, "person.sign-in", person, "")
	})
}

// Session finds a session that has not been idle for longer than idle nor is older than whole, and notes that it was seen.
func (s *Store) Session(ctx context.Context, token string, idle, whole time.Duration) (Session, error) {
	var x Session
	var created, seen int64
	err := s.read.QueryRowContext(ctx, `SELECT person, csrf, created_at, seen_at FROM sessions WHERE token_sha256 = ?`, hash(token)).
		Scan(&x.Person, &x.CSRF, &created, &seen)
	if err != nil {
		return x, fmt.Errorf("session: %w", one(err))
	}
	x.CreatedAt, x.SeenAt = moment(created), moment(seen)
	now := s.clock.Now()
	if now.Sub(x.SeenAt) >= idle || now.Sub(x.CreatedAt) >= whole {
		return Session{}, fmt.Errorf("session has ended: %w", ErrNotFound)
	}
	if now.Sub(x.SeenAt) > time.Minute { // a write for each minute, not for each page
		err := s.in(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE sessions SET seen_at = ? WHERE token_sha256 = ?`, millis(now), hash(token))
			return err
		})
		if err != nil {
			return x, fmt.Errorf("note session: %w", err)
		}
	}
	return x, nil
}

// EndSession ends a session, and clears away those that ended long ago.
func (s *Store) EndSession(ctx context.Context, token, person string, old time.Duration) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_sha256 = ? OR created_at < ?`, hash(token), millis(now.Add(-old))); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return audit(ctx, tx, now, person, "person.sign-out", person, "")
	})
}

// The first failures of a sign-in are free; then each doubles the wait.
const (
	freeFailures = 5
	firstWait    = 10 * time.Second
	longestWait  = 15 * time.Minute
	forgetAfter  = 24 * time.Hour
)

// Wait tells how long any of the subjects (an account, an address) must wait before it may try to sign in again.
func (s *Store) Wait(ctx context.Context, subjects ...string) (time.Duration, error) {
	var longest time.Duration
	for _, subject := range subjects {
		var n, last int64
		err := s.read.QueryRowContext(ctx, `SELECT failures, last_at FROM sign_in_failures WHERE subject = ?`, hash(subject)).Scan(&n, &last)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("failures of a sign-in: %w", err)
		}
		since := s.clock.Now().Sub(moment(last))
		if n < freeFailures || since > forgetAfter {
			continue
		}
		wait := min(firstWait<<min(n-freeFailures, 10), longestWait)
		longest = max(longest, wait-since)
	}
	return longest, nil
}

// Failed counts a failed sign-in. It is counted before the password is looked at, and forgiven by Forgive.
func (s *Store) Failed(ctx context.Context, subjects ...string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := millis(s.clock.Now())
		for _, subject := range subjects {
			_, err := tx.ExecContext(ctx, `INSERT INTO sign_in_failures (subject, failures, last_at) VALUES (?, 1, ?)
				ON CONFLICT (subject) DO UPDATE SET failures = CASE WHEN sign_in_failures.last_at < ? THEN 1 ELSE sign_in_failures.failures + 1 END,
				last_at = excluded.last_at`, hash(subject), now, now-forgetAfter.Milliseconds())
			if err != nil {
				return fmt.Errorf("count failure: %w", err)
			}
		}
		return nil
	})
}

// Forgive forgets failures, after a sign-in that succeeded.
func (s *Store) Forgive(ctx context.Context, subjects ...string) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		for _, subject := range subjects {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_failures WHERE subject = ?`, hash(subject)); err != nil {
				return fmt.Errorf("forgive failures: %w", err)
			}
		}
		return nil
	})
}
