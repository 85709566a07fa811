package items

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
)

// Facts are what the rules of an item look at.
type Facts struct {
	Answers map[string]any // by field key, in the forms told at [Field]; what is missing or malformed counts as unanswered
	Holder  Holder
	Now     time.Time // the day is taken in its location
}

// Holder is the person of the card, or what of that person was typed. Dates are 2006-01-02.
type Holder struct {
	Name, Sex, Nation, Birth, Address, IDNumber string
}

// String keeps a person out of logs.
func (Holder) String() string { return "holder(hidden)" }

// GoString keeps a person out of %#v.
func (Holder) GoString() string { return "holder(hidden)" }

// scope gives the variables of an item's expressions their values. It is made for one question and used by one goroutine.
//
// The answer to a field that is not asked counts as unanswered: an option that was chosen before the citizen changed the
// question above must not decide anything. A condition looks only at fields before its own (Compile checks it), so asking
// comes to an end.
type scope struct {
	program *Program
	facts   *Facts
	known   map[string]any
}

func (p *Program) scope(f *Facts) *scope {
	return &scope{p, f, make(map[string]any, len(p.order))}
}

// Parent implements cel.Activation.
func (s *scope) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (s *scope) ResolveName(name string) (any, bool) {
	switch name {
	case varToday:
		return s.facts.Now.Format(dateLayout), true
	case varThisMonth:
		return s.facts.Now.Format(monthLayout), true
	case varHolder:
		h := s.facts.Holder
		return map[string]string{
			"name": h.Name, "sex": h.Sex, "nation": h.Nation, "birth": h.Birth, "address": h.Address, "id_number": h.IDNumber,
		}, true
	}
	if v, ok := s.known[name]; ok {
		return v, true
	}
	fp := s.program.fields[name]
	if fp == nil {
		return nil, false
	}
	v := celValue(fp.field, nil)
	if shown, err := fp.shown(s); err == nil && shown {
		v = celValue(fp.field, s.facts.Answers[name])
	}
	s.known[name] = v
	return v, true
}

// rowScope adds the fields of one row of a list to the scope of the item.
type rowScope struct {
	outer *scope
	rows  map[string]*fieldProgram
	row   map[string]any
}

// Parent implements cel.Activation.
func (s *rowScope) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (s *rowScope) ResolveName(name string) (any, bool) {
	fp := s.rows[name]
	if fp == nil {
		return s.outer.ResolveName(name)
	}
	if shown, err := fp.shown(s); err != nil || !shown {
		return celValue(fp.field, nil), true
	}
	return celValue(fp.field, s.row[name]), true
}

// celValue gives an answer the form that expressions see. An answer of another form is taken as none.
func celValue(f *Field, answer any) any {
	switch f.Type {
	case TypeBool:
		b, _ := answer.(bool)
		return b
	case TypeNumber, TypeMoney:
		return decimal(answer)
	case TypeMultiselect, TypeDateRange:
		return words(answer)
	case TypeList:
		rows := rowsOf(answer)
		list := make([]map[string]any, len(rows))
		for i, row := range rows {
			list[i] = make(map[string]any, len(f.Fields))
			for j := range f.Fields {
				list[i][f.Fields[j].Key] = celValue(&f.Fields[j], row[f.Fields[j].Key])
			}
		}
		return list
	}
	s, _ := answer.(string)
	return s
}

func decimal(answer any) float64 {
	var n float64
	switch v := answer.(type) {
	case string:
		// Only the canonical form: strconv would also take hexadecimal, underscores and infinities.
		if strings.Trim(v, "0123456789.-") != "" {
			return 0
		}
		n, _ = strconv.ParseFloat(v, 64)
	case float64:
		n = v
	case int:
		n = float64(v)
	case json.Number:
		n, _ = v.Float64()
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}

func words(answer any) []string {
	switch v := answer.(type) {
	case []string:
		return v
	case []any: // as encoding/json reads it
		ws := make([]string, 0, len(v))
		for _, w := range v {
			if s, ok := w.(string); ok {
				ws = append(ws, s)
			}
		}
		return ws
	}
	return []string{}
}

// maxRows is the most rows of a list that are looked at, whatever the item says.
const maxRows = 100

func rowsOf(answer any) []map[string]any {
	var rows []map[string]any
	switch v := answer.(type) {
	case []map[string]any:
		rows = v
	case []any: // as encoding/json reads it
		for _, row := range v {
			m, _ := row.(map[string]any)
			rows = append(rows, m) // nil is a row without answers
		}
	}
	return rows[:min(len(rows), maxRows)]
}

// isAnswered tells whether there is an answer that a rule can look at.
func isAnswered(f *Field, answer any) bool {
	switch v := celValue(f, answer).(type) {
	case string:
		return v != ""
	case bool:
		return true // false is as good an answer as true; a rule may insist on true
	case float64:
		return v != 0 || answer != nil && answer != ""
	case []string:
		return len(v) > 0
	case []map[string]any:
		return len(v) > 0
	}
	return false
}
