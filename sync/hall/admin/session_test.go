package admin_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/hall/halltest"
)

func TestPages_are_shown_only_to_who_has_signed_in(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	b := newBrowser(t, h)
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{"/admin/", "/admin/terminals", "/admin/terminals/new", "/admin/terminals/T-0000", "/admin/cases", "/admin/cases/x",
		"/admin/items", "/admin/items/x", "/admin/items/x/edit", "/admin/publish", "/admin/audit"} {
		if p := b.get(path); p.status != http.StatusSeeOther || p.header.Get("Location") != "/admin/sign-in" {
			t.Errorf("GET %s: %d to %s", path, p.status, p.header.Get("Location"))
		}
	}
	for _, path := range []string{"/admin/sign-out", "/admin/terminals/new", "/admin/terminals/T-0000/status", "/admin/cases/x/move", "/admin/items/x/edit",
		"/admin/items/x/drop", "/admin/publish"} {
		if p := b.post(path, url.Values{"csrf": {"x"}}); p.status != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, p.status)
		}
	}
}

func TestForms_without_the_session_s_token_change_nothing(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	path := "/admin/terminals/" + term.Terminal + "/status"
	other := newBrowser(t, h)
	foreign := other.get("/admin/sign-in").csrf(t)
	for name, form := range map[string]url.Values{"no token": {"status": {"blocked"}}, "another's token": {"status": {"blocked"}, "csrf": {foreign}}} {
		if p := b.post(path, form); p.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	good := url.Values{"status": {"blocked"}, "csrf": {b.get("/admin/terminals/new").csrf(t)}}
	if p := b.postFrom(path, good, "cross-site"); p.status != http.StatusForbidden {
		t.Errorf("from another site: %d", p.status)
	}
	got, err := h.Office.Store.Terminal(t.Context(), term.Terminal)
	if err != nil || got.Status != "active" {
		t.Fatalf("the terminal is %s, %v", got.Status, err)
	}
	if p := b.post(path, good); p.status != http.StatusOK {
		t.Errorf("the right form: %d", p.status)
	}
	if got, err = h.Office.Store.Terminal(t.Context(), term.Terminal); err != nil || got.Status != "blocked" {
		t.Errorf("the terminal is %s, %v", got.Status, err)
	}
}

func TestCookie_of_a_session_cannot_be_read_or_sent_by_others(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	h.Must(h.Office.SetPassword(t.Context(), "admin", password, "test"))
	b := newBrowser(t, h)
	form := url.Values{"csrf": {b.get("/admin/sign-in").csrf(t)}, "name": {"admin"}, "password": {password}}
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := b.post("/admin/sign-in", form)
	found := false
	for _, line := range p.header.Values("Set-Cookie") {
		if !strings.HasPrefix(line, "__Host-hall=") {
			continue
		}
		found = true
		for _, want := range []string{"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"} {
			if !strings.Contains(line, want) {
				t.Errorf("the cookie lacks %s: %s", want, line)
			}
		}
	}
	if !found {
		t.Errorf("no session cookie among %v", p.header.Values("Set-Cookie"))
	}
}

func TestSession_ends_when_idle_when_old_and_when_signed_out(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	h.Clock.Advance(29 * time.Minute)
	if p := b.get("/admin/"); strings.HasSuffix(p.url, "sign-in") {
		t.Fatal("it ended while in use")
	}
	h.Clock.Advance(30 * time.Minute)
	if p := b.get("/admin/"); !strings.HasSuffix(p.url, "sign-in") {
		t.Error("it did not end when idle")
	}
	b.signIn("admin", password)
	for range 24 {
		b.get("/admin/audit")
		h.Clock.Advance(29*time.Minute + 59*time.Second)
	}
	b.get("/admin/audit")
	h.Clock.Advance(time.Minute)
	if p := b.get("/admin/"); !strings.HasSuffix(p.url, "sign-in") {
		t.Error("it did not end after twelve hours of use")
	}
	b.signIn("admin", password)
	u, err := url.Parse(h.People)
	if err != nil {
		t.Fatal(err)
	}
	stolen := b.c.Jar.Cookies(u)
	b.submit("/admin/terminals/new", "/admin/sign-out", nil).has(t, "您已退出登录")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(u, stolen)
	b.c.Jar = jar
	if p := b.get("/admin/"); !strings.HasSuffix(p.url, "sign-in") {
		t.Error("a cookie kept from before signing out still works")
	}
}

func TestSession_ends_where_the_password_is_changed(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	h.Must(h.Office.SetPassword(t.Context(), "admin", "another password", "test"))
	if p := b.get("/admin/"); !strings.HasSuffix(p.url, "sign-in") {
		t.Error("the session goes on")
	}
	if p := b.signIn("admin", password); p.status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", p.status)
	}
}

func TestSession_token_planted_before_signing_in_is_worth_nothing(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	h.Must(h.Office.SetPassword(t.Context(), "admin", password, "test"))
	b := newBrowser(t, h)
	u, err := url.Parse(h.People)
	if err != nil {
		t.Fatal(err)
	}
	b.c.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-hall", Value: "planted", Path: "/", Secure: true}})
	b.signIn("admin", password)
	attacker := newBrowser(t, h)
	attacker.c.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-hall", Value: "planted", Path: "/", Secure: true}})
	if p := attacker.get("/admin/"); !strings.HasSuffix(p.url, "sign-in") {
		t.Error("the planted token became a session")
	}
}

func TestSign_in_is_slowed_down_after_failures_and_tells_nothing(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	h.Must(h.Office.SetPassword(t.Context(), "admin", password, "test"))
	b := newBrowser(t, h)
	unknown, known := b.signIn("nobody", "wrong password"), b.signIn("admin", "wrong password")
	if unknown.status != http.StatusUnauthorized || known.status != http.StatusUnauthorized {
		t.Fatalf("%d and %d", unknown.status, known.status)
	}
	known.has(t, "账号或密码不对")
	unknown.has(t, "账号或密码不对")
	for range 3 {
		b.signIn("admin", "wrong password")
	}
	p := b.signIn("admin", password)
	if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" {
		t.Fatalf("after five failures: %d", p.status)
	}
	h.Clock.Advance(10 * time.Second)
	if p := b.signIn("admin", "wrong password"); p.status != http.StatusUnauthorized {
		t.Errorf("after the wait: %d", p.status)
	}
	h.Clock.Advance(10 * time.Second)
	if p := b.signIn("admin", password); p.status != http.StatusTooManyRequests {
		t.Errorf("the wait did not grow: %d", p.status)
	}
	h.Clock.Advance(10 * time.Second)
	if p := b.signIn("admin", password); !strings.HasSuffix(p.url, "/admin/") {
		t.Errorf("the right password after the wait: %d", p.status)
	}
}

func TestEvery_answer_bears_the_headers_that_protect_it(t *testing.T) {
	t.Parallel()
	_, b := signedIn(t)
	for _, path := range []string{"/admin/", "/admin/sign-in", "/admin/items", "/admin/nothing", "/t/x", "/static/hall.css", "/healthz"} {
		p := b.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy":   "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":    "nosniff",
			"Referrer-Policy":           "no-referrer",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if path != "/static/hall.css" && p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %s", path, p.header.Get("Cache-Control"))
		}
		p.hasNot(t, " style=", " onclick=", "<script>", "javascript:")
	}
}

func TestLanguage_switch_stays_on_this_site(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	b := newBrowser(t, h)
	b.get("/admin/sign-in?lang=en").has(t, "Sign in", `lang="en"`)
	b.get("/admin/sign-in").has(t, "Sign in")
	b.get("/admin/sign-in?lang=zh").has(t, "登录")
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if p := b.get("//evil.example/%2f?lang=en"); !strings.HasPrefix(p.header.Get("Location"), "/evil") && p.status == http.StatusSeeOther {
		t.Errorf("it leads to %s", p.header.Get("Location"))
	}
}
