package items

import (
	"errors"
	"fmt"
	"strings"
)

// ErrRule is what the errors of rules that cannot be used wrap.
var ErrRule = errors.New("rule")

// Fault is one thing that is wrong with a catalogue: where, and what. Validate, Compile and NewIndex tell all that they find.
type Fault struct {
	Item   string // reference or code, and name; empty where it is not an item's
	Field  string // key, "list.key" within a list; empty where it is not a field's
	Part   string // such as when, rules[0], materials[2], department
	Line   int    // of the expression, from 1; 0 where there is none
	Column int    // from 1, in characters
	Err    error
}

// Error implements error.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Item != "" {
		fmt.Fprintf(&b, "item %s: ", f.Item)
	}
	if f.Field != "" {
		fmt.Fprintf(&b, "field %s: ", f.Field)
	}
	if f.Part != "" {
		b.WriteString(f.Part + ": ")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", f.Line, f.Column)
	}
	b.WriteString(f.Err.Error())
	return b.String()
}

// Unwrap gives what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

// name is how an item is called in messages to the people who keep the catalogue.
func (it *Item) name() string {
	id := it.Ref
	if id == "" {
		id = it.Code
	}
	if id == "" {
		return it.Name.ZH
	}
	return id + " " + it.Name.ZH
}
