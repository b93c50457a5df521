/* Every function of every table of kernels against the naive one, in float and in double, over odd
 * shapes and leading dimensions; the registry. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guarded.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

static const size_t rows[] = {0, 1, 2, 3, 5, 7, 9, 16, 17, 33};
static const size_t columns[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 40, 50, 64, 65, 100, 129};
static const size_t depths[] = {0, 1, 2, 3, 8, 17, 41, 64};
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const double epsilon = sizeof(mts_real) == 4 ? FLT_EPSILON : DBL_EPSILON;
static const mts_kernels *naive;

static void setup(void)
{
    mts_blas_single_thread();
    ck_assert_int_eq(mts_kernels_find("naive", &naive), MTS_OK);
}

/* One term of a sum with everything it needs. */
typedef struct term_case {
    guarded x, w, packed;
    mts_term term;
} term_case;

static term_case term_create(const mts_kernels *kernels, size_t m, size_t k, size_t n, bool turned,
                             uint64_t seed)
{
    term_case c;
    c.x = guarded_random(m, k, k + 3, seed, 1);
    c.packed = guarded_create(1, kernels->packed_size(k, n), kernels->packed_size(k, n));
    c.w = guarded_random(k, n, n + 1, seed + 1, 1);
    if (turned) { /* the transpose of the same numbers */
        guarded t = guarded_create(n, k, k + 2);
        for (size_t p = 0; p < k; p++)
            for (size_t j = 0; j < n; j++)
                t.at[j * t.ld + p] = c.w.at[p * c.w.ld + j];
        kernels->pack_transposed(k, n, t.at, t.ld, c.packed.at);
        guarded_destroy(&t);
    } else {
        kernels->pack(k, n, c.w.at, c.w.ld, c.packed.at);
    }
    ck_assert(guarded_intact(&c.packed));
    c.term = (mts_term){.k = k, .x = c.x.at, .ldx = c.x.ld, .packed = c.packed.at};
    return c;
}

static void term_destroy(term_case *c)
{
    guarded_destroy(&c->x);
    guarded_destroy(&c->w);
    guarded_destroy(&c->packed);
}

/* Case number c decides what the shapes leave open. */
static guarded affine_result(const mts_kernels *kernels, size_t m, size_t n, size_t k, unsigned c,
                             bool back)
{
    size_t k2 = depths[(c / 3) % COUNT(depths)], n_terms = c % 3;
    term_case a = term_create(kernels, m, k, n, c % 2 == 1, 10);
    term_case b = term_create(kernels, m, k2, n, c % 5 == 1, 20);
    guarded y = guarded_random(m, n, n + c % 4, 30, 1), full = guarded_random(m, n, n + 5, 31, 1);
    guarded bias = guarded_random(1, n, n, 32, 1), out = guarded_random(m, n, n + 2, 33, 1);
    const mts_real *init[] = {NULL, bias.at, full.at, y.at};
    const size_t ld_init[] = {0, 0, full.ld, y.ld};
    unsigned from = (c / 7) % 4;
    mts_affine sum = {.m = m,
                      .n = n,
                      .term = {a.term, b.term},
                      .init = init[from],
                      .ld_init = ld_init[from],
                      .y = y.at,
                      .ldy = y.ld,
                      .gain = (mts_real)0.7,
                      .lda = out.ld};
    for (size_t t = n_terms; t < 2; t++)
        sum.term[t] = (mts_term){0};
    if (back) {
        static const mts_act acts[] = {MTS_ACT_NONE, MTS_ACT_RELU, MTS_ACT_TANH};
        sum.act = acts[(c / 2) % 3];
        sum.a = sum.act == MTS_ACT_NONE ? NULL : out.at;
        kernels->affine_back(&sum);
    } else {
        static const mts_act acts[] = {MTS_ACT_NONE, MTS_ACT_RELU, MTS_ACT_SQUARE, MTS_ACT_TANH};
        sum.act = acts[(c / 2) % 4];
        kernels->affine(&sum);
    }
    ck_assert(guarded_intact(&y));
    term_destroy(&a);
    term_destroy(&b);
    guarded_destroy(&full);
    guarded_destroy(&bias);
    guarded_destroy(&out);
    return y;
}

static void compare_affine(const mts_kernels *kernels, size_t m, size_t n, size_t k, unsigned c,
                           bool back)
{
    guarded got = affine_result(kernels, m, n, k, c, back);
    guarded want = affine_result(naive, m, n, k, c, back);
    double worst = guarded_distance(&got, &want);
    ck_assert_msg(worst < 16 * epsilon * (sqrt((double)k + 64) + 1),
                  "%s: m %zu n %zu k %zu case %u back %d: off by %g", kernels->name, m, n, k, c,
                  back, worst);
    guarded_destroy(&got);
    guarded_destroy(&want);
}

START_TEST(affine_and_its_way_back_agree_with_naive)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    unsigned c = 0;
    for (size_t im = 0; im < COUNT(rows); im++)
        for (size_t in = 0; in < COUNT(columns); in++)
            for (size_t ik = 0; ik < COUNT(depths); ik++, c++)
                compare_affine(kernels, rows[im], columns[in], depths[ik], c, c % 2 == 0);
    compare_affine(kernels, 320, 100, 100, 1, false);
    compare_affine(kernels, 37, 1000, 97, 4, false);
    compare_affine(kernels, 19, 256, 300, 5, true);
}
END_TEST

START_TEST(packing_a_transpose_equals_transposing_and_packing)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t in = 0; in < COUNT(columns); in++)
        for (size_t ik = 0; ik < COUNT(depths); ik++) {
            term_case a = term_create(kernels, 1, depths[ik], columns[in], false, 1);
            term_case b = term_create(kernels, 1, depths[ik], columns[in], true, 1);
            ck_assert_msg(guarded_same_bits(&a.packed, &b.packed), "%s: k %zu n %zu", kernels->name,
                          depths[ik], columns[in]);
            term_destroy(&a);
            term_destroy(&b);
        }
}
END_TEST

START_TEST(activations_keep_a_nan_and_clip_what_they_should)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    const mts_real init[5] = {(mts_real)NAN, (mts_real)INFINITY, (mts_real)-INFINITY, -2, 3};
    static const mts_act acts[] = {MTS_ACT_NONE, MTS_ACT_RELU, MTS_ACT_SQUARE, MTS_ACT_TANH};
    static const double want[4][4] = {
        {INFINITY, -INFINITY, -2, 3}, {INFINITY, 0, 0, 3}, {INFINITY, INFINITY, 4, 9}, {1, -1}};
    for (size_t a = 0; a < 4; a++) {
        mts_real y[5];
        kernels->affine(
            &(mts_affine){.m = 1, .n = 5, .init = init, .act = acts[a], .y = y, .ldy = 5});
        ck_assert_msg(isnan(y[0]), "%s: activation %zu loses a NaN", kernels->name, a);
        for (size_t j = 0; j < (acts[a] == MTS_ACT_TANH ? 2 : 4); j++)
            ck_assert_double_eq((double)y[j + 1], want[a][j]);
    }
}
END_TEST

START_TEST(weight_and_bias_gradients_agree_with_naive)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    static const size_t batches[] = {0, 1, 2, 7, 95, 96, 97, 200};
    for (size_t im = 0; im < COUNT(batches); im++)
        for (size_t in = 0; in < COUNT(columns); in++)
            for (size_t ik = 0; ik < COUNT(depths); ik++) {
                size_t m = batches[im], n = columns[in], k = depths[ik];
                guarded x = guarded_random(m, k, k + 1, 1, 1);
                guarded dy = guarded_random(m, n, n + 3, 2, 1);
                guarded got = guarded_random(k, n, n + 2, 3, 1), want = guarded_copy(&got);
                guarded db = guarded_random(1, n, n, 4, 1), want_db = guarded_copy(&db);
                mts_outer sum = {m, k, n, x.at, x.ld, dy.at, dy.ld, got.at, got.ld};
                kernels->outer(&sum);
                sum.dw = want.at;
                naive->outer(&sum);
                kernels->column_sum(m, n, dy.at, dy.ld, db.at);
                naive->column_sum(m, n, dy.at, dy.ld, want_db.at);
                double worst = fmax(guarded_distance(&got, &want), guarded_distance(&db, &want_db));
                ck_assert_msg(worst < 32 * epsilon * (sqrt((double)m) + 1),
                              "%s: m %zu k %zu n %zu: off by %g", kernels->name, m, k, n, worst);
                ck_assert(guarded_intact(&got) && guarded_intact(&db));
                guarded_destroy(&x);
                guarded_destroy(&dy);
                guarded_destroy(&got);
                guarded_destroy(&want);
                guarded_destroy(&db);
                guarded_destroy(&want_db);
            }
}
END_TEST

START_TEST(columns_that_are_not_zero_are_found_and_gathered)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t im = 0; im < COUNT(rows); im++)
        for (size_t in = 0; in < COUNT(columns); in++) {
            const size_t m = rows[im], n = columns[in];
            guarded x = guarded_random(m, n, n + im % 3, 40, 1);
            size_t *wanted = mts_alloc(n, sizeof *wanted), *at = mts_alloc(n, sizeof *at), some = 0;
            for (size_t j = 0; j < n; j++) {
                const bool zero = (j * j + in) % 3 != 0;
                for (size_t i = 0; zero && i < m; i++)
                    x.at[i * x.ld + j] = i % 2 == 0 ? 0 : (mts_real)-0.0;
                if (!zero)
                    wanted[some++] = j;
            }
            if (some > 0) /* one element is enough */
                for (size_t i = 0; i < m; i++)
                    x.at[i * x.ld + wanted[some - 1]] = i + 1 < m ? 0 : (mts_real)NAN;
            ck_assert_uint_eq(kernels->alive(m, n, x.at, x.ld, at), m == 0 ? 0 : some);
            ck_assert(m == 0 || memcmp(at, wanted, some * sizeof *at) == 0);
            guarded y = guarded_random(m, some, some + in % 4, 41, 1);
            kernels->gather(m, some, wanted, x.at, x.ld, y.at, y.ld);
            ck_assert(guarded_intact(&y));
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < some; j++)
                    ck_assert(memcmp(y.at + i * y.ld + j, x.at + i * x.ld + wanted[j],
                                     sizeof *y.at) == 0);
            guarded_destroy(&x);
            guarded_destroy(&y);
            mts_free(wanted);
            mts_free(at);
        }
}
END_TEST

START_TEST(one_number_that_is_not_finite_is_found)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    static const double bad[] = {NAN, HUGE_VAL, -HUGE_VAL};
    enum { MOST = 150 };
    mts_real x[MOST];
    for (size_t i = 0; i < MOST; i++)
        x[i] = (mts_real)(i % 2 == 0 ? 3e38 : -3e38);
    for (size_t n = 0; n < MOST; n++) {
        ck_assert(kernels->finite(n, x));
        for (size_t i = 0; i <= n; i++) {
            const mts_real kept = x[i];
            x[i] = (mts_real)bad[(i + n) % 3];
            ck_assert(kernels->finite(n, x) == (i == n));
            x[i] = kept;
        }
    }
}
END_TEST

START_TEST(blending_agrees_with_naive_also_in_place)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t in = 0; in < COUNT(columns); in++)
        for (unsigned from = 0; from < 3; from++) {
            size_t n = columns[in];
            guarded a = guarded_random(1, n, n, 1, 1), r = guarded_random(1, n, n, 2, 1);
            guarded prev = guarded_random(1, n, n, 3, 1), want = guarded_copy(&r);
            const mts_real *source[] = {NULL, prev.at, r.at};
            naive->blend(n, (mts_real)0.3, from == 2 ? want.at : source[from], (mts_real)0.7, a.at,
                         want.at);
            kernels->blend(n, (mts_real)0.3, source[from], (mts_real)0.7, a.at, r.at);
            ck_assert(guarded_distance(&r, &want) < 2 * epsilon && guarded_intact(&r));
            guarded_destroy(&a);
            guarded_destroy(&r);
            guarded_destroy(&prev);
            guarded_destroy(&want);
        }
}
END_TEST

/* One pass through the cell and back: gates, c, tc, h, dc, dgates. */
static void run_cell(const mts_kernels *kernels, size_t m, size_t n, bool first, guarded g[6])
{
    guarded c_prev = guarded_random(m, n, n, 2, 2), dh = guarded_random(m, n, n, 3, 1);
    g[0] = guarded_random(m, 4 * n, 4 * n, 1, 6);
    for (size_t i = 1; i < 5; i++)
        g[i] = guarded_random(m, n, n, 3 + i, 1);
    g[5] = guarded_create(m, 4 * n, 4 * n);
    const mts_real *before = first ? NULL : c_prev.at;
    kernels->lstm_cell(&(mts_lstm_cell){m, n, g[0].at, before, g[1].at, g[2].at, g[3].at});
    kernels->lstm_cell_back(
        &(mts_lstm_cell_back){m, n, g[0].at, before, g[2].at, dh.at, g[4].at, g[5].at});
    guarded_destroy(&c_prev);
    guarded_destroy(&dh);
}

START_TEST(the_lstm_cell_and_its_way_back_agree_with_naive)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t in = 0; in < COUNT(columns); in++)
        for (size_t m = 0; m < 4; m++) {
            guarded got[6], want[6];
            run_cell(kernels, m, columns[in], m == 2, got);
            run_cell(naive, m, columns[in], m == 2, want);
            for (size_t i = 0; i < 6; i++) {
                double worst = guarded_distance(&got[i], &want[i]);
                ck_assert_msg(worst < 8 * epsilon, "%s: n %zu array %zu: off by %g", kernels->name,
                              columns[in], i, worst);
                ck_assert(guarded_intact(&got[i]));
                guarded_destroy(&got[i]);
                guarded_destroy(&want[i]);
            }
        }
}
END_TEST

START_TEST(cross_entropy_agrees_with_naive)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t in = 0; in < COUNT(columns); in++)
        for (int weighted = 0; weighted < 2; weighted++) {
            size_t n = columns[in];
            guarded z = guarded_random(1, n, n, 1, 12), y = guarded_random(1, n, n, 2, 1);
            guarded w = guarded_random(1, n, n, 3, 1), dz = guarded_create(1, n, n);
            guarded want = guarded_create(1, n, n);
            const mts_real *weight = weighted ? w.at : NULL;
            double a = kernels->cross_entropy(n, z.at, y.at, weight, (mts_real)0.5, dz.at);
            double b = naive->cross_entropy(n, z.at, y.at, weight, (mts_real)0.5, want.at);
            ck_assert_double_le(fabs(a - b), 16 * epsilon * ((double)n + 1));
            ck_assert(guarded_distance(&dz, &want) < 4 * epsilon && guarded_intact(&dz));
            guarded_destroy(&z);
            guarded_destroy(&y);
            guarded_destroy(&w);
            guarded_destroy(&dz);
            guarded_destroy(&want);
        }
}
END_TEST

START_TEST(cross_entropy_of_huge_scores_is_finite_and_of_unfinite_ones_is_not)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (int sign = -1; sign <= 1; sign += 2)
        for (int target = 0; target < 2; target++) {
            const mts_real z[3] = {(mts_real)(sign * 1e4), (mts_real)(sign * 200.0),
                                   (mts_real)(sign * 3e30)};
            const mts_real y[3] = {(mts_real)target, (mts_real)target, (mts_real)target};
            mts_real dz[3];
            bool right = (sign > 0) == (target == 1);
            double loss = kernels->cross_entropy(1, z, y, NULL, 1, dz);
            ck_assert_double_eq_tol(loss, right ? 0 : 1e4, 1e-3);
            loss = kernels->cross_entropy(3, z, y, NULL, 1, dz);
            ck_assert(isfinite(loss));
            for (int i = 0; i < 3; i++)
                ck_assert_double_eq_tol((double)dz[i], right ? 0 : sign, 1e-30);
        }
    const double bad[3] = {NAN, INFINITY, -INFINITY};
    for (size_t at = 0; at < 37; at++)
        for (int i = 0; i < 3; i++) {
            mts_real z[37] = {0}, y[37] = {0}, dz[37];
            z[at] = (mts_real)bad[i];
            y[at] = i == 1;
            ck_assert(!isfinite(kernels->cross_entropy(37, z, y, NULL, 1, dz)));
            y[at] = (mts_real)0.5;
            ck_assert(!isfinite(kernels->cross_entropy(37, z, y, NULL, 1, dz)));
        }
}
END_TEST

START_TEST(adam_follows_its_formula)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    for (size_t in = 0; in < COUNT(columns); in++) {
        size_t n = columns[in];
        guarded theta = guarded_random(1, n, n, 1, 1), g = guarded_random(1, n, n, 2, 1);
        guarded m = guarded_random(1, n, n, 3, 1), v = guarded_random(1, n, n, 4, 1);
        for (size_t i = 0; i < n; i++)
            v.at[i] *= v.at[i];
        guarded m0 = guarded_copy(&m), v0 = guarded_copy(&v), theta0 = guarded_copy(&theta);
        const mts_adam_step s = {(mts_real)0.9, (mts_real)0.999, (mts_real)1e-8, (mts_real)0.002,
                                 (mts_real)1.5};
        kernels->adam(n, &s, theta.at, g.at, m.at, v.at);
        ck_assert(guarded_intact(&theta) && guarded_intact(&m) && guarded_intact(&v));
        for (size_t i = 0; i < n; i++) {
            double gi = (double)g.at[i], mi = 0.9 * (double)m0.at[i] + 0.1 * gi;
            double vi = 0.999 * (double)v0.at[i] + 0.001 * gi * gi;
            double to = (double)theta0.at[i] - 0.002 * mi / (sqrt(vi) * 1.5 + 1e-8);
            ck_assert_double_eq_tol((double)m.at[i], mi, 4 * epsilon);
            ck_assert_double_eq_tol((double)v.at[i], vi, 4 * epsilon);
            ck_assert_double_eq_tol((double)theta.at[i], to, 4 * epsilon);
        }
        guarded *all[] = {&theta, &g, &m, &v, &m0, &v0, &theta0};
        for (size_t i = 0; i < COUNT(all); i++)
            guarded_destroy(all[i]);
    }
}
END_TEST

START_TEST(random_numbers_are_those_of_the_stream)
{
    const mts_kernels *kernels = mts_kernels_at((size_t)_i);
    const mts_stream stream = {0x123456789abcdef0u, MTS_FOR_NOISE};
    static const uint64_t firsts[] = {0, 5, 0xfffffff9u, 0xfffffffffffffff0u};
    static const size_t numbers[] = {0, 1, 2, 3, 4, 7, 40};
    for (size_t f = 0; f < COUNT(firsts); f++)
        for (size_t im = 0; im < COUNT(rows); im++)
            for (size_t ij = 0; ij < COUNT(numbers); ij++) {
                size_t items = rows[im], n = numbers[ij];
                guarded u = guarded_create(n, items, items), x = guarded_create(n, items, items);
                kernels->uniform(stream, firsts[f], items, n, u.at);
                kernels->normal(stream, firsts[f], items, n, x.at);
                ck_assert(guarded_intact(&u) && guarded_intact(&x));
                for (size_t i = 0; i < items; i++) {
                    mts_real want[40 + 2];
                    mts_uniform(stream, firsts[f] + i, n + 2, want);
                    for (size_t j = 0; j < n; j++) {
                        double u0 = (double)want[j - j % 2], u1 = (double)want[j - j % 2 + 1];
                        double turn = 2 * M_PI * u1, r = sqrt(-2 * log(u0));
                        double exact = r * (j % 2 == 0 ? cos(turn) : sin(turn));
                        ck_assert(u.at[j * items + i] == want[j]);
                        ck_assert_double_eq_tol((double)x.at[j * items + i], exact,
                                                4 * epsilon * (1 + r));
                    }
                }
                guarded_destroy(&u);
                guarded_destroy(&x);
            }
}
END_TEST

START_TEST(kernels_are_found_by_name_and_others_are_refused)
{
    const mts_kernels *kernels = NULL;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_ptr_nonnull(kernels);
    size_t count = 0;
    for (; mts_kernels_at(count); count++) {
        ck_assert_int_eq(mts_kernels_find(mts_kernels_at(count)->name, &kernels), MTS_OK);
        ck_assert_ptr_eq(kernels, mts_kernels_at(count));
    }
    ck_assert_uint_ge(count, 2);
    ck_assert_int_eq(mts_kernels_find("x86-64-v5", &kernels), MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(),
                     "kernels 'x86-64-v5': there are none of this name; did you mean 'x86-64-v3'?");
    ck_assert_int_eq(mts_kernels_find("fast", &kernels), MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(),
                     "kernels 'fast': there are none of this name; auto takes the fastest");
    static const char *const own[] = {"generic", "x86-64-v3", "x86-64-v4"};
    for (size_t i = 0; i < COUNT(own); i++)
        if (mts_kernels_find(own[i], &kernels) != MTS_OK)
            ck_assert_ptr_nonnull(strstr(mts_message(), "cannot run them; take auto"));
}
END_TEST

START_TEST(the_registry_has_the_choices_of_config_field_kernels)
{
    const mts_field *field = mts_field_find("kernels");
    const mts_kernels *kernels = NULL;
    for (size_t i = 0; i < mts_choice_count(field); i++)
        if (mts_kernels_find(mts_choice_name(field, (int64_t)i), &kernels) != MTS_OK)
            ck_assert_ptr_nonnull(strstr(mts_message(), "cannot run them; take auto"));
    for (size_t i = 0; mts_kernels_at(i); i++) {
        bool is_choice =
            strcmp(mts_kernels_at(i)->name, "naive") == 0; /* a definition, no choice */
        for (const char *const *choice = field->choices; *choice; choice++)
            is_choice = is_choice || strcmp(*choice, mts_kernels_at(i)->name) == 0;
        ck_assert_msg(is_choice, "%s", mts_kernels_at(i)->name);
    }
}
END_TEST

START_TEST(the_blas_names_itself_and_keeps_to_one_thread)
{
    ck_assert_int_eq(strncmp(mts_blas_text(), "OpenBLAS ", 9), 0);
    ck_assert_ptr_nonnull(strstr(mts_blas_text(), " kernels, 1 thread"));
    ck_assert_double_gt(mts_peak_gflops("auto", 0.01), 0.1);
}
END_TEST

int main(void)
{
    int tables = 0;
    while (mts_kernels_at((size_t)tables))
        tables++;
    Suite *suite = suite_create("num");
    TCase *each = tcase_create("every table of kernels"), *rest = tcase_create("the rest");
    tcase_set_timeout(each, 300);
    tcase_add_checked_fixture(each, setup, NULL);
    tcase_add_checked_fixture(rest, setup, NULL);
    tcase_add_loop_test(each, affine_and_its_way_back_agree_with_naive, 0, tables);
    tcase_add_loop_test(each, packing_a_transpose_equals_transposing_and_packing, 0, tables);
    tcase_add_loop_test(each, activations_keep_a_nan_and_clip_what_they_should, 0, tables);
    tcase_add_loop_test(each, weight_and_bias_gradients_agree_with_naive, 0, tables);
    tcase_add_loop_test(each, columns_that_are_not_zero_are_found_and_gathered, 0, tables);
    tcase_add_loop_test(each, one_number_that_is_not_finite_is_found, 0, tables);
    tcase_add_loop_test(each, blending_agrees_with_naive_also_in_place, 0, tables);
    tcase_add_loop_test(each, the_lstm_cell_and_its_way_back_agree_with_naive, 0, tables);
    tcase_add_loop_test(each, cross_entropy_agrees_with_naive, 0, tables);
    tcase_add_loop_test(each, cross_entropy_of_huge_scores_is_finite_and_of_unfinite_ones_is_not, 0,
                        tables);
    tcase_add_loop_test(each, adam_follows_its_formula, 0, tables);
    tcase_add_loop_test(each, random_numbers_are_those_of_the_stream, 0, tables);
    tcase_add_test(rest, kernels_are_found_by_name_and_others_are_refused);
    tcase_add_test(rest, the_registry_has_the_choices_of_config_field_kernels);
    tcase_add_test(rest, the_blas_names_itself_and_keeps_to_one_thread);
    suite_add_tcase(suite, each);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
