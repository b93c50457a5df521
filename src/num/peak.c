/* The FMA peak of one core: chains of fused multiply-adds that stay in registers. */
#include "mtsweep/num.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* The body of a function that runs n rounds over 12 independent accumulators: an FMA takes 4 to 5
 * cycles and two start in a cycle, so 10 are enough, and 12 with the two factors fit into 16
 * registers. The empty asm keeps the compiler from computing anything in advance. Returns the number
 * of operations. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define CHAINS(VEC, SET, DO, LANES)                                                                \
    {                                                                                              \
        VEC x = SET(0.999f), y = SET(0.001f);                                                      \
        VEC a0 = y, a1 = y, a2 = y, a3 = y, a4 = y, a5 = y;                                        \
        VEC a6 = y, a7 = y, a8 = y, a9 = y, a10 = y, a11 = y;                                      \
        for (size_t r = 0; r < n; r++) {                                                           \
            EACH(DO)                                                                               \
        }                                                                                          \
        return (double)n * 12 * 2 * LANES;                                                         \
    }
#define STEP(CONSTRAINT, a, value)                                                                 \
    a = value;                                                                                     \
    __asm__ volatile("" : "+" CONSTRAINT(a));

#if defined(__x86_64__)
#define SSE_STEP(i)    STEP("x", a##i, _mm_add_ps(_mm_mul_ps(a##i, x), y))
#define AVX2_STEP(i)   STEP("x", a##i, _mm256_fmadd_ps(a##i, x, y))
#define AVX512_STEP(i) STEP("v", a##i, _mm512_fmadd_ps(a##i, x, y))
static double chains_generic(size_t n)
{
    CHAINS(__m128, _mm_set1_ps, SSE_STEP, 4)
}
__attribute__((target("avx2,fma"))) static double chains_v3(size_t n)
{
    CHAINS(__m256, _mm256_set1_ps, AVX2_STEP, 8)
}
__attribute__((target("avx512f"))) static double chains_v4(size_t n)
{
    CHAINS(__m512, _mm512_set1_ps, AVX512_STEP, 16)
}
#elif defined(__aarch64__)
#define NEON_STEP(i) STEP("w", a##i, vfmaq_f32(y, a##i, x))
static double chains_generic(size_t n)
{
    CHAINS(float32x4_t, vdupq_n_f32, NEON_STEP, 4)
}
#else
#define SCALAR_STEP(i) STEP("r", a##i, a##i *x + y)
static double chains_generic(size_t n)
{
    CHAINS(float, (float), SCALAR_STEP, 1)
}
#endif

typedef double chains(size_t n);

static chains *chains_of(const char *name)
{
#if defined(__x86_64__)
    bool widest = strcmp(name, "blas") == 0 || strcmp(name, "auto") == 0;
    if ((widest || strcmp(name, "x86-64-v4") == 0) && __builtin_cpu_supports("avx512f"))
        return chains_v4;
    if ((widest || strcmp(name, "x86-64-v3") == 0) && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return chains_v3;
#else
    (void)name;
#endif
    return chains_generic;
}

double mts_peak_gflops(const char *name, double seconds)
{
    chains *run = chains_of(name);
    double best = 0, start = mts_seconds(), before = start, now = start;
    /* Best of many short windows, so that an interruption does not count. */
    do {
        double operations = run(100000);
        now = mts_seconds();
        if (now > before && operations / (now - before) > best)
            best = operations / (now - before);
        before = now;
    } while (now - start < seconds);
    return best * 1e-9;
}
