/* Tests of fixed points: searches on maps and networks whose fixed points are known, merging,
 * and their spectra. */
#include "mtsweep/measure.h"
#include "network.h"
#include "suite.h"
#include "toy_map.h"

#include <stdio.h>

/* ---- networks ---- */

typedef struct dynamics {
    network *net;
    const mts_real *x; /* [I] */
} dynamics;

static void net_step(void *ctx, size_t n, const mts_real *h, mts_real *next)
{
    const dynamics *d = ctx;
    ck_assert_int_eq(mts_net_step(d->net->net, n, d->x, h, next), MTS_OK);
}

static void net_back(void *ctx, size_t n, const mts_real *h, const mts_real *dnext, mts_real *dh)
{
    const dynamics *d = ctx;
    ck_assert_int_eq(mts_net_step_back(d->net->net, n, d->x, h, dnext, dh), MTS_OK);
}

static void net_linearise(void *ctx, size_t start, const double *h, double *next, double *J)
{
    const dynamics *d = ctx;
    (void)start;
    ck_assert_int_eq(mts_net_jacobian(d->net->net, d->x, h, next, J), MTS_OK);
}

static mts_measure_map net_map(dynamics *d)
{
    return (mts_measure_map){.ctx = d,
                             .N = d->net->spec.N,
                             .step = net_step,
                             .step_back = net_back,
                             .linearise = net_linearise};
}

/* Tensor number i of the network, all zero: W_in, b_in, W_rec, b_rec. */
static mts_real *cleared(network *net, size_t i)
{
    const mts_tensor *tensor = &net->layout.tensor[i];
    memset(net->theta + tensor->offset, 0, tensor->rows * tensor->cols * sizeof(mts_real));
    return net->theta + tensor->offset;
}

/* M = u u' + rest (1 - u u') for a unit vector u, which keeps the line along u and contracts the
 * rest; c is apart from the line. */
static toy line_attractor(size_t N, double rest, double u[N_MOST])
{
    toy t = {.N = N};
    double square = 0;
    for (size_t i = 0; i < N; i++) {
        u[i] = 1 + 0.3 * (double)i - 0.05 * (double)(i * i);
        square += u[i] * u[i];
    }
    for (size_t i = 0; i < N; i++)
        u[i] /= sqrt(square);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            t.M[i][j] = u[i] * u[j] * (1 - rest) + (i == j ? rest : 0);
    /* c = (1 - M) a: the line goes through a */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            t.c[i] += ((i == j) - t.M[i][j]) * (0.5 + 0.25 * (double)j);
    return t;
}

/* The place on the line nearest to h. */
static void project(size_t N, const double *u, const double *h, double *on)
{
    double along = 0;
    for (size_t i = 0; i < N; i++)
        along += u[i] * (h[i] - (0.5 + 0.25 * (double)i));
    for (size_t i = 0; i < N; i++)
        on[i] = 0.5 + 0.25 * (double)i + along * u[i];
}

static double apart(size_t n, const double *a, const double *b)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(square);
}

/* ---- known fixed points ---- */

/* The derivative is singular along the line; damping keeps the searches from moving along it. */
START_TEST(newton_finds_the_nearest_points_of_a_line_attractor)
{
    double u[N_MOST], on[N_MOST], re[N_MOST], im[N_MOST];
    toy t = line_attractor(8, 0.5, u);
    const mts_measure_map map = toy_map(&t);
    finding f = starts(NEWTON, 1e-9, 40, 8, -3, 6, 1);
    found(&f, &map);
    check_finding(&f);
    ck_assert_uint_eq(f.found.converged, 40);
    for (size_t i = 0; i < f.n; i++) {
        project(8, u, f.from + i * 8, on);
        ck_assert_double_le(apart(8, f.h + i * 8, on), 1e-7);
    }
    ck_assert_int_eq(mts_measure_spectrum(&map, 0, f.h, re, im), MTS_OK);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_double_eq_tol(re[i], i == 0 ? 0 : -0.5, 1e-12);
        ck_assert_double_eq_tol(im[i], 0, 1e-12);
    }
    ck_assert_double_ge(mts_measure_amplification(re[0], im[0], 100, 100), 1e10);
    ck_assert_double_eq_tol(mts_measure_amplification(re[1], im[1], 100, 100), 1 / log(2), 1e-9);
}
END_TEST

START_TEST(adam_finds_points_of_a_line_attractor)
{
    double u[N_MOST], on[N_MOST];
    toy t = line_attractor(8, 0.5, u);
    const mts_measure_map map = toy_map(&t);
    finding f = starts(ADAM, 1e-4, 20, 8, -1, 2, 2);
    found(&f, &map);
    check_finding(&f);
    ck_assert_uint_eq(f.found.converged, 20);
    for (size_t i = 0; i < f.n; i++) {
        project(8, u, f.h + i * 8, on);
        ck_assert_double_le(apart(8, f.h + i * 8, on), 1e-3);
        ck_assert_double_ge(apart(8, f.h + i * 8, f.from + i * 8), 0.1);
    }
}
END_TEST

/* Along u the map turns over, with -.9, and elsewhere it contracts to .4: a is where all ends. */
START_TEST(both_methods_find_the_one_stable_point_of_a_map)
{
    for (int method = 0; method < N_METHODS; method++) {
        double u[N_MOST], a[N_MOST], re[N_MOST], im[N_MOST];
        toy t = line_attractor(5, 0.4, u);
        const mts_measure_map map = toy_map(&t);
        finding f = starts(method, method == NEWTON ? 1e-10 : 1e-3, 30, 5, 0, 3, 3);
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 5; j++) /* along u now -0.9 */
                t.M[i][j] -= 1.9 * u[i] * u[j];
        for (size_t i = 0; i < 5; i++) {
            a[i] = 0.5 + 0.25 * (double)i;
            t.c[i] = 0;
        }
        for (size_t i = 0; i < 5; i++)
            t.c[i] = a[i] - toy_next(&t, i, a);
        found(&f, &map);
        check_finding(&f);
        ck_assert_uint_eq(f.found.converged, 30);
        ck_assert_uint_eq(f.found.points, 1);
        for (size_t i = 0; i < f.n; i++)
            ck_assert_double_le(apart(5, f.h + i * 5, a), method == NEWTON ? 1e-8 : 0.02);
        ck_assert_int_eq(mts_measure_spectrum(&map, 0, a, re, im), MTS_OK);
        for (size_t i = 0; i < 5; i++)
            ck_assert_double_eq_tol(re[i], i < 4 ? -0.6 : -1.9, 1e-12);
    }
}
END_TEST

/* W_rec = .3 times a shift, b = 1: h = relu(.3 shift h + 1) has the solution 1 / .7 in every unit, and
 * the eigenvalues .3 exp(2 pi i k / 4) - 1. */
START_TEST(both_methods_find_the_stable_point_of_a_relu_network)
{
    static const double real[4] = {-0.7, -1, -1, -1.3}, imaginary[4] = {0, 0.3, -0.3, 0};
    for (int method = 0; method < N_METHODS; method++) {
        network net = network_of("rnn", MTS_ACT_RELU, 1, 4, kernels_of("auto"));
        mts_real *W, *b;
        double re[4], im[4];
        dynamics d = {&net, net.x};
        const mts_measure_map map = net_map(&d);
        finding f = starts(method, method == NEWTON ? 1e-9 : 1e-3, 25, 4, 0, 6, 4);
        cleared(&net, 0);
        b = cleared(&net, 1);
        W = cleared(&net, 2);
        cleared(&net, 3);
        for (size_t i = 0; i < 4; i++) {
            b[i] = 1;
            W[i * 4 + (i + 1) % 4] = (mts_real)0.3;
        }
        mts_net_pack(net.net, net.theta);
        found(&f, &map);
        check_finding(&f);
        ck_assert_uint_eq(f.found.converged, 25);
        ck_assert_uint_eq(f.found.points, 1);
        for (size_t i = 0; i < 4; i++)
            ck_assert_double_eq_tol(f.h[f.start[0] * 4 + (int64_t)i], 1 / 0.7,
                                    method == NEWTON ? 1e-6 : 5e-3);
        ck_assert_int_eq(mts_measure_spectrum(&map, 0, f.h, re, im), MTS_OK);
        for (size_t i = 0; i < 4; i++) {
            ck_assert_double_eq_tol(re[i], real[i], 1e-7);
            ck_assert_double_eq_tol(im[i], imaginary[i], 1e-7);
        }
        network_destroy(&net);
    }
}
END_TEST

/* W_rec = u u' with u > 0 keeps the half line of positive multiples of u. */
START_TEST(both_methods_find_a_line_of_points_in_a_relu_network)
{
    for (int method = 0; method < N_METHODS; method++) {
        network net = network_of("rnn", MTS_ACT_RELU, 1, 9, kernels_of("auto"));
        dynamics d = {&net, net.x};
        const mts_measure_map map = net_map(&d);
        finding f = starts(method, method == NEWTON ? 1e-7 : 1e-3, 50, 9, 0, 6, 5);
        double along[STARTS_MOST], low = HUGE_VAL, high = 0, re[9], im[9];
        cleared(&net, 0);
        cleared(&net, 1);
        mts_real *W = cleared(&net, 2);
        cleared(&net, 3);
        for (size_t i = 0; i < 9; i++)
            for (size_t j = 0; j < 9; j++)
                W[i * 9 + j] = (mts_real)(1.0 / 9);
        mts_net_pack(net.net, net.theta);
        found(&f, &map);
        check_finding(&f);
        ck_assert_uint_eq(f.found.converged, 50);
        for (size_t i = 0; i < f.n; i++) {
            along[i] = 0;
            for (size_t j = 0; j < 9; j++)
                along[i] += f.h[i * 9 + j] / 9;
            for (size_t j = 0; j < 9; j++)
                ck_assert_double_eq_tol(f.h[i * 9 + j], along[i], method == NEWTON ? 1e-5 : 0.01);
            low = fmin(low, along[i]);
            high = fmax(high, along[i]);
        }
        /* The points spread over the line: means of nine U(0, 6). Of 50 in a row many are near. */
        ck_assert_double_ge(high - low, 1);
        ck_assert_uint_le(f.found.points, 8);
        ck_assert_int_eq(mts_measure_spectrum(&map, 0, f.h, re, im), MTS_OK);
        for (size_t i = 0; i < 9; i++)
            ck_assert_double_eq_tol(re[i], i == 0 ? 0 : -1, 1e-6);
        network_destroy(&net);
    }
}
END_TEST

/* Silent without leak: r <- r + relu(-1) stays where it is, and nothing ever moves. */
START_TEST(a_network_without_leak_whose_units_are_silent_rests_everywhere)
{
    network net = network_of("rnn_noleak", MTS_ACT_RELU, 1, 4, kernels_of("auto"));
    dynamics d = {&net, net.x};
    const mts_measure_map map = net_map(&d);
    finding f = starts(NEWTON, 0, 10, 4, 0, 20, 6);
    double re[4], im[4];
    cleared(&net, 0);
    mts_real *b = cleared(&net, 1);
    cleared(&net, 2);
    cleared(&net, 3);
    for (size_t i = 0; i < 4; i++)
        b[i] = -1;
    mts_net_pack(net.net, net.theta);
    found(&f, &map);
    check_finding(&f);
    ck_assert_uint_eq(f.found.converged, 10);
    ck_assert_mem_eq(f.h, f.from, 40 * sizeof *f.h);
    ck_assert_int_eq(mts_measure_spectrum(&map, 0, f.h, re, im), MTS_OK);
    for (size_t i = 0; i < 4; i++)
        ck_assert(re[i] == 0 && im[i] == 0);
    ck_assert(isinf(mts_measure_amplification(re[0], im[0], 100, 100)));
    network_destroy(&net);
}
END_TEST

/* ---- searches that do not find ---- */

START_TEST(a_map_without_fixed_points_has_none)
{
    for (int method = 0; method < N_METHODS; method++) {
        toy t = {.N = 3, .M = {{1}, {0, 1}, {0, 0, 1}}, .c = {1, 1, 1}};
        const mts_measure_map map = toy_map(&t);
        finding f = starts(method, 0.5, 5, 3, 0, 1, 7);
        f.search.steps = 300;
        found(&f, &map);
        check_finding(&f);
        ck_assert_uint_eq(f.found.converged, 0);
        ck_assert_uint_eq(f.found.points, 0);
        for (size_t i = 0; i < 5; i++)
            ck_assert_double_eq_tol(f.speed[i], 1, 1e-6);
    }
}
END_TEST

START_TEST(a_search_that_leaves_the_finite_numbers_has_no_speed)
{
    for (int method = 0; method < N_METHODS; method++) {
        toy t = {.N = 2, .M = {{NAN}, {0, 0.5}}};
        const mts_measure_map map = toy_map(&t);
        finding f = starts(method, 1, 4, 2, 0, 1, 8);
        f.search.steps = 50;
        found(&f, &map);
        check_finding(&f);
        ck_assert_uint_eq(f.found.converged, 0);
        for (size_t i = 0; i < 4; i++)
            ck_assert(isnan(f.speed[i]));
    }
}
END_TEST

START_TEST(a_search_ends_where_it_is_asked_to_stop)
{
    for (int method = 0; method < N_METHODS; method++)
        for (size_t at = 1; at < 4; at++) {
            double u[N_MOST];
            toy t = line_attractor(6, 0.9, u);
            const mts_measure_map map = toy_map(&t);
            finding f = starts(method, 1e-12, 10, 6, 0, 6, 9);
            t.stop_at = at;
            ck_assert_int_eq(find(&f, &map), MTS_STOPPED);
            ck_assert_uint_eq(t.calls, at);
        }
}
END_TEST

START_TEST(a_search_takes_no_more_than_its_steps)
{
    double u[N_MOST];
    toy t = line_attractor(6, 0.9, u);
    const mts_measure_map map = toy_map(&t);
    finding f = starts(ADAM, 0, 10, 6, 0, 6, 9), g = starts(NEWTON, 0, 10, 6, 0, 6, 9);
    f.search.steps = 123;
    found(&f, &map);
    ck_assert_uint_eq(t.calls, 123);
    ck_assert_double_eq_tol(t.work, mts_measure_search_cost(&f.search, 10, 6), 1e-6 * t.work);
    t.work = 0;
    g.search.steps = 2;
    found(&g, &map);
    ck_assert_uint_le(t.looks, 30);
    ck_assert_uint_ge(t.looks, 20);
    ck_assert_double_eq_tol(t.work, mts_measure_search_cost(&g.search, 10, 6), 1e-6 * t.work);
}
END_TEST

START_TEST(what_a_search_is_spared_counts_as_done)
{
    for (int method = 0; method < N_METHODS; method++) {
        double u[N_MOST];
        toy t = line_attractor(6, 0.5, u);
        const mts_measure_map map = toy_map(&t);
        finding f = starts(method, 1e-3, 10, 6, 0, 1, 16);
        found(&f, &map);
        ck_assert_uint_eq(f.found.converged, 10);
        ck_assert_double_eq_tol(t.work, mts_measure_search_cost(&f.search, 10, 6), 1e-6 * t.work);
    }
}
END_TEST

START_TEST(newton_treats_every_start_by_itself)
{
    network net = network_of("rnn", MTS_ACT_TANH, 0.5, 7, kernels_of("auto"));
    dynamics d = {&net, net.x};
    const mts_measure_map map = net_map(&d);
    finding all = starts(NEWTON, 1e-10, 20, 7, -2, 4, 10);
    found(&all, &map);
    for (size_t i = 0; i < 20; i++) {
        finding one = {.search = all.search, .n = 1, .N = 7};
        memcpy(one.h, all.from + i * 7, 7 * sizeof *one.h);
        found(&one, &map);
        ck_assert_mem_eq(one.h, all.h + i * 7, 7 * sizeof *one.h);
        ck_assert_double_eq(one.speed[0], all.speed[i]);
    }
    network_destroy(&net);
}
END_TEST

/* ---- merging ---- */

/* On a line at 0, .4, .8 (a chain), 2 (unconverged: no bridge), 2.3 and 9. */
START_TEST(points_are_chains_of_converged_states_led_by_the_slowest)
{
    const double h[6] = {2.3, 0.4, 9, 0, 2, 0.8}, speed[6] = {1e-7, 3e-7, 0, 4e-7, 2e-6, 2e-7};
    mts_measure_search search = {.speed = 1e-6, .merge = 0.5};
    int64_t point[6], start[6];
    const int64_t want[6] = {0, 1, 2, 1, -1, 1}, leads[6] = {0, 5, 2, -1, -1, -1};
    ck_assert_uint_eq(mts_measure_merge(&search, 6, 1, h, speed, point, start), 3);
    ck_assert_mem_eq(point, want, sizeof want);
    ck_assert_mem_eq(start, leads, sizeof leads);
    search.speed = 1;
    ck_assert_uint_eq(mts_measure_merge(&search, 6, 1, h, speed, point, start), 3);
    ck_assert_int_eq(point[4], 0);
    search.merge = 2;
    ck_assert_uint_eq(mts_measure_merge(&search, 6, 1, h, speed, point, start), 2);
    search.merge = 0;
    ck_assert_uint_eq(mts_measure_merge(&search, 6, 1, h, speed, point, start), 6);
}
END_TEST

/* ---- spectrum ---- */

/* A rotation by an angle, shrunk, beside a real mode. */
START_TEST(eigenvalues_are_sorted_and_pairs_have_one_amplification)
{
    const double c = 0.8 * cos(0.3), s = 0.8 * sin(0.3);
    toy t = {.N = 3, .M = {{-0.5}, {0, c, -s}, {0, s, c}}};
    const mts_measure_map map = toy_map(&t);
    const double h[3] = {0};
    double re[3], im[3];
    ck_assert_int_eq(mts_measure_spectrum(&map, 0, h, re, im), MTS_OK);
    ck_assert_double_eq_tol(re[0], c - 1, 1e-12);
    ck_assert_double_eq_tol(im[0], s, 1e-12);
    ck_assert_double_eq_tol(re[1], c - 1, 1e-12);
    ck_assert_double_eq_tol(im[1], -s, 1e-12);
    ck_assert_double_eq_tol(re[2], -1.5, 1e-12);
    for (size_t i = 0; i < 2; i++)
        ck_assert_double_eq_tol(mts_measure_amplification(re[i], im[i], 50, 200),
                                50 / -log(0.8) / 200, 1e-9);
    /* mu = -1/2 decays as 1/2 does; mu = 0 at once; an unstable one is as fast as its inverse. */
    ck_assert_double_eq_tol(mts_measure_amplification(-1.5, 0, 100, 100), 1 / log(2), 1e-12);
    ck_assert_double_eq(mts_measure_amplification(-1, 0, 100, 100), 0);
    ck_assert_double_eq_tol(mts_measure_amplification(1, 0, 100, 100), 1 / log(2), 1e-12);
    /* Near 0 no digits are lost. */
    ck_assert_double_eq_tol(mts_measure_amplification(-1e-13, 0, 100, 100) * 1e-13, 1, 1e-9);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        newton_finds_the_nearest_points_of_a_line_attractor,
        adam_finds_points_of_a_line_attractor,
        both_methods_find_the_one_stable_point_of_a_map,
        both_methods_find_the_stable_point_of_a_relu_network,
        both_methods_find_a_line_of_points_in_a_relu_network,
        a_network_without_leak_whose_units_are_silent_rests_everywhere,
        a_map_without_fixed_points_has_none,
        a_search_that_leaves_the_finite_numbers_has_no_speed,
        a_search_ends_where_it_is_asked_to_stop,
        a_search_takes_no_more_than_its_steps,
        what_a_search_is_spared_counts_as_done,
        newton_treats_every_start_by_itself,
        points_are_chains_of_converged_states_led_by_the_slowest,
        eigenvalues_are_sorted_and_pairs_have_one_amplification,
    };

    return run_suite("measure_dynamics", 60, tests, sizeof tests / sizeof *tests);
}
