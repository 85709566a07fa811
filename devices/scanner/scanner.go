// Package scanner reads bar codes and QR codes from serial scanners.
//
// Read [Scanner] first, which [Line] implements for every scanner that sends a code followed by a line end, or by silence.
// The pure half is [Framer] and [Decode].
//
// A code is untrusted text that anybody may show: it is capped in length, holds no control bytes, is never logged, and is only
// taken while somebody waits for it. What a scanner sent before is dropped. The bytes are kept beside the text.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/seriallink"
)

// Scanner reads codes.
type Scanner interface {
	// Scan waits for the next code until ctx ends. Only what is scanned after the call counts.
	Scan(ctx context.Context) (Code, error)
}

// Code is what was scanned. It may be somebody's identity token: it is never logged; its String method tells nothing.
type Code struct {
	Text     string
	Raw      []byte // as it came, without its suffix and control bytes
	Encoding Encoding
	Suffixed bool // a line end came; otherwise silence ended the code
}

// String keeps a code out of logs.
func (Code) String() string { return "code(hidden)" }

// GoString keeps a code out of %#v.
func (Code) GoString() string { return "code(hidden)" }

// The health codes of scanners.
const (
	HealthNoSuffix    = "SCN-01" // codes come without a line end
	HealthUndecodable = "SCN-02" // a code was no text in the encoding that is configured
	HealthUnsolicited = "SCN-04" // a code came that nobody waited for, and was dropped
)

var (
	// ErrUndecodable: what was scanned is no text in the encoding that is configured.
	ErrUndecodable = errors.New("the code is no text that can be read, check the scanner's encoding")
	// ErrDisconnected: the scanner cannot be reached.
	ErrDisconnected = devices.ErrDisconnected
)

// Options are what a scanner needs besides its connection. The zero value is usable.
type Options struct {
	Clock    clockwork.Clock // nil: the real one
	Log      *slog.Logger    // nil: nothing is logged
	Suffix   Suffix
	Encoding Encoding
	Baud     int          // of the line, to reckon how long silence must be; 0 is 9600
	On       func(string) // told the health codes above as they occur; may be nil, must not block
}

// Line is a scanner that sends each code as a line.
type Line struct {
	source  seriallink.Source
	options Options
	clock   clockwork.Clock
	log     *slog.Logger
	silence time.Duration
	turn    sync.Mutex
}

var _ Scanner = (*Line)(nil)

// NewLine makes a scanner that reads from the connections of a source.
func NewLine(source seriallink.Source, o Options) *Line {
	l := &Line{source: source, options: o, clock: o.Clock, log: o.Log}
	if l.clock == nil {
		l.clock = clockwork.NewRealClock()
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if o.Baud <= 0 {
		o.Baud = 9600
	}
	if l.options.On == nil {
		l.options.On = func(string) {}
	}
	// A pause of forty milliseconds or twenty bytes, whatever is longer, ends a code: USB adapters deliver in pieces.
	l.silence = max(40*time.Millisecond, 20*10*time.Second/time.Duration(o.Baud))
	return l
}

// Mask shows nothing of what a scanner sends, and what is sent to it.
func Mask(d seriallink.Direction, piece []byte) int {
	if d == seriallink.Out {
		return len(piece)
	}
	return 0
}

// ghostLimit bounds how long a scanner that is talking when Scan begins is waited for.
const ghostLimit = 2 * time.Second

// Scan is told at Scanner. Only one may be under way.
func (l *Line) Scan(ctx context.Context) (Code, error) {
	if !l.turn.TryLock() {
		return Code{}, errors.New("a scan is under way already")
	}
	defer l.turn.Unlock()
	conn, err := l.source.Conn()
	if err != nil {
		return Code{}, lost(err)
	}
	if err := l.dropGhosts(ctx, conn); err != nil {
		return Code{}, err
	}
	framer := Framer{Suffix: l.options.Suffix}
	buf := make([]byte, 1024)
	for {
		n, err := l.read(ctx, conn, buf, framer.Pending())
		if errors.Is(err, errSilent) {
			if raw, ok := framer.Flush(); ok {
				if l.options.Suffix != None {
					l.options.On(HealthNoSuffix)
				}
				return l.code(raw, false)
			}
			continue
		}
		if err != nil {
			return Code{}, err
		}
		if codes := framer.Feed(buf[:n]); len(codes) > 0 {
			return l.code(codes[0], true)
		}
	}
}

// dropGhosts throws away what was scanned before anybody asked, its tail included.
func (l *Line) dropGhosts(ctx context.Context, conn seriallink.Conn) error {
	if conn.Discard() == 0 {
		return nil
	}
	l.options.On(HealthUnsolicited)
	buf := make([]byte, 1024)
	for end := l.clock.Now().Add(ghostLimit); l.clock.Now().Before(end); {
		if _, err := l.read(ctx, conn, buf, true); errors.Is(err, errSilent) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// errSilent says that a code that has begun was followed by silence.
var errSilent = errors.New("silence")

// read waits for bytes; where a code has begun, only as long as the silence that ends it.
func (l *Line) read(ctx context.Context, conn seriallink.Conn, buf []byte, begun bool) (int, error) {
	bound := ctx
	if begun {
		var cancel context.CancelFunc
		bound, cancel = clockwork.WithTimeout(ctx, l.clock, l.silence)
		defer cancel()
	}
	n, err := conn.Read(bound, buf)
	switch {
	case err == nil:
		return n, nil
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case begun && errors.Is(err, context.DeadlineExceeded):
		return 0, errSilent
	}
	return 0, lost(err)
}

func (l *Line) code(raw []byte, suffixed bool) (Code, error) {
	text, used, ok := Decode(raw, l.options.Encoding)
	if !ok {
		l.options.On(HealthUndecodable)
		return Code{}, ErrUndecodable
	}
	// Bytes that were no controls by themselves can be one as text, such as C2 85.
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	l.log.Debug("scanned", "bytes", len(raw), "encoding", string(used), "suffix", suffixed)
	return Code{Text: text, Raw: raw, Encoding: used, Suffixed: suffixed}, nil
}

// lost makes every loss of the connection an ErrDisconnected.
func lost(err error) error {
	if errors.Is(err, devices.ErrDisconnected) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDisconnected, err)
}
