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

/* Lists of names, each declared here and nowhere else: X(name, ...) in the order of their numbers,
 * which are stored and so never change. The enumerators MTS_LIST_name, the choices of the config
 * field and the registry of the module that implements them follow from it. */
/* clang-format off */
#define MTS_ARCHS(X)           X(rnn) X(rnn_noleak) X(lstm) X(gpt)
#define MTS_FAMILIES(X)        X(linear) X(multiplicative) X(interleaved) X(context) X(accumulate)
#define MTS_BOUNDARY_KINDS(X)  X(auto) X(fan) X(random) X(cone)
#define MTS_NOISES(X)          X(gauss) X(gumbel) X(ar1) X(anisotropic)
#define MTS_NOISE_PLACES(X)    X(observation) X(encoder)
#define MTS_ENCODERS(X)        X(relu) X(quadratic) X(none)
#define MTS_ACTIVATIONS(X)     X(relu) X(tanh)
#define MTS_RECURRENT_INITS(X) X(uniform) X(sparse) X(orthogonal)
#define MTS_LOSSES(X)          X(cross_entropy) X(mse) X(mse_linear)
#define MTS_MASKS(X)           X(all) X(last) X(random) X(balanced)
#define MTS_PROBED(X)          X(hidden) X(features)
#define MTS_PROBE_NOISES(X)    X(same) X(gauss)
#define MTS_FOLDS(X)           X(last_two) X(orthant) X(sign_1) X(sign_2) X(sign_3) X(sign_4) X(sign_5) X(sign_6) \
                               X(sign_7) X(sign_8) X(sign_9) X(sign_10) X(sign_11) X(sign_12) X(sign_13) X(sign_14) \
                               X(sign_15) X(sign_16)
#define MTS_TRACES(X)          X(all) X(last) X(none)
#define MTS_FIXED_POINT_METHODS(X) X(newton) X(adam)
#define MTS_NO_YES(X)          X(no) X(yes)
/* What stored trials are: the phase of a step, the kind of a trial, and the quadrant of its last two latents. */
#define MTS_PHASES(X)          X(fixation) X(stimulus) X(delay) X(decision)
#define MTS_TRIAL_KINDS(X)     X(noisy) X(grid)
#define MTS_QUADRANTS(X)       X(0, "between") X(1, "++") X(2, "-+") X(3, "--") X(4, "+-")
#define MTS_KERNELS(X)         X(auto) X(blas) X(x86_64_v3, "x86-64-v3") X(x86_64_v4, "x86-64-v4") X(generic)
/* What can be measured of a trained network: name, description, and what the caller adds. Each is one
 * file of src/run with one const table mts_output_NAME, and is chosen by config field measure_NAME. */
#define MTS_MEASURES(X, ...)                                                                                            \
    X(sparsity, "measure the sparsity of the hidden units", __VA_ARGS__)                                                \
    X(pca, "measure the PCA spectrum of the hidden states", __VA_ARGS__)                                                \
    X(fixed_points, "find fixed points, their Jacobian spectra and time constants; rnn and rnn_noleak only",            \
      __VA_ARGS__)                                                                                                      \
    X(selectivity, "measure each unit's raster over an 8 x 8 grid and its correlation with the latents", __VA_ARGS__)   \
    X(closed_form, "decode the latents in closed form from the readout probabilities", __VA_ARGS__)
/* clang-format on */

#define MTS_ARCH_ENUM(name)           MTS_ARCH_##name,
#define MTS_FAMILY_ENUM(name)         MTS_FAMILY_##name,
#define MTS_BOUNDARIES_ENUM(name)     MTS_BOUNDARIES_##name,
#define MTS_NOISE_ENUM(name)          MTS_NOISE_##name,
#define MTS_NOISE_AT_ENUM(name)       MTS_NOISE_AT_##name,
#define MTS_ENCODER_ENUM(name)        MTS_ENCODER_##name,
#define MTS_ACTIVATION_ENUM(name)     MTS_ACTIVATION_##name,
#define MTS_RECURRENT_INIT_ENUM(name) MTS_RECURRENT_INIT_##name,
#define MTS_LOSS_ENUM(name)           MTS_LOSS_##name,
#define MTS_MASK_ENUM(name)           MTS_MASK_##name,
#define MTS_PROBE_ON_ENUM(name)       MTS_PROBE_ON_##name,
#define MTS_PROBE_NOISE_ENUM(name)    MTS_PROBE_NOISE_##name,
#define MTS_FOLDS_ENUM(name)          MTS_FOLDS_##name,
#define MTS_TRACE_ENUM(name)          MTS_TRACE_##name,
#define MTS_FIXED_POINT_ENUM(name)    MTS_FIXED_POINT_##name,
#define MTS_PHASE_ENUM(name)          MTS_PHASE_##name,
#define MTS_TRIAL_ENUM(name)          MTS_TRIAL_##name,
enum { MTS_ARCHS(MTS_ARCH_ENUM) MTS_N_ARCHS };
enum { MTS_FAMILIES(MTS_FAMILY_ENUM) MTS_N_FAMILIES };
enum { MTS_BOUNDARY_KINDS(MTS_BOUNDARIES_ENUM) MTS_N_BOUNDARY_KINDS };
enum { MTS_NOISES(MTS_NOISE_ENUM) MTS_N_NOISES };
enum { MTS_NOISE_PLACES(MTS_NOISE_AT_ENUM) MTS_N_NOISE_PLACES };
enum { MTS_ENCODERS(MTS_ENCODER_ENUM) MTS_N_ENCODERS };
enum { MTS_ACTIVATIONS(MTS_ACTIVATION_ENUM) MTS_N_ACTIVATIONS };
enum { MTS_RECURRENT_INITS(MTS_RECURRENT_INIT_ENUM) MTS_N_RECURRENT_INITS };
enum { MTS_LOSSES(MTS_LOSS_ENUM) MTS_N_LOSSES };
enum { MTS_MASKS(MTS_MASK_ENUM) MTS_N_MASKS };
enum { MTS_PROBED(MTS_PROBE_ON_ENUM) MTS_N_PROBED };
enum { MTS_PROBE_NOISES(MTS_PROBE_NOISE_ENUM) MTS_N_PROBE_NOISES };
enum { MTS_FOLDS(MTS_FOLDS_ENUM) MTS_N_FOLDS };
enum { MTS_TRACES(MTS_TRACE_ENUM) MTS_N_TRACES };
enum { MTS_FIXED_POINT_METHODS(MTS_FIXED_POINT_ENUM) MTS_N_FIXED_POINT_METHODS };
enum { MTS_PHASES(MTS_PHASE_ENUM) MTS_N_PHASES };
enum { MTS_TRIAL_KINDS(MTS_TRIAL_ENUM) MTS_N_TRIAL_KINDS };
enum { MTS_NO, MTS_YES };

/* An entry's name as text: the second argument, or the first where it is alone. */
#define MTS_NAME_2(name, text, ...) text
#define MTS_NAME_1(name, ...)       #name
#define MTS_NAME(...)               MTS_NAME_PICK(__VA_ARGS__, 2, 1, )(__VA_ARGS__, ),
#define MTS_NAME_PICK(a, b, n, ...) MTS_NAME_##n
#define MTS_NAMES(list)             ((const char *const[]){list(MTS_NAME) NULL})

/* Flags of a field.
 * MTS_EXECUTION   says how, not what: outside the run's identity, so not allowed as an axis
 * MTS_OUTPUT      says what is decoded, measured or stored of the network, not how it is trained:
 *                 outside the identity, so that it changes no random number of the training; two
 *                 runs may differ in it alone, and then train the same network
 * MTS_SWEEP_WIDE  one value for all runs of a sweep (it sizes the file): not allowed as an axis or
 *                 in an override */
#define MTS_EXECUTION  1u
#define MTS_SWEEP_WIDE 2u
#define MTS_OUTPUT     4u
#define MTS_FILE       (MTS_SWEEP_WIDE | MTS_OUTPUT)

#define MTS_MEASURE_FIELD(name, doc, CHOICE) CHOICE(measure_##name, 0, MTS_NO_YES, MTS_FILE, doc)

/* INT(name, default, least, most, unit, flags, description)          ends included
 * REAL(name, default, least, most, unit, flags, description)         ends included
 * CHOICE(name, default, list, flags, description)                    stored as the choice's number
 */
/* clang-format off */
#define MTS_CONFIG_FIELDS(INT, REAL, CHOICE)                                                                            \
    CHOICE(arch, 0, MTS_ARCHS, 0,                                                                       \
           "network: leaky rnn [S1 eq. 5], rnn without leak, lstm [code RNN.py], or gpt, GPT-2 blocks")                 \
    INT(tasks, 24, 1, 4096, "1", 0, "number of tasks K: binary classifications learned at once [S1]")                   \
    INT(seed, 0, 0, 2147483647, "1", 0, "distinguishes repetitions of a grid point")                                    \
    CHOICE(family, 0, MTS_FAMILIES, 0,                                        \
           "task family [code tasks.py]: linear = linear boundaries; multiplicative = a quadrant and a threshold "      \
           "on |x1 x2|, K 24 or 48; interleaved = a batch is linear or multiplicative, each with half of the tasks; "   \
           "context = two tasks of which a rule input selects one; accumulate = free reaction time, the running sum")   \
    CHOICE(boundaries, 0, MTS_BOUNDARY_KINDS, 0,                                                                    \
           "normals of the boundaries: fan = lines at (k + 1/2) pi / K, D = 2 only; random = normalised normal "        \
           "draws; cone = all within the angle cone of one direction; auto = fan for D = 2, else random [code "         \
           "tasks.py]; families linear and interleaved")                                                                \
    REAL(cone, 5, 0, 90, "degree", 0, "largest angle between a normal and the cone's axis (1, ..., 1), boundaries cone") \
    REAL(offset, 0, 0, 0.5, "1", 0,                                                                                     \
         "affine boundaries: b of each task is drawn from U(-offset, offset); families linear and interleaved")         \
    INT(latents, 2, 2, 16, "1", 0, "number of latents D [S1]")                                                          \
    REAL(rho, 0, -1, 1, "1", 0,                                                                                         \
         "correlation of the two training latents before the normal distribution function makes them uniform, D = 2 "   \
         "[code tasks.py]; decoders always see uncorrelated ones")                                                      \
    REAL(sigma, 0.2, 0, 100, "1", 0, "standard deviation of the observation noise [S1]")                                \
    CHOICE(noise, 0, MTS_NOISES, 0,                                                                 \
           "observation noise [code tasks.py]: gauss = independent normal per step and latent [S1]; gumbel = "          \
           "Gumbel(0, sigma), mean .577 sigma and sd 1.283 sigma; ar1 = stationary with sd sigma, restarted each "      \
           "trial; anisotropic = normal with sd sigma for odd and 2 sigma for even latents")                            \
    REAL(noise_coefficient, 0.7, -0.999, 0.999, "1", 0, "correlation of successive steps, noise ar1")                   \
    CHOICE(noise_at, 0, MTS_NOISE_PLACES, 0,                                                                       \
           "encoder = exact observations, and normal noise of sd encoder_noise on all network inputs, the fixation "    \
           "input too, at every step [code train.py]")                                                                  \
    REAL(encoder_noise, 0.1, 0, 100, "1", 0, "standard deviation of the noise with noise_at encoder [code train.py]")   \
    INT(fixation, 1, 0, 10000, "step", 0, "steps of fixation before the stimulus [code train.py]; none if accumulate")  \
    INT(stimulus, 20, 1, 10000, "step", 0, "steps of stimulus [S1: T = 20]")                                            \
    INT(delay, 0, 0, 10000, "step", 0, "steps between stimulus and decision [code train.py]; none if accumulate")       \
    INT(decision, 1, 1, 10000, "step", 0, "steps of decision [code train.py]; none if accumulate")                      \
    CHOICE(encoder, 0, MTS_ENCODERS, 0, "frozen encoder's nonlinearity; none feeds the observation [code util.py]") \
    INT(encoder_hidden, 100, 1, 4096, "1", 0, "units in each of the encoder's two hidden layers [code util.py]")        \
    INT(encoder_features, 40, 1, 4096, "1", 0, "outputs of the encoder [code util.py]")                                 \
    INT(units, 64, 1, 4096, "1", 0, "hidden units N; width of a gpt [S1]")                                              \
    CHOICE(activation, 0, MTS_ACTIVATIONS, 0, "nonlinearity of the rnn architectures [S1]")                                 \
    REAL(dt, 100, 1e-6, 1e6, "ms", 0, "length of a time step [S1]")                                                     \
    REAL(tau, 100, 1e-6, 1e6, "ms", 0, "time constant of the rnn units, at least dt [S1]")                              \
    CHOICE(recurrent_init, 0, MTS_RECURRENT_INITS, 0,                                                           \
           "initial W_rec of the rnn architectures [code RNN.py]: uniform = U(+-1/sqrt(N)); sparse = each "      \
           "unit projects to N - ceil(.85 N) units, 9 of 64, sd sqrt(2/(.15 N)); orthogonal = uniformly drawn orthogonal")           \
    REAL(network_noise, 0, 0, 100, "1", 0,                                                                              \
         "standard deviation of the noise in the rnn architectures' sums [S1 eq. 5], in training and after")            \
    CHOICE(network_noise_shared, 0, MTS_NO_YES, 0,                                                                      \
           "no = network noise is one number per trial, step and unit; yes = per step and unit, the same for all "      \
           "trials of a batch, in training and after [code RNN.py]")                                                    \
    INT(blocks, 1, 1, 16, "1", 0, "blocks of a gpt [S1]")                                                               \
    INT(heads, 8, 1, 256, "1", 0, "attention heads of a gpt block; a divisor of units [S1]")                            \
    INT(mlp, 256, 1, 16384, "1", 0, "hidden units of a gpt block's MLP [S1]")                                           \
    REAL(dropout, 0.1, 0, 0.99, "1", 0,                                                                                 \
         "dropout of a gpt on embedding, attention and residual while training, taken to a multiple of 2^-16 [S1]")     \
    INT(batch, 16, 1, 65536, "trial", 0, "trials in a training batch B [S1]")                                           \
    INT(batches, 100000, 0, 1000000000, "batch", 0, "training batches; 0 leaves the network untrained [S1]")            \
    REAL(learning_rate, 0.001, 1e-12, 10, "1", 0, "Adam's learning rate [S1: .001; .003 for accumulate]")               \
    CHOICE(loss, 0, MTS_LOSSES, 0,                                                                             \
           "cross_entropy of the sigmoid [S1]; mse = squared error of tanh against -1, 0, 1 [code train.py]; "         \
           "mse_linear = of the readout itself [authors' delay runs]; accumulate has its own squared error")           \
    CHOICE(mask, 0, MTS_MASKS, 0,                                                                      \
           "steps that count in the loss [code train.py]: all; last = decision; random = one step from the sixth on, "  \
           "drawn per trial; balanced = the decision weighs as much as all earlier steps together, of which the two "   \
           "before it do not count")                                                                                    \
    REAL(bound, 5, 1e-6, 1e6, "1", 0, "bound of the running sum, accumulate [S1]")                                      \
    CHOICE(accumulate_truncate, 0, MTS_NO_YES, 0,                                                                         \
           "yes = targets of accumulate are cut to whole numbers, as the authors' integer array does [code tasks.py]")  \
    CHOICE(probe_on, 0, MTS_PROBED, MTS_OUTPUT,                                                                  \
           "what the decoders read: the last hidden state, or the encoder's features averaged over the stimulus "       \
           "(a control that needs no network)")                                                                         \
    REAL(probe_sigma, -1, -1, 100, "1", MTS_OUTPUT,                                                                     \
         "sigma of the trials that decoders see and of the evaluation trials; -1 = that of the training")               \
    CHOICE(probe_noise, 0, MTS_PROBE_NOISES, MTS_OUTPUT,                                                                \
           "observation noise of the trials that decoders see and of the evaluation trials: same = as in training; "    \
           "gauss = independent normal, as the authors test networks that were trained on other noise [code "           \
           "generalize.py]")                                                                                            \
    INT(probe_batches, 0, 0, 10000000, "batch", MTS_OUTPUT,                                                             \
        "batches of 16 trials in a decoder fit; 0 = by number of tasks: 3000 up to K = 3, 2000 at 6, 1000 from 12, "    \
        "between them linear in log K [code generalize.py]")                                                            \
    REAL(probe_learning_rate, 0.003, 1e-12, 10, "1", MTS_OUTPUT, "Adam's learning rate in a decoder fit [code generalize.py]") \
    INT(probe_fits, 5, 0, 100, "1", MTS_FILE, "decoder fits per fold; 0 = no decoding [S1 A.2]")                        \
    INT(probe_trials, 640, 1, 1000000, "trial", MTS_OUTPUT, "test trials of a decoder [S1 A.2: 40 batches of 16]")      \
    CHOICE(folds, 0, MTS_FOLDS, MTS_FILE,                                                                                  \
           "what a fold holds out: last_two = a quadrant of the last two latents; orthant = one orthant, D <= 6; "      \
           "sign_j = the half x_j > 0 [code generalize.py]")                                                            \
    INT(history_points, 100, 1, 100000, "1", MTS_FILE, "points of the training curves")                                 \
    CHOICE(trace, 0, MTS_TRACES, MTS_FILE, "which steps of the evaluation trials are stored")                      \
    INT(trace_trials, 256, 0, 1000000, "trial", MTS_FILE, "noisy evaluation trials, spread evenly over quadrants")      \
    INT(trace_grid, 8, 0, 1000, "1", MTS_FILE,                                                                          \
        "side of the noise-free grid of evaluation trials in the plane of the first two latents; 0 = none")             \
    MTS_MEASURES(MTS_MEASURE_FIELD, CHOICE)                                                                             \
    CHOICE(fixed_point_method, 0, MTS_FIXED_POINT_METHODS, MTS_OUTPUT, "newton = damped Gauss-Newton; adam = as the authors [code fixed points]") \
    INT(fixed_point_starts, 128, 1, 4096, "1", MTS_FILE, "states the search for fixed points starts from [S1]")         \
    INT(fixed_point_steps, 0, 0, 1000000, "1", MTS_OUTPUT, "most steps of a search; 0 = 200 for newton, 10000 for adam [S1]") \
    INT(fixed_point_rounds, 1, 1, 10000, "1", MTS_OUTPUT,                                                               \
        "most rounds of newton: each starts anew from other states, and is the last if it finds no new fixed point")   \
    REAL(fixed_point_speed, 1e-6, -1, 1, "1", MTS_OUTPUT,                                                               \
         "root mean square of F(h) - h below which a state counts as a fixed point [open]; -1 = wherever a search "     \
         "ends, as the authors do, after all steps [code fixed points]")                                                \
    REAL(fixed_point_merge, 0.5, 0, 1000, "1", MTS_OUTPUT,                                                              \
         "distance eps of the DBSCAN that merges fixed points [code fixed points]; .001 tells all apart, at speed 1e-9")\
    CHOICE(kernels, 0, MTS_KERNELS, MTS_EXECUTION,                                          \
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
    const char *const *choices;  /* names, NULL at the end; NULL unless MTS_CHOICE */
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
void mts_field_text(const mts_field *field, double value, char text[MTS_VALUE_TEXT]);

/* Number of choices of a MTS_CHOICE field (0 for others), and the name of choice `number` ("" if
 * there is none of this number). */
size_t mts_choice_count(const mts_field *field);
const char *mts_choice_name(const mts_field *field, int64_t number);

/* What no single field can say: dt <= tau, sign_j with j <= D, orthant with D <= 6. MTS_ERR_SWEEP with
 * a message that has no place in it. What a task family or an architecture needs is for
 * mts_task_check and mts_net_check to say. */
mts_status mts_config_check(const mts_config *config);

/* What a run is known by: a hash of the sum, over fields, of mts_field_hash, which is the hash of
 * "name=value" with the value as text, and 0 where the value is the default, and for MTS_EXECUTION
 * fields. Only what differs from the defaults counts, by name: so a field that a later version adds
 * changes no hash of older sweeps, as long as its default is what was done before; and no default is
 * ever changed. A sum, so that neither the order of axes nor that of the declarations matters, and
 * so that the hash of a million runs that differ in few fields costs little.
 *
 * identity: of the network that is trained, the key of all its random streams; MTS_OUTPUT fields do
 * not count. key: of the row, by which files know the same run; they do. */
uint64_t mts_config_identity(const mts_config *config);
uint64_t mts_config_key(const mts_config *config);
uint64_t mts_field_hash(const mts_config *config, const mts_field *field);

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
    AXIS(trial, "evaluation trial: noisy ones, quadrant by quadrant, then the noise-free grid; family context asks them " \
         "for its two tasks in turn")                                                                                   \
    AXIS(step, "time step of a trial")                                                                                  \
    AXIS(stimulus_step, "step within the stimulus, from 0")                                                             \
    AXIS(unit, "hidden unit")                                                                                           \
    AXIS(task, "classification task")                                                                                   \
    AXIS(latent, "latent dimension")                                                                                    \
    AXIS(parameter, "trained parameter, see layout")                                                                    \
    AXIS(encoder_parameter, "frozen encoder weight, see layout")                                                        \
    AXIS(component, "principal component of the hidden states")                                                         \
    AXIS(cell, "cell of the raster: x1 = floor(cell / 8) / 7 - 1/2, x2 = (cell % 8) / 7 - 1/2, other latents 0")        \
    AXIS(start, "start of the search for fixed points")                                                                 \
    AXIS(fixed_point, "fixed point, numbered by the first start that found it")                                         \
    AXIS(mode, "mode at a fixed point: the eigenvalue with the largest real part, then the next")                       \
    AXIS(set, "set of evaluation trials: runs whose trials are defined alike share one")                                \
    AXIS(layout, "parameter layout: runs whose networks have the same tensors share one")                               \
    AXIS(tensor, "tensor of a layout")                                                                                  \
    AXIS(session, "call of mtsweep run on the file; a ring, the oldest is overwritten")                                 \
    AXIS(text32, "byte of a text of at most 31 bytes")                                                                  \
    AXIS(text64, "byte of a text of at most 63 bytes")                                                                  \
    AXIS(text256, "byte of a text of at most 255 bytes")

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

/* COLUMN(group, name, type, unit, shown, description, axes after run ...): dataset /group/name, member
 * group_name of mts_result. Types: F64 F32 I64 U8. The fill value is NaN, or the type's natural
 * none: -1 for I64, 255 for U8.
 * shown: HIDDEN, or SHOWN(title, digits after the point, column that holds its ideal value or none)
 * for what tables and figures show: a number a run, or one for each split, fold and fit, component or
 * mode. */
/* clang-format off */
#define MTS_RESULT_COLUMNS(COLUMN)                                                                                     \
    COLUMN(result, loss, F64, "nat", SHOWN("training loss", 5, result_ideal_loss),                                     \
           "training loss, mean over what counts and the last tenth of the batches; loss mse and accumulate: not "     \
           "in nat")                                                                                                   \
    COLUMN(result, accuracy, F64, "1", SHOWN("decision accuracy", 4, result_ideal_accuracy),                           \
           "decision accuracy of the tasks that trials ask for, mean over the last tenth of the batches; "             \
           "accumulate: of the last sum's sign")                                                                       \
    COLUMN(result, id_r2, F64, "1", SHOWN("id_r2", 3, none), "median of score/r2 over folds and fits, split id")       \
    COLUMN(result, ood_r2, F64, "1", SHOWN("ood_r2", 3, none), "median of score/r2 over folds and fits, split ood")    \
    COLUMN(result, ood_published_r2, F64, "1", SHOWN("ood_published_r2", 3, none),                                     \
           "median of score/r2 over folds and fits, split ood_published")                                              \
    COLUMN(result, id_angle, F64, "degree", SHOWN("id_angle", 1, none),                                                \
           "median of score/angle over folds and fits, split id")                                                      \
    COLUMN(result, ood_angle, F64, "degree", SHOWN("ood_angle", 1, none),                                              \
           "median of score/angle over folds and fits, split ood")                                                     \
    COLUMN(result, ideal_r2, F64, "1", SHOWN("ideal_r2", 3, none),                                                     \
           "r2 of the ideal observer of the decoders' trials: 1 - 12 times the variance left of a latent, sigma^2 "    \
           "/ stimulus for gauss; times K / D where K < D; NaN with noise on an encoder's outputs")                    \
    COLUMN(result, bayes_r2, F64, "1", SHOWN("bayes_r2", 3, none),                                                     \
           "the same for an observer who also knows that latents are uniform in the cube; .978 where ideal_r2 is "     \
           ".976. Bounds every decoder where K >= D only: for K < D it says what the tasks ask for, and states may "   \
           "keep more")                                                                                                \
    COLUMN(result, ideal_accuracy, F64, "1", SHOWN("ideal_accuracy", 4, none),                                         \
           "decision accuracy of the ideal observer; NaN with noise on an encoder's outputs or correlated latents")    \
    COLUMN(result, ideal_loss, F64, "nat", SHOWN("ideal_loss", 5, none),                                               \
           "loss of the ideal observer, mean over what counts; NaN as ideal_accuracy")                                 \
    COLUMN(result, diverged_at, I64, "batch", HIDDEN, "batch at which the loss left the finite numbers; -1 = never")   \
    COLUMN(result, kernels, U8, "1", HIDDEN, "kernels that were used, numbered as config/kernels")                     \
    COLUMN(score, r2, F64, "1", SHOWN("r2", 3, result_ideal_r2), "decoder sgd: 1 - MSE / (1/12)", split, fold, fit)    \
    COLUMN(score, r2_within, F64, "1", SHOWN("r2_within", 3, none),                                                    \
           "decoder sgd: 1 - MSE / (1/48), variance within a quadrant", split, fold, fit)                              \
    COLUMN(score, mse, F64, "1", SHOWN("mse", 4, none),                                                                \
           "decoder sgd: mean squared error over trials and latents", split, fold, fit)                                \
    COLUMN(score, angle, F64, "degree", SHOWN("angle in degrees", 1, none),                                            \
           "decoder sgd: angle between latents' weights, median over pairs", split, fold, fit)                         \
    COLUMN(score, pair_angle, F64, "degree", HIDDEN,                                                                   \
           "decoder sgd: angle between two latents' weights", split, fold, fit, pair)                                  \
    COLUMN(score, std_r2, F64, "1", SHOWN("r2 of the std decoder", 3, result_ideal_r2),                                \
           "decoder std, sgd on states of unit scale: 1 - MSE / (1/12)", split, fold, fit)                             \
    COLUMN(score, std_r2_within, F64, "1", SHOWN("r2_within of the std decoder", 3, none),                             \
           "decoder std: 1 - MSE / (1/48)", split, fold, fit)                                                          \
    COLUMN(score, std_mse, F64, "1", SHOWN("mse of the std decoder", 4, none),                                         \
           "decoder std: mean squared error over trials and latents", split, fold, fit)                                \
    COLUMN(score, std_angle, F64, "degree", SHOWN("angle of the std decoder in degrees", 1, none),                     \
           "decoder std: angle between latents' weights, median over pairs", split, fold, fit)                         \
    COLUMN(score, ols_r2, F64, "1", SHOWN("r2 of the ols decoder", 3, result_ideal_r2),                                \
           "decoder ols, least squares with a ridge by generalised cross-validation: 1 - MSE / (1/12)",                \
           split, fold, fit)                                                                                           \
    COLUMN(score, ols_r2_within, F64, "1", SHOWN("r2_within of the ols decoder", 3, none),                             \
           "decoder ols: 1 - MSE / (1/48)", split, fold, fit)                                                          \
    COLUMN(score, ols_mse, F64, "1", SHOWN("mse of the ols decoder", 4, none),                                         \
           "decoder ols: mean squared error over trials and latents", split, fold, fit)                                \
    COLUMN(score, ols_angle, F64, "degree", SHOWN("angle of the ols decoder in degrees", 1, none),                     \
           "decoder ols: angle between latents' weights, median over pairs", split, fold, fit)                         \
    COLUMN(history, batch, I64, "batch", HIDDEN, "last batch of the point's interval, counted from 1", point)          \
    COLUMN(history, loss, F64, "nat", HIDDEN, "training loss, mean over the interval", point)                          \
    COLUMN(history, accuracy, F64, "1", HIDDEN, "decision accuracy, mean over the interval", point)                    \
    COLUMN(history, gradient_norm, F64, "1", HIDDEN,                                                                   \
           "Euclidean norm of the gradient at the interval's last batch", point)                                       \
    COLUMN(trace, hidden, F32, "1", HIDDEN, "hidden state on the evaluation trials", trial, step, unit)                \
    COLUMN(trace, readout, F32, "1", HIDDEN,                                                                           \
           "readout before the loss's nonlinearity on the evaluation trials", trial, step, task)                       \
    COLUMN(weights, parameters, F32, "1", HIDDEN, "trained parameters, tensor after tensor, see layout", parameter)    \
    COLUMN(weights, encoder, F32, "1", HIDDEN,                                                                         \
           "frozen encoder, tensor after tensor, see encoder layout", encoder_parameter)                               \
    COLUMN(weights, normals, F64, "1", HIDDEN,                                                                         \
           "unit normal of each task's boundary; NaN for tasks whose boundary is no line: multiplicative, and the "    \
           "second half of interleaved", task, latent)                                                                 \
    COLUMN(weights, offsets, F64, "1", HIDDEN, "offset b of each task's boundary: y = [c . x > b]", task)              \
    COLUMN(measure, sparsity, F64, "percent", SHOWN("sparsity of the hidden units in percent", 1, none),               \
           "mean of unit_sparsity over units; NaN where units go below 0 (lstm, gpt, activation tanh)")                \
    COLUMN(measure, absolute_sparsity, F64, "percent",                                                                 \
           SHOWN("sparsity of the hidden units' absolute values in percent", 1, none),                                 \
           "the mean of the same over absolute values |r|, for all units; equal to sparsity where none goes below 0")  \
    COLUMN(measure, unit_sparsity, F64, "percent", HIDDEN,                                                             \
           "sparsity over 1000 noise-free stimuli at the last stimulus step: (1 - mean(r)^2 / mean(r^2)) / (1 - "      \
           "1/1000), 100 for a silent unit [code sparsity.py], NaN for one that goes below 0", unit)                   \
    COLUMN(measure, pca_variance, F64, "1", SHOWN("variance of the hidden states", 3, none),                           \
           "variance along the principal components of the states at all steps of 40 noise-free trials [code "         \
           "analyze.py]", component)                                                                                   \
    COLUMN(measure, pca_ratio, F64, "1", SHOWN("part of the hidden states' variance", 3, none),                        \
           "the same as a part of the total variance", component)                                                      \
    COLUMN(measure, pca_direction, F64, "1", HIDDEN,                                                                   \
           "unit vector of the component, its largest entry positive", component, unit)                                \
    COLUMN(measure, raster, F32, "1", HIDDEN,                                                                          \
           "hidden state after the stimulus, noise-free, from the zero state and without fixation [code "              \
           "analyze.py]", cell, unit)                                                                                  \
    COLUMN(measure, selectivity, F64, "1", HIDDEN,                                                                     \
           "correlation of raster with x1 and with x2 over the cells; NaN for other latents and constant units", latent, unit)\
    COLUMN(measure, marginal_selectivity, F64, "1", HIDDEN,                                                            \
           "the same after averaging raster over the other latent, as the authors do [code analyze.py]", latent, unit) \
    COLUMN(measure, silent_units, F64, "percent", SHOWN("silent units in percent", 1, none),                           \
           "units whose raster is the same in all cells")                                                              \
    COLUMN(measure, mixed_units, F64, "percent", SHOWN("mixed units in percent of those that vary", 1, none),          \
           "other units that correlate beyond .3 with x1 and with x2; 61 if the correlations point anywhere, by chance")\
    COLUMN(measure, closed_form_r2, F64, "1", SHOWN("r2 of the closed form", 3, result_ideal_r2),                      \
           "r2 of the latents decoded in closed form from the readout probabilities of the last step, over the "       \
           "whole cube: 1 - MSE / (1/12); NaN without linear boundaries, probabilities or observation noise")          \
    COLUMN(measure, closed_form_fold_r2, F64, "1", HIDDEN,                                                             \
           "the same over the trials in the region that the fold holds out", fold)                                     \
    COLUMN(measure, fixed_point_converged, I64, "1", SHOWN("starts that converged to fixed points", 0, none),          \
           "starts that converged: reached fixed_point_speed, if it is not -1; -1 = not measured, or no rnn")          \
    COLUMN(measure, fixed_point_searches, I64, "1", SHOWN("rounds of the search for fixed points", 0, none),           \
           "rounds that were searched; below fixed_point_rounds: the last one found no new fixed point")               \
    COLUMN(measure, fixed_points, I64, "1", SHOWN("fixed points", 0, none),                                            \
           "fixed points found: groups of converged starts, chained within fixed_point_merge")                         \
    COLUMN(measure, fixed_points_unstable, I64, "1", SHOWN("unstable fixed points", 0, none),                          \
           "fixed points with an eigenvalue of positive real part: a mode that grows")                                 \
    COLUMN(measure, leading_real, F64, "1", SHOWN("real part of the eigenvalue at the fixed points", 3, none),         \
           "median over fixed points of the real part of the mode's eigenvalue: below 0 it decays, above 0 it grows", \
           mode)                                                                                                       \
    COLUMN(measure, amplification, F64, "1", SHOWN("time constant at the fixed points over tau", 3, none),             \
           "median of fixed_point_amplification over fixed points; a mode that grows counts by its absolute value, "   \
           "see leading_real", mode)                                              \
    COLUMN(measure, start_state, F32, "1", HIDDEN, "state where the search ended", start, unit)                        \
    COLUMN(measure, start_speed, F64, "1", HIDDEN, "root mean square of F(h) - h there; NaN = not finite", start)      \
    COLUMN(measure, start_fixed_point, I64, "1", HIDDEN,                                                               \
           "number of the fixed point it counts to; -1 = did not converge", start)                                     \
    COLUMN(measure, fixed_point_start, I64, "1", HIDDEN,                                                               \
           "start that stands for the fixed point: the slowest of them", fixed_point)                                  \
    COLUMN(measure, fixed_point_state, F32, "1", HIDDEN, "state at the fixed point", fixed_point, unit)                \
    COLUMN(measure, eigenvalue_real, F32, "1", HIDDEN,                                                                 \
           "eigenvalues of the derivative of F(h) - h at the fixed point, by falling real part", fixed_point, unit)    \
    COLUMN(measure, eigenvalue_imaginary, F32, "1", HIDDEN, "their imaginary parts", fixed_point, unit)                \
    COLUMN(measure, fixed_point_amplification, F64, "1", HIDDEN,                                                       \
           "time constant of the mode over tau: dt / |ln |1 + eigenvalue|| / tau", fixed_point, mode)

/* clang-format on */
typedef enum { MTS_F64, MTS_F32, MTS_I64, MTS_U8 } mts_column_type;
#define MTS_C_F64 double
#define MTS_C_F32 float
#define MTS_C_I64 int64_t
#define MTS_C_U8  uint8_t

#define MTS_COLUMN_ENUM(group, name, ...) MTS_COL_##group##_##name,
enum { MTS_RESULT_COLUMNS(MTS_COLUMN_ENUM) MTS_N_COLUMNS, MTS_COL_none = MTS_N_COLUMNS };

#define MTS_COLUMN_MAX_AXES 4
typedef struct mts_column {
    const char *group, *name;
    mts_column_type type;
    const char *unit, *doc;
    size_t n_axes; /* after run */
    mts_axis axis[MTS_COLUMN_MAX_AXES];
    bool bulk; /* one of its axes is trial, cell, start, fixed_point or a parameter axis: left
                * unfilled at creation */
    const char *title; /* NULL: no table shows it */
    int digits;        /* after the point */
    size_t ideal;      /* column of its ideal value; MTS_COL_none */
} mts_column;

extern const mts_column mts_columns[MTS_N_COLUMNS];

size_t mts_column_size(mts_column_type type); /* bytes */

/* Number of elements of one run's part of a column; SIZE_MAX if that is too many to count. */
size_t mts_column_count(const mts_column *column, const mts_extents *extents);

/* Sets one run's part of a column to its fill value. */
void mts_column_fill(const mts_column *column, const mts_extents *extents, void *values);

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
void mts_result_fill(mts_result *result);                     /* back to the fill values */
void mts_result_copy(const mts_result *from, mts_result *to); /* of other extents: element by
                                                               * element; what `from` does not have
                                                               * is at the fill value */

/* CRC-32 (zlib) of a row: of the key of its run, the lowest byte first, and of its columns in their
 * order without the gaps, but for those that are left out (missing[column]; NULL: none is). So a
 * column that a later version adds changes no CRC of older rows. */
uint32_t mts_result_crc(const mts_result *result, uint64_t key, const bool *missing);

/* What a row holds of v: a NaN has one bit pattern, that of the fill value, whatever arithmetic made
 * it. */
double mts_result_number(double v);

/* ---- regions of the latent cube ---- */

/* The signs of the latents in `mask` (bit d = latent d): positive where `sign` has the bit. Latents
 * outside the mask have either sign. */
typedef struct mts_pattern {
    uint32_t mask, sign;
} mts_pattern;

/* Whether latents x[D] have these signs; 0 counts as negative. */
bool mts_pattern_holds(mts_pattern pattern, size_t D, const mts_real *x);

/* Equally likely patterns: one is drawn for each trial. */
typedef struct mts_region {
    size_t n; /* at least 1 */
    const mts_pattern *pattern;
} mts_region;

/* ---- layouts ---- */

/* Tensors of a parameter block, one after the other without gaps, each row-major: element (r, c) is
 * at offset + r * cols + c. Weights are [in][out]; a vector has rows = 1. Starts as {0}. */
#define MTS_TENSORS_MAX 256

/* Initial values: U(-scale, scale); N(0, scale); scale itself; N(0, scale) for 15 % of each row and 0
 * for the others; a uniformly drawn orthogonal matrix times scale (square). */
typedef enum mts_init {
    MTS_INIT_UNIFORM,
    MTS_INIT_NORMAL,
    MTS_INIT_CONSTANT,
    MTS_INIT_SPARSE,
    MTS_INIT_ORTHOGONAL
} mts_init;

typedef struct mts_tensor {
    char name[32];
    size_t rows, cols, offset;
    mts_init init;
    double scale;
} mts_tensor;

typedef struct mts_layout {
    size_t n, total; /* tensors; parameters */
    mts_tensor tensor[MTS_TENSORS_MAX];
} mts_layout;

/* Appends a tensor, with U(-bound, bound) as initial values or with those that are said, and returns
 * its offset. More than MTS_TENSORS_MAX tensors, or a longer name than fits, is a programming
 * mistake. */
size_t mts_layout_add(mts_layout *layout, const char *name, size_t rows, size_t cols, double bound);
size_t mts_layout_add_init(mts_layout *layout, const char *name, size_t rows, size_t cols,
                           mts_init init, double scale);
bool mts_layout_equal(const mts_layout *a, const mts_layout *b); /* names and shapes */

#endif
