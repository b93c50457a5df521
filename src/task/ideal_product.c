/* ideal_product.c: what an ideal observer of the multiplicative tasks reaches [calc].
 *
 * The observer sees m = x* + s n (s_d^2 the variance of the look) and knows that latents are
 * uniform in the square, so the posterior is the product of two normals cut to [-1/2, 1/2], and
 *
 *     P(x1 > 0, x2 > 0, x1 x2 > h | m) = 1/Z integral over x1 from 2 h to 1/2 of
 *         phi((x1 - m1) / s1) / s1  [Phi((1/2 - m2) / s2) - Phi((h / x1 - m2) / s2)]
 *
 * by Gauss and Legendre's rule over the part of that range where the integrand is not nothing. As
 * the observer is calibrated, the expectations over x* and n are those of max(p, 1 - p) and of
 * p penalty(p) + (1 - p) penalty(1 - p) over m: a mean over points that cover x* and n evenly, no
 * draws, and an error below 0.001.
 */
#include "ideal.h"

#include <math.h>

enum { POINTS = 1 << 12, NODES = 8, PIECES = 3 };

/* Nodes and weights on [-1, 1], the positive half. */
static const double node[NODES / 2] = {0.18343464249564980494, 0.52553240991632898582,
                                       0.79666647741362673959, 0.96028985649753623168};
static const double share[NODES / 2] = {0.36268378337836198297, 0.31370664587788728734,
                                        0.22238103445337447054, 0.10122853629037625915};

static const double reach = 7; /* deviations beyond which a normal is nothing */

typedef struct look {
    double m[2], s[2];
} look;

static double density(const look *seen, double h, double x1)
{
    const double z = (x1 - seen->m[0]) / seen->s[0];
    const double low = (h / x1 - seen->m[1]) / seen->s[1];
    const double high = (0.5 - seen->m[1]) / seen->s[1];
    return exp(-0.5 * z * z) * 0.39894228040143267794 / seen->s[0] *
           (mts_ideal_normal_cdf(high) - mts_ideal_normal_cdf(low));
}

/* Posterior probability that the label is 1. */
static double probability(const look *seen, double h)
{
    const double low = fmax(2 * h, seen->m[0] - reach * seen->s[0]);
    const double high = fmin(0.5, seen->m[0] + reach * seen->s[0]);
    const double half = (high - low) / (2 * PIECES);
    double sum = 0, mass = 1;
    if (!(half > 0) || seen->m[1] + reach * seen->s[1] < 2 * h)
        return 0;
    for (int piece = 0; piece < PIECES; piece++)
        for (int i = 0; i < NODES / 2; i++) {
            const double middle = low + half * (2 * piece + 1);
            sum += share[i] * (density(seen, h, middle - half * node[i]) +
                               density(seen, h, middle + half * node[i]));
        }
    for (int d = 0; d < 2; d++)
        mass *= mts_ideal_normal_cdf((0.5 - seen->m[d]) / seen->s[d]) -
                mts_ideal_normal_cdf((-0.5 - seen->m[d]) / seen->s[d]);
    return fmin(fmax(sum * half / mass, 0), 1);
}

/* Expected penalty of an answer that is right with probability p; 0 where p is 0. */
static double part(const mts_config *config, double p)
{
    return p > 0 ? p * mts_ideal_penalty(config, p) : 0;
}

void mts_ideal_product(size_t n, const double *threshold, const double *variance,
                       const mts_config *config, double *accuracy, double *at_decision)
{
    const double g = mts_ideal_root(4), pi = 3.14159265358979323846;
    double sum_right = 0, sum_cost = 0;
    *accuracy = 1;
    *at_decision = 0;
    if (!(variance[0] > 0)) /* exact observations, of all latents */
        return;
    for (uint32_t i = 0; i < POINTS; i++) {
        double u[4], radius;
        look seen = {.s = {sqrt(variance[0]), sqrt(variance[1])}};
        mts_ideal_point(4, g, i, u);
        radius = sqrt(-2 * log1p(-u[2]));
        seen.m[0] = u[0] - 0.5 + seen.s[0] * radius * cos(2 * pi * u[3]);
        seen.m[1] = u[1] - 0.5 + seen.s[1] * radius * sin(2 * pi * u[3]);
        for (size_t j = 0; j < n; j++) {
            const double p = probability(&seen, threshold[j]);
            sum_right += fmax(p, 1 - p);
            sum_cost += part(config, p) + part(config, 1 - p);
        }
    }
    *accuracy = sum_right / (POINTS * (double)n);
    *at_decision = sum_cost / (POINTS * (double)n);
}
