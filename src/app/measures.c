/* measures.c: names of scores on the command line. */
#include <string.h>

#include "measures.h"

static int digits_of(const char *name)
{
    if (strstr(name, "angle") || strcmp(name, "sparsity") == 0)
        return 1;
    if (strstr(name, "loss"))
        return 5;
    return strstr(name, "accuracy") || strstr(name, "mse") ? 4 : 3;
}

static size_t ideal_of(const char *name)
{
    if (strcmp(name, "r2") == 0 || strcmp(name, "ols_r2") == 0 ||
        strcmp(name, "closed_form_r2") == 0)
        return MTS_COL_result_ideal_r2;
    if (strcmp(name, "accuracy") == 0)
        return MTS_COL_result_ideal_accuracy;
    return strcmp(name, "loss") == 0 ? MTS_COL_result_ideal_loss : MTS_N_COLUMNS;
}

static size_t all_measures(mts_app_measure all[MTS_APP_MEASURES_MAX])
{
    enum { GAP = MTS_N_SPLITS }; /* id minus ood, after the splits themselves */
    static const char *const split_title[] = {"ID", "OOD", "published OOD", "ID minus OOD"};
    size_t n = 0;

    for (int split = 0; split <= GAP; split++)
        for (size_t c = 0; c < MTS_N_COLUMNS && n < MTS_APP_MEASURES_MAX; c++) {
            const mts_column *column = &mts_columns[c];
            mts_app_measure *m = &all[n];
            const bool ols = strncmp(column->name, "ols_", 4) == 0;
            const char *name = column->name + (ols ? 4 : 0);

            if (strcmp(column->group, "score") != 0 || column->n_axes != 3)
                continue;
            *m = (mts_app_measure){.column = c,
                                   .split = split == GAP ? MTS_SPLIT_ID : split,
                                   .minus = split == GAP ? MTS_SPLIT_OOD : -1,
                                   .digits = digits_of(column->name),
                                   .ideal = split == GAP ? MTS_N_COLUMNS : ideal_of(column->name)};
            snprintf(m->key, sizeof m->key, "%s_%s", split == GAP ? "gap" : mts_split_name[split],
                     column->name);
            snprintf(m->title, sizeof m->title, "%s %s%s%s", split_title[split], name,
                     ols ? " of the ols decoder" : "",
                     strcmp(column->unit, "degree") == 0 ? " in degrees" : "");
            n++;
        }
    for (size_t c = 0; c < MTS_N_COLUMNS && n < MTS_APP_MEASURES_MAX; c++) {
        const mts_column *column = &mts_columns[c];
        const bool whole = strcmp(column->group, "result") == 0 ||
                           (strcmp(column->group, "measure") == 0 && column->n_axes == 0);
        bool taken = false;

        for (size_t i = 0; i < n; i++)
            taken = taken || strcmp(all[i].key, column->name) == 0;
        if (taken || !whole || column->type != MTS_F64)
            continue;
        all[n] = (mts_app_measure){.column = c,
                                   .split = -1,
                                   .minus = -1,
                                   .digits = digits_of(column->name),
                                   .ideal = ideal_of(column->name)};
        snprintf(all[n].key, sizeof all[n].key, "%s", column->name);
        snprintf(all[n].title, sizeof all[n].title, "%s",
                 strcmp(column->name, "accuracy") == 0   ? "decision accuracy"
                 : strcmp(column->name, "loss") == 0     ? "training loss"
                 : strcmp(column->name, "sparsity") == 0 ? "sparsity of the hidden units in percent"
                 : strcmp(column->name, "closed_form_r2") == 0 ? "r2 of the closed form"
                                                               : column->name);
        n++;
    }
    return n;
}

mts_status mts_app_measures(const char *names, mts_app_measure chosen[MTS_APP_MEASURES_MAX],
                            size_t *n)
{
    mts_app_measure all[MTS_APP_MEASURES_MAX];
    const size_t n_all = all_measures(all);

    for (*n = 0; names && *n < MTS_APP_MEASURES_MAX;) {
        const size_t length = strcspn(names, ",");
        const char *keys[MTS_APP_MEASURES_MAX + 1] = {NULL}, *near;
        char word[64];
        size_t i = 0;

        snprintf(word, sizeof word, "%.*s", (int)length, names);
        while (i < n_all && strcmp(all[i].key, word) != 0) {
            keys[i] = all[i].key;
            i++;
        }
        if (i == n_all) {
            near = mts_nearest(word, keys);
            return near ? mts_fail(MTS_ERR_USAGE, "--score: unknown score '%s'; did you mean '%s'?",
                                   word, near)
                        : mts_fail(MTS_ERR_USAGE,
                                   "--score: unknown score '%s'; 'mtsweep show --help' tells the "
                                   "names",
                                   word);
        }
        chosen[(*n)++] = all[i];
        names = names[length] ? names + length + 1 : NULL;
    }
    return MTS_OK;
}
