package kernels

import (
	"strings"

	"github.com/lorica-go/lorica/internal/format"
)

// Tier is an instruction-set level that the CPU device has implementations for.
type Tier uint8

// The tiers, slowest first.
const (
	Generic     Tier = iota // pure Go
	AVX2                    // x86-64 with AVX2 and FMA
	AVX512                  // x86-64 with AVX-512 F, BW, DQ and VL
	AVX512VNNI              // the same and VNNI, for weights of eight bits
	SIMD128                 // wasm with simd128
	RelaxedSIMD             // wasm with relaxed SIMD
	tiers                   // how many there are
)

var tierNames = [tiers]string{Generic: "generic", AVX2: "avx2", AVX512: "avx512", AVX512VNNI: "avx512-vnni", SIMD128: "simd128",
	RelaxedSIMD: "relaxed"}

// String returns the name that LORICA_CPU takes.
func (t Tier) String() string {
	if t < tiers {
		return tierNames[t]
	}
	return format.Sprintf("Tier(%d)", uint8(t))
}

// implementation is everything that one tier provides.
type implementation struct {
	tier      Tier
	gemm      gemmPrimitives
	int8      int8Primitives
	row       rowPrimitives
	attention attentionPrimitives
}

// implementations lists what is compiled in and runs on this CPU, slowest first. Files of one instruction set add theirs in
// an init function, after asking the CPU or, on wasm, the host.
var implementations = []*implementation{
	{tier: Generic, gemm: genericGemm, int8: genericInt8, row: genericRow, attention: genericAttention},
}

// Tiers returns the tiers that this CPU can run, slowest first. There is always Generic.
func Tiers() []Tier {
	list := make([]Tier, len(implementations))
	for i, impl := range implementations {
		list[i] = impl.tier
	}
	return list
}

// BestTier returns the last of Tiers.
func BestTier() Tier { return implementations[len(implementations)-1].tier }

// ParseTier returns the tier of that name. An unknown name, or a tier that this CPU lacks, is an error that lists what there is.
func ParseTier(name string) (Tier, error) {
	for _, impl := range implementations {
		if strings.EqualFold(name, impl.tier.String()) {
			return impl.tier, nil
		}
	}
	return Generic, unknownTier(name)
}

// unknownTier is the error of a tier that this CPU lacks.
func unknownTier(name string) error {
	have := make([]string, len(implementations))
	for i, impl := range implementations {
		have[i] = impl.tier.String()
	}
	return format.Errorf("instruction set %q: this machine has %s", name, strings.Join(have, ", "))
}

// find returns the implementation of tier.
func find(tier Tier) (*implementation, error) {
	for _, impl := range implementations {
		if impl.tier == tier {
			return impl, nil
		}
	}
	return nil, unknownTier(tier.String())
}
