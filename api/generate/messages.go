package generate

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"strings"

	"github.com/aperturerobotics/protobuf-go-lite/compiler/protogen"
	"github.com/aperturerobotics/protobuf-go-lite/generator"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

const sdkPath = "github.com/chancery-chain/chancery/contracts-sdk"

// generateMessages makes one file for each .proto. The plugin it returns knows
// the Go names of all messages.
func generateMessages(s *sources, pkg goPackage) ([]File, *protogen.Plugin, error) {
	req := &pluginpb.CodeGeneratorRequest{}
	params := []string{"paths=source_relative"}
	for _, file := range s.files {
		name := file.GetName()
		if !own(name) {
			continue
		}
		req.FileToGenerate = append(req.FileToGenerate, name)
		req.ProtoFile = append(req.ProtoFile, withoutOptions(file))
		params = append(params, "M"+name+"="+pkg.Path+";"+pkg.Name)
	}
	req.Parameter = proto.String(strings.Join(params, ","))
	plugin, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, nil, fmt.Errorf("generate messages: %w", err)
	}
	gen, err := generator.NewGenerator(plugin, nil, &generator.Config{})
	if err != nil {
		return nil, nil, fmt.Errorf("generate messages: %w", err)
	}
	gen.Generate()
	resp := plugin.Response()
	if resp.Error != nil {
		return nil, nil, fmt.Errorf("generate messages: %s", resp.GetError())
	}
	var files []File
	made := map[string]*protogen.File{}
	for _, file := range plugin.Files {
		made[file.GeneratedFilenamePrefix+".pb.go"] = file
	}
	for _, file := range resp.GetFile() {
		if from := made[file.GetName()]; len(from.Messages)+len(from.Enums) == 0 {
			continue // the service alone
		}
		_, body, ok := strings.Cut(file.GetContent(), "\npackage ")
		if !ok {
			return nil, nil, fmt.Errorf("generate messages: %s has no package clause", file.GetName())
		}
		// The generator's own header names the version of the program that runs it.
		source, err := format.Source([]byte(Header + "\npackage " + withTables(body, made[file.GetName()])))
		if err != nil {
			return nil, nil, fmt.Errorf("generate messages: %w", err)
		}
		files = append(files, File{Name: path.Base(file.GetName()), Content: source})
	}
	return files, plugin, nil
}

// withoutOptions returns a file without our options and their import: message
// code must not refer to them.
func withoutOptions(file *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	file = proto.CloneOf(file)
	kept := file.Dependency[:0]
	for _, name := range file.GetDependency() {
		if own(name) {
			kept = append(kept, name)
		}
	}
	file.Dependency = kept
	file.PublicDependency, file.WeakDependency = nil, nil
	return file
}

// wrapper, behind the name of a field of a oneof, finds the Go type that wraps it.
const wrapper = "#"

// goNames finds the Go name of messages, fields, oneofs and enums.
type goNames map[protoreflect.FullName]string

func newGoNames(plugin *protogen.Plugin) goNames {
	names := goNames{}
	for _, file := range plugin.Files {
		names.messages(file.Messages)
		names.enums(file.Enums)
	}
	return names
}

func (n goNames) messages(messages []*protogen.Message) {
	for _, m := range messages {
		n[m.Desc.FullName()] = m.GoIdent.GoName
		for _, f := range m.Fields {
			n[f.Desc.FullName()] = f.GoName
			n[f.Desc.FullName()+wrapper] = f.GoIdent.GoName
		}
		for _, o := range m.Oneofs {
			n[o.Desc.FullName()] = o.GoName
		}
		n.enums(m.Enums)
		n.messages(m.Messages)
	}
}

func (n goNames) enums(enums []*protogen.Enum) {
	for _, e := range enums {
		n[e.Desc.FullName()] = e.GoIdent.GoName
		for _, v := range e.Values {
			n[v.Desc.FullName()] = v.GoIdent.GoName
		}
	}
}

// taken returns what message code declares at the top, by Go name.
func taken(plugin *protogen.Plugin) map[string]protoreflect.Descriptor {
	names := map[string]protoreflect.Descriptor{}
	enums := func(list []*protogen.Enum) {
		for _, e := range list {
			names[e.GoIdent.GoName] = e.Desc
			for _, v := range e.Values {
				names[v.GoIdent.GoName] = v.Desc
			}
		}
	}
	var messages func(list []*protogen.Message)
	messages = func(list []*protogen.Message) {
		for _, m := range list {
			names[m.GoIdent.GoName], names[wireName(m)] = m.Desc, m.Desc
			enums(m.Enums)
			messages(m.Messages)
		}
	}
	for _, file := range plugin.Files {
		messages(file.Messages)
		enums(file.Enums)
	}
	return names
}

// comment prints a descriptor's leading comment as Go comment lines, and reports
// whether there is one.
func comment(b *bytes.Buffer, d protoreflect.Descriptor, indent string) bool {
	text := strings.TrimRight(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments, "\n ")
	if text == "" {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(indent + strings.TrimRight("//"+line, " ") + "\n")
	}
	return true
}
