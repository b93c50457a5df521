/* Which datasets a file has. Everything else loops over this list: creation, the checks at opening,
 * the size, the rows. */
#include "internal.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TIME_UNIT "seconds since 1970-01-01 00:00:00 UTC"

#define STATE_COLUMN(name_, kind_, bytes_, unit_, doc_)                                            \
    {                                                                                              \
#name_, KIND_##kind_, bytes_, unit_, doc_, offsetof(mts_stamp, name_)                      \
    }
const mts_store_member mts_store_state[N_STATE] = {
    [STATE_STATE] = STATE_COLUMN(state, U8, 1, "1", "what has become of the run"),
    [STATE_CRC] =
        STATE_COLUMN(crc, I64, 8, "1", "CRC-32 of the row as written by the worker; -1 = none"),
    [STATE_ATTEMPTS] =
        STATE_COLUMN(attempts, I64, 8, "1",
                     "starts of the run since it last got further or was stopped in order"),
    [STATE_STARTED] = STATE_COLUMN(started, F64, 8, TIME_UNIT, "start of the last attempt"),
    [STATE_FINISHED] = STATE_COLUMN(finished, F64, 8, TIME_UNIT, "end of the last attempt"),
    [STATE_SECONDS] = STATE_COLUMN(seconds, F64, 8, "s", "duration of the work"),
    [STATE_HOST] = STATE_COLUMN(host, TEXT, MTS_HOST_TEXT, "1", "host of the last attempt"),
    [STATE_REASON] =
        STATE_COLUMN(reason, TEXT, MTS_REASON_TEXT, "1", "why the run failed or diverged"),
};

#define SESSION_COLUMN(name_, kind_, bytes_, unit_, doc_)                                          \
    {                                                                                              \
#name_, KIND_##kind_, bytes_, unit_, doc_, offsetof(mts_session, name_)                    \
    }
const mts_store_member mts_store_session[N_SESSION] = {
    SESSION_COLUMN(number, I64, 8, "1", "number of the session, from 1; 0 = unused slot"),
    SESSION_COLUMN(started, F64, 8, TIME_UNIT, "start of the session"),
    SESSION_COLUMN(ended, F64, 8, TIME_UNIT, "end; NaN = still running, or killed"),
    SESSION_COLUMN(host, TEXT, MTS_HOST_TEXT, "1", "host of rank 0"),
    SESSION_COLUMN(job, TEXT, MTS_HOST_TEXT, "1", "job of the batch system"),
    SESSION_COLUMN(pid, I64, 8, "1", "process of rank 0"),
    SESSION_COLUMN(ranks, I64, 8, "1", "number of MPI ranks"),
    SESSION_COLUMN(exit, I64, 8, "1", "exit status; -1 = not ended"),
    SESSION_COLUMN(version, TEXT, MTS_HOST_TEXT, "1", "version of mtsweep"),
    SESSION_COLUMN(kernels, TEXT, MTS_HOST_TEXT, "1", "numerical kernels"),
    SESSION_COLUMN(cpu, TEXT, MTS_HOST_TEXT, "1", "processors of the workers"),
};

const char *const mts_state_name[MTS_N_STATES + 1] = {MTS_STATES(MTS_NAME) NULL};
static const char *const tensor_blocks[] = {"parameters", "encoder", NULL};
static const char *const phases[] = {MTS_PHASES(MTS_NAME) NULL};
static const char *const trial_kinds[] = {MTS_TRIAL_KINDS(MTS_NAME) NULL};
static const char *const quadrants[] = {MTS_QUADRANTS(MTS_NAME) NULL};

/* What HDF5 itself needs: object headers, names, attributes; measured. */
#define METADATA_BYTES 184320.0

/* What comes beside the records: names of coordinates, the evaluation trials, and where each tensor
 * lies. A table of tensors has one line for each tensor of each layout, networks and encoders alike. */
static const struct {
    const char *path;
    mts_store_kind kind;
    size_t bytes;
    const char *doc;
    const char *const *choices;
    size_t n_axes;
    mts_axis axis[SPEC_MAX_AXES];
} extras[N_EXTRA] = {
#define EXTRA(path_, kind_, bytes_, doc_, choices_, ...)                                           \
    {                                                                                              \
        path_, KIND_##kind_, bytes_, doc_, choices_,                                               \
            sizeof((mts_axis[]){__VA_ARGS__}) / sizeof(mts_axis),                                  \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
    [EXTRA_SPLIT_NAME] =
        EXTRA("/axis/split_name", TEXT, NAME_TEXT, "name of the split", NULL, MTS_AXIS_split),
    [EXTRA_FOLD_NAME] = EXTRA("/axis/fold_name", TEXT, NAME_TEXT,
                              "signs of the latents in the region held out", NULL, MTS_AXIS_fold),
    [EXTRA_PHASE] = EXTRA("/trace/phase", U8, 1, "phase of the trial that the step is in", phases,
                          MTS_AXIS_run, MTS_AXIS_step),
    [EXTRA_TRIAL_KIND] =
        EXTRA("/trace/trial_kind", U8, 1, "noisy, or of the noise-free grid of latents",
              trial_kinds, MTS_AXIS_set, MTS_AXIS_trial),
    [EXTRA_QUADRANT] = EXTRA("/trace/quadrant", U8, 1,
                             "signs of the trial's last two latents; between: one of them is 0",
                             quadrants, MTS_AXIS_set, MTS_AXIS_trial),
    [EXTRA_RUN_SET] =
        EXTRA("/trace/run_set", I64, 8, "set of evaluation trials of the run", NULL, MTS_AXIS_run),
    [EXTRA_LATENTS] = EXTRA("/trace/latents", F32, 4, "latents x* of the evaluation trials", NULL,
                            MTS_AXIS_set, MTS_AXIS_trial, MTS_AXIS_latent),
    [EXTRA_OBSERVATIONS] =
        EXTRA("/trace/observations", F32, 4, "observations X(t) of the evaluation trials", NULL,
              MTS_AXIS_set, MTS_AXIS_trial, MTS_AXIS_stimulus_step, MTS_AXIS_latent),
    [EXTRA_RUN_LAYOUT] =
        EXTRA("/weights/run_layout", I64, 8, "layout of the run's parameters", NULL, MTS_AXIS_run),
    [EXTRA_TENSOR_LAYOUT] = EXTRA("/weights/tensor_layout", I64, 8,
                                  "layout that the tensor belongs to", NULL, MTS_AXIS_tensor),
    [EXTRA_TENSOR_BLOCK] = EXTRA("/weights/tensor_block", U8, 1, "dataset that holds the tensor",
                                 tensor_blocks, MTS_AXIS_tensor),
    [EXTRA_TENSOR_NAME] =
        EXTRA("/weights/tensor_name", TEXT, NAME_TEXT, "name of the tensor", NULL, MTS_AXIS_tensor),
    [EXTRA_TENSOR_OFFSET] =
        EXTRA("/weights/tensor_offset", I64, 8, "number of its first element in the dataset", NULL,
              MTS_AXIS_tensor),
    [EXTRA_TENSOR_ROWS] =
        EXTRA("/weights/tensor_rows", I64, 8, "rows: inputs of a weight matrix, 1 for a vector",
              NULL, MTS_AXIS_tensor),
    [EXTRA_TENSOR_COLS] =
        EXTRA("/weights/tensor_cols", I64, 8,
              "columns: element (r, c) is number offset + r * columns + c", NULL, MTS_AXIS_tensor),
};

const char *const mts_store_droppable[] = {"trace", "weights", "score", "history", "measure", NULL};

/* Whether the list of words has this one. */
static bool has_word(const char *words, const char *word, size_t length)
{
    for (const char *p = words; *(p += strspn(p, " "));) {
        const size_t n = strcspn(p, " ");
        if (n == length && memcmp(p, word, n) == 0)
            return true;
        p += n;
    }
    return false;
}

bool mts_store_can_drop(const char *groups)
{
    for (const char *p = groups; *(p += strspn(p, " "));) {
        const size_t n = strcspn(p, " ");
        size_t i = 0;
        while (mts_store_droppable[i] &&
               (strlen(mts_store_droppable[i]) != n || memcmp(mts_store_droppable[i], p, n) != 0))
            i++;
        if (!mts_store_droppable[i])
            return false;
        p += n;
    }
    return true;
}

static bool is_dropped(const mts_store_specs *specs, const mts_store_spec *spec)
{
    return has_word(specs->dropped, spec->path + 1, spec->group_length - 1);
}

size_t mts_store_fixed_extent(mts_axis axis)
{
    switch (axis) {
    case MTS_AXIS_session:
        return MTS_SESSIONS;
    case MTS_AXIS_text32:
        return 32;
    case MTS_AXIS_text64:
        return 64;
    case MTS_AXIS_text256:
        return 256;
    default:
        return 0;
    }
}

static mts_axis text_axis(size_t bytes)
{
    mts_axis axis = MTS_AXIS_text32;
    while (axis < MTS_AXIS_text256 && mts_store_fixed_extent(axis) != bytes)
        axis++;
    assert(mts_store_fixed_extent(axis) == bytes);
    return axis;
}

static void add(mts_store_specs *specs, const mts_extents *extents, const char *path,
                mts_store_spec spec)
{
    mts_store_spec *new = &specs->spec[specs->n++];
    *new = spec;
    if (spec.kind == KIND_TEXT) {
        new->axis[new->n_axes++] = text_axis(spec.bytes);
        new->bytes = 1;
    }
    snprintf(new->path, sizeof new->path, "%s", path);
    new->group_length = (size_t)(strchr(new->path + 1, '/') - new->path);
    new->row = 1;
    new->total = (double)new->bytes;
    for (size_t i = 0; i < new->n_axes; i++) {
        size_t n = extents->n[new->axis[i]];
        new->dims[i] = n;
        new->total *= (double)n;
        if (i > 0)
            new->row *= n;
    }
    if (is_dropped(specs, new))
        new->total = 0;
}

static void add_members(mts_store_specs *specs, const mts_extents *extents, const char *group,
                        mts_axis axis, const mts_store_member *member, size_t n)
{
    char path[SPEC_PATH];
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "/%s/%s", group, member[i].name);
        add(specs, extents, path,
            (mts_store_spec){.kind = member[i].kind,
                             .bytes = member[i].bytes,
                             .unit = member[i].unit,
                             .doc = member[i].doc,
                             .choices = member[i].kind == KIND_U8 ? mts_state_name : NULL,
                             .n_axes = 1,
                             .axis = {axis}});
    }
}

static void add_config(mts_store_specs *specs, const mts_extents *extents)
{
    char path[SPEC_PATH];
    for (size_t i = 0; i < mts_n_fields; i++) {
        const mts_field *field = &mts_fields[i];
        bool choice = field->type == MTS_CHOICE;
        snprintf(path, sizeof path, "/config/%s", field->name);
        add(specs, extents, path,
            (mts_store_spec){.kind = choice                    ? KIND_U8
                                     : field->type == MTS_REAL ? KIND_F64
                                                               : KIND_I64,
                             .bytes = choice ? 1 : 8,
                             .unit = field->unit,
                             .doc = field->doc,
                             .choices = field->choices,
                             .n_axes = 1,
                             .axis = {MTS_AXIS_run}});
    }
}

static void add_results(mts_store_specs *specs, const mts_extents *extents)
{
    static const mts_store_kind kind[] = {
        [MTS_F64] = KIND_F64, [MTS_F32] = KIND_F32, [MTS_I64] = KIND_I64, [MTS_U8] = KIND_U8};
    char path[SPEC_PATH];
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        const mts_column *column = &mts_columns[i];
        /* A column of small numbers that is named as a choice field is numbered as the field. */
        const mts_field *field = column->type == MTS_U8 ? mts_field_find(column->name) : NULL;
        mts_store_spec spec = {.kind = kind[column->type],
                               .bytes = mts_column_size(column->type),
                               .unit = column->unit,
                               .doc = column->doc,
                               .choices = field ? field->choices : NULL,
                               .column = column,
                               .n_axes = 1 + column->n_axes,
                               .axis = {MTS_AXIS_run},
                               .bulk = column->bulk};
        for (size_t j = 0; j < column->n_axes; j++)
            spec.axis[1 + j] = column->axis[j];
        snprintf(path, sizeof path, "/%s/%s", column->group, column->name);
        add(specs, extents, path, spec);
    }
}

mts_status mts_store_specs_create(const mts_extents *extents, const char *dropped,
                                  mts_store_specs *specs)
{
    char path[SPEC_PATH];
    *specs = (mts_store_specs){.dropped = dropped ? dropped : ""};
    specs->spec =
        mts_alloc(MTS_N_AXES + mts_n_fields + N_STATE + MTS_N_COLUMNS + N_EXTRA + N_SESSION,
                  sizeof *specs->spec);
    if (!specs->spec)
        return MTS_ERR_MEMORY;

    specs->axis = specs->n;
    for (mts_axis axis = 0; axis < MTS_N_AXES; axis++) {
        snprintf(path, sizeof path, "/axis/%s", mts_axis_name[axis]);
        add(specs, extents, path,
            (mts_store_spec){.kind = KIND_I64,
                             .bytes = 8,
                             .unit = "1",
                             .doc = mts_axis_doc[axis],
                             .n_axes = 1,
                             .axis = {axis},
                             .scale = true});
    }
    specs->config = specs->n;
    add_config(specs, extents);
    specs->state = specs->n;
    add_members(specs, extents, "state", MTS_AXIS_run, mts_store_state, N_STATE);
    specs->result = specs->n;
    add_results(specs, extents);
    specs->extra = specs->n;
    for (size_t i = 0; i < N_EXTRA; i++) {
        mts_store_spec spec = {.kind = extras[i].kind,
                               .bytes = extras[i].bytes,
                               .unit = "1",
                               .doc = extras[i].doc,
                               .choices = extras[i].choices,
                               .n_axes = extras[i].n_axes};
        memcpy(spec.axis, extras[i].axis, sizeof spec.axis);
        add(specs, extents, extras[i].path, spec);
    }
    specs->session = specs->n;
    add_members(specs, extents, "session", MTS_AXIS_session, mts_store_session, N_SESSION);
    return MTS_OK;
}

void mts_store_specs_destroy(mts_store_specs *specs)
{
    mts_free(specs->spec);
    specs->spec = NULL;
}

double mts_store_specs_bytes(const mts_store_specs *specs)
{
    double bytes = METADATA_BYTES;
    for (size_t i = 0; i < specs->n; i++)
        bytes += specs->spec[i].total;
    return bytes;
}

static void set_fixed(mts_extents *extents)
{
    for (mts_axis axis = 0; axis < MTS_N_AXES; axis++)
        if (mts_store_fixed_extent(axis) > 0)
            extents->n[axis] = mts_store_fixed_extent(axis);
}

static bool is_in_axis(const mts_store_spec *spec)
{
    return strncmp(spec->path, "/axis/", strlen("/axis/")) == 0;
}

/* Empties the axes that only dropped datasets have. What names a coordinate does not count. */
static mts_status drop_axes(const char *dropped, mts_extents *extents)
{
    bool used[2][MTS_N_AXES] = {{false}}; /* by what stays, by what is dropped */
    mts_store_specs specs;
    mts_status st = mts_store_specs_create(extents, dropped, &specs);
    if (st != MTS_OK)
        return st;
    for (size_t i = 0; i < specs.n; i++)
        for (size_t a = 0; a < specs.spec[i].n_axes && !is_in_axis(&specs.spec[i]); a++)
            used[is_dropped(&specs, &specs.spec[i])][specs.spec[i].axis[a]] = true;
    for (mts_axis axis = 0; axis < MTS_N_AXES; axis++)
        if (used[1][axis] && !used[0][axis])
            extents->n[axis] = 0;
    mts_store_specs_destroy(&specs);
    return MTS_OK;
}

mts_status mts_store_extents_of(const mts_schema *schema, const char *dropped, mts_extents *extents)
{
    size_t tensors = 0;
    for (size_t i = 0; i < schema->extents.n[MTS_AXIS_layout]; i++)
        tensors += schema->layout[i].n + schema->encoder_layout[i].n;
    *extents = schema->extents;
    extents->n[MTS_AXIS_tensor] = tensors;
    const mts_status st = drop_axes(dropped, extents);
    set_fixed(extents);
    return st;
}

double mts_store_size(const mts_extents *extents, double group_bytes[4])
{
    static const char *const group[3] = {"/trace/", "/weights/", "/score/"};
    double sum[4] = {0, 0, 0, METADATA_BYTES};
    mts_store_specs specs;
    mts_extents complete = *extents;
    set_fixed(&complete);
    if (mts_store_specs_create(&complete, NULL, &specs) != MTS_OK)
        return (double)NAN;
    for (size_t i = 0; i < specs.n; i++) {
        size_t g = 0;
        while (g < 3 && strncmp(specs.spec[i].path, group[g], strlen(group[g])) != 0)
            g++;
        sum[g] += specs.spec[i].total;
    }
    mts_store_specs_destroy(&specs);
    if (group_bytes)
        memcpy(group_bytes, sum, sizeof sum);
    return sum[0] + sum[1] + sum[2] + sum[3];
}
