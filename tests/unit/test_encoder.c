/* The frozen encoder against its definition, written out once more in plain loops. */
#include "allocated.h"
#include "mtsweep/nn.h"
#include "network.h"
#include "suite.h"

static double encoder_act(mts_act act, double s)
{
    return act == MTS_ACT_SQUARE ? s * s : fmax(s, 0);
}

/* One row through the definition. */
static void defined_features(const mts_encoder_spec *spec, const mts_layout *layout,
                             const mts_real *theta, const mts_real *obs, double *out)
{
    const size_t size[] = {spec->D, spec->H, spec->H, spec->F};
    double y[2][128] = {{0}};
    for (size_t i = 0; i < spec->D; i++)
        y[0][i] = (double)obs[i];
    for (size_t l = 0; l < 3; l++) {
        const mts_real *w = theta + layout->tensor[2 * l].offset;
        const mts_real *b = theta + layout->tensor[2 * l + 1].offset;
        for (size_t j = 0; j < size[l + 1]; j++) {
            double sum = (double)b[j];
            for (size_t i = 0; i < size[l]; i++)
                sum += y[l % 2][i] * (double)w[i * size[l + 1] + j];
            y[(l + 1) % 2][j] = l < 2 ? encoder_act(spec->act, sum) : sum;
        }
    }
    memcpy(out, y[1], spec->F * sizeof *out);
}

START_TEST(features_are_those_of_the_definition)
{
    const mts_kernels *k;
    static const mts_act acts[] = {MTS_ACT_RELU, MTS_ACT_SQUARE};
    static const size_t rows[] = {1, 7, 319, 320, 321, 700};
    enum { MOST = 700, LDO = 43 };
    for (size_t a = 0; a < 2; a++)
        for (size_t s = 0; s < 2; s++)
            FOR_ALL_KERNELS(k)
            {
                const mts_encoder_spec spec = {s ? 5 : 2, s ? 100 : 13, s ? 40 : 7, acts[a]};
                mts_layout layout;
                mts_encoder *encoder;
                mts_real *theta, *obs, *out = reals(MOST * LDO);
                mts_encoder_layout(&spec, &layout);
                ck_assert_uint_eq(layout.n, 6);
                theta = reals(layout.total);
                mts_layout_init(&layout, (mts_stream){4, MTS_FOR_ENCODER}, theta);
                obs = random_reals(MOST * spec.D, -1, 1, 9);
                ck_assert_int_eq(mts_encoder_create(&spec, k, theta, MOST, &encoder), MTS_OK);
                for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                    for (size_t i = 0; i < MOST * LDO; i++)
                        out[i] = -77;
                    mts_encoder_apply(encoder, rows[r], obs, out, LDO);
                    for (size_t i = 0; i < MOST; i++) {
                        double want[128];
                        defined_features(&spec, &layout, theta, obs + i * spec.D, want);
                        for (size_t j = 0; j < LDO; j++)
                            if (i < rows[r] && j < spec.F)
                                assert_each(fabs((double)out[i * LDO + j] - want[j]) <= ROUNDING);
                            else /* neither the gaps nor what lies behind are touched */
                                assert_each((double)out[i * LDO + j] == -77);
                    }
                }
                mts_encoder_destroy(encoder);
                mts_free(theta);
                mts_free(obs);
                mts_free(out);
            }
}
END_TEST

START_TEST(features_of_zeros_are_those_worked_out_by_hand)
{
    const mts_kernels *k;
    /* H = 2, F = 1: layer 1 gives act(1, -2), then act of (W1' y + b1), then W2' y + b2.
     * relu:   (1, 0) -> (1 * 1 + .5, 1 * 2 - 3) = (1.5, -1) -> (1.5, 0) -> 1.5 * 2 + .25 = 3.25
     * square: (1, 4) -> (1 + 4 * 3 + .5, 2 + 4 * 4 - 3) = (13.5, 15) -> (182.25, 225)
     *         -> 2 * 182.25 - 225 + .25 = 139.75 */
    static const mts_real theta[] = {9,
                                     9,
                                     9,
                                     9, /* W0[2][2], which zeros do not see */
                                     1,
                                     -2, /* b0 */
                                     1,
                                     2,
                                     3,
                                     4, /* W1[in][out] */
                                     (mts_real)0.5,
                                     -3, /* b1 */
                                     2,
                                     -1,
                                     (mts_real)0.25}; /* W2, b2 */
    static const mts_real zeros[2] = {0, 0};
    FOR_ALL_KERNELS(k)
    {
        mts_encoder_spec spec = {2, 2, 1, MTS_ACT_RELU};
        mts_encoder *encoder;
        mts_real out;
        ck_assert_int_eq(mts_encoder_create(&spec, k, theta, 1, &encoder), MTS_OK);
        mts_encoder_apply(encoder, 1, zeros, &out, 1);
        ck_assert_double_eq((double)out, 3.25);
        mts_encoder_destroy(encoder);

        spec.act = MTS_ACT_SQUARE;
        ck_assert_int_eq(mts_encoder_create(&spec, k, theta, 1, &encoder), MTS_OK);
        mts_encoder_apply(encoder, 1, zeros, &out, 1);
        ck_assert_double_eq((double)out, 139.75);
        mts_encoder_destroy(encoder);
    }
}
END_TEST

START_TEST(no_encoder_passes_observations_on)
{
    const mts_encoder_spec spec = {3, 100, 40, MTS_ACT_NONE};
    mts_real *obs = random_reals(6, -1, 1, 1), *out = reals(8);
    mts_layout layout;
    mts_encoder *encoder;
    mts_encoder_layout(&spec, &layout);
    ck_assert_uint_eq(layout.n, 0);
    ck_assert_uint_eq(layout.total, 0);
    ck_assert_double_eq(mts_encoder_flops(&spec), 0);
    ck_assert_int_eq(mts_encoder_create(&spec, mts_kernels_at(0), NULL, 2, &encoder), MTS_OK);
    mts_encoder_apply(encoder, 2, obs, out, 4);
    ck_assert(same_bits(out, obs, 3));
    ck_assert(same_bits(out + 4, obs + 3, 3));
    ck_assert_double_eq((double)out[3], 0);
    mts_encoder_destroy(encoder);
    mts_encoder_destroy(NULL);
    mts_free(obs);
    mts_free(out);
}
END_TEST

START_TEST(encoder_layouts_list_the_tensors_in_order)
{
    static const char *const names[] = {"W0", "b0", "W1", "b1", "W2", "b2"};
    static const size_t rows[] = {2, 1, 100, 1, 100, 1}, cols[] = {100, 100, 100, 100, 40, 40};
    static const size_t fan_in[] = {2, 2, 100, 100, 100, 100};
    const mts_encoder_spec spec = {2, 100, 40, MTS_ACT_RELU};
    mts_layout layout;
    mts_encoder_layout(&spec, &layout);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_str_eq(layout.tensor[i].name, names[i]);
        ck_assert_uint_eq(layout.tensor[i].rows, rows[i]);
        ck_assert_uint_eq(layout.tensor[i].cols, cols[i]);
        ck_assert_double_eq(layout.tensor[i].scale, 1 / sqrt((double)fan_in[i]));
    }
    ck_assert_double_eq(mts_encoder_flops(&spec), 2 * (200 + 10000 + 4000));
}
END_TEST

START_TEST(what_is_counted_is_what_is_allocated)
{
    static const mts_act acts[] = {MTS_ACT_RELU, MTS_ACT_SQUARE, MTS_ACT_NONE};
    static const size_t rows[] = {1, 7, 320, 1000};
    const mts_kernels *k;
    for (size_t a = 0; a < 3; a++)
        for (size_t r = 0; r < 4; r++)
            FOR_ALL_KERNELS(k)
            {
                const mts_encoder_spec spec = {3, 11, acts[a] == MTS_ACT_NONE ? 3 : 5, acts[a]};
                mts_layout layout;
                mts_encoder *encoder;
                mts_real *theta;
                size_t before;
                mts_encoder_layout(&spec, &layout);
                theta = reals(layout.total);
                before = allocated;
                ck_assert_int_eq(mts_encoder_create(&spec, k, theta, rows[r], &encoder), MTS_OK);
                ck_assert_uint_eq(mts_encoder_memory(&spec, k, rows[r]), allocated - before);
                ck_assert_uint_gt(allocated, before);
                mts_encoder_destroy(encoder);
                mts_free(theta);
            }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        features_are_those_of_the_definition, features_of_zeros_are_those_worked_out_by_hand,
        no_encoder_passes_observations_on,    encoder_layouts_list_the_tensors_in_order,
        what_is_counted_is_what_is_allocated,
    };
    return run_suite("encoder", 60, tests, sizeof tests / sizeof *tests);
}
