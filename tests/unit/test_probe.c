/* Tests of the decoder protocol with sources whose best decoders are known. */
#include "suite.h"
#include "toy_source.h"

START_TEST(ols_reads_a_linear_code_without_error)
{
    for (size_t D = 2; D <= 4; D++) {
        toy *t = new_toy(12, D, linear_state);
        mts_probe_spec spec = usual();
        mts_result *r = probe_toy(t, &spec);
        for (size_t split = 0; split < MTS_N_SPLITS; split++)
            for (size_t fold = 0; fold < 4; fold++)
                for (size_t fit = 0; fit < spec.fits; fit++) {
                    size_t i = at(r, split, fold, fit);
                    ck_assert_double_eq_tol(r->score_ols_r2[i], 1, 1e-6);
                    ck_assert_double_eq_tol(r->score_ols_r2_within[i], 1, 1e-5);
                    ck_assert_double_le(r->score_ols_mse[i], 1e-8);
                }
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

static void large_state(const toy *t, const mts_real *x, const mts_real *u, mts_real *h)
{
    ideal_state(t, x, u, h);
    for (size_t j = 0; j < t->N; j++)
        h[j] *= 16;
}

/* Sixteen is a power of two, so the scaled states are the same to the bit. */
START_TEST(std_decoder_does_not_care_how_large_states_are)
{
    toy *small = new_toy(12, 2, ideal_state), *large = new_toy(12, 2, large_state);
    mts_probe_spec spec = usual();
    mts_result *a = probe_toy(small, &spec), *b = probe_toy(large, &spec);
    for (size_t split = 0; split < MTS_N_SPLITS; split++)
        for (size_t fold = 0; fold < 4; fold++) {
            const size_t i = at(a, split, fold, 0);
            ck_assert_double_eq(a->score_std_mse[i], b->score_std_mse[i]);
            ck_assert_double_eq(a->score_std_angle[i], b->score_std_angle[i]);
            ck_assert_double_ne(a->score_mse[i], b->score_mse[i]);
            ck_assert_double_eq(a->score_std_r2[i], 1 - 12 * a->score_std_mse[i]);
            ck_assert_double_eq(a->score_std_r2_within[i], 1 - 48 * a->score_std_mse[i]);
        }
    mts_result_destroy(a);
    mts_result_destroy(b);
    free(small);
    free(large);
}
END_TEST

START_TEST(std_decoder_leaves_silent_states_as_they_are)
{
    toy *t = new_toy(12, 2, silent_state);
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec);
    for (size_t fold = 0; fold < 4; fold++) {
        const size_t i = at(r, MTS_SPLIT_OOD, fold, 0);
        ck_assert_double_eq(r->score_std_mse[i], r->score_mse[i]);
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

/* The least-norm decoder of h = A x + a is W = A (A'A)^-1, so W'W = (A'A)^-1, and the cosine between
 * its two columns is that between the columns of A with the sign turned. */
START_TEST(ols_angle_is_that_of_the_pseudoinverse)
{
    toy *t = new_toy(12, 2, linear_state);
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec);
    double a[2][12];
    for (size_t j = 0; j < 12; j++) {
        a[0][j] = mixing(0, j);
        a[1][j] = mixing(1, j);
    }
    const double want = 180 - mts_angle(12, a[0], a[1]);
    for (size_t fold = 0; fold < 4; fold++)
        for (size_t split = 0; split < MTS_N_SPLITS; split++)
            ck_assert_double_eq_tol(r->score_ols_angle[at(r, split, fold, 0)], want, 1e-3);
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(an_ideal_observer_scores_the_ceiling_on_every_split)
{
    toy *t = new_toy(16, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.batches = 1000;
    spec.fits = 3;
    spec.test_trials = 6400;
    mts_result *r = probe_toy(t, &spec);
    for (size_t split = 0; split < MTS_N_SPLITS; split++) {
        double mean = 0;
        for (size_t fold = 0; fold < 4; fold++)
            for (size_t fit = 0; fit < spec.fits; fit++) {
                double r2 = r->score_ols_r2[at(r, split, fold, fit)];
                ck_assert_double_eq_tol(r2, 0.976, 0.003);
                mean += r2 / 12;
            }
        ck_assert_double_eq_tol(mean, 0.976, 0.002);
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(sgd_comes_near_the_ceiling_and_not_above_it)
{
    toy *t = new_toy(32, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.batches = 3000;
    mts_result *r = probe_toy(t, &spec);
    ck_assert_double_ge(*r->result_id_r2, 0.93);
    ck_assert_double_ge(*r->result_ood_r2, 0.90);
    for (size_t i = 0; i < MTS_N_SPLITS * 4 * spec.fits; i++)
        ck_assert_double_le(r->score_r2[i], 0.981);
    mts_result_destroy(r);
    free(t);
}
END_TEST

/* A score is a mean of 2 n squared normal errors: its standard deviation is sqrt(2 / (2 n)) of what is
 * missing to 1. A decoder that knows where latents can be gains 1 - 1 / (1 + 12 s) - (1 - 12 s) with s
 * = .04 / 20, .0006, on the ideal observer. */
START_TEST(no_decoder_scores_significantly_above_the_ideal_observer)
{
    const double ceiling = 0.976 + 0.0006;
    for (size_t N = 16; N <= 32; N *= 2) {
        toy *t = new_toy(N, 2, ideal_state);
        mts_probe_spec spec = usual();
        spec.batches = 3000;
        spec.fits = 4;
        mts_result *r = probe_toy(t, &spec);
        const double deviation = 0.024 * sqrt(1 / (double)spec.test_trials);
        for (size_t split = 0; split < MTS_N_SPLITS; split++) {
            double sgd = 0, ols = 0;
            for (size_t fold = 0; fold < 4; fold++)
                for (size_t fit = 0; fit < spec.fits; fit++) {
                    size_t i = at(r, split, fold, fit);
                    ck_assert_double_le(r->score_r2[i], ceiling + 4 * deviation);
                    ck_assert_double_le(r->score_ols_r2[i], ceiling + 4 * deviation);
                    sgd += r->score_r2[i] / 16;
                    ols += r->score_ols_r2[i] / 16;
                }
            ck_assert_double_le(sgd, ceiling + deviation);
            ck_assert_double_le(ols, ceiling + deviation);
            ck_assert_double_ge(ols, 0.976 - 0.003);
        }
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

START_TEST(sgd_improves_with_its_batches)
{
    double r2[2];
    for (size_t i = 0; i < 2; i++) {
        toy *t = new_toy(16, 2, linear_state);
        mts_probe_spec spec = usual();
        spec.batches = i == 0 ? 10 : 1000;
        mts_result *r = probe_toy(t, &spec);
        r2[i] = *r->result_id_r2;
        mts_result_destroy(r);
        free(t);
    }
    ck_assert_double_le(r2[0], 0.9);
    ck_assert_double_ge(r2[1], 0.95);
}
END_TEST

START_TEST(r2_columns_are_the_mse_in_units_of_a_variance)
{
    toy *t = new_toy(8, 2, ideal_state);
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec);
    for (size_t i = 0; i < MTS_N_SPLITS * 4 * spec.fits; i++) {
        ck_assert_double_ge(r->score_mse[i], 0);
        ck_assert_double_eq_tol(r->score_r2[i], 1 - r->score_mse[i] * 12, 1e-12);
        ck_assert_double_eq_tol(r->score_r2_within[i], 1 - r->score_mse[i] * 48, 1e-12);
        ck_assert_double_eq_tol(r->score_ols_r2[i], 1 - r->score_ols_mse[i] * 12, 1e-12);
        ck_assert_double_eq_tol(r->score_ols_r2_within[i], 1 - r->score_ols_mse[i] * 48, 1e-12);
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

/* With a unit for each quadrant, a decoder that saw one trial of the held-out quadrant could give
 * its mean: mse 1/48. One that did not can only give its bias. */
START_TEST(out_of_distribution_decoders_never_see_the_held_out_region)
{
    toy *t = new_toy(4, 2, quadrant_state);
    mts_probe_spec spec = usual();
    spec.batches = 3000;
    mts_result *r = probe_toy(t, &spec);
    for (size_t fold = 0; fold < 4; fold++)
        for (size_t fit = 0; fit < spec.fits; fit++) {
            size_t id = at(r, MTS_SPLIT_ID, fold, fit), ood = at(r, MTS_SPLIT_OOD, fold, fit);
            ck_assert_double_eq_tol(r->score_ols_mse[id], 1.0 / 48, 0.002);
            ck_assert_double_eq_tol(r->score_mse[id], 1.0 / 48, 0.003);
            ck_assert_double_ge(r->score_ols_mse[ood], 0.05);
            ck_assert_double_ge(r->score_mse[ood], 0.04);
        }
    /* The published test sets of quadrants 2 and 4 lie in quadrants that were trained on. */
    for (size_t fold = 0; fold < 4; fold++) {
        double mse = r->score_ols_mse[at(r, MTS_SPLIT_OOD_PUBLISHED, fold, 0)];
        if (fold % 2 == 1)
            ck_assert_double_eq_tol(mse, 1.0 / 48, 0.002);
        else
            ck_assert_double_eq(mse, r->score_ols_mse[at(r, MTS_SPLIT_OOD, fold, 0)]);
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(test_sets_have_the_quadrants_of_their_split)
{
    toy *t = new_toy(4, 2, linear_state);
    mts_probe_spec spec = usual();
    spec.fits = 1;
    spec.batches = 20;
    spec.test_trials = 6400;
    mts_result *r = probe_toy(t, &spec);
    /* In order: held-out 1; 2, published 2; 3; 4, published 4. Rows of fractions. */
    const double want[6][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {.5, 0, .5, 0},
                               {0, 0, 1, 0}, {0, 0, 0, 1}, {.5, 0, .5, 0}};
    ck_assert_uint_eq(t->n_sequences, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(t->tested[i].trials, spec.test_trials);
        for (size_t q = 0; q < 4; q++)
            ck_assert_double_eq_tol((double)t->tested[i].in_quadrant[q] / 6400, want[i][q],
                                    want[i][q] == .5 ? 0.03 : 1e-12);
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(every_trial_is_drawn_once)
{
    toy *t = new_toy(6, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.fits = 3;
    mts_result *r = probe_toy(t, &spec);
    double training = 0;
    for (size_t a = 0; a < t->n_draws; a++) {
        if (t->draw[a].n_patterns == 0)
            training += (double)t->draw[a].n;
        for (size_t b = 0; b < a; b++) {
            if (t->draw[a].sequence != t->draw[b].sequence)
                continue;
            /* One sequence has one region, and its draws do not overlap. */
            ck_assert_uint_eq(t->draw[a].n_patterns, t->draw[b].n_patterns);
            ck_assert_mem_eq(t->draw[a].pattern, t->draw[b].pattern, sizeof t->draw[a].pattern);
            ck_assert(t->draw[a].first >= t->draw[b].first + t->draw[b].n ||
                      t->draw[b].first >= t->draw[a].first + t->draw[a].n);
        }
    }
    /* Ten forward passes of 4800 trials would be 240 thousand; one and a third are 6400 a fit. */
    ck_assert_double_ge(training, 3 * 6400);
    ck_assert_double_le(training, 3 * (6400 + 3 * MTS_PROBE_CHUNK));
    double expected = mts_probe_draws(&spec, 2), drawn = training;
    for (size_t a = 0; a < t->n_draws; a++)
        drawn += t->draw[a].n_patterns > 0 ? (double)t->draw[a].n : 0;
    ck_assert_double_le(fabs(expected - drawn), 0.05 * drawn);
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(fits_are_independent_of_their_number)
{
    mts_result *r[2];
    for (size_t i = 0; i < 2; i++) {
        toy *t = new_toy(8, 2, ideal_state);
        mts_probe_spec spec = usual();
        spec.fits = i == 0 ? 2 : 4;
        r[i] = probe_toy(t, &spec);
        free(t);
    }
    for (size_t split = 0; split < MTS_N_SPLITS; split++)
        for (size_t fold = 0; fold < 4; fold++) {
            for (size_t fit = 0; fit < 2; fit++) {
                size_t a = at(r[0], split, fold, fit), b = at(r[1], split, fold, fit);
                ck_assert_double_eq(r[0]->score_mse[a], r[1]->score_mse[b]);
                ck_assert_double_eq(r[0]->score_angle[a], r[1]->score_angle[b]);
                ck_assert_double_eq(r[0]->score_ols_mse[a], r[1]->score_ols_mse[b]);
            }
            for (size_t fit = 1; fit < 4; fit++)
                ck_assert_double_ne(r[1]->score_mse[at(r[1], split, fold, fit)],
                                    r[1]->score_mse[at(r[1], split, fold, 0)]);
        }
    mts_result_destroy(r[0]);
    mts_result_destroy(r[1]);
}
END_TEST

START_TEST(decoders_of_a_fit_have_their_own_weights_and_order)
{
    toy *t = new_toy(8, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.batches = 1; /* the angle is almost that of the initial weights */
    spec.fits = 1;
    mts_result *r = probe_toy(t, &spec);
    for (size_t a = 0; a < 8; a++)
        for (size_t b = 0; b < a; b++)
            ck_assert_double_ne(r->score_angle[at(r, a / 4, a % 4, 0)],
                                r->score_angle[at(r, b / 4, b % 4, 0)]);
    mts_result_destroy(r);
    free(t);
}
END_TEST

/* With a learning rate of almost 0 decoders stay where they begin: weights and bias U(+-1/sqrt(N)).
 * Of a silent network they read their bias: mse 1/12 + 1/(3 N), in the mean over quadrants. */
START_TEST(decoders_begin_with_small_symmetric_weights)
{
    mts_probe_spec spec = usual();
    spec.batches = 1;
    spec.learning_rate = 1e-12;
    spec.fits = 200;
    spec.test_trials = 100;
    toy *silent = new_toy(4, 2, silent_state), *speaking = new_toy(16, 2, ideal_state);
    mts_result *r = probe_toy(silent, &spec), *s = probe_toy(speaking, &spec);
    double mse = 0, angle = 0;
    for (size_t i = 0; i < 2 * 4 * 200; i++) { /* id and ood */
        mse += r->score_mse[i] / 1600;
        angle += s->score_angle[i] / 1600;
    }
    ck_assert_double_eq_tol(mse, 1.0 / 12 + 1.0 / 12, 0.015);
    ck_assert_double_eq_tol(angle, 90, 4);
    mts_result_destroy(r);
    mts_result_destroy(s);
    free(silent);
    free(speaking);
}
END_TEST

/* floor(.99 n) + 1 is 199 for n = 200 and for n = 201, and 198 for n = 199. */
START_TEST(sgd_is_tested_once_shortly_before_its_end)
{
    mts_result *r[3];
    for (size_t i = 0; i < 3; i++) {
        toy *t = new_toy(8, 2, ideal_state);
        mts_probe_spec spec = usual();
        spec.batches = 199 + i;
        r[i] = probe_toy(t, &spec);
        free(t);
    }
    for (size_t i = 0; i < 2 * 4 * 2; i++) { /* id and ood */
        ck_assert_double_ne(r[0]->score_mse[i], r[1]->score_mse[i]);
        ck_assert_double_eq(r[1]->score_mse[i], r[2]->score_mse[i]);
        ck_assert_double_ne(r[1]->score_angle[i], r[2]->score_angle[i]);
    }
    for (size_t i = 0; i < 3; i++)
        mts_result_destroy(r[i]);
}
END_TEST

START_TEST(published_angles_are_those_of_the_same_decoder)
{
    toy *t = new_toy(8, 3, ideal_state);
    mts_probe_spec spec = usual();
    spec.folds = MTS_FOLDS_orthant;
    mts_result *r = probe_toy(t, &spec);
    for (size_t fold = 0; fold < 8; fold++)
        for (size_t fit = 0; fit < spec.fits; fit++) {
            size_t o = at(r, MTS_SPLIT_OOD, fold, fit),
                   p = at(r, MTS_SPLIT_OOD_PUBLISHED, fold, fit);
            ck_assert_double_eq(r->score_angle[o], r->score_angle[p]);
            ck_assert_double_eq(r->score_ols_angle[o], r->score_ols_angle[p]);
            ck_assert_mem_eq(r->score_pair_angle + 3 * o, r->score_pair_angle + 3 * p,
                             3 * sizeof(double));
            /* all - and all + come out as meant, the other six do not */
            ck_assert_int_eq(r->score_mse[o] == r->score_mse[p], fold == 0 || fold == 7);
        }
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(angle_is_the_median_over_pairs)
{
    toy *t = new_toy(8, 4, ideal_state);
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec);
    for (size_t i = 0; i < MTS_N_SPLITS * 4 * spec.fits; i++) {
        double pair[6];
        memcpy(pair, r->score_pair_angle + 6 * i, sizeof pair);
        for (size_t j = 0; j < 6; j++)
            ck_assert(pair[j] >= 0 && pair[j] <= 180);
        ck_assert_double_eq(r->score_angle[i], mts_quantile(6, pair, 0.5));
    }
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(every_protocol_of_folds_scores_an_ideal_observer)
{
    const struct {
        int64_t folds;
        size_t D, n;
    } cases[] = {{MTS_FOLDS_last_two, 3, 4}, {MTS_FOLDS_last_two, 4, 4},
                 {MTS_FOLDS_orthant, 3, 8},  {MTS_FOLDS_orthant, 4, 16},
                 {MTS_FOLDS_sign_1, 2, 1},   {MTS_FOLDS_sign_1 + 2, 4, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        toy *t = new_toy(16, cases[c].D, ideal_state);
        mts_probe_spec spec = usual();
        spec.folds = cases[c].folds;
        mts_result *r = probe_toy(t, &spec);
        /* Seen from one half only, a latent spreads by 1/48 and not 1/12: the decoder shrinks it
         * by 1/(1 + 48 (.04 / 20)), and errs by up to a twelfth of its size in the other half. */
        double tolerance = cases[c].n == 1 ? 0.02 : 0.006;
        ck_assert_uint_eq(r->extents.n[MTS_AXIS_fold], cases[c].n);
        for (size_t split = 0; split < MTS_N_SPLITS; split++)
            for (size_t fold = 0; fold < cases[c].n; fold++)
                for (size_t fit = 0; fit < spec.fits; fit++) {
                    size_t i = at(r, split, fold, fit);
                    ck_assert_double_eq_tol(r->score_ols_r2[i], 0.976, tolerance);
                    if (spec.folds != MTS_FOLDS_orthant && split == MTS_SPLIT_OOD_PUBLISHED)
                        ck_assert_double_eq(r->score_mse[i],
                                            r->score_mse[at(r, MTS_SPLIT_OOD, fold, fit)]);
                }
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ols_reads_a_linear_code_without_error,
        std_decoder_does_not_care_how_large_states_are,
        std_decoder_leaves_silent_states_as_they_are,
        ols_angle_is_that_of_the_pseudoinverse,
        an_ideal_observer_scores_the_ceiling_on_every_split,
        sgd_comes_near_the_ceiling_and_not_above_it,
        no_decoder_scores_significantly_above_the_ideal_observer,
        sgd_improves_with_its_batches,
        r2_columns_are_the_mse_in_units_of_a_variance,
        out_of_distribution_decoders_never_see_the_held_out_region,
        test_sets_have_the_quadrants_of_their_split,
        every_trial_is_drawn_once,
        fits_are_independent_of_their_number,
        decoders_of_a_fit_have_their_own_weights_and_order,
        decoders_begin_with_small_symmetric_weights,
        sgd_is_tested_once_shortly_before_its_end,
        published_angles_are_those_of_the_same_decoder,
        angle_is_the_median_over_pairs,
        every_protocol_of_folds_scores_an_ideal_observer,
    };
    return run_suite("probe", 120, tests, sizeof tests / sizeof *tests);
}
