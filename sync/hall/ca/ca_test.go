package ca_test

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/hall/ca"
)

func TestServer_certificate_bears_the_hall_s_names_and_is_renewed_in_time(t *testing.T) {
	t.Parallel()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	a, err := ca.Open(t.TempDir(), []string{"hall.example", "127.0.0.1"}, clock)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(a.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	first, err := a.ServerCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hall.example", "127.0.0.1"} {
		if _, err := first.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name, CurrentTime: clock.Now()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	clock.Advance(59 * 24 * time.Hour)
	if again, err := a.ServerCertificate(nil); err != nil || again != first {
		t.Errorf("renewed early, %v", err)
	}
	clock.Advance(2 * 24 * time.Hour)
	again, err := a.ServerCertificate(nil)
	if err != nil || again == first || !again.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Errorf("not renewed with a third of its time left, %v", err)
	}
}

func TestAuthority_is_the_same_after_a_restart_and_knows_its_own(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), clockwork.NewFakeClockAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	a, err := ca.Open(dir, nil, clock)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ca.Open(dir, nil, clock)
	if err != nil || a.SHA256() != b.SHA256() {
		t.Fatalf("%s and %s, %v", a.SHA256(), b.SHA256(), err)
	}
	server, err := a.ServerCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, until, err := a.IssueTerminal("T-0000", server.Leaf.RawSubjectPublicKeyInfo)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Check(cert); err != nil {
		t.Error(err)
	}
	if err := b.Check(server.Leaf); !errors.Is(err, ca.ErrForeign) {
		t.Errorf("a server's certificate as a client's: %v", err)
	}
	clock.Advance(until.Sub(clock.Now()) + time.Second)
	if err := b.Check(cert); !errors.Is(err, ca.ErrExpired) {
		t.Errorf("after its time: %v", err)
	}
	other, err := ca.Open(t.TempDir(), nil, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Check(cert); !errors.Is(err, ca.ErrForeign) {
		t.Errorf("at another hall: %v", err)
	}
}
