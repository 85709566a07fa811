package printer

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// quietZone is the white border that a QR code needs, in modules (ISO/IEC 18004). No printer adds it.
const quietZone = 4

// lineDots is the height of a line feed, in dots.
const lineDots = 30

// qr prints a QR code of level M, in the middle of the paper, with a white line above and below and room at its sides.
func (e *encoder) qr(b Block) error {
	if len(b.Text) == 0 || len(b.Text) > longestQR {
		return fmt.Errorf("%w: a QR code of %d bytes, not 1 to %d", ErrContent, len(b.Text), longestQR)
	}
	for i := range len(b.Text) {
		// Chinese in a QR code without ECI is read as Japanese by some readers.
		if b.Text[i] < ' ' || b.Text[i] > '~' {
			return fmt.Errorf("%w: a QR code holds something else than ASCII", ErrContent)
		}
	}
	code, err := qrcode.New(b.Text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("%w: QR code: %w", ErrContent, err)
	}
	// Printers encode all in bytes, so the symbol may be of a higher version than ours, which mixes modes.
	modules := max(17+4*code.VersionNumber, byteModules(len(b.Text)))
	want := e.profile.QRModule
	if b.Module > 0 {
		want = min(b.Module, 16)
	}
	dots := want
	for dots > 1 && (modules+2*quietZone)*dots > e.profile.Dots {
		dots--
	}
	if (modules+2*quietZone)*dots > e.profile.Dots {
		return fmt.Errorf("%w: a QR code of %d modules is wider than the paper", ErrContent, modules)
	}
	e.style(Block{Align: Centre})
	border := func() {
		for white := 0; white < quietZone*dots; white += lineDots {
			e.endLine()
		}
	}
	border()
	if e.profile.QR == "native" {
		e.nativeQR(b.Text, dots)
	} else {
		code.DisableBorder = true
		e.raster(code.Bitmap(), dots)
	}
	border()
	return nil
}

// nativeQR sends GS ( k for cn = 49 (QR): model 2, module size, error correction M, contents, print.
func (e *encoder) nativeQR(text string, dots int) {
	if e.profile.hasModel() {
		e.put(gs, '(', 'k', 4, 0, 49, 65, 50, 0)
	}
	e.put(gs, '(', 'k', 3, 0, 49, 67, byte(dots))
	e.put(gs, '(', 'k', 3, 0, 49, 69, 49)
	n := len(text) + 3
	e.put(gs, '(', 'k', byte(n), byte(n>>8), 49, 80, 48)
	e.put([]byte(text)...)
	e.cutPiece()
	e.put(gs, '(', 'k', 3, 0, 49, 81, 48)
	e.cutPiece()
}

// byteModules is the side of the smallest symbol of level M that holds n bytes in byte mode (ISO/IEC 18004, table 7).
func byteModules(n int) int {
	for i, holds := range [...]int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
		711, 779, 857, 911, 997, 1059} {
		if n <= holds {
			return 17 + 4*(i+1)
		}
	}
	return 17 + 4*40
}

// stripe is how many rows of dots go into one raster command: a printer that is stuck inside one swallows that much.
const stripe = 48

// raster prints a bitmap by GS v 0, each module as dots by dots.
func (e *encoder) raster(bitmap [][]bool, dots int) {
	width := len(bitmap) * dots
	bytesWide := (width + 7) / 8
	rows := make([][]byte, 0, width)
	for _, line := range bitmap {
		packed := make([]byte, bytesWide)
		for x, black := range line {
			for i := x * dots; black && i < (x+1)*dots; i++ {
				packed[i/8] |= 0x80 >> (i % 8)
			}
		}
		for range dots {
			rows = append(rows, packed)
		}
	}
	for len(rows) > 0 {
		n := min(stripe, len(rows))
		e.put(gs, 'v', '0', 0, byte(bytesWide), byte(bytesWide>>8), byte(n), 0)
		head := len(e.buf)
		for _, r := range rows[:n] {
			e.put(r...)
		}
		e.buf = disarm(e.buf, head)
		e.cutPiece()
		rows = rows[n:]
	}
}
