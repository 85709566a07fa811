// Package printer prints slips: device-independent layouts go in, the bytes of a printer's language come out, and what the
// printer confirmed comes back.
//
// This file holds what a driver is given and what it answers.
package printer

// Slip is a device-independent document for a receipt printer: blocks from top to bottom.
type Slip struct {
	Blocks []Block `json:"blocks"`
}

// Align is where a block stands across the paper.
type Align string

// The alignments.
const (
	Left   Align = "left"
	Centre Align = "centre"
	Right  Align = "right"
)

// The kinds of block.
const (
	KindText  = "text"  // a paragraph
	KindField = "field" // a label at the left, its value at the right, wrapped where it must
	KindRule  = "rule"  // a line across
	KindQR    = "qr"    // a QR code
	KindFeed  = "feed"  // empty lines
	KindCut   = "cut"   // cut the paper
)

// Block is one element of a slip.
type Block struct {
	Kind   string `json:"kind"`
	Text   string `json:"text,omitempty"`  // of text; the value of a field; the contents of a QR code
	Label  string `json:"label,omitempty"` // of a field
	Align  Align  `json:"align,omitempty"`
	Wide   bool   `json:"wide,omitempty"` // double width
	Tall   bool   `json:"tall,omitempty"` // double height
	Bold   bool   `json:"bold,omitempty"`
	Lines  int    `json:"lines,omitempty"`  // of feed
	Module int    `json:"module,omitempty"` // of qr: dots a module, 0 lets the profile choose
}

// Paper is the state of the paper supply, after XFS4IoT Printer.
type Paper string

// The states of the paper supply.
const (
	PaperUnknown Paper = "unknown"
	PaperFull    Paper = "full"
	PaperLow     Paper = "low"
	PaperOut     Paper = "out"
	PaperJammed  Paper = "jammed"
)

// Confirmation is how sure it is that a slip came out.
type Confirmation string

// The rungs of certainty, best first.
const (
	Printed   Confirmation = "printed"   // the printer said that printing has ended
	Processed Confirmation = "processed" // it answered a status queued behind the slip and is well
	Unknown   Confirmation = "unknown"   // nothing contradicts it, nothing confirms it
	Failed    Confirmation = "failed"    // it did not come out whole
)

// Outcome is what became of one slip.
type Outcome struct {
	Confirmation Confirmation `json:"confirmation"`
	Paper        Paper        `json:"paper"`            // after the slip
	Bytes        int          `json:"bytes"`            // sent
	Reason       string       `json:"reason,omitempty"` // of Failed: paper-out, cover-open, offline, disconnected, cutter, timeout
}
