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
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// proposal reads a proposal from a file of YAML or JSON, which is YAML too.
func (c *cli) proposal(file string) (*chanceryv1.Propose, error) {
	b, err := c.file(file)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(b, &tree); err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	if tree == nil {
		tree = map[string]any{} // an empty file, which has no title
	}
	p := new(chanceryv1.Propose)
	if err := c.completed(p.ProtoReflect().Descriptor(), tree); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	if err := protojson.Unmarshal(text, p); err != nil {
		return nil, terminal.Hint(usagef("%s: %v", file, err), "chancery gov propose --help lists the changes and their fields")
	}
	if err := tx.CheckPropose(p); err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	return p, nil
}

// completed turns what people write into protobuf's JSON: short names of enums, keys
// as text, accounts by the names of their keys.
func (c *cli) completed(d protoreflect.MessageDescriptor, tree map[string]any) error {
	for name, v := range tree {
		f := d.Fields().ByJSONName(name)
		if f == nil {
			f = d.Fields().ByName(protoreflect.Name(name))
		}
		if f == nil {
			continue // protojson says so, with its place
		}
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for i := range list {
			var err error
			if list[i], err = c.completedValue(f, list[i]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if !isList {
			tree[name] = list[0]
		}
	}
	return nil
}

func (c *cli) completedValue(f protoreflect.FieldDescriptor, v any) (any, error) {
	text, isText := v.(string)
	switch {
	case f.Message() != nil && isText:
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
	case f.Message() != nil:
		if tree, ok := v.(map[string]any); ok {
			return v, c.completed(f.Message(), tree)
		}
	case f.Enum() != nil && isText && f.Enum().Values().ByName(protoreflect.Name(text)) == nil:
		return enumPrefix(f.Enum()) + strings.ToUpper(strings.ReplaceAll(text, " ", "_")), nil
	case f.Name() == "account" && isText && text != "":
		return c.address(text)
	}
	return v, nil
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
