package printer

import (
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"zizhuban/assets/fonts"
)

// glyphDots is the height and width of a drawn character: the 24 dots of a Chinese character of the printers' own fonts.
const glyphDots = 24

// glyph is a drawn character in column order: three bytes a column, the highest dot first (ESC * m = 33).
type glyph [glyphDots][3]byte

// drawing holds the embedded font. A face is not safe for concurrent use.
var drawing struct {
	sync.Mutex
	once  sync.Once
	font  *opentype.Font
	face  font.Face
	buf   sfnt.Buffer
	cache map[rune]*glyph
}

// cacheLimit bounds the drawn characters that are kept; names repeat little.
const cacheLimit = 256

// drawn draws r from the embedded font; nil where it has no such character.
func drawn(r rune) *glyph {
	d := &drawing
	d.Lock()
	defer d.Unlock()
	d.once.Do(func() {
		f, err := opentype.Parse(fonts.Regular)
		if err != nil {
			return // the assets' own tests find a font that does not parse; here characters become code points
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: glyphDots, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return
		}
		d.font, d.face, d.cache = f, face, map[rune]*glyph{}
	})
	if d.face == nil {
		return nil
	}
	if g, ok := d.cache[r]; ok {
		return g
	}
	if i, err := d.font.GlyphIndex(&d.buf, r); err != nil || i == 0 {
		return nil
	}
	// The em box of the typeface stands 0.88 above the base line and 0.12 below.
	const baseline = glyphDots * 88 / 100
	advance, ok := d.face.GlyphAdvance(r)
	if !ok {
		return nil
	}
	dot := fixed.Point26_6{X: max(0, (fixed.I(glyphDots)-advance)/2), Y: fixed.I(baseline)}
	at, mask, maskAt, _, ok := d.face.Glyph(dot, r)
	if !ok {
		return nil
	}
	var g glyph
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			if !(image.Point{X: x, Y: y}).In(image.Rect(0, 0, glyphDots, glyphDots)) {
				continue
			}
			_, _, _, a := mask.At(maskAt.X+x-at.Min.X, maskAt.Y+y-at.Min.Y).RGBA()
			if a >= 0x6000 { // thin strokes at 203 dpi: a little below the middle keeps them whole
				g[x][y/8] |= 0x80 >> (y % 8)
			}
		}
	}
	if len(d.cache) >= cacheLimit {
		clear(d.cache)
	}
	d.cache[r] = &g
	return &g
}

// column gives the command that prints g in the text line, each column repeated scale times (ESC * m nL nH, m = 33: 24 dots,
// double density). ESC * is not enlarged by GS !.
func (g *glyph) command(scale int) []byte {
	n := glyphDots * scale
	b := []byte{0x1B, 0x2A, 33, byte(n), byte(n >> 8)}
	head := len(b)
	for _, col := range g {
		for range scale {
			b = append(b, col[:]...)
		}
	}
	return disarm(b, head)
}

// disarm changes picture data in which a printer would find a real-time command: DLE EOT, DLE ENQ and DLE DC4 are obeyed
// wherever they stand. One dot is added beside the one that makes the DLE.
func disarm(b []byte, from int) []byte {
	for i := from; i+1 < len(b); i++ {
		if b[i] == 0x10 && isRealtime(b[i+1]) {
			b[i] = 0x18
		}
	}
	return b
}

// isRealtime tells whether DLE and this byte begin a real-time command: EOT, ENQ, DC4.
func isRealtime(b byte) bool { return b == 0x04 || b == 0x05 || b == 0x14 }
