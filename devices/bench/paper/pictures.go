package paper

import "fmt"

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
