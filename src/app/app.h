/* app.h: what the verbs share. A verb is one file, verb_NAME.c, with one mts_app_verb table, listed
 * here; it returns the exit status of the program and prints its own results. */
#ifndef MTSWEEP_APP_H
#define MTSWEEP_APP_H

#include "args.h"
#include "mtsweep/expect.h"
#include "mtsweep/grid.h"
#include "mtsweep/store.h"
#include "mtsweep/table.h"

#define MTS_APP_PURPOSE                                                                            \
    "Trains a sweep of small recurrent networks on many tasks each and measures whether they "     \
    "disentangle the latents; all results go to one HDF5 file."

#ifndef MTS_VERSION
#define MTS_VERSION "0"
#endif
#ifndef MTS_REVISION
#define MTS_REVISION "unknown"
#endif
#ifndef MTS_BUILD_FLAGS
#define MTS_BUILD_FLAGS "unknown"
#endif

/* All verbs, in the order of the help. */
#define MTS_APP_VERBS(X)                                                                           \
    X(plan)                                                                                        \
    X(run)                                                                                         \
    X(status)                                                                                      \
    X(show)                                                                                        \
    X(plot)                                                                                        \
    X(report) X(verify) X(reset) X(extend) X(merge) X(slim) X(diff) X(export) X(fields) X(bench)
#define MTS_APP_VERB_EXTERN(name) extern const mts_app_verb mts_app_verb_##name;
MTS_APP_VERBS(MTS_APP_VERB_EXTERN)

extern const mts_app_verb *const mts_app_verbs[]; /* NULL at the end */
/* The verb of this name, or NULL; the name of one that is near to a wrong one, or NULL. */
const mts_app_verb *mts_app_verb_find(const char *name);
const char *mts_app_verb_nearest(const char *name);

/* The figures of `plot`, as python/mtsweep/plot/paper.py has them: of the paper, and others. */
#define MTS_APP_FIGURES_PAPER                                                                      \
    "3a, 3b, 3c, 3d, 4, 5a, 5b, 5c, S1, S3b, S4, S4-attractor, S5c, S6a, S6b, S12"
#define MTS_APP_FIGURES_OTHER "variants, heat, spectra, curves, scores"

/* ---- help ---- */

/* Of one verb; of all. */
void mts_app_help(const mts_app_verb *verb, FILE *to);
void mts_app_overview(FILE *to);

/* A manual page, like "mtsweep-run.1"; NULL: the names of all, a line each. MTS_ERR_USAGE. */
mts_status mts_app_man(const char *page);
/* Candidates for the last of these words, which follow the program's name. */
void mts_app_complete(int argc, char **argv);

/* Columns of the terminal that `to` is; 0 where it is none. */
size_t mts_app_window(FILE *to);

/* Everything about the config field, the columns or the axis of this name, in lines of `width`.
 * MTS_ERR_USAGE if nothing has the name. */
mts_status mts_app_explain(const char *name, size_t width, FILE *to);

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

/* What they mean; text NULL at the end. */
typedef struct mts_app_exit_text {
    int status;
    const char *text;
} mts_app_exit_text;
extern const mts_app_exit_text mts_app_exits[];

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
 * ignored below nohup. PIPE is ignored: what cannot be printed does not end a sweep. Before MPI_Init,
 * so that none is missed, and after it once more: MPICH takes USR1 for itself there, and UCX HUP. */
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

/* A sweep as a file says it: its text, what --set replaced in it, and what both give. */
typedef struct mts_app_sweep {
    char *text, *sets;
    const char *set[MTS_APP_HAVE_MAX];
    size_t n_sets;
    mts_grid *grid;
} mts_app_sweep;

/* Of a sweep file, with the --set options of the command line; of a file of results, where that is a part
 * of a sweep, of its runs only, or of all; of these n configs, in this order. *sweep is {0} where they
 * fail. Free takes {0} too. */
mts_status mts_app_sweep_read(const mts_app_args *args, const char *file, mts_app_sweep *sweep);
mts_status mts_app_sweep_own(const char *path, mts_store *store, mts_app_sweep *sweep);
mts_status mts_app_sweep_whole(const char *path, mts_store *store, mts_app_sweep *sweep);
mts_status mts_app_sweep_write(const mts_grid *like, size_t n, const mts_config *config,
                               mts_app_sweep *sweep);
void mts_app_sweep_free(mts_app_sweep *sweep);

/* What the grid's sweep expects, as a list; the texts are the grid's, the list goes with mts_free. */
mts_status mts_app_expects(const mts_grid *grid, const char ***text);

/* What a sweep file of these bytes says, with the --set options; *grid is NULL on failure. */
mts_status mts_app_grid_parse(const mts_app_args *args, const char *file, const char *text,
                              size_t length, mts_grid **grid);

/* Reads and parses the sweep file of a verb's first argument, with its --set options. */
mts_status mts_app_grid(const mts_app_args *args, mts_grid **grid);

/* The runs of a sweep file, or of a file of results, as tables look at them. */
mts_table_runs mts_app_grid_runs(const mts_grid *grid);
mts_table_runs mts_app_store_runs(mts_store *store);

/* Which runs --ids and --only (or the option named `where`) leave: chosen[n], all if neither was
 * given. MTS_ERR_USAGE if they leave none. */
mts_status mts_app_choose(const mts_app_args *args, const char *where, const mts_table_runs *runs,
                          bool *chosen, size_t *n_chosen);
/* The same of the rows of a file. Where that is a part of a sweep, the options are about the whole sweep
 * and its numbers; *beyond (may be NULL) counts the runs that they choose and the file does not have.
 * Without options all rows, and all runs of the sweep, are chosen. */
mts_status mts_app_choose_rows(const mts_app_args *args, const char *where, const char *path,
                               mts_store *store, bool *chosen, size_t *n_chosen, size_t *beyond);
/* "failed,diverged" -> wanted[state]. Without text all are wanted. pending: whether that is one of them.
 * MTS_ERR_USAGE. */
mts_status mts_app_states(const char *text, bool pending, bool wanted[MTS_N_STATES]);
/* `show --run`: config, state, results and scores of the run of this number. MTS_ERR_USAGE if the file
 * has no such run. */
mts_status mts_app_show_run(const char *path, mts_store *store, size_t number);
/* Keeps the chosen runs of a grid only. */
mts_status mts_app_keep(mts_grid *grid, const bool *chosen);
/* ", 4 of the 8 runs of its sweep", or "" of a file of a whole sweep. */
#define MTS_APP_PART_TEXT 64
mts_status mts_app_part_text(mts_store *store, char text[MTS_APP_PART_TEXT]);
/* Clears chosen[run] of the runs that are not in the shard `text`, "i/k" for the i-th of k parts, i
 * from 1. Depends on the costs of all runs only: longest first, each to the part that has the least so
 * far. MTS_ERR_USAGE, MTS_ERR_MEMORY, or what config returns. */
mts_status mts_app_shard(const char *text, const mts_table_runs *runs, bool *chosen);

/* Kinds of runs: those of one kind differ in their seed alone, so that they need the same (run.h), and
 * take about as long. Starts as {0}; kind_of numbers the kinds in the order in which it meets them.
 * trained: the run finds its network in the row of another look at it (siblings.h). MTS_ERR_MEMORY. */
typedef struct mts_app_kind {
    uint64_t hash;
    double cost; /* mts_run_cost, of what is left where the network is there */
    /* the caller's, 0 at first: */
    size_t first;    /* a run of the kind */
    double seconds;  /* that one takes, or that the finished ones took */
    double finished; /* runs */
    double memory;   /* mts_run_memory */
    double left;     /* runs that are to be done, those that are saved in part */
} mts_app_kind;
typedef struct mts_app_kinds {
    size_t n, slots;
    mts_app_kind *kind; /* [n] */
    uint32_t *slot;     /* [slots] number of a kind + 1, or 0 */
    mts_config last;    /* asked for, without its seed: runs of a kind mostly come together */
    bool last_trained;
    size_t last_number;
} mts_app_kinds;
mts_status mts_app_kind_of(mts_app_kinds *kinds, const mts_config *config, bool trained,
                           size_t *number);
/* Seconds that what is left takes one worker: by the finished runs of its kind, else of all. NaN where
 * none is finished. */
double mts_app_kinds_left(const mts_app_kinds *kinds);
void mts_app_kinds_free(mts_app_kinds *kinds);

/* The runs by their keys. find: the number of the run that has the key, SIZE_MAX if none has. */
typedef struct mts_app_key {
    uint64_t key;
    size_t run;
} mts_app_key;
typedef struct mts_app_keys {
    size_t n;
    mts_app_key *sorted;
} mts_app_keys;
mts_status mts_app_keys_create(const mts_table_runs *runs, mts_app_keys *keys);
void mts_app_keys_free(mts_app_keys *keys);
size_t mts_app_keys_find(const mts_app_keys *keys, uint64_t key);

/* The first field that is one value for all runs of a file (MTS_SWEEP_WIDE) and differs; NULL: none. */
const mts_field *mts_app_wide_difference(const mts_config *a, const mts_config *b);

/* MTS_OK if the file was made from this grid; MTS_ERR_FOREIGN with the fields that differ. */
mts_status mts_app_same_sweep(const char *path, mts_store *store, const mts_grid *grid);

/* ---- trust ---- */

/* Whether libhdf5 survives the file: tried by a child. MTS_ERR_IO where it does not. MTS_OK also for
 * what is no file, which whoever opens it says. Before MPI_Init, or on one rank. */
mts_status mts_app_look(const char *path);

/* mts_store_open for reading, after that look. */
mts_status mts_app_open(const char *path, mts_store **store);

/* The sweep that the file says it holds. MTS_ERR_IO where that cannot be read. */
mts_status mts_app_own_grid(const char *path, mts_store *store, mts_grid **grid);

/* MTS_ERR_IO if the file calls the choices of a config field otherwise than this program. */
mts_status mts_app_check_names(const char *path, const mts_store *store);

/* The same, and MTS_ERR_IO unless the configs of all runs are those of the sweep in the file. A file of a newer
 * program passes. */
mts_status mts_app_check_configs(const char *path, mts_store *store);

/* The same of all that the file held before its first run: configs, evaluation trials, sets, layouts,
 * and what describes them. */
mts_status mts_app_check_contents(const char *path, mts_store *store);

/* Not collective. What the file of a sweep holds before its first run. The caller destroys. The grid
 * must outlive it. */
typedef struct mts_app_schema mts_app_schema;
mts_status mts_app_schema_create(const mts_grid *grid, mts_app_schema **schema);
void mts_app_schema_destroy(mts_app_schema *schema);

/* mts_store_compare of the file with the schema. */
mts_status mts_app_schema_hold(mts_app_schema *schema, mts_store *store, bool repair, void *ctx,
                               void (*differs)(void *ctx, const char *dataset, size_t row),
                               size_t *differing);

/* ---- what a sweep says while it runs ---- */

/* What runs tell the farm of themselves (farm.h): the part of the run that is done, 0 to 1, and the
 * loss. */
enum { MTS_APP_NOTE_DONE, MTS_APP_NOTE_LOSS };

/* Beside the lock, some seconds old. Numbers are NaN where nothing is known. */
typedef struct mts_app_live {
    double per_minute, left; /* runs; seconds to the end */
    size_t n;
    struct mts_app_live_run { /* by number */
        size_t number;        /* of the run in the whole sweep */
        int rank;             /* that does it */
        double done, loss, seconds;
    } * run;
} mts_app_live;

/* What the sweep that holds the lock says, in the place of what *live, at first {0}, has; that stays where
 * it is saying something just now. MTS_ERR_MEMORY. The same of such a text. */
mts_status mts_app_live_read(const char *path, mts_app_live *live);
mts_status mts_app_live_parse(const char *text, mts_app_live *live);
void mts_app_live_free(mts_app_live *live);
/* Of the run of this number, or NULL. */
const struct mts_app_live_run *mts_app_live_find(const mts_app_live *live, size_t number);

/* ---- text ---- */

/* "214 MiB", "38 KiB", "3.2 TiB" */
#define MTS_BYTES_TEXT 32
void mts_app_bytes_text(double bytes, char text[MTS_BYTES_TEXT]);

/* "1 run", "2 runs": the ending. */
static inline const char *mts_app_s(size_t n)
{
    return n == 1 ? "" : "s";
}

#endif
