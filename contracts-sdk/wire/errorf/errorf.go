// Package errorf stands in for fmt in generated message code, which uses it for
// one thing: to say which field of a message is malformed.
package errorf

import "errors"

// Errorf returns an error with the text of format; its arguments are left out.
func Errorf(format string, _ ...any) error {
	text := make([]byte, 0, len(format))
	for i := 0; i < len(format); i++ {
		if format[i] == '%' && i+1 < len(format) {
			i++
			text = append(text, '?')
			continue
		}
		text = append(text, format[i])
	}
	return errors.New(string(text))
}
