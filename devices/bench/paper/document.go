// Package paper reads what a receipt printer was sent: ESC/POS bytes in, and out comes what stands on the paper — lines of
// text with their size and place, pictures, QR codes with their contents, bar codes, cuts — and a picture of it.
//
// It was written from the printers' manuals, apart from the terminal's own driver and without a line of it, so that a test
// may trust it as a second opinion on the driver's bytes. It never fails: what a printer would not understand is printed
// as a printer would print it, and reported as a [Problem].
//
// Read [Parse] and [Document] first, then [Slip]. [Interpreter] is the same thing one command at a time, for a simulated
// printer. Where the models differ it follows an 80 mm printer of 203 dpi with Chinese characters: Epson's reference where
// that speaks, the manuals of Chinese kiosk printers where it does not.
package paper

import (
	"strings"
)

// Dots of an 80 mm printer at 203 dpi, which is 8 dots a millimetre.
const (
	DotsPerMM = 8
	Width80   = 576 // 72 mm of 80 mm can be printed on
	Width58   = 384

	// CutterGap is how far the cutter stands behind the head: 15 mm, the least of what manuals give. What was printed in
	// the last 15 mm before a cut without a feed stays on the next slip.
	CutterGap = 15 * DotsPerMM
)

// Document is everything that came out of a printer for some bytes.
type Document struct {
	slips    []Slip
	Problems []Problem // what was not understood, or had no effect
	Rest     []byte    // the beginning of a command whose end never came
	Line     string    // text that was sent but not printed, for want of a line feed
}

// Slips are the pieces of paper, in order: what lies between two cuts, and at last what still hangs in the printer.
func (d *Document) Slips() []Slip { return d.slips }

// Text is the text of all slips.
func (d *Document) Text() string {
	parts := make([]string, len(d.slips))
	for i, s := range d.slips {
		parts[i] = s.Text()
	}
	return strings.Join(parts, "\n")
}

// Problem is something in the bytes that a printer would not do as it was surely meant.
type Problem struct {
	Offset  int64  `json:"offset"` // of the command in all bytes since the interpreter was made
	Command string `json:"command"`
	Text    string `json:"text"`
}

// End is how a slip ended.
type End string

// The ends of a slip.
const (
	EndFull    End = "full"    // cut through
	EndPartial End = "partial" // cut but for a bridge
	EndTorn    End = "torn"    // the roll came to its end, or the paper was taken out
	EndOpen    End = "open"    // still in the printer
)

// Align is where something stands across the paper.
type Align string

// The alignments.
const (
	Left   Align = "left"
	Centre Align = "centre"
	Right  Align = "right"
)

// Slip is one piece of paper. Places and sizes are in dots from its top and from the left of what can be printed on.
type Slip struct {
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	End      End       `json:"end"`
	Lines    []Line    `json:"lines"`
	QRs      []QR      `json:"qrs"`
	Barcodes []Barcode `json:"barcodes"`
	Images   []Image   `json:"images"`
	Bytes    []byte    `json:"-"` // what was executed between the cuts, commands included
}

// blank tells whether nothing stands on it.
func (s *Slip) blank() bool {
	return len(s.Lines) == 0 && len(s.QRs) == 0 && len(s.Barcodes) == 0 && len(s.Images) == 0
}

// Text is the text on the slip, line by line. A picture within a line counts as U+FFFC.
func (s Slip) Text() string {
	var b strings.Builder
	for _, l := range s.Lines {
		b.WriteString(strings.TrimRight(l.Text(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Line is one printed line of text.
type Line struct {
	Y      int   `json:"y"`
	Height int   `json:"height"`
	Align  Align `json:"align"`
	Runs   []Run `json:"runs"`
}

// Run is a piece of a line whose characters look alike, or one picture.
type Run struct {
	X         int     `json:"x"`
	Dots      int     `json:"dots"` // how wide it is on the paper
	Text      string  `json:"text"`
	Wide      int     `json:"wide"` // 1 to 8 times
	Tall      int     `json:"tall"`
	Bold      bool    `json:"bold,omitempty"`
	Small     bool    `json:"small,omitempty"` // font B
	Underline int     `json:"underline,omitempty"`
	Reverse   bool    `json:"reverse,omitempty"`
	Image     *Bitmap `json:"-"` // of ESC * and FS 2; Text is then U+FFFC

	glyphs []glyph
}

// glyph is one character of a run.
type glyph struct {
	r     rune
	x     int // from the left of the printable width
	dots  int // its cell, without spacing
	image *Bitmap
}

// column is how wide an ordinary Latin character is.
const column = 12

// Text is the text of the line, with spaces where the paper is empty between two pieces.
func (l Line) Text() string {
	var b strings.Builder
	at := 0
	for i, r := range l.Runs {
		if gap := r.X - at; i > 0 && gap >= column {
			b.WriteString(strings.Repeat(" ", gap/column))
		}
		b.WriteString(r.Text)
		at = r.X + r.Dots
	}
	return b.String()
}

// Bold tells whether every piece of text in the line is bold.
func (l Line) Bold() bool {
	for _, r := range l.Runs {
		if !r.Bold && strings.TrimSpace(r.Text) != "" {
			return false
		}
	}
	return len(l.Runs) > 0
}

// Size is the largest magnification in the line.
func (l Line) Size() (wide, tall int) {
	for _, r := range l.Runs {
		wide, tall = max(wide, r.Wide), max(tall, r.Tall)
	}
	return wide, tall
}

// QR is a QR code that the printer drew itself (GS ( k).
type QR struct {
	X       int    `json:"x"`
	Y       int    `json:"y"`
	Dots    int    `json:"dots"`    // its edge, without a quiet zone: the printer adds none
	Modules int    `json:"modules"` // a side
	Module  int    `json:"module"`  // dots each
	Model   int    `json:"model"`
	Level   string `json:"level"` // L M Q H
	Data    []byte `json:"data"`

	bits [][]bool
}

// Text is the contents of the code.
func (q QR) Text() string { return string(q.Data) }

// Barcode is a bar code that the printer drew itself (GS k).
type Barcode struct {
	X         int    `json:"x"`
	Y         int    `json:"y"`
	Dots      int    `json:"dots"`
	Height    int    `json:"height"`
	Symbology string `json:"symbology"`
	Data      string `json:"data"`
	Readable  bool   `json:"readable"` // its text stands with it

	bars []bool
	wide int
}

// Image is a picture across the paper.
type Image struct {
	X      int    `json:"x"`
	Y      int    `json:"y"`
	Wide   int    `json:"wide"` // magnification
	Tall   int    `json:"tall"`
	By     string `json:"by"` // the command that brought it
	Bitmap Bitmap `json:"-"`
}

// Bitmap is a picture of black and white dots, packed as printers take them: rows from the top, most significant bit left.
type Bitmap struct {
	Width, Height int
	Bits          []byte
}

// newBitmap makes a white picture.
func newBitmap(w, h int) Bitmap { return Bitmap{w, h, make([]byte, (w+7)/8*h)} }

// Black tells whether a dot is black.
func (m *Bitmap) Black(x, y int) bool {
	if x < 0 || y < 0 || x >= m.Width || y >= m.Height {
		return false
	}
	return m.Bits[y*((m.Width+7)/8)+x/8]>>(7-x%8)&1 == 1
}

func (m *Bitmap) set(x, y int) {
	if x >= 0 && y >= 0 && x < m.Width && y < m.Height {
		m.Bits[y*((m.Width+7)/8)+x/8] |= 1 << (7 - x%8)
	}
}
