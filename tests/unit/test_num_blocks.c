/* The kernels of transformer blocks and of the tanh loss: every table against the naive one over odd
 * shapes, our own against each other to the bit, and the naive one against formulas in double. */
#include <check.h>
#include <float.h>

#include "guarded.h"
#include "mtsweep/num.h"
#include "network.h"
#include "suite.h"

static const double epsilon = sizeof(mts_real) == 4 ? FLT_EPSILON : DBL_EPSILON;
static const size_t columns[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 40, 64, 65, 129};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const mts_kernels *naive(void)
{
    const mts_kernels *k;
    ck_assert_int_eq(mts_kernels_find("naive", &k), MTS_OK);
    return k;
}

/* The kernels that give the same bits, or NULL past the last; the double build has none. */
static const mts_kernels *own(size_t i)
{
    static const char *const names[] = {"generic", "x86-64-v3", "x86-64-v4"};
    const mts_kernels *k;
    for (size_t n = 0; n < COUNT(names); n++)
        if (mts_kernels_find(names[n], &k) == MTS_OK && i-- == 0)
            return k;
    return NULL;
}

/* ---- every kernel as a case that leaves arrays ---- */

enum { MOST = 5 };
typedef struct outputs {
    size_t n;
    guarded a[MOST];
} outputs;

static guarded *add(outputs *out, guarded g)
{
    out->a[out->n] = g;
    return &out->a[out->n++];
}

static void drop(outputs *out)
{
    for (size_t i = 0; i < out->n; i++)
        guarded_destroy(&out->a[i]);
}

/* Shape number `shape` of a case on kernels k. */
typedef struct kernel_case {
    const char *name;
    size_t n_shapes;
    outputs (*run)(const mts_kernels *k, size_t shape);
    double roundings; /* that may lie between two tables */
} kernel_case;

static outputs run_layer_norm(const mts_kernels *k, size_t shape)
{
    const size_t n = columns[shape / 2], m = 1 + (shape * 3) % 7;
    const bool kept = shape % 2 == 0;
    outputs out = {0};
    guarded x = guarded_random(m, n, n, 1, 3), w = guarded_random(1, n, n, 2, 1);
    guarded b = guarded_random(1, n, n, 3, 1), *y = add(&out, guarded_create(m, n, n));
    guarded *unit = kept ? add(&out, guarded_create(m, n, n)) : NULL;
    guarded *rstd = kept ? add(&out, guarded_create(1, m, m)) : NULL;
    k->layer_norm(&(mts_layer_norm){m, n, (mts_real)1e-2, x.at, w.at, b.at, y->at,
                                    kept ? unit->at : NULL, kept ? rstd->at : NULL});
    guarded_destroy(&x);
    guarded_destroy(&w);
    guarded_destroy(&b);
    return out;
}

static outputs run_layer_norm_back(const mts_kernels *k, size_t shape)
{
    const size_t n = columns[shape], m = 1 + (shape * 5) % 11;
    outputs out = {0};
    guarded w = guarded_random(1, n, n, 1, 1), unit = guarded_random(m, n, n, 2, 2);
    guarded rstd = guarded_random(1, m, m, 3, 2), dy = guarded_random(m, n, n, 4, 1);
    guarded *dx = add(&out, guarded_random(m, n, n, 5, 1));
    guarded *dw = add(&out, guarded_random(1, n, n, 6, 1));
    guarded *db = add(&out, guarded_random(1, n, n, 7, 1));
    k->layer_norm_back(
        &(mts_layer_norm_back){m, n, w.at, unit.at, rstd.at, dy.at, dx->at, dw->at, db->at});
    guarded_destroy(&w);
    guarded_destroy(&unit);
    guarded_destroy(&rstd);
    guarded_destroy(&dy);
    return out;
}

static outputs run_gelu(const mts_kernels *k, size_t shape)
{
    const size_t n = columns[shape];
    outputs out = {0};
    guarded *s = add(&out, guarded_random(1, n, n, 1, 6)), *y = add(&out, guarded_create(1, n, n));
    k->gelu(n, s->at, y->at);
    return out;
}

static outputs run_scaled_add(const mts_kernels *k, size_t shape)
{
    const size_t n = columns[shape / 4];
    outputs out = {0};
    guarded base = guarded_random(1, n, n, 1, 1), factor = guarded_random(1, n, n, 2, 1);
    guarded x = guarded_random(1, n, n, 3, 1), *y = add(&out, guarded_create(1, n, n));
    k->scaled_add(n, shape & 1 ? base.at : NULL, shape & 2 ? factor.at : NULL, x.at, y->at);
    guarded_destroy(&base);
    guarded_destroy(&factor);
    guarded_destroy(&x);
    return out;
}

static outputs run_dropout(const mts_kernels *k, size_t shape)
{
    static const double rates[] = {0, 0.1, 0.5, 0.99};
    const size_t n = columns[shape], T = 1 + shape % 4, B = 1 + (shape * 3) % 5;
    const mts_dropout dropout = {{0x123456789abcdef0u, MTS_FOR_DROPOUT | 3 << 8},
                                 shape % 2 ? 0xfffffffeu : 7,
                                 rates[shape % COUNT(rates)]};
    outputs out = {0};
    guarded *factor = add(&out, guarded_create(T * B, n, n));
    k->dropout(&dropout, T, B, n, factor->at);
    return out;
}

/* Heads of many sizes, batches around the number of lanes, with and without dropout and kept weights,
 * and queries from a later step on. */
static const struct shape {
    size_t T, B, heads, size, from;
    double rate; /* negative: no dropout, and the weights are not kept */
} shapes[] = {{1, 1, 1, 1, 0, 0},     {2, 3, 2, 8, 0, 0.5},   {5, 16, 1, 8, 0, 0.2},
              {7, 17, 3, 4, 0, 0.1},  {22, 13, 2, 8, 0, 0.1}, {6, 33, 1, 11, 0, 0},
              {9, 5, 2, 19, 0, 0.3},  {4, 7, 2, 8, 3, -1},    {5, 20, 3, 5, 2, -1},
              {11, 4, 1, 16, 10, -1}, {3, 8, 4, 1, 0, 0.4},   {13, 9, 5, 3, 0, 0.25}};

static mts_attention attention_of(const struct shape *s, mts_dropout *dropout)
{
    *dropout = (mts_dropout){{11, MTS_FOR_DROPOUT}, 1234567, s->rate};
    return (mts_attention){s->T, s->B, s->heads, s->size, s->from, s->rate > 0 ? dropout : NULL};
}

static outputs run_attention(const mts_kernels *k, size_t shape)
{
    const struct shape *s = &shapes[shape];
    const size_t N = s->heads * s->size, pairs = s->T * (s->T + 1) / 2;
    const size_t n_scratch = k->attention_scratch(s->T, s->size);
    mts_dropout dropout;
    const mts_attention a = attention_of(s, &dropout);
    outputs out = {0};
    guarded qkv = guarded_random(s->T * s->B, 3 * N, 3 * N, 1, 1.5);
    guarded scratch = guarded_create(1, n_scratch, n_scratch);
    guarded *context = add(&out, guarded_create((s->T - s->from) * s->B, N, N));
    guarded *p = s->rate < 0 ? NULL : add(&out, guarded_create(s->heads * pairs, s->B, s->B));
    k->attention(&a, qkv.at, p ? p->at : NULL, context->at, scratch.at);
    if (p) {
        guarded dcontext = guarded_random(s->T * s->B, N, N, 2, 1);
        guarded *dqkv = add(&out, guarded_create(s->T * s->B, 3 * N, 3 * N));
        guarded *in_place = add(&out, guarded_copy(&qkv));
        guarded copy = guarded_copy(p);
        k->attention_back(&a, qkv.at, copy.at, dcontext.at, dqkv->at, scratch.at);
        guarded_destroy(&copy);
        copy = guarded_copy(p);
        k->attention_back(&a, in_place->at, copy.at, dcontext.at, in_place->at, scratch.at);
        ck_assert(guarded_same_bits(dqkv, in_place));
        guarded_destroy(&copy);
        guarded_destroy(&dcontext);
    }
    ck_assert(guarded_intact(&scratch));
    guarded_destroy(&qkv);
    guarded_destroy(&scratch);
    return out;
}

static outputs run_tanh_squared_error(const mts_kernels *k, size_t shape)
{
    const size_t n = columns[shape / 2];
    outputs out = {0};
    guarded z = guarded_random(1, n, n, 1, 4), y = guarded_random(1, n, n, 2, 1);
    guarded w = guarded_random(1, n, n, 3, 1), *dz = add(&out, guarded_create(1, n, n));
    guarded *sum = add(&out, guarded_create(1, 1, 1));
    const double loss = k->tanh_squared_error(
        &(mts_squared_error){n, (mts_real)1.5, 2, (mts_real)-0.9, z.at, y.at,
                             shape % 2 ? w.at : NULL, (mts_real)0.25, dz->at});
    sum->at[0] = (mts_real)(loss / (double)n);
    guarded_destroy(&z);
    guarded_destroy(&y);
    guarded_destroy(&w);
    return out;
}

static const kernel_case cases[] = {
    {"layer_norm", 2 * COUNT(columns), run_layer_norm, 64},
    {"layer_norm_back", COUNT(columns), run_layer_norm_back, 64},
    {"gelu", COUNT(columns), run_gelu, 16},
    {"scaled_add", 4 * COUNT(columns), run_scaled_add, 2},
    {"dropout", COUNT(columns), run_dropout, 2},
    {"attention", COUNT(shapes), run_attention, 64},
    {"tanh_squared_error", 2 * COUNT(columns), run_tanh_squared_error, 16},
};

START_TEST(kernels_agree_with_the_naive_ones)
{
    const kernel_case *c = &cases[_i];
    const mts_kernels *k;
    for (size_t shape = 0; shape < c->n_shapes; shape++)
        FOR_ALL_KERNELS(k)
        {
            outputs got = c->run(k, shape), want = c->run(naive(), shape);
            for (size_t i = 0; i < got.n; i++) {
                const double worst = guarded_distance(&got.a[i], &want.a[i]);
                ck_assert_msg(worst <= c->roundings * epsilon, "%s, %s, shape %zu, array %zu: %g",
                              k->name, c->name, shape, i, worst);
                ck_assert(guarded_intact(&got.a[i]));
            }
            drop(&got);
            drop(&want);
        }
}
END_TEST

START_TEST(our_own_kernels_give_the_same_bits)
{
    const kernel_case *c = &cases[_i];
    for (size_t shape = 0; own(0) && shape < c->n_shapes; shape++)
        for (size_t o = 1; own(o); o++) {
            outputs a = c->run(own(0), shape), b = c->run(own(o), shape);
            for (size_t i = 0; i < a.n; i++)
                ck_assert_msg(guarded_same_bits(&a.a[i], &b.a[i]), "%s, %s, shape %zu, array %zu",
                              own(o)->name, c->name, shape, i);
            drop(&a);
            drop(&b);
        }
}
END_TEST

/* ---- the naive ones against formulas ---- */

START_TEST(rows_are_brought_to_mean_0_and_variance_1_and_back)
{
    enum { M = 3, N = 37 };
    const mts_kernels *k = naive();
    mts_real *x = random_reals(M * N, -3, 1, 1), *w = random_reals(N, -1, 1, 2);
    mts_real *b = random_reals(N, -1, 1, 3), *y = reals(M * N), *unit = reals(M * N), rstd[M];
    k->layer_norm(&(mts_layer_norm){M, N, (mts_real)1e-5, x, w, b, y, unit, rstd});
    for (size_t i = 0; i < M; i++) {
        double mean = 0, square = 0, variance = 0;
        for (size_t j = 0; j < N; j++)
            mean += (double)x[i * N + j] / N;
        for (size_t j = 0; j < N; j++)
            variance += pow((double)x[i * N + j] - mean, 2) / N;
        ck_assert_double_eq_tol((double)rstd[i], 1 / sqrt(variance + 1e-5), 64 * epsilon);
        for (size_t j = 0; j < N; j++) {
            const double u = ((double)x[i * N + j] - mean) / sqrt(variance + 1e-5);
            square += u * u / N;
            ck_assert_double_eq_tol((double)unit[i * N + j], u, 64 * epsilon);
            ck_assert_double_eq_tol((double)y[i * N + j], u * (double)w[j] + (double)b[j],
                                    64 * epsilon);
        }
        ck_assert_double_eq_tol(square, 1, 1e-4);
    }
    mts_free(x);
    mts_free(w);
    mts_free(b);
    mts_free(y);
    mts_free(unit);
}
END_TEST

/* Values of GPT-2's gelu, s / 2 (1 + tanh(sqrt(2 / pi) (s + .044715 s^3))), by hand: at 1 the argument
 * is .833607..., its tanh .682384. */
START_TEST(gelu_and_its_slope_are_those_of_the_formula)
{
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_real one = 1, y;
        k->gelu(1, &one, &y);
        ck_assert_double_eq_tol((double)y, 0.841192, 1e-6);
        for (double s = -12; s <= 12; s += 0.0625) {
            const double root = sqrt(2 / M_PI), t = tanh(root * (s + 0.044715 * s * s * s));
            const double slope =
                (1 + t) / 2 + s / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * s * s);
            mts_real v = (mts_real)s;
            k->gelu(1, &v, &y);
            ck_assert_double_eq_tol((double)y, s / 2 * (1 + t), 4 * epsilon * (1 + fabs(s)));
            ck_assert_double_eq_tol((double)v, slope, 8 * epsilon * (1 + fabs(s)));
        }
        one = (mts_real)NAN;
        k->gelu(1, &one, &y);
        ck_assert(isnan(y) && isnan(one));
    }
}
END_TEST

START_TEST(dropout_drops_at_its_rate_and_keeps_the_mean)
{
    enum { T = 10, B = 20, N = 100 };
    static const double rates[] = {0.1, 0.37, 0.9};
    const mts_kernels *k;
    for (size_t r = 0; r < COUNT(rates); r++)
        FOR_ALL_KERNELS(k)
        {
            const mts_dropout dropout = {{5, MTS_FOR_DROPOUT}, 0, rates[r]};
            const double n = T * B * N, sd = sqrt(rates[r] * (1 - rates[r]) / n);
            mts_real *factor = reals(T * B * N);
            double dropped = 0;
            k->dropout(&dropout, T, B, N, factor);
            for (size_t i = 0; i < T * B * N; i++) {
                dropped += factor[i] == 0;
                if (factor[i] != 0) /* the rate is a multiple of 2^-16 */
                    ck_assert_double_eq_tol((double)factor[i], 1 / (1 - rates[r]),
                                            1e-5 / pow(1 - rates[r], 2));
            }
            ck_assert_double_le(fabs(dropped / n - rates[r]), 4 * sd);
            mts_free(factor);
        }
}
END_TEST

/* Neighbours in time, trial and unit, and another purpose, are dropped independently. */
START_TEST(dropout_has_no_pattern)
{
    enum { T = 16, B = 16, N = 64, ALL = T * B * N };
    const mts_dropout a = {{5, MTS_FOR_DROPOUT}, 0, 0.5}, b = {{5, MTS_FOR_DROPOUT | 256}, 0, 0.5};
    static const size_t lags[] = {1, 16, 32, N, B * N, 0};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_real *x = reals(ALL), *y = reals(ALL);
        k->dropout(&a, T, B, N, x);
        k->dropout(&b, T, B, N, y);
        for (size_t l = 0; l < COUNT(lags); l++) {
            const mts_real *other = lags[l] == 0 ? y : x;
            const size_t n = ALL - lags[l];
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += ((double)x[i] - 1) * ((double)other[i + lags[l]] - 1);
            ck_assert_double_le(fabs(sum / (double)n), 4 / sqrt((double)n));
        }
        mts_free(x);
        mts_free(y);
    }
}
END_TEST

START_TEST(dropout_of_a_batch_is_that_of_its_trials)
{
    enum { T = 5, B = 37, N = 21 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_dropout dropout = {{5, MTS_FOR_DROPOUT}, 0xfffffff0u, 0.3};
        mts_real *all = reals(T * B * N), *one = reals(T * N);
        k->dropout(&dropout, T, B, N, all);
        for (size_t b = 0; b < B; b++, dropout.first++) {
            k->dropout(&dropout, T, 1, N, one);
            for (size_t t = 0; t < T; t++)
                ck_assert(same_bits(one + t * N, all + (t * B + b) * N, N));
        }
        mts_free(all);
        mts_free(one);
    }
}
END_TEST

/* One trial, one head of one unit, q = k = 0: the weights are equal, and the context is the mean of
 * the values so far. With scores of ln 2 apart the weights are 1/3 and 2/3. */
START_TEST(attention_is_a_softmax_over_the_past)
{
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        const mts_attention a = {3, 1, 1, 1, 0, NULL};
        mts_real qkv[9] = {0, 0, 3, 0, 0, 6, 0, 0, -3}, context[3], p[6];
        mts_real *scratch = reals(k->attention_scratch(3, 1));
        k->attention(&a, qkv, p, context, scratch);
        ck_assert_double_eq_tol((double)context[0], 3, 4 * epsilon);
        ck_assert_double_eq_tol((double)context[1], 4.5, 8 * epsilon);
        ck_assert_double_eq_tol((double)context[2], 2, 8 * epsilon);
        qkv[3] = 1;
        qkv[4] = (mts_real)log(2);
        k->attention(&a, qkv, p, context, scratch);
        ck_assert_double_eq_tol((double)p[1], 1 / 3.0, 4 * epsilon);
        ck_assert_double_eq_tol((double)p[2], 2 / 3.0, 4 * epsilon);
        ck_assert_double_eq_tol((double)context[1], 5, 8 * epsilon);
        mts_free(scratch);
    }
}
END_TEST

START_TEST(attention_drops_weights_at_their_rate)
{
    enum { T = 30, B = 19, HEADS = 3, SIZE = 2, N = HEADS * SIZE, PAIRS = T * (T + 1) / 2 };
    const mts_dropout dropout = {{5, MTS_FOR_DROPOUT}, 3, 0.25};
    const mts_attention a = {T, B, HEADS, SIZE, 0, &dropout};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_real *qkv = random_reals(T * B * 3 * N, -1, 1, 1), *p = reals(HEADS * PAIRS * B);
        mts_real *context = reals(T * B * N), *scratch = reals(k->attention_scratch(T, SIZE));
        const double n = HEADS * PAIRS * B;
        double dropped = 0;
        k->attention(&a, qkv, p, context, scratch);
        for (size_t i = 0; i < HEADS * PAIRS * B; i++)
            dropped += p[i] < 0;
        ck_assert_double_le(fabs(dropped / n - 0.25), 4 * sqrt(0.25 * 0.75 / n));
        /* The context of the first step: all of v, or nothing. */
        for (size_t b = 0; b < B; b++) {
            const double v = (double)qkv[b * 3 * N + 2 * N];
            ck_assert_double_eq_tol((double)context[b * N], p[b] < 0 ? 0 : v / 0.75, 4 * epsilon);
        }
        mts_free(qkv);
        mts_free(p);
        mts_free(context);
        mts_free(scratch);
    }
}
END_TEST

START_TEST(a_nan_in_attention_is_seen)
{
    enum { T = 4, B = 3, N = 8 };
    const mts_attention a = {T, B, 1, N, 0, NULL};
    const mts_kernels *k;
    for (size_t part = 0; part < 3; part++)
        FOR_ALL_KERNELS(k)
        {
            mts_real *qkv = random_reals(T * B * 3 * N, -1, 1, 1), *context = reals(T * B * N);
            mts_real *scratch = reals(k->attention_scratch(T, N));
            qkv[(2 * B + 1) * 3 * N + part * N] = (mts_real)NAN; /* step 2 of trial 1 */
            k->attention(&a, qkv, NULL, context, scratch);
            ck_assert(isnan(context[(2 * B + 1) * N]));
            ck_assert(isfinite(context[(1 * B + 1) * N]) && isfinite(context[(3 * B + 2) * N]));
            mts_free(qkv);
            mts_free(context);
            mts_free(scratch);
        }
}
END_TEST

START_TEST(tanh_squared_error_is_that_of_the_formula)
{
    const mts_kernels *k;
    const mts_real z[3] = {0, (mts_real)0.5, -40}, y[3] = {1, (mts_real)0.5, 0};
    const mts_real weight[3] = {1, 2, 3};
    FOR_ALL_KERNELS(k)
    {
        const double t = tanh(0.5), e[3] = {0 - 1, t - 0, -1 + 1};
        mts_real dz[3];
        ck_assert_double_eq_tol(
            k->tanh_squared_error(&(mts_squared_error){3, 1, 2, -1, z, y, weight, 1, dz}),
            1 + 2 * t * t, 8 * epsilon);
        ck_assert_double_eq_tol((double)dz[0], 2 * e[0], 8 * epsilon);
        ck_assert_double_eq_tol((double)dz[1], 2 * 2 * e[1] * (1 - t * t), 8 * epsilon);
        ck_assert_double_eq((double)dz[2], 0);
        for (size_t at = 0; at < 19; at++)
            for (int i = 0; i < 3; i++) {
                const double bad[3] = {NAN, INFINITY, -INFINITY};
                mts_real many[19] = {0}, target[19] = {0}, slope[19];
                many[at] = (mts_real)bad[i];
                ck_assert(!isfinite(k->tanh_squared_error(
                    &(mts_squared_error){19, 5, 1, 0, many, target, NULL, 1, slope})));
            }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rows_are_brought_to_mean_0_and_variance_1_and_back,
        gelu_and_its_slope_are_those_of_the_formula,
        dropout_drops_at_its_rate_and_keeps_the_mean,
        dropout_has_no_pattern,
        dropout_of_a_batch_is_that_of_its_trials,
        attention_is_a_softmax_over_the_past,
        attention_drops_weights_at_their_rate,
        a_nan_in_attention_is_seen,
        tanh_squared_error_is_that_of_the_formula,
    };
    const suite_loop loops[] = {
        {kernels_agree_with_the_naive_ones, COUNT(cases)},
        {our_own_kernels_give_the_same_bits, COUNT(cases)},
    };
    return run_suite_with_loops("num_blocks", 120, tests, COUNT(tests), loops, COUNT(loops));
}
