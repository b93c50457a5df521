/* verb_plan.c: `mtsweep plan`: what a sweep would cost. */
#include "mtsweep/num.h"
#include "mtsweep/run.h"
#include "siblings.h"
#include "verb_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mts_app_option options[] = {
    {"workers", 'w', "N", "estimate the time on so many workers (1)", 0},
    {"list", 'l', NULL, "print every run with its number", 0},
    {"set", 's', "KEY=VALUE",
     "replaces a value of the sweep file for all runs; several are allowed", MTS_APP_MANY},
    {"only", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", MTS_APP_MANY},
    {"shard", 0, "PART/PARTS", "only the runs of this part, like 3/8", 0},
    {NULL, 0, NULL, NULL, 0}};

/* A training step is timed for about so many seconds of the processor's time, for each architecture and
 * kind of kernels, in windows of which the best counts: what else the machine does meanwhile is left
 * out. The network learns all the while, so that the last windows see the units that have fallen
 * silent, which makes a step cheaper. */
#define TIMED_SECONDS 0.25
#define TIMED_WINDOW  0.005
/* A step of more FLOP or a run of more bytes is not timed; the rate of another is taken, or one that is
 * typical. */
#define TIMED_FLOP     2e9
#define TIMED_BYTES    0x1p28
#define TYPICAL_GFLOPS 50.0
#define SPEEDS_MAX     16

typedef struct {
    int64_t arch, kernels;
    double rate; /* FLOP per second */
} speed;

typedef struct {
    size_t n;
    speed speed[SPEEDS_MAX];
} speeds;

/* No machine has so many bytes for one run: who asks for it has mistyped. */
#define MOST_BYTES 0x1p40

/* Seconds of a step, trained as long as the budget allows. */
static double best_window(mts_trainer *trainer)
{
    const double end = mts_thread_seconds() + TIMED_SECONDS;
    double best = INFINITY, now = mts_thread_seconds();
    while (now < end) {
        const double start = now;
        size_t steps = 0;
        while (now - start < TIMED_WINDOW) {
            mts_trainer_step(trainer, NULL, NULL, NULL);
            steps++;
            now = mts_thread_seconds();
        }
        best = fmin(best, (now - start) / (double)steps);
    }
    return best;
}

/* FLOP a second of training; NaN if these kernels do not run here or the step is too large. */
static double time_steps(const mts_config *config)
{
    const mts_kernels *kernels;
    mts_trainer *trainer = NULL;
    char name[MTS_VALUE_TEXT];
    const double flop = mts_run_cost_step(config);
    mts_config_text(config, mts_field_find("kernels"), name);
    if (flop > TIMED_FLOP || mts_run_memory(config) > TIMED_BYTES ||
        mts_kernels_find(name, &kernels) != MTS_OK ||
        mts_trainer_create(config, kernels, &trainer) != MTS_OK)
        return NAN;
    mts_trainer_step(trainer, NULL, NULL, NULL); /* caches, page faults */
    const double seconds = best_window(trainer);
    mts_trainer_destroy(trainer);
    return flop / seconds;
}

static double rate_of(speeds *known, const mts_config *config)
{
    double other = TYPICAL_GFLOPS * 1e9;
    for (size_t i = 0; i < known->n; i++) {
        if (known->speed[i].arch == config->arch && known->speed[i].kernels == config->kernels)
            return known->speed[i].rate;
        other = known->speed[i].rate;
    }
    if (known->n == SPEEDS_MAX)
        return other;
    const double rate = time_steps(config);
    known->speed[known->n++] =
        (speed){config->arch, config->kernels, isfinite(rate) ? rate : other};
    return known->speed[known->n - 1].rate;
}

/* What the chosen runs take. */
typedef struct {
    double flop, memory;
    double *seconds; /* [n] of each chosen run */
    size_t n;
} costs;

static mts_status refuse_run(const mts_grid *grid, size_t run, double bytes)
{
    const mts_table_runs runs = mts_app_grid_runs(grid);
    mts_table_axes axes;
    mts_config config;
    char text[MTS_TABLE_RUN_TEXT], memory[MTS_BYTES_TEXT];
    const mts_status st = mts_table_axes_find(&runs, &axes);
    if (st != MTS_OK)
        return st;
    mts_grid_config(grid, run, &config);
    mts_table_run_text(&axes, &config, text);
    mts_table_axes_free(&axes);
    mts_app_bytes_text(bytes, memory);
    return mts_fail(MTS_ERR_SWEEP,
                    "run %zu (%s) needs %s of memory, which no machine has; make units, batch or "
                    "steps smaller",
                    mts_grid_number(grid, run), text, memory);
}

static mts_status add_up(const mts_grid *grid, costs *bill)
{
    mts_app_kinds kinds = {0};
    speeds known = {0};
    mts_status st = MTS_OK;
    mts_app_keys siblings;
    bill->seconds = mts_alloc(mts_grid_size(grid), sizeof *bill->seconds);
    if (!bill->seconds)
        return MTS_ERR_MEMORY;
    st = mts_app_siblings_create(grid, &siblings);
    for (size_t run = 0; run < mts_grid_size(grid) && st == MTS_OK; run++) {
        mts_config config;
        size_t number = 0;
        mts_grid_config(grid, run, &config);
        const bool trained = !mts_app_siblings_leads(&siblings, run, &config);
        st = mts_app_kind_of(&kinds, &config, trained, &number);
        if (st != MTS_OK)
            break;
        mts_app_kind *kind = &kinds.kind[number];
        if (kind->seconds == 0) {
            const double memory = mts_run_memory(&config);
            bill->memory = fmax(bill->memory, memory);
            if (memory > MOST_BYTES) {
                st = refuse_run(grid, run, memory);
                break;
            }
            kind->seconds = kind->cost / rate_of(&known, &config);
        }
        bill->flop += kind->cost;
        bill->seconds[bill->n++] = kind->seconds;
    }
    mts_app_kinds_free(&kinds);
    mts_app_keys_free(&siblings);
    return st;
}

/* ---- printing ---- */

static void about_text(double seconds, char text[64])
{
    if (seconds < 99.5)
        snprintf(text, 64, seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
    else if (seconds < 100 * 60)
        snprintf(text, 64, "%.0f min", seconds / 60);
    else if (seconds < 100 * 3600)
        snprintf(text, 64, "%.1f h", seconds / 3600);
    else
        snprintf(text, 64, "%.1f days", seconds / 86400);
}

static void flop_text(double flop, char text[32])
{
    static const char *const unit[] = {"MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"};
    size_t u = 0;
    flop /= 1e6;
    while (flop >= 999.5 && u < 4) {
        flop /= 1e3;
        u++;
    }
    snprintf(text, 32, flop < 9.95 ? "%.1f %s" : "%.0f %s", flop, unit[u]);
}

/* "arch 4 x tasks 5 x seed 5"; fields of a zip group stand together: "latents+units 2" */
static void axes_text(const mts_grid *grid, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t a = 0; a < mts_grid_axes(grid) && used < bytes - 80; a++) {
        const mts_grid_axis axis = mts_grid_axis_at(grid, a);
        const bool more =
            a + 1 < mts_grid_axes(grid) && mts_grid_axis_at(grid, a + 1).group == axis.group;
        used += (size_t)snprintf(text + used, bytes - used, "%s", axis.field->name);
        if (more)
            used += (size_t)snprintf(text + used, bytes - used, "+");
        else
            used += (size_t)snprintf(text + used, bytes - used, " %zu%s", axis.n,
                                     a + 1 < mts_grid_axes(grid) ? " x " : "");
    }
}

static mts_status print_list(const mts_grid *grid)
{
    const size_t n = mts_grid_axes(grid);
    char align[MTS_TABLE_COLUMNS], text[MTS_VALUE_TEXT];
    mts_table *table = mts_table_create(n + 2);
    memset(align, 'r', sizeof align);
    mts_table_add(table, "run");
    for (size_t a = 0; a < n; a++)
        mts_table_add(table, "%s", mts_grid_axis_at(grid, a).field->name);
    mts_table_add(table, "FLOP");
    for (size_t run = 0; run < mts_grid_size(grid); run++) {
        mts_config config;
        mts_grid_config(grid, run, &config);
        mts_table_add(table, "%zu", mts_grid_number(grid, run));
        for (size_t a = 0; a < n; a++) {
            mts_config_text(&config, mts_grid_axis_at(grid, a).field, text);
            mts_table_add(table, "%s", text);
        }
        mts_table_add(table, "%.3g", mts_run_cost(&config));
    }
    return mts_table_end(table, align, stdout);
}

static mts_status print_bill(const mts_grid *grid, const costs *bill, size_t workers)
{
    char axes[512], flop[32], alone[64], together[64], longest[64], memory[32], size[32],
        part[4][32];
    double group[4], seconds = 0, sum = 0, most = 0, file;
    mts_extents extents;
    mts_status st = mts_app_extents(grid, &extents);
    if (st == MTS_OK)
        st = mts_farm_makespan(bill->seconds, bill->n, workers, &seconds);
    if (st != MTS_OK)
        return st;
    for (size_t i = 0; i < bill->n; i++) {
        sum += bill->seconds[i];
        most = fmax(most, bill->seconds[i]);
    }
    file = mts_store_size(&extents, group);
    axes_text(grid, axes, sizeof axes);
    flop_text(bill->flop, flop);
    about_text(sum, alone);
    about_text(seconds, together);
    about_text(most, longest);
    mts_app_bytes_text(bill->memory, memory);
    mts_app_bytes_text(file, size);
    for (int i = 0; i < 4; i++)
        mts_app_bytes_text(group[i], part[i]);

    printf("%s  %s\n", mts_grid_name(grid), mts_grid_question(grid));
    printf("runs       %-6zu %s%s%zu overrides, %zu excluded\n", mts_grid_whole(grid), axes,
           *axes ? "   " : "", mts_grid_overrides(grid), mts_grid_excluded(grid));
    if (mts_grid_size(grid) < mts_grid_whole(grid))
        printf("chosen     %zu\n", mts_grid_size(grid));
    printf("work       %s, about %s on 1 core", flop, alone);
    if (workers > 1)
        printf(", about %s on %zu workers", together, workers);
    printf(" like this one (longest run %s)\n", longest);
    printf("memory     %s a worker\n", memory);
    printf("file       %s (traces %s, weights %s, scores %s, the rest %s)\n", size, part[0],
           part[1], part[2], part[3]);
    return MTS_OK;
}

/* What is chosen is all that counts: the file of a part is of its size. */
static mts_status plan_grid(const mts_app_args *args, mts_grid *grid, size_t workers)
{
    const mts_table_runs runs = mts_app_grid_runs(grid);
    bool *chosen = mts_alloc(runs.n, sizeof *chosen);
    size_t n_chosen;
    costs bill = {0};
    mts_status st =
        chosen ? mts_app_choose(args, "only", &runs, chosen, &n_chosen) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_app_keep(grid, chosen);
    if (st == MTS_OK && mts_app_text(args, "list")) {
        st = print_list(grid);
    } else if (st == MTS_OK) {
        st = add_up(grid, &bill);
        if (st == MTS_OK)
            st = print_bill(grid, &bill, workers);
    }
    mts_free(bill.seconds);
    mts_free(chosen);
    return st;
}

static mts_status plan(const mts_app_args *args)
{
    int64_t workers = 1;
    mts_grid *grid = NULL;
    mts_status st = mts_app_whole(args, "workers", 1, 10000000, &workers);
    if (st == MTS_OK)
        st = mts_app_grid(args, &grid);
    if (st == MTS_OK)
        st = plan_grid(args, grid, (size_t)workers);
    mts_grid_destroy(grid);
    return st;
}

static int plan_main(const mts_app_args *args)
{
    return mts_app_report(plan(args));
}

const mts_app_verb mts_app_verb_plan = {
    "plan",
    "SWEEP",
    "what a sweep would cost: runs, work, time, memory, file size",
    options,
    NULL,
    plan_main,
    {{"mtsweep plan sweeps/fig3.yaml --workers 64",
      "what figure 3 costs on 64 workers, in time, memory and disk"},
     {"mtsweep plan sweeps/fig3.yaml --only arch=lstm --list",
      "the runs of one architecture with their numbers, as --ids takes them"}}};
