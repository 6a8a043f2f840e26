package date_test

import (
	"fmt"

	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

func Example() {
	const blockTime = 1772294400 // 28 February 2026, 16:00 UTC: already March in UTC+8
	today := date.FromUnix(blockTime)
	until, err := today.AddMonths(36)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(today, "to", until, today <= until)
	// Output: 2026-03-01 to 2029-03-01 true
}

func ExampleDate_AddMonths() {
	start := date.Date(2026_01_31)
	one, _ := start.AddMonths(1)
	two, _ := start.AddMonths(2)
	fmt.Println(one, two)
	// Output: 2026-02-28 2026-03-31
}

func ExampleDate_End() {
	// A filing is due on 2026-03-31 at the latest.
	end, _ := date.Date(2026_03_31).End()
	const lastSecond = 1774972799
	fmt.Println(lastSecond < end, lastSecond+1 < end)
	// Output: true false
}

func ExampleDate_Weekday() {
	fmt.Println(date.Date(2026_10_01).Weekday() == date.Thursday)
	// Output: true
}

func ExampleYearsBetween() {
	born, today := date.Date(2008_03_02), date.Date(2026_03_01)
	age, err := date.YearsBetween(born, today)
	fmt.Println(age, err)
	// Output: 17 <nil>
}

func ExampleParse() {
	_, err := date.Parse("2026-02-29")
	fmt.Println(err == date.ErrInvalid, err)
	// Output: true date: no such day
}
