package paper

// follow keeps the part of the state by which bytes are taken apart.
func (g *grammar) follow(t token) {
	switch t.name {
	case "FS &":
		g.chinese = true
	case "FS .":
		g.chinese = false
	case "ESC t":
		g.page = int(t.args[0])
	case "ESC R":
		g.nation = int(t.args[0])
	}
}

// word is a little-endian number of two bytes.
func word(lo, hi byte) int { return int(lo) | int(hi)<<8 }

// execute does what a command says.
func (i *Interpreter) execute(t token, raw []byte) Effect {
	switch t.kind {
	case kindText:
		if i.mode.off {
			return Effect{Command: "text"}
		}
		if t.char == missing {
			i.problem("text", "a character that the printer's font does not have")
		}
		return i.character(t, raw)
	case kindUnknown:
		i.problem(t.name, "not a command of this printer")
		return Effect{Command: t.name}
	case kindRealTime:
		return Effect{Command: t.name}
	case kindControl:
		return i.control(t)
	}
	i.g.follow(t)
	if i.mode.off && t.name != "ESC =" {
		return Effect{Command: t.name}
	}
	if e, ok := i.looks(t); ok {
		return e
	}
	if e, ok := i.motion(t); ok {
		return e
	}
	if e, ok := i.pictures(t); ok {
		return e
	}
	return i.rest(t)
}

func (i *Interpreter) control(t token) Effect {
	e := Effect{Command: t.name}
	switch t.name {
	case "LF":
		e.Feed = i.printLine(i.mode.spacing)
	case "FF": // page mode only; models without it print the line
		if !i.line.empty() {
			e.Feed = i.printLine(i.mode.spacing)
		}
	case "HT":
		i.tab()
	}
	return e // CR, CAN and NUL do nothing in this mode
}

// looks are the commands that change how characters look.
func (i *Interpreter) looks(t token) (Effect, bool) {
	m := &i.mode
	n := byte(0)
	if len(t.args) > 0 {
		n = t.args[0]
	}
	switch t.name {
	case "ESC !":
		m.small, m.bold = n&1 != 0, n&8 != 0
		m.tall, m.wide = 1+int(n>>4&1), 1+int(n>>5&1)
		m.underline = int(n >> 7 & 1)
	case "GS !":
		if n&0x0F > 7 || n>>4 > 7 {
			i.problem(t.name, "a size beyond eight times")
			break
		}
		m.tall, m.wide = 1+int(n&0x0F), 1+int(n>>4)
	case "FS !": // Epson: bit 2 double width, bit 3 double height, bit 7 underline
		m.wide, m.tall, m.kanjiLine = 1+int(n>>2&1), 1+int(n>>3&1), int(n>>7&1)
	case "FS W":
		m.wide, m.tall = 1+int(n&1), 1+int(n&1)
	case "ESC E", "ESC G":
		m.bold = n&1 != 0
	case "ESC -":
		m.underline = digit(n)
	case "FS -":
		m.kanjiLine = digit(n)
	case "ESC M":
		m.small = digit(n) == 1
	case "GS B":
		m.reverse = n&1 != 0
	case "ESC a":
		if !i.line.empty() {
			i.problem(t.name, "in the middle of a line: no effect")
			break
		}
		switch digit(n) {
		case 0:
			m.align = Left
		case 1:
			m.align = Centre
		case 2:
			m.align = Right
		default:
			i.problem(t.name, "an alignment that does not exist")
		}
	case "ESC  ":
		m.right = int(n)
	case "FS S":
		m.before, m.after = int(t.args[0]), int(t.args[1])
	case "FS &", "FS .", "ESC t", "ESC R":
		if t.name == "ESC R" && n > china {
			i.problem(t.name, "a character set that does not exist")
		}
	case "FS 2":
		glyph := newBitmap(24, 24)
		columns(&glyph, t.data, 24, 3, 1, 1)
		i.glyphs[[2]byte{t.args[0], t.args[1]}] = &glyph
	case "ESC =":
		m.off = n&1 == 0
	default:
		return Effect{}, false
	}
	return Effect{Command: t.name}, true
}

// digit is a parameter that may be a number or its digit.
func digit(n byte) int {
	if n >= '0' && n <= '9' {
		return int(n - '0')
	}
	return int(n)
}

// motion are the commands that move the paper or the place of the next character.
func (i *Interpreter) motion(t token) (Effect, bool) {
	m := &i.mode
	e := Effect{Command: t.name}
	first := func() bool {
		if !i.line.empty() {
			i.problem(t.name, "in the middle of a line: no effect")
			return false
		}
		return true
	}
	switch t.name {
	case "ESC 2":
		m.spacing = 30
	case "ESC 3":
		m.spacing = i.down(int(t.args[0]))
	case "ESC d":
		e.Feed = i.printLine(int(t.args[0]) * m.spacing)
	case "ESC J":
		e.Feed = i.printLine(i.down(int(t.args[0])))
	case "ESC K", "ESC e": // backwards: receipt printers with a cutter do not
		i.problem(t.name, "paper is not fed backwards")
	case "ESC $":
		i.line.x = min(i.across(word(t.args[0], t.args[1])), m.area)
	case "ESC \\":
		i.line.x = min(max(0, i.line.x+i.across(int(int16(word(t.args[0], t.args[1]))))), m.area)
	case "ESC D":
		m.tabs = []int{}
		for _, c := range t.data {
			if c != 0 {
				m.tabs = append(m.tabs, int(c))
			}
		}
	case "GS L":
		if first() {
			m.margin = min(i.across(word(t.args[0], t.args[1])), i.cfg.Width-column)
			m.area = min(m.area, i.cfg.Width-m.margin)
		}
	case "GS W":
		if first() {
			m.area = max(column, min(i.across(word(t.args[0], t.args[1])), i.cfg.Width-m.margin))
		}
	case "GS P":
		m.unitX, m.unitY = int(t.args[0]), int(t.args[1])
	case "GS V":
		if !first() {
			break
		}
		switch mode := t.args[0]; mode {
		case 0, '0':
			e.Cut, e.Feed = EndFull, i.cut(EndFull, -1)
		case 1, '1':
			e.Cut, e.Feed = EndPartial, i.cut(EndPartial, -1)
		case 65, 97:
			e.Cut, e.Feed = EndFull, i.cut(EndFull, i.down(int(t.args[1])))
		case 66, 98:
			e.Cut, e.Feed = EndPartial, i.cut(EndPartial, i.down(int(t.args[1])))
		default:
			i.problem(t.name, "a cut that this printer does not know")
		}
	case "ESC i": // POS-80 and KP-628E; other makers have the two the other way round
		if first() {
			e.Cut, e.Feed = EndFull, i.cut(EndFull, -1)
		}
	case "ESC m":
		if first() {
			e.Cut, e.Feed = EndPartial, i.cut(EndPartial, -1)
		}
	default:
		return Effect{}, false
	}
	return e, true
}

// across is a number of horizontal motion units in dots, down one of vertical ones.
func (i *Interpreter) across(n int) int { return units(n, i.mode.unitX) }
func (i *Interpreter) down(n int) int   { return units(n, i.mode.unitY) }

func units(n, inch int) int {
	if inch == 0 {
		return n
	}
	return n * dpi / inch
}

// rest are questions, and what has no effect on the paper.
func (i *Interpreter) rest(t token) Effect {
	e := Effect{Command: t.name}
	switch t.name {
	case "ESC @":
		i.reset()
		e.Ask = AskReset
	case "GS r":
		e.Ask, e.N = AskStatus, t.args[0]
	case "GS I":
		e.Ask, e.N = AskIdentity, t.args[0]
	case "GS a":
		e.Ask, e.N = AskWatch, t.args[0]
	case "GS ( H":
		if len(t.data) == 6 && digit(t.data[0]) == 0 && digit(t.data[1]) == 0 {
			e.Ask, e.ID = AskDone, t.data[2:6]
			break
		}
		i.problem(t.name, "a function that this printer does not know")
	case "ESC {", "ESC V", "ESC &", "ESC %", "ESC ?", "ESC L", "ESC W", "ESC T", "ESC c", "ESC p", "ESC r", "ESC S", "ESC u",
		"ESC v", "GS b", "GS T", "GS :", "GS ^", "GS E", "GS $", "GS \\", "GS c", "GS g", "FS C", "FS ?", "FS p", "FS q":
		i.problem(t.name, "known, but without effect on this printer")
	default:
		if len(t.name) > 4 && t.name[len(t.name)-3] == '(' { // a group that is not known is skipped by its length
			i.problem(t.name, "a function that this printer does not know")
			break
		}
		i.problem(t.name, "not a command of this printer")
	}
	return e
}
