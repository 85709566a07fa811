package printer_test

import (
	"bytes"
	"strings"
	"sync"

	"zizhuban/devices/seriallink/linktest"
)

// model behaves as a printer: it has a receive buffer, paper that ends, a cover, and prints line by line. It was written from the
// manuals' tables, apart from the driver.
type model struct {
	mu        sync.Mutex
	rx        []byte   // receive buffer
	escape    []byte   // the beginning of a real-time command
	line      []byte   // print buffer
	slips     []string // what was cut off, as its text bytes
	roll      string   // what came out since the last cut
	lines     int      // printed since power-up
	ends      int      // the line at which the paper ends; 0: never
	near      bool
	out       bool
	cover     bool
	cutter    bool
	hot       bool
	deaf      map[byte]bool // DLE EOT n that gets no answer
	idless    bool          // knows no GS ( H
	queueless bool          // knows no GS r
	wrongID   bool
	clears    bool // obeys DLE DC4 8 and DLE ENQ 2
	jammed    bool // parses nothing any more
	cleared   int  // how often it was cleared
	onLine    func(m *model, n int)
	noise     []byte // sent before each answer
}

func newModel() *model { return &model{clears: true, deaf: map[byte]bool{}} }

func (m *model) conn() *linktest.Fake { return linktest.NewFake(m.written) }

func (m *model) stopped() bool { return m.out || m.cover || m.cutter || m.hot || m.jammed }

func (m *model) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// refill puts in paper; the printer goes on with what it holds.
func (m *model) refill(f *linktest.Fake) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out, m.ends, m.near = false, 0, false
	m.work(f)
}

func (m *model) written(f *linktest.Fake, w []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range w {
		m.take(f, b)
	}
	m.work(f)
}

// take sorts out real-time commands before anything else sees them, as the hardware does.
func (m *model) take(f *linktest.Fake, b byte) {
	m.escape = append(m.escape, b)
	e := m.escape
	switch {
	case e[0] != 0x10:
	case len(e) == 1:
		return
	case e[1] == 0x04 || e[1] == 0x05:
		if len(e) < 3 {
			return
		}
		m.realtime(f, e)
		m.escape = nil
		return
	case e[1] == 0x14:
		if len(e) < 10 {
			return
		}
		m.realtime(f, e)
		m.escape = nil
		return
	}
	m.rx = append(m.rx, e...)
	m.escape = nil
}

func (m *model) say(f *linktest.Fake, b ...byte) { f.Send(append(bytes.Clone(m.noise), b...)) }

func (m *model) realtime(f *linktest.Fake, e []byte) {
	bit := func(on bool, mask byte) byte {
		if on {
			return mask
		}
		return 0
	}
	switch {
	case e[1] == 0x04:
		if m.deaf[e[2]] {
			return
		}
		b := byte(0x12)
		switch e[2] {
		case 1:
			b |= bit(m.out || m.cover || m.cutter || m.hot, 0x08)
		case 2:
			b |= bit(m.cover, 0x04) | bit(m.out, 0x20) | bit(m.cutter || m.hot, 0x40)
		case 3:
			b |= bit(m.cutter, 0x08) | bit(m.hot, 0x40)
		case 4:
			b |= bit(m.near || m.out, 0x0C) | bit(m.out, 0x60)
		}
		m.say(f, b)
	case e[1] == 0x05 && e[2] == 2 && m.clears:
		m.rx, m.line = nil, nil
		m.cleared++
	case e[1] == 0x14 && e[2] == 8 && m.clears:
		m.rx, m.line = nil, nil
		m.cleared++
		m.say(f, 0x37, 0x25, 0)
	}
}

// work executes what is in the receive buffer for as long as the printer can.
func (m *model) work(f *linktest.Fake) {
	for len(m.rx) > 0 && !m.stopped() {
		n := m.execute(f)
		if n == 0 {
			return
		}
		m.rx = m.rx[min(n, len(m.rx)):]
	}
}

// execute does one command and gives its length; 0 when more bytes must come.
func (m *model) execute(f *linktest.Fake) int {
	b := m.rx
	has := func(n int) bool { return len(b) >= n }
	switch {
	case b[0] == '\n':
		m.print()
		return 1
	case b[0] == 0:
		return 1
	case b[0] == 0x1B && has(2) && b[1] == '@':
		m.line = nil
		return 2
	case b[0] == 0x1B && has(3) && strings.IndexByte("aEd", b[1]) >= 0:
		return 3
	case b[0] == 0x1B && has(5) && b[1] == '*':
		n := 5 + 3*(int(b[3])+256*int(b[4]))
		if !has(n) {
			return 0
		}
		m.line = append(m.line, "#"...)
		return n
	case b[0] == 0x1C && has(2):
		return 2
	case b[0] == 0x1D && has(4) && b[1] == 'V':
		m.slips, m.roll = append(m.slips, m.roll), ""
		return 4
	case b[0] == 0x1D && has(3) && b[1] == '!':
		return 3
	case b[0] == 0x1D && has(3) && b[1] == 'r':
		if !m.queueless {
			m.say(f, 0)
		}
		return 3
	case b[0] == 0x1D && has(5) && b[1] == '(':
		n := 5 + int(b[3]) + 256*int(b[4])
		if !has(n) {
			return 0
		}
		switch {
		case b[2] == 'H' && !m.idless:
			id := bytes.Clone(b[7:11])
			if m.wrongID {
				id[3] ^= 1
			}
			m.say(f, append(append([]byte{0x37, 0x22}, id...), 0)...)
		case b[2] == 'k' && b[6] == 80:
			m.roll += "<QR " + string(b[8:n]) + ">"
		}
		return n
	case b[0] == 0x1D || b[0] == 0x1B || b[0] == 0x1C:
		return 0
	}
	m.line = append(m.line, b[0])
	return 1
}

func (m *model) print() {
	m.roll += string(m.line) + "\n"
	m.line = nil
	m.lines++
	if m.onLine != nil {
		m.onLine(m, m.lines)
	}
	if m.ends > 0 && m.lines >= m.ends {
		m.out = true
	}
}

// paper is all that came out: the slips and what hangs out uncut.
func (m *model) paper() (slips []string, hanging string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.slips...), m.roll
}
