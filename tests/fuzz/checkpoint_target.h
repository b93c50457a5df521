/* checkpoint_target.h: what any bytes as a checkpoint must and must not do.
 *
 * They are the file first, as they are. Where they do not even begin as one, they are also changes of the
 * state that a run has saved, three bytes each: a place (two bytes) and what is there then; a checkpoint
 * of that state is right in all that a checksum can tell, and the run goes on from it or starts anew. */
#ifndef MTSWEEP_TESTS_CHECKPOINT_TARGET_H
#define MTSWEEP_TESTS_CHECKPOINT_TARGET_H

#include "fuzz/folder.h"
#include "mtsweep/run.h"
#include "mtsweep/store.h"

#define CHECKPOINT_KEY 7

/* A run of less than a millisecond, and its state halfway through training. Of correlated latents no ideal
 * observer is known, whose integral would take longer than the rest. */
typedef struct checkpoint_run {
    mts_config config;
    mts_result *result;
    unsigned char *state;
    size_t bytes, calls;
} checkpoint_run;

static inline void checkpoint_keep(void *ctx, double done, const void *state, size_t bytes)
{
    checkpoint_run *run = ctx;
    TARGET_REQUIRE(done >= 0 && done <= 1);
    if (run->state)
        return;
    run->state = mts_alloc(bytes, 1);
    TARGET_REQUIRE(run->state);
    memcpy(run->state, state, bytes);
    run->bytes = bytes;
}

static inline bool checkpoint_always(void *ctx)
{
    (void)ctx;
    return true;
}

static inline checkpoint_run *checkpoint_start(void)
{
    static const char *const values[][2] = {{"tasks", "2"},          {"units", "3"},
                                            {"encoder_hidden", "3"}, {"encoder_features", "2"},
                                            {"stimulus", "1"},       {"delay", "0"},
                                            {"batch", "2"},          {"batches", "3"},
                                            {"probe_batches", "2"},  {"probe_trials", "16"},
                                            {"probe_fits", "2"},     {"trace_trials", "2"},
                                            {"trace_grid", "0"},     {"history_points", "3"},
                                            {"measure_pca", "yes"},  {"rho", "0.5"}};
    static checkpoint_run run;
    mts_extents extents = {{0}};
    mts_config_default(&run.config);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const mts_field *field = mts_field_find(values[i][0]);
        if (field)
            TARGET_REQUIRE(mts_config_set(&run.config, field, values[i][1]) == MTS_OK);
    }
    TARGET_REQUIRE(mts_config_check(&run.config) == MTS_OK);
    mts_run_extents(&run.config, &extents);
    TARGET_REQUIRE(mts_result_create(&extents, &run.result) == MTS_OK);
    const mts_run_hooks hooks = {
        .ctx = &run, .asked_to_save = checkpoint_always, .save = checkpoint_keep};
    TARGET_REQUIRE(mts_run(&run.config, &hooks, run.result) == MTS_OK && run.state);
    return &run;
}

/* The run ends, from whatever is said to be its state. */
static inline void checkpoint_continue(const checkpoint_run *run, const void *state, size_t bytes)
{
    const mts_run_hooks hooks = {.state = state, .state_bytes = bytes};
    const mts_status st = mts_run(&run->config, &hooks, run->result);
    TARGET_REQUIRE(st == MTS_OK || st == MTS_DIVERGED);
}

/* Whether the file as it is was taken for a checkpoint. */
static inline bool checkpoint_target(const uint8_t *data, size_t size)
{
    static checkpoint_run *run;
    char folder[FOLDER_TEXT + 64];
    unsigned char *changed;
    void *state;
    size_t bytes;
    if (!run) {
        run = checkpoint_start();
        snprintf(folder, sizeof folder, "%s.checkpoint", folder_file());
        TARGET_REQUIRE(mkdir(folder, 0700) == 0);
    }
    folder_write(".checkpoint/0000000000000007", data, size);
    const double done = mts_checkpoint_done(folder_file(), CHECKPOINT_KEY);
    TARGET_REQUIRE(done >= 0 && done <= 1);
    const mts_status st = mts_checkpoint_load(folder_file(), CHECKPOINT_KEY, &state, &bytes);
    const bool taken = st == MTS_OK;
    if (!taken)
        target_refused(st, MTS_ERR_FOREIGN, "checkpoint ");
    TARGET_REQUIRE(taken ? state && bytes + 40 == size : !state && bytes == 0);
    mts_free(state);
    if (size > 0 && data[0] == 'm')
        return taken;

    changed = mts_alloc(run->bytes, 1);
    TARGET_REQUIRE(changed);
    memcpy(changed, run->state, run->bytes);
    for (size_t i = 0; i + 3 <= size; i += 3)
        changed[(data[i] | (size_t)data[i + 1] << 8) % run->bytes] = data[i + 2];
    TARGET_REQUIRE(mts_checkpoint_save(folder_file(), CHECKPOINT_KEY, 0.5, changed, run->bytes) ==
                   MTS_OK);
    TARGET_REQUIRE(mts_checkpoint_load(folder_file(), CHECKPOINT_KEY, &state, &bytes) == MTS_OK);
    TARGET_REQUIRE(bytes == run->bytes && memcmp(state, changed, bytes) == 0);
    checkpoint_continue(run, state, bytes);
    mts_free(state);
    mts_free(changed);
    return taken;
}

#endif
