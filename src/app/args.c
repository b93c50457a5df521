/* args.c: parses a verb's command line by its tables. */
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const mts_app_option mts_app_help_option = {"help", 'h', NULL, "print this and end", 0};

/* All words, or those outside brackets. */
static size_t count_words(const char *words, bool all)
{
    size_t n = 0;
    for (const char *p = words; *p; p++)
        n += *p != ' ' && (all || *p != '[') && (p == words || p[-1] == ' ');
    return n;
}

static const mts_app_option *find_option(const mts_app_verb *verb, const char *name, size_t length)
{
    for (const mts_app_option *o = verb->options; o->name; o++)
        if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
            return o;
    return length == 4 && strncmp(name, "help", 4) == 0 ? &mts_app_help_option : NULL;
}

static const mts_app_option *find_letter(const mts_app_verb *verb, char letter)
{
    for (const mts_app_option *o = verb->options; o->name; o++)
        if (o->letter == letter)
            return o;
    return letter == 'h' ? &mts_app_help_option : NULL;
}

static mts_status unknown_option(const mts_app_verb *verb, const char *word)
{
    const char *names[MTS_APP_HAVE_MAX + 2], *near;
    char bare[64];
    size_t n = 0;
    for (const mts_app_option *o = verb->options; o->name && n < MTS_APP_HAVE_MAX; o++)
        names[n++] = o->name;
    names[n++] = "help";
    names[n] = NULL;
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    near = strncmp(bare, "--", 2) == 0 ? mts_nearest(bare + 2, names) : NULL;
    if (near)
        return mts_fail(MTS_ERR_USAGE,
                        "unknown option '%s'; did you mean '--%s'? ('mtsweep %s --help' lists all)",
                        bare, near, verb->name);
    return mts_fail(MTS_ERR_USAGE, "unknown option '%s'; 'mtsweep %s --help' lists all", bare,
                    verb->name);
}

static mts_status take_option(mts_app_args *args, const mts_app_option *option, const char *value)
{
    if (option == &mts_app_help_option) {
        args->help = true;
        return MTS_OK;
    }
    if (!(option->flags & MTS_APP_MANY) && mts_app_text(args, option->name))
        return mts_fail(MTS_ERR_USAGE, "--%s is given twice", option->name);
    if (args->n_have == MTS_APP_HAVE_MAX)
        return mts_fail(MTS_ERR_USAGE, "more than %d options", MTS_APP_HAVE_MAX);
    args->have[args->n_have].option = option;
    args->have[args->n_have++].value = value;
    return MTS_OK;
}

/* argv[*i] begins with '-' and is longer than that. */
static mts_status parse_option(mts_app_args *args, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *value = NULL, *next = *i + 1 < argc ? argv[*i + 1] : NULL;
    const mts_app_option *option;
    if (word[1] == '-') {
        const size_t length = strcspn(word + 2, "=");
        option = find_option(args->verb, word + 2, length);
        if (word[2 + length])
            value = word + 2 + length + 1;
    } else {
        option = find_letter(args->verb, word[1]);
        if (word[2])
            value = word + 2;
    }
    if (!option)
        return unknown_option(args->verb, word);
    if (!option->value) {
        if (value)
            return mts_fail(MTS_ERR_USAGE, "--%s takes no value", option->name);
        return take_option(args, option, "");
    }
    if (!value && next && option->flags & MTS_APP_OPTIONAL && !isdigit((unsigned char)*next))
        next = NULL;
    /* What looks like an option is not taken for a value that was forgotten; -5 is a value. */
    if (!value && next && (next[0] != '-' || isdigit((unsigned char)next[1]) || !next[1])) {
        value = next;
        ++*i;
    }
    if (!value && option->flags & MTS_APP_OPTIONAL)
        value = "";
    if (!value || (!*value && !(option->flags & MTS_APP_OPTIONAL)))
        return mts_fail(MTS_ERR_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
                        option->value);
    return take_option(args, option, value);
}

static mts_status check_complete(const mts_app_args *args)
{
    const mts_app_verb *verb = args->verb;
    const char *name = verb->arguments;
    if (args->n_arguments < count_words(verb->arguments, false)) {
        for (size_t i = 0; i < args->n_arguments; i++)
            name = strchr(name, ' ') + 1;
        return mts_fail(MTS_ERR_USAGE, "%s is missing: mtsweep %s %s%s", name, verb->name,
                        verb->arguments, verb->options->flags & MTS_APP_REQUIRED ? " -o OUT" : "");
    }
    for (const mts_app_option *o = verb->options; o->name; o++)
        if (o->flags & MTS_APP_REQUIRED && !mts_app_text(args, o->name))
            return mts_fail(MTS_ERR_USAGE, "-%c %s is missing: mtsweep %s %s -%c %s", o->letter,
                            o->value, verb->name, verb->arguments, o->letter, o->value);
    return MTS_OK;
}

mts_status mts_app_parse(const mts_app_verb *verb, int argc, char **argv, int first,
                         mts_app_args *args)
{
    const size_t length = strlen(verb->arguments);
    const bool many = length > 3 && strcmp(verb->arguments + length - 3, "...") == 0;
    const size_t most = many ? MTS_APP_ARGUMENTS_MAX : count_words(verb->arguments, true);
    bool options = true;
    *args = (mts_app_args){.verb = verb, .argc = argc, .argv = argv};
    for (int i = first; i < argc && !args->help; i++) {
        mts_status st = MTS_OK;
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1])
            st = parse_option(args, argc, argv, &i);
        else if (args->n_arguments == most)
            st = mts_fail(MTS_ERR_USAGE, "'%s' is one argument too many; 'mtsweep %s --help' helps",
                          argv[i], verb->name);
        else
            args->argument[args->n_arguments++] = argv[i];
        if (st != MTS_OK)
            return st;
    }
    return args->help ? MTS_OK : check_complete(args);
}

const char *mts_app_text(const mts_app_args *args, const char *name)
{
    for (size_t i = 0; i < args->n_have; i++)
        if (strcmp(args->have[i].option->name, name) == 0)
            return args->have[i].value;
    return NULL;
}

size_t mts_app_texts(const mts_app_args *args, const char *name, const char **value)
{
    size_t n = 0;
    for (size_t i = 0; i < args->n_have; i++)
        if (strcmp(args->have[i].option->name, name) == 0)
            value[n++] = args->have[i].value;
    return n;
}

mts_status mts_app_whole(const mts_app_args *args, const char *name, int64_t least, int64_t most,
                         int64_t *number)
{
    const char *text = mts_app_text(args, name);
    char *end;
    long long value;
    if (!text || !*text)
        return MTS_OK;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < least || value > most ||
        isspace((unsigned char)*text))
        return mts_fail(MTS_ERR_USAGE, "--%s must be a whole number from %lld to %lld, not '%s'",
                        name, (long long)least, (long long)most, text);
    *number = value;
    return MTS_OK;
}

mts_status mts_app_number(const mts_app_args *args, const char *name, double least, double most,
                          double *number)
{
    const char *text = mts_app_text(args, name);
    char *end;
    double value;
    if (!text || !*text)
        return MTS_OK;
    value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most) || isspace((unsigned char)*text))
        return mts_fail(MTS_ERR_USAGE, "--%s must be a number from %.10g to %.10g, not '%s'", name,
                        least, most, text);
    *number = value;
    return MTS_OK;
}

mts_status mts_app_duration(const mts_app_args *args, const char *name, double *seconds)
{
    const char *text = mts_app_text(args, name), *p = text;
    double part[4] = {0}, sum;
    size_t n = 0;
    bool days = false, good = text != NULL;
    if (!text)
        return MTS_OK;
    while (good && n < 4) {
        char *end;
        good = isdigit((unsigned char)*p);
        part[n++] = strtod(p, &end);
        p = end;
        if (*p == '-' && n == 1)
            days = true;
        else if (*p != ':')
            break;
        p++;
    }
    good = good && *p == 0 && (days ? n >= 2 : n <= 3) && isfinite(part[0]);
    for (size_t i = 1; good && i < n; i++)
        good = part[i] < (days && i == 1 ? 24 : 60);
    if (!good)
        return mts_fail(MTS_ERR_USAGE,
                        "--%s must be seconds or [days-]hours:minutes:seconds, not '%s'", name,
                        text);
    if (days) {
        sum = ((part[0] * 24 + part[1]) * 60 + part[2]) * 60 + part[3];
    } else {
        sum = 0;
        for (size_t i = 0; i < n; i++)
            sum = sum * 60 + part[i];
    }
    *seconds = sum;
    return MTS_OK;
}

void mts_app_command(int argc, char **argv, char *text, size_t bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=.,/:+@%^";
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *quote = word[strspn(word, plain)] || !*word ? "'" : "";
        const int n =
            snprintf(text + used, bytes - used, "%s%s%s%s", i ? " " : "", quote, word, quote);
        if (n < 0 || used + (size_t)n >= bytes) {
            strcpy(text + bytes - 4, "...");
            return;
        }
        used += (size_t)n;
    }
}
