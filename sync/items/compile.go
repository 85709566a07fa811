package items

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
)

// Compile makes the rules of an item runnable. What does not compile is an error that joins a [*Fault] for each, with the item,
// the field and the position. It tries every rule once without answers, so that a rule which cannot run is found here.
func Compile(item *Item) (*Program, error) {
	base, err := baseEnv()
	if err != nil {
		return nil, fmt.Errorf("rule language: %w", err)
	}
	c := compiler{item: item, fields: map[string]*Field{}}
	p := &Program{item: item, fields: make(map[string]*fieldProgram, len(item.Fields))}

	if !c.simple(base) { // most items of a catalogue have conditions; those without need no environment of their own
		var vars []cel.EnvOption
		for i := range item.Fields {
			f := &item.Fields[i]
			vars = append(vars, cel.Variable(f.Key, celType(f)))
			c.fields[f.Key] = f
		}
		if c.env, err = base.Extend(vars...); err != nil {
			return nil, &Fault{Item: item.name(), Err: fmt.Errorf("%w: %w", ErrRule, err)}
		}
	}
	for i := range item.Fields {
		f := &item.Fields[i]
		p.order = append(p.order, f.Key)
		p.fields[f.Key] = c.field(f, f.Key, later(item.Fields[i:]))
	}
	p.rules = c.rules(item.Rules, "", "rules")
	p.hints = c.rules(item.Hints, "", "hints")
	for i := range item.Materials {
		p.materials = append(p.materials, c.expr(item.Materials[i].When, "", fmt.Sprintf("materials[%d] %s: when", i, item.Materials[i].Name.ZH), cel.BoolType))
	}
	if p.decide = c.expr(item.Decide, "", "decide", cel.BoolType); item.Decide == "" && item.Instant == InstantRule {
		c.fault("", "decide", &Fault{Err: errors.New("an item that is decided by rule has none")})
	}
	if len(c.faults) == 0 {
		c.try(p)
	}
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	return p, nil
}

// compiler gathers the faults of one item.
type compiler struct {
	item   *Item
	env    *cel.Env
	fields map[string]*Field
	faults []error
}

func (c *compiler) fault(field, part string, f *Fault) {
	f.Item, f.Field, f.Part = c.item.name(), field, part
	c.faults = append(c.faults, f)
}

// simple tells that no expression of the item looks at a field, because there is none.
func (c *compiler) simple(base *cel.Env) bool {
	if len(c.item.Fields) > 0 {
		return false
	}
	c.env = base
	return true
}

func later(fields []Field) map[string]bool {
	keys := make(map[string]bool, len(fields))
	for i := range fields {
		keys[fields[i].Key] = true
	}
	return keys
}

func (c *compiler) field(f *Field, path string, notYet map[string]bool) *fieldProgram {
	fp := &fieldProgram{field: f}
	fp.when = c.expr(f.When, path, "when", cel.BoolType)
	if fp.when != nil {
		for _, name := range fp.when.names {
			if notYet[name] {
				c.fault(path, "when", &Fault{Err: fmt.Errorf("%w: it looks at %s, which is not asked before this field", ErrRule, name)})
			}
		}
	}
	fp.min = c.bound(f, f.Min, path, "min")
	fp.max = c.bound(f, f.Max, path, "max")
	fp.rules = c.rules(f.Rules, path, "rules")
	if f.Pattern != "" {
		re, err := regexp.Compile(`^(?:` + f.Pattern + `)$`)
		if err != nil {
			c.fault(path, "pattern", &Fault{Err: err})
		}
		fp.pattern = re
	}
	if f.Type == TypeList {
		inner := compiler{item: c.item, fields: map[string]*Field{}}
		var vars []cel.EnvOption
		for k, v := range c.fields {
			inner.fields[k] = v
		}
		for i := range f.Fields {
			vars = append(vars, cel.Variable(f.Fields[i].Key, celType(&f.Fields[i])))
			inner.fields[f.Fields[i].Key] = &f.Fields[i]
		}
		env, err := c.env.Extend(vars...)
		if err != nil {
			c.fault(path, "fields", &Fault{Err: fmt.Errorf("%w: %w", ErrRule, err)})
			return fp
		}
		inner.env = env
		fp.rows = make(map[string]*fieldProgram, len(f.Fields))
		for i := range f.Fields {
			fp.rows[f.Fields[i].Key] = inner.field(&f.Fields[i], path+"."+f.Fields[i].Key, later(f.Fields[i:]))
		}
		c.faults = append(c.faults, inner.faults...)
	}
	return fp
}

func (c *compiler) rules(rules []Rule, path, part string) []ruleProgram {
	var compiled []ruleProgram
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", part, i)
		if r.When == "" {
			c.fault(path, at, &Fault{Err: errors.New("a rule without a condition")})
			continue
		}
		if e := c.expr(r.When, path, at, cel.BoolType); e != nil {
			compiled = append(compiled, ruleProgram{e, r.Message})
		}
	}
	return compiled
}

func (c *compiler) expr(source, path, part string, want ...*cel.Type) *expr {
	if source == "" {
		return nil
	}
	e, fault := compileExpr(c.env, source, c.fields, want...)
	if fault != nil {
		c.fault(path, part, fault)
	}
	return e
}

// bound compiles a literal, or an expression after "=", that limits the answers of a field.
func (c *compiler) bound(f *Field, source, path, part string) bound {
	if source == "" {
		return bound{}
	}
	layout, want := "", []*cel.Type{cel.StringType}
	switch f.Type {
	case TypeDate, TypeDateRange:
		layout = dateLayout
	case TypeMonth:
		layout = monthLayout
	case TypeNumber, TypeMoney:
		want = []*cel.Type{cel.DoubleType, cel.IntType}
	default:
		c.fault(path, part, &Fault{Err: fmt.Errorf("a %s has no bounds", f.Type)})
		return bound{}
	}
	if source[0] == '=' {
		if source = strings.TrimSpace(source[1:]); source == "" {
			c.fault(path, part, &Fault{Err: errors.New("nothing follows the =")})
		}
		return bound{expr: c.expr(source, path, part, want...)}
	}
	if layout != "" {
		if _, err := time.Parse(layout, source); err != nil {
			c.fault(path, part, &Fault{Err: fmt.Errorf("%q is not of the form %s", source, layout)})
		}
	} else if !isDecimal(source) {
		c.fault(path, part, &Fault{Err: fmt.Errorf("%q is not a number", source)})
	}
	return bound{literal: source}
}

// try runs every expression without answers, and the lists with one empty row.
func (c *compiler) try(p *Program) {
	f := &Facts{Now: time.Unix(0, 0).UTC(), Answers: map[string]any{}}
	s := p.scope(f)
	check := func(path, part string, e *expr, s cel.Activation) {
		if e == nil {
			return
		}
		if _, _, err := e.program.Eval(s); err != nil {
			c.fault(path, part, &Fault{Err: fmt.Errorf("%w: it fails without answers: %w", ErrRule, err)})
		}
	}
	each := func(path string, fp *fieldProgram, s cel.Activation) {
		check(path, "when", fp.when, s)
		check(path, "min", fp.min.expr, s)
		check(path, "max", fp.max.expr, s)
		for i, r := range fp.rules {
			check(path, fmt.Sprintf("rules[%d]", i), r.when, s)
		}
	}
	for _, key := range p.order {
		fp := p.fields[key]
		each(key, fp, s)
		for inner, row := range fp.rows {
			each(key+"."+inner, row, &rowScope{s, fp.rows, nil})
		}
	}
	for i, r := range p.rules {
		check("", fmt.Sprintf("rules[%d]", i), r.when, s)
	}
	for i, r := range p.hints {
		check("", fmt.Sprintf("hints[%d]", i), r.when, s)
	}
	for i, e := range p.materials {
		check("", fmt.Sprintf("materials[%d]", i), e, s)
	}
	check("", "decide", p.decide, s)
}
