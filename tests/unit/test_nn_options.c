/* What a network can be told beside its sizes: initial values, network noise, losses. */
#include "mtsweep/nn.h"
#include "network.h"
#include "suite.h"

#include <stdio.h>

/* ---- initial values ---- */

/* Initial values of the tensor `name` of a network; free with mts_free. */
static mts_real *initial(const mts_net_spec *spec, const char *name, uint64_t run, mts_tensor *t)
{
    mts_layout layout;
    mts_real *theta, *w;
    ck_assert_int_eq(mts_net_layout(spec, &layout), MTS_OK);
    theta = reals(layout.total);
    ck_assert_int_eq(mts_layout_init(&layout, (mts_stream){run, MTS_FOR_INIT}, theta), MTS_OK);
    for (size_t i = 0; i < layout.n; i++)
        if (strcmp(layout.tensor[i].name, name) == 0)
            *t = layout.tensor[i];
    w = reals(t->rows * t->cols);
    memcpy(w, theta + t->offset, t->rows * t->cols * sizeof *w);
    mts_free(theta);
    return w;
}

/* Whether the moments of n numbers are those of N(0, sd), by four standard errors. */
static void check_normal(const mts_real *v, size_t n, double sd)
{
    double mean = 0, square = 0, fourth = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = (double)v[i] / sd;
        mean += x / (double)n;
        square += x * x / (double)n;
        fourth += x * x * x * x / (double)n;
    }
    ck_assert_double_le(fabs(mean), 4 / sqrt((double)n));
    ck_assert_double_le(fabs(square - 1), 4 * sqrt(2 / (double)n));
    ck_assert_double_le(fabs(fourth - 3), 4 * sqrt(96 / (double)n));
}

START_TEST(weights_of_a_gpt_are_normal_and_its_norms_the_identity)
{
    const mts_net_spec spec =
        SPEC("gpt", 41, 64, 24, MTS_ACT_NONE, 1, .blocks = 2, .heads = 8, .mlp = 256);
    static const struct {
        const char *name;
        double sd; /* 0: all are `value` */
        double value;
    } want[] = {{"W_proj", 0.02, 0},      {"0.W_attn", 0.02, 0},     {"1.W_fc", 0.02, 0},
                {"0.W_mlpproj", 0.01, 0}, {"1.W_attnproj", 0.01, 0}, {"b_proj", 0, 0},
                {"0.b_attn", 0, 0},       {"1.ln1_w", 0, 1},         {"1.ln2_b", 0, 0},
                {"lnf_w", 0, 1}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        mts_tensor t;
        mts_real *w = initial(&spec, want[i].name, 5, &t);
        const size_t n = t.rows * t.cols;
        if (want[i].sd > 0)
            check_normal(w, n, want[i].sd);
        for (size_t j = 0; j < n && want[i].sd == 0; j++)
            ck_assert_double_eq((double)w[j], want[i].value);
        mts_free(w);
    }
}
END_TEST

START_TEST(sparse_recurrence_has_as_many_in_every_row_as_pytorch_at_random_places)
{
    static const size_t sizes[] = {64, 10, 7, 3},
                        counts[] = {9, 1, 1, 0}; /* N - ceil(.85 N), as nn.init.sparse_ */
    for (size_t s = 0; s < 4; s++) {
        const size_t N = sizes[s];
        const mts_net_spec spec =
            SPEC("rnn", 5, N, 3, MTS_ACT_RELU, 1, .recurrent_init = MTS_INIT_SPARSE);
        mts_tensor t;
        size_t *column = mts_alloc(N, sizeof *column);
        for (uint64_t run = 0; run < 200; run++) {
            mts_real *w = initial(&spec, "W_rec", run, &t);
            for (size_t i = 0; i < N; i++) {
                size_t count = 0;
                for (size_t j = 0; j < N; j++) {
                    count += w[i * N + j] != 0;
                    column[j] += w[i * N + j] != 0;
                }
                ck_assert_uint_eq(count, counts[s]);
            }
            mts_free(w);
        }
        for (size_t j = 0; j < N; j++) { /* every place is as likely as any other */
            const double n = 200.0 * (double)N, p = (double)counts[s] / (double)N;
            ck_assert_double_le(fabs((double)column[j] - n * p), 4.5 * sqrt(n * p * (1 - p)));
        }
        mts_free(column);
    }
}
END_TEST

START_TEST(sparse_recurrence_is_normal_where_it_is_not_zero)
{
    const mts_net_spec spec =
        SPEC("rnn_noleak", 5, 256, 3, MTS_ACT_RELU, 1, .recurrent_init = MTS_INIT_SPARSE);
    mts_tensor t;
    mts_real *w = initial(&spec, "W_rec", 5, &t);
    size_t n = 0;
    for (size_t i = 0; i < 256 * 256; i++)
        if (w[i] != 0)
            w[n++] = w[i];
    ck_assert_uint_eq(n, 38 * 256);
    check_normal(w, n, sqrt(2 / (0.15 * 256)));
    mts_free(w);
}
END_TEST

START_TEST(orthogonal_recurrence_is_orthogonal_and_uniform)
{
    enum { N = 64, RUNS = 100 };
    const mts_net_spec spec =
        SPEC("rnn", 5, N, 3, MTS_ACT_RELU, 1, .recurrent_init = MTS_INIT_ORTHOGONAL);
    double trace = 0, square = 0;
    mts_tensor t;
    for (uint64_t run = 0; run < RUNS; run++) {
        mts_real *w = initial(&spec, "W_rec", run, &t);
        double own = 0;
        for (size_t i = 0; i < N && run < 3; i++)
            for (size_t j = 0; j < N; j++) {
                double rows = 0, cols = 0;
                for (size_t k = 0; k < N; k++) {
                    rows += (double)w[i * N + k] * (double)w[j * N + k];
                    cols += (double)w[k * N + i] * (double)w[k * N + j];
                }
                ck_assert_double_le(fabs(rows - (i == j)), IS_DOUBLE ? 1e-13 : 1e-6);
                ck_assert_double_le(fabs(cols - (i == j)), IS_DOUBLE ? 1e-13 : 1e-6);
            }
        for (size_t i = 0; i < N; i++)
            own += (double)w[i * N + i];
        trace += own / RUNS; /* of a uniformly drawn one: mean 0, variance 1 */
        square += own * own / RUNS;
        mts_free(w);
    }
    ck_assert_double_le(fabs(trace), 4 / sqrt(RUNS));
    ck_assert_double_le(fabs(square - 1), 4 * sqrt(2.0 / RUNS));
}
END_TEST

START_TEST(a_recurrence_of_another_kind_is_refused_and_other_tensors_do_not_change)
{
    mts_net_spec spec = SPEC("rnn", 5, 8, 3, MTS_ACT_RELU, 1);
    mts_real *before, *after;
    mts_tensor t;
    mts_net *net;
    before = initial(&spec, "W_in", 3, &t);
    spec.recurrent_init = MTS_INIT_ORTHOGONAL;
    after = initial(&spec, "W_in", 3, &t);
    ck_assert(same_bits(before, after, 5 * 8));
    mts_free(before);
    mts_free(after);
    spec.recurrent_init = MTS_INIT_NORMAL;
    ck_assert_int_eq(mts_net_create(&spec, mts_kernels_at(0), 2, 2, true, &net), MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(), "W_rec of architecture rnn is uniform, sparse or orthogonal");
}
END_TEST

/* ---- network noise ---- */

static const mts_net_spec noisy[] = {
    SPEC("rnn", 5, 8, 3, MTS_ACT_TANH, 1, .noise = 0.7),
    SPEC("rnn", 4, 7, 2, MTS_ACT_TANH, 0.4, .noise = 0.7),
    SPEC("rnn_noleak", 5, 9, 3, MTS_ACT_RELU, 0.4, .noise = 2),
};
enum { N_NOISY = sizeof noisy / sizeof *noisy };

/* The sums of a step are those without noise and sd times the numbers of the stream. All is tanh or
 * relu of them, so the definition is written out. */
START_TEST(noise_is_added_to_the_sums_of_every_step_and_unit)
{
    enum { T = 4, B = 5 };
    const mts_net_trials trials = {{9, MTS_FOR_PROBE_NETWORK_NOISE}, 30, false};
    const mts_kernels *k;
    for (size_t s = 0; s < N_NOISY; s++)
        FOR_ALL_KERNELS(k)
        {
            const mts_net_spec *spec = &noisy[s];
            const size_t N = spec->N, I = spec->I;
            const double keep = strcmp(spec->arch, "rnn") == 0 ? 1 - spec->alpha : 1;
            network n = network_create(*spec, k, T, B, 3);
            const mts_real *w = n.theta, *bias = w + I * N, *u = bias + N, *more = u + N * N;
            mts_real *normal = reals(T * N * B), *want = reals(T * B * N);
            k->normal(trials.noise, trials.first, B, T * N, normal);
            for (size_t b = 0; b < B; b++) {
                double r[9] = {0}, sum[9];
                for (size_t t = 0; t < T; t++) {
                    for (size_t j = 0; j < N; j++) {
                        sum[j] = (double)bias[j] + (double)more[j] +
                                 spec->noise * (double)normal[(t * N + j) * B + b];
                        for (size_t i = 0; i < I; i++)
                            sum[j] += (double)n.x[(t * B + b) * I + i] * (double)w[i * N + j];
                        for (size_t i = 0; i < N; i++)
                            sum[j] += r[i] * (double)u[i * N + j];
                    }
                    for (size_t j = 0; j < N; j++) {
                        const double a = spec->act == MTS_ACT_TANH ? tanh(sum[j]) : fmax(sum[j], 0);
                        r[j] = keep * r[j] + spec->alpha * a;
                        want[(t * B + b) * N + j] = (mts_real)r[j];
                    }
                }
            }
            mts_net_set_trials(n.net, &trials);
            network_loss(&n);
            ck_assert_double_le(distance(mts_net_hidden(n.net), want, T * B * N), ROUNDING);
            mts_free(normal);
            mts_free(want);
            network_destroy(&n);
        }
}
END_TEST

/* Trial b of a group has what it has alone with the group's item. */
START_TEST(shared_noise_is_one_vector_a_step_for_all_trials_of_a_group)
{
    enum { T = 4, B = 7, GROUP = 4, FIRST = 2 }; /* trials 2 ... 8: groups 0, 1, 2 */
    for (size_t s = 0; s < N_NOISY; s++) {
        mts_net_spec shared = noisy[s];
        const size_t N = shared.N, I = shared.I;
        shared.noise_group = GROUP;
        network all = network_create(shared, mts_kernels_at(0), T, B, 3);
        network one = network_create(noisy[s], mts_kernels_at(0), T, 1, 3);
        mts_net_set_trials(all.net, &(mts_net_trials){{9, 3}, FIRST, true});
        network_loss(&all);
        for (size_t b = 0; b < B; b++) {
            for (size_t t = 0; t < T; t++)
                memcpy(one.x + t * I, all.x + (t * B + b) * I, I * sizeof *one.x);
            mts_net_set_trials(one.net, &(mts_net_trials){{9, 3}, (FIRST + b) / GROUP, true});
            network_loss(&one);
            for (size_t t = 0; t < T; t++)
                ck_assert_mem_eq(mts_net_hidden(all.net) + (t * B + b) * N,
                                 mts_net_hidden(one.net) + t * N, N * sizeof(mts_real));
        }
        network_destroy(&all);
        network_destroy(&one);
    }
}
END_TEST

START_TEST(without_trials_there_is_no_noise)
{
    const mts_net_trials trials = {{9, MTS_FOR_NETWORK_NOISE}, 30, true};
    const mts_kernels *k;
    for (size_t s = 0; s < N_NOISY; s++)
        FOR_ALL_KERNELS(k)
        {
            const size_t n_h = 4 * 3 * noisy[s].N;
            mts_net_spec spec = noisy[s];
            network with = network_create(spec, k, 4, 3, 3), without;
            spec.noise = 0;
            without = network_create(spec, k, 4, 3, 3);
            network_loss(&with);
            mts_net_set_trials(without.net, &trials);
            network_loss(&without);
            ck_assert(same_bits(mts_net_hidden(with.net), mts_net_hidden(without.net), n_h));
            mts_net_set_trials(with.net, &trials);
            network_loss(&with);
            ck_assert(!same_bits(mts_net_hidden(with.net), mts_net_hidden(without.net), n_h));
            mts_net_set_trials(with.net, NULL);
            network_loss(&with);
            ck_assert(same_bits(mts_net_hidden(with.net), mts_net_hidden(without.net), n_h));
            network_destroy(&with);
            network_destroy(&without);
        }
}
END_TEST

START_TEST(a_trial_has_its_own_noise_in_every_batch_and_stream)
{
    enum { T = 5, B = 19 };
    const mts_net_trials trials = {{9, MTS_FOR_NETWORK_NOISE}, 0xfffffff8u, true};
    const mts_net_trials other = {{9, MTS_FOR_TRACE_NETWORK_NOISE}, 0xfffffff8u, true};
    const mts_kernels *k;
    for (size_t s = 0; s < N_NOISY; s++)
        FOR_ALL_KERNELS(k)
        {
            const size_t N = noisy[s].N;
            network all = network_create(noisy[s], k, T, B, 3);
            network one = network_create(noisy[s], k, T, 1, 3);
            mts_real *h = reals(T * B * N);
            mts_net_set_trials(all.net, &other);
            network_loss(&all);
            memcpy(h, mts_net_hidden(all.net), T * B * N * sizeof *h);
            mts_net_set_trials(all.net, &trials);
            network_loss(&all);
            ck_assert(!same_bits(mts_net_hidden(all.net), h, T * B * N));
            memcpy(h, mts_net_hidden(all.net), T * B * N * sizeof *h);
            for (size_t b = 0; b < B; b++) {
                const mts_net_trials mine = {trials.noise, trials.first + b, true};
                take_trial(&all, b, &one);
                mts_net_set_trials(one.net, &mine);
                network_loss(&one);
                ck_assert(is_trial(k, &one, h, B, b, ROUNDING));
            }
            mts_free(h);
            network_destroy(&all);
            network_destroy(&one);
        }
}
END_TEST

START_TEST(gradients_with_noise_agree_with_finite_differences)
{
    const mts_net_trials trials = {{9, MTS_FOR_NETWORK_NOISE}, 30, true};
    const mts_kernels *k;
    if (!IS_DOUBLE)
        return;
    for (size_t s = 0; s < N_NOISY; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(noisy[s], k, 4, 3, 7);
            mts_net_set_trials(n.net, &trials);
            check_gradients(&n);
            network_destroy(&n);
        }
}
END_TEST

/* ---- losses ---- */

/* loss, correct at the last two of four steps, and the gradient, written out. */
START_TEST(squared_errors_are_those_of_the_definition)
{
    enum { T = 4, B = 3, K = 2, ALL = T * B * K };
    static const struct {
        const char *loss;
        double bound, gain, shift, decided; /* bound 0: the readout itself */
    } kinds[] = {{"mse", 1, 2, -1, 0.5}, {"accumulate", 5, 1, 0, 0}, {"mse_linear", 0, 2, -1, 0.5}};
    const mts_kernels *k;
    for (size_t i = 0; i < 3; i++)
        FOR_ALL_KERNELS(k)
        {
            const mts_net_spec spec = SPEC("rnn", 5, 8, K, MTS_ACT_TANH, 1, .loss = kinds[i].loss,
                                           .bound = kinds[i].bound);
            network n = network_create(spec, k, T, B, 3);
            const mts_real *z;
            double loss = 0, plain = 0;
            size_t want = 0, correct;
            for (size_t j = 0; j < ALL; j++) /* accumulate: targets of both signs */
                n.target[j] = (mts_real)(kinds[i].decided > 0 ? (double)n.target[j]
                                                              : 10 * (double)n.target[j] - 5);
            network_loss(&n);
            z = mts_net_logits(n.net);
            for (size_t j = 0; j < ALL; j++) {
                const double y = kinds[i].gain * (double)n.target[j] + kinds[i].shift;
                const double out = kinds[i].bound * tanh((double)z[j]);
                const double e = (kinds[i].bound > 0 ? out : (double)z[j]) - y;
                loss += (double)n.weight[j] * e * e / ALL;
                plain += e * e / ALL;
                if (j >= (T - 2) * B * K)
                    want += (z[j] > 0) == ((double)n.target[j] > kinds[i].decided);
            }
            ck_assert_double_eq_tol(mts_net_loss(n.net, n.target, n.weight, NULL, T - 2, &correct),
                                    loss, 10 * ROUNDING);
            ck_assert_uint_eq(correct, want);
            ck_assert_uint_gt(want, 0);
            ck_assert_uint_lt(want, 2 * B * K);
            ck_assert_double_eq_tol(mts_net_loss(n.net, n.target, NULL, NULL, T, &correct), plain,
                                    10 * ROUNDING);
            ck_assert_uint_eq(correct, 0);
            if (IS_DOUBLE)
                check_gradients(&n);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(only_tasks_that_are_asked_for_count_as_correct)
{
    enum { T = 3, B = 2, K = 3 };
    static const char *const losses[] = {NULL, "mse", "accumulate"};
    const bool asked[B * K] = {true, false, false, false, false, true}, none[B * K] = {false};
    for (size_t i = 0; i < 3; i++) {
        const mts_net_spec spec =
            SPEC("lstm", 5, 8, K, MTS_ACT_NONE, 1, .loss = losses[i], .bound = 2);
        network n = network_create(spec, mts_kernels_at(0), T, B, 3);
        size_t want = 0, correct;
        const mts_real *z;
        network_loss(&n);
        z = mts_net_logits(n.net) + (T - 1) * B * K;
        for (size_t j = 0; j < B * K; j++) { /* right in trial 0, wrong in trial 1 */
            const bool yes = (z[j] > 0) == (j < K);
            n.target[(T - 1) * B * K + j] = yes ? 1 : i < 2 ? 0 : -1;
        }
        for (size_t j = 0; j < B * K; j++)
            want += j < K && asked[j];
        mts_net_loss(n.net, n.target, NULL, asked, T - 1, &correct);
        ck_assert_uint_eq(correct, want);
        mts_net_loss(n.net, n.target, NULL, none, 0, &correct);
        ck_assert_uint_eq(correct, 0);
        mts_net_loss(n.net, n.target, NULL, NULL, T - 1, &correct);
        ck_assert_uint_eq(correct, K);
        network_destroy(&n);
    }
}
END_TEST

START_TEST(a_state_that_is_not_finite_makes_every_loss_not_finite)
{
    const mts_kernels *k;
    for (size_t i = 0; mts_loss_names[i]; i++)
        for (size_t a = 0; mts_arch_names[a]; a++)
            FOR_ALL_KERNELS(k)
            {
                const mts_net_spec spec =
                    SPEC(mts_arch_names[a], 3, 4, 2, MTS_ACT_RELU, 1, .loss = mts_loss_names[i],
                         .bound = 5, .blocks = 1, .heads = 2, .mlp = 5);
                network n = network_create(spec, k, 2, 3, 1);
                n.theta[1] = (mts_real)NAN;
                ck_assert(!isfinite(network_loss(&n)));
                network_destroy(&n);
            }
}
END_TEST

START_TEST(the_registry_of_losses_has_the_choices_of_the_field_and_accumulate)
{
    const mts_field *field = mts_field_find("loss");
    size_t n = mts_choice_count(field);
    mts_net_spec spec = SPEC("rnn", 5, 8, 3, MTS_ACT_RELU, 1, .loss = "hinge");
    mts_net *net;
    for (size_t i = 0; i < n; i++) {
        char text[MTS_VALUE_TEXT];
        snprintf(text, sizeof text, "%s", mts_choice_name(field, (int64_t)i));
        ck_assert_str_eq(text, mts_loss_names[i]);
    }
    ck_assert_str_eq(mts_loss_names[n], "accumulate");
    ck_assert_ptr_null(mts_loss_names[n + 1]);
    ck_assert_int_eq(mts_net_create(&spec, mts_kernels_at(0), 2, 2, true, &net), MTS_ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(mts_message(), "'hinge'"));
    ck_assert_ptr_null(net);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        weights_of_a_gpt_are_normal_and_its_norms_the_identity,
        sparse_recurrence_has_as_many_in_every_row_as_pytorch_at_random_places,
        sparse_recurrence_is_normal_where_it_is_not_zero,
        orthogonal_recurrence_is_orthogonal_and_uniform,
        a_recurrence_of_another_kind_is_refused_and_other_tensors_do_not_change,
        noise_is_added_to_the_sums_of_every_step_and_unit,
        shared_noise_is_one_vector_a_step_for_all_trials_of_a_group,
        without_trials_there_is_no_noise,
        a_trial_has_its_own_noise_in_every_batch_and_stream,
        gradients_with_noise_agree_with_finite_differences,
        squared_errors_are_those_of_the_definition,
        only_tasks_that_are_asked_for_count_as_correct,
        a_state_that_is_not_finite_makes_every_loss_not_finite,
        the_registry_of_losses_has_the_choices_of_the_field_and_accumulate,
    };
    return run_suite("nn_options", 120, tests, sizeof tests / sizeof *tests);
}
