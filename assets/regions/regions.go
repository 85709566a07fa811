// Package regions holds the administrative divisions of the mainland by name: provinces, their cities, and the districts and
// counties of each city, in the official order (NOTICE tells the source).
//
// The municipalities have the level of cities too, as in the official list: 北京市 / 市辖区 / 东城区. The few cities
// without districts have their towns and streets there, so that every place has three levels.
package regions

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed regions.json
var data []byte

// Province is a division of the first level.
type Province struct {
	Name   string `json:"name"`
	Cities []City `json:"cities"`
}

// City is a division of the second level.
type City struct {
	Name  string   `json:"name"`
	Parts []string `json:"parts"` // districts and counties
}

// Provinces lists all. The slices are shared: they must not be changed.
func Provinces() []Province { return load() }

var load = sync.OnceValue(func() []Province {
	var all []Province
	if err := json.Unmarshal(data, &all); err != nil {
		panic(fmt.Sprintf("assets/regions: %v", err)) // embedded; found by the first test that runs
	}
	return all
})

// Cities lists the cities of a province; none where it is not known.
func Cities(province string) []City {
	all := Provinces()
	if i := slices.IndexFunc(all, func(p Province) bool { return p.Name == province }); i >= 0 {
		return all[i].Cities
	}
	return nil
}

// Parts lists the districts and counties of a city.
func Parts(province, city string) []string {
	all := Cities(province)
	if i := slices.IndexFunc(all, func(c City) bool { return c.Name == city }); i >= 0 {
		return all[i].Parts
	}
	return nil
}

// Leading finds the divisions that an address begins with, and what follows: 浙江省杭州市西湖区示例路1号 gives 浙江省, 杭州市, 西湖区
// and 示例路1号. The middle level of a municipality, which nobody writes, may be missing from the address.
func Leading(address string) (levels []string, rest string) {
	rest = strings.TrimSpace(address)
	for _, p := range Provinces() {
		after, ok := strings.CutPrefix(rest, p.Name)
		if !ok {
			continue
		}
		levels = append(levels, p.Name)
		rest = after
		for _, c := range p.Cities {
			after, named := strings.CutPrefix(rest, c.Name)
			part := ""
			for _, name := range c.Parts {
				if strings.HasPrefix(after, name) && len(name) > len(part) {
					part = name
				}
			}
			switch {
			case part != "" && (named || Nameless(c.Name)):
				return append(levels, c.Name, part), after[len(part):]
			case named:
				return append(levels, c.Name), after
			}
		}
		break
	}
	return levels, rest
}

// Nameless tells whether a name of the second level only groups what is below it, so that addresses leave it out.
func Nameless(city string) bool {
	return city == "市辖区" || city == "县" || strings.Contains(city, "直辖县级行政区划")
}

// Joined writes levels as an address begins: without the names that addresses leave out.
func Joined(levels []string) string {
	var b strings.Builder
	for _, name := range levels {
		if !Nameless(name) {
			b.WriteString(name)
		}
	}
	return b.String()
}
