package schema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNearest(t *testing.T) {
	options := []string{"init", "migrate", "roles", "callers", "visibility", "sponsored", "post_upgrade"}
	tests := []struct {
		word, want string
		from       []string
	}{
		{"role", "roles", options},
		{"Roles", "roles", options},
		{"sponsered", "sponsored", options},
		{"visiblity", "visibility", options},
		{"upgrade", "post_upgrade", options},
		{"postupgrade", "post_upgrade", options},
		{"roels", "roles", options},
		{"deadline", "", options},
		{"x", "", options},
		{"", "", options},
		{"init", "", nil},
		{"NOT_FOUND", "not_found", []string{"", "not_found"}},
		{"bbb", "abb", []string{"abb", "cbb"}},
		{"ID", "id", []string{"at", "id"}},
		{strings.Repeat("a", 41), "", []string{strings.Repeat("a", 41)}},
		{"aaaa", "", []string{strings.Repeat("a", 41)}},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, Nearest(tt.word, tt.from), tt.word)
	}
	many := make([]string, 201)
	many[200] = "roles"
	require.Empty(t, Nearest("role", many), "the search has a bound")
	many[199] = "roles"
	require.Equal(t, "roles", Nearest("role", many))
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"ab", "", 2}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abcd", "acbd", 1}} {
		require.Equal(t, tt.want, distance(tt.a, tt.b), "%s %s", tt.a, tt.b)
		require.Equal(t, tt.want, distance(tt.b, tt.a), "%s %s", tt.b, tt.a)
	}
}
