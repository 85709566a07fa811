package items_test

import (
	"testing"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/items"
)

func demo(t testing.TB) *items.Catalogue {
	t.Helper()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDemoCatalogue_validates(t *testing.T) {
	t.Parallel()
	if err := demo(t).Validate(); err != nil {
		t.Error(err)
	}
}
