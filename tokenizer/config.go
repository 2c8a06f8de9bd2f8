//go:build !wasm

package tokenizer

import (
	"io/fs"
	"slices"
	"strconv"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// config is what tokenizer_config.json, special_tokens_map.json and added_tokens.json say.
type config struct {
	class         string
	lowercase     *bool
	stripAccents  *bool
	chinese       *bool
	prefixSpace   *bool
	trimOffsets   *bool
	maxLength     int
	special       map[string]roleToken // by role: cls_token and so on; the id is not known
	additional    []roleToken          // additional_special_tokens
	added         []AddedToken         // of added_tokens_decoder or added_tokens.json, by id
	addedContents map[string]bool
	decoded       bool // added_tokens_decoder is there: the two files beside tokenizer_config.json do not count

	// Of tokenizers made from a SentencePiece model.
	splitPunctuation *bool
	keepAccents      *bool
	removeSpace      *bool
	legacy           *bool
	nullPrefixSpace  bool // add_prefix_space is null, which is not the same as absent
	extraIDs         *int
}

// roleToken is a token with a role. The zero value is what null leaves: there is none.
type roleToken struct {
	AddedToken
	flags bool // they were given, too
}

// specialRoles are the keys that name special tokens.
var specialRoles = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

func readConfig(fsys fs.FS) (*config, error) {
	c := &config{special: map[string]roleToken{}, addedContents: map[string]bool{}}
	for _, f := range []struct {
		name string
		read func(s *jsonscan.Scanner, key string) error
	}{
		{"tokenizer_config.json", c.readTokenizerConfig},
		{"special_tokens_map.json", c.readSpecial},
		{"added_tokens.json", c.readAddedTokensFile},
	} {
		if c.decoded {
			break
		}
		source, err := readFile(fsys, f.name)
		if err != nil {
			return nil, err
		}
		if source == "" {
			continue
		}
		s, err := jsonscan.New(source)
		if err == nil {
			err = s.Object(func(key string) error { return f.read(s, key) })
		}
		if err == nil {
			err = s.End()
		}
		if err != nil {
			return nil, badinput.Errorf("%s: %w", f.name, err)
		}
	}
	slices.SortStableFunc(c.added, func(a, b AddedToken) int { return int(a.ID) - int(b.ID) })
	return c, nil
}

func (c *config) readTokenizerConfig(s *jsonscan.Scanner, key string) error {
	flag := func(to **bool) error {
		if s.Null() {
			return nil
		}
		*to = new(bool)
		return readBool(s, *to)
	}
	switch key {
	case "tokenizer_class":
		if s.Null() {
			return nil
		}
		return readString(s, &c.class)
	case "do_lower_case":
		return flag(&c.lowercase)
	case "strip_accents":
		return flag(&c.stripAccents)
	case "tokenize_chinese_chars":
		return flag(&c.chinese)
	case "add_prefix_space":
		c.nullPrefixSpace = s.Kind() == jsonscan.Null
		return flag(&c.prefixSpace)
	case "trim_offsets":
		return flag(&c.trimOffsets)
	case "model_max_length":
		if s.Null() {
			return nil
		}
		n, err := s.Float()
		if n >= 1 && n < 1<<31 { // transformers writes 1e30 for a model that it knows nothing about
			c.maxLength = int(n)
		}
		return err
	case "split_by_punct":
		return flag(&c.splitPunctuation)
	case "keep_accents":
		return flag(&c.keepAccents)
	case "remove_space":
		return flag(&c.removeSpace)
	case "legacy":
		return flag(&c.legacy)
	case "extra_ids":
		n, err := s.Int(0, maxExtraIDs)
		c.extraIDs = new(int)
		*c.extraIDs = int(n)
		return err
	case "added_tokens_decoder":
		c.decoded = true
		return s.Object(func(id string) error {
			at := *s
			n, err := strconv.ParseUint(id, 10, 31)
			if err != nil || n > maxID {
				return at.Errorf("want an id as key")
			}
			token, err := readConfigToken(s)
			token.ID = int32(n)
			c.addToken(token.AddedToken)
			return err
		})
	}
	return c.readSpecial(s, key)
}

// maxExtraIDs bounds how many sentinel tokens a T5 has.
const maxExtraIDs = 1 << 16

// readAddedTokensFile reads a member of added_tokens.json: a token and its id.
func (c *config) readAddedTokensFile(s *jsonscan.Scanner, token string) error {
	id, err := s.Int(0, maxID)
	c.addToken(AddedToken{ID: int32(id), Content: token, Normalized: true})
	return err
}

// addToken adds a token unless one of that content is there.
func (c *config) addToken(t AddedToken) {
	if !c.addedContents[t.Content] {
		c.addedContents[t.Content] = true
		c.added = append(c.added, t)
	}
}

// readSpecial reads the token or the tokens of a role. What is read last counts.
func (c *config) readSpecial(s *jsonscan.Scanner, role string) error {
	switch {
	case role == "additional_special_tokens":
		if s.Null() {
			return nil
		}
		return s.Array(func(int) error {
			token, err := readConfigToken(s)
			if !slices.ContainsFunc(c.additional, func(t roleToken) bool { return t.Content == token.Content }) {
				c.additional = append(c.additional, token)
			}
			return err
		})
	case !slices.Contains(specialRoles, role):
		return s.Skip()
	case s.Null():
		c.special[role] = roleToken{}
		return nil
	}
	token, err := readConfigToken(s)
	c.special[role] = token
	return err
}

// readConfigToken reads a token: a string, or an object with its content and flags.
func readConfigToken(s *jsonscan.Scanner) (t roleToken, err error) {
	if s.Kind() == jsonscan.String {
		t.Special = true
		err = readString(s, &t.Content)
		return t, err
	}
	t.flags = true
	err = s.Object(func(key string) error { return t.readField(s, key) }, "content")
	return t, err
}

// specialToken returns the token with a role, or the usual one.
func (c *config) specialToken(role, usual string) string {
	if t := c.special[role]; t.Content != "" {
		return t.Content
	}
	return usual
}

// apply takes over what a configuration says beside the tokenizer.json.
func (t *Tokenizer) apply(c *config) {
	t.maxLength = c.maxLength
	for _, r := range []struct {
		role string
		id   *int32
	}{
		{"bos_token", &t.special.BOS}, {"eos_token", &t.special.EOS}, {"unk_token", &t.special.Unknown},
		{"sep_token", &t.special.SEP}, {"pad_token", &t.special.PAD}, {"cls_token", &t.special.CLS},
		{"mask_token", &t.special.Mask},
	} {
		if token := c.special[r.role]; token.Content != "" {
			if id, ok := t.TokenToID(token.Content); ok {
				*r.id = id
			}
		}
	}
}
