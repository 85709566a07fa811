package form

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"zizhuban/sync/items"
)

// ruleRefs tells for each rule and hint of an item which fields it looks at, so that its message can stand where the citizen
// can do something about it.
type ruleRefs struct {
	rules, hints [][]string
}

var (
	literals    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	identifiers = regexp.MustCompile(`\.?[a-z][a-z0-9_]*`)
)

func refsOf(item *items.Item) ruleRefs {
	keys := map[string]bool{}
	for _, fd := range item.Fields {
		keys[fd.Key] = true
	}
	refs := func(rules []items.Rule) [][]string {
		out := make([][]string, len(rules))
		for i, r := range rules {
			for _, name := range identifiers.FindAllString(literals.ReplaceAllString(r.When, `""`), -1) {
				// .name is a member of something, such as holder.birth.
				if keys[name] && !slices.Contains(out[i], name) {
					out[i] = append(out[i], name)
				}
			}
		}
		return out
	}
	return ruleRefs{refs(item.Rules), refs(item.Hints)}
}

// picture works out what follows from the answers, once for each change.
func (f *Form) picture() *picture {
	if f.now != nil {
		return f.now
	}
	p := &picture{
		facts: items.Facts{Answers: map[string]any{}, Holder: f.Holder(), Now: f.clock.Now()},
		shown: map[string]bool{}, faults: map[string]*fault{}, broken: map[int]bool{}, rules: map[string]int{},
	}
	if f.item == nil { // wiped
		return p
	}
	// A condition looks only at fields before its own, so that one pass in order is enough.
	for i := range f.fields {
		fd := &f.fields[i]
		p.shown[fd.Key] = f.shownBy(fd.Key, p.facts)
		if !p.shown[fd.Key] || strings.HasPrefix(fd.Key, "@") || fd.Type == items.TypeFile {
			continue
		}
		if fd.Type == items.TypeList {
			if rows := f.rows(fd.Key); len(rows) > 0 {
				p.facts.Answers[fd.Key] = f.factRows(fd, rows, p.facts)
			}
			continue
		}
		if v, fault := canonical(fd, f.value(fd.Key)); fault == nil && v != nil {
			p.facts.Answers[fd.Key] = v
		}
	}
	for i := range f.fields {
		if fd := &f.fields[i]; p.shown[fd.Key] {
			f.findFaults(p, fd)
		}
	}
	p.pages = f.paginate(p.shown)
	f.findBroken(p)
	f.now = p
	return p
}

func (f *Form) shownBy(path string, facts items.Facts) bool {
	if strings.HasPrefix(path, "@") {
		return true
	}
	shown, err := f.program.Shown(path, facts)
	return shown || err != nil // a question too many does less harm than one that was never asked
}

// factRows are the rows of a list with what is well formed in them, and without what is not asked.
func (f *Form) factRows(fd *items.Field, rows []map[string]any, facts items.Facts) []map[string]any {
	out := make([]map[string]any, len(rows))
	facts.Answers = maps.Clone(facts.Answers) // the list sees itself, row by row as it is filled
	facts.Answers[fd.Key] = out
	for i, row := range rows {
		out[i] = map[string]any{}
		for j := range fd.Fields {
			sub := &fd.Fields[j]
			if sub.Type == items.TypeFile || !f.shownBy(rowPath(fd.Key, i, sub.Key), facts) {
				continue
			}
			if v, fault := canonical(sub, row[sub.Key]); fault == nil && v != nil {
				out[i][sub.Key] = v
			}
		}
	}
	return out
}

func rowPath(list string, i int, key string) string { return fmt.Sprintf("%s.%d.%s", list, i, key) }

func (f *Form) findFaults(p *picture, fd *items.Field) {
	if fd.Type == items.TypeFile {
		return // nothing at this terminal takes a file yet; it is brought to the window
	}
	if fd.Type != items.TypeList {
		if fault := f.faultOf(p, fd, fd.Key, f.value(fd.Key)); fault != nil {
			p.faults[fd.Key] = fault
		}
		return
	}
	rows := f.rows(fd.Key)
	switch {
	case len(rows) == 0 && fd.Required:
		p.faults[fd.Key] = bad("rows_none")
	case len(rows) > maxRows(fd):
		p.faults[fd.Key] = bad("rows_many", "want", maxRows(fd))
	default:
		if texts := f.program.Check(fd.Key, p.facts); len(texts) > 0 {
			p.faults[fd.Key] = &fault{text: texts[0]}
		}
	}
	for i, row := range rows {
		for j := range fd.Fields {
			sub := &fd.Fields[j]
			path := rowPath(fd.Key, i, sub.Key)
			if sub.Type == items.TypeFile || !f.shownBy(path, p.facts) {
				continue
			}
			if fault := f.faultOf(p, sub, path, row[sub.Key]); fault != nil {
				p.faults[path] = fault
			}
		}
	}
}

// faultOf tells what is wrong with one answer: nothing there, not well formed, out of bounds, against the item's pattern or
// rules; the first that holds.
func (f *Form) faultOf(p *picture, fd *items.Field, path string, v any) *fault {
	c, wrong := canonical(fd, v)
	if wrong != nil {
		return wrong
	}
	own := !strings.HasPrefix(path, "@")
	if c == nil && fd.Required {
		return missing(fd)
	}
	if c != nil && own {
		if wrong := f.outOfBounds(p, fd, path, c); wrong != nil {
			return wrong
		}
		if s, ok := c.(string); ok && !f.program.Matches(path, s) {
			if fd.Type == items.TypeRegion && fd.Example != "" {
				return bad("region_more", "example", fd.Example)
			}
			if fd.Example != "" {
				return bad("pattern_example", "example", fd.Example)
			}
			if help := fd.Help; !help.IsZero() {
				return &fault{text: help}
			}
			return bad("pattern")
		}
	}
	if own {
		if texts := f.program.Check(path, p.facts); len(texts) > 0 {
			return &fault{text: texts[0]}
		}
	}
	if path == KeyID || fd.Type == items.TypeIDNumber {
		return f.notYetBorn(c)
	}
	return nil
}

func missing(fd *items.Field) *fault {
	switch fd.Type {
	case items.TypeSelect, items.TypeRadio, items.TypeRegion, items.TypeDate, items.TypeMonth, items.TypeDateRange:
		return bad("required_choice")
	case items.TypeMultiselect:
		return bad("required_many")
	case items.TypeBool:
		return bad("required_bool")
	}
	return bad("required")
}

// notYetBorn refuses a date of birth in the future, where the clock is fit to judge: one that stands before this program was
// written is wrong itself.
func (f *Form) notYetBorn(c any) *fault {
	id, _ := c.(string)
	now := f.clock.Now()
	if birth, ok := items.BirthOf(id); ok && now.Year() >= 2025 && birth > now.Format("2006-01-02") {
		return bad("id_birth", "birth", strings.ReplaceAll(birth, "-", ""))
	}
	return nil
}

func (f *Form) outOfBounds(p *picture, fd *items.Field, path string, c any) *fault {
	lo, hi, err := f.program.Bounds(path, p.facts)
	if err != nil || lo == "" && hi == "" {
		return nil
	}
	values, _ := c.([]string)
	if s, ok := c.(string); ok {
		values = []string{s}
	}
	for _, v := range values {
		switch fd.Type {
		case items.TypeNumber, items.TypeMoney:
			if lo != "" && compareNumbers(v, lo) < 0 {
				return bad("too_small", "min", plainNumber(lo))
			}
			if hi != "" && compareNumbers(v, hi) > 0 {
				return bad("too_large", "max", plainNumber(hi))
			}
		case items.TypeDate, items.TypeMonth, items.TypeDateRange:
			// A month bounds a date and a date a month by the part that both have.
			if lo != "" && head(v, lo) < head(lo, v) {
				return bad("too_early", "min", lo)
			}
			if hi != "" && head(v, hi) > head(hi, v) {
				return bad("too_late", "max", hi)
			}
		}
	}
	return nil
}

func head(s, like string) string { return s[:min(len(s), len(like))] }

func compareNumbers(a, b string) int {
	x, okA := new(big.Rat).SetString(a)
	y, okB := new(big.Rat).SetString(b)
	if !okA || !okB {
		return 0
	}
	return x.Cmp(y)
}

func plainNumber(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// findBroken puts each broken rule under the last field that it looks at.
func (f *Form) findBroken(p *picture) {
	texts := f.program.Broken(p.facts)
	if len(texts) == 0 {
		return
	}
	for i, r := range f.item.Rules {
		if !slices.Contains(texts, r.Message) {
			continue
		}
		p.broken[i] = true
		home := ""
		for k := range f.fields {
			if key := f.fields[k].Key; p.shown[key] && slices.Contains(f.refs.rules[i], key) && f.fields[k].Type != items.TypeFile {
				home = key
			}
		}
		if home == "" {
			p.loose = append(p.loose, i)
		} else if _, taken := p.rules[home]; !taken {
			p.rules[home] = i
		}
	}
}

// Check is what Next asks of a page: it lets every error of the page show and gives the path of the first field that is not
// acceptable. An empty path with ok false is a rule that no field of the form can mend.
func (f *Form) Check(page int) (firstBad string, ok bool) {
	f.Leave()
	p := f.picture()
	if page < 0 || page >= len(p.pages) {
		return "", true
	}
	for _, key := range p.pages[page] {
		for _, path := range f.paths(key) {
			f.leave(path)
		}
	}
	f.now = nil
	p = f.picture()
	for _, key := range p.pages[min(page, len(p.pages)-1)] {
		if i, broken := p.rules[key]; broken {
			f.tried[i] = true
		}
	}
	return f.firstBad(p, page)
}

func (f *Form) firstBad(p *picture, page int) (string, bool) {
	for _, key := range p.pages[page] {
		for _, path := range f.paths(key) {
			if p.faults[path] != nil {
				return path, false
			}
		}
		if _, broken := p.rules[key]; broken {
			return key, false
		}
	}
	if page == 0 && len(p.loose) > 0 {
		return "", false
	}
	return "", true
}

// CheckAll looks at every page afresh, and gives the first page that Next would not leave; ok when there is none.
func (f *Form) CheckAll() (page int, ok bool) {
	f.Leave()
	f.now = nil // today may have become another day
	for i := range f.picture().pages {
		if _, ok := f.firstBad(f.picture(), i); !ok {
			return i, false
		}
	}
	return 0, true
}

// paths are the places below a key that can be answered.
func (f *Form) paths(key string) []string {
	fd := f.field(key)
	paths := []string{key}
	if fd != nil && fd.Type == items.TypeList {
		for i := range f.rows(key) {
			for _, sub := range fd.Fields {
				paths = append(paths, rowPath(key, i, sub.Key))
			}
		}
	}
	return paths
}
