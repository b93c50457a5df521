/* What a file has that this program does not know, and what it lacks that this program knows: files of
 * one format, of versions before and after this one. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define LATER_MAX 512

/* Adds "name word" to the list. */
static void add_later(mts_store *store, const char *name, size_t n, const char *word, size_t m)
{
    const size_t used = strlen(store->later);
    snprintf(store->later + used, LATER_MAX - used, "%s%.*s%s%.*s", used > 0 ? ", " : "", (int)n,
             name, m > 0 ? " " : "", (int)m, word);
    mts_clean(store->later);
}

static bool is_known(const mts_store_specs *specs, const char *name, size_t length)
{
    for (size_t i = 0; i < specs->n; i++)
        if (strlen(specs->spec[i].path) == length + 1 &&
            memcmp(specs->spec[i].path + 1, name, length) == 0)
            return true;
    return false;
}

/* What the file says it has, and what of it is newer than this program. */
mts_status mts_store_read_columns(mts_store *store)
{
    char *text = NULL;
    mts_status st = mts_store_h5_text(store->file, store->path, "columns", &text);
    const size_t length = text ? strlen(text) : 0;
    if (st != MTS_OK)
        return st;
    store->columns = mts_alloc(length + 3, 1);
    store->later = mts_alloc(LATER_MAX, 1);
    if (!store->columns || !store->later) {
        mts_free(text);
        return MTS_ERR_MEMORY;
    }
    sprintf(store->columns, " %s ", text);
    mts_free(text);
    for (const char *name = store->columns; *(name += strspn(name, " "));) {
        const size_t n = strcspn(name, " ");
        if (!is_known(&store->specs, name, n))
            add_later(store, name, n, "", 0);
        name += n;
    }
    return MTS_OK;
}

/* Whether the word is the name of choice n, whose blanks are "_" in the file. */
static bool is_choice(const mts_field *field, size_t n, const char *word, size_t length)
{
    const char *name = mts_choice_name(field, (int64_t)n);
    bool same = strlen(name) == length;
    for (size_t i = 0; i < length && same; i++)
        same = word[i] == (name[i] == ' ' ? '_' : name[i]);
    return same;
}

/* How many choices a config field has in the file; those that this program does not know are listed. */
static mts_status read_field_choices(mts_store *store, size_t f)
{
    const mts_store_spec *spec = &store->specs.spec[store->specs.config + f];
    const hid_t data = store->data[store->specs.config + f];
    const size_t known = mts_choice_count(&mts_fields[f]);
    char *meanings = NULL;
    size_t n = 0;
    store->choices[f] = known;
    if (spec->kind != KIND_U8 || data < 0)
        return MTS_OK;
    mts_status st = mts_store_h5_text(data, store->path, "flag_meanings", &meanings);
    for (const char *word = meanings; st == MTS_OK && *(word += strspn(word, " ")); n++) {
        const size_t length = strcspn(word, " ");
        if (n < known && !is_choice(&mts_fields[f], n, word, length))
            store->renamed = spec->path;
        if (n >= known)
            add_later(store, spec->path + 1, strlen(spec->path + 1), word, length);
        word += length;
    }
    store->choices[f] = n > known ? n : known;
    mts_free(meanings);
    return st;
}

mts_status mts_store_read_choices(mts_store *store)
{
    store->choices = mts_alloc(mts_n_fields, sizeof *store->choices);
    mts_status st = store->choices ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++)
        st = read_field_choices(store, f);
    return st;
}

/* Whether a dataset may be one that a later version has added: a config field, which then has its
 * default, or a column of results. What an older file of this format must have, `columns` says. */
bool mts_store_is_later(const mts_store *store, size_t number)
{
    const mts_store_specs *specs = &store->specs;
    const bool column = (number >= specs->config && number < specs->config + mts_n_fields) ||
                        (number >= specs->result && number < specs->result + MTS_N_COLUMNS);
    char listed[SPEC_PATH + 2];
    snprintf(listed, sizeof listed, " %s ", specs->spec[number].path + 1);
    return column && !strstr(store->columns, listed);
}

const char *mts_store_renamed(const mts_store *store)
{
    return store->renamed;
}

const char *mts_store_later(const mts_store *store)
{
    return store->later;
}
