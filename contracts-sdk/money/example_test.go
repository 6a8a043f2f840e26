package money_test

import (
	"fmt"

	"github.com/chancery-chain/chancery/contracts-sdk/money"
)

func Example() {
	price, err := money.ParseFen("1234567.89")
	if err != nil {
		fmt.Println(err)
		return
	}
	deed, _ := price.Part(150, money.HalfUp) // 1.5 %
	total, _ := money.Add(price, deed)
	fmt.Println(deed, total)
	// Output: 18518.52 1253086.41
}

func ExampleAdd() {
	balance := money.Fen(9_223_372_036_854_775_807)
	_, err := money.Add(balance, 1)
	fmt.Println(err == money.ErrOverflow, err)
	// Output: true money: amount out of range
}

func ExampleMulDiv() {
	// Interest for 30 of 365 days at 4.35 % a year on 10,000.00 yuan. Everything
	// is multiplied first and divided once.
	const principal money.Fen = 10_000 * money.Yuan
	const rate money.Bps = 435
	interest, err := principal.MulDiv(30*int64(rate), 365*int64(money.Whole), money.HalfUp)
	fmt.Println(interest, err)
	// Output: 35.75 <nil>
}

func ExampleCompareProducts() {
	// One borrower gets at most 10 % of the lender's net assets.
	const netAssets, loan money.Fen = 3_000_000_05, 300_000_01
	within := money.CompareProducts(int64(loan), int64(money.Whole), int64(netAssets), 1000) <= 0
	fmt.Println(within)
	// Output: false
}

func ExampleSplit() {
	// Three co-owners, one with half.
	parts, err := money.Split(100_01, []uint32{5000, 2500, 2500})
	fmt.Println(parts, err)
	// Output: [50.01 25.00 25.00] <nil>
}

func ExampleMilli_Cost() {
	area, _ := money.ParseMilli("89.53") // square metres
	cost, _ := area.Cost(5980_00, money.HalfUp)
	fmt.Println(cost)
	// Output: 535389.40
}

func ExampleRatioBps() {
	share, err := money.RatioBps(money.Fen(15_300_000_00), money.Fen(226_000_000_00), money.Floor)
	fmt.Println(share, uint32(share), err)
	// Output: 6.76% 676 <nil>
}
