/* position.c: a position as bytes. One function walks over all that belongs to it, three times: to
 * count, to write and to read, so that the three cannot disagree.
 *
 *     | version, identity, sizes | batches, fits, outputs, sums | parameters, Adam | columns |
 *
 * All random numbers are functions of the run's identity and of what they are for, so nothing of them
 * is here. Nor are traces and weights: they follow from the parameters. */
#include "position.h"

#include <math.h>
#include <string.h>

#define VERSION 1u

typedef struct walker {
    unsigned char *bytes; /* NULL: only counts */
    size_t used, size;
    bool reads;
    bool fits; /* so far: what was read is of this run */
} walker;

static void part(void *ctx, void *p, size_t n)
{
    walker *w = ctx;
    if (w->bytes && w->used + n > w->size)
        w->fits = false;
    if (w->bytes && w->fits && w->reads)
        memcpy(p, w->bytes + w->used, n);
    else if (w->bytes && w->fits)
        memcpy(w->bytes + w->used, p, n);
    w->used += n;
}

/* A number that must be the same when it is read. */
static void same(walker *w, uint64_t number)
{
    uint64_t there = number;
    part(w, &there, sizeof there);
    w->fits = w->fits && there == number;
}

static bool is_kept(const mts_column *column)
{
    return strcmp(column->group, "trace") != 0 && strcmp(column->group, "weights") != 0;
}

/* Whether a run can stand where it is said to: what was read counts and shifts. */
static bool can_be(const mts_position *at)
{
    const mts_run_shape *shape = &at->trainer->shape;
    return at->trainer->batch <= (uint64_t)shape->config.batches && at->fits <= shape->probe.fits &&
           at->progress->done >= 0 && at->progress->done <= at->progress->total;
}

static void forget(mts_position *at)
{
    at->trainer->batch = 0;
    at->point = at->end = (mts_interval){0};
    at->fits = at->outputs = 0;
    at->progress->done = 0;
    at->progress->loss = (double)NAN;
}

static void walk(walker *w, const mts_position *at)
{
    mts_trainer *trainer = at->trainer;
    mts_position *position = (mts_position *)(uintptr_t)at;
    same(w, VERSION);
    same(w, trainer->identity);
    same(w, mts_config_key(&trainer->shape.config));
    same(w, sizeof(mts_real));
    same(w, trainer->P);
    same(w, at->result->bytes);
    if (w->reads && !w->fits)
        return;
    part(w, &trainer->batch, sizeof trainer->batch);
    part(w, &position->point, sizeof position->point);
    part(w, &position->end, sizeof position->end);
    part(w, &position->fits, sizeof position->fits);
    part(w, &position->outputs, sizeof position->outputs);
    part(w, &at->progress->done, sizeof at->progress->done);
    part(w, &at->progress->loss, sizeof at->progress->loss);
    if (w->reads && !can_be(at)) {
        w->fits = false;
        forget(position);
        return;
    }
    part(w, trainer->theta, trainer->P * sizeof *trainer->theta);
    mts_adam_walk(trainer->adam, w, part);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++)
        if (is_kept(&mts_columns[c]))
            part(w, at->result->column[c],
                 mts_column_count(&mts_columns[c], &at->result->extents) *
                     mts_column_size(mts_columns[c].type));
}

void mts_run_save(mts_position *at, bool now)
{
    const mts_run_hooks *hooks = at->progress->hooks;
    const bool asked = at->progress->save;
    walker count = {.fits = true};
    if (!hooks || !hooks->save || !(now || asked))
        return;
    at->progress->save = false;
    walk(&count, at);
    walker write = {.bytes = mts_alloc(count.used, 1), .size = count.used, .fits = true};
    if (!write.bytes)
        return; /* the run goes on without */
    walk(&write, at);
    hooks->save(hooks->ctx, at->progress->done / at->progress->total, write.bytes, write.used);
    mts_free(write.bytes);
}

bool mts_run_restore(mts_position *at)
{
    const mts_run_hooks *hooks = at->progress->hooks;
    walker count = {.fits = true};
    if (!hooks || !hooks->state)
        return true;
    walk(&count, at);
    walker read = {.bytes = (unsigned char *)(uintptr_t)hooks->state,
                   .size = hooks->state_bytes,
                   .reads = true,
                   .fits = hooks->state_bytes == count.used};
    if (read.fits)
        walk(&read, at);
    return read.fits;
}
