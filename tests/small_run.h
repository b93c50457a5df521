/* small_run.h: a small network on short trials, run whole, and what its row holds. */
#ifndef MTSWEEP_TESTS_SMALL_RUN_H
#define MTSWEEP_TESTS_SMALL_RUN_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mtsweep/run.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static inline void set(mts_config *config, const char *name, const char *text)
{
    const mts_field *field = mts_field_find(name);
    ck_assert_msg(field != NULL, "no field %s", name);
    ck_assert_msg(mts_config_set(config, field, text) == MTS_OK, "%s", mts_message());
}

static inline mts_config small(void)
{
    static const char *const values[][2] = {{"tasks", "4"},           {"units", "15"},
                                            {"encoder_hidden", "21"}, {"encoder_features", "9"},
                                            {"stimulus", "5"},        {"batch", "8"},
                                            {"batches", "60"},        {"probe_batches", "20"},
                                            {"probe_trials", "70"},   {"probe_fits", "2"},
                                            {"trace_trials", "22"},   {"trace_grid", "3"},
                                            {"history_points", "10"}};
    mts_config config;
    mts_config_default(&config);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        set(&config, values[i][0], values[i][1]);
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
    return config;
}

/* Names of the measures, NULL at the end. */
#define MEASURE_NAME(name, ...) #name,
static const char *const measure_names[] = {MTS_MEASURES(MEASURE_NAME) NULL};
enum { N_MEASURES = sizeof measure_names / sizeof *measure_names - 1 };

static inline void choose(mts_config *config, const char *name, const char *text)
{
    char field[MTS_VALUE_TEXT];
    snprintf(field, sizeof field, "measure_%s", name);
    set(config, field, text);
}

/* Chooses all measures, with a search for fixed points that takes little time. */
static inline void measure(mts_config *config)
{
    for (size_t i = 0; i < N_MEASURES; i++)
        choose(config, measure_names[i], "yes");
    set(config, "fixed_point_starts", "9");
}

static inline mts_result *new_result(const mts_config *config)
{
    mts_extents extents = {{0}};
    mts_result *result;
    mts_run_extents(config, &extents);
    ck_assert_int_eq(mts_result_create(&extents, &result), MTS_OK);
    return result;
}

static inline mts_result *run_with(const mts_config *config, const mts_run_hooks *hooks,
                                   mts_status want)
{
    mts_result *result = new_result(config);
    mts_status st = mts_run(config, hooks, result);
    ck_assert_msg(st == want, "status %d: %s", (int)st, mts_message());
    return result;
}

static inline mts_result *run(const mts_config *config)
{
    return run_with(config, NULL, MTS_OK);
}

/* All columns but result/kernels have the same bytes. */
static inline void assert_same(const mts_result *a, const mts_result *b)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        size_t n = mts_column_count(&mts_columns[c], &a->extents);
        if (c == MTS_COL_result_kernels)
            continue;
        ck_assert_uint_eq(n, mts_column_count(&mts_columns[c], &b->extents));
        ck_assert_msg(
            memcmp(a->column[c], b->column[c], n * mts_column_size(mts_columns[c].type)) == 0,
            "%s/%s differs", mts_columns[c].group, mts_columns[c].name);
    }
}

/* Runs with each of our own kernels, which must give the same row; returns it. Under a sanitizer
 * without generic, whose emulated FMA takes a minute a program there; the tests of kernels and
 * networks look at it under the sanitizers. */
static inline mts_result *run_on_our_kernels(mts_config config)
{
    mts_result *first = NULL;
    for (size_t k = 0; mts_kernels_at(k); k++) {
        const char *name = mts_kernels_at(k)->name;
        char used[MTS_VALUE_TEXT];
        mts_result *r;
        if (strcmp(name, "naive") == 0 || strcmp(name, "blas") == 0 ||
            (SANITIZED && strcmp(name, "generic") == 0 && mts_kernels_at(k + 1)))
            continue;
        set(&config, "kernels", name);
        r = run(&config);
        snprintf(used, sizeof used, "%s",
                 mts_choice_name(mts_field_find("kernels"), *r->result_kernels));
        ck_assert_str_eq(used, name);
        if (!first) {
            first = r;
            continue;
        }
        assert_same(first, r);
        mts_result_destroy(r);
    }
    ck_assert_ptr_nonnull(first);
    return first;
}

static inline bool filled(const mts_result *r, size_t column, size_t i)
{
    switch (mts_columns[column].type) {
    case MTS_F64:
        return isnan(((const double *)r->column[column])[i]);
    case MTS_F32:
        return isnan(((const float *)r->column[column])[i]);
    case MTS_I64:
        return ((const int64_t *)r->column[column])[i] == -1;
    case MTS_U8:
        return ((const uint8_t *)r->column[column])[i] == 255;
    }
    return false;
}

static inline bool all_filled(const mts_result *r, size_t column)
{
    for (size_t i = 0; i < mts_column_count(&mts_columns[column], &r->extents); i++)
        if (!filled(r, column, i))
            return false;
    return true;
}

static inline bool none_filled(const mts_result *r, size_t column)
{
    for (size_t i = 0; i < mts_column_count(&mts_columns[column], &r->extents); i++)
        if (filled(r, column, i))
            return false;
    return true;
}

/* ---- hooks ---- */

typedef struct watcher {
    size_t reports, stop_at; /* stop_at 0: never */
    double done, total, loss, gap;
    mts_config config;
} watcher;

static inline void watch(void *ctx, double done, double total, double loss)
{
    watcher *w = ctx;
    ck_assert_double_ge(done, w->done);
    ck_assert_double_le(done, total);
    if (w->reports > 0)
        w->gap = fmax(w->gap, done - w->done);
    w->done = done;
    w->total = total;
    w->loss = loss;
    w->reports++;
}

static inline bool stop(void *ctx)
{
    watcher *w = ctx;
    return w->stop_at > 0 && w->reports >= w->stop_at;
}

static inline mts_run_hooks hooks_of(watcher *w)
{
    return (mts_run_hooks){.ctx = w, .report = watch, .asked_to_stop = stop};
}

#endif
