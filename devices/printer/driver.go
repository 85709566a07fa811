package printer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
)

// How long the printer may take.
const (
	writeStall  = 10 * time.Second       // one chunk; a busy printer holds the line while paper moves
	statusWait  = 500 * time.Millisecond // the answer to DLE EOT
	watchEvery  = 250 * time.Millisecond // between looks at a printer that is working
	muteLimit   = 10 * time.Second       // without any answer while working; some say nothing while paper moves
	confirmWait = 20 * time.Second       // for the word that a slip is done, beyond its time on the wire
	queuedWait  = 5 * time.Second        // for the answer to GS r
	clearWait   = 2 * time.Second        // for the answer to DLE DC4 8
	abortWait   = 5 * time.Second        // for all that is done after a failure
	chunkSize   = 256                    // bytes between two looks at the printer while sending
)

// Options are what a printer needs besides its connection and its profile. The zero value is usable.
type Options struct {
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nothing is logged
	Baud  int             // of the line, to reckon how long bytes take; 0 is 9600
}

// ESCPOS is a printer that speaks ESC/POS.
type ESCPOS struct {
	source  seriallink.Source
	profile Profile
	clock   clockwork.Clock
	log     *slog.Logger
	baud    int
	turn    chan struct{} // holds one token: whoever has it talks to the printer

	// What follows belongs to whoever has the turn.
	conn    seriallink.Conn
	replies replies
	buf     [512]byte
	owed    int      // answers to DLE EOT that have not come yet
	number  int      // of the last process id
	rest    leftover // what may still be in the printer
	longest int      // length of the longest command that an interrupted slip may have torn
}

var _ Printer = (*ESCPOS)(nil)

// leftover says what an interrupted slip may have left in the printer.
type leftover int

const (
	clean     leftover = iota
	unknown            // this program has just met the printer, and a program before may have been killed while it printed
	something          // a slip of ours did not come to its end
)

// NewESCPOS makes a printer that talks through the connections of a source. Use the termios backend: its writes can be
// given up without leaving bytes behind.
func NewESCPOS(source seriallink.Source, profile Profile, o Options) *ESCPOS {
	p := &ESCPOS{source: source, profile: profile, clock: o.Clock, log: o.Log, baud: o.Baud, rest: unknown,
		longest: chunkSize, turn: make(chan struct{}, 1)}
	if p.clock == nil {
		p.clock = clockwork.NewRealClock()
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.baud <= 0 {
		p.baud = 9600
	}
	p.replies.taken = profile.TakenBit
	// The numbers of process ids begin somewhere else each time, so that a late word for a slip of before is not taken for ours.
	p.number = int(p.clock.Now().Unix() % 10000)
	p.turn <- struct{}{}
	return p
}

// Mask lets a trace show status commands and what the printer answers, and nothing of a slip.
func Mask(d seriallink.Direction, piece []byte) int {
	if d == seriallink.In {
		return min(len(piece), 16)
	}
	for _, c := range []struct {
		head   string
		length int
	}{
		{"\x10\x04", 3}, {"\x10\x05", 3}, {"\x10\x14\x08", 10}, {"\x1B@", 2}, {"\x1Dr", 3}, {"\x1D(H", 11},
	} {
		if len(piece) == c.length && string(piece[:len(c.head)]) == c.head {
			return len(piece)
		}
	}
	return 0
}

// begin takes the turn and the connection of the moment.
func (p *ESCPOS) begin(ctx context.Context) error {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	conn, err := p.source.Conn()
	if err != nil {
		p.end()
		if !errors.Is(err, devices.ErrDisconnected) {
			err = fmt.Errorf("%w: %w", ErrDisconnected, err)
		}
		return err
	}
	p.conn = conn
	conn.Discard() // what the printer said by itself, or too late
	p.replies.reset()
	p.owed = 0
	return nil
}

func (p *ESCPOS) end() { p.turn <- struct{}{} }

// Status is told at Printer. Where an earlier slip was interrupted, or may have been by a program before this one, it also
// clears what is left of it, so that this has been done before the next citizen comes.
func (p *ESCPOS) Status(ctx context.Context) (State, error) {
	if err := p.begin(ctx); err != nil {
		return State{Paper: PaperUnknown, Cover: CoverUnknown, Cutter: CutterUnknown}, err
	}
	defer p.end()
	s, err := p.status(ctx)
	switch {
	case err != nil || p.rest == clean:
	case s.Ready() == nil:
		err = p.clear(ctx)
	case p.rest == something: // before the paper is put in: that is when the old slip would come out
		_, err = p.clearNow(ctx)
	}
	return s, err
}

// Check is Status for a watcher in the background: it answers busy without asking while a slip is being printed.
func (p *ESCPOS) Check(ctx context.Context) (s State, busy bool, err error) {
	select {
	case <-p.turn:
		p.turn <- struct{}{} // Status takes it again; that somebody comes between only means a wait
	default:
		return State{}, true, nil
	}
	s, err = p.Status(ctx)
	return s, false, err
}

// Print is told at Printer.
func (p *ESCPOS) Print(ctx context.Context, slip Slip) (Outcome, error) {
	failed := func(paper Paper, sent int, err error) (Outcome, error) {
		return Outcome{Confirmation: Failed, Paper: paper, Bytes: sent, Reason: reasonOf(err)}, err
	}
	doc, err := encode(slip, p.profile)
	if err != nil {
		return failed(PaperUnknown, 0, err)
	}
	if err := p.begin(ctx); err != nil {
		return failed(PaperUnknown, 0, err)
	}
	defer p.end()
	before, err := p.status(ctx)
	if err == nil {
		err = before.Ready()
	}
	if err == nil && p.rest != clean {
		err = p.clear(ctx)
	}
	if err != nil {
		return failed(before.Paper, 0, err)
	}

	p.rest, p.longest = something, 0 // until the printer says otherwise
	for _, piece := range doc {
		p.longest = max(p.longest, len(piece))
	}
	sent, err := p.send(ctx, doc)
	if err != nil {
		after := p.abort(ctx, err)
		return failed(after.Paper, sent, err)
	}
	confirmation, after, err := p.confirm(ctx, sent)
	if confirmation == Failed {
		after = p.abort(ctx, err)
		return failed(after.Paper, sent, err)
	}
	switch {
	case err == nil && confirmation == Unknown && p.profile.Confirm != "none":
		p.rest = unknown // it is well, and has not answered
	case err == nil:
		p.rest = clean
	}
	return Outcome{Confirmation: confirmation, Paper: after.Paper, Bytes: sent}, err
}

// send gives the printer the pieces of a slip, and watches it meanwhile. It tells how many bytes went out.
func (p *ESCPOS) send(ctx context.Context, doc [][]byte) (sent int, err error) {
	window := p.profile.Buffer / 2
	inWindow := 0
	for len(doc) > 0 {
		var chunk []byte
		for len(doc) > 0 && (len(chunk) == 0 || len(chunk)+len(doc[0]) <= chunkSize) {
			chunk = append(chunk, doc[0]...)
			doc = doc[1:]
		}
		if inWindow+len(chunk) > window && inWindow > 0 {
			// Without a handshake line a full buffer drops bytes silently: wait until the printer has worked this window off.
			if err := p.workedOff(ctx); err != nil {
				return sent, err
			}
			inWindow = 0
		}
		n, err := p.write(ctx, chunk)
		sent += n
		if err != nil {
			return sent, err
		}
		inWindow += len(chunk)
		if len(doc) == 0 || p.profile.Status == "none" {
			continue
		}
		// Ask without waiting: the answer is looked at after the next chunk, so that the line never idles.
		if _, err := p.write(ctx, dleEOT(1)); err != nil {
			return sent, err
		}
		if err := p.glance(ctx); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// glance looks at what the printer has said so far, without waiting, and finds out more when it says that it is offline.
func (p *ESCPOS) glance(ctx context.Context) error {
	for {
		r, err := p.receiveNow(ctx)
		if err != nil {
			if errors.Is(err, devices.ErrDisconnected) {
				return err
			}
			return nil // nothing more has come in
		}
		if offline(r) {
			return p.whyOffline(ctx)
		}
	}
}

// offline tells whether a reply says that the printer has stopped: bit 3 of DLE EOT 1, bit 3 of the first byte of ASB.
func offline(r reply) bool {
	return (r.kind == realtime || r.kind == auto) && r.data[0]&0x08 != 0
}

// whyOffline asks for the whole status; it is nil where the printer is well again.
func (p *ESCPOS) whyOffline(ctx context.Context) error {
	s, err := p.status(ctx)
	if err != nil {
		return err
	}
	return s.Ready()
}

// confirm waits for the printer's word that the slip is done.
func (p *ESCPOS) confirm(ctx context.Context, sent int) (Confirmation, State, error) {
	wire := time.Duration(sent) * 10 * time.Second / time.Duration(p.baud)
	switch p.profile.Confirm {
	case "process-id":
		p.number = (p.number + 1) % 10000
		id := fmt.Sprintf("%04d", p.number)
		// GS ( H pL pH fn m d1..d4, function 48; the answer is 37 22 d1..d4 00, sent when printing has ended.
		ask := append([]byte{gs, '(', 'H', 6, 0, 48, 48}, id...)
		done, err := p.await(ctx, ask, wire+confirmWait, func(r reply) bool {
			return r.kind == block && string(r.data) == "\x37\x22"+id
		})
		if done || err != nil {
			return p.concluded(ctx, Printed, err)
		}
		p.log.Warn("the printer did not confirm by process id, asking by a queued status")
		fallthrough
	case "gs-r":
		done, err := p.await(ctx, []byte{gs, 'r', 1}, wire+confirmWait, func(r reply) bool { return r.kind == queued })
		if err != nil || !done {
			return p.concluded(ctx, Unknown, err)
		}
		after, err := p.status(ctx)
		if err != nil {
			return p.concluded(ctx, Unknown, err)
		}
		if err := after.Ready(); err != nil {
			return Failed, after, err
		}
		return Processed, after, nil
	}
	// Nothing will be said: wait for the bytes to have gone over the wire, watching.
	_, err := p.await(ctx, nil, wire+watchEvery, func(reply) bool { return false })
	return p.concluded(ctx, Unknown, err)
}

// concluded gives the outcome of a wait: the confirmation reached, or Failed where the printer has a trouble, or Unknown where only
// the caller's time has ended.
func (p *ESCPOS) concluded(ctx context.Context, c Confirmation, err error) (Confirmation, State, error) {
	unknownState := State{Paper: PaperUnknown, Cover: CoverUnknown, Cutter: CutterUnknown}
	if err != nil {
		if ctx.Err() != nil {
			return Unknown, unknownState, err
		}
		return Failed, unknownState, err
	}
	if p.profile.Status == "none" {
		return c, unknownState, nil
	}
	after, err := p.status(ctx)
	if err != nil {
		after = unknownState // the slip's outcome stands; that the printer is gone now is found by the next command
	}
	return c, after, nil
}

// await sends a command and waits for the reply that wanted accepts. Meanwhile it looks at the printer now and then: done is
// false without an error when the time is over and the printer is well.
func (p *ESCPOS) await(ctx context.Context, command []byte, d time.Duration, wanted func(reply) bool) (done bool, err error) {
	if len(command) > 0 {
		if _, err := p.write(ctx, command); err != nil {
			return false, err
		}
	}
	begin := p.clock.Now()
	heard := begin
	for p.clock.Since(begin) < d {
		r, err := p.receiveWithin(ctx, watchEvery)
		switch {
		case err == nil && wanted(r):
			return true, nil
		case err == nil && !offline(r):
			heard = p.clock.Now()
			continue
		case err == nil: // offline: it says why below
			heard = p.clock.Now()
			if err := p.stillGood(ctx, wanted, &done); err != nil || done {
				return done, err
			}
			continue
		case !errors.Is(err, errLate):
			return false, err
		}
		if p.profile.Status == "none" {
			continue
		}
		if p.clock.Since(heard) > muteLimit {
			return false, ErrNoAnswer
		}
		if _, err := p.write(ctx, dleEOT(1)); err != nil {
			return false, err
		}
	}
	return false, nil
}

// stillGood asks a printer that says it is offline for the cause. The awaited reply may come between: then all is well.
func (p *ESCPOS) stillGood(ctx context.Context, wanted func(reply) bool, done *bool) error {
	s, err := p.statusWatching(ctx, func(r reply) { *done = *done || wanted(r) })
	if *done {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Ready()
}

// workedOff waits until the printer has processed all that was sent: GS r is executed in its turn.
func (p *ESCPOS) workedOff(ctx context.Context) error {
	wire := time.Duration(p.profile.Buffer) * 10 * time.Second / time.Duration(p.baud)
	done, err := p.await(ctx, []byte{gs, 'r', 1}, wire+confirmWait, func(r reply) bool { return r.kind == queued })
	if err == nil && !done {
		return ErrTimeout
	}
	return err
}
