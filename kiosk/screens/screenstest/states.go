package screenstest

import (
	"zizhuban/kiosk/form"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

// Named is a state with a name, such as guide-not-offered.
type Named struct {
	Name  string
	State visit.State
	Tap   string // what is touched then, by its ID; empty for nothing
}

// words chooses by language.
type words string

func (l words) of(zh, en string) string {
	if l == "en" {
		return en
	}
	return zh
}

var trail = []visit.Step{visit.Guide, visit.Consent, visit.CardStep, visit.FormStep, visit.Review, visit.Sign, visit.Done}

// States are plain states of every screen, in a language and mode. Nothing in them belongs to a real person.
func States(lang string, elder bool) []Named {
	l := words(lang)
	at := func(step visit.Step, trailAt int) visit.State {
		s := visit.State{Step: step, Revision: 1, Lang: lang, Elder: elder, Online: true, TrailAt: trailAt, CanBack: true, CanNext: true,
			Place: l.of("示范区政务服务中心", "Demo District Service Hall")}
		if trailAt >= 0 {
			s.Trail = trail
		}
		return s
	}
	var out []Named
	add := func(name string, s visit.State) { out = append(out, Named{Name: name, State: s}) }

	s := at(visit.Idle, -1)
	add("idle", s)
	s.Online = false
	add("idle-offline", s)

	s = at(visit.Home, -1)
	s.CanBack = false
	s.HomeView = homeView(l)
	add("home", s)
	s.Online = false
	full := *s.HomeView
	full.Notices = []visit.Message{{Text: items.Text{ZH: "身份证阅读器正在维修，需要刷身份证的事项请到窗口办理", EN: "The ID card reader is being repaired. Please go to a counter for services that need it."}}}
	full.Unfinished = &visit.SlipView{LocalNumber: "7K3M-0042", ItemName: l.of("高龄津贴申领", "Allowance for the elderly"), Printed: "failed"}
	s.HomeView = &full
	add("home-notices", s)

	s = at(visit.List, -1)
	s.ListView = &visit.ListView{Kind: "department", Title: l.of("区人力资源和社会保障局", "Human Resources and Social Security Bureau"), Tiles: tiles(l, 12)}
	add("list", s)
	s.ListView = &visit.ListView{Kind: "search", Query: l.of("社保", "insurance"), Tiles: tiles(l, 3)}
	add("search", s)
	s.ListView = &visit.ListView{Kind: "search", Query: l.of("飞船", "spaceship")}
	add("search-nothing", s)
	s.ListView = &visit.ListView{Kind: "search", Query: l.of("社保", "insurance"), Tiles: tiles(l, 9)}
	out = append(out, Named{"search-typing", s, "list.search"})

	s = at(visit.Guide, 0)
	s.GuideView = guideView(l)
	add("guide", s)
	closed := *s.GuideView
	closed.Offered, closed.Why = false, visit.Message{Text: items.Text{
		ZH: "这台机器没有高拍仪，请到区政务服务中心办理", EN: "This terminal has no document camera. Please go to the district service centre."}}
	s.GuideView, s.CanNext = &closed, false
	add("guide-not-offered", s)

	s = at(visit.Consent, 1)
	s.GuideView = guideView(l)
	s.CanNext = false
	add("consent", s)

	card := func(name string, v visit.CardView, next bool) {
		s := at(visit.CardStep, 2)
		s.CardView, s.CanNext = &v, next
		add(name, s)
	}
	card("card-waiting", visit.CardView{Phase: visit.CardWaiting}, false)
	card("card-reading", visit.CardView{Phase: visit.CardReading}, false)
	card("card-failed", visit.CardView{Phase: visit.CardFailed, Trouble: visit.Message{Text: items.Text{
		ZH: "身份证拿得太早了，请放平，等提示后再拿走", EN: "The card was lifted too early. Please leave it until you are told."}}}, false)
	card("card-read", visit.CardView{Phase: visit.CardRead, Name: "示**", Number: "330***********0014", Lift: true,
		Notes: []visit.Message{{Text: items.Text{ZH: "这张身份证 2024-06-30 到期了，请尽快换领", EN: "This card expired on 2024-06-30. Please renew it soon."}}}}, true)

	s = at(visit.FormStep, 3)
	s.FormView = formView(l, false)
	add("form", s)
	s.FormView = formView(l, true)
	add("form-errors", s)
	s.FormView = formView(l, false)
	out = append(out, Named{"form-typing", s, "field.phone"})

	s = at(visit.Review, 4)
	s.ReviewView = reviewView(l)
	add("review", s)

	s = at(visit.Sign, 5)
	s.CanNext = false
	s.SignView = &visit.SignView{Promise: l.of(
		"我承诺：填写的内容和交的材料都是真实的；如果不真实，我愿意承担法律责任，并退回已经领取的津贴。\n我知道可以随时到区民政局更正或撤回申请。",
		"I declare that what I have entered and handed in is true. If it is not, I bear the legal consequences and pay back what I have received.\nI know that I can correct or withdraw my application at the District Civil Affairs Bureau at any time.")}
	add("sign", s)

	add("submitting", at(visit.Submitting, 6))
	s = at(visit.Printing, 6)
	s.SlipView = slipView(l, visit.SlipPrinting)
	add("printing", s)

	s = at(visit.Done, 6)
	s.CanBack, s.Countdown = false, 28
	s.SlipView = slipView(l, visit.SlipPrinted)
	add("done", s)
	s.SlipView = slipView(l, visit.SlipFailed)
	s.SlipView.Deferred = nil
	add("done-no-slip", s)

	s = at(visit.FormStep, 3)
	s.FormView = formView(l, false)
	s.Warning = &visit.Warning{Seconds: 18}
	add("warning", s)

	s = at(visit.Printing, 6)
	s.SlipView = slipView(l, visit.SlipPrinting)
	s.Problem = &visit.Problem{Code: "printer-paper-out",
		Title: visit.Message{Text: items.Text{ZH: "打印纸用完了", EN: "The printer is out of paper"}},
		Body: visit.Message{Text: items.Text{ZH: "您的申请已经提交，不会丢失。请叫工作人员换纸后再试一次，或者不要回执，拍下屏幕上的回执号。",
			EN: "Your application is submitted and will not be lost. Please ask the staff for paper and try again, or go on without a slip and photograph the number."}},
		Actions: []visit.Action{visit.ActRetry, visit.ActWithoutSlip}}
	add("problem", s)
	return out
}

func homeView(l words) *visit.HomeView {
	v := &visit.HomeView{Hot: tiles(l, 8)}
	for i, d := range [][3]string{
		{"briefcase", "区人力社保局", "Human Resources and Social Security"}, {"heart-pulse", "区医保局", "Healthcare Security"},
		{"shield", "区公安分局", "Public Security"}, {"car", "区公安分局交警", "Traffic Police"},
		{"map", "区自然资源和规划局（不动产登记）", "Natural Resources (Real Estate Registration)"}, {"landmark", "市公积金中心区分中心", "Housing Provident Fund Centre"},
		{"receipt", "区税务局", "Taxation"}, {"store", "区市场监管局", "Market Regulation"}, {"hand-heart", "区民政局", "Civil Affairs"},
		{"accessibility", "区残联", "Disabled Persons' Federation"}, {"graduation-cap", "区教育局", "Education"}, {"stethoscope", "区卫健局", "Health Commission"},
		{"scale", "区司法局", "Justice"}, {"building-2", "区综合执法局", "Urban Management"}, {"building", "区住建局", "Housing and Construction"},
		{"bus", "区交通运输局", "Transport"}, {"award", "团区委/社会工作部", "Youth League and Social Work"}, {"plug-zap", "公用企业（水电气）", "Utilities (water, power, gas)"},
	} {
		v.Departments = append(v.Departments, visit.Group{Key: "D" + string(rune('A'+i)), Name: l.of(d[1], d[2]), Icon: d[0], Count: 1 + i*7%13})
	}
	for i, d := range [][3]string{
		{"baby", "生育收养", "Birth and adoption"}, {"graduation-cap", "教育科研", "Education"}, {"briefcase", "就业创业", "Work and business"},
		{"heart-pulse", "医疗卫生", "Health care"}, {"house", "住房保障", "Housing"}, {"car", "交通出行", "Travel"}, {"hand-heart", "社会救助", "Social aid"},
	} {
		v.Themes = append(v.Themes, visit.Group{Key: "T" + string(rune('A'+i)), Name: l.of(d[1], d[2]), Icon: d[0], Count: 2 + i*5%9})
	}
	return v
}

func tiles(l words, n int) []visit.Tile {
	all := []struct{ zh, en, dept, deptEn, time, timeEn string }{
		{"社会保险参保证明打印", "Print a certificate of social insurance", "区人力社保局", "Human Resources and Social Security", "即时", "at once"},
		{"养老保险待遇领取资格认证", "Confirm entitlement to a pension", "区人力社保局", "Human Resources and Social Security", "即时", "at once"},
		{"门诊费用报销", "Reimbursement of outpatient costs", "区医保局", "Healthcare Security", "15个工作日", "15 working days"},
		{"居民身份证换领预约与预填", "Book a renewal of the resident identity card", "区公安分局", "Public Security", "20日", "20 days"},
		{"高龄津贴申领", "Allowance for the elderly", "区民政局", "Civil Affairs", "5个工作日", "5 working days"},
		{"异地就医备案", "Register medical treatment elsewhere", "区医保局", "Healthcare Security", "即时", "at once"},
		{"不动产转移登记与水电气数过户（联动，预受理）", "Transfer of real estate together with water, power, gas and broadband (pre-acceptance)", "区自然资源和规划局（不动产登记）", "Natural Resources (Real Estate Registration)", "3个工作日", "3 working days"},
		{"残疾人两项补贴申请", "Two allowances for disabled persons", "区残联", "Disabled Persons' Federation", "10个工作日", "10 working days"},
		{"租房提取住房公积金", "Withdraw housing provident fund for rent", "市公积金中心区分中心", "Housing Provident Fund Centre", "即时", "at once"},
		{"法律援助申请", "Apply for legal aid", "区司法局", "Justice", "5个工作日", "5 working days"},
		{"义务教育入学报名（信息核对与材料补充）", "Enrolment in compulsory education (check data, add materials)", "区教育局", "Education", "20个工作日", "20 working days"},
		{"机动车驾驶证期满换证", "Renewal of a driving licence", "区公安分局交警", "Traffic Police", "1个工作日", "1 working day"},
	}
	var out []visit.Tile
	for i, t := range all[:n] {
		tile := visit.Tile{Code: "DEMO" + string(rune('A'+i)), Name: l.of(t.zh, t.en), Department: l.of(t.dept, t.deptEn),
			Kind: 2, Promised: l.of(t.time, t.timeEn), Offered: i != 6}
		if t.time == "即时" {
			tile.Kind = 1
		}
		if !tile.Offered {
			tile.Why = visit.Message{Text: items.Text{ZH: "这里不能办，请到区政务服务中心", EN: "Not here: please go to the district service centre"}}
		}
		out = append(out, tile)
	}
	return out
}

func text(zh, en string) items.Text { return items.Text{ZH: zh, EN: en} }

func guideView(l words) *visit.GuideView {
	return &visit.GuideView{Lang: string(l), Dept: l.of("区民政局", "District Civil Affairs Bureau"), Offered: true,
		Notice: l.of("您正在办理“高龄津贴申领”。为了办理，区民政局会使用您的姓名、身份证号、住址、电话和银行账号。\n这些信息只用来审核您的申请、发放津贴和通知结果，保存到津贴停发后三年。\n您可以不同意。不同意时请到区政务服务中心一楼民政窗口办理，时间和结果都一样。\n您可以随时到区民政局查看、更正或删除自己的信息，电话 0000-12345。",
			"You are about to apply for the allowance for the elderly. To decide on it, the District Civil Affairs Bureau uses your name, ID number, address, telephone and bank account.\nThey are used only to check the application, pay the allowance and tell you the result, and are kept for three years after the last payment.\nYou may refuse. In that case please go to the Civil Affairs counter on the ground floor; time and result are the same.\nYou can see, correct or delete your data at the bureau at any time, telephone 0000-12345."),
		NoticeVer: "1-demo",
		Item: &items.Item{Code: "11339900DEM00009X04330790047000", Version: 3, Name: text("高龄津贴申领", "Allowance for the elderly"),
			AppliesTo: text("自然人（80周岁以上）", "Persons of 80 years and over"), Kind: 2,
			Legal: items.Limit{Words: text("30个工作日", "30 working days")}, Promised: items.Limit{Words: text("5个工作日", "5 working days")},
			Result: text("受理凭证", "Slip of acceptance"), Basis: []items.Text{text("《浙江省老年人权益保障条例》第三十三条", "Regulations of Zhejiang Province on the Rights of the Elderly, article 33")},
			Conditions: []items.Text{text("户籍在本区", "Registered in this district"), text("年满80周岁", "80 years or older"), text("没有重复领取同类津贴", "No similar allowance is received")},
			Process:    []items.Text{text("提交申请", "Apply"), text("街道核对户籍和年龄", "The sub-district checks registration and age"), text("区民政局审核，每月15日发放到银行卡", "The bureau decides; paid to your bank card on the 15th of each month")},
			Place:      text("区政务服务中心一楼民政窗口，各镇（街道）便民服务中心", "Civil Affairs counter, ground floor of the district hall; service centres of the towns"),
			Hours:      text("工作日 8:30–12:00，13:30–17:30", "Working days 8:30–12:00, 13:30–17:30"),
			Contact:    text("0000-12345", "0000-12345"), Complaint: text("0000-12346", "0000-12346"),
			Materials: []items.Material{
				{Name: text("身份证", "Identity card"), Need: 1, Level: "A", How: text("读卡", "read here")},
				{Name: text("本人银行卡", "Your bank card"), Need: 1, Level: "C", How: text("拍摄", "photographed")},
				{Name: text("户口簿", "Household register"), Need: 3, Level: "B", How: text("窗口核对", "checked at a counter"), Remark: text("数据共享可免", "not needed where data are shared")},
				{Name: text("享受津贴承诺书", "Declaration on the allowance"), Need: 1, Level: "D", How: text("现场签署", "signed here")},
			}}}
}

func formView(l words, errors bool) *visit.FormView {
	v := &visit.FormView{Page: 1, Pages: 3, Title: l.of("领取方式", "How it is paid"), Fields: []form.FieldView{
		{Key: "name", Label: l.of("姓名", "Name"), Type: items.TypeText, ReadOnly: true, Required: true, Value: "示例丁", Shown: "示例丁"},
		{Key: "phone", Label: l.of("联系电话", "Telephone"), Type: items.TypePhone, Required: true, Help: l.of("有结果会打这个电话", "We call this number with the result"), Example: "13800000000", Value: "13800000000", Shown: "138 0000 0000"},
		{Key: "pay", Label: l.of("发放方式", "Payment"), Type: items.TypeRadio, Required: true, Value: "银行卡", Shown: l.of("银行卡", "Bank card"), Options: []form.OptionView{
			{Value: "银行卡", Label: l.of("银行卡", "Bank card"), Chosen: true}, {Value: "社保卡", Label: l.of("社保卡", "Social security card")}, {Value: "代领", Label: l.of("亲属代领", "Collected by a relative")}}},
		{Key: "account", Label: l.of("银行账号", "Account number"), Type: items.TypeBank, Required: true, Value: "6222", Shown: "6222"},
		{Key: "alone", Label: l.of("是否独居", "Do you live alone?"), Type: items.TypeBool},
	}, Hints: []string{l.of("账号要和本人姓名一致，否则不能发放。", "The account must be in your own name.")}}
	if errors {
		v.Fields[1].Value, v.Fields[1].Shown, v.Fields[1].Error = "1380000", "138 0000", l.of("电话号码是 11 位，您输入了 7 位", "A telephone number has 11 digits; you entered 7")
		v.Fields[3].Error = l.of("银行账号有一位不对，请对照银行卡再看一遍", "One digit is wrong. Please compare it with your card.")
	}
	return v
}

func reviewView(l words) *visit.ReviewView {
	return &visit.ReviewView{Item: l.of("高龄津贴申领", "Allowance for the elderly"), Rows: []visit.ReviewRow{
		{Label: l.of("姓名", "Name"), Value: "示**", Page: -1},
		{Label: l.of("身份证号", "ID number"), Value: "330***********0042", Page: -1},
		{Label: l.of("联系电话", "Telephone"), Value: "138****0000", Page: 0},
		{Label: l.of("联系地址", "Address"), Value: l.of("示范区示范街道幸福路18号3幢2单元501室", "Room 501, Unit 2, Building 3, 18 Happiness Road, Demo Sub-district"), Page: 0},
		{Label: l.of("发放方式", "Payment"), Value: l.of("银行卡", "Bank card"), Page: 1},
		{Label: l.of("银行账号", "Account number"), Value: "6222 0000 0000 0000 000", Page: 1},
		{Label: l.of("是否独居", "Lives alone"), Value: l.of("否", "No"), Page: 1},
	}, Materials: deferred(l)}
}

func deferred(l words) []visit.ReviewMaterial {
	return []visit.ReviewMaterial{
		{Name: l.of("身份证", "Identity card"), State: "read"},
		{Name: l.of("户口簿", "Household register"), State: "deferred", Due: "2026-09-18"},
		{Name: l.of("享受津贴承诺书", "Declaration on the allowance"), State: "promised"},
	}
}

func slipView(l words, printed string) *visit.SlipView {
	return &visit.SlipView{LocalNumber: "7K3M-0042", ItemName: l.of("高龄津贴申领", "Allowance for the elderly"),
		Tracking: "https://hall.example/t/01994f6e-7c1a-7d55-8a51-3b3f2a6f0d42", Printed: printed, Reprints: 1,
		Deferred: deferred(l)[1:2]}
}
