package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestApart(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct{ name, before, after, wantBefore, wantAfter string }{
		{"short", `{"a":1}`, `{"a":2}`, `{"a":1}`, `{"a":2}`},
		{"late difference", long + "1", long + "22", "…" + strings.Repeat("x", 20) + "1", "…" + strings.Repeat("x", 20) + "22"},
		{"one ends before", long, long + "more", "…" + strings.Repeat("x", 20), "…" + strings.Repeat("x", 20) + "more"},
		{"seen with the beginning", strings.Repeat("y", 40) + "1", strings.Repeat("y", 40) + "2", strings.Repeat("y", 40) + "1", strings.Repeat("y", 40) + "2"},
		{"early difference", "a" + long, "b" + long, "a" + strings.Repeat("x", 59) + "…", "b" + strings.Repeat("x", 59) + "…"},
		{"Chinese is not cut apart", strings.Repeat("字", 61), "", strings.Repeat("字", 60) + "…", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after := apart(tt.before, tt.after)
			require.Equal(t, tt.wantBefore, before)
			require.Equal(t, tt.wantAfter, after)
		})
	}
}
