// Command gen makes the dictionary of the pinyin keyboard, dict.gz, from the sources that the package pinyin names.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	gopinyin "github.com/mozillazg/go-pinyin"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// word is one way to read one word.
type word struct {
	text      string
	syllables []string
	weight    int
}

// namesBlock is where CJK Extension C begins. What the font shows from here on is nearly all from the Table of General
// Standard Chinese Characters (通用规范汉字表), whose third level is there for names; the extensions before hold much that
// nobody bears.
const namesBlock = 0x2A700

// rareReadings is how many readings of a rare character are kept: the first ones are those in use.
const rareReadings = 2

func main() {
	dict := flag.String("dict", "", "pinyin_simp.dict.yaml of rime-data-pinyin-simp")
	font := flag.String("font", "", "NotoSansCJK-Regular.ttc: only rare characters that it shows are taken")
	out := flag.String("out", "dict.gz", "file to write")
	flag.Parse()
	if err := run(*dict, *font, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dict, font, out string) error {
	words, err := readRime(dict)
	if err != nil {
		return fmt.Errorf("read the dictionary (package rime-data-pinyin-simp): %w", err)
	}
	shows, err := glyphs(font)
	if err != nil {
		return fmt.Errorf("read the font (package fonts-noto-cjk): %w", err)
	}
	words = append(words, rare(words, shows)...)
	packed, err := pack(words)
	if err != nil {
		return err
	}
	return os.WriteFile(out, packed, 0o644)
}

// readRime reads the table of a Rime dictionary: text, reading, weight, separated by tabs, after the line "...".
func readRime(name string) ([]word, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	_, table, ok := strings.Cut(string(data), "\n...\n")
	if !ok {
		return nil, errors.New("no line ... before the table")
	}
	var words []word
	scan := bufio.NewScanner(strings.NewReader(table))
	for scan.Scan() {
		if scan.Text() == "" {
			continue
		}
		cols := strings.Split(scan.Text(), "\t")
		if len(cols) != 3 {
			return nil, fmt.Errorf("line %q: want text, reading, weight", scan.Text())
		}
		weight, err := strconv.Atoi(cols[2])
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", scan.Text(), err)
		}
		syllables := strings.Fields(cols[1])
		if slices.ContainsFunc(syllables, grunt) {
			continue // 嗯 and 唔 read as n or ng would make every initial n a whole syllable; 嗯 stays as en
		}
		words = append(words, word{cols[0], syllables, weight})
	}
	return words, scan.Err()
}

// grunt tells a syllable without a vowel.
func grunt(s string) bool { return !strings.ContainsAny(s, "aeiouv") }

// glyphs tells which characters the first font of a collection shows. All Noto Sans CJK fonts share one set of characters.
func glyphs(name string) (func(rune) bool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all, err := sfnt.ParseCollection(data)
	if err != nil {
		return nil, err
	}
	face, err := all.Font(0)
	if err != nil {
		return nil, err
	}
	var buf sfnt.Buffer
	return func(r rune) bool {
		i, err := face.GlyphIndex(&buf, r)
		return err == nil && i != 0
	}, nil
}

// rare lists the characters that words lacks, that the font shows, as rare as can be.
func rare(words []word, shows func(rune) bool) []word {
	known, syllables := map[string]bool{}, map[string]bool{}
	for _, w := range words {
		known[w.text] = true
		for _, s := range w.syllables {
			syllables[s] = true
		}
	}
	var found []word
	weight := func(code int) int {
		if code >= namesBlock {
			return 1
		}
		return 0
	}
	for code, readings := range gopinyin.PinyinDict {
		text := string(rune(code))
		if known[text] || !unicode.Is(unicode.Han, rune(code)) || !shows(rune(code)) {
			continue
		}
		var kept []string
		for _, r := range strings.Split(readings, ",") {
			if s := plain(r); syllables[s] && !slices.Contains(kept, s) && len(kept) < rareReadings {
				kept = append(kept, s)
				found = append(found, word{text, []string{s}, weight(code)})
			}
		}
	}
	return found
}

// plain takes the tone off a syllable: lǜ becomes lv, lüè becomes lue.
func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == '\u0308': // the dots of ü
			t := strings.TrimSuffix(b.String(), "u")
			b.Reset()
			b.WriteString(t + "v")
		case r < unicode.MaxASCII:
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "ve", "ue")
}

// pack writes the lines, sorted, and compresses them. The same words always give the same bytes.
func pack(words []word) ([]byte, error) {
	slices.SortFunc(words, func(a, b word) int {
		return cmp.Or(slices.Compare(a.syllables, b.syllables), cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text))
	})
	var buf bytes.Buffer
	zip, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	var last []string
	line := bufio.NewWriter(zip)
	for _, w := range words {
		if !slices.Equal(w.syllables, last) {
			if last != nil {
				line.WriteByte('\n')
			}
			line.WriteString(strings.Join(w.syllables, " "))
			last = w.syllables
		}
		fmt.Fprintf(line, "\t%s %d", w.text, w.weight)
	}
	line.WriteByte('\n')
	if err := errors.Join(line.Flush(), zip.Close()); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
