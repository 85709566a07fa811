package admin

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"zizhuban/sync/items"
)

//go:embed texts/*.json
var textFiles embed.FS

var texts = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range []string{"zh", "en"} {
		data, err := textFiles.ReadFile("texts/" + lang + ".json")
		if err != nil {
			panic(err) // the file is embedded
		}
		var t map[string]string
		if err := json.Unmarshal(data, &t); err != nil {
			panic(fmt.Sprintf("texts/%s.json: %v", lang, err)) // found by the first test that runs
		}
		all[lang] = t
	}
	return all
})

// words speaks the language of one page, at one moment.
type words struct {
	Lang string // zh or en
	now  time.Time
}

// T gives a text; args are pairs of a name and what stands in the text's {name}.
func (w words) T(key string, args ...any) string {
	text, ok := texts()[w.Lang][key]
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return text
}

// Has tells whether there is a text.
func (w words) Has(key string) bool {
	_, ok := texts()[w.Lang][key]
	return ok
}

// Or gives the text of key, or plain where there is none: for words that a terminal brought.
func (w words) Or(key, plain string) string {
	if w.Has(key) {
		return w.T(key)
	}
	return plain
}

// In gives an item's text in the page's language.
func (w words) In(t items.Text) string { return t.In(w.Lang) }

// local is the time zone of the pages: China has one.
var local = time.FixedZone("CST", 8*60*60)

// Time writes a moment.
func (w words) Time(t time.Time) string {
	if t.IsZero() {
		return w.T("time.never")
	}
	return t.In(local).Format("2006-01-02 15:04:05")
}

// Day writes a date.
func (w words) Day(t time.Time) string {
	if t.IsZero() {
		return w.T("time.never")
	}
	return t.In(local).Format("2006-01-02")
}

// Stamp writes a moment for machines.
func (w words) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Ago says how long ago a moment was.
func (w words) Ago(t time.Time) string {
	if t.IsZero() {
		return w.T("time.never")
	}
	d := w.now.Sub(t)
	if d < 10*time.Second {
		return w.T("time.now")
	}
	return w.T("time.ago", "span", w.Span(d))
}

// Span says how long a time is, in its largest unit.
func (w words) Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	unit := func(n time.Duration, key string) string {
		if n == 1 && w.Has(key+".one") {
			return w.T(key + ".one")
		}
		return w.T(key, "n", int(n))
	}
	switch {
	case d < 90*time.Second:
		return unit(max(1, (d+time.Second/2)/time.Second), "time.seconds")
	case d < 90*time.Minute:
		return unit(d/time.Minute, "time.minutes")
	case d < 36*time.Hour:
		return unit((d+30*time.Minute)/time.Hour, "time.hours")
	}
	return unit(d/(24*time.Hour), "time.days")
}

// functions are what templates use besides.
var functions = template.FuncMap{
	"first": func(n int, s string) string { // the beginning of an id
		if r := []rune(s); len(r) > n {
			return string(r[:n])
		}
		return s
	},
	"add":  func(a, b int) int { return a + b },
	"join": strings.Join,
	"hex":  func(b []byte) string { return fmt.Sprintf("%x", b) },
	"pair": func(a, b any) [2]any { return [2]any{a, b} },
	"parts": func(s string) []string { // a case number: body, level and basic code, day, running number (GB/T 39554 as domain practice has it)
		if len(s) < 43 {
			return []string{s}
		}
		return []string{s[:18], s[18:31], s[31:39], s[39:]}
	},
	"groups": func(s string) []string { // a long number in groups of four, as people read it aloud
		var out []string
		for len(s) > 4 {
			out, s = append(out, s[:4]), s[4:]
		}
		return append(out, s)
	},
}
