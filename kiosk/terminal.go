package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/station"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
	"zizhuban/sync/queue"
	"zizhuban/sync/updates"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

// terminal is everything behind the screen, wired.
type terminal struct {
	cfg      *config
	clock    clockwork.Clock
	log      *slog.Logger
	identity *uplink.Identity
	queue    *queue.Queue
	station  *station.Station
	uplink   *uplink.Uplink
	updates  *updates.Client
	shelf    *shelf
	visit    *visit.Machine

	cancel context.CancelFunc
	work   sync.WaitGroup
}

// openTerminal opens devices, queue and line. It needs no network: a terminal that has been enrolled once serves without.
func openTerminal(ctx context.Context, cfg *config, clock clockwork.Clock, log *slog.Logger) (t *terminal, err error) {
	t = &terminal{cfg: cfg, clock: clock, log: log, shelf: &shelf{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	if t.identity, err = uplink.Load(cfg.identityDir()); err != nil {
		return t, err
	}
	enrolment := t.identity.Enrolment()
	exe, err := os.Executable()
	if err != nil {
		return t, fmt.Errorf("finding this program: %w", err)
	}
	t.queue, err = queue.Open(ctx, cfg.queueDir(), queue.Options{
		Terminal: enrolment.Terminal, Clock: clock, Log: log.With("component", "queue"), Verify: queue.SelfVerify(exe, verifyWord),
		MaxEntries: cfg.Queue.MaxEntries, MaxBytes: cfg.Queue.MaxBytes,
	})
	if err != nil {
		return t, fmt.Errorf("opening the queue: %w", err)
	}
	if t.station, err = station.Open(ctx, station.Config{Devices: cfg.Devices}, station.Options{Clock: clock, Log: log.With("component", "station")}); err != nil {
		return t, fmt.Errorf("opening the devices: %w", err)
	}
	t.uplink, err = uplink.New(uplink.Config{
		Identity: t.identity, Queue: t.queue, URL: cfg.Hall.URL, Clock: clock, Log: log.With("component", "uplink"),
		Health: t.health, OnCatalogue: func(ctx context.Context, _ int) { t.takeCatalogue(ctx) },
	})
	if err != nil {
		return t, fmt.Errorf("preparing the line to the hall: %w", err)
	}
	hall := cfg.Hall.URL
	if hall == "" {
		hall = t.identity.URL()
	}
	t.updates, err = updates.OpenClient(updates.ClientConfig{
		Dir: cfg.catalogueDir(), Root: enrolment.UpdatesRoot, BaseURL: hall + wire.PathUpdates, HTTP: t.uplink.HTTP(), Now: t.bestTime,
	})
	if err != nil {
		return t, err
	}
	if err := t.firstCatalogue(ctx); err != nil {
		return t, err
	}
	return t, t.openVisit()
}

// bestTime is the terminal's clock, put right by what the hall last said.
func (t *terminal) bestTime() time.Time { return t.clock.Now().Add(t.uplink.Status().ClockOff) }

// firstCatalogue puts the newest catalogue of this disk on the shelf, or an empty one while there is none.
func (t *terminal) firstCatalogue(ctx context.Context) error {
	c, err := t.updates.Current()
	if errors.Is(err, updates.ErrNoCatalogue) {
		// The very first start: give the hall a moment, so that the first citizen does not see an empty home page.
		first, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		if _, err := t.updates.Refresh(first); err != nil {
			t.log.Warn("no catalogue could be fetched yet; it is tried again", "err", err)
		}
		c, err = t.updates.Current()
	}
	if errors.Is(err, updates.ErrNoCatalogue) {
		c, err = &items.Catalogue{}, nil
	}
	if err != nil {
		return fmt.Errorf("reading the catalogue: %w", err)
	}
	return t.shelve(c)
}

func (t *terminal) shelve(c *items.Catalogue) error {
	here := items.Terminal{Site: t.identity.Enrolment().Site, Modules: fitted(t.cfg)}
	index, err := (*items.Index)(nil), error(nil)
	if before := t.shelf.Index(); before != nil {
		index, err = before.Next(c, here)
	} else {
		index, err = items.NewIndex(c, here)
	}
	if err != nil {
		return fmt.Errorf("reading catalogue version %d: %w", c.Version, err)
	}
	for _, r := range index.Rejected() {
		t.log.Error("an item is left out", "item", r.Code, "err", r.Err)
	}
	t.shelf.put(index)
	t.log.Info("catalogue in use", "version", c.Version, "items", len(c.Items))
	return nil
}

// takeCatalogue fetches what the hall has published. Whatever fails, the present catalogue stays.
func (t *terminal) takeCatalogue(ctx context.Context) {
	changed, err := t.updates.Refresh(ctx)
	if err != nil {
		t.log.Warn("the hall's catalogue was not taken", "err", err)
		return
	}
	if !changed && t.shelf.version() != 0 {
		return
	}
	c, err := t.updates.Current()
	if err == nil {
		err = t.shelve(c)
	}
	if err != nil {
		t.log.Error("the hall's catalogue cannot be used", "err", err)
	}
}

// health is what the hall is told of this terminal.
func (t *terminal) health() wire.Heartbeat {
	h := wire.Heartbeat{Software: programVersion(), Catalogue: t.shelf.version(), Devices: map[string]string{}}
	for _, r := range t.station.Reports() {
		h.Devices[string(r.Role)] = string(r.Status)
		for part, state := range r.Parts {
			h.Devices[string(r.Role)+"."+part] = state
		}
	}
	return h
}

func (t *terminal) openVisit() (err error) {
	t.visit, err = visit.New(visit.Config{
		Catalogue: t.shelf, Cards: t.station.IDCard(), Printer: t.station.Printer(),
		Submitter: &submissions{identity: t.identity, queue: t.queue, sent: t.uplink.Kick}, Slips: slips{},
		Clock: t.clock, Log: t.log.With("component", "visit"), Place: t.identity.Enrolment().Place, Language: t.cfg.Screen.Language,
		Modules: modules(t.cfg, t.station),
		Hall: func() (bool, int) {
			return t.uplink.Status().Online, t.queue.Status().Depth
		},
		Unfinished: t.unfinished(),
		Idle:       t.cfg.Visit.Idle.Duration, IdleElder: t.cfg.Visit.IdleElder.Duration,
		Warn: t.cfg.Visit.Warn.Duration, WarnElder: t.cfg.Visit.WarnElder.Duration, DoneFor: t.cfg.Visit.Done.Duration,
	})
	return err
}

// unfinished is a submission that was made durable before the terminal stopped, and whose slip nobody has seen.
func (t *terminal) unfinished() *visit.Unfinished {
	s, ok := t.queue.Unfinished()
	if !ok {
		return nil
	}
	u := &visit.Unfinished{Submission: s.Submission, LocalNumber: s.LocalNumber, At: s.At, Tracking: tracking(t.identity.Enrolment(), s.Submission), Doubt: s.State == queue.SlipPrinting}
	if it, _, ok := t.shelf.Index().Item(s.ItemCode); ok {
		u.ItemName = it.Name.ZH
	}
	return u
}

// begin starts what works in the background: sending, hearing of catalogues, answering technicians.
func (t *terminal) begin(ctx context.Context) error {
	ctx, t.cancel = context.WithCancel(ctx)
	listener, err := t.queue.Listen()
	if err != nil {
		return err
	}
	t.work.Go(func() {
		if err := t.queue.Serve(ctx, listener); err != nil {
			t.log.Warn("technicians' questions about the queue are no longer answered", "err", err)
		}
	})
	desk, err := t.openDesk()
	if err != nil {
		return err
	}
	t.work.Go(func() { desk.serve(ctx) })
	t.work.Go(func() { t.tellWhenReached(ctx) })
	t.work.Go(func() {
		if err := t.uplink.Run(ctx); err != nil && ctx.Err() == nil {
			t.log.Error("the line to the hall has stopped", "err", err)
		}
	})
	return nil
}

// tellWhenReached has the screen say that the hall is there as soon as it is: the visit looks by itself only now and then, and the
// first citizen of the day should not read that the network is down.
func (t *terminal) tellWhenReached(ctx context.Context) {
	tick := t.clock.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 50 {
		if t.uplink.Status().Online {
			t.visit.Refresh()
			return
		}
		select {
		case <-tick.Chan():
		case <-ctx.Done():
			return
		}
	}
}

// Close ends everything and waits for it.
func (t *terminal) Close() error {
	var errs []error
	if t.visit != nil {
		errs = append(errs, t.visit.Close())
	}
	if t.cancel != nil {
		t.cancel()
	}
	t.work.Wait()
	if t.station != nil {
		errs = append(errs, t.station.Close())
	}
	if t.queue != nil {
		errs = append(errs, t.queue.Close())
	}
	return errors.Join(errs...)
}

// enrol spends a one-time code.
func enrol(ctx context.Context, cfg *config, ticket string, again bool, clock clockwork.Clock) (*uplink.Identity, error) {
	address, code, pin, err := uplink.ParseTicket(ticket)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	serial, err := os.Hostname()
	if err != nil {
		serial = "unknown"
	}
	if id, err := os.ReadFile("/etc/machine-id"); err == nil && len(id) >= 8 {
		serial += " " + string(id[:8])
	}
	if err := os.MkdirAll(filepath.Dir(cfg.identityDir()), 0o700); err != nil {
		return nil, fmt.Errorf("making the terminal's directory: %w", err)
	}
	return uplink.Enrol(ctx, address, code, uplink.EnrolOptions{CAPin: pin, Dir: cfg.identityDir(), Serial: serial, Again: again, Clock: clock})
}
