// Package catalogue holds the demo catalogue: the 61 service items of a district in Zhejiang, with made-up departments.
//
// catalogue.json has the departments and themes, items/ a file for each department, in the form that sync/items reads. Law
// articles and time limits were true of the texts named in each item's basis when they were written down; read them again
// before you show them to real citizens. All telephone numbers are 0570-0000000.
package catalogue

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

//go:embed catalogue.json items/*.json
var files embed.FS

// JSON is the whole demo catalogue as one document, the input of items.Parse.
func JSON() []byte { return whole() }

var whole = sync.OnceValue(func() []byte {
	doc, err := merge(files)
	if err != nil {
		panic(err) // the files are embedded; found by the first test that runs
	}
	return doc
})

// merge puts the items of every department's file into the document of catalogue.json, in the order of the files' names.
func merge(from fs.FS) ([]byte, error) {
	var head struct {
		Version     int               `json:"version"`
		Departments []json.RawMessage `json:"departments"`
		Themes      []json.RawMessage `json:"themes"`
		Items       []json.RawMessage `json:"items"`
	}
	if err := read(from, "catalogue.json", &head); err != nil {
		return nil, err
	}
	names, err := fs.Glob(from, "items/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var items []json.RawMessage
		if err := read(from, name, &items); err != nil {
			return nil, err
		}
		head.Items = append(head.Items, items...)
	}
	return json.MarshalIndent(head, "", "  ")
}

func read(from fs.FS, name string, into any) error {
	data, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
