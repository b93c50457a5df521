/* noise.h: random numbers; a lane is an item. */
#ifndef MTSWEEP_VECTOR_NOISE_H
#define MTSWEEP_VECTOR_NOISE_H

#include "functions.h"
#include "mtsweep/num.h"

/* Ten rounds of Philox4x32 on counters in 64-bit lanes. */
INLINE void rounds_of(vh c[4], uint64_t run)
{
    uint32_t k0 = (uint32_t)run, k1 = (uint32_t)(run >> 32);
    for (int round = 0; round < 10; round++) {
        vh product0 = multiply_wide(c[0], 0xD2511F53u), product1 = multiply_wide(c[2], 0xCD9E8D57u);
        c[0] = product1 >> 32 ^ c[1] ^ k0;
        c[1] = product1;
        c[2] = product0 >> 32 ^ c[3] ^ k1;
        c[3] = product0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* Philox4x32-10 of the counters { c0, c1, c2, c3 }. */
INLINE void philox(vu c0, vu c1, vu c2, vu c3, uint64_t run, vu word[4])
{
    vh even[4] = {even_of(c0), even_of(c1), even_of(c2), even_of(c3)};
    vh odd[4] = {odd_of(c0), odd_of(c1), odd_of(c2), odd_of(c3)};
    rounds_of(even, run);
    rounds_of(odd, run);
    for (int i = 0; i < 4; i++)
        word[i] = from_halves(even[i], odd[i]);
}

/* Items first .. first + LANES - 1. */
typedef struct items_of_lanes {
    vu low, high;
} items_of_lanes;

INLINE items_of_lanes items_from(uint64_t first)
{
    uint32_t low[LANES], high[LANES];
    items_of_lanes items;
    for (uint64_t i = 0; i < LANES; i++) {
        low[i] = (uint32_t)(first + i);
        high[i] = (uint32_t)((first + i) >> 32);
    }
    memcpy(&items.low, low, sizeof low);
    memcpy(&items.high, high, sizeof high);
    return items;
}

/* Their block `block`, the words of mts_bits: counter { block, item low, item high, purpose }. */
INLINE void bits_of(mts_stream stream, items_of_lanes items, uint32_t block, vu word[4])
{
    philox(block - (vu){0}, items.low, items.high, stream.purpose - (vu){0}, stream.run, word);
}

/* Blocks block .. block + LANES - 1 of one item. */
INLINE void blocks_of(mts_stream stream, uint64_t item, uint32_t block, vu word[4])
{
    vu blocks = {0};
    for (int i = 0; i < LANES; i++)
        blocks[i] = block + (uint32_t)i;
    philox(blocks, (uint32_t)item - (vu){0}, (uint32_t)(item >> 32) - (vu){0},
           stream.purpose - (vu){0}, stream.run, word);
}

/* ((word >> 9) + 1/2) 2^-23: the word's high bits as the fraction of a number in [1, 2). */
INLINE vf unit_of(vu word)
{
    return (vf)((word >> 9) | 0x3f800000u) - (1 - 0x1p-24f);
}

static void uniform(mts_stream stream, uint64_t first, size_t items, size_t n, float *out)
{
    for (size_t i = 0; i < items; i += LANES) {
        part which = part_left(items - i);
        items_of_lanes lanes = items_from(first + i);
        vu word[4];
        for (size_t j = 0; j < n; j++) {
            if (j % 4 == 0)
                bits_of(stream, lanes, (uint32_t)(j / 4), word);
            store_part(out + j * items + i, unit_of(word[j % 4]), which);
        }
    }
}

static void normal(mts_stream stream, uint64_t first, size_t items, size_t n, float *out)
{
    for (size_t i = 0; i < items; i += LANES) {
        part which = part_left(items - i);
        items_of_lanes lanes = items_from(first + i);
        vu word[4];
        for (size_t j = 0; j < n; j += 2) {
            if (j % 4 == 0)
                bits_of(stream, lanes, (uint32_t)(j / 4), word);
            vf sine, cosine, radius = sqrt_of(-2 * log_of(unit_of(word[j % 4])));
            sine_cosine_of(unit_of(word[j % 4 + 1]), &sine, &cosine);
            store_part(out + j * items + i, radius * cosine, which);
            if (j + 1 < n)
                store_part(out + (j + 1) * items + i, radius * sine, which);
        }
    }
}

#endif
