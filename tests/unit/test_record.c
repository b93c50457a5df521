#include "choices.h"
#include "mtsweep/record.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const mts_field *field(const char *name)
{
    const mts_field *f = mts_field_find(name);
    ck_assert_msg(f != NULL, "no field '%s'", name);
    return f;
}

static mts_config with(const char *name, const char *text)
{
    mts_config config;
    mts_config_default(&config);
    ck_assert_msg(mts_config_set(&config, field(name), text) == MTS_OK, "%s", mts_message());
    return config;
}

/* ---- table of fields ---- */

START_TEST(every_field_is_found_by_its_name_and_is_complete)
{
    ck_assert_uint_eq(sizeof(mts_config), 8 * mts_n_fields);
    for (size_t i = 0; i < mts_n_fields; i++) {
        const mts_field *f = &mts_fields[i];
        ck_assert_ptr_eq(mts_field_find(f->name), f);
        ck_assert(strlen(f->doc) > 0 && strlen(f->unit) > 0);
        ck_assert((f->type == MTS_CHOICE) == (f->choices != NULL));
        ck_assert((f->type == MTS_CHOICE) == (mts_choice_count(f) > 0));
    }
    ck_assert_ptr_null(mts_field_find("ntask"));
    ck_assert_ptr_null(mts_field_find(""));
    ck_assert_ptr_null(mts_field_find("Tasks"));
}
END_TEST

START_TEST(nearest_field_is_named)
{
    ck_assert_pstr_eq(mts_field_nearest("ntask"), "tasks");
    ck_assert_pstr_eq(mts_field_nearest("learning-rate"), "learning_rate");
    ck_assert_pstr_eq(mts_field_nearest("zzzzzz"), NULL);
}
END_TEST

START_TEST(defaults_lie_in_the_range_and_read_back)
{
    mts_config config, copy;
    mts_config_default(&config);
    memset(&copy, 0x55, sizeof copy);
    for (size_t i = 0; i < mts_n_fields; i++) {
        char text[MTS_VALUE_TEXT];
        ck_assert_double_eq(mts_config_value(&config, &mts_fields[i]), mts_fields[i].initial);
        mts_config_text(&config, &mts_fields[i], text);
        ck_assert_msg(mts_config_set(&copy, &mts_fields[i], text) == MTS_OK, "%s", mts_message());
    }
    ck_assert_mem_eq(&copy, &config, sizeof config);
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
}
END_TEST

START_TEST(default_config_is_the_papers)
{
    mts_config c;
    mts_config_default(&c);
    ck_assert_int_eq(c.units, 64);
    ck_assert_int_eq(c.batch, 16);
    ck_assert_int_eq(c.batches, 100000);
    ck_assert_int_eq(c.latents, 2);
    ck_assert_int_eq(c.fixation + c.stimulus + c.delay + c.decision, 22);
    ck_assert_double_eq(c.sigma, 0.2);
    ck_assert_double_eq(c.learning_rate, 1e-3);
    ck_assert_double_eq(c.dt, 100);
    ck_assert_double_eq(c.tau, 100);
}
END_TEST

START_TEST(choices_are_numbered_in_order)
{
    char text[MTS_VALUE_TEXT];
    const mts_field *folds = field("folds"), *encoder = field("encoder");
    ck_assert_uint_eq(mts_choice_count(encoder), 3);
    snprintf(text, sizeof text, "%s", mts_choice_name(encoder, MTS_ENCODER_quadratic));
    ck_assert_str_eq(text, "quadratic");
    snprintf(text, sizeof text, "%s", mts_choice_name(folds, MTS_FOLDS_sign_1 + 15));
    ck_assert_str_eq(text, "sign_16");
    snprintf(text, sizeof text, "%s", mts_choice_name(field("boundaries"), MTS_BOUNDARIES_random));
    ck_assert_str_eq(text, "random");
    snprintf(text, sizeof text, "%s", mts_choice_name(field("trace"), MTS_TRACE_none));
    ck_assert_str_eq(text, "none");
    snprintf(text, sizeof text, "%s", mts_choice_name(field("activation"), MTS_ACTIVATION_tanh));
    ck_assert_str_eq(text, "tanh");
    snprintf(text, sizeof text, "%s", mts_choice_name(encoder, 3));
    ck_assert_str_eq(text, "");
    snprintf(text, sizeof text, "%s", mts_choice_name(encoder, -1));
    ck_assert_str_eq(text, "");
}
END_TEST

/* ---- values ---- */

START_TEST(value_is_read_and_written)
{
    static const struct {
        const char *field, *text;
        double value;
        const char *written;
    } cases[] = {
        {"tasks", "24", 24, "24"},
        {"tasks", "4096", 4096, "4096"},
        {"tasks", "+7", 7, "7"},
        {"tasks", "007", 7, "7"},
        {"tasks", "24.0", 24, "24"},
        {"tasks", "2.5e1", 25, "25"},
        {"tasks", "300e-2", 3, "3"},
        {"batches", "1e5", 100000, "100000"},
        {"batches", "1E+05", 100000, "100000"},
        {"batches", "1e9", 1e9, "1000000000"},
        {"seed", "2147483647", 2147483647, "2147483647"},
        {"seed", "-0", 0, "0"},
        {"sigma", "0", 0, "0"},
        {"sigma", "-0.0", 0, "0"},
        {"sigma", "0.2", 0.2, "0.2"},
        {"sigma", ".2", 0.2, "0.2"},
        {"sigma", "2.", 2, "2"},
        {"sigma", "0.1000000000000000055511151231257827", 0.1, "0.1"},
        {"sigma", "0.30000000000000004", 0.1 + 0.2, "0.30000000000000004"},
        {"learning_rate", "1e-3", 0.001, "0.001"},
        {"learning_rate", "3e-12", 3e-12, "3e-12"},
        {"tau", "1000000", 1e6, "1000000"},
        {"tau", "123456.75", 123456.75, "123456.75"},
        {"arch", "lstm", 2, "lstm"},
        {"kernels", "x86-64-v3", 2, "x86-64-v3"},
        {"folds", "sign_2", MTS_FOLDS_sign_1 + 1, "sign_2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = with(cases[i].field, cases[i].text);
        char text[MTS_VALUE_TEXT];
        double value = mts_config_value(&config, field(cases[i].field));
        ck_assert_double_eq(value, cases[i].value);
        ck_assert(!signbit(value));
        mts_config_text(&config, field(cases[i].field), text);
        ck_assert_str_eq(text, cases[i].written);
    }
}
END_TEST

START_TEST(text_of_a_value_reads_back_to_the_same_bits)
{
    const mts_field *sigma = field("sigma");
    for (uint64_t i = 0; i < 2000; i++) {
        mts_real u[2];
        mts_config config, copy;
        char text[MTS_VALUE_TEXT];
        mts_config_default(&config);
        mts_config_default(&copy);
        mts_uniform((mts_stream){1, 1}, i, 2, u);
        config.sigma = 100 * (double)u[0] * pow(10, -20 * (double)u[1]) / 3;
        mts_config_text(&config, sigma, text);
        ck_assert_int_eq(mts_config_set(&copy, sigma, text), MTS_OK);
        ck_assert_mem_eq(&copy, &config, sizeof config);
    }
}
END_TEST

START_TEST(what_is_no_value_is_refused_and_changes_nothing)
{
    static const struct {
        const char *field, *text, *message;
    } cases[] = {
        {"tasks", "x", "tasks must be a whole number from 1 to 4096, not 'x'"},
        {"tasks", "", "tasks must be a whole number from 1 to 4096, not ''"},
        {"tasks", "0", "tasks must be a whole number from 1 to 4096, not '0'"},
        {"tasks", "4097", "tasks must be a whole number from 1 to 4096, not '4097'"},
        {"tasks", "-3", "tasks must be a whole number from 1 to 4096, not '-3'"},
        {"tasks", "1.5", "tasks must be a whole number from 1 to 4096, not '1.5'"},
        {"tasks", " 3", "tasks must be a whole number from 1 to 4096, not ' 3'"},
        {"tasks", "3 ", "tasks must be a whole number from 1 to 4096, not '3 '"},
        {"tasks", "3x", "tasks must be a whole number from 1 to 4096, not '3x'"},
        {"tasks", "0x10", "tasks must be a whole number from 1 to 4096, not '0x10'"},
        {"tasks", "1e", "tasks must be a whole number from 1 to 4096, not '1e'"},
        {"tasks", "1e+", "tasks must be a whole number from 1 to 4096, not '1e+'"},
        {"tasks", "1e-400", "tasks must be a whole number from 1 to 4096, not '1e-400'"},
        {"tasks", "--3", "tasks must be a whole number from 1 to 4096, not '--3'"},
        {"tasks", "1,000", "tasks must be a whole number from 1 to 4096, not '1,000'"},
        {"tasks", "0..4", "tasks must be a whole number from 1 to 4096, not '0..4'"},
        {"tasks", "1e3.5", "tasks must be a whole number from 1 to 4096, not '1e3.5'"},
        {"seed", "nan", "seed must be a whole number from 0 to 2147483647, not 'nan'"},
        {"seed", "inf", "seed must be a whole number from 0 to 2147483647, not 'inf'"},
        {"seed", "1e400", "seed must be a whole number from 0 to 2147483647, not '1e400'"},
        {"seed", "9223372036854775808",
         "seed must be a whole number from 0 to 2147483647, not '9223372036854775808'"},
        {"seed", "2147483648",
         "seed must be a whole number from 0 to 2147483647, not '2147483648'"},
        {"seed", "0.5e0", "seed must be a whole number from 0 to 2147483647, not '0.5e0'"},
        {"sigma", "-0.1", "sigma must be a number from 0 to 100, not '-0.1'"},
        {"sigma", "nan", "sigma must be a number from 0 to 100, not 'nan'"},
        {"sigma", "0x1p-2", "sigma must be a number from 0 to 100, not '0x1p-2'"},
        {"sigma", ".", "sigma must be a number from 0 to 100, not '.'"},
        {"sigma", "e5", "sigma must be a number from 0 to 100, not 'e5'"},
        {"sigma", "0,2", "sigma must be a number from 0 to 100, not '0,2'"},
        {"dt", "0", "dt must be a number from 1e-06 to 1000000 ms, not '0'"},
        {"tau", "2e6", "tau must be a number from 1e-06 to 1000000 ms, not '2e6'"},
        {"arch", "tree", "arch must be one of {arch}, not 'tree'"},
        {"arch", "lsmt", "arch must be one of {arch}, not 'lsmt'; did you mean 'lstm'?"},
        {"arch", "LSTM", "arch must be one of {arch}, not 'LSTM'; did you mean 'lstm'?"},
        {"arch", "", "arch must be one of {arch}, not ''"},
        {"arch", "rnn rnn_noleak",
         "arch must be one of {arch}, not 'rnn rnn_noleak'; did you mean "
         "'rnn_noleak'?"},
        {"family", "liner",
         "family must be one of {family}, not "
         "'liner'; did you mean 'linear'?"},
        {"encoder", "1", "encoder must be one of {encoder}, not '1'"},
        {"tasks", "000000000000000000000000000000000000000000000000000000000000000000000x",
         "tasks must be a whole number from 1 to 4096, not "
         "'000000000000000000000000000000000000000000000000000000000000...'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char full[MESSAGE_WITH_CHOICES];
        mts_config config, before;
        mts_config_default(&config);
        before = config;
        ck_assert_int_eq(mts_config_set(&config, field(cases[i].field), cases[i].text),
                         MTS_ERR_SWEEP);
        ck_assert_str_eq(mts_message(), with_choices(cases[i].message, full));
        ck_assert_mem_eq(&config, &before, sizeof config);
    }
}
END_TEST

START_TEST(put_and_value_are_inverse)
{
    for (size_t i = 0; i < mts_n_fields; i++) {
        mts_config config;
        mts_config_default(&config);
        mts_config_put(&config, &mts_fields[i], 1);
        ck_assert_double_eq(mts_config_value(&config, &mts_fields[i]), 1);
    }
}
END_TEST

/* ---- rules between fields ---- */

START_TEST(fields_that_contradict_each_other_are_refused)
{
    static const struct {
        const char *set[4]; /* field, text, field, text */
        const char *message;
    } cases[] = {
        {{"dt", "100.5", "sigma", "1"},
         "dt must not be longer than tau, but dt is 100.5 ms and tau is 100 ms; lower dt or raise "
         "tau"},
        {{"folds", "orthant", "latents", "7"},
         "folds orthant needs latents of at most 6, not 7; set folds to last_two"},
        {{"folds", "sign_3", "sigma", "1"},
         "folds sign_3 needs latents of at least 3, not 2; raise latents or set folds to sign_2"},
        {{"rho", "0.5", "latents", "3"}, "rho needs latents 2, not 3; set rho to 0"},
        {{"noise_at", "encoder", "probe_sigma", "0.3"},
         "noise_at encoder has exact observations, to which probe_sigma 0.3 does not apply; set "
         "probe_sigma to -1"},
        {{"probe_sigma", "-0.5", "sigma", "1"},
         "probe_sigma must be at least 0, or -1 for the sigma of the training, not -0.5"},
        {{"fixed_point_speed", "-0.5", "sigma", "1"},
         "fixed_point_speed must be at least 0, or -1 for no threshold, not -0.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = with(cases[i].set[0], cases[i].set[1]);
        ck_assert_int_eq(mts_config_set(&config, field(cases[i].set[2]), cases[i].set[3]), MTS_OK);
        ck_assert_int_eq(mts_config_check(&config), MTS_ERR_SWEEP);
        ck_assert_str_eq(mts_message(), cases[i].message);
    }
}
END_TEST

START_TEST(fields_at_the_limit_of_a_rule_are_accepted)
{
    mts_config config;
    mts_config_default(&config);
    config.dt = config.tau = 20;
    config.folds = MTS_FOLDS_sign_1 + 1;
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
    config.folds = MTS_FOLDS_orthant;
    config.latents = 6;
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
    config.folds = MTS_FOLDS_sign_1 + 15;
    config.latents = 16;
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);

    mts_config_default(&config);
    config.rho = -1;
    config.probe_sigma = 0;
    ck_assert_int_eq(mts_config_check(&config), MTS_OK);
}
END_TEST

/* ---- identity ---- */

/* The same numbers from a separate implementation in Python. They never change: a field that is
 * added is at its default in them, and all random numbers and all files depend on them. */
START_TEST(identities_are_known_numbers_that_a_new_field_does_not_change)
{
    mts_config config;
    mts_config_default(&config);
    ck_assert_uint_eq(mts_config_identity(&config), UINT64_C(0x813f0174a2367c13));
    ck_assert_uint_eq(mts_field_hash(&config, field("tasks")), 0);
    config.arch = MTS_ARCH_lstm;
    config.tasks = 2;
    config.batches = 1000;
    ck_assert_uint_eq(mts_field_hash(&config, field("tasks")), UINT64_C(0xafc954eb059a195a));
    ck_assert_uint_eq(mts_config_identity(&config), UINT64_C(0x5302563e436c1b20));
    ck_assert_uint_eq(mts_config_key(&config), UINT64_C(0x5302563e436c1b20));
}
END_TEST

START_TEST(identity_depends_on_every_field_of_the_training_and_the_key_on_all_that_say_what)
{
    mts_config base;
    mts_config_default(&base);
    uint64_t identity = mts_config_identity(&base), key = mts_config_key(&base);
    for (size_t i = 0; i < mts_n_fields; i++) {
        const mts_field *f = &mts_fields[i];
        mts_config config = base;
        if (f->type == MTS_CHOICE && mts_choice_count(f) < 2)
            continue;
        mts_config_put(&config, f, f->initial == 1 ? 2 : 1);
        bool same = mts_config_identity(&config) == identity;
        ck_assert_msg(same == ((f->flags & (MTS_EXECUTION | MTS_OUTPUT)) != 0), "field %s",
                      f->name);
        same = mts_config_key(&config) == key;
        ck_assert_msg(same == ((f->flags & MTS_EXECUTION) != 0), "field %s", f->name);
        ck_assert_msg((mts_field_hash(&config, f) == 0) == ((f->flags & MTS_EXECUTION) != 0),
                      "field %s", f->name);
    }
}
END_TEST

START_TEST(identities_of_a_product_are_distinct)
{
    enum { N = 4096 };
    size_t same = 0;
    uint64_t *identity = mts_alloc(N, sizeof *identity);
    mts_config config;
    mts_config_default(&config);
    for (size_t i = 0; i < N; i++) {
        config.tasks = (int64_t)(i % 16) + 1;
        config.units = (int64_t)(i / 16 % 16) + 1; /* the same values: fields must not commute */
        config.seed = (int64_t)(i / 256) + 1;
        identity[i] = mts_config_identity(&config);
        for (size_t j = 0; j < i; j++)
            same += identity[j] == identity[i];
    }
    ck_assert_uint_eq(same, 0);
    mts_free(identity);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_field_is_found_by_its_name_and_is_complete,
        nearest_field_is_named,
        defaults_lie_in_the_range_and_read_back,
        default_config_is_the_papers,
        choices_are_numbered_in_order,
        value_is_read_and_written,
        text_of_a_value_reads_back_to_the_same_bits,
        what_is_no_value_is_refused_and_changes_nothing,
        put_and_value_are_inverse,
        fields_that_contradict_each_other_are_refused,
        fields_at_the_limit_of_a_rule_are_accepted,
        identities_are_known_numbers_that_a_new_field_does_not_change,
        identity_depends_on_every_field_of_the_training_and_the_key_on_all_that_say_what,
        identities_of_a_product_are_distinct,
    };
    return run_suite("record", 60, tests, sizeof tests / sizeof *tests);
}
