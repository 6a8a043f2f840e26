package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// proposal reads a proposal from a file of YAML or JSON, which is YAML too. Its errors
// name the line that the mistake stands in.
func (c *cli) proposal(file string) (*chanceryv1.Propose, error) {
	b, err := c.file(file)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, usagef("%s: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	root := &yaml.Node{Kind: yaml.MappingNode} // of an empty file, which has no title
	if len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	p := new(chanceryv1.Propose)
	text, err := c.linedJSON(p.ProtoReflect().Descriptor(), root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := protojson.Unmarshal(text, p); err != nil {
		return nil, terminal.Hint(usagef("%s: %s", file, jsonPlace(err)), "chancery gov propose --help lists the changes and their fields")
	}
	if err := tx.CheckPropose(p); err != nil {
		if line := lineOf(root, apperr.From(err).Field); line > 0 {
			return nil, usagef("%s: line %d: %v", file, line, err)
		}
		return nil, usagef("%s: %v", file, err)
	}
	return p, nil
}

// completedValue turns what people write into protobuf's JSON: short names of enums,
// keys as text, accounts by the names of their keys.
func (c *cli) completedValue(f protoreflect.FieldDescriptor, text string) (any, error) {
	switch {
	case f.Message() != nil:
		switch f.Message().FullName() {
		case (&chanceryv1.ValidatorKey{}).ProtoReflect().Descriptor().FullName():
			return validatorKey(text)
		case (&chanceryv1.PublicKey{}).ProtoReflect().Descriptor().FullName():
			k, _, err := c.publicKey(text)
			if err != nil {
				return nil, err
			}
			return protoJSON(k)
		}
	case f.Enum() != nil && f.Enum().Values().ByName(protoreflect.Name(text)) == nil:
		full := enumPrefix(f.Enum()) + strings.ToUpper(strings.ReplaceAll(text, " ", "_"))
		if f.Enum().Values().ByName(protoreflect.Name(full)) == nil {
			return nil, terminal.Hint(usagef("%q is none of its values", text), "there is %s", strings.Join(enumWords(f.Enum()), ", "))
		}
		return full, nil
	case f.Name() == "account" && text != "":
		return c.address(text)
	}
	return text, nil
}

// enumWords are the values of an enum in a word or two, but for the unspecified one.
func enumWords(d protoreflect.EnumDescriptor) []string {
	var words []string
	for i := 1; i < d.Values().Len(); i++ {
		name := strings.TrimPrefix(string(d.Values().Get(i).Name()), enumPrefix(d))
		words = append(words, strings.ReplaceAll(strings.ToLower(name), "_", " "))
	}
	return words
}

// enumPrefix is what the names of an enum begin with: its first one ends with
// UNSPECIFIED.
func enumPrefix(d protoreflect.EnumDescriptor) string {
	return strings.TrimSuffix(string(d.Values().Get(0).Name()), "UNSPECIFIED")
}

// validatorKey reads what "validator key" prints.
func validatorKey(text string) (json.RawMessage, error) {
	typ, digits, _ := strings.Cut(text, ":")
	t, err := validator.ParseKeyType(typ)
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, usagef("validator key: what follows %s: is not hex", typ)
	}
	k, err := validator.NewKey(t, b)
	if err != nil {
		return nil, err
	}
	return protoJSON(k.API())
}

// enumText is a value's name in a word or two for people.
func enumText(e protoreflect.Enum) string {
	d := e.Descriptor()
	v := d.Values().ByNumber(e.Number())
	if v == nil {
		return fmt.Sprint(e.Number())
	}
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(string(v.Name()), enumPrefix(d))), "_", " ")
}

// parseEnum is the inverse of enumText; an empty text is the unspecified value.
func parseEnum[E interface {
	~int32
	protoreflect.Enum
}](s, what string) (E, error) {
	var none E
	if s == "" {
		return none, nil
	}
	values := none.Descriptor().Values()
	var names []string
	for i := range values.Len() {
		v := E(values.Get(i).Number())
		if i > 0 && enumText(v) == s {
			return v, nil
		}
		if i > 0 {
			names = append(names, enumText(v))
		}
	}
	return none, terminal.Hint(usagef("%q is no %s", s, what), "there is %s", strings.Join(names, ", "))
}

// compactJSON is a message as JSON without what it leaves empty.
func compactJSON(m proto.Message) (json.RawMessage, error) {
	b, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	return compact(b)
}
