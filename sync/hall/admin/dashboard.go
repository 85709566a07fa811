package admin

import (
	"net/http"
	"time"

	"zizhuban/sync/hall/store"
)

// quietAfter is when a terminal that has said nothing counts as silent; it asks for news at least every 30 seconds.
const quietAfter = 5 * time.Minute

type dashboardView struct {
	Online, Silent, Blocked int
	Today                   int64
	Waiting                 int64 // submitted, not yet accepted
	Total                   int64
	NotOpened               int64
	Publication             store.Publication
	Items, Drafts           int
	Latest                  []store.Case
	Troubled                []terminalView
	Recovery                string
}

func (p *pages) dashboard(v *visit) error {
	ctx := v.r.Context()
	d := dashboardView{Recovery: p.Office.Keys.Recovery}
	terminals, err := p.Office.Store.Terminals(ctx)
	if err != nil {
		return err
	}
	for _, t := range terminals {
		x := p.terminalView(t)
		switch {
		case t.Status == store.Blocked:
			d.Blocked++
		case x.Quiet:
			d.Silent++
		default:
			d.Online++
		}
		if t.Status != store.Blocked && x.Trouble && len(d.Troubled) < 8 {
			d.Troubled = append(d.Troubled, x)
		}
	}
	counts, failed, err := p.Office.Store.CaseCounts(ctx)
	if err != nil {
		return err
	}
	d.Waiting, d.NotOpened = counts[store.Submitted], failed
	for _, n := range counts {
		d.Total += n
	}
	now := p.Clock.Now().In(local)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, local)
	if d.Today, err = p.Office.Store.ReceivedSince(ctx, midnight); err != nil {
		return err
	}
	if d.Publication, err = p.Office.Store.Publication(ctx); err != nil {
		return err
	}
	if d.Drafts, err = p.Office.Store.DraftCount(ctx); err != nil {
		return err
	}
	if d.Latest, _, err = p.Office.Store.Cases(ctx, store.CaseFilter{Limit: 8}); err != nil {
		return err
	}
	return v.show(http.StatusOK, "dashboard", "dashboard", d)
}

type auditView struct {
	Entries []store.Entry
	Next    int64
}

const auditPage = 100

func (p *pages) audit(v *visit) error {
	entries, err := p.Office.Store.Audit(v.r.Context(), number(v.r.URL.Query().Get("before")), auditPage+1)
	if err != nil {
		return err
	}
	a := auditView{Entries: entries}
	if len(entries) > auditPage {
		a.Entries = entries[:auditPage]
		a.Next = a.Entries[auditPage-1].N
	}
	return v.show(http.StatusOK, "audit", "audit", a)
}
