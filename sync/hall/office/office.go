// Package office is the hall's back room: everything that the hall does which is neither an answer to a terminal (package
// api) nor a page (package admin). It opens the hall's parts from one directory, gives out enrolment codes, imports and
// publishes the catalogue, opens what terminals have sealed, and rings a [Bell] when a new catalogue is out.
//
// The hall's commands use an Office just as the serving hall does, and both may run on one directory at once.
package office

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"

	"zizhuban/sync/hall/ca"
	"zizhuban/sync/hall/keyring"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/updates"
)

// Settings that the serving hall leaves for the commands.
const (
	SettingTerminals = "terminals_url" // where terminals find the hall
	SettingPublic    = "public_url"    // where people find it
)

// Config is what an Office needs to know.
type Config struct {
	Dir   string   // the hall's data
	Names []string // host names and addresses under which the hall answers
	Clock clockwork.Clock
	Log   *slog.Logger
}

// Office holds the hall's parts. Close it when done.
type Office struct {
	Store     *store.Store
	Authority *ca.Authority
	Keys      *keyring.Keys
	Updates   *updates.Repository
	Bell      *Bell

	dir   string
	clock clockwork.Clock
	log   *slog.Logger
	work  chan struct{} // something came in
}

// Open opens the hall in a directory, and makes keys, certificates and database there at the first start.
func Open(ctx context.Context, c Config) (*Office, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("hall's data directory: %w", err)
	}
	o := &Office{dir: c.Dir, clock: c.Clock, log: c.Log, work: make(chan struct{}, 1)}
	// Two processes that start at once must not both make keys.
	unlock, err := o.lock("first-start.lock")
	if err != nil {
		return nil, err
	}
	err = o.open(ctx, c)
	if err := errors.Join(err, unlock()); err != nil {
		if o.Store != nil {
			err = errors.Join(err, o.Store.Close())
		}
		return nil, err
	}
	return o, nil
}

func (o *Office) open(ctx context.Context, c Config) (err error) {
	keys := filepath.Join(c.Dir, "keys")
	if o.Keys, err = keyring.Open(keys, c.Dir); err != nil {
		return err
	}
	if o.Authority, err = ca.Open(keys, c.Names, c.Clock); err != nil {
		return err
	}
	if o.Updates, err = updates.OpenRepository(filepath.Join(c.Dir, "updates"), c.Clock); err != nil {
		return fmt.Errorf("catalogue repository: %w", err)
	}
	if o.Store, err = store.Open(ctx, c.Dir, c.Clock); err != nil {
		return err
	}
	o.Bell = NewBell(o.Updates.Version(), c.Clock)
	return nil
}

// Close closes the database.
func (o *Office) Close() error { return o.Store.Close() }

// lock keeps other processes out of a section until the returned function is called.
func (o *Office) lock(name string) (unlock func() error, err error) {
	path := filepath.Join(o.dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// Sites are the kinds of places where a terminal stands: district hall, town centre, village station, bank branch.
var Sites = []string{"H", "T", "V", "B"}

// ErrBadCode tells that a code cannot be made from what was given.
var ErrBadCode = errors.New("an enrolment code needs a place in words (at most 100 characters) and a site, one of H T V B")

// codeLasts is how long an enrolment code holds.
const codeLasts = 24 * time.Hour

// Code is an enrolment code with what a technician needs besides.
type Code struct {
	Code     string    `json:"code"`      // 26 letters and digits in groups, as a person types them
	CASHA256 string    `json:"ca_sha256"` // pins the hall
	URL      string    `json:"url"`       // of the hall, for terminals
	Ticket   string    `json:"ticket"`    // all three in one line, for copying and for a QR code
	Place    string    `json:"place"`
	Site     string    `json:"site"`
	Expires  time.Time `json:"expires"`
}

// crockford has no I, L, O and U: what a person reads is never another character.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewCode makes a one-time enrolment code of 128 bits, bound to a place.
func (o *Office) NewCode(ctx context.Context, place, site, by string) (Code, error) {
	place = strings.Join(strings.Fields(place), " ")
	if n := len([]rune(place)); n == 0 || n > 100 || !contains(Sites, site) {
		return Code{}, ErrBadCode
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return Code{}, fmt.Errorf("make enrolment code: %w", err)
	}
	code := crockford.EncodeToString(raw)
	url, err := o.Store.Setting(ctx, SettingTerminals)
	if err != nil {
		return Code{}, err
	}
	until := o.clock.Now().Add(codeLasts)
	if err := o.Store.NewCode(ctx, code, place, site, by, until); err != nil {
		return Code{}, err
	}
	c := Code{Code: group(code), CASHA256: o.Authority.SHA256(), URL: url, Place: place, Site: site, Expires: until.UTC().Truncate(time.Second)}
	c.Ticket = fmt.Sprintf("%s#%s#%s", c.URL, c.Code, c.CASHA256)
	return c, nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// group writes a code in groups of five with hyphens between, the last of six: 5+5+5+5+6.
func group(code string) string {
	var parts []string
	for len(code) > 9 {
		parts, code = append(parts, code[:5]), code[5:]
	}
	return strings.Join(append(parts, code), "-")
}

// NormalCode brings a typed code into the form in which it was made: upper case, without hyphens and spaces, with the
// letters that Crockford's alphabet leaves out read as the digits that they look like.
func NormalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u3000':
			return -1
		case r == 'o' || r == 'O':
			return '0'
		case r == 'i' || r == 'I' || r == 'l' || r == 'L':
			return '1'
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, typed)
}
