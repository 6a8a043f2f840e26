package generate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/stretchr/testify/require"
)

const small = `syntax = "proto3";
package test.v1;
import "chancery/contract/v1/options.proto";
service Test {
  option (chancery.contract.v1.contract) = {};
  rpc Do(Req) returns (Resp);
}
message Req {}
message Resp {}
`

// folder lays down files and returns the folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

const goMod = "module example.org/contracts // all of them\n\ngo 1.26.0\n"

func TestGenerateErrors(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no proto folder", map[string]string{"go.mod": goMod}, "no .proto file under"},
		{"empty proto folder", map[string]string{"go.mod": goMod, "proto/readme.txt": ""}, "no .proto file under"},
		{"no go.mod", map[string]string{"proto/t.proto": small}, "run: go mod init"},
		{"syntax", map[string]string{"go.mod": goMod, "proto/t.proto": small + "message {"}, "t.proto:10:9: syntax error"},
		{"unknown type", map[string]string{"go.mod": goMod, "proto/t.proto": small + "message M { None n = 1; }"}, "t.proto:10:13: field test.v1.M.n: unknown type None"},
		{"import missing", map[string]string{"go.mod": goMod, "proto/t.proto": small + `import "other.proto";`}, "other.proto"},
		{"import leads out", map[string]string{"go.mod": goMod, "other.proto": `syntax = "proto3";`, "proto/t.proto": small + `import "../other.proto";`}, "leads out of the contract's proto folder"},
		{"rule of declaration", map[string]string{"go.mod": goMod, "proto/t.proto": strings.Replace(small, "Do(Req)", "Do(stream Req)", 1)}, "t.proto:6: test.v1.Test.Do: a method of a contract cannot stream"},
		{"name needed twice", map[string]string{"go.mod": goMod, "proto/t.proto": small + "\n\nmessage Contract {}"}, "t.proto:12: test.v1.Contract: generated code needs the Go name Contract"},
		{"events and functions", map[string]string{"go.mod": goMod, "proto/t.proto": small + "message EmitReq {}\nmessage NewService {}"}, "needs the Go name NewService"},
		{"collection named as the state", map[string]string{"go.mod": goMod, "proto/t.proto": small + strings.Replace(collection(""), "rows", "state", 1)}, "t.proto:10: test.v1.Row: generated code needs the Go name StateView"},
		{"collections of one Go name", map[string]string{"go.mod": goMod, "proto/t.proto": small + collection("") + "\n" + strings.NewReplacer("Row", "Row2", "rows", "rows_", "number: 1", "number: 2").Replace(collection(""))}, "t.proto:10: test.v1.Row: generated code needs the Go name RowsTable"},
		{"service named as the implementation", map[string]string{"go.mod": goMod, "proto/t.proto": strings.Replace(small, "service Test", "service Contract", 1)}, "t.proto:4: test.v1.Contract: generated code needs the Go name Contract"},
		{"index named as a method", map[string]string{"go.mod": goMod, "proto/t.proto": small + collection(`{name: "all" number: 1 fields: ["b"]}`)}, "t.proto:10: test.v1.Row: index all needs the Go name All"},
		{"indexes of one name", map[string]string{"go.mod": goMod, "proto/t.proto": small + collection(`{name: "by_a" number: 1 fields: ["a", "b"]}, {name: "by_a_and_b" number: 2 fields: ["a"]}`)}, "index by_a_and_b needs the Go name ByAAndB"},
		{"two files of one name", map[string]string{"go.mod": goMod, "proto/t.proto": small, "proto/more/t.proto": "syntax = \"proto3\";\npackage more;\nmessage M {}"}, "two .proto files give t.pb.go"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate.Generate(folder(t, tt.files), "")
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// TestCalls: each contract in calls/proto gets a package of its own.
func TestCalls(t *testing.T) {
	called := strings.NewReplacer("test.v1", "civil.identity.v1", "message Req {}", "import \"shared.proto\";\nmessage Req { Shared shared = 1; }").Replace(small)
	shared := "syntax = \"proto3\";\npackage civil.identity.v1;\nmessage Shared { string id = 1; }\n"
	files := map[string]string{"go.mod": goMod, "proto/t.proto": small, "calls/proto/id.proto": called, "calls/proto/shared.proto": shared}
	made, err := generate.Generate(folder(t, files), "")
	require.NoError(t, err)
	content := map[string]string{}
	for _, file := range made {
		content[file.Name] = string(file.Content)
	}
	require.Len(t, made, 6)
	require.Contains(t, content["calls/identity/id.client.go"], "func NewTestClient(x sdk.Executor, contract string) TestClient")
	require.NotContains(t, content["calls/identity/id.client.go"], "NewService")
	require.Contains(t, content["calls/identity/shared.pb.go"], "package identity")

	_, contract, err := generate.Descriptors(folder(t, files), "")
	require.NoError(t, err)
	_, err = contract.Files.FindDescriptorByName("civil.identity.v1.Shared")
	require.Error(t, err, "code carries its own declaration only")

	files["calls/proto/other.proto"] = strings.Replace(small, "test.v1", "shop.identity.v2", 1)
	_, err = generate.Generate(folder(t, files), "")
	require.ErrorContains(t, err, "both give the Go package calls/identity")
	files["calls/proto/other.proto"] = small + "message M { None n = 1; }"
	_, err = generate.Generate(folder(t, files), "")
	require.ErrorContains(t, err, "other.proto:10:13")
}

// collection declares one with these indexes.
func collection(indexes string) string {
	return `message Row { option (chancery.contract.v1.collection) = {name: "rows" number: 1 key: ["a", "b"] indexes: [` + indexes + `]}; string a = 1; string b = 2; }`
}

func TestGenerateTwiceIsSame(t *testing.T) {
	dir := folder(t, map[string]string{"go.mod": goMod, "sub/contract-1/proto/t.proto": small})
	dir = filepath.Join(dir, "sub", "contract-1")
	first, err := generate.Generate(dir, "")
	require.NoError(t, err)
	second, err := generate.Generate(dir, "t.proto")
	require.NoError(t, err)
	require.Equal(t, first, second)
	for _, file := range first {
		require.True(t, strings.HasPrefix(string(file.Content), generate.Header), file.Name)
	}
	// The package has the folder's name without what Go does not allow, until
	// hand-written code says otherwise.
	require.Contains(t, string(first[0].Content), "\npackage contract1\n")
	require.Contains(t, string(first[2].Content), `"example.org/contracts/sub/contract-1"`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "own.go"), []byte("package mine\n"), 0o644))
	third, err := generate.Generate(dir, "")
	require.NoError(t, err)
	require.Contains(t, string(third[0].Content), "\npackage mine\n")
}

// names returns the names of files.
func names(files []generate.File) []string {
	var list []string
	for _, file := range files {
		list = append(list, file.Name)
	}
	return list
}

// stale returns what generate.Stale does.
func stale(t *testing.T, dir string, files []generate.File) []string {
	t.Helper()
	list, err := generate.Stale(dir, files)
	require.NoError(t, err)
	return list
}

func TestWrite(t *testing.T) {
	dir := folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": small})
	files, err := generate.Generate(dir, "")
	require.NoError(t, err)
	require.Len(t, stale(t, dir, files), 3)
	require.NoError(t, generate.Write(dir, files))
	require.Empty(t, stale(t, dir, files))
	require.NoError(t, generate.Write(dir, files), "writing again changes nothing")

	// A file of our own that only speaks of the header is no generated file.
	own, content := filepath.Join(dir, "t.contract.go"), "package mine\n\nconst header = `\n"+generate.Header+"`\n"
	require.NoError(t, os.WriteFile(own, []byte(content), 0o644))
	require.ErrorContains(t, generate.Write(dir, files), "is not a generated file")
	kept, err := os.ReadFile(own)
	require.NoError(t, err)
	require.Equal(t, content, string(kept))
}

// TestLeftovers: what is no longer generated goes, and nothing else.
func TestLeftovers(t *testing.T) {
	const old = generate.Header + "\npackage old\n"
	files := map[string]string{
		"go.mod": goMod, "proto/t.proto": small,
		"t.state.rows.go": old, "gone.pb.go": old, "wasm/old.go": old, "calls/gone/gone.client.go": old,
		"own.go": "package old\n", "quote.go": "package old\n\n" + generate.Header, "short.go": "//", "t.contract.go.orig": old,
		"story/made.go": old, "sdk/made.go": old, "calls/made.go": old, "wasm/deep/made.go": old,
	}
	dir := folder(t, files)
	require.NoError(t, os.Symlink(filepath.Join(dir, "story", "made.go"), filepath.Join(dir, "link.go")))
	made, err := generate.Generate(dir, "")
	require.NoError(t, err)
	require.NoError(t, generate.Write(dir, made[:0:0]), "a contract without files")
	for _, name := range []string{"t.state.rows.go", "gone.pb.go", "wasm/old.go", "calls/gone/gone.client.go"} {
		require.NoFileExists(t, filepath.Join(dir, name))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(old), 0o644))
	}
	gone := []string{"gone.pb.go", "t.state.rows.go", "wasm/old.go", "calls/gone/gone.client.go"}
	require.Equal(t, append(names(made), gone...), stale(t, dir, made), "--check names them")
	require.NoError(t, generate.Write(dir, made))
	require.Empty(t, stale(t, dir, made))
	for name := range files {
		if slices.Contains(gone, name) {
			require.NoFileExists(t, filepath.Join(dir, name))
		} else {
			require.FileExists(t, filepath.Join(dir, name))
		}
	}
	require.FileExists(t, filepath.Join(dir, "link.go"))
}

// TestFilesBySubject: a small contract has one file, a larger one a file for each
// subject that it has, and a very large one files for their parts.
func TestFilesBySubject(t *testing.T) {
	contract := func(collections int) string {
		var b strings.Builder
		b.WriteString(small)
		for i := range collections {
			fmt.Fprintf(&b, `message Row%[1]d { option (chancery.contract.v1.collection) = {name: "rows%[1]d_test" number: %[2]d key: ["a"]}; string a = 1; }`+"\n", i, i+1)
		}
		return b.String()
	}
	tests := []struct {
		collections int
		want        []string
	}{
		{0, []string{"t.pb.go", "t.contract.go", "wasm/main.go"}},
		{5, []string{"t.pb.go", "t.contract.go", "wasm/main.go"}},
		{8, []string{"t.pb.go", "t.service.go", "t.client.go", "t.state.go", "t.rules.go", "wasm/main.go"}},
		{16, []string{"t.pb.go", "t.service.go", "t.client.go", "t.state.go", "t.state.rows0-test.go"}},
	}
	for _, tt := range tests {
		files, err := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": contract(tt.collections)}), "")
		require.NoError(t, err)
		require.Equal(t, tt.want, names(files)[:len(tt.want)])
		for _, file := range files {
			require.False(t, strings.HasSuffix(file.Name, "_test.go"), file.Name)
			lines := strings.Count(string(file.Content), "\n")
			if strings.HasSuffix(file.Name, ".contract.go") {
				require.LessOrEqual(t, lines, 400, file.Name)
			} else if !strings.HasSuffix(file.Name, ".pb.go") {
				require.LessOrEqual(t, lines, 600, file.Name)
			}
		}
	}
}

// TestSentences: what is no placeholder stays as it is written.
func TestSentences(t *testing.T) {
	const errors = `enum Error {
  option (chancery.contract.v1.errors) = {};
  ERROR_NONE = 0;
  ERROR_OPEN = 1 [(chancery.contract.v1.error) = {message: "Close {a} and { \"b\"." message_zh: "关{a}。" details: "Req2"}];
  ERROR_BARE = 2 [(chancery.contract.v1.error) = {message: "100 %\n{" message_zh: "全" details: "Req2"}];
}
message Req2 { int32 a = 1; }
`
	files, err := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": small + errors}), "")
	require.NoError(t, err)
	require.Contains(t, string(files[1].Content), `"Close "+strconv.FormatInt(int64(details.GetA()), 10)+" and { \"b\"."`)
	require.Contains(t, string(files[1].Content), `sdk.NewError(CodeBare, "100 %\n{", details)`)
}

func TestDescriptors(t *testing.T) {
	dir := folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": "// A remark.\n" + small})
	set, c, err := generate.Descriptors(dir, "")
	require.NoError(t, err)
	require.Equal(t, "test.v1.Test", c.Service)
	require.NotContains(t, string(set), "A remark.", "code carries no comments")
	again, err := schema.Parse(set)
	require.NoError(t, err)
	require.Equal(t, c.Service, again.Service)

	// Comments and white space do not change the code's descriptors.
	other := folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": "\n\n" + small})
	same, _, err := generate.Descriptors(other, "")
	require.NoError(t, err)
	require.Equal(t, set, same)
}
