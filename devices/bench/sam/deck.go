package sam

import "strings"

// Deck is every card of the bench. The persons are those of the demo catalogue; none of them exists.
func Deck() []Card {
	fingers := make([]byte, 1024)
	fingers[0] = 'C'
	cards := []Card{
		resident("DEMO1", "示例甲", "1", "01", "19580312", "330000195803120014", "退休资格认证", func(c *Card) {
			c.Address = "浙江省示例市示范区青山镇溪口村12号"
			c.From, c.To = "20080401", "长期"
		}),
		resident("DEMO2", "示例乙", "2", "01", "19871105", "330000198711050024", "普通成年人", func(c *Card) {
			c.Address = "浙江省示例市示范区文昌街道学院路88号3幢2单元601室"
			c.From, c.To = "20190620", "20390620"
			c.Management, c.Serial = [4]byte{0x11, 0x22, 0x33, 0x44}, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
			c.Fingerprint = fingers
		}),
		resident("DEMO3", "示例丙", "1", "01", "20080520", "330000200805200038", "未成年人，须监护人", func(c *Card) {
			c.Address = "浙江省示例市示范区文昌街道学院路88号3幢2单元601室"
			c.From, c.To = "20220815", "20270815"
		}),
		resident("DEMO4", "示例丁", "2", "01", "19430901", "330000194309010042", "80岁以上，长辈版", func(c *Card) {
			c.Address = "浙江省示例市示范区白云乡石门村5组"
			c.From, c.To = "20060110", "长期"
		}),
		resident("DEMO5", "示例𬭚", "1", "22", "19990214", "330000199902140051", "生僻字，畲族", func(c *Card) {
			c.Address = "浙江省示例市示范区大均畲族乡伏叶村3号"
			c.From, c.To = "20170701", "20270701"
			c.Management, c.Serial = [4]byte{0xAA, 0xAA, 0xAA, 0x96}, [8]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 4, 0}
		}),
		resident("DEMO6", "买买提·示例", "1", "05", "19920730", "330000199207300076", "间隔号姓名，维吾尔族", func(c *Card) {
			c.Address = "新疆维吾尔自治区示例市示范区友谊路7号"
			c.Authority = "示例市公安局友谊分局"
			c.From, c.To = "20180309", "20380309"
		}),
		{
			Key: "foreign", Label: "外国人永久居留证 2017", Hint: "I 型，终端不支持时须说明", Kind: Foreigner,
			Name: "证件样本", English: "ZHENGJIAN, YANGBEN", Sex: "1", Number: "PAK310080010103", Country: "PAK",
			Birth: "19800101", From: "20230808", To: "20330807", Version: "01", Office: "1500",
		},
		{
			Key: "foreign2023", Label: "外国人永久居留证 2023", Hint: "Y 型（五星卡）", Kind: Foreigner3,
			Name: "证件样本", English: "ZHENGJIAN, YANGBEN ZHENG JIAN YANG", Sex: "2", Nation: "00", Birth: "19800101",
			Number: "931586198001010028", From: "20230808", To: "20330807", Country: "PAK",
		},
		{
			Key: "permit", Label: "港澳台居民居住证", Hint: "J 型", Kind: Permit,
			Name: "李四", Sex: "2", Birth: "19900101", Address: "广东省深圳市示例路2号", Number: "810000199001010027",
			Authority: "深圳市公安局", From: "20200101", To: "20250101", Pass: "H12345678", Issues: "01",
		},
		{Key: "bank", Label: "银行卡", Hint: "选卡时答 40", Kind: NotACard, SelectStatus: StatusWrongCard},
		{Key: "transit", Label: "公交卡", Hint: "寻卡时答 40", Kind: NotACard, FindStatus: StatusWrongCard},
		resident("forged", "示例戊", "1", "01", "19700101", "330000197001010015", "信息校验不过，答 33", func(c *Card) {
			c.Address = "浙江省示例市示范区假山路1号"
			c.From, c.To = "20200101", "20400101"
			c.ReadStatus = StatusForged
			c.Label = "伪造的身份证"
		}),
		resident("mute", "示例己", "2", "01", "19700101", "330000197001010023", "读卡器认证不过，答 31", func(c *Card) {
			c.Address = "浙江省示例市示范区假山路2号"
			c.From, c.To = "20200101", "20400101"
			c.SelectStatus = StatusCardDenied
			c.Label = "损坏的身份证"
		}),
	}
	return cards
}

// resident makes a resident card of the demo district.
func resident(key, name, sex, nation, birth, number, hint string, more func(*Card)) Card {
	c := Card{
		Key: key, Label: name, Hint: hint, Kind: Resident, Name: name, Sex: sex, Nation: nation, Birth: birth,
		Number: number, Authority: "示例市公安局示范分局",
	}
	more(&c)
	return c
}

// Find gives the card of that name, whatever the case of its letters.
func Find(key string) (Card, bool) {
	for _, c := range Deck() {
		if strings.EqualFold(c.Key, key) {
			return c, true
		}
	}
	return Card{}, false
}
