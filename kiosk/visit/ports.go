package visit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// Cards is the reader of identity cards as a visit needs it. A visit never calls two of its methods at once.
type Cards interface {
	// Read waits for a card and reads it, until ctx ends. It tells on what it is doing. Its errors are those of idcard.
	Read(ctx context.Context, on func(idcard.Phase)) (idcard.Card, error)
	// Present tells whether a card lies on the reader.
	Present(ctx context.Context) (bool, error)
}

// Printer is the slip printer as a visit needs it.
type Printer interface {
	Status(ctx context.Context) (printer.State, error)
	Print(ctx context.Context, s printer.Slip) (printer.Outcome, error)
}

// Ticket is what a submission is known by, before it is written.
type Ticket struct {
	Submission  string // UUIDv7
	LocalNumber string // what the slip bears
	Tracking    string // the address in the QR code
	Sequence    uint64
}

// Errors of a Submitter. An adapter wraps what its store says in the one that fits.
var (
	// ErrFull says that the queue has reached its limit.
	ErrFull = errors.New("visit: the queue is full")
	// ErrNoSpace says that the disk is full or may not be written.
	ErrNoSpace = errors.New("visit: no space on the disk")
)

// Submitter makes submissions durable.
type Submitter interface {
	// Room tells whether one more submission would find room: nil, ErrFull, ErrNoSpace, or another failure of the store.
	Room(ctx context.Context) error
	// Submit draws a ticket, lets build make the application for it, seals and stores it. It returns when the submission is
	// durable. An error means that nothing was stored, so that the same answers may be submitted again.
	Submit(ctx context.Context, build func(Ticket) wire.Application) (Ticket, error)
	// Slip keeps what became of a submission's slip: one of the Slip… states below.
	Slip(ctx context.Context, submission, state string) error
}

// The states of a slip, as told to Submitter.Slip and shown in SlipView.Printed.
const (
	SlipPending   = "pending"   // stored, nothing has gone to the printer
	SlipPrinting  = "printing"  // bytes may have gone to the printer: after a crash nobody knows whether there is a slip
	SlipPrinted   = "printed"   // the printer said so
	SlipProcessed = "processed" // the printer answered behind the slip
	SlipUnknown   = "unknown"   // nothing confirms it, nothing contradicts it
	SlipFailed    = "failed"    // it did not come out whole, and the citizen left
	SlipDeclined  = "declined"  // the citizen does not want it
	SlipNumber    = "number"    // the citizen took the number from the screen instead
)

// Catalogue gives the index of the newest catalogue. A visit pins the one that it began with.
type Catalogue interface {
	Index() *items.Index
}

// SlipData is what a slip may say. The names are masked here already; there is nothing in it that a slip must not bear.
type SlipData struct {
	Lang        string
	Place       string // where the terminal stands
	ItemCode    string
	ItemName    string
	Department  string
	Promised    string // the promised time limit, in words
	Contact     string // whom to ask
	Applicant   string // masked; empty on a slip printed after a restart
	IDNumber    string // masked; empty on a slip printed after a restart
	LocalNumber string
	Tracking    string // for the QR code
	SubmittedAt time.Time
	Follow      []ReviewMaterial // what must still be brought, or follow by a date
	Copy        bool             // printed again
}

// Slips lays slips out.
type Slips interface {
	Receipt(SlipData) printer.Slip
}

// Unfinished is a submission whose slip was not known to be printed when the terminal stopped.
type Unfinished struct {
	Submission  string
	LocalNumber string
	ItemName    string
	Tracking    string
	At          time.Time // when it was submitted
	Doubt       bool      // bytes had gone to the printer: the slip may have come out
}

// Config is what a Machine is made of. The zero value of a duration or number stands for its default.
type Config struct {
	Catalogue Catalogue
	Cards     Cards
	Printer   Printer
	Submitter Submitter
	Slips     Slips
	Clock     clockwork.Clock
	Log       *slog.Logger

	Place    string // where the terminal stands, in words
	Language string // at rest; zh where empty

	// Modules tells which modules the terminal has: true where well, false where out of order, absent where not fitted. It is
	// asked often and must answer at once. Nil: what the index says.
	Modules func() map[string]bool
	// Hall tells whether the hall was reached lately and how many submissions wait. It must answer at once. Nil: offline, 0.
	Hall func() (online bool, queued int)

	Unfinished *Unfinished // found at the start, if any

	// Inactivity (WCAG 2.2 SC 2.2.1; kiosk practice): the time without a touch until the question, and for the answer.
	Idle      time.Duration // 75 s
	IdleElder time.Duration // 120 s
	Warn      time.Duration // 20 s
	WarnElder time.Duration // 30 s
	DoneFor   time.Duration // 30 s until idle on Done, twice as long in elder mode

	Reprints   int           // how often a slip may be printed again; 1
	PrintLimit time.Duration // longest wait for the printer; 60 s
	CardPoll   time.Duration // between two looks at whether the card still lies there; 1 s
	CardRetry  time.Duration // after a reader's error; 2 s
}

func (c *Config) check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Catalogue", c.Catalogue == nil}, {"Cards", c.Cards == nil}, {"Printer", c.Printer == nil}, {"Submitter", c.Submitter == nil},
		{"Slips", c.Slips == nil}, {"Clock", c.Clock == nil}, {"Log", c.Log == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("visit: Config."+part.name+" is not set"))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) fill() {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&c.Idle, 75 * time.Second}, {&c.IdleElder, 120 * time.Second},
		{&c.Warn, 20 * time.Second}, {&c.WarnElder, 30 * time.Second},
		{&c.DoneFor, 30 * time.Second}, {&c.PrintLimit, 60 * time.Second},
		{&c.CardPoll, time.Second}, {&c.CardRetry, 2 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	if c.Reprints <= 0 {
		c.Reprints = 1
	}
	if c.Language == "" {
		c.Language = "zh"
	}
	if c.Hall == nil {
		c.Hall = func() (bool, int) { return false, 0 }
	}
}
