package sam

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// Kind is the letter at text offset 248 that tells the layouts apart.
type Kind byte

// The kinds of document.
const (
	Resident   Kind = ' '
	Foreigner  Kind = 'I' // permanent residence card, 2017
	Foreigner3 Kind = 'Y' // permanent residence card, 2023
	Permit     Kind = 'J' // residence permit for Hong Kong, Macao and Taiwan residents
	NotACard   Kind = 0   // something else with a chip, such as a bank card
)

// Card is what may be laid on the reader. Which fields stand on it depends on its kind.
type Card struct {
	Key   string // what the commands call it, such as DEMO1
	Label string // for people
	Hint  string // what it is good for in a trial
	Kind  Kind

	Name      string // the Chinese name; of Foreigner the second name
	English   string // of Foreigner and Foreigner3
	Sex       string // code of GB/T 2261.1
	Nation    string // two digits of GB 3304; of Foreigner3 the number of renewals
	Birth     string // YYYYMMDD, as all dates here
	Address   string
	Number    string
	Authority string
	From, To  string
	Pass      string // of Permit: the travel permit's number
	Issues    string // of Permit: how often issued
	Country   string // of Foreigner and Foreigner3: three letters
	Version   string // of Foreigner
	Office    string // of Foreigner: accepting authority's code
	NewPlace  string // address added later, read by 30 03

	Serial      [8]byte // card serial number in the answer to select; zero on many
	Management  [4]byte // card management number in the answer to find; zero on many
	Photo       []byte  // nil: a photo region that begins like a WLT picture
	Fingerprint []byte  // nil, 512 or 1024 bytes

	FindStatus   byte // in place of success, where the card makes the module refuse
	SelectStatus byte
	ReadStatus   byte
}

const (
	textSize  = 256
	photoSize = 1024
	placeSize = 70
)

// field puts a text at a byte offset, padded with spaces; a text that is too long is a mistake in the deck.
type field struct {
	at, size int
	text     string
}

// Text is the card's text region: 256 bytes of UTF-16LE (reference: 2.2 to 2.4 of the card layouts, GA 490 and its
// successors).
func (c Card) Text() ([]byte, error) {
	var fields []field
	switch c.Kind {
	case Resident, Permit:
		nation := c.Nation
		if c.Kind == Permit {
			nation = ""
		}
		fields = []field{
			{0, 30, c.Name}, {30, 2, c.Sex}, {32, 4, nation}, {36, 16, c.Birth}, {52, placeSize, c.Address},
			{122, 36, c.Number}, {158, 30, c.Authority}, {188, 16, c.From}, {204, 16, c.To},
			{220, 18, c.Pass}, {238, 4, c.Issues},
		}
	case Foreigner:
		fields = []field{
			{0, 120, c.English}, {120, 2, c.Sex}, {122, 30, c.Number}, {152, 6, c.Country}, {158, 30, c.Name},
			{188, 16, c.From}, {204, 16, c.To}, {220, 16, c.Birth}, {236, 4, c.Version}, {240, 8, c.Office},
		}
	case Foreigner3:
		first, rest := c.English, ""
		if len(first) > 35 {
			first, rest = first[:35], first[35:]
		}
		fields = []field{
			{0, 30, c.Name}, {30, 2, c.Sex}, {32, 4, c.Nation}, {36, 16, c.Birth}, {52, placeSize, first},
			{122, 36, c.Number}, {188, 16, c.From}, {204, 16, c.To}, {220, 22, rest}, {242, 6, c.Country},
		}
	default:
		return nil, fmt.Errorf("bench: card %s has no text", c.Key)
	}
	fields = append(fields, field{248, 2, string(rune(c.Kind))})
	text := spaces(textSize)
	for _, f := range fields {
		if err := put(text[f.at:f.at+f.size], f.text); err != nil {
			return nil, fmt.Errorf("bench: card %s, text offset %d: %w", c.Key, f.at, err)
		}
	}
	return text, nil
}

// picture is the photo region.
func (c Card) picture() []byte {
	if c.Photo != nil {
		return c.Photo
	}
	// "WL", width 102, height 126, then what every picture seen in public has; the rest is empty: no person, no face.
	head := []byte{0x57, 0x4C, 0x66, 0x00, 0x7E, 0x00, 0x32, 0x00, 0x00, 0xFF}
	return append(head, make([]byte, photoSize-len(head))...)
}

// read is the data of the answer to 30 01, and to 30 10 when finger is set.
func (c Card) read(finger bool) ([]byte, error) {
	text, err := c.Text()
	if err != nil {
		return nil, err
	}
	photo := c.picture()
	if len(photo) != photoSize {
		return nil, fmt.Errorf("bench: card %s: the photo region has %d bytes instead of %d", c.Key, len(photo), photoSize)
	}
	out := binary.BigEndian.AppendUint16(nil, textSize)
	out = binary.BigEndian.AppendUint16(out, photoSize)
	if finger {
		out = binary.BigEndian.AppendUint16(out, uint16(len(c.Fingerprint)))
	}
	out = append(out, text...)
	out = append(out, photo...)
	if finger {
		out = append(out, c.Fingerprint...)
	}
	return out, nil
}

// Check tells what of the card does not fit where it belongs.
func (c Card) Check() error {
	if c.Kind == NotACard {
		return nil
	}
	if _, err := c.read(true); err != nil {
		return err
	}
	_, err := c.place()
	return err
}

// place is the data of the answer to 30 03.
func (c Card) place() ([]byte, error) {
	b := spaces(placeSize)
	if err := put(b, c.NewPlace); err != nil {
		return nil, fmt.Errorf("bench: card %s, added address: %w", c.Key, err)
	}
	return b, nil
}

// spaces is a region filled with U+0020.
func spaces(n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 2 {
		b[i] = ' '
	}
	return b
}

// put writes a text at the beginning of a region.
func put(region []byte, text string) error {
	units := utf16.Encode([]rune(text))
	if len(units)*2 > len(region) {
		return fmt.Errorf("%d characters do not fit into %d", len(units), len(region)/2)
	}
	for i, u := range units {
		binary.LittleEndian.PutUint16(region[2*i:], u)
	}
	return nil
}
