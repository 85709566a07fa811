package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
)

// dleEOT is the real-time status request DLE EOT n. It is executed at once, even offline, and must not stand inside another
// command.
func dleEOT(n byte) []byte { return []byte{dle, 0x04, n} }

// errLate says that the time of a wait has passed, while that of the caller has not.
var errLate = errors.New("late")

// status asks DLE EOT 1 to 4, one after the other, each answer awaited: so each byte is known to belong to its question.
func (p *ESCPOS) status(ctx context.Context) (State, error) {
	return p.statusWatching(ctx, func(reply) {})
}

// statusWatching is status that shows the replies to other questions to aside.
func (p *ESCPOS) statusWatching(ctx context.Context, aside func(reply)) (State, error) {
	none := State{Paper: PaperUnknown, Cover: CoverUnknown, Cutter: CutterUnknown}
	if p.profile.Status == "none" {
		return none, nil
	}
	// Answers to questions of before, which nobody waits for any more, would be taken for the first one's.
	for {
		r, err := p.receiveNow(ctx)
		if err != nil && p.owed > 0 && ctx.Err() == nil {
			r, err = p.receiveWithin(ctx, statusWait)
		}
		if errors.Is(err, devices.ErrDisconnected) {
			return none, err
		}
		if err != nil {
			break
		}
		aside(r)
	}
	p.owed = 0
	var raw [4]byte
	for n := byte(1); n <= 4; n++ {
		b, err := p.askStatus(ctx, n, aside)
		if errors.Is(err, errLate) && n > 1 {
			continue // it answers some and not others: that part stays unknown
		}
		if errors.Is(err, errLate) {
			return none, ErrNoAnswer
		}
		if err != nil {
			return none, err
		}
		raw[n-1] = b
	}
	return stateFrom(raw, p.profile.TakenBit), nil
}

// askStatus asks DLE EOT n, twice where there is no answer.
func (p *ESCPOS) askStatus(ctx context.Context, n byte, aside func(reply)) (byte, error) {
	for try := 1; ; try++ {
		if _, err := p.write(ctx, dleEOT(n)); err != nil {
			return 0, err
		}
		end := p.clock.Now().Add(statusWait)
		for {
			r, err := p.receiveWithin(ctx, end.Sub(p.clock.Now()))
			if errors.Is(err, errLate) && try == 1 {
				break
			}
			if err != nil {
				return 0, err
			}
			if r.kind == realtime {
				return r.data[0], nil
			}
			aside(r)
		}
	}
}

// clear makes sure that nothing of an earlier slip is left in the printer: it fills up a command that was torn, empties the
// buffers, and waits for the answer to a queued command, before which all that was sent has been worked off. What had come out
// of an interrupted slip is cut off.
func (p *ESCPOS) clear(ctx context.Context) error {
	// A printer that waits for the rest of a picture or of a QR code swallows commands as data. NULs fill it up; in text they
	// mean nothing.
	fill := make([]byte, p.longest)
	if _, err := p.write(ctx, fill); err != nil {
		return err
	}
	if _, err := p.clearNow(ctx); err != nil {
		return err
	}
	if _, err := p.write(ctx, initialise); err != nil {
		return err
	}
	if p.profile.Confirm != "none" {
		wire := time.Duration(len(fill)) * 10 * time.Second / time.Duration(p.baud)
		done, err := p.await(ctx, []byte{gs, 'r', 1}, wire+queuedWait, func(r reply) bool { return r.kind == queued })
		if err != nil {
			return err
		}
		if !done && p.rest == something {
			return ErrUncleared
		}
		if !done {
			p.log.Warn("the printer does not answer a queued status; its profile may promise too much", "profile", p.profile.Name)
		}
	}
	if p.rest == something {
		if _, err := p.write(ctx, cutPartly); err != nil {
			return err
		}
		p.log.Info("cleared what was left of an interrupted slip")
	}
	p.rest = clean
	return nil
}

// clearNow empties the printer's buffers by a real-time command, and tells whether the printer confirmed it.
func (p *ESCPOS) clearNow(ctx context.Context) (confirmed bool, err error) {
	switch p.profile.Clear {
	case "dle-dc4-8":
		// DLE DC4 8 and its fixed parameters; the answer is 37 25 00, and nothing may be sent before it.
		if _, err := p.write(ctx, []byte{dle, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}); err != nil {
			return false, err
		}
		end := p.clock.Now().Add(clearWait)
		for {
			r, err := p.receiveWithin(ctx, end.Sub(p.clock.Now()))
			if errors.Is(err, errLate) {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			if r.kind == block && bytes.Equal(r.data, []byte{0x37, 0x25}) {
				return true, nil
			}
		}
	case "dle-enq-2":
		_, err := p.write(ctx, []byte{dle, 0x05, 2})
		return false, err
	}
	return false, nil
}

// abort is what is done after a slip failed: the buffers are emptied at once, also while the printer is offline, so that
// the rest does not come out when paper is put in. It goes on when the caller's time is over. It gives the state after.
func (p *ESCPOS) abort(ctx context.Context, cause error) State {
	state := State{Paper: PaperUnknown, Cover: CoverUnknown, Cutter: CutterUnknown}
	if errors.Is(cause, ErrPaperOut) {
		state.Paper = PaperOut
	}
	p.log.Warn("a slip was interrupted", "reason", reasonOf(cause))
	if errors.Is(cause, devices.ErrDisconnected) || errors.Is(cause, ErrTimeout) {
		return state // there is nobody to talk to; the next command begins with clear
	}
	bound, cancel := clockwork.WithTimeout(context.WithoutCancel(ctx), p.clock, abortWait)
	defer cancel()
	if _, err := p.clearNow(bound); err != nil {
		return state
	}
	if s, err := p.status(bound); err == nil {
		state = s
	}
	if state.Ready() == nil && p.profile.Status != "none" {
		if err := p.clear(bound); err != nil {
			p.log.Warn("the interrupted slip could not be cleared yet", "error", err)
		}
	}
	return state
}

// write gives bytes to the printer and knows a stall for what it is.
func (p *ESCPOS) write(ctx context.Context, b []byte) (int, error) {
	bound, cancel := clockwork.WithTimeout(ctx, p.clock, writeStall+time.Duration(len(b))*10*time.Second/time.Duration(p.baud))
	defer cancel()
	n, err := p.conn.Write(bound, b)
	if len(b) == 3 && b[0] == dle && b[1] == 0x04 {
		p.owed++
	}
	switch {
	case err == nil:
		return n, nil
	case ctx.Err() != nil:
		return n, context.Cause(ctx)
	case errors.Is(err, seriallink.ErrWriteStalled), errors.Is(err, context.DeadlineExceeded):
		return n, fmt.Errorf("%w: %w", ErrTimeout, err)
	case errors.Is(err, devices.ErrDisconnected):
		return n, err
	}
	return n, fmt.Errorf("%w: %w", ErrDisconnected, err)
}

// receive gives the next reply, waiting until ctx ends.
func (p *ESCPOS) receive(ctx context.Context) (reply, error) {
	for {
		if r, ok := p.replies.next(); ok {
			if r.kind == realtime && p.owed > 0 {
				p.owed--
			}
			return r, nil
		}
		n, err := p.conn.Read(ctx, p.buf[:])
		if err != nil {
			return reply{}, err
		}
		p.replies.feed(p.buf[:n])
	}
}

// receiveNow gives the next reply that is there already.
func (p *ESCPOS) receiveNow(ctx context.Context) (reply, error) {
	past, cancel := context.WithCancel(ctx)
	cancel()
	return p.receive(past)
}

// receiveWithin gives the next reply, waiting no longer than d: then it is errLate.
func (p *ESCPOS) receiveWithin(ctx context.Context, d time.Duration) (reply, error) {
	bound, cancel := clockwork.WithTimeout(ctx, p.clock, d)
	defer cancel()
	r, err := p.receive(bound)
	switch {
	case err == nil:
		return r, nil
	case ctx.Err() != nil:
		return reply{}, context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		return reply{}, errLate
	case errors.Is(err, devices.ErrDisconnected):
		return reply{}, err
	}
	return reply{}, fmt.Errorf("%w: %w", ErrDisconnected, err)
}
