/* mutate.h: a corpus, and its files changed in ways that are the same in every call. */
#ifndef MTSWEEP_TESTS_MUTATE_H
#define MTSWEEP_TESTS_MUTATE_H

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "mtsweep/base.h"

#define INPUT_MAX 8192

typedef struct input {
    size_t size;
    uint8_t data[INPUT_MAX];
} input;

typedef struct corpus {
    size_t n;
    input *file; /* [n]; the caller frees it */
} corpus;

/* What matches the pattern, and the other one if there is one; the target sees all, and accepts if
 * all_good. */
static inline corpus corpus_read(const char *pattern, const char *other,
                                 bool (*target)(const uint8_t *data, size_t size), bool all_good)
{
    glob_t files;
    ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
    if (other)
        ck_assert_int_eq(glob(other, GLOB_APPEND, NULL, &files), 0);
    corpus all = {files.gl_pathc, mts_alloc(files.gl_pathc, sizeof *all.file)};
    ck_assert_ptr_nonnull(all.file);
    for (size_t i = 0; i < all.n; i++) {
        FILE *f = fopen(files.gl_pathv[i], "rb");
        ck_assert_ptr_nonnull(f);
        all.file[i].size = fread(all.file[i].data, 1, INPUT_MAX, f);
        fclose(f);
        ck_assert_msg(target(all.file[i].data, all.file[i].size) || !all_good, "%s: %s",
                      files.gl_pathv[i], mts_message());
    }
    globfree(&files);
    return all;
}

/* Numbers below some n, the same in every call. */
typedef struct dice {
    uint64_t item;
    uint32_t block;
} dice;

static inline size_t roll(dice *d, size_t n)
{
    uint32_t word[4];
    mts_bits((mts_stream){1, 1}, d->item, d->block++, word);
    return word[0] % n;
}

/* Puts text[0 .. length - 1] in the place of `cut` bytes at `at`, as far as there is room. */
static inline void replace(input *in, size_t at, size_t cut, const void *text, size_t length)
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

/* One change; words[n_words] are those that the format knows. */
static inline void mutate(input *in, dice *d, const corpus *all, const char *const *words,
                          size_t n_words)
{
    size_t at = roll(d, in->size + 1), left = in->size - at;
    size_t length = 1 + roll(d, 24), other = roll(d, all->n);
    uint8_t byte = (uint8_t)roll(d, 256);
    const char *word = words[roll(d, n_words)];
    switch (roll(d, 6)) {
    case 0: /* another byte */
        replace(in, at, left > 0, &byte, 1);
        break;
    case 1: /* a word more */
        replace(in, at, 0, word, strlen(word));
        break;
    case 2: /* a word instead */
        replace(in, at, left < length ? left : length, word, strlen(word));
        break;
    case 3: /* a piece less */
        replace(in, at, left < length ? left : length, "", 0);
        break;
    case 4: /* a piece twice */
        replace(in, at, 0, in->data + at, left < length ? left : length);
        break;
    default: /* the end of another file */
        if (at < all->file[other].size)
            replace(in, at, left, all->file[other].data + at, all->file[other].size - at);
        break;
    }
}

/* How many of n changed files the target accepts. */
static inline size_t corpus_mutate(const corpus *all, size_t n, const char *const *words,
                                   size_t n_words, bool (*target)(const uint8_t *data, size_t size))
{
    size_t accepted = 0;
    for (size_t i = 0; i < n; i++) {
        dice d = {i, 0};
        input in = all->file[i % all->n];
        for (size_t changes = 1 + roll(&d, 4); changes > 0; changes--)
            mutate(&in, &d, all, words, n_words);
        accepted += target(in.data, in.size);
    }
    return accepted;
}

#endif
