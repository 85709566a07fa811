package paper

import "bytes"

// Config is which printer the interpreter is.
type Config struct {
	Width    int      // dots across; 0 is 576
	Encoding Encoding // of its Chinese font; empty is GBK
	Lacks    []string // commands that the model does not know, such as "GS ( H", "GS ( k"
	// NoChinese is a model whose Chinese mode is off after power-up and ESC @, as Epson's western models.
	NoChinese bool
}

// Effect is what a command did besides putting something on the paper.
type Effect struct {
	Command string // its name; "text" for a character
	Feed    int    // dots of paper that moved
	Cut     End    // EndFull or EndPartial
	Reply   []byte // what the interpreter itself answers, once everything before is printed
	Ask     Ask    // what only the printer around it can answer
	N       byte   // of Ask
	ID      []byte // of AskDone
}

// Ask is a question in the stream of commands, to be answered when everything before it is printed.
type Ask int

// The questions.
const (
	AskNothing  Ask = iota
	AskStatus       // GS r N: paper or drawer
	AskIdentity     // GS I N
	AskWatch        // GS a N: from now on tell every change
	AskDone         // GS ( H fn 48: send ID back when printing has ended
	AskReset        // ESC @: the watch ends
)

// Interpreter is a printer's parser and the paper under its head, one command at a time.
type Interpreter struct {
	cfg     Config
	g       grammar
	pending []byte // the beginning of a command
	offset  int64  // of the next command

	mode mode
	line line
	qr   symbol
	raster
	glyphs map[[2]byte]*Bitmap // of FS 2

	slip     Slip
	y        int // of the head, from the slip's top
	done     []Slip
	problems []Problem
	blanks   int
}

// mode is everything that ESC @ puts back.
type mode struct {
	align        Align
	small        bool // font B
	bold         bool
	underline    int // of Latin characters
	kanjiLine    int // of Chinese ones
	wide, tall   int
	reverse      bool
	spacing      int    // line pitch, dots
	right        int    // space after a Latin character
	before       int    // spaces around a Chinese one
	after        int    //
	margin, area int    // left margin and width of the print area, dots
	unitX, unitY int    // motion units: an inch divided by it; 0 is one dot
	tabs         []int  // columns
	barHeight    int    // dots
	barModule    int    // dots
	barText      byte   // GS H
	off          bool   // ESC = deselected
	store        []byte // of GS *
	storeX       int
}

// dpi of the printer.
const dpi = 203

// New makes an interpreter of a printer that was just switched on.
func New(cfg Config) *Interpreter {
	if cfg.Width <= 0 {
		cfg.Width = Width80
	}
	if cfg.Encoding == "" {
		cfg.Encoding = GBK
	}
	i := &Interpreter{cfg: cfg, g: grammar{encoding: cfg.Encoding, lacks: map[string]bool{}}}
	for _, l := range cfg.Lacks {
		i.g.lacks[l] = true
	}
	i.reset()
	i.newSlip(CutterGap)
	return i
}

// reset is ESC @: modes back, print buffer away, the stored symbol too.
func (i *Interpreter) reset() {
	i.g.chinese, i.g.page, i.g.nation = !i.cfg.NoChinese, 0, 0
	i.mode = mode{
		align: Left, wide: 1, tall: 1, spacing: 30, area: i.cfg.Width, barHeight: 162, barModule: 3,
	}
	i.line = line{}
	i.qr = symbol{module: 3, level: 'L', model: 2}
	i.raster = raster{}
	i.glyphs = map[[2]byte]*Bitmap{}
}

// newSlip begins a piece of paper whose top is that far beyond the head.
func (i *Interpreter) newSlip(y int) {
	i.slip = Slip{Width: i.cfg.Width, End: EndOpen}
	i.y = y
}

// Step executes the first command of what was held and the bytes, and tells how many of the bytes it took; that may be
// none. When done is false, all bytes were taken and the command's end has not come yet.
func (i *Interpreter) Step(b []byte) (taken int, e Effect, done bool) {
	held := len(i.pending)
	all := b
	if held > 0 {
		i.pending = append(i.pending, b...)
		all = i.pending
	}
	t := i.g.lex(all)
	if t.size == 0 {
		if held == 0 {
			i.pending = append([]byte(nil), b...)
		}
		return len(b), Effect{}, false
	}
	raw := append([]byte(nil), all[:t.size]...)
	t.args = append([]byte(nil), t.args...)
	t.data = append([]byte(nil), t.data...)
	// What was held may turn out not to begin a command after all: its first byte goes, the rest is looked at again.
	if taken = t.size - held; taken < 0 {
		i.pending, taken = append([]byte(nil), all[t.size:held]...), 0
	} else {
		i.pending = nil
	}
	i.slip.Bytes = append(i.slip.Bytes, raw...)
	e = i.execute(t, raw)
	i.offset += int64(len(raw))
	return taken, e, true
}

// Clear throws away what was sent and not printed: the command in progress and the line in the print buffer.
func (i *Interpreter) Clear() {
	i.offset += int64(len(i.pending))
	i.pending, i.line = nil, line{}
}

// Between tells whether the interpreter stands between two commands if it is given these bytes and nothing else: none of
// them is the beginning of a command that goes on.
func (i *Interpreter) Between(b []byte) bool {
	if len(i.pending) > 0 {
		b = append(append([]byte(nil), i.pending...), b...)
	}
	g := i.g
	for len(b) > 0 {
		t := g.lex(b)
		if t.size == 0 {
			return false
		}
		g.follow(t)
		b = b[t.size:]
	}
	return true
}

// Tear ends the slip where the head stands, as when the roll runs out; a new one begins with the new roll.
func (i *Interpreter) Tear() {
	rest := i.finish(i.y, EndTorn)
	i.newSlip(CutterGap)
	i.slip.Bytes = rest.Bytes
}

// PowerOn is what happens when the printer is switched off and on: everything in its memory is gone, the paper is not.
func (i *Interpreter) PowerOn() {
	i.Clear()
	i.reset()
}

// Finished gives the slips that have been cut off since it was last asked.
func (i *Interpreter) Finished() []Slip {
	out := i.done
	i.done = nil
	return out
}

// Open is the slip in the printer as it is now; ok is false while it is blank.
func (i *Interpreter) Open() (s Slip, ok bool) {
	s = i.slip
	s.Height = i.y
	s.Lines = append([]Line(nil), s.Lines...)
	s.QRs = append([]QR(nil), s.QRs...)
	s.Barcodes = append([]Barcode(nil), s.Barcodes...)
	s.Images = append([]Image(nil), s.Images...)
	s.Bytes = append([]byte(nil), s.Bytes...)
	return s, !s.blank()
}

// Problems gives what was not understood since it was last asked.
func (i *Interpreter) Problems() []Problem {
	out := i.problems
	i.problems = nil
	return out
}

// Blanks is how many pieces without anything on them were cut off.
func (i *Interpreter) Blanks() int { return i.blanks }

// problem notes something, in the words for a technician.
func (i *Interpreter) problem(name, text string) {
	const enough = 1000
	if len(i.problems) < enough {
		i.problems = append(i.problems, Problem{i.offset, name, text})
	}
}

// finish ends the slip at a height; what stands below goes over to the next one, and is given back.
func (i *Interpreter) finish(at int, end End) (rest Slip) {
	s := i.slip
	s.End, s.Height = end, at
	rest = Slip{Width: s.Width, End: EndOpen}
	keep := func(y, height int) bool { return y+height/2 < at }
	s.Lines, rest.Lines = split(s.Lines, func(l *Line) bool {
		stays := keep(l.Y, l.Height)
		if !stays {
			l.Y -= at
		}
		return stays
	})
	s.QRs, rest.QRs = split(s.QRs, func(q *QR) bool {
		stays := keep(q.Y, q.Dots)
		if !stays {
			q.Y -= at
		}
		return stays
	})
	s.Barcodes, rest.Barcodes = split(s.Barcodes, func(c *Barcode) bool {
		stays := keep(c.Y, c.Height)
		if !stays {
			c.Y -= at
		}
		return stays
	})
	s.Images, rest.Images = split(s.Images, func(m *Image) bool {
		stays := keep(m.Y, m.Bitmap.Height*m.Tall)
		if !stays {
			m.Y -= at
		}
		return stays
	})
	if s.blank() {
		i.blanks++
		rest.Bytes = s.Bytes // commands without paper belong to what follows
	} else {
		i.done = append(i.done, s)
	}
	return rest
}

// split divides a list in two by a rule that may change what it looks at.
func split[T any](all []T, stays func(*T) bool) (kept, gone []T) {
	for _, v := range all {
		if stays(&v) {
			kept = append(kept, v)
		} else {
			gone = append(gone, v)
		}
	}
	return kept, gone
}

// cut cuts at the cutter, after a feed so that what is at the head reaches it when feed is not negative.
func (i *Interpreter) cut(end End, feed int) int {
	moved := 0
	if feed >= 0 {
		moved = CutterGap + feed
		i.y += moved
	}
	at := max(0, i.y-CutterGap)
	rest := i.finish(at, end)
	y := i.y - at
	i.newSlip(y)
	rest.Width, rest.End = i.slip.Width, EndOpen
	i.slip = rest
	return moved
}

// Parse reads bytes from first to last as a printer just switched on would.
func Parse(b []byte) *Document { return ParseAs(Config{}, b) }

// ParseAs is Parse by a printer of another kind.
func ParseAs(cfg Config, b []byte) *Document {
	i := New(cfg)
	b = bytes.Clone(b)
	for len(b) > 0 {
		n, _, _ := i.Step(b)
		b = b[n:]
	}
	d := &Document{slips: i.Finished(), Problems: i.Problems(), Rest: i.pending, Line: i.line.text()}
	if s, ok := i.Open(); ok {
		d.slips = append(d.slips, s)
	}
	return d
}
