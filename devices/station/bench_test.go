package station_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/bench/rig"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/station"
)

// onBench is a station whose devices are simulated ones, written apart from the drivers, at the pace of a real line.
func onBench(t testing.TB, profile string) (*rig.Bench, *station.Station) {
	t.Helper()
	dir := t.TempDir()
	b, err := rig.Open(rig.Config{Dir: dir, Reader: rig.ReaderConfig{Baud: 115200}, Printer: rig.PrinterConfig{Baud: 115200}, Scanner: rig.ScannerConfig{Baud: 9600, Suffix: "\r"},
		Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	s, err := station.Open(t.Context(), station.Config{Devices: []station.DeviceConfig{
		{Role: devices.RoleIDCard, Port: filepath.Join(dir, rig.Reader)},
		{Role: devices.RolePrinter, Port: filepath.Join(dir, rig.Printer), Profile: profile},
		{Role: devices.RoleScanner, Port: filepath.Join(dir, rig.Scanner)},
	}}, station.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return b, s
}

func TestStation_reads_every_card_of_the_bench(t *testing.T) {
	t.Parallel()
	b, s := onBench(t, "epson-80mm")
	eventually(t, s, devices.RoleIDCard, "online", online)
	for _, entry := range rig.Cards() {
		put, err := b.PutCard(entry.Key, "")
		if err != nil {
			t.Fatal(err)
		}
		card, err := s.IDCard().Read(within(t, 20*time.Second), nil)
		switch {
		case entry.Key == "forged":
			if !errors.Is(err, idcard.ErrUntrusted) {
				t.Errorf("%s: %v", entry.Key, err)
			}
		case entry.Key == "mute":
			if !errors.Is(err, idcard.ErrMoved) {
				t.Errorf("%s: %v", entry.Key, err)
			}
		case strings.HasPrefix(entry.Key, "DEMO"):
			if err != nil || card.Name != put.Name || card.IDNumber != put.Number || card.Address != put.Address || card.Authority != put.Authority {
				t.Errorf("%s: %v", entry.Key, err)
			}
			if there, err := s.IDCard().Present(within(t, 5*time.Second)); err != nil || !there {
				t.Errorf("%s lies there and is not seen: %v", entry.Key, err)
			}
		default:
			if !errors.Is(err, idcard.ErrWrongCard) {
				t.Errorf("%s: %v", entry.Key, err)
			}
		}
		if err := b.LiftCard(0); err != nil {
			t.Fatal(err)
		}
		if there, err := s.IDCard().Present(within(t, 5*time.Second)); err != nil || there {
			t.Errorf("%s was lifted and is seen: %v", entry.Key, err)
		}
	}
}

func TestStation_tells_of_a_card_lifted_too_early(t *testing.T) {
	t.Parallel()
	b, s := onBench(t, "epson-80mm")
	eventually(t, s, devices.RoleIDCard, "online", online)
	if _, err := b.PutCard("DEMO1", ""); err != nil {
		t.Fatal(err)
	}
	if err := b.LiftCard(30 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := s.IDCard().Read(within(t, 20*time.Second), nil); !errors.Is(err, idcard.ErrMoved) {
		t.Errorf("%v", err)
	}
}

// receipt is a slip that bears a mark in every line.
func receipt(mark string, lines int) printer.Slip {
	slip := printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "回执", Align: printer.Centre, Wide: true, Tall: true}}}
	for range lines {
		slip.Blocks = append(slip.Blocks, printer.Block{Kind: printer.KindField, Label: "事项", Text: mark})
	}
	return printer.Slip{Blocks: append(slip.Blocks, printer.Block{Kind: printer.KindQR, Text: "https://hall.example/t/7K3M9Q2W5X8Y"}, printer.Block{Kind: printer.KindCut})}
}

func TestStation_prints_on_the_bench_and_is_told_so(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]printer.Confirmation{"epson-80mm": printer.Printed, "generic-80mm": printer.Processed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := onBench(t, name)
			eventually(t, s, devices.RolePrinter, "online", online)
			o, err := s.Printer().Print(within(t, time.Minute), receipt("示例𬭚", 3))
			if err != nil || o.Confirmation != want {
				t.Fatalf("%+v %v", o, err)
			}
			slips := b.Slips()
			if len(slips) != 1 || len(b.Status().Printer.Problems) != 0 {
				t.Fatalf("%d slips, problems %v", len(slips), b.Status().Printer.Problems)
			}
			text := slips[0].Text()
			if strings.Count(text, "事项  示例") != 3 || !strings.Contains(text, "回执") || strings.Contains(text, "?") {
				t.Errorf("%q", text)
			}
		})
	}
}

func TestStation_keeps_an_interrupted_slip_from_the_next_citizen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"epson-80mm", "generic-80mm"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := onBench(t, name)
			eventually(t, s, devices.RolePrinter, "online", online)
			if err := b.Paper("out", 200); err != nil {
				t.Fatal(err)
			}
			o, err := s.Printer().Print(within(t, time.Minute), receipt("OLD", 30))
			if !errors.Is(err, printer.ErrPaperOut) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonPaperOut {
				t.Fatalf("%+v %v", o, err)
			}
			eventually(t, s, devices.RolePrinter, "out of paper", func(r devices.Report) bool { return r.Health.Code == "PRN-02" })
			if err := b.Paper("full", 0); err != nil {
				t.Fatal(err)
			}
			eventually(t, s, devices.RolePrinter, "online again", online)
			if o, err = s.Printer().Print(within(t, time.Minute), receipt("NEW", 2)); err != nil || o.Confirmation == printer.Failed {
				t.Fatalf("%+v %v", o, err)
			}
			slips := b.Slips()
			for i, slip := range slips {
				if text := slip.Text(); strings.Contains(text, "NEW") == (i < len(slips)-1) || strings.Contains(text, "NEW") && strings.Contains(text, "OLD") {
					t.Errorf("slip %d of %d: %q", i+1, len(slips), text)
				}
			}
		})
	}
}

func TestStation_ends_a_slip_when_the_cable_is_pulled_and_prints_the_next(t *testing.T) {
	t.Parallel()
	b, s := onBench(t, "epson-80mm")
	eventually(t, s, devices.RolePrinter, "online", online)
	b.Slow(true)
	go func() { // in the middle of the slip: something has come out and is not cut off
		for {
			_, changed := b.Changed()
			if b.Status().Printer.Hanging {
				b.Plug(rig.Printer, false)
				return
			}
			<-changed
		}
	}()
	o, err := s.Printer().Print(within(t, time.Minute), receipt("OLD", 30))
	if !errors.Is(err, devices.ErrDisconnected) || o.Confirmation != printer.Failed || o.Reason != printer.ReasonDisconnected {
		t.Fatalf("%+v %v", o, err)
	}
	b.Slow(false)
	eventually(t, s, devices.RolePrinter, "away", away)
	if err := b.Plug(rig.Printer, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, s, devices.RolePrinter, "online again", online)
	if o, err := s.Printer().Print(within(t, time.Minute), receipt("NEW", 2)); err != nil || o.Confirmation != printer.Printed {
		t.Fatalf("%+v %v", o, err)
	}
	slips := b.Slips()
	if last := slips[len(slips)-1].Text(); strings.Contains(last, "OLD") || !strings.Contains(last, "NEW") {
		t.Errorf("%q", last)
	}
}

func TestStation_scans_from_the_bench(t *testing.T) {
	t.Parallel()
	b, s := onBench(t, "epson-80mm")
	eventually(t, s, devices.RoleScanner, "online", online)
	for _, encoding := range []string{"utf-8", "gb18030"} {
		got := make(chan string, 1)
		go func() {
			c, err := s.Scanner().Scan(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- c.Text
		}()
		for text := ""; text == ""; { // shown until it is taken: the wait for it begins a moment later
			if err := b.Scan("示例码 12345", encoding, false); err != nil {
				t.Fatal(err)
			}
			select {
			case text = <-got:
				if text != "示例码 12345" {
					t.Errorf("%s: %q", encoding, text)
				}
			case <-time.After(300 * time.Millisecond):
			}
		}
	}
}

// BenchmarkCardRead measures from the moment a card is found to the holder, over the time of 1359 bytes at 115200 baud.
func BenchmarkCardRead(b *testing.B) {
	bench, s := onBench(b, "epson-80mm")
	if _, err := bench.PutCard("DEMO1", ""); err != nil {
		b.Fatal(err)
	}
	const wire = 1359 * 10 * time.Second / 115200
	for b.Loop() {
		if _, err := s.IDCard().Read(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(wire), "x-wire")
}

// BenchmarkSlip measures a standard slip from the first byte to the printer's word, and its bytes.
func BenchmarkSlip(b *testing.B) {
	_, s := onBench(b, "epson-80mm")
	bytes := 0
	for b.Loop() {
		o, err := s.Printer().Print(b.Context(), receipt("示例事项", 8))
		if err != nil {
			b.Fatal(err)
		}
		bytes = o.Bytes
	}
	b.ReportMetric(float64(bytes), "slip-bytes")
}
