package encoder

import "github.com/lorica-go/lorica/kernels"

// relativePositions are the position embeddings of disentangled attention, which all layers share.
type relativePositions struct {
	table *Parameter // [2 span, width]; nil in a model without
	norm  norm       // gamma is nil when there is none
	rows  []int32    // the table's row for every distance, 0 in the middle
}

// newRelativePositions declares the position embeddings.
func newRelativePositions(b *builder) relativePositions {
	f, c := b.m.family, b.m.Config
	r := relativePositions{table: b.table(f.prefix+"encoder.rel_embeddings", 2*c.Relative.span(), c.HiddenSize)}
	if c.Relative.Normed {
		r.norm = b.norm(f.prefix+"encoder.LayerNorm", c.HiddenSize)
	}
	for d := 1 - c.MaxPositions; d < c.MaxPositions; d++ {
		r.rows = append(r.rows, c.Relative.row(d))
	}
	return r
}

// trains reports whether the position embeddings have a gradient.
func (r *relativePositions) trains() bool {
	return r.table != nil && (r.table.Trainable || r.norm.trains())
}

// relativeState is what a pass knows of the positions that a batch needs: those of the distances within its longest sequence.
type relativeState struct {
	longest   int            // sequence, in tokens
	first     int            // of the table's rows in use
	rows      []int32        // as relativePositions.rows, for that sequence, counted from first on
	stats     kernels.Tensor // of the norm
	positions kernels.Tensor // [rows in use, width]
	gradient  kernels.Tensor // of positions, when they train
	fixed     *kernels.Arena // what every layer makes of the positions, as long as no weight changes
}

// positionState is what a layer's backward reads of what it made of the positions.
type positionState struct {
	x        kernels.Tensor // [rows, width]: the positions after dropout
	relative kernels.Relative
	uses     [2]linearUse // position key, position query
}

// beginPositions finds the position embeddings that the batch needs.
func (p *Pass) beginPositions() {
	m, st := p.model, &p.relative
	longest := 0
	for s := range p.batch.Len() {
		longest = max(longest, int(p.batch.Offsets[s+1]-p.batch.Offsets[s]))
	}
	arena := p.keep
	if fixed := m.values.Len() == 0; fixed { // nothing trains, so what layers make of the positions stays as it is
		if st.fixed != nil && longest <= st.longest {
			return
		}
		longest = min(max(longest, 2*st.longest), m.Config.MaxPositions)
		if st.fixed == nil {
			st.fixed = kernels.NewArena(p.dev)
		}
		st.fixed.Reset()
		arena = st.fixed
	}
	st.use(m, longest)
	n := int(st.rows[len(st.rows)-1]) + 1
	table := m.relative.table.value.RowRange(st.first, st.first+n)
	st.positions = table
	if m.relative.norm.gamma != nil {
		st.positions, st.stats = arena.Tensor(n, table.Cols), arena.Tensor(n, 2)
		p.forwardNorm(m.relative.norm, kernels.LayerNorm{Dst: st.positions, X: table, Stats: st.stats})
	}
	if p.Training && m.relative.trains() {
		st.gradient = p.keep.Tensor(n, table.Cols)
		p.dev.Zero(st.gradient)
	}
	if st.fixed != nil {
		for i, l := range m.layers {
			b := l.(*block)
			state := &p.states[i].(*blockState).positions
			p.projectPositions(b, state, st.positions, st.fixed)
		}
	}
}

// use sets the rows for the distances of a sequence.
func (st *relativeState) use(m *Model, longest int) {
	if st.longest == longest {
		return
	}
	middle := len(m.relative.rows) / 2
	rows := m.relative.rows[middle-(longest-1) : middle+longest]
	st.longest, st.first, st.rows = longest, int(rows[0]), st.rows[:0]
	for _, row := range rows {
		st.rows = append(st.rows, row-rows[0])
	}
}

// forwardPositions returns layer i's terms of the distance.
func (p *Pass) forwardPositions(i int, b *block, st *positionState, keep bool) kernels.Relative {
	keep = keep && canTrain
	if p.relative.fixed != nil {
		return st.relative
	}
	arena, x := p.arena(keep), p.relative.positions
	if i == len(p.model.layers)-1 && p.readsFirstRows() { // the distances of queries behind those rows are not needed
		most := int32(1)
		for s := range p.batch.Len() {
			most = max(most, p.readOffsets[s+1]-p.readOffsets[s])
		}
		rows := p.relative.rows
		x = x.RowRange(0, int(rows[len(rows)/2+int(most)-1])+1)
	}
	if d := p.dropoutAt(blockSite(i, sitePositions), p.model.Config.HiddenDropout); d.Rate > 0 {
		dropped := arena.Tensor(x.Rows, x.Cols)
		p.dev.Dropout(dropped, x, d, false)
		x = dropped
	}
	p.projectPositions(b, st, x, arena)
	return st.relative
}

// projectPositions computes what a layer makes of the positions x, in arena.
func (p *Pass) projectPositions(b *block, st *positionState, x kernels.Tensor, arena *kernels.Arena) {
	r := p.model.Config.Relative
	*st = positionState{x: x, relative: kernels.Relative{Rows: p.relative.rows}}
	from, to := 1, 1 // of the uses, those of terms that are present
	if r.Keys {
		st.relative.Keys = arena.Tensor(x.Rows, x.Cols)
		st.uses[0] = linearUse{layer: b.positionKey, dst: st.relative.Keys, second: true}
		from = 0
	}
	if r.Queries {
		st.relative.Queries = arena.Tensor(x.Rows, x.Cols)
		st.uses[1] = linearUse{layer: b.positionQuery, dst: st.relative.Queries, second: true}
		to = 2
	}
	p.forwardLinears(x, st.uses[from:to])
}

// positionGradients makes room in op for the gradients of a layer's terms of the distance, as far as something below reads them.
func (p *Pass) positionGradients(b *block, op *kernels.AttentionBackward) {
	room := func(term kernels.Tensor, projection *linear) (gradient kernels.Tensor) {
		if !term.IsZero() && (projection.trains() || p.model.relative.trains()) {
			gradient = p.temp.Tensor(term.Rows, term.Cols)
			p.dev.Zero(gradient)
		}
		return gradient
	}
	op.DRelativeKeys = room(op.Relative.Keys, b.positionKey)
	op.DRelativeQueries = room(op.Relative.Queries, b.positionQuery)
}

// backwardPositions is forwardPositions read from the end.
func (p *Pass) backwardPositions(i int, st *positionState, op *kernels.AttentionBackward) {
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	var dx kernels.Tensor
	if p.model.relative.trains() {
		dx = p.temp.Tensor(st.x.Rows, st.x.Cols)
		p.dev.Zero(dx)
	}
	for n, gradient := range [...]kernels.Tensor{op.DRelativeKeys, op.DRelativeQueries} {
		if st.uses[n].dy = gradient; !gradient.IsZero() {
			p.backwardLinears(dx, st.x, st.uses[n:n+1], true)
		}
	}
	if !dx.IsZero() {
		d := p.dropoutAt(blockSite(i, sitePositions), p.model.Config.HiddenDropout)
		p.dev.Dropout(p.relative.gradient.RowRange(0, dx.Rows), dx, d, true)
	}
}

// finishPositions takes the gradient of the positions, which all layers have added to, to the table.
func (p *Pass) finishPositions() {
	r, st := &p.model.relative, &p.relative
	if !r.trains() {
		return
	}
	if r.norm.gamma != nil {
		table := r.table.value.RowRange(st.first, st.first+st.gradient.Rows)
		p.backwardNorm(st.gradient, table, st.stats, r.norm)
	}
	if r.table.Trainable {
		p.dev.Add(r.table.grad.RowRange(st.first, st.first+st.gradient.Rows), st.gradient)
	}
}
