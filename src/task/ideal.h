/* ideal.h: the ideal observer of linear boundaries. */
#ifndef MTSWEEP_TASK_IDEAL_H
#define MTSWEEP_TASK_IDEAL_H

#include <stddef.h>

/* Accuracy and cross-entropy at the decision of an observer who knows the K boundaries y = [c . x >
 * b] (unit normals c[K][D], offsets b[K]) and has one look at x* ~ U[-1/2, 1/2]^D through normal
 * noise of standard deviation `deviation` per latent; means over tasks. */
void mts_ideal_linear(size_t K, size_t D, const double *normal, const double *offset,
                      double deviation, double *accuracy, double *loss);

#endif
