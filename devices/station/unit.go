package station

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/scanner"
	"zizhuban/devices/seriallink"
)

// How a device is watched while nobody uses it.
const (
	lookEvery = 5 * time.Second
	lookSoon  = 2 * time.Second // at a device that is not well: somebody may be mending it
	lookWait  = 15 * time.Second
	muteLooks = 6 // looks without an answer before the port is opened anew
)

// The health codes of protocols and printers. Those of ports are seriallink's, those of scanners scanner's.
const (
	codeNoAnswer  = "PRO-01"
	codeNonsense  = "PRO-04"
	codeModule    = "IDC-01" // the card reader's security module is out of service
	codePaperLow  = "PRN-01"
	codePaperOut  = "PRN-02"
	codeCover     = "PRN-03"
	codeCutter    = "PRN-04"
	codePrinter   = "PRN-05" // any other fault that the printer reports
	codeUncleared = "PRN-06" // an interrupted slip may still be in the printer
)

// unit is one device: its link, its driver, and how it is.
type unit struct {
	config DeviceConfig
	clock  clockwork.Clock
	log    *slog.Logger
	link   *seriallink.Link
	bus    *bus
	check  func(context.Context) // looks at the device and notes what it finds
	kick   chan struct{}         // asks for a look at once

	mu     sync.Mutex
	report devices.Report
	mute   int // looks without an answer in a row
}

// run watches the device until ctx ends.
func (u *unit) run(ctx context.Context) {
	for ctx.Err() == nil {
		changed := u.link.Changed()
		state := u.link.State()
		if state.Up {
			u.greet(state)
			u.look(ctx)
			timer := u.clock.NewTimer(u.interval())
			u.wait(ctx, changed, timer.Chan())
			timer.Stop()
			continue
		}
		if !state.Opening {
			u.away(state)
		}
		u.wait(ctx, changed, nil)
	}
}

func (u *unit) wait(ctx context.Context, changed <-chan struct{}, look <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-changed:
	case <-look:
	case <-u.kick:
	}
}

// look runs the check, bounded, and opens the port anew when the device has been silent for long.
func (u *unit) look(ctx context.Context) {
	bound, cancel := clockwork.WithTimeout(ctx, u.clock, lookWait)
	defer cancel()
	u.check(bound)
	u.mu.Lock()
	reopen := u.mute >= muteLooks
	if reopen {
		u.mute = 0
	}
	u.mu.Unlock()
	if reopen {
		u.link.Reopen(errors.New("the device does not answer"))
	}
}

func (u *unit) interval() time.Duration {
	if u.snapshot().Status == devices.Online {
		return lookEvery
	}
	return lookSoon
}

// lookNow asks for a look as soon as the device is free.
func (u *unit) lookNow() {
	select {
	case u.kick <- struct{}{}:
	default:
	}
}

// greet notes that the port is open.
func (u *unit) greet(s seriallink.State) {
	u.change(func(r *devices.Report) {
		r.Reconnects = s.Reconnects
		if r.Status == devices.PowerOff || r.Status == devices.NoDevice || r.Health.Code != "" && r.Health.Code[:3] == "SER" {
			r.Status, r.Health = devices.Starting, devices.Health{}
		}
	})
}

// away notes that the port is not open, and why.
func (u *unit) away(s seriallink.State) {
	status, health, ok := seriallink.HealthOf(s.Err)
	if !ok { // closed by ourselves
		return
	}
	u.change(func(r *devices.Report) {
		r.Status, r.Health, r.Parts, r.Identity, r.Reconnects = status, health, nil, "", s.Reconnects
	})
}

// well notes that the device works. A connection that comes and goes is worth a technician's visit all the same.
func (u *unit) well(identity string) {
	var health devices.Health
	if u.link.State().Flapping {
		_, health, _ = seriallink.HealthOf(seriallink.ErrFlapping)
	}
	u.found(func(r *devices.Report) {
		r.Status, r.Health = devices.Online, health
		if identity != "" {
			r.Identity = identity
		}
	})
	u.mu.Lock()
	u.mute = 0
	u.mu.Unlock()
}

// ill notes what an error of a driver says about the device. Errors about a card, a slip or the caller's time say nothing.
func (u *unit) ill(err error) {
	status, health := devices.Status(""), devices.Health{}
	set := func(s devices.Status, code, action string) {
		status, health = s, devices.Health{Code: code, Action: action, Detail: err.Error()}
	}
	switch {
	case errors.Is(err, idcard.ErrNoAnswer), errors.Is(err, printer.ErrNoAnswer):
		set(devices.PowerOff, codeNoAnswer, "reset")
		u.mu.Lock()
		u.mute++
		u.mu.Unlock()
	case errors.Is(err, devices.ErrDisconnected), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return // the link tells why, or nobody waited long enough
	case errors.Is(err, idcard.ErrOutOfService):
		set(devices.HardwareError, codeModule, "maintenance")
	case errors.Is(err, idcard.ErrNonsense):
		set(devices.HardwareError, codeNonsense, "configuration")
	case errors.Is(err, printer.ErrPaperOut):
		set(devices.UserError, codePaperOut, "clear")
	case errors.Is(err, printer.ErrCoverOpen):
		set(devices.UserError, codeCover, "clear")
	case errors.Is(err, printer.ErrCutter):
		set(devices.HardwareError, codeCutter, "clear")
	case errors.Is(err, printer.ErrUncleared):
		set(devices.HardwareError, codeUncleared, "maintenance")
	case errors.Is(err, printer.ErrTimeout):
		set(devices.HardwareError, seriallink.CodeWriteStalled, "maintenance")
	case errors.Is(err, printer.ErrFault), errors.Is(err, printer.ErrOffline), errors.Is(err, printer.ErrHot):
		set(devices.HardwareError, codePrinter, "reset")
	default:
		return
	}
	u.found(func(r *devices.Report) { r.Status, r.Health = status, health })
}

// found notes what talking to the device has shown, unless its port was lost meanwhile: then that counts.
func (u *unit) found(f func(*devices.Report)) {
	u.change(f)
	if s := u.link.State(); !s.Up {
		u.away(s)
	}
}

// checkReader asks the security module how it is, and for its number after each opening of the port.
func (u *unit) checkReader(sam *idcard.SAM) func(context.Context) {
	return func(ctx context.Context) {
		busy, err := sam.Status(ctx)
		if busy {
			return
		}
		if err != nil {
			u.ill(err)
			return
		}
		identity := u.snapshot().Identity
		if identity == "" {
			if id, err := sam.ID(ctx); err == nil {
				identity = id
			} else if errors.Is(err, devices.ErrDisconnected) {
				return
			} // a module that does not tell its number reads cards all the same
		}
		u.well(identity)
	}
}

// checkPrinter asks the printer how it is.
func (u *unit) checkPrinter(p *printer.ESCPOS) func(context.Context) {
	return func(ctx context.Context) {
		s, busy, err := p.Check(ctx)
		if !busy {
			u.printerIs(s, err)
		}
	}
}

// printerIs notes the state of the printer and of its parts.
func (u *unit) printerIs(s printer.State, err error) {
	if err == nil {
		err = s.Ready()
	}
	if err != nil {
		u.ill(err)
	} else {
		u.well("")
	}
	if s.Raw == ([4]byte{}) {
		return
	}
	u.found(func(r *devices.Report) {
		r.Parts = map[string]string{"paper": string(s.Paper), "cover": string(s.Cover), "cutter": string(s.Cutter)}
		if err == nil && s.Paper == printer.PaperLow {
			r.Health = devices.Health{Code: codePaperLow, Action: "clear", Detail: "the paper roll is near its end"}
		}
	})
}

// scannerSays notes what was odd about a scan. The scanner works with it.
func (u *unit) scannerSays(code string) {
	h := devices.Health{Code: code, Action: "configuration"}
	switch code {
	case scanner.HealthNoSuffix:
		h.Detail = "codes come without a line end; set the scanner to send one"
	case scanner.HealthUndecodable:
		h.Detail = "a code was no text; check the scanner's encoding"
	case scanner.HealthUnsolicited:
		return // anybody may hold a code before an idle scanner
	}
	u.found(func(r *devices.Report) { r.Status, r.Health = devices.Online, h })
}

func (u *unit) snapshot() devices.Report {
	u.mu.Lock()
	defer u.mu.Unlock()
	r := u.report
	r.Parts = maps.Clone(r.Parts)
	return r
}

// change alters the report and tells what is new of it, once.
func (u *unit) change(f func(*devices.Report)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	old := u.report
	f(&u.report)
	now := u.clock.Now()
	tell := func(axis, before, after string) {
		u.bus.send(devices.Event{Role: u.config.Role, Axis: axis, Old: before, New: after, Health: u.report.Health, At: now})
	}
	if old.Status != u.report.Status || old.Health.Code != u.report.Health.Code {
		u.report.Since = now
		tell("status", string(old.Status), string(u.report.Status))
		u.log.Info("device state", "old", string(old.Status), "new", string(u.report.Status), "health", u.report.Health.Code)
	}
	parts := map[string]bool{}
	for p := range old.Parts {
		parts[p] = true
	}
	for p := range u.report.Parts {
		parts[p] = true
	}
	for _, p := range slices.Sorted(maps.Keys(parts)) {
		if old.Parts[p] != u.report.Parts[p] {
			tell(p, old.Parts[p], u.report.Parts[p])
		}
	}
}
