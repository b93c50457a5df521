/* What a run holds of memory is what mts_run_memory says, for every architecture and output. */
#include "held.h"
#include "suite.h"

static mts_config of_arch(const char *arch)
{
    mts_config config = small();
    set(&config, "heads", "5");
    set(&config, "mlp", "33");
    set(&config, "batches", "2");
    set(&config, "fixed_point_speed", "1"); /* so that there are points, whose spectra take most */
    set(&config, "arch", arch);
    return config;
}

static void choose_nothing(mts_config *config)
{
    set(config, "probe_fits", "0");
    set(config, "trace", "none");
}

START_TEST(a_run_with_all_outputs_holds_what_is_counted)
{
    mts_config config = of_arch(mts_arch_names[_i]);
    measure(&config);
    check_memory(&config, mts_arch_names[_i]);
    for (size_t k = 0; mts_kernels_at(k); k++) {
        const mts_field *field = mts_field_find("kernels");
        if (mts_config_set(&config, field, mts_kernels_at(k)->name) == MTS_OK)
            check_memory(&config, mts_kernels_at(k)->name);
    }
}
END_TEST

START_TEST(a_run_with_one_output_holds_what_is_counted)
{
    mts_config config = of_arch(mts_arch_names[_i]), one = config;
    choose_nothing(&one);
    check_memory(&one, "none");
    one = config;
    set(&one, "trace", "none");
    check_memory(&one, "probe");
    one = config;
    set(&one, "probe_fits", "0");
    set(&one, "trace_grid", "60");
    check_memory(&one, "trace");
    for (size_t i = 0; i < N_MEASURES; i++) {
        one = config;
        choose_nothing(&one);
        choose(&one, measure_names[i], "yes");
        check_memory(&one, measure_names[i]);
    }
}
END_TEST

START_TEST(options_that_take_memory_are_counted)
{
    static const char *const values[][2] = {
        {"units", "200"},         {"latents", "6"},
        {"tasks", "96"},          {"stimulus", "100"},
        {"encoder", "none"},      {"batch", "64"},
        {"network_noise", "1"},   {"noise_at", "encoder"},
        {"folds", "sign_1"},      {"fixed_point_method", "adam"},
        {"trace", "last"},        {"recurrent_init", "orthogonal"},
        {"probe_on", "features"}, {"fixed_point_starts", "200"},
        {"mask", "random"},       {"fixed_point_rounds", "5"}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mts_config config = of_arch("rnn");
        measure(&config);
        set(&config, values[i][0], values[i][1]);
        check_memory(&config, values[i][0]);
    }
}
END_TEST

START_TEST(a_step_takes_nothing)
{
    mts_config config = of_arch(mts_arch_names[_i]);
    set(&config, "network_noise", "1");
    check_step_takes_nothing(&config);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {options_that_take_memory_are_counted};
    const suite_loop loops[] = {
        {a_run_with_all_outputs_holds_what_is_counted, MTS_N_ARCHS},
        {a_run_with_one_output_holds_what_is_counted, MTS_N_ARCHS},
        {a_step_takes_nothing, MTS_N_ARCHS},
    };

    return run_suite_with_loops("run_memory", 240, tests, sizeof tests / sizeof *tests, loops,
                                sizeof loops / sizeof *loops);
}
