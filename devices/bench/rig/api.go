package rig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"zizhuban/devices/bench/sam"
)

// The bodies of the API's requests. Every POST is answered with {"ok":true} or with a Problem.
type (
	// CardWish is the body of POST /api/card/put.
	CardWish struct {
		Card  string `json:"card"`
		Place string `json:"added_address,omitempty"`
	}
	// LiftWish is the body of POST /api/card/lift: at once, or so long after the next read has begun.
	LiftWish struct {
		AfterMS int `json:"after_ms,omitempty"`
	}
	// ScanWish is the body of POST /api/scan.
	ScanWish struct {
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
		Raw      bool   `json:"raw,omitempty"`
	}
	// PaperWish is the body of POST /api/paper.
	PaperWish struct {
		State      string `json:"state"`
		AfterBytes int    `json:"after_bytes,omitempty"`
	}
	// CoverWish is the body of POST /api/cover.
	CoverWish struct {
		Open bool `json:"open"`
	}
	// CableWish is the body of POST /api/cable.
	CableWish struct {
		Device  string `json:"device"`
		Plugged bool   `json:"plugged"`
	}
	// FaultWish is the body of POST /api/fault.
	FaultWish struct {
		Device string `json:"device"`
		Fault  string `json:"fault"` // stall; of the reader nonsense; of the printer slow, jam
		On     bool   `json:"on"`
	}
	// PowerWish is the body of POST /api/power: the printer is switched off and on.
	PowerWish struct{}
	// Problem is the body of every answer that is not a success.
	Problem struct {
		Error string `json:"error"`
	}
	// CardEntry is one card of GET /api/cards.
	CardEntry struct {
		Key   string `json:"key"`
		Label string `json:"label"`
		Hint  string `json:"hint"`
		Kind  string `json:"kind"`
	}
	// SlipEntry is one slip of GET /api/slips.
	SlipEntry struct {
		Number int       `json:"number"`
		At     time.Time `json:"at"`
		End    string    `json:"end"`
		Bytes  int       `json:"bytes"`
		Height int       `json:"height"`
	}
)

// maxBody is more than the longest code that can be scanned.
const maxBody = 64 << 10

// API is the bench's HTTP interface, for whoever may reach it: it checks nothing about the caller.
func (b *Bench) API() http.Handler {
	mux := http.NewServeMux()
	handle(mux, "POST /api/card/put", func(w CardWish) (any, error) {
		c, err := b.PutCard(w.Card, w.Place)
		return entry(c), err
	})
	handle(mux, "POST /api/card/lift", func(w LiftWish) (any, error) {
		return nil, b.LiftCard(time.Duration(w.AfterMS) * time.Millisecond)
	})
	handle(mux, "POST /api/scan", func(w ScanWish) (any, error) { return nil, b.Scan(w.Text, w.Encoding, w.Raw) })
	handle(mux, "POST /api/paper", func(w PaperWish) (any, error) { return nil, b.Paper(w.State, w.AfterBytes) })
	handle(mux, "POST /api/cover", func(w CoverWish) (any, error) { b.Cover(w.Open); return nil, nil })
	handle(mux, "POST /api/cable", func(w CableWish) (any, error) { return nil, b.Plug(w.Device, w.Plugged) })
	handle(mux, "POST /api/power", func(PowerWish) (any, error) { b.PowerCycle(); return nil, nil })
	handle(mux, "POST /api/fault", func(w FaultWish) (any, error) { return nil, b.Fault(w.Device, w.Fault, w.On) })
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.Status()) })
	mux.HandleFunc("GET /api/cards", func(w http.ResponseWriter, _ *http.Request) { answer(w, Cards()) })
	mux.HandleFunc("GET /api/slips", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.slipEntries()) })
	mux.HandleFunc("GET /api/slips/{name}", b.serveSlip)
	mux.HandleFunc("GET /api/events", b.serveEvents)
	return mux
}

// Fault gives a device a fault, or takes it away.
func (b *Bench) Fault(device, fault string, on bool) error {
	if _, err := b.device(device); err != nil {
		return err
	}
	switch {
	case fault == "stall":
		return b.Stall(device, on)
	case fault == "nonsense" && device == Reader:
		b.Nonsense(on)
	case fault == "slow" && device == Printer:
		b.Slow(on)
	case fault == "jam" && device == Printer:
		b.Jam(on)
	default:
		return fmt.Errorf("%w: the %s has no fault %q", ErrUsage, device, fault)
	}
	return nil
}

// Cards are the cards that can be laid on the reader.
func Cards() []CardEntry {
	var out []CardEntry
	for _, c := range sam.Deck() {
		out = append(out, entry(c))
	}
	return out
}

func entry(c sam.Card) CardEntry {
	kind := map[sam.Kind]string{
		sam.Resident: "resident", sam.Foreigner: "foreigner-2017", sam.Foreigner3: "foreigner-2023", sam.Permit: "permit",
		sam.NotACard: "other",
	}[c.Kind]
	return CardEntry{c.Key, c.Label, c.Hint, kind}
}

func (b *Bench) slipEntries() []SlipEntry {
	out := []SlipEntry{}
	for _, s := range b.Slips() {
		out = append(out, SlipEntry{s.Number, s.At, string(s.End), len(s.Bytes), s.Height})
	}
	return out
}

// handle serves a POST whose body is JSON of type W.
func handle[W any](mux *http.ServeMux, pattern string, do func(W) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var wish W
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&wish); err != nil && !errors.Is(err, io.EOF) {
			refuse(w, http.StatusBadRequest, fmt.Errorf("the request is not understood: %w", err))
			return
		}
		got, err := do(wish)
		switch {
		case errors.Is(err, ErrUsage):
			refuse(w, http.StatusBadRequest, err)
		case err != nil:
			refuse(w, http.StatusConflict, err)
		case got == nil:
			answer(w, map[string]bool{"ok": true})
		default:
			answer(w, got)
		}
	})
}

func answer(w http.ResponseWriter, v any) { write(w, http.StatusOK, v) }

func refuse(w http.ResponseWriter, code int, err error) { write(w, code, Problem{err.Error()}) }

func write(w http.ResponseWriter, code int, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body.Bytes()) // the caller went away: nothing to do
}

// serveSlip serves last.png, 3.bin, open.txt, 7.json.
func (b *Bench) serveSlip(w http.ResponseWriter, r *http.Request) {
	name, ext, _ := strings.Cut(r.PathValue("name"), ".")
	number := 0
	switch name {
	case "last":
	case "open":
		number = -1
	default:
		n, err := strconv.Atoi(name)
		if err != nil || n < 1 {
			refuse(w, http.StatusBadRequest, fmt.Errorf("%w: a slip is called last, open, or by its number, not %q", ErrUsage, name))
			return
		}
		number = n
	}
	s, err := b.Slip(number)
	if err != nil {
		refuse(w, http.StatusNotFound, err)
		return
	}
	var body bytes.Buffer
	kind := ""
	switch ext {
	case "png":
		kind = "image/png"
		err = s.PNG(&body)
	case "bin":
		kind = "application/octet-stream"
		body.Write(s.Bytes)
	case "txt":
		kind = "text/plain; charset=utf-8"
		body.WriteString(s.Text())
	case "json":
		answer(w, s)
		return
	default:
		refuse(w, http.StatusBadRequest, fmt.Errorf("%w: a slip is had as png, bin, txt or json, not %q", ErrUsage, ext))
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes()) // the caller went away: nothing to do
}

// beat is how often events are sent at most.
const beat = 100 * time.Millisecond

// serveEvents sends the status at every change, as server-sent events.
func (b *Bench) serveEvents(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	// The terminal's speed and process change without a word to the bench, so the status is also sent now and then.
	const look = 2 * time.Second
	for {
		_, changed := b.Changed()
		body, err := json.Marshal(b.Status())
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", body); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-b.clock.After(beat):
		case <-r.Context().Done():
			return
		case <-b.ctx.Done():
			return
		}
		select {
		case <-changed:
		case <-b.clock.After(look):
		case <-r.Context().Done():
			return
		case <-b.ctx.Done():
			return
		}
	}
}
