package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/seriallink"
	"zizhuban/devices/station"
	"zizhuban/kiosk/slip"
)

// oneDevice opens a station with a single device for a command, and closes it.
func (s *setting) oneDevice(d station.DeviceConfig, limit time.Duration, f func(*station.Station) error) (err error) {
	if limit <= 0 {
		return fmt.Errorf("--timeout is %s, such as 10s is expected: %w", limit, errUsage)
	}
	if err := (station.Config{Devices: []station.DeviceConfig{d}}).Validate(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	st, err := station.Open(s.ctx, station.Config{Devices: []station.DeviceConfig{d}}, station.Options{Clock: s.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return f(st)
}

type listDevicesCommand struct{}

// Run lists what the kernel knows of serial ports. It opens none: opening one changes the speed of a port that is in use.
func (listDevicesCommand) Run(s *setting) error {
	found, err := seriallink.List()
	if err != nil {
		return fmt.Errorf("listing the serial ports: %w", err)
	}
	if found == nil {
		found = []seriallink.Found{} // an empty list in JSON, not null
	}
	return s.answer(found, func(w io.Writer) { listPorts(w, found) })
}

func listPorts(w io.Writer, found []seriallink.Found) {
	if len(found) == 0 {
		_, _ = fmt.Fprintln(w, "这台机器上没有串口：检查设备的电源和 USB 线。 This machine has no serial ports: check power and USB cables.")
		return
	}
	for _, f := range found {
		_, _ = fmt.Fprint(w, f.Node)
		for _, word := range []string{f.Driver, f.Name} {
			if word != "" {
				_, _ = fmt.Fprint(w, "  ", word)
			}
		}
		if f.Vendor != "" {
			_, _ = fmt.Fprintf(w, "  %s:%s", f.Vendor, f.Product)
		}
		if f.Serial != "" {
			_, _ = fmt.Fprint(w, "  ", f.Serial)
		}
		_, _ = fmt.Fprintln(w)
		for _, link := range f.Links {
			_, _ = fmt.Fprintf(w, "    port = %q\n", link)
		}
	}
}

type readCardCommand struct {
	Port    string        `help:"The reader's port, such as /dev/ttyUSB0." required:"" placeholder:"P"`
	Baud    int           `help:"Its speed." default:"115200"`
	Driver  string        `help:"Its driver." default:"sam"`
	Timeout time.Duration `help:"How long to wait for a card." default:"10s"`
}

// Run waits for a card and tells what it says.
func (c *readCardCommand) Run(s *setting) error {
	d := station.DeviceConfig{Role: devices.RoleIDCard, Driver: c.Driver, Port: c.Port, Baud: c.Baud}
	return s.oneDevice(d, c.Timeout, func(st *station.Station) error {
		ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
		defer cancel()
		card, err := st.IDCard().Read(ctx, func(p idcard.Phase) {
			if !s.json && p == idcard.Waiting {
				_, _ = fmt.Fprintln(s.stderr, "请把身份证放到阅读器上。 Put the card on the reader.")
			}
		})
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("no card was read within %s: put a card on the reader, see that its light is on and that --port and --baud are right, and try again", c.Timeout)
		}
		if err != nil {
			return err
		}
		return s.answer(card, func(w io.Writer) {
			t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
			for _, row := range [][2]string{
				{"姓名 name", card.Name}, {"性别 sex", card.Sex}, {"民族 nation", card.Nation}, {"出生 birth", card.Birth}, {"住址 address", card.Address},
				{"公民身份号码 number", card.IDNumber}, {"签发机关 authority", card.Authority}, {"有效期 valid", card.ValidFrom + " – " + card.ValidTo},
			} {
				_, _ = fmt.Fprintf(t, "%s\t%s\n", row[0], row[1])
			}
			for _, warning := range card.Warnings {
				_, _ = fmt.Fprintf(t, "注意 warning\t%s\n", warning)
			}
			_ = t.Flush()
		})
	})
}

type printCommand struct {
	Port    string        `help:"The printer's port." required:"" placeholder:"P"`
	Baud    int           `help:"Its speed." default:"115200"`
	Driver  string        `help:"Its driver." default:"escpos"`
	Profile string        `help:"What the printer can do." default:"generic-80mm"`
	Slip    string        `help:"The slip document (schema: kiosk/slip/schema.json); - reads standard input." required:"" placeholder:"FILE.json"`
	Timeout time.Duration `help:"How long to wait for the printer." default:"60s"`
}

// Run prints a slip document.
func (c *printCommand) Run(s *setting) error {
	in := io.Reader(os.Stdin)
	if c.Slip != "-" {
		f, err := os.Open(c.Slip)
		if err != nil {
			return fmt.Errorf("the slip document: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	document, err := slip.Read(in)
	if err != nil {
		return err
	}
	d := station.DeviceConfig{Role: devices.RolePrinter, Driver: c.Driver, Port: c.Port, Baud: c.Baud, Profile: c.Profile}
	return s.oneDevice(d, c.Timeout, func(st *station.Station) error {
		ctx, cancel := context.WithTimeout(s.ctx, c.Timeout)
		defer cancel()
		outcome, failure := st.Printer().Print(ctx, document)
		if failure != nil && outcome.Confirmation == "" {
			return failure
		}
		err := s.answer(outcome, func(w io.Writer) {
			words := map[printer.Confirmation]string{
				printer.Printed: "打印机确认已打印完。 The printer says that it was printed.", printer.Processed: "打印机已处理完，状态正常。 The printer has processed it and is well.",
				printer.Unknown: "不知道是否打印出来了，请看一下。 Nobody knows whether it came out: please look.", printer.Failed: "没有完整打印出来。 It did not come out whole.",
			}
			_, _ = fmt.Fprintf(w, "%s\n%d bytes, paper %s", words[outcome.Confirmation], outcome.Bytes, outcome.Paper)
			if outcome.Reason != "" {
				_, _ = fmt.Fprintf(w, ", %s", outcome.Reason)
			}
			_, _ = fmt.Fprintln(w)
		})
		return errors.Join(err, failure)
	})
}
