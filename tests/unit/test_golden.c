/* Numbers of an independent implementation (tests/golden/README.md): states and what lies before
 * them, readout, loss, every gradient and three Adam steps of each network, the encoder, and a linear
 * decoder. All sizes come from the file. MTS_GOLDEN names another file to read instead.
 *
 * An array agrees if its largest error is at most TOLERANCE times the largest number of the array
 * in the file. No array of a file may be without effect: a number of each is tampered with, and a
 * check has to notice.
 */
#include "../../src/probe/decoder.h"
#include "golden_file.h"
#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "mtsweep/probe.h"
#include "suite.h"

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

/* ---- between inputs and states ---- */

/* [T][heads][T][B] of ours against [B][heads][T][T] of the file. */
static void agree_attention(const mts_kernels *k, array want, const mts_real *ours)
{
    const size_t B = want.size[0], heads = want.size[1], T = want.size[2];
    mts_real *there = reals(want.n);
    for (size_t b = 0; b < B; b++)
        for (size_t head = 0; head < heads; head++)
            for (size_t t = 0; t < T; t++)
                for (size_t u = 0; u < T; u++)
                    there[((b * heads + head) * T + t) * T + u] =
                        ours[((t * heads + head) * T + u) * B + b];
    agree(k, want, there, NULL);
    mts_free(there);
}

/* What of `name` the file has, of every block. */
static void check_inner(hid_t file, size_t number, const char *name, network *n)
{
    const bool attention = strcmp(name, "attn") == 0;
    const size_t rows = n->T * n->B;
    mts_real *ours = reals(rows * (attention ? n->spec.heads * n->T : 4 * n->spec.N));
    for (size_t l = 0; l == 0 || l < nets[number].blocks; l++) {
        char there[64];
        if (nets[number].blocks > 1 && strcmp(name, "embed") != 0)
            snprintf(there, sizeof there, "%zu.%s", l, name);
        else
            snprintf(there, sizeof there, "%s", name);
        if (!has(file, nets[number].net, there))
            continue;
        array want = read_array(file, nets[number].net, there);
        ck_assert_uint_eq(mts_net_inner(n->net, name, l, ours), want.n);
        if (attention)
            agree_attention(n->kernels, want, ours);
        else
            agree(n->kernels, turned(want), ours, NULL);
    }
    mts_free(ours);
}

/* Before the way back, which must find what the forward kept. */
static void check_all_inner(hid_t file, size_t number, network *n)
{
    static const char *const name[] = {"cell",      "gates",      "attn", "embed",
                                       "resid_mid", "resid_post", NULL};
    network_loss(n);
    for (size_t i = 0; name[i]; i++)
        check_inner(file, number, name[i], n);
    ck_assert_uint_eq(mts_net_inner(n->net, "cells", 0, NULL), 0);
    ck_assert_uint_eq(mts_net_inner(n->net, "cell", 1, NULL), 0);
    ck_assert_uint_eq(mts_net_inner(n->net, "attn", 2, NULL), 0);
    memset(n->dtheta, 0, n->layout.total * sizeof *n->dtheta);
    mts_net_backward(n->net, n->dx);
    mts_net_gradient(n->net, n->dtheta);
}

/* ---- all of a network ---- */

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

static void check_gradients_there(hid_t file, size_t number, const network *n)
{
    char group[64];
    snprintf(group, sizeof group, "%s/grad", nets[number].net);
    agree(n->kernels, read_turned(file, nets[number].net, "grad_inputs"), n->dx, NULL);
    for (size_t i = 0; i < n->layout.n; i++) {
        char there[64];
        name_there(number, n->layout.tensor[i].name, there);
        agree(n->kernels, read_turned(file, group, there), n->dtheta + n->layout.tensor[i].offset,
              NULL);
    }
}

static void check_net(hid_t file, size_t number, const mts_kernels *k)
{
    const char *net = nets[number].net;
    network n = golden_network(file, number, k);
    const size_t rows = n.T * n.B, N = n.spec.N, K = n.spec.K;
    const mts_tensor *w_out = &n.layout.tensor[n.layout.n - 2];
    mts_real *dz = reals(rows * K), *dh = reals(rows * N);
    mts_real *packed = reals(k->packed_size(K, N));
    check_all_inner(file, number, &n);
    check_gradients_there(file, number, &n);
    agree_number(k, file, net, "loss", 0, network_gradient(&n));
    check_gradients_there(file, number, &n);
    agree(k, read_turned(file, net, "hidden"), mts_net_hidden(n.net), NULL);
    agree(k, read_turned(file, net, "logits"), mts_net_logits(n.net), NULL);

    /* The network keeps the gradient of its states to itself: the same two calls once more. */
    loss_slope(&n, mts_net_logits(n.net), dz);
    k->pack_transposed(K, N, n.theta + w_out->offset, K, packed);
    k->affine(&(mts_affine){.m = rows,
                            .n = N,
                            .term = {{.k = K, .x = dz, .ldx = K, .packed = packed}},
                            .y = dh,
                            .ldy = N});
    agree(k, read_turned(file, net, "grad_hidden"), dh, NULL);
    mts_free(dz);
    mts_free(dh);
    mts_free(packed);
    network_destroy(&n);
}

/* Adam divides each gradient by its own size and 1e-8, so the rounding error of a gradient that is
 * small for its tensor is not small in the step: an error d of a gradient g moves a step by up to
 * lr d / (|g| + 1e-8), and at most from +lr to -lr. In float d is about 1e-6 of the largest gradient
 * of the tensor (17 roundings), in double 1e-15; three such steps are what an element may be off
 * beyond the tolerance. (The bias of the keys of a gpt has no gradient but rounding errors: in float
 * these can move it, in double they are nothing beside 1e-8.) */
static void adam_slack(const array *gradient, double lr, double *slack)
{
    const double error = (IS_DOUBLE ? 1e-15 : 1e-6) * largest(gradient);
    for (size_t i = 0; i < gradient->n; i++)
        slack[i] = 3 * lr * fmin(2, error / (fabs(gradient->v[i]) + 1e-8));
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

/* Weights and bias of the file into theta = W[N][D] b[D] of a decoder. */
static void read_decoder(hid_t file, const mts_decoder_set *set)
{
    mts_real *w = read_reals(file, "readout/param", "W"),
             *b = read_reals(file, "readout/param", "b");
    memcpy(set->decoder->theta, w, set->N * set->D * sizeof *w);
    memcpy(set->decoder->theta + set->N * set->D, b, set->D * sizeof *b);
    mts_free(w);
    mts_free(b);
}

/* After the first update: the gradient is there, and of y, 2 / (B D) times the errors. */
static void check_first_update(hid_t file, const mts_kernels *k, const mts_decoder_set *set)
{
    const size_t n = PROBE_BATCH * set->D;
    double loss = 0;
    for (size_t i = 0; i < n; i++)
        loss += pow((double)set->y[i] * (double)n / 2, 2) / (double)n;
    agree_number(k, file, "readout", "loss", 0, loss);
    agree(k, read_turned(file, "readout/grad", "W"), set->gradient, NULL);
    agree(k, read_turned(file, "readout/grad", "b"), set->gradient + set->N * set->D, NULL);
}

/* The decoder of the probe, which shuffles a chunk: the file's trials are one batch. */
static void check_decoder(hid_t file, const mts_kernels *k)
{
    const double lr = 3e-3;
    array hidden = read_array(file, "readout", "hidden"), x = read_array(file, "readout", "target");
    const size_t rows = hidden.size[0], N = hidden.size[1], D = x.size[1];
    mts_real *h = as_reals(&hidden), *target = as_reals(&x);
    double *column = mts_alloc(2 * N, sizeof *column);
    mts_decoder_set set = {
        .kernels = k, .N = N, .D = D, .n_decoders = 1, .batches = 3, .learning_rate = lr};
    mts_arena arena = {0};
    ck_assert_uint_eq(rows, PROBE_BATCH);
    ck_assert_ptr_nonnull(column);
    mts_probe_decoders_take(&set, &arena);
    ck_assert_int_eq(mts_arena_open(&arena), MTS_OK);
    mts_probe_decoders_take(&set, &arena);
    mts_probe_decoder_begin(&set, set.decoder, (mts_stream){1, 2}, false, (mts_pattern){0, 0});
    read_decoder(file, &set);
    for (uint64_t step = 0; step < set.batches; step++) {
        const bool last = step + 1 == set.batches;
        ck_assert_int_eq(mts_probe_decoder_walk(&set, set.decoder, step, rows, h, target), last);
        if (step == 0)
            check_first_update(file, k, &set);
    }
    agree_after_adam(k, file, "readout", "W", lr, set.decoder->theta);
    agree_after_adam(k, file, "readout", "b", lr, set.decoder->theta + N * D);
    ck_assert_mem_eq(set.decoder->tested, set.decoder->theta, (N + 1) * D * sizeof *h);
    for (size_t i = 0; i < N; i++)
        for (size_t d = 0; d < 2; d++)
            column[d * N + i] = (double)set.decoder->theta[i * D + d];
    agree_number(k, file, "readout", "adam3_angle_deg", 0, mts_angle(N, column, column + N));
    mts_arena_close(&arena);
    mts_free(hidden.v);
    mts_free(x.v);
    mts_free(h);
    mts_free(target);
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

/* ---- tampering ---- */

/* The checks that an array of this path can enter, until one notices. */
static void check_what_reads(hid_t file, const char *path)
{
    const mts_kernels *k = mts_kernels_at(0);
    const size_t head = strcspn(path, "/");
    const bool adam = strstr(path, "/adam") != NULL;
    for (size_t i = 0; i < N_NETS; i++) {
        const bool its =
            !path[head] || (strlen(nets[i].net) == head && !strncmp(path, nets[i].net, head));
        if (!its || !has(file, "", nets[i].net))
            continue;
        if (!adam && !tampered.noticed)
            check_net(file, i, k);
        if (!tampered.noticed)
            check_adam(file, i, k);
    }
    if (strncmp(path, "encoder/", 8) == 0)
        check_encoder(file, k);
    if (strncmp(path, "readout/", 8) == 0)
        check_decoder(file, k);
}

static bool notices(hid_t file, const char *path, size_t number)
{
    tampered.path = path;
    tampered.number = number;
    tampered.noticed = false;
    check_what_reads(file, path);
    tampered.path = NULL;
    return tampered.noticed;
}

/* Called for each link of a file. The number in the middle of an array, among the keys where it is
 * about attention; of the encoder's parameters any, as units that are silent have no effect. */
static herr_t tamper(hid_t group, const char *path, const H5L_info_t *info, void *file)
{
    const hid_t object = H5Oopen(group, path, H5P_DEFAULT);
    const bool is_array = H5Iget_type(object) == H5I_DATASET;
    size_t i;
    (void)info;
    H5Oclose(object);
    if (!is_array)
        return 0;
    array a = read_array(*(hid_t *)file, "", path);
    mts_free(a.v);
    const size_t first = strncmp(path, "encoder/param/", 14) == 0 ? 0 : (a.n - 1) / 2;
    const size_t last = first == 0 ? a.n - 1 : first;
    for (i = first; i <= last && !notices(*(hid_t *)file, path, i);)
        i++;
    if (i > last)
        ck_abort_msg("%s[%zu] can be changed and no check notices", path, last);
    return 0;
}

/* In float the slack of Adam's steps is larger than what is tampered with. */
START_TEST(a_wrong_number_in_any_array_is_noticed)
{
    for (size_t f = 0; IS_DOUBLE && golden_file(f); f++) {
        hid_t file = open_file(golden_file(f));
        ck_assert_int_eq(H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, tamper, &file), 0);
        H5Fclose(file);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        states_readout_loss_and_gradients_agree, three_adam_steps_agree, every_network_is_in_a_file,
        every_group_of_the_file_is_known,        features_agree,         a_linear_decoder_agrees,
        a_wrong_number_in_any_array_is_noticed,
    };
    return run_suite("golden", 60, tests, sizeof tests / sizeof *tests);
}
