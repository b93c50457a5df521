/* Networks and loss against their definitions, written out once more in plain loops. */
#include "mtsweep/nn.h"
#include "network.h"
#include "suite.h"

#include <stdio.h>

static const mts_net_spec specs[] = {
    SPEC("rnn", 5, 8, 3, MTS_ACT_RELU, 1),          SPEC("rnn", 5, 8, 3, MTS_ACT_RELU, 0.3),
    SPEC("rnn", 4, 7, 2, MTS_ACT_TANH, 1),          SPEC("rnn", 4, 7, 2, MTS_ACT_TANH, 0.5),
    SPEC("rnn_noleak", 5, 8, 3, MTS_ACT_RELU, 1),   SPEC("rnn_noleak", 3, 9, 1, MTS_ACT_RELU, 0.4),
    SPEC("rnn_noleak", 5, 8, 3, MTS_ACT_TANH, 0.4), SPEC("lstm", 5, 8, 3, MTS_ACT_RELU, 1),
    SPEC("lstm", 1, 1, 1, MTS_ACT_RELU, 1),         SPEC("rnn", 1, 1, 1, MTS_ACT_RELU, 1),
    SPEC("rnn", 41, 65, 25, MTS_ACT_RELU, 1),       SPEC("lstm", 41, 33, 25, MTS_ACT_RELU, 1),
};
enum { N_SPECS = sizeof specs / sizeof *specs };

static const mts_real *tensor(const network *n, const char *name)
{
    for (size_t i = 0; i < n->layout.n; i++)
        if (strcmp(n->layout.tensor[i].name, name) == 0)
            return n->theta + n->layout.tensor[i].offset;
    ck_abort_msg("%s has no tensor %s", n->spec.arch, name);
    return NULL;
}

static double sigmoid(double s)
{
    return 1 / (1 + exp(-s));
}

/* sum[j] = a[j] + b[j] + x W + h U for one trial, all in double. */
static void sums(size_t I, size_t N, size_t G, const mts_real *x, const mts_real *w,
                 const double *h, const mts_real *u, const mts_real *a, const mts_real *b,
                 double *sum)
{
    for (size_t j = 0; j < G; j++) {
        sum[j] = (double)a[j] + (double)b[j];
        for (size_t i = 0; i < I; i++)
            sum[j] += (double)x[i] * (double)w[i * G + j];
        for (size_t i = 0; i < N; i++)
            sum[j] += h[i] * (double)u[i * G + j];
    }
}

/* States of the definition: h[T][B][N]. */
static mts_real *defined_states(const network *n)
{
    const size_t T = n->T, B = n->B, I = n->spec.I, N = n->spec.N;
    const bool lstm = strcmp(n->spec.arch, "lstm") == 0;
    const double keep = strcmp(n->spec.arch, "rnn") == 0 ? 1 - n->spec.alpha : 1;
    mts_real *out = reals(T * B * N);
    double sum[4 * 65], h[65], c[65];
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < N; j++)
            h[j] = c[j] = 0;
        for (size_t t = 0; t < T; t++) {
            const mts_real *x = n->x + (t * B + b) * I;
            if (lstm) {
                sums(I, N, 4 * N, x, tensor(n, "W_ih"), h, tensor(n, "W_hh"), tensor(n, "b_ih"),
                     tensor(n, "b_hh"), sum);
                for (size_t j = 0; j < N; j++) {
                    c[j] = sigmoid(sum[N + j]) * c[j] + sigmoid(sum[j]) * tanh(sum[2 * N + j]);
                    h[j] = sigmoid(sum[3 * N + j]) * tanh(c[j]);
                }
            } else {
                sums(I, N, N, x, tensor(n, "W_in"), h, tensor(n, "W_rec"), tensor(n, "b_in"),
                     tensor(n, "b_rec"), sum);
                for (size_t j = 0; j < N; j++) {
                    const double a = n->spec.act == MTS_ACT_TANH ? tanh(sum[j]) : fmax(sum[j], 0);
                    h[j] = keep * h[j] + n->spec.alpha * a;
                }
            }
            for (size_t j = 0; j < N; j++)
                out[(t * B + b) * N + j] = (mts_real)h[j];
        }
    }
    return out;
}

START_TEST(states_are_those_of_the_definition)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 6, 5, 11 + s);
            mts_real *h = defined_states(&n);
            network_loss(&n);
            ck_assert_double_le(distance(mts_net_hidden(n.net), h, 6 * 5 * specs[s].N), ROUNDING);
            mts_free(h);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(gradients_agree_with_finite_differences)
{
    const mts_kernels *k;
    static const size_t T[] = {1, 2, 5}, B[] = {3, 1, 2};
    if (!IS_DOUBLE)
        return;
    for (size_t s = 0; s < 10; s++)
        for (size_t i = 0; i < 3; i++)
            FOR_ALL_KERNELS(k)
            {
                network n = network_create(specs[s], k, T[i], B[i], 21 + s);
                check_gradients(&n);
                network_destroy(&n);
            }
}
END_TEST

START_TEST(gradients_are_added)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 4, 3, 5);
            const size_t P = n.layout.total;
            mts_real *twice = reals(P);
            network_gradient(&n);
            for (size_t i = 0; i < P; i++)
                twice[i] = 2 * n.dtheta[i];
            mts_net_gradient(n.net, n.dtheta);
            ck_assert_double_le(distance(n.dtheta, twice, P), ROUNDING);
            mts_free(twice);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(gradients_of_parameters_do_not_need_those_of_inputs)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 4, 3, 5);
            mts_real *without = reals(n.layout.total);
            network_gradient(&n);
            network_loss(&n);
            mts_net_backward(n.net, NULL);
            mts_net_gradient(n.net, without);
            ck_assert(same_bits(without, n.dtheta, n.layout.total));
            mts_free(without);
            network_destroy(&n);
        }
}
END_TEST

static size_t take_all_columns(size_t m, size_t n, const mts_real *x, size_t ldx, size_t *at)
{
    (void)m;
    (void)x;
    (void)ldx;
    for (size_t j = 0; j < n; j++)
        at[j] = j;
    return n;
}

/* Whether all are the same numbers; a NaN is one. */
static bool same_numbers(const mts_real *a, const mts_real *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

enum { ALL_FINITE, W_REC, W_OUT, INPUT, TARGET, STATES, SPOILT };

/* Makes two units of three silent, and something not finite. */
static void silence(network *n, int spoilt)
{
    const size_t N = n->spec.N, K = n->spec.K;
    mts_real *w_rec = n->theta + (tensor(n, "W_rec") - n->theta);
    mts_real *w_out = n->theta + (tensor(n, "W_out") - n->theta);
    mts_real *b_in = n->theta + (tensor(n, "b_in") - n->theta);
    for (size_t j = 0; j < N; j++)
        b_in[j] += j % 3 == 0 ? 5 : -50;
    if (spoilt == W_REC) /* which leaves unit 1 silent, and the loss finite */
        for (size_t i = 0; i < N; i += 3)
            w_rec[i * N + 1] = (mts_real)-HUGE_VAL;
    if (spoilt == W_OUT)
        w_out[K] = (mts_real)HUGE_VAL;
    if (spoilt == INPUT)
        n->x[0] = (mts_real)-HUGE_VAL;
    if (spoilt == TARGET)
        n->target[0] = (mts_real)HUGE_VAL;
    if (spoilt == STATES)
        w_rec[0] = (mts_real)3e38;
}

START_TEST(what_silent_units_are_left_out_of_is_what_they_would_give)
{
    static const mts_net_spec many[] = {
        SPEC("rnn", 5, 24, 3, MTS_ACT_RELU, 1), SPEC("rnn", 5, 23, 3, MTS_ACT_RELU, 0.3),
        SPEC("rnn_noleak", 33, 9, 7, MTS_ACT_RELU, 1), SPEC("rnn", 41, 65, 25, MTS_ACT_RELU, 1)};
    const mts_kernels *k;
    for (size_t s = 0; s < sizeof many / sizeof *many; s++)
        for (int spoilt = 0; spoilt < SPOILT; spoilt++)
            FOR_ALL_KERNELS(k)
            {
                mts_kernels dense = *k;
                network n = network_create(many[s], k, 4, 3, 5);
                network d = network_create(many[s], &dense, 4, 3, 5);
                const size_t I = n.spec.I;
                dense.alive = take_all_columns;
                silence(&n, spoilt);
                silence(&d, spoilt);
                network_gradient(&n);
                network_gradient(&d);
                if (promises_bits(k)) {
                    ck_assert(same_numbers(n.dtheta, d.dtheta, n.layout.total));
                    ck_assert(same_numbers(n.dx, d.dx, n.T * n.B * I));
                } else if (spoilt == ALL_FINITE) {
                    ck_assert_double_le(distance(n.dtheta, d.dtheta, n.layout.total), ROUNDING);
                }
                network_destroy(&n);
                network_destroy(&d);
            }
}
END_TEST

START_TEST(a_net_for_evaluation_gives_the_states_of_one_for_training)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 5, 4, 6);
            mts_net *other;
            network_loss(&n);
            ck_assert_int_eq(mts_net_create(&specs[s], k, 5, 4, false, &other), MTS_OK);
            mts_net_pack(other, n.theta);
            mts_net_forward(other, 5, 4, n.x);
            mts_net_loss(other, n.target, NULL, NULL, 0, NULL);
            ck_assert(same_bits(mts_net_hidden(other), mts_net_hidden(n.net), 20 * specs[s].N));
            ck_assert(same_bits(mts_net_logits(other), mts_net_logits(n.net), 20 * specs[s].K));
            mts_net_destroy(other);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(a_net_takes_fewer_steps_and_trials_than_it_was_made_for)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 3, 2, 6);
            mts_net *other;
            network_gradient(&n);
            ck_assert_int_eq(mts_net_create(&specs[s], k, 9, 7, true, &other), MTS_OK);
            mts_net_destroy(n.net);
            n.net = other;
            mts_real *theta = random_reals(n.layout.total, -1, 1, 8), *first = n.dtheta;
            mts_real *x = random_reals(9 * 7 * specs[s].I, -1, 1, 8);

            /* A full run first, which leaves its traces in the workspace. */
            mts_net_pack(other, theta);
            mts_net_forward(other, 9, 7, x);
            n.dtheta = reals(n.layout.total);
            network_gradient(&n);
            ck_assert(same_bits(n.dtheta, first, n.layout.total));
            mts_free(theta);
            mts_free(x);
            mts_free(first);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(readout_and_loss_are_those_of_the_definition)
{
    const mts_kernels *k;
    enum { T = 4, B = 3 };
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            const size_t N = specs[s].N, K = specs[s].K, n_z = T * B * K;
            network n = network_create(specs[s], k, T, B, 31);
            const mts_real *w, *bias, *h;
            mts_real *z = reals(n_z), *some = reals(2 * K);
            double loss = 0, plain = 0;
            size_t correct = 0, count;
            for (size_t i = 0; i < n_z; i++) /* targets as in trials */
                n.target[i] = (mts_real)(i < (T - 2) * B * K ? 0.5 : n.target[i] > 0.5);
            network_loss(&n);
            h = mts_net_hidden(n.net);
            w = tensor(&n, "W_out");
            bias = tensor(&n, "b_out");
            for (size_t r = 0; r < T * B; r++)
                for (size_t j = 0; j < K; j++) {
                    double sum = (double)bias[j], y = (double)n.target[r * K + j], nats;
                    for (size_t i = 0; i < N; i++)
                        sum += (double)h[r * N + i] * (double)w[i * K + j];
                    z[r * K + j] = (mts_real)sum;
                    nats = -y * log(sigmoid(sum)) - (1 - y) * log(sigmoid(-sum));
                    loss += (double)n.weight[r * K + j] * nats / (double)n_z;
                    plain += nats / (double)n_z;
                    correct += r >= (T - 2) * B && (sum > 0) == (y == 1);
                }
            ck_assert_double_eq_tol(mts_net_loss(n.net, n.target, n.weight, NULL, T - 2, &count),
                                    loss, ROUNDING);
            ck_assert_uint_eq(count, correct);
            ck_assert_double_eq_tol(mts_net_loss(n.net, n.target, NULL, NULL, T, &count), plain,
                                    ROUNDING);
            ck_assert_uint_eq(count, 0);
            ck_assert_double_le(distance(mts_net_logits(n.net), z, n_z), ROUNDING);

            mts_net_readout(n.net, 2, h + (T * B - 2) * N, some);
            ck_assert_double_le(distance(some, z + (T * B - 2) * K, 2 * K), ROUNDING);
            mts_free(z);
            mts_free(some);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(a_state_that_is_not_finite_makes_the_loss_not_finite)
{
    const mts_kernels *k;
    for (size_t s = 0; s < N_SPECS; s++)
        FOR_ALL_KERNELS(k)
        {
            network n = network_create(specs[s], k, 3, 2, 6);
            n.theta[0] = (mts_real)NAN;
            ck_assert(!isfinite(network_loss(&n)));
            network_destroy(&n);
        }
}
END_TEST

START_TEST(layouts_list_the_tensors_in_order)
{
    static const struct {
        const char *arch, *name[7];
        size_t rows[6], cols[6], fan_in[6];
    } want[] = {{"rnn",
                 {"W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"},
                 {5, 1, 8, 1, 8, 1},
                 {8, 8, 8, 8, 3, 3},
                 {5, 5, 8, 8, 8, 8}},
                {"rnn_noleak",
                 {"W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out"},
                 {5, 1, 8, 1, 8, 1},
                 {8, 8, 8, 8, 3, 3},
                 {5, 5, 8, 8, 8, 8}},
                {"lstm",
                 {"W_ih", "W_hh", "b_ih", "b_hh", "W_out", "b_out"},
                 {5, 8, 1, 1, 8, 1},
                 {32, 32, 32, 32, 3, 3},
                 {8, 8, 8, 8, 8, 8}}};
    for (size_t a = 0; a < 3; a++) {
        const mts_net_spec spec = SPEC(want[a].arch, 5, 8, 3, MTS_ACT_RELU, 1);
        mts_layout layout;
        size_t offset = 0;
        ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_OK);
        ck_assert_uint_eq(layout.n, 6);
        for (size_t i = 0; i < layout.n; i++) {
            ck_assert_str_eq(layout.tensor[i].name, want[a].name[i]);
            ck_assert_uint_eq(layout.tensor[i].rows, want[a].rows[i]);
            ck_assert_uint_eq(layout.tensor[i].cols, want[a].cols[i]);
            ck_assert_uint_eq(layout.tensor[i].offset, offset);
            ck_assert_double_eq(layout.tensor[i].scale, 1 / sqrt((double)want[a].fan_in[i]));
            offset += want[a].rows[i] * want[a].cols[i];
        }
        ck_assert_uint_eq(layout.total, offset);
    }
}
END_TEST

START_TEST(initial_values_are_uniform_within_the_bound_of_their_tensor)
{
    const mts_net_spec spec = SPEC("rnn", 41, 64, 24, MTS_ACT_RELU, 1);
    const mts_stream stream = {123, MTS_FOR_INIT};
    mts_layout layout;
    mts_real *theta, *u;
    ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_OK);
    theta = reals(layout.total);
    u = reals(layout.total);
    ck_assert_int_eq(mts_layout_init(&layout, stream, theta), MTS_OK);
    for (size_t i = 0; i < layout.n; i++) {
        const mts_tensor *t = &layout.tensor[i];
        const size_t n = t->rows * t->cols;
        double mean = 0, square = 0;
        mts_uniform(stream, i, n, u); /* tensor i is item i */
        for (size_t j = 0; j < n; j++) {
            const double v = (double)theta[t->offset + j] / t->scale;
            ck_assert_double_lt(fabs(v), 1);
            ck_assert_double_eq_tol(v, 2 * (double)u[j] - 1, 1e-6);
            mean += v / (double)n;
            square += v * v / (double)n;
        }
        if (n > 1000) { /* four standard errors */
            ck_assert_double_le(fabs(mean), 4 * sqrt(1 / 3.0 / (double)n));
            ck_assert_double_le(fabs(square - 1 / 3.0), 4 * sqrt(4 / 45.0 / (double)n));
        }
    }
    mts_free(theta);
    mts_free(u);
}
END_TEST

START_TEST(the_registry_has_the_choices_of_config_field_arch)
{
    const mts_field *field = mts_field_find("arch");
    size_t n = 0;
    for (; mts_arch_names[n]; n++) {
        char text[MTS_VALUE_TEXT];
        snprintf(text, sizeof text, "%s", mts_choice_name(field, (int64_t)n));
        ck_assert_str_eq(text, mts_arch_names[n]);
    }
    ck_assert_uint_eq(n, mts_choice_count(field));
}
END_TEST

START_TEST(unknown_architectures_and_activations_are_refused)
{
    mts_net_spec spec = SPEC("tree", 5, 8, 3, MTS_ACT_RELU, 1);
    mts_layout layout;
    mts_net *net;
    ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(mts_message(), "'tree'"));
    ck_assert_int_eq(mts_net_create(&spec, mts_kernels_at(0), 2, 2, true, &net), MTS_ERR_USAGE);
    ck_assert_ptr_null(net);
    ck_assert_double_eq(mts_net_flops(&spec, 7, true), 0);
    ck_assert_uint_eq(mts_net_memory(&spec, mts_kernels_at(0), 7, 2, true), 0);

    spec.arch = "rnn_noleak";
    spec.act = MTS_ACT_SQUARE;
    ck_assert_int_eq(mts_net_create(&spec, mts_kernels_at(0), 2, 2, true, &net), MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(), "units of architecture rnn_noleak are relu or tanh");
    ck_assert_ptr_null(net);
    mts_net_destroy(NULL);
}
END_TEST

START_TEST(operations_are_counted)
{
    const mts_net_spec rnn = SPEC("rnn", 41, 64, 24, MTS_ACT_RELU, 1);
    const mts_net_spec lstm = SPEC("lstm", 41, 64, 24, MTS_ACT_RELU, 1);
    const double in = 2 * 41 * 64, rec = 2 * 64 * 64, out = 2 * 64 * 24;
    const mts_net_work work = mts_net_flops_by_call(&lstm, 7);
    ck_assert_double_eq(mts_net_flops(&rnn, 7, false), in + rec + out);
    ck_assert_double_eq(mts_net_flops(&rnn, 7, true), 2 * in + 3 * rec + 3 * out);
    ck_assert_double_eq(mts_net_flops(&lstm, 7, true), 8 * in + 12 * rec + 3 * out);
    ck_assert_double_eq(work.forward, 4 * (in + rec));
    ck_assert_double_eq(work.loss, out);
    ck_assert_double_eq(work.backward, 4 * rec + out);
    ck_assert_double_eq(work.gradient, 4 * (in + rec) + out);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        states_are_those_of_the_definition,
        gradients_agree_with_finite_differences,
        gradients_are_added,
        gradients_of_parameters_do_not_need_those_of_inputs,
        what_silent_units_are_left_out_of_is_what_they_would_give,
        a_net_for_evaluation_gives_the_states_of_one_for_training,
        a_net_takes_fewer_steps_and_trials_than_it_was_made_for,
        readout_and_loss_are_those_of_the_definition,
        a_state_that_is_not_finite_makes_the_loss_not_finite,
        layouts_list_the_tensors_in_order,
        initial_values_are_uniform_within_the_bound_of_their_tensor,
        the_registry_has_the_choices_of_config_field_arch,
        unknown_architectures_and_activations_are_refused,
        operations_are_counted,
    };
    return run_suite("nn", 60, tests, sizeof tests / sizeof *tests);
}
