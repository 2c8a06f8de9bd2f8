package pretrain

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomCorpus has n texts of 1 to most tokens.
func randomCorpus(n, most int, seed uint64) *corpus {
	rng := rand.New(rand.NewPCG(seed, 0))
	var c corpus
	for range n {
		c.append(make([]int32, 1+rng.IntN(most)))
	}
	return &c
}

func TestAnEpochHasEveryTextOnceInFullBatches(t *testing.T) {
	for _, test := range []struct{ texts, most, tokens int }{
		{1000, 60, 256}, {1000, 64, 64}, {7, 10, 10}, {1, 5, 100}, {300, 1, 1}, {50, 100, 100}, {2, 100, 100},
	} {
		c := randomCorpus(test.texts, test.most, 1)
		b := newBatches(c, test.tokens, 9, true)
		var orders [][]int
		for epoch := range 3 {
			var all []int
			for within := range b.perEpoch {
				batch := b.of(epoch, within)
				tokens := 0
				for _, text := range batch {
					tokens += len(c.text(text))
				}
				piece := (c.tokens() + b.perEpoch - 1) / b.perEpoch
				if len(batch) == 0 || tokens >= piece+test.most || tokens <= piece-test.most-1 {
					t.Errorf("%+v: batch %d of epoch %d has %d texts of %d tokens, want about %d", test, within, epoch, len(batch), tokens, piece)
				}
				all = append(all, batch...)
			}
			orders = append(orders, slices.Clone(all))
			if slices.Sort(all); len(all) != c.len() || len(slices.Compact(all)) != c.len() {
				t.Errorf("%+v: epoch %d has %d texts", test, epoch, len(all))
			}
		}
		if test.texts > 10 && (slices.Equal(orders[0], orders[1]) || slices.Equal(orders[1], orders[2])) {
			t.Errorf("%+v: two epochs have the same order", test)
		}
	}
}

func TestABatchIsTheSameWhicheverCameBefore(t *testing.T) {
	c := randomCorpus(200, 30, 2)
	b := newBatches(c, 128, 9, true)
	want := slices.Clone(b.of(2, 3))
	if fresh := newBatches(c, 128, 9, true); !slices.Equal(fresh.of(2, 3), want) {
		t.Error("a resumed run would see another batch")
	}
	b.of(0, 0)
	if !slices.Equal(b.of(2, 3), want) {
		t.Error("the batch changed")
	}
}

func TestWithoutShufflingTextsComeAsTheyStand(t *testing.T) {
	b := newBatches(randomCorpus(100, 30, 3), 64, 9, false)
	next := 0
	for within := range b.perEpoch {
		for _, text := range b.of(1, within) {
			if text != next {
				t.Fatalf("text %d where %d should be", text, next)
			}
			next++
		}
	}
}
