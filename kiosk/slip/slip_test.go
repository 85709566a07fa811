package slip_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"zizhuban/devices/printer"
	"zizhuban/kiosk/slip"
)

func aReceipt() slip.Receipt {
	return slip.Receipt{
		Lang: "zh", Name: "示**", Item: "门诊费用报销", Department: "区医保局", LocalNumber: "7K3M-261121-0042-X",
		Tracking: "https://hall.example/t/0190b0a0-0000-7000-8000-000000000001", Place: "示例村便民服务站",
		SubmittedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC), Promised: "15个工作日", Contact: "0570-0000000",
		Deferred: []slip.Deferred{{Name: "费用清单", Due: "2026-11-27"}}, Bring: []string{"收费票据"},
	}
}

func TestReceipt_bears_what_its_holder_needs(t *testing.T) {
	t.Parallel()
	r := aReceipt()
	for _, lang := range []string{"zh", "en"} {
		r.Lang = lang
		var all []string
		var qr string
		s := r.Slip()
		for _, b := range s.Blocks {
			all = append(all, b.Label, b.Text)
			if b.Kind == printer.KindQR {
				qr = b.Text
			}
		}
		text := strings.Join(all, "\n")
		for _, want := range []string{r.Name, r.Item, r.LocalNumber, "2026-11-21 09:30", "费用清单", "2026-11-27", "收费票据", r.Place} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "[slip.") {
			t.Errorf("%s: a text has no translation:\n%s", lang, text)
		}
		if qr != r.Tracking {
			t.Errorf("%s: the QR code holds %q", lang, qr)
		}
		if s.Blocks[len(s.Blocks)-1].Kind != printer.KindCut {
			t.Errorf("%s: the slip is not cut at its end", lang)
		}
	}
}

func TestReceipt_without_a_name_has_no_line_for_it(t *testing.T) {
	t.Parallel()
	r := aReceipt()
	r.Name = ""
	for _, b := range r.Slip().Blocks {
		if b.Label == "申请人" {
			t.Error("an empty name has a line")
		}
	}
}

func TestRead_refuses_what_the_schema_does_not_allow(t *testing.T) {
	t.Parallel()
	good := `{"blocks":[{"kind":"text","text":"你好","align":"centre"},{"kind":"qr","text":"https://a/b"},{"kind":"cut"}]}`
	if _, err := slip.Read(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		``, `{}`, `{"blocks":[]}`, `[]`, `{"blocks":[{"kind":"txt"}]}`, `{"blocks":[{"kind":"text","txt":"x"}]}`,
		`{"blocks":[{"kind":"qr","text":"张"}]}`, `{"blocks":[{"kind":"feed","lines":99}]}`, `{"blocks":[{"kind":"text","align":"middle"}]}`,
		good + "{}",
	} {
		if _, err := slip.Read(strings.NewReader(bad)); !errors.Is(err, slip.ErrDocument) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"blocks":[{"kind":"text","text":"你好"},{"kind":"cut"}]}`)
	f.Add(`{"blocks":[{"kind":"qr","text":"https://a/b","module":6}]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		s, err := slip.Read(strings.NewReader(doc))
		if err == nil && len(s.Blocks) == 0 {
			t.Error("an empty slip was taken")
		}
	})
}
