package items

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Who decides an item (Item.Instant).
const (
	InstantAuto = "auto" // a machine, always
	InstantRule = "rule" // a machine where Decide holds, else staff
	InstantNo   = "no"   // staff
)

// The kinds of handling (办件类型).
const (
	KindAtOnce   = 1 // 即办件
	KindPromised = 2 // 承诺件
)

// The necessities of a material (材料必要性).
const (
	NeedRequired = 1 // 必要
	NeedOptional = 2 // 非必要
	NeedDeferred = 3 // 容缺后补
)

// The words that Modules and Sites may use.
var (
	modules = []string{"card", "face", "cam", "sign", "scan", "a4", "slip"}
	sites   = []string{"H", "T", "V", "B"}

	itemTypes  = []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"}
	applicants = []string{"natural", "enterprise", "institution", "social", "unincorporated", "agency", "sole_trader", "other"}
	levels     = []string{"A", "B", "C", "D"}
	prefills   = []string{"", "name", "sex", "nation", "birth", "id_number", "address", "age", "phone"}
	fieldTypes = []string{
		TypeText, TypeTextarea, TypeNumber, TypeMoney, TypeDate, TypeDateRange, TypeMonth, TypeSelect, TypeRadio, TypeMultiselect,
		TypeBool, TypePhone, TypeIDNumber, TypeUSCC, TypeBank, TypeAddress, TypeRegion, TypePlate, TypeFile, TypeList,
	}

	keyForm     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

	// Names that mean something else in an expression.
	reserved = strings.Fields("holder today this_month true false null in as break const continue else for function if import let loop " +
		"package namespace return var void while bool bytes double duration int list map string timestamp type uint")
)

func isDecimal(s string) bool { return decimalForm.MatchString(s) }

// Validate tells everything that is wrong with a catalogue, each as a [*Fault] joined into one error. A catalogue that
// validates can be shown and filled in without a surprise; nothing else may be published.
func (c *Catalogue) Validate() error {
	ground := c.ground()
	faults := ground.faults
	for i := range c.Items {
		faults = append(faults, c.Items[i].check(ground)...)
		if _, err := Compile(&c.Items[i]); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// ground is what the items of a catalogue stand on.
type ground struct {
	departments map[string]bool
	themes      map[string]bool
	codes       map[string]int // how often each is used
	refs        map[string]int
	faults      []error
}

func (c *Catalogue) ground() *ground {
	g := &ground{
		departments: make(map[string]bool, len(c.Departments)), themes: make(map[string]bool, len(c.Themes)),
		codes: make(map[string]int, len(c.Items)), refs: make(map[string]int, len(c.Items)),
	}
	say := func(part, format string, args ...any) {
		g.faults = append(g.faults, &Fault{Part: part, Err: fmt.Errorf(format, args...)})
	}
	if c.Version < 0 {
		say("version", "%d is below 0", c.Version)
	}
	for i, d := range c.Departments {
		part := fmt.Sprintf("departments[%d] %s", i, d.Name.ZH)
		switch {
		case !ValidUSCC(d.Code):
			say(part, "%q is not a unified social credit code", d.Code)
			continue
		case g.departments[d.Code]:
			say(part, "the code %s is used twice", d.Code)
		case !readable(d.Name):
			say(part, "no name that can be shown")
		}
		g.departments[d.Code] = true
	}
	for i, t := range c.Themes {
		part := fmt.Sprintf("themes[%d] %s", i, t.Name.ZH)
		switch {
		case !keyForm.MatchString(t.Key):
			say(part, "the key %q is not of small letters, digits and _", t.Key)
			continue
		case g.themes[t.Key]:
			say(part, "the key %s is used twice", t.Key)
		case !readable(t.Name):
			say(part, "no name that can be shown")
		}
		g.themes[t.Key] = true
	}
	for i := range c.Items {
		g.codes[c.Items[i].Code]++
		if c.Items[i].Ref != "" {
			g.refs[c.Items[i].Ref]++
		}
	}
	return g
}

// check tells what is wrong with an item, apart from its expressions.
func (it *Item) check(g *ground) []error {
	k := checker{item: it.name()}
	switch {
	case !ValidItemCode(it.Code):
		k.say("", "code", "%q is not an implementation code (31 characters: credit code, level, basic code)", it.Code)
	case g.codes[it.Code] > 1:
		k.say("", "code", "%s is the code of %d items", it.Code, g.codes[it.Code])
	case it.Code[:18] != it.Department:
		k.say("", "code", "it names the body %s, the item's department is %s", it.Code[:18], it.Department)
	case int(it.Code[18]-'0') != it.Level:
		k.say("", "code", "it names the level %c, the item is of level %d", it.Code[18], it.Level)
	}
	if g.refs[it.Ref] > 1 {
		k.say("", "ref", "%s is used by %d items", it.Ref, g.refs[it.Ref])
	}
	if it.Version < 1 {
		k.say("", "version", "%d is below 1", it.Version)
	}
	if !g.departments[it.Department] {
		k.say("", "department", "%q is no department of the catalogue", it.Department)
	}
	for _, t := range it.Themes {
		if !g.themes[t] {
			k.say("", "themes", "%q is no theme of the catalogue", t)
		}
	}
	k.oneOf("", "type", it.Type, itemTypes)
	k.between("level", it.Level, 1, 6)
	k.between("source", it.Source, 0, 6)
	k.between("kind", it.Kind, KindAtOnce, KindPromised)
	k.oneOf("", "instant", it.Instant, []string{InstantAuto, InstantRule, InstantNo})
	if it.Instant == InstantRule && it.Decide == "" || it.Instant == InstantNo && it.Decide != "" {
		k.say("", "decide", "instant %s and a rule to decide by %q do not go together", it.Instant, it.Decide)
	}
	k.subset("applicants", it.Applicants, applicants, true)
	k.subset("modules", it.Modules, modules, false)
	k.subset("sites", it.Sites, sites, true)
	k.limit("legal_limit", it.Legal)
	k.limit("promised_limit", it.Promised)
	k.texts("", it)
	if it.Hot < 0 {
		k.say("", "hot", "%d is below 0", it.Hot)
	}
	for i, w := range it.Keywords {
		if strings.TrimSpace(w) == "" {
			k.say("", fmt.Sprintf("keywords[%d]", i), "it is empty")
		}
	}
	k.fields(it.Fields, "", nil)
	for i, m := range it.Materials {
		part := fmt.Sprintf("materials[%d] %s", i, m.Name.ZH)
		if !readable(m.Name) || !readable(m.How) {
			k.say("", part, "name and how must be there")
		}
		k.between(part+": need", m.Need, NeedRequired, NeedDeferred)
		k.oneOf("", part+": level", m.Level, levels)
		if m.DueDays < 0 || m.DueDays > 365 || m.DueDays > 0 && m.Need != NeedDeferred {
			k.say("", part, "due_days is %d; only a deferred material (need 3) is due later, within a year", m.DueDays)
		}
	}
	for _, rules := range [][]Rule{it.Rules, it.Hints} {
		for _, r := range rules {
			if !readable(r.Message) {
				k.say("", "rules", "the rule %q has no message", r.When)
			}
		}
	}
	return k.faults
}

type checker struct {
	item   string
	faults []error
}

func (k *checker) say(field, part, format string, args ...any) {
	k.faults = append(k.faults, &Fault{Item: k.item, Field: field, Part: part, Err: fmt.Errorf(format, args...)})
}

func (k *checker) oneOf(field, part, value string, of []string) {
	if !slices.Contains(of, value) {
		k.say(field, part, "%q is none of %s", value, strings.Join(of, " "))
	}
}

func (k *checker) between(part string, n, lo, hi int) {
	if n < lo || n > hi {
		k.say("", part, "%d is not between %d and %d", n, lo, hi)
	}
}

func (k *checker) subset(part string, values, of []string, some bool) {
	if some && len(values) == 0 {
		k.say("", part, "there must be one at least")
	}
	for i, v := range values {
		k.oneOf("", part, v, of)
		if slices.Contains(values[:i], v) {
			k.say("", part, "%q is there twice", v)
		}
	}
}

func (k *checker) limit(part string, l Limit) {
	if !readable(l.Words) {
		k.say("", part, "it has no words")
	}
	if l.Days < 0 || (l.Days > 0) != (l.Unit == "workday" || l.Unit == "day") {
		k.say("", part, "%d days of unit %q: a number of days needs the unit workday or day, and only it", l.Days, l.Unit)
	}
}

// texts looks at what the guide shows of every item.
func (k *checker) texts(field string, it *Item) {
	for _, t := range []struct {
		part string
		text Text
	}{
		{"name", it.Name}, {"applies_to", it.AppliesTo}, {"fee", it.Fee.Words}, {"result", it.Result}, {"place", it.Place},
		{"hours", it.Hours}, {"contact", it.Contact}, {"complaint", it.Complaint}, {"notice", it.Notice},
	} {
		if !readable(t.text) {
			k.say(field, t.part, "it is empty or not UTF-8")
		}
	}
}

// fields looks at the fields of an item, or at those of a list, which share the rules' names with the fields around it.
func (k *checker) fields(fields []Field, list string, around []Field) {
	taken := make(map[string]bool, len(fields)+len(around))
	for i := range around {
		taken[around[i].Key] = true
	}
	for i := range fields {
		f := &fields[i]
		path := list + f.Key
		switch {
		case !keyForm.MatchString(f.Key):
			k.say(path, "key", "%q is not of small letters, digits and _, a letter first", f.Key)
		case slices.Contains(reserved, f.Key):
			k.say(path, "key", "%q means something else in a rule", f.Key)
		case taken[f.Key]:
			k.say(path, "key", "it is used twice")
		}
		taken[f.Key] = true
		if !readable(f.Label) {
			k.say(path, "label", "it is empty or not UTF-8")
		}
		k.oneOf(path, "type", f.Type, fieldTypes)
		k.oneOf(path, "prefill", f.Prefill, prefills)
		if f.ReadOnly && f.Prefill == "" {
			k.say(path, "read_only", "nothing fills in a field that nobody may")
		}
		k.options(f, path)
		if f.MinLen < 0 || f.MaxLen < 0 || f.MaxLen > 0 && f.MinLen > f.MaxLen {
			k.say(path, "min_len", "%d to %d characters are impossible", f.MinLen, f.MaxLen)
		}
		for _, r := range f.Rules {
			if !readable(r.Message) {
				k.say(path, "rules", "the rule %q has no message", r.When)
			}
		}
		if f.Type != TypeList {
			if len(f.Fields) > 0 || f.MaxRows != 0 {
				k.say(path, "fields", "only a list has fields and max_rows")
			}
			continue
		}
		switch {
		case list != "":
			k.say(path, "type", "a list within a list")
		case len(f.Fields) == 0:
			k.say(path, "fields", "a list without fields")
		case f.MaxRows < 1 || f.MaxRows > maxRows:
			k.say(path, "max_rows", "%d is not between 1 and %d", f.MaxRows, maxRows)
		}
		k.fields(f.Fields, f.Key+".", fields)
	}
}

func (k *checker) options(f *Field, path string) {
	choice := f.Type == TypeSelect || f.Type == TypeRadio || f.Type == TypeMultiselect
	switch {
	case choice && len(f.Options) == 0:
		k.say(path, "options", "a %s without options", f.Type)
	case !choice && len(f.Options) > 0:
		k.say(path, "options", "a %s has none", f.Type)
	}
	seen := make(map[string]bool, len(f.Options))
	for i, o := range f.Options {
		part := "options[" + strconv.Itoa(i) + "]"
		switch {
		case o.Value == "" || !readable(o.Label):
			k.say(path, part, "value and label must be there")
		case seen[o.Value]:
			k.say(path, part, "%q is there twice", o.Value)
		}
		seen[o.Value] = true
	}
}

// readable tells that there is a Chinese text and that all of it can be shown.
func readable(t Text) bool {
	return strings.TrimSpace(t.ZH) != "" && utf8.ValidString(t.ZH) && utf8.ValidString(t.EN)
}
