/* Our own kernels: which of them this build has and this CPU runs, and the fastest of those. */
#include "tables.h"

#if defined(__x86_64__) && !defined(MTS_DOUBLE)
/* All that the compiler may use under the flags of this instruction set. What
 * __builtin_cpu_supports reports includes the operating system's part: that it saves the registers. */
static bool runs_v3(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool runs_v4(void)
{
    return runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
}
#endif

#ifdef MTS_DOUBLE
const mts_kernels *mts_generic_kernels(void)
{
    return NULL;
}

const mts_kernels *mts_own_kernels(void)
{
    return &mts_naive_kernels;
}
#else
const mts_kernels *mts_generic_kernels(void)
{
    return &mts_vector_generic.kernels;
}

const mts_vector *mts_own_vector(void)
{
#ifdef __x86_64__
    if (runs_v4())
        return &mts_vector_x86_64_v4;
    if (runs_v3())
        return &mts_vector_x86_64_v3;
#endif
    return &mts_vector_generic;
}

const mts_kernels *mts_own_kernels(void)
{
    return &mts_own_vector()->kernels;
}
#endif

const mts_kernels *mts_x86_64_v3_kernels(void)
{
#if defined(__x86_64__) && !defined(MTS_DOUBLE)
    if (runs_v3())
        return &mts_vector_x86_64_v3.kernels;
#endif
    return NULL;
}

const mts_kernels *mts_x86_64_v4_kernels(void)
{
#if defined(__x86_64__) && !defined(MTS_DOUBLE)
    if (runs_v4())
        return &mts_vector_x86_64_v4.kernels;
#endif
    return NULL;
}
