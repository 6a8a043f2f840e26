package pattern

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern  string
		yes, not []string
	}{
		{"[A-Z]{2}-[0-9]{4,8}", []string{"AB-1234", "ZZ-12345678"}, []string{"", "AB-123", "AB-123456789", "ab-1234", "AB1234", " AB-1234"}},
		{`[^\s]{1,5}`, []string{"a", "(粤)55"}, []string{"", "a b", "a\u3000", "\x7f", "\u200b", "abcdef"}},
		{"[a-z]+/[a-z0-9.+-]+", []string{"image/svg+xml", "a/-"}, []string{"/a", "a/", "a", "A/b"}},
		{"a?b*c+", []string{"c", "abbbccc", "bc"}, []string{"", "ab", "aac"}},
		{`.{2}\.\\[\]^-]`, []string{`案x.\]`, `..` + `.\-`, `ab.\^`}, []string{`a.\]`, `ab.\x`}},
		{"[2-4]{0,2}", []string{"", "2", "44"}, []string{"222", "5"}},
		{"x{3,}", []string{"xxx", "xxxxxx"}, []string{"xx"}},
		{"[0-9]{3,2}", nil, []string{"", "111", "11"}}, // malformed
	}
	for _, tt := range tests {
		for _, text := range tt.yes {
			if !Match(tt.pattern, text) {
				t.Errorf("%q does not match %q", tt.pattern, text)
			}
		}
		for _, text := range tt.not {
			if Match(tt.pattern, text) {
				t.Errorf("%q matches %q", tt.pattern, text)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, pattern := range []string{"[A-Z]{2}-[0-9]{4,8}", `[^\s]{1,64}`, "[a-z]+/[a-z0-9.+-]+", "a?b*c+", "[a-z]{3}[a-z]*", ".*", `[\s]*[^\s]+`, "[a-]", "案件"} {
		if err := Check(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	tests := []struct{ pattern, want string }{
		{"", "empty"}, {strings.Repeat("a", 257), "longer than 256"}, {"[a-z", "does not end"}, {"[]", "empty class"}, {"[^]", "empty class"},
		{"(a|b)", "no meaning here"}, {"^a$", "no meaning here"}, {"a{", "a count that is none"}, {"a{x}", "a count that is none"},
		{"a{0}", "a count that is none"}, {"a{3,2}", "most is below its least"}, {"a{99999}", "a count that is none"}, {`\d`, "write [0-9]"},
		{`a\`, `a "\" at the end`}, {"[z-a]", "ends before it begins"}, {"a**", "no meaning here"}, {"\xff", "not UTF-8"},
		{"[a-z]*[a-c]", "in common"}, {"[a-z]{2,3}[0-9]?[x]", "in common"}, {".*a", "in common"}, {`[^a]+[^b]`, "in common"}, {`.?\s`, "in common"},
	}
	for _, tt := range tests {
		err := Check(tt.pattern)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.pattern, err, tt.want)
		}
	}
}

// FuzzMatch holds what Check accepts to Go's regular expressions.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"[A-Z]{2}-[0-9]{4,8}", "AB-1234"}, {"[^a]+a?", "bba"}, {"a?b*c+", "c"}, {".{2,}", "粤"}, {`[\]\-x]*`, "]-"}, {"[a-]+", "-"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := Match(pattern, text)
		if Check(pattern) != nil || !utf8.ValidString(text) || strings.Contains(pattern, `\s`) || strings.Contains(pattern, "[[") || strings.Contains(pattern, "[:") {
			return
		}
		// Counts above 1,000 are beyond Go's.
		re, err := regexp.Compile(`^(?s:` + strings.ReplaceAll(pattern, "[[", `[\[`) + `)$`)
		if err != nil || strings.HasSuffix(text, "\n") {
			return
		}
		if want := re.MatchString(text); got != want {
			t.Fatalf("%q, %q: %v, regexp says %v", pattern, text, got, want)
		}
	})
}
