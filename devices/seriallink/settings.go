package seriallink

import "fmt"

// Backend is a way of opening ports.
type Backend string

// The backends.
const (
	// Module is go.bug.st/serial: the default.
	Module Backend = "module"
	// Termios is our own, on Linux only: its writes can be given up, and it knows flow control. For printers.
	Termios Backend = "termios"
)

// Parity of a character.
type Parity string

// The parities; empty is none.
const (
	NoParity   Parity = ""
	OddParity  Parity = "odd"
	EvenParity Parity = "even"
)

// Flow is the flow control of the kernel. Only Termios knows another than none.
type Flow string

// The kinds of flow control; empty is none.
const (
	NoFlow  Flow = ""
	RTSCTS  Flow = "rtscts"
	XONXOFF Flow = "xonxoff"
)

// Config says which port to open, and how.
type Config struct {
	Path     string // a device node, or a link to one (by-id, by-path, udev, a simulator's); it is resolved anew at each opening
	Baud     int
	DataBits int // 5 to 8; 0 is 8
	Parity   Parity
	StopBits int // 1 or 2; 0 is 1
	Flow     Flow
	Backend  Backend // empty is Module
}

// check refuses what no backend could open.
func (c Config) check() error {
	if c.Path == "" {
		return fmt.Errorf("%w: the port has no path", ErrNotSerial)
	}
	// go.bug.st/serial takes any integer, even -1, and sets what the driver makes of it.
	if c.Baud < 50 || c.Baud > 4_000_000 {
		return fmt.Errorf("open %s: %w: baud rate %d is not between 50 and 4000000", c.Path, ErrNotSerial, c.Baud)
	}
	if c.DataBits != 0 && (c.DataBits < 5 || c.DataBits > 8) {
		return fmt.Errorf("open %s: %w: %d data bits", c.Path, ErrNotSerial, c.DataBits)
	}
	if c.StopBits < 0 || c.StopBits > 2 {
		return fmt.Errorf("open %s: %w: %d stop bits", c.Path, ErrNotSerial, c.StopBits)
	}
	if c.Flow != NoFlow && c.Backend != Termios {
		return fmt.Errorf("open %s: %w: flow control %s needs the termios backend", c.Path, ErrNotSerial, c.Flow)
	}
	return nil
}
