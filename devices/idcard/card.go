// Package idcard reads resident identity cards over a serial reader with the security module of GA/T 467 (SAM_V, SAM_A).
//
// Read [Card] first, then [Reader], which [SAM] implements. Below them lie two halves that do not know each other's trade: the
// pure one, [Decoder] and [Request] for frames and [DecodeText] for what stands on a card, and the conversation in SAM, which
// adds time-outs, retries and recovery for each status word.
//
// It promises that a Card is given only after a frame with a right length and checksum, with every field from that one frame;
// a reading that goes wrong is repeated or reported, never guessed. It never logs what stands on a card, and never changes a
// setting of the reader.
package idcard

// Kind is which document lies on the reader.
type Kind string

// The kinds of document, after the type letter at offset 248 of the text region.
const (
	Resident      Kind = "resident"       // 居民身份证
	Permit        Kind = "permit"         // 港澳台居民居住证, letter J; recognised, not read yet
	Foreigner2017 Kind = "foreigner-2017" // 外国人永久居留身份证, letter I; recognised, not read yet
	Foreigner2023 Kind = "foreigner-2023" // the same of 2023, letter Y; recognised, not read yet
)

// LongTerm is the Valid To of a card that does not expire (长期).
const LongTerm = "长期"

// Card is what a document says. Dates are 2006-01-02. It is personal data: it lives for the length of a visit only and is
// never logged; its String method tells nothing.
type Card struct {
	Kind      Kind   `json:"kind"`
	Name      string `json:"name"`
	Sex       string `json:"sex"`    // 男, 女, 未知 or 未说明 (GB/T 2261.1)
	Nation    string `json:"nation"` // 汉 … (GB 3304), 其他(nn) for a code that is not known
	Birth     string `json:"birth"`
	Address   string `json:"address"`
	IDNumber  string `json:"id_number"`
	Authority string `json:"authority"`
	ValidFrom string `json:"valid_from"`
	ValidTo   string `json:"valid_to"` // a date, or LongTerm

	Photo    []byte   `json:"-"`                  // opaque WLT, 1024 bytes
	Warnings []string `json:"warnings,omitempty"` // such as check-digit; the card is still usable
}

// String keeps a card out of logs.
func (Card) String() string { return "card(hidden)" }

// GoString keeps a card out of %#v.
func (Card) GoString() string { return "card(hidden)" }
