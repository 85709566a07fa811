package items

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxCatalogue is the largest catalogue file that Parse reads: a hundred thousand items of a kilobyte each, and room to spare.
const maxCatalogue = 512 << 20

// Parse reads a catalogue file. It is strict: a key that it does not know is an error, so that a misspelt rule is not silently
// without effect. It does not validate; see [Catalogue.Validate].
func Parse(data []byte) (*Catalogue, error) {
	if len(data) > maxCatalogue {
		return nil, fmt.Errorf("catalogue: %d bytes are more than the %d that are read", len(data), maxCatalogue)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var c Catalogue
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("catalogue: line %d: %w", lineOf(data, dec, err), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("catalogue: line %d: something follows the end of the catalogue", lineAt(data, dec.InputOffset()))
	}
	return &c, nil
}

func lineOf(data []byte, dec *json.Decoder, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return lineAt(data, syntax.Offset)
	case errors.As(err, &kind):
		return lineAt(data, kind.Offset)
	}
	// The decoder does not tell where an unknown key stands; it stands where its name does.
	if _, key, ok := strings.Cut(err.Error(), "unknown field "); ok {
		if at := bytes.Index(data, []byte(key)); at >= 0 {
			return lineAt(data, int64(at))
		}
	}
	return lineAt(data, dec.InputOffset())
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))
}
