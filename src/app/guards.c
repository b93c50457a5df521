/* guards.c: what can be known before the first run: whether the memory of a host is enough for its
 * workers, whether they have a core each, whether all ranks compute alike, and whether somebody wants
 * a file of this size. */
#include "mtsweep/run.h"
#include "verb_run.h"

#include <limits.h>
#include <math.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what a rank has ---- */

/* The number in a file of one; INFINITY where it says "max", or there is none. */
static double number_in(const char *path)
{
    FILE *file = fopen(path, "r");
    double number;
    if (!file)
        return INFINITY;
    if (fscanf(file, "%lf", &number) != 1)
        number = INFINITY;
    fclose(file);
    return number;
}

/* The least limit of a cgroup and of those above it; group begins with "/", and is cut. */
static double group_limit(const char *root, const char *folder, char *group, const char *file)
{
    char path[PATH_MAX];
    double least = INFINITY;
    for (;;) {
        char *last = strrchr(group, '/');
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, folder, group, file);
        least = fmin(least, number_in(path));
        if (!last)
            return least;
        *last = '\0';
    }
}

/* /proc/self/cgroup has lines "0::/a/b" (version 2) and "4:cpuset,memory:/a/b" (version 1). */
static double groups_limit(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    double least = INFINITY;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        char *kinds = strchr(line, ':'), *group = kinds ? strchr(kinds + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (!kinds[1])
            least = fmin(least, group_limit(root, "", group, "memory.max"));
        else if (strstr(kinds, "memory"))
            least = fmin(least, group_limit(root, "/memory", group, "memory.limit_in_bytes"));
    }
    if (file)
        fclose(file);
    return least;
}

static double available_memory(const char *root)
{
    char path[PATH_MAX], line[256];
    double kib = INFINITY;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return fmin(1024 * kib, groups_limit(root));
}

void mts_app_seat_take(const char *root, const char *kernels, mts_app_seat *seat)
{
    const mts_kernels *found;
    cpu_set_t cores;
    *seat = (mts_app_seat){.memory = available_memory(root)};
    mts_app_host(seat->host);
    mts_app_cpu(seat->cpu);
    snprintf(seat->kernels, sizeof seat->kernels, "%s",
             mts_kernels_find(kernels, &found) == MTS_OK ? found->name : kernels);
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return;
    for (size_t i = 0; i < 8 * sizeof seat->cores; i++)
        if (CPU_ISSET(i, &cores))
            seat->cores[i / 8] |= (unsigned char)(1u << i % 8);
}

/* ---- hosts ---- */

/* Of several ranks the first hands out and hardly computes. */
static bool works(size_t rank, size_t ranks)
{
    return rank > 0 || ranks == 1;
}

/* Whether no worker before this one is on its host. */
static bool is_first_there(const mts_app_seat *seat, size_t ranks, size_t rank)
{
    for (size_t r = 0; r < rank; r++)
        if (works(r, ranks) && strcmp(seat[r].host, seat[rank].host) == 0)
            return false;
    return works(rank, ranks);
}

/* Workers of the host of this rank; the cores that they may run on, together (0: not known); the
 * memory that they share. */
typedef struct {
    size_t workers, cores;
    double memory;
} host_sum;

static host_sum sum_host(const mts_app_seat *seat, size_t ranks, size_t rank)
{
    unsigned char cores[sizeof seat->cores] = {0};
    host_sum sum = {.memory = INFINITY};
    for (size_t r = 0; r < ranks; r++) {
        if (!works(r, ranks) || strcmp(seat[r].host, seat[rank].host) != 0)
            continue;
        sum.workers++;
        sum.memory = fmin(sum.memory, seat[r].memory);
        for (size_t i = 0; i < sizeof cores; i++)
            cores[i] |= seat[r].cores[i];
    }
    for (size_t i = 0; i < sizeof cores; i++)
        sum.cores += (size_t)__builtin_popcount(cores[i]);
    return sum;
}

mts_status mts_app_seats_memory(const mts_app_seat *seat, size_t ranks, const double *need,
                                size_t n_need, const char *largest)
{
    char needed[MTS_BYTES_TEXT], there[MTS_BYTES_TEXT], each[MTS_BYTES_TEXT];
    for (size_t rank = 0; rank < ranks && n_need > 0; rank++) {
        if (!is_first_there(seat, ranks, rank))
            continue;
        const host_sum host = sum_host(seat, ranks, rank);
        double together = 0;
        size_t fit = 0;
        for (size_t i = 0; i < host.workers && i < n_need; i++) {
            together += need[i];
            fit += together <= host.memory;
        }
        mts_app_bytes_text(together, needed);
        mts_app_bytes_text(need[0], each);
        mts_app_bytes_text(host.memory, there);
        if (need[0] > host.memory)
            return mts_fail(MTS_ERR_MEMORY,
                            "%s needs %s of memory, and %s has %s; make units, batch or steps "
                            "smaller, or take a larger machine",
                            largest, each, seat[rank].host, there);
        if (together > host.memory)
            return mts_fail(MTS_ERR_MEMORY,
                            "%zu workers on %s need %s of memory together, up to %s each, and it "
                            "has %s; start at most %zu there",
                            host.workers, seat[rank].host, needed, each, there, fit);
    }
    return MTS_OK;
}

bool mts_app_seats_crowded(const mts_app_seat *seat, size_t ranks, char line[MTS_MESSAGE_MAX])
{
    size_t crowded = 0, used = 0;
    for (size_t rank = 0; rank < ranks; rank++) {
        if (!is_first_there(seat, ranks, rank))
            continue;
        const host_sum host = sum_host(seat, ranks, rank);
        if (host.cores == 0 || host.workers <= host.cores || crowded++ > 0)
            continue;
        used = (size_t)snprintf(line, MTS_MESSAGE_MAX, "%zu workers share %zu core%s on %s",
                                host.workers, host.cores, mts_app_s(host.cores), seat[rank].host);
    }
    if (crowded > 1)
        used += (size_t)snprintf(line + used, MTS_MESSAGE_MAX - used, ", and so on %zu more host%s",
                                 crowded - 1, mts_app_s(crowded - 1));
    if (crowded > 0)
        snprintf(line + used, MTS_MESSAGE_MAX - used, "; one worker a core is fastest");
    return crowded > 0;
}

/* ---- ranks that compute differently ---- */

static bool alike(const mts_app_seat *a, const mts_app_seat *b)
{
    return strcmp(a->cpu, b->cpu) == 0 && strcmp(a->kernels, b->kernels) == 0;
}

bool mts_app_seats_differ(const mts_app_seat *seat, size_t ranks, char line[MTS_MESSAGE_MAX])
{
    size_t used = (size_t)snprintf(line, MTS_MESSAGE_MAX, "workers run on different CPUs: "),
           kinds = 0;
    for (size_t rank = 0; rank < ranks; rank++) {
        size_t n = 0;
        bool first = works(rank, ranks);
        for (size_t r = 0; r < ranks && first; r++) {
            first = r >= rank || !works(r, ranks) || !alike(&seat[r], &seat[rank]);
            n += works(r, ranks) && alike(&seat[r], &seat[rank]);
        }
        if (!first || used > MTS_MESSAGE_MAX - 256)
            continue;
        used += (size_t)snprintf(line + used, MTS_MESSAGE_MAX - used, "%s%zu on %s, kernels %s",
                                 kinds ? "; " : "", n, seat[rank].cpu, seat[rank].kernels);
        kinds++;
    }
    return kinds > 1;
}

/* The texts of all workers that differ, "a, b". */
static void list_different(const mts_app_seat *seat, size_t ranks, size_t offset, char *text,
                           size_t bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t rank = 0; rank < ranks; rank++) {
        const char *own = (const char *)&seat[rank] + offset;
        bool first = works(rank, ranks);
        for (size_t r = 0; r < rank && first; r++)
            first = !works(r, ranks) || strcmp((const char *)&seat[r] + offset, own) != 0;
        if (first && used < bytes)
            used += (size_t)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", own);
    }
}

void mts_app_seats_describe(const mts_app_seat *seat, size_t ranks, mts_session *session)
{
    list_different(seat, ranks, offsetof(mts_app_seat, cpu), session->cpu, sizeof session->cpu);
    list_different(seat, ranks, offsetof(mts_app_seat, kernels), session->kernels,
                   sizeof session->kernels);
}

/* ---- the sweep ---- */

mts_status mts_app_seats_gather(mts_app_run *run)
{
    mts_app_seat own;
    mts_config config;
    char kernels[MTS_VALUE_TEXT];
    mts_status st = MTS_OK;
    mts_grid_config(run->grid, 0, &config);
    mts_config_text(&config, mts_field_find("kernels"), kernels);
    mts_app_seat_take("", kernels, &own);
    if (run->rank == 0) {
        run->seat = mts_alloc((size_t)run->size, sizeof *run->seat);
        st = run->seat ? MTS_OK : MTS_ERR_MEMORY;
    }
    st = mts_app_agree(st);
    if (st == MTS_OK)
        st = mts_app_gather(&own, run->seat, sizeof own);
    return st;
}

static int by_falling_need(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

mts_status mts_app_guard_memory(const mts_app_run *run, const bool *wanted)
{
    mts_extents extents = {0};
    mts_app_kinds kinds = {0};
    char largest[MTS_TABLE_RUN_TEXT + 64] = "", text[MTS_TABLE_RUN_TEXT];
    double *need = mts_alloc(run->n, sizeof *need), most = 0;
    size_t n = 0;
    mts_status st = need ? mts_app_extents(run->grid, &extents) : MTS_ERR_MEMORY;
    const double row = mts_store_size(&extents, NULL) / (double)run->n;
    for (size_t i = 0; i < run->n && st == MTS_OK; i++) {
        mts_config config;
        size_t number = 0;
        if (!wanted[i])
            continue;
        mts_grid_config(run->grid, i, &config);
        st = mts_app_kind_of(&kinds, &config, false, &number);
        if (st != MTS_OK)
            break;
        if (kinds.kind[number].memory == 0)
            kinds.kind[number].memory = mts_run_memory(&config);
        need[n] = kinds.kind[number].memory + row;
        if (need[n] > most) {
            most = need[n];
            mts_table_run_text(&run->axes, &config, text);
            snprintf(largest, sizeof largest, "run %zu (%s)", mts_grid_number(run->grid, i), text);
        }
        n++;
    }
    if (st == MTS_OK) {
        qsort(need, n, sizeof *need, by_falling_need);
        st = mts_app_seats_memory(run->seat, (size_t)run->size, need, n, largest);
    }
    mts_app_kinds_free(&kinds);
    mts_free(need);
    return st;
}

/* Beyond these a sweep is large. */
#define LARGE_RUNS  10000
#define LARGE_BYTES 0x1p36

mts_status mts_app_guard_size(mts_app_run *run, const char *sweep, bool yes)
{
    char file[MTS_BYTES_TEXT], there[MTS_BYTES_TEXT];
    mts_extents extents = {0};
    const mts_status st = mts_app_extents(run->grid, &extents);
    const size_t *n = extents.n;
    /* What the program has of the evaluation trials while it makes the file. */
    const double trials = (double)sizeof(float) * (double)n[MTS_AXIS_set] *
                          (double)n[MTS_AXIS_trial] * (double)n[MTS_AXIS_latent] *
                          ((double)n[MTS_AXIS_stimulus_step] + 1);
    if (st != MTS_OK)
        return st;
    run->bytes = mts_store_size(&extents, NULL);
    run->large = run->n >= LARGE_RUNS || run->bytes >= LARGE_BYTES;
    mts_app_bytes_text(trials, file);
    mts_app_bytes_text(run->seat[0].memory, there);
    if (trials > run->seat[0].memory)
        return mts_fail(MTS_ERR_MEMORY,
                        "the evaluation trials of %s need %s of memory, and %s has %s; make "
                        "trace_trials or the steps fewer",
                        sweep, file, run->seat[0].host, there);
    mts_app_bytes_text(run->bytes, file);
    if (!run->large || yes || isatty(STDERR_FILENO) != 1)
        return MTS_OK;
    return mts_fail(MTS_ERR_USAGE,
                    "%s asks for %zu runs in a file of %s; --yes starts it, 'mtsweep plan %s' says "
                    "what it takes",
                    sweep, run->n, file, sweep);
}
