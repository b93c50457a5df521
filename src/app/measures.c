/* measures.c: names of scores on the command line. */
#include "measures.h"

#include <string.h>

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

static const char *title_of(const char *name)
{
    static const struct {
        const char *name, *title;
    } known[] = {
        {"accuracy", "decision accuracy"},
        {"loss", "training loss"},
        {"sparsity", "sparsity of the hidden units in percent"},
        {"closed_form_r2", "r2 of the closed form"},
        {"fixed_points", "fixed points"},
        {"fixed_point_converged", "starts that converged to fixed points"},
        {"amplification", "time constant at the fixed points over tau"},
        {"pca_ratio", "part of the hidden states' variance"},
        {"pca_variance", "variance of the hidden states"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].title;
    return NULL;
}

/* How many measures a column of /result or /measure is: one, or one for each component or mode; 0
 * for columns of other kinds. */
static size_t elements_of(const mts_column *column)
{
    const bool result = strcmp(column->group, "result") == 0,
               measure = strcmp(column->group, "measure") == 0;
    if (column->type != MTS_F64 && !(measure && column->type == MTS_I64))
        return 0;
    if (column->n_axes == 0)
        return result || measure;
    if (!measure || column->n_axes > 1)
        return 0;
    /* At most; a file that has fewer has no value for the others. */
    return column->axis[0] == MTS_AXIS_component ? 10 : column->axis[0] == MTS_AXIS_mode ? 2 : 0;
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
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        const size_t elements = elements_of(column);
        bool taken = false;
        for (size_t i = 0; i < n; i++)
            taken = taken || strcmp(all[i].key, column->name) == 0;
        for (size_t e = 0; !taken && e < elements && n < MTS_APP_MEASURES_MAX; e++) {
            const char *title = title_of(column->name);
            char number[24] = "";
            if (column->n_axes > 0)
                snprintf(number, sizeof number, "_%zu", e + 1);
            all[n] =
                (mts_app_measure){.column = c,
                                  .split = -1,
                                  .minus = -1,
                                  .element = e,
                                  .digits = column->type == MTS_I64 ? 0 : digits_of(column->name),
                                  .ideal = ideal_of(column->name)};
            snprintf(all[n].key, sizeof all[n].key, "%s%s", column->name, number);
            if (title && column->n_axes > 0)
                snprintf(all[n].title, sizeof all[n].title, "%s, %s %zu", title,
                         mts_axis_name[column->axis[0]], e + 1);
            else
                snprintf(all[n].title, sizeof all[n].title, "%s", title ? title : all[n].key);
            n++;
        }
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
