/* Rows. A row is committed in the order payload, to the disk, crc and times, state: a process that
 * dies leaves a row that is not done, and a machine that dies one whose CRC tells. */
#include "internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_BLOCK 4096   /* configs that are read at once */
#define STAMP_BLOCK  131072 /* stamps */

/* ---- configs and columns ---- */

/* A value that no sweep file can give. */
static mts_status refuse_value(const mts_store *store, const mts_field *field, size_t run,
                               double value)
{
    return mts_fail(MTS_ERR_IO,
                    "%s is damaged: config/%s of run %zu is %.15g, which is no value of it; "
                    "'mtsweep verify --repair %s' mends what follows from its sweep",
                    store->path, field->name, mts_store_number(store, run), value, store->path);
}

static bool is_value(const mts_field *field, size_t choices, double value)
{
    const bool whole = field->type != MTS_REAL;
    const double most = field->type == MTS_CHOICE ? (double)choices - 1 : field->most;
    return value >= field->least && value <= most && (!whole || value == floor(value));
}

static double value_at(mts_store_kind kind, const void *column, size_t i)
{
    return kind == KIND_F64   ? ((const double *)column)[i]
           : kind == KIND_I64 ? (double)((const int64_t *)column)[i]
                              : (double)((const uint8_t *)column)[i];
}

/* A field of the n configs from run `first`. Most fields are one value in all runs, which the configs of
 * the block before have already. */
static mts_status load_field(mts_store *store, size_t f, size_t first, size_t n, void *column)
{
    const size_t number = store->specs.config + f, bytes = store->specs.spec[number].bytes;
    const mts_store_kind kind = store->specs.spec[number].kind;
    const bool missing = store->data[number] < 0;
    mts_status st = mts_store_read(store, number, first, n, column);
    if (st != MTS_OK)
        return st;
    const bool one = missing || memcmp(column, (char *)column + bytes, (n - 1) * bytes) == 0;
    double value = missing ? mts_fields[f].initial : value_at(kind, column, 0);
    if (one && store->config_one[f] && value == mts_config_value(store->config, &mts_fields[f]))
        return MTS_OK;
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        if (!one)
            value = value_at(kind, column, i);
        if ((i == 0 || !one) && !is_value(&mts_fields[f], store->choices[f], value))
            st = refuse_value(store, &mts_fields[f], first + i, value);
        mts_config_put(&store->config[i], &mts_fields[f], value);
    }
    store->config_one[f] = one;
    return st;
}

/* Who goes through the runs in their order meets blocks; who looks at one pays for no others. */
static mts_status load_configs(mts_store *store, size_t run)
{
    const bool in_order = run - store->config_first - store->config_n < CONFIG_BLOCK || run == 0;
    const size_t left = mts_store_runs(store) - run, most = in_order ? CONFIG_BLOCK : 1,
                 n = left < most ? left : most;
    mts_status st = MTS_OK;
    void *column = mts_alloc(n, sizeof(double));
    if (!store->config)
        store->config = mts_alloc(CONFIG_BLOCK, sizeof *store->config);
    if (!store->config_one)
        store->config_one = mts_alloc(mts_n_fields, sizeof *store->config_one);
    if (!column || !store->config || !store->config_one) {
        mts_free(column);
        return MTS_ERR_MEMORY;
    }
    if (n > store->config_n)
        memset(store->config_one, false, mts_n_fields * sizeof *store->config_one);
    store->config_n = 0;
    for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++)
        st = load_field(store, f, run, n, column);
    mts_free(column);
    if (st == MTS_OK) {
        store->config_first = run;
        store->config_n = n;
    }
    return st;
}

mts_status mts_store_config(mts_store *store, size_t run, mts_config *config)
{
    mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    if (st == MTS_OK && run - store->config_first >= store->config_n)
        st = load_configs(store, run);
    if (st == MTS_OK)
        *config = store->config[run - store->config_first];
    return st;
}

static void fill_rows(const mts_column *column, const mts_extents *extents, size_t n, void *out)
{
    const size_t bytes = mts_column_count(column, extents) * mts_column_size(column->type);
    for (size_t i = 0; i < n; i++)
        mts_column_fill(column, extents, (char *)out + i * bytes);
}

mts_status mts_store_column(mts_store *store, size_t column, size_t first, size_t n, void *out)
{
    mts_status st = mts_store_range(store, MTS_AXIS_run, first, n);
    assert(column < MTS_N_COLUMNS);
    if (st == MTS_OK && !mts_store_has(store, column))
        fill_rows(&mts_columns[column], &store->extents, n, out);
    return st == MTS_OK ? mts_store_read(store, store->specs.result + column, first, n, out) : st;
}

/* ---- stamps ---- */

/* Copies a column into the members of the stamps. A state that is no state, and a CRC that is none,
 * become the nearest to nothing: failed, and 0. */
static void set_members(const mts_store_member *member, size_t column, size_t n,
                        const unsigned char *values, mts_stamp *stamp)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char *value = values + i * member->bytes;
        int64_t crc;
        if (column == STATE_STATE) {
            stamp[i].state = *value < MTS_N_STATES ? (mts_state)*value : MTS_STATE_FAILED;
        } else if (column == STATE_CRC) {
            memcpy(&crc, value, sizeof crc);
            stamp[i].crc = crc >= 0 ? (uint32_t)crc : 0;
        } else {
            memcpy((char *)&stamp[i] + member->offset, value, member->bytes);
            if (member->kind == KIND_TEXT) {
                ((char *)&stamp[i])[member->offset + member->bytes - 1] = '\0';
                mts_clean((char *)&stamp[i] + member->offset);
            }
        }
    }
}

/* Numbers of attempts that can be. */
static bool can_be_attempts(int64_t attempts)
{
    return attempts >= 0 && attempts < INT32_MAX;
}

static mts_status check_attempts(const mts_store *store, size_t first, size_t n,
                                 const mts_stamp *stamp)
{
    for (size_t i = 0; i < n; i++)
        if (!can_be_attempts(stamp[i].attempts))
            return mts_fail(MTS_ERR_IO,
                            "%s is damaged: state/attempts of run %zu is %lld; 'mtsweep verify "
                            "--repair %s' makes it pending",
                            store->path, mts_store_number(store, first + i),
                            (long long)stamp[i].attempts, store->path);
    return MTS_OK;
}

mts_status mts_store_possible(mts_store *store, size_t run, bool *possible)
{
    uint8_t state = UINT8_MAX;
    int64_t attempts = -1;
    mts_status st = mts_store_read(store, store->specs.state + STATE_STATE, run, 1, &state);
    if (st == MTS_OK)
        st = mts_store_read(store, store->specs.state + STATE_ATTEMPTS, run, 1, &attempts);
    *possible = st == MTS_OK && state < MTS_N_STATES && can_be_attempts(attempts);
    return st;
}

/* The first columns of the stamps: the state before what it vouches for, which was written before it.
 */
static mts_status read_columns(mts_store *store, size_t columns, size_t first, size_t n,
                               mts_stamp *stamp)
{
    mts_status st = mts_store_range(store, MTS_AXIS_run, first, n);
    size_t block = n < STAMP_BLOCK ? n : STAMP_BLOCK;
    unsigned char *values;
    if (st != MTS_OK)
        return st;
    values = mts_alloc(block, columns == N_STATE ? MTS_REASON_TEXT : sizeof(double));
    if (!values)
        return MTS_ERR_MEMORY;
    for (size_t done = 0; done < n && st == MTS_OK; done += block) {
        block = n - done < block ? n - done : block;
        for (size_t c = 0; c < columns && st == MTS_OK; c++) {
            st = mts_store_read(store, store->specs.state + c, first + done, block, values);
            if (st == MTS_OK)
                set_members(&mts_store_state[c], c, block, values, stamp + done);
        }
        if (st == MTS_OK)
            st = check_attempts(store, first + done, block, stamp + done);
    }
    mts_free(values);
    return st;
}

mts_status mts_store_stamps(mts_store *store, size_t first, size_t n, mts_stamp *stamp)
{
    return read_columns(store, N_STATE, first, n, stamp);
}

mts_status mts_store_states(mts_store *store, size_t first, size_t n, mts_stamp *stamp)
{
    for (size_t i = 0; i < n; i++)
        stamp[i].host[0] = stamp[i].reason[0] = '\0';
    return read_columns(store, STATE_HOST, first, n, stamp);
}

/* Writes these members of a stamp in this order, which N_STATE ends; the CRC apart, as only the file
 * can say that there is none. */
static mts_status write_members(mts_store *store, size_t run, const mts_stamp *stamp, int64_t crc,
                                const int *order)
{
    const uint8_t state = (uint8_t)stamp->state;
    mts_status st = MTS_OK;
    for (; *order != N_STATE && st == MTS_OK; order++) {
        const mts_store_member *member = &mts_store_state[*order];
        const void *value = (const char *)stamp + member->offset;
        char text[MTS_REASON_TEXT];
        if (*order == STATE_STATE)
            value = &state;
        else if (*order == STATE_CRC)
            value = &crc;
        if (member->kind == KIND_TEXT) {
            mts_store_text(text, member->bytes, value);
            value = text;
        }
        st = mts_store_write(store, store->specs.state + (size_t)*order, run, 1, value);
    }
    return st;
}

/* The state goes first where the row is not to be believed any more, and last where it is. What is
 * not known while an attempt runs, or was not made, is cleared. */
#define NO_CRC  (-1)
#define OUTCOME STATE_CRC, STATE_FINISHED, STATE_SECONDS, STATE_REASON
static const int begun[] = {STATE_STATE, STATE_ATTEMPTS, STATE_STARTED,
                            STATE_HOST,  OUTCOME,        N_STATE};
static const int released[] = {STATE_STATE, STATE_STARTED, STATE_HOST, OUTCOME, N_STATE};
static const int ended[] = {OUTCOME, STATE_STATE, N_STATE};
static const int given_up[] = {STATE_ATTEMPTS, OUTCOME, STATE_STATE, N_STATE};
static const int whole[] = {STATE_ATTEMPTS, STATE_STARTED, STATE_HOST,
                            OUTCOME,        STATE_STATE,   N_STATE};
static const mts_stamp nothing = {.started = NAN, .finished = NAN, .seconds = NAN};

mts_status mts_store_begin(mts_store *store, size_t run, double now, const char *host)
{
    mts_stamp stamp = nothing;
    mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    if (st == MTS_OK)
        st = mts_store_read(store, store->specs.state + STATE_ATTEMPTS, run, 1, &stamp.attempts);
    if (st == MTS_OK)
        st = check_attempts(store, run, 1, &stamp);
    if (st != MTS_OK)
        return st;
    stamp.state = MTS_STATE_RUNNING;
    stamp.attempts++;
    stamp.started = now;
    snprintf(stamp.host, sizeof stamp.host, "%s", host);
    return write_members(store, run, &stamp, NO_CRC, begun);
}

mts_status mts_store_reset(mts_store *store, size_t run, bool forget)
{
    const mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    if (st != MTS_OK)
        return st;
    return write_members(store, run, &nothing, NO_CRC, forget ? begun : released);
}

/* ---- payload ---- */

/* A row of other extents would be cut up wrongly. */
static mts_status check_extents(const mts_store *store, const mts_result *result)
{
    for (size_t i = 0; i < MTS_N_COLUMNS; i++)
        if (mts_column_count(&mts_columns[i], &store->extents) !=
            mts_column_count(&mts_columns[i], &result->extents))
            return mts_fail(MTS_ERR_USAGE, "%s: a row for other extents than the file's (%s/%s)",
                            store->path, mts_columns[i].group, mts_columns[i].name);
    return MTS_OK;
}

mts_status mts_store_row_crc(mts_store *store, size_t run, const mts_result *result, uint32_t *crc)
{
    bool missing[MTS_N_COLUMNS];
    mts_config config;
    mts_status st = mts_store_config(store, run, &config);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++)
        missing[c] = !mts_store_has(store, c);
    *crc = st == MTS_OK ? mts_result_crc(result, mts_config_key(&config), missing) : 0;
    return st;
}

static mts_status write_payload(mts_store *store, size_t run, const mts_result *result)
{
    mts_status st = check_extents(store, result);
    for (size_t i = 0; i < MTS_N_COLUMNS && st == MTS_OK; i++)
        st = mts_store_write(store, store->specs.result + i, run, 1, result->column[i]);
    return st;
}

/* Payload and checksum of a row; result NULL: neither. */
static mts_status write_result(mts_store *store, size_t run, const mts_result *result, int64_t *crc)
{
    uint32_t sum = 0;
    mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    *crc = NO_CRC;
    if (st != MTS_OK || !result)
        return st;
    st = mts_store_row_crc(store, run, result, &sum);
    *crc = sum;
    return st == MTS_OK ? write_payload(store, run, result) : st;
}

mts_status mts_store_put(mts_store *store, size_t run, const mts_result *result,
                         const mts_stamp *stamp)
{
    int64_t crc;
    mts_status st = write_result(store, run, result, &crc);
    if (st == MTS_OK && result)
        st = mts_store_sync(store);
    return st == MTS_OK ? write_members(store, run, stamp, crc, ended) : st;
}

mts_status mts_store_give_up(mts_store *store, size_t run, const mts_stamp *stamp)
{
    const mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    return st == MTS_OK ? write_members(store, run, stamp, NO_CRC, given_up) : st;
}

mts_status mts_store_place(mts_store *store, size_t run, const mts_result *result,
                           const mts_stamp *stamp)
{
    int64_t crc;
    const mts_status st = write_result(store, run, result, &crc);
    return st == MTS_OK ? write_members(store, run, stamp, crc, whole) : st;
}

mts_status mts_store_get(mts_store *store, size_t run, mts_result *result)
{
    mts_status st = mts_store_range(store, MTS_AXIS_run, run, 1);
    if (st == MTS_OK)
        st = check_extents(store, result);
    for (size_t i = 0; i < MTS_N_COLUMNS && st == MTS_OK; i++) {
        if (store->data[store->specs.result + i] < 0)
            mts_column_fill(&mts_columns[i], &result->extents, result->column[i]);
        st = mts_store_read(store, store->specs.result + i, run, 1, result->column[i]);
    }
    return st;
}
