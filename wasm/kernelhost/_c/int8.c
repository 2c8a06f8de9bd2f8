// Inner loops of products with weights of eight bits: int8Primitives of package kernels. The relaxed dot product of bytes is not
// used: it is exact only when one side is never negative, which would cost the rows a bit.
#include "tiles.h"

extern round_tile int8_tile_1, int8_tile_2, int8_tile_3, int8_tile_4, int8_tile_5, int8_tile_6;

// int8_tile is for rows that do not begin where they end: init is another place than out, or missing. The integers are summed up in out.
INLINE void int8_tile(const int rows, round_tile *rounds, int steps, const char *a, int lda, const float *scales, const float *panel,
                      const float *init, int ldi, float *out, int ldo) {
  V low = load(panel + 8), high = load(panel + 12);
  UNROLL for (int i = 0; i < rows; i++) {
    store(out + i * ldo, low);
    store(out + i * ldo + 4, high);
  }
  if (steps > 0) rounds(8 * steps, a, lda, panel + 16, out, 4 * ldo);
  UNROLL for (int i = 0; i < rows; i++) {
    V scale = SPLAT(scales[i]);
    UNROLL for (int j = 0; j < 2; j++) {
      V product = MUL(wasm_f32x4_convert_i32x4(load(out + i * ldo + 4 * j)), MUL(scale, load(panel + 4 * j)));
      store(out + i * ldo + 4 * j, ADD(product, init ? load(init + i * ldi + 4 * j) : ZERO));
    }
  }
}

// int8_row is int8_tile for one row, which may begin where it ends.
INLINE void int8_row(int steps, const char *a, float scale, const float *panel, const float *init, float *out) {
  V sum[2] = {load(panel + 8), load(panel + 12)};
  const int8_t *b = (const int8_t *)(panel + 16);
  for (int l = 0; l < 8 * steps; l++) {
    V x = LEFT(a);
    sum[0] = wasm_i32x4_add(sum[0], wasm_i32x4_dot_i16x8(x, wasm_i16x8_load8x8(b)));
    sum[1] = wasm_i32x4_add(sum[1], wasm_i32x4_dot_i16x8(x, wasm_i16x8_load8x8(b + 8)));
    a += 4 * COPIES;
    b += 16;
  }
  UNROLL for (int j = 0; j < 2; j++) {
    V product = MUL(wasm_f32x4_convert_i32x4(sum[j]), MUL(SPLAT(scale), load(panel + 4 * j)));
    store(out + 4 * j, ADD(product, load(init + 4 * j)));
  }
}

// int8_tiles computes 1 to 6 rows. Rows of a lie lda bytes apart.
INLINE void int8_tiles(int rows, int steps, const char *a, int lda, const float *scales, const float *panel, const float *init, int ldi,
                       float *out, int ldo) {
  if (init == out) {
    for (int i = 0; i < rows; i++) int8_row(steps, a + i * lda, scales[i], panel, init + i * ldi, out + i * ldo);
    return;
  }
  switch (rows) {
    case 1: int8_tile(1, int8_tile_1, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 2: int8_tile(2, int8_tile_2, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 3: int8_tile(3, int8_tile_3, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 4: int8_tile(4, int8_tile_4, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 5: int8_tile(5, int8_tile_5, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
    case 6: int8_tile(6, int8_tile_6, steps, a, lda, scales, panel, init, ldi, out, ldo); break;
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

// quantise_rows quantises rows of n > 0 values, which lie ldx values apart, and sets scales to theirs, times alpha, as package kernels'
// int8Scale and product.quantiseLeft have it. Rows of dst lie ldd values of four bytes apart; behind their last values are zeros, up to a
// multiple of 16.
EXPORT(quantise_rows)
void quantise_rows(float *dst, int ldd, const float *x, int ldx, int rows, int n, float *scales, float alpha) {
  int steps = (n + 15) / 16;
  for (int r = 0; r < rows; r++, dst += ldd, x += ldx) {
    store(dst + 8 * steps - 8, ZERO);
    store(dst + 8 * steps - 4, ZERO);
    float largest = magnitude(x, n), scale = 0, factor = 0;
    if (!(largest <= __FLT_MAX__)) {
      scale = __builtin_nanf("");
    } else if (largest >= 0x1p-100f) {
      scale = largest / 127;
      factor = 127 / largest;
    }
    quantise((int16_t *)dst, x, n, factor);
    scales[r] = scale * alpha;
  }
}

// dequantise sets dst to x, each group of values times its scale.
EXPORT(dequantise)
void dequantise(float *dst, const int8_t *x, const float *scales, int groups, int group) {
  for (int g = 0; g < groups; g++, dst += group, x += group) {
    V scale = SPLAT(scales[g]);
    int i = 0;
    for (; i + 8 <= group; i += 8) {
      V wide = wasm_i16x8_load8x8(x + i);
      store(dst + i, MUL(scale, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(wide))));
      store(dst + i + 4, MUL(scale, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(wide))));
    }
    for (; i < group; i++) dst[i] = scales[g] * x[i];
  }
}
