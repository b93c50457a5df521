/* status.h: the parts of the verb `status`. status_look.c reads the file and what lies beside it,
 * status_text.c and status_json.c say it, status_runs.c lists the runs, status_watch.c does so again and
 * again, on what screen.c knows of terminals. None of them changes the file, or waits for a sweep. */
#ifndef MTSWEEP_APP_STATUS_H
#define MTSWEEP_APP_STATUS_H

#include "app.h"

enum { MTS_STATUS_FAILURES = 10, MTS_STATUS_SAVED = 8, MTS_STATUS_RUNNING = 100 };
enum { MTS_STATUS_NARROW = 64 }; /* columns below which words are few */

typedef struct mts_status_failure {
    size_t run;
    bool diverged;
    char what[MTS_TABLE_RUN_TEXT], reason[MTS_REASON_TEXT];
} mts_status_failure;

/* A run that is under way, or is saved in part. Numbers are NaN, and rank -1, where nothing tells. */
typedef struct mts_status_part {
    size_t run;
    double done; /* 0 to 1 */
    double loss, seconds;
    int rank;
    char host[MTS_HOST_TEXT];
    mts_config config;
} mts_status_part;

typedef struct mts_status_report {
    const mts_app_args *args;
    const char *path;
    mts_store *store;
    uint64_t device, inode, bytes; /* of the file that is open */
    size_t n;
    bool *chosen;               /* [n] */
    size_t n_chosen, n_tryable; /* n_tryable: failed, but not for good */
    mts_table_axes axes;
    size_t count[MTS_N_STATES];
    size_t (**by)[MTS_N_STATES]; /* [axes.n][values] */
    size_t n_failures;           /* kept in failure[] */
    mts_status_failure failure[MTS_STATUS_FAILURES];
    mts_session session[MTS_SESSIONS], last;
    char holder[MTS_LOCK_TEXT]; /* of the lock; "": no sweep runs */
    mts_app_live live;
    bool any_saved;
    size_t n_saved, n_running; /* all; the first of them in saved[], running[] */
    mts_status_part saved[MTS_STATUS_SAVED], running[MTS_STATUS_RUNNING];
    double work;             /* part of the chosen runs' work that is done */
    double per_minute, left; /* NaN unless a sweep runs and has shown them */
} mts_status_report;

/* Opens the file, unless it is open and still what the path names, and reads all of it that changes.
 * On failure it is closed. MTS_ERR_USAGE where the options leave no run. */
mts_status mts_status_look(mts_status_report *report);
/* What is said of a run whose row says running, or that is saved in part. */
mts_status mts_status_part_of(mts_status_report *report, size_t row, const mts_stamp *stamp,
                              const mts_config *config, mts_status_part *part);
void mts_status_forget(mts_status_report *report);

/* All of it, in lines of `width`, 0: as long as they are; its parts: what stands above, and the rest. */
mts_status mts_status_print(const mts_status_report *report, size_t width, FILE *to);
mts_status mts_status_print_title(const mts_status_report *report, FILE *to);
mts_status mts_status_print_counts(const mts_status_report *report, size_t width, FILE *to);
void mts_status_print_sweep(const mts_status_report *report, size_t width, FILE *to);
mts_status mts_status_print_rest(const mts_status_report *report, size_t width, FILE *to);
/* "52 % of the work, 12 runs/min, left 0:01:12", what of it is known. */
#define MTS_STATUS_PACE_TEXT 96
void mts_status_pace_text(const mts_status_report *report, char text[MTS_STATUS_PACE_TEXT]);
/* "rank 3 on n12" */
#define MTS_STATUS_WORKER_TEXT 96
void mts_status_worker_text(const mts_status_part *part, char text[MTS_STATUS_WORKER_TEXT]);

void mts_status_print_json(const mts_status_report *report);
/* One more entry of an object: ", key: value", null for NaN. */
void mts_status_json_number(const char *key, double value);
void mts_status_json_text(const char *key, const char *value);

/* A line a run, of those in a wanted[state]; as a JSON list. */
mts_status mts_status_print_runs(mts_status_report *report, const bool wanted[MTS_N_STATES],
                                 size_t width, FILE *to);
mts_status mts_status_print_runs_json(mts_status_report *report, const bool wanted[MTS_N_STATES]);

/* Shows it every so many seconds until the sweep ends, then once for good. list: its runs, NULL: what
 * print says. */
mts_status mts_status_watch(mts_status_report *report, const bool *list, double seconds);

#endif
