/* choose.c: which runs a command line means. */
#include "app.h"

#include <string.h>

enum { VALUES_SHOWN = 12 };

/* "; seed has the values 0, 1": the values that runs have of the first field on which no run meets its
 * condition; "" where each condition alone leaves some. */
static mts_status values_text(const mts_filter *filter, const mts_table_runs *runs, char text[400])
{
    const mts_field *field;
    mts_table_axes axes;
    mts_config config;
    mts_status st = mts_table_axes_find(runs, &axes);
    bool any = true;
    text[0] = '\0';
    for (size_t i = 0; st == MTS_OK && any && (field = mts_filter_field(filter, i)) != NULL; i++) {
        const size_t axis = mts_table_axis_of(&axes, field);
        const size_t n = axis < axes.n ? axes.axis[axis].n : 1;
        size_t used;
        any = false;
        for (size_t run = 0; run < runs->n && !any && st == MTS_OK; run++) {
            st = runs->config(runs->ctx, run, &config);
            any = st == MTS_OK && mts_filter_holds(filter, i, &config);
        }
        if (any || st != MTS_OK)
            continue;
        used = (size_t)snprintf(text, 400, "; %s %s", field->name, n > 1 ? "has the values" : "is");
        for (size_t k = 0; k < n && k < VALUES_SHOWN; k++) {
            char value[MTS_VALUE_TEXT];
            mts_field_text(
                field, axis < axes.n ? axes.axis[axis].value[k] : mts_config_value(&config, field),
                value);
            used += (size_t)snprintf(text + used, 400 - used, "%s%.20s", k > 0 ? ", " : " ", value);
        }
        snprintf(text + used, 400 - used, "%s", n > VALUES_SHOWN ? ", ..." : "");
    }
    mts_table_axes_free(&axes);
    return st;
}

/* Nothing is left: what was asked, and where --only alone is to blame the values that there are. */
static mts_status refuse(const mts_app_args *args, const char *where, const mts_filter *filter,
                         const mts_table_runs *runs)
{
    const char *ids[MTS_APP_HAVE_MAX], *only = mts_app_text(args, where),
                                       *shard = mts_app_text(args, "shard");
    const bool has_ids = mts_app_texts(args, "ids", ids) > 0;
    char values[400] = "";
    mts_status st = MTS_OK;
    if (filter)
        st = values_text(filter, runs, values);
    if (st != MTS_OK)
        return st;
    if (shard && (has_ids || only) && !*values)
        return mts_fail(MTS_ERR_USAGE, "--shard %s and --%s %s together leave none of the %zu runs",
                        shard, only ? where : "ids", only ? only : ids[0], runs->n);
    if (has_ids && only && !*values)
        return mts_fail(MTS_ERR_USAGE, "--ids %s and --%s %s together leave none of the %zu runs",
                        ids[0], where, only, runs->n);
    return mts_fail(MTS_ERR_USAGE, "--%s %s leaves none of the %zu runs%s", only ? where : "ids",
                    only ? only : ids[0], runs->n, values);
}

mts_status mts_app_choose(const mts_app_args *args, const char *where, const mts_table_runs *runs,
                          bool *chosen, size_t *n_chosen)
{
    const size_t n = runs->n;
    const char *ids[MTS_APP_HAVE_MAX], *only = mts_app_text(args, where),
                                       *shard = mts_app_text(args, "shard");
    const size_t n_ids = mts_app_texts(args, "ids", ids);
    mts_filter *filter = NULL;
    mts_config config;
    mts_status st = MTS_OK;
    memset(chosen, n_ids == 0, n * sizeof *chosen);
    for (size_t i = 0; i < n_ids && st == MTS_OK; i++)
        st = mts_ids_parse(ids[i], n, chosen);
    if (st == MTS_OK && shard)
        st = mts_app_shard(shard, runs, chosen);
    if (st == MTS_OK && only)
        st = mts_filter_parse(only, &filter);
    for (size_t run = 0; filter && run < n && st == MTS_OK; run++) {
        st = runs->config(runs->ctx, run, &config);
        chosen[run] = chosen[run] && st == MTS_OK && mts_filter_match(filter, &config);
    }
    *n_chosen = 0;
    for (size_t run = 0; run < n; run++)
        *n_chosen += chosen[run];
    if (st == MTS_OK && *n_chosen == 0)
        st = refuse(args, where, filter, runs);
    mts_filter_destroy(filter);
    return st;
}

mts_status mts_app_states(const char *text, bool pending, bool wanted[MTS_N_STATES])
{
    for (size_t s = 0; s < MTS_N_STATES; s++)
        wanted[s] = !text && (pending || s != MTS_STATE_PENDING);
    while (text) {
        const size_t length = strcspn(text, ",");
        char word[32];
        bool found = false;
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        for (size_t s = 0; s < MTS_N_STATES; s++)
            if ((pending || s != MTS_STATE_PENDING) && strlen(mts_state_name[s]) == length &&
                strncmp(text, mts_state_name[s], length) == 0)
                wanted[s] = found = true;
        if (!found) {
            const char *near = mts_nearest(word, mts_state_name);
            if (near && (pending || strcmp(near, mts_state_name[MTS_STATE_PENDING]) != 0))
                return mts_fail(MTS_ERR_USAGE, "--state '%s': did you mean '%s'?", word, near);
            return mts_fail(MTS_ERR_USAGE, "--state '%s' must be failed, diverged, done%s running",
                            word, pending ? ", pending or" : " or");
        }
        text = text[length] ? text + length + 1 : NULL;
    }
    return MTS_OK;
}
