/* Bytes that are almost a sweep file: the corpus, changed in a fixed number of ways that are the
 * same in every call. tests/fuzz/fuzz_sweep.c searches further. */
#include "fuzz/sweep_target.h"
#include "suite.h"

#include <glob.h>

#define INPUT_MAX 8192

typedef struct input {
    size_t size;
    uint8_t data[INPUT_MAX];
} input;

static input *read_corpus(size_t *n)
{
    glob_t files;
    ck_assert_int_eq(glob("tests/fuzz/corpus/*.yaml", 0, NULL, &files), 0);
    ck_assert_int_eq(glob("sweeps/*.yaml", GLOB_APPEND, NULL, &files), 0);
    input *corpus = mts_alloc(files.gl_pathc, sizeof *corpus);
    ck_assert_ptr_nonnull(corpus);
    *n = files.gl_pathc;
    for (size_t i = 0; i < *n; i++) {
        FILE *f = fopen(files.gl_pathv[i], "rb");
        ck_assert_ptr_nonnull(f);
        corpus[i].size = fread(corpus[i].data, 1, INPUT_MAX, f);
        fclose(f);
        ck_assert_msg(sweep_target(corpus[i].data, corpus[i].size), "%s: %s", files.gl_pathv[i],
                      mts_message());
    }
    globfree(&files);
    return corpus;
}

START_TEST(corpus_and_sweeps_of_the_project_are_accepted)
{
    size_t n;
    mts_free(read_corpus(&n));
    ck_assert_uint_gt(n, 5);
}
END_TEST

/* Numbers below some n, the same in every call. */
typedef struct dice {
    uint64_t item;
    uint32_t block;
} dice;

static size_t roll(dice *d, size_t n)
{
    uint32_t word[4];
    mts_bits((mts_stream){1, 1}, d->item, d->block++, word);
    return word[0] % n;
}

/* Puts text[0 .. length - 1] in the place of `cut` bytes at `at`, as far as there is room. */
static void splice(input *in, size_t at, size_t cut, const void *text, size_t length)
{
    uint8_t old[INPUT_MAX];
    size_t tail = in->size - at - cut;
    if (at + length + tail > INPUT_MAX)
        return;
    memcpy(old, in->data + at + cut, tail);
    memmove(in->data + at, text, length);
    memcpy(in->data + at + length, old, tail);
    in->size = at + length + tail;
}

static void mutate(input *in, dice *d, const input *corpus, size_t n)
{
    static const char *const words[] = {
        "name: ", "grid:", "zip:",  "set:",     "override:", "exclude:", "where: ", "arch",
        "tasks",  "seed",  "sigma", "latents",  "folds",     "kernels",  "rnn",     "fan",
        "..",     "0..4",  "1e5",   "-1",       "nan",       ": ",       "- ",      "[",
        "]",      "{",     "}",     ", ",       "? ",        "&a ",      "*a",      "!!str ",
        "---\n",  "...\n", "\n",    "  ",       "\"",        "'",        "|\n",     "\x01",
        "\xff",   "#",     "\t",    "99999999", "0x1",       "e",        ".",       "\xef\xbb\xbf",
    };
    const size_t n_words = sizeof words / sizeof *words;
    size_t at = roll(d, in->size + 1), left = in->size - at;
    size_t length = 1 + roll(d, 24), other = roll(d, n);
    uint8_t byte = (uint8_t)roll(d, 256);
    const char *word = words[roll(d, n_words)];
    switch (roll(d, 6)) {
    case 0: /* another byte */
        splice(in, at, left > 0, &byte, 1);
        break;
    case 1: /* a word more */
        splice(in, at, 0, word, strlen(word));
        break;
    case 2: /* a word instead */
        splice(in, at, left < length ? left : length, word, strlen(word));
        break;
    case 3: /* a piece less */
        splice(in, at, left < length ? left : length, "", 0);
        break;
    case 4: /* a piece twice */
        splice(in, at, 0, in->data + at, left < length ? left : length);
        break;
    default: /* the end of another file */
        if (at < corpus[other].size)
            splice(in, at, left, corpus[other].data + at, corpus[other].size - at);
        break;
    }
}

START_TEST(changed_sweep_files_are_accepted_or_refused_with_a_message)
{
    size_t n, accepted = 0, refused = 0;
    input *corpus = read_corpus(&n);
    for (size_t i = 0; i < 20000; i++) {
        dice d = {i, 0};
        input in = corpus[i % n];
        for (size_t changes = 1 + roll(&d, 4); changes > 0; changes--)
            mutate(&in, &d, corpus, n);
        if (sweep_target(in.data, in.size))
            accepted++;
        else
            refused++;
    }
    /* Both must happen often, or the mutations test little. */
    ck_assert_uint_gt(accepted, 1000);
    ck_assert_uint_gt(refused, 1000);
    mts_free(corpus);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        corpus_and_sweeps_of_the_project_are_accepted,
        changed_sweep_files_are_accepted_or_refused_with_a_message,
    };
    return run_suite("fuzz_sweep", 600, tests, sizeof tests / sizeof *tests);
}
