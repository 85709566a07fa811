package admin_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zizhuban/sync/hall/halltest"
)

const password = "correct horse battery staple"

// browser is a browser of the hall's pages, with cookies, that follows redirects.
type browser struct {
	t    *testing.T
	hall *halltest.Hall
	c    *http.Client
}

// page is what a browser got.
type page struct {
	status int
	header http.Header
	url    string
	body   string
}

func newBrowser(t *testing.T, h *halltest.Hall) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := h.Client(nil)
	c.Jar, c.CheckRedirect = jar, nil
	return &browser{t, h, c}
}

// signedIn makes a hall and a browser that has signed in as admin.
func signedIn(t *testing.T) (*halltest.Hall, *browser) {
	t.Helper()
	h := halltest.New(t)
	h.Must(h.Office.SetPassword(t.Context(), "admin", password, "test"))
	b := newBrowser(t, h)
	if p := b.signIn("admin", password); p.status != http.StatusOK || !strings.HasSuffix(p.url, "/admin/") {
		t.Fatalf("sign-in led to %s with %d", p.url, p.status)
	}
	return h, b
}

func (b *browser) signIn(name, pass string) page {
	b.t.Helper()
	return b.post("/admin/sign-in", url.Values{"csrf": {b.get("/admin/sign-in").csrf(b.t)}, "name": {name}, "password": {pass}})
}

func (b *browser) do(req *http.Request) page {
	b.t.Helper()
	res, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, res.Request.URL.String(), string(body)}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.hall.People+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// post sends a form as a browser does that shows a page of the hall.
func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.postFrom(path, form, "same-origin")
}

func (b *browser) postFrom(path string, form url.Values, site string) page {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.hall.People+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", site)
	return b.do(req)
}

// submit sends the form of a page to path, with fields of the test's own.
func (b *browser) submit(from, path string, fields url.Values) page {
	b.t.Helper()
	form := url.Values{"csrf": {b.get(from).csrf(b.t)}}
	for k, v := range fields {
		form[k] = v
	}
	return b.post(path, form)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (p page) csrf(t *testing.T) string {
	t.Helper()
	m := csrfField.FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("%s has no form with a token: %.500s", p.url, p.body)
	}
	return m[1]
}

func (p page) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(p.body, s) {
			t.Errorf("%s does not show %q", p.url, s)
		}
	}
}

func (p page) hasNot(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(p.body, s) {
			t.Errorf("%s shows %q", p.url, s)
		}
	}
}
