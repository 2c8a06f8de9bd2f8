package prompt

import (
	_ "embed" // the built-in template
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/template"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// DefaultTemplate is the built-in prompt.
//
//go:embed default.tmpl
var DefaultTemplate string

// DefaultTask is what a model is told to decide when nothing else is said.
const DefaultTask = "Decide for each text which label fits it best."

const (
	maxTemplate = 1 << 20 // bytes of a prompt file
	systemBlock = "system"
	userBlock   = "user"
)

// prompter makes the messages of requests.
type prompter struct {
	parsed   *template.Template
	source   string // of the template
	task     string
	labels   *data.Labels
	maxRunes int       // of a text; 0: all
	opening  []Message // system message and examples, the same for all chunks
}

// templateData is what a template sees.
type templateData struct {
	Task   string
	Labels string
	Texts  string
	Count  int
}

// newPrompter reads the template, from path or the built-in one, and makes the opening of every chat.
func newPrompter(path, task string, labels *data.Labels, maxRunes int, examples *data.Set) (*prompter, error) {
	p := &prompter{source: DefaultTemplate, task: task, labels: labels, maxRunes: maxRunes}
	name := "prompt"
	if path != "" {
		name = path
		var err error
		if p.source, err = readTemplate(path); err != nil {
			return nil, err
		}
	}
	var err error
	if p.parsed, err = template.New("prompt").Option("missingkey=error").Parse(p.source); err != nil {
		return nil, badinput.Errorf("%s: %w", name, err)
	}
	if p.parsed.Lookup(userBlock) == nil {
		return nil, badinput.Errorf(`%s: no block {{define "user"}}, which has to give the texts`, name)
	}
	if err := p.open(examples); err != nil {
		return nil, badinput.Errorf("%s: %w", name, err)
	}
	return p, nil
}

func readTemplate(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", badinput.Errorf("%w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	switch {
	case err != nil:
		return "", badinput.Errorf("%w", err)
	case len(text) > maxTemplate:
		return "", badinput.Errorf("%s: more than %d bytes", path, maxTemplate)
	}
	return string(text), nil
}

// open makes the system message and the turns with the examples.
func (p *prompter) open(examples *data.Set) error {
	if p.parsed.Lookup(systemBlock) != nil {
		system, err := p.execute(systemBlock, nil)
		if err != nil {
			return err
		}
		if system != "" {
			p.opening = append(p.opening, Message{"system", system})
		}
	}
	if _, err := p.user([]string{"a text to try the template with"}); err != nil {
		return err
	}
	if examples.Len() == 0 {
		return nil
	}
	question, err := p.user(texts(examples.Rows))
	if err != nil {
		return err
	}
	p.opening = append(p.opening, question, Message{"assistant", FormatAnswer(examples.Classes, p.labels)})
	return nil
}

// messages are the chat that asks for the labels of the texts.
func (p *prompter) messages(chunk []string) ([]Message, error) {
	question, err := p.user(chunk)
	if err != nil {
		return nil, err
	}
	return append(p.opening[:len(p.opening):len(p.opening)], question), nil
}

// user is the message with the texts. A template that leaves them out is an error.
func (p *prompter) user(chunk []string) (Message, error) {
	text, err := p.execute(userBlock, chunk)
	if err != nil {
		return Message{}, err
	}
	if !strings.Contains(text, p.encode(chunk)) {
		return Message{}, errors.New(`the block "user" leaves out {{.Texts}}`)
	}
	return Message{"user", text}, nil
}

func (p *prompter) execute(block string, chunk []string) (string, error) {
	names, err := marshal(p.labels.Names())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = p.parsed.ExecuteTemplate(&b, block, templateData{p.task, string(names), p.encode(chunk), len(chunk)})
	if err != nil {
		return "", fmt.Errorf("the block %q: %w", block, err)
	}
	return strings.TrimSpace(b.String()), nil
}

// encode is the JSON object of the numbered texts, one a line. Inside a JSON string no text can end it, begin a line or look
// like a key.
func (p *prompter) encode(chunk []string) string {
	return numberedObject(len(chunk), ",\n", func(i int) string { return quoted(cut(chunk[i], p.maxRunes)) })
}

// cut takes the first runes of a text, all of them when most is 0.
func cut(text string, most int) string {
	if most > 0 {
		for at := range text {
			if most--; most < 0 {
				return text[:at]
			}
		}
	}
	return text
}

func texts(rows []data.Row) []string {
	all := make([]string, len(rows))
	for i := range rows {
		all[i] = rows[i].Text
	}
	return all
}
