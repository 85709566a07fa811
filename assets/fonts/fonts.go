// Package fonts embeds the terminal's Chinese fonts: Noto Sans CJK SC as OpenType/CFF, made by build.sh.
// They are used under the SIL Open Font License 1.1 (OFL.txt beside this file).
package fonts

import _ "embed"

// Regular is the regular weight with every character that the typeface has.
//
//go:embed regular.otf
var Regular []byte

// Bold is the bold weight for headings: the basic block of Chinese characters, Latin letters and punctuation.
//
//go:embed bold.otf
var Bold []byte
