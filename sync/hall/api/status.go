package api

import (
	"net/http"
	"strconv"

	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

// Limits of a heartbeat's words, which go into the database and onto pages.
const (
	maxDevices = 64
	maxWord    = 100
)

// heartbeat keeps a terminal's word on how it is.
func (a *api) heartbeat(w http.ResponseWriter, r *http.Request, t store.Terminal) {
	var h wire.Heartbeat
	if err := read(w, r, maxSmall, &h); err != nil {
		a.refuse(w, err)
		return
	}
	ok := len(h.Devices) <= maxDevices && word(h.Software) && h.Catalogue >= 0 && h.Queued >= 0 && h.SetAside >= 0 && h.OldestSecs >= 0
	for k, v := range h.Devices {
		ok = ok && word(k) && word(v)
	}
	if !ok {
		fail(w, problem(http.StatusUnprocessableEntity, "malformed", "状态报告不对 the heartbeat is not acceptable",
			"at most 64 devices, words of at most 100 bytes of printable text, no negative numbers"))
		return
	}
	now := a.Clock.Now()
	if err := a.Store.Heartbeat(r.Context(), t.ID, h, now); err != nil {
		a.refuse(w, err)
		return
	}
	answer(w, wire.HeartbeatAnswer{ServerTime: now.UTC(), Catalogue: a.Bell.Version()})
}

func word(s string) bool { return len(s) <= maxWord && printable(s) }

// wait answers when a newer catalogue than the terminal's is out, or after a while.
func (a *api) wait(w http.ResponseWriter, r *http.Request, t store.Terminal) {
	have := 0
	if s := r.URL.Query().Get("have"); s != "" {
		var err error
		if have, err = strconv.Atoi(s); err != nil || have < 0 {
			fail(w, problem(http.StatusBadRequest, "malformed", "have 不是版本号 have is not a version", "?have=N, the version in use"))
			return
		}
	}
	version := a.Bell.Wait(r.Context(), have, waitAtMost)
	// It may have been blocked while it waited.
	if _, err := a.terminal(r, false); err != nil {
		a.refuse(w, err)
		return
	}
	answer(w, wire.UpdatesAnswer{Catalogue: version})
}
