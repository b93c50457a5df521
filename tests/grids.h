/* grids.h: sweeps from texts that must be good, and their runs in words. */
#ifndef MTSWEEP_TESTS_GRIDS_H
#define MTSWEEP_TESTS_GRIDS_H

#include "mtsweep/grid.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static inline mts_grid *parse_with(const char *text, const char *const *sets, size_t n_sets)
{
    mts_grid *grid;
    mts_status st = mts_grid_parse(text, strlen(text), "s.yaml", sets, n_sets, &grid);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    return grid;
}

static inline mts_grid *parse(const char *text)
{
    return parse_with(text, NULL, 0);
}

/* All runs as "arch/tasks/seed/units/batches" with blanks between. */
static inline const char *runs(const mts_grid *grid)
{
    static char text[8192];
    static const char *const names[] = {"arch", "tasks", "seed", "units", "batches"};
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < mts_grid_size(grid); i++) {
        mts_config config;
        mts_grid_config(grid, i, &config);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            char value[MTS_VALUE_TEXT];
            mts_config_text(&config, mts_field_find(names[j]), value);
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                       j > 0   ? "/"
                                       : i > 0 ? " "
                                               : "",
                                       value);
        }
    }
    return text;
}

#endif
