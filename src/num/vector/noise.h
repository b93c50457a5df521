/* noise.h: random numbers; a lane is an item. */
#ifndef MTSWEEP_VECTOR_NOISE_H
#define MTSWEEP_VECTOR_NOISE_H

#include "functions.h"
#include "mtsweep/num.h"

/* Block `block` of items first .. first + LANES - 1: Philox4x32-10, counter { block, item low, item
 * high, purpose }, the words of mts_bits. */
INLINE void bits_of(mts_stream stream, uint64_t first, uint32_t block, vu word[4])
{
    vu low, high;
    for (int i = 0; i < LANES; i++) {
        low[i] = (uint32_t)(first + (uint64_t)i);
        high[i] = (uint32_t)((first + (uint64_t)i) >> 32);
    }
    vu c0 = block - (vu){0}, c1 = low, c2 = high, c3 = stream.purpose - (vu){0};
    uint32_t k0 = (uint32_t)stream.run, k1 = (uint32_t)(stream.run >> 32);
    for (int round = 0; round < 10; round++) {
        vu high0, low0, high1, low1;
        multiply_wide(c0, 0xD2511F53u, &high0, &low0);
        multiply_wide(c2, 0xCD9E8D57u, &high1, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    word[0] = c0;
    word[1] = c1;
    word[2] = c2;
    word[3] = c3;
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
        vu word[4];
        for (size_t j = 0; j < n; j++) {
            if (j % 4 == 0)
                bits_of(stream, first + i, (uint32_t)(j / 4), word);
            store_part(out + j * items + i, unit_of(word[j % 4]), which);
        }
    }
}

static void normal(mts_stream stream, uint64_t first, size_t items, size_t n, float *out)
{
    for (size_t i = 0; i < items; i += LANES) {
        part which = part_left(items - i);
        vu word[4];
        for (size_t j = 0; j < n; j += 2) {
            if (j % 4 == 0)
                bits_of(stream, first + i, (uint32_t)(j / 4), word);
            vf sine, cosine, radius = sqrt_of(-2 * log_of(unit_of(word[j % 4])));
            sine_cosine_of(unit_of(word[j % 4 + 1]), &sine, &cosine);
            store_part(out + j * items + i, radius * cosine, which);
            if (j + 1 < n)
                store_part(out + (j + 1) * items + i, radius * sine, which);
        }
    }
}

#endif
