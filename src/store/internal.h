/* internal.h: what the files of the store share.
 *
 *     datasets.c  which datasets a file has, from the tables of record.h and the extents
 *     create.c    makes the file: how it gets on the disk whole
 *     contents.c  what is in it before the first run; attributes.c what its attributes say
 *     schema.c    what it is made of
 *     compare.c   holds an old file to what it must be
 *     open.c      opens and checks it
 *     rows.c      stamps, configs and results, row by row
 *     access.c    what all of these read and write an open file with
 *     later.c     what versions before and after this one have put into a file
 *     part.c      which runs of its sweep a file holds
 *     verify.c    checksums
 *     session.c   the ring of sessions
 *     lock.c      one sweep at a time
 *     h5.c        HDF5's errors and types
 */
#ifndef MTSWEEP_STORE_INTERNAL_H
#define MTSWEEP_STORE_INTERNAL_H

#include <hdf5.h>

#include "mtsweep/store.h"

/* ---- datasets ---- */

/* KIND_TEXT: bytes of text, in a dataset along its last axis. */
typedef enum { KIND_F64, KIND_F32, KIND_I64, KIND_U8, KIND_TEXT } mts_store_kind;

/* A dataset. It is in a file exactly if none of its axes is empty there. */
#define SPEC_MAX_AXES (1 + MTS_COLUMN_MAX_AXES)
#define SPEC_PATH     64
typedef struct mts_store_spec {
    char path[SPEC_PATH]; /* "/group/name" */
    size_t group_length;  /* of "/group" */
    mts_store_kind kind;
    size_t bytes; /* of an element */
    const char *unit, *doc;
    const char *const *choices; /* flag_meanings of a KIND_U8, or of /axis/split; else NULL */
    const mts_column *column;   /* of record.h, or NULL */
    size_t n_axes;
    mts_axis axis[SPEC_MAX_AXES];
    hsize_t dims[SPEC_MAX_AXES];
    size_t row;   /* elements under one index of the first axis */
    double total; /* bytes of the dataset; 0 if it is not in the file */
    bool bulk;    /* not filled at creation */
    bool scale;   /* a coordinate, /axis/name */
} mts_store_spec;

/* The columns of /state and /session: one member of mts_stamp or mts_session each. */
typedef struct mts_store_member {
    const char *name;
    mts_store_kind kind;
    size_t bytes;
    const char *unit, *doc;
    size_t offset; /* of the member */
} mts_store_member;

enum {
    STATE_STATE, /* its member is an enum and crc's is narrower than on disk: copied apart */
    STATE_CRC,
    STATE_ATTEMPTS,
    STATE_STARTED,
    STATE_FINISHED,
    STATE_SECONDS,
    STATE_HOST, /* texts from here on */
    STATE_REASON,
    N_STATE
};
#define N_SESSION 11 /* the first is the number */
extern const mts_store_member mts_store_state[N_STATE];
extern const mts_store_member mts_store_session[N_SESSION];

enum {
    EXTRA_SPLIT_NAME,
    EXTRA_FOLD_NAME,
    EXTRA_RUN_SET,
    EXTRA_PHASE,
    EXTRA_TRIAL_KIND,
    EXTRA_QUADRANT,
    EXTRA_LATENTS,
    EXTRA_OBSERVATIONS,
    EXTRA_RUN_LAYOUT,
    EXTRA_TENSOR_LAYOUT,
    EXTRA_TENSOR_BLOCK,
    EXTRA_TENSOR_NAME,
    EXTRA_TENSOR_OFFSET,
    EXTRA_TENSOR_ROWS,
    EXTRA_TENSOR_COLS,
    N_EXTRA
};

/* Where each part of the array of specs begins; the order in it is the order in the file. */
typedef struct mts_store_specs {
    size_t axis, config, state, result, extra, session, n;
    mts_store_spec *spec; /* [n] */
    const char *dropped;  /* groups that are left out, "" where none are; not owned */
} mts_store_specs;

#define NAME_TEXT 32 /* bytes of a name of a split, a fold or a tensor */

/* dropped: blank-separated groups whose datasets have no elements, NULL: none; must outlive the
 * specs. */
mts_status mts_store_specs_create(const mts_extents *extents, const char *dropped,
                                  mts_store_specs *specs);
void mts_store_specs_destroy(mts_store_specs *specs);

/* Bytes of a file with these datasets, uncompressed, to about 100 KiB. */
double mts_store_specs_bytes(const mts_store_specs *specs);

/* The extents that are the same in every file: of sessions and of text; 0 for others. */
size_t mts_store_fixed_extent(mts_axis axis);

/* Whether `groups` are blank-separated names of mts_store_droppable. */
bool mts_store_can_drop(const char *groups);

/* ---- HDF5 ---- */

/* Whether an HDF5 call failed (a negative value; also HADDR_UNDEF). Then the message says file,
 * call, subject (a dataset, say), place, rank and HDF5's innermost message, and the status to
 * return is MTS_ERR_IO. Communicates nothing. */
#define H5_FAILED(path, subject, call)                                                             \
    mts_store_h5_failed((int64_t)(call), path, subject, #call, __FILE__, __LINE__)
bool mts_store_h5_failed(int64_t value, const char *path, const char *subject, const char *call,
                         const char *file, int line);

/* Stops HDF5 from printing its error stack: the macro above says what a user needs. */
void mts_store_h5_quiet(void);

/* An access list of the serial driver, without file locks and without a cache of raw data, so that
 * a reader sees rows as they are written. Negative on failure. */
hid_t mts_store_h5_serial(void);

/* The type of a value on disk (little-endian) and in memory; HDF5 owns it. */
hid_t mts_store_h5_disk(mts_store_kind kind);
hid_t mts_store_h5_memory(mts_store_kind kind);

/* Reads or writes rows first .. first + n - 1 of a dataset, independently; buffer holds
 * n * spec->row elements as in memory. */
mts_status mts_store_h5_transfer(hid_t data, const char *path, const mts_store_spec *spec,
                                 bool write, size_t first, size_t n, void *buffer);

/* Copies text into a field of `bytes` bytes, filled up with nulls and with at least one at the end;
 * what is not printable ASCII becomes "?". */
void mts_store_text(char *field, size_t bytes, const char *text);

/* ---- creation ---- */

#define ATTRIBUTE_MAX 64000 /* bytes: an object header of HDF5 holds at most 64 KiB an attribute */

/* A file that is being made, or held to its schema. */
typedef struct mts_store_maker {
    hid_t file;
    const char *path;
    const mts_store_specs *specs;
    const mts_schema *schema;
    hid_t *data; /* [specs->n] */

    enum { CONTENTS_FILL, CONTENTS_CHECK, CONTENTS_REPAIR } mode;
    void *ctx;
    void (*differs)(void *ctx, const char *dataset, size_t row); /* may be NULL */
    bool *reported;   /* [specs->n], where differs is told */
    size_t differing; /* datasets */
} mts_store_maker;

/* The extents of the schema's file: with those that are the store's, without those of axes that only
 * dropped groups have. */
mts_status mts_store_extents_of(const mts_schema *schema, const char *dropped,
                                mts_extents *extents);

/* Writes everything into the new, empty file. */
mts_status mts_store_fill(hid_t file, const char *path, const mts_store_specs *specs,
                          const mts_schema *schema);

/* Writes, compares or repairs what follows from the schema: datasets, and in an old file attributes. */
mts_status mts_store_contents(mts_store_maker *m);
mts_status mts_store_hold_attributes(mts_store_maker *m);

/* An attribute of an object, which messages call `where`: n numbers, one scalar if n is 0; a text; and
 * words that only describe, which a file of another revision may have chosen otherwise. */
mts_status mts_store_put_attribute(mts_store_maker *m, hid_t object, const char *where,
                                   const char *name, mts_store_kind kind, size_t n,
                                   const void *value);
mts_status mts_store_put_text(mts_store_maker *m, hid_t object, const char *where, const char *name,
                              const char *text);
mts_status mts_store_put_words(mts_store_maker *m, hid_t object, const char *where,
                               const char *name, const char *text);

/* ---- an open file ---- */

struct mts_store {
    char *path;
    mts_store_mode mode;
    int fd; /* for fdatasync, MTS_STORE_WRITE only; else -1 */
    hid_t file;
    mts_extents extents;
    mts_store_specs specs;
    hid_t *data; /* [specs.n] the open datasets; negative = not in the file */

    char *columns;       /* attribute of this name, with a blank before and after each */
    char *later;         /* what this program does not know, in words */
    char *dropped;       /* attribute of this name, or "" */
    size_t *choices;     /* [mts_n_fields] of choices that the file knows */
    const char *renamed; /* a dataset of config whose choices the file calls otherwise, or NULL */
    int64_t *number;     /* [runs] in the whole sweep, ascending; NULL: all of it */

    /* Configs never change, so a block of them is kept. */
    size_t config_first, config_n;
    mts_config *config;
    bool *config_one; /* [mts_n_fields] whether all of the block have one value of the field */
};

/* Reads or writes rows first .. first + n - 1 of dataset `spec`; buffer holds n * row elements as
 * in memory. Datasets that are not in the file are skipped. */
mts_status mts_store_read(mts_store *store, size_t spec, size_t first, size_t n, void *buffer);
mts_status mts_store_write(mts_store *store, size_t spec, size_t first, size_t n,
                           const void *buffer);

/* Files of other versions: what the file says it has, before its datasets are opened; whether a
 * dataset that is not there has come later than the file (a config field, which then has its default,
 * or a column of results); and how many choices its fields have. */
mts_status mts_store_read_columns(mts_store *store);
bool mts_store_is_later(const mts_store *store, size_t number);
mts_status mts_store_read_choices(mts_store *store);

/* The coordinates of the runs, where the file says that it holds a part. */
mts_status mts_store_read_numbers(mts_store *store);

/* Whether an attribute is one element, and no array, which would not fit where one is read. */
bool mts_store_h5_is_one(hid_t attribute);

/* Copies a fixed-length text attribute of an object; the caller frees. MTS_ERR_IO. */
mts_status mts_store_h5_text(hid_t object, const char *path, const char *name, char **text);

/* MTS_ERR_USAGE unless first .. first + n - 1 are rows of the axis. */
mts_status mts_store_range(const mts_store *store, mts_axis axis, size_t first, size_t n);

/* The CRC of a row: of its run's key and of the columns that the file has. */
mts_status mts_store_row_crc(mts_store *store, size_t run, const mts_result *result, uint32_t *crc);

/* Waits until what was written is on the disk. */
mts_status mts_store_sync(mts_store *store);

#endif
