/* new_file.c: what a new file says about itself, and the shapes that its runs need. */
#include "mtsweep/num.h"
#include "mtsweep/probe.h"
#include "mtsweep/run.h"
#include "mtsweep/task.h"
#include "verb_run.h"

#include <math.h>
#include <mpi.h>
#include <stdarg.h>
#include <string.h>

static const char conventions[] =
    "Axes are row-major, run first; every axis has a scale /axis/NAME, and every dataset names its "
    "units and meaning in the attributes units and long_name. Where a run is smaller than an axis "
    "is long, and in runs that are not done, values are missing: NaN, -1 (integers), 255 (bytes). "
    "State: only runs with state done or diverged have results. Splits: id = decoder trained on "
    "all regions; ood = trained without the region of the fold; both tested on that region; "
    "ood_published = the ood decoder on the test sets of the authors' code, which for half of the "
    "folds lie in regions it was trained on. r2 = 1 - MSE / (1/12), r2_within = 1 - MSE / (1/48).";

enum { MAX_ATTRIBUTES = 32 };

/* Runs that share a layout, or a set of trials, share its number. */
struct mts_app_schema {
    mts_schema schema;
    size_t room_layouts, room_sets;
    mts_layout *net, *encoder;
    uint64_t *set;
    size_t *set_run; /* a run of the set */
    uint32_t *run_layout, *run_set;
    float *latent, *observation;
    uint8_t *phase, *trial_kind, *quadrant;
    char (*fold)[MTS_FOLD_TEXT];
    const char **fold_name;
    size_t *number;
    mts_attribute attribute[MAX_ATTRIBUTES];
    char kept[MAX_ATTRIBUTES][256]; /* texts of attributes that are made here */
    char sets[16384], command[8192];
};
typedef struct mts_app_schema maker;

static mts_status grow(void **array, size_t n, size_t *room, size_t size)
{
    const size_t more = *room ? 2 * *room : 8;
    void *bigger = mts_alloc(more, size);
    if (!bigger)
        return MTS_ERR_MEMORY;
    if (*array)
        memcpy(bigger, *array, n * size);
    mts_free(*array);
    *array = bigger;
    *room = more;
    return MTS_OK;
}

static mts_status find_layout(maker *m, const mts_config *config, uint32_t *number)
{
    size_t *n = &m->schema.extents.n[MTS_AXIS_layout];
    mts_layout net = {0}, encoder = {0};
    mts_status st = mts_run_layouts(config, &net, &encoder);
    for (size_t i = *n; i-- > 0 && st == MTS_OK;)
        if (mts_layout_equal(&m->net[i], &net) && mts_layout_equal(&m->encoder[i], &encoder)) {
            *number = (uint32_t)i;
            return MTS_OK;
        }
    if (st == MTS_OK && *n == m->room_layouts) {
        size_t room = m->room_layouts;
        st = grow((void **)&m->net, *n, &room, sizeof *m->net);
        if (st == MTS_OK)
            st = grow((void **)&m->encoder, *n, &m->room_layouts, sizeof *m->encoder);
    }
    if (st != MTS_OK)
        return st;
    if (net.n > m->schema.extents.n[MTS_AXIS_tensor])
        m->schema.extents.n[MTS_AXIS_tensor] = net.n;
    if (encoder.n > m->schema.extents.n[MTS_AXIS_tensor])
        m->schema.extents.n[MTS_AXIS_tensor] = encoder.n;
    m->net[*n] = net;
    m->encoder[*n] = encoder;
    *number = (uint32_t)(*n)++;
    return MTS_OK;
}

static mts_status find_set(maker *m, size_t run, const mts_config *config, uint32_t *number)
{
    size_t *n = &m->schema.extents.n[MTS_AXIS_set];
    const uint64_t set = mts_run_trial_set(config);
    mts_status st = MTS_OK;
    for (size_t i = *n; i-- > 0;)
        if (m->set[i] == set) {
            *number = (uint32_t)i;
            return MTS_OK;
        }
    if (*n == m->room_sets) {
        size_t room = m->room_sets;
        st = grow((void **)&m->set, *n, &room, sizeof *m->set);
        if (st == MTS_OK)
            st = grow((void **)&m->set_run, *n, &m->room_sets, sizeof *m->set_run);
    }
    if (st != MTS_OK)
        return st;
    m->set[*n] = set;
    m->set_run[*n] = run;
    *number = (uint32_t)(*n)++;
    return MTS_OK;
}

/* Layouts, sets and extents over all runs. */
static mts_status survey(maker *m, const mts_grid *grid)
{
    const size_t n = mts_grid_size(grid);
    mts_app_kinds kinds = {0};
    mts_status st = MTS_OK;
    m->run_layout = mts_alloc(n, sizeof *m->run_layout);
    m->run_set = mts_alloc(n, sizeof *m->run_set);
    if (!m->run_layout || !m->run_set)
        return MTS_ERR_MEMORY;
    for (size_t run = 0; run < n && st == MTS_OK; run++) {
        const size_t known = kinds.n;
        size_t number = 0;
        mts_config config;
        mts_grid_config(grid, run, &config);
        st = mts_app_kind_of(&kinds, &config, false, &number);
        if (st == MTS_OK && kinds.n == known) {
            const size_t like = kinds.kind[number].first;
            m->run_layout[run] = m->run_layout[like];
            m->run_set[run] = m->run_set[like];
        } else if (st == MTS_OK) {
            kinds.kind[number].first = run;
            mts_run_extents(&config, &m->schema.extents);
            st = find_layout(m, &config, &m->run_layout[run]);
            if (st == MTS_OK)
                st = find_set(m, run, &config, &m->run_set[run]);
        }
    }
    mts_app_kinds_free(&kinds);
    m->schema.extents.n[MTS_AXIS_run] = n;
    m->schema.extents.n[MTS_AXIS_session] = MTS_SESSIONS;
    m->schema.layout = m->net;
    m->schema.encoder_layout = m->encoder;
    m->schema.run_layout = m->run_layout;
    m->schema.run_set = m->run_set;
    return st;
}

/* The evaluation trials of every set. */
static mts_status trials(maker *m, const mts_grid *grid)
{
    const size_t *n = m->schema.extents.n;
    const size_t sets = n[MTS_AXIS_set], L = n[MTS_AXIS_latent], S = n[MTS_AXIS_stimulus_step],
                 R = n[MTS_AXIS_trial];
    mts_real *latent = NULL, *obs = NULL;
    mts_status st = MTS_OK;
    m->latent = mts_alloc(sets * R * L, sizeof *m->latent);
    m->observation = mts_alloc(sets * R * S * L, sizeof *m->observation);
    latent = mts_alloc(R * L, sizeof *latent);
    obs = mts_alloc(R * S * L, sizeof *obs);
    if (!m->latent || !m->observation || !latent || !obs)
        st = MTS_ERR_MEMORY;
    for (size_t i = 0; st == MTS_OK && i < sets * R * L; i++)
        m->latent[i] = NAN;
    for (size_t i = 0; st == MTS_OK && i < sets * R * S * L; i++)
        m->observation[i] = NAN;
    for (size_t set = 0; set < sets && st == MTS_OK; set++) {
        mts_config config, evaluation;
        size_t D, steps;
        mts_grid_config(grid, m->set_run[set], &config);
        st = mts_run_trials(&config, latent, obs);
        evaluation = mts_task_evaluation(&config);
        D = (size_t)config.latents;
        steps = mts_task_timing(&evaluation).stimulus;
        for (size_t r = 0; r < mts_run_trial_count(&config) && st == MTS_OK; r++) {
            for (size_t d = 0; d < D; d++)
                m->latent[(set * R + r) * L + d] = (float)latent[r * D + d];
            for (size_t s = 0; s < steps; s++)
                for (size_t d = 0; d < D; d++)
                    m->observation[((set * R + r) * S + s) * L + d] =
                        (float)obs[(r * steps + s) * D + d];
        }
    }
    m->schema.latent = m->latent;
    m->schema.observation = m->observation;
    mts_free(latent);
    mts_free(obs);
    return st;
}

/* A number of MTS_QUADRANTS. */
static uint8_t quadrant_of(float x, float y)
{
    if (x == 0 || y == 0)
        return 0;
    return y > 0 ? (x > 0 ? 1 : 2) : (x < 0 ? 3 : 4);
}

static uint8_t phase_of(const mts_timing *timing, size_t t)
{
    if (t < timing->stimulus_first)
        return MTS_PHASE_fixation;
    if (t < timing->stimulus_first + timing->stimulus)
        return MTS_PHASE_stimulus;
    return t < timing->decision_first ? MTS_PHASE_delay : MTS_PHASE_decision;
}

/* What the stored steps of a run are. */
static void phases(const mts_config *config, uint8_t *phase)
{
    const mts_config evaluation = mts_task_evaluation(config);
    const mts_timing timing = mts_task_timing(&evaluation);
    for (size_t t = config->trace == MTS_TRACE_last ? timing.T - 1 : 0; t < timing.T; t++)
        *phase++ = phase_of(&timing, t);
}

/* What the steps of every run, and the trials of every set, are. */
static mts_status labels(maker *m, const mts_grid *grid)
{
    const size_t *n = m->schema.extents.n;
    const size_t runs = n[MTS_AXIS_run], sets = n[MTS_AXIS_set], R = n[MTS_AXIS_trial],
                 T = n[MTS_AXIS_step], L = n[MTS_AXIS_latent];
    mts_config config;
    m->phase = mts_alloc(runs * T, 1);
    m->trial_kind = mts_alloc(sets * R, 1);
    m->quadrant = mts_alloc(sets * R, 1);
    if (!m->phase || !m->trial_kind || !m->quadrant)
        return MTS_ERR_MEMORY;
    memset(m->phase, UINT8_MAX, runs * T);
    memset(m->trial_kind, UINT8_MAX, sets * R);
    memset(m->quadrant, UINT8_MAX, sets * R);
    for (size_t run = 0; run < runs && T > 0; run++) {
        mts_grid_config(grid, run, &config);
        if (config.trace != MTS_TRACE_none)
            phases(&config, m->phase + run * T);
    }
    for (size_t set = 0; set < sets; set++) {
        mts_grid_config(grid, m->set_run[set], &config);
        for (size_t r = 0; r < mts_run_trial_count(&config); r++) {
            const float *x = m->latent + (set * R + r) * L + config.latents - 2;
            m->trial_kind[set * R + r] =
                r < (size_t)config.trace_trials ? MTS_TRIAL_noisy : MTS_TRIAL_grid;
            m->quadrant[set * R + r] = quadrant_of(x[0], x[1]);
        }
    }
    m->schema.phase = m->phase;
    m->schema.trial_kind = m->trial_kind;
    m->schema.quadrant = m->quadrant;
    return MTS_OK;
}

/* Names of the folds; where runs of several D name them differently, "region 1", ... */
static mts_status folds(maker *m, const mts_grid *grid)
{
    const size_t n = m->schema.extents.n[MTS_AXIS_fold];
    bool same = true;
    mts_config config;
    m->fold = mts_alloc(n, sizeof *m->fold);
    m->fold_name = mts_alloc(n, sizeof *m->fold_name);
    if (!m->fold || !m->fold_name)
        return MTS_ERR_MEMORY;
    mts_grid_config(grid, 0, &config);
    const int64_t D = config.latents;
    for (size_t run = 1; run < mts_grid_size(grid) && same; run++) {
        mts_grid_config(grid, run, &config);
        same = config.latents == D;
    }
    for (size_t f = 0; f < n; f++) {
        if (same)
            mts_probe_fold_text(config.folds, (size_t)D, f, m->fold[f]);
        else
            snprintf(m->fold[f], MTS_FOLD_TEXT, "region %zu", f + 1);
        m->fold_name[f] = m->fold[f];
    }
    m->schema.fold_name = m->fold_name;
    return MTS_OK;
}

/* The numbers of the runs of a part in the whole sweep. */
static mts_status numbers(maker *m, const mts_grid *grid)
{
    const size_t n = mts_grid_size(grid);
    if (n == mts_grid_whole(grid))
        return MTS_OK;
    m->number = mts_alloc(n, sizeof *m->number);
    for (size_t run = 0; m->number && run < n; run++)
        m->number[run] = mts_grid_number(grid, run);
    m->schema.number = m->number;
    return m->number ? MTS_OK : MTS_ERR_MEMORY;
}

/* ---- attributes ---- */

static void attribute(maker *m, const char *name, const char *text)
{
    m->attribute[m->schema.n_attributes++] = (mts_attribute){.name = name, .text = text};
}

static void attribute_words(maker *m, const char *name, const char *text)
{
    attribute(m, name, text);
    m->attribute[m->schema.n_attributes - 1].words = true;
}

static void attribute_format(maker *m, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void attribute_format(maker *m, const char *name, const char *format, ...)
{
    char *text = m->kept[m->schema.n_attributes];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof m->kept[0], format, list);
    va_end(list);
    attribute(m, name, text);
}

/* The kernels that the first run asks for; "auto" is told as what it stands for here. What each run
 * used is in /result/kernels. */
static void kernels_attribute(maker *m, const mts_grid *grid)
{
    const mts_kernels *kernels;
    mts_config config;
    char name[MTS_VALUE_TEXT];
    mts_grid_config(grid, 0, &config);
    mts_config_text(&config, mts_field_find("kernels"), name);
    attribute_format(m, "kernels", "%s",
                     mts_kernels_find(name, &kernels) == MTS_OK ? kernels->name : name);
}

/* What the sweep and this program determine. */
static void own_attributes(maker *m, const mts_grid *grid)
{
    attribute(m, "name", mts_grid_name(grid));
    attribute(m, "question", mts_grid_question(grid));
    attribute(m, "claim", mts_grid_claim(grid));
    attribute_format(m, "sweep_hash", "%016llx", (unsigned long long)mts_grid_hash(grid));
    attribute_words(m, "random",
                    "Philox4x32-10; key = identity of the run, counter = (block, item, purpose)");
    attribute_words(m, "conventions", conventions);
    attribute_words(m, "network", mts_app_network_text);
    m->schema.attribute = m->attribute;
}

/* What a new file says about its making. */
static void attributes(maker *m, const mts_app_origin *origin, const mts_grid *grid)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING], hdf5[64], cpu[MTS_APP_CPU_TEXT], host[MTS_HOST_TEXT];
    size_t used = 0;
    int length;
    for (size_t i = 0; i < origin->n_sets && used < sizeof m->sets; i++)
        used += (size_t)snprintf(m->sets + used, sizeof m->sets - used, "%s%s", i ? "\n" : "",
                                 origin->set[i]);
    mts_app_command(origin->argc, origin->argv, m->command, sizeof m->command);
    mts_app_host(host);
    mts_app_cpu(cpu);
    mts_app_hdf5(hdf5);
    attribute(m, "sweep", origin->text);
    attribute(m, "sweep_set", m->sets);
    mts_time_text(mts_now(), text);
    attribute_format(m, "created", "%s", text);
    attribute(m, "command", m->command);
    attribute(m, "version", MTS_VERSION);
    attribute(m, "revision", MTS_REVISION);
    attribute(m, "compiler", mts_app_compiler());
    attribute(m, "flags", MTS_BUILD_FLAGS);
    MPI_Get_library_version(text, &length);
    attribute_format(m, "mpi", "%.*s", (int)strcspn(text, ",\n"), text);
    attribute_format(m, "hdf5", "%s", hdf5);
    attribute(m, "blas", mts_blas_text());
    attribute_format(m, "host", "%s", host);
    attribute_format(m, "cpu", "%s", cpu);
    kernels_attribute(m, grid);
    if (m->number)
        attribute_format(m, "part_of", "%zu of the %zu runs of its sweep", mts_grid_size(grid),
                         mts_grid_whole(grid));
    if (origin->history)
        attribute(m, "history", origin->history);
}

static void schema_config(void *ctx, size_t run, mts_config *config)
{
    mts_grid_config(ctx, run, config);
}

void mts_app_schema_destroy(mts_app_schema *m)
{
    if (!m)
        return;
    void *owned[] = {m->net,     m->encoder,    m->set,         m->set_run, m->run_layout,
                     m->run_set, m->latent,     m->observation, m->fold,    m->fold_name,
                     m->phase,   m->trial_kind, m->quadrant,    m->number};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mts_free(owned[i]);
    mts_free(m);
}

mts_status mts_app_extents(const mts_grid *grid, mts_extents *extents)
{
    maker *m = mts_alloc(1, sizeof *m);
    const mts_status st = m ? survey(m, grid) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        *extents = m->schema.extents;
    mts_app_schema_destroy(m);
    return st;
}

mts_status mts_app_schema_create(const mts_grid *grid, mts_app_schema **schema)
{
    maker *m = mts_alloc(1, sizeof *m);
    mts_status st = m ? survey(m, grid) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = trials(m, grid);
    if (st == MTS_OK)
        st = labels(m, grid);
    if (st == MTS_OK)
        st = folds(m, grid);
    if (st == MTS_OK)
        st = numbers(m, grid);
    if (st == MTS_OK) {
        m->schema.ctx = (void *)(uintptr_t)grid;
        m->schema.config = schema_config;
        own_attributes(m, grid);
        *schema = m;
        return MTS_OK;
    }
    mts_app_schema_destroy(m);
    *schema = NULL;
    return st;
}

mts_status mts_app_schema_hold(mts_app_schema *m, mts_store *store, bool repair, void *ctx,
                               void (*differs)(void *ctx, const char *dataset, size_t row),
                               size_t *differing)
{
    char *revision = NULL;
    m->schema.same_revision = mts_store_attribute(store, "revision", &revision) == MTS_OK &&
                              strcmp(revision, MTS_REVISION) == 0;
    mts_free(revision);
    return mts_store_compare(store, &m->schema, repair, ctx, differs, differing);
}

mts_status mts_app_create(const mts_app_origin *origin, const mts_grid *grid)
{
    maker *m = NULL;
    mts_status st = mts_app_schema_create(grid, &m);
    if (st == MTS_OK) {
        attributes(m, origin, grid);
        m->schema.dropped = origin->dropped;
        m->schema.compressed = origin->compressed;
        st = mts_store_create(origin->path, &m->schema);
    }
    mts_app_schema_destroy(m);
    return st;
}
