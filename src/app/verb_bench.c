/* verb_bench.c: `mtsweep bench`: what is to be measured. */
#include "app.h"
#include "bench.h"
#include "mtsweep/task.h"

#include <string.h>

static const mts_app_option options[] = {
    {"arch", 'a', "A", "only this architecture; may be given several times", MTS_APP_MANY},
    {"kernels", 'k', "K", "only these kernels; may be given several times", MTS_APP_MANY},
    {"set", 's', "KEY=VALUE", "another value of a config field, see 'mtsweep fields'",
     MTS_APP_MANY},
    {"seconds", 0, "S", "time to measure the steps for, in seconds (default 6)", 0},
    {"train", 0, "BATCHES",
     "train networks with silent units so long, for rows of a trained network (3000; 0: none)", 0},
    {"json", 0, NULL, "print JSON", 0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "Prints, for each architecture and each set of kernels, the time of a training\n"
    "step and of its parts, and how much of the floating-point peak of one core it\n"
    "reaches, as measured in the same moments. Only matrix products count as\n"
    "operations, all of them: what is 0 in all trials of a batch is left out, and\n"
    "executed is the share of all multiply-adds that remains at most.\n"
    "Last comes what a row of a file costs besides training and decoders.\n";

/* ---- command line ---- */

/* A config message has no place in it; this gives it one and makes it one of usage. */
static mts_status refuse(const char *option, const char *value)
{
    char message[MTS_MESSAGE_MAX];
    snprintf(message, sizeof message, "%s", mts_message());
    return mts_fail(MTS_ERR_USAGE, "--%s '%s': %s", option, value, message);
}

static mts_status set_field(const char *text, mts_config *config)
{
    char key[MTS_VALUE_TEXT];
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return mts_fail(MTS_ERR_USAGE, "--set '%s': write it as key=value", text);
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    const mts_field *field = mts_field_find(key);
    const char *near = mts_field_nearest(key);
    if (!field && near)
        return mts_fail(MTS_ERR_USAGE,
                        "--set '%s': unknown key '%s'; did you mean '%s'? ('mtsweep fields' lists "
                        "all)",
                        text, key, near);
    if (!field)
        return mts_fail(MTS_ERR_USAGE, "--set '%s': unknown key '%s'; 'mtsweep fields' lists all",
                        text, key);
    if (strcmp(key, "arch") == 0 || strcmp(key, "kernels") == 0)
        return mts_fail(MTS_ERR_USAGE, "--set '%s': write --%s %s", text, key, equals + 1);
    return mts_config_set(config, field, equals + 1) == MTS_OK ? MTS_OK : refuse("set", text);
}

static mts_status set_fields(const mts_app_args *args, mts_config *config)
{
    const char *sets[MTS_APP_HAVE_MAX];
    const size_t n = mts_app_texts(args, "set", sets);
    mts_status st = MTS_OK;
    for (size_t i = 0; st == MTS_OK && i < n; i++)
        st = set_field(sets[i], config);
    if (st == MTS_OK && (mts_config_check(config) != MTS_OK || mts_task_check(config) != MTS_OK))
        st = refuse("set", sets[n - 1]);
    return st;
}

static mts_status choose_kernels(const mts_app_args *args, mts_bench *b)
{
    const char *names[MTS_APP_HAVE_MAX];
    const size_t n = mts_app_texts(args, "kernels", names);
    for (size_t i = 0; i < n; i++) {
        const mts_kernels *kernels;
        mts_status st = mts_kernels_find(names[i], &kernels);
        if (st != MTS_OK)
            return st;
        bool known = false;
        for (size_t k = 0; k < b->n_kernels; k++)
            known = known || b->kernels[k] == kernels;
        if (!known && b->n_kernels < MTS_BENCH_ENTRIES)
            b->kernels[b->n_kernels++] = kernels;
    }
    for (size_t i = 0; n == 0 && mts_kernels_at(i) && i < MTS_BENCH_ENTRIES; i++)
        if (strcmp(mts_kernels_at(i)->name, "naive") != 0) /* a definition, not meant to be fast */
            b->kernels[b->n_kernels++] = mts_kernels_at(i);
    return MTS_OK;
}

/* Peaks of the instruction sets that our kernels are compiled for. */
static void list_peaks(mts_bench *b)
{
    for (size_t i = 0; mts_kernels_at(i) && b->n_peaks < MTS_BENCH_PEAKS; i++) {
        const char *name = mts_kernels_at(i)->name;
        if (strcmp(name, "naive") != 0 && strcmp(name, "blas") != 0)
            b->peak[b->n_peaks++].name = name;
    }
    if (b->n_peaks == 0)
        b->peak[b->n_peaks++].name = "auto";
}

/* The share of multiply-adds that is left where silent units are left out of the recurrent product, its
 * way back and gradient, and of the readout and its gradient. */
static double executed(const mts_bench_entry *e)
{
    const double N = (double)e->config.units, K = (double)e->config.tasks;
    const double rows = (double)e->config.batch * (double)mts_task_timing(&e->config).T;
    return 1 - (1 - mts_trainer_alive(e->trainer)) * rows * (6 * N * N + 4 * N * K) / e->flops;
}

/* theta NULL: a fresh network. A learning rate of 0 keeps either as it is while it is timed. */
static mts_status add_entry(mts_bench *b, const mts_config *config, const mts_kernels *kernels,
                            const mts_real *theta)
{
    double part[MTS_N_PARTS];
    if (b->n_entries == MTS_BENCH_ENTRIES)
        return mts_fail(MTS_ERR_USAGE, "more than %d combinations", MTS_BENCH_ENTRIES);
    mts_bench_entry *e = &b->entry[b->n_entries++];
    *e = (mts_bench_entry){.config = *config,
                           .arch = mts_arch_names[config->arch],
                           .kernels = kernels,
                           .trained = theta != NULL};
    mts_config still = *config;
    still.learning_rate = 0;
    mts_status st = mts_trainer_create(&still, kernels, &e->trainer);
    if (st == MTS_OK)
        st = mts_bench_products_create(config, kernels, &e->products);
    if (st != MTS_OK)
        return st;
    if (theta)
        mts_trainer_set_parameters(e->trainer, theta);
    mts_trainer_flops(e->trainer, part);
    for (size_t i = 0; i < MTS_N_PARTS; i++)
        e->flops += part[i];
    mts_trainer_step(e->trainer, NULL, NULL, NULL);
    e->executed = executed(e);
    return MTS_OK;
}

static mts_status add_arch(mts_bench *b, const char *arch)
{
    const size_t first = b->n_entries;
    const mts_kernels *fast;
    mts_config config = b->config;
    mts_trainer *trainer = NULL;
    mts_status st = MTS_OK;
    if (mts_config_set(&config, mts_field_find("arch"), arch) != MTS_OK)
        return refuse("arch", arch);
    for (size_t k = 0; st == MTS_OK && k < b->n_kernels; k++)
        st = add_entry(b, &config, b->kernels[k], NULL);
    if (st != MTS_OK || b->train == 0 || !(b->entry[first].executed < 1))
        return st;
    st = mts_kernels_find("auto", &fast);
    if (st == MTS_OK)
        st = mts_trainer_create(&config, fast, &trainer);
    for (int64_t i = 0; st == MTS_OK && i < b->train; i++)
        mts_trainer_step(trainer, NULL, NULL, NULL);
    for (size_t k = 0; st == MTS_OK && k < b->n_kernels; k++)
        st = add_entry(b, &config, b->kernels[k], mts_trainer_parameters(trainer));
    mts_trainer_destroy(trainer);
    return st;
}

static mts_status prepare(const mts_app_args *args, mts_bench *b)
{
    const char *archs[MTS_APP_HAVE_MAX];
    const size_t n = mts_app_texts(args, "arch", archs);
    mts_config_default(&b->config);
    b->train = 3000;
    mts_status st = mts_app_whole(args, "train", 0, 1000000, &b->train);
    if (st == MTS_OK)
        st = set_fields(args, &b->config);
    if (st == MTS_OK)
        st = choose_kernels(args, b);
    for (size_t i = 0; st == MTS_OK && i < n; i++)
        st = add_arch(b, archs[i]);
    for (size_t i = 0; st == MTS_OK && n == 0 && mts_arch_names[i]; i++)
        st = add_arch(b, mts_arch_names[i]);
    list_peaks(b);
    return st;
}

static void release(mts_bench *b)
{
    for (size_t i = 0; i < b->n_entries; i++) {
        mts_trainer_destroy(b->entry[i].trainer);
        mts_bench_products_destroy(b->entry[i].products);
    }
}

static int bench_main(const mts_app_args *args)
{
    double seconds = 6;
    mts_bench *b = mts_alloc(1, sizeof *b);
    mts_status st = b ? mts_app_number(args, "seconds", 0.01, 3600, &seconds) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = prepare(args, b);
    if (st == MTS_OK) {
        mts_bench_measure_steps(b, seconds);
        st = mts_bench_measure_protocol(b);
    }
    if (st == MTS_OK) {
        const char *sets[MTS_APP_HAVE_MAX];
        st = mts_bench_measure_row(sets, mts_app_texts(args, "set", sets), &b->row);
    }
    if (st == MTS_OK && mts_app_text(args, "json"))
        mts_bench_print_json(b);
    else if (st == MTS_OK)
        st = mts_bench_print_text(b);
    if (b)
        release(b);
    mts_free(b);
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_bench = {
    "bench",
    "",
    "the speed of this machine on this work",
    options,
    more,
    bench_main,
    {{"mtsweep bench --arch lstm --set units=256", "a wider lstm on this machine"},
     {"mtsweep bench --json >bench.json", "for programs"}}};
