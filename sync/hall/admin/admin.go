// Package admin is what people see of the hall: the pages of those who work there, and the citizens' tracking page.
//
// Pages are made on the server by html/template, work without a script, and stand under a Content-Security-Policy that allows
// nothing from elsewhere and nothing inline. Whatever a citizen, a terminal or an item brought is text, never markup.
//
// Read [New] for the list of pages, then session.go for who may see them.
package admin

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// Config is what the pages need.
type Config struct {
	Office *office.Office
	Clock  clockwork.Clock
	Log    *slog.Logger
}

type pages struct {
	Config
	templates map[string]*template.Template
}

const maxForm = 1 << 20 // bytes of a form; the longest is an item's texts

// New makes the handler of the people's listener.
func New(c Config) (http.Handler, error) {
	p := &pages{Config: c, templates: map[string]*template.Template{}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/admin/", http.StatusSeeOther) })
	mux.HandleFunc("GET /healthz", p.health)
	mux.HandleFunc("GET /static/{name}", p.static)
	mux.HandleFunc("GET "+wire.PathTrack+"{id}", p.track)
	mux.HandleFunc("GET /admin/sign-in", p.signInForm)
	mux.HandleFunc("POST /admin/sign-in", p.signIn)
	signedIn := func(pattern string, f func(*visit) error) { mux.HandleFunc(pattern, p.signedIn(f)) }
	signedIn("POST /admin/sign-out", p.signOut)
	signedIn("GET /admin/{$}", p.dashboard)
	signedIn("GET /admin/terminals", p.terminals)
	signedIn("GET /admin/terminals/new", p.newCodeForm)
	signedIn("POST /admin/terminals/new", p.newCode)
	signedIn("GET /admin/terminals/{id}", p.terminal)
	signedIn("POST /admin/terminals/{id}/status", p.setStatus)
	signedIn("GET /admin/cases", p.cases)
	signedIn("GET /admin/cases/{id}", p.showCase)
	signedIn("POST /admin/cases/{id}/move", p.moveCase)
	signedIn("GET /admin/items", p.items)
	signedIn("GET /admin/items/{code}", p.item)
	signedIn("GET /admin/items/{code}/edit", p.editForm)
	signedIn("POST /admin/items/{code}/edit", p.edit)
	signedIn("POST /admin/items/{code}/drop", p.drop)
	signedIn("GET /admin/publish", p.publishForm)
	signedIn("POST /admin/publish", p.publish)
	signedIn("GET /admin/audit", p.audit)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.lost(w, r, http.StatusNotFound, "not-found") })
	return p.guard(http.NewCrossOriginProtection().Handler(mux)), nil
}

// contentPolicy lets a page load its own style, script and pictures, and nothing else from anywhere.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers of every answer, switches languages, and survives a panic.
func (p *pages) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		defer func() {
			if x := recover(); x != nil {
				if x == http.ErrAbortHandler {
					panic(x)
				}
				p.Log.Error("a page failed", "method", r.Method, "error", fmt.Errorf("panic: %v", x))
				p.lost(w, r, http.StatusInternalServerError, "internal")
			}
		}()
		if r.Method == http.MethodGet && switchLanguage(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

const languageCookie = "__Host-lang"

// switchLanguage serves ?lang=en on any page: it keeps the choice in a cookie and shows the page again.
func switchLanguage(w http.ResponseWriter, r *http.Request) bool {
	q := r.URL.Query()
	to := q.Get("lang")
	if to != "zh" && to != "en" {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: to, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
	q.Del("lang")
	// Only path and query of the request itself: this cannot lead elsewhere. A second slash at the start would.
	back := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: q.Encode()}
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
	return true
}

func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == "en" {
		return "en"
	}
	return "zh"
}

func (p *pages) health(w http.ResponseWriter, r *http.Request) {
	if err := p.Office.Store.Ping(r.Context()); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	types := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
	data, err := staticFiles.ReadFile("static/" + name)
	if err != nil || types[path.Ext(name)] == "" {
		p.lost(w, r, http.StatusNotFound, "not-found")
		return
	}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(data)
}

// parse makes one template a page: the layout with the page's own parts.
func (p *pages) parse() error {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return err
	}
	for _, n := range names {
		base := strings.TrimSuffix(path.Base(n), ".html")
		if strings.HasPrefix(base, "_") {
			continue
		}
		t, err := template.New(base).Funcs(functions).ParseFS(templateFiles, "templates/_*.html", n)
		if err != nil {
			return fmt.Errorf("page %s: %w", base, err)
		}
		p.templates[base] = t
	}
	return nil
}

// view is what every template gets.
type view struct {
	words
	Person string
	CSRF   string
	Nav    string // which entry of the navigation is lit
	Path   string
	Done   string // key of what was just done
	Drafts int    // items that wait to be published
	Data   any
}

// show writes a page. It is made whole before a byte goes out, so that a failing template is not half a page.
func (p *pages) show(w http.ResponseWriter, status int, name string, v view) error {
	var b strings.Builder
	if err := p.templates[name].ExecuteTemplate(&b, "layout", v); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String()))
	return nil
}

// lost shows a page that says what is wrong and where to go from there.
func (p *pages) lost(w http.ResponseWriter, r *http.Request, status int, key string) {
	v := view{words: words{Lang: language(r), now: p.Clock.Now()}, Path: r.URL.Path, Data: struct {
		Status int
		Key    string
	}{status, key}}
	if err := p.show(w, status, "lost", v); err != nil {
		p.Log.Error("error page", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// wrong shows an error of a page's work: what a person can do something about in words, the rest only to the log.
func (p *pages) wrong(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.lost(w, r, http.StatusNotFound, "not-found")
	case errors.Is(err, store.ErrChanged):
		p.lost(w, r, http.StatusConflict, "changed")
	case errors.Is(err, store.ErrState):
		p.lost(w, r, http.StatusConflict, "state")
	case errors.As(err, &large):
		p.lost(w, r, http.StatusRequestEntityTooLarge, "too-large")
	case errors.Is(err, errForm):
		p.lost(w, r, http.StatusBadRequest, "form")
	case errors.Is(err, errCSRF):
		p.lost(w, r, http.StatusForbidden, "csrf")
	default:
		p.Log.Error("a page failed", "method", r.Method, "error", err)
		p.lost(w, r, http.StatusInternalServerError, "internal")
	}
}
