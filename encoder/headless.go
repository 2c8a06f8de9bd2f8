package encoder

import (
	"strings"

	"github.com/lorica-go/lorica/encoder/safetensors"
)

// headless hides tensors of some prefixes.
type headless struct {
	safetensors.Tensors
	hidden func(name string) bool
}

func (h headless) Tensor(name string) (safetensors.Tensor, bool) {
	if h.hidden(name) {
		return safetensors.Tensor{}, false
	}
	return h.Tensors.Tensor(name)
}

// withoutOutput hides a stored output layer.
func (m *Model) withoutOutput(tensors safetensors.Tensors) safetensors.Tensors {
	output := m.family.classifier.output + "."
	return headless{tensors, func(name string) bool { return strings.HasPrefix(name, output) }}
}
