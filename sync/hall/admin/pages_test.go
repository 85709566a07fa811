package admin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

func TestEvery_page_has_all_its_words_in_both_languages(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	id, _ := term.Submit("D45")
	bad := term.Damage(term.Seal(h.Application("D17")))
	if a, res := term.Put(bad); a.Receipt == nil {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	h.Open()
	term.Next += 3
	waiting, _ := term.Submit("D01")
	halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, wire.Heartbeat{Software: "1", Queued: 2, SetAside: 1, OldestSecs: 7200, Clock: h.Clock.Now().Add(time.Hour),
		Devices: map[string]string{"idcard": "powerOff", "printer": "userError", "printer.paper": "low", "scanner": "noDevice"}}, nil)
	item := draftOf(t, h, "D01", func(it *items.Item) { it.Place.ZH += "二楼" })
	failed, _, err := h.Office.Store.Cases(t.Context(), store.CaseFilter{Failed: true})
	if err != nil || len(failed) != 1 {
		t.Fatalf("%d cases cannot be opened, %v", len(failed), err)
	}
	for _, lang := range []string{"en", "zh"} {
		b.get("/admin/?lang=" + lang)
		for _, path := range []string{"/admin/", "/admin/cases", "/admin/cases?state=approved", "/admin/cases/" + id, "/admin/cases/" + waiting, "/admin/cases/" + failed[0].Submission,
			"/admin/terminals", "/admin/terminals/" + term.Terminal, "/admin/terminals/new", "/admin/items", "/admin/items?q=nothing", "/admin/items/" + item, "/admin/items/" + item + "/edit",
			"/admin/publish", "/admin/audit", "/t/" + id} {
			p := b.get(path)
			if p.status != http.StatusOK {
				t.Errorf("%s: %d", path, p.status)
			}
			for _, missing := range strings.Split(p.body, "[")[1:] {
				if key, _, ok := strings.Cut(missing, "]"); ok && strings.Contains(key, ".") && !strings.ContainsAny(key, " =<>\"'") {
					t.Errorf("%s in %s lacks the text %s", path, lang, key)
				}
			}
			p.hasNot(t, "{n}", "{span}", "{time}", "ZgotmplZ")
		}
	}
}

// draftOf changes an item's draft and gives the item's code.
func draftOf(t *testing.T, h *halltest.Hall, ref string, change func(*items.Item)) string {
	t.Helper()
	row, err := h.Office.Store.Item(t.Context(), h.Application(ref).ItemCode)
	if err != nil {
		t.Fatal(err)
	}
	it := *row.Current()
	change(&it)
	h.Must(h.Office.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"))
	return row.Code
}

func TestCase_is_shown_field_by_field_under_the_item_s_labels(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	id, receipt := term.Submit("D45")
	h.Open()
	p := b.get("/admin/cases/" + id)
	p.has(t, "示例乙", "330000198711050024", "13800000000", receipt.CaseNumber, "大厅签名有效", `<path d="M100 120L100 120L300 80`, "已读卡")
	app := h.Application("D45")
	it, err := h.Office.Store.ItemVersion(t.Context(), app.ItemCode, app.ItemVersion)
	if err != nil {
		t.Fatal(err)
	}
	for i := range it.Fields {
		p.has(t, it.Fields[i].Label.ZH)
		for j := range it.Fields[i].Fields {
			p.has(t, it.Fields[i].Fields[j].Label.ZH)
		}
	}
	// Each look at a case is noted.
	entries, err := h.Office.Store.Audit(t.Context(), 0, 1)
	if err != nil || len(entries) != 1 || entries[0].Action != "case.view" || entries[0].Object != id || entries[0].Who != "admin" {
		t.Errorf("audit log: %+v, %v", entries, err)
	}
	b.get("/admin/cases").hasNot(t, "示例乙", "330000198711050024")
}

func TestCase_that_cannot_be_opened_is_shown_as_such_and_kept(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	sub := term.Damage(term.Seal(h.Application("D01")))
	if a, res := term.Put(sub); a.Receipt == nil {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	h.Open()
	b.get("/admin/").has(t, "有 1 份申请打不开")
	cases, _, err := h.Office.Store.Cases(t.Context(), store.CaseFilter{Failed: true})
	if err != nil || len(cases) != 1 || cases[0].OpenError != store.NotDecrypted {
		t.Fatalf("%+v, %v", cases, err)
	}
	page := "/admin/cases/" + cases[0].Submission
	b.get(page).has(t, "解密失败", "大厅签名有效")
	b.get(page).hasNot(t, `value="accepted"`)
	if p := b.submit(page, page+"/move", url.Values{"from": {"submitted"}, "to": {"accepted"}}); p.status != http.StatusConflict {
		t.Errorf("accepting what nobody can read: %d", p.status)
	}
	if again, err := h.Office.Store.Unopened(t.Context(), 10); err != nil || len(again) != 0 {
		t.Errorf("tried again at once: %v, %v", again, err)
	}
	h.Clock.Advance(2 * time.Minute)
	if again, err := h.Office.Store.Unopened(t.Context(), 10); err != nil || len(again) != 1 {
		t.Errorf("not tried again later: %v, %v", again, err)
	}
	b.submit(page, page+"/move", url.Values{"from": {"submitted"}, "to": {"refused"}, "note": {"内容损坏，请重新提交"}}).has(t, "不予受理")
}

func TestCase_moves_on_and_the_citizen_sees_it_without_personal_data(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	id, receipt := term.Submit("D17")
	h.Open()
	citizen := newBrowser(t, h)
	app := h.Application("D17")
	look := func(words ...string) {
		t.Helper()
		p := citizen.get("/t/" + id)
		p.has(t, words...)
		p.has(t, app.ItemName, wire.LocalNumber(term.Terminal, h.Clock.Now(), 1), receipt.CaseNumber[:18])
		p.hasNot(t, app.Applicant.Name, app.Applicant.IDNumber, app.Applicant.Phone, app.Applicant.Address, "admin", term.Terminal)
	}
	look("已提交")
	move := func(from, to store.CaseState, note string) page {
		return b.submit("/admin/cases/"+id, "/admin/cases/"+id+"/move", url.Values{"from": {string(from)}, "to": {string(to)}, "note": {note}})
	}
	move(store.Submitted, store.Accepted, "").has(t, "办件状态已更新")
	look("已受理")
	if p := move(store.Submitted, store.Refused, "late"); p.status != http.StatusConflict {
		t.Errorf("moving what has moved: %d", p.status)
	}
	if p := move(store.Accepted, store.Submitted, ""); p.status != http.StatusConflict {
		t.Errorf("moving back: %d", p.status)
	}
	if p := move(store.Accepted, store.Declined, ""); p.status != http.StatusBadRequest {
		t.Errorf("declining without a reason: %d", p.status)
	}
	move(store.Accepted, store.Declined, "不符合受理条件第二条")
	look("不予批准", "不符合受理条件第二条")
}

func TestTracking_page_of_an_unknown_number_says_the_same_for_all(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	b := newBrowser(t, h)
	first := b.get("/t/0190a0a0-0000-7000-8000-000000000000")
	for _, id := range []string{"x", "0190A0A0-0000-7000-8000-000000000000", "%2e%2e", "{0190a0a0-0000-7000-8000-000000000000}"} {
		if p := b.get("/t/" + id); p.status != http.StatusNotFound || p.body != first.body {
			t.Errorf("%s: %d and another page", id, p.status)
		}
	}
}

func TestItem_is_edited_compared_and_published_to_waiting_terminals(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	code := h.Application("D01").ItemCode
	edit := "/admin/items/" + code + "/edit"
	row, err := h.Office.Store.Item(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	rev := url.Values{"rev": {"2"}}
	if row.DraftRev != 2 {
		t.Fatalf("revision %d", row.DraftRev)
	}
	with := func(v url.Values, pairs ...string) url.Values {
		out := url.Values{}
		for k, x := range v {
			out[k] = x
		}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	if p := b.submit(edit, edit, with(rev, "name.zh", " ", "place.zh", "新地方")); p.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty name: %d", p.status)
	} else {
		p.has(t, "不能为空", "新地方") // what was typed is not lost
	}
	if p := b.submit(edit, edit, with(rev, "accept.zh", "一", "accept.en", "one\ntwo")); p.status != http.StatusUnprocessableEntity {
		t.Errorf("more English lines: %d", p.status)
	}
	p := b.submit(edit, edit, with(rev, "place.zh", "示例路2号", "accept.zh", "条件一\n\n条件二", "accept.en", "first", "field.purpose.label.zh", "用途（新）"))
	p.has(t, "草稿已保存", "示例路2号", "<ins>", "条件二", "用途")
	if p := b.submit(edit, edit, with(rev, "place.zh", "迟到的修改")); p.status != http.StatusConflict {
		t.Errorf("a second editor's save: %d", p.status)
	}
	if v := h.Office.Updates.Version(); v != 1 {
		t.Fatalf("saving published version %d", v)
	}
	heard := make(chan int, 1)
	go func() { heard <- h.Office.Bell.Wait(context.Background(), 1, time.Hour) }()
	b.get("/admin/publish").has(t, "示例路2号", code)
	b.submit("/admin/publish", "/admin/publish", url.Values{"code": {code}}).has(t, "已签名发布")
	if v := <-heard; v != 2 {
		t.Errorf("heard of version %d", v)
	}
	c, err := h.Office.Updates.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Items {
		it := &c.Items[i]
		if it.Code != code {
			continue
		}
		if it.Version != row.Published.Version+1 || it.Place.ZH != "示例路2号" || len(it.Conditions) != 2 || it.Conditions[0] != (items.Text{ZH: "条件一", EN: "first"}) || it.Conditions[1].EN != "" {
			t.Errorf("published: version %d, %+v %+v", it.Version, it.Place, it.Conditions)
		}
	}
	if p := b.submit("/admin/terminals/new", "/admin/publish", url.Values{"code": {code}}); p.status != http.StatusConflict {
		t.Errorf("publishing nothing: %d", p.status)
	}
}

func TestItem_s_draft_is_dropped_and_one_of_two_may_be_published(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	one := draftOf(t, h, "D01", func(it *items.Item) { it.Hours.ZH = "全天一" })
	two := draftOf(t, h, "D17", func(it *items.Item) { it.Hours.ZH = "全天二" })
	b.get("/admin/items?drafts=1").has(t, one, two)
	b.submit("/admin/items/"+one, "/admin/publish", url.Values{"code": {one}}).has(t, "已签名发布", "全天二")
	c, err := h.Office.Updates.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Items {
		if c.Items[i].Code == two && c.Items[i].Hours.ZH == "全天二" {
			t.Error("the other draft was published too")
		}
	}
	row, err := h.Office.Store.Item(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	if p := b.submit("/admin/items/"+two, "/admin/items/"+two+"/drop", url.Values{"rev": {"1"}}); p.status != http.StatusConflict {
		t.Errorf("dropping another's newer draft: %d", p.status)
	}
	b.submit("/admin/items/"+two, "/admin/items/"+two+"/drop", url.Values{"rev": {"3"}}).has(t, "草稿已丢弃")
	if row, err = h.Office.Store.Item(t.Context(), two); err != nil || row.Draft != nil {
		t.Errorf("the draft is still there, %v", err)
	}
}

func TestHostile_text_from_everywhere_stays_text(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`{{.}}" + "\u202e"
	term := h.Enrol()
	app := h.Application("D45")
	app.Applicant.Name, app.Applicant.Address = evil, "javascript:alert(1)"
	app.Language, app.Applicant.Identified = evil, evil
	for k, v := range app.Answers {
		if _, ok := v.(string); ok {
			app.Answers[k] = evil
		}
	}
	app.Answers[evil] = map[string]any{evil: []any{evil, 1, nil}}
	app.Materials = append(app.Materials, wire.MaterialState{Name: evil, Level: evil, State: evil, Due: evil})
	if a, res := term.Put(term.SealAs(wire.Header{Sequence: 1, LocalNumber: `"><script>x</script>`}, app)); a.Receipt == nil {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	h.Open()
	halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, wire.Heartbeat{Software: "<script>x</script>", Devices: map[string]string{"<script>": "<script>x</script>"}}, nil)
	item := draftOf(t, h, "D01", func(it *items.Item) { it.Place.ZH, it.Name.ZH = evil, evil })
	for _, path := range []string{"/admin/", "/admin/cases", "/admin/cases/" + app.Submission, "/admin/terminals", "/admin/terminals/" + term.Terminal, "/admin/items", "/admin/items/" + item,
		"/admin/items/" + item + "/edit", "/admin/publish", "/admin/audit", "/t/" + app.Submission, "/admin/cases?number=" + url.QueryEscape(evil), "/admin/items?q=" + url.QueryEscape(evil), "/admin/" + url.PathEscape(evil)} {
		p := b.get(path)
		p.hasNot(t, "<script>alert", "<script>x", "<img src=x", "{{.}}<")
		if p.status >= 500 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

func TestEnrolment_code_is_shown_once_with_a_QR_code(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	if p := b.submit("/admin/terminals/new", "/admin/terminals/new", url.Values{"place": {" "}, "site": {"V"}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("no place: %d", p.status)
	}
	if p := b.submit("/admin/terminals/new", "/admin/terminals/new", url.Values{"place": {"示例村"}, "site": {"X"}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("no such site: %d", p.status)
	}
	p := b.submit("/admin/terminals/new", "/admin/terminals/new", url.Values{"place": {"示例村"}, "site": {"V"}})
	p.has(t, h.URL+"#", h.Office.Authority.SHA256(), `class="qr"`)
	if p.header.Get("Cache-Control") != "no-store" {
		t.Error("the code may be kept by the browser")
	}
}

func TestForm_that_is_too_large_or_damaged_is_refused(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	if p := b.post("/admin/terminals/new", url.Values{"csrf": {"x"}, "place": {strings.Repeat("长", 1<<20)}}); p.status != http.StatusBadRequest && p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", p.status)
	}
	req, err := http.NewRequest(http.MethodPost, h.People+"/admin/terminals/new", strings.NewReader("%zz=1&;"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if p := b.do(req); p.status != http.StatusBadRequest {
		t.Errorf("damaged: %d", p.status)
	}
}

func TestCases_are_found_by_filter_and_page_by_page(t *testing.T) {
	t.Parallel()
	h, b := signedIn(t)
	term := h.Enrol()
	for range 27 {
		term.Submit("D01")
		h.Clock.Advance(time.Second)
	}
	last, _ := term.Submit("D17")
	p := b.get("/admin/cases")
	p.has(t, last, "更早的")
	seen := strings.Count(p.body, `class="row"`)
	next := p.body[strings.Index(p.body, `rel="next" href="`)+len(`rel="next" href="`):]
	next = strings.ReplaceAll(next[:strings.Index(next, `"`)], "&amp;", "&")
	second := b.get(next)
	second.hasNot(t, last, "更早的")
	if n := seen + strings.Count(second.body, `class="row"`); n != 28 {
		t.Errorf("two pages show %d cases of 28", n)
	}
	if n := strings.Count(b.get("/admin/cases?item="+h.Application("D17").ItemCode).body, `class="row"`); n != 1 {
		t.Errorf("by item: %d", n)
	}
	if n := strings.Count(b.get("/admin/cases?number="+last).body, `class="row"`); n != 1 {
		t.Errorf("by number: %d", n)
	}
	b.get("/admin/cases?state=approved").has(t, "没有符合条件")
	if p := b.get("/admin/cases?after=nonsense&terminal=T-0000"); p.status != http.StatusOK {
		t.Errorf("nonsense: %d", p.status)
	}
}
