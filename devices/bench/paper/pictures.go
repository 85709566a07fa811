package paper

import (
	"fmt"
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	qrcode "github.com/skip2/go-qrcode"
)

// symbol is the QR code that GS ( k builds up.
type symbol struct {
	model  int
	module int // dots
	level  byte
	data   []byte
	drawn  [][]bool // nil until the code is wanted: drawing one takes long, and some hosts ask for its size first
}

// raster is the picture that GS ( L has stored.
type raster struct {
	stored     *Bitmap
	wide, tall int
}

// pictures are the commands that bring pictures and codes.
func (i *Interpreter) pictures(t token) (Effect, bool) {
	switch t.name {
	case "GS v":
		w, h := word(t.args[2], t.args[3])*8, word(t.args[4], t.args[5])
		m := digit(t.args[1])
		if m > 3 {
			i.problem("GS v 0", "a magnification that does not exist")
			return Effect{Command: "GS v 0"}, true
		}
		return i.image("GS v 0", Bitmap{w, h, t.data}, 1+m&1, 1+m>>1&1), true
	case "ESC *":
		return i.columnImage(t), true
	case "GS *":
		x, y := int(t.args[0]), int(t.args[1])
		i.mode.store, i.mode.storeX = t.data, x*8
		if x == 0 || y == 0 {
			i.mode.store = nil
		}
		return Effect{Command: t.name}, true
	case "GS /":
		return i.downloaded(t), true
	case "GS ( L", "GS 8 L":
		return i.graphics(t), true
	case "GS ( k":
		return i.code2D(t), true
	case "GS k":
		return i.barcode(t), true
	case "GS h":
		i.mode.barHeight = max(1, int(t.args[0]))
	case "GS w":
		if n := int(t.args[0]); n >= 2 && n <= 6 {
			i.mode.barModule = n
		} else {
			i.problem(t.name, "a width that does not exist")
		}
	case "GS H":
		i.mode.barText = byte(digit(t.args[0]))
	case "GS f":
	default:
		return Effect{}, false
	}
	return Effect{Command: t.name}, true
}

// image puts a picture across the paper.
func (i *Interpreter) image(name string, m Bitmap, wide, tall int) Effect {
	e := Effect{Command: name}
	if !i.line.empty() {
		i.problem(name, "in the middle of a line: left out")
		return e
	}
	if m.Width == 0 || m.Height == 0 {
		return e
	}
	if m.Width*wide > i.mode.area {
		i.problem(name, fmt.Sprintf("%d dots wide where %d fit: cut off at the right", m.Width*wide, i.mode.area))
	}
	x := i.mode.margin + shift(i.mode.align, i.mode.area-m.Width*wide)
	i.slip.Images = append(i.slip.Images, Image{X: x, Y: i.y, Wide: wide, Tall: tall, By: name, Bitmap: m})
	e.Feed = m.Height * tall
	i.y += e.Feed
	return e
}

// columns draws column data into a picture: so many bytes a column, top bit first, each dot so wide and so tall.
func columns(m *Bitmap, data []byte, n, bytes, dotX, dotY int) {
	for c := range n {
		for b := range bytes {
			if c*bytes+b >= len(data) {
				return
			}
			v := data[c*bytes+b]
			for bit := range 8 {
				if v>>(7-bit)&1 == 0 {
					continue
				}
				for dx := range dotX {
					for dy := range dotY {
						m.set(c*dotX+dx, (b*8+bit)*dotY+dy)
					}
				}
			}
		}
	}
}

// columnImage is ESC *: a picture in the line of text, at the place of the next character.
func (i *Interpreter) columnImage(t token) Effect {
	n := word(t.args[1], t.args[2])
	bytes, dotX, dotY := 1, 2, 3
	switch t.args[0] {
	case 0:
	case 1:
		dotX = 1
	case 32:
		bytes, dotY = 3, 1
	case 33:
		bytes, dotX, dotY = 3, 1, 1
	default:
		i.problem(t.name, "a density that does not exist")
		return Effect{Command: t.name}
	}
	if n == 0 {
		return Effect{Command: t.name}
	}
	// What does not fit beside what is in the line already is thrown away, not moved to the next line.
	width := min(n*dotX, i.mode.area-i.line.x)
	if width < n*dotX {
		i.problem(t.name, fmt.Sprintf("%d dots wide where %d are left in the line: cut off", n*dotX, max(0, width)))
	}
	if width <= 0 {
		return Effect{Command: t.name}
	}
	m := newBitmap(width, bytes*8*dotY)
	columns(&m, t.data, n, bytes, dotX, dotY)
	it := item{glyph: glyph{r: Picture, dots: m.Width, image: &m}, mode: i.mode, advance: m.Width, height: m.Height, wide: 1, tall: 1}
	return i.place(it, 0, t.name)
}

// downloaded is GS /: the picture of GS *, whose data stand in columns.
func (i *Interpreter) downloaded(t token) Effect {
	w, data := i.mode.storeX, i.mode.store
	if w == 0 || len(data) == 0 {
		i.problem(t.name, "no picture is stored")
		return Effect{Command: t.name}
	}
	rows := len(data) / w // bytes a column
	m := newBitmap(w, rows*8)
	columns(&m, data, w, rows, 1, 1)
	n := digit(t.args[0])
	return i.image(t.name, m, 1+n&1, 1+n>>1&1)
}

// graphics is GS ( L and GS 8 L: store (fn 112) and print (fn 2, 50).
func (i *Interpreter) graphics(t token) Effect {
	e := Effect{Command: t.name}
	d := t.data
	if len(d) < 2 {
		i.problem(t.name, "too short")
		return e
	}
	switch fn := d[1]; fn {
	case 112:
		if len(d) < 10 {
			i.problem(t.name, "too short")
			return e
		}
		w, h := word(d[6], d[7]), word(d[8], d[9])
		if need := (w + 7) / 8 * h; len(d)-10 != need {
			i.problem(t.name, fmt.Sprintf("%d bytes of picture where %d belong", len(d)-10, need))
			return e
		}
		i.raster = raster{&Bitmap{w, h, d[10:]}, max(1, int(d[3])), max(1, int(d[4]))}
	case 2, 50:
		if i.stored == nil {
			i.problem(t.name, "no picture is stored")
			return e
		}
		m := *i.stored
		e = i.image(t.name, m, i.wide, i.tall)
		i.raster = raster{}
	default:
		i.problem(t.name, "a function that this printer does not know")
	}
	return e
}

var levels = map[byte]qrcode.RecoveryLevel{'L': qrcode.Low, 'M': qrcode.Medium, 'Q': qrcode.High, 'H': qrcode.Highest}

// code2D is GS ( k for QR codes (cn 49).
func (i *Interpreter) code2D(t token) Effect {
	e := Effect{Command: t.name}
	d := t.data
	if len(d) < 2 || d[0] != '1' {
		i.problem(t.name, "a kind of code that this printer does not know")
		return e
	}
	want := func(n int) bool {
		if len(d) < n {
			i.problem(t.name, "too short")
			return false
		}
		return true
	}
	switch fn := d[1]; fn {
	case 65: // model
		if want(3) {
			i.qr.model = digit(d[2])
		}
	case 67: // module size
		if !want(3) {
			break
		}
		if d[2] < 1 || d[2] > 16 {
			i.problem(t.name, "a module size that does not exist")
			break
		}
		i.qr.module = int(d[2])
	case 69: // error correction
		if !want(3) {
			break
		}
		if d[2] < 48 || d[2] > 51 {
			i.problem(t.name, "an error correction that does not exist")
			break
		}
		i.qr.level, i.qr.drawn = "LMQH"[d[2]-48], nil
	case 80: // store
		if want(3) {
			i.qr.data, i.qr.drawn = d[3:], nil
		}
	case 81: // print
		e.Feed = i.printQR(t.name)
	case 82: // report the size
		e.Reply = i.sizeQR()
	default:
		i.problem(t.name, "a function that this printer does not know")
	}
	return e
}

// drawQR makes the stored code, or tells why it cannot be made.
func (i *Interpreter) drawQR() (QR, error) {
	if len(i.qr.data) == 0 {
		return QR{}, fmt.Errorf("nothing is stored")
	}
	if i.qr.drawn == nil {
		code, err := qrcode.New(string(i.qr.data), levels[i.qr.level])
		if err != nil {
			return QR{}, fmt.Errorf("it does not fit into a code: %w", err)
		}
		code.DisableBorder = true
		i.qr.drawn = code.Bitmap()
	}
	bits := i.qr.drawn
	return QR{
		Dots: len(bits) * i.qr.module, Modules: len(bits), Module: i.qr.module, Model: i.qr.model,
		Level: string(i.qr.level), Data: i.qr.data, bits: bits,
	}, nil
}

func (i *Interpreter) printQR(name string) int {
	if !i.line.empty() {
		i.problem(name, "in the middle of a line: left out")
		return 0
	}
	q, err := i.drawQR()
	if err != nil {
		i.problem(name, err.Error())
		return 0
	}
	if q.Dots > i.mode.area {
		i.problem(name, fmt.Sprintf("the code is %d dots wide where %d fit: not printed", q.Dots, i.mode.area))
		return 0
	}
	q.X, q.Y = i.mode.margin+shift(i.mode.align, i.mode.area-q.Dots), i.y
	i.slip.QRs = append(i.slip.QRs, q)
	i.y += q.Dots
	return q.Dots
}

// sizeQR is the answer to fn 182: 37 36, width, height, colour, whether it can be printed.
func (i *Interpreter) sizeQR() []byte {
	q, err := i.drawQR()
	can := byte('0')
	if err != nil || q.Dots > i.mode.area {
		can = '1'
	}
	b := fmt.Appendf([]byte{0x37, 0x36}, "%d\x1f%d\x1f1\x1f", q.Dots, q.Dots)
	return append(b, can, 0)
}

// symbologies by the number of GS k, form B; form A has the same order from 0.
var symbologies = map[byte]string{
	65: "UPC-A", 66: "UPC-E", 67: "EAN13", 68: "EAN8", 69: "CODE39", 70: "ITF", 71: "CODABAR", 72: "CODE93", 73: "CODE128",
	79: "CODE128",
}

// barcode is GS k.
func (i *Interpreter) barcode(t token) Effect {
	e := Effect{Command: t.name}
	m, data := t.args[0], t.data
	if m <= 6 {
		m += 65
		if len(data) > 0 && data[len(data)-1] == 0 {
			data = data[:len(data)-1]
		}
	}
	c := Barcode{Symbology: symbologies[m], Data: string(data)}
	if m == 73 {
		text, ok := code128(data)
		if !ok { // Epson: the command ends, and its data are printed as text
			i.problem(t.name, "CODE128 does not begin with a code set: its data are printed as text")
			for _, b := range data {
				if b >= 0x20 && b < 0x7F {
					e.Feed += i.character(token{char: rune(b)}, []byte{b}).Feed
				}
			}
			return e
		}
		c.Data = text
	}
	if !i.line.empty() {
		i.problem(t.name, "in the middle of a line: left out")
		return e
	}
	bars, err := bars(c.Symbology, c.Data)
	if err != nil {
		i.problem(t.name, err.Error())
		return e
	}
	c.bars, c.wide = bars, i.mode.barModule
	c.Dots, c.Height = len(bars)*c.wide, i.mode.barHeight
	if c.Dots > i.mode.area {
		i.problem(t.name, fmt.Sprintf("the code is %d dots wide where %d fit: fed, not printed", c.Dots, i.mode.area))
		e.Feed = c.Height
		i.y += e.Feed
		return e
	}
	c.X = i.mode.margin + shift(i.mode.align, i.mode.area-c.Dots)
	c.Readable = i.mode.barText != 0
	text := func() {
		var l Line
		x := max(0, c.X+(c.Dots-column*len(c.Data))/2)
		l = Line{Y: i.y, Height: 24, Align: i.mode.align}
		for _, r := range c.Data {
			l.add(item{glyph: glyph{r: r, x: x, dots: column}, mode: mode{}, wide: 1, tall: 1})
			x += column
		}
		i.slip.Lines = append(i.slip.Lines, l)
		i.y += 24
		e.Feed += 24
	}
	if i.mode.barText&1 != 0 {
		text()
	}
	c.Y = i.y
	i.y += c.Height
	e.Feed += c.Height
	i.slip.Barcodes = append(i.slip.Barcodes, c)
	if i.mode.barText&2 != 0 {
		text()
	}
	return e
}

// code128 takes the code sets off the data: {A, {B and {C choose a set, {{ is a brace, {1 to {4 are functions. In set C a
// byte is a pair of digits.
func code128(d []byte) (text string, ok bool) {
	if len(d) < 2 || d[0] != '{' || d[1] < 'A' || d[1] > 'C' {
		return "", false
	}
	set := d[1]
	for k := 2; k < len(d); k++ {
		b := d[k]
		if b == '{' && k+1 < len(d) {
			k++
			switch n := d[k]; {
			case n >= 'A' && n <= 'C':
				set = n
			case n == '{':
				text += "{"
			case n >= '1' && n <= '4': // gozxing's marks for FNC1 to FNC4
				text += string(rune(0xF1 + n - '1'))
			case n == 'S':
			default:
				return "", false
			}
			continue
		}
		if set == 'C' {
			if b > 99 {
				return "", false
			}
			text += fmt.Sprintf("%02d", b)
			continue
		}
		text += string(rune(b))
	}
	return text, true
}

// bars draws a code one module a value.
func bars(symbology, data string) ([]bool, error) {
	var w gozxing.Writer
	var f gozxing.BarcodeFormat
	switch symbology {
	case "CODE128":
		w, f = oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128
	case "CODE39":
		w, f = oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39
	case "CODE93":
		w, f = oned.NewCode93Writer(), gozxing.BarcodeFormat_CODE_93
	case "EAN13":
		w, f = oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13
	case "EAN8":
		w, f = oned.NewEAN8Writer(), gozxing.BarcodeFormat_EAN_8
	case "UPC-A":
		w, f = oned.NewUPCAWriter(), gozxing.BarcodeFormat_UPC_A
	case "UPC-E":
		w, f = oned.NewUPCEWriter(), gozxing.BarcodeFormat_UPC_E
	case "ITF":
		w, f = oned.NewITFWriter(), gozxing.BarcodeFormat_ITF
	case "CODABAR":
		w, f = oned.NewCodaBarWriter(), gozxing.BarcodeFormat_CODABAR
	default:
		return nil, fmt.Errorf("a kind of bar code that this printer does not know")
	}
	if len(data) == 0 || len(data) > math.MaxUint8 {
		return nil, fmt.Errorf("%s cannot hold %d characters", symbology, len(data))
	}
	matrix, err := w.Encode(data, f, 0, 1, map[gozxing.EncodeHintType]interface{}{gozxing.EncodeHintType_MARGIN: 0})
	if err != nil {
		return nil, fmt.Errorf("%s cannot hold that: %w", symbology, err)
	}
	out := make([]bool, matrix.GetWidth())
	for x := range out {
		out[x] = matrix.Get(x, 0)
	}
	return out, nil
}
