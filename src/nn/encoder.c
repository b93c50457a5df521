/* encoder.c: the frozen encoder [code util.py].
 *
 *     f(X) = act(act(X W0 + b0) W1 + b1) W2 + b2
 *
 * Rows go through all three layers a block at a time, so that the hidden layers of a block stay in
 * a near cache; a block is large enough for BLAS, which brings the weights into its own order in
 * every call. Rows do not depend on each other, so relu layers take them in an order of their own:
 * where neighbours are alike, the same units are silent in all rows of a tile, and products with them
 * can be left out.
 */
#include "mtsweep/nn.h"

#include <math.h>
#include <string.h>

enum { LAYERS = 3, BLOCK = 320 };

/* A cell of observations that are alike: the signs of the first numbers, which of these is the
 * largest, and how large it is. */
enum { SIGNS = 4, SIZES = 8, CELLS = (1 << SIGNS) * SIGNS * SIZES };

struct mts_encoder {
    mts_arena memory; /* all that the encoder is */
    mts_encoder_spec spec;
    const mts_kernels *kernels;
    mts_real *packed[LAYERS], *bias[LAYERS];
    mts_real *hidden[LAYERS - 1]; /* [BLOCK][H] */

    bool ordered;        /* rows are taken in the order of their cells; these are for that only */
    uint16_t *cell, *at; /* [BLOCK]: of a row; and the row that stands there */
    mts_real *obs, *out; /* [BLOCK][D], [BLOCK][F] in that order */
};

static void layer_size(const mts_encoder_spec *spec, int layer, size_t *in, size_t *out)
{
    *in = layer == 0 ? spec->D : spec->H;
    *out = layer == LAYERS - 1 ? spec->F : spec->H;
}

void mts_encoder_layout(const mts_encoder_spec *spec, mts_layout *layout)
{
    *layout = (mts_layout){0};
    if (spec->act == MTS_ACT_NONE)
        return;
    for (int l = 0; l < LAYERS; l++) {
        const char w[] = {'W', (char)('0' + l), '\0'}, b[] = {'b', (char)('0' + l), '\0'};
        size_t in, out;
        double bound;
        layer_size(spec, l, &in, &out);
        bound = 1 / sqrt((double)in);
        mts_layout_add(layout, w, in, out, bound);
        mts_layout_add(layout, b, 1, out, bound);
    }
}

/* The encoder in its arena; NULL while the arena only counts. */
static mts_encoder *take(const mts_encoder_spec *spec, const mts_kernels *kernels, size_t rows,
                         mts_arena *arena)
{
    const size_t block = rows < BLOCK ? rows : BLOCK;
    mts_encoder counted = {0}, *encoder = mts_take(arena, 1, sizeof *encoder);
    mts_encoder *self = encoder ? encoder : &counted;
    *self = (mts_encoder){.spec = *spec, .kernels = kernels};
    for (int l = 0; spec->act != MTS_ACT_NONE && l < LAYERS; l++) {
        size_t in, out;
        layer_size(spec, l, &in, &out);
        self->packed[l] = mts_take(arena, kernels->packed_size(in, out), sizeof(mts_real));
        self->bias[l] = mts_take(arena, out, sizeof(mts_real));
        if (l < LAYERS - 1)
            self->hidden[l] = mts_take(arena, block * out, sizeof(mts_real));
    }
    self->ordered = spec->act == MTS_ACT_RELU && block > 1;
    if (self->ordered) {
        self->cell = mts_take(arena, block, sizeof *self->cell);
        self->at = mts_take(arena, block, sizeof *self->at);
        self->obs = mts_take(arena, block * spec->D, sizeof(mts_real));
        self->out = mts_take(arena, block * spec->F, sizeof(mts_real));
    }
    return encoder;
}

size_t mts_encoder_memory(const mts_encoder_spec *spec, const mts_kernels *kernels, size_t rows)
{
    mts_arena arena = {0};
    take(spec, kernels, rows, &arena);
    return arena.used;
}

mts_status mts_encoder_create(const mts_encoder_spec *spec, const mts_kernels *kernels,
                              const mts_real *theta, size_t rows, mts_encoder **encoder)
{
    mts_arena arena = {0};
    mts_layout layout;
    mts_encoder *self;
    *encoder = NULL;
    take(spec, kernels, rows, &arena);
    if (mts_arena_open(&arena) != MTS_OK)
        return MTS_ERR_MEMORY;
    self = take(spec, kernels, rows, &arena);
    self->memory = arena;
    mts_encoder_layout(spec, &layout);
    for (size_t l = 0; l < layout.n / 2; l++) {
        const mts_tensor *w = &layout.tensor[2 * l], *b = &layout.tensor[2 * l + 1];
        kernels->pack(w->rows, w->cols, theta + w->offset, w->cols, self->packed[l]);
        memcpy(self->bias[l], theta + b->offset, b->cols * sizeof(mts_real));
    }
    *encoder = self;
    return MTS_OK;
}

void mts_encoder_destroy(mts_encoder *encoder)
{
    mts_arena memory; /* the encoder is in it */
    if (!encoder)
        return;
    memory = encoder->memory;
    mts_arena_close(&memory);
}

static void apply_block(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                        size_t ldo)
{
    const mts_real *x = obs;
    for (int l = 0; l < LAYERS; l++) {
        const bool last = l == LAYERS - 1;
        mts_real *y = last ? out : encoder->hidden[l];
        size_t in, n;
        layer_size(&encoder->spec, l, &in, &n);
        encoder->kernels->affine(
            &(mts_affine){.m = rows,
                          .n = n,
                          .term = {{.k = in,
                                    .x = x,
                                    .ldx = in,
                                    .packed = encoder->packed[l],
                                    .sparse = l > 0 && encoder->spec.act == MTS_ACT_RELU}},
                          .init = encoder->bias[l],
                          .act = last ? MTS_ACT_NONE : encoder->spec.act,
                          .y = y,
                          .ldy = last ? ldo : n});
        x = y;
    }
}

/* The size counts in half octaves, up to 2. Numbers that are not finite are in some cell, too. */
static size_t cell_of(size_t n, const mts_real *x)
{
    size_t signs = 0, largest = 0;
    int32_t most = 0, size;
    for (size_t d = 0; d < n; d++) {
        const float number = (float)x[d];
        int32_t bits;
        memcpy(&bits, &number, sizeof bits);
        signs = signs << 1 | (bits < 0);
        bits &= INT32_MAX;
        largest = bits > most ? d : largest;
        most = bits > most ? bits : most;
    }
    size = (most >> 22) - (2 * 128 - SIZES);
    size = size < 0 ? 0 : size < SIZES ? size : SIZES - 1;
    return (signs * n + largest) * SIZES + (size_t)size;
}

/* Numbers the rows of a block by cell. */
static void order(mts_encoder *encoder, size_t rows, const mts_real *obs)
{
    const size_t D = encoder->spec.D, n = D < SIGNS ? D : SIGNS, cells = (n << n) * SIZES;
    uint16_t first[CELLS];
    size_t before = 0;
    memset(first, 0, cells * sizeof *first);
    for (size_t i = 0; i < rows; i++) {
        encoder->cell[i] = (uint16_t)cell_of(n, obs + i * D);
        first[encoder->cell[i]]++;
    }
    for (size_t c = 0; c < cells; c++) {
        const size_t count = first[c];
        first[c] = (uint16_t)before;
        before += count;
    }
    for (size_t i = 0; i < rows; i++)
        encoder->at[first[encoder->cell[i]]++] = (uint16_t)i;
}

static void apply_ordered(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                          size_t ldo)
{
    const size_t D = encoder->spec.D, F = encoder->spec.F;
    order(encoder, rows, obs);
    for (size_t i = 0; i < rows; i++)
        for (size_t d = 0; d < D; d++)
            encoder->obs[i * D + d] = obs[encoder->at[i] * D + d];
    apply_block(encoder, rows, encoder->obs, encoder->out, F);
    for (size_t i = 0; i < rows; i++)
        memcpy(out + encoder->at[i] * ldo, encoder->out + i * F, F * sizeof *out);
}

void mts_encoder_apply(mts_encoder *encoder, size_t rows, const mts_real *obs, mts_real *out,
                       size_t ldo)
{
    const size_t D = encoder->spec.D;
    if (encoder->spec.act == MTS_ACT_NONE) {
        for (size_t i = 0; i < rows; i++)
            for (size_t d = 0; d < D; d++)
                out[i * ldo + d] = obs[i * D + d];
        return;
    }
    for (size_t i = 0; i < rows; i += BLOCK) {
        const size_t n = rows - i < BLOCK ? rows - i : BLOCK;
        (encoder->ordered ? apply_ordered : apply_block)(encoder, n, obs + i * D, out + i * ldo,
                                                         ldo);
    }
}

double mts_encoder_flops(const mts_encoder_spec *spec)
{
    mts_layout layout;
    double flops = 0;
    mts_encoder_layout(spec, &layout);
    for (size_t i = 0; i < layout.n; i += 2)
        flops += 2.0 * (double)layout.tensor[i].rows * (double)layout.tensor[i].cols;
    return flops;
}
