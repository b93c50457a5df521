/* verb_show.c: `mtsweep show`: the claim that a sweep tests, and medians and quartiles of the scores
 * that speak to it. */
#include "app.h"

static const mts_app_option options[] = {
    {"by", 'b', "FIELDS",
     "rows and columns: the last field makes the columns (by default all that vary but seed)", 0},
    {"score", 0, "NAME",
     "this table only; several with commas: SPLIT_COLUMN, like ood_r2, id_ols_angle, "
     "ood_published_r2_within; gap_r2, id minus ood; or a column of /result, like loss, or of "
     "/measure, like sparsity, amplification_1",
     0},
    {"expect", 0, "TEXT",
     "a comparison to hold against the networks, such as 'ood_r2[tasks=24] - ood_r2[tasks=2] > "
     "0.1', "
     "after those of the sweep file; can be repeated",
     MTS_APP_MANY},
    {"csv", 0, NULL, "comma-separated, a line a cell", 0},
    {NULL, 0, NULL, NULL, 0}};

/* Without --score; those that the file has no value of are left out. */
static const char usual[] =
    "ood_r2,id_r2,ood_published_r2,gap_r2,ood_angle,id_angle,ood_std_r2,id_std_r2,ood_ols_r2,"
    "id_ols_r2,closed_form_r2,"
    "sparsity,pca_ratio_1,pca_ratio_2,pca_ratio_3,fixed_point_converged,fixed_points,"
    "fixed_points_unstable,leading_real_1,leading_real_2,leading_real_3,amplification_1,"
    "amplification_2,accuracy,loss";

enum { BLOCK = 1024 }; /* runs whose states are read at once */

/* A file, as tables look at it. */
typedef struct {
    mts_store *store;
    mts_stamp *stamp; /* [BLOCK] */
    size_t count[MTS_N_STATES];
} results;

static mts_status config(void *ctx, size_t run, mts_config *out)
{
    return mts_store_config(((results *)ctx)->store, run, out);
}

static mts_status column(void *ctx, size_t number, size_t first, size_t n, void *out)
{
    return mts_store_column(((results *)ctx)->store, number, first, n, out);
}

/* Counts the states beside. */
static mts_status done(void *ctx, size_t first, size_t n, bool *is_done)
{
    results *r = ctx;
    mts_status st = MTS_OK;
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        if (i % BLOCK == 0)
            st = mts_store_states(r->store, first + i, n - i < BLOCK ? n - i : BLOCK, r->stamp);
        if (st != MTS_OK)
            break;
        const mts_state state = r->stamp[i % BLOCK].state;
        is_done[i] = state == MTS_STATE_DONE;
        r->count[state]++;
    }
    return st;
}

static mts_status print_head(const char *path, const results *r)
{
    const size_t n = mts_store_runs(r->store), missing = n - r->count[MTS_STATE_DONE];
    char *name = NULL, *question = NULL, *claim = NULL, part[MTS_APP_PART_TEXT];
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
        printf("%s: %zu of %zu runs done", path, r->count[MTS_STATE_DONE], n);
        for (size_t s = 0; s < MTS_N_STATES && missing > 0; s++)
            if (s != MTS_STATE_DONE && r->count[s] > 0)
                printf(", %zu %s", r->count[s], mts_state_name[s]);
        printf("%s%s\n", part, missing ? "; * marks cells that lack runs" : "");
    }
    mts_free(name);
    mts_free(question);
    mts_free(claim);
    return st;
}

/* What the sweep in the file expects, and what the command line adds. */
static mts_status print_expected(const mts_app_args *args, const results *r,
                                 const mts_table_cells *cells)
{
    const char *asked[MTS_APP_HAVE_MAX], **own = NULL;
    const size_t n = mts_app_texts(args, "expect", asked);
    mts_grid *grid = NULL;
    mts_status st = MTS_OK;
    if (!*mts_store_later(r->store)) /* else its sweep may say what this program does not know */
        st = mts_app_own_grid(args->argument[0], r->store, &grid);
    if (grid && st == MTS_OK)
        st = mts_app_expects(grid, &own);
    if (grid && st == MTS_OK)
        st = mts_expect_print(cells, mts_grid_expects(grid), own, stdout);
    if (st == MTS_OK)
        st = mts_expect_print(cells, n, asked, stdout);
    mts_free(own);
    mts_grid_destroy(grid);
    return st;
}

static mts_status print(const mts_app_args *args, const results *r, const mts_table_cells *cells,
                        const mts_table_score *score, size_t n_scores)
{
    mts_status st;
    if (mts_app_text(args, "csv"))
        return mts_table_print_csv(cells, score, n_scores, stdout);
    if (cells->columns >= MTS_TABLE_COLUMNS)
        return mts_fail(MTS_ERR_USAGE, "--by: %s has %zu values, too many for columns; use --csv",
                        cells->by[cells->n_by - 1]->name, cells->columns);
    st = print_head(args->argument[0], r);
    if (st == MTS_OK && !mts_app_text(args, "score"))
        st = print_expected(args, r, cells);
    if (st != MTS_OK)
        return st;
    st = mts_table_print(cells, score, n_scores, mts_app_text(args, "score") != NULL, stdout);
    return st == MTS_OK ? mts_table_print_disagreement(cells, stdout) : st;
}

static mts_status show_file(const mts_app_args *args, results *r, const mts_table_score *score,
                            size_t n_scores)
{
    const mts_table_source source = {
        {r, mts_store_runs(r->store), config}, mts_store_extents(r->store), done, column};
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

static mts_status show(const mts_app_args *args)
{
    const char *names = mts_app_text(args, "score");
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    results r = {0};
    size_t n_scores;
    mts_status st = mts_table_scores(names ? names : usual, "--score", score, &n_scores), closed;
    if (st != MTS_OK)
        return st;
    r.stamp = mts_alloc(BLOCK, sizeof *r.stamp);
    st = r.stamp ? mts_app_open(args->argument[0], &r.store) : MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = mts_app_check_configs(args->argument[0], r.store);
    if (st == MTS_OK && *mts_store_later(r.store))
        mts_log("%s was made by a newer mtsweep; not shown: %s", args->argument[0],
                mts_store_later(r.store));
    if (st == MTS_OK)
        st = show_file(args, &r, score, n_scores);
    closed = mts_store_close(r.store);
    mts_free(r.stamp);
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
    {{"mtsweep show fig3.h5 --score ood_r2 --by arch,tasks",
      "one table: a row an architecture, a column a number of tasks"},
     {"mtsweep show fig3.h5 --csv >fig3.csv", "all of them for a spreadsheet"}}};
