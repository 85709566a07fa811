package visit_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"zizhuban/assets/i18n"
	"zizhuban/devices/idcard"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

func TestVisit_goes_from_the_first_touch_to_the_slip(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	if s := tm.State(); s.Step != visit.Idle || s.TrailAt != -1 {
		t.Fatalf("begins at %s", s.Step)
	}
	tm.Start()
	home := tm.State().HomeView
	if home == nil || len(home.Hot) != 3 || len(home.Departments) != 1 || len(home.Themes) != 1 {
		t.Fatalf("home %+v", home)
	}
	tm.OpenTheme("life")
	if l := tm.State().ListView; l == nil || l.Title != "生活" || len(l.Tiles) != 5 {
		t.Fatalf("list %+v", l)
	}
	tm.Choose(signedItem.Code)
	s := tm.State()
	want := []visit.Step{visit.Guide, visit.Consent, visit.CardStep, visit.FormStep, visit.Review, visit.Sign, visit.Done}
	if !slices.Equal(s.Trail, want) || s.TrailAt != 0 || !s.CanBack || !s.CanNext || s.GuideView.Dept != "区人力社保局" {
		t.Fatalf("guide: trail %v at %d, back %v, next %v", s.Trail, s.TrailAt, s.CanBack, s.CanNext)
	}
	tm.Begin()
	if s := tm.State(); s.Step != visit.Consent || s.CanNext {
		t.Fatalf("consent may be given before the notice is read: %v", s.CanNext)
	}
	tm.Agree()
	if s := tm.State(); s.Step != visit.Consent {
		t.Fatal("agreed to a notice that was not shown to its end")
	}
	version := tm.State().GuideView.NoticeVer
	tm.agree()
	tm.awaitStep(visit.CardStep)
	tm.reader.put(cardB)
	s = tm.await("the card", func(s visit.State) bool { return s.CardView.Phase == visit.CardRead })
	if v := s.CardView; v.Name != "示**" || v.Number != "330***********0024" || !v.Lift || !s.CanNext || !s.TakeCard || len(v.Notes) != 0 {
		t.Fatalf("card shown as %+v", v)
	}
	tm.reader.lift()
	tm.pass(2, time.Second)
	tm.await("the card to be seen gone", func(s visit.State) bool { return !s.TakeCard && !s.CardView.Lift })
	tm.Next()
	tm.fillIn()
	s = tm.State()
	wantRows := []visit.ReviewRow{
		{Label: "姓名", Value: "示**", Page: -1}, {Label: "身份证号", Value: "330***********0024", Page: -1},
		{Label: "手机号", Value: "138 0000 0000", Page: 0}, {Label: i18n.T("zh", "form.label.contact", nil), Value: "没有填", Page: 0},
		{Label: "用途", Value: "购房", Page: 1}, {Label: "金额", Value: "1,234.50 元", Page: 1}, {Label: "家庭成员", Value: "没有填", Page: 2},
		{Label: "经过", Value: "经过", Page: 3}, {Label: "声明属实", Value: "是", Page: 3},
	}
	if !reflect.DeepEqual(s.ReviewView.Rows, wantRows) {
		t.Errorf("review %v\nwant %v", s.ReviewView.Rows, wantRows)
	}
	tm.Submit()
	if s := tm.State(); s.Step != visit.Review {
		t.Error("submitted without the signature that the item asks for")
	}
	tm.Next()
	tm.Signed([]wire.Stroke{{{X: 5, Y: 5}}})
	if s := tm.State(); s.CanNext || s.SignView.Enough {
		t.Error("a dot is taken for a signature")
	}
	tm.Signed(aSignature())
	if s := tm.State(); !s.CanNext || s.SignView.Strokes != 1 || s.SignView.Promise == "" {
		t.Errorf("sign view %+v", s.SignView)
	}
	tm.Submit()
	s = tm.awaitStep(visit.Done)
	if v := s.SlipView; v.LocalNumber != "T-7K3M-0001" || v.Printed != visit.SlipPrinted || v.ItemName != "签名的事" || v.Reprints != 1 || s.Countdown != 30 {
		t.Errorf("done %+v, count-down %d", v, s.Countdown)
	}
	follow := []visit.ReviewMaterial{
		{Name: "配偶身份证", State: "brought"}, {Name: "劳动合同", State: "deferred", Due: "2026-03-18"}, {Name: "病历", State: "brought"},
	}
	if !reflect.DeepEqual(s.SlipView.Deferred, follow) {
		t.Errorf("to follow %v, want %v", s.SlipView.Deferred, follow)
	}

	apps := tm.store.submitted()
	if len(apps) != 1 {
		t.Fatalf("%d submissions", len(apps))
	}
	wantApp := wire.Application{
		Submission: "submission-1", LocalNumber: "T-7K3M-0001", ItemCode: signedItem.Code, ItemVersion: 1, ItemName: "签名的事", Language: "zh",
		Applicant: wire.Applicant{
			Identified: "card", Name: "示例乙", Sex: "女", Nation: "汉", Birth: "1987-11-05", Address: "示例省示例市示例路1号",
			IDNumber: "330000198711050024", Authority: "示例市公安局", ValidFrom: "2020-01-01", ValidTo: "2040-01-01", Phone: "13800000000",
		},
		Answers: map[string]any{"purpose": "购房", "amount": "1234.50", "story": "经过", "sure": true},
		Materials: []wire.MaterialState{
			{Name: "身份证", Level: "A", State: "read"}, {Name: "配偶身份证", Level: "A", State: "brought"},
			{Name: "承诺书", Level: "D", State: "promised"}, {Name: "户口簿", Level: "A", State: "shared"},
			{Name: "劳动合同", Level: "C", State: "deferred", Due: "2026-03-18"}, {Name: "病历", Level: "C", State: "brought"},
			{Name: "社保卡", Level: "C", State: "absent"},
		},
		Consent: wire.Consent{Version: version, At: now}, Signature: aSignature(), SubmittedAt: now.Add(time.Second),
	}
	wantApp.Consent.At = now
	if !reflect.DeepEqual(apps[0], wantApp) {
		t.Errorf("submitted\n%+v\nwant\n%+v", apps[0], wantApp)
	}
	slips := tm.printer.printed()
	if len(slips) != 1 || line(slips[0], "name") != "示**" || line(slips[0], "id") != "330***********0024" || line(slips[0], "number") != "T-7K3M-0001" {
		t.Errorf("slips %+v", slips)
	}
	tm.End()
	if s := tm.State(); s.Step != visit.Idle {
		t.Errorf("after the end: %s", s.Step)
	}
	tm.waitSaid("submission-1 printing", "submission-1 printed")
}

// waitSaid waits until the store was told these states of slips, in this order and no others.
func (tm *terminal) waitSaid(want ...string) {
	tm.t.Helper()
	tm.Close() // waits for what is still being told
	if got := tm.store.said(); !slices.Equal(got, want) {
		tm.t.Errorf("said of slips %v, want %v", got, want)
	}
}

func TestVisit_takes_name_and_number_by_hand_where_no_card_is_read(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toConsent(typedItem)
	tm.agree()
	s := tm.awaitStep(visit.FormStep)
	if slices.Contains(s.Trail, visit.CardStep) || slices.Contains(s.Trail, visit.Sign) {
		t.Fatalf("trail %v", s.Trail)
	}
	tm.Answer("@name", "示例丙")
	tm.Answer("@id_number", "330000200805200038")
	tm.fillIn()
	tm.Next()
	tm.awaitStep(visit.Done)
	a := tm.store.submitted()[0].Applicant
	want := wire.Applicant{Identified: "typed", Name: "示例丙", Sex: "男", Birth: "2008-05-20", IDNumber: "330000200805200038", Phone: "13800000000"}
	if a != want {
		t.Errorf("applicant %+v", a)
	}
	if m := tm.store.submitted()[0].Materials[0]; m.State != "brought" {
		t.Errorf("an identity card that was not read is %s", m.State)
	}
}

func TestVisit_stops_at_a_page_that_is_not_filled_in_right(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toForm(plainItem)
	tm.Answer("@phone", "1380000")
	tm.Next()
	s := tm.State()
	if s.FormView.Page != 0 || s.FormView.Fields[0].Error != "手机号是11位数字，您输了7位" {
		t.Errorf("page %d, error %q", s.FormView.Page, s.FormView.Fields[0].Error)
	}
	tm.Answer("@phone", "13800000000")
	tm.Next()
	if s := tm.State(); s.FormView.Page != 1 || s.FormView.Pages != 4 {
		t.Errorf("page %d of %d", s.FormView.Page, s.FormView.Pages)
	}
	tm.Back()
	tm.Back()
	if s := tm.State(); s.Step != visit.CardStep || s.CardView.Phase != visit.CardRead {
		t.Errorf("before the form: %s %+v", s.Step, s.CardView)
	}
	tm.Next()
	if s := tm.State(); s.FormView.Fields[0].Value != "13800000000" {
		t.Errorf("the answer is gone: %v", s.FormView.Fields[0].Value)
	}
}

func TestVisit_changes_an_answer_from_the_review_and_comes_back(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toReview(plainItem)
	tm.GoTo(1)
	if s := tm.State(); s.Step != visit.FormStep || !s.FormView.Editing || s.FormView.Page != 1 {
		t.Fatalf("%s %+v", s.Step, s.FormView)
	}
	tm.Answer("purpose", "其他")
	tm.Next()
	if s := tm.State(); s.Step != visit.FormStep {
		t.Fatal("left a page whose new question is not answered")
	}
	tm.Answer("purpose_text", "落户")
	tm.Next()
	s := tm.awaitStep(visit.Review)
	if !slices.ContainsFunc(s.ReviewView.Rows, func(r visit.ReviewRow) bool { return r.Value == "落户" }) {
		t.Errorf("review %v", s.ReviewView.Rows)
	}
	if m := s.ReviewView.Materials; m[len(m)-1].Name != "授权书" {
		t.Errorf("the answer calls for another material: %v", m)
	}
	tm.GoTo(1)
	tm.Answer("amount", "0")
	tm.Back()
	if s := tm.State(); s.Step != visit.FormStep || s.FormView.Fields[2].Error != "数太小了，不能小于0.01" {
		t.Errorf("back to the review with a wrong answer: %s", s.Step)
	}
	tm.Answer("amount", "5")
	tm.Back()
	tm.awaitStep(visit.Review)
}

func TestVisit_refused_consent_leads_to_the_guide_and_the_window(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toConsent(signedItem)
	tm.Refuse()
	s := tm.State()
	if s.Step != visit.Guide || s.Problem == nil || s.Problem.Code != "refused" || s.Problem.Body.Args["place"] != "区大厅3号窗口" {
		t.Fatalf("%s %+v", s.Step, s.Problem)
	}
	tm.SetLanguage("en")
	if p := tm.State().Problem; p.Body.Args["place"] != "EN 区大厅3号窗口" {
		t.Errorf("the place stays in Chinese: %v", p.Body.Args)
	}
	tm.Act(visit.ActOK)
	if s := tm.State(); s.Step != visit.Guide || s.Problem != nil {
		t.Errorf("%s %+v", s.Step, s.Problem)
	}
}

func TestVisit_wants_the_notice_read_again_in_another_language(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toConsent(plainItem)
	tm.ReadNotice()
	chinese := tm.State().GuideView.NoticeVer
	tm.SetLanguage("en")
	s := tm.State()
	if s.GuideView.Read || s.CanNext || s.GuideView.NoticeVer == chinese || s.GuideView.Notice != "EN 请您知道：不签名的事" {
		t.Errorf("%+v", s.GuideView)
	}
	tm.Agree()
	tm.awaitStep(visit.Consent)
}

func TestVisit_tells_why_an_item_is_not_offered(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	for _, c := range []struct {
		item items.Item
		key  string
		args map[string]any
	}{
		{a4Item, "visit.why.missing", map[string]any{"modules": "A4打印机"}},
		{hallItem, "visit.why.site", map[string]any{"places": "区政务服务大厅"}},
	} {
		tm.Start()
		tm.Choose(c.item.Code)
		v := tm.State().GuideView
		if v.Offered || v.Why.Key != c.key || !reflect.DeepEqual(v.Why.Args, c.args) {
			t.Errorf("%s: %+v", c.item.Name.ZH, v.Why)
		}
		tm.Begin()
		if s := tm.State(); s.Step != visit.Guide || s.CanNext {
			t.Errorf("%s was begun", c.item.Name.ZH)
		}
		tm.End()
	}
	tm.mu.Lock()
	tm.modules["card"] = false
	tm.mu.Unlock()
	tm.Start()
	if n := tm.State().HomeView.Notices; len(n) != 1 || n[0].Args["module"] != "身份证读卡器" {
		t.Errorf("notices %v", n)
	}
	tm.Choose(plainItem.Code)
	if v := tm.State().GuideView; v.Offered || v.Why.Key != "visit.why.broken" {
		t.Errorf("with the reader out of order: %+v", v.Why)
	}
}

func TestVisit_keeps_the_catalogue_that_it_began_with(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toForm(plainItem)
	newer := plainItem
	newer.Version, newer.Name = 2, zh("改过的事")
	tm.cat.now.Store(index(t, 2, newer))
	tm.Refresh()
	tm.fillIn()
	tm.Submit()
	tm.awaitStep(visit.Done)
	if a := tm.store.submitted()[0]; a.ItemVersion != 1 || a.ItemName != "不签名的事" {
		t.Errorf("submitted %s version %d", a.ItemName, a.ItemVersion)
	}
	tm.GoHome()
	if hot := tm.State().HomeView.Hot; len(hot) != 1 || hot[0].Name != "改过的事" {
		t.Errorf("the next home shows %v", hot)
	}
}

func TestVisit_shows_a_new_catalogue_at_home_within_seconds(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.Start()
	newer := plainItem
	newer.Name = zh("改过的事")
	tm.cat.now.Store(index(t, 2, newer))
	tm.pass(1, 5*time.Second)
	tm.await("the change", func(s visit.State) bool { return len(s.HomeView.Hot) == 1 && s.HomeView.Hot[0].Name == "改过的事" })
}

func TestVisit_finds_items_by_what_is_typed(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.Start()
	tm.Search("签名")
	if l := tm.State().ListView; len(l.Tiles) < 2 || l.Query != "签名" {
		t.Errorf("found %+v", l)
	}
	tm.Search("")
	if l := tm.State().ListView; len(l.Tiles) != 0 || l.Kind != "search" {
		t.Errorf("found by nothing: %+v", l)
	}
	tm.Back()
	if s := tm.State(); s.Step != visit.Home {
		t.Errorf("back at %s", s.Step)
	}
	tm.OpenDepartment(dept)
	tm.Choose(plainItem.Code)
	tm.Back()
	if s := tm.State(); s.Step != visit.List || s.ListView.Title != "区人力社保局" {
		t.Errorf("back at %s", s.Step)
	}
}

func TestVisit_keeps_its_place_when_language_and_mode_change(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toForm(plainItem)
	tm.Answer("@phone", "13800000000")
	tm.Next()
	tm.Answer("purpose", "其他")
	tm.SetElder(true)
	tm.SetLanguage("en")
	s := tm.State()
	if v := s.FormView; v.Page != 2 || v.Pages != 8 || len(v.Fields) != 1 || v.Fields[0].Key != "purpose" || v.Fields[0].Label != "EN 用途" || v.Fields[0].Value != "其他" {
		t.Errorf("elder, English: %+v", v)
	}
	tm.SetElder(false)
	if v := tm.State().FormView; v.Page != 1 || v.Fields[0].Key != "purpose" {
		t.Errorf("back in standard mode: page %d, %s", v.Page, v.Fields[0].Key)
	}
	tm.SetElder(true)
	tm.End()
	if s := tm.State(); s.Lang != "zh" || s.Elder {
		t.Errorf("the next citizen begins with %s, elder %v", s.Lang, s.Elder)
	}
	tm.SetLanguage("fr")
	if s := tm.State(); s.Lang != "zh" {
		t.Errorf("language %s", s.Lang)
	}
}

func TestVisit_goes_home_with_nothing_kept_but_language_and_mode(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.SetLanguage("en")
	tm.Start()
	tm.SetElder(true)
	tm.Choose(plainItem.Code)
	tm.GoHome()
	if s := tm.State(); s.Step != visit.Home || s.Lang != "en" || !s.Elder || s.TrailAt != -1 {
		t.Errorf("%s %s %v", s.Step, s.Lang, s.Elder)
	}
}

func TestVisit_tells_of_an_expired_card_and_goes_on(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.toConsent(plainItem)
	tm.agree()
	tm.reader.put(cardD)
	s := tm.await("the card", func(s visit.State) bool { return s.CardView.Phase == visit.CardRead })
	if n := s.CardView.Notes; len(n) != 1 || n[0].Key != "visit.card.expired" || !s.CanNext {
		t.Errorf("notes %v, next %v", n, s.CanNext)
	}
}

func TestVisit_starts_no_form_without_room_for_it(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	tm.store.with(func() { tm.store.room = fmt.Errorf("disk: %w", visit.ErrNoSpace) })
	tm.Start()
	tm.Choose(plainItem.Code)
	tm.Begin()
	tm.awaitProblem("no-room")
	tm.Act(visit.ActHome)
	tm.awaitStep(visit.Home)
}

func TestVisit_words_are_all_there_in_both_languages(t *testing.T) {
	t.Parallel()
	keys := []string{"visit.card.remove", "visit.card.expired", "visit.card.failed", "visit.why.site", "visit.why.missing", "visit.why.broken", "visit.notice.broken"}
	for _, err := range []error{idcard.ErrMoved, idcard.ErrWrongCard, idcard.ErrUntrusted, idcard.ErrNonsense, idcard.ErrDisconnected, idcard.ErrOutOfService} {
		_, m := visit.CardTrouble(err)
		keys = append(keys, m.Key)
	}
	for _, code := range []string{"queue-full", "disk-full", "store-failed", "no-room", "refused"} {
		keys = append(keys, "visit.problem."+code+".title", "visit.problem."+code+".body")
	}
	for _, reason := range visit.PrinterReasons() {
		keys = append(keys, "visit.printer."+reason, "visit.printer."+reason+".do")
	}
	for _, lang := range []string{"zh", "en"} {
		for _, key := range keys {
			if !i18n.Has(lang, key) {
				t.Errorf("%s has no %s", lang, key)
			}
		}
	}
}
