/* store.h: the HDF5 file of a sweep. Created whole by one process; afterwards its metadata never
 * changes, and rows are written in place.
 *
 *     mts_store_create(path, &schema);                  // rank 0, once
 *     mts_store_open(path, MTS_STORE_WRITE, &store);    // every rank on its own
 *     mts_store_begin(store, i, now, host);             // state running
 *     mts_store_put(store, i, result, &stamp);          // payload, then crc and times, then state
 *     mts_store_close(store);
 *
 * Layout (format version 4; axes in parentheses):
 *
 *   /              attributes format, format_version, Conventions, dimension_order, and those of
 *                  the schema: name, question, sweep, created, command, versions, network, ...
 *   /axis/NAME     (NAME)   the coordinates, dimension scales of all axes of all datasets: whole
 *                           numbers from 0; split and fold say by flag_meanings what they number.
 *                           A file of a part of a sweep has a root attribute part_of, and in
 *                           /axis/run the runs' numbers in the whole sweep
 *   /axis/         split_name (split), fold_name (fold): the same as text
 *   /config/...    (run)    one column per config field
 *   /state/...     (run)    state, attempts, started, finished, seconds, host, crc, reason
 *   /result/...    (run)                        \
 *   /score/...     (run, split, fold, fit)       |
 *   /history/...   (run, point)                  |  the columns of record.h's table
 *   /measure/...   (run, ...)                    |
 *   /trace/...     (run, trial, step, unit)      |
 *   /weights/...   (run, parameter)             /
 *   /trace/        run_set (run): the run's set of evaluation trials
 *                  phase (run, step): fixation, stimulus, delay or decision
 *                  trial_kind, quadrant (set, trial)
 *                  latents (set, trial, latent)
 *                  observations (set, trial, stimulus_step, latent)
 *   /weights/      run_layout (run): the run's layout
 *                  tensor_layout, tensor_block, tensor_name, tensor_offset, tensor_rows,
 *                  tensor_cols (tensor): a line for each tensor of each layout. It is elements
 *                  offset ... offset + rows * cols - 1 of the row of /weights/parameters or, as
 *                  block says, of /weights/encoder
 *   /session/...   (session)                    who, where, when, ranks, exit; a ring
 *
 * Every coordinate is also linked (hard) into each group that uses it, /score/split for instance,
 * where xarray and netCDF look for it; so no dataset is named as an axis. A dataset one of whose
 * axes is empty (no traces, no decoders, no encoder) is left out. Types: f64, f32, i64; u8 with
 * flag_values and flag_meanings for choices; text is u8, printable ASCII padded with nulls along a
 * last axis text32, text64 or text256, with the attribute `text`: netCDF's library crashes on
 * fixed-length strings, and Octave reads them along one axis only. Attributes are fixed-length UTF-8
 * or numbers. Every dataset has units and long_name, and all but coordinates and text _FillValue: NaN,
 * -1 or 255. Those that tables show have title, digits (after the point), and ideal, the path of the
 * dataset with their ideal value.
 *
 * Rules: serial creation under PATH.tmp, libver earliest, contiguous early allocation, small
 * columns filled, bulk ones not, blocks reserved, fsync, rename. Then only independent writes into
 * existing extents, each rank with its own open through MPI-IO on MPI_COMM_SELF: no create,
 * attribute, extend, filter, flush or collective call while a sweep runs, so a kill at any moment
 * leaves a file that opens, and a lost rank blocks nobody. `done` is believed only where the CRC
 * agrees.
 *
 * Every error is MTS_ERR_IO (cannot, damaged, disk full, in use), MTS_ERR_FOREIGN (not a file of
 * mtsweep, or of another format version), MTS_ERR_MEMORY, or MTS_ERR_USAGE (rows or extents that
 * the file does not have), with a message that names the file.
 */
#ifndef MTSWEEP_STORE_H
#define MTSWEEP_STORE_H

#include "mtsweep/record.h"

#define MTS_FORMAT         "mtsweep"
#define MTS_FORMAT_VERSION 4
#define MTS_SESSIONS       64
#define MTS_HOST_TEXT      64
#define MTS_REASON_TEXT    256

/* What has become of a run, in the order of the stored numbers; mts_state_name gives the words. */
#define MTS_STATES(X)                                                                              \
    X(PENDING, "pending")                                                                          \
    X(RUNNING, "running") X(DONE, "done") X(DIVERGED, "diverged") X(FAILED, "failed")
#define MTS_STATE_ENUM(name, text) MTS_STATE_##name,
typedef enum { MTS_STATES(MTS_STATE_ENUM) MTS_N_STATES } mts_state;
extern const char *const mts_state_name[MTS_N_STATES + 1]; /* NULL at the end */

/* ---- creation ---- */

typedef struct mts_attribute {
    const char *name, *text;
    bool words; /* only describes: a file of another revision may say it otherwise */
} mts_attribute;

typedef struct mts_schema {
    mts_extents
        extents; /* all but tensor, session and those of text, the store's; 0 = no such axis */
    void *ctx;
    void (*config)(void *ctx, size_t run, mts_config *config);
    const mts_attribute *attribute; /* of the root group; text is UTF-8, at most 64000 bytes */
    size_t n_attributes;
    const mts_layout *layout;         /* [n[MTS_AXIS_layout]]: networks */
    const mts_layout *encoder_layout; /* [the same number]: the encoder of these networks */
    const uint32_t *run_layout;       /* [runs] */
    const float *latent;              /* [set][trial][latent], NaN beyond a set's extent */
    const float *observation;         /* [set][trial][stimulus_step][latent] */
    const uint32_t *run_set;          /* [runs] */
    const uint8_t *phase;             /* [run][step] of MTS_PHASES, 255 beyond a run's steps */
    const uint8_t *trial_kind; /* [set][trial] of MTS_TRIAL_KINDS, 255 beyond a set's trials */
    const uint8_t *quadrant;   /* [set][trial] of MTS_QUADRANTS, 255 likewise */
    const char *const
        *fold_name;       /* [fold]: of the coordinates of axis fold, at most 31 bytes each */
    const size_t *number; /* [runs] ascending: coordinate of axis run; NULL: 0, 1, ... */
    const char *dropped;  /* groups to leave out, blank-separated; NULL: none */
    bool same_revision;   /* for mts_store_compare: the file is of this revision */
    bool compressed;      /* datasets that are not small: chunks, shuffled, deflated */
} mts_schema;

/* Groups that a slim copy may leave out, with the axes that nothing else has; NULL at the end. The
 * root attribute `dropped` names those that are; their datasets are then not looked for. */
extern const char *const mts_store_droppable[];

/* Bytes of the file with these extents, to about 100 KiB: for `plan`. group_bytes may be NULL, else
 * one number for each of trace, weights, score, the rest. NaN without memory. Not collective. */
double mts_store_size(const mts_extents *extents, double group_bytes[4]);

/* Not collective. Creates PATH (which must not exist) with every row pending. On any failure, disk
 * full included, PATH does not exist afterwards. */
mts_status mts_store_create(const char *path, const mts_schema *schema);

/* Not collective. Holds a file to the schema that its own sweep gives: extents, coordinates, configs,
 * evaluation trials, sets, layouts, bit by bit, and attributes: those of datasets, and of the root
 * group those that the schema has; words that only describe if same_revision. differs (may be NULL)
 * is told each dataset that is not as it must be, and the first row that is not, SIZE_MAX with an
 * attribute, which `dataset` then names too; *differing counts them. repair: writes what it must
 * be, which needs MTS_STORE_WRITE. MTS_ERR_IO also where extents differ, which cannot be repaired. */
struct mts_store;
mts_status mts_store_compare(struct mts_store *store, const mts_schema *schema, bool repair,
                             void *ctx, void (*differs)(void *ctx, const char *dataset, size_t row),
                             size_t *differing);

/* ---- use ---- */

typedef struct mts_store mts_store;
typedef enum { MTS_STORE_READ, MTS_STORE_WRITE, MTS_STORE_BUILD } mts_store_mode;

/* Not collective. READ: serial driver, no lock, without MPI, also while a sweep writes, whose rows
 * it then sees; also a compressed copy. WRITE: MPI-IO on MPI_COMM_SELF, needs MPI initialised;
 * refuses a copy that is compressed or lacks groups. BUILD: a file that nobody else knows yet, of any
 * kind; serial driver, without MPI; only mts_store_publish makes it safe.
 * Checks format, version, that every dataset is there with the type and extents it must have, and
 * that the file is as long as its datasets reach. Close (before MPI_Finalize) accepts NULL, frees
 * in any case, and reports late errors. HDF5 prints no errors of its own from the first open or
 * create on. */
mts_status mts_store_open(const char *path, mts_store_mode mode, mts_store **store);

/* Not collective. Does all that reading a file does, for nothing: libhdf5 itself crashes on some
 * damaged files, so a process that must live lets a child try first. */
void mts_store_try(const char *path);

mts_status mts_store_close(mts_store *store);

/* Config fields and columns, "config/x, score/y", that a newer program has put into the file and this
 * one leaves out; "" where there are none. A config field that an older file of this format does not
 * have is at its default, a column at its fill values. */
const char *mts_store_later(const mts_store *store);

/* The dataset of a config field whose choices the file calls otherwise than this program does, or NULL. */
const char *mts_store_renamed(const mts_store *store);

/* Groups that the file lacks as it is a slim copy, blank-separated; "" in all others. */
const char *mts_store_dropped(const mts_store *store);
/* Whether the file has values of this column; a column that has none reads as its fill value. */
bool mts_store_has(const mts_store *store, size_t column);

const mts_extents *mts_store_extents(const mts_store *store);
size_t mts_store_runs(const mts_store *store);

/* Whether the file holds a part of its sweep. number: that of a row's run in the whole sweep. row: where
 * that run is, SIZE_MAX if the file does not have it. */
bool mts_store_is_part(const mts_store *store);
size_t mts_store_number(const mts_store *store, size_t row);
size_t mts_store_row(const mts_store *store, size_t number);

mts_status mts_store_config(mts_store *store, size_t run, mts_config *config); /* Not collective. */
/* Copies an attribute of the root group; the caller frees with mts_free. Not collective. */
mts_status mts_store_attribute(mts_store *store, const char *name, char **text);
/* The same as a line that can be printed: no character in it that a terminal obeys. */
mts_status mts_store_line(mts_store *store, const char *name, char **text);

/* The state columns of one run. */
typedef struct mts_stamp {
    mts_state state;
    int64_t attempts;
    double started, finished; /* wall clock, NaN = not yet */
    double seconds;           /* of work; NaN = not yet */
    char host[MTS_HOST_TEXT];
    uint32_t crc;                 /* 0 = none */
    char reason[MTS_REASON_TEXT]; /* why it failed or diverged */
} mts_stamp;

/* Not collective. Reads stamps of runs first .. first + n - 1; one read per column and 131072 runs.
 * `crc` is for show: mts_store_check knows whether there is one. */
mts_status mts_store_stamps(mts_store *store, size_t first, size_t n, mts_stamp *stamp);
/* The same without the texts, which are most of the bytes: host and reason are "". */
mts_status mts_store_states(mts_store *store, size_t first, size_t n, mts_stamp *stamp);

/* Not collective. State running; attempts + 1; finished, seconds, reason and crc are cleared. */
mts_status mts_store_begin(mts_store *store, size_t run, double now, const char *host);

/* Not collective. Commits a row: payload, wait for the disk, then crc (computed here), finished,
 * seconds, reason, then stamp->state. result NULL: no payload (failed, or back to pending).
 * stamp->started, attempts and host are left as mts_store_begin wrote them. After MTS_ERR_IO the
 * row is not committed and its state is not changed. */
mts_status mts_store_put(mts_store *store, size_t run, const mts_result *result,
                         const mts_stamp *stamp);

/* Not collective. The row is failed for good: as put without a payload, with stamp->attempts. */
mts_status mts_store_give_up(mts_store *store, size_t run, const mts_stamp *stamp);

/* Not collective. Copies a row into a file that is being built: payload (NULL: none, also no crc), its
 * crc, which is computed here, and the other members of the stamp as they are. Waits for no disk. */
mts_status mts_store_place(mts_store *store, size_t run, const mts_result *result,
                           const mts_stamp *stamp);

/* Not collective. Waits until a file that was built and closed is on the disk, and gives it the name
 * `to`, in the same folder. replace: takes the place of what has the name; else nothing may have it.
 * On MTS_ERR_IO both are as they were. */
mts_status mts_store_publish(const char *from, const char *to, bool replace);

/* Not collective. Reads a row into `result` (created with the file's extents). */
mts_status mts_store_get(mts_store *store, size_t run, mts_result *result);

/* Not collective. Whether the row's payload agrees with its CRC; false where there is none.
 * `scratch`: a result of the file's extents. */
mts_status mts_store_check(mts_store *store, size_t run, mts_result *scratch, bool *good);

/* Not collective. Whether state and number of attempts of the row are such as there can be. */
mts_status mts_store_possible(mts_store *store, size_t run, bool *possible);

/* Not collective. The same for a row in whatever state: good where it is not finished; not good where
 * its state is none that there is. */
mts_status mts_store_check_row(mts_store *store, size_t run, mts_result *scratch, bool *good);

/* Not collective. One column for runs first .. first + n - 1, contiguous: for tables and summaries.
 * `out` holds n * count elements of the column's type. */
mts_status mts_store_column(mts_store *store, size_t column, size_t first, size_t n, void *out);

/* Not collective. Back to pending: the payload stays, the stamp is cleared, attempts go to 0 if
 * `forget`. */
mts_status mts_store_reset(mts_store *store, size_t run, bool forget);

/* Not collective. Checksums of all finished rows (done and diverged; mts_store_open has checked the
 * structure). MTS_ERR_IO with *bad > 0 if some disagree: the message names the first. */
mts_status mts_store_verify(mts_store *store, size_t *checked, size_t *bad);

/* ---- sessions ---- */

typedef struct mts_session {
    int64_t number;                               /* 1, 2, ...; 0 = unused slot */
    double started, ended;                        /* ended NaN: still running, or killed */
    char host[MTS_HOST_TEXT], job[MTS_HOST_TEXT]; /* job: SLURM_JOB_ID or "" */
    int64_t pid, ranks, exit;                     /* exit -1: not ended */
    char version[MTS_HOST_TEXT], kernels[MTS_HOST_TEXT], cpu[MTS_HOST_TEXT];
} mts_session;

/* Not collective; rank 0 only. begin: takes the slot after the highest number, sets
 * session->number, ended = NaN and exit = -1. end: writes ended and exit. sessions: by slot, not by
 * number. */
mts_status mts_store_session_begin(mts_store *store, mts_session *session);
mts_status mts_store_session_end(mts_store *store, const mts_session *session);
/* Not collective. Writes a session, as it is, into the slot of its number. */
mts_status mts_store_session_place(mts_store *store, const mts_session *session);
mts_status mts_store_sessions(mts_store *store,
                              mts_session session[MTS_SESSIONS]); /* Not collective. */
/* Not collective. Frees the slots whose number no session can have; *n: how many. */
mts_status mts_store_sessions_repair(mts_store *store, size_t *n);

/* ---- checkpoints ---- */

/* What a run that is under way needs to go on, beside the file: one file a run, PATH.checkpoint/KEY,
 * with a CRC and the key (mts_config_key), written under a temporary name, synced and renamed. None
 * of these is collective; they know no HDF5 and nothing of what the bytes mean.
 *
 * save: done is the part of the run's work that is behind it, 0 to 1. MTS_ERR_IO: what was there
 * before is still there. MTS_ERR_MEMORY.
 *
 * load: *state is owned by the caller (mts_free), NULL where there is none. MTS_ERR_FOREIGN: there is
 * one, but it is damaged, of another run or of another version; the message says so, and that the run
 * starts anew. MTS_ERR_MEMORY.
 *
 * done: of the checkpoint that is there, 0 without one; reads the head only. time: when it was saved,
 * seconds since 1970 by the clock of the file server, 0 without one. */
mts_status mts_checkpoint_save(const char *path, uint64_t key, double done, const void *state,
                               size_t bytes);
mts_status mts_checkpoint_load(const char *path, uint64_t key, void **state, size_t *bytes);
double mts_checkpoint_done(const char *path, uint64_t key);
double mts_checkpoint_time(const char *path, uint64_t key);
bool mts_checkpoint_any(const char *path); /* whether there is a folder of them */
void mts_checkpoint_remove(const char *path, uint64_t key);
/* With what dead writers left half written, and only if no run has one. */
void mts_checkpoint_remove_folder(const char *path);

/* ---- lock ---- */

/* One sweep at a time on a file. PATH.lock holds host, pid, job and time; a kernel lock on it
 * (released by any death) decides on one host, its modification time, renewed by mts_lock_renew at
 * least every 10 s, between hosts. A holder on this host whose kernel lock is gone is dead, as is
 * one of the same SLURM job. One on another host is dead when its time has not moved for
 * MTS_LOCK_PATIENCE seconds (`patience` in take_patiently): take waits that long, and only then, to
 * see, and says so in the log. MTS_ERR_IO if another sweep holds it, naming host, pid and age. Not
 * collective; rank 0 only. */
#define MTS_LOCK_PATIENCE 60.0
typedef struct mts_lock mts_lock;
mts_status mts_lock_take(const char *path, mts_lock **lock);
mts_status mts_lock_take_patiently(const char *path, double patience, mts_lock **lock);
void mts_lock_renew(mts_lock *lock);
/* Renews it and leaves a text in PATH.lock for whoever looks on, in the place of the one before. */
void mts_lock_note(mts_lock *lock, const char *text);
void mts_lock_release(mts_lock *lock); /* removes PATH.lock; accepts NULL */

/* Who holds the lock, in words ("host n12, pid 4711, since 0:03:12"), or "" if nobody does: for
 * status. */
#define MTS_LOCK_TEXT 160
void mts_lock_holder(const char *path, char text[MTS_LOCK_TEXT]);
/* What the holder has noted, "" where there is nothing, or part of it if it is noting just now; any
 * bytes, as anybody may have written them. The caller frees with mts_free. MTS_ERR_MEMORY. */
mts_status mts_lock_notes(const char *path, char **text);

#endif
