// Package technician says what is wrong with a terminal and what to do about it, in words that help on site.
//
// [Examine] runs checks and returns findings; each check looks at one thing and can be given whatever the caller knows, so
// that the command line, the technician's page and the tests use the same ones.
package technician

import (
	"context"
	"fmt"
	"time"

	"zizhuban/assets/i18n"
)

// State is how bad a finding is.
type State string

// The states, best first.
const (
	OK   State = "ok"
	Warn State = "warn" // works, and will not for ever
	Fail State = "fail" // citizens cannot be served, or not fully
)

// Finding is what a check found.
type Finding struct {
	Check string `json:"check"`          // stable name, such as queue
	State State  `json:"state"`          //
	Code  string `json:"code,omitempty"` // a health code, where a device gave one
	What  string `json:"what"`           // what was found
	Do    string `json:"do,omitempty"`   // what to do about it
}

// Check looks at one thing. It must end when ctx does.
type Check struct {
	Name  string
	Limit time.Duration // 0: ten seconds
	Run   func(ctx context.Context, say *Words) Finding
}

// Words speaks to the technician in one language.
type Words struct{ lang string }

// NewWords chooses the language: zh or en.
func NewWords(lang string) *Words { return &Words{lang} }

// T finds the text technician.<key>.
func (w *Words) T(key string, args map[string]any) string {
	return i18n.T(w.lang, "technician."+key, args)
}

// Mend tells what mends a device: by its health code where there are words for that code, else by the kind of action.
func (w *Words) Mend(code, action string) string {
	if key := "mend." + code; i18n.Has(w.lang, "technician."+key) {
		return w.T(key, nil)
	}
	if key := "action." + action; i18n.Has(w.lang, "technician."+key) {
		return w.T(key, nil)
	}
	return w.T("action.none", nil)
}

// OK makes a finding that all is well: the text <key>.ok.
func (w *Words) OK(key string, args map[string]any) Finding {
	return Finding{State: OK, What: w.T(key+".ok", args)}
}

// Warn makes a finding from the texts <key> and <key>.do.
func (w *Words) Warn(key string, args map[string]any) Finding {
	return Finding{State: Warn, What: w.T(key, args), Do: w.T(key+".do", args)}
}

// Fail makes a finding from the texts <key> and <key>.do.
func (w *Words) Fail(key string, args map[string]any) Finding {
	return Finding{State: Fail, What: w.T(key, args), Do: w.T(key+".do", args)}
}

// Examine runs the checks one after the other. A check that does not end in time is itself a finding.
func Examine(ctx context.Context, words *Words, checks []Check) []Finding {
	findings := make([]Finding, 0, len(checks))
	for _, c := range checks {
		limit := c.Limit
		if limit == 0 {
			limit = 10 * time.Second
		}
		findings = append(findings, examine(ctx, words, c, limit))
	}
	return findings
}

func examine(ctx context.Context, words *Words, c Check, limit time.Duration) (f Finding) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			f = words.Fail("broken", map[string]any{"detail": fmt.Sprint(p)})
		}
		f.Check = c.Name
	}()
	f = c.Run(ctx, words)
	if ctx.Err() != nil && f.State == OK {
		f = words.Warn("late", map[string]any{"seconds": int(limit.Seconds())})
	}
	return f
}

// Worst is the state of the worst finding.
func Worst(findings []Finding) State {
	worst := OK
	for _, f := range findings {
		switch {
		case f.State == Fail:
			return Fail
		case f.State == Warn:
			worst = Warn
		}
	}
	return worst
}
