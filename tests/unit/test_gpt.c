/* Architecture gpt against its definition, written out once more in plain loops; dropout; and what
 * only the last step needs. */
#include <stdio.h>

#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "network.h"
#include "suite.h"

static const mts_net_spec specs[] = {
    SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 1, .heads = 3, .mlp = 20, .dropout = 0.3),
    SPEC("gpt", 4, 12, 2, MTS_ACT_NONE, 1, .blocks = 2, .heads = 4, .mlp = 7, .dropout = 0.3),
    SPEC("gpt", 1, 1, 1, MTS_ACT_NONE, 1, .blocks = 1, .heads = 1, .mlp = 1, .dropout = 0.3),
    SPEC("gpt", 3, 9, 2, MTS_ACT_NONE, 1, .blocks = 3, .heads = 1, .mlp = 33, .dropout = 0.1),
};
enum { N_SPECS = sizeof specs / sizeof *specs };
static const mts_net_trials trials = {{77, MTS_FOR_NETWORK_NOISE}, 1000, true};

/* ---- the definition, for all trials, in double ---- */

typedef struct defined {
    const network *n;
    bool dropping;
    size_t block;
    double *r; /* [T][B][N] */
} defined;

static const mts_real *tensor(const defined *d, const char *name)
{
    const mts_layout *layout = &d->n->layout;
    char full[64];
    snprintf(full, sizeof full, "%zu.%s", d->block, name);
    for (size_t i = 0; i < layout->n; i++)
        if (strcmp(layout->tensor[i].name, name) == 0 || strcmp(layout->tensor[i].name, full) == 0)
            return d->n->theta + layout->tensor[i].offset;
    ck_abort_msg("there is no tensor %s", name);
    return NULL;
}

/* y = x W + b of one row; columns `first` .. of W, which has rows of ld. */
static void linear(const defined *d, const char *name, size_t k, size_t n, size_t first, size_t ld,
                   const double *x, double *y)
{
    char w[32], b[32];
    snprintf(w, sizeof w, "W_%s", name);
    snprintf(b, sizeof b, "b_%s", name);
    for (size_t j = 0; j < n; j++) {
        y[j] = (double)tensor(d, b)[first + j];
        for (size_t i = 0; i < k; i++)
            y[j] += x[i] * (double)tensor(d, w)[i * ld + first + j];
    }
}

static void normalised(const defined *d, const char *name, const double *x, double *y)
{
    const size_t N = d->n->spec.N;
    double mean = 0, variance = 0;
    char w[32], b[32];
    snprintf(w, sizeof w, "%s_w", name);
    snprintf(b, sizeof b, "%s_b", name);
    for (size_t j = 0; j < N; j++)
        mean += x[j] / (double)N;
    for (size_t j = 0; j < N; j++)
        variance += (x[j] - mean) * (x[j] - mean) / (double)N;
    for (size_t j = 0; j < N; j++)
        y[j] = (x[j] - mean) / sqrt(variance + 1e-5) * (double)tensor(d, w)[j] +
               (double)tensor(d, b)[j];
}

/* Factors of dropout at a site, for all rows. */
static mts_real *factors(const defined *d, size_t site)
{
    const size_t T = d->n->T, B = d->n->B, N = d->n->spec.N;
    const mts_dropout dropout = {{trials.noise.run, MTS_FOR_DROPOUT | (uint32_t)site << 8},
                                 trials.first,
                                 d->n->spec.dropout};
    mts_real *factor = reals(T * B * N);
    mts_kernels_at(0)->dropout(&dropout, T, B, N, factor);
    for (size_t i = 0; i < T * B * N && !d->dropping; i++)
        factor[i] = 1;
    return factor;
}

/* The factor of weight p_tu of a head and trial, from the words of the stream. */
static double weight_factor(const defined *d, size_t head, size_t t, size_t u, size_t b)
{
    const size_t pairs = d->n->T * (d->n->T + 1) / 2;
    const size_t number = head * pairs + t * (t + 1) / 2 + u, half = number % 8;
    const mts_stream stream = {trials.noise.run, MTS_FOR_DROPOUT | (uint32_t)(3 * d->block + 1)
                                                                       << 8};
    const double limit = floor(65536 * d->n->spec.dropout + 0.5);
    uint32_t word[4];
    mts_bits(stream, trials.first + b, (uint32_t)(number / 8), word);
    if (!d->dropping)
        return 1;
    return (half % 2 ? word[half / 2] >> 16 : word[half / 2] & 65535) < limit
               ? 0
               : 65536 / (65536 - limit);
}

/* What attention gives step t of trial b: out[N]. */
static void attended(const defined *d, size_t t, size_t b, double *out)
{
    const size_t B = d->n->B, N = d->n->spec.N, heads = d->n->spec.heads, size = N / heads;
    double x[16], q[16], k[16], v[16], context[16] = {0};
    for (size_t head = 0; head < heads; head++) {
        double p[8], sum = 0;
        for (size_t u = 0; u <= t; u++) {
            double score = 0;
            normalised(d, "ln1", d->r + (t * B + b) * N, x);
            linear(d, "attn", N, size, head * size, 3 * N, x, q);
            normalised(d, "ln1", d->r + (u * B + b) * N, x);
            linear(d, "attn", N, size, N + head * size, 3 * N, x, k);
            for (size_t j = 0; j < size; j++)
                score += q[j] * k[j] / sqrt((double)size);
            sum += p[u] = exp(score);
        }
        for (size_t u = 0; u <= t; u++) {
            normalised(d, "ln1", d->r + (u * B + b) * N, x);
            linear(d, "attn", N, size, 2 * N + head * size, 3 * N, x, v);
            for (size_t j = 0; j < size; j++)
                context[head * size + j] += weight_factor(d, head, t, u, b) * p[u] / sum * v[j];
        }
    }
    linear(d, "attnproj", N, N, 0, N, context, out);
}

static void thought(const defined *d, const double *r, double *out)
{
    const size_t N = d->n->spec.N, mlp = d->n->spec.mlp;
    double x[16], wide[40];
    normalised(d, "ln2", r, x);
    linear(d, "fc", N, mlp, 0, mlp, x, wide);
    for (size_t j = 0; j < mlp; j++) {
        const double s = wide[j];
        wide[j] = s / 2 * (1 + tanh(sqrt(2 / M_PI) * (s + 0.044715 * s * s * s)));
    }
    linear(d, "mlpproj", mlp, N, 0, N, wide, out);
}

/* r <- r + factor (what `site` adds) */
static void add_all(defined *d, size_t site, const double *more)
{
    const size_t n = d->n->T * d->n->B * d->n->spec.N;
    mts_real *factor = factors(d, site);
    for (size_t i = 0; i < n; i++)
        d->r[i] += (double)factor[i] * more[i];
    mts_free(factor);
}

/* States h[T][B][N]. */
static mts_real *defined_states(const network *n, bool dropping)
{
    const size_t T = n->T, B = n->B, N = n->spec.N, I = n->spec.I, all = T * B * N;
    double *more = mts_alloc(all, sizeof *more), x[16], out[16];
    defined d = {n, dropping, 0, mts_alloc(all, sizeof *d.r)};
    mts_real *h = reals(all);
    for (size_t row = 0; row < T * B; row++) {
        for (size_t i = 0; i < I; i++)
            x[i] = (double)n->x[row * I + i];
        linear(&d, "proj", I, N, 0, N, x, more + row * N);
    }
    add_all(&d, 0, more);
    for (; d.block < n->spec.blocks; d.block++) {
        for (size_t row = 0; row < T * B; row++)
            attended(&d, row / B, row % B, more + row * N);
        add_all(&d, 3 * d.block + 2, more);
        for (size_t row = 0; row < T * B; row++)
            thought(&d, d.r + row * N, more + row * N);
        add_all(&d, 3 * d.block + 3, more);
    }
    for (size_t row = 0; row < T * B; row++) {
        normalised(&d, "lnf", d.r + row * N, out);
        for (size_t j = 0; j < N; j++)
            h[row * N + j] = (mts_real)out[j];
    }
    mts_free(more);
    mts_free(d.r);
    return h;
}

START_TEST(states_are_those_of_the_definition_with_and_without_dropout)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        for (int dropping = 0; dropping < 2; dropping++)
            FOR_ALL_KERNELS(k)
            {
                network n = network_create(specs[s], k, 6, 5, 11 + s);
                mts_real *h = defined_states(&n, dropping);
                mts_net_set_trials(n.net, dropping ? &trials : NULL);
                network_loss(&n);
                ck_assert_double_le(distance(mts_net_hidden(n.net), h, 6 * 5 * specs[s].N),
                                    4 * ROUNDING);
                mts_free(h);
                network_destroy(&n);
            }
}
END_TEST

START_TEST(gradients_agree_with_finite_differences_also_with_dropout)
{
    static const size_t T[] = {1, 2, 5}, B[] = {3, 1, 2};
    const mts_kernels *k;
    if (!IS_DOUBLE)
        return;
    for (size_t s = 0; s < N_SPECS; s++)
        for (size_t i = 0; i < 3; i++)
            for (int dropping = 0; dropping < 2; dropping++)
                FOR_ALL_KERNELS(k)
                {
                    network n = network_create(specs[s], k, T[i], B[i], 21 + s);
                    mts_net_set_trials(n.net, dropping ? &trials : NULL);
                    check_gradients(&n);
                    network_destroy(&n);
                }
}
END_TEST

START_TEST(outputs_ignore_inputs_of_later_steps_also_with_dropout)
{
    enum { T = 5, B = 3 };
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            const size_t I = specs[s].I, N = specs[s].N;
            network n = network_create(specs[s], k, T, B, 3);
            mts_real *h = reals(T * B * N);
            mts_net_set_trials(n.net, &trials);
            network_loss(&n);
            memcpy(h, mts_net_hidden(n.net), T * B * N * sizeof *h);
            for (size_t t = T - 1; t > 0; t--) {
                for (size_t i = 0; i < B * I; i++)
                    n.x[t * B * I + i] += 1;
                network_loss(&n);
                ck_assert(same_bits(mts_net_hidden(n.net), h, t * B * N));
            }
            mts_free(h);
            network_destroy(&n);
        }
}
END_TEST

/* ---- dropout ---- */

START_TEST(there_is_no_dropout_outside_training)
{
    const mts_net_trials evaluation = {trials.noise, trials.first, false};
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            const size_t n_h = 4 * 3 * specs[s].N;
            mts_net_spec spec = specs[s];
            network with = network_create(spec, k, 4, 3, 5), without;
            const mts_net_trials *none[] = {NULL, &evaluation};
            spec.dropout = 0;
            without = network_create(spec, k, 4, 3, 5);
            mts_net_set_trials(without.net, &trials);
            network_loss(&without);
            for (size_t i = 0; i < 2; i++) {
                mts_net_set_trials(with.net, &trials);
                network_loss(&with);
                if (spec.N > 1) /* a norm of one unit forgets it */
                    ck_assert(
                        !same_bits(mts_net_hidden(with.net), mts_net_hidden(without.net), n_h));
                mts_net_set_trials(with.net, none[i]);
                network_loss(&with);
                ck_assert(same_bits(mts_net_hidden(with.net), mts_net_hidden(without.net), n_h));
            }
            network_destroy(&with);
            network_destroy(&without);
        }
}
END_TEST

START_TEST(a_trial_has_its_own_dropout_in_every_batch)
{
    enum { T = 5, B = 19 };
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network all = network_create(specs[s], k, T, B, 3);
            network one = network_create(specs[s], k, T, 1, 3);
            mts_net_set_trials(all.net, &trials);
            network_loss(&all);
            for (size_t b = 0; b < B; b++) {
                const mts_net_trials mine = {trials.noise, trials.first + b, true};
                take_trial(&all, b, &one);
                mts_net_set_trials(one.net, &mine);
                network_loss(&one);
                ck_assert(is_trial(k, &one, mts_net_hidden(all.net), B, b, 4 * ROUNDING));
            }
            network_destroy(&all);
            network_destroy(&one);
        }
}
END_TEST

/* Three steps with dropout; returns theta. */
static mts_real *trained(const mts_net_spec *spec, const mts_kernels *k, uint64_t run)
{
    network n = network_create(*spec, k, 6, 5, 1);
    mts_real *theta;
    mts_adam *adam;
    ck_assert_int_eq(mts_adam_create(n.layout.total, 0.01, k, &adam), MTS_OK);
    for (uint64_t step = 0; step < 3; step++) {
        const mts_net_trials now = {{run, MTS_FOR_NETWORK_NOISE}, step * 5, true};
        mts_net_set_trials(n.net, &now);
        ck_assert(isfinite(network_gradient(&n)));
        mts_adam_update(adam, n.theta, n.dtheta);
    }
    mts_adam_destroy(adam);
    theta = n.theta;
    n.theta = NULL;
    network_destroy(&n);
    return theta;
}

START_TEST(training_with_dropout_gives_the_same_bits_on_all_our_kernels)
{
    static const char *const own[] = {"generic", "x86-64-v3", "x86-64-v4"};
    const mts_kernels *k, *first;
    if (mts_kernels_find(own[0], &first) != MTS_OK)
        return; /* the double build has none */
    for (size_t s = 0; s < N_SPECS; s++)
        for (size_t i = 0; i < 3; i++)
            if (mts_kernels_find(own[i], &k) == MTS_OK) {
                mts_layout layout;
                ck_assert_int_eq(mts_net_layout(&specs[s], &layout), MTS_OK);
                mts_real *a = trained(&specs[s], first, 1), *b = trained(&specs[s], k, 1);
                mts_real *c = trained(&specs[s], k, 2);
                ck_assert(same_bits(a, b, layout.total));
                if (specs[s].N > 1) /* a norm of one unit forgets it */
                    ck_assert(!same_bits(a, c, layout.total));
                mts_free(a);
                mts_free(b);
                mts_free(c);
            }
}
END_TEST

/* ---- the last step alone ---- */

START_TEST(the_last_step_alone_has_the_bits_of_a_whole_pass)
{
    enum { T = 6, B = 5 };
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        for (size_t a = 0; mts_arch_names[a]; a++)
            FOR_ALL_KERNELS(k)
            {
                mts_net_spec spec = specs[s];
                mts_net *net;
                network n;
                spec.arch = mts_arch_names[a];
                spec.act = MTS_ACT_RELU;
                n = network_create(spec, k, T, B, 3);
                network_loss(&n);
                ck_assert_int_eq(mts_net_create(&spec, k, T, B, false, &net), MTS_OK);
                mts_net_pack(net, n.theta);
                for (size_t steps = T; steps > 0; steps--) {
                    const mts_real *h = mts_net_hidden(n.net) + (steps - 1) * B * spec.N;
                    const mts_real *last = mts_net_forward_last(net, steps, B, n.x);
                    ck_assert(promises_bits(k) ? same_bits(last, h, B * spec.N)
                                               : distance(last, h, B * spec.N) <= 4 * ROUNDING);
                }
                mts_net_forward(net, T, B, n.x);
                ck_assert(same_bits(mts_net_hidden(net), mts_net_hidden(n.net), T * B * spec.N));
                mts_net_destroy(net);
                network_destroy(&n);
            }
}
END_TEST

/* ---- layout, work, refusal ---- */

static const struct {
    const char *name;
    size_t rows, cols;
    mts_init init;
    double scale;
} each[] = {
    {"ln1_w", 1, 12, MTS_INIT_CONSTANT, 1},     {"ln1_b", 1, 12, MTS_INIT_CONSTANT, 0},
    {"W_attn", 12, 36, MTS_INIT_NORMAL, 0.02},  {"b_attn", 1, 36, MTS_INIT_CONSTANT, 0},
    {"W_attnproj", 12, 12, MTS_INIT_NORMAL, 0}, {"b_attnproj", 1, 12, MTS_INIT_CONSTANT, 0},
    {"ln2_w", 1, 12, MTS_INIT_CONSTANT, 1},     {"ln2_b", 1, 12, MTS_INIT_CONSTANT, 0},
    {"W_fc", 12, 20, MTS_INIT_NORMAL, 0.02},    {"b_fc", 1, 20, MTS_INIT_CONSTANT, 0},
    {"W_mlpproj", 20, 12, MTS_INIT_NORMAL, 0},  {"b_mlpproj", 1, 12, MTS_INIT_CONSTANT, 0},
};
enum { PER_BLOCK = sizeof each / sizeof *each };

START_TEST(layouts_list_the_tensors_of_every_block)
{
    for (size_t blocks = 1; blocks <= 3; blocks++) {
        const mts_net_spec spec =
            SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = blocks, .heads = 3, .mlp = 20);
        const double residual = 0.02 / sqrt(2 * (double)blocks);
        mts_layout layout;
        size_t offset = 5 * 12 + 12;
        ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_OK);
        ck_assert_uint_eq(layout.n, 2 + blocks * PER_BLOCK + 4);
        ck_assert_str_eq(layout.tensor[0].name, "W_proj");
        ck_assert_str_eq(layout.tensor[1].name, "b_proj");
        for (size_t i = 0; i < blocks * PER_BLOCK; i++) {
            const mts_tensor *t = &layout.tensor[2 + i];
            char name[32];
            snprintf(name, sizeof name, "%zu.%s", i / PER_BLOCK, each[i % PER_BLOCK].name);
            ck_assert_str_eq(t->name, blocks > 1 ? name : each[i].name);
            ck_assert_uint_eq(t->rows, each[i % PER_BLOCK].rows);
            ck_assert_uint_eq(t->cols, each[i % PER_BLOCK].cols);
            ck_assert_uint_eq(t->offset, offset);
            ck_assert_int_eq(t->init, each[i % PER_BLOCK].init);
            ck_assert_double_eq_tol(t->scale,
                                    strstr(t->name, "W_") && strstr(t->name, "proj")
                                        ? residual
                                        : each[i % PER_BLOCK].scale,
                                    1e-15);
            offset += t->rows * t->cols;
        }
        ck_assert_str_eq(layout.tensor[layout.n - 4].name, "lnf_w");
        ck_assert_double_eq(layout.tensor[layout.n - 4].scale, 1);
        ck_assert_str_eq(layout.tensor[layout.n - 3].name, "lnf_b");
        ck_assert_str_eq(layout.tensor[layout.n - 2].name, "W_out");
        ck_assert_int_eq(layout.tensor[layout.n - 2].init, MTS_INIT_UNIFORM);
        ck_assert_uint_eq(layout.total, offset + 24 + 12 * 3 + 3);
    }
}
END_TEST

/* The default network: 64 units, 8 heads, an MLP of 256, trials of 22 steps. */
START_TEST(operations_are_counted)
{
    const mts_net_spec spec =
        SPEC("gpt", 41, 64, 24, MTS_ACT_NONE, 1, .blocks = 2, .heads = 8, .mlp = 256);
    const double in = 2 * 41 * 64, out = 2 * 64 * 24;
    const double block = 2 * 64 * (3 * 64 + 64 + 2 * 256);
    const double attention = 2 * 2 * 64 * 11.5; /* scores and context; 11.5 steps to look at */
    const mts_net_work work = mts_net_flops_by_call(&spec, 22);
    ck_assert_double_eq(work.forward, in + 2 * (block + attention));
    ck_assert_double_eq(work.loss, out);
    ck_assert_double_eq(work.backward, out + 2 * (block + 2 * attention));
    ck_assert_double_eq(work.gradient, in + 2 * block + out);
    ck_assert_double_eq(mts_net_flops_last(&spec, 1), mts_net_flops_by_call(&spec, 1).forward);
    ck_assert_double_eq(mts_net_flops_last(&spec, 22),
                        22 * (in + block + attention + 2 * 64 * 128) +
                            (2 * 64 * (64 + 64 + 2 * 256) + 2 * 2 * 64 * 22));
}
END_TEST

START_TEST(what_a_gpt_cannot_be_is_refused)
{
    static const struct {
        mts_net_spec spec;
        const char *says;
    } bad[] = {
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 1, .heads = 5, .mlp = 20),
         "units is 12 and heads is 5"},
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 0, .heads = 3, .mlp = 20), "blocks"},
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 17, .heads = 3, .mlp = 20), "1 to 16"},
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 1, .heads = 0, .mlp = 20), "heads"},
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 1, .heads = 3, .mlp = 0), "mlp"},
        {SPEC("gpt", 5, 12, 3, MTS_ACT_NONE, 1, .blocks = 1, .heads = 3, .mlp = 20, .dropout = 1),
         "dropout"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mts_net *net;
        ck_assert_int_eq(mts_net_create(&bad[i].spec, mts_kernels_at(0), 2, 2, true, &net),
                         MTS_ERR_USAGE);
        ck_assert_ptr_null(net);
        ck_assert_msg(strstr(mts_message(), bad[i].says), "%s", mts_message());
    }
}
END_TEST

START_TEST(a_config_whose_heads_do_not_share_the_units_is_refused_for_a_gpt_alone)
{
    mts_config config;
    mts_config_default(&config);
    config.units = 12;
    config.heads = 5;
    ck_assert_int_eq(mts_net_check(&config), MTS_OK);
    config.arch = MTS_ARCH_gpt;
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
    ck_assert_int_eq(mts_net_check(&config), MTS_ERR_SWEEP);
    ck_assert_str_eq(mts_message(), "arch gpt needs units to be a multiple of heads, but units is "
                                    "12 and heads is 5");
    config.heads = 6;
    ck_assert_int_eq(mts_net_check(&config), MTS_OK);
}
END_TEST

START_TEST(a_gpt_has_no_state_to_step)
{
    network n = network_create(specs[0], mts_kernels_at(0), 2, 2, 1);
    mts_real x[5] = {0}, h[12] = {0}, next[12];
    ck_assert(!mts_net_can_step(&specs[0]));
    mts_net_pack(n.net, n.theta);
    ck_assert_int_eq(mts_net_step(n.net, 1, x, h, next), MTS_ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(mts_message(), "gpt"));
    network_destroy(&n);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        states_are_those_of_the_definition_with_and_without_dropout,
        gradients_agree_with_finite_differences_also_with_dropout,
        outputs_ignore_inputs_of_later_steps_also_with_dropout,
        there_is_no_dropout_outside_training,
        a_trial_has_its_own_dropout_in_every_batch,
        training_with_dropout_gives_the_same_bits_on_all_our_kernels,
        the_last_step_alone_has_the_bits_of_a_whole_pass,
        layouts_list_the_tensors_of_every_block,
        operations_are_counted,
        what_a_gpt_cannot_be_is_refused,
        a_config_whose_heads_do_not_share_the_units_is_refused_for_a_gpt_alone,
        a_gpt_has_no_state_to_step,
    };
    return run_suite("gpt", 120, tests, sizeof tests / sizeof *tests);
}
