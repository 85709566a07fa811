package tty

import (
	"bytes"
	"testing"
	"time"
)

var epoch = time.Date(2026, 7, 28, 9, 0, 0, 0, time.UTC)

func TestWire_takes_ten_bits_for_a_byte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, baud int
		want    time.Duration
	}{
		{1295, 115200, 112413194}, // the figure of the card reader's reference: 112.41 ms
		{1359, 115200, 117968750},
		{960, 9600, time.Second},
		{0, 9600, 0},
		{10, 0, 0},
	} {
		if got := Wire(c.n, c.baud); got != c.want {
			t.Errorf("%d bytes at %d baud take %v, want %v", c.n, c.baud, got, c.want)
		}
	}
}

func TestPace_passes_no_byte_before_its_last_bit(t *testing.T) {
	t.Parallel()
	for _, baud := range []int{9600, 57600, 115200, 921600} {
		p := pace{baud: baud}
		p.begin(epoch, true)
		for n := range 300 {
			end := epoch.Add(Wire(n+1, baud))
			if got := p.due(end.Add(-time.Nanosecond)); got != n {
				t.Fatalf("%d baud: a nanosecond before the end of byte %d, %d bytes are due", baud, n+1, got)
			}
			if got := p.due(end); got != n+1 {
				t.Fatalf("%d baud: at the end of byte %d, %d bytes are due", baud, n+1, got)
			}
		}
	}
}

func TestPace_makes_up_for_steps_that_come_late(t *testing.T) {
	t.Parallel()
	const baud, total = 115200, 1_000_000
	p := pace{baud: baud}
	p.begin(epoch, true)
	now, left, wait := epoch, total, 0
	for left > 0 {
		now = p.next(left)
		if left > 1000 {
			wait = (wait + 137) % 900
			now = now.Add(time.Duration(wait) * time.Microsecond) // a timer that fires late
		}
		n := min(p.due(now), left)
		p.pass(n)
		left -= n
	}
	if got, want := now.Sub(epoch), Wire(total, baud); got != want {
		t.Errorf("a million bytes took %v, the line needs %v", got, want)
	}
}

func TestPace_keeps_its_timetable_only_while_bytes_follow_each_other(t *testing.T) {
	t.Parallel()
	p := pace{baud: 9600}
	p.begin(epoch, true)
	p.pass(10)
	late := p.free().Add(300 * time.Microsecond)
	p.begin(late, false)
	p.pass(10)
	if got, want := p.free(), epoch.Add(Wire(20, 9600)); !got.Equal(want) {
		t.Errorf("bytes that followed without a gap end at %v, want %v", got, want)
	}
	later := p.free().Add(time.Second)
	p.begin(later, true)
	p.pass(10)
	if got, want := p.free(), later.Add(Wire(10, 9600)); !got.Equal(want) {
		t.Errorf("bytes after a pause end at %v, want %v", got, want)
	}
	// Bytes that come while the line is still at work wait for it.
	p.begin(later, true)
	p.pass(10)
	if got, want := p.free(), later.Add(Wire(10, 9600)).Add(Wire(10, 9600)); !got.Equal(want) {
		t.Errorf("bytes that had to wait end at %v, want %v", got, want)
	}
}

func TestPace_does_not_drift_in_a_transmission_without_end(t *testing.T) {
	t.Parallel()
	p := pace{baud: 115200}
	p.begin(epoch, true)
	const chunks, size = 200_000, 23
	for range chunks {
		p.begin(p.free(), false)
		p.pass(size)
	}
	if got, want := p.free().Sub(epoch), Wire(chunks*size, 115200); got != want {
		t.Errorf("%d bytes took %v, want %v", chunks*size, got, want)
	}
}

func TestMisheard_leaves_bytes_alone_at_speeds_that_agree(t *testing.T) {
	t.Parallel()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, to := range []int{115200, 117000, 113000} {
		if got := Misheard(all, 115200, to); !bytes.Equal(got, all) {
			t.Errorf("115200 heard at %d baud is not what was sent", to)
		}
	}
}

func TestMisheard_makes_rubbish_at_speeds_that_differ(t *testing.T) {
	t.Parallel()
	find := []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22}
	for _, c := range []struct{ from, to int }{{115200, 9600}, {9600, 115200}, {115200, 57600}, {57600, 115200}, {19200, 38400}} {
		got := Misheard(find, c.from, c.to)
		if bytes.Contains(got, find[:5]) {
			t.Errorf("%d heard at %d still has the preamble: % X", c.from, c.to, got)
		}
		if len(got) == 0 {
			t.Errorf("%d heard at %d is nothing at all", c.from, c.to)
		}
	}
	// A receiver ten times too fast sees several bytes in one; one that is too slow sees fewer.
	if fast, slow := Misheard(find, 9600, 115200), Misheard(find, 115200, 9600); len(fast) <= len(find) || len(slow) >= len(find) {
		t.Errorf("10 bytes are heard as %d by a fast receiver and %d by a slow one", len(fast), len(slow))
	}
}

func FuzzMisheard(f *testing.F) {
	f.Add([]byte("hello"), 9600, 115200)
	f.Add([]byte{0, 0xFF, 0x55}, 115200, 9600)
	f.Fuzz(func(t *testing.T, b []byte, from, to int) {
		if len(b) > 200 || from < 300 || to < 300 || from > 1_000_000 || to > 1_000_000 {
			return
		}
		got := Misheard(b, from, to)
		// Every byte that is heard takes at least nine and a half bits of the receiver's time.
		if most := float64(len(b)*10)*float64(to)/float64(from)/9.5 + 1; float64(len(got)) > most {
			t.Errorf("%d bytes at %d baud are heard as %d at %d", len(b), from, len(got), to)
		}
	})
}
