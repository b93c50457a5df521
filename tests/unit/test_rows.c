/* Tests of the columns and rows of results, and of parameter layouts. */
#include "mtsweep/record.h"
#include "suite.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

/* ---- columns and rows ---- */

static mts_extents extents(void)
{
    mts_extents e = {{0}};
    for (size_t i = 0; i < MTS_N_AXES; i++)
        e.n[i] = 2 + i % 3;
    return e;
}

START_TEST(columns_have_their_axes)
{
    const mts_column *hidden = &mts_columns[MTS_COL_trace_hidden];
    ck_assert_str_eq(hidden->group, "trace");
    ck_assert_str_eq(hidden->name, "hidden");
    ck_assert_uint_eq(hidden->n_axes, 3);
    ck_assert_int_eq(hidden->axis[0], MTS_AXIS_trial);
    ck_assert_int_eq(hidden->axis[1], MTS_AXIS_step);
    ck_assert_int_eq(hidden->axis[2], MTS_AXIS_unit);
    ck_assert(hidden->bulk);
    ck_assert_uint_eq(mts_columns[MTS_COL_result_loss].n_axes, 0);
    ck_assert_uint_eq(mts_columns[MTS_COL_score_pair_angle].n_axes, 4);
    ck_assert_int_eq(mts_columns[MTS_COL_score_pair_angle].axis[3], MTS_AXIS_pair);
    ck_assert(!mts_columns[MTS_COL_score_r2].bulk);
    ck_assert(!mts_columns[MTS_COL_weights_normals].bulk);
    ck_assert(mts_columns[MTS_COL_weights_parameters].bulk);
    ck_assert(mts_columns[MTS_COL_weights_encoder].bulk);
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        for (size_t j = 0; j < mts_columns[i].n_axes; j++)
            ck_assert_int_lt(mts_columns[i].axis[j], MTS_N_AXES);
        ck_assert(strlen(mts_columns[i].doc) > 0 && strlen(mts_columns[i].unit) > 0);
    }
    ck_assert_str_eq(mts_axis_name[MTS_AXIS_stimulus_step], "stimulus_step");
    ck_assert_str_eq(mts_split_name[MTS_SPLIT_OOD_PUBLISHED], "ood_published");
}
END_TEST

START_TEST(count_is_the_product_of_the_extents)
{
    mts_extents e = extents();
    const mts_column *hidden = &mts_columns[MTS_COL_trace_hidden];
    ck_assert_uint_eq(mts_column_count(&mts_columns[MTS_COL_result_loss], &e), 1);
    ck_assert_uint_eq(mts_column_count(hidden, &e),
                      e.n[MTS_AXIS_trial] * e.n[MTS_AXIS_step] * e.n[MTS_AXIS_unit]);
    e.n[MTS_AXIS_unit] = 0;
    ck_assert_uint_eq(mts_column_count(hidden, &e), 0);
    e.n[MTS_AXIS_unit] = e.n[MTS_AXIS_trial] = SIZE_MAX / 2;
    ck_assert_uint_eq(mts_column_count(hidden, &e), SIZE_MAX);
    ck_assert_uint_eq(mts_column_size(MTS_F64), 8);
    ck_assert_uint_eq(mts_column_size(MTS_F32), 4);
    ck_assert_uint_eq(mts_column_size(MTS_I64), 8);
    ck_assert_uint_eq(mts_column_size(MTS_U8), 1);
}
END_TEST

static void check_fill(const mts_result *r)
{
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        size_t n = mts_column_count(&mts_columns[i], &r->extents);
        for (size_t j = 0; j < n; j++)
            switch (mts_columns[i].type) {
            case MTS_F64:
                ck_assert(isnan(((double *)r->column[i])[j]));
                break;
            case MTS_F32:
                ck_assert(isnan(((float *)r->column[i])[j]));
                break;
            case MTS_I64:
                ck_assert_int_eq(((int64_t *)r->column[i])[j], -1);
                break;
            case MTS_U8:
                ck_assert_uint_eq(((uint8_t *)r->column[i])[j], 255);
                break;
            }
    }
}

START_TEST(new_row_holds_fill_values_in_one_block)
{
    mts_extents e = extents();
    mts_result *r;
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_OK);
    ck_assert_mem_eq(&r->extents, &e, sizeof e);
    check_fill(r);
    const char *end = r->block;
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        const char *start = r->column[i];
        size_t size = mts_column_count(&mts_columns[i], &e) * mts_column_size(mts_columns[i].type);
        ck_assert_uint_eq((size_t)(start - (char *)r->block) % 64, 0);
        ck_assert(start >= end && start < end + 64);
        for (; end < start; end++)
            ck_assert_int_eq(*end, 0);
        end = start + size;
    }
    ck_assert(end <= (char *)r->block + r->bytes);
    ck_assert_ptr_eq(r->result_loss, r->column[MTS_COL_result_loss]);
    ck_assert_ptr_eq(r->history_batch, r->column[MTS_COL_history_batch]);
    ck_assert_ptr_eq(r->weights_offsets, r->column[MTS_COL_weights_offsets]);
    mts_result_destroy(r);
    mts_result_destroy(NULL);
}
END_TEST

START_TEST(row_may_have_empty_axes)
{
    mts_extents e = {{0}};
    mts_result *r;
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_OK);
    check_fill(r);
    *r->result_loss = 1;
    mts_result_destroy(r);
}
END_TEST

START_TEST(refilled_row_equals_a_new_one)
{
    mts_extents e = extents();
    mts_result *r, *fresh;
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_OK);
    ck_assert_int_eq(mts_result_create(&e, &fresh), MTS_OK);
    ck_assert_uint_eq(r->bytes, fresh->bytes);
    ck_assert_mem_eq(r->block, fresh->block, r->bytes);
    r->result_loss[0] = 0.5;
    r->result_kernels[0] = 1;
    r->history_batch[1] = 12;
    r->trace_hidden[3] = 1.5f;
    ck_assert_mem_ne(r->block, fresh->block, r->bytes);
    mts_result_fill(r);
    ck_assert_mem_eq(r->block, fresh->block, r->bytes);
    mts_result_destroy(r);
    mts_result_destroy(fresh);
}
END_TEST

/* zlib's, of the key and each column. */
static uint32_t expected_crc(const mts_result *r, const unsigned char key[8], size_t without)
{
    uLong crc = crc32(crc32(0, NULL, 0), key, 8);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++)
        if (c != without)
            crc = crc32(crc, r->column[c],
                        (uInt)(mts_column_count(&mts_columns[c], &r->extents) *
                               mts_column_size(mts_columns[c].type)));
    return (uint32_t)crc;
}

START_TEST(crc_covers_the_key_and_every_column_that_is_there)
{
    static const unsigned char key[8] = {0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01};
    mts_extents e = extents();
    mts_result *r;
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_OK);
    const uint64_t number = UINT64_C(0x0102030405060708);
    uint32_t crc = mts_result_crc(r, number, NULL);
    ck_assert_uint_eq(crc, expected_crc(r, key, MTS_N_COLUMNS));
    ck_assert_uint_ne(mts_result_crc(r, number + 1, NULL), crc);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        unsigned char *bytes = r->column[c];
        bool missing[MTS_N_COLUMNS] = {false};
        bytes[0] ^= 1;
        ck_assert_uint_ne(mts_result_crc(r, number, NULL), crc);
        bytes[0] ^= 1;
        missing[c] = true;
        ck_assert_uint_eq(mts_result_crc(r, number, missing), expected_crc(r, key, c));
    }
    ck_assert_uint_eq(mts_result_crc(r, number, NULL), crc);
    mts_result_destroy(r);
}
END_TEST

/* A number for an element of score/pair_angle that says where it is. */
static double angle_at(size_t split, size_t fold, size_t fit, size_t pair)
{
    return (double)(((split * 10 + fold) * 10 + fit) * 10 + pair);
}

START_TEST(a_row_is_copied_into_one_of_other_extents_element_by_element)
{
    mts_extents small = extents(), large = small;
    mts_result *from, *to, *back;
    small.n[MTS_AXIS_split] = small.n[MTS_AXIS_fold] = large.n[MTS_AXIS_split] = 3;
    large.n[MTS_AXIS_fold] = 4;
    small.n[MTS_AXIS_fit] = small.n[MTS_AXIS_pair] = large.n[MTS_AXIS_fit] = 2;
    large.n[MTS_AXIS_pair] = 5;
    large.n[MTS_AXIS_trial] = 0; /* dropped */
    ck_assert_int_eq(mts_result_create(&small, &from), MTS_OK);
    ck_assert_int_eq(mts_result_create(&large, &to), MTS_OK);
    ck_assert_int_eq(mts_result_create(&small, &back), MTS_OK);
    *from->result_loss = 0.5;
    from->trace_hidden[0] = 1;
    for (size_t i = 0; i < 3 * 3 * 2 * 2; i++)
        from->score_pair_angle[i] = angle_at(i / 12, i / 4 % 3, i / 2 % 2, i % 2);
    mts_result_copy(from, to);
    ck_assert_double_eq(*to->result_loss, 0.5);
    for (size_t i = 0; i < 3 * 4 * 2 * 5; i++) {
        const size_t split = i / 40, fold = i / 10 % 4, fit = i / 5 % 2, pair = i % 5;
        const double v = to->score_pair_angle[i];
        ck_assert(fold < 3 && pair < 2 ? v == angle_at(split, fold, fit, pair) : isnan(v));
    }
    from->trace_hidden[0] = NAN; /* what is dropped does not come back */
    mts_result_copy(to, back);
    ck_assert_uint_eq(mts_result_crc(back, 0, NULL), mts_result_crc(from, 0, NULL));
    mts_result_destroy(from);
    mts_result_destroy(to);
    mts_result_destroy(back);
}
END_TEST

START_TEST(row_that_is_too_large_is_refused)
{
    mts_extents e = extents();
    mts_result *r = (mts_result *)&e;
    e.n[MTS_AXIS_trial] = e.n[MTS_AXIS_unit] = SIZE_MAX / 8;
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_ERR_MEMORY);
    ck_assert_ptr_null(r);
    ck_assert_str_eq(mts_message(), "out of memory: one result is larger than memory can address; "
                                    "lower trace_trials, trace_grid or units");
    e = extents();
    e.n[MTS_AXIS_parameter] = SIZE_MAX / 32; /* countable, but not to be had */
    ck_assert_int_eq(mts_result_create(&e, &r), MTS_ERR_MEMORY);
    ck_assert_ptr_null(r);
}
END_TEST

/* ---- layouts ---- */

START_TEST(layout_places_tensors_without_gaps)
{
    mts_layout a = {0};
    ck_assert_uint_eq(mts_layout_add(&a, "W_in", 41, 64, 0.5), 0);
    ck_assert_uint_eq(mts_layout_add(&a, "b_in", 1, 64, 0.25), 41 * 64);
    ck_assert_uint_eq(mts_layout_add(&a, "W_rec", 64, 64, 0.125), 42 * 64);
    ck_assert_uint_eq(a.n, 3);
    ck_assert_uint_eq(a.total, (42 + 64) * 64);
    ck_assert_str_eq(a.tensor[1].name, "b_in");
    ck_assert_uint_eq(a.tensor[2].rows, 64);
    ck_assert_uint_eq(a.tensor[0].cols, 64);
    ck_assert_double_eq(a.tensor[1].scale, 0.25);
}
END_TEST

START_TEST(layouts_are_equal_by_names_and_shapes)
{
    mts_layout a = {0}, b = {0}, c = {0}, d = {0};
    mts_layout_add(&a, "W", 2, 3, 1);
    mts_layout_add(&b, "W", 2, 3, 2);
    mts_layout_add(&c, "V", 2, 3, 1);
    mts_layout_add(&d, "W", 3, 2, 1);
    ck_assert(mts_layout_equal(&a, &b));
    ck_assert(!mts_layout_equal(&a, &c));
    ck_assert(!mts_layout_equal(&a, &d));
    mts_layout_add(&b, "b", 1, 3, 1);
    ck_assert(!mts_layout_equal(&a, &b));
    ck_assert(mts_layout_equal(&(mts_layout){0}, &(mts_layout){0}));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        columns_have_their_axes,
        count_is_the_product_of_the_extents,
        new_row_holds_fill_values_in_one_block,
        row_may_have_empty_axes,
        refilled_row_equals_a_new_one,
        crc_covers_the_key_and_every_column_that_is_there,
        a_row_is_copied_into_one_of_other_extents_element_by_element,
        row_that_is_too_large_is_refused,
        layout_places_tensors_without_gaps,
        layouts_are_equal_by_names_and_shapes,
    };
    return run_suite("rows", 60, tests, sizeof tests / sizeof *tests);
}
