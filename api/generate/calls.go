package generate

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// generateCalls makes a package for each contract that is declared in
// calls/proto: messages, a client, and how to tell its errors apart.
func generateCalls(dir string, pkg goPackage) ([]File, error) {
	root := filepath.Join(dir, "calls", "proto")
	if _, err := os.Stat(root); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	names, err := findProtos(root)
	if err != nil {
		return nil, err
	}
	var files []File
	from := map[string]string{} // .proto by Go package
	for _, name := range names {
		compiled, err := compileFiles(root, []string{name})
		if err != nil {
			return nil, err
		}
		if !declaresContract(compiled[0]) {
			continue // types that others import
		}
		word := callsName(string(compiled[0].Package()))
		if other, taken := from[word]; taken {
			return nil, fmt.Errorf("%s: %s and %s both give the Go package calls/%s; rename a folder and the package in one of the copies, callers need only field and method names", root, other, name, word)
		}
		from[word] = name
		s, err := newSources(root, compiled)
		if err != nil {
			return nil, err
		}
		made, err := generateCall(s, goPackage{Path: path.Join(pkg.Path, "calls", word), Name: word})
		if err != nil {
			return nil, located(err, root)
		}
		files = append(files, made...)
	}
	return files, nil
}

func generateCall(s *sources, pkg goPackage) ([]File, error) {
	files, plugin, err := generateMessages(s, pkg)
	if err != nil {
		return nil, err
	}
	p := newPrinter(s.contract, plugin)
	p.printCodes()
	for _, e := range p.c.Errors {
		p.printDetails(e)
	}
	p.printClients()
	if err := p.check(plugin); err != nil {
		return nil, err
	}
	doc := "// Package " + pkg.Name + " calls contracts of the service\n// " + p.c.Service + ".\n"
	client, err := goFile(pkg, protoBase(p.c.Descriptor.ParentFile())+".client.go", doc, p.sections)
	if err != nil {
		return nil, err
	}
	files = append(files, client)
	for i := range files {
		files[i].Name = path.Join("calls", pkg.Name, files[i].Name)
	}
	return files, nil
}

// declaresContract reports whether a service of the file is a contract.
func declaresContract(file protoreflect.FileDescriptor) bool {
	for i := range file.Services().Len() {
		if proto.HasExtension(file.Services().Get(i).Options(), contractv1.E_Contract) {
			return true
		}
	}
	return false
}

// callsName returns the Go package for a contract of a protobuf package: the last
// word that is no version.
func callsName(pkg string) string {
	words := strings.Split(pkg, ".")
	last := words[len(words)-1]
	if len(words) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = words[len(words)-2]
	}
	return goWord(last)
}
