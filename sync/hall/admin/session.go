package admin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
)

const (
	sessionCookie = "__Host-hall"
	formCookie    = "__Host-form" // the sign-in form's own token, before there is a session
	sessionIdle   = 30 * time.Minute
	sessionWhole  = 12 * time.Hour
)

var (
	errCSRF = errors.New("the form does not belong to this session")
	errForm = errors.New("the form is not readable")
)

// visit is one request of somebody who is signed in.
type visit struct {
	p    *pages
	w    http.ResponseWriter
	r    *http.Request
	who  string
	csrf string
}

// signedIn lets only those through who are signed in, and forms only with their session's token.
func (p *pages) signedIn(f func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := p.session(r)
		if errors.Is(err, store.ErrNotFound) {
			if r.Method != http.MethodGet {
				p.lost(w, r, http.StatusForbidden, "ended")
				return
			}
			http.Redirect(w, r, "/admin/sign-in", http.StatusSeeOther)
			return
		}
		if err == nil && r.Method != http.MethodGet {
			err = checkForm(r, s.CSRF)
		}
		if err == nil {
			err = f(&visit{p, w, r, s.Person, s.CSRF})
		}
		if err != nil {
			p.wrong(w, r, err)
		}
	}
}

func (p *pages) session(r *http.Request) (store.Session, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return store.Session{}, store.ErrNotFound
	}
	return p.Office.Store.Session(r.Context(), c.Value, sessionIdle, sessionWhole)
}

func checkForm(r *http.Request, token string) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if token == "" || subtle.ConstantTimeCompare([]byte(r.PostForm.Get("csrf")), []byte(token)) != 1 {
		return errCSRF
	}
	return nil
}

func newToken() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: maxAge})
}

// signInView is the sign-in form.
type signInView struct {
	Name  string
	Error string // key
	Wait  string // in words
}

func (p *pages) signInForm(w http.ResponseWriter, r *http.Request) {
	if _, err := p.session(r); err == nil {
		http.Redirect(w, r, "/admin/", http.StatusSeeOther)
		return
	}
	done := ""
	if r.URL.Query().Get("done") == "signed-out" {
		done = "signed-out"
	}
	if err := p.showSignIn(w, r, http.StatusOK, signInView{}, done); err != nil {
		p.wrong(w, r, err)
	}
}

func (p *pages) showSignIn(w http.ResponseWriter, r *http.Request, status int, v signInView, done string) error {
	token, err := newToken()
	if err != nil {
		return err
	}
	setCookie(w, formCookie, token, 3600)
	return p.show(w, status, "signin", view{words: words{Lang: language(r), now: p.Clock.Now()}, CSRF: token, Path: r.URL.Path, Done: done, Data: v})
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	if err := p.trySignIn(w, r); err != nil {
		p.wrong(w, r, err)
	}
}

func (p *pages) trySignIn(w http.ResponseWriter, r *http.Request) error {
	c, err := r.Cookie(formCookie)
	if err != nil {
		return errCSRF
	}
	if err := checkForm(r, c.Value); err != nil {
		return err
	}
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password")
	if len(name) > 64 {
		name = name[:64]
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	subjects := []string{"account " + name, "address " + address}
	ctx := r.Context()
	wait, err := p.Office.Store.Wait(ctx, subjects...)
	if err != nil {
		return err
	}
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		lang := words{Lang: language(r), now: p.Clock.Now()}
		return p.showSignIn(w, r, http.StatusTooManyRequests, signInView{name, "signin.wait", lang.Span(wait)}, "")
	}
	// Counted before it is looked at: whoever cuts the power gains nothing.
	if err := p.Office.Store.Failed(ctx, subjects...); err != nil {
		return err
	}
	if err := p.Office.CheckPassword(ctx, name, password); err != nil {
		if !errors.Is(err, office.ErrSignIn) {
			return err
		}
		p.Log.Warn("a sign-in failed")
		return p.showSignIn(w, r, http.StatusUnauthorized, signInView{Name: name, Error: "signin.wrong"}, "")
	}
	if err := p.Office.Store.Forgive(ctx, subjects...); err != nil {
		return err
	}
	// A new token at each sign-in: one that was planted beforehand is worth nothing.
	token, err := newToken()
	if err != nil {
		return err
	}
	csrf, err := newToken()
	if err != nil {
		return err
	}
	if err := p.Office.Store.NewSession(ctx, token, name, csrf); err != nil {
		return err
	}
	setCookie(w, sessionCookie, token, 0)
	setCookie(w, formCookie, "", -1)
	http.Redirect(w, r, "/admin/", http.StatusSeeOther)
	return nil
}

func (p *pages) signOut(v *visit) error {
	c, err := v.r.Cookie(sessionCookie)
	if err != nil {
		return err
	}
	if err := p.Office.Store.EndSession(v.r.Context(), c.Value, v.who, sessionWhole); err != nil {
		return err
	}
	setCookie(v.w, sessionCookie, "", -1)
	v.to("/admin/sign-in?done=signed-out")
	return nil
}

// to sends the browser on to another page after a form.
func (v *visit) to(path string) { http.Redirect(v.w, v.r, path, http.StatusSeeOther) }

func (v *visit) words() words { return words{Lang: language(v.r), now: v.p.Clock.Now()} }

// show shows a page of somebody who is signed in.
func (v *visit) show(status int, name, nav string, data any) error {
	drafts, err := v.p.Office.Store.DraftCount(v.r.Context())
	if err != nil {
		return err
	}
	w := v.words()
	done := v.r.URL.Query().Get("done")
	if v.r.Method != http.MethodGet || !w.Has("done."+done) {
		done = ""
	}
	return v.p.show(v.w, status, name, view{words: w, Person: v.who, CSRF: v.csrf, Nav: nav, Path: v.r.URL.Path, Done: done, Drafts: drafts, Data: data})
}
