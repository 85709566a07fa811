package seriallink_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"zizhuban/devices/seriallink"
	"zizhuban/devices/seriallink/linktest"
)

func keep(t *testing.T, path string, b seriallink.Backend) *seriallink.Link {
	t.Helper()
	l := seriallink.Keep(seriallink.Config{Path: path, Baud: 115200, Backend: b}, seriallink.LinkOptions{})
	t.Cleanup(func() { l.Close() })
	return l
}

// until waits for a state of the link.
func until(t *testing.T, l *seriallink.Link, what string, is func(seriallink.State) bool) seriallink.State {
	t.Helper()
	limit := time.After(15 * time.Second)
	for {
		changed := l.Changed()
		s := l.State()
		if is(s) {
			return s
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("not %s: %+v", what, s)
		}
	}
}

func up(s seriallink.State) bool   { return s.Up }
func down(s seriallink.State) bool { return !s.Up && !s.Opening }

func TestLink_heals_when_the_cable_is_put_back(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		l := keep(t, tty.Path(), b)
		first := until(t, l, "up", up)
		before, err := l.Conn()
		if err != nil {
			t.Fatal(err)
		}
		for round := 1; round <= 2; round++ {
			tty.Unplug()
			s := until(t, l, "down", down)
			if !errors.Is(s.Err, seriallink.ErrDisconnected) && !errors.Is(s.Err, seriallink.ErrNotFound) {
				t.Errorf("down for %v", s.Err)
			}
			if _, err := l.Conn(); err == nil {
				t.Error("a connection was given while it is down")
			}
			tty.Plug()
			s = until(t, l, "up again", up)
			if s.Reconnects != round {
				t.Errorf("%d reconnects, want %d", s.Reconnects, round)
			}
			if s.Node != tty.Node() {
				t.Errorf("on %s, the device is on %s (was on %s)", s.Node, tty.Node(), first.Node)
			}
		}
		now, err := l.Conn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tty.Master().Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, now, 5); string(got) != "hello" {
			t.Errorf("%q", got)
		}
		if _, err := before.Read(within(t, time.Second), make([]byte, 8)); !errors.Is(err, seriallink.ErrDisconnected) && !errors.Is(err, seriallink.ErrClosed) {
			t.Errorf("a conversation of before goes on with the new device: %v", err)
		}
	})
}

func TestLink_follows_its_path_to_another_device(t *testing.T) {
	t.Parallel()
	tty, other := linktest.NewPTY(t), linktest.NewPTY(t)
	l := keep(t, tty.Path(), seriallink.Module)
	until(t, l, "up", up)
	// The old device still stands; the link leads elsewhere.
	next := tty.Path() + ".other"
	if err := os.Symlink(other.Node(), next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, tty.Path()); err != nil {
		t.Fatal(err)
	}
	until(t, l, "on the other device", func(s seriallink.State) bool { return s.Up && s.Node == other.Node() })
}

func TestLink_waits_for_a_port_that_is_not_there_yet(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	tty.Unplug()
	l := keep(t, tty.Path(), seriallink.Termios)
	s := until(t, l, "down", down)
	if !errors.Is(s.Err, seriallink.ErrNotFound) {
		t.Errorf("%v", s.Err)
	}
	tty.Plug()
	if s := until(t, l, "up", up); s.Reconnects != 0 {
		t.Errorf("the first connection counts as a reconnect: %d", s.Reconnects)
	}
}

func TestLink_reopens_on_demand(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	l := keep(t, tty.Path(), seriallink.Termios)
	until(t, l, "up", up)
	for !func() bool {
		l.Reopen(errors.New("it says nothing"))
		return down(l.State()) || l.State().Reconnects > 0
	}() {
	}
	if s := until(t, l, "up again", up); s.Reconnects != 1 {
		t.Errorf("%d reconnects", s.Reconnects)
	}
}

func TestLink_close_ends_conversations(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		l := keep(t, tty.Path(), b)
		until(t, l, "up", up)
		c, err := l.Conn()
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- second(c.Read(t.Context(), make([]byte, 8))) }()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, seriallink.ErrClosed) {
			t.Error(err)
		}
		if _, err := l.Conn(); !errors.Is(err, seriallink.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestLink_keeps_its_trace_over_an_unplug(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	l := keep(t, tty.Path(), seriallink.Module)
	until(t, l, "up", up)
	tty.Unplug()
	until(t, l, "down", down)
	notes := 0
	for _, e := range l.Trace() {
		if e.Note != "" {
			notes++
		}
	}
	if notes < 2 {
		t.Errorf("the opening and the loss are not both there: %v", l.Trace())
	}
}
