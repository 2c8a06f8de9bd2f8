// Inner loops of attention: attentionPrimitives of package kernels.
#include "functions.h"
#include "tiles.h"

// product of some rows and a panel of eight columns, as attention_product.
INLINE void block(const int rows, float *c, int c_row, const float *a, int a_row, int a_col, const float *b, int b_row, int k,
                  const float *factors, int accumulate) {
  V sum[4][2];
  UNROLL for (int i = 0; i < rows; i++) {
    sum[i][0] = accumulate ? load(c + i * c_row) : ZERO;
    sum[i][1] = accumulate ? load(c + i * c_row + 4) : ZERO;
  }
  for (int l = 0; l < k; l++) {
    V left_half = load(b), right_half = load(b + 4);
    UNROLL for (int i = 0; i < rows; i++) {
      V x = wasm_v128_load32_splat(a + i * a_row);
      sum[i][0] = FMA(x, left_half, sum[i][0]);
      sum[i][1] = FMA(x, right_half, sum[i][1]);
    }
    a += a_col;
    b += b_row;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    if (factors) {
      V f = wasm_v128_load32_splat(factors + i);
      sum[i][0] = MUL(sum[i][0], f);
      sum[i][1] = MUL(sum[i][1], f);
    }
    store(c + i * c_row, sum[i][0]);
    store(c + i * c_row + 4, sum[i][1]);
  }
}

// attention_product sets c [m, 8] = diag(factors) a b, or with accumulate c += a b; factors may be missing.
EXPORT(attention_product)
void attention_product(float *c, int c_row, const float *a, int a_row, int a_col, const float *b, int b_row, int m, int k,
                       const float *factors, int accumulate) {
  int i = 0;
  for (; i + 4 <= m; i += 4) {
    block(4, c + i * c_row, c_row, a + i * a_row, a_row, a_col, b, b_row, k, factors ? factors + i : 0, accumulate);
  }
  for (; i < m; i++) {
    block(1, c + i * c_row, c_row, a + i * a_row, a_row, a_col, b, b_row, k, factors ? factors + i : 0, accumulate);
  }
}

// attention_tiles is attention_product of an a with columns side by side, as products takes it.
EXPORT(attention_tiles)
void attention_tiles(float *c, int c_row, const float *a, int a_row, const float *b, int b_row, int m, int k, const float *factors,
                     int accumulate) {
  for (int i = 0; i < m; i += 6) {
    float *out = c + i * c_row;
    tiles(m - i < 6 ? m - i : 6, k, a + i * a_row, a_row, b, b_row, accumulate ? out : 0, c_row, out, c_row);
  }
  if (!factors) return;
  for (int i = 0; i < m; i++, c += c_row) {
    V f = wasm_v128_load32_splat(factors + i);
    store(c, MUL(load(c), f));
    store(c + 4, MUL(load(c + 4), f));
  }
}

// attention_softmax replaces scores [m, n] by exp(scale (score - maximum of the row)), and sets sums and tops to the sum of
// that and to the maximum.
EXPORT(attention_softmax)
void attention_softmax(float *scores, int row, int m, int n, float scale, float *sums, float *tops) {
  V factor = SPLAT(scale * LOG2_E);
  for (int r = 0; r < m; r++, scores += row) {
    V top = SPLAT(scores[0]);
    int i = 0;
    for (; i + 4 <= n; i += 4) top = wasm_f32x4_pmax(top, load(scores + i));
    top = wasm_f32x4_pmax(top, wasm_i32x4_shuffle(top, top, 2, 3, 0, 1));
    top = wasm_f32x4_pmax(top, wasm_i32x4_shuffle(top, top, 1, 0, 3, 2));
    float largest = wasm_f32x4_extract_lane(top, 0);
    for (; i < n; i++) largest = largest < scores[i] ? scores[i] : largest;
    top = SPLAT(largest);

    V sum = ZERO;
    for (i = 0; i + 4 <= n; i += 4) {
      V p = exp2_of(MUL(factor, SUB(load(scores + i), top)));
      sum = ADD(sum, p);
      store(scores + i, p);
    }
    float total = sum_lanes(sum);
    if (i < n) {
      store_part(scores + i, exp2_of(MUL(factor, SUB(load_part(scores + i, n - i), top))), n - i);
      for (; i < n; i++) total += scores[i];
    }
    sums[r] = total;
    tops[r] = largest;
  }
}
