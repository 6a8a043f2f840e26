package idcodes

// Names of the codes in errors.
const (
	nameBill      = "fiscal e-bill"
	nameBillCode  = "fiscal e-bill code"
	nameBillCheck = "fiscal e-bill check code"
)

// FiscalBill is the code and number of a fiscal e-bill (财政电子票据). They have no
// check digit; the check code printed on a bill is random and proves nothing
// about them.
type FiscalBill struct {
	Region string // 2 digits, the supervising region
	Class  string // 2 digits, the class of bills
	Kind   string // 2 digits, the kind within the class
	Year   string // 2 digits, the last two of the year
	// Number is the running number, 1 to 9999999999, consecutive within a block
	// granted to the issuer.
	Number uint64
}

// ParseFiscalBill takes apart a code of 8 digits and a number of 10. The error is
// an *Error; positions count through the code and on through the number, so that
// the number begins at 9.
func ParseFiscalBill(code, num string) (FiscalBill, error) {
	if err := CheckFiscalBill(code, num); err != nil {
		return FiscalBill{}, err
	}
	return FiscalBill{code[:2], code[2:4], code[4:6], code[6:], number(num)}, nil
}

// CheckFiscalBill reports what is wrong with the code and number of a fiscal
// e-bill, or nil. The number is not zero (RuleValue at 9). The error is that of
// ParseFiscalBill.
func CheckFiscalBill(code, num string) error {
	if len(code) != 8 || len(num) != 10 {
		return &Error{Code: nameBill, Rule: RuleLength}
	}
	s := scan{nameBill, code + num}
	if err := s.all(1, 18, digits); err != nil {
		return err
	}
	if number(num) == 0 {
		return s.fault(9, RuleValue)
	}
	return nil
}

// CheckFiscalBillCode reports what is wrong with the code of a fiscal e-bill, 8
// digits, or nil. The error is an *Error.
func CheckFiscalBillCode(code string) error {
	s := scan{nameBillCode, code}
	if err := s.length(8); err != nil {
		return err
	}
	return s.all(1, 8, digits)
}

// CheckFiscalBillCheckCode reports what is wrong with the check code (校验码) of a
// fiscal e-bill, or nil: 6 digits or letters, small and capital ones being
// different. It is a secret of six characters between issuer and payer: the chain
// holds a salted commitment of it, never the code. The error is an *Error.
func CheckFiscalBillCheckCode(text string) error {
	s := scan{nameBillCheck, text}
	if err := s.length(6); err != nil {
		return err
	}
	return s.all(1, 6, alphaDigit+"abcdefghijklmnopqrstuvwxyz")
}

// Code returns the code's 8 digits.
func (b FiscalBill) Code() string { return b.Region + b.Class + b.Kind + b.Year }

// Number10 returns the number as 10 digits.
func (b FiscalBill) Number10() string { return padded(b.Number, 10) }

// String returns code and number, 18 digits: the key of a bill.
func (b FiscalBill) String() string { return b.Code() + b.Number10() }
