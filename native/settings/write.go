package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/lorica-go/lorica/native/data"
)

// Setting is a setting to be written.
type Setting struct {
	Name   string
	Kind   Kind     // Text, or what the values spell
	Values []string // one unless List
	List   bool
	// Comment stands behind the setting in YAML.
	Comment string
	// Default says that nobody has set it: in YAML it becomes a comment, and in JSON it is left out.
	Default bool
}

// WriteYAML writes the settings of a command, so that Parse reads them again.
func WriteYAML(w io.Writer, command string, all []Setting) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", Command, yamlText(command))
	for _, s := range all {
		text := yamlValue(s)
		line := s.Name + ": " + text
		if s.Default {
			line = "# " + line
		}
		if s.Comment != "" {
			line += "  # " + strings.Join(strings.Fields(s.Comment), " ")
		}
		out.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteJSON is WriteYAML in JSON.
func WriteJSON(w io.Writer, command string, all []Setting) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  %s: %s", jsonText(Command), jsonText(command))
	for _, s := range all {
		if s.Default {
			continue
		}
		fmt.Fprintf(&out, ",\n  %s: ", jsonText(s.Name))
		if !s.List {
			out.WriteString(jsonValue(s.Kind, s.Values[0]))
			continue
		}
		out.WriteByte('[')
		for i, v := range s.Values {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(jsonValue(s.Kind, v))
		}
		out.WriteByte(']')
	}
	out.WriteString("\n}\n")
	_, err := w.Write(out.Bytes())
	return err
}

func yamlValue(s Setting) string {
	var parts []string
	for _, v := range s.Values {
		if s.Kind == Text {
			v = yamlText(v)
		}
		parts = append(parts, v)
	}
	if s.List {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return parts[0]
}

// bare is what a text may look like that needs no quotation marks, if it does not spell anything else.
var bare = regexp.MustCompile(`^[\p{L}_./][\p{L}\p{N}_./@+-]*( [\p{L}\p{N}_./@+-]+)*$`)

// yamlText writes a text: without quotation marks where it stays a text without them.
func yamlText(text string) string {
	if bare.MatchString(text) {
		f, err := Parse("", []byte("x: "+text))
		if err == nil && len(f.Entries) == 1 && f.Entries[0].Values[0] == (Value{Kind: Text, Text: text, Line: 1}) {
			return text
		}
	}
	return jsonText(text) // YAML reads it, too
}

// jsonValue writes a value. JSON has no words for numbers that are none, and other forms of whole numbers than YAML.
func jsonValue(kind Kind, v string) string {
	if kind != Text && json.Valid([]byte(v)) {
		return v
	}
	return jsonText(v)
}

func jsonText(text string) string { return string(data.AppendJSON(nil, text)) }
