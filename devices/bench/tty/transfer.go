package tty

import (
	"context"
	"errors"
	"os"
	"time"
)

// chunk is how many bytes are taken from the line at a time: what passes in two quanta.
func chunk(baud int) int {
	return max(1, 2*int(quantum)*baud/(bitsPerByte*int(time.Second)))
}

// wait sleeps until then or until the session ends; it tells whether to go on.
func (p *Port) wait(ctx context.Context, until time.Time) bool {
	d := until.Sub(p.cfg.Clock.Now())
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := p.cfg.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.Chan():
		return true
	case <-ctx.Done():
		return false
	}
}

// receive carries bytes from the terminal to the device.
func (p *Port) receive(s *session) {
	defer s.done.Done()
	var line pace
	buf := make([]byte, chunk(1<<20))
	idle := true
	for {
		if p.cfg.Gate != nil {
			waited, err := p.cfg.Gate(s.ctx)
			if err != nil {
				return
			}
			idle = idle || waited
		}
		host := hostBaud(s.master)
		if host != line.baud {
			line, idle = pace{baud: host}, true
		}
		n, err := s.master.Read(buf[:min(len(buf), chunk(host))])
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				p.cfg.Log.Warn("the line failed", "link", p.cfg.Link, "error", err)
			}
			return
		}
		// The terminal may have set its speed after the Read began to wait.
		if now := hostBaud(s.master); now != line.baud {
			host = now
			line, idle = pace{baud: host}, true
		}
		line.begin(p.cfg.Clock.Now(), idle)
		line.pass(n)
		if !p.wait(s.ctx, line.free()) {
			return
		}
		// What lies there already followed without a gap: the transmission goes on at its own timetable.
		more, err := inQueue(s.master)
		idle = err != nil || more == 0
		got := append([]byte(nil), buf[:n]...)
		heard := Misheard(got, host, p.Baud())
		p.count(func(c *Counters) {
			c.Received += int64(n)
			if !Same(host, p.baud) {
				c.Misheard += int64(n)
			}
		})
		if len(heard) > 0 {
			p.cfg.Receive(heard)
		}
	}
}

// send carries bytes from the device to the terminal.
func (p *Port) send(s *session) {
	defer s.done.Done()
	var line pace
	for {
		var m message
		select {
		case m = <-s.queue:
		case <-s.ctx.Done():
			return
		}
		b, idle := m.bytes, m.at.After(line.free())
		baud, host := p.Baud(), hostBaud(s.master)
		if !Same(host, baud) {
			n := len(b)
			p.count(func(c *Counters) { c.Misheard += int64(n) })
			b = Misheard(b, baud, host)
		}
		if line.baud != baud {
			line, idle = pace{baud: baud}, true
		}
		line.begin(m.at, idle)
		for len(b) > 0 {
			if !p.wait(s.ctx, line.next(len(b))) {
				return
			}
			n := min(line.due(p.cfg.Clock.Now()), len(b))
			if n == 0 {
				continue
			}
			if !p.put(s, b[:n]) {
				return
			}
			line.pass(n)
			b = b[n:]
		}
	}
}

// overrun is how long a full input buffer of the terminal may hold up the line. A UART would lose the bytes at once; the
// scheduler of a busy machine deserves a little more.
const overrun = 100 * time.Millisecond

// put writes bytes that have passed the wire into the terminal's buffer.
func (p *Port) put(s *session, b []byte) bool {
	// Deadlines are kept by the runtime's poller in real time, whatever clock the bench runs on.
	if err := s.master.SetWriteDeadline(time.Now().Add(overrun)); err != nil {
		return false
	}
	n, err := s.master.Write(b)
	p.count(func(c *Counters) {
		c.Sent += int64(n)
		c.Lost += int64(len(b) - n)
	})
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return true
}
