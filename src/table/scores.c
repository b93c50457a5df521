/* scores.c: the names of scores, from the columns that tables show. */
#include "mtsweep/table.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = MTS_N_SPLITS, N_KINDS }; /* id minus ood, after the splits themselves */

/* Every shown column at most once for each kind. */
enum { ALL_MAX = N_KINDS * MTS_N_COLUMNS };

static bool has_splits(const mts_column *column)
{
    return column->n_axes > 0 && column->axis[0] == MTS_AXIS_split;
}

static mts_table_score of_split(size_t c, int kind)
{
    static const char *const title[N_KINDS] = {"ID", "OOD", "published OOD", "ID minus OOD"};
    const mts_column *column = &mts_columns[c];
    mts_table_score s = {.column = c,
                         .split = kind == GAP ? MTS_SPLIT_ID : kind,
                         .minus = kind == GAP ? MTS_SPLIT_OOD : -1,
                         .digits = column->digits,
                         .ideal = kind == GAP ? MTS_COL_none : column->ideal};
    snprintf(s.key, sizeof s.key, "%s_%s", kind == GAP ? "gap" : mts_split_name[kind],
             column->name);
    snprintf(s.title, sizeof s.title, "%s %s", title[kind], column->title);
    return s;
}

static mts_table_score of_run(size_t c, size_t element)
{
    const mts_column *column = &mts_columns[c];
    mts_table_score s = {.column = c,
                         .split = -1,
                         .minus = -1,
                         .element = element,
                         .digits = column->digits,
                         .ideal = column->ideal};
    if (column->n_axes == 0) {
        snprintf(s.key, sizeof s.key, "%s", column->name);
        snprintf(s.title, sizeof s.title, "%s", column->title);
    } else {
        snprintf(s.key, sizeof s.key, "%s_%zu", column->name, element + 1);
        snprintf(s.title, sizeof s.title, "%s, %s %zu", column->title,
                 mts_axis_name[column->axis[0]], element + 1);
    }
    return s;
}

/* The element that a word means which ends in _1, _2, ...; the first where it does not. */
static size_t element_of(const char *word)
{
    const char *number = strrchr(word, '_');
    size_t digits = number ? strspn(number + 1, "0123456789") : 0;
    if (digits == 0 || digits > 6 || number[1 + digits] || number[1] == '0')
        return 0;
    return (size_t)strtoul(number + 1, NULL, 10) - 1;
}

/* All scores; of those with an axis the element that the word means. */
static size_t all_scores(const char *word, mts_table_score all[ALL_MAX])
{
    size_t n = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (size_t c = 0; c < MTS_N_COLUMNS; c++)
            if (mts_columns[c].title && has_splits(&mts_columns[c]))
                all[n++] = of_split(c, kind);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        bool taken = !column->title || has_splits(column);
        for (size_t i = 0; i < n; i++) /* /result/id_r2 sums up what id_r2 of /score pools */
            taken = taken || strcmp(all[i].key, column->name) == 0;
        if (!taken)
            all[n++] = of_run(c, column->n_axes > 0 ? element_of(word) : 0);
    }
    return n;
}

static mts_status find(const char *word, const char *where, mts_table_score all[ALL_MAX],
                       mts_table_score *score)
{
    const size_t n = all_scores(word, all);
    const char *key[ALL_MAX + 1] = {NULL}, *near;
    for (size_t i = 0; i < n; i++) {
        key[i] = all[i].key;
        if (strcmp(all[i].key, word) == 0) {
            *score = all[i];
            return MTS_OK;
        }
    }
    near = mts_nearest(word, key);
    if (near)
        return mts_fail(MTS_ERR_USAGE, "%s: unknown score '%s'; did you mean '%s'?", where, word,
                        near);
    return mts_fail(MTS_ERR_USAGE, "%s: unknown score '%s'; 'mtsweep show --help' tells the names",
                    where, word);
}

mts_status mts_table_scores(const char *names, const char *where,
                            mts_table_score score[MTS_TABLE_SCORES_MAX], size_t *n)
{
    mts_table_score *all = mts_alloc(ALL_MAX, sizeof *all);
    mts_status st = all ? MTS_OK : MTS_ERR_MEMORY;
    for (*n = 0; names && st == MTS_OK;) {
        const size_t length = strcspn(names, ",");
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)length, names);
        if (*n == MTS_TABLE_SCORES_MAX)
            st = mts_fail(MTS_ERR_USAGE, "%s: more than %d scores", where, MTS_TABLE_SCORES_MAX);
        else
            st = find(word, where, all, &score[*n]);
        *n += st == MTS_OK;
        names = names[length] ? names + length + 1 : NULL;
    }
    mts_free(all);
    return st;
}

mts_status mts_table_score_check(const mts_table_score *score, const mts_extents *extents,
                                 const char *where)
{
    const mts_column *column = &mts_columns[score->column];
    const size_t n = mts_column_count(column, extents);
    if (score->split >= 0 || n == 0 || score->element < n)
        return MTS_OK;
    return mts_fail(MTS_ERR_USAGE, "%s: there is no '%s': %s/%s has %zu %ss", where, score->key,
                    column->group, column->name, n, mts_axis_name[column->axis[0]]);
}
