package fields_test

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/fields"
	"zizhuban/sync/items"
)

// The pictures of the gallery are drawn into the directory that this variable names; without it only their layout is made, as
// drawing takes seconds.
const galleryVariable = "GALLERY"

func options(labels ...string) []form.OptionView {
	var out []form.OptionView
	for _, l := range labels {
		out = append(out, form.OptionView{Value: l, Label: l})
	}
	return out
}

// galleryFields are fields of the demo catalogue, answered and unanswered.
func galleryFields() []form.FieldView {
	nations := options("汉族", "畲族", "回族", "满族", "土家族", "苗族", "壮族", "侗族", "布依族", "彝族", "蒙古族", "藏族", "维吾尔族", "朝鲜族", "瑶族", "白族", "哈尼族", "哈萨克族")
	return []form.FieldView{
		{Key: "name", Label: "姓名", Type: items.TypeText, ReadOnly: true, Value: "示*甲", Shown: "示*甲"},
		{Key: "purpose_text", Label: "其他用途说明", Type: items.TypeText, MaxLen: 40, Required: true},
		{Key: "story", Label: "案情摘要", Type: items.TypeTextarea, MaxLen: 800, Value: "去年十二月在示例工地做工，工资至今没有发，多次去要都说没有钱，现在想请法律援助中心帮忙。"},
		{Key: "phone", Label: "手机号码", Type: items.TypePhone, Value: "13900000001", Error: "手机号码应是11位"},
		{Key: "idno", Label: "身份证号", Type: items.TypeIDNumber, Value: "330000195803120014"},
		{Key: "bank", Label: "银行卡号", Type: items.TypeBank, Value: "6222020000000000000"},
		{Key: "uscc", Label: "统一社会信用代码", Type: items.TypeUSCC, Value: "11339900DEM000014A"},
		{Key: "plate", Label: "号牌号码", Type: items.TypePlate, Value: "浙A12345"},
		{Key: "amount", Label: "发票金额", Type: items.TypeMoney, Value: "1234567.50"},
		{Key: "months", Label: "缴费月数", Type: items.TypeNumber, Value: "12"},
		{Key: "birth", Label: "出生日期", Type: items.TypeDate, Value: "1958-03-12"},
		{Key: "from", Label: "起始月", Type: items.TypeMonth, Required: true},
		{Key: "stay", Label: "就诊起止", Type: items.TypeDateRange, Value: []string{"2026-01-02", "2026-02-03"}},
		{Key: "purpose", Label: "用途", Type: items.TypeSelect, Required: true, Options: options("购房", "入学", "公积金", "户口", "贷款", "诉讼", "其他"), Value: "入学"},
		{Key: "rec_kind", Label: "备案类型", Type: items.TypeRadio, Required: true, Options: options("异地安置退休", "异地长期居住", "常驻异地工作", "异地转诊", "急诊"), Value: "异地转诊"},
		{Key: "ins_kind", Label: "险种", Type: items.TypeMultiselect, Options: options("养老", "工伤", "失业"), Value: []string{"养老", "失业"}},
		{Key: "married", Label: "是否已婚", Type: items.TypeBool, Value: true},
		{Key: "nation", Label: "民族", Type: items.TypeSelect, Options: nations},
		{Key: "place", Label: "就医地", Type: items.TypeRegion, Value: "浙江省/杭州市/西湖区"},
		{Key: "addr", Label: "居住地址", Type: items.TypeAddress, Value: "浙江省杭州市西湖区示例街道示例路1号3幢2单元501室"},
		{Key: "photo", Label: "白底2寸照片", Type: items.TypeFile, ReadOnly: true, Shown: "请把材料原件带到窗口，由工作人员当面收取"},
		{Key: "members", Label: "家庭成员", Type: items.TypeList, MaxRows: 5, Rows: [][]form.FieldView{{
			{Key: "members.0.name", Label: "姓名", Type: items.TypeText, Required: true, Value: "示例乙"},
			{Key: "members.0.rel", Label: "关系", Type: items.TypeSelect, Required: true, Options: options("配偶", "子女", "父母", "其他"), Error: "请选择关系"},
			{Key: "members.0.income", Label: "月收入", Type: items.TypeMoney, Example: "2300"},
		}}},
	}
}

// page is how a screen shows fields: name, editor, error, in as many columns as it is wide.
func page(w *window, lang string, views []form.FieldView, columns int) *fyne.Container {
	grid := touch.Grid(columns, touch.Gap(2))
	for _, v := range views {
		block := touch.Column(touch.Gap(0.75), touch.NewText(v.Label, touch.Strong), fields.New(v, lang, w, w.answer))
		if v.Error != "" {
			block.Add(touch.NewText(v.Error, touch.Style{Color: theme.ColorDanger}))
		}
		grid.Add(block)
	}
	return touch.Inset(touch.Gap(2.25), touch.Gap(2), grid)
}

var windows = map[string]struct {
	size    fyne.Size
	columns int
}{"portrait": {fyne.NewSize(1080, 1920), 1}, "landscape": {fyne.NewSize(1920, 1080), 2}}

func TestGallery_draws_every_type_of_field(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Standard, theme.Elder, theme.HighContrast} {
		fyne.CurrentApp().Settings().SetTheme(theme.New(mode))
		for _, lang := range []string{"zh", "en"} {
			for name, win := range windows {
				w := aWindow(lang)
				p := page(w, lang, galleryFields(), win.columns)
				high := touch.HeightFor(p, win.size.Width)
				if high < 2000/float32(win.columns) {
					t.Errorf("%v %s %s: all fields are %v high", mode, lang, name, high)
				}
				draw(t, p, fyne.NewSize(win.size.Width, high), fmt.Sprintf("fields-%v-%s-%s", mode, name, lang))
				for _, open := range []struct{ id, picture string }{
					{"field.birth", "date"}, {"field.from", "month"}, {"field.place", "region"}, {"field.nation", "many"}, {"field.story", "text"},
				} {
					w.tap(t, p, open.id)
					keys := w.board.HeightFor(win.size.Width)
					if share := keys / win.size.Height; share > 2.0/3 {
						t.Errorf("%v %s %s: the panel of %s takes %.0f %% of the window", mode, lang, name, open.id, share*100)
					}
					w.board.Resize(fyne.NewSize(win.size.Width, keys))
					draw(t, w.board, fyne.NewSize(win.size.Width, keys), fmt.Sprintf("panel-%s-%v-%s-%s", open.picture, mode, name, lang))
				}
				draw(t, p, fyne.NewSize(win.size.Width, high), fmt.Sprintf("typing-%v-%s-%s", mode, name, lang))
				w.HideKeyboard()
			}
		}
	}
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Standard))
}

func draw(t *testing.T, o fyne.CanvasObject, size fyne.Size, name string) {
	t.Helper()
	dir := os.Getenv(galleryVariable)
	if dir == "" {
		return
	}
	w := test.NewTempWindow(t, container.NewStack(touch.Surface(theme.ColorPaper), o))
	w.SetPadded(false)
	w.Resize(size)
	img := w.Canvas().Capture()
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
