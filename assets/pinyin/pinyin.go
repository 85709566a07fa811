// Package pinyin holds the dictionary of the pinyin keyboard: words with their readings and frequencies, and the words of
// public service that a general dictionary lacks.
//
// [Dict] is made from Debian's rime-data-pinyin-simp (Apache-2.0, derived from the Android PinyinIME) and, for rare
// characters that occur in names, from github.com/mozillazg/go-pinyin (MIT); NOTICE and the licence texts lie beside this
// file. The file is remade by "go generate" on a machine that has the packages rime-data-pinyin-simp and fonts-noto-cjk.
//
// The text of [Dict], once unpacked, has one line for each reading, sorted by syllables:
//
//	shen fen zheng<TAB>身份证 9215<TAB>身分证 11
//
// that is, the syllables, then every word so read with its frequency, most frequent first. Tones are left out, ü is written v
// (lv, nv; but lue, nue). [Terms] has one word a line, optionally followed by a space-separated reading after a tab where the
// reading cannot be told from the characters (会计<TAB>kuai ji); lines that begin with # are comments.
package pinyin

import _ "embed"

//go:generate go run ./gen -dict /usr/share/rime-data/pinyin_simp.dict.yaml -font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc -out dict.gz

//go:embed dict.gz
var dict []byte

//go:embed terms.txt
var terms []byte

// Dict gives the dictionary, gzip-compressed. The bytes are shared: they must not be changed.
func Dict() []byte { return dict }

// Terms gives the words of public service that are preferred over equally read ones. The bytes are shared: they must not
// be changed.
func Terms() []byte { return terms }
