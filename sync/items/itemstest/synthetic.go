// Package itemstest makes catalogues of any size, for tests and benchmarks only.
package itemstest

import (
	"fmt"
	"math/rand/v2"

	"zizhuban/sync/items"
)

// Codes of departments, in a region that is not used, with check characters computed.
var bodies = []struct{ code, name string }{
	{"11339900DEM000014A", "区人力社保局"}, {"11339900DEM0000225", "区医保局"}, {"11339900DEM0000300", "区公安分局"},
	{"11339900DEM000049W", "区公安分局交警"}, {"11339900DEM000057P", "区自然资源和规划局"}, {"11339900DEM000065J", "市公积金中心区分中心"},
	{"11339900DEM000073D", "区税务局"}, {"11339900DEM0000818", "区市场监管局"}, {"11339900DEM00009X0", "区民政局"},
	{"11339900DEM000102Q", "区残联"}, {"11339900DEM000110K", "区教育局"}, {"11339900DEM000129G", "区卫健局"},
}

var (
	whose  = []string{"企业职工", "灵活就业人员", "城乡居民", "个体工商户", "残疾人", "退役军人", "未成年人", "老年人", "流动人口", "机动车", "不动产", "食品经营", "道路运输", "建设工程", "特种设备", "渔业船舶", "民办学校", "医疗机构", "农民专业合作社", "外商投资企业"}
	matter = []string{"基本养老保险", "基本医疗保险", "失业保险", "工伤保险", "生育登记", "居住证", "户口迁移", "住房公积金", "驾驶证", "营业执照", "经营许可证", "从业资格证", "抵押登记", "补贴", "救助", "备案信息", "缴费证明", "安全生产许可", "卫生许可", "排水许可", "占道许可", "用地规划", "水电气过户", "法律援助", "志愿服务记录"}
	act    = []string{"申领", "变更", "注销", "延续", "补办", "查询", "打印", "登记", "备案", "年审", "核发", "换领", "转移", "撤销", "预约", "认定", "复核", "报销"}
	spoken = []string{"退休金", "社保卡", "医保卡", "身份证", "户口本", "房产证", "驾照", "低保", "公积金", "营业证", "残疾证", "老年证", "准生证", "结婚证", "养狗证"}
)

// Synthetic makes a catalogue of n items that validates. The same seed gives the same catalogue.
func Synthetic(n int, seed uint64) *items.Catalogue {
	r := rand.New(rand.NewPCG(seed, 61))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	c := &items.Catalogue{Version: 1, Themes: []items.Theme{
		{Key: "social", Name: items.Text{ZH: "社保", EN: "Social insurance"}}, {Key: "housing", Name: items.Text{ZH: "住房", EN: "Housing"}},
	}}
	for _, b := range bodies {
		c.Departments = append(c.Departments, items.Department{Code: b.code, Name: items.Text{ZH: b.name}})
	}
	for i := range n {
		body := bodies[r.IntN(len(bodies))].code
		limit := items.Limit{Words: items.Text{ZH: "5个工作日"}, Days: 5, Unit: "workday"}
		c.Items = append(c.Items, items.Item{
			Code: fmt.Sprintf("%s43320%08d", body, i), Version: 1, Ref: fmt.Sprintf("S%06d", i),
			Name: items.Text{ZH: pick(whose) + pick(matter) + pick(act) + "（" + pick(whose) + "）", EN: fmt.Sprintf("Synthetic service %d", i)},
			Type: "20", Department: body, Level: 4, Applicants: []string{"natural"}, AppliesTo: items.Text{ZH: "自然人"},
			Kind: items.KindPromised, Legal: limit, Promised: limit, Fee: items.Fee{Words: items.Text{ZH: "免费"}},
			Instant: items.InstantRule, Decide: `agent != true && amount < 1000.0`,
			Result: items.Text{ZH: "受理凭证"}, Place: items.Text{ZH: "大厅"}, Hours: items.Text{ZH: "工作日"},
			Contact: items.Text{ZH: "0570-0000000"}, Complaint: items.Text{ZH: "0570-0000000"}, Notice: items.Text{ZH: "仅用于办理本事项。"},
			Modules: []string{"card", "slip"}, Sites: []string{"H", "T", "V"}, Themes: []string{c.Themes[i%2].Key},
			Keywords: []string{pick(spoken), pick(spoken)},
			Fields: []items.Field{
				{Key: "act", Label: items.Text{ZH: "业务"}, Type: items.TypeRadio, Required: true, Options: []items.Option{
					{Value: "首次", Label: items.Text{ZH: "首次"}}, {Value: "变更", Label: items.Text{ZH: "变更"}}}},
				{Key: "since", Label: items.Text{ZH: "起始日期"}, Type: items.TypeDate, Required: true, Max: "=today"},
				{Key: "amount", Label: items.Text{ZH: "金额"}, Type: items.TypeMoney, Required: true, Min: "0.01"},
				{Key: "agent", Label: items.Text{ZH: "代办"}, Type: items.TypeBool},
				{Key: "agent_id", Label: items.Text{ZH: "代办人身份证号"}, Type: items.TypeIDNumber, Required: true, When: "agent",
					Rules: []items.Rule{{When: "agent_id == holder.id_number", Message: items.Text{ZH: "代办人不能是本人"}}}},
			},
			Materials: []items.Material{
				{Name: items.Text{ZH: "身份证"}, Need: items.NeedRequired, Level: "A", How: items.Text{ZH: "读卡"}},
				{Name: items.Text{ZH: "委托书"}, Need: items.NeedRequired, Level: "D", How: items.Text{ZH: "签署"}, When: "agent"},
			},
			Hints: []items.Rule{{When: `days(since, today) > 365`, Message: items.Text{ZH: "已超过一年，由工作人员判断"}}},
		})
	}
	return c
}
