package idcard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
)

// How long the reader may take. Vendors' libraries wait 2 s for a header and 5 s for a whole frame; a read of the chip alone
// takes up to two seconds on slow modules.
const (
	writeWait = time.Second             // ten bytes to go out
	firstWait = 1500 * time.Millisecond // until the reply to anything but a read begins
	readWait  = 3 * time.Second         // until the reply to a read begins
	gapWait   = 200 * time.Millisecond  // between two bytes of one frame
	frameWait = 10 * time.Second        // for one whole frame, however it trickles
	strayWait = 300 * time.Millisecond  // for the right reply after one that belongs to another command
	// silence is what must pass without a byte before the line counts as settled: a whole reply at 115200 is 113 ms.
	silence    = 120 * time.Millisecond
	settleWait = 2 * time.Second
)

// command is one exchange: what is sent, how long the reader may think, and what its reply looks like. A reply that has
// another look answers an earlier command that was given up.
type command struct {
	code Command
	wait time.Duration
	fits func(Reply) bool
}

var (
	findCard = command{CmdFind, firstWait, func(r Reply) bool {
		return r.SW3 == StatusFound || fails(r)
	}}
	selectCard = command{CmdSelect, firstWait, func(r Reply) bool { // 8 bytes of card serial; 16 would be the SAM's number, 0 a status
		return r.SW3 == StatusOK && len(r.Data) > 0 && len(r.Data) < 16 || fails(r) && r.SW3 != StatusNoCard
	}}
	readCard = command{CmdRead, readWait, func(r Reply) bool {
		return r.SW3 == StatusOK && readShaped(r.Data) || fails(r) && r.SW3 != StatusNoCard && r.SW3 != StatusSelectFails
	}}
	askStatus = command{CmdStatus, firstWait, ownStatus}
	askReset  = command{CmdReset, firstWait, ownStatus}
	askID     = command{CmdID, firstWait, func(r Reply) bool {
		return r.SW3 == StatusOK && len(r.Data) == 16 || len(r.Data) == 0 && ownStatus(r) && r.SW3 != StatusOK
	}}
)

// fails tells whether r is the report of a failure: a status of its own and no data.
func fails(r Reply) bool {
	return len(r.Data) == 0 && r.SW3 != StatusOK && r.SW3 != StatusFound
}

// ownStatus tells whether r can be the SAM's word about itself, and not about a card.
func ownStatus(r Reply) bool {
	if len(r.Data) != 0 {
		return false
	}
	switch r.SW3 {
	case StatusOK, StatusSelfTest, StatusUnlicensed, StatusChecksum, StatusLength, StatusCommand, StatusForbidden, StatusUnknown:
		return true
	}
	return false
}

// readShaped tells whether data is that of a reply to 30 01: two length words, the text, the photo.
func readShaped(data []byte) bool {
	return len(data) == 4+TextLen+PhotoLen &&
		binary.BigEndian.Uint16(data) == TextLen && binary.BigEndian.Uint16(data[2:]) == PhotoLen
}

// refused is a reply that reports a failure.
type refused struct {
	code Command
	r    Reply
}

func (e refused) Error() string {
	return fmt.Sprintf("command %02X %02X: status %s (card %02X %02X)", e.code[0], e.code[1], e.r.SW3, e.r.SW1, e.r.SW2)
}

// errGarbled is an answer in which no reply was found. It is an ErrNonsense.
var errGarbled = fmt.Errorf("no whole reply in what it sent: %w", ErrNonsense)

// ask makes one exchange. Where the SAM says that the request reached it damaged, it is sent once more.
func (s *SAM) ask(ctx context.Context, conn seriallink.Conn, c command) (Reply, error) {
	r, err := s.askOnce(ctx, conn, c)
	var no refused
	if errors.As(err, &no) && remedyOf(no.r.SW3).act == resend {
		r, err = s.askOnce(ctx, conn, c)
	}
	if err != nil && !(errors.As(err, &no) && no.r.SW3 == StatusNoCard) {
		s.unsettled = true // "no card" is the one failure that nothing can follow
	}
	return r, err
}

func (s *SAM) askOnce(ctx context.Context, conn seriallink.Conn, c command) (Reply, error) {
	if s.unsettled {
		if err := s.settle(ctx, conn); err != nil {
			return Reply{}, err
		}
	}
	conn.Discard()
	s.decoder.Reset()
	if err := s.send(ctx, conn, Request(c.code)); err != nil {
		return Reply{}, err
	}
	r, err := s.receive(ctx, conn, c)
	if err != nil {
		return Reply{}, err
	}
	if fails(r) {
		s.log.Debug("card reader refused", "command", fmt.Sprintf("%02X%02X", c.code[0], c.code[1]), "status", r.SW3.String(),
			"sw1", r.SW1, "sw2", r.SW2)
		return r, refused{c.code, r}
	}
	return r, nil
}

func (s *SAM) send(ctx context.Context, conn seriallink.Conn, frame []byte) error {
	bound, cancel := clockwork.WithTimeout(ctx, s.clock, writeWait)
	defer cancel()
	if _, err := conn.Write(bound, frame); err != nil {
		return s.failed(ctx, err)
	}
	return nil
}

// receive waits for the reply to c. Noise and replies to other commands are passed over.
func (s *SAM) receive(ctx context.Context, conn seriallink.Conn, c command) (Reply, error) {
	began := s.clock.Now()
	until := began.Add(c.wait) // for the head of a frame
	var stray *Reply           // a failure that another command may have had
	heard := false
	for {
		for {
			r, ok := s.decoder.Next()
			if !ok {
				break
			}
			if c.fits(r) {
				return r, nil
			}
			if fails(r) {
				stray = &r
				until = earlier(until, s.clock.Now().Add(strayWait))
			}
		}
		now := s.clock.Now()
		begun := s.decoder.Begun()
		deadline := until
		if begun && s.decoder.Damaged() == 0 { // the first frame may take its time; behind damaged ones, only babble does
			deadline = earlier(now.Add(gapWait), began.Add(c.wait+frameWait))
		} else if begun {
			deadline = earlier(now.Add(gapWait), until)
		}
		err := errLate // what comes too late does not count, even where it never ends
		if now.Before(deadline) {
			var n int
			if n, err = s.receiveSome(ctx, conn, deadline); err == nil {
				heard = true
				s.decoder.Feed(s.buf[:n])
				continue
			}
		}
		if !errors.Is(err, errLate) {
			return Reply{}, err
		}
		if begun { // the frame's rest does not come: perhaps it was none, and the reply stands inside it
			until = earlier(until, s.clock.Now().Add(2*strayWait))
			s.decoder.Skip()
			continue
		}
		switch {
		case stray != nil:
			return *stray, nil
		case heard:
			return Reply{}, errGarbled
		}
		return Reply{}, ErrNoAnswer
	}
}

// errLate says that the time of a wait has passed, while that of the caller has not.
var errLate = errors.New("late")

// receiveSome reads what there is into the buffer, waiting until deadline.
func (s *SAM) receiveSome(ctx context.Context, conn seriallink.Conn, deadline time.Time) (int, error) {
	bound, cancel := clockwork.WithDeadline(ctx, s.clock, deadline)
	defer cancel()
	n, err := conn.Read(bound, s.buf[:])
	if err == nil {
		return n, nil
	}
	if ctx.Err() == nil && bound.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
		return 0, errLate
	}
	return 0, s.failed(ctx, err)
}

// failed names what went wrong with the connection: the caller's own end of time, or the loss of the reader.
func (s *SAM) failed(ctx context.Context, err error) error {
	s.unsettled = true
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, devices.ErrDisconnected):
		return err
	}
	return fmt.Errorf("%w: %w", ErrDisconnected, err)
}

// settle waits until the line has been silent for as long as a whole reply takes, so that the late reply to a command that was
// given up does not answer the next one. A reader that never falls silent is not waited for longer than settleWait.
func (s *SAM) settle(ctx context.Context, conn seriallink.Conn) error {
	for end := s.clock.Now().Add(settleWait); s.clock.Now().Before(end); {
		_, err := s.receiveSome(ctx, conn, s.clock.Now().Add(silence))
		if errors.Is(err, errLate) {
			break
		}
		if err != nil {
			return err
		}
	}
	s.unsettled = false
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
