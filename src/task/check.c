/* check.c: rules that several families share. */
#include "check.h"

static const char *name_of(const mts_config *config)
{
    return mts_choice_name(mts_field_find("family"), config->family);
}

mts_status mts_family_check_latents(const mts_config *config)
{
    if (config->latents != 2)
        return mts_fail(MTS_ERR_SWEEP, "family %s needs latents 2, not %lld", name_of(config),
                        (long long)config->latents);
    return MTS_OK;
}

mts_status mts_family_check_boundaries(const mts_config *config, const mts_boundary_kind *own)
{
    const mts_boundary_kind *kind = mts_boundary_at(config->boundaries);
    if (kind != &mts_boundary_auto && kind != own)
        return mts_fail(MTS_ERR_SWEEP,
                        "family %s has boundaries of its own; set boundaries to auto",
                        name_of(config));
    if (config->offset != 0)
        return mts_fail(MTS_ERR_SWEEP,
                        "family %s has boundaries of its own; set offset to 0, not %.15g",
                        name_of(config), config->offset);
    return MTS_OK;
}
