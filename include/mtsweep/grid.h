/* grid.h: the sweep file. YAML -> axes -> index -> config. Read with libyaml; every fault is one
 * line "file:line:column: what; what to do".
 *
 *     mts_grid_parse(text, length, "sweeps/fig3.yaml", sets, n_sets, &grid);
 *     for (i = 0; i < mts_grid_size(grid); i++)
 *         mts_grid_config(grid, i, &config);
 *     mts_grid_destroy(grid);
 *
 * The file:
 *
 *     name: fig3b                   required; at most 64 letters, digits, - _ .
 *     question: Does ...?           one line of at most 240 bytes
 *     claim: r2 rises with K        what the results are held against; the same
 *     expect:                       comparisons of scores; expect.h says how they are written
 *       - ood_r2[tasks=24] - ood_r2[tasks=2] > 0.1
 *     grid:                         cross product, last axis fastest
 *       arch: [rnn, lstm]           a list of values,
 *       seed: 0..4                  a range of whole numbers, also within a list, or one value
 *     zip:                          groups of axes that move together; each group is one axis of
 *       - latents: [2, 4]           the product, slower than those of grid
 *         units: [64, 128]
 *     set:                          every other field that differs from its default
 *       batches: 100000
 *     measure: [sparsity, pca]      short for measure_sparsity: yes, ... under set; also one name
 *     override:                     for the runs for which all conditions of where hold;
 *       - where: {arch: lstm, tasks: [2, 3]}
 *         set: {batches: 20000}     later ones win
 *     exclude:                      drops the runs for which all conditions of an entry hold
 *       - {arch: rnn, tasks: 2}
 *
 * All but name may be missing. Without axes the sweep has one run.
 *
 * Refused: unknown, duplicate or ill-typed keys, a field both in grid and set, empty axes, repeated
 * values of an axis (in a zip group: repeated combinations), values out of range, unknown measures,
 * measures given twice (also one that set has a value for), conditions on fields that are no axis or
 * on values the axis does not have, overrides of an axis, execution and sweep-wide fields as axes,
 * sweep-wide ones in overrides, combinations that mts_config_check, mts_task_check or mts_net_check
 * refuses, YAML anchors, aliases, tags and second documents, files over 1 MiB or not UTF-8, more than
 * 1000 overrides or excludes,
 * grids over 10 million runs or with none left. No two runs are the same: they differ in the value
 * of an axis. They may have one identity, where the axis is a MTS_OUTPUT field: then one network is
 * looked at in two ways.
 */
#ifndef MTSWEEP_GRID_H
#define MTSWEEP_GRID_H

#include "mtsweep/record.h"

#define MTS_RUNS_MAX 10000000u

typedef struct mts_grid mts_grid;

/* text: the file's bytes, need not end in NUL. file: its name, for messages.
 *
 * sets: n_sets strings "key=value" from --set; they replace the file's value for all runs, and of
 * several with one key the last wins. One that names an axis replaces its values ("tasks=24",
 * "tasks=2,24", "seed=0..1"); in a zip group by as many, or by one for the whole group. One that
 * names another field sets it, overrides included. The conditions of the file are held against the
 * file's own values, and hold for the values that are left.
 *
 * MTS_ERR_SWEEP: the file is wrong. MTS_ERR_USAGE: a set is, or together with the file, which alone
 * is not. MTS_ERR_MEMORY. *grid is NULL then. Parsing is a pure function of its arguments. */
mts_status mts_grid_parse(const char *text, size_t length, const char *file,
                          const char *const *sets, size_t n_sets, mts_grid **grid);
void mts_grid_destroy(mts_grid *grid);

const char *mts_grid_name(const mts_grid *grid);
const char *mts_grid_question(const mts_grid *grid); /* "" if none */
const char *mts_grid_claim(const mts_grid *grid);    /* "" if none */
size_t mts_grid_expects(const mts_grid *grid);       /* entries of expect */
const char *mts_grid_expect(const mts_grid *grid, size_t i);
size_t mts_grid_overrides(const mts_grid *grid); /* entries of override */
size_t mts_grid_excluded(const mts_grid *grid);  /* runs dropped by exclude */

size_t mts_grid_size(const mts_grid *grid); /* runs left; at least 1 */

/* A part of the sweep: keeps the runs index[0] < index[1] < ... only, which are counted from 0 from then
 * on. number: that of a run in the whole sweep. whole: how many runs that has. MTS_ERR_MEMORY, or
 * MTS_ERR_USAGE where the indices do not ascend or are not below mts_grid_size. */
mts_status mts_grid_keep(mts_grid *grid, size_t n, const size_t *index);
size_t mts_grid_number(const mts_grid *grid, size_t index);
size_t mts_grid_whole(const mts_grid *grid);

/* The config of run `index`, below mts_grid_size. Costs well under a microsecond. */
void mts_grid_config(const mts_grid *grid, size_t index, mts_config *config);

/* Axes in the order of the product, the fields of a zip group one after the other. Values as of
 * mts_config_value. */
typedef struct mts_grid_axis {
    const mts_field *field;
    size_t n;
    const double *value; /* [n], owned by the grid */
    size_t group;        /* axes of one zip group share a number */
} mts_grid_axis;
size_t mts_grid_axes(const mts_grid *grid);
mts_grid_axis mts_grid_axis_at(const mts_grid *grid, size_t axis);

/* Hash of the set of all runs of the whole sweep, by mts_config_key: two sweeps are the same exactly when these are
 * equal, in whatever order their axes stand. */
uint64_t mts_grid_hash(const mts_grid *grid);

/* ---- writing ---- */

/* The text of a sweep file whose runs are these n configs, in this order: their product where they
 * are one, else a list of combinations (one zip group). Fields that all share stand under set.
 * Execution fields are left out. The caller frees *text with mts_free. name, question, claim and expect
 * are as those of the file.
 *
 * MTS_ERR_SWEEP with a message: two configs are the same run, or differ in a field that is one value
 * for all runs of a sweep (MTS_SWEEP_WIDE). MTS_ERR_MEMORY. n is at least 1. */
typedef struct mts_grid_title {
    const char *name, *question, *claim; /* the latter "" or NULL where there is none */
    size_t n_expects;
    const char *const *expect;
} mts_grid_title;
mts_status mts_grid_write(const mts_grid_title *title, size_t n, const mts_config *config,
                          char **text);

/* ---- selections on the command line ---- */

/* --only and --where: "arch=lstm,tasks=2,24,seed=0..4": conditions on any fields, all of which must
 * hold; a list of values and ranges after each. A piece without "=" continues the list before it.
 * MTS_ERR_USAGE, MTS_ERR_MEMORY; *filter is NULL then. Destroy accepts NULL. */
typedef struct mts_filter mts_filter;
mts_status mts_filter_parse(const char *text, mts_filter **filter);
void mts_filter_destroy(mts_filter *filter);
bool mts_filter_match(const mts_filter *filter, const mts_config *config); /* NULL matches all */
/* Its conditions one by one: the field of condition i, NULL beyond the last; whether i holds. */
const mts_field *mts_filter_field(const mts_filter *filter, size_t i);
bool mts_filter_holds(const mts_filter *filter, size_t i, const mts_config *config);

/* --ids "3-9,12": sets chosen[i] for each, of n. MTS_ERR_USAGE if malformed or not below n; chosen
 * is then set in part. */
mts_status mts_ids_parse(const char *text, size_t n, bool *chosen);

#endif
