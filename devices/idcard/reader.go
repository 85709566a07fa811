package idcard

import (
	"context"
	"errors"
	"fmt"

	"zizhuban/devices"
)

// Phase is how far a reading has come.
type Phase string

// The phases, in order. Lift comes only from readers that cannot read a card twice ([RereadLift]).
const (
	Lift    Phase = "lift"    // take the card away first and put it back
	Waiting Phase = "waiting" // no card on the reader yet
	Reading Phase = "reading" // hold the card still
)

// Reader reads identity documents. It may be used from several goroutines; they take turns.
type Reader interface {
	// Read waits for a card until ctx ends, reads it, and tells its progress through on, which may be nil and must not block.
	// A card that is moved is tried up to three times before the answer is ErrMoved.
	Read(ctx context.Context, on func(Phase)) (Card, error)
	// Present tells whether a card lies on the reader. It is not for use during a Read, for which it waits.
	Present(ctx context.Context) (bool, error)
}

// Errors of reading. What the citizen or the technician can do follows from which one it is.
var (
	// ErrMoved: the card was lifted or shifted too early; it should be put down again and left.
	ErrMoved = errors.New("the card was moved before it was read, put it on the reader again and leave it there")
	// ErrWrongCard: what lies there is not a document that can be read here; see [WrongCard].
	ErrWrongCard = errors.New("not a document that this terminal can read")
	// ErrUntrusted: the card and the reader's security module do not accept each other.
	ErrUntrusted = errors.New("the card could not be authenticated")
	// ErrNonsense: the reader answers, but not sensibly.
	ErrNonsense = errors.New("the card reader answers nonsense, check its baud rate and its cable")
	// ErrOutOfService: the reader's security module is out of order or not authorised; only its vendor can mend it.
	ErrOutOfService = errors.New("the card reader's security module is out of service")
	// ErrDisconnected: the reader cannot be reached.
	ErrDisconnected = devices.ErrDisconnected
	// ErrNoAnswer: the port is open and the reader says nothing. It is an ErrDisconnected.
	ErrNoAnswer = fmt.Errorf("the card reader does not answer, check its power: %w", devices.ErrDisconnected)
)

// WrongCard is an ErrWrongCard that says which document it was, as far as that is known.
type WrongCard struct{ Kind Kind }

// Error says what lies on the reader.
func (w WrongCard) Error() string {
	if w.Kind == "" {
		return ErrWrongCard.Error()
	}
	return fmt.Sprintf("%v: it is a %s document", ErrWrongCard, w.Kind)
}

// Unwrap makes it an ErrWrongCard.
func (WrongCard) Unwrap() error { return ErrWrongCard }
