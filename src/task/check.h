/* check.h: what several families need of other fields, for their `check`. */
#ifndef MTSWEEP_TASK_CHECK_H
#define MTSWEEP_TASK_CHECK_H

#include "family.h"

/* D = 2. */
mts_status mts_family_check_latents(const mts_config *config);

/* Boundaries that the family itself knows, without offsets: fields boundaries and offset are left as
 * they are by default, or boundaries names `own` (may be NULL), the kind that they are of. */
mts_status mts_family_check_boundaries(const mts_config *config, const mts_boundary_kind *own);

#endif
