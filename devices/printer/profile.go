package printer

import (
	_ "embed"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Profile is what is known of a class of printers. It is data, so that a technician can copy one and change it.
type Profile struct {
	Name    string `toml:"name"`
	Columns int    `toml:"columns"` // of half-width characters; a Chinese character takes two
	Dots    int    `toml:"dots"`    // across the paper
	// Charset is what the printer's own font surely has: gb2312 (6763 characters), gbk, or ascii. Every other character is
	// drawn. Four-byte codes of GB18030 are never sent: no manual was found of a printer that knows them.
	Charset string `toml:"charset"`
	Chinese string `toml:"chinese"` // fs-on: FS & switches Chinese on; none: it is on by itself
	Bold    string `toml:"bold"`    // esc-e (default), or none
	QR      string `toml:"qr"`      // native (GS ( k) or raster
	// QRModule is the largest module of a QR code in dots; a code that would not fit gets smaller ones.
	QRModule int   `toml:"qr_module"`
	QRModel  *bool `toml:"qr_model"` // false where the printer does not know function 165 and would print it
	// Confirm is how the printer says that a slip is done: process-id (GS ( H function 48), gs-r (a queued status), none.
	Confirm string `toml:"confirm"`
	// Clear is how its buffers are emptied at once: dle-dc4-8, dle-enq-2, or none.
	Clear    string `toml:"clear"`
	TakenBit bool   `toml:"taken_bit"` // bit 7 of DLE EOT 1 says that the last slip was not taken
	Status   string `toml:"status"`    // eot (default: DLE EOT 1 to 4) or none
	Buffer   int    `toml:"buffer"`    // size of the receive buffer in bytes
}

//go:embed profiles.toml
var profilesTOML []byte

var builtIn = sync.OnceValue(func() map[string]Profile {
	list, err := ParseProfiles(profilesTOML)
	if err != nil {
		panic(err) // the file is embedded; the first test that runs finds it
	}
	m := map[string]Profile{}
	for _, p := range list {
		m[p.Name] = p
	}
	return m
})

// ParseProfiles reads a file of profiles. Unknown keys and values are errors.
func ParseProfiles(data []byte) ([]Profile, error) {
	var file struct {
		Profile []Profile `toml:"profile"`
	}
	d := toml.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return nil, fmt.Errorf("printer profiles: %s", strict.String())
		}
		return nil, fmt.Errorf("printer profiles: %w", err)
	}
	for _, p := range file.Profile {
		if err := p.check(); err != nil {
			return nil, err
		}
	}
	return file.Profile, nil
}

// ProfileNamed gives a built-in profile; an empty name is generic-80mm.
func ProfileNamed(name string) (Profile, error) {
	if name == "" {
		name = "generic-80mm"
	}
	p, ok := builtIn()[name]
	if !ok {
		return Profile{}, fmt.Errorf("no printer profile %q; there are %s", name, strings.Join(ProfileNames(), ", "))
	}
	return p, nil
}

// ProfileNames lists the built-in profiles.
func ProfileNames() []string {
	var names []string
	for n := range builtIn() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func (p Profile) check() error {
	one := func(key, value string, of ...string) error {
		for _, o := range of {
			if value == o {
				return nil
			}
		}
		return fmt.Errorf("printer profile %q: %s is %q, not one of %s", p.Name, key, value, strings.Join(of, " "))
	}
	var sizes error
	if p.Name == "" || p.Columns < 16 || p.Columns > 100 || p.Dots < p.Columns*8 || p.QRModule < 1 || p.QRModule > 16 || p.Buffer < 256 {
		sizes = fmt.Errorf("printer profile %q: name, columns (16 to 100), dots (8 a column at least), qr_module (1 to 16) or "+
			"buffer (256 at least) is missing or out of range", p.Name)
	}
	return errors.Join(sizes,
		one("charset", p.Charset, "gb2312", "gbk", "ascii"),
		one("chinese", p.Chinese, "fs-on", "none"),
		one("bold", p.Bold, "", "esc-e", "none"),
		one("qr", p.QR, "native", "raster"),
		one("confirm", p.Confirm, "process-id", "gs-r", "none"),
		one("clear", p.Clear, "dle-dc4-8", "dle-enq-2", "none"),
		one("status", p.Status, "", "eot", "none"),
	)
}

// hasModel tells whether GS ( k function 165 may be sent.
func (p Profile) hasModel() bool { return p.QRModel == nil || *p.QRModel }
