package paper

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"zizhuban/assets/fonts"
)

// The paper around the dots: 80 mm paper has 4 mm at each side that the head does not reach.
const (
	margin = 4 * DotsPerMM
	edge   = 10 // height of a torn edge's teeth
	tail   = 3 * DotsPerMM
)

// The colours of thermal paper: not quite white, not quite black. A few greys lie between for the edge's shadow.
var palette = color.Palette{
	color.NRGBA{0, 0, 0, 0},             // beside the paper
	color.NRGBA{0xFB, 0xFA, 0xF5, 0xFF}, // paper
	color.NRGBA{0x25, 0x24, 0x2A, 0xFF}, // ink
	color.NRGBA{0xDD, 0xDA, 0xD0, 0xFF}, // the paper's edge
}

const (
	none uint8 = iota
	blank
	ink
	rim
)

// PNG draws the slip as it comes out of the printer, a dot a pixel.
func (s Slip) PNG(w io.Writer) error {
	if err := png.Encode(w, s.Image()); err != nil {
		return fmt.Errorf("bench: draw the slip: %w", err)
	}
	return nil
}

// Image draws the slip, a dot a pixel.
func (s Slip) Image() *image.Paletted {
	height := s.Height + edge
	if s.End == EndOpen {
		height += tail // what is still in the printer has a little paper under the head
	}
	img := image.NewPaletted(image.Rect(0, 0, s.Width+2*margin, height), palette)
	c := canvas{img}
	c.sheet(s.End)
	for _, m := range s.Images {
		for y := range m.Bitmap.Height * m.Tall {
			for x := range min(m.Bitmap.Width*m.Wide, s.Width-m.X) {
				if m.Bitmap.Black(x/m.Wide, y/m.Tall) {
					c.dot(m.X+x, m.Y+y)
				}
			}
		}
	}
	for _, q := range s.QRs {
		for y := range q.Dots {
			for x := range q.Dots {
				if q.bits[y/q.Module][x/q.Module] {
					c.dot(q.X+x, q.Y+y)
				}
			}
		}
	}
	for _, b := range s.Barcodes {
		for y := range b.Height {
			for x := range b.Dots {
				if b.bars[x/b.wide] {
					c.dot(b.X+x, b.Y+y)
				}
			}
		}
	}
	for _, l := range s.Lines {
		for _, r := range l.Runs {
			c.run(l, r)
		}
	}
	return img
}

// canvas draws in dots of the printable width.
type canvas struct{ img *image.Paletted }

// dot makes a dot black if it is on the paper.
func (c canvas) dot(x, y int) {
	p := image.Pt(x+margin, y)
	if p.In(c.img.Rect) && c.img.ColorIndexAt(p.X, p.Y) != none {
		c.img.SetColorIndex(p.X, p.Y, ink)
	}
}

// flip turns a dot over, for white on black.
func (c canvas) flip(x, y int) {
	p := image.Pt(x+margin, y)
	switch {
	case !p.In(c.img.Rect):
	case c.img.ColorIndexAt(p.X, p.Y) == ink:
		c.img.SetColorIndex(p.X, p.Y, blank)
	case c.img.ColorIndexAt(p.X, p.Y) == blank:
		c.img.SetColorIndex(p.X, p.Y, ink)
	}
}

// sheet lays the paper: cut straight at the top, at the bottom as the slip ended.
func (c canvas) sheet(end End) {
	b := c.img.Rect
	bottom := func(x int) int {
		switch end {
		case EndTorn: // teeth of unequal length
			return b.Max.Y - 1 - (x*7%13)*edge/13
		case EndPartial: // a bridge in the middle
			if mid := b.Dx() / 2; x > mid-6 && x < mid+6 {
				return b.Max.Y - edge/2
			}
			return b.Max.Y - edge
		case EndFull:
			return b.Max.Y - edge
		}
		return b.Max.Y
	}
	for x := b.Min.X; x < b.Max.X; x++ {
		last := bottom(x)
		for y := b.Min.Y; y < last; y++ {
			v := blank
			if x == b.Min.X || x == b.Max.X-1 || y == last-1 {
				v = rim
			}
			c.img.SetColorIndex(x, y, v)
		}
	}
}

// run draws a piece of a line; all stand on one base line.
func (c canvas) run(l Line, r Run) {
	for _, g := range r.glyphs {
		wide, tall := r.Wide, r.Tall
		cell := g.image
		if cell == nil {
			m := glyphs.cell(g.r, g.dots/max(1, wide), r.Small)
			cell = &m
		} else if len(r.Text) == 0 || cell.Width == g.dots {
			wide, tall = g.dots/max(1, cell.Width), max(1, r.Tall)
		}
		top := l.Y + l.Height - cell.Height*tall
		for y := range cell.Height * tall {
			for x := range cell.Width * wide {
				if !cell.Black(x/wide, y/tall) {
					continue
				}
				c.dot(g.x+x, top+y)
				if r.Bold { // printers burn the dots twice, one dot apart
					c.dot(g.x+x+1, top+y)
				}
			}
		}
	}
	if r.Underline > 0 {
		for y := range r.Underline {
			for x := range r.Dots {
				c.dot(r.X+x, l.Y+l.Height-1-y)
			}
		}
	}
	if r.Reverse {
		for y := range l.Height {
			for x := range r.Dots {
				c.flip(r.X+x, l.Y+y)
			}
		}
	}
}

// typeface draws characters as a printer's font has them: black and white in cells of 24×24, 12×24 and 9×17 dots.
type typeface struct {
	mu    sync.Mutex
	font  *sfnt.Font
	buf   sfnt.Buffer
	cells map[cellKey]Bitmap
}

type cellKey struct {
	r     rune
	width int
	small bool
}

var glyphs = &typeface{cells: map[cellKey]Bitmap{}}

// maxCells bounds the memory: a slip uses some hundred.
const maxCells = 20000

// cell gives a character's dots in a cell of that width.
func (t *typeface) cell(r rune, width int, small bool) Bitmap {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := cellKey{r, width, small}
	if m, ok := t.cells[key]; ok {
		return m
	}
	if len(t.cells) >= maxCells {
		clear(t.cells)
	}
	height := 24
	if small {
		height = 17
	}
	m, ok := t.draw(r, width, height)
	if !ok {
		m = box(width, height)
	}
	t.cells[key] = m
	return m
}

// box is what stands for a character that is not there.
func box(w, h int) Bitmap {
	m := newBitmap(w, h)
	for x := 2; x < w-2; x++ {
		m.set(x, 3)
		m.set(x, h-4)
	}
	for y := 3; y < h-3; y++ {
		m.set(2, y)
		m.set(w-3, y)
	}
	return m
}

// draw rasterises a glyph; ok is false where the font has none.
func (t *typeface) draw(r rune, width, height int) (Bitmap, bool) {
	m := newBitmap(width, height)
	if r == ' ' || r == 0x3000 {
		return m, true
	}
	if t.font == nil {
		f, err := sfnt.Parse(fonts.Regular)
		if err != nil {
			return m, false
		}
		t.font = f
	}
	index, err := t.font.GlyphIndex(&t.buf, r)
	if err != nil || index == 0 {
		return m, false
	}
	full := width == height // a Chinese cell holds the whole em box
	em, base := float32(height), float32(height)*0.88
	if !full {
		em, base = float32(height)*0.9, float32(height)*0.79
	}
	ppem := fixed.I(height)
	segments, err := t.font.LoadGlyph(&t.buf, index, ppem, nil)
	if err != nil {
		return m, false
	}
	advance, err := t.font.GlyphAdvance(&t.buf, index, ppem, font.HintingNone)
	if err != nil {
		return m, false
	}
	scale := em / float32(height)
	wide := float32(advance) / 64 * scale
	squeeze := float32(1)
	if wide > float32(width) {
		squeeze = float32(width) / wide
	}
	left := (float32(width) - wide*squeeze) / 2
	// A cell is drawn larger and averaged, then cut at a threshold that keeps thin strokes.
	const over = 4
	z := vector.NewRasterizer(width*over, height*over)
	at := func(p fixed.Point26_6) (x, y float32) {
		return (left + float32(p.X)/64*scale*squeeze) * over, (base + float32(p.Y)/64*scale) * over
	}
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			z.ClosePath()
			z.MoveTo(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			z.LineTo(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			ax, ay := at(s.Args[0])
			bx, by := at(s.Args[1])
			z.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			ax, ay := at(s.Args[0])
			bx, by := at(s.Args[1])
			cx, cy := at(s.Args[2])
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	z.ClosePath()
	grey := image.NewAlpha(image.Rect(0, 0, width*over, height*over))
	z.Draw(grey, grey.Rect, image.Opaque, image.Point{})
	const threshold = 110 // of 255
	for y := range height {
		for x := range width {
			sum := 0
			for dy := range over {
				for dx := range over {
					sum += int(grey.AlphaAt(x*over+dx, y*over+dy).A)
				}
			}
			if sum >= threshold*over*over {
				m.set(x, y)
			}
		}
	}
	return m, true
}
