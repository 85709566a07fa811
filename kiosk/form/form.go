package form

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/items"
)

// The keys of the common block, which every item asks for and no item names. An item's own key never begins with @.
const (
	KeyName    = "@name"      // only where no card is read
	KeyID      = "@id_number" // only where no card is read
	KeyPhone   = "@phone"     // a card gives no telephone number
	KeyContact = "@contact"   // optional: an address other than the one on the card
)

// MaxRows is how many entries a list may have where its item says nothing.
const MaxRows = 20

// Form is the answers of one citizen to one item, and what follows from them: which fields are asked, on which pages, and
// whether the answers are acceptable. It is not safe for use by several goroutines; kiosk/visit guards it.
//
// The questions of a Form may change with every answer. Pages are counted from 0 and are never empty.
type Form struct {
	item    *items.Item
	program *items.Program
	clock   clockwork.Clock
	lang    string
	elder   bool
	card    items.Holder // zero where the citizen types name and number
	typed   bool

	fields  []items.Field // the common block and the item's
	refs    ruleRefs
	answers map[string]any  // by key, as typed until the field is left, canonical afterwards
	left    map[string]bool // by path: fields whose errors may show
	last    string          // path of the latest answer
	tried   map[int]bool    // rules that Next has met

	now *picture // nil when something changed
}

// picture is what follows from the answers.
type picture struct {
	facts  items.Facts
	shown  map[string]bool
	faults map[string]*fault // by path
	broken map[int]bool      // index into item.Rules
	pages  [][]string        // keys
	rules  map[string]int    // key of the field under which a broken rule is shown
	loose  []int             // broken rules that belong to no shown field
}

// New begins a form. A holder without an id number means that no card is read for this item: the form then asks for name and
// number on its first page.
func New(item *items.Item, program *items.Program, holder items.Holder, clock clockwork.Clock, lang string) *Form {
	f := &Form{
		item: item, program: program, clock: clock, lang: lang, card: holder, typed: holder.IDNumber == "",
		refs:    refsOf(item),
		answers: map[string]any{}, left: map[string]bool{}, tried: map[int]bool{},
	}
	f.fields = append(commonFields(f.typed), item.Fields...)
	return f
}

func commonFields(typed bool) []items.Field {
	var fields []items.Field
	if typed {
		fields = append(fields,
			items.Field{Key: KeyName, Label: words("form.label.name"), Type: items.TypeText, Required: true, MinLen: 2, MaxLen: 50, Help: words("form.help.name")},
			items.Field{Key: KeyID, Label: words("form.label.id_number"), Type: items.TypeIDNumber, Required: true, Help: words("form.help.id_number")},
		)
	}
	return append(fields,
		items.Field{Key: KeyPhone, Label: words("form.label.phone"), Type: items.TypePhone, Required: true, Help: words("form.help.phone")},
		items.Field{Key: KeyContact, Label: words("form.label.contact"), Type: items.TypeAddress, MaxLen: 100, Help: words("form.help.contact")},
	)
}

// SetLang changes the language of everything that the form says.
func (f *Form) SetLang(lang string) { f.lang = lang }

// SetElder changes how many fields stand on a page: one in elder mode.
func (f *Form) SetElder(elder bool) {
	if f.elder != elder {
		f.elder, f.now = elder, nil
	}
}

// Typed tells whether the citizen types name and number.
func (f *Form) Typed() bool { return f.typed }

// Holder is who applies: the card's holder, or what was typed, as far as it is acceptable.
func (f *Form) Holder() items.Holder {
	if !f.typed {
		return f.card
	}
	var h items.Holder
	if name, fault := canonical(f.field(KeyName), f.answers[KeyName]); fault == nil {
		h.Name, _ = name.(string)
	}
	if id, fault := canonical(f.field(KeyID), f.answers[KeyID]); fault == nil {
		h.IDNumber, _ = id.(string)
	}
	if birth, ok := items.BirthOf(h.IDNumber); ok {
		h.Birth = birth
		// GB 11643: the 17th digit is odd for men.
		if (h.IDNumber[16]-'0')%2 == 1 {
			h.Sex = "男"
		} else {
			h.Sex = "女"
		}
	}
	return h
}

// Phone and Contact are the common block's answers in canonical form.
func (f *Form) Phone() string   { return f.text(KeyPhone) }
func (f *Form) Contact() string { return f.text(KeyContact) }

func (f *Form) text(key string) string {
	v, fault := canonical(f.field(key), f.value(key))
	if fault != nil {
		return ""
	}
	s, _ := v.(string)
	return s
}

// Set answers the field at path: its key, or list.0.key within a row. The value has the type that items.Field tells; nil
// takes the answer back. Set refuses what is not asked now, what is read-only, and a value of another type; the answer itself
// may be wrong, which Check and Page tell once the citizen has left the field.
func (f *Form) Set(path string, value any) error {
	fd, row, sub, err := f.at(path)
	if err != nil {
		return err
	}
	target := fd
	if sub != nil {
		target = sub
	}
	clean, ok := ofType(target, value)
	if !ok {
		return fmt.Errorf("form: an answer of type %T does not fit the field %s of type %s", value, path, target.Type)
	}
	if f.last != "" && f.last != path {
		f.leave(f.last)
	}
	f.last = path
	if sub != nil {
		rows := f.rows(fd.Key)
		if clean == nil {
			delete(rows[row], sub.Key)
		} else {
			rows[row][sub.Key] = clean
		}
	} else if clean == nil {
		delete(f.answers, path)
	} else {
		f.answers[path] = clean
	}
	switch target.Type {
	case items.TypeSelect, items.TypeRadio, items.TypeBool:
		f.left[path] = true // a choice is whole as soon as it is made
	}
	f.now = nil
	return nil
}

// at finds the field of a path, and for a path within a row the row and the field of the row.
func (f *Form) at(path string) (fd *items.Field, row int, sub *items.Field, err error) {
	key, rest, within := strings.Cut(path, ".")
	if fd = f.field(key); fd == nil || !f.picture().shown[key] {
		return nil, 0, nil, fmt.Errorf("form: the field %q is not asked", path)
	}
	if fd.Type == items.TypeFile || f.readOnly(fd) {
		return nil, 0, nil, fmt.Errorf("form: the field %q cannot be changed here", path)
	}
	if !within {
		if fd.Type == items.TypeList {
			return nil, 0, nil, fmt.Errorf("form: the rows of %q are answered one by one", path)
		}
		return fd, 0, nil, nil
	}
	number, subKey, _ := strings.Cut(rest, ".")
	row, numErr := strconv.Atoi(number)
	if numErr != nil || fd.Type != items.TypeList || row < 0 || row >= len(f.rows(key)) {
		return nil, 0, nil, fmt.Errorf("form: there is no row at %q", path)
	}
	for i := range fd.Fields {
		if fd.Fields[i].Key == subKey {
			return fd, row, &fd.Fields[i], nil
		}
	}
	return nil, 0, nil, fmt.Errorf("form: there is no field at %q", path)
}

// AddRow adds an empty entry to a list and tells whether there was room.
func (f *Form) AddRow(key string) bool {
	fd := f.field(key)
	if fd == nil || fd.Type != items.TypeList || !f.picture().shown[key] || len(f.rows(key)) >= maxRows(fd) {
		return false
	}
	f.Leave()
	f.answers[key] = append(f.rows(key), map[string]any{})
	f.now = nil
	return true
}

// RemoveRow takes an entry out of a list and tells whether it was there.
func (f *Form) RemoveRow(key string, i int) bool {
	fd := f.field(key)
	if fd == nil || fd.Type != items.TypeList || i < 0 || i >= len(f.rows(key)) {
		return false
	}
	f.Leave()
	rows := f.rows(key)
	clear(rows[i])
	f.answers[key] = slices.Delete(rows, i, i+1)
	// What was left in later rows moves up with them.
	moved := map[string]bool{}
	for path := range f.left {
		head, rest, _ := strings.Cut(path, ".")
		number, sub, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		switch {
		case head != key || err != nil || n < i:
			moved[path] = true
		case n > i:
			moved[fmt.Sprintf("%s.%d.%s", key, n-1, sub)] = true
		}
	}
	f.left, f.now = moved, nil
	return true
}

// Leave says that the citizen is done with the field answered last: its error may show.
func (f *Form) Leave() {
	if f.last != "" {
		f.leave(f.last)
		f.last = ""
		f.now = nil
	}
}

// leave puts the answer at path into canonical form, where it has one.
func (f *Form) leave(path string) {
	f.left[path] = true
	fd, row, sub, err := f.at(path)
	switch {
	case err != nil: // not asked any more
	case sub != nil:
		if v, fault := canonical(sub, f.rows(fd.Key)[row][sub.Key]); fault == nil && !empty(v) {
			f.rows(fd.Key)[row][sub.Key] = v
		}
	default:
		if v, ok := f.answers[path]; ok {
			if c, fault := canonical(fd, v); fault == nil && !empty(c) {
				f.answers[path] = c
			}
		}
	}
}

// Value is the answer at key as it stands; nil when there is none.
func (f *Form) Value(key string) any { return f.value(key) }

func (f *Form) value(key string) any {
	fd := f.field(key)
	if fd == nil {
		return nil
	}
	if f.readOnly(fd) {
		return f.prefill(fd)
	}
	if v, ok := f.answers[key]; ok {
		return v
	}
	if s := f.prefill(fd); s != "" {
		return s
	}
	return nil
}

// readOnly tells whether the citizen may not change the field. A field that the card was to fill, and did not, may be typed.
func (f *Form) readOnly(fd *items.Field) bool { return fd.ReadOnly && f.prefill(fd) != "" }

func (f *Form) prefill(fd *items.Field) string {
	switch fd.Prefill {
	case "":
		// The telephone number is not asked twice.
		if fd.Key == "phone" && fd.Type == items.TypePhone {
			return f.text(KeyPhone)
		}
		return ""
	case "phone":
		return f.text(KeyPhone)
	}
	h := f.Holder()
	switch fd.Prefill {
	case "name":
		return h.Name
	case "sex":
		return h.Sex
	case "nation":
		return h.Nation
	case "birth":
		return h.Birth
	case "id_number":
		return h.IDNumber
	case "address":
		return h.Address
	case "age":
		return ageOf(h.Birth, f.clock.Now())
	}
	return ""
}

// ageOf is the age in whole years of who was born on birth (2006-01-02); empty where that is not known or the clock stands
// before it.
func ageOf(birth string, now time.Time) string {
	b, err := time.Parse("2006-01-02", birth)
	if err != nil {
		return ""
	}
	years := now.Year() - b.Year()
	if now.Format("0102") < b.Format("0102") {
		years--
	}
	if years < 0 {
		return ""
	}
	return strconv.Itoa(years)
}

// Facts are the answers as rules see them: only of fields that are asked, only what is well formed.
func (f *Form) Facts() items.Facts {
	facts := f.picture().facts
	facts.Answers = maps.Clone(facts.Answers)
	return facts
}

// Answers are what is submitted: the item's fields that are asked and answered, in canonical form. The common block is not
// among them.
func (f *Form) Answers() map[string]any {
	out := map[string]any{}
	for key, v := range f.picture().facts.Answers {
		if rows, ok := v.([]map[string]any); ok {
			copied := make([]map[string]any, len(rows))
			for i := range rows {
				copied[i] = maps.Clone(rows[i])
			}
			v = copied
		}
		out[key] = v
	}
	return out
}

// Wipe drops every answer. The form asks nothing afterwards.
func (f *Form) Wipe() {
	for _, v := range f.answers {
		switch v := v.(type) {
		case []string:
			clear(v)
		case []map[string]any:
			for _, row := range v {
				clear(row)
			}
			clear(v)
		}
	}
	clear(f.answers)
	clear(f.left)
	clear(f.tried)
	f.card, f.last, f.now, f.fields, f.item, f.program = items.Holder{}, "", nil, nil, nil, nil
}

func (f *Form) field(key string) *items.Field {
	for i := range f.fields {
		if f.fields[i].Key == key {
			return &f.fields[i]
		}
	}
	return nil
}

func (f *Form) rows(key string) []map[string]any {
	rows, _ := f.answers[key].([]map[string]any)
	return rows
}

func maxRows(fd *items.Field) int {
	if fd.MaxRows > 0 {
		return fd.MaxRows
	}
	return MaxRows
}
