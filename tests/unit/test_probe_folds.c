/* Tests of the folds of the decoder protocol. */
#include <check.h>
#include <string.h>

#include "mtsweep/probe.h"
#include "suite.h"

/* ---- folds ---- */

START_TEST(quadrants_are_numbered_as_in_the_paper)
{
    const uint32_t sign[4] = {3, 2, 0, 1}; /* (+,+) (-,+) (-,-) (+,-), bit 0 = first latent */
    ck_assert_uint_eq(mts_probe_folds(MTS_FOLDS_last_two, 2), 4);
    for (size_t fold = 0; fold < 4; fold++) {
        mts_pattern p = mts_probe_held_out(MTS_FOLDS_last_two, 2, fold);
        ck_assert_uint_eq(p.mask, 3);
        ck_assert_uint_eq(p.sign, sign[fold]);
        mts_pattern o = mts_probe_held_out(MTS_FOLDS_orthant, 2, fold);
        ck_assert_uint_eq(o.mask, 3);
        ck_assert_uint_eq(o.sign, sign[fold]);
    }
}
END_TEST

START_TEST(folds_of_more_latents_fix_the_latents_they_name)
{
    mts_pattern p = mts_probe_held_out(MTS_FOLDS_last_two, 4, 1); /* x3 -, x4 + */
    ck_assert_uint_eq(p.mask, 0xc);
    ck_assert_uint_eq(p.sign, 0x8);
    ck_assert_uint_eq(mts_probe_folds(MTS_FOLDS_orthant, 3), 8);
    p = mts_probe_held_out(MTS_FOLDS_orthant, 3, 1); /* - - + : the last latent is fastest */
    ck_assert_uint_eq(p.mask, 7);
    ck_assert_uint_eq(p.sign, 4);
    p = mts_probe_held_out(MTS_FOLDS_orthant, 3, 6); /* + + - */
    ck_assert_uint_eq(p.sign, 3);
    ck_assert_uint_eq(mts_probe_folds(MTS_FOLDS_sign_1 + 2, 3), 1);
    p = mts_probe_held_out(MTS_FOLDS_sign_1 + 2, 3, 0);
    ck_assert_uint_eq(p.mask, 4);
    ck_assert_uint_eq(p.sign, 4);
}
END_TEST

START_TEST(orthants_are_all_different)
{
    for (size_t a = 0; a < 64; a++)
        for (size_t b = 0; b < a; b++)
            ck_assert_uint_ne(mts_probe_held_out(MTS_FOLDS_orthant, 6, a).sign,
                              mts_probe_held_out(MTS_FOLDS_orthant, 6, b).sign);
}
END_TEST

START_TEST(fold_text_names_the_held_out_signs)
{
    const struct {
        int64_t folds;
        size_t D, fold;
        const char *text;
    } want[] = {
        {MTS_FOLDS_last_two, 2, 0, "x1 + x2 +"},   {MTS_FOLDS_last_two, 2, 1, "x1 - x2 +"},
        {MTS_FOLDS_last_two, 2, 2, "x1 - x2 -"},   {MTS_FOLDS_last_two, 2, 3, "x1 + x2 -"},
        {MTS_FOLDS_last_two, 10, 3, "x9 + x10 -"}, {MTS_FOLDS_orthant, 3, 1, "x1 - x2 - x3 +"},
        {MTS_FOLDS_sign_1 + 1, 2, 0, "x2 +"}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char text[MTS_FOLD_TEXT];
        mts_probe_fold_text(want[i].folds, want[i].D, want[i].fold, text);
        ck_assert_str_eq(text, want[i].text);
    }
}
END_TEST

START_TEST(decoder_batches_follow_the_number_of_tasks)
{
    const size_t want[][2] = {{1, 3000}, {2, 3000},  {3, 3000},  {4, 2585},  {6, 2000},
                              {9, 1415}, {12, 1000}, {24, 1000}, {192, 1000}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_uint_eq(mts_probe_batches(want[i][0]), want[i][1]);
}
END_TEST

START_TEST(published_test_sets_follow_one_latent_of_a_held_out_orthant)
{
    mts_pattern p[MTS_PROBE_PATTERNS];
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_last_two, 2, 0, p), 1);
    ck_assert_uint_eq(p[0].sign, 3);
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_last_two, 2, 2, p), 1);
    ck_assert_uint_eq(p[0].sign, 0);
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_last_two, 2, 1, p), 2); /* (-,+) */
    ck_assert_uint_eq(p[0].sign, 0);
    ck_assert_uint_eq(p[1].sign, 3);
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_orthant, 3, 6, p), 3); /* (+,+,-) */
    ck_assert_uint_eq(p[0].sign, 7);
    ck_assert_uint_eq(p[1].sign, 7);
    ck_assert_uint_eq(p[2].sign, 0);
    ck_assert_uint_eq(p[2].mask, 7);
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_last_two, 3, 1, p), 1);
    ck_assert_uint_eq(mts_probe_published(MTS_FOLDS_sign_1, 2, 0, p), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        quadrants_are_numbered_as_in_the_paper,
        folds_of_more_latents_fix_the_latents_they_name,
        orthants_are_all_different,
        fold_text_names_the_held_out_signs,
        decoder_batches_follow_the_number_of_tasks,
        published_test_sets_follow_one_latent_of_a_held_out_orthant,
    };
    return run_suite("probe_folds", 10, tests, sizeof tests / sizeof *tests);
}
