// Package form is what an item asks of a citizen: its fields, the conditions under which each is asked, what is filled in
// from the card, and whether an answer is acceptable, in words that the citizen understands and that say what to do.
//
// It knows no screen and no device. Rules run as sync/items compiled them.
//
// Begin with [New] and [Form.Set]; [Form.Page] is what a screen shows, [Form.Check] what its Next button asks, [Form.Rows]
// the review, [Form.Answers] what is submitted. An answer is kept as it is typed until its field is left; then it is put into
// the one canonical form that rules compare and the hall gets (canonical.go). An error shows from then on, not before.
package form

// FieldView is one field as a screen shows it, in the language of the visit.
type FieldView struct {
	Key      string // the path to answer under: the field's key, or list.0.key within a row
	Label    string
	Help     string
	Example  string
	Type     string // one of items.Type…
	Required bool
	ReadOnly bool
	Options  []OptionView
	Value    any           // as told at items.Field; nil when unanswered. A region's levels stand between slashes: 浙江省/杭州市/余杭区
	Shown    string        // Value as a person reads it
	Error    string        // why the value is not acceptable yet; empty while untouched
	MaxLen   int           // 0: no limit
	Min, Max string        // bounds in force now, canonical, empty where there are none
	Rows     [][]FieldView // of a list: a row for each entry
	MaxRows  int
}

// OptionView is one choice.
type OptionView struct {
	Value  string
	Label  string
	Chosen bool
}
