/* Numbers of an independent implementation (tests/golden/README.md): states, readout, loss, every
 * gradient and three Adam steps of each network, the encoder, and a linear decoder. All sizes come
 * from the file. MTS_GOLDEN names another file to read instead.
 *
 * An array agrees if its largest error is at most TOLERANCE times the largest number of the array
 * in the file.
 */
#include <hdf5.h>
#include <stdio.h>

#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "mtsweep/probe.h"
#include "network.h"
#include "suite.h"

#ifdef MTS_DOUBLE
#define TOLERANCE 1e-10
#else
#define TOLERANCE 1e-5
#endif

/* The networks of the files; a file need not have all. */
static const struct {
    const char *net, *arch;
    double alpha;
    mts_act act;
    size_t blocks, heads;
    const char *loss;
} nets[] = {
    {"rnn_leaky", "rnn", 1, MTS_ACT_RELU, 0, 0, NULL},
    {"rnn_leaky_half", "rnn", 0.5, MTS_ACT_RELU, 0, 0, NULL},
    {"rnn_leaky_tanh", "rnn", 0.5, MTS_ACT_TANH, 0, 0, NULL},
    {"rnn_nonleaky", "rnn_noleak", 1, MTS_ACT_RELU, 0, 0, NULL},
    {"lstm", "lstm", 1, MTS_ACT_RELU, 0, 0, NULL},
    {"gpt2", "gpt", 1, MTS_ACT_NONE, 1, 2, NULL},
    {"gpt", "gpt", 1, MTS_ACT_NONE, 1, 3, NULL},
    {"gpt_deep", "gpt", 1, MTS_ACT_NONE, 2, 3, NULL},
    {"rnn_mse", "rnn", 1, MTS_ACT_RELU, 0, 0, "mse"},
    {"rnn_accumulate", "rnn", 1, MTS_ACT_RELU, 0, 0, "accumulate"},
};
enum { N_NETS = sizeof nets / sizeof *nets };
static const double bound = 1.5; /* of rnn_accumulate */

static const char *const files[] = {"tests/golden/golden.h5", "tests/golden/mtsweep_golden.h5",
                                    "tests/golden/mtsweep_gpt_golden.h5"};
enum { N_FILES = sizeof files / sizeof *files };

/* Number i of the files to read, or NULL. */
static const char *golden_file(size_t i)
{
    const char *other = getenv("MTS_GOLDEN");
    if (other)
        return i == 0 ? other : NULL;
    return i < N_FILES ? files[i] : NULL;
}

/* ---- arrays of the file ---- */

enum { AXES = 3 };
typedef struct array {
    char path[128];
    size_t n, size[AXES]; /* sizes are 1 beyond the array's own axes */
    double *v;
} array;

static hid_t open_file(const char *path)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    ck_assert_msg(file >= 0, "cannot open %s", path);
    return file;
}

static bool has(hid_t file, const char *group, const char *name)
{
    char path[128];
    if (*group && H5Lexists(file, group, H5P_DEFAULT) <= 0)
        return false;
    snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
    return H5Lexists(file, path, H5P_DEFAULT) > 0;
}

static array read_array(hid_t file, const char *group, const char *name)
{
    array a = {.n = 1, .size = {1, 1, 1}};
    hsize_t size[AXES];
    hid_t set, space;
    int axes;
    snprintf(a.path, sizeof a.path, "%s%s%s", group, *group ? "/" : "", name);
    set = H5Dopen2(file, a.path, H5P_DEFAULT);
    ck_assert_msg(set >= 0, "the file has no %s", a.path);
    space = H5Dget_space(set);
    axes = H5Sget_simple_extent_ndims(space);
    ck_assert_msg(axes >= 0 && axes <= AXES, "%s has %d axes", a.path, axes);
    H5Sget_simple_extent_dims(space, size, NULL);
    for (int i = 0; i < axes; i++) {
        a.size[i] = (size_t)size[i];
        a.n *= a.size[i];
    }
    a.v = mts_alloc(a.n, sizeof *a.v);
    ck_assert_ptr_nonnull(a.v);
    ck_assert(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, a.v) >= 0);
    H5Sclose(space);
    H5Dclose(set);
    return a;
}

/* Exchanges the first two axes, which makes [B][T][.] of the file our [T][B][.], and (out, in)
 * weights our [in][out]. */
static array turned(array a)
{
    array b = a;
    b.size[0] = a.size[1];
    b.size[1] = a.size[0];
    b.v = mts_alloc(a.n, sizeof *b.v);
    ck_assert_ptr_nonnull(b.v);
    for (size_t i = 0; i < a.size[0]; i++)
        for (size_t j = 0; j < a.size[1]; j++)
            for (size_t k = 0; k < a.size[2]; k++)
                b.v[(j * a.size[0] + i) * a.size[2] + k] = a.v[(i * a.size[1] + j) * a.size[2] + k];
    mts_free(a.v);
    return b;
}

static array read_turned(hid_t file, const char *group, const char *name)
{
    return turned(read_array(file, group, name));
}

static mts_real *as_reals(const array *a)
{
    mts_real *v = reals(a->n);
    for (size_t i = 0; i < a->n; i++)
        v[i] = (mts_real)a->v[i];
    return v;
}

static mts_real *read_reals(hid_t file, const char *group, const char *name)
{
    array a = read_turned(file, group, name);
    mts_real *v = as_reals(&a);
    mts_free(a.v);
    return v;
}

static double largest(const array *a)
{
    double most = 0;
    for (size_t i = 0; i < a->n; i++)
        most = fmax(most, fabs(a->v[i]));
    return most;
}

/* Holds ours[n] against an array, element by element within `slack` (may be NULL) more than the
 * tolerance. Frees the array. */
static void agree(const mts_kernels *k, array want, const mts_real *ours, const double *slack)
{
    const double size = largest(&want);
    for (size_t i = 0; i < want.n; i++) {
        const double error = fabs((double)ours[i] - want.v[i]);
        ck_assert_msg(error <= TOLERANCE * size + (slack ? slack[i] : 0),
                      "%s, %s[%zu]: %.17g here, %.17g in the file; the largest there is %g",
                      k->name, want.path, i, (double)ours[i], want.v[i], size);
    }
    mts_free(want.v);
}

static void agree_number(const mts_kernels *k, hid_t file, const char *group, const char *name,
                         size_t i, double ours)
{
    array want = read_array(file, group, name);
    ck_assert_uint_lt(i, want.n);
    ck_assert_msg(fabs(ours - want.v[i]) <= TOLERANCE * fabs(want.v[i]),
                  "%s, %s[%zu]: %.17g here, %.17g in the file", k->name, want.path, i, ours,
                  want.v[i]);
    mts_free(want.v);
}

/* ---- networks ---- */

/* The file's name of one of our tensors: W_out is dec_w, and in a gpt W_fc is fc_w and 1.W_fc is
 * 1.fc_w. */
static void name_there(size_t number, const char *name, char there[64])
{
    const char *dot = strchr(name, '.');
    const int head = dot ? (int)(dot - name) + 1 : 0;
    if (strcmp(name, "W_out") == 0)
        snprintf(there, 64, "dec_w");
    else if (strcmp(name, "b_out") == 0)
        snprintf(there, 64, "dec_b");
    else if (nets[number].blocks > 0 && (name[head] == 'W' || name[head] == 'b'))
        snprintf(there, 64, "%.*s%s_%c", head, name, name + head + 2,
                 name[head] == 'W' ? 'w' : 'b');
    else
        snprintf(there, 64, "%s", name);
}

/* What of a spec only a gpt has. */
static void add_blocks(hid_t file, size_t number, mts_net_spec *spec)
{
    char group[64];
    array fc;
    if (nets[number].blocks == 0)
        return;
    snprintf(group, sizeof group, "%s/param", nets[number].net);
    fc = read_array(file, group, nets[number].blocks > 1 ? "0.fc_b" : "fc_b");
    spec->blocks = nets[number].blocks;
    spec->heads = nets[number].heads;
    spec->mlp = fc.n;
    mts_free(fc.v);
}

/* The file's network `number` with its parameters, inputs and targets. */
static network golden_network(hid_t file, size_t number, const mts_kernels *k)
{
    const char *net = nets[number].net;
    array x = read_turned(file, "", "inputs");
    array y = read_turned(file, has(file, net, "targets") ? net : "", "targets");
    array hidden = read_array(file, net, "hidden");
    mts_net_spec spec = {.arch = nets[number].arch,
                         .I = x.size[2],
                         .N = hidden.size[2],
                         .K = y.size[2],
                         .act = nets[number].act,
                         .alpha = nets[number].alpha,
                         .loss = nets[number].loss,
                         .bound = bound};
    network n;
    char group[64];
    add_blocks(file, number, &spec);
    n = network_create(spec, k, x.size[0], x.size[1], 1);
    mts_free(n.x);
    mts_free(n.target);
    mts_free(n.weight);
    n.x = as_reals(&x);
    n.target = as_reals(&y);
    n.weight = NULL;
    snprintf(group, sizeof group, "%s/param", net);
    for (size_t i = 0; i < n.layout.n; i++) {
        const mts_tensor *tensor = &n.layout.tensor[i];
        char there[64];
        array a;
        name_there(number, tensor->name, there);
        a = read_turned(file, group, there);
        ck_assert_uint_eq(a.n, tensor->rows * tensor->cols);
        for (size_t j = 0; j < a.n; j++)
            n.theta[tensor->offset + j] = (mts_real)a.v[j];
        mts_free(a.v);
    }
    mts_free(x.v);
    mts_free(y.v);
    mts_free(hidden.v);
    return n;
}

/* dloss/dz of the network's loss, whose formulas are those of nn.h. */
static void loss_slope(const network *n, const mts_real *z, mts_real *dz)
{
    const size_t count = n->T * n->B * n->spec.K;
    const mts_real scale = (mts_real)(1 / (double)count);
    const char *loss = n->spec.loss;
    if (!loss)
        n->kernels->cross_entropy(count, z, n->target, NULL, scale, dz);
    else if (strcmp(loss, "mse") == 0)
        n->kernels->tanh_squared_error(
            &(mts_squared_error){count, 1, 2, -1, z, n->target, NULL, scale, dz});
    else
        n->kernels->tanh_squared_error(
            &(mts_squared_error){count, (mts_real)bound, 1, 0, z, n->target, NULL, scale, dz});
}

static void check_net(hid_t file, size_t number, const mts_kernels *k)
{
    const char *net = nets[number].net;
    network n = golden_network(file, number, k);
    const size_t rows = n.T * n.B, N = n.spec.N, K = n.spec.K;
    const mts_tensor *w_out = &n.layout.tensor[n.layout.n - 2];
    mts_real *dz = reals(rows * K), *dh = reals(rows * N);
    mts_real *packed = reals(k->packed_size(K, N));
    char group[64];
    agree_number(k, file, net, "loss", 0, network_gradient(&n));
    agree(k, read_turned(file, net, "hidden"), mts_net_hidden(n.net), NULL);
    agree(k, read_turned(file, net, "logits"), mts_net_logits(n.net), NULL);
    agree(k, read_turned(file, net, "grad_inputs"), n.dx, NULL);

    /* The network keeps the gradient of its states to itself: the same two calls once more. */
    loss_slope(&n, mts_net_logits(n.net), dz);
    k->pack_transposed(K, N, n.theta + w_out->offset, K, packed);
    k->affine(&(mts_affine){.m = rows,
                            .n = N,
                            .term = {{.k = K, .x = dz, .ldx = K, .packed = packed}},
                            .y = dh,
                            .ldy = N});
    agree(k, read_turned(file, net, "grad_hidden"), dh, NULL);

    snprintf(group, sizeof group, "%s/grad", net);
    for (size_t i = 0; i < n.layout.n; i++) {
        char there[64];
        name_there(number, n.layout.tensor[i].name, there);
        agree(k, read_turned(file, group, there), n.dtheta + n.layout.tensor[i].offset, NULL);
    }
    mts_free(dz);
    mts_free(dh);
    mts_free(packed);
    network_destroy(&n);
}

/* Adam divides each gradient by its own size, so the rounding error of a gradient that is small for
 * its tensor is not small in the step: an error d of a gradient g moves a step by up to lr d / |g|,
 * and at most from +lr to -lr. In float d is about 1e-6 of the largest gradient of the tensor (17
 * roundings), in double 1e-15; three such steps are what an element may be off beyond the tolerance.
 * (The bias of the keys of a gpt has no gradient but rounding errors.) */
static void adam_slack(const array *gradient, double lr, double *slack)
{
    const double error = (IS_DOUBLE ? 1e-15 : 1e-6) * largest(gradient);
    for (size_t i = 0; i < gradient->n; i++)
        slack[i] = 3 * lr * fmin(2, error / fabs(gradient->v[i]));
}

static void agree_after_adam(const mts_kernels *k, hid_t file, const char *group, const char *name,
                             double lr, const mts_real *ours)
{
    char grad[64], adam[64];
    array gradient;
    double *slack;
    snprintf(grad, sizeof grad, "%s/grad", group);
    snprintf(adam, sizeof adam, "%s/adam3", group);
    gradient = read_turned(file, grad, name);
    slack = mts_alloc(gradient.n, sizeof *slack);
    ck_assert_ptr_nonnull(slack);
    adam_slack(&gradient, lr, slack);
    agree(k, read_turned(file, adam, name), ours, slack);
    mts_free(gradient.v);
    mts_free(slack);
}

static void check_adam(hid_t file, size_t number, const mts_kernels *k)
{
    const double lr = 1e-3;
    network n = golden_network(file, number, k);
    mts_adam *adam;
    ck_assert_int_eq(mts_adam_create(n.layout.total, lr, k, &adam), MTS_OK);
    for (size_t step = 0; step < 3; step++) {
        agree_number(k, file, nets[number].net, "adam_losses", step, network_gradient(&n));
        mts_adam_update(adam, n.theta, n.dtheta);
    }
    agree_number(k, file, nets[number].net, "adam_losses", 3, network_loss(&n));
    for (size_t i = 0; i < n.layout.n; i++) {
        char there[64];
        name_there(number, n.layout.tensor[i].name, there);
        agree_after_adam(k, file, nets[number].net, there, lr, n.theta + n.layout.tensor[i].offset);
    }
    mts_adam_destroy(adam);
    network_destroy(&n);
}

static void for_all_nets(void (*check)(hid_t file, size_t number, const mts_kernels *k))
{
    const mts_kernels *k;
    for (size_t f = 0; golden_file(f); f++) {
        const hid_t file = open_file(golden_file(f));
        for (size_t i = 0; i < N_NETS; i++)
            if (has(file, "", nets[i].net))
                FOR_ALL_KERNELS(k)
        check(file, i, k);
        H5Fclose(file);
    }
}

START_TEST(states_readout_loss_and_gradients_agree)
{
    for_all_nets(check_net);
}
END_TEST

START_TEST(three_adam_steps_agree)
{
    for_all_nets(check_adam);
}
END_TEST

START_TEST(every_network_is_in_a_file)
{
    for (size_t i = 0; i < N_NETS && !getenv("MTS_GOLDEN"); i++) {
        bool found = false;
        for (size_t f = 0; golden_file(f); f++) {
            const hid_t file = open_file(golden_file(f));
            found = found || has(file, "", nets[i].net);
            H5Fclose(file);
        }
        ck_assert_msg(found, "no file has %s", nets[i].net);
    }
}
END_TEST

START_TEST(every_group_of_the_file_is_known)
{
    for (size_t f = 0; golden_file(f); f++) {
        const hid_t file = open_file(golden_file(f));
        H5G_info_t info;
        ck_assert(H5Gget_info(file, &info) >= 0);
        for (hsize_t i = 0; i < info.nlinks; i++) {
            char name[64];
            bool known;
            ck_assert(H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                         sizeof name, H5P_DEFAULT) >= 0);
            known = strcmp(name, "inputs") == 0 || strcmp(name, "targets") == 0 ||
                    strcmp(name, "encoder") == 0 || strcmp(name, "readout") == 0;
            for (size_t j = 0; j < N_NETS; j++)
                known = known || strcmp(name, nets[j].net) == 0;
            ck_assert_msg(known, "%s has an unknown %s", golden_file(f), name);
        }
        H5Fclose(file);
    }
}
END_TEST

/* ---- encoder and decoder ---- */

static void check_encoder(hid_t file, const mts_kernels *k)
{
    array raw = read_turned(file, "encoder", "raw"), out = read_turned(file, "encoder", "out");
    array b0 = read_array(file, "encoder/param", "b0");
    const size_t rows = raw.size[0] * raw.size[1], D = raw.size[2] - 1, I = out.size[2];
    const mts_encoder_spec spec = {D, b0.n, I - 1, MTS_ACT_RELU};
    mts_real *obs = reals(rows * D), *ours = reals(rows * I), *theta;
    mts_layout layout;
    mts_encoder *encoder;
    mts_encoder_layout(&spec, &layout);
    theta = reals(layout.total);
    for (size_t i = 0; i < layout.n; i++) {
        array a = read_turned(file, "encoder/param", layout.tensor[i].name);
        ck_assert_uint_eq(a.n, layout.tensor[i].rows * layout.tensor[i].cols);
        for (size_t j = 0; j < a.n; j++)
            theta[layout.tensor[i].offset + j] = (mts_real)a.v[j];
        mts_free(a.v);
    }
    for (size_t i = 0; i < rows; i++) {
        ours[i * I] = (mts_real)raw.v[i * (D + 1)];
        for (size_t d = 0; d < D; d++)
            obs[i * D + d] = (mts_real)raw.v[i * (D + 1) + 1 + d];
    }
    ck_assert_int_eq(mts_encoder_create(&spec, k, theta, rows, &encoder), MTS_OK);
    mts_encoder_apply(encoder, rows, obs, ours + 1, I);
    agree(k, out, ours, NULL);
    mts_encoder_destroy(encoder);
    mts_free(raw.v);
    mts_free(b0.v);
    mts_free(obs);
    mts_free(ours);
    mts_free(theta);
}

START_TEST(features_agree)
{
    const mts_kernels *k;
    for (size_t f = 0; golden_file(f); f++) {
        const hid_t file = open_file(golden_file(f));
        if (has(file, "", "encoder"))
            FOR_ALL_KERNELS(k)
        check_encoder(file, k);
        H5Fclose(file);
    }
}
END_TEST

/* Loss and gradient of the decoder theta = W[N][D] b[D]. */
static double decoder_gradient(const mts_kernels *k, size_t rows, size_t N, size_t D,
                               const mts_real *h, const mts_real *x, const mts_real *theta,
                               mts_real *dtheta)
{
    mts_real *packed = reals(k->packed_size(N, D)), *y = reals(rows * D);
    double loss = 0;
    k->pack(N, D, theta, D, packed);
    k->affine(&(mts_affine){.m = rows,
                            .n = D,
                            .term = {{.k = N, .x = h, .ldx = N, .packed = packed}},
                            .init = theta + N * D,
                            .y = y,
                            .ldy = D});
    for (size_t i = 0; i < rows * D; i++) {
        const mts_real error = y[i] - x[i];
        loss += (double)error * (double)error / (double)(rows * D);
        y[i] = 2 * error / (mts_real)(rows * D);
    }
    memset(dtheta, 0, (N + 1) * D * sizeof *dtheta);
    k->outer(&(mts_outer){rows, N, D, h, N, y, D, dtheta, D});
    k->column_sum(rows, D, y, D, dtheta + N * D);
    mts_free(packed);
    mts_free(y);
    return loss;
}

static void check_decoder(hid_t file, const mts_kernels *k)
{
    const double lr = 3e-3;
    array hidden = read_array(file, "readout", "hidden"), x = read_array(file, "readout", "target");
    const size_t rows = hidden.size[0], N = hidden.size[1], D = x.size[1];
    mts_real *h = as_reals(&hidden), *target = as_reals(&x), *theta = reals((N + 1) * D);
    mts_real *dtheta = reals((N + 1) * D), *w = read_reals(file, "readout/param", "W");
    mts_real *b = read_reals(file, "readout/param", "b");
    double *column = mts_alloc(2 * N, sizeof *column);
    mts_adam *adam;
    memcpy(theta, w, N * D * sizeof *theta);
    memcpy(theta + N * D, b, D * sizeof *theta);
    ck_assert_int_eq(mts_adam_create((N + 1) * D, lr, k, &adam), MTS_OK);
    for (int step = 0; step < 3; step++) {
        const double loss = decoder_gradient(k, rows, N, D, h, target, theta, dtheta);
        if (step == 0) {
            agree_number(k, file, "readout", "loss", 0, loss);
            agree(k, read_turned(file, "readout/grad", "W"), dtheta, NULL);
            agree(k, read_turned(file, "readout/grad", "b"), dtheta + N * D, NULL);
        }
        mts_adam_update(adam, theta, dtheta);
    }
    agree_after_adam(k, file, "readout", "W", lr, theta);
    agree_after_adam(k, file, "readout", "b", lr, theta + N * D);
    ck_assert_ptr_nonnull(column);
    for (size_t i = 0; i < N; i++)
        for (size_t d = 0; d < 2; d++)
            column[d * N + i] = (double)theta[i * D + d];
    agree_number(k, file, "readout", "adam3_angle_deg", 0, mts_angle(N, column, column + N));

    mts_adam_destroy(adam);
    mts_free(hidden.v);
    mts_free(x.v);
    mts_free(h);
    mts_free(target);
    mts_free(theta);
    mts_free(dtheta);
    mts_free(w);
    mts_free(b);
    mts_free(column);
}

START_TEST(a_linear_decoder_agrees)
{
    const mts_kernels *k;
    for (size_t f = 0; golden_file(f); f++) {
        const hid_t file = open_file(golden_file(f));
        if (has(file, "", "readout"))
            FOR_ALL_KERNELS(k)
        check_decoder(file, k);
        H5Fclose(file);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        states_readout_loss_and_gradients_agree, three_adam_steps_agree, every_network_is_in_a_file,
        every_group_of_the_file_is_known,        features_agree,         a_linear_decoder_agrees,
    };
    return run_suite("golden", 60, tests, sizeof tests / sizeof *tests);
}
