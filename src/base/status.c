/* The thread's message, and the log line. */
#include "mtsweep/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Thread_local char message[MTS_MESSAGE_MAX];

/* Shortens `length` so that text[0 .. length - 1] does not end within a UTF-8 character. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return length;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t needs = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    return length - start < needs ? start - 1 : length;
}

/* Formats into text[size] as one line; returns its length. */
__attribute__((format(printf, 3, 0))) static size_t format_line(char *text, size_t size,
                                                                const char *format, va_list args)
{
    int n = vsnprintf(text, size, format, args);
    size_t length = n < 0 ? 0 : (size_t)n;
    if (length >= size)
        length = whole_characters(text, size - 1);
    text[length] = '\0';
    mts_clean(text);
    return strlen(text);
}

mts_status mts_fail(mts_status status, const char *format, ...)
{
    /* The arguments may hold mts_message() itself, so the text is made beside it. */
    char text[MTS_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    size_t length = format_line(text, sizeof text, format, args);
    va_end(args);
    memcpy(message, text, length + 1);
    return status;
}

const char *mts_message(void)
{
    return message;
}

void mts_log(const char *format, ...)
{
    static const char prefix[] = "mtsweep: ";
    char line[sizeof prefix + MTS_MESSAGE_MAX];
    size_t length = sizeof prefix - 1;
    memcpy(line, prefix, length);
    va_list args;
    va_start(args, format);
    length += format_line(line + length, MTS_MESSAGE_MAX, format, args);
    va_end(args);
    line[length++] = '\n';

    /* A log line that cannot be written has nowhere else to go. */
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, length);
    while (written < 0 && errno == EINTR);
}

const char *mts_excerpt(const char *text, char out[MTS_EXCERPT_TEXT])
{
    static const char dots[] = "...";
    size_t length = strnlen(text, MTS_EXCERPT_TEXT);
    if (length < MTS_EXCERPT_TEXT) {
        memcpy(out, text, length + 1);
    } else {
        length = whole_characters(text, MTS_EXCERPT_TEXT - sizeof dots);
        memcpy(out, text, length);
        memcpy(out + length, dots, sizeof dots);
    }
    return out;
}
