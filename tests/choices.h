/* choices.h: messages that name all choices of a field, without a copy of the list. */
#ifndef MTSWEEP_TESTS_CHOICES_H
#define MTSWEEP_TESTS_CHOICES_H

#include <stdio.h>
#include <string.h>

#include "mtsweep/record.h"

#define MESSAGE_WITH_CHOICES 1024

/* `message` with "{field}" replaced by the field's choices, "rnn, lstm"; {measure}: by all measures. */
static inline const char *with_choices(const char *message, char out[MESSAGE_WITH_CHOICES])
{
    const char *open = strchr(message, '{'), *close = open ? strchr(open, '}') : NULL;
#define MEASURE(name, ...) #name,
    static const char *const measures[] = {MTS_MEASURES(MEASURE) NULL};
#undef MEASURE
    const mts_field *field = NULL;
    const char *const *choices = NULL;
    char name[64];
    size_t length;
    if (close) {
        snprintf(name, sizeof name, "%.*s", (int)(close - open - 1), open + 1);
        field = mts_field_find(name);
        choices = field ? field->choices : strcmp(name, "measure") == 0 ? measures : NULL;
    }
    if (!choices)
        return message;
    length = (size_t)snprintf(out, MESSAGE_WITH_CHOICES, "%.*s", (int)(open - message), message);
    for (size_t i = 0; choices[i]; i++)
        length += (size_t)snprintf(out + length, MESSAGE_WITH_CHOICES - length, "%s%s",
                                   i > 0 ? ", " : "", choices[i]);
    snprintf(out + length, MESSAGE_WITH_CHOICES - length, "%s", close + 1);
    return out;
}

#endif
