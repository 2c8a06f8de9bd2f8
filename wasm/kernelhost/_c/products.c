// Inner loops of matrix products: gemmPrimitives of package kernels, whose panels are of eight columns here.
#include "tiles.h"

// products computes count panels that lie step values apart, side by side in init and out. Any number of rows is cut into tiles as
// even as can be. Strides are in values.
EXPORT(products)
void products(int rows, int k, const float *a, int lda, const float *b, int ldb, int step, const float *init, int ldi, float *out,
              int ldo, int count) {
  int parts = (rows + 5) / 6;
  for (int j = 0; j < count; j++) {
    for (int part = 0, at = 0; part < parts; part++) {
      int n = (rows - at + parts - part - 1) / (parts - part);
      tiles(n, k, a + at * lda, lda, b, ldb, init ? init + at * ldi : 0, ldi, out + at * ldo, ldo);
      at += n;
    }
    b += step;
    out += 8;
    if (init) init += 8;
  }
}

INLINE void spread_row(float *dst, const float *src, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    V v = load(src + i);
    store(dst + 4 * i, wasm_i32x4_shuffle(v, v, 0, 0, 0, 0));
    store(dst + 4 * i + 4, wasm_i32x4_shuffle(v, v, 1, 1, 1, 1));
    store(dst + 4 * i + 8, wasm_i32x4_shuffle(v, v, 2, 2, 2, 2));
    store(dst + 4 * i + 12, wasm_i32x4_shuffle(v, v, 3, 3, 3, 3));
  }
  for (; i < n; i++) store(dst + 4 * i, wasm_v128_load32_splat(src + i));
}

// spread sets, in each row, dst[4*i+j] = src[i] for i < n and j < 4, rows being ldd and lds values apart. Rows of src may be the last n
// values of those of dst if n is a multiple of 4.
EXPORT(spread)
void spread(float *dst, int ldd, const float *src, int lds, int rows, int n) {
  for (int r = 0; r < rows; r++) spread_row(dst + r * ldd, src + r * lds, n);
}

// transpose_rows sets dst[j*ldd+i] = rows[i][j] for eight rows, given by Go pointers, which are 64 bits wide, and j < n.
EXPORT(transpose_rows)
void transpose_rows(float *dst, int ldd, const uint64_t *rows, int n) {
  for (int half = 0; half < 8; half += 4) {
    const float *r0 = (const float *)(uintptr_t)rows[half], *r1 = (const float *)(uintptr_t)rows[half + 1];
    const float *r2 = (const float *)(uintptr_t)rows[half + 2], *r3 = (const float *)(uintptr_t)rows[half + 3];
    float *to = dst + half;
    int j = 0;
    for (; j + 4 <= n; j += 4) {
      V a = load(r0 + j), b = load(r1 + j), c = load(r2 + j), d = load(r3 + j);
      V ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
      store(to, wasm_i64x2_shuffle(ab, cd, 0, 2));
      store(to + ldd, wasm_i64x2_shuffle(ab, cd, 1, 3));
      ab = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
      store(to + 2 * ldd, wasm_i64x2_shuffle(ab, cd, 0, 2));
      store(to + 3 * ldd, wasm_i64x2_shuffle(ab, cd, 1, 3));
      to += 4 * ldd;
    }
    for (; j < n; j++) {
      to[0] = r0[j], to[1] = r1[j], to[2] = r2[j], to[3] = r3[j];
      to += ldd;
    }
  }
}

// dots sets out[i*4+j] to the dot product of x[i] and y[j], all given by Go pointers.
EXPORT(dots)
void dots(int k, const uint64_t *x, const uint64_t *y, float *out) {
  const float *y0 = (const float *)(uintptr_t)y[0], *y1 = (const float *)(uintptr_t)y[1];
  const float *y2 = (const float *)(uintptr_t)y[2], *y3 = (const float *)(uintptr_t)y[3];
  for (int i = 0; i < 4; i++) {
    const float *row = (const float *)(uintptr_t)x[i];
    V s0 = ZERO, s1 = ZERO, s2 = ZERO, s3 = ZERO;
    int l = 0;
    for (; l + 4 <= k; l += 4) {
      V v = load(row + l);
      s0 = FMA(v, load(y0 + l), s0);
      s1 = FMA(v, load(y1 + l), s1);
      s2 = FMA(v, load(y2 + l), s2);
      s3 = FMA(v, load(y3 + l), s3);
    }
    if (l < k) {
      V v = load_part(row + l, k - l);
      s0 = FMA(v, load_part(y0 + l, k - l), s0);
      s1 = FMA(v, load_part(y1 + l, k - l), s1);
      s2 = FMA(v, load_part(y2 + l, k - l), s2);
      s3 = FMA(v, load_part(y3 + l, k - l), s3);
    }
    out[4 * i] = sum_lanes(s0), out[4 * i + 1] = sum_lanes(s1);
    out[4 * i + 2] = sum_lanes(s2), out[4 * i + 3] = sum_lanes(s3);
  }
}

// peak makes n times 8 x 4 multiplications and additions that do not wait for each other.
EXPORT(peak)
float peak(int n, float x) {
  V s[8], v = SPLAT(x);
  UNROLL for (int i = 0; i < 8; i++) s[i] = SPLAT(x * i);
  for (int l = 0; l < n; l++) {
    UNROLL for (int i = 0; i < 8; i++) s[i] = FMA(s[i], v, v);
  }
  UNROLL for (int i = 1; i < 8; i++) s[0] = ADD(s[0], s[i]);
  return sum_lanes(s[0]);
}
