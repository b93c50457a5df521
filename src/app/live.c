/* live.c: what is under way, as a text beside the lock.
 *
 *     left 71.2 rate 12.5                           seconds to the end, runs a minute; nan: not known
 *     run 17 rank 3 done 0.4312 loss 0.0123 after 12.1
 *     ...
 *     end 1                                         so many runs
 *
 * Rank 0 writes it anew every other second. Who reads in that moment finds no end, or the wrong one,
 * and keeps what was there before. */
#include "verb_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE 160 /* of one run, at most */

mts_status mts_app_live_write(const mts_grid *grid, const mts_farm_view *view, char **text)
{
    const size_t n = view->running < MTS_APP_TOLD ? view->running : MTS_APP_TOLD,
                 room = (n + 2) * LINE;
    const size_t ended = view->done + view->diverged;
    size_t used = 0;
    char *out = *text = mts_alloc(room, 1);
    if (!out)
        return MTS_ERR_MEMORY;
    used += (size_t)snprintf(out + used, LINE, "left %.8g rate %.8g\n", view->left,
                             ended > 0 ? 60 * (double)ended / view->seconds : NAN);
    for (size_t i = 0; i < n; i++) {
        const mts_farm_busy *busy = &view->busy[i];
        used += (size_t)snprintf(
            out + used, LINE, "run %zu rank %d done %.6g loss %.6g after %.8g\n",
            mts_grid_number(grid, busy->index), busy->rank, busy->note[MTS_APP_NOTE_DONE],
            busy->note[MTS_APP_NOTE_LOSS], busy->seconds);
    }
    snprintf(out + used, LINE, "end %zu\n", n);
    return MTS_OK;
}

void mts_app_live_free(mts_app_live *live)
{
    mts_free(live->run);
    *live = (mts_app_live){.per_minute = NAN, .left = NAN};
}

/* A part, 0 to 1, or seconds and the like: NaN what cannot be. */
static double within(double value, double most)
{
    return value >= 0 && value <= most ? value : NAN;
}

static int by_number(const void *a, const void *b)
{
    const size_t x = ((const struct mts_app_live_run *)a)->number,
                 y = ((const struct mts_app_live_run *)b)->number;
    return (x > y) - (x < y);
}

/* One line of a run; false: there is none. */
static bool take(const char **text, struct mts_app_live_run *run)
{
    int end = 0;
    long long number = 0;
    if (sscanf(*text, "run %18lld rank %9d done %24lf loss %24lf after %24lf%n", &number,
               &run->rank, &run->done, &run->loss, &run->seconds, &end) != 5 ||
        (*text)[end] != '\n' || number < 0 || run->rank < 0)
        return false;
    run->number = (size_t)number;
    run->done = within(run->done, 1);
    run->seconds = within(run->seconds, 1e12);
    *text += end + 1;
    return true;
}

mts_status mts_app_live_parse(const char *text, mts_app_live *live)
{
    mts_app_live read = {.per_minute = NAN, .left = NAN};
    double left, rate;
    size_t lines = 0, told = 0;
    int end = 0;
    if (sscanf(text, "left %24lf rate %24lf%n", &left, &rate, &end) != 2 || text[end] != '\n') {
        if (!*text)
            mts_app_live_free(live);
        return MTS_OK;
    }
    text += end + 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    if (lines > MTS_APP_TOLD)
        lines = MTS_APP_TOLD;
    read.run = mts_alloc(lines, sizeof *read.run);
    if (!read.run)
        return MTS_ERR_MEMORY;
    while (read.n < lines && take(&text, &read.run[read.n]))
        read.n++;
    if (sscanf(text, "end %9zu", &told) != 1 || told != read.n) {
        mts_app_live_free(&read);
        return MTS_OK;
    }
    if (read.n > 0)
        qsort(read.run, read.n, sizeof *read.run, by_number);
    read.left = within(left, 1e12);
    read.per_minute = within(rate, 1e12);
    mts_app_live_free(live);
    *live = read;
    return MTS_OK;
}

mts_status mts_app_live_read(const char *path, mts_app_live *live)
{
    char *text = NULL;
    mts_status st = mts_lock_notes(path, &text);
    if (st == MTS_OK)
        st = mts_app_live_parse(text, live);
    mts_free(text);
    return st;
}

const struct mts_app_live_run *mts_app_live_find(const mts_app_live *live, size_t number)
{
    const struct mts_app_live_run wanted = {.number = number};
    return live->n == 0 ? NULL : bsearch(&wanted, live->run, live->n, sizeof *live->run, by_number);
}
