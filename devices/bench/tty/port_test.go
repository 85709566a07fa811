package tty_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"

	"zizhuban/devices/bench/tty"
)

// heard collects what a device was given.
type heard struct {
	mu   sync.Mutex
	all  []byte
	news chan struct{}
}

func newHeard() *heard { return &heard{news: make(chan struct{}, 1000)} }

func (h *heard) take(b []byte) {
	h.mu.Lock()
	h.all = append(h.all, b...)
	h.mu.Unlock()
	h.news <- struct{}{}
}

// wait gives what was heard once it is n bytes.
func (h *heard) wait(ctx context.Context, t *testing.T, n int) []byte {
	t.Helper()
	for {
		h.mu.Lock()
		got := bytes.Clone(h.all)
		h.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-h.news:
		case <-ctx.Done():
			t.Fatalf("only %d of %d bytes came", len(got), n)
		}
	}
}

// deadline bounds a test that would otherwise hang.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// aPort plugs a port in, in a directory of its own.
func aPort(t *testing.T, clock clockwork.Clock, baud int, receive func([]byte)) (*tty.Port, string) {
	t.Helper()
	link := filepath.Join(t.TempDir(), "device")
	p := tty.New(tty.Config{Link: link, Baud: baud, Clock: clock, Log: slog.New(slog.DiscardHandler), Receive: receive})
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, link
}

// terminal opens a line as a program would, without any help of the package under test.
func terminal(t *testing.T, link string, baud uint32) *os.File {
	t.Helper()
	fd, err := unix.Open(link, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		t.Fatal(err)
	}
	s.Cflag &^= unix.CBAUD
	s.Cflag |= unix.BOTHER
	s.Ispeed, s.Ospeed = baud, baud
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, s); err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), link)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// read reads n bytes within a time.
func read(t *testing.T, f *os.File, n int) []byte {
	t.Helper()
	if err := f.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(f, b); err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return b
}

// allBytes is every value there is, so that nothing can be changed on the way unseen.
func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestPort_carries_every_byte_both_ways_unchanged(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	p, link := aPort(t, clockwork.NewRealClock(), 115200, h.take)
	f := terminal(t, link, 115200)
	if _, err := f.Write(allBytes()); err != nil {
		t.Fatal(err)
	}
	if got := h.wait(ctx, t, 256); !bytes.Equal(got, allBytes()) {
		t.Errorf("the device heard % X", got)
	}
	if err := p.Send(allBytes()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, 256); !bytes.Equal(got, allBytes()) {
		t.Errorf("the terminal heard % X", got)
	}
}

func TestPort_is_never_faster_than_the_wire(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	p, link := aPort(t, clockwork.NewRealClock(), 57600, h.take)
	f := terminal(t, link, 57600)
	const n = 1000
	begin := time.Now()
	if _, err := f.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	h.wait(ctx, t, n)
	if took, wire := time.Since(begin), tty.Wire(n, 57600); took < wire {
		t.Errorf("the device had %d bytes after %v, the wire needs %v", n, took, wire)
	}
	begin = time.Now()
	if err := p.Send(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	read(t, f, n)
	if took, wire := time.Since(begin), tty.Wire(n, 57600); took < wire {
		t.Errorf("the terminal had %d bytes after %v, the wire needs %v", n, took, wire)
	}
}

func TestPort_hands_bytes_over_when_their_time_has_come(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	clock := clockwork.NewFakeClock()
	p, link := aPort(t, clock, 9600, h.take)
	f := terminal(t, link, 9600)

	// To the device: the ticker that watches for dead terminals and the wire's timer wait for the clock.
	if _, err := f.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := clock.BlockUntilContext(ctx, 2); err != nil {
		t.Fatal(err)
	}
	clock.Advance(tty.Wire(1, 9600) - time.Nanosecond)
	select {
	case <-h.news:
		t.Error("a byte came before its last bit was over")
	default:
	}
	clock.Advance(time.Nanosecond)
	h.wait(ctx, t, 1)

	// To the terminal.
	if err := p.Send([]byte{2, 3}); err != nil {
		t.Fatal(err)
	}
	for want := byte(2); want <= 3; want++ {
		if err := clock.BlockUntilContext(ctx, 2); err != nil {
			t.Fatal(err)
		}
		clock.Advance(tty.Wire(1, 9600) + time.Nanosecond)
		if got := read(t, f, 1); got[0] != want {
			t.Errorf("byte %d came as %d", want, got[0])
		}
	}
}

func TestPort_comes_back_behind_the_same_link_after_its_cable_was_pulled(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	p, link := aPort(t, clockwork.NewRealClock(), 115200, h.take)
	for range 3 {
		f := terminal(t, link, 115200)
		if _, err := f.Write([]byte("a")); err != nil {
			t.Fatal(err)
		}
		h.wait(ctx, t, 1)
		h.all = nil
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
		if err := f.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := f.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) || err == nil {
			t.Errorf("after the cable was pulled a read gave %d bytes, %v", n, err)
		}
		if _, err := f.Write([]byte("b")); !errors.Is(err, unix.EIO) {
			t.Errorf("after the cable was pulled a write gave %v, want EIO", err)
		}
		if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after the cable was pulled the link is still there: %v", err)
		}
		if err := p.Send([]byte("c")); !errors.Is(err, tty.ErrUnplugged) {
			t.Errorf("the device sent into a pulled cable: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.Plug(); err != nil {
			t.Fatal(err)
		}
	}
	f := terminal(t, link, 115200)
	if err := p.Send([]byte("again")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, 5); string(got) != "again" {
		t.Errorf("behind the link stands %q", got)
	}
}

func TestPort_lets_a_terminal_read_what_had_arrived_before_the_cable_was_pulled(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	p, link := aPort(t, clockwork.NewRealClock(), 115200, func([]byte) {})
	f := terminal(t, link, 115200)
	if err := p.Send([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	for p.Line().Sent < 10 {
		if ctx.Err() != nil {
			t.Fatal("the words never left")
		}
	}
	pulled := make(chan error, 1)
	go func() { pulled <- p.Unplug() }()
	if got := read(t, f, 10); string(got) != "last words" {
		t.Errorf("the terminal read %q", got)
	}
	if err := <-pulled; err != nil {
		t.Error(err)
	}
}

func TestPort_hears_and_says_rubbish_when_the_terminal_set_another_speed(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	p, link := aPort(t, clockwork.NewRealClock(), 115200, h.take)
	f := terminal(t, link, 57600)
	words := []byte("the quick brown fox")
	if _, err := f.Write(words); err != nil {
		t.Fatal(err)
	}
	if got := h.wait(ctx, t, 1); bytes.Contains(got, []byte("quick")) {
		t.Errorf("the device heard %q at half its speed", got)
	}
	if err := p.Send(words); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, 1); got[0] == words[0] {
		t.Errorf("the terminal heard %q at half the speed", got)
	}
	l := p.Line()
	if l.HostBaud != 57600 || !l.Mismatch || l.Misheard == 0 {
		t.Errorf("the line says %+v", l)
	}
}

func TestPort_blocks_the_terminal_while_its_gate_is_shut(t *testing.T) {
	t.Parallel()
	ctx, h := deadline(t), newHeard()
	open := make(chan struct{})
	p := tty.New(tty.Config{
		Link: filepath.Join(t.TempDir(), "device"), Baud: 115200, Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler),
		Receive: h.take,
		Gate: func(ctx context.Context) (bool, error) {
			select {
			case <-open:
				return true, nil
			case <-ctx.Done():
				return true, ctx.Err()
			}
		},
	})
	if err := p.Plug(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	link := p.Line().Link
	f := terminal(t, link, 115200)
	if err := f.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := f.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a device that takes nothing took %d bytes: %v", n, err)
	}
	if got := p.Line().Received; got != 0 {
		t.Errorf("the device received %d bytes through a shut gate", got)
	}
	close(open)
	h.wait(ctx, t, 100)
}

func TestPort_gives_the_line_free_when_its_terminal_died(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	clock := clockwork.NewFakeClock()
	_, link := aPort(t, clock, 115200, func([]byte) {})
	f := terminal(t, link, 115200)
	watch := terminal(t, link, 115200) // sees the mark, and keeps it while it is open
	mark := func(f *os.File) int {
		n := 0
		conn, err := f.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCGEXCL) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Control(func(fd uintptr) { err = unix.IoctlSetInt(int(fd), unix.TIOCEXCL, 0) }); err != nil {
		t.Fatal(err)
	}
	if mark(watch) == 0 {
		t.Fatal("the line is not marked")
	}
	// While somebody has it open the mark stays.
	if err := clock.BlockUntilContext(ctx, 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	clock.Advance(time.Second)
	if mark(watch) == 0 {
		t.Error("the mark of a living terminal was taken away")
	}
	if err := errors.Join(f.Close(), watch.Close()); err != nil {
		t.Fatal(err)
	}
	for {
		clock.Advance(time.Second)
		again := terminal(t, link, 115200) // these tests may run as root, whom the mark does not stop
		free := mark(again) == 0
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if free {
			return
		}
		if ctx.Err() != nil {
			t.Fatal("the line of a dead terminal stays marked")
		}
	}
}
