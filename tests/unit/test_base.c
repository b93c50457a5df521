#include "mtsweep/base.h"
#include "suite.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- status ---- */

START_TEST(message_is_empty_before_the_first_fault)
{
    ck_assert_str_eq(mts_message(), "");
}
END_TEST

START_TEST(fail_returns_the_status_and_sets_the_message)
{
    ck_assert_int_eq(mts_fail(MTS_ERR_IO, "cannot read '%s': %d", "x.h5", 7), MTS_ERR_IO);
    ck_assert_str_eq(mts_message(), "cannot read 'x.h5': 7");
    ck_assert_int_eq(mts_fail(MTS_STOPPED, "stopped"), MTS_STOPPED);
    ck_assert_str_eq(mts_message(), "stopped");
}
END_TEST

START_TEST(message_is_one_line)
{
    mts_fail(MTS_ERR_IO, "a\nb\tc\r\x1b[1md\x7f");
    ck_assert_str_eq(mts_message(), "a b c  [1md ");
}
END_TEST

START_TEST(message_may_quote_the_message_before)
{
    mts_fail(MTS_ERR_IO, "inner");
    mts_fail(MTS_ERR_IO, "outer: %s: %s", mts_message(), mts_message());
    ck_assert_str_eq(mts_message(), "outer: inner: inner");
}
END_TEST

START_TEST(message_is_cut_at_a_whole_character)
{
    char text[2 * MTS_MESSAGE_MAX];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 3); /* e acute: two bytes; MTS_MESSAGE_MAX - 1 is odd */
    mts_fail(MTS_ERR_IO, "%s", text);
    ck_assert_uint_eq(strlen(mts_message()), MTS_MESSAGE_MAX - 2);
    mts_fail(MTS_ERR_IO, "x%s", text);
    ck_assert_uint_eq(strlen(mts_message()), MTS_MESSAGE_MAX - 1);
}
END_TEST

static void *fail_elsewhere(void *seen)
{
    *(bool *)seen = mts_message()[0] != '\0';
    mts_fail(MTS_ERR_IO, "of the other thread");
    return NULL;
}

START_TEST(message_belongs_to_the_thread)
{
    pthread_t thread;
    bool seen = true;
    mts_fail(MTS_ERR_IO, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, &seen), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(!seen);
    ck_assert_str_eq(mts_message(), "of this thread");
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_is_zero_and_aligned_to_64_bytes)
{
    static const size_t sizes[] = {1, 63, 64, 65, 4096, 100001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = mts_alloc(sizes[i], 3);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % 64, 0);
        for (size_t j = 0; j < 3 * sizes[i]; j++)
            ck_assert_uint_eq(p[j], 0);
        memset(p, 0xff, 3 * sizes[i]);
        mts_free(p);
    }
}
END_TEST

START_TEST(memory_for_nothing_is_a_valid_pointer)
{
    void *p = mts_alloc(0, 8), *q = mts_alloc(8, 0);
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(q);
    ck_assert_ptr_ne(p, q);
    mts_free(p);
    mts_free(q);
    mts_free(NULL);
}
END_TEST

START_TEST(memory_that_overflows_size_t_is_refused)
{
    volatile size_t half = SIZE_MAX / 2; /* hidden from the compiler, which would warn */
    ck_assert_ptr_null(mts_alloc(half, 3));
    ck_assert_str_eq(mts_message(), "out of memory: no room for 9223372036854775807 x 3 bytes; "
                                    "use fewer ranks a host");
    ck_assert_ptr_null(mts_alloc(half, 2));
    ck_assert_ptr_null(mts_alloc(half, 1)); /* no overflow, and no such memory */
}
END_TEST

/* ---- arena ---- */

enum { PIECES = 6 };
static const size_t piece_n[PIECES] = {3, 0, 64, 1, 65, 1000},
                    piece_size[PIECES] = {4, 8, 1, 1, 1, 8};

static void take_pieces(mts_arena *arena, unsigned char *piece[PIECES])
{
    for (size_t i = 0; i < PIECES; i++)
        piece[i] = mts_take(arena, piece_n[i], piece_size[i]);
}

START_TEST(an_arena_counts_what_is_then_taken)
{
    mts_arena arena = {0};
    unsigned char *piece[PIECES];
    take_pieces(&arena, piece);
    for (size_t i = 0; i < PIECES; i++)
        ck_assert_ptr_null(piece[i]);
    ck_assert_uint_eq(arena.used, 64 + 0 + 64 + 64 + 128 + 8000);
    ck_assert_ptr_null(arena.block);

    ck_assert_int_eq(mts_arena_open(&arena), MTS_OK);
    ck_assert_uint_eq(arena.used, 0);
    take_pieces(&arena, piece);
    ck_assert_uint_eq(arena.used, 8320);
    mts_arena_close(&arena);
    ck_assert_ptr_null(arena.block);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(pieces_of_an_arena_are_zero_aligned_to_64_bytes_and_apart)
{
    mts_arena arena = {0};
    unsigned char *piece[PIECES];
    take_pieces(&arena, piece);
    ck_assert_int_eq(mts_arena_open(&arena), MTS_OK);
    take_pieces(&arena, piece);
    ck_assert_ptr_eq(piece[0], arena.block);
    for (size_t i = 0; i < PIECES; i++) {
        const size_t bytes = piece_n[i] * piece_size[i];
        ck_assert_uint_eq((uintptr_t)piece[i] % 64, 0);
        ck_assert(piece[i] + bytes <= arena.block + arena.used);
        for (size_t j = 0; j < bytes; j++)
            assert_each(piece[i][j] == 0);
        memset(piece[i], 0xff, bytes); /* the next piece is zero all the same */
    }
    mts_arena_close(&arena);
}
END_TEST

START_TEST(an_arena_that_overflows_size_t_is_refused)
{
    static const size_t too_many[][2] = {{SIZE_MAX / 2, 3}, {SIZE_MAX, 1}, {SIZE_MAX - 128, 1}};
    for (size_t i = 0; i < sizeof too_many / sizeof *too_many; i++) {
        mts_arena arena = {0};
        mts_take(&arena, 65, 1);
        ck_assert_ptr_null(mts_take(&arena, too_many[i][0], too_many[i][1]));
        ck_assert_uint_eq(arena.used, SIZE_MAX);
        mts_take(&arena, 0, 8); /* what follows does not make it small again */
        mts_take(&arena, 100, 1);
        ck_assert_uint_eq(arena.used, SIZE_MAX);
        ck_assert_int_eq(mts_arena_open(&arena), MTS_ERR_MEMORY);
        ck_assert_ptr_nonnull(strstr(mts_message(), "out of memory"));
        ck_assert_ptr_null(arena.block);
        ck_assert_uint_eq(arena.used, 0);
    }
}
END_TEST

START_TEST(an_arena_that_was_never_opened_can_be_closed)
{
    mts_arena arena = {0};
    mts_arena_close(&arena);
    mts_take(&arena, 5, 8);
    mts_arena_close(&arena);
    ck_assert_ptr_null(arena.block);
    ck_assert_uint_eq(arena.used, 0);
}
END_TEST

/* ---- clock ---- */

START_TEST(monotonic_clock_does_not_go_back)
{
    double last = mts_seconds();
    for (int i = 0; i < 1000; i++) {
        double now = mts_seconds();
        ck_assert(now >= last);
        last = now;
    }
}
END_TEST

START_TEST(clock_of_a_thread_stands_while_it_sleeps)
{
    const double start = mts_seconds(), before = mts_thread_seconds();
    const struct timespec pause = {.tv_nsec = 50000000};
    nanosleep(&pause, NULL);
    const double slept = mts_seconds() - start, after = mts_thread_seconds();
    ck_assert_double_lt(after - before, slept);
    while (mts_thread_seconds() == after)
        continue;
}
END_TEST

START_TEST(wall_clock_counts_from_1970)
{
    ck_assert(fabs(mts_now() - (double)time(NULL)) < 60);
}
END_TEST

START_TEST(time_is_written_as_local_date_and_time)
{
    char text[MTS_TIME_TEXT];
    setenv("TZ", "UTC", 1);
    tzset();
    mts_time_text(0, text);
    ck_assert_str_eq(text, "1970-01-01 00:00:00");
    mts_time_text(1795370531.9, text);
    ck_assert_str_eq(text, "2026-11-22 18:02:11");
    setenv("TZ", "XYZ-2", 1); /* two hours east */
    tzset();
    mts_time_text(1795370531, text);
    ck_assert_str_eq(text, "2026-11-22 20:02:11");
    mts_time_text((double)NAN, text);
    ck_assert_str_eq(text, "?");
    mts_time_text(1e300, text);
    ck_assert_str_eq(text, "?");
}
END_TEST

START_TEST(duration_is_written_in_hours_or_days)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0:00:00"},
        {19, "0:00:19"},
        {59.6, "0:01:00"},
        {3599, "0:59:59"},
        {86399, "23:59:59"},
        {86399.7, "1d 00:00:00"},
        {3 * 86400.0 + 2 * 3600 + 11 * 60 + 5, "3d 02:11:05"},
        {86400e6, "1000000d 00:00:00"},
        {-1, "?"},
        {1e14, "?"},
        {(double)NAN, "?"},
        {(double)INFINITY, "?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[MTS_DURATION_TEXT];
        mts_duration_text(cases[i].seconds, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

/* ---- log ---- */

/* Standard error goes to a pipe while the line is written. */
static size_t logged(char *buffer, size_t size, const char *word)
{
    int ends[2], kept = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    mts_log("%s of %d", word, 7);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t n = read(ends[0], buffer, size - 1);
    close(ends[0]);
    ck_assert_int_ge(n, 0);
    buffer[n] = '\0';
    return (size_t)n;
}

START_TEST(log_line_has_the_name_of_the_program_and_one_end)
{
    char line[4096];
    logged(line, sizeof line, "3\n4");
    ck_assert_str_eq(line, "mtsweep: 3 4 of 7\n");
}
END_TEST

START_TEST(long_log_line_is_cut_and_still_ends)
{
    char word[3000], line[4096];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    size_t n = logged(line, sizeof line, word);
    ck_assert_uint_eq(n, strlen("mtsweep: ") + MTS_MESSAGE_MAX - 1 + 1);
    ck_assert_int_eq(line[n - 1], '\n');
    ck_assert_int_eq(line[n - 2], 'x');
}
END_TEST

/* ---- text ---- */

START_TEST(nearest_word_is_the_one_that_was_meant)
{
    static const char *const names[] = {"tasks", "seed", "batch", "batches", "rnn", "lstm", NULL};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"ntask", "tasks"}, {"taks", "tasks"},  {"task", "tasks"},
        {"sede", "seed"},   {"btach", "batch"}, {"batche", "batch"},
        {"lsmt", "lstm"},   {"LSTM", "lstm"},   {"batchess", "batches"},
        {"rn", "rnn"},      {"nnr", NULL},      {"gpt", NULL},
        {"", NULL},         {"sigma", NULL},    {"tasks", "tasks"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = mts_nearest(cases[i].word, names);
        ck_assert_pstr_eq(nearest, cases[i].nearest);
    }
}
END_TEST

START_TEST(transposition_counts_one)
{
    /* 3 letters allow distance 1: two substitutions would be too far. */
    static const char *const names[] = {"abc", NULL};
    ck_assert_pstr_eq(mts_nearest("acb", names), "abc");
    ck_assert_pstr_eq(mts_nearest("axy", names), NULL);
}
END_TEST

START_TEST(word_of_any_length_is_accepted)
{
    static const char *const names[] = {"abc", NULL};
    static const char *const none[] = {NULL};
    char *word = mts_alloc(100000, 1);
    memset(word, 'a', 99999);
    ck_assert_pstr_eq(mts_nearest(word, names), NULL);
    mts_free(word);
    ck_assert_pstr_eq(mts_nearest("abc", none), NULL);
}
END_TEST

START_TEST(excerpt_keeps_short_text_and_cuts_long_text)
{
    char out[MTS_EXCERPT_TEXT], text[200];
    ck_assert_str_eq(mts_excerpt("abc", out), "abc");
    memset(text, 'x', sizeof text);
    text[MTS_EXCERPT_TEXT - 1] = '\0';
    ck_assert_str_eq(mts_excerpt(text, out), text);
    text[MTS_EXCERPT_TEXT - 1] = 'x';
    text[sizeof text - 1] = '\0';
    mts_excerpt(text, out);
    ck_assert_uint_eq(strlen(out), MTS_EXCERPT_TEXT - 1);
    ck_assert_str_eq(out + MTS_EXCERPT_TEXT - 5, "x...");
    /* A character of four bytes across the cut goes as a whole. */
    memcpy(text + MTS_EXCERPT_TEXT - 6, "\xf0\x9f\x98\x80", 4);
    mts_excerpt(text, out);
    ck_assert_str_eq(out + MTS_EXCERPT_TEXT - 7, "x...");
}
END_TEST

/* Expected values come from a separate implementation in Python. */
START_TEST(hash_has_known_values_and_chains)
{
    ck_assert_uint_eq(mts_hash(0, "", 0), UINT64_C(0xf52a15e9a9b5e89b));
    ck_assert_uint_eq(mts_hash(0, "tasks=24", 8), UINT64_C(0x92ac662c78919314));
    ck_assert_uint_eq(mts_hash(mts_hash(0, "tasks", 5), "=24", 3), UINT64_C(0x33eaacb76828a1a5));
}
END_TEST

/* ---- random streams ---- */

/* kat_vectors of Random123 for philox4x32, 10 rounds. */
START_TEST(philox_agrees_with_its_known_answers)
{
    static const struct {
        mts_stream stream;
        uint64_t item;
        uint32_t block, word[4];
    } cases[] = {
        {{0, 0}, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT64_MAX, UINT32_MAX},
         UINT64_MAX,
         UINT32_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{UINT64_C(0x299f31d0a4093822), 0x03707344},
         UINT64_C(0x13198a2e85a308d3),
         0x243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t word[4];
        mts_bits(cases[i].stream, cases[i].item, cases[i].block, word);
        for (size_t j = 0; j < 4; j++)
            ck_assert_uint_eq(word[j], cases[i].word[j]);
    }
}
END_TEST

START_TEST(uniform_numbers_are_the_words_in_order)
{
    static const double expected[] = {0.15090733766555786, 0.39916592836380005, 0.8472476601600647,
                                      0.5578945279121399,  0.7672930359840393,  0.6164267659187317};
    mts_stream stream = {UINT64_C(0x0123456789abcdef), MTS_FOR_LATENT};
    mts_real u[7] = {[6] = -1};
    mts_uniform(stream, UINT64_C(0x100000002), 6, u);
    for (size_t j = 0; j < 6; j++)
        ck_assert_double_eq((double)u[j], expected[j]);
    ck_assert_double_eq((double)u[6], -1);
}
END_TEST

/* Item i is the same whatever is drawn around it, and the first n numbers do not depend on n. */
START_TEST(numbers_do_not_depend_on_how_items_are_grouped)
{
    mts_stream stream = {77, MTS_FOR_NOISE};
    mts_real all[20][13], some[13];
    for (size_t i = 0; i < 20; i++)
        mts_uniform(stream, 1000 + i, 13, all[i]);
    for (size_t i = 20; i-- > 0;)
        for (size_t n = 0; n <= 13; n++) {
            mts_uniform(stream, 1000 + i, n, some);
            ck_assert_mem_eq(some, all[i], n * sizeof *some);
        }
}
END_TEST

START_TEST(each_name_of_a_stream_changes_the_numbers)
{
    uint32_t base[4], other[4];
    mts_stream stream = {5, MTS_FOR_INIT};
    mts_bits(stream, 3, 0, base);
    mts_bits(stream, 3, 1, other);
    ck_assert_mem_ne(base, other, sizeof base);
    mts_bits(stream, 4, 0, other);
    ck_assert_mem_ne(base, other, sizeof base);
    mts_bits(stream, 3 + (UINT64_C(1) << 32), 0, other);
    ck_assert_mem_ne(base, other, sizeof base);
    mts_bits((mts_stream){5, MTS_FOR_INIT | 1 << 8}, 3, 0, other);
    ck_assert_mem_ne(base, other, sizeof base);
    mts_bits((mts_stream){5 + (UINT64_C(1) << 32), MTS_FOR_INIT}, 3, 0, other);
    ck_assert_mem_ne(base, other, sizeof base);
}
END_TEST

/* Mean 1/2, variance 1/12, fourth central moment 1/80, and no correlation between neighbours in an
 * item, between items, purposes and runs; each within 5 standard errors of n = 2^17 numbers. */
START_TEST(uniform_numbers_have_the_moments_of_a_uniform_distribution)
{
    enum { ITEMS = 4096, N = 32 };
    double n = (double)ITEMS * N, sum = 0, square = 0, fourth = 0, cross[4] = {0};
    for (size_t i = 0; i < ITEMS; i++) {
        mts_real u[N + 1], item[N], purpose[N], run[N];
        mts_uniform((mts_stream){9, 1}, i, N + 1, u);
        mts_uniform((mts_stream){9, 1}, i + 1, N, item);
        mts_uniform((mts_stream){9, 2}, i, N, purpose);
        mts_uniform((mts_stream){10, 1}, i, N, run);
        for (size_t j = 0; j < N; j++) {
            double x = (double)u[j] - 0.5;
            ck_assert(u[j] > 0 && u[j] < 1);
            sum += x;
            square += x * x;
            fourth += x * x * x * x;
            cross[0] += x * ((double)u[j + 1] - 0.5);
            cross[1] += x * ((double)item[j] - 0.5);
            cross[2] += x * ((double)purpose[j] - 0.5);
            cross[3] += x * ((double)run[j] - 0.5);
        }
    }
    ck_assert_double_lt(fabs(sum / n), 5 * sqrt(1 / 12.0 / n));
    ck_assert_double_lt(fabs(square / n - 1 / 12.0), 5 * sqrt(1 / 180.0 / n));
    ck_assert_double_lt(fabs(fourth / n - 1 / 80.0), 5 * sqrt((1 / 2304.0 - 1 / 6400.0) / n));
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_lt(fabs(cross[k] / n), 5 / 12.0 / sqrt(n));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        message_is_empty_before_the_first_fault,
        fail_returns_the_status_and_sets_the_message,
        message_is_one_line,
        message_may_quote_the_message_before,
        message_is_cut_at_a_whole_character,
        message_belongs_to_the_thread,
        memory_is_zero_and_aligned_to_64_bytes,
        memory_for_nothing_is_a_valid_pointer,
        memory_that_overflows_size_t_is_refused,
        an_arena_counts_what_is_then_taken,
        pieces_of_an_arena_are_zero_aligned_to_64_bytes_and_apart,
        an_arena_that_overflows_size_t_is_refused,
        an_arena_that_was_never_opened_can_be_closed,
        monotonic_clock_does_not_go_back,
        clock_of_a_thread_stands_while_it_sleeps,
        wall_clock_counts_from_1970,
        time_is_written_as_local_date_and_time,
        duration_is_written_in_hours_or_days,
        log_line_has_the_name_of_the_program_and_one_end,
        long_log_line_is_cut_and_still_ends,
        nearest_word_is_the_one_that_was_meant,
        transposition_counts_one,
        word_of_any_length_is_accepted,
        excerpt_keeps_short_text_and_cuts_long_text,
        hash_has_known_values_and_chains,
        philox_agrees_with_its_known_answers,
        uniform_numbers_are_the_words_in_order,
        numbers_do_not_depend_on_how_items_are_grouped,
        each_name_of_a_stream_changes_the_numbers,
        uniform_numbers_have_the_moments_of_a_uniform_distribution,
    };
    return run_suite("base", 60, tests, sizeof tests / sizeof *tests);
}
