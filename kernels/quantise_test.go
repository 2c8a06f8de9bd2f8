package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func init() {
	testOnAllTiers(
		implementationTest{"quantise", testQuantise},
		implementationTest{"magnitude", testMagnitude},
	)
}

// testQuantise compares with rounding in float64, over values that lie halfway.
func testQuantise(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		x := m.span(n)
		for i := range x {
			x[i] = float32(m.rng.IntN(509)-254) / 4
		}
		room := (n + int8Step - 1) / int8Step * int8Step * c.int8.valueBytes() / 4
		dst := m.span(room)
		if n == 0 {
			return
		}
		c.int8.quantise((*byte)(unsafe.Pointer(&dst[0])), x, 2)
		for i, v := range x {
			want := int(math.RoundToEven(2 * float64(v)))
			got := 0
			if c.int8.unsigned {
				got = int(unsafe.Slice((*uint8)(unsafe.Pointer(&dst[0])), n)[i]) - 128
			} else {
				got = int(unsafe.Slice((*int16)(unsafe.Pointer(&dst[0])), n)[i])
			}
			if got != want {
				t.Fatalf("2 x %v is %d, want %d", v, got, want)
			}
		}
	})
}

func testMagnitude(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		x, want := m.randomSpan(n), float32(0)
		for _, v := range x {
			want = max(want, float32(math.Abs(float64(v))))
		}
		if got := c.int8.magnitude(x); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		for at := 0; at < n; at += n/3 + 1 {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				keep := x[at]
				x[at] = float32(bad)
				if got := c.int8.magnitude(x); got <= math.MaxFloat32 {
					t.Fatalf("got %v with %v at %d", got, bad, at)
				}
				x[at] = keep
			}
		}
	})
}

func TestQuantiseIsTheInverseOfItsScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	x, q := make([]float32, 300), make([]int8, 300)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	scale := Quantise(q, x)
	largest := 0
	for i, v := range x {
		if d := math.Abs(float64(v) - float64(scale)*float64(q[i])); d > 0.5001*float64(scale) {
			t.Errorf("%v became %d x %v", v, q[i], scale)
		}
		largest = max(largest, int(max(q[i], -q[i])))
	}
	if largest != 127 {
		t.Errorf("the largest of them is %d", largest)
	}
	again := make([]int8, len(q))
	for i, v := range q {
		x[i] = scale * float32(v)
	}
	if s := Quantise(again, x); s != scale || string(bytesOf(again)) != string(bytesOf(q)) {
		t.Errorf("what was rounded rounds to something else: scale %v, then %v", scale, s)
	}
	x[7] = float32(math.Inf(-1))
	if s := Quantise(q, x); s == s {
		t.Errorf("infinity has the scale %v", s)
	}
	clear(x)
	if s := Quantise(q, x); s != 0 || q[3] != 0 {
		t.Errorf("zeros have the scale %v", s)
	}
}

func bytesOf(q []int8) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&q[0])), len(q)) }
