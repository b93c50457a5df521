/* measure_participation.c: participation ratio of the hidden states, in how many directions they vary,
 * between 1 and N: with the eigenvalues v_i of their covariance C,
 *
 *     (sum of v_i)^2 / (sum of v_i^2) = (tr C)^2 / (sum over elements of C_ij^2).
 */
#include "output.h"

#include "mtsweep/num.h"

static double *take_gram(const mts_run_shape *shape, mts_arena *arena)
{
    return mts_take(arena, (shape->N + 1) * (shape->N + 1), sizeof(double));
}

static double memory(const mts_run_shape *shape)
{
    mts_arena arena = {0};
    take_gram(shape, &arena);
    return (double)arena.used;
}

static double cost(const mts_run_shape *shape)
{
    const double N = (double)shape->N, states = (double)mts_run_visited_states(shape);
    return 2 * states * N * N;
}

/* From the sums over m rows (x, 1), as mts_gram_add leaves them. */
static double participation(size_t m, size_t N, const double *gram)
{
    const double *total = gram + N * (N + 1), rows = (double)m;
    double trace = 0, squares = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const double c = (gram[i * (N + 1) + j] - total[i] * total[j] / rows) / rows;
            trace += i == j ? c : 0;
            squares += c * c;
        }
    return trace * trace / squares;
}

static mts_status run(mts_frozen *frozen, const mts_visited *visited, mts_position *at)
{
    mts_result *result = at->result;
    const mts_run_shape *shape = &frozen->trainer->shape;
    const size_t N = shape->N, m = visited->trials * visited->T;
    mts_arena arena = {0};
    take_gram(shape, &arena);
    mts_status st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    double *gram = take_gram(shape, &arena); /* zeroed */
    mts_gram_add(&(mts_gram){.m = m, .n = N, .x = visited->h, .ldx = N, .gram = gram});
    *result->measure_participation = mts_result_number(participation(m, N, gram));
    mts_arena_close(&arena);
    return mts_run_advance(frozen->progress, cost(shape));
}

static const size_t columns[] = {MTS_COL_measure_participation, MTS_COL_none};

const mts_output mts_output_participation = {.name = "participation",
                                             .columns = columns,
                                             .trials = MTS_NO_TRIALS,
                                             .visited = true,
                                             .cost = cost,
                                             .memory = memory,
                                             .run = run};
