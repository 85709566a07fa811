package items

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Text is a text that a person reads, in Chinese and, where the hall has supplied it, in English.
// In a catalogue file it is either a plain string (Chinese only) or {"zh": …, "en": …}.
type Text struct {
	ZH string
	EN string
}

// In gives the text in a language ("zh" or "en"); Chinese where there is no English.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// IsZero tells whether there is no text at all; encoding/json leaves such a text out.
func (t Text) IsZero() bool { return t == Text{} }

// MarshalJSON writes a plain string where there is no English.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.EN == "" {
		return json.Marshal(t.ZH)
	}
	return json.Marshal(bilingual(t))
}

// UnmarshalJSON reads a string, or an object with zh and en and nothing else.
func (t *Text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '"' {
		t.EN = ""
		return json.Unmarshal(data, &t.ZH)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var b bilingual
	if len(data) == 0 || data[0] != '{' {
		return fmt.Errorf("a text must be a string or {\"zh\": …, \"en\": …}, not %.20q", data)
	}
	if err := dec.Decode(&b); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	*t = Text(b)
	return nil
}

type bilingual struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}
