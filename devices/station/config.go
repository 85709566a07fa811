package station

import (
	"errors"
	"fmt"
	"time"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/scanner"
	"zizhuban/devices/seriallink"
)

// Config says which devices a terminal has. In a file it is a list of [[device]].
type Config struct {
	Devices []DeviceConfig `toml:"device"`
}

// DeviceConfig is one device. Role and Port must be given; everything else has a default.
type DeviceConfig struct {
	Role   devices.Role `toml:"role"`             // idcard, printer or scanner; each once
	Driver string       `toml:"driver,omitempty"` // sam, escpos or line: the default of the role
	Port   string       `toml:"port"`             // best a stable link, such as /dev/serial/by-path/…
	Baud   int          `toml:"baud,omitempty"`   // default 115200; of a scanner 9600

	Profile string          `toml:"profile,omitempty"` // of a printer: see printer.ProfileNames; default generic-80mm
	Flow    seriallink.Flow `toml:"flow,omitempty"`    // of a printer: rtscts or xonxoff; default none
	// Reread and PollMillis are of a card reader: what it needs to read a card again (refind, reset, lift), and the pause
	// between two looks for a card (default 300).
	Reread     idcard.Reread `toml:"reread,omitempty"`
	PollMillis int           `toml:"poll_ms,omitempty"`
	// Suffix and Encoding are of a scanner: cr, lf, crlf or none (default: any line end); utf-8, gb18030 or raw (default: by
	// what comes).
	Suffix   scanner.Suffix   `toml:"suffix,omitempty"`
	Encoding scanner.Encoding `toml:"encoding,omitempty"`
	// Backend is module or termios; the default is termios for a printer and module for the others.
	Backend seriallink.Backend `toml:"backend,omitempty"`
}

// drivers are the drivers of each role, the default first.
var drivers = map[devices.Role][]string{
	devices.RoleIDCard:  {"sam"},
	devices.RolePrinter: {"escpos"},
	devices.RoleScanner: {"line"},
}

// Validate tells everything that is wrong with a configuration, by device.
func (c Config) Validate() error {
	var errs []error
	roles, ports := map[devices.Role]bool{}, map[string]devices.Role{}
	for i, d := range c.Devices {
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("device %d (%s): %s", i+1, d.Role, fmt.Sprintf(format, args...)))
		}
		known, ok := drivers[d.Role]
		if !ok {
			wrong("role %q is none of idcard, printer, scanner", d.Role)
			continue
		}
		if roles[d.Role] {
			wrong("there is another device of this role; each role has one")
		}
		roles[d.Role] = true
		if d.Port == "" {
			wrong("port is missing; give a device node or a stable link to one")
		} else if other, taken := ports[d.Port]; taken {
			wrong("port %s belongs to the %s already", d.Port, other)
		} else {
			ports[d.Port] = d.Role
		}
		if d.Driver != "" && !oneOf(d.Driver, known...) {
			wrong("driver %q is not known for this role; there is %v", d.Driver, known)
		}
		if d.Baud < 0 || d.Baud > 0 && d.Baud < 300 || d.Baud > 4_000_000 {
			wrong("baud %d is not between 300 and 4000000", d.Baud)
		}
		if !oneOf(d.Backend, "", seriallink.Module, seriallink.Termios) {
			wrong("backend %q is none of module, termios", d.Backend)
		}
		d.check(wrong)
	}
	return errors.Join(errs...)
}

// check looks at what only one role knows, and refuses it for the others: a key in the wrong place is a mistake.
func (d DeviceConfig) check(wrong func(string, ...any)) {
	if d.Role == devices.RolePrinter {
		if _, err := printer.ProfileNamed(d.Profile); err != nil {
			wrong("%v", err)
		}
		if !oneOf(d.Flow, seriallink.NoFlow, seriallink.RTSCTS, seriallink.XONXOFF) {
			wrong("flow %q is none of rtscts, xonxoff", d.Flow)
		}
		if d.Flow != "" && d.Backend == seriallink.Module {
			wrong("flow control needs backend termios")
		}
	} else if d.Profile != "" || d.Flow != "" {
		wrong("profile and flow belong to a printer")
	}
	if d.Role == devices.RoleIDCard {
		if !oneOf(d.Reread, "", idcard.RereadFind, idcard.RereadReset, idcard.RereadLift) {
			wrong("reread %q is none of refind, reset, lift", d.Reread)
		}
		if d.PollMillis < 0 || d.PollMillis > 5000 {
			wrong("poll_ms %d is not between 0 and 5000", d.PollMillis)
		}
	} else if d.Reread != "" || d.PollMillis != 0 {
		wrong("reread and poll_ms belong to a card reader")
	}
	if d.Role == devices.RoleScanner {
		if !oneOf(d.Suffix, scanner.AnyLine, scanner.CR, scanner.LF, scanner.CRLF, scanner.None) {
			wrong("suffix %q is none of cr, lf, crlf, none", d.Suffix)
		}
		if !oneOf(d.Encoding, scanner.Auto, scanner.UTF8, scanner.GB18030, scanner.Raw) {
			wrong("encoding %q is none of utf-8, gb18030, raw", d.Encoding)
		}
	} else if d.Suffix != "" || d.Encoding != "" {
		wrong("suffix and encoding belong to a scanner")
	}
}

func oneOf[T comparable](v T, of ...T) bool {
	for _, o := range of {
		if v == o {
			return true
		}
	}
	return false
}

// withDefaults fills in what was left out.
func (d DeviceConfig) withDefaults() DeviceConfig {
	if d.Driver == "" {
		d.Driver = drivers[d.Role][0]
	}
	if d.Baud == 0 {
		d.Baud = 115200
		if d.Role == devices.RoleScanner {
			d.Baud = 9600
		}
	}
	if d.Backend == "" {
		d.Backend = seriallink.Module
		if d.Role == devices.RolePrinter {
			d.Backend = seriallink.Termios
		}
	}
	return d
}

func (d DeviceConfig) poll() time.Duration { return time.Duration(d.PollMillis) * time.Millisecond }

// link is the serial port of the device.
func (d DeviceConfig) link() seriallink.Config {
	return seriallink.Config{Path: d.Port, Baud: d.Baud, Flow: d.Flow, Backend: d.Backend}
}
