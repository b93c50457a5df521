/* sweep_target.h: what any bytes, read as a sweep file, must and must not do.
 *
 * The input is a sweep file, and after the first byte 0x01, if there is one, a text that is taken
 * for a --set, for a selection and for --ids. */
#ifndef MTSWEEP_TESTS_SWEEP_TARGET_H
#define MTSWEEP_TESTS_SWEEP_TARGET_H

#include "fuzz/target.h"
#include "mtsweep/grid.h"
#include "mtsweep/nn.h"
#include "mtsweep/task.h"

/* Every run makes sense, and the first ones differ. */
static inline void sweep_target_accepted(const mts_grid *grid)
{
    enum { COMPARED = 16 };
    size_t n = mts_grid_size(grid);
    mts_config seen[COMPARED];
    TARGET_REQUIRE(n >= 1 && n + mts_grid_excluded(grid) <= MTS_RUNS_MAX);
    TARGET_REQUIRE(strlen(mts_grid_name(grid)) > 0);
    for (size_t i = 0; i < n && i < COMPARED; i++) {
        mts_config config, copy;
        mts_grid_config(grid, i, &config);
        mts_config_default(&copy);
        TARGET_REQUIRE(mts_config_check(&config) == MTS_OK);
        TARGET_REQUIRE(mts_task_check(&config) == MTS_OK);
        TARGET_REQUIRE(mts_net_check(&config) == MTS_OK);
        for (size_t j = 0; j < mts_n_fields; j++) {
            char text[MTS_VALUE_TEXT];
            mts_config_text(&config, &mts_fields[j], text);
            TARGET_REQUIRE(mts_config_set(&copy, &mts_fields[j], text) == MTS_OK);
        }
        TARGET_REQUIRE(memcmp(&copy, &config, sizeof config) == 0);
        seen[i] = config;
        for (size_t j = 0; j < i; j++)
            TARGET_REQUIRE(memcmp(&seen[j], &config, sizeof config) != 0);
    }
    mts_config last;
    mts_grid_config(grid, n - 1, &last);
    TARGET_REQUIRE(mts_config_check(&last) == MTS_OK);
    if (n <= 1000)
        mts_grid_hash(grid);
    for (size_t i = 0; i < mts_grid_axes(grid); i++)
        TARGET_REQUIRE(mts_grid_axis_at(grid, i).n >= 1);
}

/* Whether the sweep file alone is accepted. */
static inline bool sweep_target(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size > 0 ? memchr(data, 1, size) : NULL;
    size_t length = mark ? (size_t)(mark - data) : size, rest = size - length;
    char *text = malloc(length), *option = calloc(rest + 1, 1);
    const char *const sets[] = {option};
    TARGET_REQUIRE(option && (text || length == 0));
    if (length > 0)
        memcpy(text, data, length);
    if (rest > 1)
        memcpy(option, mark + 1, rest - 1);

    mts_grid *grid;
    mts_status st = mts_grid_parse(text, length, "f", NULL, 0, &grid);
    bool accepted = st == MTS_OK;
    if (accepted)
        sweep_target_accepted(grid);
    else
        target_refused(st, MTS_ERR_SWEEP, "f:");
    mts_grid_destroy(grid);

    if (mark && accepted) {
        mts_filter *filter;
        bool chosen[64] = {false};
        st = mts_grid_parse(text, length, "f", sets, 1, &grid);
        if (st == MTS_OK)
            sweep_target_accepted(grid);
        else
            target_refused(st, MTS_ERR_USAGE, st == MTS_ERR_USAGE ? "" : "f:");
        mts_grid_destroy(grid);
        st = mts_filter_parse(option, &filter);
        if (st != MTS_OK)
            target_refused(st, MTS_ERR_USAGE, "selection '");
        mts_filter_destroy(filter);
        st = mts_ids_parse(option, 64, chosen);
        if (st != MTS_OK)
            target_refused(st, MTS_ERR_USAGE, "--ids '");
    }
    free(text);
    free(option);
    return accepted;
}

#endif
