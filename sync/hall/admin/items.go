package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
)

type itemsView struct {
	Rows        []itemView
	All         int
	Query       string
	Department  string
	OnlyDrafts  bool
	Departments []items.Department
}

type itemView struct {
	store.ItemRow
	It         *items.Item
	Department items.Text
}

func (p *pages) items(v *visit) error {
	ctx, q := v.r.Context(), v.r.URL.Query()
	d := itemsView{Query: strings.TrimSpace(q.Get("q")), Department: q.Get("department"), OnlyDrafts: q.Get("drafts") != ""}
	rows, err := p.Office.Store.Items(ctx)
	if err != nil {
		return err
	}
	frame, err := p.Office.Store.Frame(ctx)
	if err != nil {
		return err
	}
	d.Departments, d.All = frame.Departments, len(rows)
	names := departments(frame)
	for _, r := range rows {
		it := r.Current()
		if d.Department != "" && it.Department != d.Department || d.OnlyDrafts && r.Draft == nil || !matches(it, names[it.Department], d.Query) {
			continue
		}
		d.Rows = append(d.Rows, itemView{r, it, names[it.Department]})
	}
	return v.show(http.StatusOK, "items", "items", d)
}

func departments(f store.Frame) map[string]items.Text {
	names := map[string]items.Text{}
	for _, d := range f.Departments {
		names[d.Code] = d.Name
	}
	return names
}

// matches tells whether every word of a query is found in an item's names, keywords, code or department.
func matches(it *items.Item, department items.Text, query string) bool {
	all := strings.ToLower(strings.Join(append([]string{it.Name.ZH, it.Name.EN, it.Code, it.Ref, department.ZH, department.EN}, it.Keywords...), "\n"))
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

type oneItemView struct {
	itemView
	Changes   []change
	Structure bool // more than texts changed
	Problem   []string
}

func (p *pages) loadItem(v *visit) (oneItemView, error) {
	var d oneItemView
	row, err := p.Office.Store.Item(v.r.Context(), v.r.PathValue("code"))
	if err != nil {
		return d, err
	}
	frame, err := p.Office.Store.Frame(v.r.Context())
	if err != nil {
		return d, err
	}
	d.itemView = itemView{row, row.Current(), departments(frame)[row.Current().Department]}
	if row.Draft != nil && row.Published != nil {
		d.Changes, d.Structure = changes(row.Published, row.Draft)
	}
	return d, nil
}

func (p *pages) item(v *visit) error {
	d, err := p.loadItem(v)
	if err != nil {
		return err
	}
	if d.Draft != nil {
		if err := p.Office.CheckDraft(v.r.Context(), *d.Draft); err != nil {
			d.Problem = faults(err)
		}
	}
	return v.show(http.StatusOK, "item", "items", d)
}

// faults takes joined errors apart: one line each.
func faults(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// editView is the form of an item's texts.
type editView struct {
	itemView
	Rev    int64
	Groups []spotGroup
	Errors []string
	Wrong  map[string]bool // keys of the texts that are not acceptable
}

type spotGroup struct {
	Key   string
	Parts []spotPart
}

// spotPart is the texts of one field or one material, or the item's own.
type spotPart struct {
	Of    string
	Title string
	Spots []spot
}

func groupSpots(it *items.Item) []spotGroup {
	names := map[string]string{}
	var walk func(fields []items.Field, list string)
	walk = func(fields []items.Field, list string) {
		for i := range fields {
			names["fields\x00"+list+fields[i].Key] = fields[i].Label.ZH
			walk(fields[i].Fields, list+fields[i].Key+".")
		}
	}
	walk(it.Fields, "")
	for i := range it.Materials {
		names["materials\x00"+strconv.Itoa(i+1)] = it.Materials[i].Name.ZH
	}
	var groups []spotGroup
	for _, key := range []string{"basics", "notice", "guide", "fields", "materials"} {
		groups = append(groups, spotGroup{Key: key})
	}
	for _, s := range spots(it) {
		for i := range groups {
			g := &groups[i]
			if g.Key != s.Group {
				continue
			}
			if n := len(g.Parts); n == 0 || g.Parts[n-1].Of != s.Of {
				g.Parts = append(g.Parts, spotPart{Of: s.Of, Title: names[s.Group+"\x00"+s.Of]})
			}
			part := &g.Parts[len(g.Parts)-1]
			part.Spots = append(part.Spots, s)
		}
	}
	return groups
}

func (p *pages) editForm(v *visit) error {
	d, err := p.loadItem(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "edit", "items", editView{itemView: d.itemView, Rev: d.DraftRev, Groups: groupSpots(d.It)})
}

func (p *pages) edit(v *visit) error {
	d, err := p.loadItem(v)
	if err != nil {
		return err
	}
	rev := number(v.r.PostForm.Get("rev"))
	it, err := clone(d.It)
	if err != nil {
		return err
	}
	var wrong []string
	at := map[string]bool{}
	w := v.words()
	for _, s := range spots(it) {
		if _, sent := v.r.PostForm[s.Key+".zh"]; !sent {
			continue // a form that was cut short changes nothing that it does not bear
		}
		if err := s.set(v.r.PostForm.Get(s.Key+".zh"), v.r.PostForm.Get(s.Key+".en")); err != nil {
			at[s.Key] = true
			of := s.Of
			if of != "" {
				of = " (" + of + ")"
			}
			wrong = append(wrong, w.T("edit.at", "text", w.T(s.Label)+of, "wrong", w.T(map[error]string{errLines: "edit.lines", errLong: "edit.long", errEmpty: "edit.empty"}[err])))
		}
	}
	if len(wrong) == 0 {
		wrong = faults(p.Office.CheckDraft(v.r.Context(), *it))
	}
	if len(wrong) > 0 {
		d.It = it
		return v.show(http.StatusUnprocessableEntity, "edit", "items", editView{d.itemView, rev, groupSpots(it), wrong, at})
	}
	if err := p.Office.Store.SaveDraft(v.r.Context(), *it, rev, v.who); err != nil {
		return err
	}
	v.to("/admin/items/" + d.Code + "?done=saved")
	return nil
}

// clone copies an item deeply, so that a change of it reaches nobody else.
func clone(it *items.Item) (*items.Item, error) {
	data, err := json.Marshal(it)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", it.Code, err)
	}
	c := new(items.Item)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("item %s: %w", it.Code, err)
	}
	return c, nil
}

func (p *pages) drop(v *visit) error {
	code := v.r.PathValue("code")
	if err := p.Office.Store.DropDraft(v.r.Context(), code, number(v.r.PostForm.Get("rev")), v.who); err != nil {
		return err
	}
	v.to("/admin/items/" + code + "?done=dropped")
	return nil
}

type publishView struct {
	Drafts  []oneItemView
	Current int
	Errors  []string
}

func (p *pages) publishForm(v *visit) error { return p.showPublish(v, http.StatusOK, nil) }

func (p *pages) showPublish(v *visit, status int, wrong []string) error {
	drafts, err := p.Office.Drafts(v.r.Context())
	if err != nil {
		return err
	}
	frame, err := p.Office.Store.Frame(v.r.Context())
	if err != nil {
		return err
	}
	names := departments(frame)
	d := publishView{Current: p.Office.Bell.Version(), Errors: wrong}
	for _, r := range drafts {
		x := oneItemView{itemView: itemView{r, r.Draft, names[r.Draft.Department]}}
		if r.Published != nil {
			x.Changes, x.Structure = changes(r.Published, r.Draft)
		}
		d.Drafts = append(d.Drafts, x)
	}
	return v.show(status, "publish", "items", d)
}

func (p *pages) publish(v *visit) error {
	codes := v.r.PostForm["code"]
	if len(codes) == 0 {
		return p.showPublish(v, http.StatusUnprocessableEntity, []string{v.words().T("publish.none")})
	}
	_, _, err := p.Office.Publish(v.r.Context(), codes, v.who)
	switch {
	case errors.Is(err, office.ErrNothing):
		return p.showPublish(v, http.StatusConflict, []string{v.words().T("publish.nothing")})
	case errors.Is(err, office.ErrBroken):
		return p.showPublish(v, http.StatusUnprocessableEntity, faults(err))
	case err != nil:
		return err
	}
	v.to("/admin/publish?done=published")
	return nil
}
