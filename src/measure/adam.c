/* adam.c: the authors' way [code analyze.py]: Adam on the mean over units and starts of (F(h) - h)^2,
 * whose gradient is 2 / (n N) (F'(h)' g - g) with g = F(h) - h. */
#include "method.h"

static const double learning_rate = 0.01;

enum { LOOK = 100 }; /* steps between two looks at the speeds */

/* FLOP of a step: three products, and what is done for each number. */
static double step_cost(size_t n, size_t N)
{
    double units = (double)n * (double)N;
    return units * (6 * (double)N + 60);
}

/* Whether all starts have the speed. */
static bool all_slow(size_t n, size_t N, double speed, const mts_real *g)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++)
            sum += (double)g[i * N + j] * (double)g[i * N + j];
        if (!(sum <= speed * speed * (double)N))
            return false;
    }
    return true;
}

static mts_status search(const mts_measure_map *map, const mts_kernels *kernels, size_t steps,
                         double speed, size_t n, double *h)
{
    const size_t N = map->N, size = n * N;
    const mts_real scale = (mts_real)(2 / (double)size);
    mts_real *block = mts_alloc(5 * size, sizeof *block);
    mts_status st = MTS_OK;
    if (!block)
        return MTS_ERR_MEMORY;
    mts_real *at = block, *g = at + size, *gradient = g + size, *m = gradient + size, *v = m + size;
    mts_adam_state state = MTS_ADAM_START;
    for (size_t i = 0; i < size; i++)
        at[i] = (mts_real)h[i];
    for (size_t step = 0; st == MTS_OK && step < steps; step++) {
        map->step(map->ctx, n, at, g);
        kernels->blend(size, -1, at, 1, g, g);
        if (step % LOOK == 0 && all_slow(n, N, speed, g)) {
            st = mts_measure_advance(map, (double)(steps - step) * step_cost(n, N));
            break;
        }
        map->step_back(map->ctx, n, at, g, gradient);
        kernels->blend(size, scale, gradient, -scale, g, gradient);
        const mts_adam_step adam = mts_adam_next(&state, learning_rate);
        kernels->adam(size, &adam, at, gradient, m, v);
        st = mts_measure_advance(map, step_cost(n, N));
    }
    for (size_t i = 0; i < size; i++)
        h[i] = (double)at[i];
    mts_free(block);
    return st;
}

static double cost(size_t steps, size_t n, size_t N)
{
    return (double)steps * step_cost(n, N);
}

const mts_measure_method mts_measure_adam = {"adam", 10000, search, cost};
