package screens_test

import (
	"strings"
	"testing"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/visit"
)

func TestScreens_have_words_for_everything_in_both_languages(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, x := range []struct {
		prefix string
		names  []string
	}{
		{"step", []string{"guide", "consent", "card", "form", "review", "sign", "submitting", "printing", "done"}},
		{"action", []string{string(visit.ActRetry), string(visit.ActWithoutSlip), string(visit.ActEnd), string(visit.ActOK), string(visit.ActHome)}},
		{"done.slip", []string{visit.SlipPending, visit.SlipPrinting, visit.SlipPrinted, visit.SlipProcessed, visit.SlipUnknown, visit.SlipFailed, visit.SlipDeclined, visit.SlipNumber}},
		{"material", []string{"read", "shared", "promised", "deferred", "brought", "absent"}},
		{"need", []string{"1", "2", "3"}}, {"level", []string{"A", "B", "C", "D"}}, {"kind", []string{"1", "2"}},
		{"card", []string{"waiting.title", "waiting.hint", "reading.title", "reading.hint", "read.title", "read.hint", "failed.title", "failed.hint"}},
	} {
		for _, n := range x.names {
			keys = append(keys, "screens."+x.prefix+"."+n)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		for _, k := range keys {
			if !i18n.Has(lang, k) {
				t.Errorf("%s has no words for %s", lang, k)
			}
		}
	}
	for _, k := range i18n.Keys("zh") {
		if strings.HasPrefix(k, "screens.") && !i18n.Has("en", k) {
			t.Errorf("%s has no English words", k)
		}
	}
}

func TestScreens_never_show_a_key_in_place_of_its_words(t *testing.T) {
	everyScreen(t, func(t *testing.T, name string, tree screenstest.Tree) {
		for _, text := range tree.Texts {
			if strings.Contains(text, "[") || strings.Contains(text, "{") {
				t.Errorf("%s: %q", name, text)
			}
		}
	})
}
