package admin

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

type casesView struct {
	Cases     []store.Case
	Filter    store.CaseFilter
	States    []store.CaseState
	Items     []items.Item // for the choice
	Terminals []store.Terminal
	Next      string // address of the next page
	Filtered  bool
}

func (p *pages) cases(v *visit) error {
	ctx, q := v.r.Context(), v.r.URL.Query()
	f := store.CaseFilter{State: store.CaseState(q.Get("state")), Item: q.Get("item"), Terminal: q.Get("terminal"),
		Number: strings.TrimSpace(q.Get("number")), Failed: q.Get("failed") != "", After: q.Get("after"), Limit: 25}
	d := casesView{Filter: f, States: store.CaseStates}
	d.Filtered = f.State != "" || f.Item != "" || f.Terminal != "" || f.Number != "" || f.Failed
	var next string
	var err error
	if d.Cases, next, err = p.Office.Store.Cases(ctx, f); err != nil {
		return err
	}
	if next != "" {
		q.Set("after", next)
		q.Del("done")
		d.Next = (&url.URL{Path: "/admin/cases", RawQuery: q.Encode()}).String()
	}
	rows, err := p.Office.Store.Items(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		d.Items = append(d.Items, *r.Current())
	}
	if d.Terminals, err = p.Office.Store.Terminals(ctx); err != nil {
		return err
	}
	return v.show(http.StatusOK, "cases", "cases", d)
}

// caseView is a case with everything that the hall knows of it.
type caseView struct {
	store.Case
	Sub       store.Submission
	ItemName  items.Text
	App       *wire.Application // nil until it is open
	Answers   []answerView
	Signature drawing
	KeyIDs    string
	Size      int
	Receipt   wire.ReceiptBody
	Genuine   bool // the receipt's signature is this hall's
	Next      []store.CaseState
}

// answerView is one answer under its field's label.
type answerView struct {
	Label   string
	Key     string
	Values  []string
	Columns []string   // of a list
	Rows    [][]string // of a list
	Unknown bool       // the item has no such field
}

func (p *pages) showCase(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	c, err := p.Office.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	sub, err := p.Office.Store.Submission(ctx, id)
	if err != nil {
		return err
	}
	// What cannot be noted is not shown.
	if err := p.Office.Store.Note(ctx, v.who, "case.view", id, ""); err != nil {
		return err
	}
	d := caseView{Case: c, Sub: sub, ItemName: c.ItemName, Size: len(sub.Envelope.Body), Next: c.State.Next()}
	for i, k := range sub.Envelope.Keys {
		if i > 0 {
			d.KeyIDs += ", "
		}
		d.KeyIDs += k.KeyID
	}
	d.Receipt, err = seal.VerifyReceipt(p.Office.Keys.Receipt.Public().(ed25519.PublicKey), sub.Receipt,
		seal.Want{Submission: id, Digest: sub.Digest, Terminal: sub.Header.Terminal, Sequence: sub.Header.Sequence})
	d.Genuine = err == nil
	it, err := p.Office.Store.ItemVersion(ctx, c.ItemCode, c.ItemVersion)
	if err != nil {
		return err
	}
	d.ItemName = it.Name
	if c.Application == nil {
		d.Next = slices.DeleteFunc(d.Next, func(s store.CaseState) bool { return s != store.Refused })
	} else {
		d.App = new(wire.Application)
		if err := json.Unmarshal(c.Application, d.App); err != nil {
			return fmt.Errorf("content of case %s is damaged in the database", id)
		}
		d.Answers = answers(v.words(), it.Fields, d.App.Answers)
		d.Signature = draw(d.App.Signature)
	}
	return v.show(http.StatusOK, "case", "cases", d)
}

func (p *pages) moveCase(v *visit) error {
	id := v.r.PathValue("id")
	from, to := store.CaseState(v.r.PostForm.Get("from")), store.CaseState(v.r.PostForm.Get("to"))
	note := strings.TrimSpace(v.r.PostForm.Get("note"))
	if len([]rune(note)) > 500 || to.NeedsReason() && note == "" {
		return fmt.Errorf("note of case %s: %w", id, errForm)
	}
	if err := p.Office.Store.MoveCase(v.r.Context(), id, from, to, v.who, note); err != nil {
		return err
	}
	v.to("/admin/cases/" + id + "?done=moved")
	return nil
}

// answers puts answers under the labels of their fields, in the item's order. What the item does not ask for comes last.
func answers(w words, fields []items.Field, given map[string]any) []answerView {
	var out []answerView
	known := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		known[f.Key] = true
		v, ok := given[f.Key]
		if !ok {
			continue
		}
		out = append(out, fieldAnswer(w, f, v))
	}
	var rest []string
	for k := range given {
		if !known[k] {
			rest = append(rest, k)
		}
	}
	sort.Strings(rest)
	for _, k := range rest {
		out = append(out, answerView{Label: k, Key: k, Values: spoken(w, nil, given[k]), Unknown: true})
	}
	return out
}

func fieldAnswer(w words, f *items.Field, v any) answerView {
	a := answerView{Label: w.In(f.Label), Key: f.Key}
	list, ok := v.([]any)
	if f.Type != items.TypeList || !ok {
		a.Values = spoken(w, f, v)
		return a
	}
	for i := range f.Fields {
		a.Columns = append(a.Columns, w.In(f.Fields[i].Label))
	}
	for _, row := range list {
		cells := make([]string, len(f.Fields))
		m, ok := row.(map[string]any)
		if !ok {
			a.Rows = append(a.Rows, append(spoken(w, nil, row), cells...)[:max(1, len(cells))])
			continue
		}
		for i := range f.Fields {
			if x, ok := m[f.Fields[i].Key]; ok {
				cells[i] = strings.Join(spoken(w, &f.Fields[i], x), "、")
			}
		}
		a.Rows = append(a.Rows, cells)
	}
	return a
}

// spoken writes a value as a person reads it. An answer came from a terminal: whatever shape it has is shown as text.
func spoken(w words, f *items.Field, v any) []string {
	switch x := v.(type) {
	case nil:
		return nil
	case bool:
		return []string{w.T(map[bool]string{true: "yes", false: "no"}[x])}
	case string:
		if f != nil {
			for _, o := range f.Options {
				if o.Value == x {
					return []string{w.In(o.Label)}
				}
			}
			if f.Type == items.TypeMoney {
				return []string{w.T("money", "n", x)}
			}
		}
		return []string{x}
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, spoken(w, f, e)...)
		}
		if f != nil && f.Type == items.TypeDateRange && len(out) == 2 {
			return []string{w.T("range", "from", out[0], "to", out[1])}
		}
		return out
	}
	data, err := json.Marshal(v)
	if err != nil {
		return []string{"?"}
	}
	return []string{string(data)}
}

// drawing is a signature as SVG.
type drawing struct {
	ViewBox string
	Path    string // empty: no signature
}

// maxPoints keeps a page of a strange signature within bounds; a real one has some hundreds.
const maxPoints = 20_000

// draw turns strokes, in thousandths of the pad's width, into one path with the empty margins cut off.
func draw(strokes []wire.Stroke) drawing {
	var b strings.Builder
	points := 0
	minX, minY, maxX, maxY := 1<<30, 1<<30, -1<<30, -1<<30
	clamp := func(n int) int { return max(-10_000, min(n, 10_000)) }
	for _, s := range strokes {
		for i, pt := range s {
			if points++; points > maxPoints {
				break
			}
			x, y := clamp(pt.X), clamp(pt.Y)
			minX, minY, maxX, maxY = min(minX, x), min(minY, y), max(maxX, x), max(maxY, y)
			if i == 0 {
				fmt.Fprintf(&b, "M%d %d", x, y)
			}
			fmt.Fprintf(&b, "L%d %d", x, y) // also at the first point, so that a dot is drawn
		}
	}
	if b.Len() == 0 {
		return drawing{}
	}
	const margin = 30
	return drawing{fmt.Sprintf("%d %d %d %d", minX-margin, minY-margin, maxX-minX+2*margin, maxY-minY+2*margin), b.String()}
}
