package catalogue_test

import (
	"encoding/json"
	"testing"

	"zizhuban/assets/catalogue"
	"zizhuban/assets/icons"
)

func TestJSON_has_every_department_with_an_icon_that_exists(t *testing.T) {
	t.Parallel()
	var doc struct {
		Departments, Themes []struct{ Icon string }
		Items               []struct{ Ref string }
	}
	if err := json.Unmarshal(catalogue.JSON(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Departments) != 18 || len(doc.Themes) == 0 || len(doc.Items) != 61 {
		t.Errorf("%d departments, %d themes, %d items", len(doc.Departments), len(doc.Themes), len(doc.Items))
	}
	for _, group := range append(doc.Departments, doc.Themes...) {
		if !icons.Has(group.Icon) {
			t.Errorf("no icon %q", group.Icon)
		}
	}
	seen := map[string]bool{}
	for _, it := range doc.Items {
		if seen[it.Ref] {
			t.Errorf("%s is in two files", it.Ref)
		}
		seen[it.Ref] = true
	}
}
