/* Linear boundaries: the geometry of labels and normals, and the ideal observer. */
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"
#include "trials.h"

static const double pi = 3.14159265358979323846;

START_TEST(fan_labels_are_those_of_the_tangent_formula)
{
    enum { B = 2000 };
    static const int64_t tasks[] = {1, 2, 3, 4, 6, 12, 24, 25};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        mts_config config = defaults();
        const size_t K = (size_t)tasks[i];
        size_t ones = 0;
        config.tasks = tasks[i];
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t b = 0; b < B; b++)
            for (size_t j = 0; j < K; j++) {
                const double x1 = (double)batch->latent[2 * b];
                const double x2 = (double)batch->latent[2 * b + 1];
                const double phi = ((double)j + 0.5) * pi / (double)K;
                const double y = (double)batch->target[(21 * B + b) * K + j];
                ones += y == 1;
                if (2 * j + 1 == K) /* the vertical line; tan(pi / 2) is 1.6e16 */
                    ck_assert_double_eq(y, x1 < 0);
                else if (fabs(x2 - tan(phi) * x1) > 1e-12)
                    ck_assert_double_eq(y, x2 > tan(phi) * x1);
            }
        check_mean((double)ones, (double)(B * K), 0.5, 0.5 * sqrt((double)K));
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(fan_normals_are_unit_vectors_across_their_lines_and_three_tasks_have_the_vertical)
{
    for (int64_t K = 1; K <= 48; K++) {
        mts_config config = defaults();
        double c[48][2], b[48];
        config.tasks = K;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_task_boundaries(task, *c, b);
        for (int64_t k = 0; k < K; k++) {
            const double phi = ((double)k + 0.5) * pi / (double)K;
            ck_assert_double_eq_tol(c[k][0] * c[k][0] + c[k][1] * c[k][1], 1, 1e-15);
            ck_assert_double_eq_tol(c[k][0] * cos(phi) + c[k][1] * sin(phi), 0, 1e-15);
            ck_assert(c[k][1] >= 0 || 2 * k + 1 > K);
            ck_assert_double_eq(b[k], 0);
        }
        if (K == 3) {
            ck_assert_double_eq(c[1][0], -1);
            ck_assert_double_eq(c[1][1], 0);
        }
        mts_task_boundaries(task, NULL, NULL);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(random_normals_are_unit_vectors_of_their_run)
{
    enum { K = 300, D = 6 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        static double a[K][D], b[K][D], other[K][D];
        mts_config config = defaults();
        double sum[D] = {0}, square[D] = {0};
        config.tasks = K;
        config.latents = D;
        mts_task *task = make_task(&config, 5, k), *same = make_task(&config, 5, k);
        mts_task *different = make_task(&config, 6, k);
        mts_task_boundaries(task, *a, NULL);
        mts_task_boundaries(same, *b, NULL);
        mts_task_boundaries(different, *other, NULL);
        ck_assert_mem_eq(a, b, sizeof a);
        ck_assert_mem_ne(a, other, sizeof a);
        for (size_t j = 0; j < K; j++) {
            double length = 0;
            for (size_t d = 0; d < D; d++) {
                length += a[j][d] * a[j][d];
                sum[d] += a[j][d];
                square[d] += a[j][d] * a[j][d];
            }
            ck_assert_double_eq_tol(length, 1, 1e-14);
        }
        for (size_t d = 0; d < D; d++) { /* no direction is preferred */
            check_mean(sum[d], K, 0, sqrt(1.0 / D));
            check_mean(square[d], K, 1.0 / D, sqrt(2.0 * (D - 1) / (D * D * (D + 2))));
        }
        mts_task_destroy(task);
        mts_task_destroy(same);
        mts_task_destroy(different);
    }
}
END_TEST

START_TEST(boundaries_are_a_fan_for_two_latents_unless_random_is_asked_for)
{
    static const struct {
        int64_t boundaries, latents;
        bool fan;
    } want[] = {{MTS_BOUNDARIES_auto, 2, true},
                {MTS_BOUNDARIES_fan, 2, true},
                {MTS_BOUNDARIES_random, 2, false},
                {MTS_BOUNDARIES_auto, 3, false},
                {MTS_BOUNDARIES_random, 3, false}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        mts_config config = defaults();
        double c[24 * 3];
        config.boundaries = want[i].boundaries;
        config.latents = want[i].latents;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_task_boundaries(task, c, NULL);
        ck_assert_int_eq(fabs(c[0] + sin(pi / 48)) < 1e-15, want[i].fan);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(labels_are_the_sides_of_the_stored_boundaries)
{
    enum { B = 500, K = 7 };
    static const int64_t sizes[] = {2, 3, 10, 16};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    for (size_t i = 0; i < 4; i++) {
        const size_t D = (size_t)sizes[i];
        mts_config config = defaults();
        double c[K * 16], offset[K];
        config.tasks = K;
        config.latents = sizes[i];
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_boundaries(task, c, offset);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t b = 0; b < B; b++)
            for (size_t j = 0; j < K; j++) {
                double sum = 0;
                for (size_t d = 0; d < D; d++)
                    sum += c[j * D + d] * (double)batch->latent[b * D + d];
                ck_assert_double_eq((double)batch->target[(21 * B + b) * K + j], sum > offset[j]);
            }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* ---- the ideal observer ---- */

/* `exact` and `nats` (cross-entropy at the decision) are by quadrature on a grid of 1500 x 1500
 * latents; `about` are the rounded numbers of a simulation. */
START_TEST(the_ideal_observer_of_a_fan_reaches_the_known_numbers)
{
    static const struct {
        int64_t K;
        double about, exact, nats;
    } want[] = {{2, .952, .951537, .108630},
                {3, .961, .960637, .089114},
                {6, .959, .959218, .091966},
                {12, .960, .960143, .090172},
                {24, .961, .960050, .090329}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        mts_config config = defaults();
        double accuracy, loss;
        config.tasks = want[i].K;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_task_ideal(task, &accuracy, &loss);
        ck_assert_double_eq_tol(accuracy, want[i].about, 0.003);
        ck_assert_double_eq_tol(accuracy, want[i].exact, 0.0001);
        ck_assert_double_eq_tol(loss, 0.666, 0.001);
        ck_assert_double_eq_tol(22 * loss - 21 * log(2), want[i].nats, 0.0002);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(the_ideal_observer_is_what_averaging_the_observations_reaches)
{
    enum { B = 4000 };
    static const struct {
        int64_t D, K, S, decision;
        double sigma;
    } cases[] = {{2, 3, 20, 1, 0.2}, {4, 6, 5, 2, 0.3}, {10, 9, 8, 1, 0.6}, {2, 1, 1, 1, 1.5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = defaults();
        double c[9 * 10], accuracy, loss, right = 0, nats = 0, square = 0;
        config.latents = cases[i].D;
        config.tasks = cases[i].K;
        config.stimulus = cases[i].S;
        config.decision = cases[i].decision;
        config.sigma = cases[i].sigma;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, B);
        const size_t D = batch->D, K = batch->K, S = batch->S, T = batch->T;
        const double n = B * (double)K, part = (double)cases[i].decision / (double)T;

        mts_task_boundaries(task, c, NULL);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t b = 0; b < B; b++)
            for (size_t k = 0; k < K; k++) {
                const bool y = batch->target[((T - 1) * B + b) * K + k] == 1;
                double margin = 0, p, h;
                for (size_t s = 0; s < S; s++)
                    for (size_t d = 0; d < D; d++)
                        margin += c[k * D + d] * (double)batch->obs[(s * B + b) * D + d];
                p = 0.5 * erfc(-margin / sqrt((double)S) / config.sigma / sqrt(2));
                right += (p > 0.5) == y;
                h = -log(y ? p : 1 - p);
                nats += h;
                square += h * h;
            }
        mts_task_ideal(task, &accuracy, &loss);
        /* Labels of one trial are not independent: count trials, not labels. */
        check_mean(right, n, accuracy, sqrt((double)K * accuracy * (1 - accuracy)));
        check_mean(nats, n, (loss - (1 - part) * log(2)) / part, sqrt((double)K * square / n));
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(the_ideal_observer_without_noise_errs_never)
{
    mts_config config = defaults();
    double accuracy, loss;
    config.sigma = 0;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_task_ideal(task, &accuracy, &loss);
    ck_assert_double_eq(accuracy, 1);
    ck_assert_double_eq_tol(loss, 21 * log(2) / 22, 1e-15);
    mts_task_destroy(task);
    mts_task_destroy(NULL);
    mts_batch_destroy(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fan_labels_are_those_of_the_tangent_formula,
        fan_normals_are_unit_vectors_across_their_lines_and_three_tasks_have_the_vertical,
        random_normals_are_unit_vectors_of_their_run,
        boundaries_are_a_fan_for_two_latents_unless_random_is_asked_for,
        labels_are_the_sides_of_the_stored_boundaries,
        the_ideal_observer_of_a_fan_reaches_the_known_numbers,
        the_ideal_observer_is_what_averaging_the_observations_reaches,
        the_ideal_observer_without_noise_errs_never,
    };
    return run_suite("boundaries", 60, tests, sizeof tests / sizeof *tests);
}
