package printer

import (
	"context"
	"errors"
	"fmt"

	"zizhuban/devices"
)

// Printer prints slips. It may be used from several goroutines; they take turns.
type Printer interface {
	// Status asks the printer how it is. It prints nothing.
	Status(ctx context.Context) (State, error)
	// Print prints a slip and tells what the printer confirmed. The outcome is right with an error too: it then is Failed, with
	// a reason, or Unknown where ctx ended between the last byte and the printer's word. A slip that failed does not come
	// out later.
	Print(ctx context.Context, slip Slip) (Outcome, error)
}

// Cover is the state of the printer's cover.
type Cover string

// The states of the cover.
const (
	CoverUnknown Cover = "unknown"
	CoverClosed  Cover = "closed"
	CoverOpen    Cover = "open"
)

// Cutter is the state of the cutter.
type Cutter string

// The states of the cutter.
const (
	CutterUnknown Cutter = "unknown"
	CutterOK      Cutter = "ok"
	CutterFault   Cutter = "fault"
)

// State is how a printer is.
type State struct {
	Paper   Paper   `json:"paper"`
	Cover   Cover   `json:"cover"`
	Cutter  Cutter  `json:"cutter"`
	Offline bool    `json:"offline"`          // it takes no data, for whatever reason
	Hot     bool    `json:"hot,omitempty"`    // the head must cool; it recovers by itself
	Fault   bool    `json:"fault,omitempty"`  // an error that only switching off and on, or a repair, mends
	Ticket  bool    `json:"ticket,omitempty"` // a slip was not taken yet; only some kiosk modules tell
	Raw     [4]byte `json:"raw"`              // the answers to DLE EOT 1 to 4; 0 where there was none
}

// Errors of printing. Each says what can be done.
var (
	ErrPaperOut  = errors.New("the printer has no paper, put in a new roll")
	ErrCoverOpen = errors.New("the printer's cover is open, close it")
	ErrCutter    = errors.New("the printer's cutter is stuck, open the cover and free it")
	ErrHot       = errors.New("the printer's head is too hot, it goes on when it has cooled")
	ErrFault     = errors.New("the printer reports a fault, switch it off and on")
	ErrOffline   = errors.New("the printer is offline, see its lamp and its feed button")
	// ErrTimeout: the printer took no more bytes.
	ErrTimeout = errors.New("the printer takes no data, switch it off and on")
	// ErrUncleared: an earlier slip may still be in the printer's memory, and the printer did not confirm that it is gone.
	// Nothing is printed until it does, or until it was switched off and on.
	ErrUncleared = errors.New("the printer may still hold an earlier slip, switch it off and on")
	// ErrContent: the slip cannot be printed as it is: an unknown kind of block, a QR code that does not fit.
	ErrContent = errors.New("the slip cannot be printed")
	// ErrDisconnected: the printer cannot be reached.
	ErrDisconnected = devices.ErrDisconnected
	// ErrNoAnswer: the port is open and the printer says nothing. It is an ErrDisconnected.
	ErrNoAnswer = fmt.Errorf("the printer does not answer, check its power: %w", devices.ErrDisconnected)
)

// The reasons of an outcome that Failed.
const (
	ReasonPaperOut     = "paper-out"
	ReasonCoverOpen    = "cover-open"
	ReasonCutter       = "cutter"
	ReasonHot          = "hot"
	ReasonFault        = "fault"
	ReasonOffline      = "offline"
	ReasonDisconnected = "disconnected"
	ReasonTimeout      = "timeout"
	ReasonUncleared    = "uncleared"
	ReasonContent      = "content"
	ReasonCancelled    = "cancelled"
)

// reasonOf names the reason of an error.
func reasonOf(err error) string {
	for _, row := range []struct {
		is     error
		reason string
	}{
		{ErrPaperOut, ReasonPaperOut}, {ErrCoverOpen, ReasonCoverOpen}, {ErrCutter, ReasonCutter}, {ErrHot, ReasonHot},
		{ErrFault, ReasonFault}, {ErrTimeout, ReasonTimeout}, {ErrUncleared, ReasonUncleared}, {ErrContent, ReasonContent},
		{ErrDisconnected, ReasonDisconnected}, {ErrOffline, ReasonOffline}, {context.Canceled, ReasonCancelled},
		{context.DeadlineExceeded, ReasonTimeout},
	} {
		if errors.Is(err, row.is) {
			return row.reason
		}
	}
	return ReasonFault
}

// Ready is nil when the printer can print, and else what keeps it from printing, the plainest cause first. Paper that is low
// and a slip that was not taken keep it from nothing.
func (s State) Ready() error {
	switch {
	case s.Paper == PaperOut || s.Paper == PaperJammed:
		return ErrPaperOut
	case s.Cover == CoverOpen:
		return ErrCoverOpen
	case s.Cutter == CutterFault:
		return ErrCutter
	case s.Fault:
		return ErrFault
	case s.Hot:
		return ErrHot
	case s.Offline:
		return ErrOffline
	}
	return nil
}
