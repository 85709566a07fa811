package rig_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"

	"zizhuban/devices/bench/rig"
	"zizhuban/devices/bench/thermal"
	"zizhuban/devices/bench/tty"
)

// aBench is a bench in a directory of its own.
func aBench(t *testing.T, change func(*rig.Config)) *rig.Bench {
	t.Helper()
	cfg := rig.Config{
		Dir: t.TempDir(), Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler),
		Reader:  rig.ReaderConfig{Baud: 115200},
		Printer: rig.PrinterConfig{Baud: 115200, Config: thermal.Config{Speed: 2000, Cut: time.Millisecond}},
		Scanner: rig.ScannerConfig{Baud: 115200, Suffix: "\r"},
	}
	if change != nil {
		change(&cfg)
	}
	b, err := rig.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// terminal opens a device of a bench as a terminal would.
func terminal(t *testing.T, b *rig.Bench, device string) *os.File {
	t.Helper()
	link := b.Status().Links[device]
	fd, err := unix.Open(link, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), link)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// ask writes bytes and reads n.
func ask(t *testing.T, f *os.File, out string, n int) []byte {
	t.Helper()
	if _, err := f.WriteString(out); err != nil {
		t.Fatal(err)
	}
	if err := f.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if k, err := io.ReadFull(f, b); err != nil {
		t.Fatalf("answer to % X: %d bytes % X, %v", out, k, b[:k], err)
	}
	return b
}

const (
	find   = "\xAA\xAA\xAA\x96\x69\x00\x03\x20\x01\x22"
	choose = "\xAA\xAA\xAA\x96\x69\x00\x03\x20\x02\x21"
	read   = "\xAA\xAA\xAA\x96\x69\x00\x03\x30\x01\x32"
	slip   = "\x1b@hello\n\x1dVB\x00\x1d(H\x06\x00000001"
	done   = "7\"0001\x00"
)

// name is the holder's name in a read reply.
func name(reply []byte) string {
	var u []uint16
	for i := 14; i < 44; i += 2 {
		u = append(u, uint16(reply[i])|uint16(reply[i+1])<<8)
	}
	return string(bytes.TrimRight([]byte(string(utf16.Decode(u))), " "))
}

// eventually waits until the bench is as wished; it looks at every change.
func eventually(t *testing.T, b *rig.Bench, what string, is func(rig.Status) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		_, changed := b.Changed()
		if is(b.Status()) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("never: %s; %+v", what, b.Status())
		}
	}
}

func TestBench_reads_a_card_at_the_pace_of_the_wire(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Reader)
	if got := ask(t, f, find, 11); got[9] != 0x80 {
		t.Errorf("an empty reader answers %02X", got[9])
	}
	if _, err := b.PutCard("DEMO5", ""); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	ask(t, f, find, 15)
	ask(t, f, choose, 19)
	got := ask(t, f, read, 1295)
	if took, wire := time.Since(begin), tty.Wire(1359, 115200); took < wire {
		t.Errorf("a card was read in %v, the wire needs %v", took, wire)
	}
	if name(got) != "示例𬭚" {
		t.Errorf("the card belongs to %q", name(got))
	}
	if err := b.LiftCard(0); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, f, find, 11); got[9] != 0x80 {
		t.Errorf("after the card was lifted find gives %02X", got[9])
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := b.WaitReads(ctx, 1); err != nil {
		t.Error(err)
	}
}

func TestBench_lifts_a_card_in_the_middle_of_a_read(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Reader)
	if err := b.LiftCard(40 * time.Millisecond); err == nil {
		t.Error("a card that is not there can be lifted during a read")
	}
	if _, err := b.PutCard("DEMO1", ""); err != nil {
		t.Fatal(err)
	}
	if err := b.LiftCard(40 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	ask(t, f, find, 15)
	ask(t, f, choose, 19)
	begin := time.Now()
	if got := ask(t, f, read, 11); got[9] != 0x41 {
		t.Errorf("status %02X, want 41", got[9])
	}
	if took := time.Since(begin); took < 40*time.Millisecond {
		t.Errorf("the read failed after %v", took)
	}
	if s := b.Status().Reader; s.Card != "" || s.Lifting {
		t.Errorf("state %+v", s)
	}
}

func TestBench_answers_a_frame_whose_end_does_not_come_with_a_length_error(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Reader)
	if got := ask(t, f, read[:8], 11); got[9] != 0x11 {
		t.Errorf("status %02X, want 11", got[9])
	}
	if got := ask(t, f, find, 11); got[9] != 0x80 {
		t.Errorf("the next frame gives %02X", got[9])
	}
}

func TestBench_reader_takes_another_speed(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Reader)
	if got := ask(t, f, "\xAA\xAA\xAA\x96\x69\x00\x03\x60\x02\x61", 11); got[9] != 0x90 {
		t.Errorf("status %02X", got[9])
	}
	eventually(t, b, "the reader is at 38400 baud", func(s rig.Status) bool { return s.Reader.Baud == 38400 && s.Reader.Mismatch })
}

func TestBench_nonsense_is_not_an_answer(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Reader)
	if err := b.Fault(rig.Reader, "nonsense", true); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, f, find, 5); bytes.Equal(got, []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}) {
		t.Errorf("the first nonsense begins % X", got)
	}
}

func TestBench_prints_a_slip_and_says_so(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Printer)
	if got := ask(t, f, slip, 7); string(got) != done {
		t.Errorf("the printer said %q", got)
	}
	s, err := b.Slip(0)
	if err != nil {
		t.Fatal(err)
	}
	if s.Text() != "hello\n" || s.Number != 1 || !bytes.HasPrefix([]byte(slip), s.Bytes) {
		t.Errorf("slip %d %q made by %q", s.Number, s.Text(), s.Bytes)
	}
	if _, err := b.Slip(2); err == nil {
		t.Error("there is a second slip")
	}
	if _, err := b.Slip(-1); err == nil {
		t.Error("a slip hangs in the printer")
	}
	if got := ask(t, f, "left\n\x1dr\x01", 1); got[0] != 0 {
		t.Errorf("paper status %02X", got[0])
	}
	if s, err := b.Slip(-1); err != nil || s.Text() != "left\n" || s.Number != 2 {
		t.Errorf("hanging: %+v, %v", s, err)
	}
}

func TestBench_printer_runs_out_in_the_middle_of_a_slip(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	f := terminal(t, b, rig.Printer)
	if err := b.Paper("out", 12); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\x1b@first\nsecond\nthird\n\x1dVB\x00"); err != nil {
		t.Fatal(err)
	}
	eventually(t, b, "the paper is out", func(s rig.Status) bool { return s.Printer.Paper == thermal.PaperOut })
	if got := ask(t, f, "\x10\x04\x04", 1); got[0] != 0x7E {
		t.Errorf("paper sensor %02X", got[0])
	}
	if err := b.Paper("full", 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, b, "two slips", func(s rig.Status) bool { return s.Printer.Slips == 2 })
	one, _ := b.Slip(1)
	two, _ := b.Slip(2)
	if one.Text() != "first\n" || one.End != "torn" || two.Text() != "second\nthird\n" {
		t.Errorf("%q %s, then %q", one.Text(), one.End, two.Text())
	}
}

func TestBench_scans_a_code(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	if err := b.Scan("nobody", "", false); err == nil || errors.Is(err, rig.ErrUsage) {
		t.Errorf("nobody listens: %v", err)
	}
	f := terminal(t, b, rig.Scanner)
	for _, c := range []struct {
		text, encoding string
		raw            bool
		want           string
	}{
		{"ABC-123", "", false, "ABC-123\r"},
		{"张三", "utf-8", false, "张三\r"},
		{"张三", "gb18030", false, "\xd5\xc5\xc8\xfd\r"},
		{"raw", "", true, "raw"},
	} {
		if err := b.Scan(c.text, c.encoding, c.raw); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, f, "", len(c.want)); string(got) != c.want {
			t.Errorf("%+v came as %q", c, got)
		}
	}
	for _, bad := range []struct{ text, encoding string }{{"", ""}, {"a", "latin"}, {string(make([]byte, 8000)), ""}} {
		if err := b.Scan(bad.text, bad.encoding, false); !errors.Is(err, rig.ErrUsage) {
			t.Errorf("%d bytes in %q: %v", len(bad.text), bad.encoding, err)
		}
	}
}

func TestBench_heals_when_a_cable_is_put_back(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	if _, err := b.PutCard("DEMO1", ""); err != nil {
		t.Fatal(err)
	}
	for _, device := range rig.Devices {
		f := terminal(t, b, device)
		if err := b.Plug(device, false); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("x"); !errors.Is(err, unix.EIO) {
			t.Errorf("%s: a write into the pulled cable gave %v", device, err)
		}
		if err := b.Plug(device, false); err != nil {
			t.Errorf("%s: pulled twice: %v", device, err)
		}
		if err := b.Plug(device, true); err != nil {
			t.Fatal(err)
		}
	}
	f := terminal(t, b, rig.Reader)
	if got := ask(t, f, choose, 11); got[9] != 0x34 {
		t.Errorf("a reader that had no power still knows its card: %02X", got[9])
	}
	ask(t, f, find, 15)
	if got := ask(t, terminal(t, b, rig.Printer), slip, 7); string(got) != done {
		t.Errorf("the printer said %q", got)
	}
	if err := b.Plug("toaster", true); !errors.Is(err, rig.ErrUsage) {
		t.Errorf("a device that there is not: %v", err)
	}
}

func TestBench_stalled_devices_take_and_say_nothing(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	for device, q := range map[string]struct {
		out string
		n   int
	}{rig.Reader: {find, 11}, rig.Printer: {"\x10\x04\x01", 1}} {
		f := terminal(t, b, device)
		ask(t, f, q.out, q.n)
		if err := b.Stall(device, true); err != nil {
			t.Fatal(err)
		}
		// One chunk may be on its way already; the one after it is not taken.
		for range 2 {
			if _, err := f.WriteString(q.out); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := f.Read(make([]byte, 20)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: it hangs and says %d bytes, %v", device, n, err)
		}
		if err := b.Stall(device, false); err != nil {
			t.Fatal(err)
		}
		ask(t, f, q.out, q.n)
	}
}

func TestBench_blocks_the_terminal_while_the_handshake_line_says_busy(t *testing.T) {
	t.Parallel()
	b := aBench(t, func(c *rig.Config) {
		c.Printer.Flow = thermal.FlowBusy
		c.Printer.Buffer = 1000
	})
	f := terminal(t, b, rig.Printer)
	b.Cover(true)
	if err := f.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := f.Write(make([]byte, 100_000)) // NUL costs a printer nothing
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a printer that is busy took %d bytes: %v", n, err)
	}
	if s := b.Status().Printer; s.Dropped != 0 || s.Buffer > 1000 {
		t.Errorf("state %+v", s)
	}
	b.Cover(false)
	eventually(t, b, "everything is printed", func(s rig.Status) bool { return s.Printer.Executed == int64(n) })
	if s := b.Status().Printer; s.Dropped != 0 {
		t.Errorf("%d bytes were lost", s.Dropped)
	}
}

func TestBench_leaves_nothing_behind(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bench")
	b := aBench(t, func(c *rig.Config) { c.Dir = dir })
	f := terminal(t, b, rig.Printer)
	if _, err := f.WriteString("in the middle of something"); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOpen_does_not_destroy_what_is_not_its_own(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "printer")
	if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := rig.Open(rig.Config{Dir: dir, Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Fatal("it opened over a file")
	}
	if got, err := os.ReadFile(precious); err != nil || string(got) != "precious" {
		t.Errorf("the file is %q, %v", got, err)
	}
	// A link that a bench left when it was killed is taken over.
	dir = t.TempDir()
	if err := os.Symlink("/dev/pts/999999", filepath.Join(dir, "reader")); err != nil {
		t.Fatal(err)
	}
	b := aBench(t, func(c *rig.Config) { c.Dir = dir })
	ask(t, terminal(t, b, rig.Reader), find, 11)
}
