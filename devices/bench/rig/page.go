package rig

import (
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// page is the whole page; it needs nothing else.
//
//go:embed page.html
var page []byte

// policy lets the page do what it does and nothing more; its style and script stand in it.
const policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Page is the bench's page with the API below it, for a browser on this machine: it refuses every request that was made
// by another site, or under another name than this machine's (DNS rebinding). Address is where it is served.
func (b *Bench) Page(address string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", b.API())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(page) // the browser went away: nothing to do
	})
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		port = ""
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if err := ours(r, port); err != nil {
			refuse(w, http.StatusForbidden, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ours tells why a request does not come from the page.
func ours(r *http.Request, port string) error {
	if !local(r.Host, port) {
		return fmt.Errorf("this page is not served under the name %q", r.Host)
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return fmt.Errorf("the request was made by another site")
	}
	origin := r.Header.Get("Origin")
	if origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || u.Host != r.Host {
			return fmt.Errorf("the request was made by another site")
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	// A form of another site cannot send this type without asking first.
	if r.Header.Get("Content-Type") != "application/json" {
		return fmt.Errorf("the request is not JSON")
	}
	return nil
}

// local tells whether a Host header names this machine and the page's port.
func local(host, port string) bool {
	name, p, err := net.SplitHostPort(host)
	if err != nil || p != port {
		return false
	}
	if name == "localhost" {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}
