// Package rig puts a bench together: a card reader, a receipt printer and a code scanner on pseudo-terminals below one
// directory, with a hand that lays cards, pulls cables and takes paper away.
//
// It promises that everything it made is gone after [Bench.Close]. The commands of the program bench, its page and tests
// move the same hand: the methods of [Bench].
package rig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/bench/sam"
	"zizhuban/devices/bench/thermal"
	"zizhuban/devices/bench/tty"
)

// The devices of a bench, by the names of their links.
const (
	Reader  = "reader"
	Printer = "printer"
	Scanner = "scanner"
)

// Devices are all of them.
var Devices = []string{Reader, Printer, Scanner}

// ErrUsage marks a wish that makes no sense: a card or a device that does not exist, a state that there is not.
var ErrUsage = errors.New("that is not possible")

// Config is which bench it is.
type Config struct {
	Dir     string // where the links are; made if it is missing
	Reader  ReaderConfig
	Printer PrinterConfig
	Scanner ScannerConfig
	Clock   clockwork.Clock
	Log     *slog.Logger
}

// ReaderConfig is the card reader's part.
type ReaderConfig struct {
	Baud   int
	Reread sam.Reread
	RF     time.Duration // how long the module talks to a card before it answers a read
}

// PrinterConfig is the printer's part.
type PrinterConfig struct {
	Baud int
	thermal.Config
}

// ScannerConfig is the scanner's part.
type ScannerConfig struct {
	Baud   int
	Suffix string // what follows every code
}

// Bench is a bench at work. Its methods may be called from any goroutine.
type Bench struct {
	cfg    Config
	clock  clockwork.Clock
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	ports  map[string]*tty.Port

	mu      sync.Mutex // guards all below
	reader  readerPart
	printer printerPart
	scanner scannerPart
	stalled map[string]bool
	wake    chan struct{} // closed and made anew when a stall ends
	version int           // counts changes, for those who watch
	changed chan struct{} // closed at a change
}

// Open makes the devices and plugs them in.
func Open(cfg Config) (*Bench, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("bench: make the directory of the links: %w", err)
	}
	for _, name := range Devices {
		if err := vacant(filepath.Join(cfg.Dir, name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &Bench{
		cfg: cfg, clock: cfg.Clock, log: cfg.Log, ctx: ctx, cancel: cancel, ports: map[string]*tty.Port{},
		stalled: map[string]bool{}, wake: make(chan struct{}), changed: make(chan struct{}),
	}
	b.openReader()
	b.openPrinter()
	b.openScanner()
	for _, name := range Devices {
		if err := b.ports[name].Plug(); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// vacant makes sure that nothing but an old link stands at a path.
func vacant(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("bench: look at %s: %w", path, err)
	case info.Mode()&os.ModeSymlink == 0:
		return fmt.Errorf("bench: %s is in the way and not a link of a bench: move it, or choose another directory", path)
	}
	return nil
}

// Close pulls every cable, waits for everything that is under way, and removes the links.
func (b *Bench) Close() error {
	b.cancel()
	b.mu.Lock()
	close(b.wake) // nothing stalls any more
	b.wake = make(chan struct{})
	clear(b.stalled)
	b.mu.Unlock()
	var errs []error
	for _, p := range b.ports {
		errs = append(errs, p.Close())
	}
	b.done.Wait()
	return errors.Join(errs...)
}

// port makes a device's end of its line.
func (b *Bench) port(name string, baud int, receive func([]byte), ready func() bool) *tty.Port {
	p := tty.New(tty.Config{
		Link: filepath.Join(b.cfg.Dir, name), Baud: baud, Clock: b.clock, Log: b.log, Receive: receive,
		Gate:    func(ctx context.Context) (bool, error) { return b.gate(ctx, name, ready) },
		Plugged: func(in bool) { b.plugged(name, in) },
	})
	b.ports[name] = p
	return p
}

// gate waits while a device takes no bytes: it hangs, or its handshake line says busy.
func (b *Bench) gate(ctx context.Context, name string, ready func() bool) (waited bool, err error) {
	for {
		b.mu.Lock()
		wake, ok := b.wake, !b.stalled[name] && (ready == nil || ready())
		b.mu.Unlock()
		if ok {
			return waited, nil
		}
		waited = true
		select {
		case <-wake:
		case <-ctx.Done():
			return waited, ctx.Err()
		}
	}
}

// rouse lets everyone at a gate look again. The caller holds the lock.
func (b *Bench) rouse() {
	close(b.wake)
	b.wake = make(chan struct{})
}

// tell lets those who watch know of a change. The caller holds the lock.
func (b *Bench) tell() {
	b.version++
	close(b.changed)
	b.changed = make(chan struct{})
}

// Changed gives the number of the last change and a channel that is closed at the next one.
func (b *Bench) Changed() (int, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.version, b.changed
}

// plugged is told by a port that its cable went in or out.
func (b *Bench) plugged(name string, in bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if in && name == Reader { // it has its power from the cable
		b.reader.sam.PowerUp()
	}
	b.tell()
}

// device checks a device's name.
func (b *Bench) device(name string) (*tty.Port, error) {
	p, ok := b.ports[name]
	if !ok {
		return nil, fmt.Errorf("%w: there is no device %q; there are reader, printer and scanner", ErrUsage, name)
	}
	return p, nil
}

// Plug puts a device's cable in, or pulls it.
func (b *Bench) Plug(name string, in bool) error {
	p, err := b.device(name)
	if err != nil {
		return err
	}
	if in {
		return p.Plug()
	}
	return p.Unplug()
}

// Stall makes a device take no byte and say nothing, or lets it go on. What it had not taken waits in the line.
func (b *Bench) Stall(name string, on bool) error {
	if _, err := b.device(name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stalled[name] = on
	b.rouse()
	b.kickPrinter()
	b.tell()
	return nil
}
