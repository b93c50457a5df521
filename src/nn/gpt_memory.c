/* gpt_memory.c: what a network of GPT-2 blocks consists of: tensors, operations, memory. */
#include "gpt.h"

#include <math.h>
#include <stdio.h>

/* ---- parameters ---- */

enum { PER_BLOCK = 12 }; /* tensors */

void mts_gpt_layout(const mts_net_spec *spec, mts_layout *list)
{
    const size_t N = spec->N, mlp = spec->mlp;
    const double sd = 0.02, residual = 0.02 / sqrt(2 * (double)spec->blocks);
    const struct {
        const char *name;
        size_t rows, cols;
        mts_init init;
        double scale;
    } each[PER_BLOCK] = {
        {"ln1_w", 1, N, MTS_INIT_CONSTANT, 1},
        {"ln1_b", 1, N, MTS_INIT_CONSTANT, 0},
        {"W_attn", N, 3 * N, MTS_INIT_NORMAL, sd},
        {"b_attn", 1, 3 * N, MTS_INIT_CONSTANT, 0},
        {"W_attnproj", N, N, MTS_INIT_NORMAL, residual},
        {"b_attnproj", 1, N, MTS_INIT_CONSTANT, 0},
        {"ln2_w", 1, N, MTS_INIT_CONSTANT, 1},
        {"ln2_b", 1, N, MTS_INIT_CONSTANT, 0},
        {"W_fc", N, mlp, MTS_INIT_NORMAL, sd},
        {"b_fc", 1, mlp, MTS_INIT_CONSTANT, 0},
        {"W_mlpproj", mlp, N, MTS_INIT_NORMAL, residual},
        {"b_mlpproj", 1, N, MTS_INIT_CONSTANT, 0},
    };
    mts_layout_add_init(list, "W_proj", spec->I, N, MTS_INIT_NORMAL, sd);
    mts_layout_add_init(list, "b_proj", 1, N, MTS_INIT_CONSTANT, 0);
    for (size_t l = 0; l < spec->blocks; l++)
        for (size_t i = 0; i < PER_BLOCK; i++) {
            char name[sizeof list->tensor->name];
            if (spec->blocks > 1)
                snprintf(name, sizeof name, "%zu.%s", l, each[i].name);
            else
                snprintf(name, sizeof name, "%s", each[i].name);
            mts_layout_add_init(list, name, each[i].rows, each[i].cols, each[i].init,
                                each[i].scale);
        }
    mts_layout_add_init(list, "lnf_w", 1, N, MTS_INIT_CONSTANT, 1);
    mts_layout_add_init(list, "lnf_b", 1, N, MTS_INIT_CONSTANT, 0);
}

static void set_sizes(gpt *self)
{
    const mts_net_spec *spec = &self->spec;
    const size_t N = spec->N, mlp = spec->mlp;
    self->proj = (gpt_linear){.k = spec->I, .n = N, .ldw = N};
    for (size_t l = 0; l < spec->blocks; l++) {
        gpt_block *b = &self->block[l];
        b->q = (gpt_linear){.k = N, .n = N, .ldw = 3 * N};
        b->kv = (gpt_linear){.k = N, .n = 2 * N, .ldw = 3 * N};
        b->attnproj = (gpt_linear){.k = N, .n = N, .ldw = N};
        b->fc = (gpt_linear){.k = N, .n = mlp, .ldw = mlp};
        b->mlpproj = (gpt_linear){.k = mlp, .n = N, .ldw = N};
    }
}

static void place_linear(gpt_linear *to, const mts_tensor *tensor, size_t column)
{
    to->w = tensor[0].offset + column;
    to->b = tensor[1].offset + column;
}

static void place_norm(gpt_norm *to, const mts_tensor *tensor)
{
    to->w = tensor[0].offset;
    to->b = tensor[1].offset;
}

/* Where the tensors of the layout are. */
static void place(gpt *self)
{
    const mts_tensor *tensor;
    mts_layout list = {0};
    mts_gpt_layout(&self->spec, &list);
    tensor = list.tensor;
    place_linear(&self->proj, tensor, 0);
    tensor += 2;
    for (size_t l = 0; l < self->spec.blocks; l++, tensor += PER_BLOCK) {
        gpt_block *b = &self->block[l];
        place_norm(&b->ln1, tensor);
        place_linear(&b->q, tensor + 2, 0);
        place_linear(&b->kv, tensor + 2, self->spec.N);
        place_linear(&b->attnproj, tensor + 4, 0);
        place_norm(&b->ln2, tensor + 6);
        place_linear(&b->fc, tensor + 8, 0);
        place_linear(&b->mlpproj, tensor + 10, 0);
    }
    place_norm(&self->lnf, tensor);
}

void mts_gpt_flops(const mts_net_spec *spec, size_t T, mts_net_work *work)
{
    const double N = (double)spec->N, blocks = (double)spec->blocks;
    const double in = 2 * (double)spec->I * N;
    const double products = blocks * (8 * N * N + 4 * N * (double)spec->mlp);
    const double attention = blocks * 2 * N * ((double)T + 1);
    work->forward += in + products + attention;
    work->backward += products + 2 * attention;
    work->gradient += in + products;
}

/* Only keys and values of the last block need all steps. */
double mts_gpt_flops_last(const mts_net_spec *spec, size_t T)
{
    const double N = (double)spec->N, steps = (double)T, mlp = (double)spec->mlp;
    const double each = 8 * N * N + 4 * N * mlp + 2 * N * (steps + 1);
    return steps * (2 * (double)spec->I * N + ((double)spec->blocks - 1) * each + 4 * N * N) +
           4 * N * N + 4 * N * mlp + 4 * N * steps;
}

/* ---- memory: one block, taken piece by piece ---- */

typedef struct arena {
    mts_real *memory; /* NULL: only counts */
    size_t used;
} arena;

static mts_real *take(arena *a, size_t n)
{
    mts_real *piece = a->memory ? a->memory + a->used : NULL;
    a->used += (n + 15) / 16 * 16; /* keeps 64-byte alignment */
    return piece;
}

static size_t packed_size(const gpt *self, size_t k, size_t n)
{
    return self->kernels ? self->kernels->packed_size(k, n) : k * n;
}

static void take_linear(const gpt *self, arena *a, gpt_linear *to)
{
    to->packed = take(a, packed_size(self, to->k, to->n));
}

static void take_norm(const gpt *self, arena *a, size_t m, gpt_norm *to)
{
    const size_t N = self->spec.N;
    if (!self->training)
        return;
    to->unit = take(a, m * N);
    to->rstd = take(a, m);
    to->dw = take(a, N);
    to->db = take(a, N);
}

static void take_block(const gpt *self, arena *a, size_t T, size_t B, gpt_block *to)
{
    const size_t N = self->spec.N, mlp = self->spec.mlp, m = T * B;
    take_linear(self, a, &to->q);
    take_linear(self, a, &to->kv);
    take_linear(self, a, &to->attnproj);
    take_linear(self, a, &to->fc);
    take_linear(self, a, &to->mlpproj);
    if (!self->training)
        return;
    to->attn_back = take(a, packed_size(self, 3 * N, N));
    to->attnproj_back = take(a, packed_size(self, N, N));
    to->fc_back = take(a, packed_size(self, mlp, N));
    to->mlpproj_back = take(a, packed_size(self, N, mlp));
    take_norm(self, a, m, &to->ln1);
    take_norm(self, a, m, &to->ln2);
    to->n1 = take(a, m * N);
    to->n2 = take(a, m * N);
    to->qkv = take(a, m * 3 * N);
    to->p = take(a, self->spec.heads * (T * (T + 1) / 2) * B);
    to->context = take(a, m * N);
    to->slope = take(a, m * mlp);
    to->gelu = take(a, m * mlp);
    to->factor3 = take(a, m * N);
    to->factor4 = take(a, m * N);
}

/* What the blocks share when nothing is kept. */
static void take_shared(gpt *self, arena *a, size_t m)
{
    const size_t N = self->spec.N, mlp = self->spec.mlp;
    gpt_block *first = &self->block[0];
    first->n1 = first->n2 = take(a, MTS_GPT_ROWS * N);
    first->qkv = take(a, m * 3 * N);
    first->context = take(a, m * N);
    first->slope = take(a, MTS_GPT_ROWS * mlp);
    first->gelu = take(a, MTS_GPT_ROWS * mlp);
    for (size_t l = 1; l < self->spec.blocks; l++) {
        gpt_block *b = &self->block[l];
        b->n1 = b->n2 = first->n1;
        b->qkv = first->qkv;
        b->context = first->context;
        b->slope = first->slope;
        b->gelu = first->gelu;
    }
}

static void take_all(gpt *self, arena *a, size_t T, size_t B)
{
    const mts_net_spec *spec = &self->spec;
    const size_t N = spec->N, m = T * B;
    take_linear(self, a, &self->proj);
    for (size_t l = 0; l < spec->blocks; l++)
        take_block(self, a, T, B, &self->block[l]);
    if (!self->training)
        take_shared(self, a, m);
    take_norm(self, a, m, &self->lnf);
    self->r = take(a, m * N);
    self->h = take(a, m * N);
    self->row = take(a, MTS_GPT_ROWS * N);
    self->scratch =
        take(a, self->kernels ? self->kernels->attention_scratch(T, N / spec->heads) : 0);
    if (self->training) {
        self->factor1 = take(a, m * N);
        self->dr = take(a, m * N);
        self->wide = take(a, MTS_GPT_ROWS * spec->mlp);
        self->packed_proj = take(a, packed_size(self, N, spec->I));
    }
}

double mts_gpt_size(const mts_net_spec *spec, size_t T, size_t B, bool training)
{
    gpt self = {.spec = *spec, .training = training};
    arena a = {0};
    set_sizes(&self);
    take_all(&self, &a, T, B);
    return (double)a.used;
}

void mts_gpt_destroy(void *state)
{
    gpt *self = state;
    if (!self)
        return;
    mts_free(self->memory);
    mts_free(self);
}

mts_status mts_gpt_create(const mts_net_spec *spec, const mts_kernels *kernels, size_t T, size_t B,
                          bool training, void **state)
{
    arena a = {0};
    gpt *self;
    *state = NULL;
    if (spec->blocks == 0 || spec->blocks > MTS_GPT_BLOCKS || spec->mlp == 0 || spec->heads == 0 ||
        spec->N % spec->heads != 0)
        return mts_fail(MTS_ERR_USAGE,
                        "architecture gpt needs 1 to %d blocks, mlp of at least 1, and units a "
                        "multiple of heads, but units is %zu and heads is %zu",
                        MTS_GPT_BLOCKS, spec->N, spec->heads);
    if (!(spec->dropout >= 0 && spec->dropout <= 0.999))
        return mts_fail(MTS_ERR_USAGE, "dropout is a rate from 0 to 0.999, not %g", spec->dropout);
    self = mts_alloc(1, sizeof *self);
    if (!self)
        return MTS_ERR_MEMORY;
    self->spec = *spec;
    self->kernels = kernels;
    self->training = training;
    set_sizes(self);
    place(self);
    take_all(self, &a, T, B);
    self->memory = mts_alloc(a.used, sizeof(mts_real));
    if (!self->memory) {
        mts_gpt_destroy(self);
        return MTS_ERR_MEMORY;
    }
    take_all(self, &(arena){self->memory, 0}, T, B);
    *state = self;
    return MTS_OK;
}
