package encoder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/kernels"
)

// required marks a key without a default.
const required = math.MinInt

// keys reads typed values from a JSON object and keeps the first mistake.
type keys struct {
	raw map[string]json.RawMessage
	err error
}

func (k *keys) fail(key, format string, args ...any) {
	if k.err == nil {
		k.err = fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...))
	}
}

// value returns the raw value of a key; null counts as absent.
func (k *keys) value(key string) (json.RawMessage, bool) {
	v, ok := k.raw[key]
	return v, ok && !bytes.Equal(v, []byte("null"))
}

func (k *keys) integer(key string, missing, least, most int) int {
	v, ok := k.value(key)
	if !ok {
		if missing == required {
			k.fail(key, "missing")
		}
		return missing
	}
	if i, err := strconv.Atoi(string(v)); err == nil && i >= least && i <= most {
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
	var x float64
	if err := json.Unmarshal(v, &x); err != nil || x < least || x > most {
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
	if err := json.Unmarshal(v, &s); err != nil {
		k.fail(key, "want a string, got %s", excerpt(v))
	}
	return s
}

func (k *keys) boolean(key string, missing bool) bool {
	v, ok := k.value(key)
	if !ok {
		return missing
	}
	var b bool
	if err := json.Unmarshal(v, &b); err != nil {
		k.fail(key, "want true or false, got %s", excerpt(v))
	}
	return b
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
func excerpt(v json.RawMessage) string {
	const limit = 60
	line := string(bytes.Join(bytes.Fields(v), []byte(" ")))
	if len(line) > limit {
		return strings.ToValidUTF8(line[:limit], "") + "..."
	}
	return line
}
