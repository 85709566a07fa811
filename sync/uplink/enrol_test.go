package uplink_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/seal"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

func TestEnrol_makes_an_identity_that_survives_a_restart(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	dir := filepath.Join(x.dir, "identity")
	again, err := uplink.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if again.URL() != h.server.URL || again.Enrolment().Terminal != "T-7K3M" || again.Enrolment().Place != "桃花村便民服务站" {
		t.Errorf("loaded %s, %+v", again.URL(), again.Enrolment())
	}
	if !h.terminals["T-7K3M"].Equal(again.Key().Public()) {
		t.Error("another key")
	}
	for _, name := range []string{"terminal.key", "enrolment.json"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	if _, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", uplink.EnrolOptions{CAPin: h.pin(), Dir: dir, Clock: x.clock}); !errors.Is(err, uplink.ErrEnrolled) {
		t.Errorf("a second enrolment: %v, want ErrEnrolled", err)
	}
}

func TestEnrol_refuses_a_hall_that_is_not_the_pinned_one(t *testing.T) {
	t.Parallel()
	h, other := aHall(t), aHall(t)
	dir := t.TempDir()
	o := uplink.EnrolOptions{CAPin: other.pin(), Dir: dir, Clock: clockwork.NewFakeClockAt(h.now)}
	if _, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", o); !errors.Is(err, uplink.ErrWrongHall) {
		t.Errorf("%v, want ErrWrongHall", err)
	}
	if h.code == "" {
		t.Error("the code was told to the wrong hall")
	}
	if _, err := uplink.Load(dir); !errors.Is(err, uplink.ErrNotEnrolled) {
		t.Errorf("%v, want ErrNotEnrolled", err)
	}
	// Someone in between who shows the pinned certificate, but has no key for it.
	thief := httptest.NewUnstartedServer(http.NotFoundHandler())
	thief.TLS = other.tls(h.now.Add(-time.Hour), h.now.Add(time.Hour))
	thief.TLS.Certificates[0].Certificate[1] = h.caCert.Raw
	thief.StartTLS()
	t.Cleanup(thief.Close)
	o.CAPin = h.pin()
	if _, err := uplink.Enrol(within(t), thief.URL, "ABCD-EFGH", o); !errors.Is(err, uplink.ErrWrongHall) {
		t.Errorf("%v, want ErrWrongHall", err)
	}
}

func TestEnrol_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	for name, tt := range map[string]struct {
		address, code, pin string
		want               string
	}{
		"a wrong code":       {h.server.URL, "WRONG", h.pin(), "bad-code"},
		"plain http":         {strings.Replace(h.server.URL, "https", "http", 1), "ABCD-EFGH", h.pin(), "not an https address"},
		"no address":         {"hall", "ABCD-EFGH", h.pin(), "not an https address"},
		"half a fingerprint": {h.server.URL, "ABCD-EFGH", h.pin()[:32], "64 hexadecimal digits"},
		"nobody there":       {"https://127.0.0.1:1", "ABCD-EFGH", h.pin(), "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := uplink.Enrol(within(t), tt.address, tt.code, uplink.EnrolOptions{CAPin: tt.pin, Dir: t.TempDir(), Clock: clockwork.NewFakeClockAt(h.now)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestEnrol_refuses_an_enrolment_that_is_not_complete(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hall, *wire.Enrolment){
		"no recovery key": func(_ *hall, e *wire.Enrolment) { e.Recipients = e.Recipients[:1] },
		"keys under other names": func(_ *hall, e *wire.Enrolment) {
			e.Recipients = []wire.Recipient{e.Recipients[0], {KeyID: "recovery-1", Use: "recovery", Suite: seal.SuiteHPKE, Public: e.Recipients[1].Public}}
		},
		"no receipt key":        func(_ *hall, e *wire.Enrolment) { e.ReceiptKey = nil },
		"no root":               func(_ *hall, e *wire.Enrolment) { e.UpdatesRoot = nil },
		"no tracking address":   func(_ *hall, e *wire.Enrolment) { e.TrackingURL = "" },
		"no name":               func(_ *hall, e *wire.Enrolment) { e.Terminal = "" },
		"another name":          func(_ *hall, e *wire.Enrolment) { e.Terminal = "T-0000" },
		"no certificate":        func(_ *hall, e *wire.Enrolment) { e.Certificate = nil },
		"another's certificate": func(h *hall, e *wire.Enrolment) { e.Certificate = h.caCert.Raw },
		"another authority":     func(_ *hall, e *wire.Enrolment) { e.CA = e.Certificate },
		"no authority":          func(_ *hall, e *wire.Enrolment) { e.CA = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := aHall(t)
			h.amend = func(e *wire.Enrolment) { change(h, e) }
			dir := t.TempDir()
			_, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", uplink.EnrolOptions{CAPin: h.pin(), Dir: dir, Clock: clockwork.NewFakeClockAt(h.now)})
			if !errors.Is(err, uplink.ErrEnrolment) && !errors.Is(err, uplink.ErrWrongHall) {
				t.Errorf("%v, want ErrEnrolment or ErrWrongHall", err)
			}
			if _, err := uplink.Load(dir); !errors.Is(err, uplink.ErrNotEnrolled) {
				t.Errorf("it was kept: %v", err)
			}
		})
	}
}

func TestEnrol_works_with_a_clock_that_is_years_off(t *testing.T) {
	t.Parallel()
	for _, year := range []int{1970, 2001, 2038, 2106} {
		h := aHall(t)
		clock := clockwork.NewFakeClockAt(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		o := uplink.EnrolOptions{CAPin: h.pin(), Dir: t.TempDir(), Clock: clock, BuildTime: h.now.AddDate(0, -6, 0)}
		if _, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", o); err != nil {
			t.Errorf("in %d: %v", year, err)
		}
	}
}

func TestParseTicket_takes_apart_what_the_hall_prints(t *testing.T) {
	t.Parallel()
	pin := strings.Repeat("ab", 32)
	url, code, got, err := uplink.ParseTicket(" https://hall.example:8443#7QK3-M9TD#" + pin + "\n")
	if err != nil || url != "https://hall.example:8443" || code != "7QK3-M9TD" || got != pin {
		t.Errorf("%s %s %s %v", url, code, got, err)
	}
	for _, bad := range []string{"", "https://hall.example", "#7QK3#" + pin, "https://h##" + pin, "https://h#7QK3#12", "https://h#7QK3#" + pin + "#x"} {
		if _, _, _, err := uplink.ParseTicket(bad); err == nil {
			t.Errorf("%q is a ticket", bad)
		}
	}
}

func TestLoad_refuses_a_key_that_others_can_read(t *testing.T) {
	t.Parallel()
	x := enrolled(t, aHall(t))
	dir := filepath.Join(x.dir, "identity")
	if err := os.Chmod(filepath.Join(dir, "terminal.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := uplink.Load(dir); !errors.Is(err, uplink.ErrRights) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%v, want ErrRights and what to do", err)
	}
}

func TestLoad_says_what_is_damaged(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	for name, damage := range map[string]func(dir string) error{
		"enrolment": func(dir string) error { return os.WriteFile(filepath.Join(dir, "enrolment.json"), []byte("{"), 0o600) },
		"key": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "terminal.key"), []byte("no key"), 0o600)
		},
		"key gone": func(dir string) error { return os.Remove(filepath.Join(dir, "terminal.key")) },
		"empty":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "enrolment.json"), nil, 0o600) },
	} {
		h.set(func() { h.code = "ABCD-EFGH" })
		x := enrolled(t, h)
		dir := filepath.Join(x.dir, "identity")
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := uplink.Load(dir); !errors.Is(err, uplink.ErrEnrolment) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The power may fail between the two files of an enrolment.
func TestLoad_finishes_an_enrolment_that_was_cut_off(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	first, second := enrolled(t, h), filepath.Join(t.TempDir(), "identity")
	h.set(func() { h.code = "ABCD-EFGH" })
	if _, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", uplink.EnrolOptions{CAPin: h.pin(), Dir: second, Clock: first.clock}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(first.dir, "identity")
	move := func(from, to string) {
		t.Helper()
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// As after: new key written, enrolment written, power off before the rename of the key.
	move(filepath.Join(second, "terminal.key"), filepath.Join(dir, "terminal.key.new"))
	move(filepath.Join(second, "enrolment.json"), filepath.Join(dir, "enrolment.json"))
	for range 2 {
		id, err := uplink.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "terminal.key.new")); !errors.Is(err, fs.ErrNotExist) {
			t.Error("the new key has not taken its name")
		}
		if id.Enrolment().Terminal != "T-7K3M" {
			t.Error("another enrolment")
		}
	}
}

func TestVerifyHall_trusts_the_pinned_authority_and_no_wrong_clock(t *testing.T) {
	t.Parallel()
	h, other := aHall(t), aHall(t)
	now := h.now
	year := 365 * 24 * time.Hour
	leaf := func(h *hall, from, until time.Time) *x509.Certificate {
		c, err := x509.ParseCertificate(h.tls(from, until).Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := leaf(h, now.Add(-24*time.Hour), now.Add(90*24*time.Hour))
	tests := map[string]struct {
		cert       *x509.Certificate
		name       string
		floor, now time.Time
		ok         bool
	}{
		"all well":                            {good, "127.0.0.1", now.Add(-year), now, true},
		"clock in 1970":                       {good, "127.0.0.1", now.Add(-year), time.Unix(0, 0), true},
		"clock in 1970, nothing signed yet":   {good, "127.0.0.1", time.Time{}, time.Unix(0, 0), true},
		"clock ten years ahead":               {good, "127.0.0.1", now.Add(-year), now.Add(10 * year), true},
		"clock half a year behind":            {good, "127.0.0.1", now.Add(-year), now.Add(-year / 2), true},
		"signed a minute ago":                 {good, "127.0.0.1", now.Add(-time.Minute), time.Unix(0, 0), true},
		"expired before the last signed time": {leaf(h, now.Add(-year), now.Add(-time.Hour)), "127.0.0.1", now, now.Add(-2 * time.Hour), false},
		"another name":                        {good, "hall.example", now.Add(-year), now, false},
		"another authority":                   {leaf(other, now.Add(-24*time.Hour), now.Add(year)), "127.0.0.1", now.Add(-year), now, false},
		"the authority itself":                {h.caCert, "127.0.0.1", now.Add(-year), now, false},
	}
	for name, tt := range tests {
		cs := tls.ConnectionState{PeerCertificates: []*x509.Certificate{tt.cert}, ServerName: tt.name}
		if err := uplink.VerifyHall(cs, h.caCert, tt.floor, tt.now); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := uplink.VerifyHall(tls.ConnectionState{}, h.caCert, now, now); !errors.Is(err, uplink.ErrWrongHall) {
		t.Errorf("no certificate: %v", err)
	}
	c, err := x509.ParseCertificate(enrolled(t, h).id.Enrolment().Certificate)
	if err != nil {
		t.Fatal(err)
	}
	cs := tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, ServerName: "127.0.0.1"}
	if err := uplink.VerifyHall(cs, h.caCert, now, now); !errors.Is(err, uplink.ErrWrongHall) {
		t.Errorf("a terminal's certificate passes as the hall's: %v", err)
	}
}
