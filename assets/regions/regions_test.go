package regions_test

import (
	"slices"
	"testing"

	"zizhuban/assets/regions"
)

func TestRegions_are_all_there(t *testing.T) {
	t.Parallel()
	cities, parts := 0, 0
	for _, p := range regions.Provinces() {
		cities += len(p.Cities)
		for _, c := range p.Cities {
			parts += len(c.Parts)
			if len(c.Parts) == 0 {
				t.Errorf("%s %s has nothing below it", p.Name, c.Name)
			}
		}
	}
	if len(regions.Provinces()) != 31 || cities < 330 || parts < 2800 {
		t.Errorf("%d provinces, %d cities, %d parts", len(regions.Provinces()), cities, parts)
	}
	if got := regions.Parts("浙江省", "杭州市"); len(got) != 13 || !slices.Contains(got, "西湖区") {
		t.Errorf("Hangzhou has %v", got)
	}
	if got := regions.Cities("无此省"); got != nil {
		t.Errorf("a province that is not there has %v", got)
	}
}

func TestLeading_takes_an_address_apart_and_Joined_puts_it_together(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		levels []string
		rest   string
	}{
		"浙江省杭州市西湖区示例路1号": {[]string{"浙江省", "杭州市", "西湖区"}, "示例路1号"},
		"北京市东城区示例街2号":    {[]string{"北京市", "市辖区", "东城区"}, "示例街2号"},
		"浙江省杭州市":         {[]string{"浙江省", "杭州市"}, ""},
		"示例村3号":          {nil, "示例村3号"},
		"":               {nil, ""},
		"浙江省示例路":         {[]string{"浙江省"}, "示例路"},
	} {
		levels, rest := regions.Leading(address)
		if !slices.Equal(levels, want.levels) || rest != want.rest {
			t.Errorf("%s: %v and %q, want %v and %q", address, levels, rest, want.levels, want.rest)
		}
		if got := regions.Joined(levels) + rest; got != address {
			t.Errorf("%s: put together again it is %s", address, got)
		}
	}
}
