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
