// Package station is the devices that a terminal has: it opens, watches and heals them, and hands them out.
//
// [Open] reads a [Config] and starts one goroutine for each device, which opens its port, greets the device, looks at it now
// and then while nobody uses it, and heals it when its cable was pulled. [Station.IDCard], [Station.Printer] and [Station.Scanner] can
// always be called: a device that this terminal has not answers [devices.ErrNoDevice], one that is away
// [devices.ErrDisconnected], at once. [Station.Reports] and [Station.Watch] tell how the devices are, in stable health codes.
//
// It promises that no port has two owners, and that a device comes back without a restart. It prints nothing by itself but the
// cut that ends an interrupted slip.
package station

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/scanner"
	"zizhuban/devices/seriallink"
)

// Options are what a station needs besides its configuration.
type Options struct {
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nothing is logged
}

// firstTry bounds how long Open waits for the ports to be tried once.
const firstTry = 2 * time.Second

// Station holds the devices of a terminal.
type Station struct {
	units   []*unit
	reader  idcard.Reader
	printer printer.Printer
	scanner scanner.Scanner
	stop    context.CancelFunc
	work    sync.WaitGroup
	bus     *bus
	close   sync.Once
}

// Open starts the devices of a configuration. A device that is away is no error: it is watched for. Close the station.
func Open(ctx context.Context, c Config, o Options) (*Station, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Station{reader: noReader{}, printer: noPrinter{}, scanner: noScanner{}, stop: stop, bus: newBus()}
	for _, d := range c.Devices {
		s.add(d.withDefaults(), o)
	}
	s.work.Go(func() { s.bus.run(life) })
	for _, u := range s.units {
		s.work.Go(func() { u.run(life) })
	}
	first, cancel := clockwork.WithTimeout(ctx, o.Clock, firstTry)
	defer cancel()
	for _, u := range s.units {
		for {
			changed := u.link.Changed()
			if !u.link.State().Opening {
				break
			}
			select {
			case <-changed:
				continue
			case <-first.Done(): // a port that hangs while it is opened; it goes on by itself
			}
			break
		}
	}
	return s, nil
}

// add makes a device and its driver.
func (s *Station) add(d DeviceConfig, o Options) {
	log := o.Log.With("device", string(d.Role))
	u := &unit{config: d, clock: o.Clock, log: log, bus: s.bus, kick: make(chan struct{}, 1)}
	u.report = devices.Report{Role: d.Role, Driver: d.Driver, Port: d.Port, Status: devices.Starting, Since: o.Clock.Now()}
	var mask seriallink.Mask
	switch d.Role {
	case devices.RoleIDCard:
		mask = idcard.Mask
	case devices.RolePrinter:
		mask = printer.Mask
	case devices.RoleScanner:
		mask = scanner.Mask
	}
	u.link = seriallink.Keep(d.link(), seriallink.LinkOptions{Clock: o.Clock, Log: log, Mask: mask})
	switch d.Role {
	case devices.RoleIDCard:
		sam := idcard.NewSAM(u.link, idcard.Options{Clock: o.Clock, Log: log, Reread: d.Reread, Poll: d.poll()})
		u.check = u.checkReader(sam)
		s.reader = watchedReader{unit: u, reader: sam}
	case devices.RolePrinter:
		profile, _ := printer.ProfileNamed(d.Profile) // Validate has found it
		p := printer.NewESCPOS(u.link, profile, printer.Options{Clock: o.Clock, Log: log, Baud: d.Baud})
		u.check = u.checkPrinter(p)
		s.printer = watchedPrinter{unit: u, printer: p}
	case devices.RoleScanner:
		u.check = func(context.Context) { u.well("") } // a scanner is silent until somebody shows it a code
		s.scanner = scanner.NewLine(u.link, scanner.Options{Clock: o.Clock, Log: log, Suffix: d.Suffix, Encoding: d.Encoding,
			Baud: d.Baud, On: u.scannerSays})
	}
	s.units = append(s.units, u)
}

// IDCard is the card reader.
func (s *Station) IDCard() idcard.Reader { return s.reader }

// Printer is the receipt printer.
func (s *Station) Printer() printer.Printer { return s.printer }

// Scanner is the code scanner.
func (s *Station) Scanner() scanner.Scanner { return s.scanner }

// Reports tells how the configured devices are, in the order of the configuration.
func (s *Station) Reports() []devices.Report {
	var out []devices.Report
	for _, u := range s.units {
		out = append(out, u.snapshot())
	}
	return out
}

// Report tells how the device of a role is; one that this terminal has not is NoDevice.
func (s *Station) Report(role devices.Role) devices.Report {
	for _, u := range s.units {
		if u.config.Role == role {
			return u.snapshot()
		}
	}
	return devices.Report{Role: role, Status: devices.NoDevice}
}

// Trace is what went over the port of a role's device lately, without personal data.
func (s *Station) Trace(role devices.Role) []seriallink.Entry {
	for _, u := range s.units {
		if u.config.Role == role {
			return u.link.Trace()
		}
	}
	return nil
}

// Watch calls f for every change of a device, in order and one at a time, until stop is called. f must not block for long.
func (s *Station) Watch(f func(devices.Event)) (stop func()) { return s.bus.watch(f) }

// Close stops everything and waits. Commands under way fail with an ErrDisconnected or their own error.
func (s *Station) Close() error {
	s.close.Do(func() {
		s.stop()
		for _, u := range s.units {
			u.link.Close()
		}
		s.work.Wait()
	})
	return nil
}
