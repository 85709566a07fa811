package items

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// Program is an item whose rules are compiled. It is safe for concurrent use and holds nothing of any visit.
//
// A key names a field, or a field within a row of a list as "list.0.field". Where a rule fails while it runs (its cost limit is
// reached), the safe side is taken: a field is shown, a check does not block, nothing is decided by machine; the hall checks
// every submission again.
type Program struct {
	item      *Item
	order     []string
	fields    map[string]*fieldProgram
	rules     []ruleProgram
	hints     []ruleProgram
	materials []*expr // beside item.Materials; nil where there is no condition
	decide    *expr
}

type fieldProgram struct {
	field    *Field
	when     *expr
	min, max bound
	rules    []ruleProgram
	pattern  *regexp.Regexp
	rows     map[string]*fieldProgram // of a list
}

type ruleProgram struct {
	when    *expr
	message Text
}

type bound struct {
	literal string
	expr    *expr
}

// Item is the item that was compiled.
func (p *Program) Item() *Item { return p.item }

// Shown tells whether a field is asked. A key that the item does not have is not.
func (p *Program) Shown(key string, f Facts) (bool, error) {
	fp, s, _ := p.find(key, &f)
	if fp == nil {
		return false, nil
	}
	shown, err := fp.shown(s)
	if err != nil {
		return true, p.failed(key, "when", err)
	}
	return shown, nil
}

// Bounds gives the smallest and largest acceptable answer of a field today, in the form of an answer; "" where there is none.
func (p *Program) Bounds(key string, f Facts) (lo, hi string, err error) {
	fp, s, _ := p.find(key, &f)
	if fp == nil {
		return "", "", nil
	}
	if lo, err = fp.min.value(s); err != nil {
		return "", "", p.failed(key, "min", err)
	}
	if hi, err = fp.max.value(s); err != nil {
		return "", "", p.failed(key, "max", err)
	}
	return lo, hi, nil
}

// Matches tells whether an answer fits the field's pattern; a field without a pattern takes any.
func (p *Program) Matches(key, answer string) bool {
	fp, _, _ := p.find(key, &Facts{})
	return fp == nil || fp.pattern == nil || fp.pattern.MatchString(answer)
}

// Check gives the messages of the field's own rules that the answer breaks. A field that is not answered breaks none, but for a
// bool, where no answer is false.
func (p *Program) Check(key string, f Facts) []Text {
	fp, s, answer := p.find(key, &f)
	if fp == nil || !isAnswered(fp.field, answer) {
		return nil
	}
	return run(fp.rules, s)
}

// Broken gives the messages of the rules over several fields that are broken.
func (p *Program) Broken(f Facts) []Text { return run(p.rules, p.scope(&f)) }

// Hints gives what is worth telling about these answers, and blocks nothing.
func (p *Program) Hints(f Facts) []Text { return run(p.hints, p.scope(&f)) }

// Materials gives the materials that these answers call for.
func (p *Program) Materials(f Facts) []Material {
	s := p.scope(&f)
	var needed []Material
	for i, when := range p.materials {
		if when != nil {
			if yes, err := when.truth(s); err == nil && !yes {
				continue
			}
		}
		needed = append(needed, p.item.Materials[i])
	}
	return needed
}

// Decide tells whether a machine may decide these answers at once (秒办). With an error it may not.
func (p *Program) Decide(f Facts) (bool, error) {
	if p.item.Instant != InstantAuto && p.item.Instant != InstantRule {
		return false, nil
	}
	if p.decide == nil {
		return p.item.Instant == InstantAuto, nil
	}
	yes, err := p.decide.truth(p.scope(&f))
	if err != nil {
		return false, p.failed("", "decide", err)
	}
	return yes, nil
}

func (p *Program) failed(key, part string, err error) error {
	return &Fault{Item: p.item.name(), Field: key, Part: part, Err: err}
}

// find gives the program of a field, what its expressions see, and its answer.
func (p *Program) find(key string, f *Facts) (*fieldProgram, cel.Activation, any) {
	s := p.scope(f)
	if fp := p.fields[key]; fp != nil {
		return fp, s, f.Answers[key]
	}
	list, rest, ok := strings.Cut(key, ".")
	if !ok {
		return nil, nil, nil
	}
	index, inner, ok := strings.Cut(rest, ".")
	fp := p.fields[list]
	if !ok || fp == nil || fp.rows[inner] == nil {
		return nil, nil, nil
	}
	var row map[string]any
	if i, err := strconv.Atoi(index); err == nil && i >= 0 {
		if rows := rowsOf(f.Answers[list]); i < len(rows) {
			row = rows[i]
		}
	}
	return fp.rows[inner], &rowScope{s, fp.rows, row}, row[inner]
}

func (fp *fieldProgram) shown(s cel.Activation) (bool, error) {
	if fp.when == nil {
		return true, nil
	}
	return fp.when.truth(s)
}

func run(rules []ruleProgram, s cel.Activation) []Text {
	var broken []Text
	for _, r := range rules {
		if yes, err := r.when.truth(s); err == nil && yes {
			broken = append(broken, r.message)
		}
	}
	return broken
}

func (e *expr) truth(s cel.Activation) (bool, error) {
	v, _, err := e.program.Eval(s)
	if err != nil {
		return false, err
	}
	return v == types.True, nil
}

func (b bound) value(s cel.Activation) (string, error) {
	if b.expr == nil {
		return b.literal, nil
	}
	v, _, err := b.expr.program.Eval(s)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case types.String:
		// What is not a date is no bound, such as another field that has no answer yet.
		if _, err := time.Parse(dateLayout, string(v)); err != nil {
			if _, err := time.Parse(monthLayout, string(v)); err != nil {
				return "", nil
			}
		}
		return string(v), nil
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64), nil
	case types.Int:
		return strconv.FormatInt(int64(v), 10), nil
	}
	return "", fmt.Errorf("a bound is a %s", v.Type().TypeName())
}
