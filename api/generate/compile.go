package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// optionsPath is how .proto files import our options; they are built in.
const optionsPath = "chancery/contract/v1/options.proto"

// sources are a contract's compiled .proto files.
type sources struct {
	// files has every file, each behind what it imports.
	files    []*descriptorpb.FileDescriptorProto
	contract *schema.Contract
}

// own reports whether a file is the contract's and not built in.
func own(name string) bool {
	return name != optionsPath && !strings.HasPrefix(name, "google/protobuf/")
}

// compile compiles and checks the .proto files of a contract.
func compile(dir, protoFile string) (*sources, error) {
	root := filepath.Join(dir, "proto")
	var roots []string
	if protoFile != "" {
		roots = []string{path.Clean(filepath.ToSlash(protoFile))}
	} else {
		found, err := findProtos(root)
		if err != nil {
			return nil, err
		}
		roots = found
	}
	compiled, err := compileFiles(root, roots)
	if err != nil {
		return nil, err
	}
	return newSources(root, compiled)
}

// newSources reads the contract that compiled files under root declare.
func newSources(root string, files linker.Files) (*sources, error) {
	s := &sources{}
	seen := map[string]bool{}
	for _, file := range files {
		s.collect(file, seen)
	}
	set, err := s.encode(true)
	if err != nil {
		return nil, err
	}
	if s.contract, err = schema.Parse(set); err != nil {
		return nil, located(err, root)
	}
	return s, nil
}

// findProtos returns the .proto files under root, built-in ones aside.
func findProtos(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if name := filepath.ToSlash(rel); !entry.IsDir() && path.Ext(name) == ".proto" && own(name) {
			names = append(names, name)
		}
		return nil
	})
	if errors.Is(err, os.ErrNotExist) || err == nil && len(names) == 0 {
		return nil, fmt.Errorf("no .proto file under %s; put the contract's there, for example as %s", root, filepath.Join(root, "records", "evidence", "v1", "evidence.proto"))
	}
	slices.Sort(names)
	return names, err
}

// resolver finds files under root, and our options in this program.
type resolver struct {
	root  string
	order []string          // files that were read
	read  map[string]string // their texts
}

// missingFile is an import of a file that is not there.
type missingFile struct {
	name, root string
}

func (e *missingFile) Error() string { return "there is no file " + e.name + " in " + e.root }

// path returns the path by which a file can be opened.
func (r *resolver) path(name string) string { return filepath.Join(r.root, filepath.FromSlash(name)) }

// FindFileByPath returns a file's text; protocompile calls it.
func (r *resolver) FindFileByPath(name string) (protocompile.SearchResult, error) {
	if name == optionsPath {
		return protocompile.SearchResult{Desc: contractv1.File_chancery_contract_v1_options_proto}, nil
	}
	if !fs.ValidPath(name) {
		return protocompile.SearchResult{}, fmt.Errorf("%s leads out of the contract's proto folder", name)
	}
	content, err := os.ReadFile(r.path(name))
	if errors.Is(err, os.ErrNotExist) {
		err = &missingFile{name, r.root}
	}
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	if r.read == nil {
		r.read = map[string]string{}
	}
	r.order = append(r.order, name)
	r.read[name] = string(content)
	return protocompile.SearchResult{Source: strings.NewReader(string(content))}, nil
}

// collect adds a file behind everything that it imports.
func (s *sources) collect(file protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		s.collect(file.Imports().Get(i).FileDescriptor, seen)
	}
	s.files = append(s.files, protoutil.ProtoFromFileDescriptor(file))
}

// encode returns the descriptor set, with or without source positions. Equal
// sources give equal bytes.
func (s *sources) encode(positions bool) ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range s.files {
		if !positions || !own(file.GetName()) {
			file = proto.CloneOf(file)
			file.SourceCodeInfo = nil
		}
		set.File = append(set.File, file)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(set)
}
