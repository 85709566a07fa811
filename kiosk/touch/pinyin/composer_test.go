package pinyin_test

import (
	"strings"
	"testing"

	"zizhuban/kiosk/touch/pinyin"
)

func typed(letters string) *pinyin.Composer {
	c := pinyin.NewComposer(pinyin.New())
	for _, r := range letters {
		c.Type(r)
	}
	return c
}

func place(t *testing.T, c *pinyin.Composer, text string) int {
	t.Helper()
	for i, o := range c.Candidates() {
		if o.Text == text {
			return i
		}
	}
	t.Fatalf("%s is not offered for %s", text, c.Shown())
	return -1
}

func TestComposer_gives_the_sentence_at_one_choice(t *testing.T) {
	t.Parallel()
	c := typed("shenfenzheng")
	if text, done := c.Choose(0); text != "身份证" || !done {
		t.Errorf("got %q, done %v", text, done)
	}
	if !c.Empty() || c.Shown() != "" || len(c.Candidates()) != 0 {
		t.Errorf("after the choice %q is left", c.Shown())
	}
}

func TestComposer_lets_a_name_be_chosen_character_by_character(t *testing.T) {
	t.Parallel()
	c := typed("shilijia")
	if text, done := c.Choose(place(t, c, "示例")); done || text != "" {
		t.Fatalf("two of three syllables are chosen, yet it gave %q", text)
	}
	if got, want := c.Shown(), "示例jia"; got != want {
		t.Errorf("shows %q, want %q", got, want)
	}
	if text, done := c.Choose(place(t, c, "甲")); text != "示例甲" || !done {
		t.Errorf("got %q, done %v", text, done)
	}
}

func TestComposer_takes_back_letters_and_choices(t *testing.T) {
	t.Parallel()
	c := typed("nihaoma")
	c.Choose(place(t, c, "你好"))
	for _, want := range []string{"你好m", "ni'hao", "ni'ha", "ni'h", "ni", "n", ""} {
		if !c.Backspace() || c.Shown() != want {
			t.Errorf("shows %q, want %q", c.Shown(), want)
		}
	}
	if c.Backspace() {
		t.Error("nothing is left to take back")
	}
}

func TestComposer_takes_letters_only(t *testing.T) {
	t.Parallel()
	c := typed("'N1你ü -’’x'")
	if got, want := c.Letters(), "nv'x'"; got != want {
		t.Errorf("holds %q, want %q", got, want)
	}
	for range 2 * pinyin.MaxInput {
		c.Type('a')
	}
	if got := c.Letters(); got != strings.Repeat("a", pinyin.MaxInput) {
		t.Errorf("holds %d letters", len(got))
	}
}

func TestComposer_ignores_a_choice_that_is_not_offered(t *testing.T) {
	t.Parallel()
	c := typed("ni")
	for _, i := range []int{-1, len(c.Candidates())} {
		if text, done := c.Choose(i); text != "" || done || c.Shown() != "ni" {
			t.Errorf("choice %d gave %q, %v, and left %q", i, text, done, c.Shown())
		}
	}
}
