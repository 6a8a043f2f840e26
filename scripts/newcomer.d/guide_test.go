package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	guidePage      = "../../docs/contracts.md"
	comingFromPage = "../../docs/coming-from.md"
)

func TestParseGuide(t *testing.T) {
	page := strings.Join([]string{
		"# A page", "```sh run new", "chancery contract new a/b", "cd b", "```", "prints", "```text shows", "made …", "```",
		"```go", "func f()", "```", "```diff b/b.go", " a", "+b", "```",
		"```sh run net background", "chancery devnet", "```", "```sh run wrong fails", "false", "```",
		"```sh run later eventually", "true", "```", "```sh stop net", "reboot", "```", "```sh skip another machine", "reboot", "```",
		"```", "plain", "```",
	}, "\n")
	steps, err := parseGuide(page)
	require.NoError(t, err)
	require.Equal(t, []*step{
		{name: "new", line: 2, text: "chancery contract new a/b\ncd b\n", shows: []string{"made …"}},
		{name: "change-1-b.go", line: 13, text: " a\n+b\n", file: "b/b.go"},
		{name: "net", line: 17, text: "chancery devnet\n", background: true},
		{name: "wrong", line: 20, text: "false\n", fails: true},
		{name: "later", line: 23, text: "true\n", eventually: true},
		{name: "stop-5-net", line: 26, text: "reboot\n", stops: "net"},
	}, steps)

	for page, want := range map[string]string{
		"```sh run new\nls":                         "1: the block has no end",
		"```sh\nls\n```":                            "1: say what these commands are",
		"```sh run\nls\n```":                        "1: say what these commands are",
		"```sh run a later\nls\n```":                `1: unknown word "later"`,
		"```sh run a\n```\n```sh run a\n```":        "3: there is a step a already",
		"```sh stop net\nx\n```":                    "1: no step net runs in the background",
		"text\n```text shows\nx\n```":               "2: no commands stand above",
		"```diff f\n a\n```\n```text shows\nx\n```": "4: no commands stand above",
	} {
		_, err := parseGuide(page)
		require.ErrorContains(t, err, want, page)
	}
}

func TestHomeOf(t *testing.T) {
	require.Equal(t, "devnet", homeOf("chancery devnet\n"))
	require.Equal(t, "city", homeOf("chancery --home city start\n"))
	require.Equal(t, "city", homeOf("chancery start --home city\n"))
}

func TestChange(t *testing.T) {
	const content = "one\ntwo\n\nthree\ntwo\n\nfour\n"
	for _, c := range []struct{ name, diff, want, wantErr string }{
		{name: "add behind", diff: " three\n+3a\n", want: "one\ntwo\n\nthree\n3a\ntwo\n\nfour\n"},
		{name: "add before", diff: "+0\n one\n", want: "0\none\ntwo\n\nthree\ntwo\n\nfour\n"},
		{name: "replace", diff: "-three\n+drei\n", want: "one\ntwo\n\ndrei\ntwo\n\nfour\n"},
		{name: "empty line as editors leave it", diff: " two\n\n-three\n", want: "one\ntwo\n\ntwo\n\nfour\n"},
		{name: "two places", diff: " one\n+1a\n…\n four\n+4a\n", want: "one\n1a\ntwo\n\nthree\ntwo\n\nfour\n4a\n"},
		{name: "ambiguous", diff: " two\n+x\n", wantErr: "there 2 times"},
		{name: "gone", diff: " five\n+x\n", wantErr: "there 0 times"},
		{name: "whole lines only", diff: " ne\n+x\n", wantErr: "there 0 times"},
		{name: "nowhere", diff: "+x\n", wantErr: "no line says where"},
		{name: "no sign", diff: "x\n", wantErr: "begins with none of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := change(content, c.diff)
			if c.wantErr != "" {
				require.ErrorContains(t, err, c.wantErr)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestMissing(t *testing.T) {
	const output = "size      2310041 bytes\nversion   1\n{\"id\":\"p-1\"}\n"
	for _, c := range []struct {
		shows []string
		want  string
	}{
		{shows: nil},
		{shows: []string{"size 2310041 bytes", "version 1"}},
		{shows: []string{"size … bytes", `{"id":…}`}},
		{shows: []string{"… 1"}},
		{shows: []string{`{"id": "p-1"}`}},
		{shows: []string{"version 1", "size … bytes"}, want: "size … bytes"},
		{shows: []string{"version"}, want: "version"},
		{shows: []string{"size … kilobytes"}, want: "size … kilobytes"},
		{shows: []string{"…2310041…bytes…"}},
		{shows: []string{"…231…232…"}, want: "…231…232…"},
	} {
		require.Equal(t, c.want, missing(output, c.shows), "%q", c.shows)
	}
}

// TestGuide holds the page to what scripts/newcomer needs of it: the script does
// its blocks and has no commands of its own.
func TestGuide(t *testing.T) {
	steps, err := readGuide(guidePage, strings.NewReplacer())
	require.NoError(t, err)
	var names []string
	for _, s := range steps {
		names = append(names, s.name)
	}
	for _, m := range measures {
		for _, name := range m.steps {
			require.Contains(t, names, name, "docs/contracts.md has no step for: %s", m.what)
		}
	}
	require.True(t, slices.ContainsFunc(steps, func(s *step) bool { return s.background }))
	require.True(t, slices.ContainsFunc(steps, func(s *step) bool { return s.fails }))
}

// TestComingFrom: a page of words has no commands that nobody runs.
func TestComingFrom(t *testing.T) {
	page, err := os.ReadFile(comingFromPage)
	require.NoError(t, err)
	require.NotContains(t, string(page), "```sh")
}
