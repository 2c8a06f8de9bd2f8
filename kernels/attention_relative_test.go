package kernels

// relativeTerms says which terms of the distance a test case has.
type relativeTerms uint8

const (
	none      relativeTerms = 0
	keyTerm   relativeTerms = 1 // content to position
	queryTerm relativeTerms = 2 // position to content
	bothTerms               = keyTerm | queryTerm
)

func init() {
	for _, tc := range []attentionCase{
		{name: "sequences of odd lengths", queries: oddLengths, keys: oddLengths, heads: 2, width: 16, relative: bothTerms},
		{name: "content to position alone", queries: oddLengths, keys: oddLengths, heads: 2, width: 32, gap: 5, relative: keyTerm},
		{name: "position to content alone", queries: oddLengths, keys: oddLengths, heads: 2, width: 32, gap: 16, relative: queryTerm},
		{name: "heads of 64 values", queries: []int{65, 16, 7}, keys: []int{65, 16, 7}, heads: 1, width: 64, gap: 64, relative: bothTerms},
		{name: "heads of 5 values", queries: []int{9, 20}, keys: []int{9, 20}, heads: 3, width: 5, gap: 1, relative: bothTerms},
		{name: "one query row a sequence", queries: []int{1, 1, 1, 1}, keys: []int{15, 130, 1, 31}, heads: 2, width: 32, relative: bothTerms},
		{name: "some query rows", queries: []int{7, 0, 33}, keys: []int{15, 3, 70}, heads: 2, width: 16, relative: bothTerms},
		{name: "sequences longer than a block", queries: []int{300, 3}, keys: []int{300, 3}, heads: 1, width: 16, relative: bothTerms},
		{name: "dropout", queries: []int{33, 1, 17, 150}, keys: []int{33, 20, 17, 150}, heads: 2, width: 32, rate: 0.3, relative: bothTerms},
		{name: "nothing", heads: 2, width: 16, relative: bothTerms},
	} {
		testOnAllTiers(implementationTest{"Attention with relative positions and its gradients, " + tc.name, tc.test})
	}
	for _, tc := range []attentionCase{
		{name: "one token to each side", queries: oddLengths, keys: oddLengths, heads: 2, width: 16, window: 1},
		{name: "nine to each side", queries: oddLengths, keys: oddLengths, heads: 3, width: 24, gap: 3, window: 9},
		{name: "of the first rows", queries: []int{1, 40, 0}, keys: []int{130, 90, 5}, heads: 1, width: 32, window: 16},
		{name: "in sequences longer than a block", queries: []int{300, 700}, keys: []int{300, 700}, heads: 1, width: 16, window: 64},
		{name: "with dropout", queries: []int{33, 150}, keys: []int{33, 150}, heads: 2, width: 32, rate: 0.3, window: 20},
		{name: "wider than every sequence", queries: []int{33, 1}, keys: []int{33, 1}, heads: 2, width: 32, window: 4000},
	} {
		testOnAllTiers(implementationTest{"Attention within a window and its gradients, " + tc.name, tc.test})
	}
}

// operands gives op the position tensors of the terms, and gradients that hold something already.
func (terms relativeTerms) operands(m *testMemory, op *AttentionBackward, gap int) {
	if terms == none {
		return
	}
	const reach = 20 // distances further away share a position
	longest := 1
	for s := range len(op.KeyOffsets) - 1 {
		longest = max(longest, int(op.KeyOffsets[s+1]-op.KeyOffsets[s]))
	}
	for d := 1 - longest; d < longest; d++ {
		op.Relative.Rows = append(op.Relative.Rows, int32(min(max(d, -reach), reach)+reach))
	}
	if terms&keyTerm != 0 {
		op.Relative.Keys, op.DRelativeKeys = m.random(2*reach+1, op.Q.Cols, gap), m.random(2*reach+1, op.Q.Cols, gap)
	}
	if terms&queryTerm != 0 {
		op.Relative.Queries, op.DRelativeQueries = m.random(2*reach+1, op.Q.Cols, gap), m.random(2*reach+1, op.Q.Cols, gap)
	}
}

// position returns the row of Relative's tensors for a distance.
func (op *Attention) position(d int) int { return int(op.Relative.Rows[len(op.Relative.Rows)/2+d]) }

// positions returns column i of Relative's tensors for a distance, 0 for those that are absent.
func (op *Attention) positions(d, i int) (key, query float64) {
	if !op.Relative.Keys.IsZero() {
		key = float64(op.Relative.Keys.row(op.position(d))[i])
	}
	if !op.Relative.Queries.IsZero() {
		query = float64(op.Relative.Queries.row(op.position(d))[i])
	}
	return key, query
}

// float64s returns the values of t, nil when it is absent.
func float64s(t Tensor) [][]float64 {
	if t.IsZero() {
		return nil
	}
	values := make([][]float64, t.Rows)
	for r := range values {
		for _, v := range t.row(r) {
			values[r] = append(values[r], float64(v))
		}
	}
	return values
}
