/* The task families but linear, and the kinds of boundaries but the fan: labels, targets, what a
 * trial asks for. */
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"
#include "trials.h"

static const double pi = 3.14159265358979323846;

static mts_config family(int64_t number, int64_t tasks)
{
    mts_config config = defaults();
    config.family = number;
    config.tasks = tasks;
    return config;
}

/* Labels of the latents (x1, x2) at the last step, y[K]. */
static void labels_at(const mts_config *config, double x1, double x2, double *y)
{
    mts_task *task = make_task(config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, 1);
    batch->latent[0] = (mts_real)x1;
    batch->latent[1] = (mts_real)x2;
    mts_task_draw_at(task, NULL, 0, batch);
    for (size_t k = 0; k < batch->K; k++)
        y[k] = (double)batch->target[(batch->T - 1) * batch->K + k];
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}

/* ---- what a family needs of other fields ---- */

static void put(mts_config *config, const char *name, const char *text)
{
    ck_assert_msg(mts_config_set(config, mts_field_find(name), text) == MTS_OK, "%s",
                  mts_message());
}

START_TEST(a_family_refuses_what_it_does_not_know)
{
    static const struct {
        const char *set[4]; /* field, text, field, text */
        const char *message;
    } cases[] = {
        {{"boundaries", "fan", "latents", "3"},
         "boundaries fan needs latents 2, not 3; set boundaries to auto or random"},
        {{"family", "context", "latents", "3"}, "family context needs latents 2, not 3"},
        {{"family", "multiplicative", "latents", "3"},
         "family multiplicative needs latents 2, not 3"},
        {{"family", "interleaved", "latents", "3"}, "family interleaved needs latents 2, not 3"},
        {{"family", "accumulate", "latents", "3"}, "family accumulate needs latents 2, not 3"},
        {{"family", "context", "tasks", "3"}, "family context needs tasks 2, not 3"},
        {{"family", "multiplicative", "tasks", "12"},
         "family multiplicative needs tasks 24 or 48, for which thresholds are known, not 12"},
        {{"family", "interleaved", "tasks", "24"},
         "family interleaved needs tasks 48 or 96, half of them linear and half multiplicative, "
         "not 24"},
        {{"family", "multiplicative", "boundaries", "random"},
         "family multiplicative has boundaries of its own; set boundaries to auto"},
        {{"family", "accumulate", "boundaries", "cone"},
         "family accumulate has boundaries of its own; set boundaries to auto"},
        {{"family", "multiplicative", "boundaries", "fan"},
         "family multiplicative has boundaries of its own; set boundaries to auto"},
        {{"family", "accumulate", "offset", "0.1"},
         "family accumulate has boundaries of its own; set offset to 0, not 0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = defaults();
        put(&config, cases[i].set[0], cases[i].set[1]);
        put(&config, cases[i].set[2], cases[i].set[3]);
        ck_assert_int_eq(mts_config_check(&config), MTS_OK);
        ck_assert_int_eq(mts_task_check(&config), MTS_ERR_SWEEP);
        ck_assert_str_eq(mts_message(), cases[i].message);
    }
}
END_TEST

START_TEST(a_family_takes_boundaries_of_the_kind_that_it_has)
{
    mts_config config = defaults();
    config.boundaries = MTS_BOUNDARIES_fan;
    ck_assert_int_eq(mts_task_check(&config), MTS_OK);
    config = family(MTS_FAMILY_interleaved, 48); /* its linear half has any */
    config.boundaries = MTS_BOUNDARIES_cone;
    config.offset = 0.5;
    ck_assert_int_eq(mts_task_check(&config), MTS_OK);
    config = family(MTS_FAMILY_accumulate, 24);
    config.boundaries = MTS_BOUNDARIES_fan;
    ck_assert_int_eq(mts_task_check(&config), MTS_OK);
}
END_TEST

START_TEST(a_family_trains_on_the_loss_of_the_config_or_on_its_own)
{
    mts_config config = defaults();
    ck_assert_str_eq(mts_task_loss(&config), "cross_entropy");
    config.loss = MTS_LOSS_mse;
    ck_assert_str_eq(mts_task_loss(&config), "mse");
    config.family = MTS_FAMILY_accumulate;
    ck_assert_str_eq(mts_task_loss(&config), "accumulate");
}
END_TEST

/* ---- multiplicative ---- */

/* Thresholds of K = 24: .005 .02 .04 .07 .11 .15; of 48: .005 .01 .018 .027 .04 .052 .07 .085 .105
 * .125 .15 .18. */
START_TEST(multiplicative_labels_are_those_worked_out_by_hand)
{
    static const struct {
        double x1, x2;
        size_t quadrant, of24, of48; /* tasks of the quadrant that say 1 */
    } want[] = {
        {.3, .3, 0, 4, 8}, /* .09 */
        {-.3, .3, 1, 4, 8},      {-.3, -.3, 2, 4, 8},
        {.3, -.3, 3, 4, 8},      {.45, .45, 0, 6, 12}, /* .2025 */
        {-.09, .1, 1, 1, 1},                           /* .009 */
        {.05, -.05, 3, 0, 0},                          /* .0025 */
        {-.4, -.4, 2, 6, 11},                          /* .16 */
        {.25, .125, 0, 2, 4},                          /* .03125 */
        {-.5, .375, 1, 6, 12},                         /* .1875 */
        {.40625, -.25, 3, 4, 8},                       /* .1015625 */
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (size_t K = 24; K <= 48; K += 24) {
            const mts_config config = family(MTS_FAMILY_multiplicative, (int64_t)K);
            const size_t ones = K == 24 ? want[i].of24 : want[i].of48;
            double y[48];
            labels_at(&config, want[i].x1, want[i].x2, y);
            for (size_t k = 0; k < K; k++)
                ck_assert_msg(y[k] == (k / (K / 4) == want[i].quadrant && k % (K / 4) < ones),
                              "point %zu, K %zu, task %zu", i, K, k);
        }
}
END_TEST

START_TEST(a_point_on_an_axis_is_in_no_quadrant)
{
    const mts_config config = family(MTS_FAMILY_multiplicative, 24);
    double y[24];
    for (int sign = -1; sign <= 1; sign++) {
        labels_at(&config, 0, 0.5 * sign, y);
        for (size_t k = 0; k < 24; k++)
            ck_assert_double_eq(y[k], 0);
        labels_at(&config, 0.5 * sign, 0, y);
        for (size_t k = 0; k < 24; k++)
            ck_assert_double_eq(y[k], 0);
    }
}
END_TEST

/* P(x1 x2 > h, both in (0, 1/2)) of the square: 1/4 - h (1 - ln(4 h)). */
START_TEST(multiplicative_labels_are_one_as_often_as_their_area_is_large)
{
    enum { B = 40000, K = 24 };
    static const double h[] = {.005, .02, .04, .07, .11, .15};
    mts_config config = family(MTS_FAMILY_multiplicative, K);
    double ones[K] = {0};
    config.stimulus = 1;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < K; k++)
            ones[k] += (double)batch->target[((batch->T - 1) * B + b) * K + k];
    for (size_t k = 0; k < K; k++) {
        const double p = 0.25 - h[k % 6] * (1 - log(4 * h[k % 6]));
        check_mean(ones[k], B, p, sqrt(p * (1 - p)));
    }
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

/* ---- interleaved ---- */

START_TEST(interleaved_has_the_labels_of_both_families)
{
    enum { B = 300, K = 48 };
    const mts_config config = family(MTS_FAMILY_interleaved, K);
    const mts_config linear = family(MTS_FAMILY_linear, K / 2);
    const mts_config product = family(MTS_FAMILY_multiplicative, K / 2);
    const mts_config *configs[] = {&config, &linear, &product};
    mts_task *task[3];
    mts_batch *batch[3];
    for (size_t i = 0; i < 3; i++) {
        task[i] = make_task(configs[i], 5, mts_kernels_at(0));
        batch[i] = make_batch(task[i], B);
        mts_task_draw(task[i], LATENTS, NOISE, 0, NULL, batch[i]);
    }
    ck_assert_uint_eq(batch[0]->C, 1);
    for (size_t i = 0; i < batch[0]->T * B; i++) {
        ck_assert(same_bits(batch[0]->target + i * K, batch[1]->target + i * K / 2, K / 2));
        ck_assert(same_bits(batch[0]->target + i * K + K / 2, batch[2]->target + i * K / 2, K / 2));
    }
    for (size_t i = 0; i < 3; i++) {
        mts_batch_destroy(batch[i]);
        mts_task_destroy(task[i]);
    }
}
END_TEST

START_TEST(interleaved_asks_a_whole_training_batch_for_one_family_by_chance)
{
    enum { BATCHES = 2000, SIZE = 7, K = 48 };
    mts_config config = family(MTS_FAMILY_interleaved, K);
    double linear = 0, changes = 0;
    bool last = false;
    config.batch = SIZE;
    config.stimulus = 1;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, SIZE), *off = make_batch(task, SIZE);
    ck_assert_uint_eq(batch->n_asked, K / 2);
    for (size_t i = 0; i < BATCHES; i++) {
        mts_task_draw(task, LATENTS, NOISE, i * SIZE, NULL, batch);
        const bool now = batch->asked[0];

        for (size_t b = 0; b < SIZE; b++)
            for (size_t k = 0; k < K; k++) {
                assert_each(batch->asked[b * K + k] == ((k < K / 2) == now));
                for (size_t t = 0; t < batch->T; t++)
                    assert_each((double)batch->weight[(t * SIZE + b) * K + k] ==
                                ((k < K / 2) == now ? 2 : 0));
            }
        linear += now;
        changes += i > 0 && now != last;
        last = now;
        if (i > 0) { /* another grouping of the same trials: 3 of the batch before, then 4 */
            mts_task_draw(task, LATENTS, NOISE, i * SIZE - 3, NULL, off);
            ck_assert(memcmp(off->asked + 3 * K, batch->asked, 4 * K * sizeof(bool)) == 0);
        }
    }
    check_mean(linear, BATCHES, 0.5, 0.5);
    check_mean(changes, BATCHES - 1, 0.5, 0.5);
    mts_batch_destroy(batch);
    mts_batch_destroy(off);
    mts_task_destroy(task);
}
END_TEST

START_TEST(the_multiplicative_half_of_interleaved_has_no_normals)
{
    const mts_config config = family(MTS_FAMILY_interleaved, 48);
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    double normal[96], offset[48];
    mts_task_boundaries(task, normal, offset);
    for (size_t k = 0; k < 48; k++) {
        const double phi = ((double)k + 0.5) * pi / 24;
        ck_assert_int_eq(isnan(offset[k]) != 0, k >= 24);
        ck_assert_int_eq(isnan(normal[2 * k]) != 0, k >= 24);
        ck_assert_int_eq(isnan(normal[2 * k + 1]) != 0, k >= 24);
        if (k < 24) /* the fan of 24 */
            ck_assert_double_eq_tol(fabs(normal[2 * k]), sin(phi), 1e-15);
    }
    mts_task_destroy(task);
}
END_TEST

/* ---- context ---- */

START_TEST(context_labels_are_the_larger_latent_and_the_sign_of_the_sum)
{
    const mts_config config = family(MTS_FAMILY_context, 2);
    static const double want[][4] = {{.1, .2, 1, 1},    {.2, .1, 0, 1},   {-.1, -.2, 0, 0},
                                     {-.2, -.1, 1, 0},  {-.3, .2, 1, 0},  {.3, -.2, 0, 1},
                                     {.25, -.25, 0, 0}, {-.25, .25, 1, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        double y[2];
        labels_at(&config, want[i][0], want[i][1], y);
        ck_assert_double_eq(y[0], want[i][2]);
        ck_assert_double_eq(y[1], want[i][3]);
    }
}
END_TEST

START_TEST(context_cues_one_task_for_the_whole_trial_and_only_that_counts)
{
    enum { B = 4000 };
    mts_config config = family(MTS_FAMILY_context, 2);
    double first = 0, again = 0;
    config.delay = 2;
    config.stimulus = 2;
    config.mask = MTS_MASK_last;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    ck_assert_uint_eq(mts_task_timing(&config).channels, 3);
    ck_assert_uint_eq(batch->C, 3);
    ck_assert_uint_eq(batch->n_asked, 1);
    ck_assert(batch->cued);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t b = 0; b < B; b++) {
        const bool *asked = batch->asked + b * 2;
        ck_assert(asked[0] != asked[1]);
        first += asked[0];
        again += b > 0 && asked[0] == batch->asked[(b - 1) * 2];
        for (size_t t = 0; t < 6; t++) {
            const mts_real *c = batch->channel + (t * B + b) * 3;
            const mts_real *w = batch->weight + (t * B + b) * 2;
            ck_assert_double_eq((double)c[0], t < 5);
            for (size_t k = 0; k < 2; k++) {
                ck_assert_double_eq((double)c[1 + k], asked[k]);
                ck_assert_double_eq((double)w[k], asked[k] && t == 5 ? 12 : 0);
            }
        }
    }
    check_mean(first, B, 0.5, 0.5);
    check_mean(again, B - 1, 0.5, 0.5);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(cues_in_turn_alternate_and_other_families_have_none)
{
    enum { B = 5 };
    const mts_config config = family(MTS_FAMILY_context, 2), other = family(MTS_FAMILY_linear, 24);
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    for (uint64_t start = 6; start < 8; start++) {
        mts_task_cue_in_turn(task, start, batch);
        for (size_t b = 0; b < B; b++)
            for (size_t t = 0; t < batch->T; t++)
                for (size_t k = 0; k < 2; k++) {
                    const bool now = (start + b) % 2 == k;
                    ck_assert_int_eq(batch->asked[b * 2 + k], now);
                    ck_assert_double_eq((double)batch->channel[(t * B + b) * 3 + 1 + k], now);
                    ck_assert_double_eq((double)batch->weight[(t * B + b) * 2 + k], now ? 2 : 0);
                }
    }
    mts_batch_destroy(batch);
    mts_task_destroy(task);

    task = make_task(&other, 5, mts_kernels_at(0));
    batch = make_batch(task, B);
    mts_task_cue_in_turn(task, 0, batch);
    for (size_t i = 0; i < batch->T * B; i++)
        ck_assert_double_eq((double)batch->channel[i], i < 21 * B);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

/* ---- accumulate ---- */

START_TEST(accumulate_has_stimulus_steps_only_and_one_more_in_evaluation)
{
    mts_config config = family(MTS_FAMILY_accumulate, 24);
    config.delay = 3; /* has no effect, nor have fixation and decision */
    const mts_timing timing = mts_task_timing(&config);
    ck_assert_uint_eq(timing.T, 20);
    ck_assert_uint_eq(timing.stimulus, 20);
    ck_assert_uint_eq(timing.stimulus_first, 0);
    ck_assert_uint_eq(timing.decision_first, 19);
    ck_assert_uint_eq(timing.channels, 0);
    const mts_config e = mts_task_evaluation(&config);
    ck_assert_uint_eq(mts_task_timing(&e).T, 21);
    ck_assert_uint_eq(mts_task_timing(&e).stimulus, 21);
}
END_TEST

/* K = 4: slopes tan 22.5 = sqrt(2) - 1, tan 67.5 = sqrt(2) + 1, and their negatives. Without noise
 * the latents (.25, .5) add to (-.5, .5) a step: .5 - slope / 4. */
START_TEST(accumulate_sums_the_evidence_and_freezes_at_the_bound)
{
    enum { T = 20, K = 4 };
    mts_config config = family(MTS_FAMILY_accumulate, K);
    const double root = sqrt(2);
    const double each[K] = {.5 - (root - 1) / 4, .5 - (root + 1) / 4, .5 + (root + 1) / 4,
                            .5 + (root - 1) / 4};
    for (int truncate = 0; truncate < 2; truncate++) {
        config.accumulate_truncate = truncate;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, 2);

        batch->latent[0] = (mts_real).25;
        batch->latent[1] = (mts_real).5;
        batch->latent[2] = (mts_real)-.25;
        batch->latent[3] = (mts_real)-.5;
        mts_task_draw_at(task, NULL, 0, batch);
        for (size_t t = 0; t < T; t++)
            for (size_t b = 0; b < 2; b++)
                for (size_t k = 0; k < K; k++) {
                    double want = fmax(-5, fmin((double)(t + 1) * each[k], 5)) * (b ? -1 : 1);
                    if (truncate)
                        want = (double)(int)want;
                    ck_assert_double_eq_tol((double)batch->target[(t * 2 + b) * K + k], want,
                                            IS_DOUBLE ? 1e-13 : 1e-6);
                }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* Large noise and a small bound: sums reach the bound and would come back. Held against sums of the
 * batch's own observations. */
START_TEST(accumulate_stays_where_it_hit_whatever_comes_after)
{
    enum { B = 200, K = 5 };
    mts_config config = family(MTS_FAMILY_accumulate, K);
    size_t hits = 0, returns = 0;
    config.sigma = 1;
    config.bound = 1.5;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < K; k++) {
            const double slope = tan(((double)k + 0.5) * pi / K);
            double sum = 0, hit = 0;
            for (size_t t = 0; t < 20; t++) {
                const mts_real *x = batch->obs + (t * B + b) * 2;
                const double y = (double)batch->target[(t * B + b) * K + k];
                sum += (double)x[1] - slope * (double)x[0];
                if (hit == 0 && fabs(sum) > 1.5)
                    hit = sum > 0 ? 1.5 : -1.5;
                ck_assert_double_eq_tol(y, hit != 0 ? hit : sum, IS_DOUBLE ? 1e-12 : 1e-6);
                returns += hit != 0 && fabs(sum) < 1.4;
            }
            hits += hit != 0;
        }
    ck_assert_uint_gt(hits, B);
    ck_assert_uint_gt(returns, B);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(accumulate_with_a_vertical_line_is_at_a_bound_at_once)
{
    enum { B = 50 };
    const mts_config config = family(MTS_FAMILY_accumulate, 3);
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t b = 0; b < B; b++) /* tan(pi / 2) is 1.6e16: the first observation of x1 decides */
        for (size_t t = 0; t < 20; t++)
            ck_assert_double_eq((double)batch->target[(t * B + b) * 3 + 1],
                                batch->obs[b * 2] < 0 ? 5 : -5);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

/* ---- boundaries ---- */

START_TEST(normals_of_a_cone_are_within_its_angle_of_the_diagonal)
{
    enum { K = 2000 };
    static const struct {
        int64_t D;
        double cone;
    } cases[] = {{2, 5}, {5, 5}, {3, 90}, {2, 0}, {4, 0}};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static double c[K * 5];
        mts_config config = family(MTS_FAMILY_linear, K);
        const size_t D = (size_t)cases[i].D;
        const double cone = cases[i].cone;
        double sum = 0, square = 0, side = 0, across = 0;
        config.latents = cases[i].D;
        config.boundaries = MTS_BOUNDARIES_cone;
        config.cone = cone;
        mts_task *task = make_task(&config, 5, k);
        mts_task_boundaries(task, c, NULL);
        for (size_t j = 0; j < K; j++) {
            double dot = 0, away = 0, angle;
            for (size_t d = 0; d < D; d++)
                dot += c[j * D + d] / sqrt((double)D);
            for (size_t d = 0; d < D; d++)
                away += pow(c[j * D + d] - dot / sqrt((double)D), 2);
            angle = atan2(sqrt(away), dot) * 180 / pi;
            ck_assert_double_le(angle, cone + 1e-6);
            sum += angle;
            square += angle * angle;
            side += c[j * D] - c[j * D + 1];
            across += pow(c[j * D] - c[j * D + 1], 2);
        }
        if (cone > 0) { /* U(0, cone), and no side is preferred */
            check_mean(sum, K, cone / 2, cone / sqrt(12));
            check_mean(square, K, cone * cone / 3, cone * cone * sqrt(4 / 45.0));
            check_mean(side, K, 0, sqrt(across / K));
        } else {
            ck_assert_double_le(across, 1e-20);
        }
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(offsets_are_uniform_and_drawn_for_the_run)
{
    enum { K = 4000 };
    static double a[K], b[K], none[K];
    mts_config config = family(MTS_FAMILY_linear, K);
    double sum = 0, square = 0;
    mts_task *zero = make_task(&config, 5, mts_kernels_at(0));
    config.offset = 0.3;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_task *other = make_task(&config, 6, mts_kernels_at(0));
    mts_task_boundaries(task, NULL, a);
    mts_task_boundaries(other, NULL, b);
    mts_task_boundaries(zero, NULL, none);
    ck_assert_mem_ne(a, b, sizeof a);
    for (size_t k = 0; k < K; k++) {
        ck_assert_double_eq(none[k], 0);
        ck_assert_double_le(fabs(a[k]), 0.3);
        sum += a[k];
        square += a[k] * a[k];
    }
    check_mean(sum, K, 0, 0.3 / sqrt(3));
    check_mean(square, K, 0.03, 0.09 * sqrt(4 / 45.0));
    mts_task_destroy(task);
    mts_task_destroy(other);
    mts_task_destroy(zero);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_family_refuses_what_it_does_not_know,
        a_family_takes_boundaries_of_the_kind_that_it_has,
        a_family_trains_on_the_loss_of_the_config_or_on_its_own,
        multiplicative_labels_are_those_worked_out_by_hand,
        a_point_on_an_axis_is_in_no_quadrant,
        multiplicative_labels_are_one_as_often_as_their_area_is_large,
        interleaved_has_the_labels_of_both_families,
        interleaved_asks_a_whole_training_batch_for_one_family_by_chance,
        the_multiplicative_half_of_interleaved_has_no_normals,
        context_labels_are_the_larger_latent_and_the_sign_of_the_sum,
        context_cues_one_task_for_the_whole_trial_and_only_that_counts,
        cues_in_turn_alternate_and_other_families_have_none,
        accumulate_has_stimulus_steps_only_and_one_more_in_evaluation,
        accumulate_sums_the_evidence_and_freezes_at_the_bound,
        accumulate_stays_where_it_hit_whatever_comes_after,
        accumulate_with_a_vertical_line_is_at_a_bound_at_once,
        normals_of_a_cone_are_within_its_angle_of_the_diagonal,
        offsets_are_uniform_and_drawn_for_the_run,
    };
    return run_suite("task_families", 60, tests, sizeof tests / sizeof *tests);
}
