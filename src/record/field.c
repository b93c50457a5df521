/* The table of config fields, and one field's value to and from text. */
#include "mtsweep/record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT_ROW(field_, initial_, least_, most_, unit_, flags_, doc_)                              \
    {#field_, MTS_INT, initial_, least_, most_,                                                    \
     unit_,   NULL,    flags_,   doc_,   offsetof(mts_config, field_)},
#define REAL_ROW(field_, initial_, least_, most_, unit_, flags_, doc_)                             \
    {#field_, MTS_REAL, initial_, least_, most_,                                                   \
     unit_,   NULL,     flags_,   doc_,   offsetof(mts_config, field_)},
#define CHOICE_ROW(field_, initial_, choices_, flags_, doc_)                                       \
    {#field_, MTS_CHOICE,          initial_, 0,    0,                                              \
     "1",     MTS_NAMES(choices_), flags_,   doc_, offsetof(mts_config, field_)},

const mts_field mts_fields[] = {MTS_CONFIG_FIELDS(INT_ROW, REAL_ROW, CHOICE_ROW)};
const size_t mts_n_fields = sizeof mts_fields / sizeof *mts_fields;

#define NAME(field_, ...) #field_,
static const char *const names[] = {MTS_CONFIG_FIELDS(NAME, NAME, NAME) NULL};

#define INTEGER_DOUBLES 9007199254740992.0 /* 2^53: whole numbers up to here are exact */

const mts_field *mts_field_find(const char *name)
{
    for (size_t i = 0; i < mts_n_fields; i++)
        if (strcmp(mts_fields[i].name, name) == 0)
            return &mts_fields[i];
    return NULL;
}

const char *mts_field_nearest(const char *name)
{
    return mts_nearest(name, names);
}

void mts_config_default(mts_config *config)
{
    for (size_t i = 0; i < mts_n_fields; i++)
        mts_config_put(config, &mts_fields[i], mts_fields[i].initial);
}

/* The member is int64_t or double; both are copied as bytes, so that no pointer is cast. */
void mts_config_put(mts_config *config, const mts_field *field, double value)
{
    char *member = (char *)config + field->offset;
    int64_t whole = (int64_t)value;
    if (field->type == MTS_REAL)
        memcpy(member, &value, sizeof value);
    else
        memcpy(member, &whole, sizeof whole);
}

double mts_config_value(const mts_config *config, const mts_field *field)
{
    const char *member = (const char *)config + field->offset;
    double value;
    int64_t whole;
    if (field->type == MTS_REAL) {
        memcpy(&value, member, sizeof value);
        return value;
    }
    memcpy(&whole, member, sizeof whole);
    return (double)whole;
}

static const char *skip_digits(const char *s)
{
    while (*s >= '0' && *s <= '9')
        s++;
    return s;
}

/* Whether text is [+-] digits [. digits] [e [+-] digits], with a digit before or after the point:
 * what strtod takes less blanks, hexadecimal, nan and inf. */
static bool is_decimal(const char *text)
{
    const char *s = text + (*text == '+' || *text == '-');
    const char *end = skip_digits(s);
    size_t digits = (size_t)(end - s);
    if (*end == '.') {
        s = end + 1;
        end = skip_digits(s);
        digits += (size_t)(end - s);
    }
    if (digits == 0)
        return false;
    if (*end == 'e' || *end == 'E') {
        s = end + 1;
        s += *s == '+' || *s == '-';
        end = skip_digits(s);
        if (end == s)
            return false;
    }
    return *end == '\0';
}

/* The locale is "C": the program never sets another, so the decimal point is a point. */
static bool parse_number(const char *text, bool whole, double *value)
{
    if (!is_decimal(text))
        return false;
    errno = 0;
    double v = strtod(text, NULL);
    if (errno == ERANGE || (whole && (v != floor(v) || fabs(v) > INTEGER_DOUBLES)))
        return false;
    *value = v + 0.0; /* -0 becomes 0: one value, one text, one identity */
    return true;
}

/* What other YAML calls yes and no. */
static const char *truth(const mts_field *field, const char *text)
{
    static const char *const words[2][4] = {{"false", "False", "off", "0"},
                                            {"true", "True", "on", "1"}};
    if (mts_choice_count(field) != 2 || strcmp(field->choices[MTS_YES], "yes") != 0)
        return NULL;
    for (size_t i = 0; i < 8; i++)
        if (strcmp(words[i / 4][i % 4], text) == 0)
            return field->choices[i / 4];
    return NULL;
}

static mts_status refuse_choice(const mts_field *field, const char *text)
{
    char list[MTS_MESSAGE_MAX / 2] = "", given[MTS_EXCERPT_TEXT];
    const size_t n = mts_choice_count(field);
    size_t length = 0;
    for (size_t i = 0; i < n && length < sizeof list - MTS_VALUE_TEXT; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "",
                                   field->choices[i]);
    const char *nearest = truth(field, text);
    const char *verb = n == 1 ? "" : "one of ";
    mts_excerpt(text, given);
    if (!nearest)
        nearest = mts_nearest(text, field->choices);
    if (nearest)
        return mts_fail(MTS_ERR_SWEEP, "%s must be %s%s, not '%s'; did you mean '%s'?", field->name,
                        verb, list, given, nearest);
    return mts_fail(MTS_ERR_SWEEP, "%s must be %s%s, not '%s'", field->name, verb, list, given);
}

mts_status mts_config_set(mts_config *config, const mts_field *field, const char *text)
{
    if (field->type == MTS_CHOICE) {
        for (size_t i = 0; field->choices[i]; i++)
            if (strcmp(field->choices[i], text) == 0) {
                mts_config_put(config, field, (double)i);
                return MTS_OK;
            }
        return refuse_choice(field, text);
    }
    bool whole = field->type == MTS_INT;
    double value = 0;
    if (parse_number(text, whole, &value) && value >= field->least && value <= field->most) {
        mts_config_put(config, field, value);
        return MTS_OK;
    }
    char given[MTS_EXCERPT_TEXT];
    bool unit = !whole && strcmp(field->unit, "1") != 0;
    return mts_fail(MTS_ERR_SWEEP, "%s must be a %s from %.15g to %.15g%s%s, not '%s'", field->name,
                    whole ? "whole number" : "number", field->least, field->most, unit ? " " : "",
                    unit ? field->unit : "", mts_excerpt(text, given));
}

void mts_config_text(const mts_config *config, const mts_field *field, char text[MTS_VALUE_TEXT])
{
    mts_field_text(field, mts_config_value(config, field), text);
}

void mts_field_text(const mts_field *field, double value, char text[MTS_VALUE_TEXT])
{
    const char *name = field->type == MTS_CHOICE ? mts_choice_name(field, (int64_t)value) : "";
    if (*name) {
        snprintf(text, MTS_VALUE_TEXT, "%s", name);
    } else if (field->type != MTS_REAL) { /* also a choice that only a newer program knows */
        snprintf(text, MTS_VALUE_TEXT, "%lld", (long long)value);
    } else if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(text, MTS_VALUE_TEXT, "%.0f", value); /* 100, where %g would write 1e+02 */
    } else {
        for (int digits = 1; digits <= 17; digits++) { /* 17 digits always read back */
            snprintf(text, MTS_VALUE_TEXT, "%.*g", digits, value);
            if (strtod(text, NULL) == value)
                break;
        }
    }
}

size_t mts_choice_count(const mts_field *field)
{
    size_t n = 0;
    while (field->choices && field->choices[n])
        n++;
    return n;
}

const char *mts_choice_name(const mts_field *field, int64_t number)
{
    bool known = number >= 0 && (size_t)number < mts_choice_count(field);
    return known ? field->choices[number] : "";
}
