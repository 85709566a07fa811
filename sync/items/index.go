package items

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
)

// Terminal is what decides which items a terminal offers.
type Terminal struct {
	Site    string   // H, T, V or B
	Modules []string // what it has, of card face cam sign scan a4 slip
}

// Hit is an item as one terminal offers it. The item belongs to the catalogue and must not be changed.
type Hit struct {
	Item    *Item
	Offered bool     // neither OffSite nor anything Missing
	Missing []string // modules that the item needs and the terminal has not
	OffSite bool     // not offered at this kind of place
}

// Group is a department or a theme.
type Group struct {
	Key   string // code of the department or key of the theme
	Name  Text
	Icon  string
	Count int // items that are offered here
}

// Rejection is an item that is left out, and why.
type Rejection struct {
	Code string
	Ref  string
	Name Text
	Err  error // joins Faults
}

// Index is a catalogue made ready for one terminal: rules compiled, items found by department, theme and search.
// It is immutable and safe for concurrent use.
type Index struct {
	catalogue *Catalogue
	rejected  []Rejection
	programs  []*Program // of the items that are kept, in the catalogue's order
	byCode    map[string]int
	search    *searcher
	hits      []Hit    // beside programs
	standing  []uint16 // beside hits, see standing
}

// NewIndex compiles every item and makes the catalogue searchable. An item with a fault is left out and told by
// [Index.Rejected]; the others are served. It fails only where there are items and none is of use.
func NewIndex(c *Catalogue, t Terminal) (*Index, error) {
	return newIndex(c, t, func(*Item) *Program { return nil })
}

// Next does what NewIndex does for a newer catalogue, and compiles only the items that changed: a publication of one item
// among thousands costs a terminal little.
func (x *Index) Next(c *Catalogue, t Terminal) (*Index, error) {
	return newIndex(c, t, func(it *Item) *Program {
		i, ok := x.byCode[it.Code]
		if !ok || !reflect.DeepEqual(x.programs[i].item, it) {
			return nil
		}
		same := *x.programs[i]
		same.item = it
		return &same
	})
}

func newIndex(c *Catalogue, t Terminal, compiled func(*Item) *Program) (*Index, error) {
	if c == nil {
		return nil, errors.New("index: there is no catalogue")
	}
	programs, errs := compileAll(c, compiled)
	x := &Index{catalogue: c, byCode: make(map[string]int, len(c.Items))}
	for i := range c.Items {
		it := &c.Items[i]
		if errs[i] != nil {
			x.rejected = append(x.rejected, Rejection{it.Code, it.Ref, it.Name, errs[i]})
			continue
		}
		x.byCode[it.Code] = len(x.programs)
		x.programs = append(x.programs, programs[i])
	}
	if len(x.programs) == 0 && len(c.Items) > 0 {
		return nil, fmt.Errorf("index: none of %d items is of use; the first: %w", len(c.Items), x.rejected[0].Err)
	}
	x.search = newSearcher(c, x.programs)
	x.hits, x.standing = offers(x.programs, t)
	return x, nil
}

// For gives the same catalogue for a terminal with other modules, as after a device failed or came back. It compiles nothing.
func (x *Index) For(t Terminal) *Index {
	other := *x
	other.hits, other.standing = offers(x.programs, t)
	return &other
}

// compileAll checks every item, and compiles those that are not compiled yet, on all processors; compiling is most of what
// loading a catalogue costs.
func compileAll(c *Catalogue, compiled func(*Item) *Program) ([]*Program, []error) {
	g := c.ground()
	programs, errs := make([]*Program, len(c.Items)), make([]error, len(c.Items))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(c.Items))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(c.Items); i += workers {
				faults := c.Items[i].check(g)
				if programs[i] = compiled(&c.Items[i]); programs[i] == nil {
					program, err := Compile(&c.Items[i])
					if err != nil {
						faults = append(faults, err)
					}
					programs[i] = program
				}
				errs[i] = errors.Join(faults...)
			}
		})
	}
	wg.Wait()
	return programs, errs
}

func offers(programs []*Program, t Terminal) ([]Hit, []uint16) {
	hits, standings := make([]Hit, len(programs)), make([]uint16, len(programs))
	for i, p := range programs {
		h := Hit{Item: p.item, OffSite: !slices.Contains(p.item.Sites, t.Site)}
		for _, m := range p.item.Modules {
			if !slices.Contains(t.Modules, m) {
				h.Missing = append(h.Missing, m)
			}
		}
		h.Offered = !h.OffSite && len(h.Missing) == 0
		hits[i], standings[i] = h, standing(h)
	}
	return hits, standings
}

// Catalogue is what was indexed, with the items that were rejected.
func (x *Index) Catalogue() *Catalogue { return x.catalogue }

// Rejected tells which items were left out.
func (x *Index) Rejected() []Rejection { return x.rejected }

// Len is the number of items that are served.
func (x *Index) Len() int { return len(x.programs) }

// Item finds an item by its code.
func (x *Index) Item(code string) (*Item, *Program, bool) {
	i, ok := x.byCode[code]
	if !ok {
		return nil, nil, false
	}
	return x.programs[i].item, x.programs[i], true
}

// Offer tells how this terminal offers an item.
func (x *Index) Offer(code string) (Hit, bool) {
	i, ok := x.byCode[code]
	if !ok {
		return Hit{}, false
	}
	return x.hits[i], true
}

// Department gives the items of a department: those that are offered first, hot ones first among them.
func (x *Index) Department(key string) []Hit {
	return x.where(func(it *Item) bool { return it.Department == key })
}

// Theme gives the items of a theme in the same order.
func (x *Index) Theme(key string) []Hit {
	return x.where(func(it *Item) bool { return slices.Contains(it.Themes, key) })
}

// Hot gives the hot items that are offered here, by rank.
func (x *Index) Hot() []Hit {
	var hot []Hit
	for _, h := range x.hits {
		if h.Offered && h.Item.Hot > 0 {
			hot = append(hot, h)
		}
	}
	slices.SortStableFunc(hot, func(a, b Hit) int { return cmp.Compare(a.Item.Hot, b.Item.Hot) })
	return hot
}

func (x *Index) where(of func(*Item) bool) []Hit {
	var found []Hit
	for _, h := range x.hits {
		if of(h.Item) {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b Hit) int { return cmp.Compare(standing(a), standing(b)) })
	return found
}

// standing orders items that are equally well found.
func standing(h Hit) uint16 {
	s := uint16(0)
	if !h.Offered {
		s = 1000
	}
	if h.Item.Hot == 0 || h.Item.Hot > 999 {
		return s + 999
	}
	return s + uint16(h.Item.Hot)
}

// Departments gives the departments that have items, in the catalogue's order.
func (x *Index) Departments() []Group {
	total, offered := map[string]int{}, map[string]int{}
	for _, h := range x.hits {
		total[h.Item.Department]++
		if h.Offered {
			offered[h.Item.Department]++
		}
	}
	var groups []Group
	for _, d := range x.catalogue.Departments {
		if total[d.Code] > 0 {
			groups = append(groups, Group{d.Code, d.Name, d.Icon, offered[d.Code]})
		}
	}
	return groups
}

// Themes gives the themes that have items, in the catalogue's order.
func (x *Index) Themes() []Group {
	total, offered := map[string]int{}, map[string]int{}
	for _, h := range x.hits {
		for _, t := range h.Item.Themes {
			total[t]++
			if h.Offered {
				offered[t]++
			}
		}
	}
	var groups []Group
	for _, t := range x.catalogue.Themes {
		if total[t.Key] > 0 {
			groups = append(groups, Group{t.Key, t.Name, t.Icon, offered[t.Key]})
		}
	}
	return groups
}
