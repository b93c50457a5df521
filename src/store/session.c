/* The ring of sessions: one line for each call of `mtsweep run` on the file. */
#include "internal.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define COLUMN_NUMBER 0             /* of mts_store_session */
#define NUMBER_MAX    1000000000000 /* nobody starts a sweep more often */

static bool can_be(int64_t number)
{
    return number >= 0 && number <= NUMBER_MAX;
}

static mts_status check_number(const mts_store *store, int64_t number)
{
    if (can_be(number))
        return MTS_OK;
    return mts_fail(MTS_ERR_IO,
                    "%s is damaged: session/number holds %lld; 'mtsweep verify --repair %s' mends "
                    "it",
                    store->path, (long long)number, store->path);
}

mts_status mts_store_sessions(mts_store *store, mts_session session[MTS_SESSIONS])
{
    char values[MTS_SESSIONS][MTS_HOST_TEXT];
    mts_status st = MTS_OK;
    size_t n = store->extents.n[MTS_AXIS_session];
    n = n < MTS_SESSIONS ? n : MTS_SESSIONS;
    memset(session, 0, MTS_SESSIONS * sizeof *session);
    for (size_t c = 0; c < N_SESSION && st == MTS_OK; c++) {
        const mts_store_member *member = &mts_store_session[c];
        assert(member->bytes <= MTS_HOST_TEXT);
        st = mts_store_read(store, store->specs.session + c, 0, n, values);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            char *out = (char *)&session[i] + member->offset;
            memcpy(out, (char *)values + i * member->bytes, member->bytes);
            if (member->kind == KIND_TEXT) {
                out[member->bytes - 1] = '\0';
                mts_clean(out);
            }
        }
    }
    for (size_t i = 0; i < n && st == MTS_OK; i++)
        st = check_number(store, session[i].number);
    return st;
}

static mts_status write_column(mts_store *store, size_t column, const mts_session *session)
{
    const mts_store_member *member = &mts_store_session[column];
    size_t slot = (size_t)(session->number - 1) % store->extents.n[MTS_AXIS_session];
    const char *value = (const char *)session + member->offset;
    char text[MTS_HOST_TEXT];
    if (member->kind == KIND_TEXT) {
        mts_store_text(text, member->bytes, value);
        value = text;
    }
    return mts_store_write(store, store->specs.session + column, slot, 1, value);
}

mts_status mts_store_session_begin(mts_store *store, mts_session *session)
{
    int64_t number[MTS_SESSIONS] = {0}, last = 0;
    mts_status st =
        mts_store_read(store, store->specs.session + COLUMN_NUMBER, 0, MTS_SESSIONS, number);
    for (size_t i = 0; i < MTS_SESSIONS && st == MTS_OK; i++) {
        st = check_number(store, number[i]);
        last = number[i] > last ? number[i] : last;
    }
    session->number = last + 1;
    session->ended = (double)NAN;
    session->exit = -1;
    /* The number last: until then the slot still is the old session's. */
    for (size_t c = N_SESSION; c-- > 0 && st == MTS_OK;)
        st = write_column(store, c, session);
    return st;
}

mts_status mts_store_sessions_repair(mts_store *store, size_t *n)
{
    const size_t spec = store->specs.session + COLUMN_NUMBER;
    const int64_t unused = 0;
    int64_t number[MTS_SESSIONS] = {0};
    mts_status st = mts_store_read(store, spec, 0, MTS_SESSIONS, number);
    *n = 0;
    for (size_t i = 0; i < MTS_SESSIONS && st == MTS_OK; i++)
        if (!can_be(number[i])) {
            st = mts_store_write(store, spec, i, 1, &unused);
            (*n)++;
        }
    return st;
}

mts_status mts_store_session_place(mts_store *store, const mts_session *session)
{
    mts_status st = MTS_OK;
    assert(session->number > 0);
    for (size_t c = N_SESSION; c-- > 0 && st == MTS_OK;)
        st = write_column(store, c, session);
    return st;
}

mts_status mts_store_session_end(mts_store *store, const mts_session *session)
{
    mts_status st = MTS_OK;
    assert(session->number > 0);
    for (size_t c = 0; c < N_SESSION && st == MTS_OK; c++)
        if (mts_store_session[c].offset == offsetof(mts_session, ended) ||
            mts_store_session[c].offset == offsetof(mts_session, exit))
            st = write_column(store, c, session);
    return st;
}
