// Package icons holds the line icons of the terminal as SVG text, and finds them by name.
//
// They are a selection of Lucide 1.62.0 (npm package lucide-static, ISC licence, see LICENSE.txt), 24×24, drawn with strokes
// of the colour "currentColor". A catalogue names an icon freely: a name that is not here gives [Default]. To add one, put
// Lucide's file of that name into svg/, with its attributes as the others have them.
package icons

import (
	"embed"
	"fmt"
	"image/color"
	"path"
	"strings"
)

// Default is drawn for a name that is not known.
const Default = "layout-grid"

//go:embed svg/*.svg
var files embed.FS

// Has tells whether there is an icon of this name.
func Has(name string) bool {
	_, err := files.ReadFile(path.Join("svg", name+".svg"))
	return err == nil
}

// SVG is the icon of a name, or the default one.
func SVG(name string) []byte {
	data, err := files.ReadFile(path.Join("svg", name+".svg"))
	if err != nil {
		data, err = files.ReadFile(path.Join("svg", Default+".svg"))
		if err != nil {
			panic(err) // embedded; found by the first test that runs
		}
	}
	return data
}

// Painted is the icon of a name in one colour; alpha is left out.
func Painted(name string, c color.Color) []byte {
	r, g, b, _ := c.RGBA()
	hex := fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
	return []byte(strings.ReplaceAll(string(SVG(name)), "currentColor", hex))
}

// Names lists all icons.
func Names() []string {
	entries, err := files.ReadDir("svg")
	if err != nil {
		panic(err) // embedded
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".svg"))
	}
	return names
}
