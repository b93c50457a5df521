/* linear.c: linear decision boundaries through the origin, y_k = [c_k . x* > 0] [code tasks.py].
 *
 * Fan (D = 2): y_k = [x2 > tan(phi_k) x1], phi_k = (k + 1/2) pi / K. Multiplied by cos(phi_k),
 * whose sign turns the inequality, and without the tangent, which has no value at 90 degrees:
 *
 *     phi < 90:  c = (-sin phi, cos phi)
 *     phi = 90:  c = (-1, 0): y = [x1 < 0], the limit from below, which is what floating-point
 *                tan(pi / 2) = 1.6e16 gives the authors
 *     phi > 90:  c = (sin phi, -cos phi)
 *
 * Random: c_k = normalised normal draw, numbers 0 .. D-1 of item k of the stream MTS_FOR_NORMALS.
 */
#include <math.h>
#include <string.h>

#include "family.h"
#include "ideal.h"

typedef struct linear {
    size_t K, D;
    double *normal; /* [K][D] */
    double *offset; /* [K] */
} linear;

static mts_timing timing(const mts_config *config)
{
    return (mts_timing){.T = (size_t)mts_config_steps(config),
                        .stimulus_first = (size_t)config->fixation,
                        .stimulus = (size_t)config->stimulus,
                        .decision_first =
                            (size_t)(config->fixation + config->stimulus + config->delay),
                        .channels = 1};
}

static void fan(linear *self)
{
    const double pi = 3.14159265358979323846;
    const size_t K = self->K;

    for (size_t k = 0; k < K; k++) {
        const double phi = ((double)k + 0.5) * pi / (double)K;
        const double side = 2 * k + 1 > K ? -1 : 1;
        const bool vertical = 2 * k + 1 == K;

        self->normal[2 * k] = vertical ? -1 : -side * sin(phi);
        self->normal[2 * k + 1] = vertical ? 0 : side * cos(phi);
    }
}

static mts_status random_normals(linear *self, uint64_t identity, const mts_kernels *kernels)
{
    const mts_stream stream = {identity, MTS_FOR_NORMALS};
    const size_t K = self->K, D = self->D;
    mts_real *draw = mts_alloc(D * K, sizeof *draw); /* [D][K] */

    if (!draw)
        return MTS_ERR_MEMORY;
    kernels->normal(stream, 0, K, D, draw);
    for (size_t k = 0; k < K; k++) {
        double square = 0;

        for (size_t d = 0; d < D; d++)
            square += (double)draw[d * K + k] * (double)draw[d * K + k];
        for (size_t d = 0; d < D; d++)
            self->normal[k * D + d] = (double)draw[d * K + k] / sqrt(square);
    }
    mts_free(draw);
    return MTS_OK;
}

static void destroy(void *state)
{
    linear *self = state;

    if (!self)
        return;
    mts_free(self->normal);
    mts_free(self->offset);
    mts_free(self);
}

static mts_status create(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                         void **state)
{
    mts_status st = MTS_ERR_MEMORY;
    linear *self = mts_alloc(1, sizeof *self);

    *state = NULL;
    if (!self)
        return MTS_ERR_MEMORY;
    self->K = (size_t)config->tasks;
    self->D = (size_t)config->latents;
    self->normal = mts_alloc(self->K * self->D, sizeof(double));
    self->offset = mts_alloc(self->K, sizeof(double));
    if (!self->normal || !self->offset)
        goto fail;
    if (config->boundaries == MTS_BOUNDARIES_FAN ||
        (config->boundaries == MTS_BOUNDARIES_AUTO && self->D == 2)) {
        fan(self);
    } else {
        st = random_normals(self, identity, kernels);
        if (st != MTS_OK)
            goto fail;
    }
    *state = self;
    return MTS_OK;

fail:
    destroy(self);
    return st;
}

static void boundaries(const void *state, double *normals, double *offsets)
{
    const linear *self = state;

    if (normals)
        memcpy(normals, self->normal, self->K * self->D * sizeof *normals);
    if (offsets)
        memcpy(offsets, self->offset, self->K * sizeof *offsets);
}

static void ideal(const void *state, const mts_config *config, double *accuracy, double *loss)
{
    const linear *self = state;
    const mts_timing when = timing(config);
    const double decision = (double)(when.T - when.decision_first) / (double)when.T;
    double at_decision;

    mts_ideal_linear(self->K, self->D, self->normal, self->offset,
                     config->sigma / sqrt((double)when.stimulus), accuracy, &at_decision);
    *loss = decision * at_decision + (1 - decision) * log(2);
}

static void prepare(const void *state, const mts_config *config, mts_batch *batch)
{
    const size_t decision = timing(config).decision_first, B = batch->B;

    (void)state;
    for (size_t t = 0; t < batch->T; t++)
        for (size_t b = 0; b < B; b++)
            batch->channel[t * B + b] = t < decision ? 1 : 0;
    for (size_t i = 0; i < decision * B * batch->K; i++)
        batch->target[i] = (mts_real)0.5;
}

/* The sums are in double, so that the labels are those of the stored latents and normals. */
static void target(const void *state, const mts_config *config, mts_batch *batch)
{
    const linear *self = state;
    const size_t decision = timing(config).decision_first;
    const size_t B = batch->B, D = self->D, K = self->K;
    mts_real *y = batch->target + decision * B * K;

    for (size_t b = 0; b < B; b++) {
        const mts_real *x = batch->latent + b * D;

        for (size_t k = 0; k < K; k++) {
            const double *c = self->normal + k * D;
            double sum = 0;

            for (size_t d = 0; d < D; d++)
                sum += c[d] * (double)x[d];
            y[b * K + k] = sum > self->offset[k] ? 1 : 0;
        }
    }
    for (size_t t = decision + 1; t < batch->T; t++)
        memcpy(batch->target + t * B * K, y, B * K * sizeof *y);
}

const mts_family mts_family_linear = {"linear",   timing, create,  destroy,
                                      boundaries, ideal,  prepare, target};
