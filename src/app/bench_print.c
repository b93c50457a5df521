/* bench_print.c: what `mtsweep bench` has measured, as tables and as JSON. */
#include "app.h"
#include "bench.h"
#include "mtsweep/num.h"
#include "mtsweep/task.h"

static double gflops(const mts_bench_entry *e)
{
    return e->flops / e->seconds * 1e-9;
}

void mts_bench_print_json(const mts_bench *b)
{
    const double widest = b->peak[b->widest].gflops;
    printf("{\"peak_gflops\": %.4g, \"peaks\": {", widest);
    for (size_t i = 0; i < b->n_peaks; i++)
        printf("%s\"%s\": %.4g", i > 0 ? ", " : "", b->peak[i].name, b->peak[i].gflops);
    printf("}, \"blas\": ");
    mts_table_json_text(mts_blas_text(), stdout);
    printf(",\n \"steps\": [");
    for (size_t i = 0; i < b->n_entries; i++) {
        const mts_bench_entry *e = &b->entry[i];
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
        const mts_bench_protocol *p = &b->protocol[i];
        printf("%s\n  {\"arch\": \"%s\", \"kernels\": \"%s\", \"seconds\": %.4g, "
               "\"training_seconds\": %.4g, \"share\": ",
               i > 0 ? "," : "", p->entry->arch, p->entry->kernels->name, p->seconds, p->training);
        mts_table_json_number(p->seconds / p->training, stdout);
        printf("}");
    }
    printf("],\n \"row\": {\"folder\": ");
    mts_table_json_text(b->row.folder, stdout);
    printf(", \"run_ms\": %.4g, \"run_cpu_ms\": %.4g, \"write_ms\": %.4g, \"write_cpu_ms\": "
           "%.4g}}\n",
           b->row.run * 1e3, b->row.run_cpu * 1e3, b->row.write * 1e3, b->row.write_cpu * 1e3);
}

static mts_status print_steps(const mts_bench *b)
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
        const mts_bench_entry *e = &b->entry[i];
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

mts_status mts_bench_print_text(const mts_bench *b)
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
        const mts_bench_protocol *p = &b->protocol[i];
        char share[32];
        mts_table_number_text(100 * p->seconds / p->training, 1, share);
        printf("  %-10s  %-9s  %.2f s beside %.2f s: %s %%\n", p->entry->arch,
               p->entry->kernels->name, p->seconds, p->training, share);
    }
    if (st == MTS_OK)
        printf(
            "\na row beside training and decoders, best of several, in milliseconds (of processor "
            "time)\n  encoder, task, network, traces %.2f (%.2f), write and sync in %s %.2f "
            "(%.2f)\n",
            b->row.run * 1e3, b->row.run_cpu * 1e3, b->row.folder, b->row.write * 1e3,
            b->row.write_cpu * 1e3);
    return st;
}
