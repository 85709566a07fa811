// Package tty lets a simulated device sit at the far end of a serial line: a pseudo-terminal behind a stable link, with
// bytes paced at the baud rate in both directions, with cables that can be pulled and put back.
//
// It promises that no byte passes sooner than the line could carry it, that lateness never adds up, and that a terminal
// which set another speed than the device's hears and sends rubbish, as on a real line.
// What a pseudo-terminal cannot do it does not pretend: modem lines, parity, and a drain that waits for the wire.
//
// Read [Port] first; [Misheard] is the wrong-baud model.
package tty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/creack/pty"
	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"
)

// ErrUnplugged is returned by Send while the cable is out.
var ErrUnplugged = errors.New("the cable is unplugged")

// ErrJammed is returned by Send when far more waits to be sent than any device says.
var ErrJammed = errors.New("the line has more to carry than it can")

// Config is what a port needs.
type Config struct {
	Link  string // path of the symbolic link that the terminal opens
	Baud  int    // the device's own speed
	Clock clockwork.Clock
	Log   *slog.Logger

	// Receive is given bytes from the terminal when they have passed the wire, in order, from one goroutine.
	Receive func([]byte)
	// Gate, where set, is asked before bytes are taken from the line, and waits while the device cannot take any: the
	// terminal's write then blocks, as with hardware flow control or a device that hangs. It tells whether it waited.
	Gate func(context.Context) (waited bool, err error)
	// Plugged, where set, is told after the cable went in or out.
	Plugged func(bool)
}

// Port is one simulated device's end of a serial line.
type Port struct {
	cfg Config

	mu   sync.Mutex // guards all below, and plugging
	baud int
	live *session
	seen Counters
}

// Counters tell what passed.
type Counters struct {
	Received int64 `json:"received"` // bytes from the terminal
	Sent     int64 `json:"sent"`     // bytes to the terminal
	Lost     int64 `json:"lost"`     // bytes that nobody took: cable out, or the terminal's buffer full
	Misheard int64 `json:"misheard"` // bytes that passed at a wrong speed
}

// session is the time between plugging and unplugging.
type session struct {
	master *os.File // non-blocking, so that Close ends a Read
	slave  *os.File // held, so that the line keeps its settings between two openings
	name   string
	cancel context.CancelFunc
	ctx    context.Context
	queue  chan message
	done   sync.WaitGroup

	lookMu sync.Mutex
	looked time.Time // when the processes were last looked through
	pid    int       // what was found
}

// lookAgain is how long an answer about who has the line open holds: looking through all processes takes milliseconds.
const lookAgain = time.Second

// openedBy is opener, not asked more often than is of use.
func (s *session) openedBy(now time.Time) int {
	s.lookMu.Lock()
	defer s.lookMu.Unlock()
	if s.looked.IsZero() || now.Sub(s.looked) >= lookAgain {
		s.looked, s.pid = now, s.opener(s.pid)
	}
	return s.pid
}

// message is what the device said, and when.
type message struct {
	bytes []byte
	at    time.Time
}

// New makes a port; its cable is out.
func New(cfg Config) *Port {
	return &Port{cfg: cfg, baud: cfg.Baud}
}

// Plug puts the cable in: a new pseudo-terminal behind the same link. It does nothing when the cable is in.
func (p *Port) Plug() error {
	p.mu.Lock()
	if p.live != nil {
		p.mu.Unlock()
		return nil
	}
	s, err := p.open()
	if err != nil {
		p.mu.Unlock()
		return err
	}
	p.live = s
	s.done.Add(3)
	go p.receive(s)
	go p.send(s)
	go p.release(s)
	p.mu.Unlock()
	p.cfg.Log.Info("cable in", "link", p.cfg.Link, "pty", s.name)
	if p.cfg.Plugged != nil {
		p.cfg.Plugged(true)
	}
	return nil
}

// drainTime is how long a pulled cable waits for the terminal to take what had already arrived there: closing the master
// throws away what the slave has not read, which a real port does not.
const drainTime = 50 * time.Millisecond

// Unplug pulls the cable: the terminal's handle dies and the link goes. It does nothing when the cable is out.
func (p *Port) Unplug() error {
	p.mu.Lock()
	s := p.live
	if s == nil {
		p.mu.Unlock()
		return nil
	}
	p.live = nil
	err := os.Remove(p.cfg.Link)
	p.mu.Unlock()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("bench: remove the link: %w", err)
	} else {
		err = nil
	}
	s.cancel()
	p.drain(s)
	err = errors.Join(err, s.master.Close(), s.slave.Close())
	s.done.Wait()
	p.cfg.Log.Info("cable out", "link", p.cfg.Link, "pty", s.name)
	if p.cfg.Plugged != nil {
		p.cfg.Plugged(false)
	}
	return err
}

// drain waits until the terminal has read what arrived, or drainTime.
func (p *Port) drain(s *session) {
	if n, err := inQueue(s.slave); err != nil || n == 0 || s.opener(0) == 0 {
		return
	}
	limit := p.cfg.Clock.After(drainTime)
	for {
		if n, err := inQueue(s.slave); err != nil || n == 0 {
			return
		}
		select {
		case <-limit:
			return
		case <-p.cfg.Clock.After(5 * time.Millisecond):
		}
	}
}

// Close is Unplug; a closed port may be plugged again.
func (p *Port) Close() error { return p.Unplug() }

// Send gives bytes to the wire; it does not wait until they have passed.
func (p *Port) Send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	p.mu.Lock()
	s := p.live
	p.mu.Unlock()
	err := ErrUnplugged
	if s != nil {
		select {
		case s.queue <- message{append([]byte(nil), b...), p.cfg.Clock.Now()}:
			return nil
		default:
			err = ErrJammed
		}
	}
	p.count(func(c *Counters) { c.Lost += int64(len(b)) })
	return err
}

// Baud is the device's speed.
func (p *Port) Baud() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.baud
}

// SetBaud changes the device's speed.
func (p *Port) SetBaud(baud int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.baud = baud
}

// Line is how the line is.
type Line struct {
	Link     string `json:"link"`
	PTY      string `json:"pty,omitempty"`
	Plugged  bool   `json:"plugged"`
	Baud     int    `json:"baud"`               // the device's
	HostBaud int    `json:"host_baud"`          // what the terminal set; the device's while nobody has opened the line
	Opener   int    `json:"opener,omitempty"`   // process that has it open, as far as this process may see
	Mismatch bool   `json:"mismatch,omitempty"` // the speeds differ: both hear rubbish
	Counters
}

// Line tells how the line is now.
func (p *Port) Line() Line {
	p.mu.Lock()
	s, l := p.live, Line{Link: p.cfg.Link, Baud: p.baud, Counters: p.seen}
	p.mu.Unlock()
	if s == nil {
		return l
	}
	l.Plugged, l.PTY = true, s.name
	l.HostBaud = hostBaud(s.master)
	l.Mismatch = !Same(l.HostBaud, l.Baud)
	l.Opener = s.openedBy(p.cfg.Clock.Now())
	return l
}

// Heard tells whether a terminal has the line open, as far as can be told: bytes for a line that nobody has open are lost.
func (p *Port) Heard() bool {
	p.mu.Lock()
	s := p.live
	p.mu.Unlock()
	return s != nil && (exclusive(s.slave) || s.opener(0) != 0)
}

func (p *Port) count(f func(*Counters)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.seen)
}

// open makes the pseudo-terminal and its link.
func (p *Port) open() (*session, error) {
	opened, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("bench: open a pseudo-terminal for %s: %w", p.cfg.Link, err)
	}
	name := slave.Name()
	master, err := pollable(opened)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bench: %w", err), slave.Close())
	}
	fail := func(err error) (*session, error) {
		return nil, errors.Join(err, master.Close(), slave.Close())
	}
	if err := setRaw(slave, p.baud); err != nil {
		return fail(fmt.Errorf("bench: make %s raw: %w", name, err))
	}
	if err := relink(name, p.cfg.Link); err != nil {
		return fail(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &session{master: master, slave: slave, name: name, ctx: ctx, cancel: cancel, queue: make(chan message, 256)}, nil
}

// release gives the line free when the process that had it died: the bench holds the line open, so the kernel keeps the
// exclusive mark (TIOCEXCL) of a terminal that was killed, and would refuse the next one that does not run as root.
func (p *Port) release(s *session) {
	defer s.done.Done()
	tick := p.cfg.Clock.NewTicker(time.Second)
	defer tick.Stop()
	pid := 0
	for {
		select {
		case <-tick.Chan():
		case <-s.ctx.Done():
			return
		}
		if !exclusive(s.slave) {
			continue
		}
		if pid = s.opener(pid); pid != 0 {
			continue
		}
		if err := share(s.slave); err != nil {
			p.cfg.Log.Warn("the line stays marked as in use", "link", p.cfg.Link, "error", err)
		}
	}
}

// relink points link at name in one step, so that no one finds it missing or half made.
func relink(name, link string) error {
	tmp := filepath.Join(filepath.Dir(link), fmt.Sprintf(".%s.%d", filepath.Base(link), os.Getpid()))
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("bench: link %s: %w", link, err)
	}
	if err := os.Symlink(name, tmp); err != nil {
		return fmt.Errorf("bench: link %s: %w", link, err)
	}
	if err := os.Rename(tmp, link); err != nil {
		return errors.Join(fmt.Errorf("bench: link %s: %w", link, err), os.Remove(tmp))
	}
	return nil
}

// pollable gives the file again in a form whose blocked Read ends when it is closed: os.OpenFile leaves a master blocking.
func pollable(f *os.File) (*os.File, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	dup := -1
	var dupErr error
	err = conn.Control(func(fd uintptr) { dup, dupErr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err := errors.Join(err, dupErr, f.Close()); err != nil {
		return nil, fmt.Errorf("duplicate the master: %w", err)
	}
	if err := unix.SetNonblock(dup, true); err != nil {
		return nil, errors.Join(fmt.Errorf("set the master non-blocking: %w", err), unix.Close(dup))
	}
	return os.NewFile(uintptr(dup), f.Name()), nil
}
