package thermal_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"zizhuban/devices/bench/paper"
	"zizhuban/devices/bench/thermal"
)

var epoch = time.Date(2026, 7, 28, 9, 0, 0, 0, time.UTC)

// bench is a printer with a clock that a test moves.
type bench struct {
	*thermal.Printer
	now time.Time
	out []byte // what the printer said
}

func aPrinter(cfg thermal.Config) *bench {
	b := &bench{now: epoch}
	b.Printer = thermal.New(cfg, func(p []byte) { b.out = append(b.out, p...) })
	return b
}

// send gives bytes to the printer and lets it begin.
func (b *bench) send(s string) { b.Receive(b.now, []byte(s)); b.Advance(b.now) }

// pass lets time pass, with the printer woken whenever it wants.
func (b *bench) pass(d time.Duration) {
	end := b.now.Add(d)
	for {
		next := b.Advance(b.now)
		if next.IsZero() || next.After(end) {
			b.now = end
			b.Advance(end)
			return
		}
		b.now = next
	}
}

// said gives what the printer has said since the last time.
func (b *bench) said() []byte {
	out := b.out
	b.out = nil
	return out
}

// ask sends a command and gives the answer.
func (b *bench) ask(s string) []byte {
	b.said()
	b.send(s)
	return b.said()
}

func text(slips []paper.Slip) string {
	var parts []string
	for _, s := range slips {
		parts = append(parts, strings.ReplaceAll(strings.TrimSpace(s.Text()), "\n", "|")+":"+string(s.End))
	}
	return strings.Join(parts, " ")
}

const (
	cut   = "\x1dVB\x00"
	clear = "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
	done  = "\x1d(H\x06\x0000" // and four characters
)

func TestPrinter_answers_DLE_EOT_as_Epson_has_it(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*bench)
		want [4]byte
	}{
		{"well", func(*bench) {}, [4]byte{0x12, 0x12, 0x12, 0x12}},
		{"paper low", func(b *bench) { b.SetPaper(thermal.PaperLow) }, [4]byte{0x12, 0x12, 0x12, 0x1E}},
		{"paper out", func(b *bench) { b.SetPaper(thermal.PaperOut) }, [4]byte{0x1A, 0x32, 0x12, 0x7E}},
		{"cover open", func(b *bench) { b.SetCover(true) }, [4]byte{0x1A, 0x16, 0x12, 0x12}},
		{"cutter", func(b *bench) { b.SetJam(true); b.send("a\n" + cut); b.pass(time.Second) }, [4]byte{0x1A, 0x52, 0x1A, 0x12}},
		{"all mended", func(b *bench) {
			b.SetPaper(thermal.PaperOut)
			b.SetCover(true)
			b.SetPaper(thermal.PaperFull)
			b.SetCover(false)
		}, [4]byte{0x12, 0x12, 0x12, 0x12}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := aPrinter(thermal.Config{})
			c.do(b)
			for n := range byte(4) {
				if got := b.ask("\x10\x04" + string([]byte{n + 1})); !bytes.Equal(got, []byte{c.want[n]}) {
					t.Errorf("DLE EOT %d: % X, want %02X", n+1, got, c.want[n])
				}
			}
		})
	}
}

func TestPrinter_answers_at_once_even_within_a_picture(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	// A picture whose dots contain 10 04 04: the status comes, and the picture stays whole.
	b.send("\x1dv0\x00\x03\x00\x02\x00\x00\x10\x04\x04\x00\x00")
	if got := b.said(); !bytes.Equal(got, []byte{0x12}) {
		t.Errorf("it said % X", got)
	}
	b.send(cut)
	b.pass(time.Second)
	s := b.Slips()
	if len(s) != 1 || len(s[0].Images) != 1 || !bytes.Equal(s[0].Images[0].Bitmap.Bits, []byte{0, 0x10, 4, 4, 0, 0}) {
		t.Errorf("slips %+v", s)
	}
	// As the parameter of another command it is both.
	b.said()
	b.send("\x1b3\x10\x04\x01")
	if got := b.said(); len(got) != 1 {
		t.Errorf("after ESC 3 it said % X", got)
	}
}

func TestPrinter_says_that_it_has_printed_when_it_has(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Speed: 90})
	b.send("one\ntwo\n" + cut + done + "0001")
	// Two lines of 30 dots, 120 to the cutter, at 90 mm/s of 8 dots; and the cut.
	whole := 180*time.Second/720 + 350*time.Millisecond
	b.pass(whole - time.Millisecond)
	if got := b.said(); len(got) != 0 {
		t.Errorf("a millisecond before the end it said %q", got)
	}
	b.pass(time.Millisecond)
	if got := b.said(); string(got) != "7\"0001\x00" {
		t.Errorf("it said %q", got)
	}
	if got := text(b.Slips()); got != "one|two:partial" {
		t.Errorf("slips %s", got)
	}
}

func TestPrinter_never_prints_faster_than_its_mechanism(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Speed: 100, Buffer: 10000})
	b.send(strings.Repeat("x\n", 800) + done + "0001") // 24 000 dots: 30 s
	for range 200 {                                    // woken late and at odd times
		b.now = b.now.Add(149 * time.Millisecond)
		b.Advance(b.now)
	}
	if got := b.said(); len(got) != 0 {
		t.Fatalf("after %v of 30 s it said %q", b.now.Sub(epoch), got)
	}
	b.pass(201 * time.Millisecond)
	if got := b.said(); string(got) != "7\"0001\x00" {
		t.Errorf("lateness added up: after %v it said %q", b.now.Sub(epoch), got)
	}
}

func TestPrinter_without_paper_keeps_what_it_has_and_prints_it_from_the_next_roll(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.RunOut(6)
	b.send("first\nsecond\n" + cut + done + "0007")
	b.pass(5 * time.Second)
	if got := b.said(); len(got) != 0 {
		t.Errorf("it said %q", got)
	}
	if s := b.State(b.now); s.Online || s.Paper != thermal.PaperOut || s.Buffer == 0 {
		t.Errorf("state %+v", s)
	}
	if got := text(b.Slips()); got != "" {
		t.Errorf("slips %s", got)
	}
	b.SetPaper(thermal.PaperFull)
	b.pass(5 * time.Second)
	if got := text(b.Slips()); got != "first:torn second:partial" {
		t.Errorf("slips %s", got)
	}
	if got := b.said(); string(got) != "7\"0007\x00" {
		t.Errorf("it said %q", got)
	}
}

func TestPrinter_prints_nothing_stale_once_its_buffers_are_cleared(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{"DLE DC4": clear, "DLE ENQ": "\x10\x05\x02"} {
		b := aPrinter(thermal.Config{})
		b.RunOut(8)
		b.send("first\nsecond half of a line\n" + cut + done + "0007")
		b.pass(time.Second)
		if got := b.ask(command); name == "DLE DC4" && !bytes.Equal(got, []byte{0x37, 0x25, 0}) {
			t.Errorf("%s: it said % X", name, got)
		}
		b.SetPaper(thermal.PaperFull)
		b.pass(5 * time.Second)
		if got := b.said(); bytes.Contains(got, []byte("0007")) {
			t.Errorf("%s: it says that what was cleared is printed: %q", name, got)
		}
		b.send("new\n" + cut)
		b.pass(5 * time.Second)
		if got := text(b.Slips()); got != "first:torn new:partial" {
			t.Errorf("%s: slips %s", name, got)
		}
	}
}

func TestPrinter_with_its_cover_open_waits(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.SetCover(true)
	b.send("a\n" + cut)
	b.pass(time.Minute)
	if got := text(b.Slips()); got != "" {
		t.Errorf("with its cover open it printed %s", got)
	}
	b.SetCover(false)
	b.pass(time.Minute)
	if got := text(b.Slips()); got != "a:partial" {
		t.Errorf("then it printed %s", got)
	}
}

func TestPrinter_stops_at_a_blocked_cutter_until_it_is_freed(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.SetJam(true)
	b.send("a\n" + cut + "b\n" + cut)
	b.pass(time.Minute)
	if s := b.State(b.now); s.Online || s.Cutter != "error" {
		t.Errorf("state %+v", s)
	}
	b.send("\x10\x05\x01") // the cutter is still blocked
	b.pass(time.Second)
	if s := b.State(b.now); s.Online {
		t.Error("it went on with a blocked cutter")
	}
	b.SetJam(false)
	b.send("\x10\x05\x01")
	b.pass(time.Minute)
	if got := text(b.Slips()); got != "a:partial b:partial" {
		t.Errorf("slips %s", got)
	}
}

func TestPrinter_tells_every_change_that_is_watched(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	if got := b.ask("\x1da\xff"); !bytes.Equal(got, []byte{0x10, 0, 0, 0}) {
		t.Errorf("at once: % X", got)
	}
	for _, c := range []struct {
		name string
		do   func()
		want []byte
	}{
		{"low", func() { b.SetPaper(thermal.PaperLow) }, []byte{0x10, 0, 3, 0}},
		{"low again", func() { b.SetPaper(thermal.PaperLow) }, nil},
		{"out", func() { b.SetPaper(thermal.PaperOut) }, []byte{0x18, 0, 0x0F, 0}},
		{"full", func() { b.SetPaper(thermal.PaperFull) }, []byte{0x10, 0, 0, 0}},
		{"open", func() { b.SetCover(true) }, []byte{0x38, 0, 0, 0}},
		{"closed", func() { b.SetCover(false) }, []byte{0x10, 0, 0, 0}},
		{"cutter", func() { b.SetJam(true); b.send("a\n" + cut); b.pass(time.Second) }, []byte{0x18, 8, 0, 0}},
		{"freed", func() { b.SetJam(false); b.SetCover(false) }, []byte{0x10, 0, 0, 0}},
		{"ESC @ ends it", func() { b.send("\x1b@"); b.SetPaper(thermal.PaperOut) }, nil},
	} {
		c.do()
		if got := b.said(); !bytes.Equal(got, c.want) {
			t.Errorf("%s: % X, want % X", c.name, got, c.want)
		}
	}
}

func TestPrinter_watches_only_what_it_is_told_to(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.ask("\x1da\x02") // online and offline
	b.SetPaper(thermal.PaperLow)
	if got := b.said(); len(got) != 0 {
		t.Errorf("low paper: % X", got)
	}
	b.SetPaper(thermal.PaperOut)
	if got := b.said(); !bytes.Equal(got, []byte{0x18, 0, 0x0F, 0}) {
		t.Errorf("offline: % X", got)
	}
}

func TestPrinter_answers_queued_questions_behind_the_printing(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.SetPaper(thermal.PaperLow)
	b.send("a\n\x1dr\x01\x1dI\x02\x1dIC")
	if got := b.said(); len(got) != 0 {
		t.Errorf("while the line is printed it said % X", got)
	}
	b.pass(time.Second)
	if got := b.said(); string(got) != "\x03\x03_BENCH-80\x00" {
		t.Errorf("it said %q", got)
	}
	if got := b.ask("\x1dr\x02"); !bytes.Equal(got, []byte{0}) {
		t.Errorf("drawer: % X", got)
	}
	if got := b.ask("\x1d(k\x03\x001C\x06\x1d(k\x04\x001P0x\x1d(k\x03\x001R0"); string(got) != "76126\x1f126\x1f1\x1f0\x00" {
		t.Errorf("size of a code: %q", got)
	}
}

func TestPrinter_of_several_process_IDs_that_wait_sends_the_latest(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.send(done + "0001")
	if got := b.said(); string(got) != "7\"0001\x00" {
		t.Errorf("with nothing to print it said %q", got)
	}
	b.send("a\n" + done + "0002" + done + "0003")
	b.pass(time.Second)
	if got := b.said(); !strings.HasSuffix(string(got), "7\"0003\x00") {
		t.Errorf("it said %q", got)
	}
}

func TestPrinter_that_lacks_commands_is_silent(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Paper: paper.Config{Lacks: []string{"GS ( H", "DLE DC4", "GS a", "GS r", "DLE ENQ"}}})
	for _, c := range []string{done + "0001", clear, "\x1da\xff", "\x1dr\x01", "\x10\x05\x02"} {
		if got := b.ask(c); len(got) != 0 {
			t.Errorf("%q: it said % X", c, got)
		}
	}
	if got := b.ask("\x10\x04\x01"); len(got) != 1 {
		t.Errorf("DLE EOT: % X", got)
	}
}

func TestPrinter_loses_what_its_buffer_does_not_hold(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Buffer: 100})
	b.SetPaper(thermal.PaperOut)
	b.send(strings.Repeat("x", 150))
	if s := b.State(b.now); s.Buffer != 100 || s.Dropped != 50 {
		t.Errorf("state %+v", s)
	}
	if got := b.ask("\x10\x04\x04"); !bytes.Equal(got, []byte{0x7E}) {
		t.Errorf("with a full buffer it said % X", got)
	}
}

func TestPrinter_does_not_fill_up_with_questions(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.SetPaper(thermal.PaperOut)
	b.send("stale\n")
	for range 5000 {
		b.send("\x10\x04\x01\x10\x04\x02\x10\x04\x04")
	}
	if s := b.State(b.now); s.Buffer != 6 || s.Dropped != 0 {
		t.Errorf("state %+v", s)
	}
}

func TestPrinter_stops_the_terminal_in_time(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Buffer: 1000, Flow: thermal.FlowXonXoff})
	b.SetCover(true)
	b.send(strings.Repeat("x\n", 435))
	if got := b.said(); len(got) != 0 {
		t.Errorf("with 130 bytes free it said % X", got)
	}
	b.send("x\n")
	if got := b.said(); !bytes.Equal(got, []byte{0x13}) {
		t.Errorf("with 128 bytes free it said % X", got)
	}
	b.SetCover(false)
	b.pass(time.Minute)
	if got := b.said(); !bytes.Equal(got, []byte{0x11}) {
		t.Errorf("then it said % X", got)
	}
	busy := aPrinter(thermal.Config{Buffer: 1000, Flow: thermal.FlowBusy})
	busy.SetCover(true)
	busy.send(strings.Repeat("x\n", 440))
	if busy.Ready() {
		t.Error("the handshake line lets the terminal send into a full buffer")
	}
	busy.SetCover(false)
	busy.pass(time.Minute)
	if !busy.Ready() || len(busy.said()) != 0 {
		t.Error("the handshake line stays busy")
	}
}

func TestPrinter_switched_off_and_on_has_forgotten_all_but_the_paper(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{})
	b.send("\x1da\xff\x1d!\x11printed\n")
	b.SetCover(true)
	b.send("stale\n")
	b.PowerCycle()
	b.said()
	b.SetCover(false)
	b.send("new\n" + cut)
	b.pass(time.Minute)
	s := b.Slips()
	if got := text(s); got != "printed|new:partial" || s[0].Lines[1].Runs[0].Wide != 1 {
		t.Errorf("slips %s", got)
	}
	if got := b.said(); len(got) != 0 {
		t.Errorf("it still watches: % X", got)
	}
}

func TestPrinter_slow_takes_ten_times_as_long(t *testing.T) {
	t.Parallel()
	b := aPrinter(thermal.Config{Speed: 100})
	b.Slow = true
	b.send(strings.Repeat("x\n", 80) + done + "0001") // 2400 dots: 3 s, slow 30 s
	b.pass(29 * time.Second)
	if got := b.said(); len(got) != 0 {
		t.Errorf("after 29 s it said %q", got)
	}
	b.pass(time.Second)
	if got := b.said(); len(got) != 7 {
		t.Errorf("after 30 s it said %q", got)
	}
}

func FuzzPrinter(f *testing.F) {
	f.Add([]byte("a\n"+cut+done+"0001"), byte(0))
	f.Add([]byte("\x1da\xff"+clear+"\x10\x05\x02\x10\x04\x01\x1b3\x10\x04\x01"), byte(1))
	f.Add([]byte("\x1dv0\x00\x48\x00\xff\x00"+clear+"after\n"+cut), byte(2))
	f.Fuzz(func(t *testing.T, in []byte, how byte) {
		flows := []thermal.Flow{thermal.FlowNone, thermal.FlowBusy, thermal.FlowXonXoff}
		b := aPrinter(thermal.Config{Buffer: 200, Flow: flows[how%3]})
		for n, c := range in {
			b.send(string([]byte{c}))
			switch (n + int(how)) % 11 {
			case 3:
				b.SetPaper(thermal.PaperOut)
			case 7:
				b.SetPaper(thermal.PaperFull)
			}
			b.pass(time.Duration(how) * time.Millisecond)
			if s := b.State(b.now); s.Buffer > 200 || s.Buffer < 0 {
				t.Fatalf("state %+v", s)
			}
		}
		b.SetPaper(thermal.PaperFull)
		b.SetCover(false)
		b.send(strings.Repeat("\x00", 300)) // ends no picture that is longer, but clear does
		b.send(clear)
		b.pass(time.Hour)
		b.send("\x1b=\x01\x1b@alive\n" + cut)
		b.pass(time.Hour)
		s := b.Slips()
		if len(s) == 0 || !strings.HasSuffix(s[len(s)-1].Text(), "alive\n") {
			t.Fatalf("after clear it does not print: %q", text(s))
		}
	})
}
