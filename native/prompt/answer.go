package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/native/data"
)

// ParseAnswer reads the labels of n texts out of a model's answer, which has to be
//
//	{"1": "negative", "2": "positive"}
//
// and nothing else: an object that has each number from 1 to n once and no other key, and the name of a label, spelled as it
// is, for each. Around the object there may be white space, one Markdown fence (three backticks, json or nothing behind
// them), and before that what a model thinks between <think> and </think>. The classes are in the order of the numbers. The
// error says in words that a model understands, too, what is wrong with the answer.
func ParseAnswer(text string, n int, labels *data.Labels) ([]int, error) {
	object := strings.TrimSpace(unwrap(text))
	if object == "" {
		return nil, errors.New("it is empty")
	}
	if object[0] != '{' {
		return nil, errors.New("it does not begin with the JSON object")
	}
	p := answerParser{in: json.NewDecoder(strings.NewReader(object)), labels: labels, classes: make([]int, n), given: make([]bool, n)}
	if err := p.object(); err != nil {
		return nil, err
	}
	if missing := p.missing(); missing != "" {
		return nil, errors.New(missing)
	}
	return p.classes, nil
}

// unwrap takes thoughts and fence away.
func unwrap(text string) string {
	text = strings.TrimSpace(text)
	if thoughts, ok := strings.CutPrefix(text, "<think>"); ok {
		if _, rest, ok := strings.Cut(thoughts, "</think>"); ok {
			text = strings.TrimSpace(rest)
		}
	}
	const fence = "```"
	inside, ok := strings.CutPrefix(text, fence)
	if !ok {
		return text
	}
	first, rest, ok := strings.Cut(inside, "\n")
	if name := strings.TrimSpace(first); !ok || name != "" && !strings.EqualFold(name, "json") {
		return text
	}
	if inside, ok = strings.CutSuffix(strings.TrimSpace(rest), fence); !ok {
		return text
	}
	return inside
}

// answerParser reads one object.
type answerParser struct {
	in      *json.Decoder
	labels  *data.Labels
	classes []int
	given   []bool
}

func (p *answerParser) object() error {
	if _, err := p.token(); err != nil { // the brace
		return err
	}
	for p.in.More() {
		if err := p.member(); err != nil {
			return err
		}
	}
	if _, err := p.token(); err != nil {
		return err
	}
	if _, err := p.in.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the JSON object")
	}
	return nil
}

// member reads a number and its label.
func (p *answerParser) member() error {
	token, err := p.token()
	if err != nil {
		return err
	}
	key, _ := token.(string) // keys of objects are strings
	number, err := strconv.Atoi(key)
	if err != nil || number < 1 || number > len(p.classes) || strconv.Itoa(number) != key {
		return fmt.Errorf("the key %s is none of the numbers from 1 to %d", quoted(key), len(p.classes))
	}
	if p.given[number-1] {
		return fmt.Errorf("number %d occurs twice", number)
	}
	token, err = p.token()
	if err != nil {
		return err
	}
	name, ok := token.(string)
	if !ok {
		return fmt.Errorf("the value of number %d is not a string", number)
	}
	for class, known := range p.labels.Names() {
		if name == known {
			p.classes[number-1], p.given[number-1] = class, true
			return nil
		}
	}
	return fmt.Errorf("the value of number %d, %s, is none of the labels", number, quoted(name))
}

// token reads the next token of the object, which must not have ended.
func (p *answerParser) token() (json.Token, error) {
	token, err := p.in.Token()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the JSON object ends too early")
	}
	return nil, errors.New("the JSON object is broken")
}

// missing names the numbers without a label; "" when there are none.
func (p *answerParser) missing() string {
	var numbers []string
	for i, ok := range p.given {
		if !ok {
			numbers = append(numbers, strconv.Itoa(i+1))
		}
	}
	switch {
	case len(numbers) == 0:
		return ""
	case len(numbers) == 1:
		return "number " + numbers[0] + " is missing"
	}
	return "the numbers " + strings.Join(numbers, ", ") + " are missing"
}

// FormatAnswer writes labels in the form that ParseAnswer reads.
func FormatAnswer(classes []int, labels *data.Labels) string {
	return numberedObject(len(classes), ", ", func(i int) string { return quoted(labels.Name(classes[i])) })
}

// numberedObject is a JSON object with the keys 1 to n, in this order, which a map would not keep.
func numberedObject(n int, separator string, value func(i int) string) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteString(separator)
		}
		fmt.Fprintf(&b, "\"%d\": %s", i+1, value(i))
	}
	b.WriteByte('}')
	return b.String()
}

// quoted is a text as a JSON string. What is not UTF-8 becomes U+FFFD.
func quoted(text string) string {
	raw, err := marshal(text)
	if err != nil {
		return `""` // cannot be: a string has a JSON form
	}
	return string(raw)
}
