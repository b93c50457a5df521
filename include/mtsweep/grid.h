/* grid.h: the sweep file. YAML -> axes -> index -> config. Read with libyaml; every fault is one
 * line "file:line:column: what; what to do".
 *
 *     mts_grid_parse(text, length, "sweeps/fig3.yaml", sets, n_sets, &grid);
 *     for (i = 0; i < mts_grid_size(grid); i++)
 *         mts_grid_config(grid, i, &config);
 *
 * The file:
 *     name: fig3b                      required; letters, digits, - _ .
 *     question: Does ...?              one line, optional
 *     grid:                            cross product, last axis fastest; a value list, one value,
 * or a whole-number range 0..4 arch: [rnn, lstm] seed: 0..4 zip:                             axes
 * that move together, all of one length; one axis of the product, slower than those of grid
 *       - {latents: [2, 4], units: [64, 128]}      (several zip groups make several axes)
 *     set: {batches: 100000}           every other field that differs from its default
 *     override:                        for the runs in which all conditions of where hold; later
 * ones win
 *       - where: {arch: lstm, tasks: [2, 3]}
 *         set: {batches: 20000}
 *     exclude:                         drops runs
 *       - {arch: rnn, tasks: 2}
 * Refused: unknown, duplicate or ill-typed keys, a field both in grid and set, empty axes, repeated
 * values of an axis, values out of range, conditions on fields that are no axis or on values the
 * axis does not have, two runs with the same identity, sweep-wide fields as axes, YAML anchors,
 * tags and second documents, grids over 10 million runs or with none left.
 */
#ifndef MTSWEEP_GRID_H
#define MTSWEEP_GRID_H

#include "mtsweep/record.h"

#define MTS_RUNS_MAX 10000000u

typedef struct mts_grid mts_grid;

/* sets: n_sets strings "key=value" from --set; they replace the file's value for all runs: one that
 * names an axis makes it an axis of one value ("tasks=2,24" or "seed=0..1" of several), one that
 * names another field sets it, last wins, overrides included. MTS_ERR_SWEEP for the file,
 * MTS_ERR_USAGE for a set; MTS_ERR_MEMORY. Parsing is a pure function of its arguments. */
mts_status mts_grid_parse(const char *text, size_t length, const char *file,
                          const char *const *sets, size_t n_sets, mts_grid **grid);
void mts_grid_destroy(mts_grid *grid);

const char *mts_grid_name(const mts_grid *grid);
const char *mts_grid_question(const mts_grid *grid); /* "" if none */
size_t mts_grid_overrides(const mts_grid *grid);
size_t mts_grid_excluded(const mts_grid *grid); /* runs dropped by exclude */

size_t mts_grid_size(const mts_grid *grid); /* runs left */
void mts_grid_config(const mts_grid *grid, size_t index, mts_config *config);

/* Axes in the order of the product, the fields of a zip group one after the other. */
typedef struct mts_grid_axis {
    const mts_field *field;
    size_t n;
    const double *value;
    size_t group; /* axes of one zip group share a number */
} mts_grid_axis;
size_t mts_grid_axes(const mts_grid *grid);
mts_grid_axis mts_grid_axis_at(const mts_grid *grid, size_t axis);

/* Hash of all runs' configs in order, execution fields left out: two sweeps are the same exactly
 * when these are equal. */
uint64_t mts_grid_hash(const mts_grid *grid);

/* ---- selections on the command line ---- */

/* --only and --where: "arch=lstm,tasks=2,24" : conditions on any fields, a value list after each; a
 * piece without "=" continues the list before it. MTS_ERR_USAGE. */
typedef struct mts_filter mts_filter;
mts_status mts_filter_parse(const char *text, mts_filter **filter);
void mts_filter_destroy(mts_filter *filter);
bool mts_filter_match(const mts_filter *filter, const mts_config *config); /* NULL matches all */

/* --ids "3-9,12": sets chosen[i] for each. MTS_ERR_USAGE if malformed or not below n. */
mts_status mts_ids_parse(const char *text, size_t n, bool *chosen);

#endif
