/* verb_extend.c: `mtsweep extend`: a file of a sweep becomes one of a larger sweep. */
#include "rebuild.h"

static const mts_app_option options[] = {
    {"set", 's', "KEY=VALUE",
     "replaces a value of the sweep file for all runs; several are allowed", MTS_APP_MANY},
    {"drop", 0, NULL, "leave out finished runs that the sweep file does not have", 0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] = "More values, seeds and axes: runs that are in both are kept with all "
                           "that is known of them, the "
                           "rest\nis pending, and 'mtsweep run SWEEP -o OUT' trains it. The order "
                           "of axes does not matter. "
                           "OUT is\nreplaced at once, when the new file beside it is whole.\n";

typedef struct {
    mts_app_source file;
    mts_app_sweep sweep;
    mts_app_keys keys; /* of the sweep */
    mts_app_pick *pick;
    size_t kept, dropped, first_dropped; /* finished runs of the latter */
} extension;

/* Fields that size the file have one value in it. */
static mts_status check_wide(const extension *e, const char *name)
{
    char there[MTS_VALUE_TEXT], here[MTS_VALUE_TEXT];
    mts_config a, b;
    mts_status st = mts_store_config(e->file.store, 0, &a);
    mts_grid_config(e->sweep.grid, 0, &b);
    const mts_field *field = st == MTS_OK ? mts_app_wide_difference(&a, &b) : NULL;
    if (!field)
        return st;
    mts_config_text(&a, field, there);
    mts_config_text(&b, field, here);
    return mts_fail(MTS_ERR_FOREIGN,
                    "%s has %s %s and %s %s, which is one value for all runs of a file; use that "
                    "of the file, or start a new one",
                    e->file.path, field->name, there, name, here);
}

/* Where each run of the sweep is in the file. */
static mts_status match(extension *e)
{
    const size_t n = mts_grid_size(e->sweep.grid);
    const mts_table_runs runs = mts_app_grid_runs(e->sweep.grid);
    mts_status st = mts_app_keys_create(&runs, &e->keys);
    if (st == MTS_OK && !(e->pick = mts_alloc(n, sizeof *e->pick)))
        st = MTS_ERR_MEMORY;
    for (size_t run = 0; run < n && st == MTS_OK; run++)
        e->pick[run].source = MTS_APP_NOWHERE;
    for (size_t run = 0; run < e->file.runs && st == MTS_OK; run++) {
        mts_config config;
        st = mts_store_config(e->file.store, run, &config);
        const size_t here = st == MTS_OK ? mts_app_keys_find(&e->keys, mts_config_key(&config)) : 0;
        if (st != MTS_OK) {
            break;
        } else if (here != SIZE_MAX) {
            e->pick[here] = (mts_app_pick){0, run};
            e->kept++;
        } else if (mts_app_finished(e->file.state[run]) && e->dropped++ == 0) {
            e->first_dropped = run;
        }
    }
    return st;
}

static mts_status refuse_drop(const extension *e, const char *name)
{
    const mts_table_runs runs = mts_app_store_runs(e->file.store);
    char text[MTS_TABLE_RUN_TEXT];
    mts_table_axes axes = {0};
    mts_config config;
    mts_status st = mts_table_axes_find(&runs, &axes);
    if (st == MTS_OK)
        st = mts_store_config(e->file.store, e->first_dropped, &config);
    if (st == MTS_OK) {
        mts_table_run_text(&axes, &config, text);
        st = mts_fail(MTS_ERR_FOREIGN,
                      "%s lacks %zu run%s that %s has finished, first run %zu (%s); --drop leaves "
                      "%s out",
                      name, e->dropped, mts_app_s(e->dropped), e->file.path,
                      mts_store_number(e->file.store, e->first_dropped), text,
                      e->dropped == 1 ? "it" : "them");
    }
    mts_table_axes_free(&axes);
    return st;
}

static mts_status grow(const mts_app_args *args, extension *e)
{
    const char *name = args->argument[1];
    const size_t n = mts_grid_size(e->sweep.grid);
    const mts_app_rebuild rebuild = {.args = args,
                                     .path = e->file.path,
                                     .replace = true,
                                     .lock = e->file.lock,
                                     .source = &e->file,
                                     .n_sources = 1,
                                     .sweep = &e->sweep,
                                     .pick = e->pick};
    if (e->dropped > 0 && !mts_app_text(args, "drop"))
        return refuse_drop(e, name);
    if (e->kept == n && e->file.runs == n) {
        printf("%s: all %zu runs of %s are there already\n", e->file.path, n, name);
        return MTS_OK;
    }
    const mts_status st = mts_app_rebuild_run(&rebuild);
    if (st == MTS_OK)
        printf("%s: %zu run%s kept, %zu added, %zu left out; 'mtsweep run %s -o %s' trains what is "
               "pending\n",
               e->file.path, e->kept, mts_app_s(e->kept), n - e->kept, e->file.runs - e->kept, name,
               e->file.path);
    return st;
}

static mts_status extend(const mts_app_args *args, extension *e)
{
    const char *path = args->argument[0];
    mts_status st = mts_app_sweep_read(args, args->argument[1], &e->sweep);
    if (st == MTS_OK)
        st = mts_app_source_open(path, &e->file);
    if (st == MTS_OK && !e->file.lock)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: its folder is not writable", path);
    if (st == MTS_OK && *mts_store_dropped(e->file.store))
        st = mts_fail(MTS_ERR_IO, "%s is a slim copy, which lacks %s; extend the original", path,
                      mts_store_dropped(e->file.store));
    if (st == MTS_OK)
        st = check_wide(e, args->argument[1]);
    if (st == MTS_OK)
        st = mts_app_source_states(&e->file, true);
    if (st == MTS_OK)
        st = match(e);
    return st == MTS_OK ? grow(args, e) : st;
}

static int extend_main(const mts_app_args *args)
{
    extension e = {0};
    const mts_status st = extend(args, &e);
    mts_app_source_close(&e.file);
    mts_app_sweep_free(&e.sweep);
    mts_app_keys_free(&e.keys);
    mts_free(e.pick);
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_extend = {
    "extend",
    "OUT SWEEP",
    "make a file one of a larger sweep; its rows stay",
    options,
    more,
    extend_main,
    {{"mtsweep extend fig3.h5 sweeps/fig3.yaml --set seed=0..9",
      "five more seeds; what is trained stays"},
     {"mtsweep extend fig3.h5 wider.yaml --drop",
      "the sweep of another file, and finished runs that it does not have are left out"}}};
