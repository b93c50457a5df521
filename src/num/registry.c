/* The list of kernels. */
#include "tables.h"

#include <string.h>

static const mts_kernels *naive_kernels(void)
{
    return &mts_naive_kernels;
}

/* A table of each name, NULL where this build or this CPU cannot run it. The first is one of the
 * others. */
static const struct entry {
    const char *name;
    const mts_kernels *(*table)(void);
} entries[] = {
    {"auto", mts_own_kernels},
    {"naive", naive_kernels},
    {"blas", mts_blas_kernels},
    {"generic", mts_generic_kernels},
    {"x86-64-v3", mts_x86_64_v3_kernels},
    {"x86-64-v4", mts_x86_64_v4_kernels},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

const mts_kernels *mts_kernels_at(size_t i)
{
    for (size_t e = 1; e < ENTRIES; e++)
        if (entries[e].table() && i-- == 0)
            return entries[e].table();
    return NULL;
}

static mts_status refuse_unknown(const char *name)
{
    const char *names[ENTRIES + 1] = {0};
    for (size_t e = 0; e < ENTRIES; e++)
        names[e] = entries[e].name;
    const char *near = mts_nearest(name, names);
    return mts_fail(MTS_ERR_USAGE, "kernels '%s': there are none of this name; %s%s%s", name,
                    near ? "did you mean '" : "auto takes the fastest", near ? near : "",
                    near ? "'?" : "");
}

mts_status mts_kernels_find(const char *name, const mts_kernels **kernels)
{
#if defined(__x86_64__) && !defined(MTS_DOUBLE)
    const char *refuser = "CPU";
#else
    const char *refuser = "build";
#endif
    for (size_t e = 0; e < ENTRIES; e++)
        if (strcmp(entries[e].name, name) == 0) {
            const mts_kernels *found = entries[e].table();
            if (!found)
                return mts_fail(MTS_ERR_USAGE, "kernels '%s': this %s cannot run them; take auto",
                                name, refuser);
            *kernels = found;
            return MTS_OK;
        }
    return refuse_unknown(name);
}
