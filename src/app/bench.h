/* bench.h: what `mtsweep bench` measures, and with what result. verb_bench.c chooses, bench_measure.c and
 * bench_row.c measure, bench_print.c prints. */
#ifndef MTSWEEP_APP_BENCH_H
#define MTSWEEP_APP_BENCH_H

#include "bench_products.h"
#include "mtsweep/num.h"

enum { MTS_BENCH_ENTRIES = 64, MTS_BENCH_PEAKS = 8 };

/* An instruction set and its measured peak. */
typedef struct mts_bench_peak {
    const char *name;
    double gflops;
} mts_bench_peak;

/* An architecture with a set of kernels. */
typedef struct mts_bench_entry {
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
    double spent;               /* on all windows */
    const mts_bench_peak *peak; /* of its own instruction set */
} mts_bench_entry;

/* The decoder protocol of one run. */
typedef struct mts_bench_protocol {
    const mts_bench_entry *entry;
    double seconds, training;
} mts_bench_protocol;

/* What a row costs beside training and decoders: seconds, each the least of the rows that were made. */
typedef struct mts_bench_row {
    double run, run_cpu;     /* encoder, task, network, traces; its processor time */
    double write, write_cpu; /* into the file, until the disk has it */
    char folder[4096];       /* where that file was */
} mts_bench_row;

typedef struct mts_bench {
    mts_config config;
    size_t n_kernels, n_peaks, n_entries, n_protocols;
    const mts_kernels *kernels[MTS_BENCH_ENTRIES];
    mts_bench_peak peak[MTS_BENCH_PEAKS];
    size_t widest, windows;
    int64_t train; /* batches */
    mts_bench_entry entry[MTS_BENCH_ENTRIES];
    mts_bench_protocol protocol[MTS_BENCH_ENTRIES];
    mts_bench_row row;
} mts_bench;

/* Fills peaks, times and windows of all entries, which takes about so many seconds. */
void mts_bench_measure_steps(mts_bench *b, double seconds);

/* The decoder protocol with the fastest kernels of each architecture, if the config has one.
 * MTS_ERR_MEMORY. */
mts_status mts_bench_measure_protocol(mts_bench *b);

/* The cost of a row of the default sweep with these values, in a file in TMPDIR, or /tmp, that is
 * removed again. Starts and ends MPI. MTS_ERR_IO, MTS_ERR_MEMORY, MTS_ERR_USAGE. */
mts_status mts_bench_measure_row(const char *const *sets, size_t n_sets, mts_bench_row *row);

mts_status mts_bench_print_text(const mts_bench *b);
void mts_bench_print_json(const mts_bench *b);

#endif
