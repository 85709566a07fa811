// Package safelog is the one way in which terminal and hall write logs: a slog handler that cannot print personal data.
//
// It turns the usual rule round. An attribute is hidden unless its kind cannot hold a person's data (numbers, booleans,
// durations, times) or its key is one of those listed in [Open], whose values are names that the program itself gives:
// an item's code, a device's role, a state. Errors and messages are printed with everything struck out that looks like
// an identity number, a telephone number or a bank account. Chinese text inside an error is struck out too, for it may be a
// name or an address.
package safelog

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"
)

// Open lists the keys whose text is printed as it stands. Only names that the program gives belong here, never anything
// that a citizen, a card or a code brought.
var Open = map[string]bool{
	"action": true, "addr": true, "axis": true, "baud": true, "class": true, "code": true, "component": true, "department": true,
	"device": true, "dir": true, "driver": true, "file": true, "from": true, "health": true, "item": true,
	"key_id": true, "lang": true, "layout": true, "level": true, "local_number": true, "method": true, "module": true,
	"msg": true, "network": true, "node": true, "outcome": true, "part": true, "path": true, "phase": true, "place": true, "port": true,
	"problem": true, "reason": true, "role": true, "route": true, "site": true, "source": true, "state": true,
	"status": true, "step": true, "submission": true, "suite": true, "terminal": true, "time": true, "to": true,
	"type": true, "url": true, "version": true, "new": true, "old": true, "signal": true, "user": true,
}

const hidden = "‹hidden›"

var (
	// Fifteen digits or more in a row, with an X at the end, blanks or hyphens between: identity numbers, bank accounts.
	longNumber = regexp.MustCompile(`\d(?:[ -]?\d){13,}[ -]?[\dXx]?`)
	phone      = regexp.MustCompile(`\b1[3-9]\d(?:[ -]?\d){8}\b`)
	han        = regexp.MustCompile(`[\p{Han}·]{2,}`)
)

// Scrub strikes out of a text what looks like a person's number, and Chinese words.
func Scrub(s string) string {
	return han.ReplaceAllString(Numbers(s), hidden)
}

// Numbers strikes out of a text what looks like a person's number.
func Numbers(s string) string {
	s = longNumber.ReplaceAllString(s, hidden)
	return phone.ReplaceAllString(s, hidden)
}

// codeOrID is what the program's own long names look like: an item's code of 31 characters, or a UUID. They hold runs of digits
// that are nobody's number.
var codeOrID = regexp.MustCompile(`^([0-9A-Z]{31}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// name cleans the text of an open key.
func name(s string) string {
	if codeOrID.MatchString(s) {
		return s
	}
	return Numbers(s)
}

// Handler wraps a slog.Handler. The zero value is not usable.
type Handler struct{ next slog.Handler }

// New makes a handler that passes to next only what may be written down.
func New(next slog.Handler) *Handler { return &Handler{next} }

// Enabled tells whether a level is logged.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// Handle logs a record, cleaned.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Numbers(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(safe(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs keeps attributes, cleaned, for all that follows.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	cleaned := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		cleaned[i] = safe(a)
	}
	return &Handler{h.next.WithAttrs(cleaned)}
}

// WithGroup opens a group.
func (h *Handler) WithGroup(name string) slog.Handler { return &Handler{h.next.WithGroup(name)} }

func safe(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindTime:
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindInt64, slog.KindUint64:
		if s := v.String(); Numbers(s) != s {
			return slog.String(a.Key, hidden)
		}
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindGroup:
		group := v.Group()
		cleaned := make([]slog.Attr, len(group))
		for i, g := range group {
			cleaned[i] = safe(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(cleaned...)}
	case slog.KindString:
		if Open[strings.ToLower(a.Key)] {
			return slog.String(a.Key, name(v.String()))
		}
		return slog.String(a.Key, hidden)
	}
	switch x := v.Any().(type) {
	case error:
		return slog.String(a.Key, Scrub(x.Error()))
	case time.Time, time.Duration:
		return slog.Attr{Key: a.Key, Value: v}
	case []string:
		if Open[strings.ToLower(a.Key)] {
			return slog.String(a.Key, Numbers(strings.Join(x, " ")))
		}
	case fmt.Stringer:
		if Open[strings.ToLower(a.Key)] {
			return slog.String(a.Key, Numbers(x.String()))
		}
	}
	return slog.String(a.Key, hidden)
}
