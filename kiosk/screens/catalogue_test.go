package screens_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"zizhuban/assets/catalogue"
	"zizhuban/assets/icons"
	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

func demoCatalogue(t *testing.T) *items.Catalogue {
	t.Helper()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestScreens_hold_the_whole_demo_catalogue(t *testing.T) {
	c := demoCatalogue(t)
	departments := map[string]items.Text{}
	for _, d := range c.Departments {
		departments[d.Code] = d.Name
	}
	for _, size := range []fyne.Size{portrait, landscape} {
		for _, elder := range []bool{false, true} {
			for _, lang := range []string{"zh", "en"} {
				var home, list, guide visit.State
				for _, s := range screenstest.States(lang, elder) {
					switch s.Name {
					case "home":
						home = s.State
					case "list":
						list = s.State
					case "guide":
						guide = s.State
					}
				}
				v := &visit.HomeView{}
				l := &visit.ListView{Kind: "theme", Title: "全部"}
				for i, d := range c.Departments {
					v.Departments = append(v.Departments, visit.Group{Key: d.Code, Name: d.Name.In(lang), Icon: d.Icon, Count: i})
				}
				for i, d := range c.Themes {
					v.Themes = append(v.Themes, visit.Group{Key: d.Key, Name: d.Name.In(lang), Icon: d.Icon, Count: i})
				}
				for i := range c.Items {
					it := &c.Items[i]
					l.Tiles = append(l.Tiles, visit.Tile{Code: it.Code, Name: it.Name.In(lang), Department: departments[it.Department].In(lang),
						Kind: it.Kind, Promised: it.Promised.Words.In(lang), Offered: true})
				}
				v.Hot = l.Tiles
				home.HomeView, list.ListView = v, l
				name := fmt.Sprintf("%v elder=%v %s", size, elder, lang)
				o := open(t, home, size)
				eachPage(t, o, "home", name+" home")
				o.tap(t, "home.tab.themes")
				eachPage(t, o, "home", name+" themes")
				o.visit.Set(list)
				eachPage(t, o, "list", name+" list")
				for i := range c.Items {
					it := &c.Items[i]
					guide.GuideView = &visit.GuideView{Item: it, Lang: lang, Dept: departments[it.Department].In(lang), Offered: true}
					o.visit.Set(guide)
					eachPage(t, o, "guide", name+" guide "+it.Ref)
				}
			}
		}
	}
}

// eachPage checks every page of a screen.
func eachPage(t *testing.T, o *opened, prefix, name string) {
	t.Helper()
	for {
		tree := o.look()
		whole(t, name, tree)
		apart(t, name, tree)
		n, ok := tree.Find(prefix + ".page.forward")
		if !ok || !n.Enabled {
			return
		}
		o.tap(t, prefix+".page.forward")
	}
}

func TestIcons_of_the_demo_catalogue_are_there(t *testing.T) {
	c := demoCatalogue(t)
	for _, d := range c.Departments {
		if !icons.Has(d.Icon) {
			t.Errorf("department %s has the icon %q, which is not embedded", d.Name.ZH, d.Icon)
		}
	}
	for _, d := range c.Themes {
		if !icons.Has(d.Icon) {
			t.Errorf("theme %s has the icon %q, which is not embedded", d.Name.ZH, d.Icon)
		}
	}
}
