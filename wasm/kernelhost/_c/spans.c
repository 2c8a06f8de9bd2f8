// Inner loops over spans: rowPrimitives of package kernels. Pointers are to n values unless said otherwise.
#include "functions.h"

EXPORT(add)
void add(float *dst, const float *x, const float *y, int n) { MAP2(dst, x, y, n, ADD(v, w)); }

EXPORT(scale)
void scale(float *dst, const float *x, int n, float a) {
  V factor = SPLAT(a);
  MAP(dst, x, n, MUL(v, factor));
}

// add_scaled: dst += a x.
EXPORT(add_scaled)
void add_scaled(float *dst, const float *x, int n, float a) {
  V factor = SPLAT(a);
  MAP2(dst, x, dst, n, FMA(factor, v, w));
}

// add_rows adds the sum of r rows, step values apart, to dst.
EXPORT(add_rows)
void add_rows(float *dst, const float *src, int n, int r, int step) {
  int j = 0;
  for (; j + 4 <= n; j += 4) {
    V sum = ZERO;
    for (int i = 0; i < r; i++) sum = ADD(sum, load(src + i * step + j));
    store(dst + j, ADD(load(dst + j), sum));
  }
  for (; j < n; j++) {
    float sum = 0;
    for (int i = 0; i < r; i++) sum += src[i * step + j];
    dst[j] += sum;
  }
}

// REDUCE adds up an expression in v, and w, in four vectors, which hides the addition's latency and slows the growth of
// rounding errors.
#define REDUCE(total, x, y, n, term)                                              \
  do {                                                                            \
    V s_[4] = {ZERO, ZERO, ZERO, ZERO};                                           \
    int i_ = 0;                                                                   \
    for (; i_ + 16 <= (n); i_ += 16) {                                            \
      UNROLL for (int u_ = 0; u_ < 4; u_++) {                                     \
        V v = load((x) + i_ + 4 * u_), w = load((y) + i_ + 4 * u_), s = s_[u_];   \
        s_[u_] = (term);                                                          \
      }                                                                           \
    }                                                                             \
    for (; i_ + 4 <= (n); i_ += 4) {                                              \
      V v = load((x) + i_), w = load((y) + i_), s = s_[0];                        \
      s_[0] = (term);                                                             \
    }                                                                             \
    for (; i_ < (n); i_++) {                                                      \
      V v = wasm_v128_load32_zero((x) + i_), w = wasm_v128_load32_zero((y) + i_), s = s_[1]; \
      V one = wasm_i32x4_make(-1, 0, 0, 0);                                       \
      s_[1] = wasm_v128_bitselect((term), s, one);                                \
    }                                                                             \
    (total) = sum_lanes(ADD(ADD(s_[0], s_[1]), ADD(s_[2], s_[3])));               \
  } while (0)

EXPORT(dot)
float dot(const float *x, const float *y, int n) {
  float total;
  REDUCE(total, x, y, n, FMA(v, w, s));
  return total;
}

EXPORT(sum)
float sum(const float *x, int n) {
  float total;
  REDUCE(total, x, x, n, ((void)w, ADD(v, s)));
  return total;
}

// largest returns the largest value, -Inf of none; NaNs are passed over.
EXPORT(largest)
float largest(const float *x, int n) {
  float top = -__builtin_inff();
  V m = SPLAT(top);
  int i = 0;
  for (; i + 4 <= n; i += 4) m = wasm_f32x4_pmax(m, load(x + i));
  for (; i < n; i++) top = top < x[i] ? x[i] : top;
  m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 2, 3, 0, 1));
  m = wasm_f32x4_pmax(m, wasm_i32x4_shuffle(m, m, 1, 0, 3, 2));
  float of_vectors = wasm_f32x4_extract_lane(m, 0);
  return top < of_vectors ? of_vectors : top;
}

// exp_sum sets dst = exp(factor x - shift) and returns the sum of that.
EXPORT(exp_sum)
float exp_sum(float *dst, const float *x, int n, float factor, float shift) {
  V a = SPLAT(factor), b = SPLAT(shift), s = ZERO;
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    V e = exp_of(SUB(MUL(load(x + i), a), b));
    s = ADD(s, e);
    store(dst + i, e);
  }
  float total = sum_lanes(s);
  if (i < n) {
    V e = exp_of(SUB(MUL(load_part(x + i, n - i), a), b));
    store_part(dst + i, e, n - i);
    for (; i < n; i++) total += dst[i];
  }
  return total;
}

EXPORT(relu)
void relu(float *dst, const float *x, int n) { MAP(dst, x, n, relu_of(v)); }

EXPORT(tanh_span)
void tanh_span(float *dst, const float *x, int n) { MAP(dst, x, n, tanh_of(v)); }

EXPORT(gelu)
void gelu(float *dst, const float *x, int n) { MAP(dst, x, n, gelu_of(v)); }

EXPORT(gelu_tanh)
void gelu_tanh(float *dst, const float *x, int n) { MAP(dst, x, n, gelu_tanh_of(v)); }

// multiply is the gate without a function.
EXPORT(multiply)
void multiply(float *dst, const float *x, const float *gate, int n) { MAP2(dst, x, gate, n, MUL(v, w)); }

EXPORT(relu_gate)
void relu_gate(float *dst, const float *x, const float *gate, int n) { MAP2(dst, x, gate, n, MUL(relu_of(v), w)); }

EXPORT(tanh_gate)
void tanh_gate(float *dst, const float *x, const float *gate, int n) { MAP2(dst, x, gate, n, MUL(tanh_of(v), w)); }

EXPORT(gelu_gate)
void gelu_gate(float *dst, const float *x, const float *gate, int n) { MAP2(dst, x, gate, n, MUL(gelu_of(v), w)); }

EXPORT(gelu_tanh_gate)
void gelu_tanh_gate(float *dst, const float *x, const float *gate, int n) { MAP2(dst, x, gate, n, MUL(gelu_tanh_of(v), w)); }

// norm_stats sets out to the mean of at least one value and to 1/sqrt(variance + eps). It sums in float64, and the squares of
// distances from the mean, or rows that lie far from zero would lose their variance.
EXPORT(norm_stats)
void norm_stats(float *out, const float *x, int n, float eps) {
  V low = wasm_f64x2_const_splat(0), high = low;
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    V v = load(x + i);
    low = wasm_f64x2_add(low, wasm_f64x2_promote_low_f32x4(v));
    high = wasm_f64x2_add(high, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(v, v, 2, 3, 2, 3)));
  }
  double mean = sum_lanes64(wasm_f64x2_add(low, high));
  for (; i < n; i++) mean += x[i];
  mean /= n;

  V m = wasm_f64x2_splat(mean);
  low = high = wasm_f64x2_const_splat(0);
  for (i = 0; i + 4 <= n; i += 4) {
    V v = load(x + i);
    V a = wasm_f64x2_sub(wasm_f64x2_promote_low_f32x4(v), m);
    V b = wasm_f64x2_sub(wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(v, v, 2, 3, 2, 3)), m);
    low = wasm_f64x2_add(low, wasm_f64x2_mul(a, a));
    high = wasm_f64x2_add(high, wasm_f64x2_mul(b, b));
  }
  double squares = sum_lanes64(wasm_f64x2_add(low, high));
  for (; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
  out[0] = mean;
  out[1] = 1 / __builtin_sqrt(squares / n + eps);
}

// norm_apply: dst = (x - mean) rstd gamma + beta.
EXPORT(norm_apply)
void norm_apply(float *dst, const float *x, const float *gamma, const float *beta, int n, float mean, float rstd) {
  V m = SPLAT(mean), r = SPLAT(rstd);
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    store(dst + i, FMA(MUL(SUB(load(x + i), m), r), load(gamma + i), load(beta + i)));
  }
  if (i < n) {
    int rest = n - i;
    V h = MUL(SUB(load_part(x + i, rest), m), r);
    store_part(dst + i, FMA(h, load_part(gamma + i, rest), load_part(beta + i, rest)), rest);
  }
}

// rotate: dst = (a cos - b sin sign, b cos + a sin sign) for the halves a, b of each head.
EXPORT(rotate)
void rotate(float *dst, const float *x, const float *cos, const float *sin, int half, int heads, float sign) {
  V turn = SPLAT(sign);
  for (int h = 0; h < heads; h++, x += 2 * half, dst += 2 * half) {
    int i = 0;
    for (; i + 4 <= half; i += 4) {
      V a = load(x + i), b = load(x + half + i), c = load(cos + i), s = MUL(turn, load(sin + i));
      store(dst + i, SUB(MUL(a, c), MUL(b, s)));
      store(dst + half + i, ADD(MUL(b, c), MUL(a, s)));
    }
    for (; i < half; i++) {
      float a = x[i], b = x[half + i], c = cos[i], s = sign * sin[i];
      dst[i] = a * c - b * s;
      dst[half + i] = b * c + a * s;
    }
  }
}
