package walkthrough

import (
	"zizhuban/assets/catalogue"
	"zizhuban/sync/items"
)

// DemoPlan is the visit that make run shows: 门诊费用报销, with a form of many kinds of field. The numbers in it pass their
// checks and belong to nobody.
func DemoPlan() (Plan, error) {
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Search: "mzfybx", Card: "DEMO2", Sign: true, Answers: []Answer{
		{"@phone", Typed, "13900000000"},
		{"treat_place", Place, "浙江省/杭州市/西湖区"},
		{"hospital", Pinyin, "renminyiyuan"},
		{"visit_date", Today, ""},
		{"invoice_kind", Option, "电子票据"},
		{"invoice_no", Typed, "3300000001"},
		{"total_fee", Typed, "1234.5"},
		{"reason", Option, "异地急诊"},
		{"bank_account", Typed, "6222020000000000000"},
		{"agent", Option, "false"},
	}}
	for i := range c.Items {
		if c.Items[i].Ref == "D12" {
			p.Item = c.Items[i].Code
		}
	}
	return p, nil
}
