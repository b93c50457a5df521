/* The ideal observer of every family, kind of noise, mask and loss. Reference numbers are those of
 * tests/golden/ideal_observer.py, which integrates by brute force. */
#include "mtsweep/task.h"
#include "suite.h"
#include "trials.h"

typedef struct ideal {
    double accuracy, loss;
} ideal;

static ideal ideal_of(const mts_config *config)
{
    mts_task *task = make_task(config, 5, mts_kernels_at(0));
    ideal value;
    mts_task_ideal(task, &value.accuracy, &value.loss);
    mts_task_destroy(task);
    return value;
}

/* The loss at the decision alone. */
static double at_decision(mts_config config)
{
    config.mask = MTS_MASK_last;
    return ideal_of(&config).loss;
}

START_TEST(the_ideal_observer_reaches_the_numbers_of_brute_force)
{
    static const struct {
        int64_t family, tasks, noise, stimulus;
        double sigma, accuracy, nats, square;
    } want[] = {
        {MTS_FAMILY_multiplicative, 24, 0, 20, .2, .97927, .04692, .05863},
        {MTS_FAMILY_multiplicative, 48, 0, 20, .2, .98018, .04487, .05606},
        {MTS_FAMILY_multiplicative, 24, 0, 5, .6, .90490, .22443, .27500},
        {MTS_FAMILY_multiplicative, 24, 3, 20, .2, .96867, .07084, .08857},
        {MTS_FAMILY_linear, 6, 0, 20, .2, .95928, .09168, .11486},
        {MTS_FAMILY_linear, 6, 3, 20, .2, .93822, .13889, .17419},
        {MTS_FAMILY_linear, 6, 2, 20, .2, .91452, .19119, .24039},
        {MTS_FAMILY_linear, 6, 1, 20, .2, .95887, .09275, .11609},
        {MTS_FAMILY_linear, 6, 1, 5, .2, .91687, .18715, .23442},
        {MTS_FAMILY_context, 2, 0, 20, .2, .95153, .10823, .13619},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        mts_config config = defaults();
        config.family = want[i].family;
        config.tasks = want[i].tasks;
        config.noise = want[i].noise;
        config.stimulus = want[i].stimulus;
        config.sigma = want[i].sigma;
        /* Linear boundaries are seen by an observer who does not know where the square ends, and is
         * a little worse for it; few observations with gumbel noise leave no quite normal look. */
        const double near = want[i].noise == 1 && want[i].stimulus < 20 ? 0.0015 : 0.001;
        const double more = want[i].family == MTS_FAMILY_multiplicative ? 0 : 0.002;
        ck_assert_double_eq_tol(ideal_of(&config).accuracy, want[i].accuracy, near);
        ck_assert_double_eq_tol(at_decision(config), want[i].nats + more / 2, 0.001 + more / 2);
        config.loss = MTS_LOSS_mse;
        ck_assert_double_eq_tol(ideal_of(&config).accuracy, want[i].accuracy, near);
        ck_assert_double_eq_tol(at_decision(config), want[i].square + more / 2, 0.0015 + more / 2);
    }
}
END_TEST

START_TEST(offsets_enter_the_ideal_observer)
{
    enum { B = 20000, K = 12 };
    mts_config config = defaults();
    double c[K * 2], offset[K], right = 0;
    config.tasks = K;
    config.offset = 0.5;
    config.noise = 3; /* anisotropic, so that the deviation differs between boundaries */
    config.sigma = 0.4;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_boundaries(task, c, offset);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < K; k++) {
            double margin = -offset[k];
            for (size_t s = 0; s < 20; s++)
                for (size_t d = 0; d < 2; d++)
                    margin += c[k * 2 + d] * (double)batch->obs[(s * B + b) * 2 + d] / 20;
            right += (margin > 0) == (batch->target[(21 * B + b) * K + k] == 1);
        }
    /* Labels of one trial are not independent: count trials. */
    check_mean(right, B * K, ideal_of(&config).accuracy, 0.4 * sqrt(K));
    const double affine = ideal_of(&config).accuracy;
    config.offset = 0;
    ck_assert_double_ge(affine, ideal_of(&config).accuracy + 0.02); /* off the middle is easier */
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(interleaved_is_the_mean_of_its_halves)
{
    for (int64_t half = 24; half <= 48; half += 24)
        for (int64_t loss = 0; loss < 2; loss++) {
            mts_config config = defaults(), part = defaults();
            double accuracy = 0, last = 0;
            part.loss = config.loss = loss;
            part.tasks = half;
            for (int64_t family = MTS_FAMILY_linear; family <= MTS_FAMILY_multiplicative;
                 family++) {
                part.family = family;
                accuracy += ideal_of(&part).accuracy / 2;
                last += at_decision(part) / 2;
            }
            config.family = MTS_FAMILY_interleaved;
            config.tasks = 2 * half;
            ck_assert_double_eq_tol(ideal_of(&config).accuracy, accuracy, 1e-12);
            ck_assert_double_eq_tol(at_decision(config), last, 1e-12);
        }
}
END_TEST

/* T = 12: decision steps 9, 10, 11. */
START_TEST(the_ideal_loss_is_the_mean_over_the_steps_that_count)
{
    static const double decides[] = {[MTS_MASK_all] = 3 / 12.0,
                                     [MTS_MASK_last] = 1,
                                     [MTS_MASK_random] = 3 / 7.0,
                                     [MTS_MASK_balanced] = 0.5};
    for (int64_t mask = 0; mask < 4; mask++) {
        mts_config config = defaults();
        config.fixation = 2;
        config.stimulus = 6;
        config.delay = 1;
        config.decision = 3;
        const double last = at_decision(config);
        config.mask = mask;
        ck_assert_double_eq_tol(ideal_of(&config).loss,
                                decides[mask] * last + (1 - decides[mask]) * log(2), 1e-12);
        config.loss = MTS_LOSS_mse; /* the target 1/2 is met without error */
        ck_assert_double_eq_tol(ideal_of(&config).loss, decides[mask] * at_decision(config), 1e-12);
    }
}
END_TEST

START_TEST(exact_observations_leave_no_error_in_any_family)
{
    static const int64_t tasks[] = {24, 24, 48, 2, 24};
    for (int64_t family = 0; family < 5; family++)
        for (int64_t noise = 0; noise < 4; noise++) {
            mts_config config = defaults();
            config.family = family;
            config.tasks = tasks[family];
            config.noise = noise;
            config.sigma = 0;
            config.mask = MTS_MASK_last;
            ck_assert_double_eq(ideal_of(&config).accuracy, 1);
            ck_assert_double_eq(ideal_of(&config).loss, 0);
            ck_assert_double_eq(mts_task_ideal_r2(&config), 1);
        }
}
END_TEST

START_TEST(the_sum_of_accumulate_is_seen_without_error_unless_noise_comes_after)
{
    mts_config config = defaults();
    config.family = MTS_FAMILY_accumulate;
    ck_assert_double_eq(ideal_of(&config).accuracy, 1);
    ck_assert_double_eq(ideal_of(&config).loss, 0);
    config.noise_at = MTS_NOISE_AT_encoder;
    config.encoder = MTS_ENCODER_none;
    ck_assert(isnan(ideal_of(&config).accuracy) && isnan(ideal_of(&config).loss));
}
END_TEST

/* ---- r2 ---- */

START_TEST(ideal_r2_is_that_of_the_variance_left)
{
    mts_config config = defaults();
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 0.976, 1e-12);
    config.noise = 3;
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - 12 * (.04 + .16) / 2 / 20, 1e-12);
    config.noise = 2;
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - 12 * .04 * 1.7 / (20 - 18 * .7), 1e-12);
    config.noise = 1; /* psi1(20) */
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - 12 * .04 * .0512708229351895, 1e-12);
    config.noise = 0;
    config.latents = 4;
    config.tasks = 3;
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 0.976 * 3 / 4, 1e-12);

    config = defaults();
    config.noise_at = MTS_NOISE_AT_encoder;
    ck_assert(isnan(mts_task_ideal_r2(&config)));
    config.encoder = MTS_ENCODER_none; /* then the noise is on the observation */
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - 12 * .01 / 20, 1e-12);

    config = defaults();
    config.family = MTS_FAMILY_accumulate;
    config = mts_task_evaluation(&config);
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - .48 / 21, 1e-12);

    config = defaults();
    config.probe_sigma = 0.1;
    config = mts_task_evaluation(&config);
    ck_assert_double_eq_tol(mts_task_ideal_r2(&config), 1 - 12 * .01 / 20, 1e-12);
}
END_TEST

/* The estimates that the variances are derived from, on drawn trials: the mean; the generalised
 * least squares estimate; the logarithm of the mean exponential less its bias. */
START_TEST(estimates_from_the_observations_have_the_variance_left_and_the_mean_of_gumbel_more)
{
    enum { B = 20000, S = 8 };
    const double a = 0.7, sigma = 0.5;
    for (int64_t noise = 0; noise < 4; noise++) {
        mts_config config = defaults();
        double square = 0, fourth = 0, plain = 0;
        config.noise = noise;
        config.stimulus = S;
        config.sigma = sigma;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t i = 0; i < B * 2; i++) {
            const double x = (double)batch->latent[i];
            double sum = 0, inner = 0, exponential = 0, estimate, e;
            for (size_t s = 0; s < S; s++) {
                const double X = (double)batch->obs[s * B * 2 + i];
                sum += X;
                inner += s > 0 && s < S - 1 ? X : 0;
                exponential += exp(-X / sigma);
            }
            estimate = sum / S;
            plain += pow(sum / S - 0.57721566490153286 * sigma - x, 2);
            if (noise == 2)
                estimate = (sum - a * inner) / (S - (S - 2) * a);
            if (noise == 1) /* psi(8) = 1 + 1/2 + ... + 1/7 - gamma */
                estimate = -sigma * (log(exponential) - 2.0156414779556099);
            e = pow(estimate - x, 2);
            square += e;
            fourth += e * e;
        }
        const double left = (1 - mts_task_ideal_r2(&config)) / 12;
        check_mean(square, B * 2, left, sqrt(fourth / (B * 2) - left * left));
        if (noise == 1)
            ck_assert_double_ge(plain / (B * 2), 1.4 * left);
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* And 1 - 12 variance as the variance falls. */
START_TEST(bayes_r2_is_that_of_the_posterior_mean)
{
    static const struct {
        double sigma, r2;
    } want[] = {{0.2, .97794}, {0.6, .83635}, {3, .15695}};
    mts_config config = defaults();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        config.sigma = want[i].sigma;
        ck_assert_double_eq_tol(mts_task_bayes_r2(&config), want[i].r2, 1e-5);
        ck_assert_double_ge(mts_task_bayes_r2(&config), mts_task_ideal_r2(&config));
    }
    config.sigma = 1e-3;
    ck_assert_double_eq_tol(mts_task_bayes_r2(&config), mts_task_ideal_r2(&config), 1e-7);
    config.sigma = 0;
    ck_assert_double_eq(mts_task_bayes_r2(&config), 1);
    config.noise_at = MTS_NOISE_AT_encoder;
    ck_assert(isnan(mts_task_bayes_r2(&config)));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_ideal_observer_reaches_the_numbers_of_brute_force,
        offsets_enter_the_ideal_observer,
        interleaved_is_the_mean_of_its_halves,
        the_ideal_loss_is_the_mean_over_the_steps_that_count,
        exact_observations_leave_no_error_in_any_family,
        the_sum_of_accumulate_is_seen_without_error_unless_noise_comes_after,
        ideal_r2_is_that_of_the_variance_left,
        bayes_r2_is_that_of_the_posterior_mean,
        estimates_from_the_observations_have_the_variance_left_and_the_mean_of_gumbel_more,
    };
    return run_suite("ideal", 60, tests, sizeof tests / sizeof *tests);
}
