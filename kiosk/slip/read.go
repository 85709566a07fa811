package slip

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"zizhuban/devices/printer"
)

// ErrDocument says that a slip document does not follow schema.json.
var ErrDocument = errors.New("the slip document cannot be used")

// Read reads a slip document as schema.json tells. What it does not know it refuses, so that a misspelt key does not
// silently leave something out of a slip.
func Read(r io.Reader) (printer.Slip, error) {
	var s printer.Slip
	data, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return s, fmt.Errorf("reading the slip document: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return printer.Slip{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if dec.More() {
		return printer.Slip{}, fmt.Errorf("%w: something follows the document", ErrDocument)
	}
	if len(s.Blocks) == 0 {
		return printer.Slip{}, fmt.Errorf("%w: it has no blocks", ErrDocument)
	}
	for i, b := range s.Blocks {
		if err := check(b); err != nil {
			return printer.Slip{}, fmt.Errorf("%w: block %d: %w", ErrDocument, i+1, err)
		}
	}
	return s, nil
}

func check(b printer.Block) error {
	switch b.Kind {
	case printer.KindText, printer.KindRule, printer.KindCut:
	case printer.KindField:
		if b.Label == "" {
			return errors.New("a field needs a label")
		}
	case printer.KindQR:
		if b.Text == "" {
			return errors.New("a QR code needs a text")
		}
		for _, c := range b.Text {
			if c < 0x20 || c > 0x7e {
				return errors.New("a QR code holds ASCII only: telephones read anything else differently")
			}
		}
	case printer.KindFeed:
		if b.Lines < 1 || b.Lines > 20 {
			return fmt.Errorf("lines is %d, from 1 to 20 are possible", b.Lines)
		}
	default:
		return fmt.Errorf("kind %q is not one of text, field, rule, qr, feed, cut", b.Kind)
	}
	switch b.Align {
	case "", printer.Left, printer.Centre, printer.Right:
	default:
		return fmt.Errorf("align %q is not one of left, centre, right", b.Align)
	}
	if b.Module < 0 || b.Module > 16 {
		return fmt.Errorf("module is %d, from 0 to 16 are possible", b.Module)
	}
	return nil
}
