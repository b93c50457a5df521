/* What spans several fields of a config: the rules between them, and the identity. */
#include "mtsweep/record.h"

#include <stdio.h>
#include <string.h>

#define ORTHANT_LATENTS_MAX 6 /* 2^6 folds */

mts_status mts_config_check(const mts_config *config)
{
    long long latents = config->latents, sign = config->folds - MTS_FOLDS_sign_1 + 1;
    if (config->dt > config->tau)
        return mts_fail(MTS_ERR_SWEEP,
                        "dt must not be longer than tau, but dt is %.15g ms and tau is %.15g ms; "
                        "lower dt or raise tau",
                        config->dt, config->tau);
    if (config->folds == MTS_FOLDS_orthant && latents > ORTHANT_LATENTS_MAX)
        return mts_fail(
            MTS_ERR_SWEEP,
            "folds orthant needs latents of at most %d, not %lld; set folds to last_two",
            ORTHANT_LATENTS_MAX, latents);
    if (sign > latents)
        return mts_fail(
            MTS_ERR_SWEEP,
            "folds sign_%lld needs latents of at least %lld, not %lld; raise latents or "
            "set folds to sign_%lld",
            sign, sign, latents, latents);
    if (config->probe_sigma < 0 && config->probe_sigma != -1)
        return mts_fail(MTS_ERR_SWEEP,
                        "probe_sigma must be at least 0, or -1 for the sigma of the training, not "
                        "%.15g",
                        config->probe_sigma);
    if (config->fixed_point_speed < 0 && config->fixed_point_speed != -1)
        return mts_fail(MTS_ERR_SWEEP,
                        "fixed_point_speed must be at least 0, or -1 for no threshold, not %.15g",
                        config->fixed_point_speed);
    if (config->noise_at == MTS_NOISE_AT_encoder && config->probe_sigma >= 0)
        return mts_fail(MTS_ERR_SWEEP,
                        "noise_at encoder has exact observations, to which probe_sigma %.15g does "
                        "not apply; set probe_sigma to -1",
                        config->probe_sigma);
    if (config->rho != 0 && latents != 2)
        return mts_fail(MTS_ERR_SWEEP, "rho needs latents 2, not %lld; set rho to 0", latents);
    return MTS_OK;
}

uint64_t mts_field_hash(const mts_config *config, const mts_field *field)
{
    char value[MTS_VALUE_TEXT], text[64 + MTS_VALUE_TEXT];
    if (field->flags & MTS_EXECUTION || mts_config_value(config, field) == field->initial)
        return 0;
    mts_config_text(config, field, value);
    snprintf(text, sizeof text, "%s=%s", field->name, value);
    return mts_hash(0, text, strlen(text));
}

/* Of the fields that have none of the flags. */
static uint64_t hash_without(const mts_config *config, unsigned flags)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < mts_n_fields; i++)
        if (!(mts_fields[i].flags & flags))
            sum += mts_field_hash(config, &mts_fields[i]);
    return mts_hash_number(sum);
}

uint64_t mts_config_identity(const mts_config *config)
{
    return hash_without(config, MTS_EXECUTION | MTS_OUTPUT);
}

uint64_t mts_config_key(const mts_config *config)
{
    return hash_without(config, MTS_EXECUTION);
}
