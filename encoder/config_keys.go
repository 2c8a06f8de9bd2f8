package encoder

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/kernels"
)

// required marks a key without a default.
const required = math.MinInt

// keys reads typed values from a JSON object and keeps the first mistake.
type keys struct {
	raw map[string]string // the text of each value
	err error
}

// readKeys returns the text of each value of a JSON object.
func readKeys(data []byte) (map[string]string, error) {
	raw := map[string]string{}
	err := readJSON(string(data), func(s *jsonscan.Scanner) error {
		return s.Members(func(key string) (err error) {
			raw[key], err = s.Raw() // null as well
			return err
		})
	})
	if err != nil {
		return nil, format.Errorf("want a JSON object: %w", err)
	}
	return raw, nil
}

//go:noinline
func (k *keys) fail(key, text string, args ...any) {
	if k.err == nil {
		k.err = format.Errorf("%s: %w", key, format.Errorf(text, args...))
	}
}

// value returns the raw value of a key; null counts as absent.
//
//go:noinline
func (k *keys) value(key string) (string, bool) {
	v, ok := k.raw[key]
	return v, ok && v != "null"
}

func (k *keys) integer(key string, missing, least, most int) int {
	v, ok := k.value(key)
	if !ok {
		if missing == required {
			k.fail(key, "missing")
		}
		return missing
	}
	if i, err := strconv.Atoi(v); err == nil && i >= least && i <= most {
		return i
	}
	k.fail(key, "want an integer from %d to %d, got %s", least, most, excerpt(v))
	return least
}

func (k *keys) number(key string, missing, least, most float64) float64 {
	v, ok := k.value(key)
	if !ok {
		return missing
	}
	x, err := strconv.ParseFloat(v, 64) // which takes no other JSON value
	if err != nil || x < least || x > most {
		k.fail(key, "want a number from %g to %g, got %s", least, most, excerpt(v))
	}
	return x
}

// nullable reads a number for which null means another value than a key that is absent.
func (k *keys) nullable(key string, absent, null, least, most float64) float64 {
	if _, ok := k.raw[key]; !ok {
		return absent
	}
	return k.number(key, null, least, most)
}

// rate reads a dropout probability, in [0, 1).
func (k *keys) rate(key string, missing float32) float32 {
	x := k.number(key, float64(missing), 0, 1)
	if x >= 1 {
		k.fail(key, "want a probability below 1, got %g", x)
		return 0
	}
	return float32(x)
}

func (k *keys) text(key, missing string) string {
	v, ok := k.value(key)
	if !ok {
		return missing
	}
	var s string
	if err := readJSON(v, readInto(&s, asText)); err != nil {
		k.fail(key, "want a string, got %s", excerpt(v))
	}
	return s
}

func (k *keys) boolean(key string, missing bool) bool {
	v, ok := k.value(key)
	if !ok {
		return missing
	}
	if v != "true" && v != "false" {
		k.fail(key, "want true or false, got %s", excerpt(v))
	}
	return v == "true"
}

func (k *keys) list(key string) []string {
	var list []string
	k.decode(key, readList(&list, asText))
	return list
}

// decode reads any value; null and absence leave it as it is.
func (k *keys) decode(key string, read reader) {
	if v, ok := k.value(key); ok {
		if err := readJSON(v, read); err != nil {
			k.fail(key, "got %s: %w", excerpt(v), err)
		}
	}
}

// patternOrList reads a string, which is a regular expression, or a list of strings.
func (k *keys) patternOrList(key string) (pattern string, list []string) {
	if v, ok := k.value(key); ok && v[0] == '"' {
		return k.text(key, ""), nil
	}
	return "", k.list(key)
}

// activations maps Hugging Face's names.
var activations = map[string]kernels.Activation{
	"gelu": kernels.GELU, "relu": kernels.ReLU, "tanh": kernels.Tanh,
	"gelu_new": kernels.GELUTanh, "gelu_pytorch_tanh": kernels.GELUTanh, "gelu_fast": kernels.GELUTanh,
}

func (k *keys) activation(key string) kernels.Activation {
	name := k.text(key, "gelu")
	f, ok := activations[name]
	if !ok {
		k.fail(key, "unknown activation %q; there are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, tanh", name)
	}
	return f
}

// excerpt returns a value fit for an error message: on one line, and short.
func excerpt(v string) string {
	const limit = 60
	var line []byte
	blank := false
	for _, r := range v {
		if unicode.IsSpace(r) {
			blank = len(line) > 0
			continue
		}
		if blank {
			line, blank = append(line, ' '), false
		}
		line = utf8.AppendRune(line, r)
	}
	if len(line) <= limit {
		return string(line)
	}
	cut := limit
	for !utf8.RuneStart(line[cut]) {
		cut--
	}
	return string(line[:cut]) + "..."
}
