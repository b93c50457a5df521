/* siblings.h: rows that are looks at one network. */
#ifndef MTSWEEP_APP_SIBLINGS_H
#define MTSWEEP_APP_SIBLINGS_H

#include "app.h"

/* The runs of a grid by identity, then number; none where no axis is a MTS_OUTPUT field, as then no
 * two are of one network. MTS_ERR_MEMORY. Goes with mts_app_keys_free. */
mts_status mts_app_siblings_create(const mts_grid *grid, mts_app_keys *siblings);

/* Where the runs of this network begin in the list. */
size_t mts_app_siblings_find(const mts_app_keys *siblings, const mts_config *config);

/* Whether a run is the one for which its network is trained: the first of its siblings. */
bool mts_app_siblings_leads(const mts_app_keys *siblings, size_t run, const mts_config *config);

/* Reads the finished row of another run of the same network into `row`; *found: there is one. Not
 * collective. MTS_ERR_IO. */
mts_status mts_app_siblings_trained(const mts_app_keys *siblings, mts_store *store, size_t run,
                                    const mts_config *config, mts_result *row, bool *found);

#endif
