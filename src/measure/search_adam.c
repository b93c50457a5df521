/* search_adam.c: the authors' way [code analyze.py]: Adam on the mean over units and starts of (F(h) - h)^2,
 * whose gradient is 2 / (n N) (F'(h)' g - g) with g = F(h) - h. */
#include "search.h"

static const double learning_rate = 0.01;

enum { LOOK = 100 }; /* steps between two looks at the speeds */

/* All starts' states, F(h) - h, its gradient, and Adam's moments. */
typedef struct starts {
    mts_real *at, *g, *gradient, *m, *v; /* [n][N] */
} starts;

static void take_all(starts *s, size_t size, mts_arena *arena)
{
    mts_real **const arrays[] = {&s->at, &s->g, &s->gradient, &s->m, &s->v};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        *arrays[i] = mts_take(arena, size, sizeof(mts_real));
}

static size_t memory(size_t n, size_t N)
{
    mts_arena arena = {0};
    take_all(&(starts){0}, n * N, &arena);
    return arena.used;
}

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
    mts_adam_state state = MTS_ADAM_START;
    mts_arena arena = {.used = memory(n, N)};
    starts s;
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_all(&s, size, &arena);
    for (size_t i = 0; i < size; i++)
        s.at[i] = (mts_real)h[i];
    for (size_t step = 0; st == MTS_OK && step < steps; step++) {
        map->step(map->ctx, n, s.at, s.g);
        kernels->blend(size, -1, s.at, 1, s.g, s.g);
        if (step % LOOK == 0 && all_slow(n, N, speed, s.g)) {
            st = mts_measure_advance(map, (double)(steps - step) * step_cost(n, N));
            break;
        }
        map->step_back(map->ctx, n, s.at, s.g, s.gradient);
        kernels->blend(size, scale, s.gradient, -scale, s.g, s.gradient);
        const mts_adam_step adam = mts_adam_next(&state, learning_rate);
        kernels->adam(size, &adam, s.at, s.gradient, s.m, s.v);
        st = mts_measure_advance(map, step_cost(n, N));
    }
    for (size_t i = 0; i < size; i++)
        h[i] = (double)s.at[i];
    mts_arena_close(&arena);
    return st;
}

static double cost(size_t steps, size_t n, size_t N)
{
    return (double)steps * step_cost(n, N);
}

const mts_measure_method mts_measure_adam = {10000, search, cost, memory};
