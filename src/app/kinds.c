/* kinds.c: runs that differ in their seed alone need the same. */
#include "app.h"
#include "mtsweep/run.h"

#include <string.h>

enum { WORDS = sizeof(mts_config) / sizeof(uint64_t) }; /* every member has 8 bytes */

/* Sums what is mixed of each member with its place, so that the members do not wait for each other. */
static uint64_t hash_of(const mts_config *like, bool trained)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t word[WORDS], sum = trained;
    memcpy(word, like, sizeof word);
    for (uint64_t i = 0; i < WORDS; i++) {
        uint64_t w = word[i] + (i + 1) * odd;
        w = (w ^ (w >> 30)) * 0xbf58476d1ce4e5b9u;
        w = (w ^ (w >> 27)) * 0x94d049bb133111ebu;
        sum += w ^ (w >> 31);
    }
    return sum;
}

/* The slot of the hash, or the free one where it belongs. */
static size_t slot_of(const mts_app_kinds *kinds, uint64_t hash)
{
    size_t slot = (size_t)hash & (kinds->slots - 1);
    while (kinds->slot[slot] > 0 && kinds->kind[kinds->slot[slot] - 1].hash != hash)
        slot = (slot + 1) & (kinds->slots - 1);
    return slot;
}

/* Room for one more, and at least half of the slots free. */
static mts_status grow(mts_app_kinds *kinds)
{
    const size_t slots = kinds->slots > 0 ? 2 * kinds->slots : 64;
    mts_app_kind *kind;
    if (2 * (kinds->n + 1) <= kinds->slots)
        return MTS_OK;
    mts_free(kinds->slot);
    kinds->slots = slots;
    kinds->slot = mts_alloc(slots, sizeof *kinds->slot);
    kind = mts_alloc(slots / 2, sizeof *kind);
    if (!kinds->slot || !kind) {
        mts_free(kind);
        return MTS_ERR_MEMORY;
    }
    if (kinds->n > 0)
        memcpy(kind, kinds->kind, kinds->n * sizeof *kind);
    mts_free(kinds->kind);
    kinds->kind = kind;
    for (size_t k = 0; k < kinds->n; k++)
        kinds->slot[slot_of(kinds, kind[k].hash)] = (uint32_t)(k + 1);
    return MTS_OK;
}

/* That of a file may be none that this program can run: an architecture of a newer one. */
static bool can_be_run(const mts_config *config)
{
    for (size_t f = 0; f < mts_n_fields; f++)
        if (mts_fields[f].type == MTS_CHOICE &&
            mts_config_value(config, &mts_fields[f]) >= (double)mts_choice_count(&mts_fields[f]))
            return false;
    return mts_config_check(config) == MTS_OK;
}

mts_status mts_app_kind_of(mts_app_kinds *kinds, const mts_config *config, bool trained,
                           size_t *number)
{
    mts_config like = *config;
    like.seed = 0;
    if (kinds->n > 0 && trained == kinds->last_trained &&
        memcmp(&like, &kinds->last, sizeof like) == 0) {
        *number = kinds->last_number;
        return MTS_OK;
    }
    const uint64_t hash = hash_of(&like, trained);
    const mts_status st = grow(kinds);
    size_t slot;
    if (st != MTS_OK)
        return st;
    slot = slot_of(kinds, hash);
    if (kinds->slot[slot] == 0) {
        mts_app_kind *kind = &kinds->kind[kinds->n++];
        *kind = (mts_app_kind){.hash = hash};
        if (can_be_run(config))
            kind->cost = mts_run_cost(config) - (trained ? mts_run_cost_training(config) : 0);
        kinds->slot[slot] = (uint32_t)kinds->n;
    }
    *number = kinds->slot[slot] - 1;
    kinds->last = like;
    kinds->last_trained = trained;
    kinds->last_number = *number;
    return MTS_OK;
}

double mts_app_kinds_left(const mts_app_kinds *kinds)
{
    double cost = 0, seconds = 0, left = 0;
    for (size_t k = 0; k < kinds->n; k++) {
        cost += kinds->kind[k].finished * kinds->kind[k].cost;
        seconds += kinds->kind[k].seconds;
    }
    for (size_t k = 0; k < kinds->n; k++) {
        const mts_app_kind *kind = &kinds->kind[k];
        left += kind->left *
                (kind->finished > 0 ? kind->seconds / kind->finished : kind->cost * seconds / cost);
    }
    return left;
}

void mts_app_kinds_free(mts_app_kinds *kinds)
{
    mts_free(kinds->kind);
    mts_free(kinds->slot);
    *kinds = (mts_app_kinds){0};
}
