package idcard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
)

// Reread says what a model needs before it reads a card that was read and still lies there.
type Reread string

// The ways of models; a vendor's manual, or trying, tells which.
const (
	RereadFind  Reread = "refind" // nothing: find answers again. The default.
	RereadReset Reread = "reset"  // a reset of the SAM
	RereadLift  Reread = "lift"   // the card must be taken away and put back
)

// Options are what a reader needs besides its connection. The zero value is usable.
type Options struct {
	Clock  clockwork.Clock // nil: the real one
	Log    *slog.Logger    // nil: nothing is logged
	Reread Reread          // empty: RereadFind
	// Poll is the pause between two looks for a card while none is there; 0 is 300 ms. Manuals ask for 300 ms and more; once a
	// card is found nothing waits.
	Poll time.Duration
}

const (
	defaultPoll = 300 * time.Millisecond
	rounds      = 3                      // from find to read, for one card
	returnWait  = time.Second            // for a card that slipped to be found again
	returnPoll  = 100 * time.Millisecond // between looks for it
	badLooks    = 5                      // failing looks in a row before waiting for a card is given up
)

// SAM is a reader with a security module that speaks the frames of GA/T 467.
type SAM struct {
	source seriallink.Source
	clock  clockwork.Clock
	log    *slog.Logger
	reread Reread
	poll   time.Duration
	turn   chan struct{} // holds one token: whoever has it talks to the reader

	// What follows belongs to whoever has the turn.
	decoder   Decoder
	buf       [2048]byte
	conn      seriallink.Conn // of the last exchange
	unsettled bool            // a reply may still be on its way
	resetDue  bool            // a card was read, and this model must be reset before the next
	liftDue   bool            // a card was read, and must be lifted before it can be read again
}

var _ Reader = (*SAM)(nil)

// NewSAM makes a reader that talks through the connections of a source.
func NewSAM(source seriallink.Source, o Options) *SAM {
	s := &SAM{source: source, clock: o.Clock, log: o.Log, reread: o.Reread, poll: o.Poll, turn: make(chan struct{}, 1)}
	if s.clock == nil {
		s.clock = clockwork.NewRealClock()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.poll <= 0 {
		s.poll = defaultPoll
	}
	s.turn <- struct{}{}
	return s
}

// Mask lets a trace show requests, and of replies the head and the status. What stands on a card comes after those, in
// pieces that do not begin with a preamble, or behind the first ten bytes.
func Mask(d seriallink.Direction, piece []byte) int {
	if len(piece) < preambleLen || string(piece[:preambleLen]) != string(preamble) {
		return 0
	}
	if d == seriallink.Out {
		return len(piece)
	}
	return headLen + statusLen
}

// begin takes the turn and the connection of the moment.
func (s *SAM) begin(ctx context.Context) (seriallink.Conn, error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	conn, err := s.connect()
	if err != nil {
		s.end()
	}
	return conn, err
}

func (s *SAM) end() { s.turn <- struct{}{} }

func (s *SAM) connect() (seriallink.Conn, error) {
	conn, err := s.source.Conn()
	if err != nil {
		if !errors.Is(err, devices.ErrDisconnected) {
			err = fmt.Errorf("%w: %w", ErrDisconnected, err)
		}
		return nil, err
	}
	if conn != s.conn { // another cable, another power-up: nothing of before holds
		s.conn, s.unsettled, s.resetDue, s.liftDue = conn, false, false, false
	}
	return conn, nil
}

// Read is told at Reader.
func (s *SAM) Read(ctx context.Context, on func(Phase)) (Card, error) {
	if on == nil {
		on = func(Phase) {}
	}
	conn, err := s.begin(ctx)
	if err != nil {
		return Card{}, err
	}
	defer s.end()
	if err := s.ready(ctx, conn); err != nil {
		return Card{}, err
	}
	if s.liftDue {
		on(Lift)
	} else {
		on(Waiting)
	}
	if err := s.await(ctx, conn); err != nil {
		return Card{}, err
	}
	s.liftDue = false
	on(Reading)
	for round := 1; ; round++ {
		card, err := s.take(ctx, conn)
		if err == nil {
			s.resetDue, s.liftDue = s.reread == RereadReset, s.reread == RereadLift
			return card, nil
		}
		if err := s.mend(ctx, conn, round, err); err != nil {
			return Card{}, err
		}
	}
}

// ready resets a model that needs it after a card.
func (s *SAM) ready(ctx context.Context, conn seriallink.Conn) error {
	if !s.resetDue {
		return nil
	}
	if _, err := s.ask(ctx, conn, askReset); err != nil && s.over(ctx, err) {
		return err
	}
	s.resetDue = false
	return nil
}

// await looks for a card until there is one.
func (s *SAM) await(ctx context.Context, conn seriallink.Conn) error {
	bad, trouble := 0, error(nil)
	for {
		_, err := s.ask(ctx, conn, findCard)
		if err == nil {
			return nil
		}
		if s.over(ctx, err) {
			return ended(ctx, err)
		}
		var no refused
		if errors.As(err, &no) && no.r.SW3 == StatusNoCard {
			bad, trouble = 0, nil
		} else {
			what, final := judge(err)
			trouble = final
			bad++
			if what == giveUp || bad == badLooks {
				return final
			}
			if bad == 1 || what == revive {
				if _, e := s.ask(ctx, conn, askStatus); e != nil {
					if s.over(ctx, e) {
						return ended(ctx, e)
					}
					// Silent twice in a row, or out of order by its own word: there is no use in going on.
					if errors.Is(e, ErrNoAnswer) && errors.Is(err, ErrNoAnswer) {
						return final
					}
				}
			}
			if bad == badLooks-2 || what == revive {
				if _, e := s.ask(ctx, conn, askReset); e != nil && s.over(ctx, e) {
					return ended(ctx, e)
				}
			}
		}
		if err := s.pause(ctx, s.poll); err != nil {
			if trouble != nil { // not a card was missing, but the reader's sense
				return fmt.Errorf("%w: %w", trouble, err)
			}
			return err
		}
	}
}

// take selects and reads the card that was found.
func (s *SAM) take(ctx context.Context, conn seriallink.Conn) (Card, error) {
	if _, err := s.ask(ctx, conn, selectCard); err != nil {
		return Card{}, err
	}
	r, err := s.ask(ctx, conn, readCard)
	if err != nil {
		return Card{}, err
	}
	text, photo := r.Data[4:4+TextLen], r.Data[4+TextLen:]
	card, err := DecodeText(text)
	if err != nil {
		return Card{}, err
	}
	card.Photo = photo
	return card, nil
}

// mend does what mends a failed round, so that the next can begin with select; it gives an error when there is to be none.
func (s *SAM) mend(ctx context.Context, conn seriallink.Conn, round int, failure error) error {
	if s.over(ctx, failure) {
		return ended(ctx, failure)
	}
	what, final := judge(failure)
	s.log.Info("reading a card failed", "round", round, "error", failure)
	if what == giveUp || round == rounds || (what == twice || what == revive) && round == 2 {
		return final
	}
	if what == revive || what == reset && round == 2 {
		for _, c := range []command{askReset, askStatus} {
			if _, err := s.ask(ctx, conn, c); err != nil {
				if s.over(ctx, err) {
					return ended(ctx, err)
				}
				if what == revive {
					return final
				}
			}
		}
	}
	for end := s.clock.Now().Add(returnWait); ; {
		_, err := s.ask(ctx, conn, findCard)
		if err == nil {
			return nil
		}
		if s.over(ctx, err) {
			return ended(ctx, err)
		}
		var no refused
		if errors.As(err, &no) {
			if what, final := judge(err); what == giveUp {
				return final
			}
		} else if errors.Is(err, ErrNoAnswer) {
			return ErrNoAnswer
		}
		if !s.clock.Now().Before(end) {
			if errors.Is(err, ErrNonsense) {
				return err
			}
			return ErrMoved
		}
		if err := s.pause(ctx, returnPoll); err != nil {
			return fmt.Errorf("%w: %w", final, err)
		}
	}
}

// ended is what to answer when everything is over. Where the caller's time is up, a trouble with the reader stands beside it.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	var no refused
	if errors.As(err, &no) && no.r.SW3 == StatusNoCard || errors.Is(err, context.Cause(ctx)) {
		return context.Cause(ctx)
	}
	_, final := judge(err)
	return fmt.Errorf("%w: %w", final, context.Cause(ctx))
}

// judge says what a failed exchange leads to, and what to answer where that does not help.
func judge(err error) (act, error) {
	var no refused
	if errors.As(err, &no) {
		r := remedyOf(no.r.SW3)
		return r.act, fmt.Errorf("%w (%v)", r.err, no)
	}
	if errors.Is(err, ErrWrongCard) {
		return giveUp, err
	}
	return restart, err
}

// over tells whether a failure ends everything: the caller's time is up, or the reader is gone.
func (s *SAM) over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, devices.ErrDisconnected) && !errors.Is(err, ErrNoAnswer)
}

func (s *SAM) pause(ctx context.Context, d time.Duration) error {
	timer := s.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.Chan():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Present is told at Reader. A reader may overlook a card that is there, so three looks must miss it.
func (s *SAM) Present(ctx context.Context) (bool, error) {
	conn, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer s.end()
	if err := s.ready(ctx, conn); err != nil {
		return false, err
	}
	for look := 1; ; look++ {
		_, err := s.ask(ctx, conn, findCard)
		if err == nil {
			return true, nil
		}
		if s.over(ctx, err) {
			return false, ended(ctx, err)
		}
		var no refused
		missed := errors.As(err, &no) && no.r.SW3 == StatusNoCard
		if look == 3 {
			if missed {
				return false, nil
			}
			_, final := judge(err)
			return false, final
		}
		if look == 2 {
			if err := s.pause(ctx, returnPoll); err != nil {
				return false, err
			}
		}
	}
}

// Status asks the security module how it is. It answers busy without asking while another exchange is under way.
func (s *SAM) Status(ctx context.Context) (busy bool, err error) {
	select {
	case <-s.turn:
	default:
		return true, nil
	}
	defer s.end()
	conn, err := s.connect()
	if err != nil {
		return false, err
	}
	if _, err := s.ask(ctx, conn, askStatus); err != nil {
		if s.over(ctx, err) {
			return false, ended(ctx, err)
		}
		_, final := judge(err)
		return false, final
	}
	return false, nil
}

// ID reads the number of the security module, which serves as the reader's identity, in the vendors' form 05.03-20200101-….
func (s *SAM) ID(ctx context.Context) (string, error) {
	conn, err := s.begin(ctx)
	if err != nil {
		return "", err
	}
	defer s.end()
	r, err := s.ask(ctx, conn, askID)
	if err != nil {
		if s.over(ctx, err) {
			return "", ended(ctx, err)
		}
		_, final := judge(err)
		return "", final
	}
	return FormatID(r.Data), nil
}

// FormatID writes the 16 bytes of a SAM's number: two words and three double words, little-endian.
func FormatID(data []byte) string {
	if len(data) != 16 {
		return ""
	}
	le := binary.LittleEndian
	return fmt.Sprintf("%02d.%02d-%08d-%010d-%010d", le.Uint16(data), le.Uint16(data[2:]), le.Uint32(data[4:]),
		le.Uint32(data[8:]), le.Uint32(data[12:]))
}
