/* complete.c: `mtsweep complete -- WORD ...`, what the completions of bash, zsh and fish call: the words
 * of a command line after the program's name, the last as far as it is typed. A line a candidate, a tab
 * and what it is; "@files SUFFIX ..." asks the shell for files. Nothing where nothing is known: a fault
 * in a file is not for the moment when its name is typed. */
#include "app.h"

#include <string.h>

#define DOC_MAX 70

typedef struct {
    char *const *word; /* [n], the last is completed */
    size_t n;
    const char *now;     /* the last word */
    const char *start;   /* its part before the value: "--only=" */
    size_t start_length; /* bytes of that */
    const mts_app_verb *verb;
    mts_grid *grid; /* of the sweep at hand, or NULL */
} request;

/* Prints start + head + word + tail, if the last word may become that. */
static void offer(const request *r, const char *head, size_t head_length, const char *word,
                  const char *tail, const char *doc)
{
    char text[1024];
    const int length = snprintf(text, sizeof text, "%.*s%.*s%s%s", (int)r->start_length, r->start,
                                (int)head_length, head, word, tail);
    size_t cut = strlen(doc);
    if (length < 0 || (size_t)length >= sizeof text || strncmp(text, r->now, strlen(r->now)) != 0)
        return;
    if (cut > DOC_MAX)
        for (cut = DOC_MAX; cut > 1 && doc[cut] != ' ';)
            cut--;
    printf("%s\t%.*s%s\n", text, (int)cut, doc, doc[cut] ? " ..." : "");
}

static void offer_word(const request *r, const char *word, const char *doc)
{
    offer(r, "", 0, word, "", doc);
}

/* ---- the sweep at hand ---- */

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* The sweep of the first word that names a file of one. */
static mts_grid *sweep_at_hand(const request *r)
{
    mts_grid *grid = NULL;
    for (size_t i = 1; i + 1 < r->n && !grid; i++) {
        const char *path = r->word[i];
        char *text = NULL;
        size_t length;
        mts_store *store = NULL;
        if (ends_in(path, ".yaml") || ends_in(path, ".yml")) {
            if (mts_app_read(path, &text, &length) == MTS_OK &&
                mts_grid_parse(text, length, path, NULL, 0, &grid) != MTS_OK)
                grid = NULL;
            mts_free(text);
        } else if (ends_in(path, ".h5") && mts_app_open(path, &store) == MTS_OK) {
            if (mts_app_own_grid(path, store, &grid) != MTS_OK)
                grid = NULL;
            mts_store_close(store);
        }
    }
    return grid;
}

static bool axis_of(const request *r, const mts_field *field, mts_grid_axis *axis)
{
    for (size_t a = 0; r->grid && a < mts_grid_axes(r->grid); a++) {
        *axis = mts_grid_axis_at(r->grid, a);
        if (axis->field == field)
            return true;
    }
    return false;
}

/* ---- values ---- */

/* Names of fields; of the sweep's axes first, or alone. */
static void offer_fields(const request *r, const char *head, size_t length, const char *tail,
                         bool axes_only)
{
    mts_grid_axis axis;
    for (size_t a = 0; r->grid && a < mts_grid_axes(r->grid); a++) {
        axis = mts_grid_axis_at(r->grid, a);
        offer(r, head, length, axis.field->name, tail, axis.field->doc);
    }
    for (size_t f = 0; f < mts_n_fields && !(axes_only && r->grid); f++)
        if (!axis_of(r, &mts_fields[f], &axis))
            offer(r, head, length, mts_fields[f].name, tail, mts_fields[f].doc);
}

/* Values of a field: those of the sweep's axis, else its choices or its default. */
static void offer_values(const request *r, const char *head, size_t length, const mts_field *field)
{
    char text[MTS_VALUE_TEXT];
    mts_grid_axis axis;
    if (axis_of(r, field, &axis)) {
        for (size_t i = 0; i < axis.n && i < 200; i++) {
            mts_field_text(field, axis.value[i], text);
            offer(r, head, length, text, "", "in the sweep");
        }
    } else if (field->type == MTS_CHOICE) {
        for (size_t i = 0; field->choices[i]; i++)
            offer(r, head, length, field->choices[i], "",
                  (double)i == field->initial ? "default" : "");
    } else {
        mts_field_text(field, field->initial, text);
        offer(r, head, length, text, "", "default");
    }
}

/* What follows the last comma of "arch=lstm,tasks=2,3": a value of the field before it, or a field. */
static void offer_conditions(const request *r)
{
    const char *value = r->now + r->start_length, *comma = strrchr(value, ',');
    const char *piece = comma ? comma + 1 : value, *equals = strrchr(value, '='), *name = equals;
    char field_name[64];
    const mts_field *field;
    if (equals) {
        while (name > value && name[-1] != ',')
            name--;
        snprintf(field_name, sizeof field_name, "%.*s", (int)(equals - name), name);
        field = mts_field_find(field_name);
        if (field)
            offer_values(r, value, (size_t)((equals >= piece ? equals + 1 : piece) - value), field);
    }
    if (!equals || equals < piece)
        offer_fields(r, value, (size_t)(piece - value), "=", true);
}

static void offer_sets(const request *r)
{
    if (strchr(r->now + r->start_length, '='))
        offer_conditions(r);
    else
        offer_fields(r, "", 0, "=", false);
}

/* A list of names after commas: the axes; the scores; the states. */
static size_t head_of(const request *r)
{
    const char *value = r->now + r->start_length, *comma = strrchr(value, ',');
    return comma ? (size_t)(comma + 1 - value) : 0;
}

static void offer_axes(const request *r)
{
    offer_fields(r, r->now + r->start_length, head_of(r), "", true);
}

static void offer_scores(const request *r)
{
    const char *head = r->now + r->start_length;
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        char name[96];
        if (!column->title)
            continue;
        if (column->n_axes == 0)
            offer(r, head, head_of(r), column->name, "", column->doc);
        for (size_t s = 0; s <= MTS_N_SPLITS && column->n_axes > 1; s++) {
            snprintf(name, sizeof name, "%s_%s", s < MTS_N_SPLITS ? mts_split_name[s] : "gap",
                     column->name);
            offer(r, head, head_of(r), name, "", column->doc);
        }
        snprintf(name, sizeof name, "%s_1", column->name);
        if (column->n_axes == 1)
            offer(r, head, head_of(r), name, "", column->doc);
    }
}

static void offer_states(const request *r)
{
    for (size_t s = 0; s < MTS_N_STATES; s++)
        offer(r, r->now + r->start_length, head_of(r), mts_state_name[s], "", "runs in this state");
}

/* Words of a list like "3a, 3b". */
static void offer_list(const request *r, const char *list, const char *doc)
{
    while (*list) {
        const size_t length = strcspn(list, ",");
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)length, list);
        offer(r, r->now + r->start_length, head_of(r), word, "", doc);
        list += length;
        list += strspn(list, ", ");
    }
}

static void offer_figures(const request *r)
{
    offer_list(r, MTS_APP_FIGURES_PAPER, "figure of the paper");
    offer_list(r, MTS_APP_FIGURES_OTHER, "figure of any sweep");
}

static void offer_formats(const request *r)
{
    offer_list(r, "pdf, svg, png", "format");
}

static void offer_names(const request *r)
{
    offer_fields(r, "", 0, "", false);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        char name[96];
        snprintf(name, sizeof name, "%s/%s", mts_columns[c].group, mts_columns[c].name);
        offer_word(r, name, mts_columns[c].doc);
    }
}

static void offer_verbs(const request *r)
{
    for (size_t i = 0; mts_app_verbs[i]; i++)
        offer_word(r, mts_app_verbs[i]->name, mts_app_verbs[i]->summary);
}

static void ask_sweeps(const request *r)
{
    (void)r;
    puts("@files .yaml .yml");
}

static void ask_results(const request *r)
{
    (void)r;
    puts("@files .h5");
}

/* What a word of the help stands for. Other words of arguments stand for files, of options for what
 * nobody can guess. */
static const struct {
    const char *word;
    void (*offer)(const request *r);
} kinds[] = {{"KEY=VALUE", offer_sets},  {"CONDITIONS", offer_conditions},
             {"FIELDS", offer_axes},     {"NAME", offer_scores},
             {"NAMES", offer_scores},    {"FIELD", offer_axes},
             {"FIGURES", offer_figures}, {"FORMATS", offer_formats},
             {"STATES", offer_states},   {"[NAME]", offer_names},
             {"SWEEP", ask_sweeps},      {"OUT", ask_results},
             {"A.h5", ask_results}};

static bool offer_kind(const request *r, const char *word, size_t length)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strlen(kinds[k].word) == length && strncmp(kinds[k].word, word, length) == 0) {
            kinds[k].offer(r);
            return true;
        }
    return false;
}

/* ---- options and arguments ---- */

/* The option of a word "--name", "--name=..." or "-n", or NULL. */
static const mts_app_option *option_of(const mts_app_verb *verb, const char *word)
{
    const size_t length = strcspn(word, "=");
    for (const mts_app_option *o = verb->options; o->name; o++)
        if ((word[0] == '-' && word[1] && word[1] == o->letter && !word[2]) ||
            (length > 2 && strncmp(word, "--", 2) == 0 && strlen(o->name) == length - 2 &&
             strncmp(word + 2, o->name, length - 2) == 0))
            return o;
    return NULL;
}

static void offer_options(const request *r)
{
    char name[64];
    for (const mts_app_option *o = r->verb->options; o->name; o++) {
        snprintf(name, sizeof name, "--%s", o->name);
        offer_word(r, name, o->doc);
    }
    offer_word(r, "--help", mts_app_help_option.doc);
}

static void offer_option_value(const request *r, const mts_app_option *option)
{
    const mts_field *field = mts_field_find(option->name);
    if (!offer_kind(r, option->value, strlen(option->value)) && field)
        offer_values(r, "", 0, field);
}

/* The argument that the last word is. */
static void offer_argument(const request *r)
{
    const char *word = r->verb->arguments;
    size_t before = 0;
    for (size_t i = 1; i + 1 < r->n; i++) {
        const mts_app_option *o = option_of(r->verb, r->word[i]);
        if (o && o->value && !(o->flags & MTS_APP_OPTIONAL) && !strchr(r->word[i], '='))
            i++;
        else if (r->word[i][0] != '-')
            before++;
    }
    for (; before > 0 && strchr(word, ' '); before--)
        word = strchr(word, ' ') + 1;
    size_t length = strcspn(word, " ");
    if (length > 3 && strncmp(word + length - 3, "...", 3) == 0) {
        length -= 3;
        before = 0;
    }
    if (length > 0 && before == 0 && !offer_kind(r, word, length))
        puts("@files");
}

static void complete_verb(request *r)
{
    const mts_app_option *option = NULL;
    if (r->n > 2 && r->word[r->n - 2][0] == '-' && !strchr(r->word[r->n - 2], '='))
        option = option_of(r->verb, r->word[r->n - 2]);
    if (!option && strncmp(r->now, "--", 2) == 0 && strchr(r->now, '=')) {
        option = option_of(r->verb, r->now);
        r->start_length = strcspn(r->now, "=") + 1;
    }
    r->grid = sweep_at_hand(r);
    if (option && option->value)
        offer_option_value(r, option);
    else if (r->now[0] == '-')
        offer_options(r);
    else
        offer_argument(r);
    mts_grid_destroy(r->grid);
}

void mts_app_complete(int argc, char **argv)
{
    request r = {.word = argv, .n = argc > 0 ? (size_t)argc : 0};
    if (r.n == 0)
        return;
    r.now = r.start = r.word[r.n - 1];
    r.verb = mts_app_verb_find(r.word[0]);
    if (r.n == 1 || (r.n == 2 && strcmp(r.word[0], "help") == 0))
        offer_verbs(&r);
    if (r.n == 1) {
        offer_word(&r, "help", "the options of a verb");
        offer_word(&r, "--version", "version and revision");
    } else if (r.verb) {
        complete_verb(&r);
    }
}
