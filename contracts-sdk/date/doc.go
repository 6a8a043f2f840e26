// Package date counts calendar days in China Standard Time, UTC+8 the whole year
// and everywhere: the time that laws, deadlines and forms mean.
//
// A [Date] is an integer that reads as the date: 20260301. It sorts, compares
// with < and ==, and is stored as an int32. The zero Date means "no date".
//
//	today := date.FromUnix(ctx.Unix())
//	if today > permit.Until { // whole-day limits include their day
//		return ErrExpired()
//	}
//
// # Instants
//
// The only clock of a contract is the block time. [FromUnix] says which day it
// falls on; [Date.Start] and [Date.End] give a day's first second and the first
// second after it, to compare a block time with or to schedule a call at.
//
// # Periods
//
// [Date.AddMonths] and [Date.AddYears] end on the same day of the month, and on
// its last day when the month has no such day (Civil Code, article 202): a month
// after 31 January is 28 February. [MonthsBetween] and [YearsBetween] count back
// by the same rule. Mind that the last day sticks: 31 January plus a month plus a
// month is 28 March. Add two months at once to get 31 March.
//
// Working days and holidays are data, not arithmetic: ask the calendar contract.
//
// # Errors
//
// Dates run from 1 January of year 1 to 31 December of year 9999. All errors are
// constants of type [Error], comparable with ==. Check dates from requests with
// [Date.Valid] once, where they enter.
package date
