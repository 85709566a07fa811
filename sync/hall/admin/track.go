package admin

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
)

// trackView is what a citizen may learn by the code on the slip: nothing about a person.
type trackView struct {
	Case     store.Case
	Item     items.Text
	Promised items.Text
	Note     string // what the hall says to the citizen with a refusal
	Steps    []trackStep
}

// trackStep is one of the three steps through which a case passes in a citizen's eyes.
type trackStep struct {
	Key  string
	Done bool
	Now  bool
}

// track shows where a submission stands to whoever has the slip. The id is a random UUID of 74 bits: it cannot be guessed.
func (p *pages) track(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	id := r.PathValue("id")
	if u, err := uuid.Parse(id); err != nil || u.String() != id {
		p.notTracked(w, r)
		return
	}
	c, err := p.Office.Store.Case(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		p.notTracked(w, r)
		return
	}
	if err != nil {
		p.wrong(w, r, err)
		return
	}
	v := trackView{Case: c, Item: c.ItemName}
	if it, err := p.Office.Store.ItemVersion(r.Context(), c.ItemCode, c.ItemVersion); err == nil {
		v.Item, v.Promised = it.Name, it.Promised.Words
	}
	if c.State.NeedsReason() && len(c.Events) > 0 {
		v.Note = c.Events[len(c.Events)-1].Note
	}
	at := map[store.CaseState]int{store.Submitted: 0, store.Accepted: 1, store.Handling: 1, store.Refused: 2, store.Approved: 2, store.Declined: 2}[c.State]
	for i, key := range []string{"track.step.received", "track.step.handling", "track.step.done"} {
		v.Steps = append(v.Steps, trackStep{Key: key, Done: i < at || at == 2, Now: i == at})
	}
	err = p.show(w, http.StatusOK, "track", view{words: words{Lang: language(r), now: p.Clock.Now()}, Path: r.URL.Path, Data: v})
	if err != nil {
		p.wrong(w, r, err)
	}
}

// notTracked is one page for "no such id" and "not an id", and says what a person can do: the terminal may not have sent yet.
func (p *pages) notTracked(w http.ResponseWriter, r *http.Request) {
	p.lost(w, r, http.StatusNotFound, "not-tracked")
}
