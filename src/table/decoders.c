/* decoders.c: where the decoders of the same states do not say the same. */
#include "mtsweep/table.h"

#include <math.h>

enum { N_DECODERS = 3 };
static const char *const decoder_name[N_DECODERS] = {"sgd", "std", "ols"};
static const size_t decoder_column[N_DECODERS] = {MTS_COL_score_r2, MTS_COL_score_std_r2,
                                                  MTS_COL_score_ols_r2};

typedef struct disagreement {
    size_t cells, of; /* that disagree, and that have a value; a split counts for itself */
    double widest, median[N_DECODERS];
    size_t cell;
    int split;
} disagreement;

static void look(const mts_table_pool pool[N_DECODERS], size_t cell, int split, disagreement *d)
{
    double median[N_DECODERS], least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < N_DECODERS; i++) {
        median[i] = mts_table_quantile(&pool[i].scores, cell, .5);
        least = fmin(least, median[i]); /* of numbers: files from before std have none of it */
        most = fmax(most, median[i]);
    }
    if (!(least <= most))
        return;
    d->of++;
    if (!(most - least > MTS_TABLE_DISAGREEMENT))
        return;
    d->cells++;
    if (!(most - least > d->widest))
        return;
    d->widest = most - least;
    d->cell = cell;
    d->split = split;
    for (size_t i = 0; i < N_DECODERS; i++)
        d->median[i] = median[i];
}

static mts_status look_at_split(const mts_table_cells *cells, int split, disagreement *d)
{
    mts_table_score score[N_DECODERS];
    mts_table_pool pool[N_DECODERS] = {{0}};
    mts_status st = MTS_OK;
    for (size_t i = 0; i < N_DECODERS && st == MTS_OK; i++) {
        score[i] = (mts_table_score){
            .column = decoder_column[i], .split = split, .minus = -1, .ideal = MTS_COL_none};
        st = mts_table_pool_create(cells, &score[i], &pool[i]);
    }
    for (size_t cell = 0; cell < cells->cells && st == MTS_OK; cell++)
        look(pool, cell, split, d);
    for (size_t i = 0; i < N_DECODERS; i++)
        mts_table_pool_free(&pool[i]);
    return st;
}

mts_status mts_table_print_disagreement(const mts_table_cells *cells, size_t width, FILE *to)
{
    char what[MTS_TABLE_CELL_TEXT], number[32], text[512];
    size_t used;
    disagreement d = {0};
    mts_status st = look_at_split(cells, MTS_SPLIT_ID, &d);
    if (st == MTS_OK)
        st = look_at_split(cells, MTS_SPLIT_OOD, &d);
    if (st != MTS_OK || d.cells == 0)
        return st;
    mts_table_cell_text(cells, d.cell, what);
    mts_table_number_text(MTS_TABLE_DISAGREEMENT, 1, number);
    used = (size_t)snprintf(
        text, sizeof text,
        "decoders disagree by more than %s in %zu of %zu cells; most on %s_r2%s%s:", number,
        d.cells, d.of, mts_split_name[d.split], *what ? " of " : "", what);
    for (size_t i = 0; i < N_DECODERS; i++) {
        mts_table_number_text(d.median[i], 3, number);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s by %s", i ? "," : "",
                                 number, decoder_name[i]);
    }
    fprintf(to, "\n");
    mts_table_wrap(text, 0, width > 0 ? width : sizeof text, to);
    return MTS_OK;
}
