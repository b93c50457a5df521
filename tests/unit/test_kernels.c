/* What our own kernels promise beyond agreeing with the naive ones: the same bits on every
 * instruction set, rows that do not see each other, functions accurate to a few units in the last
 * place, and a fused multiply-add that is one also where it is emulated. Float only. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_bits.h"
#include "suite.h"

/* Number `i` of our own kernels, generic first; NULL past the last. */
static const mts_kernels *own(size_t i)
{
    const mts_kernels *kernels = NULL;
    for (size_t at = 0; (kernels = mts_kernels_at(at)); at++)
        if (strcmp(kernels->name, "naive") != 0 && strcmp(kernels->name, "blas") != 0 && i-- == 0)
            return kernels;
    return NULL;
}

START_TEST(all_our_own_kernels_give_the_same_bits)
{
    ck_assert_str_eq(own(0)->name, "generic");
    for (size_t f = 0; f < KERNEL_FUNCTIONS; f++) {
        uint64_t want = kernel_functions[f].bits(own(0));
        for (size_t i = 1; own(i); i++)
            ck_assert_msg(kernel_functions[f].bits(own(i)) == want, "%s: %s differs from generic",
                          own(i)->name, kernel_functions[f].name);
    }
}
END_TEST

START_TEST(products_that_leave_out_zeros_have_the_bits_of_those_that_do_not)
{
    for (size_t i = 0; own(i); i++)
        for (int kind = 0; kind < ZEROS_KINDS; kind++)
            ck_assert_msg(bits_of_zeros(own(i), kind, true) == bits_of_zeros(own(i), kind, false),
                          "%s: kind %d", own(i)->name, kind);
}
END_TEST

START_TEST(auto_is_the_last_of_our_own)
{
    const mts_kernels *kernels = NULL;
    size_t n = 0;
    while (own(n))
        n++;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_ptr_eq(kernels, own(n - 1));
}
END_TEST

START_TEST(a_batch_equals_its_rows_one_by_one)
{
    for (size_t i = 0; own(i); i++)
        for (size_t in = 0; in < KERNEL_SIZES; in++)
            for (size_t im = 0; im < KERNEL_SIZES; im++) {
                const mts_kernels *kernels = own(i);
                size_t m = kernel_sizes[im], n = kernel_sizes[in], k = 29;
                float *x = kernel_numbers(m * k, 1, 1), *w = kernel_numbers(k * n, 2, 1);
                float *packed = kernel_numbers(kernels->packed_size(k, n), 3, 1);
                float *together = kernel_numbers(m * n, 4, 1), *alone = kernel_numbers(m * n, 5, 1);
                kernels->pack(k, n, w, n, packed);
                mts_affine sum = {.m = m,
                                  .n = n,
                                  .term = {{k, x, k, packed, false}},
                                  .init = w,
                                  .act = MTS_ACT_TANH,
                                  .y = together,
                                  .ldy = n};
                kernels->affine(&sum);
                sum.m = 1;
                for (size_t row = 0; row < m; row++) {
                    sum.term[0].x = x + row * k;
                    sum.y = alone + row * n;
                    kernels->affine(&sum);
                }
                ck_assert_msg(memcmp(together, alone, m * n * sizeof(float)) == 0,
                              "%s: m %zu, n %zu", kernels->name, m, n);
                float *all[] = {x, w, packed, together, alone};
                for (size_t f = 0; f < sizeof(all) / sizeof(*all); f++)
                    free(all[f]);
            }
}
END_TEST

START_TEST(random_items_do_not_depend_on_how_many_are_drawn)
{
    enum { ITEMS = 37, N = 11 };
    const mts_stream stream = {99, MTS_FOR_NOISE};
    for (size_t i = 0; own(i); i++) {
        float together[N][ITEMS], alone[N];
        own(i)->normal(stream, 5, ITEMS, N, &together[0][0]);
        for (size_t item = 0; item < ITEMS; item++) {
            own(i)->normal(stream, 5 + item, 1, N, alone);
            for (size_t j = 0; j < N; j++)
                ck_assert(together[j][item] == alone[j]);
        }
    }
}
END_TEST

/* Error of `got` in units of the last place of `want`. */
static double ulps(double got, double want)
{
    int exponent;
    frexp(want, &exponent);
    return fabs(got - want) / ldexp(1, exponent < -125 ? -149 : exponent - 24);
}

#define POINTS 200001

/* From -30 to 30 evenly, and small ones. */
static float point(size_t i)
{
    float x = ((float)i - POINTS / 2) * (30.0f / (POINTS / 2));
    return i % 4 == 0 ? x * x * x * 1e-9f : x;
}

START_TEST(tanh_and_sigmoid_are_accurate_to_3_ulp)
{
    float *x = malloc(POINTS * sizeof(float)), *y = malloc(POINTS * sizeof(float));
    for (size_t i = 0; own(i); i++) {
        double worst = 0, worst_sigmoid = 0;
        for (size_t p = 0; p < POINTS; p++)
            x[p] = point(p);
        own(i)->affine(&(mts_affine){
            .m = 1, .n = POINTS, .init = x, .act = MTS_ACT_TANH, .y = y, .ldy = POINTS});
        for (size_t p = 0; p < POINTS; p++)
            worst = fmax(worst, ulps((double)y[p], tanh((double)x[p])));
        const float zero = 0;
        for (size_t p = 0; p < POINTS; p++) {
            float gates[4] = {3 * x[p], zero, zero, zero}, c, tc, h;
            own(i)->lstm_cell(&(mts_lstm_cell){1, 1, gates, NULL, &c, &tc, &h});
            double exact = 1 / (1 + exp(-(double)(3 * x[p])));
            if (3 * x[p] > -87) /* below, exp(-x) is cut off */
                worst_sigmoid = fmax(worst_sigmoid, ulps((double)gates[0], exact));
        }
        ck_assert_msg(worst < 3 && worst_sigmoid < 3, "%s: tanh %.2f ulp, sigmoid %.2f ulp",
                      own(i)->name, worst, worst_sigmoid);
    }
    free(x);
    free(y);
}
END_TEST

START_TEST(softplus_and_its_slope_are_accurate_to_4_ulp)
{
    for (size_t i = 0; own(i); i++) {
        double worst = 0, worst_slope = 0;
        for (size_t p = 0; p < POINTS; p++) {
            float z = 2.8f * point(p), zero = 0, slope;
            double loss = own(i)->cross_entropy(1, &z, &zero, NULL, 1, &slope);
            double e = exp(-fabs((double)z));
            worst = fmax(worst, ulps(loss, fmax((double)z, 0) + log1p(e)));
            worst_slope = fmax(worst_slope, ulps((double)slope, (z < 0 ? e : 1) / (1 + e)));
        }
        ck_assert_msg(worst < 4 && worst_slope < 4, "%s: softplus %.2f ulp, its slope %.2f ulp",
                      own(i)->name, worst, worst_slope);
    }
}
END_TEST

START_TEST(normal_numbers_are_accurate_to_a_few_ulp_of_their_radius)
{
    enum { ITEMS = 5000, N = 40 };
    const mts_stream stream = {3, MTS_FOR_NOISE};
    float *x = malloc(ITEMS * N * sizeof(float)), *u = malloc(ITEMS * N * sizeof(float));
    for (size_t i = 0; own(i); i++) {
        own(i)->uniform(stream, 0, ITEMS, N, u);
        own(i)->normal(stream, 0, ITEMS, N, x);
        double worst = 0;
        for (size_t p = 0; p < ITEMS * N; p++) {
            bool sine = p / ITEMS % 2 == 1;
            double u0 = (double)u[sine ? p - ITEMS : p], u1 = (double)u[sine ? p : p + ITEMS];
            double radius = sqrt(-2 * log(u0)), turn = 2 * M_PI * u1;
            double exact = radius * (sine ? sin(turn) : cos(turn));
            worst = fmax(worst, fabs((double)x[p] - exact) / (radius * FLT_EPSILON));
        }
        ck_assert_msg(worst < 1.5, "%s: off by %.2f epsilon of the radius", own(i)->name, worst);
    }
    free(x);
    free(u);
}
END_TEST

/* One a b + c for each element, through the only door there is: a product of depth 1. */
static void check_fma(const mts_kernels *kernels, size_t n, const float *a, const float *b,
                      const float *c)
{
    float *packed = malloc((kernels->packed_size(1, 1) + 1) * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        float y;
        kernels->pack(1, 1, b + i, 1, packed);
        kernels->affine(&(mts_affine){.m = 1,
                                      .n = 1,
                                      .term = {{1, a + i, 1, packed, false}},
                                      .init = c + i,
                                      .y = &y,
                                      .ldy = 1});
        float want = fmaf(a[i], b[i], c[i]);
        ck_assert_msg(memcmp(&y, &want, sizeof(y)) == 0 || (isnan(y) && isnan(want)),
                      "%s: fma(%a, %a, %a) is %a, not %a", kernels->name, (double)a[i],
                      (double)b[i], (double)c[i], (double)y, (double)want);
    }
    free(packed);
}

/* Products that end just beside, or on, the middle between two floats once c is added; and the same
 * among the subnormal numbers and at the edge of overflow. */
START_TEST(multiply_add_rounds_once_beside_the_middle_of_two_floats)
{
    for (size_t i = 0; own(i); i++)
        for (int scale = -149; scale <= 127; scale++)
            for (int shift = 22; shift <= 26; shift++)
                for (int j = 2; j < 24; j += 3) {
                    float a[8], b[8], c[8];
                    for (int s = 0; s < 8; s++) {
                        float sign = s & 1 ? -1 : 1, low = ldexpf(1, -j);
                        int split = scale / 2 - shift / 2;
                        a[s] = sign * ldexpf(1 + low, split);
                        b[s] = ldexpf(s & 2 ? 1 - low : 1, scale - shift - split);
                        c[s] = s & 4 ? nextafterf(ldexpf(1, scale), INFINITY) : ldexpf(1.5f, scale);
                    }
                    check_fma(own(i), 8, a, b, c);
                }
}
END_TEST

START_TEST(multiply_add_of_any_numbers_is_fused)
{
    enum { N = 100000 };
    float *v[3];
    for (int f = 0; f < 3; f++)
        v[f] = malloc(N * sizeof(float));
    const float special[] = {0,       -0.0f,          1,        -1,        FLT_MAX, -FLT_MAX,
                             FLT_MIN, 1.4012985e-45f, INFINITY, -INFINITY, NAN,     0.1f};
    enum { SPECIAL = sizeof(special) / sizeof(*special) };
    for (int f = 0; f < 3; f++) {
        float *mantissa = kernel_numbers(N, (uint64_t)f, 1), *power = kernel_numbers(N, 9, 1);
        int reach = f == 2 ? 140 : 70;
        for (size_t p = 0; p < N; p++)
            v[f][p] = ldexpf(mantissa[p], (int)(power[(p * 7 + (size_t)f) % N] * (float)reach));
        free(mantissa);
        free(power);
    }
    for (size_t p = 0; p < SPECIAL * SPECIAL * SPECIAL; p++) {
        v[0][p] = special[p % SPECIAL];
        v[1][p] = special[p / SPECIAL % SPECIAL];
        v[2][p] = special[p / SPECIAL / SPECIAL];
    }
    for (size_t i = 0; own(i); i++)
        check_fma(own(i), N, v[0], v[1], v[2]);
    for (int f = 0; f < 3; f++)
        free(v[f]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        all_our_own_kernels_give_the_same_bits,
        products_that_leave_out_zeros_have_the_bits_of_those_that_do_not,
        auto_is_the_last_of_our_own,
        a_batch_equals_its_rows_one_by_one,
        random_items_do_not_depend_on_how_many_are_drawn,
        tanh_and_sigmoid_are_accurate_to_3_ulp,
        softplus_and_its_slope_are_accurate_to_4_ulp,
        normal_numbers_are_accurate_to_a_few_ulp_of_their_radius,
        multiply_add_rounds_once_beside_the_middle_of_two_floats,
        multiply_add_of_any_numbers_is_fused,
    };
    return run_suite("kernels", 300, tests, sizeof(tests) / sizeof(*tests));
}
