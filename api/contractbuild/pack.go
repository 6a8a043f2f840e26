package contractbuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
)

// Packing says what code of another compiler than Go's was made of.
type Packing struct {
	// Proto is the folder of which proto/ has the contract's .proto files.
	Proto string
	// Dir is the folder of the sources, and Sources names the files in it, with
	// slashes. Their hash goes into the build data, the .proto files included.
	Dir     string
	Sources []string
	// Compiler is its name and version, for example "clang 19.1.7".
	Compiler string
	// Command repeats the build in Dir.
	Command string
}

// PackedData is the build data of packed code. It has "compiler" in place of the
// Go version and the SDK of Data.
type PackedData struct {
	Compiler string `json:"compiler"`
	Source   string `json:"source"` // as in Data
	Command  string `json:"command"`
}

// Pack returns a module that any compiler made with the custom sections that
// make it a contract: the descriptors of its .proto and the build data. Equal
// sources and code give equal bytes. Whether the chain takes the code is for the
// runtime to say.
func Pack(module []byte, p Packing) ([]byte, error) {
	for _, name := range []string{schema.SectionDescriptors, schema.SectionBuild} {
		if _, err := schema.Section(module, name); err == nil {
			return nil, fmt.Errorf("the module has the section %s already; pack what the compiler made", name)
		} else if !errors.Is(err, schema.ErrNoSection) {
			return nil, err
		}
	}
	set, _, err := generate.Descriptors(p.Proto, "")
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, name := range p.Sources {
		files[path.Clean(name)] = filepath.Join(p.Dir, filepath.FromSlash(name))
	}
	if err := addProtos(p.Proto, files); err != nil {
		return nil, err
	}
	data := PackedData{Compiler: p.Compiler, Command: p.Command}
	if data.Source, err = hashSources(files); err != nil {
		return nil, err
	}
	about, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	// A new slice: the module's own may have room behind its end.
	code := append(make([]byte, 0, len(module)+len(set)+len(about)+128), module...)
	code = appendSection(code, schema.SectionDescriptors, set)
	code = appendSection(code, schema.SectionBuild, about)
	if len(code) > MaxCodeBytes {
		return nil, fmt.Errorf("the code has %d bytes, the chain takes at most %d", len(code), MaxCodeBytes)
	}
	return code, nil
}
