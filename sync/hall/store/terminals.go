package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"zizhuban/sync/wire"
)

// The states of a terminal.
const (
	Active  = "active"
	Blocked = "blocked"
)

// Errors of enrolment.
var (
	ErrCode    = errors.New("this enrolment code is unknown, used or expired")
	ErrBlocked = errors.New("this terminal is blocked")
)

// Terminal is one terminal, who it is and how it last said it was.
type Terminal struct {
	ID          string
	Place       string // in words
	Site        string // H T V B
	Status      string // Active or Blocked
	Serial      string // of the machine
	PublicKey   []byte // SubjectPublicKeyInfo, DER
	KeySHA256   string // of PublicKey, hex
	Certificate []byte // DER
	CertUntil   time.Time
	EnrolledAt  time.Time

	LastContact time.Time // zero: never since enrolment
	HeartbeatAt time.Time // zero: none yet
	Health      wire.Heartbeat
	ClockError  time.Duration // how far the terminal's clock was ahead at the last heartbeat
	Received    int64         // submissions received from it
	Gaps        int64         // sequence numbers missing between them
}

// Gap is a run of sequence numbers that never arrived.
type Gap struct {
	First, Last uint64
	NoticedAt   time.Time
}

// NewCode keeps an enrolment code for a place. Only the code's hash is kept.
func (s *Store) NewCode(ctx context.Context, code, place, site, by string, until time.Time) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		_, err := tx.ExecContext(ctx, `INSERT INTO enrol_codes (code_sha256, place, site, created_at, created_by, expires_at)
			VALUES (?, ?, ?, ?, ?, ?)`, hash(code), place, site, millis(now), by, millis(until))
		if err != nil {
			return fmt.Errorf("keep enrolment code: %w", err)
		}
		return audit(ctx, tx, now, by, "enrol.code", site, place)
	})
}

// Enrolled is a request that a code has let in.
type Enrolled struct {
	Terminal, Place, Site string
}

// Enrol spends a code on a terminal's key. certify makes the certificate once the terminal's id is known; it runs inside
// the transaction, so that a code is spent only where there is a certificate.
//
// The same code with the same key answers again until the code expires (the answer may have been lost on the way), and a
// key that is known stays the same terminal, unless that terminal is blocked.
func (s *Store) Enrol(ctx context.Context, code string, publicKey []byte, serial string,
	certify func(Enrolled) (cert []byte, until time.Time, err error)) (Enrolled, []byte, error) {
	sum := sha256.Sum256(publicKey)
	key := hex.EncodeToString(sum[:])
	var e Enrolled
	var cert []byte
	err := s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		var expires, used int64
		var spentOn string
		err := tx.QueryRowContext(ctx, `SELECT place, site, expires_at, used_at, terminal FROM enrol_codes WHERE code_sha256 = ?`,
			hash(code)).Scan(&e.Place, &e.Site, &expires, &used, &spentOn)
		if errors.Is(err, sql.ErrNoRows) || err == nil && millis(now) >= expires {
			return ErrCode
		}
		if err != nil {
			return fmt.Errorf("look up enrolment code: %w", err)
		}
		var known, status string
		err = tx.QueryRowContext(ctx, `SELECT id, status FROM terminals WHERE key_sha256 = ?`, key).Scan(&known, &status)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look up key: %w", err)
		}
		if used != 0 && (known == "" || known != spentOn) {
			return ErrCode
		}
		if known != "" && status != Active {
			return ErrBlocked
		}
		e.Terminal = known
		if known == "" {
			if e.Terminal, err = freeID(ctx, tx); err != nil {
				return err
			}
		}
		var until time.Time
		if cert, until, err = certify(e); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO terminals
			(id, place, site, status, serial, public_key, key_sha256, certificate, cert_until, enrolled_at, changed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET place = excluded.place, site = excluded.site, serial = excluded.serial,
			certificate = excluded.certificate, cert_until = excluded.cert_until, changed_at = excluded.changed_at`,
			e.Terminal, e.Place, e.Site, Active, serial, publicKey, key, cert, millis(until), millis(now), millis(now))
		if err != nil {
			return fmt.Errorf("keep terminal: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE enrol_codes SET used_at = ?, terminal = ? WHERE code_sha256 = ?`, millis(now), e.Terminal, hash(code))
		if err != nil {
			return fmt.Errorf("spend enrolment code: %w", err)
		}
		return audit(ctx, tx, now, e.Terminal, "terminal.enrol", e.Terminal, e.Place)
	})
	return e, cert, err
}

// Renewed keeps a terminal's new certificate for its old key.
func (s *Store) Renewed(ctx context.Context, terminal string, cert []byte, until time.Time) error {
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		_, err := tx.ExecContext(ctx, `UPDATE terminals SET certificate = ?, cert_until = ?, changed_at = ? WHERE id = ?`,
			cert, millis(until), millis(now), terminal)
		if err != nil {
			return fmt.Errorf("keep certificate of %s: %w", terminal, err)
		}
		return audit(ctx, tx, now, terminal, "terminal.renew", terminal, "")
	})
}

// freeID gives a terminal id that is not taken: T- and four characters that are easy to say on a telephone. They are of the
// alphabet of local numbers (GB 32100: no I, O, S, V, Z), which begin with them.
func freeID(ctx context.Context, tx *sql.Tx) (string, error) {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for range 100 {
		raw := make([]byte, 4)
		for i := range raw {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				return "", fmt.Errorf("make terminal id: %w", err)
			}
			raw[i] = alphabet[n.Int64()]
		}
		id := "T-" + string(raw)
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM terminals WHERE id = ?`, id).Scan(&n); err != nil {
			return "", fmt.Errorf("make terminal id: %w", err)
		}
		if n == 0 {
			return id, nil
		}
	}
	return "", errors.New("make terminal id: no free one found in 100 tries")
}

const terminalColumns = `t.id, t.place, t.site, t.status, t.serial, t.public_key, t.key_sha256, t.certificate, t.cert_until, t.enrolled_at,
	COALESCE(h.last_contact, 0), COALESCE(h.heartbeat_at, 0), COALESCE(h.software, ''), COALESCE(h.catalogue, 0), COALESCE(h.queued, 0),
	COALESCE(h.set_aside, 0), COALESCE(h.oldest_secs, 0), COALESCE(h.clock_error, 0), COALESCE(h.devices, '{}')`

const terminalCounts = `, (SELECT COUNT(*) FROM submissions s WHERE s.terminal = t.id),
	(SELECT COALESCE(SUM(g.last - g.first + 1), 0) FROM sequence_gaps g WHERE g.terminal = t.id)`

func scanTerminal(counts bool) func(func(...any) error) (Terminal, error) {
	return func(scan func(...any) error) (Terminal, error) {
		var t Terminal
		var until, enrolled, contact, beat, skew int64
		var devices string
		to := []any{&t.ID, &t.Place, &t.Site, &t.Status, &t.Serial, &t.PublicKey, &t.KeySHA256, &t.Certificate, &until, &enrolled,
			&contact, &beat, &t.Health.Software, &t.Health.Catalogue, &t.Health.Queued, &t.Health.SetAside, &t.Health.OldestSecs, &skew, &devices}
		if counts {
			to = append(to, &t.Received, &t.Gaps)
		}
		if err := scan(to...); err != nil {
			return t, err
		}
		t.CertUntil, t.EnrolledAt, t.LastContact, t.HeartbeatAt = moment(until), moment(enrolled), moment(contact), moment(beat)
		t.ClockError = time.Duration(skew) * time.Millisecond
		if !t.HeartbeatAt.IsZero() {
			t.Health.Clock = t.HeartbeatAt.Add(t.ClockError)
		}
		if err := json.Unmarshal([]byte(devices), &t.Health.Devices); err != nil {
			return t, fmt.Errorf("devices of %s: %w", t.ID, err)
		}
		return t, nil
	}
}

// Terminal finds a terminal, with what it has sent.
func (s *Store) Terminal(ctx context.Context, id string) (Terminal, error) {
	t, err := scanTerminal(true)(s.read.QueryRowContext(ctx, `SELECT `+terminalColumns+terminalCounts+`
		FROM terminals t LEFT JOIN terminal_health h ON h.terminal = t.id WHERE t.id = ?`, id).Scan)
	if err != nil {
		return t, fmt.Errorf("terminal %s: %w", id, one(err))
	}
	return t, nil
}

// TerminalByKey finds the terminal that owns a key, without counts: it runs at each request.
func (s *Store) TerminalByKey(ctx context.Context, keySHA256 string) (Terminal, error) {
	t, err := scanTerminal(false)(s.read.QueryRowContext(ctx, `SELECT `+terminalColumns+`
		FROM terminals t LEFT JOIN terminal_health h ON h.terminal = t.id WHERE t.key_sha256 = ?`, keySHA256).Scan)
	if err != nil {
		return t, fmt.Errorf("terminal by key: %w", one(err))
	}
	return t, nil
}

// Terminals lists all terminals, those heard of last first.
func (s *Store) Terminals(ctx context.Context) ([]Terminal, error) {
	ts, err := rows(ctx, s.read, scanTerminal(true), `SELECT `+terminalColumns+terminalCounts+`
		FROM terminals t LEFT JOIN terminal_health h ON h.terminal = t.id ORDER BY COALESCE(h.last_contact, 0) DESC, t.id`)
	if err != nil {
		return nil, fmt.Errorf("list terminals: %w", err)
	}
	return ts, nil
}

// SetStatus blocks or unblocks a terminal.
func (s *Store) SetStatus(ctx context.Context, id, status, by string) error {
	if status != Active && status != Blocked {
		return fmt.Errorf("terminal %s: no such status %q", id, status)
	}
	return s.in(ctx, func(tx *sql.Tx) error {
		now := s.clock.Now()
		r, err := tx.ExecContext(ctx, `UPDATE terminals SET status = ?, changed_at = ? WHERE id = ?`, status, millis(now), id)
		if err != nil {
			return fmt.Errorf("set status of %s: %w", id, err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fmt.Errorf("terminal %s: %w", id, ErrNotFound), err)
		}
		return audit(ctx, tx, now, by, map[string]string{Active: "terminal.unblock", Blocked: "terminal.block"}[status], id, "")
	})
}

// Contact notes that a terminal was heard of.
func (s *Store) Contact(ctx context.Context, id string, at time.Time) error {
	return s.in(ctx, func(tx *sql.Tx) error { return contact(ctx, tx, id, at) })
}

func contact(ctx context.Context, tx *sql.Tx, id string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO terminal_health (terminal, last_contact) VALUES (?, ?)
		ON CONFLICT (terminal) DO UPDATE SET last_contact = excluded.last_contact`, id, millis(at))
	if err != nil {
		return fmt.Errorf("note contact of %s: %w", id, err)
	}
	return nil
}

// Heartbeat keeps a terminal's word on how it is.
func (s *Store) Heartbeat(ctx context.Context, id string, h wire.Heartbeat, at time.Time) error {
	devices, err := json.Marshal(h.Devices)
	if err != nil {
		return fmt.Errorf("heartbeat of %s: %w", id, err)
	}
	skew := int64(0)
	if !h.Clock.IsZero() {
		skew = h.Clock.Sub(at).Milliseconds()
	}
	return s.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO terminal_health
			(terminal, last_contact, heartbeat_at, software, catalogue, queued, set_aside, oldest_secs, clock_error, devices)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (terminal) DO UPDATE SET last_contact = excluded.last_contact, heartbeat_at = excluded.heartbeat_at,
			software = excluded.software, catalogue = excluded.catalogue, queued = excluded.queued, set_aside = excluded.set_aside,
			oldest_secs = excluded.oldest_secs, clock_error = excluded.clock_error, devices = excluded.devices`,
			id, millis(at), millis(at), h.Software, h.Catalogue, h.Queued, h.SetAside, h.OldestSecs, skew, string(devices))
		if err != nil {
			return fmt.Errorf("keep heartbeat of %s: %w", id, err)
		}
		return nil
	})
}

// Gaps lists the sequence numbers that are missing from a terminal.
func (s *Store) Gaps(ctx context.Context, id string) ([]Gap, error) {
	gaps, err := rows(ctx, s.read, func(scan func(...any) error) (Gap, error) {
		var first, last, at int64
		err := scan(&first, &last, &at)
		return Gap{uint64(first), uint64(last), moment(at)}, err
	}, `SELECT first, last, noticed_at FROM sequence_gaps WHERE terminal = ? ORDER BY first LIMIT 1000`, id)
	if err != nil {
		return nil, fmt.Errorf("gaps of %s: %w", id, err)
	}
	return gaps, nil
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
