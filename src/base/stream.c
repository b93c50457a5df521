/* Counter-based random streams. */
#include "mtsweep/base.h"

#include <Random123/philox.h>

void mts_bits(mts_stream stream, uint64_t item, uint32_t block, uint32_t word[4])
{
    philox4x32_key_t key = {{(uint32_t)stream.run, (uint32_t)(stream.run >> 32)}};
    philox4x32_ctr_t counter = {{block, (uint32_t)item, (uint32_t)(item >> 32), stream.purpose}};
    philox4x32_ctr_t bits = philox4x32_R(10, counter, key);
    for (size_t i = 0; i < 4; i++)
        word[i] = bits.v[i];
}

void mts_uniform(mts_stream stream, uint64_t item, size_t n, mts_real *u)
{
    uint32_t word[4] = {0};
    for (size_t j = 0; j < n; j++) {
        if (j % 4 == 0)
            mts_bits(stream, item, (uint32_t)(j / 4), word);
        /* 23 bits and the half make 24: exact in float, so float and double agree. */
        u[j] = ((mts_real)(word[j % 4] >> 9) + (mts_real)0.5) * (mts_real)0x1p-23;
    }
}
