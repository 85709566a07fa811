package printer

import (
	"bytes"
	"fmt"
	"strings"
)

// Commands of ESC/POS that are sent, with their Epson names.
const (
	dle, esc, fs, gs = 0x10, 0x1B, 0x1C, 0x1D
	lf               = 0x0A
)

var (
	initialise = []byte{esc, '@'} // ESC @: modes to their defaults, print buffer discarded, receive buffer kept
	chineseOn  = []byte{fs, '&'}  // FS &
	// cutPartly is GS V 66 0: feed to the cutter and cut, leaving a bridge where the cutter can. ESC i and ESC m are avoided: vendors swap them.
	cutPartly = []byte{gs, 'V', 66, 0}
)

// longestQR bounds the contents of a QR code, in bytes. From 1040 on, the length in its command would be a real-time command.
const longestQR = 1000

// Encode turns a slip into the bytes of ESC/POS for a printer of this profile. It is deterministic. The bytes hold no real-time
// command, whatever the slip holds.
func Encode(slip Slip, p Profile) ([]byte, error) {
	doc, err := encode(slip, p)
	if err != nil {
		return nil, err
	}
	return bytes.Join(doc, nil), nil
}

// encode gives the pieces of a slip. Between two pieces the printer is inside no command, so there a status may be asked.
func encode(slip Slip, p Profile) ([][]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	e := &encoder{profile: p, align: Left}
	e.put(initialise...)
	if p.Chinese == "fs-on" {
		e.put(chineseOn...)
	}
	e.cutPiece()
	for i := 0; i < len(slip.Blocks); i++ {
		b := slip.Blocks[i]
		switch b.Kind {
		case KindText:
			e.text(b)
		case KindField:
			run := i
			for run < len(slip.Blocks) && slip.Blocks[run].Kind == KindField && slip.Blocks[run].Wide == b.Wide {
				run++
			}
			e.fields(slip.Blocks[i:run])
			i = run - 1
		case KindRule:
			e.style(Block{})
			e.put(bytes.Repeat([]byte{'-'}, p.Columns)...)
			e.endLine()
		case KindQR:
			if err := e.qr(b); err != nil {
				return nil, fmt.Errorf("block %d: %w", i+1, err)
			}
		case KindFeed:
			if b.Lines < 0 || b.Lines > 50 {
				return nil, fmt.Errorf("%w: block %d: feed of %d lines", ErrContent, i+1, b.Lines)
			}
			if b.Lines > 0 {
				e.put(esc, 'd', byte(b.Lines)) // ESC d n
				e.cutPiece()
			}
		case KindCut:
			e.put(cutPartly...)
			e.cutPiece()
		default:
			return nil, fmt.Errorf("%w: block %d is of kind %q, which is none of text, field, rule, qr, feed, cut", ErrContent, i+1, b.Kind)
		}
	}
	for _, piece := range e.pieces {
		for i := 0; i+1 < len(piece); i++ {
			if piece[i] == dle && isRealtime(piece[i+1]) {
				return nil, fmt.Errorf("%w: its bytes would hold a real-time command", ErrContent)
			}
		}
	}
	return e.pieces, nil
}

type encoder struct {
	profile Profile
	pieces  [][]byte
	buf     []byte

	// What the printer is set to.
	align Align
	size  byte // of GS !
	bold  bool
}

func (e *encoder) put(b ...byte) { e.buf = append(e.buf, b...) }

// cutPiece ends a piece.
func (e *encoder) cutPiece() {
	if len(e.buf) > 0 {
		e.pieces = append(e.pieces, e.buf)
		e.buf = nil
	}
}

func (e *encoder) endLine() {
	e.put(lf)
	e.cutPiece()
}

// setAlign sends ESC a at the beginning of a line, where alone it counts.
func (e *encoder) setAlign(a Align) {
	if a == "" {
		a = Left
	}
	if a == e.align {
		return
	}
	e.align = a
	n := map[Align]byte{Left: 0, Centre: 1, Right: 2}[a]
	e.put(esc, 'a', n)
}

// style sets alignment, size and weight for a block.
func (e *encoder) style(b Block) {
	e.setAlign(b.Align)
	e.setSize(b.Wide, b.Tall)
	if b.Bold != e.bold && e.profile.Bold != "none" {
		e.bold = b.Bold
		n := byte(0)
		if b.Bold {
			n = 1
		}
		e.put(esc, 'E', n) // ESC E n
	}
}

func (e *encoder) setSize(wide, tall bool) {
	size := byte(0)
	if wide {
		size |= 0x10
	}
	if tall {
		size |= 0x01
	}
	if size != e.size {
		e.size = size
		e.put(gs, '!', size) // GS ! n; unlike FS ! it means the same on every printer, and it counts for Chinese too
	}
}

func (e *encoder) columns(wide bool) int {
	if wide {
		return e.profile.Columns / 2
	}
	return e.profile.Columns
}

func (e *encoder) text(b Block) {
	for _, line := range wrap(shape(b.Text, e.profile), e.columns(b.Wide)) {
		e.style(b)
		e.line(line, b)
	}
}

// fields lays out a run of fields with one column for their values.
func (e *encoder) fields(run []Block) {
	columns := e.columns(run[0].Wide)
	labels := make([][]cell, len(run))
	for i, b := range run {
		labels[i] = shape(strings.ReplaceAll(b.Label, "\n", " "), e.profile)
	}
	valueAt := valueColumn(labels, columns)
	for i, b := range run {
		b.Align = Left
		for _, r := range fieldRows(labels[i], shape(b.Text, e.profile), valueAt, columns) {
			line := append([]cell(nil), r.label...)
			if len(r.value) > 0 {
				for range valueAt - widthOf(line) {
					line = append(line, cell{r: ' ', bytes: []byte{' '}, width: 1})
				}
				line = append(line, r.value...)
			}
			e.style(b)
			e.line(line, b)
		}
	}
}

// line prints one line. Drawn characters cannot be made taller, so a line that holds one is printed at normal height.
func (e *encoder) line(cells []cell, b Block) {
	scale := 1
	if b.Wide {
		scale = 2
	}
	for _, c := range cells {
		if c.glyph != nil {
			e.setSize(b.Wide, false)
			break
		}
	}
	for _, c := range cells {
		if c.glyph != nil {
			e.put(c.glyph.command(scale)...)
		} else {
			e.put(c.bytes...)
		}
	}
	e.endLine()
}
