// Package idcodes checks and takes apart the code numbers that contracts meet:
// of organisations, land, goods, containers, customs declarations, bills and
// licences.
//
//	if err := idcodes.CheckUSCC(req.Buyer); err != nil {
//		return ErrInvalidField("buyer: " + err.Error())
//	}
//
// For each code there is a Check function, a Parse function where the code has
// parts, and a function that computes the check digit where it has one:
//
//	code                                    check  parse  check digit
//	统一社会信用代码 (USCC), GB 32100-2015      yes    yes    yes
//	组织机构代码, GB 11714                      yes           yes
//	居民身份证号码, GB 11643-1999 (off chain)   yes    yes    yes
//	不动产单元号                               yes    yes    has none
//	GS1: GTIN, GLN, SSCC                    yes           yes
//	air waybill number                      yes    yes    yes
//	container number, ISO 6346              yes    yes    yes
//	报关单号 (customs declaration)             yes    yes    has none
//	财政电子票据 (fiscal e-bill)                yes    yes    has none
//	电子证照标识, GB/T 36904                    yes    yes    yes
//
// # One text for one code
//
// A code becomes a key in state, so each has exactly one accepted text: capital
// letters, ASCII digits, no spaces, separators only where the format has them.
// Clients put what people type into that form; contracts refuse the rest. What
// Parse returns gives the same text back from its String method.
//
// A correct check digit says that a code was not mistyped. It does not say that
// the code was ever issued, or to whom: ask the register's contract for that.
//
// # Personal data
//
// A resident identity number must never reach a chain, not even as an argument
// and not even hashed: there are so few of them that a hash is undone by trying
// all. Its functions are therefore left out of Wasm builds, and a contract that
// uses them does not compile. They are for clients and for services off chain.
//
// # Errors
//
// Every error is an [*Error]. It names the code, the position of the fault and
// the rule, and never repeats the text, so that it can be logged and shown.
package idcodes
