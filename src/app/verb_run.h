/* verb_run.h: the parts of the verb `run`. peers.c knows which ranks live, ranks.c keeps them in step
 * before and after the farm, new_file.c makes the file, guards.c holds what is asked for against what
 * there is, resume.c finds what is left to do, siblings.c which rows are of one network, work.c does
 * one run, loss.c judges those whose worker died, progress.c shows how far it is and keeps the lock, live.c says in it
 * what is under way,
 * confirm.c looks at the file once more, and last_line.c tells the end. */
#ifndef MTSWEEP_APP_VERB_RUN_H
#define MTSWEEP_APP_VERB_RUN_H

#include "app.h"
#include "mtsweep/farm.h"

/* ---- ranks ---- */

/* First after MPI_Init: rank 0 and each other rank tell each other who they are. A rank that does not
 * come up leaves the others bereft, and so does, before and after the farm, one that dies or, on the
 * node of rank 0, is stopped for ten times lost_after seconds. MTS_ERR_MEMORY. */
mts_status mts_app_meet(int rank, int size, double lost_after);
/* Whether that rank is dead for sure: rank 0 knows of all on its node, they know of rank 0. ctx: none. */
bool mts_app_gone(void *ctx, int rank);
/* Why this rank goes on alone, as another was lost before or after the farm; NULL: it does not. Then
 * no rank waits for any other any more, not even in MPI_Finalize. */
const char *mts_app_bereft(void);
/* Waits asleep for n requests; false if a rank is lost, and they never end. */
bool mts_app_await(int n, MPI_Request *request);
/* Between on and off: ends the process with 75 if MPI_Init or MPI_Finalize takes minutes, if another rank
 * of this node is stopped for ten times lost_after (seconds) and, starting, within a second if one dies. */
void mts_app_watch_mpi(bool on, bool starting, double lost_after);

/* Collective. Every rank gets the status and message of the first rank whose status is not MTS_OK.
 * These wait asleep, so that ranks that wait for rank 0 cost nothing; where a rank is lost they return
 * MTS_STOPPED. */
mts_status mts_app_agree(mts_status status);
/* Collective. The bytes of rank 0, to all. */
mts_status mts_app_share(void *bytes, size_t n);
/* Collective. `bytes` bytes of every rank, in their order, to all[size][bytes] of rank 0. */
mts_status mts_app_gather(const void *mine, void *all, size_t bytes);
/* Collective. Sums of n numbers (MTS_APP_SUMS at most) over the ranks, on all. */
#define MTS_APP_SUMS 8
mts_status mts_app_sum(int64_t *number, int n);

/* MTS_ERR_USAGE if this is one of several processes that a launcher started and MPI does not know of
 * each other. */
mts_status mts_app_check_launch(int size);

/* ---- guards ---- */

/* What a rank has where it runs. */
typedef struct mts_app_seat {
    char host[MTS_HOST_TEXT], cpu[MTS_APP_CPU_TEXT];
    char kernels[MTS_HOST_TEXT]; /* of the sweep's first run; what "auto" is here */
    double memory;            /* bytes: what is free, or what the cgroups allow if that is less */
    unsigned char cores[128]; /* bit by bit, those that it may run on; all 0: not known */
} mts_app_seat;

/* This process's. root: "", or a folder that has proc and sys/fs/cgroup in the place of the system's. */
void mts_app_seat_take(const char *root, const char *kernels, mts_app_seat *seat);

/* Whether each host has the memory that its workers, all ranks but the first of several, can need at
 * a time. need[n_need]: bytes of each run, falling; largest: the name of the first. MTS_ERR_MEMORY. */
mts_status mts_app_seats_memory(const mts_app_seat *seat, size_t ranks, const double *need,
                                size_t n_need, const char *largest);
/* Whether workers outnumber the cores that they may run on, and whether they compute differently; then
 * the line that says so. */
bool mts_app_seats_crowded(const mts_app_seat *seat, size_t ranks, char line[MTS_MESSAGE_MAX]);
bool mts_app_seats_differ(const mts_app_seat *seat, size_t ranks, char line[MTS_MESSAGE_MAX]);
/* Their CPUs and kernels, of which the session has room for some. */
void mts_app_seats_describe(const mts_app_seat *seat, size_t ranks, mts_session *session);

/* ---- file ---- */

typedef struct mts_app_origin {
    const char *path, *text; /* the sweep file's */
    const char *const *set;
    size_t n_sets;
    int argc;
    char **argv;
    const char *history; /* of the files that it is made from, a line each; NULL: none */
    const char *dropped; /* as in mts_schema */
    bool compressed;
} mts_app_origin;

/* The root attribute `network`: how the networks of a file compute. */
extern const char mts_app_network_text[];

/* Not collective. Creates the file of a sweep. MTS_ERR_IO, MTS_ERR_MEMORY. */
mts_status mts_app_create(const mts_app_origin *origin, const mts_grid *grid);

/* Not collective. The extents of that file. */
mts_status mts_app_extents(const mts_grid *grid, mts_extents *extents);

/* ---- progress ---- */

typedef struct mts_app_progress {
    bool terminal, drawn;
    size_t total, before; /* runs asked for; of them finished before this call */
    size_t bad;           /* failed for good before this call */
    double next_line;     /* when the next log line is due, seconds since the start */
} mts_app_progress;

void mts_app_progress_start(mts_app_progress *progress, size_t total, size_t before, size_t bad);
void mts_app_progress_show(mts_app_progress *progress, const mts_farm_view *view);
/* Prints a line without disturbing the display. */
void mts_app_progress_note(mts_app_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mts_app_progress_end(mts_app_progress *progress);

/* ---- the whole ---- */

typedef struct mts_app_identity {
    uint64_t device, inode, bytes;
} mts_app_identity;

typedef struct mts_app_run {
    /* on every rank */
    int rank, size;
    const char *path;
    mts_grid *grid;
    size_t n; /* runs of the sweep */
    mts_table_axes axes;
    mts_store *store;
    mts_result *result;
    mts_app_keys siblings; /* rows of one network */
    mts_result *trained;   /* the row of another one; NULL until the first is needed */
    char host[MTS_HOST_TEXT];
    double checkpoint; /* seconds between two of a run's; INFINITY: only where it stops */
    double run_limit;  /* seconds that a run may take; INFINITY: none */
    bool warned;       /* that one cannot be written */
    double limit;      /* seconds from the start to the deadline */
    double until;      /* mts_seconds() at which all must be over; INFINITY: no deadline */
    struct {           /* seconds that the longest one of each took on this rank; 0: none yet */
        double open, save, row,
            pause; /* of the file; of a run, a row; between two looks at the clock */
    } took;
    size_t n_chosen;

    /* on rank 0 */
    bool *chosen; /* [n] */
    mts_lock *lock;
    double renewed, looked;
    mts_app_identity file;       /* when the farm started */
    char fault[MTS_MESSAGE_MAX]; /* what has become of it since, or "" */
    bool created, large;         /* large: many runs, or a large file */
    double bytes;                /* of the new file */
    mts_app_seat *seat;          /* [size] */
    size_t finished, for_good;   /* of the chosen, before this call */
    size_t damaged, cut;         /* back to pending: checksum wrong; no end was written */
    bool any_saved;              /* there are checkpoints */
    size_t n_todo, *todo;
    double *cost;
    uint32_t *kind;              /* [n_todo] */
    mts_farm_past *past;         /* [MTS_FARM_KINDS] of runs that are finished in the file */
    uint8_t *failures;           /* [n] in this call */
    size_t n_failed, max_failed; /* runs, for good, in this call; the sweep ends at so many */
    bool fail_fast;              /* a run that fails is not tried again */
    mts_app_progress progress;
} mts_app_run;

/* Collective. Fills run->seat of rank 0. MTS_ERR_MEMORY. */
mts_status mts_app_seats_gather(mts_app_run *run);

/* Rank 0: whether there is memory for these runs, wanted[n]. MTS_ERR_MEMORY. */
mts_status mts_app_guard_memory(const mts_app_run *run, const bool *wanted);

/* Rank 0, before the file is made: fills run->bytes and run->large. MTS_ERR_USAGE if it is large,
 * somebody looks on at a terminal and has not said yes; MTS_ERR_MEMORY if it cannot be made here. */
mts_status mts_app_guard_size(mts_app_run *run, const char *sweep, bool yes);

/* Collective. Rows that are not what they say go back to pending; then, on rank 0, what is left to
 * do. */
mts_status mts_app_resume(mts_app_run *run);

/* How long before the deadline this rank must stop, from what it has measured: twice what it takes to
 * come to a point where the run can be saved, to save it, to write a row, and to look at the file once
 * more; at least a twentieth of the limit, or a second, and at most a quarter of it, as a process that was
 * suspended measures what will not come again. */
double mts_app_ending(const mts_app_run *run);
/* A row that says running, and whose worker is dead, is pending again. *again: not to be blamed for
 * that, yet. blame: it is failed for good. died: both, where the worker has left it so; whether
 * another worker shall have it. */
mts_status mts_app_cut(mts_app_run *run, size_t row, const mts_stamp *stamp, bool *again);
mts_status mts_app_blame(mts_app_run *run, size_t row);
bool mts_app_died(mts_app_run *run, size_t row);

/* Callback of the farm. */
mts_outcome mts_app_work(void *ctx, size_t index, mts_farm_line *line,
                         char reason[MTS_FARM_REASON]);

/* The file that a path names. MTS_ERR_IO. */
mts_status mts_app_identify(const char *path, mts_app_identity *identity);

/* Rank 0, while the sweep runs: notes in run->fault if the path does not name the file run->file
 * any more, or that is shorter. */
void mts_app_keep_eye(mts_app_run *run);

/* Rank 0, when all ranks that live have closed the file or will not write any more: whether the
 * path still names run->file, nothing is noted in run->fault, and so many rows of the chosen runs
 * say that they are finished. Looks for up to `patience` seconds, since another host may still hold
 * back what it wrote. *there: how many do. MTS_ERR_IO with what is wrong. */
mts_status mts_app_confirm(mts_app_run *run, size_t finished, double patience, size_t *there);

/* Every rank, after the farm, whose status st is: closes the file and, on rank 0, looks at it once more.
 * Rank 0 returns the sweep's status. Where no rank is lost, all others have closed the file by then: some
 * file systems show only that what another host wrote. */
mts_status mts_app_look_back(mts_app_run *run, mts_status st, mts_farm_view *view);

/* Rank 0: notes the session's end, closes the file and says how the sweep went, st; the exit status. What is
 * told as done, the disk has confirmed. */
int mts_app_end(mts_app_run *run, mts_status st, mts_session *session, const mts_farm_view *view,
                double seconds);

/* Rank 0: keeps the lock young, and says in it what is under way (NULL: nothing yet). */
void mts_app_renew(mts_app_run *run, const mts_farm_view *view);
/* That text (app.h), of at most MTS_APP_TOLD runs; the caller frees. MTS_ERR_MEMORY. */
#define MTS_APP_TOLD 10000
mts_status mts_app_live_write(const mts_grid *grid, const mts_farm_view *view, char **text);

#endif
