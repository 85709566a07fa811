// Package items is the catalogue of service items (事项): what an item is, whether it is well formed,
// which of its fields, materials and rules hold for a given set of answers, and how an item is found.
//
// It promises that a catalogue which validates can be shown and filled in without a surprise: every code
// is checked, every condition compiles, every option that a condition names exists, and no rule can hold up a terminal.
// It never touches a device, a screen, a network or a disk.
//
// Read [Catalogue] first, then [Item], [Field] and [Material]. [Parse] reads a catalogue, [Catalogue.Validate] tells what is
// wrong with it, [NewIndex] makes it ready for a terminal: items found by department, theme and search, each with its
// [Program], which answers what holds for a visit's [Facts]. README.md tells how rules are written.
package items

// Catalogue is one version of everything that a terminal offers.
type Catalogue struct {
	Version     int          `json:"version"` // counts up with every publication
	Departments []Department `json:"departments"`
	Themes      []Theme      `json:"themes"`
	Items       []Item       `json:"items"`
}

// Department is an implementing body (实施主体).
type Department struct {
	Code string `json:"code"` // 统一社会信用代码, 18 characters, check character valid
	Name Text   `json:"name"`
	Icon string `json:"icon,omitempty"` // name of an icon below assets/icons
}

// Theme is a subject under which items are gathered for natural or legal persons (主题分类).
type Theme struct {
	Key  string `json:"key"`
	Name Text   `json:"name"`
	Icon string `json:"icon,omitempty"`
}

// Item is a service item with the elements of the implementation list (实施清单要素).
type Item struct {
	Code       string     `json:"code"`               // 实施编码, 31 characters
	Version    int        `json:"version"`            // 事项版本
	Ref        string     `json:"ref,omitempty"`      // the catalogue's own short reference, such as D01
	Name       Text       `json:"name"`               // 事项名称
	Type       string     `json:"type"`               // 事项类型: 01 行政许可 … 20 公共服务
	Department string     `json:"department"`         // 实施主体: code of a Department
	Level      int        `json:"level"`              // 行使层级: 1 国家 … 4 县
	Source     int        `json:"source,omitempty"`   // 权力来源: 1 法定本级行使, 2 上级下放 …
	Applicants []string   `json:"applicants"`         // 服务对象: natural, enterprise, sole_trader …
	AppliesTo  Text       `json:"applies_to"`         // 服务对象 in words, such as 自然人(≥80)
	Kind       int        `json:"kind"`               // 办件类型: 1 即办件, 2 承诺件
	Legal      Limit      `json:"legal_limit"`        // 法定办结时限
	Promised   Limit      `json:"promised_limit"`     // 承诺办结时限
	Fee        Fee        `json:"fee"`                // 是否收费
	Instant    string     `json:"instant"`            // auto, rule or no: who decides
	Decide     string     `json:"decide,omitempty"`   // 秒办 rule, CEL over the answers: must be there where Instant is rule, may narrow auto
	Result     Text       `json:"result"`             // 审批结果名称
	Basis      []Text     `json:"basis,omitempty"`    // 设定依据
	Conditions []Text     `json:"accept,omitempty"`   // 受理条件
	Process    []Text     `json:"process,omitempty"`  // 办理流程
	Place      Text       `json:"place"`              // 办理地点
	Hours      Text       `json:"hours"`              // 办理时间
	Contact    Text       `json:"contact"`            // 咨询方式
	Complaint  Text       `json:"complaint"`          // 监督投诉方式
	Modules    []string   `json:"modules"`            // card face cam sign scan a4 slip: what the terminal must have
	Sites      []string   `json:"sites"`              // H district hall, T town centre, V village station, B bank branch
	Themes     []string   `json:"themes"`             // keys of Themes
	Hot        int        `json:"hot,omitempty"`      // rank among the hot items, 1 first, 0 not hot
	Keywords   []string   `json:"keywords,omitempty"` // what people call it
	Notice     Text       `json:"notice"`             // 告知: shown before consent
	Fields     []Field    `json:"fields"`
	Materials  []Material `json:"materials"`
	Rules      []Rule     `json:"rules,omitempty"` // checks over several fields
	Hints      []Rule     `json:"hints,omitempty"` // same shape; shown when When is true, never blocks
	Note       Text       `json:"note,omitzero"`
}

// Limit is a time within which the item is decided.
type Limit struct {
	Words Text   `json:"words"`          // such as 10个工作日 or 即时
	Days  int    `json:"days,omitempty"` // 0 where it is not a number of days
	Unit  string `json:"unit,omitempty"` // workday or day
}

// Fee is what the item costs.
type Fee struct {
	Charged bool `json:"charged"`
	Words   Text `json:"words"` // such as 补卡25元
}

// The types of a field.
const (
	TypeText        = "text"
	TypeTextarea    = "textarea"
	TypeNumber      = "number"
	TypeMoney       = "money" // yuan, two decimals
	TypeDate        = "date"  // 2006-01-02
	TypeDateRange   = "daterange"
	TypeMonth       = "month" // 2006-01
	TypeSelect      = "select"
	TypeRadio       = "radio"
	TypeMultiselect = "multiselect"
	TypeBool        = "bool"
	TypePhone       = "phone"
	TypeIDNumber    = "idno"
	TypeUSCC        = "uscc"
	TypeBank        = "bank"
	TypeAddress     = "address"
	TypeRegion      = "region"
	TypePlate       = "plate"
	TypeFile        = "file"
	TypeList        = "list" // repeating group
)

// Field is one thing that the citizen is asked.
//
// An answer is held as: a string for every type but these — bool for bool; []string for multiselect and for
// daterange (from, to); []map[string]any for list. Numbers and money are strings in canonical decimal form.
type Field struct {
	Key      string   `json:"key"` // [a-z][a-z0-9_]*, unique in the item
	Label    Text     `json:"label"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Options  []Option `json:"options,omitempty"`
	When     string   `json:"when,omitempty"` // CEL; the field is asked only when true
	Min      string   `json:"min,omitempty"`  // smallest number, money, date or month: a literal, or CEL after "="
	Max      string   `json:"max,omitempty"`
	MinLen   int      `json:"min_len,omitempty"` // in characters, not bytes
	MaxLen   int      `json:"max_len,omitempty"`
	Pattern  string   `json:"pattern,omitempty"` // RE2, anchored by the checker
	Rules    []Rule   `json:"rules,omitempty"`
	Prefill  string   `json:"prefill,omitempty"` // name, sex, nation, birth, id_number, address, age of the card's holder; phone as typed above
	ReadOnly bool     `json:"read_only,omitempty"`
	Help     Text     `json:"help,omitzero"`
	Example  string   `json:"example,omitempty"`
	Fields   []Field  `json:"fields,omitempty"` // of a list
	MaxRows  int      `json:"max_rows,omitempty"`
}

// Option is one choice. Value is stored and used in rules; it is the Chinese word.
type Option struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
}

// Rule is a check: When is CEL and true where the rule is broken (in Rules) or where the hint applies (in Hints).
type Rule struct {
	When    string `json:"when"`
	Message Text   `json:"message"`
}

// Material is a paper or a record that goes with the submission.
type Material struct {
	Name    Text   `json:"name"`
	Need    int    `json:"need"`  // 必要性: 1 必要, 2 非必要, 3 容缺后补
	Level   string `json:"level"` // 可信等级 A B C D
	How     Text   `json:"how"`   // 读卡, 共享, 拍摄, 现场签署 …
	When    string `json:"when,omitempty"`
	Remark  Text   `json:"remark,omitzero"`
	DueDays int    `json:"due_days,omitempty"` // working days within which a deferred material must follow (default 5)
}
