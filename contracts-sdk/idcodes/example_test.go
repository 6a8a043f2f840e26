package idcodes_test

import (
	"fmt"

	"github.com/chancery-chain/chancery/contracts-sdk/idcodes"
)

func Example() {
	u, err := idcodes.ParseUSCC("91440300708461136T")
	fmt.Println(u.Region, u.OrgCode, err)
	fmt.Println(idcodes.CheckUSCC("91440300708416136T"))
	// Output:
	// 440300 708461136 <nil>
	// USCC: position 18: check digit does not match
}

func ExampleError() {
	// A contract turns the error into one of its own and says which field it was.
	err := idcodes.CheckContainer("CSQX3054383")
	if fault, ok := err.(*idcodes.Error); ok && fault.Rule == idcodes.RuleCharacter {
		fmt.Println("field container,", "character", fault.Position)
	}
	// Output: field container, character 4
}

func ExampleUSCCCheckDigit() {
	digit, err := idcodes.USCCCheckDigit("91350100M000100Y4")
	fmt.Println(string(digit), err)
	// Output: 3 <nil>
}

func ExampleUnitLetters() {
	// A register that adds a letter keeps its own set in state.
	letters := idcodes.StandardUnitLetters()
	letters.Parcel += "K"
	unit, err := letters.Parse("440703001002GK00012F00010102")
	fmt.Println(unit.County, unit.Parcel, unit.FixtureUnit, err)
	// Output: 440703 K 00010102 <nil>
}

func ExampleGTIN14() {
	key, err := idcodes.GTIN14("6901234500011")
	fmt.Println(key, err)
	// Output: 06901234500011 <nil>
}

func ExampleParseFiscalBill() {
	bill, err := idcodes.ParseFiscalBill("11060126", "0000000001")
	fmt.Println(bill, bill.Region, bill.Year, bill.Number, err)
	// Output: 110601260000000001 11 26 1 <nil>
}

func ExampleLicenceID_CheckDigit() {
	id := idcodes.LicenceID{
		Type:    "11100000000013338W011",
		Issuer:  "11440700MB2T00043D",
		Serial:  "SN00000001",
		Version: "001",
	}
	digit, err := id.CheckDigit()
	id.Check = string(digit)
	fmt.Println(id, err)
	// Output: 1.2.156.3005.2.11100000000013338W011.11440700MB2T00043D.SN00000001.001.L <nil>
}
