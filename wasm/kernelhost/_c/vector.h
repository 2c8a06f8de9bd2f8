// Vectors of four float32 values, and the loops that all kernels share.
//
// A kernel touches nothing outside the spans that it is given: what is left of a span behind its last whole vector is loaded
// and stored lane by lane and goes through the same arithmetic as the rest.
#pragma once

#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef v128_t V;

// FMA is a b + c. simd128 rounds the product; relaxed SIMD leaves that to the processor.
#ifdef RELAXED
#define FMA(a, b, c) wasm_f32x4_relaxed_madd(a, b, c)
#else
#define FMA(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)
#endif

#define ADD wasm_f32x4_add
#define SUB wasm_f32x4_sub
#define MUL wasm_f32x4_mul
#define DIV wasm_f32x4_div
#define SPLAT wasm_f32x4_splat
#define ZERO wasm_f32x4_const_splat(0)

// At least b, at most b: of a NaN in a the result is NaN, and both are one instruction on x86, unlike min and max.
#define AT_LEAST(a, b) wasm_f32x4_pmax(a, b)
#define AT_MOST(a, b) wasm_f32x4_pmin(a, b)

INLINE V load(const float *p) { return wasm_v128_load(p); }

INLINE void store(float *p, V v) { wasm_v128_store(p, v); }

// load_part returns the first n values, 1 to 3, and zeros.
INLINE V load_part(const float *p, int n) {
  V v = wasm_v128_load32_zero(p);
  if (n > 1) v = wasm_v128_load32_lane(p + 1, v, 1);
  if (n > 2) v = wasm_v128_load32_lane(p + 2, v, 2);
  return v;
}

// store_part stores the first n values, 1 to 3.
INLINE void store_part(float *p, V v, int n) {
  wasm_v128_store32_lane(p, v, 0);
  if (n > 1) wasm_v128_store32_lane(p + 1, v, 1);
  if (n > 2) wasm_v128_store32_lane(p + 2, v, 2);
}

// sum_lanes returns (v0 + v2) + (v1 + v3).
INLINE float sum_lanes(V v) {
  V high = ADD(v, wasm_i32x4_shuffle(v, v, 2, 3, 2, 3));
  return wasm_f32x4_extract_lane(high, 0) + wasm_f32x4_extract_lane(high, 1);
}

INLINE double sum_lanes64(V v) { return wasm_f64x2_extract_lane(v, 0) + wasm_f64x2_extract_lane(v, 1); }

// Spans of n values, mapped by an expression in v, and w for the second. dst may be x or y.
#define MAP(dst, x, n, expression)                                  \
  do {                                                              \
    int i_ = 0;                                                     \
    for (; i_ + 4 <= (n); i_ += 4) {                                \
      V v = load((x) + i_);                                         \
      store((dst) + i_, (expression));                              \
    }                                                               \
    if (i_ < (n)) {                                                 \
      V v = load_part((x) + i_, (n) - i_);                          \
      store_part((dst) + i_, (expression), (n) - i_);               \
    }                                                               \
  } while (0)

#define MAP2(dst, x, y, n, expression)                              \
  do {                                                              \
    int i_ = 0;                                                     \
    for (; i_ + 4 <= (n); i_ += 4) {                                \
      V v = load((x) + i_), w = load((y) + i_);                     \
      store((dst) + i_, (expression));                              \
    }                                                               \
    if (i_ < (n)) {                                                 \
      V v = load_part((x) + i_, (n) - i_), w = load_part((y) + i_, (n) - i_); \
      store_part((dst) + i_, (expression), (n) - i_);               \
    }                                                               \
  } while (0)
