/* ideal.c: what an ideal observer reaches [calc]: linear boundaries, and what all families share.
 *
 * The look has variance v_d for latent d, so across boundary k its deviation is s = sqrt(sum of
 * c_d^2 v_d). The posterior across the boundary is normal about the seen margin m = c . x - b + s n,
 * so p_k = Phi(m / s). With the true margin's distance u = |c . x* - b| / s the two expectations
 * over the noise n are functions of u alone:
 *
 *     right(u) = P(the sign of the seen margin is right) = Phi(u)
 *     cost(u)  = E[penalty(Phi(u + n))]
 *
 * They are tabulated once; what is left is a mean over the cube, taken at the points of an additive
 * recurrence: no draws, and an error below 0.001.
 */
#include "ideal.h"
#include "fixed.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

enum {
    POINTS = 1 << 14,
    PER_UNIT = 32,         /* table entries per unit of u */
    ENTRIES = 9 * PER_UNIT /* beyond u = 9 both functions have reached their limits, 1 and 0 */
};

double mts_ideal_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

double mts_ideal_penalty(const mts_config *config, double p)
{
    switch (config->loss) {
    case MTS_LOSS_mse:
    case MTS_LOSS_mse_linear:
        return 4 * (1 - p) * (1 - p);
    case MTS_LOSS_cross_entropy:
        return -log(p);
    default:
        return NAN;
    }
}

double mts_ideal_loss(const mts_config *config, double at_decision)
{
    const mts_timing timing = mts_fixed_timing(config);
    const mts_mask *mask = mts_mask_at(config->mask);
    const double waiting = config->loss == MTS_LOSS_cross_entropy ? log(2) : 0;
    double sum = 0;
    for (size_t t = 0; t < timing.T; t++)
        sum += mask->mean(&timing, t) * (t < timing.decision_first ? waiting : at_decision);
    return sum / (double)timing.T;
}

/* With exact observations and noise behind the encoder, what is seen is an observation only where
 * there is no encoder. */
bool mts_ideal_variance(const mts_config *config, size_t S, double variance[MTS_IDEAL_LATENTS])
{
    const size_t D = (size_t)config->latents;
    const bool behind = config->noise_at == MTS_NOISE_AT_encoder;
    assert(D <= MTS_IDEAL_LATENTS);
    for (size_t d = 0; d < D; d++)
        variance[d] = behind ? config->encoder_noise * config->encoder_noise / (double)S
                             : mts_noise_at(config->noise)->variance(config, S, d);
    return !behind || config->encoder == MTS_ENCODER_none;
}

/* Of a latent x ~ U(-1/2, 1/2) that is seen as m = x + s n, with the posterior's mean M(m) and the
 * density f(m) of what is seen
 *
 *     r2 = 12 E[M^2],   f = Phi(b) - Phi(a),   f M = m f + s (phi(a) - phi(b)),
 *     a = (-1/2 - m) / s,   b = (1/2 - m) / s.
 *
 * Where m is 9 deviations inside, M = m and f = 1; the rest is the trapezoid rule, both ends being
 * mirror images. */
double mts_ideal_bayes_r2(double variance)
{
    enum { PER_DEVIATION = 16, REACH = 9 };
    const double s = sqrt(variance), inner = fmax(0.5 - REACH * s, 0);
    const double span = 0.5 + REACH * s - inner;
    const size_t n = (size_t)ceil(span / s * PER_DEVIATION);
    double sum = 0;
    if (!(variance > 0))
        return 1;
    for (size_t i = 0; i <= n; i++) {
        const double m = inner + span * (double)i / (double)n;
        const double a = (-0.5 - m) / s, b = (0.5 - m) / s;
        const double f = mts_ideal_normal_cdf(b) - mts_ideal_normal_cdf(a);
        const double slope = 0.39894228040143267794 * (exp(-0.5 * a * a) - exp(-0.5 * b * b));
        const double first = m * f + s * slope;
        if (f > 0)
            sum += first * first / f * (i == 0 || i == n ? 0.5 : 1);
    }
    return 24 * (inner * inner * inner / 3 + sum * span / (double)n);
}

double mts_ideal_root(size_t n)
{
    double g = 1.5;
    for (int i = 0; i < 60; i++) /* a contraction: g <- (g + 1)^(1 / (n + 1)) */
        g = pow(g + 1, 1 / ((double)n + 1));
    return g;
}

void mts_ideal_point(size_t n, double g, uint32_t i, double *u)
{
    double a = 1;
    for (size_t j = 0; j < n; j++) {
        a /= g;
        u[j] = 0.5 + i * a;
        u[j] -= (double)(uint64_t)u[j]; /* exact, as fmod is, which takes ten times as long */
    }
}

/* right(u) and cost(u) at u = i / PER_UNIT. */
typedef struct tables {
    double right[ENTRIES + 1], cost[ENTRIES + 1];
} tables;

/* The cost by the trapezoid rule over n in [-7, 7]; for such a smooth integrand it converges
 * exponentially. */
static void tabulate(const mts_config *config, tables *table)
{
    enum { HALF = 56 };
    const double step = 0.125;
    double density[2 * HALF + 1], mass = 0;
    for (int i = -HALF; i <= HALF; i++) {
        const double n = i * step;
        density[HALF + i] = exp(-0.5 * n * n);
        mass += density[HALF + i];
    }
    for (int e = 0; e <= ENTRIES; e++) {
        const double u = (double)e / PER_UNIT;
        double sum = 0;
        for (int i = -HALF; i <= HALF; i++)
            sum +=
                density[HALF + i] * mts_ideal_penalty(config, mts_ideal_normal_cdf(u + i * step));
        table->right[e] = mts_ideal_normal_cdf(u);
        table->cost[e] = sum / mass;
    }
}

static double between(const double *entry, double part)
{
    return part < 1 ? entry[0] + part * (entry[1] - entry[0]) : entry[1];
}

/* Deviation of a look across boundary k. */
static double deviation(const mts_boundaries *boundaries, const double *variance, size_t k)
{
    const double *c = boundaries->normal + k * boundaries->D;
    double square = 0;
    for (size_t d = 0; d < boundaries->D; d++)
        square += c[d] * c[d] * variance[d];
    return sqrt(square);
}

void mts_ideal_linear(const mts_boundaries *boundaries, const double *variance,
                      const mts_config *config, double *accuracy, double *at_decision)
{
    enum { KEPT = 256 }; /* deviations; those of further boundaries are worked out at each point */
    const size_t K = boundaries->K, D = boundaries->D;
    const double g = mts_ideal_root(D), labels = (double)POINTS * (double)K;
    double kept[KEPT], sum_right = 0, sum_cost = 0;
    tables table;
    *accuracy = 1;
    *at_decision = 0;
    if (!(variance[0] > 0)) /* exact observations, of all latents */
        return;
    tabulate(config, &table);
    for (size_t k = 0; k < K && k < KEPT; k++)
        kept[k] = deviation(boundaries, variance, k);
    for (uint32_t i = 0; i < POINTS; i++) {
        const double *c = boundaries->normal;
        double x[MTS_IDEAL_LATENTS];
        mts_ideal_point(D, g, i, x);
        for (size_t d = 0; d < D; d++)
            x[d] -= 0.5;
        for (size_t k = 0; k < K; k++, c += D) {
            double margin = -boundaries->offset[k];
            for (size_t d = 0; d < D; d++)
                margin += c[d] * x[d];
            const double s = k < KEPT ? kept[k] : deviation(boundaries, variance, k);
            const double at = fabs(margin) / s * PER_UNIT;
            const size_t e = at < ENTRIES - 1 ? (size_t)at : ENTRIES - 1;
            const double part = at - (double)e;
            sum_right += between(table.right + e, part);
            sum_cost += between(table.cost + e, part);
        }
    }
    *accuracy = sum_right / labels;
    *at_decision = sum_cost / labels;
}

void mts_ideal_boundaries(const void *boundaries, const mts_config *config, const double *variance,
                          double *accuracy, double *loss)
{
    double at_decision;
    mts_ideal_linear(boundaries, variance, config, accuracy, &at_decision);
    *loss = mts_ideal_loss(config, at_decision);
}
