/* What spans several fields of a config: the rules between them, and the identity. */
#include "mtsweep/record.h"

#include <stdio.h>
#include <string.h>

#define ORTHANT_LATENTS_MAX 6 /* 2^6 folds */

/* Linear boundaries of any kind are for families linear and interleaved; accumulate has the fan. */
static mts_status check_boundaries(const mts_config *config, const char *family)
{
    const bool any =
        config->family == MTS_FAMILY_linear || config->family == MTS_FAMILY_interleaved;
    const bool fan = config->family == MTS_FAMILY_accumulate;
    if (!any && config->boundaries != MTS_BOUNDARIES_auto &&
        !(fan && config->boundaries == MTS_BOUNDARIES_fan))
        return mts_fail(MTS_ERR_SWEEP,
                        "family %s has boundaries of its own; set boundaries to auto", family);
    if (!any && config->offset != 0)
        return mts_fail(MTS_ERR_SWEEP,
                        "family %s has boundaries of its own; set offset to 0, not %.15g", family,
                        config->offset);
    return MTS_OK;
}

/* What a task family needs of other fields. */
static mts_status check_family(const mts_config *config)
{
    const mts_field *field = mts_field_find("family");
    long long tasks = config->tasks;
    char family[MTS_VALUE_TEXT];
    mts_config_text(config, field, family);
    if (config->family != MTS_FAMILY_linear && config->latents != 2)
        return mts_fail(MTS_ERR_SWEEP, "family %s needs latents 2, not %lld", family,
                        (long long)config->latents);
    if (config->family == MTS_FAMILY_multiplicative && tasks != 24 && tasks != 48)
        return mts_fail(MTS_ERR_SWEEP,
                        "family multiplicative needs tasks 24 or 48, for which thresholds are "
                        "known, not %lld",
                        tasks);
    if (config->family == MTS_FAMILY_interleaved && tasks != 48 && tasks != 96)
        return mts_fail(MTS_ERR_SWEEP,
                        "family interleaved needs tasks 48 or 96, half of them linear and half "
                        "multiplicative, not %lld",
                        tasks);
    if (config->family == MTS_FAMILY_context && tasks != 2)
        return mts_fail(MTS_ERR_SWEEP, "family context needs tasks 2, not %lld", tasks);
    return check_boundaries(config, family);
}

mts_status mts_config_check(const mts_config *config)
{
    long long latents = config->latents, sign = config->folds - MTS_FOLDS_sign_1 + 1;
    if (config->dt > config->tau)
        return mts_fail(MTS_ERR_SWEEP,
                        "dt must not be longer than tau, but dt is %.15g ms and tau is %.15g ms; "
                        "lower dt or raise tau",
                        config->dt, config->tau);
    if (config->boundaries == MTS_BOUNDARIES_fan && latents != 2)
        return mts_fail(
            MTS_ERR_SWEEP,
            "boundaries fan needs latents 2, not %lld; set boundaries to auto or random", latents);
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
    if (config->noise_at == MTS_NOISE_AT_encoder && config->probe_sigma >= 0)
        return mts_fail(MTS_ERR_SWEEP,
                        "noise_at encoder has exact observations, to which probe_sigma %.15g does "
                        "not apply; set probe_sigma to -1",
                        config->probe_sigma);
    if (config->rho != 0 && latents != 2)
        return mts_fail(MTS_ERR_SWEEP, "rho needs latents 2, not %lld; set rho to 0", latents);
    if (config->arch == MTS_ARCH_gpt && config->units % config->heads != 0)
        return mts_fail(MTS_ERR_SWEEP,
                        "arch gpt needs units to be a multiple of heads, but units is %lld and "
                        "heads is %lld",
                        (long long)config->units, (long long)config->heads);
    return check_family(config);
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
