package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"zizhuban/sync/wire"
)

// types are all types of the package that go over the line, by the name of their schema.
var types = map[string]any{
	"EnrolRequest": wire.EnrolRequest{}, "Enrolment": wire.Enrolment{}, "Recipient": wire.Recipient{}, "RenewRequest": wire.RenewRequest{},
	"Header": wire.Header{}, "Envelope": wire.Envelope{}, "KeyShare": wire.KeyShare{}, "Attachment": wire.Attachment{}, "Submission": wire.Submission{},
	"Answer": wire.Answer{}, "Missing": wire.Missing{}, "Receipt": wire.Receipt{}, "ReceiptBody": wire.ReceiptBody{},
	"Application": wire.Application{}, "Applicant": wire.Applicant{}, "MaterialState": wire.MaterialState{}, "Consent": wire.Consent{}, "Point": wire.Point{},
	"Heartbeat": wire.Heartbeat{}, "HeartbeatAnswer": wire.HeartbeatAnswer{}, "UpdatesAnswer": wire.UpdatesAnswer{}, "Problem": wire.Problem{},
}

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestContract_is_a_valid_document(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %s", doc.OpenAPI)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestContract_has_the_schema_of_every_type_and_no_other(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	for name, v := range types {
		s := doc.Components.Schemas[name]
		if s == nil {
			t.Errorf("%s has no schema", name)
			continue
		}
		compareStruct(t, name, reflect.TypeOf(v), s.Value)
	}
	for name := range doc.Components.Schemas {
		if types[name] == nil {
			t.Errorf("schema %s has no type", name)
		}
	}
}

// compareStruct holds a struct's JSON names, their types and which are always there against a schema.
func compareStruct(t *testing.T, where string, typ reflect.Type, s *openapi3.Schema) {
	t.Helper()
	var names, required []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			t.Errorf("%s.%s has no JSON name", where, f.Name)
			continue
		}
		names = append(names, name)
		if option != "omitempty" && option != "omitzero" {
			required = append(required, name)
		}
		p := s.Properties[name]
		if p == nil {
			t.Errorf("%s: the schema has no %s", where, name)
			continue
		}
		compareType(t, where+"."+name, f.Type, p)
	}
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			t.Errorf("%s: the type has no %s", where, name)
		}
	}
	slices.Sort(required)
	want := slices.Clone(s.Required)
	slices.Sort(want)
	if !slices.Equal(required, want) {
		t.Errorf("%s: the type always writes %v, the schema requires %v", where, required, want)
	}
}

func compareType(t *testing.T, where string, typ reflect.Type, ref *openapi3.SchemaRef) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	s := ref.Value
	is := func(want string) {
		t.Helper()
		if s.Type == nil || !s.Type.Is(want) {
			t.Errorf("%s is a %v, its schema %v", where, typ, s.Type)
		}
	}
	switch {
	case typ == reflect.TypeFor[time.Time]():
		is("string")
		if s.Format != "date-time" {
			t.Errorf("%s: format %q", where, s.Format)
		}
	case typ == reflect.TypeFor[json.RawMessage]():
		if s.Type != nil {
			t.Errorf("%s may be anything, its schema is %v", where, s.Type)
		}
	case typ == reflect.TypeFor[[]byte]():
		is("string")
		if s.ContentEncoding != "base64" {
			t.Errorf("%s: byte strings are base64, the schema says %q", where, s.ContentEncoding)
		}
	case typ.Kind() == reflect.Struct:
		if want := "#/components/schemas/" + typ.Name(); ref.Ref != want {
			t.Errorf("%s refers to %q, want %s", where, ref.Ref, want)
		}
	case typ.Kind() == reflect.Slice:
		is("array")
		if s.Items == nil {
			t.Errorf("%s has no items", where)
			return
		}
		compareType(t, where+"[]", typ.Elem(), s.Items)
	case typ.Kind() == reflect.Map:
		is("object")
	case typ.Kind() == reflect.String:
		is("string")
	case typ.Kind() == reflect.Bool:
		is("boolean")
	case typ.Kind() >= reflect.Int && typ.Kind() <= reflect.Uint64:
		is("integer")
	default:
		t.Errorf("%s: no rule for %v", where, typ)
	}
}

func TestContract_has_every_path_with_examples_that_the_types_read(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	paths := []string{
		wire.PathEnrol, wire.PathRenew, wire.PathSubmission, wire.PathBlob, wire.PathHeartbeat, wire.PathUpdatesWait,
		wire.PathUpdates + "{file}", wire.PathTrack + "{number}",
	}
	for _, p := range paths {
		if doc.Paths.Value(p) == nil {
			t.Errorf("there is no path %s", p)
		}
	}
	if n := doc.Paths.Len(); n != len(paths) {
		t.Errorf("the document has %d paths, the package %d", n, len(paths))
	}
	examples := 0
	look := func(where string, content openapi3.Content) {
		for kind, m := range content {
			var values []any
			if m.Example != nil {
				values = append(values, m.Example)
			}
			for _, e := range m.Examples {
				values = append(values, e.Value.Value)
			}
			if len(values) == 0 {
				t.Errorf("%s, %s: no example", where, kind)
			}
			name := strings.TrimPrefix(m.Schema.Ref, "#/components/schemas/")
			for _, v := range values {
				examples++
				if typ := types[name]; typ != nil {
					readStrictly(t, where, reflect.TypeOf(typ), v)
				}
			}
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			if op.RequestBody != nil {
				look(where, op.RequestBody.Value.Content)
			}
			for status, r := range op.Responses.Map() {
				look(where+" "+status, r.Value.Content)
			}
		}
	}
	if examples < 20 {
		t.Errorf("only %d examples were looked at", examples)
	}
}

// readStrictly reads an example into its type, and wants the same back: nothing unknown, nothing that is always there left out.
func readStrictly(t *testing.T, where string, typ reflect.Type, example any) {
	t.Helper()
	data, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.New(typ)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v.Interface()); err != nil {
		t.Errorf("%s: example of %s: %v", where, typ.Name(), err)
		return
	}
	back, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(data, &a) != nil || json.Unmarshal(back, &b) != nil {
		t.Fatal("JSON does not read its own")
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s: the example of %s\n%s comes back as\n%s", where, typ.Name(), data, back)
	}
}

// The vectors of sync/seal go over the line as the contract says.
func TestContract_describes_the_test_vectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../seal/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Submission json.RawMessage `json:"submission"`
		Receipt    json.RawMessage `json:"receipt"`
		Plain      []byte          `json:"plain"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var sub wire.Submission
	var receipt wire.Receipt
	if err := json.Unmarshal(v.Submission, &sub); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(v.Receipt, &receipt); err != nil {
		t.Fatal(err)
	}
	doc := contract(t)
	for name, data := range map[string][]byte{
		"Submission": v.Submission, "Receipt": v.Receipt, "Header": sub.Envelope.Header, "ReceiptBody": receipt.Body, "Application": v.Plain,
	} {
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas[name].Value.VisitJSON(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
