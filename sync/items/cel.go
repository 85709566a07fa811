package items

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// What an expression may cost. A rule of the demo catalogue costs some tens of units; a unit is about 100 ns, so that the most
// hostile rule keeps a terminal busy for some milliseconds.
const (
	costLimit    = 20_000
	maxExprRunes = 2_000
)

// The variables of every expression, beside the item's fields.
const (
	varHolder    = "holder"     // map of strings: name sex nation birth address id_number
	varToday     = "today"      // 2006-01-02
	varThisMonth = "this_month" // 2006-01
)

const (
	dateLayout  = "2006-01-02"
	monthLayout = "2006-01"
)

// baseEnv is the language that all items share: CEL with the functions below and the variables above.
//
// The functions are total: given something that is not a date (an answer that is not there yet) age, days give 0 and add_days,
// add_months give "", so that a rule over unanswered fields is a rule that does not hold, not an error.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	str, dyn := cel.StringType, cel.DynType
	return cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(maxExprRunes),
		cel.ParserRecursionLimit(32),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
		cel.Variable(varHolder, cel.MapType(str, str)),
		cel.Variable(varToday, str),
		cel.Variable(varThisMonth, str),
		cel.Function("age", cel.Overload("age_string_string", []*cel.Type{str, str}, cel.IntType,
			cel.BinaryBinding(func(birth, on ref.Val) ref.Val { return types.Int(ageOn(text(birth), text(on))) }))),
		cel.Function("days", cel.Overload("days_string_string", []*cel.Type{str, str}, cel.IntType,
			cel.BinaryBinding(func(from, to ref.Val) ref.Val { return types.Int(daysBetween(text(from), text(to))) }))),
		cel.Function("add_days", cel.Overload("add_days_string_int", []*cel.Type{str, cel.IntType}, str,
			cel.BinaryBinding(func(d, n ref.Val) ref.Val { return types.String(addDays(text(d), whole(n))) }))),
		cel.Function("add_months", cel.Overload("add_months_string_int", []*cel.Type{str, cel.IntType}, str,
			cel.BinaryBinding(func(d, n ref.Val) ref.Val { return types.String(addMonths(text(d), whole(n))) }))),
		cel.Function("luhn", cel.Overload("luhn_string", []*cel.Type{str}, cel.BoolType,
			cel.UnaryBinding(func(s ref.Val) ref.Val { return types.Bool(ValidLuhn(text(s))) }))),
		cel.Function("idno", cel.Overload("idno_string", []*cel.Type{str}, cel.BoolType,
			cel.UnaryBinding(func(s ref.Val) ref.Val { return types.Bool(ValidIDNumber(text(s))) }))),
		cel.Function("birth_of", cel.Overload("birth_of_string", []*cel.Type{str}, str,
			cel.UnaryBinding(func(s ref.Val) ref.Val { b, _ := BirthOf(text(s)); return types.String(b) }))),
		cel.Function("uscc", cel.Overload("uscc_string", []*cel.Type{str}, cel.BoolType,
			cel.UnaryBinding(func(s ref.Val) ref.Val { return types.Bool(ValidUSCC(text(s))) }))),
		cel.Function("answered", cel.Overload("answered_dyn", []*cel.Type{dyn}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(answered(v)) }))),
		cel.Function("sum", cel.Overload("sum_list", []*cel.Type{cel.ListType(dyn)}, cel.DoubleType,
			cel.UnaryBinding(sum))),
	)
})

func text(v ref.Val) string {
	s, _ := v.(types.String)
	return string(s)
}

func whole(v ref.Val) int {
	n, _ := v.(types.Int)
	return int(max(min(n, 1_000_000), -1_000_000)) // dates beyond that do not exist
}

// answered tells whether a value is more than the zero that stands for "not answered". A number that is 0 counts as not answered.
func answered(v ref.Val) bool {
	switch v := v.(type) {
	case types.String:
		return v != ""
	case types.Bool:
		return bool(v)
	case types.Double:
		return v != 0
	case types.Int:
		return v != 0
	case traits.Sizer:
		return v.Size() != types.IntZero
	}
	return false
}

// sum adds up the numbers of a list and passes over what is not a number.
func sum(list ref.Val) ref.Val {
	total := types.Double(0)
	if l, ok := list.(traits.Lister); ok {
		for it := l.Iterator(); it.HasNext() == types.True; {
			switch n := it.Next().(type) {
			case types.Double:
				total += n
			case types.Int:
				total += types.Double(n)
			}
		}
	}
	return total
}

func ageOn(birth, on string) int {
	b, err1 := time.Parse(dateLayout, birth)
	o, err2 := time.Parse(dateLayout, on)
	if err1 != nil || err2 != nil {
		return 0
	}
	age := o.Year() - b.Year()
	if o.Month() < b.Month() || o.Month() == b.Month() && o.Day() < b.Day() {
		age--
	}
	return age
}

func daysBetween(from, to string) int {
	f, err1 := time.Parse(dateLayout, from)
	t, err2 := time.Parse(dateLayout, to)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(t.Sub(f).Hours() / 24) // both are UTC midnights
}

func addDays(date string, n int) string {
	d, err := time.Parse(dateLayout, date)
	if err != nil {
		return ""
	}
	return inRange(d.AddDate(0, 0, n), dateLayout)
}

// addMonths keeps the day of the month, or takes the month's last where there is no such day.
func addMonths(date string, n int) string {
	layout := dateLayout
	d, err := time.Parse(layout, date)
	if err != nil {
		layout = monthLayout
		if d, err = time.Parse(layout, date); err != nil {
			return ""
		}
	}
	first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return inRange(first.AddDate(0, 0, min(d.Day(), last)-1), layout)
}

// inRange formats a date whose year has four digits; others would not compare as strings.
func inRange(d time.Time, layout string) string {
	if d.Year() < 1 || d.Year() > 9999 {
		return ""
	}
	return d.Format(layout)
}

// expr is a compiled expression.
type expr struct {
	program cel.Program
	names   []string // the variables that it looks at
}

// compileExpr compiles source in env and checks that it gives one of the wanted types, and that every option that it compares
// with is one of its field's.
func compileExpr(env *cel.Env, source string, fields map[string]*Field, want ...*cel.Type) (*expr, *Fault) {
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &Fault{
			Line: first.Location.Line(), Column: first.Location.Column() + 1,
			Err: fmt.Errorf("%w: %s", ErrRule, strings.ReplaceAll(first.Message, "\n", " ")),
		}
	}
	if !oneOf(ast.OutputType(), want) {
		return nil, &Fault{Line: 1, Column: 1, Err: fmt.Errorf("%w: it gives a %s, not a %s", ErrRule, ast.OutputType(), want[0])}
	}
	if fault := checkOptions(ast, fields); fault != nil {
		return nil, fault
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return nil, &Fault{Line: 1, Column: 1, Err: fmt.Errorf("%w: %w", ErrRule, err)}
	}
	return &expr{program, namesIn(ast)}, nil
}

func namesIn(ast *cel.Ast) []string {
	var names []string
	celast.PreOrderVisit(ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() == celast.IdentKind && !slices.Contains(names, e.AsIdent()) {
			names = append(names, e.AsIdent())
		}
	}))
	return names
}

func oneOf(t *cel.Type, want []*cel.Type) bool {
	for _, w := range want {
		if t.IsExactType(w) {
			return true
		}
	}
	return false
}

// checkOptions finds comparisons of a field that has options with a word that is not one of them: such a rule could never hold.
func checkOptions(ast *cel.Ast, fields map[string]*Field) *Fault {
	native := ast.NativeRep()
	var fault *Fault
	report := func(e celast.Expr, f *Field, word string) {
		if fault != nil || word == "" || f.hasOption(word) {
			return
		}
		at := native.SourceInfo().GetStartLocation(e.ID())
		fault = &Fault{Line: at.Line(), Column: at.Column() + 1, Err: fmt.Errorf("%w: %q is not an option of %s", ErrRule, word, f.Key)}
	}
	visit := func(e celast.Expr) {
		if e.Kind() != celast.CallKind || len(e.AsCall().Args()) != 2 {
			return
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case operators.Equals, operators.NotEquals:
			for _, pair := range [][2]celast.Expr{{a, b}, {b, a}} {
				if f := optionField(fields, pair[0]); f != nil && isLiteral(pair[1]) {
					report(pair[1], f, literal(pair[1]))
				}
			}
		case operators.In:
			if f := optionField(fields, b); f != nil && isLiteral(a) {
				report(a, f, literal(a))
			}
			if f := optionField(fields, a); f != nil && b.Kind() == celast.ListKind {
				for _, el := range b.AsList().Elements() {
					if isLiteral(el) {
						report(el, f, literal(el))
					}
				}
			}
		}
	}
	celast.PreOrderVisit(native.Expr(), celast.NewExprVisitor(visit))
	return fault
}

func optionField(fields map[string]*Field, e celast.Expr) *Field {
	if e.Kind() != celast.IdentKind {
		return nil
	}
	f := fields[e.AsIdent()]
	if f == nil || len(f.Options) == 0 {
		return nil
	}
	return f
}

func isLiteral(e celast.Expr) bool {
	if e.Kind() != celast.LiteralKind {
		return false
	}
	_, ok := e.AsLiteral().(types.String)
	return ok
}

func literal(e celast.Expr) string {
	if !isLiteral(e) {
		return ""
	}
	return text(e.AsLiteral())
}

func (f *Field) hasOption(value string) bool {
	for i := range f.Options {
		if f.Options[i].Value == value {
			return true
		}
	}
	return false
}

// celType is the type of a field's variable.
func celType(f *Field) *cel.Type {
	switch f.Type {
	case TypeBool:
		return cel.BoolType
	case TypeNumber, TypeMoney:
		return cel.DoubleType
	case TypeMultiselect, TypeDateRange:
		return cel.ListType(cel.StringType)
	case TypeList:
		return cel.ListType(cel.MapType(cel.StringType, cel.DynType))
	}
	return cel.StringType
}
