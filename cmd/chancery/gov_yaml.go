package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// linedJSON turns YAML into protobuf's JSON in which everything stands on the line
// that it has in the YAML, so that the line of an error in one is that in the other.
func (c *cli) linedJSON(d protoreflect.MessageDescriptor, root *yaml.Node) ([]byte, error) {
	w := &linedWriter{cli: c, line: 1}
	if root.Kind != yaml.MappingNode {
		return nil, usagef("line %d: a proposal is a list of fields, title: and so on", root.Line)
	}
	if err := w.mapping(d, root, ""); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

type linedWriter struct {
	bytes.Buffer
	cli  *cli
	line int
}

// to moves on to a line.
func (w *linedWriter) to(line int) {
	for ; w.line < line; w.line++ {
		w.WriteByte('\n')
	}
}

// mapping writes a mapping as the message d, or as it is when d is nil. path is for
// errors.
func (w *linedWriter) mapping(d protoreflect.MessageDescriptor, n *yaml.Node, path string) error {
	w.to(n.Line)
	w.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return usagef("line %d: a field's name is plain text", key.Line)
		}
		if i > 0 {
			w.WriteByte(',')
		}
		w.to(key.Line)
		if err := w.json(key.Value); err != nil {
			return err
		}
		w.WriteByte(':')
		if err := w.value(fieldOf(d, key.Value), value, join(path, key.Value)); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

// value writes a value of field f; f is nil for a field that there is not.
func (w *linedWriter) value(f protoreflect.FieldDescriptor, n *yaml.Node, path string) error {
	w.to(n.Line)
	switch n.Kind {
	case yaml.AliasNode:
		return usagef("line %d: %s: references to other places are not read; write it out", n.Line, path)
	case yaml.MappingNode:
		var d protoreflect.MessageDescriptor
		if f != nil {
			d = f.Message()
		}
		return w.mapping(d, n, path)
	case yaml.SequenceNode:
		w.WriteByte('[')
		for i, element := range n.Content {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := w.value(f, element, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		w.WriteByte(']')
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return usagef("line %d: %s: %v", n.Line, path, err)
	}
	if text, ok := v.(string); ok && f != nil {
		var err error
		if v, err = w.cli.completedValue(f, text); err != nil {
			return fmt.Errorf("line %d: %s: %w", n.Line, path, err)
		}
	}
	return w.json(v)
}

// json writes a value on one line.
func (w *linedWriter) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return usagef("line %d: %v", w.line, err)
	}
	_, err = w.Write(b)
	return err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fieldOf finds a field by either of its names; nil when there is none, which
// protojson says better.
func fieldOf(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if d == nil {
		return nil
	}
	if f := d.Fields().ByJSONName(name); f != nil {
		return f
	}
	return d.Fields().ByName(protoreflect.Name(name))
}

// jsonPlaces is how protojson names a place. The column is that of the JSON.
var jsonPlaces = regexp.MustCompile(`^(?:proto:[\s\x{00a0}]*)?(.*?)\(line (\d+):\d+\):[\s\x{00a0}]*`)

// jsonPlace is an error of protojson with its line in front.
func jsonPlace(err error) string {
	text := err.Error()
	m := jsonPlaces.FindStringSubmatchIndex(text)
	if m == nil {
		return text
	}
	kind := strings.TrimSpace(text[m[2]:m[3]])
	if kind != "" {
		kind += ": "
	}
	return "line " + text[m[4]:m[5]] + ": " + kind + text[m[1]:]
}

// pathSteps cuts "changes[1].set_quota.org" into names and places in lists.
var pathSteps = regexp.MustCompile(`[a-z_0-9]+`)

// lineOf returns the line of the field that a path leads to, or of the last one on the
// way that is written; 0 when that is none.
func lineOf(n *yaml.Node, path string) (line int) {
	for _, step := range pathSteps.FindAllString(path, -1) {
		var next *yaml.Node
		switch i, err := strconv.Atoi(step); {
		case n.Kind == yaml.SequenceNode && err == nil && i < len(n.Content):
			next, line = n.Content[i], n.Content[i].Line
		case n.Kind == yaml.MappingNode:
			for k := 0; k+1 < len(n.Content); k += 2 {
				if strings.EqualFold(strings.ReplaceAll(n.Content[k].Value, "_", ""), strings.ReplaceAll(step, "_", "")) {
					next, line = n.Content[k+1], n.Content[k].Line
				}
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}
