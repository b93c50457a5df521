/* gpt_memory.c: what a network of GPT-2 blocks consists of: tensors, operations, memory. */
#include "gpt.h"

#include <math.h>
#include <stdio.h>

mts_status mts_gpt_check_config(const mts_config *config)
{
    if (config->units % config->heads == 0)
        return MTS_OK;
    return mts_fail(MTS_ERR_SWEEP,
                    "arch gpt needs units to be a multiple of heads, but units is %lld and "
                    "heads is %lld",
                    (long long)config->units, (long long)config->heads);
}

mts_status mts_gpt_check(const mts_net_spec *spec)
{
    if (spec->blocks == 0 || spec->blocks > MTS_GPT_BLOCKS || spec->mlp == 0 || spec->heads == 0 ||
        spec->N % spec->heads != 0)
        return mts_fail(MTS_ERR_USAGE,
                        "architecture gpt needs 1 to %d blocks, mlp of at least 1, and units a "
                        "multiple of heads, but units is %zu and heads is %zu",
                        MTS_GPT_BLOCKS, spec->N, spec->heads);
    if (!(spec->dropout >= 0 && spec->dropout <= 0.999))
        return mts_fail(MTS_ERR_USAGE, "dropout is a rate from 0 to 0.999, not %g", spec->dropout);
    return MTS_OK;
}

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
static void place(gpt *self, const mts_tensor *tensor)
{
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

/* ---- memory ---- */

static void take_linear(mts_workspace *w, gpt_linear *to)
{
    to->packed = mts_take_packed(w, to->k, to->n);
}

static void take_norm(mts_workspace *w, gpt_norm *to)
{
    const size_t N = w->spec.N, m = w->T * w->B;
    if (!w->training)
        return;
    to->unit = mts_take_reals(w, m * N);
    to->rstd = mts_take_reals(w, m);
    to->dw = mts_take_reals(w, N);
    to->db = mts_take_reals(w, N);
}

static void take_block(mts_workspace *w, gpt_block *to)
{
    const size_t N = w->spec.N, mlp = w->spec.mlp, T = w->T, B = w->B, m = T * B;
    take_linear(w, &to->q);
    take_linear(w, &to->kv);
    take_linear(w, &to->attnproj);
    take_linear(w, &to->fc);
    take_linear(w, &to->mlpproj);
    if (!w->training)
        return;
    to->attn_back = mts_take_packed(w, 3 * N, N);
    to->attnproj_back = mts_take_packed(w, N, N);
    to->fc_back = mts_take_packed(w, mlp, N);
    to->mlpproj_back = mts_take_packed(w, N, mlp);
    take_norm(w, &to->ln1);
    take_norm(w, &to->ln2);
    to->n1 = mts_take_reals(w, m * N);
    to->n2 = mts_take_reals(w, m * N);
    to->qkv = mts_take_reals(w, m * 3 * N);
    to->p = mts_take_reals(w, w->spec.heads * (T * (T + 1) / 2) * B);
    to->context = mts_take_reals(w, m * N);
    to->slope = mts_take_reals(w, m * mlp);
    to->gelu = mts_take_reals(w, m * mlp);
    to->factor3 = mts_take_reals(w, m * N);
    to->factor4 = mts_take_reals(w, m * N);
}

/* What the blocks share when nothing is kept. */
static void take_shared(mts_workspace *w, gpt *self)
{
    const size_t N = w->spec.N, mlp = w->spec.mlp, m = w->T * w->B;
    gpt_block *first = &self->block[0];
    first->n1 = first->n2 = mts_take_reals(w, MTS_GPT_ROWS * N);
    first->qkv = mts_take_reals(w, m * 3 * N);
    first->context = mts_take_reals(w, m * N);
    first->slope = mts_take_reals(w, MTS_GPT_ROWS * mlp);
    first->gelu = mts_take_reals(w, MTS_GPT_ROWS * mlp);
    for (size_t l = 1; l < w->spec.blocks; l++) {
        gpt_block *b = &self->block[l];
        b->n1 = b->n2 = first->n1;
        b->qkv = first->qkv;
        b->context = first->context;
        b->slope = first->slope;
        b->gelu = first->gelu;
    }
}

void mts_gpt_take(void *state, mts_workspace *w)
{
    const size_t N = w->spec.N, m = w->T * w->B;
    gpt counted = {0}, *self = state ? state : &counted;
    *self = (gpt){.spec = w->spec, .kernels = w->kernels, .training = w->training};
    set_sizes(self);
    place(self, w->layout->tensor);
    take_linear(w, &self->proj);
    for (size_t l = 0; l < w->spec.blocks; l++)
        take_block(w, &self->block[l]);
    if (!w->training)
        take_shared(w, self);
    take_norm(w, &self->lnf);
    self->r = mts_take_reals(w, m * N);
    self->h = mts_take_reals(w, m * N);
    self->row = mts_take_reals(w, MTS_GPT_ROWS * N);
    self->scratch = mts_take_reals(w, w->kernels->attention_scratch(w->T, N / w->spec.heads));
    if (w->training) {
        self->factor1 = mts_take_reals(w, m * N);
        self->dr = mts_take_reals(w, m * N);
        self->wide = mts_take_reals(w, MTS_GPT_ROWS * w->spec.mlp);
        self->packed_proj = mts_take_packed(w, N, w->spec.I);
    }
}
