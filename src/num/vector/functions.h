/* functions.h: exp, log, sine and cosine, tanh and the sigmoid in lanes. Polynomials are minimax
 * fits with coefficients rounded to float one after the other; the largest errors against the exact
 * functions are tested. The odd and the even powers are summed apart, or the
 * latency of FMA would be most of the time. Every multiplication that is followed by an addition is fused, so that all
 * instruction sets round at the same places.
 */
#ifndef MTSWEEP_VECTOR_FUNCTIONS_H
#define MTSWEEP_VECTOR_FUNCTIONS_H

#include "vec.h"

/* Adding it rounds |x| < 2^22 to an integer, whose low bits then stand in the float's low bits. */
#define ROUND_TO_INT 0x1.8p23f

#define LOG2_E   0x1.715476p+0f
#define LN2_HIGH 0x1.62e400p-1f /* low bits are zero: n times it is exact */
#define LN2_LOW  0x1.7f7d1cp-20f

/* x = n ln 2 + r with |r| <= ln 2 / 2: returns exp(r) - 1, and 2^n in *power. |x| < 88. */
INLINE vf exp_parts(vf x, vf *power)
{
    vf shifted = fma_of(x, splat(LOG2_E), splat(ROUND_TO_INT));
    vf n = shifted - splat(ROUND_TO_INT);
    vf r = fma_of(n, splat(-LN2_LOW), fma_of(n, splat(-LN2_HIGH), x));
    *power = (vf)(((vu)shifted << 23) + (127u << 23));
    vf r2 = r * r;
    vf high =
        fma_of(splat(0x1.6a4d6p-10f), r2, fma_of(splat(0x1.12398ep-7f), r, splat(0x1.5558bp-5f)));
    vf low = fma_of(splat(0x1.555492p-3f), r, splat(0x1.fffffcp-2f));
    return fma_of(r2, fma_of(high, r2, low), r);
}

/* exp(x), with x below -87 taken as -87 and above 88 as 88. A NaN stays one. */
INLINE vf exp_of(vf x)
{
    vf power, bounded = min_of(splat(88), max_of(splat(-87), x));
    vf less_one = exp_parts(bounded, &power);
    return fma_of(power, less_one, power);
}

INLINE vf sigmoid_of(vf x)
{
    return 1 / (1 + exp_of(-x));
}

/* tanh|x| = (e - 1) / (e + 1), e = exp(2|x|), with e - 1 = 2^n (exp(r) - 1) + (2^n - 1) free of
 * cancellation. From 9.2 on it is 1 in float. */
INLINE vf tanh_of(vf x)
{
    vi sign = (vi)x & splat_int(INT32_MIN);
    vf power, twice = min_of(splat(18.4f), 2 * abs_of(x));
    vf less_one = exp_parts(twice, &power);
    vf e1 = fma_of(power, less_one, power - 1);
    return (vf)((vi)(e1 / (e1 + 2)) | sign);
}

/* log(1 + e) for e in [0, 1] */
INLINE vf log1p_of(vf e)
{
    vf e2 = e * e;
    vf even = fma_of(splat(-0x1.b1650ep-9f), e2, splat(-0x1.d78b46p-5f));
    vf odd = fma_of(splat(0x1.4a24a0p-6f), e2, splat(0x1.b50b32p-4f));
    even = fma_of(even, e2, splat(-0x1.3a597ap-3f));
    odd = fma_of(odd, e2, splat(0x1.93510cp-3f));
    even = fma_of(even, e2, splat(-0x1.ff249ep-3f));
    odd = fma_of(odd, e2, splat(0x1.554dd4p-2f));
    even = fma_of(even, e2, splat(-0x1.ffffd2p-2f));
    return fma_of(e2, fma_of(odd, e, even), e);
}

/* log(x) for positive normal x = 2^n (1 + f), sqrt(1/2) <= 1 + f < sqrt(2) */
INLINE vf log_of(vf x)
{
    const vi half_root = splat_int(0x3f3504f3); /* the bits of sqrt(1/2) */
    vi exponent = ((vi)x - half_root) >> 23;
    vf n = __builtin_convertvector(exponent, vf);
    vf f = (vf)((vu)x - ((vu)exponent << 23)) - 1;
    vf f2 = f * f;
    vf even = fma_of(splat(-0x1.37a4d0p-4f), f2, splat(-0x1.0f4968p-3f));
    vf odd = fma_of(splat(0x1.083656p-3f), f2, splat(0x1.227440p-3f));
    even = fma_of(even, f2, splat(-0x1.542582p-3f));
    odd = fma_of(odd, f2, splat(0x1.99a3e0p-3f));
    even = fma_of(even, f2, splat(-0x1.000432p-2f));
    odd = fma_of(odd, f2, splat(0x1.555550p-2f));
    even = fma_of(even, f2, splat(-0x1.fffff8p-2f));
    vf low = fma_of(n, splat(LN2_LOW), f2 * fma_of(odd, f, even));
    return fma_of(n, splat(LN2_HIGH), f + low);
}

/* Sine and cosine of `turns` full turns, 0 <= turns < 2^20: the nearest quarter turn is taken off
 * exactly, and the rest is at most 1/8. */
INLINE void sine_cosine_of(vf turns, vf *sine, vf *cosine)
{
    vf shifted = fma_of(turns, splat(4), splat(ROUND_TO_INT));
    vu quarters = (vu)shifted;
    vf r = fma_of(shifted - splat(ROUND_TO_INT), splat(-0.25f), turns);
    vf z = r * r;
    vf s = splat(-0x1.32e77cp+6f);
    s = fma_of(s, z, splat(0x1.467faap+6f));
    s = fma_of(s, z, splat(-0x1.4abc22p+5f));
    s = fma_of(s, z, splat(0x1.921fb6p+2f));
    s = s * r;
    vf c = splat(0x1.d4f44ap+5f);
    c = fma_of(c, z, splat(-0x1.55b2b2p+6f));
    c = fma_of(c, z, splat(0x1.03c1b0p+6f));
    c = fma_of(c, z, splat(-0x1.3bd3ccp+4f));
    c = fma_of(c, z, splat(1));
    /* Odd quarters exchange the two; sine is negative in quarters 2 and 3, cosine in 1 and 2. */
    vi odd = -(vi)(quarters & 1);
    *sine = (vf)((vu)where(odd, c, s) ^ ((quarters & 2) << 30));
    *cosine = (vf)((vu)where(odd, s, c) ^ (((quarters + 1) & 2) << 30));
}

#endif
