/* Tests of runs that are saved, cut short and continued. */
#include "small_run.h"
#include "suite.h"

/* A run that is saved, cut short and continued until it ends, as often as it takes. */
typedef struct saver {
    size_t reports, stop_after, saves, refused;
    double done;
    unsigned char *state;
    size_t bytes;
} saver;

static void count_report(void *ctx, double done, double total, double loss)
{
    saver *s = ctx;
    (void)loss;
    ck_assert_double_le(done, total);
    s->reports++;
}

static bool stop_soon(void *ctx)
{
    const saver *s = ctx;
    return s->reports > s->stop_after;
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void keep(void *ctx, double done, const void *state, size_t bytes)
{
    saver *s = ctx;
    ck_assert_double_ge(done, 0);
    ck_assert_double_le(done, 1);
    mts_free(s->state);
    s->state = mts_alloc(bytes, 1);
    memcpy(s->state, state, bytes);
    s->bytes = bytes;
    s->done = done;
    s->saves++;
}

static void count_refused(void *ctx)
{
    ((saver *)ctx)->refused++;
}

static mts_run_hooks saving(saver *s)
{
    return (mts_run_hooks){.ctx = s,
                           .report = count_report,
                           .asked_to_stop = stop_soon,
                           .asked_to_save = always,
                           .save = keep,
                           .refused = count_refused,
                           .state = s->state,
                           .state_bytes = s->bytes};
}

/* In pieces of `piece` reports; kernels change from piece to piece, as the run goes to another rank. */
static mts_result *run_in_pieces(mts_config *config, size_t piece, size_t *pieces)
{
    const mts_field *field = mts_field_find("kernels");
    int64_t generic = 0;
    saver s = {.stop_after = piece};
    mts_status st = MTS_STOPPED;
    mts_result *result = new_result(config);
    while (strcmp(mts_choice_name(field, generic), "generic") != 0)
        generic++;
    const int64_t own[] = {config->kernels, generic};
    for (*pieces = 0; st == MTS_STOPPED; (*pieces)++) {
        s.reports = 0;
        config->kernels = own[*pieces % 2];
        const mts_run_hooks hooks = saving(&s);
        unsigned char *state = s.state; /* that is being used, while another is saved */
        s.state = NULL;
        st = mts_run(config, &hooks, result);
        if (!s.state)
            s.state = state;
        else
            mts_free(state);
        ck_assert_uint_lt(*pieces, 300);
    }
    ck_assert_int_eq(st, MTS_OK);
    ck_assert_uint_eq(s.refused, 0);
    config->kernels = own[0];
    mts_free(s.state);
    return result;
}

static void check_pieces(mts_config *config, const char *what)
{
    size_t pieces;
    mts_result *whole = run(config);
    /* A unit that is repeated as a whole, the search for fixed points say, takes several reports. */
    mts_result *r = run_in_pieces(config, 4, &pieces);
    *r->result_kernels = *whole->result_kernels; /* the last one's */
    ck_assert_msg(memcmp(r->block, whole->block, r->bytes) == 0, "%s", what);
    ck_assert_uint_ge(pieces, 3);
    mts_result_destroy(r);
    mts_result_destroy(whole);
}

START_TEST(a_run_in_pieces_gives_the_bits_of_the_whole)
{
    mts_config config = small();
    config.arch = _i;
    set(&config, "units", "64");
    set(&config, "batches", MTS_ARCH_gpt == _i ? "50" : MTS_ARCH_lstm == _i ? "200" : "800");
    set(&config, "fixed_point_starts", "2");
    set(&config, "fixed_point_steps", "5");
    set(&config, "probe_fits", "3");
    for (size_t f = 0; f < mts_n_fields; f++)
        if (strncmp(mts_fields[f].name, "measure_", 8) == 0)
            mts_config_put(&config, &mts_fields[f], MTS_YES);
    check_pieces(&config, mts_arch_names[_i]);
}
END_TEST

START_TEST(a_state_of_another_run_is_refused_and_the_run_starts_anew)
{
    mts_config config = small(), other;
    set(&config, "units", "64");
    set(&config, "batches", "400");
    saver s = {.stop_after = 2};
    mts_run_hooks hooks = saving(&s);
    mts_result_destroy(run_with(&config, &hooks, MTS_STOPPED));
    ck_assert_uint_gt(s.saves, 0);
    other = config;
    other.seed++;
    s.stop_after = SIZE_MAX;
    unsigned char *state = s.state;
    const size_t bytes = s.bytes;
    s.state = NULL;
    for (int cut = 0; cut < 2; cut++) {
        hooks = saving(&s);
        hooks.state = state;
        hooks.state_bytes = cut ? bytes - 1 : bytes;
        mts_result *anew = run_with(cut ? &config : &other, &hooks, MTS_OK);
        mts_result *whole = run(cut ? &config : &other);
        ck_assert_uint_eq(s.refused, (size_t)cut + 1);
        assert_same(anew, whole);
        mts_result_destroy(anew);
        mts_result_destroy(whole);
    }
    mts_free(state);
    mts_free(s.state);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {a_state_of_another_run_is_refused_and_the_run_starts_anew};
    const suite_loop loops[] = {{a_run_in_pieces_gives_the_bits_of_the_whole, MTS_N_ARCHS}};
    return run_suite_with_loops("run_resume", 240, tests, 1, loops, 1);
}
