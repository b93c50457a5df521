/* golden_file.h: arrays of the files of reference numbers, and ours held against them; also with a
 * number that is read wrong, which a comparison has to notice. */
#ifndef MTSWEEP_TESTS_GOLDEN_FILE_H
#define MTSWEEP_TESTS_GOLDEN_FILE_H

#include <hdf5.h>
#include <stdarg.h>
#include <stdio.h>

#include "network.h"
#include "suite.h"

#ifdef MTS_DOUBLE
#define TOLERANCE 1e-10
#else
#define TOLERANCE 1e-5
#endif

enum { AXES = 4 };
typedef struct array {
    char path[128];
    size_t n, size[AXES]; /* sizes are 1 beyond the array's own axes */
    double *v;
} array;

/* The number that is read wrong, and whether a comparison has noticed. */
static struct {
    const char *path; /* NULL: none is */
    size_t number;
    bool noticed;
} tampered;
static const double amount = 1e-6; /* of the largest number of the array */

static inline void hold(bool agrees, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void hold(bool agrees, const char *format, ...)
{
    char text[512];
    va_list list;
    if (agrees)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tampered.noticed = true;
    if (!tampered.path)
        ck_abort_msg("%s", text);
}

static inline double largest(const array *a)
{
    double most = 0;
    for (size_t i = 0; i < a->n; i++)
        most = fmax(most, fabs(a->v[i]));
    return most;
}

static inline hid_t open_file(const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_msg(file >= 0, "cannot open %s", path);
    return file;
}

static inline bool has(hid_t file, const char *group, const char *name)
{
    char path[128];
    if (*group && H5Lexists(file, group, H5P_DEFAULT) <= 0)
        return false;
    snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
    return H5Lexists(file, path, H5P_DEFAULT) > 0;
}

static inline array read_array(hid_t file, const char *group, const char *name)
{
    array a = {.n = 1, .size = {1, 1, 1, 1}};
    hsize_t size[AXES];
    hid_t set, space;
    int axes;
    snprintf(a.path, sizeof a.path, "%s%s%s", group, *group ? "/" : "", name);
    set = H5Dopen2(file, a.path, H5P_DEFAULT);
    if (set < 0)
        ck_abort_msg("the file has no %s", a.path);
    space = H5Dget_space(set);
    axes = H5Sget_simple_extent_ndims(space);
    if (axes < 0 || axes > AXES)
        ck_abort_msg("%s has %d axes", a.path, axes);
    H5Sget_simple_extent_dims(space, size, NULL);
    for (int i = 0; i < axes; i++) {
        a.size[i] = (size_t)size[i];
        a.n *= a.size[i];
    }
    a.v = mts_alloc(a.n, sizeof *a.v);
    assert_each(a.v);
    assert_each(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a.v) >= 0);
    if (tampered.path && strcmp(tampered.path, a.path) == 0)
        a.v[tampered.number < a.n ? tampered.number : a.n - 1] += amount * fmax(largest(&a), 1e-6);
    H5Sclose(space);
    H5Dclose(set);
    return a;
}

/* Exchanges the first two of at most three axes, which makes [B][T][.] of the file our [T][B][.],
 * and (out, in) weights our [in][out]. */
static inline array turned(array a)
{
    array b = a;
    b.size[0] = a.size[1];
    b.size[1] = a.size[0];
    b.v = mts_alloc(a.n, sizeof *b.v);
    assert_each(b.v);
    for (size_t i = 0; i < a.size[0]; i++)
        for (size_t j = 0; j < a.size[1]; j++)
            for (size_t k = 0; k < a.size[2]; k++)
                b.v[(j * a.size[0] + i) * a.size[2] + k] = a.v[(i * a.size[1] + j) * a.size[2] + k];
    mts_free(a.v);
    return b;
}

static inline array read_turned(hid_t file, const char *group, const char *name)
{
    return turned(read_array(file, group, name));
}

static inline mts_real *as_reals(const array *a)
{
    mts_real *v = reals(a->n);
    for (size_t i = 0; i < a->n; i++)
        v[i] = (mts_real)a->v[i];
    return v;
}

static inline mts_real *read_reals(hid_t file, const char *group, const char *name)
{
    array a = read_turned(file, group, name);
    mts_real *v = as_reals(&a);
    mts_free(a.v);
    return v;
}

/* Holds ours[n] against an array, element by element within `slack` (may be NULL) more than the
 * tolerance. Frees the array. */
static inline void agree(const mts_kernels *k, array want, const mts_real *ours,
                         const double *slack)
{
    const double size = largest(&want);
    for (size_t i = 0; i < want.n; i++) {
        const double error = fabs((double)ours[i] - want.v[i]);
        hold(error <= TOLERANCE * size + (slack ? slack[i] : 0),
             "%s, %s[%zu]: %.17g here, %.17g in the file; the largest there is %g", k->name,
             want.path, i, (double)ours[i], want.v[i], size);
    }
    mts_free(want.v);
}

static inline void agree_number(const mts_kernels *k, hid_t file, const char *group,
                                const char *name, size_t i, double ours)
{
    array want = read_array(file, group, name);
    assert_each(i < want.n);
    hold(fabs(ours - want.v[i]) <= TOLERANCE * fabs(want.v[i]),
         "%s, %s[%zu]: %.17g here, %.17g in the file", k->name, want.path, i, ours, want.v[i]);
    mts_free(want.v);
}

#endif
