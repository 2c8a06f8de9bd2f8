package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/lorica-go/lorica/encoder"
)

// settings is what has to be the same for a resumed run to end with the same bits.
type settings struct {
	Config   Config        `json:"config"`
	LoRA     *encoder.LoRA `json:"lora,omitempty"` // nil: no adapter
	Dropout  dropout       `json:"dropout"`
	Examples string        `json:"examples"` // the objective's digest of them
	// Objective are the objective's own settings.
	Objective map[string]json.RawMessage `json:"objective,omitempty"`
	Trained   string                     `json:"trained"` // SHA-256 of the names and shapes of what is trained
	Base      string                     `json:"base"`    // fingerprint of what is not
	Device    string                     `json:"device"`
}

// dropout are the model's probabilities, which the caller may have changed.
type dropout struct {
	Hidden     float32 `json:"hidden_dropout"`
	Embeddings float32 `json:"hidden_dropout_in_embeddings"`
	Attention  float32 `json:"attention_dropout"`
	Head       float32 `json:"hidden_dropout_in_head"`
}

// settings describes the run.
func (t *Trainer) settings() (settings, error) {
	c := t.model.Config
	s := settings{
		Config: t.config, LoRA: t.model.Adapter(), Dropout: dropout{c.HiddenDropout, c.EmbeddingDropout, c.AttentionDropout, c.ClassifierDropout}, Device: t.dev.Name(),
		Examples: t.objective.Examples(), Objective: fields(t.objective.Settings()),
	}
	hash := sha256.New()
	for _, p := range t.model.Parameters() {
		if p.Trainable {
			fmt.Fprintln(hash, p.Name, p.Shape)
		}
	}
	s.Trained = hex.EncodeToString(hash.Sum(nil))
	var err error
	s.Base, err = t.model.Fingerprint()
	return s, err
}

// digestOf returns the hexadecimal SHA-256 of examples: their ids, token types and label, lists behind their length.
func digestOf(examples []Example) string {
	hash := sha256.New()
	var b []byte
	for _, e := range examples {
		b = b[:0]
		for _, ids := range [][]int32{e.IDs, e.TypeIDs, {e.Label}} {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(ids)))
			for _, id := range ids {
				b = binary.LittleEndian.AppendUint32(b, uint32(id))
			}
		}
		hash.Write(b)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// differs says in which point another run's settings differ, or nothing. How often something is logged, measured or saved may differ.
func (s settings) differs(old settings) string {
	switch {
	case s.Base != old.Base:
		return "the base model is another"
	case s.Examples != old.Examples:
		return "the training examples are others"
	}
	for _, pair := range [][2]map[string]json.RawMessage{
		{fields(old.Config), fields(s.Config)}, {fields(old.Dropout), fields(s.Dropout)}, {prefixed("lora_", fields(old.LoRA)), prefixed("lora_", fields(s.LoRA))},
		{old.Objective, s.Objective},
	} {
		if what := firstDifference(pair[0], pair[1]); what != "" {
			return what
		}
	}
	if s.Trained != old.Trained {
		return "the trained parameters are others"
	}
	return ""
}

// firstDifference names the first of the fields, in the order of their names, whose value is another.
func firstDifference(before, now map[string]json.RawMessage) string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(now))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "log_every" || name == "eval_every" || name == "save_every" || string(before[name]) == string(now[name]) {
			continue
		}
		return fmt.Sprintf("%s was %s and is %s", name, orNone(before[name]), orNone(now[name]))
	}
	return ""
}

func orNone(value json.RawMessage) string {
	if value == nil {
		return "not set"
	}
	return string(value)
}

// fields returns the JSON values of a struct's fields by name; none for a nil pointer.
func fields(of any) map[string]json.RawMessage {
	text, err := json.Marshal(of)
	m := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil // the settings hold finite numbers and names, which always marshal
	}
	return m
}

func prefixed(prefix string, m map[string]json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, value := range m {
		out[prefix+name] = value
	}
	return out
}
