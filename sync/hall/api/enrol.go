package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
	"unicode"

	"zizhuban/sync/hall/ca"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

// enrol spends a one-time code on a terminal's key, and tells the terminal everything that it must know and trust.
func (a *api) enrol(w http.ResponseWriter, r *http.Request) {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if wait := a.brake.held(address); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		fail(w, problem(http.StatusTooManyRequests, "too-many-codes", "错误的登记码太多 too many wrong enrolment codes", "wait, then ask the hall for a new code"))
		return
	}
	var q wire.EnrolRequest
	if err := read(w, r, maxSmall, &q); err != nil {
		a.refuse(w, err)
		return
	}
	if len(q.Serial) > 200 || !printable(q.Serial) {
		fail(w, problem(http.StatusUnprocessableEntity, "malformed", "机器序列号不对 the machine's serial number is not acceptable", "at most 200 bytes of printable text"))
		return
	}
	key, err := ca.Request(q.CSR)
	if err != nil {
		a.refuse(w, problemError{problem(http.StatusUnprocessableEntity, "bad-csr", "证书请求不对 the certificate request is not acceptable", err.Error())})
		return
	}
	e, cert, err := a.Store.Enrol(r.Context(), office.NormalCode(q.Code), key, q.Serial, func(e store.Enrolled) ([]byte, time.Time, error) {
		return a.Authority.IssueTerminal(e.Terminal, key)
	})
	if errors.Is(err, store.ErrCode) {
		a.brake.failed(address)
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	a.Log.Info("terminal enrolled", "terminal", e.Terminal, "site", e.Site)
	answer(w, a.enrolment(e, cert))
}

// renew gives a terminal a new certificate for its old key. An expired certificate is good enough to ask with, because a
// terminal may have been offline for months; a blocked one is not.
func (a *api) renew(w http.ResponseWriter, r *http.Request) {
	t, err := a.terminal(r, true)
	if err != nil {
		a.refuse(w, err)
		return
	}
	var q wire.RenewRequest
	if err := read(w, r, maxSmall, &q); err != nil {
		a.refuse(w, err)
		return
	}
	key, err := ca.Request(q.CSR)
	if err == nil && !bytes.Equal(key, t.PublicKey) {
		err = errors.New("it is for another key than the terminal's; a new key needs a new enrolment")
	}
	if err != nil {
		a.refuse(w, problemError{problem(http.StatusUnprocessableEntity, "bad-csr", "证书请求不对 the certificate request is not acceptable", err.Error())})
		return
	}
	cert, until, err := a.Authority.IssueTerminal(t.ID, t.PublicKey)
	if err == nil {
		err = a.Store.Renewed(r.Context(), t.ID, cert, until)
	}
	if err != nil {
		a.refuse(w, err)
		return
	}
	a.Log.Info("terminal's certificate renewed", "terminal", t.ID)
	answer(w, a.enrolment(store.Enrolled{Terminal: t.ID, Place: t.Place, Site: t.Site}, cert))
}

func (a *api) enrolment(e store.Enrolled, cert []byte) wire.Enrolment {
	return wire.Enrolment{
		Terminal:    e.Terminal,
		Place:       e.Place,
		Site:        e.Site,
		Certificate: cert,
		CA:          a.Authority.Certificate(),
		ReceiptKey:  a.receiptKey(),
		Recipients:  a.Keys.Recipients(),
		UpdatesRoot: json.RawMessage(a.Updates.Root()),
		TrackingURL: a.TrackingURL,
		ServerTime:  a.Clock.Now().UTC(),
	}
}

func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
