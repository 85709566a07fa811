package visit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	demo "zizhuban/assets/catalogue"
	"zizhuban/devices/idcard"
	"zizhuban/kiosk/form"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

// TestVisit_completes_every_item_of_the_demo_catalogue visits each item as a person who answers plainly, in standard and in
// elder mode.
func TestVisit_completes_every_item_of_the_demo_catalogue(t *testing.T) {
	t.Parallel()
	cat, err := items.Parse(demo.JSON())
	if err != nil {
		t.Fatal(err)
	}
	modules := []string{"card", "face", "cam", "sign", "scan", "a4", "slip"}
	idx, err := items.NewIndex(cat, items.Terminal{Site: "H", Modules: modules})
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Items) < 61 {
		t.Fatalf("%d items", len(cat.Items))
	}
	for i := range cat.Items {
		item := &cat.Items[i]
		t.Run(item.Ref, func(t *testing.T) {
			t.Parallel()
			for _, elder := range []bool{false, true} {
				tm := aTerminal(t, func(c *visit.Config) { c.Modules = nil })
				tm.cat.now.Store(idx)
				tm.Start()
				tm.SetElder(elder)
				tm.complete(item)
			}
		})
	}
}

// elderly is old enough for every item; none such person exists.
var elderly = idcard.Card{
	Kind: idcard.Resident, Name: "示例丁", Sex: "女", Nation: "汉", Birth: "1943-09-01", Address: "浙江省杭州市上城区示例路8号",
	IDNumber: "330000194309010042", Authority: "示例市公安局", ValidFrom: "2015-01-01", ValidTo: idcard.LongTerm,
}

func (tm *terminal) complete(item *items.Item) {
	tm.t.Helper()
	tm.Choose(item.Code)
	tm.Begin()
	tm.awaitStep(visit.Consent)
	tm.agree()
	if slices.Contains(item.Modules, "card") {
		tm.reader.put(elderly)
		tm.await("the card", phase(visit.CardRead))
		tm.reader.lift()
		tm.Next()
	}
	tm.awaitStep(visit.FormStep)
	for tries := 0; tm.State().Step == visit.FormStep; tries++ {
		s := tm.State()
		for _, f := range s.FormView.Fields {
			tm.answer(f, tries)
		}
		tm.Next()
		if tries > 80 {
			s = tm.State()
			for _, f := range s.FormView.Fields {
				tm.t.Logf("%s (%s) %v: %s", f.Key, f.Type, f.Value, f.Error)
			}
			tm.t.Fatalf("%s: page %d of %d cannot be left; %v", item.Name.ZH, s.FormView.Page+1, s.FormView.Pages, s.FormView.Broken)
		}
	}
	tm.awaitStep(visit.Review)
	tm.Next()
	if slices.Contains(item.Modules, "sign") {
		tm.Signed(aSignature())
		tm.Submit()
	}
	s := tm.awaitStep(visit.Done)
	if len(tm.store.submitted()) != 1 || s.SlipView.Printed != visit.SlipPrinted {
		tm.t.Errorf("%d submissions, slip %s", len(tm.store.submitted()), s.SlipView.Printed)
	}
	app := tm.store.submitted()[0]
	for _, fd := range item.Fields {
		if v, there := app.Answers[fd.Key]; !there && fd.Required && fd.When == "" && fd.Type != items.TypeFile {
			tm.t.Errorf("%s is required and was not submitted", fd.Key)
		} else if there && strings.Contains(fmt.Sprint(v), "*") {
			tm.t.Errorf("%s was submitted masked", fd.Key)
		}
	}
	if len(app.Materials) == 0 || app.Applicant.Phone == "" {
		tm.t.Errorf("submitted %d materials, phone %q", len(app.Materials), app.Applicant.Phone)
	}
}

// answer answers one question plainly; each further try varies what is refused.
func (tm *terminal) answer(f form.FieldView, try int) {
	if f.ReadOnly || f.Value != nil && f.Error == "" && f.Type != items.TypeList {
		return
	}
	if f.Type == items.TypeList {
		if len(f.Rows) == 0 {
			tm.AddRow(f.Key)
			return
		}
		for _, row := range f.Rows {
			for _, sub := range row {
				tm.answer(sub, try)
			}
		}
		return
	}
	var v any
	option := func() string { return f.Options[try%len(f.Options)].Value }
	switch f.Type {
	case items.TypeText, items.TypeTextarea, items.TypeAddress:
		v = f.Example
		if f.Example == "" || f.Error != "" {
			v = strings.Repeat([]string{"示", "8", "A"}[try/25%3], 1+try%25)
		}
	case items.TypeNumber, items.TypeMoney:
		switch {
		case f.Key == "age":
			v = fmt.Sprint(82) // of the applicant, on this day
		case f.Min != "":
			v = f.Min
		default:
			v = fmt.Sprint(1 + try)
		}
	case items.TypeDate, items.TypeDateRange:
		day := now.Format("2006-01-02")
		switch {
		case f.Error != "":
			day = now.AddDate(0, 0, -17*try).Format("2006-01-02")
		case f.Max != "":
			day = f.Max
		case f.Min != "":
			day = f.Min
		}
		if v = day; f.Type == items.TypeDateRange {
			v = []string{day, day}
		}
	case items.TypeMonth:
		if v = now.Format("2006-01"); f.Max != "" {
			v = f.Max
		}
		if f.Error != "" {
			v = now.AddDate(0, 1-try, 0).Format("2006-01")
		}
	case items.TypeSelect, items.TypeRadio:
		v = option()
	case items.TypeMultiselect:
		v = []string{option()}
	case items.TypeBool:
		v = try%2 == 0 || f.Value == false
	case items.TypePhone:
		v = "13800000000"
	case items.TypeIDNumber:
		// A grown person, who is not the applicant; the applicant; a child that is old enough for school.
		v = "330000195803120014"
		if f.Error != "" {
			v = childID
			if try%2 == 1 && !strings.Contains(f.Key, ".") {
				v = elderly.IDNumber
			}
		}
	case items.TypeUSCC:
		v = "11339900DEM000014A"
	case items.TypeBank:
		v = "6222020000000000003"
		for d := 0; !items.ValidLuhn(v.(string)); d++ {
			v = fmt.Sprintf("622202000000000000%d", d)
		}
	case items.TypePlate:
		v = "浙A12345"
	case items.TypeRegion:
		v = "浙江省/杭州市/上城区"
		if f.Error != "" {
			v = "浙江省/杭州市"
		}
	}
	tm.Answer(f.Key, v)
}

// childID belongs to nobody: region 330000 is not issued to residents.
var childID = func() string {
	birth := time.Date(2019, 5, 20, 0, 0, 0, 0, time.UTC).Format("20060102")
	for _, c := range "0123456789X" {
		if id := "330000" + birth + "001" + string(c); items.ValidIDNumber(id) {
			return id
		}
	}
	panic("no check character fits")
}()
