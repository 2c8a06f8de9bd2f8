package pretrain

import (
	"math"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// testVocabulary has 100 tokens, of which the first five are special and 4 is the mask.
func testVocabulary() *vocabulary {
	v := &vocabulary{mask: 4, special: make([]bool, 100)}
	for id := range int32(100) {
		if v.special[id] = id < 5; id >= 5 {
			v.words = append(v.words, id)
		}
	}
	return v
}

// someText returns n words between special tokens.
func someText(n int) []int32 {
	ids := []int32{0}
	for i := range n {
		ids = append(ids, int32(5+i%95))
	}
	return append(ids, 2)
}

func mask(k *masker, epoch uint64, texts ...int) masked {
	var m masked
	m.reset()
	for _, text := range texts {
		k.append(&m, someText(50+text%7), epoch, text)
	}
	k.finish(&m)
	return m
}

func TestAsManyTokensAreHiddenInTheWaysThatAreAskedFor(t *testing.T) {
	for _, shares := range []Masking{DefaultMasking(), {Share: 0.4, MaskShare: 0.5, RandomShare: 0.5}, {Share: 0.05, MaskShare: 1}, {Share: 1}} {
		k := newMasker(shares, testVocabulary(), 7)
		const n = 200_000
		text := someText(n)
		var m masked
		m.reset()
		k.append(&m, text, 3, 0)
		var masks, kept, others float64
		found := map[int32]int{}
		for i, row := range m.rows {
			was, is := text[row], m.ids[row]
			if m.targets[i] != was || was < 5 {
				t.Fatalf("%+v: row %d was %d, the target is %d", shares, row, was, m.targets[i])
			}
			switch is {
			case 4:
				masks++
			case was:
				kept++
			default:
				others++
				found[is]++
			}
		}
		chosen := float64(len(m.rows))
		random := chosen * shares.RandomShare
		for _, count := range []struct {
			what            string
			got, of, expect float64
		}{
			{"hidden tokens", chosen, n, shares.Share}, {"mask tokens", masks, chosen, shares.MaskShare},
			{"other tokens", others, chosen, shares.RandomShare * 94 / 95}, // one of 95 random tokens is the one that was there
			{"kept tokens", kept, chosen, 1 - shares.MaskShare - shares.RandomShare*94/95},
		} {
			if deviation := 5 * math.Sqrt(count.of*count.expect*(1-count.expect)); math.Abs(count.got-count.of*count.expect) > deviation+1e-6 {
				t.Errorf("%+v: %g %s of %g, want %g give or take %g", shares, count.got, count.what, count.of, count.of*count.expect, deviation)
			}
		}
		for id := range int32(100) {
			if id < 5 && found[id] > 0 {
				t.Errorf("%+v: special token %d put in place of a word", shares, id)
			}
			if id >= 5 && random > 0 && math.Abs(float64(found[id])-random/95) > 6*math.Sqrt(random/95) {
				t.Errorf("%+v: token %d drawn %d times, want about %g", shares, id, found[id], random/95)
			}
		}
		for i, id := range text[:2000] { // what is not asked about is as it was
			if m.ids[i] != id && !slices.Contains(m.rows, int32(i)) {
				t.Errorf("%+v: row %d changed though it is not asked about", shares, i)
			}
		}
	}
}

func TestMasksDependOnSeedEpochAndTextAlone(t *testing.T) {
	v := testVocabulary()
	k := newMasker(DefaultMasking(), v, 7)
	alone := mask(k, 3, 12)
	behind := mask(newMasker(DefaultMasking(), v, 7), 3, 5, 12)
	before := len(someText(50 + 5%7))
	if !slices.Equal(alone.ids, behind.ids[before:]) {
		t.Error("a text is masked otherwise behind another one")
	}
	again := mask(k, 3, 12)
	if !slices.Equal(alone.ids, again.ids) || !slices.Equal(alone.rows, again.rows) {
		t.Error("a text is masked otherwise the second time")
	}
	for what, other := range map[string]masked{
		"another epoch": mask(k, 4, 12), "another text of the same words": mask(k, 3, 12+7), "another seed": mask(newMasker(DefaultMasking(), v, 8), 3, 12),
	} {
		if slices.Equal(alone.rows, other.rows) {
			t.Errorf("%s has the same masks", what)
		}
	}
}

func TestSomethingIsHiddenWhereChanceChoseNothing(t *testing.T) {
	k := newMasker(Masking{Share: 1e-12, MaskShare: 1}, testVocabulary(), 7)
	m := mask(k, 0, 1, 2, 3)
	if len(m.rows) != 1 || m.ids[m.rows[0]] != 4 || m.targets[0] < 5 {
		t.Errorf("rows %v, targets %v", m.rows, m.targets)
	}
	m.reset()
	k.append(&m, []int32{0, 1, 2}, 0, 0)
	if k.finish(&m); len(m.rows) != 0 {
		t.Errorf("a special token is hidden: %v", m.rows)
	}
}

func TestSharesThatMakeNoSenseAreRefused(t *testing.T) {
	for _, m := range []Masking{{Share: 0}, {Share: 1.1}, {Share: math.NaN()}, {Share: 0.1, MaskShare: 0.9, RandomShare: 0.2}, {Share: 0.1, RandomShare: -0.1}} {
		if err := m.Validate(); !badinput.Is(err) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if err := DefaultMasking().Validate(); err != nil {
		t.Error(err)
	}
}
