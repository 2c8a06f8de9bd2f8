package tokenizer

import (
	"slices"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// postProcessor says how one text or two become one sequence of ids.
type postProcessor struct {
	single, pair template

	// trims has, for each processor that trims offsets, whether a space that add_prefix_space put before the text's first
	// word is left alone: it is not in the text.
	trims []bool

	// firstType makes the type ids of overflowing chunks all 0 (RobertaProcessing). Otherwise those of the second text have
	// 1, whatever the template says, as in Hugging Face's library.
	firstType bool
}

// template is a sequence of special tokens and texts.
type template []templatePart

// templatePart is special tokens, or the place of a text when sequence is 0 or 1 rather than -1.
type templatePart struct {
	sequence int8
	typeID   int32
	ids      []int32
	tokens   []string
}

// added returns the number of special tokens.
func (t template) added() int {
	n := 0
	for _, part := range t {
		n += len(part.ids)
	}
	return n
}

// first returns the first text of the template, -1 when it has none.
func (t template) first() int8 {
	for _, part := range t {
		if part.sequence >= 0 {
			return part.sequence
		}
	}
	return -1
}

// has reports whether a text is in the template.
func (t template) has(text int) bool {
	return slices.ContainsFunc(t, func(p templatePart) bool { return int(p.sequence) == text })
}

// repeats reports whether the special token of a part is left out because the ids before it end with it: the slow tokenizer of
// T5 ends no text twice.
func (t *Tokenizer) repeats(ids []int32, part templatePart) bool {
	return t.once && len(ids) > 0 && slices.Equal(part.ids, ids[len(ids)-1:])
}

// bare is what stays of a post-processor without special tokens.
func (t template) bare() template {
	return slices.DeleteFunc(slices.Clone(t), func(p templatePart) bool { return p.sequence < 0 })
}

var (
	firstText  = templatePart{sequence: 0}
	secondText = templatePart{sequence: 1, typeID: 1}
)

// noPostProcessor lays the texts end to end.
func noPostProcessor() postProcessor {
	return postProcessor{single: template{firstText}, pair: template{firstText, secondText}}
}

// readPostProcessor reads the "post_processor" section.
func readPostProcessor(s *jsonscan.Scanner) (postProcessor, error) {
	p := noPostProcessor()
	if s.Null() {
		return p, nil
	}
	special := false
	return p, p.read(s, &special)
}

// parsePostProcessor reads the text of a "post_processor" section.
func parsePostProcessor(source string) (postProcessor, error) {
	s, err := jsonscan.New(source)
	if err != nil {
		return postProcessor{}, err
	}
	return readPostProcessor(s)
}

// read adds one processor to p. special tells whether one that adds special tokens has been read.
func (p *postProcessor) read(s *jsonscan.Scanner, special *bool) error {
	kind, err := readType(s)
	if err != nil {
		return err
	}
	switch kind {
	case "Sequence":
		return readSequence(s, "processors", func() error { return p.read(s, special) })
	case "ByteLevel":
		b, err := readByteLevel(s)
		if b.trimOffsets {
			p.trims = append(p.trims, b.addPrefixSpace)
		}
		return err
	}
	if *special {
		return s.Errorf("unsupported: a second post-processor that adds special tokens (%s)", kind)
	}
	*special = true
	switch kind {
	case "BertProcessing", "RobertaProcessing":
		return p.readBertOrRoberta(s, kind == "RobertaProcessing")
	case "TemplateProcessing":
		return p.readTemplate(s)
	}
	return unsupported(s, "post-processor", kind)
}

func (p *postProcessor) readBertOrRoberta(s *jsonscan.Scanner, roberta bool) error {
	var sep, cls templatePart
	var trim, prefixSpace bool
	required := []string{"sep", "cls"}
	if roberta {
		required = append(required, "trim_offsets", "add_prefix_space")
	}
	err := s.Object(func(key string) error {
		switch key {
		case "sep":
			return readTokenAndID(s, &sep)
		case "cls":
			return readTokenAndID(s, &cls)
		case "trim_offsets":
			return readBool(s, &trim)
		case "add_prefix_space":
			return readBool(s, &prefixSpace)
		}
		return s.Skip()
	}, required...)
	p.single = template{cls, firstText, sep}
	if roberta {
		second := secondText
		second.typeID = 0
		p.pair = template{cls, firstText, sep, sep, second, sep}
		p.firstType = true
		if trim {
			p.trims = append(p.trims, prefixSpace)
		}
		return err
	}
	last := sep
	last.typeID = 1
	p.pair = template{cls, firstText, sep, secondText, last}
	return err
}

// readTokenAndID reads ["</s>", 2].
func readTokenAndID(s *jsonscan.Scanner, part *templatePart) error {
	var token string
	id := int64(-1)
	at := *s
	err := s.Array(func(i int) (err error) {
		switch i {
		case 0:
			return readString(s, &token)
		case 1:
			id, err = s.Int(0, maxID)
			return err
		}
		return s.Errorf("want a token and its id")
	})
	if err == nil && id < 0 {
		err = at.Errorf("want a token and its id")
	}
	*part = templatePart{sequence: -1, ids: []int32{int32(id)}, tokens: []string{token}}
	return err
}

func (p *postProcessor) readTemplate(s *jsonscan.Scanner) error {
	at := *s
	var names [2][]string // of the special tokens of each part
	special := map[string]templatePart{}
	err := s.Object(func(key string) (err error) {
		switch key {
		case "single":
			p.single, names[0], err = readParts(s, 0)
			return err
		case "pair":
			p.pair, names[1], err = readParts(s, 1)
			return err
		case "special_tokens":
			return readSpecialTokens(s, special)
		}
		return s.Skip()
	}, "single", "pair", "special_tokens")
	if err != nil {
		return err
	}
	for k, parts := range []template{p.single, p.pair} {
		for i := range parts {
			if parts[i].sequence >= 0 {
				continue
			}
			tokens, ok := special[names[k][i]]
			if !ok {
				return at.Errorf("special token %.80q of the template is not among special_tokens", names[k][i])
			}
			parts[i].ids, parts[i].tokens = tokens.ids, tokens.tokens
		}
	}
	return nil
}

// readParts reads the parts of a template that has texts up to lastSequence, and the names of its special tokens.
func readParts(s *jsonscan.Scanner, lastSequence int8) (parts template, names []string, err error) {
	err = s.Array(func(int) error {
		return s.Object(func(kind string) error {
			if kind != "Sequence" && kind != "SpecialToken" {
				return s.Errorf("want Sequence or SpecialToken")
			}
			part := templatePart{sequence: -1}
			var name string
			err := s.Object(func(key string) error {
				switch key {
				case "id":
					return readString(s, &name)
				case "type_id":
					id, err := s.Int(0, 1<<31-1)
					part.typeID = int32(id)
					return err
				}
				return s.Skip()
			}, "id", "type_id")
			if err != nil {
				return err
			}
			if kind == "Sequence" {
				part.sequence = int8(slices.Index([]string{"A", "B"}, name))
				if part.sequence < 0 || part.sequence > lastSequence {
					return s.Errorf("no such text: %.40q", name)
				}
			}
			parts, names = append(parts, part), append(names, name)
			return nil
		})
	})
	return parts, names, err
}

// readSpecialTokens reads {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}}.
func readSpecialTokens(s *jsonscan.Scanner, special map[string]templatePart) error {
	return s.Object(func(name string) error {
		at := *s
		var part templatePart
		err := s.Object(func(key string) error {
			switch key {
			case "ids":
				return s.Array(func(int) error {
					id, err := s.Int(0, maxID)
					part.ids = append(part.ids, int32(id))
					return err
				})
			case "tokens":
				return s.Array(func(int) error {
					token, err := s.String()
					part.tokens = append(part.tokens, token)
					return err
				})
			}
			return s.Skip()
		}, "ids", "tokens")
		if err == nil && len(part.ids) != len(part.tokens) {
			err = at.Errorf("%d ids for %d tokens", len(part.ids), len(part.tokens))
		}
		special[name] = part
		return err
	})
}
