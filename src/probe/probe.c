/* probe.c: the decoder protocol: which trials are drawn, who trains on them, what is scored. */
#include "decoder.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What a sequence of trials is for; fold and fit in the lower bits. */
enum { TRAIN, TEST, TEST_PUBLISHED };

/* The kinds of decoders; the scores of one. */
enum { SGD, STD, OLS, N_KINDS };
typedef struct scores {
    double *r2, *r2_within, *mse, *angle; /* [split][fold][fit] */
} scores;

typedef struct probe {
    const mts_probe_spec *spec;
    const mts_probe_source *source;
    const mts_kernels *kernels;
    mts_result *result;
    size_t N, D, folds, classes; /* classes of trials: held out by fold 0, 1, ..., or by none */
    scores to[N_KINDS];          /* where the scores of each kind go */
    mts_decoder_set set;         /* decoder[SGD, STD][split id, ood][fold] */
    mts_real *h, *x;             /* [MTS_PROBE_CHUNK][N], [..][D] */
    mts_real *class_h, *class_x; /* the trials of one class of the chunk */
    mts_real *y;                 /* [MTS_PROBE_CHUNK][D] predictions */
    double *gram, *cross;        /* [classes][(N+1)^2], [classes][(N+1) D] */
    double *square;              /* [classes][D] */
    double *all_gram, *all_cross, *all_square;
    double *ols;    /* [folds + 1][(N+1) D]: without region `fold`; then from the whole cube */
    double *column; /* [D][N] weights of each latent */
    double *value;  /* scores of one split, or angles of one decoder */
} probe;

static size_t pairs(size_t D)
{
    return D * (D - 1) / 2;
}

static size_t values(const mts_probe_spec *spec, size_t D)
{
    const size_t fits = mts_probe_folds(spec->folds, D) * spec->fits;
    return fits > pairs(D) ? fits : pairs(D);
}

static mts_decoder *decoder_of(const probe *p, size_t kind, bool excludes, size_t fold)
{
    return &p->set.decoder[(2 * kind + excludes) * p->folds + fold];
}

static uint32_t sequence(uint32_t use, size_t fold, size_t fit)
{
    assert(fold < 1u << 14 && fit < 1u << 8);
    return use << 22 | (uint32_t)fold << 8 | (uint32_t)fit;
}

/* ---- drawing and training ---- */

/* The class of a trial: regions of different folds do not overlap. */
static size_t class_of(const probe *p, const mts_real *x)
{
    for (size_t fold = 0; fold < p->folds; fold++)
        if (mts_pattern_holds(p->set.decoder[fold].held_out, p->D, x))
            return fold;
    return p->folds;
}

/* Adds the chunk to the Gram matrices, class by class. */
static void add_chunk(probe *p)
{
    size_t N = p->N, D = p->D;
    uint16_t class[MTS_PROBE_CHUNK];
    for (size_t i = 0; i < MTS_PROBE_CHUNK; i++)
        class[i] = (uint16_t)class_of(p, p->x + i * D);
    for (size_t c = 0; c < p->classes; c++) {
        size_t m = 0;
        for (size_t i = 0; i < MTS_PROBE_CHUNK; i++) {
            if (class[i] != c)
                continue;
            memcpy(p->class_h + m * N, p->h + i * N, N * sizeof *p->h);
            memcpy(p->class_x + m * D, p->x + i * D, D * sizeof *p->x);
            for (size_t d = 0; d < D; d++)
                p->square[c * D + d] += (double)p->x[i * D + d] * (double)p->x[i * D + d];
            m++;
        }
        mts_gram_add(&(mts_gram){.m = m,
                                 .n = N,
                                 .d = D,
                                 .x = p->class_h,
                                 .ldx = N,
                                 .y = p->class_x,
                                 .ldy = D,
                                 .gram = p->gram + c * (N + 1) * (N + 1),
                                 .cross = p->cross + c * (N + 1) * D});
    }
}

/* Decoders of both kinds start alike and see the same trials in the same order. */
static void begin(probe *p, size_t fit)
{
    const size_t order = (p->N + 1) * (p->N + 1), theta = (p->N + 1) * p->D;
    for (size_t i = 0; i < p->set.n_decoders; i++) {
        const size_t fold = i % p->folds;
        const bool excludes = i / p->folds % 2 == 1;
        const uint32_t number = sequence(excludes, fold, fit);
        const mts_stream stream = {p->spec->identity, MTS_FOR_PROBE_INIT | number << 8};
        mts_probe_decoder_begin(&p->set, &p->set.decoder[i], stream, excludes,
                                mts_probe_held_out(p->spec->folds, p->D, fold));
    }
    memset(p->gram, 0, p->classes * order * sizeof *p->gram);
    memset(p->cross, 0, p->classes * theta * sizeof *p->cross);
    memset(p->square, 0, p->classes * p->D * sizeof *p->square);
}

/* The standard deviation of all states of the chunk about their mean, over trials and units; 1 where
 * it is 0 or not finite, as there is then nothing to decode. */
static double deviation(const probe *p)
{
    const size_t n = MTS_PROBE_CHUNK * p->N;
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)p->h[i];
    for (size_t i = 0; i < n; i++) {
        const double from_mean = (double)p->h[i] - sum / (double)n;
        square += from_mean * from_mean;
    }
    const double sd = sqrt(square / (double)n);
    return sd > 0 && isfinite(sd) ? sd : 1;
}

static mts_status train(probe *p, size_t fit)
{
    const size_t n_std = p->set.n_decoders / 2;
    mts_decoder *std = decoder_of(p, STD, false, 0);
    begin(p, fit);
    bool busy = true;
    for (uint64_t chunk = 0; busy; chunk++) {
        const mts_status st =
            p->source->draw(p->source->ctx, sequence(TRAIN, 0, fit), chunk * MTS_PROBE_CHUNK,
                            MTS_PROBE_CHUNK, NULL, p->h, p->x);
        if (st != MTS_OK)
            return st;
        add_chunk(p);
        for (size_t i = 0; chunk == 0 && i < n_std; i++)
            std[i].scale = (mts_real)(1 / deviation(p));
        busy = false;
        for (size_t i = 0; i < p->set.n_decoders; i++)
            if (!mts_probe_decoder_walk(&p->set, &p->set.decoder[i], chunk, MTS_PROBE_CHUNK, p->h,
                                        p->x))
                busy = true;
    }
    for (size_t i = 0; i < n_std; i++)
        mts_probe_decoder_rescale(&p->set, &std[i]);
    return MTS_OK;
}

/* Ridge regression over all classes but `without` (p->classes: over all). */
static mts_status solve(probe *p, size_t without, double *w)
{
    const size_t gram = (p->N + 1) * (p->N + 1), cross = (p->N + 1) * p->D;
    double penalty;
    memset(p->all_gram, 0, gram * sizeof *p->all_gram);
    memset(p->all_cross, 0, cross * sizeof *p->all_cross);
    memset(p->all_square, 0, p->D * sizeof *p->all_square);
    for (size_t c = 0; c < p->classes; c++) {
        if (c == without)
            continue;
        for (size_t i = 0; i < gram; i++)
            p->all_gram[i] += p->gram[c * gram + i];
        for (size_t i = 0; i < cross; i++)
            p->all_cross[i] += p->cross[c * cross + i];
        for (size_t d = 0; d < p->D; d++)
            p->all_square[d] += p->square[c * p->D + d];
    }
    const mts_status st =
        mts_ridge(p->N, p->D, p->all_gram, p->all_cross, p->all_square, w, &penalty);
    if (st != MTS_DIVERGED)
        return st;
    for (size_t i = 0; i < cross; i++) /* the network's states are not finite: no score */
        w[i] = NAN;
    return MTS_OK;
}

/* ---- testing ---- */

/* A decoder under test: weights of sgd or std, or of ols, and the sum of its squared errors. */
typedef struct candidate {
    const mts_real *sgd;
    const double *ols;
    double error;
} candidate;

static void predict_sgd(probe *p, size_t n, candidate *c)
{
    size_t N = p->N, D = p->D;
    p->kernels->pack(N, D, c->sgd, D, p->set.packed);
    p->kernels->affine(
        &(mts_affine){.m = n,
                      .n = D,
                      .term = {{.k = N, .x = p->h, .ldx = N, .packed = p->set.packed}},
                      .init = c->sgd + N * D,
                      .y = p->y,
                      .ldy = D});
    for (size_t i = 0; i < n * D; i++) {
        double error = (double)p->y[i] - (double)p->x[i];
        c->error += error * error;
    }
}

static void predict_ols(probe *p, size_t n, candidate *c)
{
    size_t N = p->N, D = p->D;
    double y[MTS_PROBE_PATTERNS];
    for (size_t i = 0; i < n; i++) {
        memcpy(y, c->ols + N * D, D * sizeof *y);
        for (size_t j = 0; j < N; j++)
            for (size_t d = 0; d < D; d++)
                y[d] += (double)p->h[i * N + j] * c->ols[j * D + d];
        for (size_t d = 0; d < D; d++) {
            double error = y[d] - (double)p->x[i * D + d];
            c->error += error * error;
        }
    }
}

/* Runs one candidate of each kind, or of two splits, over a test set. */
static mts_status test(probe *p, uint32_t number, const mts_region *region, candidate *candidates,
                       size_t n_candidates)
{
    for (size_t first = 0; first < p->spec->test_trials; first += MTS_PROBE_CHUNK) {
        size_t left = p->spec->test_trials - first;
        size_t n = left < MTS_PROBE_CHUNK ? left : MTS_PROBE_CHUNK;
        mts_status st = p->source->draw(p->source->ctx, number, first, n, region, p->h, p->x);
        if (st != MTS_OK)
            return st;
        for (candidate *c = candidates; c < candidates + n_candidates; c++) {
            if (c->sgd)
                predict_sgd(p, n, c);
            else
                predict_ols(p, n, c);
        }
    }
    return MTS_OK;
}

/* ---- scores ---- */

static size_t at(const probe *p, size_t split, size_t fold, size_t fit)
{
    const size_t *n = p->result->extents.n;
    return (split * n[MTS_AXIS_fold] + fold) * n[MTS_AXIS_fit] + fit;
}

static scores scores_of(mts_result *r, size_t kind)
{
    switch (kind) {
    case SGD:
        return (scores){r->score_r2, r->score_r2_within, r->score_mse, r->score_angle};
    case STD:
        return (scores){r->score_std_r2, r->score_std_r2_within, r->score_std_mse,
                        r->score_std_angle};
    default:
        return (scores){r->score_ols_r2, r->score_ols_r2_within, r->score_ols_mse,
                        r->score_ols_angle};
    }
}

static void put_errors(probe *p, size_t i, const candidate c[N_KINDS])
{
    const double elements = (double)(p->spec->test_trials * p->D);
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        const double mse = mts_result_number(c[kind].error / elements);
        p->to[kind].mse[i] = mse;
        p->to[kind].r2[i] = 1 - 12 * mse;        /* variance of U(-1/2, 1/2) */
        p->to[kind].r2_within[i] = 1 - 48 * mse; /* of U(0, 1/2) */
    }
}

/* Median angle over pairs of the columns in p->column; each pair's to pair_angle, if not NULL. */
static double angles(probe *p, double *pair_angle)
{
    size_t n = 0;
    for (size_t a = 0; a < p->D; a++)
        for (size_t b = a + 1; b < p->D; b++)
            p->value[n++] = mts_angle(p->N, p->column + a * p->N, p->column + b * p->N);
    if (pair_angle)
        memcpy(pair_angle, p->value, n * sizeof *pair_angle);
    return mts_quantile(n, p->value, 0.5);
}

/* The angles of the final weights, of the split that excludes the fold's region or not. */
static void put_angles(probe *p, size_t i, bool excludes, size_t fold)
{
    const size_t N = p->N, D = p->D, ols = (excludes ? fold : p->folds) * (N + 1) * D;
    double *pair = p->result->score_pair_angle + i * p->result->extents.n[MTS_AXIS_pair];
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        const mts_decoder *decoder = kind == OLS ? NULL : decoder_of(p, kind, excludes, fold);
        for (size_t d = 0; d < D; d++)
            for (size_t j = 0; j < N; j++)
                p->column[d * N + j] =
                    decoder ? (double)decoder->theta[j * D + d] : p->ols[ols + j * D + d];
        p->to[kind].angle[i] = angles(p, kind == SGD ? pair : NULL);
    }
}

static void copy_score(probe *p, size_t to, size_t from, bool errors)
{
    mts_result *r = p->result;
    const size_t n_pairs = r->extents.n[MTS_AXIS_pair];
    memcpy(r->score_pair_angle + to * n_pairs, r->score_pair_angle + from * n_pairs,
           n_pairs * sizeof *r->score_pair_angle);
    for (scores *s = p->to; s < p->to + N_KINDS; s++) {
        s->angle[to] = s->angle[from];
        if (!errors)
            continue;
        s->mse[to] = s->mse[from];
        s->r2[to] = s->r2[from];
        s->r2_within[to] = s->r2_within[from];
    }
}

/* Scores the decoders of one fold and fit on the three splits. */
static mts_status score(probe *p, size_t fold, size_t fit)
{
    const size_t theta = (p->N + 1) * p->D;
    const size_t id = at(p, MTS_SPLIT_ID, fold, fit), ood = at(p, MTS_SPLIT_OOD, fold, fit);
    const size_t published = at(p, MTS_SPLIT_OOD_PUBLISHED, fold, fit);
    candidate c[2 * N_KINDS] = {0};
    for (size_t kind = 0; kind < OLS; kind++) {
        c[kind].sgd = decoder_of(p, kind, true, fold)->tested;
        c[N_KINDS + kind].sgd = decoder_of(p, kind, false, fold)->tested;
    }
    c[OLS].ols = p->ols + fold * theta;
    c[N_KINDS + OLS].ols = p->ols + p->folds * theta;
    const mts_pattern held_out = decoder_of(p, SGD, true, fold)->held_out;
    mts_status st = test(p, sequence(TEST, fold, fit), &(mts_region){1, &held_out}, c, 2 * N_KINDS);
    if (st != MTS_OK)
        return st;
    put_errors(p, ood, c);
    put_errors(p, id, c + N_KINDS);
    put_angles(p, ood, true, fold);
    put_angles(p, id, false, fold);

    mts_pattern pattern[MTS_PROBE_PATTERNS];
    size_t n_patterns = mts_probe_published(p->spec->folds, p->D, fold, pattern);
    copy_score(p, published, ood, n_patterns == 1);
    if (n_patterns == 1)
        return MTS_OK;
    for (size_t kind = 0; kind < N_KINDS; kind++)
        c[kind].error = 0;
    st = test(p, sequence(TEST_PUBLISHED, fold, fit), &(mts_region){n_patterns, pattern}, c,
              N_KINDS);
    if (st == MTS_OK)
        put_errors(p, published, c);
    return st;
}

static double median(probe *p, const double *column, size_t split)
{
    size_t n = 0;
    for (size_t fold = 0; fold < p->folds; fold++)
        for (size_t fit = 0; fit < p->spec->fits; fit++)
            p->value[n++] = column[at(p, split, fold, fit)];
    return mts_quantile(n, p->value, 0.5);
}

/* ---- the whole ---- */

double mts_probe_draws(const mts_probe_spec *spec, size_t D)
{
    double folds = (double)mts_probe_folds(spec->folds, D), published = 0;
    double held_out =
        spec->folds == MTS_FOLDS_last_two || spec->folds == MTS_FOLDS_orthant ? 1 / folds : 0.5;
    for (size_t fold = 0; fold < (size_t)folds; fold++) {
        mts_pattern pattern[MTS_PROBE_PATTERNS];
        published += mts_probe_published(spec->folds, D, fold, pattern) > 1;
    }
    double chunks = ceil((double)(spec->batches * PROBE_BATCH) / (1 - held_out) / MTS_PROBE_CHUNK);
    return (double)spec->fits *
           (chunks * MTS_PROBE_CHUNK + (folds + published) * (double)spec->test_trials);
}

static void take_all(probe *p, mts_arena *arena)
{
    const size_t N = p->N, D = p->D, order = (N + 1) * (N + 1), theta = (N + 1) * D;
    p->h = mts_take(arena, MTS_PROBE_CHUNK * N, sizeof *p->h);
    p->x = mts_take(arena, MTS_PROBE_CHUNK * D, sizeof *p->x);
    p->class_h = mts_take(arena, MTS_PROBE_CHUNK * N, sizeof *p->class_h);
    p->class_x = mts_take(arena, MTS_PROBE_CHUNK * D, sizeof *p->class_x);
    p->y = mts_take(arena, MTS_PROBE_CHUNK * D, sizeof *p->y);
    p->gram = mts_take(arena, p->classes * order, sizeof *p->gram);
    p->cross = mts_take(arena, p->classes * theta, sizeof *p->cross);
    p->square = mts_take(arena, p->classes * D, sizeof *p->square);
    p->all_square = mts_take(arena, D, sizeof *p->all_square);
    p->all_gram = mts_take(arena, order, sizeof *p->all_gram);
    p->all_cross = mts_take(arena, theta, sizeof *p->all_cross);
    p->ols = mts_take(arena, (p->folds + 1) * theta, sizeof *p->ols);
    p->column = mts_take(arena, D * N, sizeof *p->column);
    p->value = mts_take(arena, values(p->spec, D), sizeof *p->value);
    mts_probe_decoders_take(&p->set, arena);
}

/* All but the arrays, the source and the result. */
static probe probe_of(const mts_probe_spec *spec, const mts_kernels *kernels, size_t N, size_t D)
{
    const size_t folds = mts_probe_folds(spec->folds, D);
    return (probe){.spec = spec,
                   .kernels = kernels,
                   .N = N,
                   .D = D,
                   .folds = folds,
                   .classes = folds + 1,
                   .set = {.kernels = kernels,
                           .N = N,
                           .D = D,
                           .n_decoders = OLS * 2 * folds,
                           .batches = spec->batches,
                           .learning_rate = spec->learning_rate}};
}

size_t mts_probe_memory(const mts_probe_spec *spec, const mts_kernels *kernels, size_t N, size_t D)
{
    probe p = probe_of(spec, kernels, N, D);
    mts_arena arena = {0};
    if (spec->fits == 0)
        return 0;
    take_all(&p, &arena);
    return arena.used + mts_ridge_memory(N, D);
}

/* Trains and scores the decoders of one fit. */
static mts_status probe_fit(probe *p, size_t fit)
{
    const size_t theta = (p->N + 1) * p->D;
    mts_status st = train(p, fit);
    for (size_t fold = 0; st == MTS_OK && fold < p->folds; fold++)
        st = solve(p, fold, p->ols + fold * theta);
    if (st != MTS_OK || (st = solve(p, p->classes, p->ols + p->folds * theta)) != MTS_OK)
        return st;
    for (size_t fold = 0; st == MTS_OK && fold < p->folds; fold++)
        st = score(p, fold, fit);
    return st;
}

static void put_medians(probe *p)
{
    mts_result *r = p->result;
    *r->result_id_r2 = median(p, r->score_r2, MTS_SPLIT_ID);
    *r->result_ood_r2 = median(p, r->score_r2, MTS_SPLIT_OOD);
    *r->result_ood_published_r2 = median(p, r->score_r2, MTS_SPLIT_OOD_PUBLISHED);
    *r->result_id_angle = median(p, r->score_angle, MTS_SPLIT_ID);
    *r->result_ood_angle = median(p, r->score_angle, MTS_SPLIT_OOD);
}

mts_status mts_probe(const mts_probe_spec *spec, const mts_probe_source *source,
                     const mts_kernels *kernels, mts_result *result)
{
    const size_t *n = result->extents.n;
    probe p = probe_of(spec, kernels, source->N, source->D);
    mts_arena arena = {0};
    if (spec->fits == 0)
        return MTS_OK;
    assert(spec->batches > 0 && spec->test_trials > 0 && source->D >= 2);
    assert(source->D <= MTS_PROBE_PATTERNS && n[MTS_AXIS_split] == MTS_N_SPLITS);
    assert(n[MTS_AXIS_fold] >= p.folds && n[MTS_AXIS_fit] >= spec->fits &&
           n[MTS_AXIS_pair] >= pairs(source->D));
    (void)n;
    p.source = source;
    p.result = result;
    for (size_t kind = 0; kind < N_KINDS; kind++)
        p.to[kind] = scores_of(result, kind);
    take_all(&p, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(&p, &arena);
    for (size_t fit = source->fits; st == MTS_OK && fit < spec->fits; fit++) {
        st = probe_fit(&p, fit);
        if (st == MTS_OK && source->fitted)
            source->fitted(source->ctx, fit + 1);
    }
    if (st == MTS_OK)
        put_medians(&p);
    mts_arena_close(&arena);
    return st;
}
