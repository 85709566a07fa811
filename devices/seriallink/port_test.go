package seriallink_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
	"zizhuban/devices/seriallink/linktest"
)

// backends runs a test on both.
func backends(t *testing.T, f func(t *testing.T, b seriallink.Backend)) {
	t.Parallel()
	for _, b := range []seriallink.Backend{seriallink.Module, seriallink.Termios} {
		t.Run(string(b), func(t *testing.T) {
			t.Parallel()
			f(t, b)
		})
	}
}

func open(t *testing.T, path string, b seriallink.Backend, trace *seriallink.Trace) *seriallink.Port {
	t.Helper()
	p, err := seriallink.Open(seriallink.Config{Path: path, Baud: 115200, Backend: b}, seriallink.Options{Trace: trace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// readAll reads n bytes.
func readAll(t *testing.T, c seriallink.Conn, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 4096)
	for len(got) < n {
		k, err := c.Read(within(t, 5*time.Second), buf)
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", len(got), n, err)
		}
		got = append(got, buf[:k]...)
	}
	return got
}

// every is each byte there is.
func every() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestPort_carries_every_byte_both_ways(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		if n, err := p.Write(within(t, time.Second), every()); err != nil || n != 256 {
			t.Fatal(n, err)
		}
		got := make([]byte, 0, 256)
		for len(got) < 256 {
			buf := make([]byte, 256)
			n, err := tty.Master().Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		if !bytes.Equal(got, every()) {
			t.Errorf("out: % X", got)
		}
		if _, err := tty.Master().Write(every()); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p, 256); !bytes.Equal(got, every()) {
			t.Errorf("in: % X", got)
		}
	})
}

func TestPort_read_ends_with_its_context_and_not_the_port(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		if n, err := p.Read(within(t, 20*time.Millisecond), make([]byte, 8)); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(n, err)
		}
		if _, err := tty.Master().Write([]byte("later")); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p, 5); string(got) != "later" {
			t.Errorf("%q", got)
		}
	})
}

func TestPort_gives_what_is_there_even_to_a_context_that_has_ended(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		if _, err := tty.Master().Write([]byte("ab")); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p, 1); got[0] != 'a' {
			t.Fatalf("%q", got)
		}
		if _, err := tty.Master().Write([]byte("c")); err != nil {
			t.Fatal(err)
		}
		readAll(t, p, 1)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if n, err := p.Read(ended, make([]byte, 4)); n == 0 && !errors.Is(err, context.Canceled) {
			t.Errorf("%d %v", n, err)
		}
	})
}

func TestPort_discards_what_came_in(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		if _, err := tty.Master().Write([]byte("old")); err != nil {
			t.Fatal(err)
		}
		limit := time.Now().Add(5 * time.Second)
		for n := 0; n < 3; n += p.Discard() {
			if time.Now().After(limit) {
				t.Fatal("it never came")
			}
		}
		if _, err := tty.Master().Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p, 3); string(got) != "new" {
			t.Errorf("%q", got)
		}
	})
}

func TestPort_notices_a_pulled_cable_by_itself(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		tty.Unplug()
		select {
		case <-p.Lost():
		case <-time.After(time.Second):
			t.Fatal("not noticed within a second")
		}
		for what, err := range map[string]error{
			"read":  second(p.Read(within(t, time.Second), make([]byte, 8))),
			"write": second(p.Write(within(t, time.Second), []byte("x"))),
			"err":   p.Err(),
		} {
			if !errors.Is(err, seriallink.ErrDisconnected) || !errors.Is(err, devices.ErrDisconnected) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second(_ int, err error) error { return err }

func TestPort_releases_a_read_under_way_when_the_cable_is_pulled(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		done := make(chan error, 1)
		go func() { done <- second(p.Read(t.Context(), make([]byte, 8))) }()
		tty.Unplug()
		select {
		case err := <-done:
			if !errors.Is(err, seriallink.ErrDisconnected) {
				t.Error(err)
			}
		case <-time.After(time.Second):
			t.Fatal("still blocked after a second")
		}
	})
}

func TestPort_close_releases_readers_and_is_final(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		done := make(chan error, 1)
		go func() { done <- second(p.Read(t.Context(), make([]byte, 8))) }()
		for range 2 {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := <-done; !errors.Is(err, seriallink.ErrClosed) {
			t.Error(err)
		}
		// Whatever file gets the number of the descriptor now must not be written to.
		f, err := os.Create(filepath.Join(t.TempDir(), "stranger"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if n, err := p.Write(within(t, time.Second), []byte("secret")); n != 0 || !errors.Is(err, seriallink.ErrClosed) {
			t.Errorf("%d %v", n, err)
		}
		if info, err := f.Stat(); err != nil || info.Size() != 0 {
			t.Errorf("a stranger's file was written to: %v %v", info, err)
		}
	})
}

func TestPort_gives_up_a_blocked_write_and_leaves_nothing_behind(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	p := open(t, tty.Path(), seriallink.Termios, nil)
	began := time.Now()
	n, err := p.Write(within(t, 200*time.Millisecond), bytes.Repeat([]byte("old job "), 1<<17))
	if !errors.Is(err, seriallink.ErrWriteStalled) || !errors.Is(err, context.DeadlineExceeded) || n >= 1<<20 {
		t.Fatalf("%d %v", n, err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	p = open(t, tty.Path(), seriallink.Termios, nil)
	if _, err := p.Write(within(t, time.Second), []byte("new job\n")); err != nil {
		t.Fatal(err)
	}
	// A pseudo-terminal moves bytes to the other end at once, so some of the old job may have left the computer; none may follow.
	var got []byte
	for buf := make([]byte, 4096); !bytes.HasSuffix(got, []byte("new job\n")); {
		k, err := tty.Master().Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:k]...)
	}
	if len(got) > 64<<10 {
		t.Errorf("%d bytes came out, the old job among them", len(got))
	}
}

func TestPort_keeps_its_node_while_a_write_hangs_in_the_module(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	p := open(t, tty.Path(), seriallink.Module, nil)
	if _, err := p.Write(within(t, 100*time.Millisecond), make([]byte, 1<<20)); !errors.Is(err, seriallink.ErrWriteStalled) {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	config := seriallink.Config{Path: tty.Path(), Baud: 115200}
	if _, err := seriallink.Open(config, seriallink.Options{}); !errors.Is(err, seriallink.ErrWriteStalled) {
		t.Fatalf("the port was given to another job: %v", err)
	}
	tty.Unplug()
	tty.Plug()
	p, err := seriallink.Open(config, seriallink.Options{})
	for errors.Is(err, seriallink.ErrWriteStalled) || errors.Is(err, seriallink.ErrBusy) { // the same number came back before the write did
		p, err = seriallink.Open(config, seriallink.Options{})
	}
	if err != nil {
		t.Fatalf("after the cable was pulled and put back: %v", err)
	}
	p.Close()
}

func TestPort_has_one_owner(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		tty := linktest.NewPTY(t)
		p := open(t, tty.Path(), b, nil)
		for _, path := range []string{tty.Path(), tty.Node()} {
			for _, other := range []seriallink.Backend{seriallink.Module, seriallink.Termios} {
				if _, err := seriallink.Open(seriallink.Config{Path: path, Baud: 9600, Backend: other}, seriallink.Options{}); !errors.Is(err, seriallink.ErrBusy) {
					t.Errorf("%s by %s: %v", path, other, err)
				}
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, tty.Node(), b, nil)
		again.Close()
	})
}

func TestOpen_names_what_is_wrong(t *testing.T) {
	backends(t, func(t *testing.T, b seriallink.Backend) {
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			c    seriallink.Config
			want error
		}{
			{seriallink.Config{Path: filepath.Join(dir, "missing"), Baud: 9600}, seriallink.ErrNotFound},
			{seriallink.Config{Path: "", Baud: 9600}, seriallink.ErrNotSerial},
			{seriallink.Config{Path: file, Baud: 9600}, seriallink.ErrNotSerial},
			{seriallink.Config{Path: dir, Baud: 9600}, seriallink.ErrNotSerial},
			{seriallink.Config{Path: os.DevNull, Baud: 9600}, seriallink.ErrNotSerial},
			{seriallink.Config{Path: os.DevNull, Baud: -1}, seriallink.ErrNotSerial},
			{seriallink.Config{Path: os.DevNull, Baud: 9600, DataBits: 9}, seriallink.ErrNotSerial},
		} {
			test.c.Backend = b
			_, err := seriallink.Open(test.c, seriallink.Options{})
			if !errors.Is(err, test.want) {
				t.Errorf("%+v: %v, want %v", test.c, err, test.want)
			}
			if _, h, ok := seriallink.HealthOf(err); !ok || h.Code == "" || h.Action == "" {
				t.Errorf("%v has no health code", err)
			}
		}
	})
}

func TestPort_bounds_what_nobody_reads(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	p := open(t, tty.Path(), seriallink.Module, nil)
	var babble sync.WaitGroup
	babble.Go(func() { tty.Master().Write(make([]byte, 1<<20)) })
	babble.Wait()
	if _, err := tty.Master().Write([]byte("end")); err != nil {
		t.Fatal(err)
	}
	for p.Dropped() < 1<<20+3-64<<10 {
		if p.Err() != nil {
			t.Fatal(p.Err())
		}
	}
	if n := p.Discard(); n > 64<<10 {
		t.Errorf("%d bytes were kept", n)
	}
}

func TestTrace_shows_lengths_and_what_the_mask_allows(t *testing.T) {
	t.Parallel()
	clock := clockwork.NewFakeClock()
	trace := seriallink.NewTrace(8, clock, func(d seriallink.Direction, piece []byte) int {
		if d == seriallink.Out {
			return 2
		}
		return 0
	})
	tty := linktest.NewPTY(t)
	p := open(t, tty.Path(), seriallink.Termios, trace)
	if _, err := p.Write(within(t, time.Second), []byte("abcdef")); err != nil {
		t.Fatal(err)
	}
	if _, err := tty.Master().Write([]byte("secret")); err != nil {
		t.Fatal(err)
	}
	readAll(t, p, 6)
	tty.Unplug()
	<-p.Lost()
	entries := trace.Entries()
	if len(entries) < 4 {
		t.Fatalf("%v", entries)
	}
	if e := entries[1]; e.Dir != seriallink.Out || e.Length != 6 || string(e.Shown) != "ab" {
		t.Errorf("%v", e)
	}
	if e := entries[2]; e.Dir != seriallink.In || e.Length != 6 || len(e.Shown) != 0 {
		t.Errorf("%v", e)
	}
	for _, e := range entries {
		if s := e.String(); bytes.Contains([]byte(s), []byte("secret")) || len(s) < 13 {
			t.Errorf("%q", s)
		}
	}
}

func TestTrace_keeps_the_last_entries(t *testing.T) {
	t.Parallel()
	trace := seriallink.NewTrace(3, clockwork.NewFakeClock(), nil)
	tty := linktest.NewPTY(t)
	p := open(t, tty.Path(), seriallink.Termios, trace)
	for n := 1; n <= 5; n++ {
		if _, err := p.Write(within(t, time.Second), make([]byte, n)); err != nil {
			t.Fatal(err)
		}
	}
	entries := trace.Entries()
	if len(entries) != 3 || entries[0].Length != 3 || entries[2].Length != 5 {
		t.Errorf("%v", entries)
	}
}
