package i18n_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zizhuban/assets/i18n"
)

var place = regexp.MustCompile(`\{[a-z_]+\}`)

func places(text string) []string {
	found := place.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestLanguages_have_the_same_texts_with_the_same_places(t *testing.T) {
	t.Parallel()
	zh, en := i18n.Keys(i18n.Chinese), i18n.Keys(i18n.English)
	if len(zh) < 300 {
		t.Fatalf("only %d texts", len(zh))
	}
	for _, key := range zh {
		if !i18n.Has(i18n.English, key) {
			t.Errorf("%s has no English", key)
			continue
		}
		c, e := i18n.T(i18n.Chinese, key, nil), i18n.T(i18n.English, key, nil)
		if strings.TrimSpace(c) == "" && strings.TrimSpace(e) != "" || strings.TrimSpace(e) == "" && strings.TrimSpace(c) != "" {
			t.Errorf("%s is empty in one language", key)
		}
		if !slices.Equal(places(c), places(e)) {
			t.Errorf("%s puts in %v in Chinese and %v in English", key, places(c), places(e))
		}
	}
	for _, key := range en {
		if !i18n.Has(i18n.Chinese, key) {
			t.Errorf("%s has no Chinese", key)
		}
	}
}

func TestKeys_stand_in_one_file_each(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		files, err := filepath.Glob(lang + "/*.json")
		if err != nil || len(files) < 5 {
			t.Fatalf("%d files: %v", len(files), err)
		}
		where := map[string]string{}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var texts map[string]string
			if err := json.Unmarshal(data, &texts); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for key := range texts {
				if before, twice := where[key]; twice {
					t.Errorf("%s stands in %s and in %s", key, before, file)
				}
				where[key] = file
			}
		}
	}
}

func TestT_puts_in_and_shows_what_is_missing(t *testing.T) {
	t.Parallel()
	if got := i18n.T("zh", "slip.until", map[string]any{"date": "2026-11-27"}); got != "2026-11-27 前" {
		t.Errorf("got %q", got)
	}
	if got := i18n.T("en", "no.such.text", nil); got != "[no.such.text]" {
		t.Errorf("a missing text is shown as %q", got)
	}
}
