package touch_test

import (
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/jonboulle/clockwork"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/sync/wire"
)

// Fyne has one app in a process, which carries the theme: these tests run one after another.

func themed(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Standard))
}

// lines are the lines that a text was broken into at a width.
func lines(text string, width float32) []string {
	x := touch.NewText(text, touch.Body)
	x.Resize(fyne.NewSize(width, 2000))
	var out []string
	for _, o := range test.WidgetRenderer(x).Objects() {
		out = append(out, o.(*canvas.Text).Text)
	}
	return out
}

func TestText_is_broken_as_Chinese_is(t *testing.T) {
	themed(t)
	const em = 32 // of the body
	for _, c := range []struct {
		name, text string
		ems        float32
		want       []string
	}{
		{"between any two characters", "请把身份证平放", 4, []string{"请把身份", "证平放"}},
		{"never before a closing mark", "请放好，再拿走。", 3, []string{"请放", "好，再", "拿走。"}},
		{"never after an opening mark", "点一下“下一步”", 4, []string{"点一下", "“下一", "步”"}},
		{"never inside a number", "在2026年办理", 3.5, []string{"在2026", "年办理"}},
		{"at the spaces of English", "Place your card", 5, []string{"Place your", "card"}},
		{"at a new line", "一\n二", 9, []string{"一", "二"}},
		{"with no character left alone", "社会保险参保证明打印", 9, []string{"社会保险参保证明", "打印"}},
		{"with no short word left alone", "Please do not move the card", 10.5, []string{"Please do not move", "the card"}},
		{"inside a word that is wider than a line", "ABCDEFGHIJKLMNOPQR", 4, nil},
	} {
		got := lines(c.text, c.ems*em+1)
		if c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%s: %q became %q, want %q", c.name, c.text, got, c.want)
		}
		for _, l := range got {
			if w := fyne.MeasureText(l, em, fyne.TextStyle{}).Width; w > c.ems*em+2 {
				t.Errorf("%s: %q is %.0f wide, the room is %.0f", c.name, l, w, c.ems*em)
			}
		}
		if all := strings.Join(got, ""); strings.ReplaceAll(all, " ", "") != strings.NewReplacer(" ", "", "\n", "").Replace(c.text) {
			t.Errorf("%s: %q lost something: %q", c.name, c.text, got)
		}
	}
}

func FuzzText_loses_nothing_and_fits(f *testing.F) {
	for _, s := range []string{"请把身份证平放在读卡区。", "Place your card, please (now)", "“（《", "，，，。。", "a\x00b", "\xff\xfe", "𠮷𤭢", "1234567890123456789012345"} {
		f.Add(s, uint16(120))
	}
	app := test.NewApp()
	app.Settings().SetTheme(theme.New(theme.Standard))
	f.Fuzz(func(t *testing.T, s string, width uint16) {
		if len(s) > 200 {
			return
		}
		w := float32(width%2000) + 40
		x := touch.NewText(s, touch.Body)
		x.Resize(fyne.NewSize(w, 2000))
		var got strings.Builder
		for _, o := range test.WidgetRenderer(x).Objects() {
			got.WriteString(o.(*canvas.Text).Text)
		}
		if squeeze(got.String()) != squeeze(s) {
			t.Errorf("%q became %q", s, got.String())
		}
	})
}

// squeeze leaves out what may fall away at the end of a line.
func squeeze(s string) string { return strings.Join(strings.Fields(string([]rune(s))), "") }

func TestText_shortens_its_last_line_or_reads_its_short_words(t *testing.T) {
	themed(t)
	x := touch.NewText("第 1 页，共 3 页", touch.Body.Max(1))
	x.Resize(fyne.NewSize(90, 50))
	first := func() string { return test.WidgetRenderer(x).Objects()[0].(*canvas.Text).Text }
	if got := first(); !strings.HasSuffix(got, "…") {
		t.Errorf("it reads %q, want it shortened", got)
	}
	x.SetShort("1 / 3")
	if got := first(); got != "1 / 3" {
		t.Errorf("it reads %q, want its short words", got)
	}
}

func press(at fyne.Position) *desktop.MouseEvent {
	return &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at}}
}

// surface is the rectangle that a widget is drawn on.
func surface(w fyne.Widget) *canvas.Rectangle {
	return test.WidgetRenderer(w).Objects()[0].(*canvas.Rectangle)
}

func TestButton_shows_the_touch_at_once_and_acts_on_the_release(t *testing.T) {
	themed(t)
	taps := 0
	b := touch.NewButton("a", "好", "", touch.Primary, func() { taps++ })
	b.Resize(fyne.NewSize(200, 96))
	rest := surface(b).FillColor
	b.MouseDown(press(fyne.NewPos(10, 10)))
	if surface(b).FillColor == rest {
		t.Error("nothing shows that the button is touched")
	}
	if taps != 0 {
		t.Error("it acts on the press")
	}
	b.MouseUp(press(fyne.NewPos(10, 10)))
	b.Tapped(&fyne.PointEvent{})
	if surface(b).FillColor != rest || taps != 1 {
		t.Errorf("after the release: at rest %v, taps %d", surface(b).FillColor == rest, taps)
	}
}

func TestButton_is_let_go_when_the_finger_is_lifted_elsewhere(t *testing.T) {
	themed(t)
	a := touch.NewButton("a", "甲", "", touch.Primary, func() {})
	b := touch.NewButton("b", "乙", "", touch.Primary, func() {})
	a.Resize(fyne.NewSize(200, 96))
	rest := surface(a).FillColor
	a.MouseDown(press(fyne.NewPos(10, 10)))
	b.MouseUp(press(fyne.NewPos(300, 10)))
	if surface(a).FillColor != rest {
		t.Error("it stays pressed after the finger left it for another button")
	}
	a.MouseDown(press(fyne.NewPos(10, 10)))
	touch.NewBackdrop(nil).MouseUp(press(fyne.NewPos(10, 900)))
	if surface(a).FillColor != rest {
		t.Error("it stays pressed after the finger left it for the ground")
	}
}

func TestButton_that_is_off_neither_shows_nor_acts(t *testing.T) {
	themed(t)
	b := touch.NewButton("a", "好", "", touch.Primary, func() { t.Error("it acts") })
	b.SetEnabled(false)
	rest := surface(b).FillColor
	b.MouseDown(press(fyne.NewPos(10, 10)))
	if surface(b).FillColor != rest {
		t.Error("it shows a touch")
	}
	b.Tapped(&fyne.PointEvent{})
}

func TestButton_makes_its_label_smaller_before_it_breaks_a_word(t *testing.T) {
	themed(t)
	b := touch.NewButton("a", "Previous page", "chevron-left", touch.Secondary, nil)
	b.Resize(fyne.NewSize(170, 96))
	var got []string
	for _, o := range test.WidgetRenderer(b).Objects() {
		if l, ok := o.(*canvas.Text); ok {
			got = append(got, l.Text)
			if w := fyne.MeasureText(l.Text, l.TextSize, l.TextStyle).Width; w > 170 {
				t.Errorf("%q is %.0f wide", l.Text, w)
			}
		}
	}
	if strings.Join(got, " ") != "Previous page" {
		t.Errorf("the label is %q", got)
	}
}

func TestControls_delay_no_tap_and_ignore_the_pointer_that_rests_on_them(t *testing.T) {
	themed(t)
	for _, w := range []fyne.Widget{
		touch.NewButton("a", "好", "", touch.Primary, nil), touch.NewTile("b", touch.TileView{Title: "事项"}, nil),
		touch.NewCell("c", "house", "住房", "3", nil), touch.NewBackdrop(nil), touch.NewText("x", touch.Body),
		touch.NewScroll(touch.NewText("x", touch.Body), nil), touch.NewSignaturePad("p", "", clockwork.NewFakeClock(), nil),
	} {
		if _, ok := w.(fyne.DoubleTappable); ok {
			t.Errorf("%T is DoubleTappable: every tap would wait", w)
		}
		if _, ok := w.(desktop.Hoverable); ok {
			t.Errorf("%T is Hoverable", w)
		}
		if _, ok := w.(fyne.Focusable); ok {
			t.Errorf("%T is Focusable: it would take the focus", w)
		}
	}
}

// scrolled is a scroll with three buttons below each other, of which one fits.
func scrolled(t *testing.T, taps *[]string) (*touch.Scroll, []*touch.Button) {
	t.Helper()
	themed(t)
	var buttons []*touch.Button
	var objects []fyne.CanvasObject
	for _, id := range []string{"a", "b", "c"} {
		b := touch.NewButton(id, id, "", touch.Secondary, func() { *taps = append(*taps, id) })
		buttons = append(buttons, b)
		objects = append(objects, b)
	}
	s := touch.NewScroll(touch.Column(16, objects...), nil)
	s.Resize(fyne.NewSize(400, 120))
	return s, buttons
}

// slide does what the driver does for a press on b that moves by dy in steps and is let go: after two pixels it is a drag, and
// the tap is dropped.
func slide(s *touch.Scroll, b *touch.Button, dy float32) {
	b.MouseDown(press(fyne.NewPos(50, 50)))
	step := dy / 4
	for i := range 4 {
		at := fyne.NewPos(50, 50+step*float32(i+1))
		s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at}, Dragged: fyne.NewDelta(0, step)})
	}
	b.MouseUp(press(fyne.NewPos(50, 50+dy)))
	s.DragEnd()
}

func TestScroll_takes_an_unsteady_finger_for_a_tap(t *testing.T) {
	var taps []string
	s, buttons := scrolled(t, &taps)
	slide(s, buttons[1], 12)
	if s.Offset() != 0 || !slices.Equal(taps, []string{"b"}) {
		t.Errorf("offset %v, taps %v; want a tap on b and no movement", s.Offset(), taps)
	}
}

func TestScroll_follows_a_drag_and_taps_nothing(t *testing.T) {
	var taps []string
	s, buttons := scrolled(t, &taps)
	slide(s, buttons[0], -80)
	if s.Offset() != 80 || len(taps) != 0 {
		t.Errorf("offset %v, taps %v; want 80 and none", s.Offset(), taps)
	}
	if buttons[0].Down() {
		t.Error("the button stays pressed")
	}
	slide(s, buttons[0], -4000)
	if above, below := s.Hidden(); below != 0 || above != s.Offset() {
		t.Errorf("it can be dragged beyond its end: %v above, %v below", above, below)
	}
	slide(s, buttons[0], 4000)
	if s.Offset() != 0 {
		t.Errorf("it can be dragged beyond its beginning: %v", s.Offset())
	}
}

func TestScroll_reveals_with_the_least_movement(t *testing.T) {
	var taps []string
	s, _ := scrolled(t, &taps)
	s.Reveal(112, 208)
	if s.Offset() != 88 {
		t.Errorf("offset %v, want 88: the stretch just in at the foot", s.Offset())
	}
	s.Reveal(112, 208)
	if s.Offset() != 88 {
		t.Errorf("what is seen already moved to %v", s.Offset())
	}
	s.Reveal(0, 50)
	if s.Offset() != 0 {
		t.Errorf("offset %v, want 0", s.Offset())
	}
}

func TestPages_show_every_section_once_and_in_order(t *testing.T) {
	themed(t)
	labels := touch.PagerLabels{Back: "上一页", Forward: "下一页", At: func(p, n int) string { return "" }}
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		n, columns := 1+r.IntN(30), 1+r.IntN(3)
		var sections []fyne.CanvasObject
		for range n {
			sections = append(sections, touch.Box(1, 60+float32(r.IntN(200)), touch.Space()))
		}
		p := touch.NewPages("p", labels, columns, nil)
		p.Resize(fyne.NewSize(900, 700))
		p.SetSections(sections)
		seen := 0
		for page := range p.Count() {
			p.Turn(page)
			for i, s := range sections {
				if !s.Visible() {
					continue
				}
				if i != seen {
					t.Fatalf("page %d shows section %d, want %d", page, i, seen)
				}
				seen++
				if end := s.Position().Y + s.Size().Height; end > 700 {
					t.Errorf("section %d ends at %.0f of 700", i, end)
				}
			}
		}
		if seen != n || !p.Last() {
			t.Errorf("%d of %d sections were seen", seen, n)
		}
		p.Turn(1000)
		if !p.Last() {
			t.Error("turning beyond the end does not show the last page")
		}
		p.Turn(-5)
		if p.Page() != 0 {
			t.Error("turning before the beginning does not show the first page")
		}
	}
}

func TestPages_need_one_page_at_the_height_that_they_ask_for(t *testing.T) {
	themed(t)
	labels := touch.PagerLabels{At: func(p, n int) string { return "" }}
	for n := 1; n < 30; n++ {
		var sections []fyne.CanvasObject
		for i := range n {
			sections = append(sections, touch.Box(1, 60.3+float32(i)*0.7, touch.Space()))
		}
		p := touch.NewPages("p", labels, 1, nil)
		p.SetSections(sections)
		p.Resize(fyne.NewSize(900, touch.HeightFor(p.Container, 900)))
		if p.Count() != 1 {
			t.Errorf("%d sections take %d pages", n, p.Count())
		}
	}
}

func TestPages_always_have_a_pager_where_there_are_more(t *testing.T) {
	themed(t)
	labels := touch.PagerLabels{At: func(p, n int) string { return "" }}
	for height := float32(100); height < 900; height += 50 {
		p := touch.NewPages("p", labels, 1, nil)
		p.SetSections([]fyne.CanvasObject{touch.Box(1, 300, touch.Space()), touch.Box(1, 300, touch.Space())})
		p.Resize(fyne.NewSize(900, height))
		pager := p.Objects[len(p.Objects)-1]
		if more := p.Count() > 1; pager.Visible() != more {
			t.Errorf("%.0f high there are %d pages, and the pager shows: %v", height, p.Count(), pager.Visible())
		}
	}
}

func TestColumn_gives_what_is_left_to_the_stretching_and_takes_it_back(t *testing.T) {
	themed(t)
	fixed := touch.Box(1, 100, touch.Space())
	wide := touch.Stretch(touch.Box(1, 200, touch.Space()))
	c := touch.Column(10, fixed, wide, touch.Space())
	c.Resize(fyne.NewSize(300, 500))
	if got := wide.Size().Height; got != 200+(500-320)/2 {
		t.Errorf("with room the stretching part is %.0f high", got)
	}
	c.Resize(fyne.NewSize(300, 200))
	if got := wide.Size().Height; got < 79.9 || got > 80.1 {
		t.Errorf("without room the stretching part is %.0f high, want 80", got)
	}
	if got := fixed.Size().Height; got != 100 {
		t.Errorf("the fixed part is %.0f high", got)
	}
}

func TestFitting_hides_what_there_is_no_room_for(t *testing.T) {
	themed(t)
	var objects []fyne.CanvasObject
	for range 5 {
		objects = append(objects, touch.Box(1, 100, touch.Space()))
	}
	c := touch.Fitting(10, objects...)
	for _, x := range []struct {
		height float32
		want   int
	}{{330, 3}, {99, 0}, {1000, 5}} {
		c.Resize(fyne.NewSize(300, x.height))
		n := 0
		for _, o := range objects {
			if o.Visible() {
				n++
			}
		}
		if n != x.want {
			t.Errorf("%.0f high shows %d, want %d", x.height, n, x.want)
		}
	}
}

func TestQR_can_be_read_by_a_phone(t *testing.T) {
	themed(t)
	const text = "https://hall.example/t/01994f6e-7c1a-7d55-8a51-3b3f2a6f0d42"
	q := touch.NewQR(text, 320)
	if got := decode(t, q.Picture(320, 320)); got != text {
		t.Errorf("it reads %q", got)
	}
	q.SetText("another")
	if got := decode(t, q.Picture(333, 400)); got != "another" {
		t.Errorf("after SetText it reads %q", got)
	}
	q.SetText(strings.Repeat("x", 5000))
	if q.Readable() {
		t.Error("a text too long for a code counts as readable")
	}
}

func decode(t *testing.T, img image.Image) string {
	t.Helper()
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	if err != nil {
		t.Fatalf("the code cannot be read: %v", err)
	}
	return res.GetText()
}

// signed is a pad of 1000×500 pixels and what it tells.
func signed(t *testing.T) (*touch.SignaturePad, *clockwork.FakeClock, *[][]wire.Stroke) {
	t.Helper()
	themed(t)
	clock, told := clockwork.NewFakeClock(), &[][]wire.Stroke{}
	p := touch.NewSignaturePad("sign.pad", "请签名", clock, func(s []wire.Stroke) { *told = append(*told, s) })
	p.Resize(fyne.NewSize(1000, 500))
	return p, clock, told
}

func drag(at fyne.Position) *fyne.DragEvent {
	return &fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at, AbsolutePosition: at}}
}

func TestSignaturePad_records_strokes_with_their_time_in_thousandths_of_its_width(t *testing.T) {
	p, clock, told := signed(t)
	p.Resize(fyne.NewSize(500, 250))
	p.MouseDown(press(fyne.NewPos(100, 50)))
	clock.Advance(20e6)
	p.Dragged(drag(fyne.NewPos(150, 75)))
	p.MouseUp(press(fyne.NewPos(150, 75)))
	p.DragEnd()
	clock.Advance(980e6)
	p.MouseDown(press(fyne.NewPos(250, 125)))
	p.MouseUp(press(fyne.NewPos(250, 125)))
	want := []wire.Stroke{{{X: 200, Y: 100, T: 0}, {X: 300, Y: 150, T: 20}}, {{X: 500, Y: 250, T: 1000}}}
	if len(*told) != 2 {
		t.Fatalf("it told %d times, want once a stroke", len(*told))
	}
	got := (*told)[1]
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("stroke %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestSignaturePad_keeps_a_finger_that_leaves_it_at_its_edge(t *testing.T) {
	p, _, told := signed(t)
	p.MouseDown(press(fyne.NewPos(500, 250)))
	p.Dragged(drag(fyne.NewPos(-400, 9000)))
	p.DragEnd()
	last := (*told)[0][0][1]
	if last.X != 0 || last.Y != 500 {
		t.Errorf("the stroke ends at %d, %d; want the corner 0, 500", last.X, last.Y)
	}
}

func TestSignaturePad_draws_ink_and_wipes_it(t *testing.T) {
	p, _, told := signed(t)
	raster := func() image.Image {
		for _, o := range test.WidgetRenderer(p).Objects() {
			if r, ok := o.(*canvas.Raster); ok {
				return r.Generator(1000, 500)
			}
		}
		t.Fatal("there is no ink layer")
		return nil
	}
	inked := func() (n int) {
		img := raster().(*image.NRGBA)
		for i := 3; i < len(img.Pix); i += 4 {
			if img.Pix[i] > 0 {
				n++
			}
		}
		return n
	}
	if inked() != 0 {
		t.Fatal("the pad is not clean at first")
	}
	p.MouseDown(press(fyne.NewPos(100, 100)))
	for i := range 50 {
		p.Dragged(drag(fyne.NewPos(100+float32(i)*16, 100+float32(i%7)*20)))
	}
	p.DragEnd()
	if n := inked(); n < 5000 {
		t.Errorf("only %d pixels bear ink", n)
	}
	p.Clear()
	if n := inked(); n != 0 || len(p.Strokes()) != 0 {
		t.Errorf("after Clear %d pixels and %d strokes are left", n, len(p.Strokes()))
	}
	if last := (*told)[len(*told)-1]; last != nil {
		t.Errorf("Clear told %v", last)
	}
}

func TestSignaturePad_draws_what_was_recorded_again_at_another_size(t *testing.T) {
	p, _, _ := signed(t)
	var raster *canvas.Raster
	for _, o := range test.WidgetRenderer(p).Objects() {
		if r, ok := o.(*canvas.Raster); ok {
			raster = r
		}
	}
	raster.Generator(1000, 500)
	p.MouseDown(press(fyne.NewPos(100, 100)))
	p.Dragged(drag(fyne.NewPos(900, 400)))
	p.DragEnd()
	img := raster.Generator(500, 250).(*image.NRGBA)
	if img.NRGBAAt(250, 125).A == 0 {
		t.Error("the stroke is lost at another size")
	}
}

func TestSignaturePad_stays_bounded_however_long_it_is_scribbled_on(t *testing.T) {
	p, _, _ := signed(t)
	for i := range 400 {
		p.MouseDown(press(fyne.NewPos(float32(i), 10)))
		for j := range 100 {
			p.Dragged(drag(fyne.NewPos(float32(j%2)*500, float32(j))))
		}
		p.DragEnd()
	}
	points := 0
	for _, s := range p.Strokes() {
		points += len(s)
	}
	if len(p.Strokes()) > 200 || points > 8000 {
		t.Errorf("%d strokes and %d points were kept", len(p.Strokes()), points)
	}
}

func TestTrail_names_every_step_or_only_the_present_one(t *testing.T) {
	themed(t)
	trail := touch.NewTrail(false)
	names := []string{"看指南", "看告知", "刷身份证", "填写", "核对", "签名", "取回执"}
	texts := func() string {
		var out []string
		for _, o := range test.WidgetRenderer(trail).Objects() {
			if x, ok := o.(*canvas.Text); ok {
				out = append(out, x.Text)
			}
		}
		return strings.Join(out, " ")
	}
	trail.Resize(fyne.NewSize(1000, 110))
	trail.Set(names, 2, "第 3 步，共 7 步：")
	if got := texts(); got != "看指南 看告知 3 刷身份证 4 填写 5 核对 6 签名 7 取回执" {
		t.Errorf("with room it reads %q", got)
	}
	trail.Resize(fyne.NewSize(500, 110))
	if got := texts(); !strings.HasSuffix(got, "第 3 步，共 7 步：刷身份证") || strings.Contains(got, "看告知") {
		t.Errorf("without room it reads %q", got)
	}
}

func TestCountdown_changes_only_its_number(t *testing.T) {
	themed(t)
	c := touch.NewCountdown(100, theme.ColorBrand)
	c.Resize(fyne.NewSize(100, 100))
	before := slices.Clone(test.WidgetRenderer(c).Objects())
	c.Set(20)
	c.Set(19)
	after := test.WidgetRenderer(c).Objects()
	if !slices.Equal(before, after) || after[1].(*canvas.Text).Text != "19" {
		t.Errorf("it shows %q with new objects: %v", after[1].(*canvas.Text).Text, !slices.Equal(before, after))
	}
}
