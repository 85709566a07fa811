package items_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/items"
)

func TestParse_reads_back_what_was_written(t *testing.T) {
	t.Parallel()
	c := demo(t)
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := items.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, back) {
		t.Error("the catalogue changed on its way through JSON")
	}
}

func TestParse_tells_the_line_of_what_it_cannot_read(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ doc, want string }{
		{"{\n \"version\": 1,\n \"itmes\": []\n}", "line 3"},
		{"{\n \"version\": \"one\"\n}", "line 2"},
		{"{\n \"version\": 1,\n}", "line 3"},
		{"{\"version\": 1}\n{}", "line 2"},
		{"", "line 1"},
		{"{\n\"items\": [{\"name\": {\"zh\": \"a\", \"fr\": \"b\"}}]}", `unknown field "fr"`},
	} {
		_, err := items.Parse([]byte(c.doc))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want an error with %q", c.doc, err, c.want)
		}
	}
}

// FuzzParse: whatever can be read can be validated, indexed and written without a panic.
func FuzzParse(f *testing.F) {
	whole := catalogue.JSON()
	f.Add([]byte(`{"version":1,"departments":[{"code":"11339900DEM000014A","name":"局"}],"themes":[],"items":[{"code":"","fields":[{"key":"a","type":"list","fields":[{}]}]}]}`))
	f.Add([]byte(`{"items":[{"fields":[{"key":"a","when":"a ||"}],"materials":[{"when":"1"}]}]}`))
	f.Add(whole[:4000])
	f.Add(bytes.ReplaceAll(whole[:20000], []byte("\n"), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := items.Parse(data)
		if err != nil {
			return
		}
		bad := c.Validate() != nil
		x, err := items.NewIndex(c, everything)
		if err == nil {
			if !bad && len(x.Rejected()) > 0 {
				t.Errorf("a catalogue validates, and its index rejects %v", x.Rejected()[0].Err)
			}
			x.Search("a", 3)
		}
		if _, err := json.Marshal(c); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
