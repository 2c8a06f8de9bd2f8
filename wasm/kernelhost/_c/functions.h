// Exponential and activations. Formulas and coefficients are those of row_activation.go in package kernels; coefficients.h is
// made from its constants when the modules are built.
#pragma once

#include "coefficients.h"
#include "vector.h"

// MAGIC rounds to an integer when it is added, and leaves that integer plus 127, the bias of an exponent, in the lowest bits:
// shifted left by 23 they are the power of two itself. Integers from -127, which gives 0, to 128, which gives infinity, work.
#define MAGIC SPLAT((float)((3 << 22) + 127))

// ln 2 in two parts. The first has ten bits, so that its product with an exponent is exact without a fused multiply-add.
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440054690583e-4f
#define LOG2_E 1.44269504088896341f

INLINE V absolute(V x) { return wasm_f32x4_abs(x); }

// with_sign returns x >= 0 with the sign of s.
INLINE V with_sign(V x, V s) { return wasm_v128_or(x, wasm_v128_and(s, wasm_i32x4_const_splat(INT32_MIN))); }

INLINE V power_of_two(V sum) { return wasm_i32x4_shl(sum, 23); }

#define STEP(p, x, c) FMA(p, x, SPLAT(c))

// exp2_of returns 2^x for x <= 127; below -126.5 it is 0.
INLINE V exp2_of(V x) {
  x = AT_LEAST(x, SPLAT(-127.0f));
  V sum = ADD(x, MAGIC);
  V f = SUB(x, SUB(sum, MAGIC));
  V p = STEP(SPLAT(exp2C6), f, exp2C5);
  p = STEP(p, f, exp2C4);
  p = STEP(p, f, exp2C3);
  p = STEP(p, f, exp2C2);
  p = STEP(p, f, exp2C1);
  p = STEP(p, f, exp2C0);
  return MUL(p, power_of_two(sum));
}

// expm1_of returns e^r - 1 and 2^n with x = n ln 2 + r.
INLINE V expm1_of(V x, V *power) {
  V sum = FMA(x, SPLAT(LOG2_E), MAGIC);
  V n = SUB(sum, MAGIC);
  V r = FMA(n, SPLAT(-LN2_HIGH), x);
  r = FMA(n, SPLAT(-LN2_LOW), r);
  V p = STEP(SPLAT(expC6), r, expC5);
  p = STEP(p, r, expC4);
  p = STEP(p, r, expC3);
  p = STEP(p, r, expC2);
  *power = power_of_two(sum);
  return FMA(p, MUL(r, r), r);
}

// exp_of returns e^x, 0 below -87.7 and infinity above 88.4.
INLINE V exp_of(V x) {
  V power;
  V less = expm1_of(AT_MOST(AT_LEAST(x, SPLAT(-88.029f)), SPLAT(88.9f)), &power);
  return MUL(ADD(less, SPLAT(1)), power);
}

INLINE V relu_of(V x) { return AT_LEAST(x, ZERO); }

// tanh_of: with y = -2|x|, tanh |x| = (1 - e^y) / (1 + e^y). Products with a power of two are exact, so nothing is lost near 0.
INLINE V tanh_of(V x) {
  V power;
  V y = AT_LEAST(MUL(absolute(x), SPLAT(-2)), SPLAT(-40.0f));
  V less = expm1_of(y, &power);
  V e = ADD(MUL(power, less), SUB(power, SPLAT(1)));
  return with_sign(absolute(DIV(e, ADD(e, SPLAT(2)))), x);
}

// normal_tail returns Q(t), t >= 0, the upper tail of the normal distribution.
INLINE V normal_tail(V t) {
  V p = STEP(SPLAT(tailC8), t, tailC7);
  p = STEP(p, t, tailC6);
  p = STEP(p, t, tailC5);
  p = STEP(p, t, tailC4);
  p = STEP(p, t, tailC3);
  p = STEP(p, t, tailC2);
  p = STEP(p, t, tailC1);
  p = STEP(p, t, tailC0);
  return exp2_of(p);
}

// gelu_of: x P(x) = max(x, 0) - |x| Q(|x|).
INLINE V gelu_of(V x) {
  V t = absolute(x);
  return SUB(AT_LEAST(x, ZERO), MUL(t, normal_tail(t)));
}

// gelu_tanh_of: x/2 (1 + tanh u) = x / (1 + 2^-w), w = 2 u log2(e).
INLINE V gelu_tanh_of(V x) {
  V w = MUL(x, STEP(MUL(x, x), SPLAT(geluTanhW3), geluTanhW1));
  V e = exp2_of(wasm_f32x4_neg(absolute(w)));
  return DIV(FMA(AT_MOST(x, ZERO), e, AT_LEAST(x, ZERO)), ADD(e, SPLAT(1)));
}
