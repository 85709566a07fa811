package printer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zizhuban/devices/printer"
	"zizhuban/devices/seriallink"
	"zizhuban/devices/seriallink/linktest"
)

func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// driver makes a driver on a printer that it has met before, as after the station's first look.
func driver(t *testing.T, src seriallink.Source, profileName string) *printer.ESCPOS {
	t.Helper()
	d := printer.NewESCPOS(src, profile(t, profileName), printer.Options{Baud: 115200})
	if _, err := d.Status(within(t, 30*time.Second)); err != nil && !errors.Is(err, printer.ErrUncleared) {
		t.Fatal(err)
	}
	return d
}

// slipOf is a slip of some lines that bear a mark.
func slipOf(mark string, lines int) printer.Slip {
	var s printer.Slip
	for i := range lines {
		s.Blocks = append(s.Blocks, printer.Block{Kind: printer.KindText, Text: fmt.Sprintf("%s line %d", mark, i+1)})
	}
	s.Blocks = append(s.Blocks, printer.Block{Kind: printer.KindCut})
	return s
}

func TestESCPOS_says_what_the_printer_confirmed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile string
		set     func(*model)
		want    printer.Confirmation
	}{
		"by process id":                      {"epson-80mm", func(*model) {}, printer.Printed},
		"by a queued status":                 {"generic-80mm", func(*model) {}, printer.Processed},
		"by a status where the id is wrong":  {"epson-80mm", func(m *model) { m.wrongID = true }, printer.Processed},
		"by a status where ids are unknown":  {"epson-80mm", func(m *model) { m.idless = true }, printer.Processed},
		"nothing where there is no way":      {"epson-80mm", func(m *model) { m.idless, m.queueless = true, true }, printer.Unknown},
		"the same with noise before replies": {"epson-80mm", func(m *model) { m.noise = []byte{0x11, 0x13, 0xFF, 0x80} }, printer.Printed},
		"the same with paper near its end":   {"epson-80mm", func(m *model) { m.near = true }, printer.Printed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				m := newModel()
				test.set(m)
				d := driver(t, m.conn(), test.profile)
				o, err := d.Print(within(t, 2*time.Minute), standardSlip())
				if err != nil || o.Confirmation != test.want {
					t.Fatalf("%+v, %v", o, err)
				}
				wantPaper := printer.PaperFull
				if m.near {
					wantPaper = printer.PaperLow
				}
				if o.Paper != wantPaper || o.Bytes == 0 || o.Reason != "" {
					t.Errorf("%+v", o)
				}
				slips, hanging := m.paper()
				if len(slips) != 1 || strings.TrimSpace(hanging) != "" || !strings.Contains(slips[0], "<QR https://hall.example.gov.cn/t/7K3M9Q2W5X8Y4Z1A6B0C>") ||
					!strings.Contains(slips[0], string(gb(t, "灵活就业人员参保登记"))) {
					t.Errorf("on paper: %q, hanging %q", slips, hanging)
				}
			})
		})
	}
}

func TestESCPOS_refuses_to_begin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set    func(*model)
		want   error
		reason string
	}{
		"without paper":       {func(m *model) { m.out = true }, printer.ErrPaperOut, printer.ReasonPaperOut},
		"with an open cover":  {func(m *model) { m.cover = true }, printer.ErrCoverOpen, printer.ReasonCoverOpen},
		"with a stuck cutter": {func(m *model) { m.cutter = true }, printer.ErrCutter, printer.ReasonCutter},
		"with a hot head":     {func(m *model) { m.hot = true }, printer.ErrHot, printer.ReasonHot},
		"without an answer":   {func(m *model) { m.deaf[1] = true }, printer.ErrNoAnswer, printer.ReasonDisconnected},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				m := newModel()
				d := driver(t, m.conn(), "epson-80mm")
				m.change(func() { test.set(m) })
				began := time.Now()
				o, err := d.Print(within(t, time.Minute), standardSlip())
				if !errors.Is(err, test.want) || o.Confirmation != printer.Failed || o.Reason != test.reason || o.Bytes != 0 {
					t.Errorf("%+v, %v", o, err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("took %v", took)
				}
				if slips, hanging := m.paper(); len(slips) != 0 || hanging != "" {
					t.Errorf("something came out: %q %q", slips, hanging)
				}
			})
		})
	}
}

func TestESCPOS_never_lets_an_interrupted_slip_come_out_with_the_next(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile string
		set     func(*model)
		clears  bool
	}{
		"cleared by DLE DC4 8":                    {"epson-80mm", func(*model) {}, true},
		"cleared by DLE ENQ 2":                    {"generic-80mm", func(*model) {}, true},
		"worked off where nothing clears":         {"generic-80mm", func(m *model) { m.clears = false }, false},
		"worked off where the profile clears not": {"kiosk-58mm", func(*model) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				m := newModel()
				test.set(m)
				conn := m.conn()
				d := driver(t, conn, test.profile)
				m.change(func() { m.ends = m.lines + 5 })
				o, err := d.Print(within(t, time.Minute), slipOf("OLD", 20))
				if !errors.Is(err, printer.ErrPaperOut) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonPaperOut || o.Paper != printer.PaperOut {
					t.Fatalf("%+v, %v", o, err)
				}
				if _, err := d.Print(within(t, time.Minute), slipOf("NEW", 3)); !errors.Is(err, printer.ErrPaperOut) {
					t.Fatalf("printed without paper: %v", err)
				}
				m.refill(conn)
				if s, err := d.Status(within(t, time.Minute)); err != nil || s.Ready() != nil {
					t.Fatalf("%+v %v", s, err)
				}
				o, err = d.Print(within(t, time.Minute), slipOf("NEW", 3))
				if err != nil || o.Confirmation == printer.Failed {
					t.Fatalf("%+v, %v", o, err)
				}
				slips, hanging := m.paper()
				if len(slips) < 2 || hanging != "" {
					t.Fatalf("slips %q, hanging %q", slips, hanging)
				}
				last := slips[len(slips)-1]
				if strings.Contains(last, "OLD") || strings.Count(last, "NEW") != 3 {
					t.Errorf("the next citizen's slip: %q", last)
				}
				for _, s := range slips[:len(slips)-1] {
					if strings.Contains(s, "NEW") || test.clears && strings.Contains(s, "line 6") {
						t.Errorf("an earlier piece: %q", s)
					}
				}
			})
		})
	}
}

func TestESCPOS_gives_up_at_once_when_the_cover_opens_in_the_middle(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		d := driver(t, m.conn(), "epson-80mm")
		m.change(func() {
			at := m.lines + 3
			m.onLine = func(m *model, n int) { m.cover = m.cover || n == at }
		})
		began := time.Now()
		o, err := d.Print(within(t, time.Minute), slipOf("OLD", 10))
		if !errors.Is(err, printer.ErrCoverOpen) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonCoverOpen {
			t.Errorf("%+v %v", o, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		if m.cleared == 0 {
			t.Error("nothing was cleared")
		}
	})
}

func TestESCPOS_counts_a_slip_as_printed_when_the_paper_ends_behind_it(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		conn := m.conn()
		d := driver(t, conn, "epson-80mm")
		// The paper's end is felt behind the last line, and the id comes before the printer stops.
		m.change(func() {
			last := m.lines + 3
			m.onLine = func(m *model, n int) {
				if n == last {
					time.AfterFunc(300*time.Millisecond, func() { m.change(func() { m.out = true }) })
				}
			}
		})
		o, err := d.Print(within(t, time.Minute), slipOf("X", 3))
		if err != nil || o.Confirmation != printer.Printed {
			t.Errorf("%+v %v", o, err)
		}
	})
}

func TestESCPOS_answers_at_once_when_the_cable_is_pulled_and_clears_when_it_is_back(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		first := m.conn()
		src := &switched{conn: first}
		d := driver(t, src, "epson-80mm")
		m.change(func() {
			at := m.lines + 3
			m.onLine = func(m *model, n int) { m.jammed = m.jammed || n == at } // holds the rest, says nothing more
		})
		time.AfterFunc(2*time.Second, first.Lose)
		began := time.Now()
		o, err := d.Print(within(t, time.Minute), slipOf("OLD", 10))
		if !errors.Is(err, printer.ErrDisconnected) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonDisconnected {
			t.Fatalf("%+v %v", o, err)
		}
		if took := time.Since(began); took > 2100*time.Millisecond {
			t.Errorf("took %v", took)
		}
		second := m.conn()
		src.conn = second
		m.change(func() { m.jammed, m.onLine = false, nil })
		o, err = d.Print(within(t, time.Minute), slipOf("NEW", 2))
		if err != nil || o.Confirmation != printer.Printed {
			t.Fatalf("%+v %v", o, err)
		}
		slips, _ := m.paper()
		if last := slips[len(slips)-1]; strings.Contains(last, "OLD") || !strings.Contains(last, "NEW") {
			t.Errorf("%q", slips)
		}
	})
}

// switched gives the connection of the moment.
type switched struct{ conn *linktest.Fake }

func (s *switched) Conn() (seriallink.Conn, error) { return s.conn.Conn() }

func TestESCPOS_gives_up_a_printer_that_takes_no_bytes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		conn := m.conn()
		d := driver(t, conn, "epson-80mm")
		m.change(func() { m.onLine = func(*model, int) { conn.Jam() } })
		began := time.Now()
		o, err := d.Print(within(t, 5*time.Minute), slipOf("OLD", 60))
		if !errors.Is(err, printer.ErrTimeout) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonTimeout {
			t.Errorf("%+v %v", o, err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestESCPOS_stays_shut_until_an_interrupted_slip_is_known_to_be_gone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		conn := m.conn()
		d := driver(t, conn, "generic-80mm")
		m.change(func() { m.ends, m.clears = m.lines+2, false })
		if _, err := d.Print(within(t, time.Minute), slipOf("OLD", 10)); !errors.Is(err, printer.ErrPaperOut) {
			t.Fatal(err)
		}
		m.change(func() { m.queueless = true })
		m.refill(conn)
		o, err := d.Print(within(t, time.Minute), slipOf("NEW", 1))
		if !errors.Is(err, printer.ErrUncleared) || o.Reason != printer.ReasonUncleared {
			t.Errorf("%+v %v", o, err)
		}
		if slips, hanging := m.paper(); strings.Contains(strings.Join(slips, "")+hanging, "NEW") {
			t.Error("it printed all the same")
		}
		m.change(func() { m.queueless = false })
		if o, err := d.Print(within(t, time.Minute), slipOf("NEW", 1)); err != nil || o.Confirmation != printer.Processed {
			t.Errorf("%+v %v", o, err)
		}
	})
}

func TestESCPOS_clears_what_is_not_done_when_the_caller_gives_up(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		d := driver(t, m.conn(), "epson-80mm")
		m.change(func() {
			at := m.lines + 2
			m.onLine = func(m *model, n int) { m.jammed = m.jammed || n == at }
		})
		o, err := d.Print(within(t, 3*time.Second), slipOf("OLD", 10))
		if !errors.Is(err, context.DeadlineExceeded) || o.Confirmation != printer.Unknown {
			t.Fatalf("%+v %v", o, err)
		}
		m.change(func() { m.jammed, m.onLine = false, nil })
		if o, err := d.Print(within(t, time.Minute), slipOf("NEW", 1)); err != nil || o.Confirmation != printer.Printed {
			t.Fatalf("%+v %v", o, err)
		}
		slips, _ := m.paper()
		if last := slips[len(slips)-1]; strings.Contains(last, "OLD") {
			t.Errorf("%q", last)
		}
	})
}

func TestESCPOS_does_not_overrun_the_buffer_of_a_printer_without_handshake(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		most := 0
		conn := linktest.NewFake(func(f *linktest.Fake, w []byte) {
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, b := range w {
				m.take(f, b)
			}
			most = max(most, len(m.rx))
			time.AfterFunc(50*time.Millisecond, func() { m.change(func() { m.work(f) }) }) // a slow mechanism
		})
		d := driver(t, conn, "generic-80mm")
		o, err := d.Print(within(t, 5*time.Minute), slipOf("LONG", 1500))
		if err != nil || o.Confirmation != printer.Processed || o.Bytes < 20000 {
			t.Fatalf("%+v %v", o, err)
		}
		if most > 4096 {
			t.Errorf("%d bytes stood in a buffer of 4096", most)
		}
		if slips, _ := m.paper(); strings.Count(slips[len(slips)-1], "LONG") != 1500 {
			t.Error("lines are missing")
		}
	})
}

func TestESCPOS_reads_each_status_for_what_it_is(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  func(*model)
		want func(printer.State) bool
	}{
		"all well": {func(*model) {}, func(s printer.State) bool {
			return s.Paper == printer.PaperFull && s.Cover == printer.CoverClosed && s.Cutter == printer.CutterOK && !s.Offline
		}},
		"near end": {func(m *model) { m.near = true }, func(s printer.State) bool { return s.Paper == printer.PaperLow && s.Ready() == nil }},
		"out":      {func(m *model) { m.out = true }, func(s printer.State) bool { return s.Paper == printer.PaperOut && s.Offline }},
		"cover": {func(m *model) { m.cover = true }, func(s printer.State) bool {
			return s.Cover == printer.CoverOpen && errors.Is(s.Ready(), printer.ErrCoverOpen)
		}},
		"cutter":        {func(m *model) { m.cutter = true }, func(s printer.State) bool { return s.Cutter == printer.CutterFault }},
		"hot":           {func(m *model) { m.hot = true }, func(s printer.State) bool { return s.Hot }},
		"no paper word": {func(m *model) { m.deaf[4] = true }, func(s printer.State) bool { return s.Paper == printer.PaperUnknown && s.Cover == printer.CoverClosed }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				m := newModel()
				d := driver(t, m.conn(), "epson-80mm")
				m.change(func() { test.set(m) })
				s, err := d.Status(within(t, time.Minute))
				if err != nil || !test.want(s) {
					t.Errorf("%+v %v", s, err)
				}
			})
		})
	}
}

func TestESCPOS_asks_status_in_the_bytes_of_the_manual(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := newModel()
		conn := m.conn()
		d := driver(t, conn, "epson-80mm")
		before := len(conn.Written())
		if _, err := d.Status(within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got := conn.Written()[before:]; !bytes.Equal(got, []byte{0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 3, 0x10, 4, 4}) {
			t.Errorf("% X", got)
		}
	})
}

func TestMask_shows_status_commands_and_nothing_of_a_slip(t *testing.T) {
	t.Parallel()
	for _, c := range [][]byte{{0x10, 4, 1}, {0x1B, '@'}, {0x1D, 'r', 1}, append([]byte{0x1D, '(', 'H', 6, 0, 48, 48}, "0001"...)} {
		if n := printer.Mask(seriallink.Out, c); n != len(c) {
			t.Errorf("% X: %d shown", c, n)
		}
	}
	b, err := printer.Encode(standardSlip(), profile(t, "generic-80mm"))
	if err != nil {
		t.Fatal(err)
	}
	for at := range b {
		for _, end := range []int{at + 12, at + 256, len(b)} {
			piece := b[at:min(end, len(b))]
			if n := printer.Mask(seriallink.Out, piece); n > 0 && !bytes.HasPrefix(piece, []byte{0x1B, '@'}) {
				t.Fatalf("shows % X", piece[:n])
			}
		}
	}
}

func TestESCPOS_keeps_the_line_busy_with_the_slip(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := newModel().conn()
		d := driver(t, conn, "epson-80mm")
		before := len(conn.Written())
		began := time.Now()
		o, err := d.Print(within(t, time.Minute), standardSlip())
		if err != nil || o.Confirmation != printer.Printed {
			t.Fatalf("%+v %v", o, err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %v beyond what the printer needed", took)
		}
		sent := conn.Written()[before:]
		first, last := bytes.Index(sent, []byte("\x1B@")), bytes.LastIndex(sent, []byte("\x1DVB\x00"))+4
		if ratio := float64(last-first) / float64(o.Bytes); ratio > 1.05 {
			t.Errorf("%d bytes went out for a slip of %d: %.3f", last-first, o.Bytes, ratio)
		}
	})
}
