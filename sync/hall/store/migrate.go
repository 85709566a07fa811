package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrTooNew tells that the database was made by a later version of the hall.
var ErrTooNew = errors.New("the database was written by a newer version of the hall; run that version, or restore a backup made before it")

type migration struct {
	number int
	name   string
	text   string
}

// allMigrations gives the migrations in their order. A file is named NNNN_name.sql; once released it is never changed.
func allMigrations() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var all []migration
	for i, n := range names {
		number, _, _ := strings.Cut(path.Base(n), "_")
		k, err := strconv.Atoi(number)
		if err != nil || k != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %d", n, i+1)
		}
		text, err := migrations.ReadFile(n)
		if err != nil {
			return nil, err
		}
		all = append(all, migration{k, path.Base(n), string(text)})
	}
	return all, nil
}

// migrate brings the schema up to date, each step in a transaction of its own. Two processes may start at once.
func (s *Store) migrate(ctx context.Context) error {
	all, err := allMigrations()
	if err != nil {
		return err
	}
	err = s.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
			number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`)
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	for _, m := range all {
		err := s.in(ctx, func(tx *sql.Tx) error {
			var have int
			if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM schema_migrations`).Scan(&have); err != nil {
				return err
			}
			if have > len(all) {
				return ErrTooNew
			}
			if have >= m.number {
				return nil
			}
			if _, err := tx.ExecContext(ctx, m.text); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO schema_migrations (number, name, applied_at) VALUES (?, ?, ?)`,
				m.number, m.name, millis(s.clock.Now()))
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}
