/* record.h: the two plain records of the program and the tables that declare them.
 *
 * A config says all there is to know about one run; a result holds all that one run leaves. Each
 * field and each column is declared once, in the two lists below. The structs, the sweep-file
 * reader, --set, validation, `mtsweep fields`, the HDF5 datasets with their units and descriptions,
 * and the row checksum all loop over the same lists: to add a field or a column is one line here,
 * and the code that computes it.
 *
 * Letters: B trials in a batch, T steps of a trial, D latents, I network inputs, N hidden units,
 * K tasks, P parameters. Sources: [S1] table S1 and appendix A.2 of the paper (arXiv 2407.11249);
 * [code F] file F of the authors' public code; [open] no source settles it.
 */
#ifndef MTSWEEP_RECORD_H
#define MTSWEEP_RECORD_H

#include "mtsweep/base.h"

/* ---- config ---- */

enum { MTS_BOUNDARIES_AUTO, MTS_BOUNDARIES_FAN, MTS_BOUNDARIES_RANDOM };
enum { MTS_ENCODER_RELU, MTS_ENCODER_QUADRATIC, MTS_ENCODER_NONE };
enum { MTS_ACTIVATION_RELU, MTS_ACTIVATION_TANH };
enum {
    MTS_FOLDS_LAST_TWO,
    MTS_FOLDS_ORTHANT,
    MTS_FOLDS_SIGN_1 /* sign_j is MTS_FOLDS_SIGN_1 + j - 1 */
};
enum { MTS_TRACE_ALL, MTS_TRACE_LAST, MTS_TRACE_NONE };

/* Flags of a field.
 * MTS_EXECUTION   says how, not what: outside the run's identity, so not allowed as an axis
 * MTS_SWEEP_WIDE  one value for all runs of a sweep (it sizes the file): not allowed as an axis or
 *                 in an override */
#define MTS_EXECUTION  1u
#define MTS_SWEEP_WIDE 2u

/* INT(name, default, least, most, unit, flags, description)          ends included
 * REAL(name, default, least, most, unit, flags, description)         ends included
 * CHOICE(name, default, "choice choice ...", flags, description)     stored as the choice's number
 */
/* clang-format off */
#define MTS_CONFIG_FIELDS(INT, REAL, CHOICE)                                                                            \
    CHOICE(arch, 0, "rnn rnn_noleak lstm", 0,                                                                           \
           "network: leaky rnn [S1 eq. 5], rnn without leak, or lstm [code RNN.py]")                                    \
    INT(tasks, 24, 1, 4096, "1", 0, "number of tasks K: binary classifications learned at once [S1]")                   \
    INT(seed, 0, 0, 2147483647, "1", 0, "distinguishes repetitions of a grid point")                                    \
    CHOICE(family, 0, "linear", 0, "task family: linear = linear decision boundaries [code tasks.py]")                  \
    CHOICE(boundaries, 0, "auto fan random", 0,                                                                         \
           "normals of the boundaries: fan = lines at (k + 1/2) pi / K, D = 2 only; random = normalised normal "        \
           "draws; auto = fan for D = 2, else random [code tasks.py]")                                                  \
    INT(latents, 2, 2, 16, "1", 0, "number of latents D [S1]")                                                          \
    REAL(sigma, 0.2, 0, 100, "1", 0, "standard deviation of the observation noise [S1]")                                \
    CHOICE(noise, 0, "gauss", 0, "observation noise: gauss = independent normal per step and latent [S1]")              \
    INT(fixation, 1, 0, 10000, "step", 0, "steps of fixation before the stimulus [code train.py]")                      \
    INT(stimulus, 20, 1, 10000, "step", 0, "steps of stimulus [S1: T = 20]")                                            \
    INT(delay, 0, 0, 10000, "step", 0, "steps between stimulus and decision [code train.py]")                           \
    INT(decision, 1, 1, 10000, "step", 0, "steps of decision [code train.py]")                                          \
    CHOICE(encoder, 0, "relu quadratic none", 0, "frozen encoder's nonlinearity; none feeds the observation [code util.py]") \
    INT(encoder_hidden, 100, 1, 4096, "1", 0, "units in each of the encoder's two hidden layers [code util.py]")        \
    INT(encoder_features, 40, 1, 4096, "1", 0, "outputs of the encoder [code util.py]")                                 \
    INT(units, 64, 1, 4096, "1", 0, "hidden units N [S1]")                                                              \
    CHOICE(activation, 0, "relu tanh", 0, "nonlinearity of the rnn architectures [S1]")                                 \
    REAL(dt, 100, 1e-6, 1e6, "ms", 0, "length of a time step [S1]")                                                     \
    REAL(tau, 100, 1e-6, 1e6, "ms", 0, "time constant of the rnn units, at least dt [S1]")                              \
    INT(batch, 16, 1, 65536, "trial", 0, "trials in a training batch B [S1]")                                           \
    INT(batches, 100000, 0, 1000000000, "batch", 0, "training batches; 0 leaves the network untrained [S1]")            \
    REAL(learning_rate, 0.001, 1e-12, 10, "1", 0, "Adam's learning rate [S1]")                                          \
    INT(probe_batches, 0, 0, 10000000, "batch", 0,                                                                      \
        "batches of 16 trials in a decoder fit; 0 = by number of tasks: 3000 up to K = 3, 2000 at 6, 1000 from 12, "    \
        "between them linear in log K [code generalize.py]")                                                            \
    REAL(probe_learning_rate, 0.003, 1e-12, 10, "1", 0, "Adam's learning rate in a decoder fit [code generalize.py]")   \
    INT(probe_fits, 5, 0, 100, "1", MTS_SWEEP_WIDE, "decoder fits per fold; 0 = no decoding [S1 A.2]")                  \
    INT(probe_trials, 640, 1, 1000000, "trial", 0, "test trials of a decoder [S1 A.2: 40 batches of 16]")               \
    CHOICE(folds, 0,                                                                                                    \
           "last_two orthant sign_1 sign_2 sign_3 sign_4 sign_5 sign_6 sign_7 sign_8 sign_9 sign_10 sign_11 sign_12 "   \
           "sign_13 sign_14 sign_15 sign_16",                                                                           \
           MTS_SWEEP_WIDE,                                                                                              \
           "what a fold holds out: last_two = a quadrant of the last two latents; orthant = one orthant, D <= 6; "      \
           "sign_j = the half x_j > 0 [code generalize.py]")                                                            \
    INT(history_points, 100, 1, 100000, "1", MTS_SWEEP_WIDE, "points of the training curves")                           \
    CHOICE(trace, 0, "all last none", MTS_SWEEP_WIDE, "which steps of the evaluation trials are stored")                \
    INT(trace_trials, 256, 0, 1000000, "trial", MTS_SWEEP_WIDE, "noisy evaluation trials, spread evenly over quadrants") \
    INT(trace_grid, 8, 0, 1000, "1", MTS_SWEEP_WIDE,                                                                    \
        "side of the noise-free grid of evaluation trials in the plane of the first two latents; 0 = none")             \
    CHOICE(kernels, 0, "auto blas x86-64-v3 x86-64-v4 generic", MTS_EXECUTION,                                          \
           "numerical kernels; all but blas give the same bits on every machine")

/* clang-format on */
#define MTS_INT_MEMBER(name, ...)    int64_t name;
#define MTS_REAL_MEMBER(name, ...)   double name;
#define MTS_CHOICE_MEMBER(name, ...) int64_t name;
typedef struct mts_config {
    MTS_CONFIG_FIELDS(MTS_INT_MEMBER, MTS_REAL_MEMBER, MTS_CHOICE_MEMBER)
} mts_config;

typedef enum { MTS_INT, MTS_REAL, MTS_CHOICE } mts_field_type;

typedef struct mts_field {
    const char *name;
    mts_field_type type;
    double initial, least, most; /* default and range; integers of this size are exact in double.
                                    MTS_CHOICE: least = most = 0, see mts_choice_count */
    const char *unit;            /* "1" where there is none */
    const char *choices;         /* blank-separated; NULL unless MTS_CHOICE */
    unsigned flags;
    const char *doc;
    size_t offset; /* of the member in mts_config */
} mts_field;

extern const mts_field mts_fields[];
extern const size_t mts_n_fields;

/* The field of this name, or NULL without a message, as the caller knows the place. The name of the
 * field nearest to a wrong one (see mts_nearest), or NULL. */
const mts_field *mts_field_find(const char *name);
const char *mts_field_nearest(const char *name);

void mts_config_default(mts_config *config);

/* Sets one field from decimal text or the name of a choice: "24", "1e-3", "1e5" also for an INT,
 * "lstm". MTS_ERR_SWEEP with a message that has no place in it ("tasks must be a whole number from
 * 1 to 4096, not 'x'"), and config unchanged, if the text is no value of the field; for a choice
 * the message names the nearest. */
mts_status mts_config_set(mts_config *config, const mts_field *field, const char *text);

/* The same for a value that mts_config_value gave. */
void mts_config_put(mts_config *config, const mts_field *field, double value);

/* The value as double (exact; a choice: its number), and as text with the fewest digits that
 * mts_config_set reads back to the same value; whole numbers below 10^15 without an exponent. */
double mts_config_value(const mts_config *config, const mts_field *field);
#define MTS_VALUE_TEXT 40
void mts_config_text(const mts_config *config, const mts_field *field, char text[MTS_VALUE_TEXT]);

/* Number of choices of a MTS_CHOICE field (0 for others), and a copy of the name of choice `number`
 * ("" if there is none of this number). */
size_t mts_choice_count(const mts_field *field);
void mts_choice_text(const mts_field *field, int64_t number, char text[MTS_VALUE_TEXT]);

/* What no single field can say: dt <= tau, fan only with D = 2, sign_j with j <= D, orthant with
 * D <= 6. MTS_ERR_SWEEP with a message that has no place in it. */
mts_status mts_config_check(const mts_config *config);

/* The run's identity, key of all its random streams: the hash of the sum over all fields but
 * MTS_EXECUTION ones of mts_field_hash, the hash of "name=value" with the value as text. A sum, so
 * that neither the order of axes nor that of the declarations matters, and so that the identities
 * of a million runs that differ in few fields cost little. mts_field_hash is 0 for MTS_EXECUTION
 * fields. */
uint64_t mts_config_identity(const mts_config *config);
uint64_t mts_field_hash(const mts_config *config, const mts_field *field);

/* Numbers that follow from a config. */
static inline int64_t mts_config_steps(const mts_config *c) /* T */
{
    return c->fixation + c->stimulus + c->delay + c->decision;
}

/* ---- result ---- */

/* The named axes of the file. The extent of an axis is one number for the whole file: the largest
 * over the sweep's runs; what a smaller run does not use holds the fill value. */
/* clang-format off */
#define MTS_AXES(AXIS)                                                                                                  \
    AXIS(run, "run of the sweep, in grid order, last axis fastest")                                                     \
    AXIS(split, "what a decoder is tested on: id, ood (the held-out region), ood_published (the authors' test sets)")   \
    AXIS(fold, "which region is held out")                                                                              \
    AXIS(fit, "repetition of a decoder fit")                                                                            \
    AXIS(pair, "pair of latents, upper triangle, row by row")                                                           \
    AXIS(point, "point of the training curve")                                                                          \
    AXIS(trial, "evaluation trial: noisy ones, quadrant by quadrant, then the noise-free grid")                         \
    AXIS(step, "time step of a trial")                                                                                  \
    AXIS(stimulus_step, "step within the stimulus, from 0")                                                             \
    AXIS(unit, "hidden unit")                                                                                           \
    AXIS(task, "classification task")                                                                                   \
    AXIS(latent, "latent dimension")                                                                                    \
    AXIS(parameter, "trained parameter, see layout")                                                                    \
    AXIS(encoder_parameter, "frozen encoder weight, see layout")                                                        \
    AXIS(set, "set of evaluation trials: runs whose trials are defined alike share one")                                \
    AXIS(layout, "parameter layout: runs whose networks have the same tensors share one")                               \
    AXIS(tensor, "tensor of a layout")                                                                                  \
    AXIS(session, "call of mtsweep run on the file; a ring, the oldest is overwritten")

/* clang-format on */
#define MTS_AXIS_ENUM(name, ...) MTS_AXIS_##name,
typedef enum mts_axis { MTS_AXES(MTS_AXIS_ENUM) MTS_N_AXES } mts_axis;

extern const char *const mts_axis_name[MTS_N_AXES];
extern const char *const mts_axis_doc[MTS_N_AXES];

typedef struct mts_extents {
    size_t n[MTS_N_AXES];
} mts_extents;

enum { MTS_SPLIT_ID, MTS_SPLIT_OOD, MTS_SPLIT_OOD_PUBLISHED, MTS_N_SPLITS };
extern const char *const mts_split_name[MTS_N_SPLITS]; /* "id", "ood", "ood_published" */

/* COLUMN(group, name, type, unit, description, axes after run ...): dataset /group/name, member
 * group_name of mts_result. Types: F64 F32 I64 U8. The fill value is NaN, or the type's natural
 * none: -1 for I64, 255 for U8. */
/* clang-format off */
#define MTS_RESULT_COLUMNS(COLUMN)                                                                                      \
    COLUMN(result, loss, F64, "nat", "training loss, mean over B, T, K and the last tenth of the batches")              \
    COLUMN(result, accuracy, F64, "1", "decision accuracy, mean over the last tenth of the batches")                    \
    COLUMN(result, id_r2, F64, "1", "median of score/r2 over folds and fits, split id")                                 \
    COLUMN(result, ood_r2, F64, "1", "median of score/r2 over folds and fits, split ood")                               \
    COLUMN(result, ood_published_r2, F64, "1", "median of score/r2 over folds and fits, split ood_published")           \
    COLUMN(result, id_angle, F64, "degree", "median of score/angle over folds and fits, split id")                      \
    COLUMN(result, ood_angle, F64, "degree", "median of score/angle over folds and fits, split ood")                    \
    COLUMN(result, ideal_r2, F64, "1", "r2 of the ideal observer: 1 - 12 sigma^2 / stimulus, times K / D where K < D")  \
    COLUMN(result, ideal_accuracy, F64, "1", "decision accuracy of the ideal observer")                                 \
    COLUMN(result, ideal_loss, F64, "nat", "loss of the ideal observer, mean over all steps")                           \
    COLUMN(result, diverged_at, I64, "batch", "batch at which the loss left the finite numbers; -1 = never")            \
    COLUMN(result, kernels, U8, "1", "kernels that were used, numbered as config/kernels")                              \
    COLUMN(score, r2, F64, "1", "decoder sgd: 1 - MSE / (1/12)", split, fold, fit)                                      \
    COLUMN(score, r2_within, F64, "1", "decoder sgd: 1 - MSE / (1/48), variance within a quadrant", split, fold, fit)   \
    COLUMN(score, mse, F64, "1", "decoder sgd: mean squared error over trials and latents", split, fold, fit)           \
    COLUMN(score, angle, F64, "degree", "decoder sgd: angle between latents' weights, median over pairs", split, fold, fit) \
    COLUMN(score, pair_angle, F64, "degree", "decoder sgd: angle between two latents' weights", split, fold, fit, pair) \
    COLUMN(score, ols_r2, F64, "1", "decoder ols: 1 - MSE / (1/12)", split, fold, fit)                                  \
    COLUMN(score, ols_r2_within, F64, "1", "decoder ols: 1 - MSE / (1/48)", split, fold, fit)                           \
    COLUMN(score, ols_mse, F64, "1", "decoder ols: mean squared error over trials and latents", split, fold, fit)       \
    COLUMN(score, ols_angle, F64, "degree", "decoder ols: angle between latents' weights, median over pairs", split, fold, fit) \
    COLUMN(history, batch, I64, "batch", "last batch of the point's interval, counted from 1", point)                   \
    COLUMN(history, loss, F64, "nat", "training loss, mean over the interval", point)                                   \
    COLUMN(history, accuracy, F64, "1", "decision accuracy, mean over the interval", point)                             \
    COLUMN(history, gradient_norm, F64, "1", "Euclidean norm of the gradient at the interval's last batch", point)      \
    COLUMN(trace, hidden, F32, "1", "hidden state on the evaluation trials", trial, step, unit)                         \
    COLUMN(trace, readout, F32, "1", "readout before the sigmoid on the evaluation trials", trial, step, task)          \
    COLUMN(weights, parameters, F32, "1", "trained parameters, tensor after tensor, see layout", parameter)             \
    COLUMN(weights, encoder, F32, "1", "frozen encoder, tensor after tensor, see encoder layout", encoder_parameter)    \
    COLUMN(weights, normals, F64, "1", "unit normal of each task's boundary", task, latent)                             \
    COLUMN(weights, offsets, F64, "1", "offset b of each task's boundary: y = [c . x > b]", task)

/* clang-format on */
typedef enum { MTS_F64, MTS_F32, MTS_I64, MTS_U8 } mts_column_type;
#define MTS_C_F64 double
#define MTS_C_F32 float
#define MTS_C_I64 int64_t
#define MTS_C_U8  uint8_t

#define MTS_COLUMN_ENUM(group, name, ...) MTS_COL_##group##_##name,
enum { MTS_RESULT_COLUMNS(MTS_COLUMN_ENUM) MTS_N_COLUMNS };

#define MTS_COLUMN_MAX_AXES 4
typedef struct mts_column {
    const char *group, *name;
    mts_column_type type;
    const char *unit, *doc;
    size_t n_axes; /* after run */
    mts_axis axis[MTS_COLUMN_MAX_AXES];
    bool bulk; /* its axes hold trial or a parameter axis: left unfilled at creation */
} mts_column;

extern const mts_column mts_columns[MTS_N_COLUMNS];

size_t mts_column_size(mts_column_type type); /* bytes */

/* Number of elements of one run's part of a column; SIZE_MAX if that is too many to count. */
size_t mts_column_count(const mts_column *column, const mts_extents *extents);

/* One run's row: all columns in one block of bytes, in the order of the table, each starting at a
 * multiple of 64 and the gaps zero, so that two rows are equal exactly when their blocks are, and a
 * checksum of the block is one of the row. */
#define MTS_COLUMN_MEMBER(group, name, type, ...) MTS_C_##type *group##_##name;
typedef struct mts_result {
    mts_extents extents;
    size_t bytes;
    void *block;
    void *column[MTS_N_COLUMNS]; /* the same pointers as the members below, by number */
    MTS_RESULT_COLUMNS(MTS_COLUMN_MEMBER)
} mts_result;

/* A row with every column at its fill value, owned by the caller. MTS_ERR_MEMORY, *result is NULL
 * then. mts_result_destroy accepts NULL. */
mts_status mts_result_create(const mts_extents *extents, mts_result **result);
void mts_result_destroy(mts_result *result);
void mts_result_fill(mts_result *result);          /* back to the fill values */
uint32_t mts_result_crc(const mts_result *result); /* CRC-32 (zlib) of the block */

/* ---- layouts ---- */

/* Tensors of a parameter block, one after the other without gaps, each row-major: element (r, c) is
 * at offset + r * cols + c. Weights are [in][out]; a vector has rows = 1. Starts as {0}. */
#define MTS_TENSORS_MAX 64
typedef struct mts_tensor {
    char name[32];
    size_t rows, cols, offset;
    double bound; /* initial values U(-bound, bound) */
} mts_tensor;

typedef struct mts_layout {
    size_t n, total; /* tensors; parameters */
    mts_tensor tensor[MTS_TENSORS_MAX];
} mts_layout;

/* Appends a tensor and returns its offset. More than MTS_TENSORS_MAX tensors, or a longer name than
 * fits, is a programming mistake. */
size_t mts_layout_add(mts_layout *layout, const char *name, size_t rows, size_t cols, double bound);
bool mts_layout_equal(const mts_layout *a, const mts_layout *b); /* names and shapes */

#endif
