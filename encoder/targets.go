//go:build !wasm

package encoder

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// targetRules are a LoRA configuration's patterns, compiled: which modules get an adapter, and of which rank and alpha. They
// are PEFT's rules (tuners_utils.check_target_module_exists); encoder/testdata/peft_targets.json is what PEFT itself does.
type targetRules struct {
	*LoRA
	target, exclude *regexp.Regexp // nil when Targets and Exclude are lists
	whole           *regexp.Regexp // modules that are saved whole, and all in them
	layers          []*regexp.Regexp
	ranks, alphas   []namePattern
}

// namePattern is a key of RankPattern or AlphaPattern.
type namePattern struct {
	end *regexp.Regexp
	key string
}

// compile checks and compiles all patterns; what is wrong is an input error that names the setting.
func (l *LoRA) compile() (*targetRules, error) {
	r := &targetRules{LoRA: l}
	var err error
	compile := func(setting, form, pattern string) *regexp.Regexp {
		re, bad := regexp.Compile(strings.Replace(form, "%s", pattern, 1))
		if bad != nil && err == nil {
			err = badinput.Errorf("%s %q: %w", setting, pattern, bad)
		}
		return re
	}
	if l.TargetPattern != "" {
		r.target = compile("target pattern", `^(?:%s)$`, l.TargetPattern)
	}
	if l.ExcludePattern != "" {
		r.exclude = compile("exclude pattern", `^(?:%s)$`, l.ExcludePattern)
	}
	if len(l.ModulesToSave) > 0 {
		r.whole = compile("modules to save", `^(?:.*\.)?(?:%s)(?:$|\.)`, strings.Join(l.ModulesToSave, "|"))
	}
	patterns := l.LayersPattern
	if len(patterns) == 0 {
		patterns = []string{`[^.]*`}
	}
	for _, pattern := range patterns {
		r.layers = append(r.layers, compile("layers pattern", `^(?:.*?\.)??(?:%s)\.([0-9]+)\.`, pattern))
	}
	ends := func(setting string, keys []string) []namePattern {
		var all []namePattern
		for _, key := range keys {
			all = append(all, namePattern{compile(setting, `^(?:.*\.)?(?:%s)$`, key), key})
		}
		return all
	}
	// PEFT takes the first key that matches, in the order of the file, and writes files in sorted order
	r.ranks = ends("rank_pattern", slices.Sorted(maps.Keys(l.RankPattern)))
	r.alphas = ends("alpha_pattern", slices.Sorted(maps.Keys(l.AlphaPattern)))
	return r, err
}

// allLinears reports whether the targets are every linear layer.
func (l *LoRA) allLinears() bool {
	return l.TargetPattern == "" && slices.Equal(l.Targets, []string{allLinear})
}

// excluded reports whether Exclude names the module, or ModulesToSave the module or one around it: no adapter goes there.
func (r *targetRules) excluded(module string) bool {
	if r.exclude != nil && r.exclude.MatchString(module) || endsIn(module, r.Exclude) {
		return true
	}
	return r.whole != nil && r.whole.MatchString(module)
}

// matches reports whether the targets name the module: a pattern its whole name; a list its whole name, or its end behind a
// dot and then only in the layers to transform.
func (r *targetRules) matches(module string) bool {
	switch {
	case r.excluded(module):
		return false
	case r.target != nil:
		return r.target.MatchString(module)
	case slices.Contains(r.Targets, module):
		return true
	}
	return endsIn(module, r.Targets) && (len(r.LayersToTransform) == 0 || slices.Contains(r.LayersToTransform, r.layerOf(module)))
}

// layerOf returns the number of the block in a module's name, -1 when it is in none.
func (r *targetRules) layerOf(module string) int {
	for _, pattern := range r.layers {
		if found := pattern.FindStringSubmatch(module); found != nil {
			if n, err := strconv.Atoi(found[len(found)-1]); err == nil {
				return n
			}
		}
	}
	return -1
}

// rankAndAlpha returns the module's own rank and alpha.
func (r *targetRules) rankAndAlpha(module string) (rank int, alpha float64) {
	rank, alpha = r.Rank, r.Alpha
	for _, p := range slices.Backward(r.ranks) { // backward: the first that matches counts
		if p.end.MatchString(module) {
			rank = r.RankPattern[p.key]
		}
	}
	for _, p := range slices.Backward(r.alphas) {
		if p.end.MatchString(module) {
			alpha = r.AlphaPattern[p.key]
		}
	}
	return rank, alpha
}

// endsIn reports whether name is one of the ends or ends in a dot and one of them.
func endsIn(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return name == end || strings.HasSuffix(name, "."+end) })
}

// targets lists the linear layers that get an adapter. Targets that match no linear layer, or a module that is none, are input
// errors.
func (m *Model) targets(r *targetRules) ([]*linear, error) {
	var found []*linear
	linear := map[string]bool{}
	for _, l := range m.linears() {
		linear[l.name] = true
		switch {
		case r.allLinears():
			// all but the output layer and what is saved whole; PEFT fails where a saved module's name only ends like the setting
			if !r.excluded(l.name) && !r.saves(l.name) && l.weight != m.embeddings.word {
				found = append(found, l)
			}
		case !r.matches(l.name):
		case r.saves(l.name):
			return nil, badinput.Errorf("LoRA: %s is trained and saved whole, it cannot have an adapter as well", l.name)
		case l.weight == m.embeddings.word:
			return nil, badinput.Errorf("LoRA: %s shares its weight with the word embeddings and cannot have an adapter", l.name)
		default:
			found = append(found, l)
		}
	}
	for _, p := range m.params {
		for module := moduleOf(p.Name); module != ""; module = moduleOf(module) {
			if !linear[module] && !r.allLinears() && r.matches(module) {
				return nil, badinput.Errorf("LoRA: the targets %s name %s, which is not a linear layer", r.targetText(), module)
			}
		}
	}
	if len(found) == 0 {
		return nil, badinput.Errorf("LoRA: no linear layer matches the targets %s; layers end in %s", r.targetText(), strings.Join(m.targetNames(), ", "))
	}
	return found, nil
}

func (l *LoRA) targetText() string {
	if l.TargetPattern != "" {
		return strconv.Quote(l.TargetPattern)
	}
	return strings.Join(l.Targets, ",")
}

// targetNames lists the last parts of the names of all linear layers, each once.
func (m *Model) targetNames() []string {
	var names []string
	for _, l := range m.linears() {
		name := l.name[strings.LastIndexByte(l.name, '.')+1:]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
