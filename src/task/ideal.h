/* ideal.h: what an ideal observer reaches, for families that share it. Observations leave a look
 * with independent normal noise of variance[D] at each trial's latents. */
#ifndef MTSWEEP_TASK_IDEAL_H
#define MTSWEEP_TASK_IDEAL_H

#include "boundaries.h"

enum { MTS_IDEAL_LATENTS = 32 }; /* most latents; a sign pattern has as many bits */

/* Variances that S observations leave, as mts_task_ideal_r2 states them. False where they are not
 * known. */
bool mts_ideal_variance(const mts_config *config, size_t S, double variance[MTS_IDEAL_LATENTS]);

/* Accuracy and loss at the decision, mean over K linear boundaries. */
void mts_ideal_linear(const mts_boundaries *boundaries, const double *variance,
                      const mts_config *config, double *accuracy, double *at_decision);

/* Accuracy and loss, as a family's `ideal`, where its tasks are linear boundaries and all it keeps. */
void mts_ideal_boundaries(const void *boundaries, const mts_config *config, const double *variance,
                          double *accuracy, double *loss);

/* As mts_ideal_linear for the tasks [x1 > 0, x2 > 0, x1 x2 > threshold], thresholds positive, D = 2; those of
 * the other quadrants are their mirror images. */
void mts_ideal_product(size_t n, const double *threshold, const double *variance,
                       const mts_config *config, double *accuracy, double *at_decision);

/* r2 of the mean of the posterior of a latent that is uniform in [-1/2, 1/2]. */
double mts_ideal_bayes_r2(double variance);

/* Mean loss over the steps that count, families of fixed timing. */
double mts_ideal_loss(const mts_config *config, double at_decision);

/* The loss where the answer that is right has probability p: -ln p; mse: the output of least
 * expected square is 2 p - 1, so it is (2 - 2 p)^2. NaN for another loss, of which none is known. */
double mts_ideal_penalty(const mts_config *config, double p);

double mts_ideal_normal_cdf(double z);

/* Point i of an even covering of the unit cube, the additive recurrence frac(1/2 + i a), a_j =
 * g^-(j+1), g the real root of g^(n+1) = g + 1: more even than random points. */
double mts_ideal_root(size_t n);
void mts_ideal_point(size_t n, double g, uint32_t i, double *u);

#endif
