/* base.h: what every other module stands on: status codes with one message, aligned memory, the
 * clock, the log, and counter-based random streams.
 *
 * Typical use:
 *
 *     mts_status st = mts_grid_parse(...);
 *     if (st != MTS_OK)
 *         return st;                       // the message was set where the fault was found
 *     ...
 *     fprintf(stderr, "mtsweep: %s\n", mts_message());    // in src/app only
 *
 * No function of this module ends the process, and none keeps a global other than the message
 * (thread-local).
 */
#ifndef MTSWEEP_BASE_H
#define MTSWEEP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The scalar of the networks. The program trains in float; the tests build the numerics a second
 * time in double (-DMTS_DOUBLE) and hold them against reference numbers. */
#ifdef MTS_DOUBLE
typedef double mts_real;
#else
typedef float mts_real;
#endif

/* ---- status ---- */

typedef enum mts_status {
    MTS_OK = 0,
    MTS_ERR_USAGE,   /* the command line is wrong                                        exit 2  */
    MTS_ERR_SWEEP,   /* the sweep file is wrong                                          exit 78 */
    MTS_ERR_FOREIGN, /* the output file is of another sweep, program or format version   exit 65 */
    MTS_ERR_IO,      /* a file cannot be read or written, or is damaged, or is in use    exit 74 */
    MTS_ERR_MEMORY,  /* an allocation failed                                             exit 74 */
    MTS_STOPPED,     /* asked to stop before the end; nothing is wrong                   exit 75 */
    MTS_DIVERGED     /* training left the finite numbers: a result, not an error                 */
} mts_status;

/* Sets the thread's message (printf format; at most MTS_MESSAGE_MAX - 1 bytes, one line: control
 * characters are replaced by blanks) and returns `status`, so that `return mts_fail(MTS_ERR_IO,
 * ...)` reads as one thought. The message says what, where, and what to do. It is set where the
 * fault is found and not rewritten on the way up. */
#define MTS_MESSAGE_MAX 1024
mts_status mts_fail(mts_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last message set on this thread; "" if none. Valid until the next mts_fail on the thread. */
const char *mts_message(void);

/* ---- memory ---- */

/* Zeroed memory for n elements of `size` bytes, aligned to 64 bytes, every page touched
 * (first-touch faults are dear on virtual machines). NULL on failure or overflow, with the message
 * set. The caller frees with mts_free. n = 0 gives a valid pointer. */
void *mts_alloc(size_t n, size_t size);
void mts_free(void *p);

/* An arena is one block that is taken piece by piece. The code that takes also counts: it runs twice,
 * first on a zeroed arena, whose pieces are NULL, then on the block of the size found. So what
 * something needs is known without having it, and no second formula can be wrong:
 *
 *     static void take_all(thing *t, mts_arena *a)
 *     {
 *         t->x = mts_take(a, t->n, sizeof *t->x);
 *     }
 *     mts_arena a = {0};
 *     take_all(t, &a);                       // counts: a.used is what a report of memory says
 *     if (mts_arena_open(&a) != MTS_OK) ...  // takes the block
 *     take_all(t, &a);                       // places
 *     mts_arena_close(&a);                   // gives it back; also for a zeroed arena
 */
typedef struct mts_arena {
    unsigned char *block; /* NULL: only counts */
    size_t used;          /* bytes; SIZE_MAX where that is too many to count */
} mts_arena;

/* Zeroed memory for n elements of `size` bytes at the next multiple of 64; NULL while counting. */
void *mts_take(mts_arena *arena, size_t n, size_t size);

/* Takes a block of what was counted, and starts anew. MTS_ERR_MEMORY; the arena is zeroed then. */
mts_status mts_arena_open(mts_arena *arena);
void mts_arena_close(mts_arena *arena);

/* ---- clock ---- */

double mts_seconds(void);        /* monotonic, seconds */
double mts_thread_seconds(void); /* of processor time, of this thread */
double mts_now(void);            /* wall clock, seconds since 1970-01-01 UTC */
void mts_pause(double seconds);  /* sleeps, shorter if a signal comes */
#define MTS_TIME_TEXT 24
void mts_time_text(double now, char text[MTS_TIME_TEXT]); /* local time as "2026-11-23 18:02:11" */

/* "0:00:19" or "3d 02:11:05", rounded to seconds; negative, not finite or beyond 10^14 gives
 * "?". */
#define MTS_DURATION_TEXT 24
void mts_duration_text(double seconds, char text[MTS_DURATION_TEXT]);

/* What a file is that is no regular one: "a folder", "a FIFO", "a device", "a socket". mode: as
 * st_mode of stat. */
const char *mts_file_kind(unsigned mode);

/* ---- log ---- */

/* Writes one line "mtsweep: ..." to standard error with a single write, so that the lines of many
 * ranks do not mix. */
void mts_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- text ---- */

/* Makes text from a file fit to be shown: in place, one line of valid UTF-8 in which nothing moves
 * the cursor or turns the direction of writing. Control characters become blanks; C1 and
 * bidirectional controls, separators of lines and what is no UTF-8 become "?". */
void mts_clean(char *text);

/* The entry of `names` (NULL-terminated) nearest to `word` by edit distance (a transposition counts
 * 1, upper and lower case are alike), the first of several; or NULL if none is near enough to be
 * meant: distance at most 1/3 of the longer word, rounded up. */
const char *mts_nearest(const char *word, const char *const *names);

/* Copies `text` for quoting in a message, cut to whole UTF-8 characters and "..." where it is long.
 * Returns out. */
#define MTS_EXCERPT_TEXT 64
const char *mts_excerpt(const char *text, char out[MTS_EXCERPT_TEXT]);

/* 64-bit FNV-1a with a final avalanche (splitmix64), chained through `hash` (start with 0). */
uint64_t mts_hash(uint64_t hash, const void *bytes, size_t n);
uint64_t mts_hash_number(uint64_t number); /* of its eight bytes, the lowest first */

/* ---- random streams ---- */

/* A stream is a pure function of its names; there is no state. Philox4x32-10 (Salmon et al., SC
 * 2011; Random123) with
 *
 *     key     = { run low, run high }                      run: the run's identity
 *     counter = { block, item low, item high, purpose }
 *
 * An item is a trial, or 0 where there is only one; a block is four 32-bit words. So word j of item
 * i of a stream never depends on how many trials a batch has, in which order they are drawn, or on
 * which rank. */
typedef struct mts_stream {
    uint64_t run;
    uint32_t purpose;
} mts_stream;

/* What a stream is for. Every purpose draws from its own sequence; a module that needs several for one
 * purpose numbers them in bits 8 and up: purpose | (number << 8). The numbers are part of every random
 * number, so they never change. */
enum mts_purpose {
    MTS_FOR_INIT = 1,     /* item = tensor number, of the network's parameters */
    MTS_FOR_ENCODER,      /* item = tensor number, of the encoder's weights */
    MTS_FOR_NORMALS,      /* item = task: boundary normals where they are random */
    MTS_FOR_LATENT,       /* item = training trial */
    MTS_FOR_NOISE,        /* item = training trial: observation noise */
    MTS_FOR_PROBE_INIT,   /* decoder's initial weights */
    MTS_FOR_PROBE_LATENT, /* item = trial the decoders train or are tested on */
    MTS_FOR_PROBE_NOISE,
    MTS_FOR_TRACE_LATENT, /* run = 0: evaluation trials, the same for all runs of one D */
    MTS_FOR_TRACE_NOISE,
    MTS_FOR_OFFSETS = 12,  /* item = task: boundary offsets */
    MTS_FOR_CONE,          /* item = task: angles from a cone's axis */
    MTS_FOR_FAMILY,        /* item = training batch: which of two families it is */
    MTS_FOR_CUE,           /* item = trial: which task it asks for */
    MTS_FOR_MASK,          /* item = trial: which step counts in the loss */
    MTS_FOR_ENCODER_NOISE, /* item = training trial: noise on the network's inputs */
    MTS_FOR_PROBE_ENCODER_NOISE,
    MTS_FOR_TRACE_ENCODER_NOISE,
    MTS_FOR_DROPOUT,       /* item = training trial; number = the network's site */
    MTS_FOR_NETWORK_NOISE, /* item = training trial: noise in the network's sums */
    MTS_FOR_PROBE_NETWORK_NOISE,
    MTS_FOR_TRACE_NETWORK_NOISE,
    MTS_FOR_MEASURE_LATENT, /* item = trial of a measure; number = which trials */
    MTS_FOR_MEASURE_NOISE,
    MTS_FOR_MEASURE_ENCODER_NOISE,
    MTS_FOR_MEASURE_NETWORK_NOISE,
    MTS_FOR_MEASURE_START /* item = start of a search for fixed points */
};

/* The four words of block `block` of item `item`. */
void mts_bits(mts_stream stream, uint64_t item, uint32_t block, uint32_t word[4]);

/* n uniform numbers in (0, 1) from words 0 .. n-1 of the item: ((w >> 9) + 1/2) 2^-23, exact in
 * float, symmetric about 1/2, never 0 or 1. */
void mts_uniform(mts_stream stream, uint64_t item, size_t n, mts_real *u);

#endif
