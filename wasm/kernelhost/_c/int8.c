// Inner loops of products with weights of eight bits: int8Primitives of package kernels. The relaxed dot product of bytes is not
// used: it is exact only when one side is never negative, which would cost the rows a bit.
#include "vector.h"

// A panel has eight columns. Weights of two values of k lie side by side and are widened to 16 bits, which the rows have already.
INLINE void int8_tile(const int rows, int steps, const char *a, int lda, const float *scales, const float *panel, const float *init,
                      int ldi, float *out, int ldo) {
  V sum[6][2];
  const char *row[6];
  UNROLL for (int i = 0; i < rows; i++) {
    row[i] = a + i * lda;
    sum[i][0] = load(panel + 8);
    sum[i][1] = load(panel + 12);
  }
  const int8_t *b = (const int8_t *)(panel + 16);
  for (int l = 0; l < 2 * steps; l++) {
    UNROLL for (int u = 0; u < 4; u++) {
      V left_half = wasm_i16x8_load8x8(b + 16 * u), right_half = wasm_i16x8_load8x8(b + 16 * u + 8);
      UNROLL for (int i = 0; i < rows; i++) {
        V x = wasm_v128_load32_splat(row[i] + 4 * u);
        sum[i][0] = wasm_i32x4_add(sum[i][0], wasm_i32x4_dot_i16x8(x, left_half));
        sum[i][1] = wasm_i32x4_add(sum[i][1], wasm_i32x4_dot_i16x8(x, right_half));
      }
    }
    UNROLL for (int i = 0; i < rows; i++) row[i] += 16;
    b += 64;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    V scale = SPLAT(scales[i]);
    UNROLL for (int j = 0; j < 2; j++) {
      V product = MUL(wasm_f32x4_convert_i32x4(sum[i][j]), MUL(scale, load(panel + 4 * j)));
      store(out + i * ldo + 4 * j, ADD(product, init ? load(init + i * ldi + 4 * j) : ZERO));
    }
  }
}

INLINE void int8_tiles(int rows, int steps, const char *a, int lda, const float *scales, const float *panel, const float *init, int ldi,
                       float *out, int ldo) {
  switch (rows) {
    case 1: int8_tile(1, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 2: int8_tile(2, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 3: int8_tile(3, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 4: int8_tile(4, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 5: int8_tile(5, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 6: int8_tile(6, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    default: __builtin_trap();
  }
}

// int8_products is products for weights of eight bits; rows of a lie lda bytes apart, and init may be missing.
EXPORT(int8_products)
void int8_products(int rows, int steps, const char *a, int lda, const float *scales, const float *panel, int step, const float *init,
                   int ldi, float *out, int ldo, int count) {
  int parts = (rows + 5) / 6;
  for (int j = 0; j < count; j++) {
    for (int part = 0, at = 0; part < parts; part++) {
      int n = (rows - at + parts - part - 1) / (parts - part);
      int8_tiles(n, steps, a + at * lda, lda, scales + at, panel, init ? init + at * ldi : 0, ldi, out + at * ldo, ldo);
      at += n;
    }
    panel += step;
    out += 8;
    if (init) init += 8;
  }
}

// magnitude returns the largest |x|, comparing bits: infinity and NaN lie above all other values.
EXPORT(magnitude)
float magnitude(const float *x, int n) {
  V largest = ZERO, unsign = wasm_i32x4_const_splat(INT32_MAX);
  int i = 0;
  for (; i + 4 <= n; i += 4) largest = wasm_i32x4_max(largest, wasm_v128_and(load(x + i), unsign));
  if (i < n) largest = wasm_i32x4_max(largest, wasm_v128_and(load_part(x + i, n - i), unsign));
  largest = wasm_i32x4_max(largest, wasm_i32x4_shuffle(largest, largest, 2, 3, 2, 3));
  largest = wasm_i32x4_max(largest, wasm_i32x4_shuffle(largest, largest, 1, 1, 1, 1));
  return wasm_f32x4_extract_lane(largest, 0);
}

INLINE V nearest_integers(V x, V factor) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(MUL(x, factor))); }

// quantise sets dst, of 16 bits, to the integers next to factor x, ties to even, and what is left of the last eight to 0.
EXPORT(quantise)
void quantise(int16_t *dst, const float *x, int n, float factor) {
  V f = SPLAT(factor);
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    wasm_v128_store(dst + i, wasm_i16x8_narrow_i32x4(nearest_integers(load(x + i), f), nearest_integers(load(x + i + 4), f)));
  }
  if (i == n) return;
  V low = ZERO, high = ZERO;
  if (n - i >= 4) {
    low = load(x + i);
    if (n - i > 4) high = load_part(x + i + 4, n - i - 4);
  } else {
    low = load_part(x + i, n - i);
  }
  wasm_v128_store(dst + i, wasm_i16x8_narrow_i32x4(nearest_integers(low, f), nearest_integers(high, f)));
}
