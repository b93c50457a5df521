/* app.h: what the verbs share. A verb is one file with one mts_app_verb table, listed in main.c; it
 * returns the exit status of the program and prints its own results. */
#ifndef MTSWEEP_APP_H
#define MTSWEEP_APP_H

#include "args.h"
#include "mtsweep/grid.h"
#include "mtsweep/store.h"

#define MTS_VERSION "0.1.0"

#ifndef MTS_REVISION
#define MTS_REVISION "unknown"
#endif
#ifndef MTS_BUILD_FLAGS
#define MTS_BUILD_FLAGS "unknown"
#endif

extern const mts_app_verb mts_app_verb_plan, mts_app_verb_run, mts_app_verb_status,
    mts_app_verb_show, mts_app_verb_verify, mts_app_verb_reset, mts_app_verb_fields;

/* ---- exit status ---- */

enum {
    MTS_EXIT_OK = 0,
    MTS_EXIT_FAILED_RUNS = 1,
    MTS_EXIT_USAGE = 2,
    MTS_EXIT_FOREIGN = 65,
    MTS_EXIT_IO = 74,
    MTS_EXIT_STOPPED = 75,
    MTS_EXIT_SWEEP = 78
};

int mts_app_exit(mts_status status);

/* Whether the launcher counts this process as its first, or there is no launcher. From the
 * environment, which MPI_Init changes: main asks once before, and the answer stays. */
bool mts_app_first_rank(void);

/* Prints the message as the one line "mtsweep: ..." if status is not MTS_OK; returns the exit
 * status. Under mpirun or srun the first rank alone prints. */
int mts_app_report(mts_status status);

/* A failed run is tried so often before it counts as failed for good. */
#define MTS_ATTEMPTS 3

/* ---- signals ---- */

/* For main, before anything is opened. A write beyond the limit on the size of files (ulimit -f)
 * fails instead of killing. Where standard input, output or error is closed it becomes /dev/null
 * for reading: writing to it fails as before, and no file gets its number and with it what is meant
 * for people. */
void mts_app_prepare_process(void);

/* USR1, TERM, HUP and INT ask for an early end; a second INT ends the program at once. HUP stays
 * ignored below nohup. PIPE is ignored: what cannot be printed does not end a sweep. */
void mts_app_catch_signals(void);
/* The name of the signal that came, or NULL. */
const char *mts_app_signal(void);

/* ---- the machine ---- */

#define MTS_APP_CPU_TEXT 64
void mts_app_host(char text[MTS_HOST_TEXT]);
void mts_app_cpu(char text[MTS_APP_CPU_TEXT]);
const char *mts_app_compiler(void);
void mts_app_hdf5(char text[64]);
/* "123" or "123_4" in a SLURM job, else "". */
void mts_app_job(char text[MTS_HOST_TEXT]);

/* ---- the sweep file ---- */

/* Reads a whole file; the caller frees *text with mts_free. MTS_ERR_IO. */
mts_status mts_app_read(const char *path, char **text, size_t *length);

/* Reads and parses the sweep file of a verb's first argument, with its --set options. */
mts_status mts_app_grid(const mts_app_args *args, mts_grid **grid);

/* Which runs --shard, --ids and --only (or the option named `where`) leave: chosen[n], all if none
 * was given. MTS_ERR_USAGE if they leave none. config: how to get the config of a run. */
typedef mts_status mts_app_config_of(void *ctx, size_t run, mts_config *config);
mts_status mts_app_choose(const mts_app_args *args, const char *where, size_t n, void *ctx,
                          mts_app_config_of *config, bool *chosen, size_t *n_chosen);
mts_status mts_app_grid_config(void *grid, size_t run, mts_config *config);
mts_status mts_app_store_config(void *store, size_t run, mts_config *config);

/* Clears chosen[run] of the runs that are not in the shard `text`, "i/k" for the i-th of k parts, i
 * from 1. Depends on the costs of all n runs only: longest first, each to the part that has the
 * least so far. MTS_ERR_USAGE, MTS_ERR_MEMORY, or what config returns. */
mts_status mts_app_shard(const char *text, size_t n, void *ctx, mts_app_config_of *config,
                         bool *chosen);

/* Which fields differ between the runs of a file, in the order of the table. */
typedef struct mts_app_axes {
    size_t n;
    struct {
        const mts_field *field;
        size_t n;
        double *value; /* [n] distinct values: choices and numbers ascending */
    } * axis;
} mts_app_axes;
mts_status mts_app_axes_find(size_t n, void *ctx, mts_app_config_of *config, mts_app_axes *axes);
void mts_app_axes_free(mts_app_axes *axes);
/* The number of the config's value among the axis's. */
size_t mts_app_axes_index(const mts_app_axes *axes, size_t axis, const mts_config *config);

/* "arch=rnn tasks=2 seed=3": the config's values on these axes. */
#define MTS_APP_RUN_TEXT 256
void mts_app_run_text(const mts_app_axes *axes, const mts_config *config,
                      char text[MTS_APP_RUN_TEXT]);

/* MTS_OK if the file was made from this grid; MTS_ERR_FOREIGN with the fields that differ. */
mts_status mts_app_same_sweep(const char *path, mts_store *store, const mts_grid *grid);

/* ---- text ---- */

/* "1 run", "2 runs": the ending. */
static inline const char *mts_app_s(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Value `value` of a field as it stands in a sweep file. */
void mts_app_value_text(const mts_field *field, double value, char text[MTS_VALUE_TEXT]);
/* "214 MiB", "38 KiB" */
void mts_app_bytes_text(double bytes, char text[32]);
/* ".655" for .655, "-1.20", "90.1": `digits` after the point, no zero before it; "-" for NaN. */
void mts_app_number_text(double value, int digits, char text[32]);
/* A string for JSON, quotes included. */
void mts_app_json_text(FILE *to, const char *text);
/* JSON has no NaN: null. */
void mts_app_json_number(FILE *to, double value);

/* A table of text, its columns as wide as they need; at most so many columns. */
#define MTS_APP_TABLE_COLUMNS 256
typedef struct mts_app_table mts_app_table;
mts_status mts_app_table_create(size_t columns, mts_app_table **table);
void mts_app_table_destroy(mts_app_table *table);
/* Adds the next cell, row by row. */
mts_status mts_app_table_add(mts_app_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* align[column]: 'l' or 'r'. */
void mts_app_table_print(const mts_app_table *table, const char *align, FILE *to);

#endif
