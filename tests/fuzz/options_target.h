/* options_target.h: what any command line must and must not do, as far as no file is opened. The input
 * is text, a word a line; the first is the verb. */
#ifndef MTSWEEP_TESTS_OPTIONS_TARGET_H
#define MTSWEEP_TESTS_OPTIONS_TARGET_H

#include "../src/app/app.h"
#include "fuzz/target.h"

#define OPTIONS_WORDS 300

static const char options_sweep[] =
    "name: a\ngrid: {arch: [rnn, lstm], tasks: [2, 3], seed: 0..7}\n";

/* Any verb for any word, so that every byte leads somewhere. */
static inline const mts_app_verb *options_verb(const char *word)
{
    size_t n = 0;
    const mts_app_verb *verb = mts_app_verb_find(word);
    while (mts_app_verbs[n])
        n++;
    return verb ? verb : mts_app_verbs[(unsigned char)word[0] % n];
}

/* What the verbs make of the values, whatever option they are of. */
static inline void options_value(const mts_app_args *args, const char *name, const char *value)
{
    char start[64];
    int64_t whole = 7;
    double number = 7, seconds = 7;
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    mts_expect *expect = NULL;
    mts_grid *grid;
    size_t n;
    snprintf(start, sizeof start, "--%s must be ", name);
    mts_status st = mts_app_whole(args, name, 1, 1000, &whole);
    if (st != MTS_OK)
        target_refused(st, MTS_ERR_USAGE, start);
    TARGET_REQUIRE(whole >= 1 && whole <= 1000);
    st = mts_app_number(args, name, 0.01, 1e9, &number);
    if (st != MTS_OK)
        target_refused(st, MTS_ERR_USAGE, start);
    TARGET_REQUIRE(number >= 0.01 && number <= 1e9);
    st = mts_app_duration(args, name, &seconds);
    if (st != MTS_OK)
        target_refused(st, MTS_ERR_USAGE, start);
    TARGET_REQUIRE(seconds >= 0);
    if (strcmp(name, "score") == 0 && mts_table_scores(value, "--score", score, &n) != MTS_OK)
        target_refused(MTS_ERR_USAGE, MTS_ERR_USAGE, "");
    st = strcmp(name, "expect") == 0 ? mts_expect_parse(value, &expect) : MTS_OK;
    if (st != MTS_OK)
        target_refused(st, MTS_ERR_USAGE, "");
    mts_expect_destroy(expect);
    if (strcmp(name, "set") == 0) {
        st = mts_grid_parse(options_sweep, strlen(options_sweep), "f", &value, 1, &grid);
        if (st != MTS_OK)
            target_refused(st, MTS_ERR_USAGE, "");
        mts_grid_destroy(grid);
    }
}

/* Which runs of a sweep the options choose: some, or a refusal. */
static inline void options_choose(const mts_app_args *args, const char *where)
{
    mts_grid *grid;
    size_t n = 0;
    TARGET_REQUIRE(mts_grid_parse(options_sweep, strlen(options_sweep), "f", NULL, 0, &grid) ==
                   MTS_OK);
    const mts_table_runs runs = mts_app_grid_runs(grid);
    bool *chosen = mts_alloc(runs.n, sizeof *chosen);
    TARGET_REQUIRE(chosen);
    const mts_status st = mts_app_choose(args, where, &runs, chosen, &n);
    if (st == MTS_OK)
        TARGET_REQUIRE(n >= 1 && n <= runs.n);
    else
        target_refused(st, MTS_ERR_USAGE, "");
    mts_free(chosen);
    mts_grid_destroy(grid);
}

/* Whether the command line is one that the verb takes. */
static inline bool options_target(const uint8_t *data, size_t size)
{
    static mts_app_args args;
    char *word[OPTIONS_WORDS + 1], *text = mts_alloc(size + 1, 1), line[200], small[8];
    int n = 0;
    TARGET_REQUIRE(text);
    if (size > 0)
        memcpy(text, data, size);
    for (char *rest = text, *end; n < OPTIONS_WORDS; rest = end + 1) {
        word[n++] = rest;
        end = strchr(rest, '\n');
        if (!end)
            break;
        *end = '\0';
    }
    word[n] = NULL;
    const mts_app_verb *verb = options_verb(word[0]);
    const mts_status st = mts_app_parse(verb, n, word, 1, &args);
    if (st != MTS_OK)
        target_refused(st, MTS_ERR_USAGE, "");
    for (size_t i = 0; st == MTS_OK && i < args.n_have; i++)
        options_value(&args, args.have[i].option->name, args.have[i].value);
    if (st == MTS_OK && !args.help)
        options_choose(&args, strcmp(verb->name, "run") == 0 ? "only" : "where");
    mts_app_command(n, word, line, sizeof line);
    mts_app_command(n, word, small, sizeof small);
    TARGET_REQUIRE(strlen(line) < sizeof line && strlen(small) < sizeof small);
    mts_free(text);
    return st == MTS_OK;
}

#endif
