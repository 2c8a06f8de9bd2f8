// Tiles of matrix products. Most of the time goes into those of internal/compile, which see to whole rounds of steps; the rest is
// left to a loop here.
#pragma once

#include "vector.h"

// Values of the left operand, or pairs of values of 16 bits, lie side by side this many times: see internal/compile.
#ifdef RELAXED
#define COPIES 1
#define LEFT(p) wasm_v128_load32_splat(p)
#else
#define COPIES 4
#define LEFT(p) wasm_v128_load(p)
#endif

#define ROUND 16

typedef void round_tile(int steps, const void *a, int lda, const void *b, void *out, int ldo);
extern round_tile tile_1, tile_2, tile_3, tile_4, tile_5, tile_6;

// rest adds the products of steps to out, in the order of the right operand's rows. Strides are in values.
INLINE void rest(const int rows, int k, const float *a, int lda, const float *b, int ldb, float *out, int ldo) {
  V sum[6][2];
  const float *row[6];
  UNROLL for (int i = 0; i < rows; i++) {
    row[i] = a + i * lda;
    sum[i][0] = load(out + i * ldo);
    sum[i][1] = load(out + i * ldo + 4);
  }
  for (int l = 0; l < k; l++) {
    V left_half = load(b), right_half = load(b + 4);
    UNROLL for (int i = 0; i < rows; i++) {
      V x = LEFT(row[i]);
      sum[i][0] = FMA(x, left_half, sum[i][0]);
      sum[i][1] = FMA(x, right_half, sum[i][1]);
      row[i] += COPIES;
    }
    b += ldb;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    store(out + i * ldo, sum[i][0]);
    store(out + i * ldo + 4, sum[i][1]);
  }
}

// Each value of a tile is one sum in the order of the right operand's rows, begun from init or zero.
INLINE void tile(const int rows, round_tile *rounds, int k, const float *a, int lda, const float *b, int ldb, const float *init, int ldi,
                 float *out, int ldo) {
  if (init != out) {
    UNROLL for (int i = 0; i < rows; i++) {
      store(out + i * ldo, init ? load(init + i * ldi) : ZERO);
      store(out + i * ldo + 4, init ? load(init + i * ldi + 4) : ZERO);
    }
  }
  int whole = ldb == 8 ? k & -ROUND : 0;
  if (whole > 0) rounds(whole, a, 4 * lda, b, out, 4 * ldo);
  if (whole < k) rest(rows, k - whole, a + COPIES * whole, lda, b + whole * ldb, ldb, out, ldo);
}

// tiles is tile for 1 to 6 rows. Strides are in values.
INLINE void tiles(int rows, int k, const float *a, int lda, const float *b, int ldb, const float *init, int ldi, float *out, int ldo) {
  switch (rows) {
    case 1: tile(1, tile_1, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    case 2: tile(2, tile_2, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    case 3: tile(3, tile_3, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    case 4: tile(4, tile_4, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    case 5: tile(5, tile_5, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    case 6: tile(6, tile_6, k, a, lda, b, ldb, init, ldi, out, ldo); break;
    default: __builtin_trap();
  }
}
