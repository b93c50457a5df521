/* output.h: what one output of a run is to the others: one const table in one file, listed in
 * outputs.c (probe, trace) or in MTS_MEASURES of record.h (the measures). To add a measure is a file,
 * a line there, and a line for each of its columns in MTS_RESULT_COLUMNS. */
#ifndef MTSWEEP_RUN_OUTPUT_H
#define MTSWEEP_RUN_OUTPUT_H

#include "visited.h"

typedef struct mts_output {
    const char *name;
    const size_t *columns; /* that it fills; MTS_COL_none at the end */
    uint32_t trials; /* number of its set of the measures' trials, so that the choice of others
                              changes none of it; MTS_NO_TRIALS if it draws none of these */
    bool visited;    /* needs visited states; others are not handed any */

    /* Raises extents to what it needs, where it is chosen; NULL where the axes of all files do. */
    void (*extents)(const mts_run_shape *shape, mts_extents *extents);

    /* Work, in the unit of mts_run_cost, and bytes that run allocates at most at a time; both without
     * the visited states. */
    double (*cost)(const mts_run_shape *shape);
    double (*memory)(const mts_run_shape *shape);

    /* Fills its columns. MTS_ERR_MEMORY, MTS_STOPPED. What is not finite is stored as the fill
     * value, and no error. */
    mts_status (*run)(mts_frozen *frozen, const mts_visited *visited, mts_result *result);
} mts_output;

#define MTS_NO_TRIALS UINT32_MAX

#define MTS_OUTPUT_EXTERN(name, ...) extern const mts_output mts_output_##name;
MTS_OUTPUT_EXTERN(probe)
MTS_OUTPUT_EXTERN(trace)
MTS_MEASURES(MTS_OUTPUT_EXTERN)

/* All outputs that the config chooses (outputs.c). */
mts_status mts_run_outputs(mts_frozen *frozen, mts_result *result);
void mts_run_outputs_extents(const mts_run_shape *shape, mts_extents *extents);
double mts_run_outputs_cost(const mts_run_shape *shape);
double mts_run_outputs_memory(const mts_run_shape *shape); /* at most at a time */

#endif
