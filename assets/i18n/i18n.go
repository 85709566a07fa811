// Package i18n holds the words that people read, in Chinese and English, and finds them by key.
//
// Each room of the terminal has a file of its own in zh/ and in en/, such as zh/screens.json: an object of keys and texts.
// A text may hold {name} for what is put in. Keys are unique over all files; a test checks that both languages have the same.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

//go:embed zh/*.json en/*.json
var files embed.FS

// The languages.
const (
	Chinese = "zh"
	English = "en"
)

var load = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range []string{Chinese, English} {
		all[lang] = map[string]string{}
		names, err := fs.Glob(files, lang+"/*.json")
		if err != nil {
			panic(err) // the pattern is a constant
		}
		for _, name := range names {
			data, err := files.ReadFile(name)
			if err != nil {
				panic(err) // the file is embedded
			}
			var texts map[string]string
			if err := json.Unmarshal(data, &texts); err != nil {
				panic(fmt.Sprintf("%s: %v", name, err)) // found by the first test that runs
			}
			for k, v := range texts {
				all[lang][k] = v
			}
		}
	}
	return all
})

// T finds the text of key in lang and puts args into its {name} places. A key that has no text comes back in brackets, so
// that it is seen.
func T(lang, key string, args map[string]any) string {
	text, ok := load()[lang][key]
	if !ok {
		if text, ok = load()[Chinese][key]; !ok {
			return "[" + key + "]"
		}
	}
	for name, v := range args {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(v))
	}
	return text
}

// Has tells whether key has a text in lang.
func Has(lang, key string) bool {
	_, ok := load()[lang][key]
	return ok
}

// Keys lists every key of a language.
func Keys(lang string) []string {
	var keys []string
	for k := range load()[lang] {
		keys = append(keys, k)
	}
	return keys
}
