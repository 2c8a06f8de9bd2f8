package settings

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"go.yaml.in/yaml/v4"
)

// parseYAML reads a mapping. Nodes are taken as they stand: nothing is expanded, so nothing can grow.
func (f *File) parseYAML(content []byte) ([]Entry, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(content))
	if err != nil {
		return nil, badinput.Errorf("%s: %w", f.Name, err)
	}
	var document yaml.Node
	if err := loader.Load(&document); err == io.EOF {
		return nil, nil // nothing but comments
	} else if err != nil {
		return nil, f.yamlError(err)
	}
	var more yaml.Node
	switch err := loader.Load(&more); {
	case err == nil:
		return nil, f.Errorf(max(more.Line, 1), "a second document")
	case err != io.EOF:
		return nil, f.yamlError(err)
	}
	root := &document
	if root.Kind == yaml.DocumentNode {
		if len(root.Content) == 0 {
			return nil, nil
		}
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, f.Errorf(max(root.Line, 1), "want settings as \"name: value\", got %s", nodeName(root))
	}
	var all []Entry
	for i := 0; i+1 < len(root.Content) && len(all) <= maxEntries; i += 2 {
		e, err := f.entry(root.Content[i], root.Content[i+1])
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// entry reads a name and its value.
func (f *File) entry(key, node *yaml.Node) (Entry, error) {
	name, problem := value(key)
	if problem == "" && (key.ShortTag() == "!!merge" || name.Kind == Null) {
		problem = "want the name of a setting, got " + strconv.Quote(key.Value)
	}
	if problem != "" {
		return Entry{}, f.Errorf(key.Line, "%s", problem)
	}
	e := Entry{Name: name.Text, Line: key.Line, List: node.Kind == yaml.SequenceNode}
	values := []*yaml.Node{node}
	switch {
	case e.List && node.Anchor != "":
		return e, f.Errorf(node.Line, "%q: %s", e.Name, noAnchors)
	case e.List && len(node.Content) > maxValues:
		return e, f.Errorf(e.Line, "%q: more than %d values", e.Name, maxValues)
	case e.List:
		values = node.Content
	}
	for _, n := range values {
		v, problem := value(n)
		if problem != "" {
			return e, f.Errorf(n.Line, "%q: %s", e.Name, problem)
		}
		e.Values = append(e.Values, v)
	}
	return e, nil
}

const noAnchors = "anchors and aliases are not taken"

// value reads a single value, or says what is wrong with it.
func value(n *yaml.Node) (v Value, problem string) {
	v = Value{Text: n.Value, Line: n.Line}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return v, noAnchors
	}
	if n.Kind != yaml.ScalarNode {
		return v, "want a value or a list of values, got " + nodeName(n)
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		v.Kind = Null
	case "!!bool":
		v.Kind = Bool
	case "!!int":
		v.Kind = Integer
	case "!!float":
		v.Kind = Float
	case "!!str", "!!timestamp", "!!merge":
		v.Kind = Text
	default:
		return v, "values of the type " + tag + " are not taken"
	}
	return v, ""
}

func nodeName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		return "a single value"
	}
	return "something else"
}

// yamlError gives an error of the YAML reader this package's form.
func (f *File) yamlError(err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message := strings.TrimSpace(load.Message)
		if load.Mark.Line > 0 {
			return f.Errorf(load.Mark.Line, "bad YAML: %s", message)
		}
		return badinput.Errorf("%s: bad YAML: %s", f.Name, message)
	}
	return badinput.Errorf("%s: bad YAML: %s", f.Name, strings.TrimPrefix(err.Error(), "yaml: "))
}
