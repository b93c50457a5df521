/* Which kernels there are, and which of them this CPU runs. */
#include "tables.h"

#include <string.h>

static bool always(void)
{
    return true;
}

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

/* NULL stands for blas, whose table is made at run time. */
static const struct entry {
    const mts_kernels *kernels;
    bool (*runs)(void);
} entries[] = {
    {&mts_naive_kernels, always},
    {NULL, always},
#ifndef MTS_DOUBLE
    {&mts_vector_generic.kernels, always},
#ifdef __x86_64__
    {&mts_vector_x86_64_v3.kernels, runs_v3},
    {&mts_vector_x86_64_v4.kernels, runs_v4},
#endif
#endif
};
#define ENTRIES (sizeof(entries) / sizeof(*entries))

#ifdef MTS_DOUBLE
const mts_kernels *mts_own_kernels(void)
{
    return &mts_naive_kernels;
}
#else
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

const mts_kernels *mts_kernels_at(size_t i)
{
    for (size_t e = 0; e < ENTRIES; e++)
        if (entries[e].runs() && i-- == 0)
            return entries[e].kernels ? entries[e].kernels : mts_blas_kernels();
    return NULL;
}

mts_status mts_kernels_find(const char *name, const mts_kernels **kernels)
{
    static const char *const names[] = {"auto",      "naive",     "blas", "generic",
                                        "x86-64-v3", "x86-64-v4", NULL};
    if (strcmp(name, "auto") == 0) {
        *kernels = mts_own_kernels();
        return MTS_OK;
    }
    for (size_t i = 0; mts_kernels_at(i); i++)
        if (strcmp(mts_kernels_at(i)->name, name) == 0) {
            *kernels = mts_kernels_at(i);
            return MTS_OK;
        }
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return mts_fail(MTS_ERR_USAGE, "kernels '%s': this %s cannot run them; take auto", name,
#if defined(__x86_64__) && !defined(MTS_DOUBLE)
                            "CPU"
#else
                            "build"
#endif
            );
    const char *near = mts_nearest(name, names);
    return mts_fail(MTS_ERR_USAGE, "kernels '%s': there are none of this name; %s%s%s", name,
                    near ? "did you mean '" : "auto takes the fastest", near ? near : "",
                    near ? "'?" : "");
}
