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
    const double waiting = config->loss == MTS_LOSS_mse ? 0 : log(2);
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
        u[j] = fmod(0.5 + i * a, 1);
    }
}

/* Trapezoid rule over n in [-7, 7]; for such a smooth integrand it converges exponentially. */
static double expected_cost(const mts_config *config, double u)
{
    const double step = 0.125;
    double sum = 0, mass = 0;
    for (int i = -56; i <= 56; i++) {
        const double n = i * step, density = exp(-0.5 * n * n);
        sum += density * mts_ideal_penalty(config, mts_ideal_normal_cdf(u + n));
        mass += density;
    }
    return sum / mass;
}

static double look_up(const double table[ENTRIES + 1], double u)
{
    const double at = u * PER_UNIT;
    const size_t i = at < ENTRIES - 1 ? (size_t)at : ENTRIES - 1;
    const double part = at - (double)i;
    return part < 1 ? table[i] + part * (table[i + 1] - table[i]) : table[i + 1];
}

void mts_ideal_linear(const mts_boundaries *boundaries, const double *variance,
                      const mts_config *config, double *accuracy, double *at_decision)
{
    const size_t K = boundaries->K, D = boundaries->D;
    const double g = mts_ideal_root(D), labels = (double)POINTS * (double)K;
    double right[ENTRIES + 1], cost[ENTRIES + 1], sum_right = 0, sum_cost = 0;
    *accuracy = 1;
    *at_decision = 0;
    if (!(variance[0] > 0)) /* exact observations, of all latents */
        return;
    for (int i = 0; i <= ENTRIES; i++) {
        right[i] = mts_ideal_normal_cdf((double)i / PER_UNIT);
        cost[i] = expected_cost(config, (double)i / PER_UNIT);
    }
    for (uint32_t i = 0; i < POINTS; i++) {
        double u[MTS_IDEAL_LATENTS];
        mts_ideal_point(D, g, i, u);
        for (size_t k = 0; k < K; k++) {
            const double *c = boundaries->normal + k * D;
            double margin = -boundaries->offset[k], square = 0;
            for (size_t d = 0; d < D; d++) {
                margin += c[d] * (u[d] - 0.5);
                square += c[d] * c[d] * variance[d];
            }
            sum_right += look_up(right, fabs(margin) / sqrt(square));
            sum_cost += look_up(cost, fabs(margin) / sqrt(square));
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
