package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/reg"
)

// tierSets are the instruction sets that functions of a tier, named by their suffix, may use: what ../registry_amd64.go asks
// cpuid for, and what comes with that. Functions without a suffix run everywhere.
var tierSets = map[string][]string{
	"":       nil,
	"AVX2":   {"AVX", "AVX2", "FMA3"},
	"AVX512": {"AVX", "AVX2", "FMA3", "BMI2", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"},
	"VNNI":   {"AVX", "AVX2", "FMA3", "BMI2", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL", "AVX512VNNI"},
}

// checkInstructionSets fails when a compiled function needs what its tier does not promise. The register allocator is not aware of
// tiers: an AVX2 function that runs out of registers would be given one of the upper sixteen, which only AVX-512 has. The
// encodings of the SSE age are refused too; between AVX instructions they are slow.
func checkInstructionSets(file *ir.File) error {
	for _, f := range file.Functions() {
		tier := ""
		for suffix := range tierSets {
			if strings.HasSuffix(f.Name, suffix) && suffix != "" {
				tier = suffix
			}
		}
		for _, i := range f.Instructions() {
			for _, set := range i.ISA {
				if !slices.Contains(tierSets[tier], set) && !isPlain(i.Opcode) {
					return fmt.Errorf("%s: %s needs %s", f.Name, i.Opcode, set)
				}
			}
			if tier == "AVX512" || tier == "VNNI" {
				continue
			}
			for _, r := range i.Registers() {
				if p, ok := r.(reg.Physical); ok && p.Kind() == reg.KindVector && p.PhysicalIndex() >= 16 {
					return fmt.Errorf("%s: %s uses %s, which AVX2 has not: too many values live at once", f.Name, i.Opcode, p.Asm())
				}
			}
		}
	}
	return nil
}

// isPlain reports whether opcode is in every x86-64 and leaves vector registers alone, although avo files it under an extension.
func isPlain(opcode string) bool {
	return opcode == "PREFETCHT0" || opcode == "PREFETCHT1" || opcode == "PAUSE"
}
