package generate

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// goPackage is the Go package that a contract's code is.
type goPackage struct {
	Path string // import path
	Name string
}

// findPackage derives it from the go.mod above dir, and from the Go files that
// are there.
func findPackage(dir string) (goPackage, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return goPackage{}, err
	}
	rel := ""
	for at := abs; ; at = filepath.Dir(at) {
		mod, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil {
			module := modulePath(string(mod))
			if module == "" {
				return goPackage{}, fmt.Errorf("%s has no module line", filepath.Join(at, "go.mod"))
			}
			p := goPackage{Path: path.Join(module, rel)}
			p.Name, err = packageName(abs, p.Path)
			return p, err
		}
		if !os.IsNotExist(err) {
			return goPackage{}, err
		}
		if filepath.Dir(at) == at {
			return goPackage{}, fmt.Errorf("no go.mod in %s or above it; run: go mod init", abs)
		}
		rel = path.Join(filepath.Base(at), rel)
	}
}

// modulePath returns the path in a go.mod's module line.
func modulePath(mod string) string {
	for line := range strings.Lines(mod) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			name, _, _ := strings.Cut(rest, "//")
			return strings.Trim(strings.TrimSpace(name), `"`)
		}
	}
	return ""
}

// packageName returns the package clause of the hand-written files in dir, or a
// name made from the import path.
func packageName(dir, importPath string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.PackageClauseOnly)
		if err != nil {
			return "", err
		}
		return file.Name.Name, nil
	}
	return goWord(path.Base(importPath)), nil
}

// goWord makes a package name of a word.
func goWord(word string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(word))
	if name == "" || name[0] <= '9' || token.IsKeyword(name) {
		name = "contract" + name
	}
	return name
}
