//go:build amd64 && !noasm

package kernels

var rowAVX2 = rowPrimitives{
	dequantise:      dequantiseGeneric,
	add:             addAVX2,
	scale:           scaleAVX2,
	addScaled:       addScaledAVX2,
	dot:             dotAVX2,
	sum:             sumAVX2,
	max:             maxAVX2,
	addRows:         addRowsAVX2,
	transpose:       transposeGeneric,
	expSum:          expSumAVX2,
	softmaxGradient: softmaxGradientAVX2,
	activate: [activations]func(dst, x []float32){
		Identity: identity, GELU: geluAVX2, Tanh: tanhAVX2, ReLU: reluAVX2, GELUTanh: geluTanhAVX2,
	},
	activateGradient: [activations]func(dx, dy, x []float32){
		Identity: identityGradient, GELU: geluGradientAVX2, Tanh: tanhGradientAVX2, ReLU: reluGradientAVX2,
		GELUTanh: geluTanhGradientAVX2,
	},
	gate: [activations]func(dst, x, gate []float32){
		Identity: identityGateAVX2, GELU: geluGateAVX2, Tanh: tanhGateAVX2, ReLU: reluGateAVX2, GELUTanh: geluTanhGateAVX2,
	},
	gateGradient: [activations]func(dx, dgate, dy, x, gate []float32){
		Identity: identityGateGradientAVX2, GELU: geluGateGradientAVX2, Tanh: tanhGateGradientAVX2, ReLU: reluGateGradientAVX2,
		GELUTanh: geluTanhGateGradientAVX2,
	},
	dropout:         dropoutAVX2,
	dropoutAdd:      dropoutAddAVX2,
	normStats:       normStatsAVX2,
	normApply:       normApplyAVX2,
	normBackward:    normBackwardAVX2,
	normBackwardAdd: normBackwardAddAVX2,
	normParameters:  normParametersAVX2,
	rotate:          rotateAVX2,
	sumSquares:      sumSquaresAVX2,
	adamW:           adamWAVX2,
}

var rowAVX512 = rowPrimitives{
	dequantise:      dequantiseGeneric,
	add:             addAVX512,
	scale:           scaleAVX512,
	addScaled:       addScaledAVX512,
	dot:             dotAVX512,
	sum:             sumAVX512,
	max:             maxAVX512,
	addRows:         addRowsAVX512,
	transpose:       transposeGeneric,
	expSum:          expSumAVX512,
	softmaxGradient: softmaxGradientAVX512,
	activate: [activations]func(dst, x []float32){
		Identity: identity, GELU: geluAVX512, Tanh: tanhAVX512, ReLU: reluAVX512, GELUTanh: geluTanhAVX512,
	},
	activateGradient: [activations]func(dx, dy, x []float32){
		Identity: identityGradient, GELU: geluGradientAVX512, Tanh: tanhGradientAVX512, ReLU: reluGradientAVX512,
		GELUTanh: geluTanhGradientAVX512,
	},
	gate: [activations]func(dst, x, gate []float32){
		Identity: identityGateAVX512, GELU: geluGateAVX512, Tanh: tanhGateAVX512, ReLU: reluGateAVX512, GELUTanh: geluTanhGateAVX512,
	},
	gateGradient: [activations]func(dx, dgate, dy, x, gate []float32){
		Identity: identityGateGradientAVX512, GELU: geluGateGradientAVX512, Tanh: tanhGateGradientAVX512, ReLU: reluGateGradientAVX512,
		GELUTanh: geluTanhGateGradientAVX512,
	},
	dropout:         dropoutAVX512,
	dropoutAdd:      dropoutAddAVX512,
	normStats:       normStatsAVX512,
	normApply:       normApplyAVX512,
	normBackward:    normBackwardAVX512,
	normBackwardAdd: normBackwardAddAVX512,
	normParameters:  normParametersAVX512,
	rotate:          rotateAVX512,
	sumSquares:      sumSquaresAVX512,
	adamW:           adamWAVX512,
}
