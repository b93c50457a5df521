/* verb_slim.c: `mtsweep slim`: a small copy of a file, to keep, to mail or to look at. */
#include "rebuild.h"

#include <string.h>

static const mts_app_option options[] = {
    {"output", 'o', "SMALL", "the new file; there must be none of this name", MTS_APP_REQUIRED},
    {"drop", 0, "GROUPS", "leave out these groups: trace, weights, measure, history; with commas",
     0},
    {"where", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", MTS_APP_MANY},
    {"done", 0, NULL, "only runs that are finished", 0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "The copy is compressed, and keeps every bit of what it has. It says what it lacks: "
    "attributes dropped (groups) and part_of (runs). All verbs that read take it; run, "
    "reset and extend need the original.\n";

enum { DROPPED_TEXT = 128 };

static bool names(const char *list, const char *name, char separator)
{
    const size_t length = strlen(name);
    while (list) {
        const char *end = strchr(list, separator);
        if ((end ? (size_t)(end - list) : strlen(list)) == length &&
            strncmp(list, name, length) == 0)
            return true;
        list = end ? end + 1 : NULL;
    }
    return false;
}

/* "trace,weights" and what the file lacks already, in one order. */
static mts_status find_dropped(const char *asked, const char *lacking, char text[DROPPED_TEXT])
{
    const char *rest = asked;
    text[0] = '\0';
    while (rest) {
        const size_t length = strcspn(rest, ",");
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)length, rest);
        bool known = false;
        for (const char *const *group = mts_store_droppable; *group; group++)
            known = known || strcmp(word, *group) == 0;
        if (!known) {
            const char *near = mts_nearest(word, mts_store_droppable);
            char all[DROPPED_TEXT] = "";
            for (const char *const *group = mts_store_droppable; *group; group++)
                snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", *all ? ", " : "",
                         *group);
            return near ? mts_fail(MTS_ERR_USAGE, "--drop '%s': did you mean '%s'?", word, near)
                        : mts_fail(MTS_ERR_USAGE, "--drop '%s': what can be left out is %s", word,
                                   all);
        }
        rest = rest[length] ? rest + length + 1 : NULL;
    }
    for (const char *const *group = mts_store_droppable; *group; group++)
        if (names(asked, *group, ',') || names(lacking, *group, ' '))
            snprintf(text + strlen(text), DROPPED_TEXT - strlen(text), "%s%s", *text ? " " : "",
                     *group);
    return MTS_OK;
}

/* The rows that stay, and the grid of these. */
static mts_status choose(const mts_app_args *args, mts_app_source *file, mts_app_pick *pick,
                         size_t *n)
{
    const bool done = mts_app_text(args, "done") != NULL;
    bool *chosen = mts_alloc(file->runs, sizeof *chosen);
    mts_status st =
        chosen ? mts_app_choose_rows(args, "where", file->path, file->store, chosen, n, NULL)
               : MTS_ERR_MEMORY;
    *n = 0;
    for (size_t run = 0; run < file->runs && st == MTS_OK; run++) {
        chosen[run] = chosen[run] && (!done || mts_app_finished(file->state[run]));
        if (chosen[run])
            pick[(*n)++] = (mts_app_pick){0, run};
    }
    if (st == MTS_OK && *n == 0)
        st = mts_fail(MTS_ERR_USAGE, "--done leaves none of the runs of %s", file->path);
    if (st == MTS_OK)
        st = mts_app_keep(file->sweep.grid, chosen);
    mts_free(chosen);
    return st;
}

static mts_status slim(const mts_app_args *args, mts_app_source *file, mts_app_pick **pick,
                       mts_lock **lock)
{
    const char *path = mts_app_text(args, "output");
    char dropped[DROPPED_TEXT] = "";
    size_t n = 0;
    mts_status st = mts_app_refuse_existing(path);
    if (st == MTS_OK)
        st = find_dropped(mts_app_text(args, "drop"), "", dropped); /* before the file is read */
    if (st == MTS_OK)
        st = mts_app_source_open(args->argument[0], file);
    if (st == MTS_OK)
        st = find_dropped(mts_app_text(args, "drop"), mts_store_dropped(file->store), dropped);
    if (st == MTS_OK)
        st = mts_lock_take(path, lock);
    if (st == MTS_OK)
        st = mts_app_source_states(file, true);
    if (st == MTS_OK && !(*pick = mts_alloc(file->runs, sizeof **pick)))
        st = MTS_ERR_MEMORY;
    if (st == MTS_OK)
        st = choose(args, file, *pick, &n);
    const mts_app_rebuild rebuild = {.args = args,
                                     .path = path,
                                     .lock = *lock,
                                     .source = file,
                                     .n_sources = 1,
                                     .sweep = &file->sweep,
                                     .pick = *pick,
                                     .dropped = *dropped ? dropped : NULL,
                                     .compressed = true};
    if (st == MTS_OK)
        st = mts_app_rebuild_run(&rebuild);
    if (st == MTS_OK)
        printf("%s: %zu of %zu run%s%s%s\n", path, n, file->runs, mts_app_s(file->runs),
               *dropped ? ", without " : "", dropped);
    return st;
}

static int slim_main(const mts_app_args *args)
{
    mts_app_source file = {0};
    mts_app_pick *pick = NULL;
    mts_lock *lock = NULL;
    const mts_status st = slim(args, &file, &pick, &lock);
    mts_app_source_close(&file);
    mts_lock_release(lock);
    mts_free(pick);
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_slim = {
    "slim",
    "OUT",
    "a small copy: compressed, without what is not needed",
    options,
    more,
    slim_main,
    {{"mtsweep slim fig3.h5 -o small.h5 --drop trace,weights", "scores and curves of all runs"},
     {"mtsweep slim fig3.h5 -o lstm.h5 --where arch=lstm --done",
      "all of the runs that are done"}}};
