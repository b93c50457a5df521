/* bench_measure.c: the windows of `mtsweep bench`. All that is compared is measured in one process
 * and in interleaved short windows, and of each its best window counts, so that whatever else the
 * machine does meanwhile spares or hits all alike. */
#include "bench.h"

#include <string.h>

static const double window = 0.002; /* seconds: shorter than a time slice of the system */

/* The peak that kernels can be held to. BLAS has kernels of its own choice, and says which. */
static const mts_bench_peak *peak_of(const mts_bench *b, const mts_kernels *kernels)
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

/* One window of training steps. */
static void time_steps(mts_bench_entry *e)
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

static void time_products(mts_bench_entry *e)
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

void mts_bench_measure_steps(mts_bench *b, double seconds)
{
    double start = mts_seconds();
    do {
        for (size_t i = 0; i < b->n_peaks; i++) {
            double gflops = mts_peak_gflops(b->peak[i].name, window);
            if (gflops > b->peak[i].gflops)
                b->peak[i].gflops = gflops;
        }
        for (size_t i = 0; i < b->n_entries; i++) {
            mts_bench_entry *e = &b->entry[i];
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
static mts_status time_run(const mts_bench_entry *e, int64_t fits, double *seconds)
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
mts_status mts_bench_measure_protocol(mts_bench *b)
{
    mts_status st = MTS_OK;
    for (size_t i = 0; st == MTS_OK && i < b->n_entries; i++) {
        const mts_bench_entry *e = &b->entry[i];
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
            (mts_bench_protocol){.entry = e,
                                 .seconds = best * (double)e->config.probe_fits,
                                 .training = e->seconds * (double)e->config.batches};
    }
    return st;
}
