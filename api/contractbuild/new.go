package contractbuild

import (
	"embed"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	options "github.com/chancery-chain/chancery/api/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/generate"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

//go:embed all:template
var template embed.FS

// Template is a contract to begin with.
type Template struct {
	Name string
	// About says what it is: "notes that belong to whoever wrote them first".
	About string
}

// Templates are the contracts to begin with; the first is that of New.
var Templates = []Template{
	{"minimal", "notes that belong to whoever wrote them first"},
	{"register", "entries found by their reference and their holder, in pages"},
	{"workflow", "applications that go from stage to stage, with a step for each role"},
	{"ledger", "a fund's accounts, transfers and holds, in which nothing appears or is lost"},
}

var contractName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}[a-z0-9]/[a-z][a-z0-9-]{0,30}[a-z0-9]$`)

// goLine is the go directive of a new contract and of the SDK in it: that of this
// repository, whose tests run them.
const goLine = "1.26.0"

// New lays down the smallest contract; see NewFrom.
func New(dir, name string) error { return NewFrom(Templates[0].Name, dir, name) }

// NewFrom lays down a contract named "<organisation>/<contract>" in dir, which
// must be empty or not exist: .proto, Go, test, go.mod, the SDK's source in sdk/,
// and options.proto where editors and buf look for it. It builds without network.
func NewFrom(from, dir, name string) error {
	at := slices.IndexFunc(Templates, func(t Template) bool { return t.Name == from })
	if at < 0 {
		var names []string
		for _, t := range Templates {
			names = append(names, t.Name)
		}
		return fmt.Errorf("there is no template %q; the templates are %s", from, strings.Join(names, ", "))
	}
	if !contractName.MatchString(name) {
		return fmt.Errorf("%q is no contract name; write <organisation>/<contract>, each 2 to 32 of a-z, 0-9 and \"-\", "+
			"beginning with a letter and not ending with \"-\", for example records/evidence", name)
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	org, contract, _ := strings.Cut(name, "/")
	words := map[string]string{
		"NAME":     name,
		"PROTOPKG": protoWord(org) + "." + protoWord(contract) + ".v1",
		"PROTODIR": protoWord(org) + "/" + protoWord(contract) + "/v1",
		"FILE":     protoWord(contract),
		"GOPKG":    goWord(contract),
		"SERVICE":  serviceWord(contract),
		"GOLINE":   goLine,
		"TEMPLATE": from,
		"ABOUT":    Templates[at].About,
	}
	for _, part := range []string{"common", from} {
		if err := copyTree(template, "template/"+part, dir, words); err != nil {
			return err
		}
	}
	if err := copyTree(sdk.Source, ".", filepath.Join(dir, "sdk"), nil); err != nil {
		return err
	}
	mod := "module " + sdkPath + "\n\ngo " + goLine + "\n"
	if err := os.WriteFile(filepath.Join(dir, "sdk", "go.mod"), []byte(mod), 0o644); err != nil {
		return err
	}
	optionsFile := filepath.Join(dir, "proto", filepath.FromSlash(options.Path))
	if err := os.MkdirAll(filepath.Dir(optionsFile), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(optionsFile, options.Source, 0o644); err != nil {
		return err
	}
	files, err := generate.Generate(dir, "")
	if err != nil {
		return err
	}
	return generate.Write(dir, files)
}

// copyTree copies files without tests. In names and contents, each word in
// double underscores is replaced; the ending .tmpl, which keeps the template out
// of Go's sight, is taken off.
func copyTree(from fs.FS, root, to string, words map[string]string) error {
	var pairs []string
	for word, value := range words {
		pairs = append(pairs, "__"+word+"__", value)
	}
	replace := strings.NewReplacer(pairs...)
	return fs.WalkDir(from, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, root), "/")
		if root == "." {
			rel = name
		}
		rel = strings.TrimSuffix(rel, ".tmpl")
		text := string(content)
		if words != nil {
			rel, text = replace.Replace(rel), replace.Replace(text)
		}
		target := filepath.Join(to, filepath.FromSlash(path.Clean(rel)))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, []byte(text), 0o644)
	})
}

func protoWord(name string) string { return strings.ReplaceAll(name, "-", "_") }

func goWord(name string) string {
	word := strings.ReplaceAll(name, "-", "")
	if token.IsKeyword(word) || word == "main" {
		word += "contract"
	}
	return word
}

// serviceWord turns "land-register" into "LandRegisterService".
func serviceWord(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String() + "Service"
}
