/* store_file.h: a small output file with random rows, for tests under MPI. */
#ifndef MTSWEEP_TESTS_STORE_FILE_H
#define MTSWEEP_TESTS_STORE_FILE_H

#include <check.h>
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mpi_suite.h"
#include "mtsweep/store.h"

#define N_RUNS     7
#define N_SETS     2
#define N_TRIALS   6
#define N_STIMULUS 3
#define N_LATENTS  2
#define QUESTION   "Wird \xc3\xa4us Vielem Eines?"

/* ---- the file ---- */

static inline mts_extents toy_extents(void)
{
    return (mts_extents){{[MTS_AXIS_run] = N_RUNS,
                          [MTS_AXIS_split] = MTS_N_SPLITS,
                          [MTS_AXIS_fold] = 4,
                          [MTS_AXIS_fit] = 2,
                          [MTS_AXIS_pair] = 1,
                          [MTS_AXIS_point] = 5,
                          [MTS_AXIS_trial] = N_TRIALS,
                          [MTS_AXIS_step] = 4,
                          [MTS_AXIS_stimulus_step] = N_STIMULUS,
                          [MTS_AXIS_unit] = 8,
                          [MTS_AXIS_task] = 6,
                          [MTS_AXIS_latent] = N_LATENTS,
                          [MTS_AXIS_parameter] = 30,
                          [MTS_AXIS_encoder_parameter] = 11,
                          [MTS_AXIS_set] = N_SETS,
                          [MTS_AXIS_layout] = 2}};
}

/* A config in which every field differs from run to run, as far as its range goes. */
static inline void toy_config(void *ctx, size_t run, mts_config *config)
{
    (void)ctx;
    mts_config_default(config);
    for (size_t f = 0; f < mts_n_fields; f++) {
        const mts_field *field = &mts_fields[f];
        if (field->type == MTS_CHOICE)
            mts_config_put(config, field, (double)(run % mts_choice_count(field)));
        else if (field->type == MTS_INT)
            mts_config_put(config, field, fmin(field->initial + (double)run, field->most));
        else
            mts_config_put(
                config, field,
                fmax(field->least, fmin(field->initial * (1 + (double)run / 3), field->most)));
    }
}

/* Everything a schema points at. */
typedef struct toy {
    mts_schema schema;
    mts_layout layout[2], encoder[2];
    uint32_t run_layout[N_RUNS], run_set[N_RUNS];
    float latent[N_SETS * N_TRIALS * N_LATENTS];
    float observation[N_SETS * N_TRIALS * N_STIMULUS * N_LATENTS];
    mts_attribute attribute[3];
} toy;

static inline void toy_fill(toy *t)
{
    static const char *const fold[] = {"1 (+,+)", "2 (-,+)", "3 (-,-)", "4 (+,-)"};
    *t = (toy){.attribute = {{.name = "name", .text = "toy"},
                             {.name = "question", .text = QUESTION},
                             {.name = "empty", .text = ""}}};
    mts_layout_add(&t->layout[0], "W_in", 3, 8, 1);
    mts_layout_add(&t->layout[0], "b", 1, 6, 1);
    mts_layout_add(&t->layout[1], "W_out", 4, 5, 1);
    mts_layout_add(&t->encoder[0], "E", 5, 2, 1);
    for (uint32_t i = 0; i < N_RUNS; i++) {
        t->run_layout[i] = i % 2;
        t->run_set[i] = i / 4;
    }
    for (size_t i = 0; i < sizeof t->latent / sizeof *t->latent; i++)
        t->latent[i] = (float)i / 4;
    for (size_t i = 0; i < sizeof t->observation / sizeof *t->observation; i++)
        t->observation[i] = (float)i / 8;
    t->schema = (mts_schema){.extents = toy_extents(),
                             .config = toy_config,
                             .attribute = t->attribute,
                             .n_attributes = 3,
                             .layout = t->layout,
                             .encoder_layout = t->encoder,
                             .run_layout = t->run_layout,
                             .latent = t->latent,
                             .observation = t->observation,
                             .run_set = t->run_set,
                             .fold_name = fold};
}

/* Fills all columns with numbers that follow from `seed`: r2 of split s, fold f, fit i is the
 * uniform number s, f, i of a row; whole numbers and choices are small. */
static inline void toy_row(mts_result *result, uint64_t seed)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const size_t n = mts_column_count(&mts_columns[c], &result->extents);
        for (size_t i = 0; i < n; i++) {
            uint32_t word[4];
            mts_bits((mts_stream){seed, 99}, i, (uint32_t)c, word);
            if (mts_columns[c].type == MTS_F64)
                ((double *)result->column[c])[i] = word[0] / 4294967296.0;
            else if (mts_columns[c].type == MTS_F32)
                ((float *)result->column[c])[i] = (float)(word[0] >> 8) / 16777216.0F;
            else if (mts_columns[c].type == MTS_I64)
                ((int64_t *)result->column[c])[i] = word[0];
            else
                ((uint8_t *)result->column[c])[i] = (uint8_t)(word[0] % 3);
        }
    }
    *result->result_diverged_at = -1; /* as in a row that is done */
}

static inline mts_result *row_create(const mts_store *store)
{
    mts_result *result;
    ck_assert_int_eq(mts_result_create(mts_store_extents(store), &result), MTS_OK);
    return result;
}

#define ck_assert_ok(call) ck_assert_msg((call) == MTS_OK, "%s: %s", #call, mts_message())

/* The call fails with `status`, and its message contains `text`. */
#define ck_assert_fails(call, status, text)                                                        \
    do {                                                                                           \
        ck_assert_int_eq(call, status);                                                            \
        ck_assert_msg(strstr(mts_message(), text) != NULL, "'%s' is not in '%s'", text,            \
                      mts_message());                                                              \
    } while (0)

/* ---- places ---- */

#define PATH_TEXT 512
static char folder[PATH_TEXT - 128]; /* of this rank's process; empty again before the next test */

static inline void folder_create(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/mtsweep-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        folder[0] = '\0';
}

static inline void folder_remove(void)
{
    char command[PATH_TEXT];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", folder);
}

static inline const char *place(const char *name)
{
    static char path[PATH_TEXT];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Creates and opens place(name). */
static inline mts_store *toy_open(const char *name)
{
    toy t;
    mts_store *store;
    toy_fill(&t);
    ck_assert_ok(mts_store_create(place(name), &t.schema));
    ck_assert_ok(mts_store_open(place(name), MTS_STORE_WRITE, &store));
    return store;
}

static inline mts_stamp done_stamp(void)
{
    return (mts_stamp){.state = MTS_STATE_DONE, .finished = 1.8e9, .seconds = 2.5};
}

/* Commits row `run` with the numbers of `seed`. */
static inline void commit(mts_store *store, size_t run, uint64_t seed)
{
    const mts_stamp stamp = done_stamp();
    mts_result *row = row_create(store);
    toy_row(row, seed);
    ck_assert_ok(mts_store_begin(store, run, 1.7e9, "here"));
    ck_assert_ok(mts_store_put(store, run, row, &stamp));
    mts_result_destroy(row);
}

/* Whether row `run` holds exactly the numbers of `seed`. */
static inline bool holds(mts_store *store, size_t run, uint64_t seed)
{
    mts_result *row = row_create(store), *there = row_create(store);
    toy_row(row, seed);
    ck_assert_ok(mts_store_get(store, run, there));
    const bool same = memcmp(row->block, there->block, row->bytes) == 0;
    mts_result_destroy(row);
    mts_result_destroy(there);
    return same;
}

#endif
