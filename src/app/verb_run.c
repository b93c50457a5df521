/* verb_run.c: `mtsweep run`: starts a sweep, or continues it where its file stands. */
#include "verb_run.h"
#include "mtsweep/num.h"
#include "siblings.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const mts_app_option options[] = {
    {"output", 'o', "OUT", "the HDF5 file of results: created, or continued if it is there",
     MTS_APP_REQUIRED},
    {"set", 's', "KEY=VALUE",
     "replaces a value of the sweep file for all runs; several are allowed", MTS_APP_MANY},
    {"only", 0, "CONDITIONS",
     "only runs like arch=lstm,tasks=2,24; a new file is of these runs alone, as with the next two",
     0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12 ('mtsweep plan --list' numbers them)",
     MTS_APP_MANY},
    {"shard", 0, "PART/PARTS",
     "only the runs of this part of the sweep, like 3/8 for the third of eight; parts take about "
     "equally long, each has a file of its own, and 'mtsweep merge' joins them",
     0},
    {"deadline", 0, "DURATION",
     "end within this time, in seconds or [days-]hours:minutes:seconds; no run is started that "
     "would last longer",
     0},
    {"checkpoint", 0, "SECONDS",
     "runs under way are saved so often (300), and when the sweep is stopped", 0},
    {"yes", 'y', NULL, "on a terminal, make a file of 10,000 runs or 64 GiB and more", 0},
    {"run-limit", 0, "SECONDS",
     "a run that takes longer, over all its parts, is stopped and counts as failed", 0},
    {"fail-fast", 0, NULL, "the first run that fails ends the sweep; the others are saved", 0},
    {"max-failed", 0, "N", "so many runs that failed for good, in this call, end the sweep", 0},
    {"lost-after", 0, "SECONDS",
     "a worker that says nothing for so long is lost, its run goes to another (30); one that died "
     "on the node of rank 0 is missed at once",
     0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] = "The same command continues: finished runs are kept, and runs that were "
                           "cut short go on from where\n"
                           "they were saved, beside the file in OUT.checkpoint. Under mpirun -n N "
                           "one rank hands out the runs\n"
                           "and N - 1 train; alone, one rank does all. USR1, TERM, HUP and INT end "
                           "the sweep early, within a\n"
                           "second, with exit status 75.\n";

/* What the command line says. */
typedef struct {
    const mts_app_args *args;
    double lost_after, start; /* seconds of silence; when the program began */
    mts_status looked;        /* of the first look at the file, on rank 0 */
} demand;

static bool interrupted(void *ctx)
{
    const mts_app_run *run = ctx;
    return mts_app_signal() || run->fault[0] ||
           (run->max_failed > 0 && run->n_failed >= run->max_failed);
}

static void watch(void *ctx, const mts_farm_view *view)
{
    mts_app_run *run = ctx;
    mts_app_renew(run, view);
    mts_app_keep_eye(run);
    mts_app_progress_show(&run->progress, view);
}

/* The file knows also of attempts before this call, and of those that cannot end better. */
static bool is_tried_again(mts_app_run *run, size_t index)
{
    mts_stamp stamp;
    if (++run->failures[index] >= MTS_ATTEMPTS || run->fail_fast)
        return false;
    return mts_store_states(run->store, index, 1, &stamp) != MTS_OK ||
           stamp.attempts < MTS_ATTEMPTS;
}

static bool ended(void *ctx, size_t index, int rank, mts_outcome outcome, double seconds,
                  const char *reason)
{
    mts_app_run *run = ctx;
    const size_t number = mts_grid_number(run->grid, index);
    char text[MTS_TABLE_RUN_TEXT], after[MTS_DURATION_TEXT];
    mts_config config;
    bool again = false;
    if (outcome == MTS_FARM_DONE || outcome == MTS_FARM_STOPPED)
        return false;
    mts_grid_config(run->grid, index, &config);
    mts_table_run_text(&run->axes, &config, text);
    mts_duration_text(seconds, after);
    if (outcome == MTS_FARM_BROKEN) {
        if (run->size > 1)
            mts_app_progress_note(&run->progress, "rank %d cannot go on: %s", rank, reason);
    } else if (outcome == MTS_FARM_DIVERGED) {
        mts_app_progress_note(&run->progress, "run %zu (%s) diverged: %s", number, text, reason);
    } else if (outcome == MTS_FARM_DIED) {
        again = mts_app_died(run, index);
        mts_app_progress_note(&run->progress, "rank %d died in run %zu (%s) after %s, which %s",
                              rank, number, text, after,
                              again ? "another one goes on with" : "failed for good");
    } else {
        again = is_tried_again(run, index);
        mts_app_progress_note(&run->progress, "run %zu (%s) failed after %s, %s: %s", number, text,
                              after, again ? "will be tried again" : "for good", reason);
    }
    run->n_failed += !again && (outcome == MTS_FARM_FAILED || outcome == MTS_FARM_DIED);
    return again;
}

/* ---- before the farm ---- */

/* Rank 0 reads the sweep file; every rank parses the same bytes. */
static mts_status read_sweep(mts_app_run *run, const mts_app_args *args, char **text)
{
    uint64_t length = 0;
    size_t bytes = 0;
    mts_status st = MTS_OK;
    *text = NULL;
    if (run->rank == 0)
        st = mts_app_read(args->argument[0], text, &bytes);
    st = mts_app_agree(st);
    if (st != MTS_OK)
        return st;
    length = bytes;
    st = mts_app_share(&length, sizeof length);
    if (run->rank > 0 && st == MTS_OK)
        *text = mts_alloc(length + 1, 1);
    st = mts_app_agree(st != MTS_OK || *text ? st : MTS_ERR_MEMORY);
    if (st == MTS_OK)
        st = mts_app_share(*text, length);
    if (st == MTS_OK)
        st = mts_app_agree(
            mts_app_grid_parse(args, args->argument[0], *text, (size_t)length, &run->grid));
    if (st != MTS_OK)
        return st;
    const mts_table_runs runs = mts_app_grid_runs(run->grid);
    run->n = runs.n;
    return mts_app_agree(mts_table_axes_find(&runs, &run->axes));
}

/* A file of the runs that are chosen, of the whole sweep or of a part. */
static mts_status create_file(mts_app_run *run, const mts_app_args *args, const char *text)
{
    const char *set[MTS_APP_HAVE_MAX];
    const mts_app_origin origin = {.path = run->path,
                                   .text = text,
                                   .set = set,
                                   .n_sets = mts_app_texts(args, "set", set),
                                   .argc = args->argc,
                                   .argv = args->argv};
    mts_status st = mts_app_keep(run->grid, run->chosen);
    run->created = true;
    run->n = mts_grid_size(run->grid);
    memset(run->chosen, true, run->n * sizeof *run->chosen);
    if (st == MTS_OK)
        st = mts_app_guard_size(run, args->argument[0], mts_app_text(args, "yes") != NULL);
    if (st == MTS_OK)
        st = mts_app_guard_memory(run, run->chosen);
    return st == MTS_OK ? mts_app_create(&origin, run->grid) : st;
}

/* The file of a part keeps to its runs. */
static mts_status check_choice(mts_app_run *run, const mts_app_args *args, mts_store *store)
{
    size_t beyond;
    char part[MTS_APP_PART_TEXT];
    mts_status st =
        mts_app_choose_rows(args, "only", run->path, store, run->chosen, &run->n_chosen, &beyond);
    if (st == MTS_OK)
        st = mts_app_part_text(store, part);
    if (st == MTS_OK && beyond > 0)
        st =
            mts_fail(MTS_ERR_FOREIGN,
                     "%s is a part%s, and lacks %zu that %s asked for: repeat the --only, --ids or "
                     "--shard of its first call; or 'mtsweep extend %s SWEEP' adds all; or take "
                     "another -o and 'mtsweep merge' later",
                     run->path, part, beyond, beyond == 1 ? "is" : "are", run->path);
    return st;
}

/* Rank 0: which runs, the lock, and a file that is of this sweep. */
static mts_status prepare(mts_app_run *run, const mts_app_args *args, const char *text)
{
    const mts_table_runs runs = mts_app_grid_runs(run->grid);
    mts_store *store = NULL;
    mts_status st, closed;
    run->chosen = mts_alloc(run->n, sizeof *run->chosen);
    if (!run->chosen)
        return MTS_ERR_MEMORY;
    st = mts_app_choose(args, "only", &runs, run->chosen, &run->n_chosen);
    if (st == MTS_OK)
        st = mts_lock_take(run->path, &run->lock);
    if (st != MTS_OK)
        return st;
    if (access(run->path, F_OK) != 0 && errno == ENOENT)
        return create_file(run, args, text);
    st = mts_store_open(run->path, MTS_STORE_READ, &store);
    if (st == MTS_OK)
        st = mts_app_same_sweep(run->path, store, run->grid);
    if (st == MTS_OK)
        st = mts_app_check_contents(run->path, store);
    if (st == MTS_OK && mts_store_is_part(store))
        st = check_choice(run, args, store);
    closed = mts_store_close(store);
    return st == MTS_OK ? closed : st;
}

static void say_start(const mts_app_run *run)
{
    char *created = NULL, origin[64] = "a new file", size[MTS_BYTES_TEXT], line[MTS_MESSAGE_MAX];
    mts_app_bytes_text(run->bytes, size);
    if (run->large)
        snprintf(origin, sizeof origin, "a new file of %s", size);
    if (!run->created && mts_store_line(run->store, "created", &created) == MTS_OK)
        snprintf(origin, sizeof origin, "continues the file of %.16s", created);
    mts_free(created);
    fprintf(stderr, "%s: %zu run%s%s, %zu done, %zu to do (%s)\n", run->path, run->n_chosen,
            mts_app_s(run->n_chosen), run->n_chosen < mts_grid_whole(run->grid) ? " chosen" : "",
            run->finished, run->n_todo, origin);
    if (run->cut > 0)
        fprintf(stderr, "%s: %zu run%s cut short and start%s again\n", run->path, run->cut,
                run->cut == 1 ? " was" : "s were", run->cut == 1 ? "s" : "");
    if (run->damaged > 0)
        fprintf(stderr, "%s: %zu finished run%s not agree with the checksum and start%s again\n",
                run->path, run->damaged, run->damaged == 1 ? " does" : "s do",
                run->damaged == 1 ? "s" : "");
    if (mts_app_seats_crowded(run->seat, (size_t)run->size, line))
        fprintf(stderr, "%s: %s\n", run->path, line);
    if (mts_app_seats_differ(run->seat, (size_t)run->size, line))
        fprintf(stderr, "%s: %s\n", run->path, line);
}

/* ---- after it ---- */

static void describe_session(const mts_app_run *run, mts_session *session)
{
    *session = (mts_session){
        .started = mts_now(), .ended = NAN, .pid = getpid(), .ranks = run->size, .exit = -1};
    mts_app_job(session->job);
    mts_app_seats_describe(run->seat, (size_t)run->size, session);
    snprintf(session->host, sizeof session->host, "%s", run->host);
    snprintf(session->version, sizeof session->version, "%s", MTS_VERSION);
}

/* ---- the whole ---- */

/* A run that cannot end before the deadline is started if it has at least so many seconds: what it
 * does is saved. */
#define WORTH 2.0

/* Whether the file's rows are the runs of the grid, in its order. */
static mts_status has_order(mts_app_run *run, bool *same)
{
    mts_config there, here;
    mts_status st = MTS_OK;
    const size_t n = mts_grid_size(run->grid);
    *same = mts_store_runs(run->store) == n;
    for (size_t row = 0; *same && row < n && st == MTS_OK; row++) {
        st = mts_store_config(run->store, row, &there);
        mts_grid_config(run->grid, row, &here);
        *same = st == MTS_OK && (memcmp(&there, &here, sizeof here) == 0 ||
                                 mts_config_key(&there) == mts_config_key(&here));
    }
    return st;
}

/* A file of a part of the runs, or of all in another order, that of its own sweep: then that counts, as
 * rows are known by their place. --ids are numbers in that sweep. */
static mts_status adopt_order(mts_app_run *run, const mts_app_args *args)
{
    mts_grid *own = NULL;
    bool same;
    mts_status st = has_order(run, &same);
    if (st != MTS_OK || (same && !mts_store_is_part(run->store)))
        return st;
    st = mts_app_own_grid(run->path, run->store, &own);
    if (st != MTS_OK)
        return st;
    mts_grid_destroy(run->grid);
    run->grid = own;
    run->n = mts_grid_size(own);
    return run->rank > 0 ? MTS_OK
                         : mts_app_choose_rows(args, "only", run->path, run->store, run->chosen,
                                               &run->n_chosen, NULL);
}

/* Rank 0 of a file that was there: what is finished needs no memory. */
static mts_status guard_rest(const mts_app_run *run)
{
    bool *left = mts_alloc(run->n, sizeof *left);
    mts_status st = left ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t i = 0; i < run->n_todo && st == MTS_OK; i++)
        left[run->todo[i]] = true;
    if (st == MTS_OK)
        st = mts_app_guard_memory(run, left);
    mts_free(left);
    return st;
}

/* The sweep file, the file of results, and what is left to do. */
static mts_status open_sweep(mts_app_run *run, const demand *request)
{
    char *text = NULL;
    mts_status st = mts_app_meet(run->rank, run->size, request->lost_after);
    mts_app_watch_mpi(false, false, 0); /* from here on each looks after the others */
    st = mts_app_agree(st == MTS_OK ? request->looked : st);
    if (st == MTS_OK)
        st = mts_app_agree(mts_app_check_launch(run->size));
    if (st == MTS_OK)
        st = read_sweep(run, request->args, &text);
    if (st == MTS_OK)
        st = mts_app_seats_gather(run);
    if (st == MTS_OK)
        st = mts_app_agree(run->rank == 0 ? prepare(run, request->args, text) : MTS_OK);
    mts_free(text);
    run->took.open = mts_seconds();
    if (st == MTS_OK)
        st = mts_app_agree(mts_store_open(run->path, MTS_STORE_WRITE, &run->store));
    run->took.open = mts_seconds() - run->took.open;
    if (st == MTS_OK)
        st = mts_app_agree(adopt_order(run, request->args));
    if (st == MTS_OK)
        st = mts_app_agree(mts_result_create(mts_store_extents(run->store), &run->result));
    if (st == MTS_OK)
        st = mts_app_agree(mts_app_siblings_create(run->grid, &run->siblings));
    if (st == MTS_OK)
        st = mts_app_resume(run);
    if (st == MTS_OK)
        st = mts_app_agree(run->rank == 0 && !run->created ? guard_rest(run) : MTS_OK);
    return st;
}

/* Everything that is left to do, as a session of the file. */
static mts_status conduct(mts_app_run *run, const demand *request, mts_session *session,
                          mts_farm_view *view)
{
    const mts_farm farm = {.ctx = run,
                           .n = run->n_todo,
                           .index = run->todo,
                           .cost = run->cost,
                           .kind = run->kind,
                           .past = run->past,
                           .deadline = run->until - mts_app_ending(run),
                           .lost_after = request->lost_after,
                           .worth = WORTH,
                           .gone = mts_app_gone,
                           .work = mts_app_work,
                           .watch = watch,
                           .ended = ended,
                           .interrupted = interrupted};
    int64_t todo = (int64_t)run->n_todo;
    mts_status st = mts_app_share(&todo, sizeof todo);
    if (st != MTS_OK || todo == 0)
        return st;
    if (run->rank == 0) {
        say_start(run);
        describe_session(run, session);
        st = mts_app_identify(run->path, &run->file);
        if (st == MTS_OK)
            st = mts_store_session_begin(run->store, session);
    }
    st = mts_app_agree(st);
    if (st != MTS_OK)
        return st;
    mts_app_progress_start(&run->progress, run->n_chosen, run->finished, run->for_good);
    st = mts_farm_run(MPI_COMM_WORLD, &farm, view);
    mts_app_progress_end(&run->progress);
    return mts_app_look_back(run, st, view);
}

/* The last words, and the exit status of every rank. st: how opening or conducting went. */
static int close_sweep(mts_app_run *run, mts_status st, mts_session *session,
                       const mts_farm_view *view, double seconds)
{
    int exit_status = -1;
    if (run->rank == 0)
        exit_status = mts_app_end(run, st, session, view, seconds);
    else
        (void)mts_store_close(run->store); /* there only if this rank never worked */
    if (run->rank == 0)
        mts_checkpoint_remove_folder(run->path); /* stays while a run is under way */
    mts_lock_release(run->lock);
    /* With ranks lost nobody waits for anybody, and only rank 0 knows how it went. */
    if (view->lost == 0)
        (void)mts_app_share(&exit_status, sizeof exit_status);
    if (exit_status < 0 && st != MTS_OK)
        exit_status = mts_app_exit(st);
    mts_result_destroy(run->result);
    mts_result_destroy(run->trained);
    mts_app_keys_free(&run->siblings);
    mts_table_axes_free(&run->axes);
    mts_grid_destroy(run->grid);
    mts_free(run->chosen);
    mts_free(run->todo);
    mts_free(run->cost);
    mts_free(run->kind);
    mts_free(run->past);
    mts_free(run->failures);
    mts_free(run->seat);
    return exit_status < 0 ? MTS_EXIT_OK : exit_status;
}

/* When a run, or a sweep, has gone wrong enough. */
static mts_status read_limits(const mts_app_args *args, mts_app_run *run)
{
    int64_t most = 0;
    mts_status st = mts_app_number(args, "run-limit", 0.01, 1e9, &run->run_limit);
    if (st == MTS_OK)
        st = mts_app_whole(args, "max-failed", 1, INT64_MAX, &most);
    run->fail_fast = mts_app_text(args, "fail-fast");
    run->max_failed = run->fail_fast ? 1 : (size_t)most;
    return st;
}

static int run_main(const mts_app_args *args)
{
    demand request = {.args = args, .lost_after = 30, .start = mts_seconds()};
    mts_app_run run = {
        .path = mts_app_text(args, "output"), .checkpoint = 300, .run_limit = INFINITY};
    mts_session session = {0};
    mts_farm_view view = {0};
    int exit_status;
    double deadline = INFINITY;
    mts_status st = mts_app_duration(args, "deadline", &deadline);
    if (st == MTS_OK)
        st = mts_app_number(args, "lost-after", 0.1, 1e9, &request.lost_after);
    if (st == MTS_OK)
        st = mts_app_number(args, "checkpoint", 0.01, 1e9, &run.checkpoint);
    if (st == MTS_OK)
        st = read_limits(args, &run);
    if (st != MTS_OK)
        return mts_app_report(st);
    run.until = request.start + deadline;
    run.limit = deadline;
    mts_app_catch_signals();
    /* Before MPI, which does not like a child; a file that can crash a reader would take all ranks. */
    if (mts_app_first_rank())
        request.looked = mts_app_look(run.path);
    mts_app_watch_mpi(true, true, request.lost_after);
    MPI_Init(NULL, NULL);
    mts_app_catch_signals();
    H5open();
    MPI_Comm_rank(MPI_COMM_WORLD, &run.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &run.size);
    mts_app_host(run.host);
    st = open_sweep(&run, &request);
    if (st == MTS_OK)
        st = conduct(&run, &request, &session, &view);
    exit_status = close_sweep(&run, st, &session, &view, mts_seconds() - request.start);
    H5close();
    if (view.lost > 0 || mts_app_bereft()) {
        /* MPI_Finalize would wait for ranks that hang. */
        fflush(NULL);
        _exit(exit_status);
    }
    mts_app_watch_mpi(true, false, request.lost_after);
    MPI_Finalize();
    mts_app_watch_mpi(false, false, 0);
    return exit_status;
}

const mts_app_verb mts_app_verb_run = {
    "run",
    "SWEEP",
    "start a sweep, or continue it where its file stands",
    options,
    more,
    run_main,
    {{"mtsweep run sweeps/smoke.yaml -o smoke.h5",
      "trains twelve tiny networks in this process; the same line continues"},
     {"mpirun -n 5 mtsweep run sweeps/fig3.yaml -o fig3.h5 --deadline 3:50:00",
      "four workers and a master, for at most so long"}}};
