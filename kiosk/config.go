package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pelletier/go-toml/v2"

	"zizhuban/devices/station"
	"zizhuban/sync/queue"
)

// config is kiosk.toml: the one place where a terminal is configured.
type config struct {
	// Data is the terminal's directory: keys, queue, catalogue, logs. A relative path counts from kiosk.toml.
	Data string `toml:"data"`
	// Attended are modules that this program does not drive and for which the site's attendant stands in: face (the law wants
	// a way without the face), cam (papers are handed in at the window), a4 (results are fetched at the window).
	Attended []string     `toml:"attended"`
	Hall     hallConfig   `toml:"hall"`
	Screen   screenConfig `toml:"screen"`
	Visit    visitConfig  `toml:"visit"`
	Queue    queueConfig  `toml:"queue"`
	// Devices are bound by role and port.
	Devices []station.DeviceConfig `toml:"device"`

	file string // where it was read
}

// hallConfig is the way to the hall.
type hallConfig struct {
	URL string `toml:"url"`
}

// screenConfig is how the window stands.
type screenConfig struct {
	Language string `toml:"language"` // at rest: zh or en
}

// visitConfig are the times of a visit, such as "75s"; what is not set has its default (see kiosk/visit).
type visitConfig struct {
	Idle      duration `toml:"idle"`
	IdleElder duration `toml:"idle_elder"`
	Warn      duration `toml:"warn"`
	WarnElder duration `toml:"warn_elder"`
	Done      duration `toml:"done"`
}

// queueConfig bounds the queue.
type queueConfig struct {
	MaxEntries int   `toml:"max_entries"`
	MaxBytes   int64 `toml:"max_bytes"`
}

// duration reads "75s". It is a struct so that a bare number is refused: 75 would be 75 nanoseconds.
type duration struct{ time.Duration }

// UnmarshalText reads a duration as Go writes it.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf(`%q is not a time to wait, which is written such as "75s" or "2m"`, text)
	}
	d.Duration = v
	return nil
}

// errConfig says that kiosk.toml cannot be used.
var errConfig = errors.New("kiosk.toml cannot be used")

// longestSocket is how many bytes the name of a unix socket may have (unix(7): sun_path, 108 with the zero at its end).
const longestSocket = 107

// loadConfig reads kiosk.toml. What it does not know it refuses, with the line: a misspelt key would otherwise silently
// leave a device out.
func loadConfig(file string) (*config, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s: write one (docs: kiosk/README.md) or name another with --config: %w", errConfig, file, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	c := &config{file: file}
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		var strict *toml.StrictMissingError
		var decode *toml.DecodeError
		switch {
		case errors.As(err, &strict):
			return nil, fmt.Errorf("%w: %s has settings that nobody knows:\n%s", errConfig, file, strict.String())
		case errors.As(err, &decode):
			row, col := decode.Position()
			return nil, fmt.Errorf("%w: %s, line %d, column %d:\n%s", errConfig, file, row, col, decode.String())
		}
		return nil, fmt.Errorf("%w: %s: %w", errConfig, file, err)
	}
	if c.Data != "" && !filepath.IsAbs(c.Data) {
		c.Data = filepath.Join(filepath.Dir(file), c.Data)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errConfig, file, err)
	}
	return c, nil
}

func (c *config) check() error {
	var errs []error
	if c.Data == "" {
		errs = append(errs, errors.New(`data is not set: name the terminal's directory, such as data = "/var/lib/zizhuban"`))
	}
	if socket := filepath.Join(c.queueDir(), queue.SocketFile); len(socket) > longestSocket {
		errs = append(errs, fmt.Errorf("data is too long a path: %s below it has %d bytes, and a socket's name may have %d; choose a shorter one", socket, len(socket), longestSocket))
	}
	if c.Hall.URL == "" {
		errs = append(errs, errors.New(`hall.url is not set: name the hall, such as url = "https://hall.example:8443"`))
	} else if u, err := url.Parse(c.Hall.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		errs = append(errs, fmt.Errorf(`hall.url is %q: an https address is expected, such as url = "https://hall.example:8443"`, c.Hall.URL))
	}
	if c.Queue.MaxEntries < 0 || c.Queue.MaxBytes < 0 {
		errs = append(errs, errors.New("queue.max_entries and queue.max_bytes cannot be negative; leave them out for their defaults"))
	}
	switch c.Screen.Language {
	case "", "zh", "en":
	default:
		errs = append(errs, fmt.Errorf("screen.language is %q: zh and en are possible", c.Screen.Language))
	}
	for _, m := range c.Attended {
		switch m {
		case "face", "cam", "a4":
		default:
			errs = append(errs, fmt.Errorf("attended names %q: face, cam and a4 are possible", m))
		}
	}
	errs = append(errs, station.Config{Devices: c.Devices}.Validate())
	return errors.Join(errs...)
}

// The parts of the terminal's directory.
func (c *config) identityDir() string  { return filepath.Join(c.Data, "identity") }
func (c *config) queueDir() string     { return filepath.Join(c.Data, "queue") }
func (c *config) catalogueDir() string { return filepath.Join(c.Data, "catalogue") }
func (c *config) logFile() string      { return filepath.Join(c.Data, "log", "kiosk.log") }
func (c *config) socket() string       { return filepath.Join(c.Data, "kiosk.sock") }
