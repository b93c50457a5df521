/* verb_show.c: `mtsweep show`: the claim that a sweep tests, and medians and quartiles of the scores
 * that speak to it. */
#include "app.h"

#include <string.h>

static const mts_app_option options[] = {
    {"by", 'b', "FIELDS",
     "rows and columns: the last field makes the columns (by default all that vary but seed)", 0},
    {"score", 0, "NAME",
     "this table only; several with commas: SPLIT_COLUMN, like ood_r2, id_ols_angle, "
     "ood_published_r2_within; gap_r2, id minus ood; or a column of /result, like loss, or of "
     "/measure, like sparsity, amplification_1",
     0},
    {"all", 0, NULL, "all tables that have values, not only those of ood_r2 and id_r2", 0},
    {"where", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", 0},
    {"run", 0, "NUMBER", "all there is about one run: config, state, results, scores", 0},
    {"expect", 0, "TEXT",
     "a comparison to hold against the networks, such as 'ood_r2[tasks=24] - ood_r2[tasks=2] > "
     "0.1', "
     "after those of the sweep file; can be repeated",
     MTS_APP_MANY},
    {"csv", 0, NULL, "comma-separated, a line a cell", 0},
    {"json", 0, NULL, "cells and what is expected as JSON", 0},
    {"markdown", 0, NULL, "tables for a page in Markdown", 0},
    {NULL, 0, NULL, NULL, 0}};

/* Without --score or --all; and with --all, where those that the file has no value of are left out. */
static const char brief[] = "ood_r2,id_r2";
static const char usual[] =
    "ood_r2,id_r2,ood_published_r2,gap_r2,ood_angle,id_angle,ood_std_r2,id_std_r2,ood_ols_r2,"
    "id_ols_r2,closed_form_r2,sparsity,absolute_sparsity,pca_ratio_1,pca_ratio_2,pca_ratio_3,"
    "fixed_point_converged,fixed_points,fixed_points_unstable,leading_real_1,leading_real_2,"
    "leading_real_3,"
    "amplification_1,amplification_2,accuracy,loss";

enum { BLOCK = 1024 }; /* runs whose states are read at once */

/* A file, as tables look at it: the rows that are chosen. */
typedef struct {
    mts_store *store;
    size_t n, *row;   /* [n] ascending */
    mts_stamp *stamp; /* [BLOCK] */
    size_t count[MTS_N_STATES];
} results;

static mts_status config(void *ctx, size_t run, mts_config *out)
{
    const results *r = ctx;
    return mts_store_config(r->store, r->row[run], out);
}

/* How many of the runs from `first` on, at most n, stand one after the other in the file. */
static size_t stretch(const results *r, size_t first, size_t n)
{
    size_t length = 1;
    while (length < n && r->row[first + length] == r->row[first] + length)
        length++;
    return length;
}

static mts_status column(void *ctx, size_t number, size_t first, size_t n, void *out)
{
    const results *r = ctx;
    const mts_column *c = &mts_columns[number];
    const size_t bytes =
        mts_column_count(c, mts_store_extents(r->store)) * mts_column_size(c->type);
    mts_status st = MTS_OK;
    for (size_t i = 0, length; i < n && st == MTS_OK; i += length) {
        length = stretch(r, first + i, n - i);
        st = mts_store_column(r->store, number, r->row[first + i], length, (char *)out + i * bytes);
    }
    return st;
}

/* Counts the states beside. */
static mts_status done(void *ctx, size_t first, size_t n, bool *is_done)
{
    results *r = ctx;
    mts_status st = MTS_OK;
    for (size_t i = 0, length; i < n && st == MTS_OK; i += length) {
        length = stretch(r, first + i, n - i < BLOCK ? n - i : BLOCK);
        st = mts_store_states(r->store, r->row[first + i], length, r->stamp);
        for (size_t k = 0; k < length && st == MTS_OK; k++) {
            is_done[i + k] = r->stamp[k].state == MTS_STATE_DONE;
            r->count[r->stamp[k].state]++;
        }
    }
    return st;
}

static mts_status print_head(const char *path, const results *r)
{
    const size_t n = r->n, missing = n - r->count[MTS_STATE_DONE];
    const char *chosen = n < mts_store_runs(r->store) ? " chosen" : "";
    const size_t window = mts_app_window(stdout);
    char *name = NULL, *question = NULL, *claim = NULL, part[MTS_APP_PART_TEXT], text[512];
    size_t used;
    mts_status st = mts_store_line(r->store, "name", &name);
    if (st == MTS_OK)
        st = mts_store_line(r->store, "question", &question);
    if (st == MTS_OK)
        st = mts_store_line(r->store, "claim", &claim);
    if (st == MTS_OK)
        st = mts_app_part_text(r->store, part);
    if (st == MTS_OK) {
        printf("%s  %s\n", name, question);
        if (*claim)
            printf("claim: %s\n", claim);
        used = (size_t)snprintf(text, sizeof text, "%zu of %zu%s runs done",
                                r->count[MTS_STATE_DONE], n, chosen);
        for (size_t s = 0; s < MTS_N_STATES && missing > 0; s++)
            if (s != MTS_STATE_DONE && r->count[s] > 0)
                used += (size_t)snprintf(text + used, sizeof text - used, ", %zu %s", r->count[s],
                                         mts_state_name[s]);
        snprintf(text + used, sizeof text - used, "%s%s", part,
                 missing ? "; * marks cells that lack runs" : "");
        used = (size_t)printf("%s:", path) + 1;
        const bool beside = used <= window / 2 || window == 0; /* else below a long path */
        printf(beside ? " " : "\n    ");
        mts_table_wrap(text, beside ? used : 4, window > 0 ? window : used + sizeof text, stdout);
    }
    mts_free(name);
    mts_free(question);
    mts_free(claim);
    return st;
}

/* What the sweep in the file expects, and what the command line adds; the caller frees *text, and
 * destroys *grid, which owns the first of them. */
static mts_status expectations(const mts_app_args *args, const results *r, mts_grid **grid,
                               const char ***text, size_t *n)
{
    const char *asked[MTS_APP_HAVE_MAX], **own = NULL;
    const size_t n_asked = mts_app_texts(args, "expect", asked);
    mts_status st = MTS_OK;
    *grid = NULL;
    *n = 0;
    if (!*mts_store_later(r->store)) /* else its sweep may say what this program does not know */
        st = mts_app_own_grid(args->argument[0], r->store, grid);
    if (*grid && st == MTS_OK)
        st = mts_app_expects(*grid, &own);
    const size_t n_own = own ? mts_grid_expects(*grid) : 0;
    *text = st == MTS_OK ? mts_alloc(n_own + n_asked + 1, sizeof **text) : NULL;
    if (!*text) {
        mts_free(own);
        return st == MTS_OK ? MTS_ERR_MEMORY : st;
    }
    for (size_t i = 0; i < n_own; i++)
        (*text)[(*n)++] = own[i];
    for (size_t i = 0; i < n_asked; i++)
        (*text)[(*n)++] = asked[i];
    mts_free(own);
    return MTS_OK;
}

static mts_status print_json(const mts_table_cells *cells, const mts_table_score *score,
                             size_t n_scores, const char *const *text, size_t n_texts)
{
    printf("{\"expected\": ");
    mts_status st = mts_expect_print_json(cells, n_texts, text, stdout);
    printf(",\n\"scores\": ");
    if (st == MTS_OK)
        st = mts_table_print_json(cells, score, n_scores, stdout);
    printf("}\n");
    return st;
}

static mts_status print_tables(const mts_app_args *args, const results *r,
                               const mts_table_cells *cells, const mts_table_score *score,
                               size_t n_scores, const char *const *text, size_t n_texts)
{
    const bool asked = mts_app_text(args, "score") != NULL;
    const mts_table_look look = {.all = asked,
                                 .markdown = mts_app_text(args, "markdown") != NULL,
                                 .width = mts_app_window(stdout)};
    if (cells->columns >= MTS_TABLE_COLUMNS)
        return mts_fail(MTS_ERR_USAGE, "--by: %s has %zu values, too many for columns; use --csv",
                        cells->by[cells->n_by - 1]->name, cells->columns);
    mts_status st = print_head(args->argument[0], r);
    if (st == MTS_OK && !asked)
        st = mts_expect_print(cells, n_texts, text, look.markdown, stdout);
    if (st == MTS_OK)
        st = mts_table_print(cells, score, n_scores, look, stdout);
    if (st == MTS_OK)
        st = mts_table_print_disagreement(cells, look.width, stdout);
    if (st == MTS_OK && !asked && !mts_app_text(args, "all"))
        printf("\n--all shows the other scores\n");
    return st;
}

static mts_status print(const mts_app_args *args, const results *r, const mts_table_cells *cells,
                        const mts_table_score *score, size_t n_scores)
{
    const char **text = NULL;
    mts_grid *grid = NULL;
    size_t n = 0;
    mts_status st = MTS_OK;
    if (mts_app_text(args, "csv"))
        return mts_table_print_csv(cells, score, n_scores, stdout);
    st = expectations(args, r, &grid, &text, &n);
    if (st == MTS_OK && mts_app_text(args, "json"))
        st = print_json(cells, score, n_scores, text, n);
    else if (st == MTS_OK)
        st = print_tables(args, r, cells, score, n_scores, text, n);
    mts_free(text);
    mts_grid_destroy(grid);
    return st;
}

static mts_status show_file(const mts_app_args *args, results *r, const mts_table_score *score,
                            size_t n_scores)
{
    const mts_table_source source = {{r, r->n, config}, mts_store_extents(r->store), done, column};
    mts_table_cells *cells = NULL;
    mts_status st = MTS_OK;
    for (size_t i = 0; i < n_scores && mts_app_text(args, "score") && st == MTS_OK; i++)
        st = mts_table_score_check(&score[i], source.extents, "--score");
    if (st == MTS_OK)
        st = mts_table_cells_create(&source, mts_app_text(args, "by"), "--by", &cells);
    if (st == MTS_OK)
        st = print(args, r, cells, score, n_scores);
    mts_table_cells_destroy(cells);
    return st;
}

/* The rows that --where and --ids leave. */
static mts_status choose(const mts_app_args *args, results *r)
{
    const size_t runs = mts_store_runs(r->store);
    bool *chosen = mts_alloc(runs, sizeof *chosen);
    r->row = mts_alloc(runs, sizeof *r->row);
    mts_status st = chosen && r->row ? MTS_OK : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_app_choose_rows(args, "where", args->argument[0], r->store, chosen, &r->n, NULL);
    for (size_t run = 0, n = 0; run < runs && st == MTS_OK; run++)
        if (chosen[run])
            r->row[n++] = run;
    mts_free(chosen);
    return st;
}

static mts_status check(const mts_app_args *args)
{
    static const char *const forms[] = {"csv", "json", "markdown", "run"};
    const char *given = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!mts_app_text(args, forms[i]))
            continue;
        if (given)
            return mts_fail(MTS_ERR_USAGE, "--%s and --%s: choose one", given, forms[i]);
        given = forms[i];
    }
    if (mts_app_text(args, "all") && mts_app_text(args, "score"))
        return mts_fail(MTS_ERR_USAGE, "--all and --score: choose one");
    return MTS_OK;
}

static mts_status show_open(const mts_app_args *args, results *r)
{
    const char *names = mts_app_text(args, "score");
    const bool whole =
        mts_app_text(args, "all") || mts_app_text(args, "csv") || mts_app_text(args, "json");
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    size_t n_scores;
    int64_t run = -1;
    mts_status st = mts_app_whole(args, "run", 0, INT64_MAX, &run);
    if (st == MTS_OK)
        st = mts_table_scores(names ? names : whole ? usual : brief, "--score", score, &n_scores);
    if (st == MTS_OK)
        st = mts_app_open(args->argument[0], &r->store);
    if (st == MTS_OK)
        st = mts_app_check_configs(args->argument[0], r->store);
    if (st == MTS_OK && *mts_store_later(r->store))
        mts_log("%s was made by a newer mtsweep; not shown: %s", args->argument[0],
                mts_store_later(r->store));
    if (st == MTS_OK && run >= 0)
        return mts_app_show_run(args->argument[0], r->store, (size_t)run);
    if (st == MTS_OK)
        st = choose(args, r);
    return st == MTS_OK ? show_file(args, r, score, n_scores) : st;
}

static mts_status show(const mts_app_args *args)
{
    results r = {.stamp = mts_alloc(BLOCK, sizeof *r.stamp)};
    mts_status st = r.stamp ? check(args) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = show_open(args, &r);
    const mts_status closed = mts_store_close(r.store);
    mts_free(r.stamp);
    mts_free(r.row);
    return st == MTS_OK ? closed : st;
}

static int show_main(const mts_app_args *args)
{
    return mts_app_report(show(args));
}

const mts_app_verb mts_app_verb_show = {
    "show",
    "OUT",
    "the summary tables: median and quartiles over seeds, folds and fits",
    options,
    NULL,
    show_main,
    {{"mtsweep show fig3.h5 --where arch=rnn,lstm --by arch,tasks",
      "two architectures: a row each, a column a number of tasks"},
     {"mtsweep show fig3.h5 --csv >fig3.csv", "all of them for a spreadsheet"}}};
