package encoder

import "github.com/lorica-go/lorica/kernels"

// linear is y = x W^T + b, with LoRA y = x W^T + b + (alpha/r) dropout(x) A^T B^T (Hu et al. 2021).
type linear struct {
	name         string // of the module, as PEFT's target_modules see it
	weight, bias *Parameter
	in, out      int
	adapter      *loraPair // nil without LoRA

	packed     *kernels.Packed // W^T; nil when the weight is trainable and read where it is
	packedBack *kernels.Packed // W, for dx = dy W
}

// prepare packs a frozen weight. A trainable one stays in its tensor, because it changes with every step.
func (l *linear) prepare(dev kernels.Device, backward bool) error {
	if l.weight.Trainable {
		return nil
	}
	var err error
	if l.packed == nil {
		if l.packed, err = l.pack(dev, true); err != nil {
			return err
		}
	}
	if backward && l.packedBack == nil {
		if l.packedBack, err = l.pack(dev, false); err != nil {
			return err
		}
	}
	if l.weight.stored && l.weight.release != nil {
		l.weight.release(l.weight.source)
	}
	return nil
}

func (l *linear) pack(dev kernels.Device, transposed bool) (*kernels.Packed, error) {
	source := kernels.PackSource{K: l.out, N: l.in, Transposed: transposed}
	if transposed {
		source.K, source.N = l.in, l.out
	}
	if l.weight.scales != nil && transposed {
		return l.packInt8(dev)
	}
	if !l.weight.stored {
		return dev.Pack(kernels.TensorSource(l.weight.value, transposed)), nil
	}
	var failed failure
	source.Row = func(i int, scratch []float32) []float32 {
		row, err := l.weight.row(i, scratch)
		if err != nil {
			failed.set(err)
			return scratch[:l.in]
		}
		return row
	}
	packed := dev.Pack(source)
	return packed, failed.err()
}

// linearUse is one application of a linear layer in a forward pass, and what its backward needs to know.
type linearUse struct {
	layer      *linear
	dst        kernels.Tensor // [tokens, out]
	activation kernels.Activation
	pre        kernels.Tensor // receives what the activation is applied to, when there
	low        kernels.Tensor // [tokens, rank]: dropout(x) A^T, kept for the backward
	dy         kernels.Tensor // [tokens, out]: the gradient of dst, given to the backward
	accumulate bool           // adds to dst
	second     bool           // the layer's use on the position embeddings, whose dropout is another than that of the first
}

// loraDropout returns the dropout of the input of the layer's adapter.
func (p *Pass) loraDropout(u *linearUse) kernels.Dropout {
	site := u.layer.adapter.site
	if u.second {
		site |= siteSecondUse
	}
	return p.dropoutAt(site, u.layer.adapter.dropout)
}

// forwardLinears applies several linear layers to the same x [tokens, in]. keepLow is the arena of what the backward reads.
func (p *Pass) forwardLinears(x kernels.Tensor, uses []linearUse) {
	mark := p.temp.Mark()
	jobs := p.jobs[:0]
	for i := range uses {
		u := &uses[i]
		l := u.layer
		job := kernels.GemmJob{Dst: u.dst, A: x, Packed: l.packed, Accumulate: u.accumulate}
		if l.packed == nil {
			job.B, job.TransB = l.weight.value, true
		}
		if l.bias != nil {
			job.Bias = l.bias.value
		}
		if !l.adapted() {
			job.Activation, job.PreActivation = u.activation, u.pre
		} else {
			u.low = p.keep.Tensor(x.Rows, l.adapter.rank)
			jobs = append(jobs, kernels.GemmJob{Dst: u.low, A: p.loraInput(u, x), B: l.adapter.a.value, TransB: true})
		}
		jobs = append(jobs, job)
	}
	p.dev.Gemm(jobs)
	jobs = jobs[:0]
	for i := range uses {
		u := &uses[i]
		if l := u.layer; l.adapted() {
			jobs = append(jobs, kernels.GemmJob{Dst: u.dst, A: u.low, B: l.adapter.b.value, TransB: true, Alpha: l.adapter.scale,
				Accumulate: true, Activation: u.activation, PreActivation: u.pre})
		}
	}
	if len(jobs) > 0 {
		p.dev.Gemm(jobs)
	}
	p.jobs = jobs
	p.temp.Release(mark)
}

// adapted reports whether a layer has an adapter.
func (l *linear) adapted() bool { return canTrain && l.adapter != nil }

// loraInput returns dropout(x) for a layer's adapter: x itself when there is no dropout.
func (p *Pass) loraInput(u *linearUse, x kernels.Tensor) kernels.Tensor {
	d := p.loraDropout(u)
	if d.Rate == 0 {
		return x
	}
	dropped := p.temp.Tensor(x.Rows, x.Cols)
	p.dev.Dropout(dropped, x, d, false)
	return dropped
}

// backwardLinears is the backward of forwardLinears: from each use's dy it adds to the gradients of trainable parameters, and
// when dx is there sets it, or with accumulate increases it, by the gradient with respect to x. x is read only where a
// parameter needs it.
func (p *Pass) backwardLinears(dx, x kernels.Tensor, uses []linearUse, accumulate bool) {
	for i := range uses {
		u := &uses[i]
		l := u.layer
		if l.weight.Trainable { // y = x W^T, so dW = dy^T x
			p.gemm(kernels.GemmJob{Dst: l.weight.grad, A: u.dy, TransA: true, B: x, Accumulate: true})
		}
		if l.bias != nil && l.bias.Trainable {
			p.dev.ColumnSums(l.bias.grad, u.dy, true)
		}
		if !dx.IsZero() { // dx = dy W
			job := kernels.GemmJob{Dst: dx, A: u.dy, Packed: l.packedBack, Accumulate: accumulate}
			if l.packedBack == nil {
				job.B = l.weight.value
			}
			p.gemm(job)
			accumulate = true
		}
		if l.adapter != nil {
			p.backwardLoRA(dx, x, u)
		}
	}
}

// backwardLoRA: y += s h B^T with h = dropout(x) A^T, so dh = s dy B, dB = s dy^T h, dA = dh^T dropout(x), and
// dx += mask(dh A).
func (p *Pass) backwardLoRA(dx, x kernels.Tensor, u *linearUse) {
	a := u.layer.adapter
	mark := p.temp.Mark()
	defer p.temp.Release(mark)

	bT := p.temp.Tensor(a.rank, u.layer.out)
	p.dev.Transpose(bT, a.b.value)
	dh := p.temp.Tensor(x.Rows, a.rank)
	dbT := p.temp.Tensor(a.rank, u.layer.out)
	p.jobs = append(p.jobs[:0],
		kernels.GemmJob{Dst: dh, A: u.dy, B: bT, TransB: true, Alpha: a.scale},
		kernels.GemmJob{Dst: dbT, A: u.low, TransA: true, B: u.dy, Alpha: a.scale})
	p.dev.Gemm(p.jobs)
	db := p.temp.Tensor(u.layer.out, a.rank)
	p.dev.Transpose(db, dbT)
	p.dev.Add(a.b.grad, db)

	p.gemm(kernels.GemmJob{Dst: a.a.grad, A: dh, TransA: true, B: p.loraInput(u, x), Accumulate: true})
	if dx.IsZero() {
		return
	}
	if d := p.loraDropout(u); d.Rate > 0 {
		through := p.temp.Tensor(x.Rows, x.Cols)
		p.gemm(kernels.GemmJob{Dst: through, A: dh, B: a.a.value})
		p.dev.Dropout(dx, through, d, true)
	} else {
		p.gemm(kernels.GemmJob{Dst: dx, A: dh, B: a.a.value, Accumulate: true})
	}
}

// trains reports whether a backward through the layer reaches a trainable parameter of its own.
func (l *linear) trains() bool {
	return l.adapter != nil || l.weight.Trainable || l.bias != nil && l.bias.Trainable
}

// readsInput reports whether the layer's backward needs its input.
func (l *linear) readsInput() bool { return l.adapter != nil || l.weight.Trainable }
