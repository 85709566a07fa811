package uplink_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

func aReceipt(t testing.TB) (ed25519.PublicKey, []byte, seal.Want) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want := seal.Want{Submission: "019a6789-1c00-7abc-8def-0123456789ab", Digest: []byte("digest"), Terminal: "T-7K3M", Sequence: 7}
	r, err := seal.SignReceipt(key, wire.ReceiptBody{
		Submission: want.Submission, Digest: want.Digest, Terminal: want.Terminal, Sequence: 7, CaseNumber: "1", ReceivedAt: time.Unix(1762660800, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.Answer{Receipt: &r})
	if err != nil {
		t.Fatal(err)
	}
	return pub, body, want
}

func TestJudge_sorts_every_answer_into_its_class(t *testing.T) {
	t.Parallel()
	pub, receipt, want := aReceipt(t)
	const (
		js   = "application/json"
		prob = "application/problem+json"
		html = "text/html; charset=utf-8"
	)
	problem := func(kind string) string { return `{"type":"` + kind + `","title":"t","status":1}` }
	tests := []struct {
		status        int
		kind, body    string
		header        string // further header lines, "Name: value"
		verdict, what string
		class         uplink.Class
		wait          time.Duration
	}{
		{200, js, string(receipt), "", "accepted", "", "", 0},
		{201, js, string(receipt), "", "accepted", "", "", 0},
		{200, js, "{}", "", "strange", "no-receipt", uplink.ClassStrange, 0},
		{200, js, `{"missing":[{"slot":"photo","offset":0}]}`, "", "strange", "no-receipt", uplink.ClassStrange, 0},
		{200, js, strings.Replace(string(receipt), `"signature":"`, `"signature":"AAAA`, 1), "", "strange", "bad-receipt", uplink.ClassStrange, 0},
		{200, js, `{"receipt":{"body":"e30=","signature":""}}`, "", "strange", "bad-receipt", uplink.ClassStrange, 0},
		{200, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{200, html, string(receipt), "", "strange", "portal", uplink.ClassPortal, 0},
		{200, "", "<!DOCTYPE html><html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{200, "text/plain", "ok", "", "strange", "portal", uplink.ClassPortal, 0},
		{200, js, "", "", "strange", "portal", uplink.ClassPortal, 0},
		{204, "", "", "", "strange", "status-204", uplink.ClassStrange, 0},
		{302, "", "", "Location: http://portal/", "strange", "status-302", uplink.ClassStrange, 0},
		{400, prob, problem("not-json"), "", "strange", "not-json", uplink.ClassStrange, 0},
		{404, "text/plain", "404 page not found", "", "strange", "status-404", uplink.ClassStrange, 0},
		{404, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{407, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{409, prob, problem("digest-conflict"), "", "refused", "digest-conflict", "", 0},
		{413, "", "", "", "refused", "status-413", "", 0},
		{422, prob, problem("unknown-item"), "", "refused", "unknown-item", "", 0},
		{409, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{413, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{422, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{401, prob, problem("expired-certificate"), "", "denied", "expired-certificate", uplink.ClassDenied, 0},
		{403, prob, problem("blocked"), "", "denied", "blocked", uplink.ClassDenied, 0},
		{403, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{429, prob, problem("busy"), "Retry-After: 120", "busy", "busy", uplink.ClassBusy, 2 * time.Minute},
		{503, html, "<html>", "Retry-After: 7", "busy", "status-503", uplink.ClassBusy, 7 * time.Second},
		{503, "", "", "", "busy", "status-503", uplink.ClassBusy, 30 * time.Second},
		{503, "", "", "Retry-After: 0", "busy", "status-503", uplink.ClassBusy, time.Second},
		{503, "", "", "Retry-After: -5", "busy", "status-503", uplink.ClassBusy, 30 * time.Second},
		{503, "", "", "Retry-After: 99999999999999999999", "busy", "status-503", uplink.ClassBusy, 30 * time.Second},
		{503, "", "", "Retry-After: 999999999", "busy", "status-503", uplink.ClassBusy, time.Hour},
		{503, "", "", "Retry-After: Sun, 09 Nov 2025 04:07:00 GMT\nDate: Sun, 09 Nov 2025 04:05:00 GMT", "busy", "status-503", uplink.ClassBusy, 2 * time.Minute},
		{503, "", "", "Retry-After: Sun, 09 Nov 2025 04:07:00 GMT", "busy", "status-503", uplink.ClassBusy, 30 * time.Second},
		{503, "", "", "Retry-After: Sun, 09 Nov 2025 04:00:00 GMT\nDate: Sun, 09 Nov 2025 04:05:00 GMT", "busy", "status-503", uplink.ClassBusy, time.Second},
		{503, "", "", "Retry-After: soon", "busy", "status-503", uplink.ClassBusy, 30 * time.Second},
		{500, prob, problem("internal"), "", "strange", "internal", uplink.ClassStrange, 0},
		{502, html, "<html>", "", "strange", "portal", uplink.ClassPortal, 0},
		{504, "", "", "", "strange", "status-504", uplink.ClassStrange, 0},
		{999, "", "", "", "strange", "status-999", uplink.ClassStrange, 0},
	}
	for _, tt := range tests {
		h := http.Header{}
		if tt.kind != "" {
			h.Set("Content-Type", tt.kind)
		}
		for line := range strings.Lines(tt.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			h.Set(name, value)
		}
		got := uplink.Judge(tt.status, h, []byte(tt.body), pub, want)
		if got != (uplink.Judged{Verdict: tt.verdict, Class: tt.class, Kind: tt.what, Wait: tt.wait}) {
			t.Errorf("%d %s %.40s %s: %+v, want %s %s %s %v", tt.status, tt.kind, tt.body, tt.header, got, tt.verdict, tt.class, tt.what, tt.wait)
		}
	}
}

// Whatever an answer holds: it is accepted only with the hall's own receipt, and pages for people condemn nothing.
func FuzzJudge(f *testing.F) {
	pub, receipt, want := aReceipt(f)
	f.Add(200, "application/json", "", receipt)
	f.Add(503, "text/html", "17", []byte("<html>"))
	f.Add(422, "application/problem+json", "", []byte(`{"type":"x\n\u001b[31m","status":422}`))
	f.Add(409, "text/html;;", "Sun, 09 Nov 2025 04:00:00 GMT", []byte("<!doctype html>"))
	f.Fuzz(func(t *testing.T, status int, kind, retry string, body []byte) {
		h := http.Header{"Content-Type": {kind}, "Retry-After": {retry}}
		got := uplink.Judge(status, h, body, pub, want)
		switch got.Verdict {
		case "accepted":
			var a wire.Answer
			if json.Unmarshal(body, &a) != nil || a.Receipt == nil {
				t.Fatal("accepted without a receipt")
			}
			if _, err := seal.VerifyReceipt(pub, *a.Receipt, want); err != nil {
				t.Fatal("accepted with a receipt that does not verify")
			}
		case "refused":
			if status != 409 && status != 413 && status != 422 || strings.HasPrefix(kind, "text/html") {
				t.Fatalf("status %d %s condemns a submission", status, kind)
			}
		case "busy":
			if got.Wait < time.Second || got.Wait > time.Hour {
				t.Fatalf("a wait of %v", got.Wait)
			}
		}
		if strings.ContainsFunc(got.Kind, func(r rune) bool { return r < ' ' }) || len([]rune(got.Kind)) > 200 {
			t.Fatalf("kind %q", got.Kind)
		}
	})
}
