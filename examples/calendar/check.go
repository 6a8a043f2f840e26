package calendar

import "github.com/chancery-chain/chancery/contracts-sdk/date"

// checkYear checks what the .proto cannot say of a year before it is stored.
func checkYear(year *Year) error {
	if err := checkDays("holidays", year.Year, year.Holidays); err != nil {
		return err
	}
	if err := checkDays("makeup", year.Year, year.Makeup); err != nil {
		return err
	}
	for _, day := range year.Makeup {
		switch {
		case !weekend(date.Date(day).Weekday()):
			return invalid("makeup", "Saturdays and Sundays")
		case contains(year.Holidays, date.Date(day)):
			return invalid("makeup", "days that are no holidays")
		}
	}
	return nil
}

// checkDays checks that a list has days of a year in order, each once.
func checkDays(field string, year uint32, list []int32) error {
	last := int32(0)
	for _, n := range list {
		day := date.Date(n)
		if uint32(day.Year()) != year || n <= last {
			return invalid(field, "days of the year in order, each once")
		}
		last = n
	}
	return nil
}
