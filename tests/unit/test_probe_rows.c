/* Tests of what the decoder protocol leaves in a row, and of sources that are out of the ordinary. */
#include "suite.h"
#include "toy_source.h"

START_TEST(medians_are_over_folds_and_fits)
{
    toy *t = new_toy(8, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.fits = 3;
    mts_result *r = probe_toy(t, &spec);
    const double *median[3] = {r->result_id_r2, r->result_ood_r2, r->result_ood_published_r2};
    double v[12];
    for (size_t split = 0; split < MTS_N_SPLITS; split++) {
        memcpy(v, r->score_r2 + 12 * split, sizeof v);
        ck_assert_double_eq(*median[split], mts_quantile(12, v, 0.5));
    }
    memcpy(v, r->score_angle, sizeof v);
    ck_assert_double_eq(*r->result_id_angle, mts_quantile(12, v, 0.5));
    memcpy(v, r->score_angle + 12, sizeof v);
    ck_assert_double_eq(*r->result_ood_angle, mts_quantile(12, v, 0.5));
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(extents_beyond_the_run_keep_their_fill)
{
    toy *t = new_toy(8, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.batches = 50;
    mts_result *big = new_result(8, 5, 4), *small = probe_toy(t, &spec);
    mts_probe_source source = {.ctx = t, .N = t->N, .D = t->D, .draw = toy_draw};
    ck_assert_int_eq(mts_probe(&spec, &source, kernels_of("auto"), big), MTS_OK);
    for (size_t split = 0; split < MTS_N_SPLITS; split++)
        for (size_t fold = 0; fold < 8; fold++)
            for (size_t fit = 0; fit < 5; fit++) {
                size_t i = at(big, split, fold, fit);
                bool used = fold < 4 && fit < spec.fits;
                ck_assert_int_eq(isnan(big->score_mse[i]) != 0, !used);
                ck_assert_int_eq(isnan(big->score_ols_angle[i]) != 0, !used);
                for (size_t pair = 0; pair < 6; pair++)
                    ck_assert_int_eq(isnan(big->score_pair_angle[6 * i + pair]) != 0,
                                     !(used && pair == 0));
                if (used)
                    ck_assert_double_eq(big->score_mse[i],
                                        small->score_mse[at(small, split, fold, fit)]);
            }
    ck_assert_double_eq(*big->result_ood_r2, *small->result_ood_r2);
    mts_result_destroy(big);
    mts_result_destroy(small);
    free(t);
}
END_TEST

START_TEST(no_fits_means_no_decoding)
{
    toy *t = new_toy(8, 2, ideal_state);
    mts_probe_spec spec = usual();
    spec.fits = 0;
    mts_result *r = new_result(1, 1, 2);
    uint32_t before = mts_result_crc(r, 0, NULL);
    mts_probe_source source = {.ctx = t, .N = t->N, .D = t->D, .draw = toy_draw};
    ck_assert_int_eq(mts_probe(&spec, &source, kernels_of("auto"), r), MTS_OK);
    ck_assert_uint_eq(t->n_draws, 0);
    ck_assert_uint_eq(mts_result_crc(r, 0, NULL), before);
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(a_test_set_of_any_size_is_scored_whole)
{
    const size_t sizes[] = {1, 511, 512, 513, 1300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        toy *t = new_toy(4, 2, linear_state);
        mts_probe_spec spec = usual();
        spec.test_trials = sizes[i];
        spec.fits = 1;
        mts_result *r = probe_toy(t, &spec);
        for (size_t s = 0; s < t->n_sequences; s++)
            ck_assert_uint_eq(t->tested[s].trials, sizes[i]);
        ck_assert_double_eq_tol(r->score_ols_r2[0], 1, 1e-6);
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

START_TEST(the_status_of_the_source_is_passed_on)
{
    for (size_t after = 1; after < 40; after += 6) {
        toy *t = new_toy(8, 2, ideal_state);
        t->stop_after = after;
        mts_probe_spec spec = usual();
        mts_result *r = new_result(4, 2, 2);
        mts_probe_source source = {.ctx = t, .N = t->N, .D = t->D, .draw = toy_draw};
        ck_assert_int_eq(mts_probe(&spec, &source, kernels_of("auto"), r), MTS_STOPPED);
        ck_assert_uint_eq(t->n_draws, after);
        ck_assert_str_eq(mts_message(), "asked to stop");
        ck_assert(isnan(*r->result_id_r2));
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

START_TEST(states_that_are_not_finite_have_no_score)
{
    toy *t = new_toy(8, 2, broken_state);
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec), *fill = new_result(4, 2, 2);
    for (size_t i = 0; i < MTS_N_SPLITS * 4 * 2; i++) {
        ck_assert_mem_eq(&r->score_mse[i], fill->score_mse, sizeof(double));
        ck_assert_mem_eq(&r->score_ols_mse[i], fill->score_mse, sizeof(double));
        ck_assert(isnan(r->score_r2[i]) && isnan(r->score_ols_r2[i]) && isnan(r->score_angle[i]));
    }
    ck_assert(isnan(*r->result_ood_r2));
    mts_result_destroy(r);
    mts_result_destroy(fill);
    free(t);
}
END_TEST

START_TEST(silent_units_do_not_disturb_ols)
{
    toy *t = new_toy(12, 2, linear_state); /* rank 3 of 13: nine directions are silent */
    mts_probe_spec spec = usual();
    mts_result *r = probe_toy(t, &spec);
    for (size_t i = 0; i < MTS_N_SPLITS * 4 * 2; i++)
        ck_assert(isfinite(r->score_ols_angle[i]) && r->score_ols_r2[i] > 0.999);
    mts_result_destroy(r);
    free(t);
}
END_TEST

START_TEST(the_same_call_gives_the_same_bits_and_another_identity_others)
{
    uint32_t crc[3];
    for (size_t i = 0; i < 3; i++) {
        toy *t = new_toy(9, 2, ideal_state);
        mts_probe_spec spec = usual();
        spec.identity = i < 2 ? 1 : 2;
        mts_result *r = probe_toy(t, &spec);
        crc[i] = mts_result_crc(r, 0, NULL);
        mts_result_destroy(r);
        free(t);
    }
    ck_assert_uint_eq(crc[0], crc[1]);
    ck_assert_uint_ne(crc[0], crc[2]);
}
END_TEST

/* All kernels agree; our own to the bit. N = 13 is odd on purpose. */
START_TEST(kernels_agree)
{
    double r2[8];
    uint32_t crc = 0;
    size_t n = 0, own = 0;
    for (const mts_kernels *kernels; (kernels = mts_kernels_at(n)); n++) {
        ck_assert_uint_lt(n, 8);
        toy *t = new_toy(13, 2, ideal_state);
        mts_probe_spec spec = usual();
        mts_result *r = new_result(4, 2, 2);
        mts_probe_source source = {.ctx = t, .N = t->N, .D = t->D, .draw = toy_draw};
        ck_assert_int_eq(mts_probe(&spec, &source, kernels, r), MTS_OK);
        r2[n] = *r->result_ood_r2;
        if (strcmp(kernels->name, "naive") != 0 && strcmp(kernels->name, "blas") != 0) {
            if (own++ == 0)
                crc = mts_result_crc(r, 0, NULL);
            ck_assert_uint_eq(mts_result_crc(r, 0, NULL), crc);
        }
        ck_assert_double_eq_tol(r2[n], r2[0], 1e-3);
        mts_result_destroy(r);
        free(t);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        medians_are_over_folds_and_fits,
        extents_beyond_the_run_keep_their_fill,
        no_fits_means_no_decoding,
        a_test_set_of_any_size_is_scored_whole,
        the_status_of_the_source_is_passed_on,
        states_that_are_not_finite_have_no_score,
        silent_units_do_not_disturb_ols,
        the_same_call_gives_the_same_bits_and_another_identity_others,
        kernels_agree,
    };
    return run_suite("probe_rows", 120, tests, sizeof tests / sizeof *tests);
}
