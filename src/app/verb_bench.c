/* verb_bench.c: `mtsweep bench`. All that is compared is measured in one process and in interleaved
 * short windows, and of each its best window counts, so that whatever else the machine does meanwhile
 * spares or hits all alike. */
#include "app.h"
#include "bench_products.h"
#include "mtsweep/num.h"
#include "mtsweep/task.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 64, PEAKS_MAX = 8 };

static const double window = 0.002; /* seconds: shorter than a time slice of the system */

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
    "Prints, for each architecture and each set of kernels, the time of a "
    "training step and of its\n"
    "parts, and how much of the floating-point peak of one core it reaches, "
    "as measured in the same\n"
    "moments. Only matrix products count as operations, all of them: what is 0 in all trials of a "
    "batch\n"
    "is left out, and 'executed' is the share of the network's multiply-adds that remains at "
    "most.\n";

/* An instruction set and its measured peak. */
typedef struct peak {
    const char *name;
    double gflops;
} peak;

/* An architecture with a set of kernels. */
typedef struct entry {
    mts_config config;
    const char *arch;
    const mts_kernels *kernels;
    bool trained;
    double executed; /* share of the multiply-adds */
    mts_trainer *trainer;
    mts_bench_products *products;
    double flops;
    double seconds; /* of a step, best window */
    double part[MTS_N_PARTS];
    double products_seconds;
    double spent;     /* on all windows */
    const peak *peak; /* of its own instruction set */
} entry;

/* The decoder protocol of one run. */
typedef struct protocol {
    const entry *entry;
    double seconds, training;
} protocol;

typedef struct bench {
    mts_config config;
    size_t n_kernels, n_peaks, n_entries, n_protocols;
    const mts_kernels *kernels[ENTRIES_MAX];
    peak peak[PEAKS_MAX];
    size_t widest, windows;
    int64_t train; /* batches */
    entry entry[ENTRIES_MAX];
    protocol protocol[ENTRIES_MAX];
} bench;

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

static mts_status choose_kernels(const mts_app_args *args, bench *b)
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
        if (!known && b->n_kernels < ENTRIES_MAX)
            b->kernels[b->n_kernels++] = kernels;
    }
    for (size_t i = 0; n == 0 && mts_kernels_at(i) && i < ENTRIES_MAX; i++)
        if (strcmp(mts_kernels_at(i)->name, "naive") != 0) /* a definition, not meant to be fast */
            b->kernels[b->n_kernels++] = mts_kernels_at(i);
    return MTS_OK;
}

/* Peaks of the instruction sets that our kernels are compiled for. */
static void list_peaks(bench *b)
{
    for (size_t i = 0; mts_kernels_at(i) && b->n_peaks < PEAKS_MAX; i++) {
        const char *name = mts_kernels_at(i)->name;
        if (strcmp(name, "naive") != 0 && strcmp(name, "blas") != 0)
            b->peak[b->n_peaks++].name = name;
    }
    if (b->n_peaks == 0)
        b->peak[b->n_peaks++].name = "auto";
}

/* The peak that kernels can be held to. BLAS has kernels of its own choice, and says which. */
static const peak *peak_of(const bench *b, const mts_kernels *kernels)
{
    const char *name = kernels->name;
    if (strcmp(name, "blas") == 0) {
        const char *text = mts_blas_text();
        bool avx2 = strstr(text, "Haswell") || strstr(text, "Zen");
        name = avx2 ? "x86-64-v3" : "widest";
    } else if (strcmp(name, "naive") == 0) {
        name = "generic";
    }
    for (size_t i = 0; i < b->n_peaks; i++)
        if (strcmp(b->peak[i].name, name) == 0)
            return &b->peak[i];
    return &b->peak[b->widest];
}

/* The share of multiply-adds that is left where silent units are left out of the recurrent product, its
 * way back and gradient, and of the readout and its gradient. */
static double executed(const entry *e)
{
    const double N = (double)e->config.units, K = (double)e->config.tasks;
    const double rows = (double)e->config.batch * (double)mts_task_timing(&e->config).T;
    return 1 - (1 - mts_trainer_alive(e->trainer)) * rows * (6 * N * N + 4 * N * K) / e->flops;
}

/* theta NULL: a fresh network. A learning rate of 0 keeps either as it is while it is timed. */
static mts_status add_entry(bench *b, const mts_config *config, const mts_kernels *kernels,
                            const mts_real *theta)
{
    double part[MTS_N_PARTS];
    if (b->n_entries == ENTRIES_MAX)
        return mts_fail(MTS_ERR_USAGE, "more than %d combinations", ENTRIES_MAX);
    entry *e = &b->entry[b->n_entries++];
    *e = (entry){.config = *config,
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

static mts_status add_arch(bench *b, const char *arch)
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

static mts_status prepare(const mts_app_args *args, bench *b)
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

static void release(bench *b)
{
    for (size_t i = 0; i < b->n_entries; i++) {
        mts_trainer_destroy(b->entry[i].trainer);
        mts_bench_products_destroy(b->entry[i].products);
    }
}

/* ---- measuring ---- */

/* One window of training steps. */
static void time_steps(entry *e)
{
    double part[MTS_N_PARTS] = {0}, start = mts_seconds(), now;
    size_t steps = 0;
    do {
        mts_trainer_step(e->trainer, NULL, mts_seconds, part);
        steps++;
        now = mts_seconds();
    } while (now - start < window);
    double each = (now - start) / (double)steps;
    if (e->seconds > 0 && each >= e->seconds)
        return;
    e->seconds = each;
    for (size_t i = 0; i < MTS_N_PARTS; i++)
        e->part[i] = part[i] / (double)steps;
}

static void time_products(entry *e)
{
    double start = mts_seconds(), now;
    size_t steps = 0;
    do {
        mts_bench_products_run(e->products);
        steps++;
        now = mts_seconds();
    } while (now - start < window);
    double each = (now - start) / (double)steps;
    if (e->products_seconds == 0 || each < e->products_seconds)
        e->products_seconds = each;
}

static void measure_steps(bench *b, double seconds)
{
    double start = mts_seconds();
    do {
        for (size_t i = 0; i < b->n_peaks; i++) {
            double gflops = mts_peak_gflops(b->peak[i].name, window);
            if (gflops > b->peak[i].gflops)
                b->peak[i].gflops = gflops;
        }
        for (size_t i = 0; i < b->n_entries; i++) {
            entry *e = &b->entry[i];
            double before = mts_seconds();
            /* Where a single step outlasts its window, others would get fewer windows. */
            if (e->spent > (double)b->windows * 3 * window)
                continue;
            time_steps(e);
            time_products(e);
            e->spent += mts_seconds() - before;
        }
        b->windows++;
    } while (b->windows < 3 || mts_seconds() - start < seconds);
    for (size_t i = 0; i < b->n_peaks; i++)
        if (b->peak[i].gflops > b->peak[b->widest].gflops)
            b->widest = i;
    for (size_t i = 0; i < b->n_entries; i++)
        b->entry[i].peak = peak_of(b, b->entry[i].kernels);
}

/* Seconds of an untrained run with these many fits and without traces. */
static mts_status time_run(const entry *e, int64_t fits, double *seconds)
{
    mts_config config = e->config;
    mts_extents extents = {{0}};
    mts_result *result;
    config.batches = 0;
    config.trace = MTS_TRACE_none;
    config.probe_fits = fits;
    mts_status st = mts_config_set(&config, mts_field_find("kernels"), e->kernels->name);
    if (st != MTS_OK)
        return st;
    mts_run_extents(&config, &extents);
    st = mts_result_create(&extents, &result);
    if (st != MTS_OK)
        return st;
    double start = mts_seconds();
    st = mts_run(&config, NULL, result);
    *seconds = mts_seconds() - start;
    mts_result_destroy(result);
    return st;
}

/* The decoder protocol with the fastest kernels of each architecture, if the config has one. All
 * fits cost the same, so one is timed. */
static mts_status measure_protocol(bench *b)
{
    mts_status st = MTS_OK;
    for (size_t i = 0; st == MTS_OK && i < b->n_entries; i++) {
        const entry *e = &b->entry[i];
        bool fastest = !e->trained && e->config.probe_fits > 0 && e->config.batches > 0 &&
                       strcmp(e->kernels->name, "naive") != 0; /* no choice of field kernels */
        for (size_t j = 0; j < b->n_entries; j++)
            if (b->entry[j].arch == e->arch && !b->entry[j].trained &&
                b->entry[j].seconds < e->seconds)
                fastest = false;
        if (!fastest)
            continue;
        double none, one, best = -1;
        for (size_t round = 0; st == MTS_OK && round < 3; round++) {
            if ((st = time_run(e, 0, &none)) == MTS_OK && (st = time_run(e, 1, &one)) == MTS_OK &&
                (best < 0 || one - none < best))
                best = one - none;
        }
        b->protocol[b->n_protocols++] =
            (protocol){.entry = e,
                       .seconds = best * (double)e->config.probe_fits,
                       .training = e->seconds * (double)e->config.batches};
    }
    return st;
}

/* ---- printing ---- */

static double gflops(const entry *e)
{
    return e->flops / e->seconds * 1e-9;
}

static void print_json(const bench *b)
{
    const double widest = b->peak[b->widest].gflops;
    printf("{\"peak_gflops\": %.4g, \"peaks\": {", widest);
    for (size_t i = 0; i < b->n_peaks; i++)
        printf("%s\"%s\": %.4g", i > 0 ? ", " : "", b->peak[i].name, b->peak[i].gflops);
    printf("}, \"blas\": ");
    mts_table_json_text(mts_blas_text(), stdout);
    printf(",\n \"steps\": [");
    for (size_t i = 0; i < b->n_entries; i++) {
        const entry *e = &b->entry[i];
        printf("%s\n  {\"arch\": \"%s\", \"kernels\": \"%s\", \"network\": \"%s\", "
               "\"us_per_step\": %.5g, \"executed\": %.4g, \"gflops\": %.4g, \"share_of_peak\": "
               "%.4g, \"share_of_widest_peak\": %.4g,\n"
               "   \"equal_products_us\": %.5g, \"parts\": {",
               i > 0 ? "," : "", e->arch, e->kernels->name, e->trained ? "trained" : "fresh",
               e->seconds * 1e6, e->executed, gflops(e), gflops(e) / e->peak->gflops,
               gflops(e) / widest, e->products_seconds * 1e6);
        for (size_t p = 0; p < MTS_N_PARTS; p++)
            printf("%s\"%s\": %.4g", p > 0 ? ", " : "", mts_part_name[p], e->part[p] * 1e6);
        printf("}}");
    }
    printf("],\n \"probe\": [");
    for (size_t i = 0; i < b->n_protocols; i++) {
        const protocol *p = &b->protocol[i];
        printf("%s\n  {\"arch\": \"%s\", \"kernels\": \"%s\", \"seconds\": %.4g, "
               "\"training_seconds\": %.4g, \"share\": ",
               i > 0 ? "," : "", p->entry->arch, p->entry->kernels->name, p->seconds, p->training);
        mts_table_json_number(p->seconds / p->training, stdout);
        printf("}");
    }
    printf("]}\n");
}

static mts_status print_steps(const bench *b)
{
    static const char *const heads[] = {"arch",    "kernels",   "network",  "us/step", "GFLOP/s",
                                        "of peak", "of widest", "executed", "products"};
    enum { HEADS = sizeof heads / sizeof *heads };
    mts_table *table = mts_table_create(HEADS + MTS_N_PARTS);
    for (size_t i = 0; i < HEADS; i++)
        mts_table_add(table, "%s", heads[i]);
    for (size_t p = 0; p < MTS_N_PARTS; p++)
        mts_table_add(table, "%s", mts_part_name[p]);
    for (size_t i = 0; i < b->n_entries; i++) {
        const entry *e = &b->entry[i];
        double cells[] = {e->seconds * 1e6,
                          gflops(e),
                          100 * gflops(e) / e->peak->gflops,
                          100 * gflops(e) / b->peak[b->widest].gflops,
                          100 * e->executed,
                          100 * e->products_seconds / e->seconds};
        mts_table_add(table, "%s", e->arch);
        mts_table_add(table, "%s", e->kernels->name);
        mts_table_add(table, "%s", e->trained ? "trained" : "fresh");
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
            mts_table_add(table, "%.*f%s", c < 1 ? 1 : 0, cells[c], c > 1 ? " %" : "");
        for (size_t p = 0; p < MTS_N_PARTS; p++)
            mts_table_add(table, "%.1f", e->part[p] * 1e6);
    }
    return mts_table_end(table, "lllrrrrrrrrrrrrr", stdout);
}

static mts_status print_text(const bench *b)
{
    const mts_config *c = &b->config;
    char cpu[MTS_APP_CPU_TEXT];
    mts_app_cpu(cpu);
    printf("machine  %s\npeak    ", cpu);
    for (size_t i = 0; i < b->n_peaks; i++)
        printf("%s %s %.0f", i > 0 ? "," : "", b->peak[i].name, b->peak[i].gflops);
    printf(" GFLOP/s, multiply-add, one core\nblas     %s\n", mts_blas_text());
    printf("step     B %lld, T %zu, D %lld, N %lld, K %lld; best of %zu windows; parts in "
           "microseconds;\n         products: what the step's matrix products alone take, in "
           "percent of the step\n\n",
           (long long)c->batch, mts_task_timing(c).T, (long long)c->latents, (long long)c->units,
           (long long)c->tasks, b->windows);
    mts_status st = print_steps(b);
    if (st == MTS_OK && b->n_protocols > 0)
        printf("\ndecoder protocol, %lld fits, beside %lld training steps\n",
               (long long)c->probe_fits, (long long)c->batches);
    for (size_t i = 0; st == MTS_OK && i < b->n_protocols; i++) {
        const protocol *p = &b->protocol[i];
        char share[32];
        mts_table_number_text(100 * p->seconds / p->training, 1, share);
        printf("  %-10s  %-9s  %.2f s beside %.2f s: %s %%\n", p->entry->arch,
               p->entry->kernels->name, p->seconds, p->training, share);
    }
    return st;
}

static int bench_main(const mts_app_args *args)
{
    double seconds = 6;
    bench *b = mts_alloc(1, sizeof *b);
    mts_status st = b ? mts_app_number(args, "seconds", 0.01, 3600, &seconds) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = prepare(args, b);
    if (st == MTS_OK) {
        measure_steps(b, seconds);
        st = measure_protocol(b);
    }
    if (st == MTS_OK && mts_app_text(args, "json"))
        print_json(b);
    else if (st == MTS_OK)
        st = print_text(b);
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
