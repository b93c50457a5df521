/* Text -> tree of nodes with places. libyaml's events are used rather than its documents, because
 * these no longer show anchors, tags and further documents. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define TEXT_MAX  (1024 * 1024)
#define DEPTH_MAX 8 /* a sweep file needs 6: top, override, entry, where, list, value */
#define FILE_TEXT 300

#define BYTE_ORDER_MARK 0xfeff /* allowed at the start only */

mts_status mts_grid_fault(const mts_grid_source *source, mts_grid_place place, const char *format,
                          ...)
{
    char what[MTS_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    /* Of a long path the end says more. */
    size_t length = strlen(source->file);
    const char *file = source->file + (length > FILE_TEXT ? length - FILE_TEXT : 0);
    return mts_fail(MTS_ERR_SWEEP, "%s:%zu:%zu: %s", file, place.line, place.column, what);
}

/* ---- characters ---- */

/* Reads one UTF-8 character (RFC 3629) of at most n bytes; returns its length, or 0. */
static size_t read_character(const unsigned char *s, size_t n, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t length = 1; length <= 4 && length <= n; length++) {
        if ((s[0] & forms[length - 1].mask) != forms[length - 1].lead)
            continue;
        *code = s[0] & (unsigned char)~forms[length - 1].mask;
        for (size_t i = 1; i < length; i++) {
            if ((s[i] & 0xc0) != 0x80)
                return 0;
            *code = *code << 6 | (s[i] & 0x3f);
        }
        bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
        return *code < forms[length - 1].least || *code > 0x10ffff || surrogate ? 0 : length;
    }
    return 0;
}

/* Whether YAML lets the character stand in a file. */
static bool is_printable(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0x7f) ||
           code == 0x85 ||
           (code >= 0xa0 && code != BYTE_ORDER_MARK && code != 0xfffe && code != 0xffff);
}

/* libyaml refuses these too, but says neither line nor column. */
static mts_status check_characters(const mts_grid_source *source)
{
    const unsigned char *s = (const unsigned char *)source->text;
    mts_grid_place place = {1, 1};
    size_t length;
    for (size_t i = 0; i < source->length; i += length) {
        uint32_t code = 0;
        length = read_character(s + i, source->length - i, &code);
        if (length == 0)
            return mts_grid_fault(source, place, "not UTF-8 text; save the file as UTF-8");
        if (code == 0)
            return mts_grid_fault(source, place, "a NUL byte; a sweep file is a text file");
        if (!is_printable(code) && !(code == BYTE_ORDER_MARK && i == 0))
            return mts_grid_fault(source, place, "control character 0x%02x; remove it",
                                  (unsigned)code);
        if (code == '\n' || (code == '\r' && !(i + 1 < source->length && s[i + 1] == '\n')))
            place = (mts_grid_place){place.line + 1, 1};
        else
            place.column++;
    }
    return MTS_OK;
}

/* ---- events ---- */

typedef struct reader {
    const mts_grid_source *source;
    yaml_parser_t parser;
} reader;

static mts_grid_place place_of(yaml_mark_t mark)
{
    return (mts_grid_place){mark.line + 1, mark.column + 1};
}

/* The tab that keeps libyaml from going on: in the blanks that begin the line of its mark, or at the
 * mark itself. */
static bool find_tab(const mts_grid_source *source, yaml_mark_t mark, mts_grid_place *place)
{
    const char *s = source->text, *end = s + source->length;
    for (size_t line = 0; line < mark.line && s < end; s++)
        line += *s == '\n' || (*s == '\r' && !(s + 1 < end && s[1] == '\n'));
    *place = place_of(mark);
    for (size_t i = 0; s + i < end && (s[i] == ' ' || s[i] == '\t'); i++)
        if (s[i] == '\t') {
            place->column = i + 1;
            return true;
        }
    return mark.column < (size_t)(end - s) && s[mark.column] == '\t';
}

/* The caller deletes the event if MTS_OK. */
static mts_status take_event(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return MTS_OK;
    const yaml_parser_t *p = &r->parser;
    mts_grid_place place;
    if (p->error == YAML_MEMORY_ERROR)
        return mts_fail(MTS_ERR_MEMORY, "%s: out of memory", r->source->file);
    if (find_tab(r->source, p->problem_mark, &place))
        return mts_grid_fault(r->source, place, "a tab; YAML wants blanks here, replace it");
    return mts_grid_fault(r->source, place_of(p->problem_mark),
                          "not YAML: %s%s%s; check indentation, brackets and quotes",
                          p->problem ? p->problem : "unreadable", p->context ? " " : "",
                          p->context ? p->context : "");
}

static mts_status refuse_extras(reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                                const yaml_char_t *tag)
{
    char name[MTS_EXCERPT_TEXT];
    if (anchor)
        return mts_grid_fault(r->source, place_of(event->start_mark),
                              "anchor '&%s': a sweep file has no anchors; write the value out",
                              mts_excerpt((const char *)anchor, name));
    if (tag)
        return mts_grid_fault(r->source, place_of(event->start_mark),
                              "tag '%s': a sweep file has no tags; remove it",
                              mts_excerpt((const char *)tag, name));
    return MTS_OK;
}

static mts_status new_node(reader *r, const yaml_event_t *event, mts_grid_node **out)
{
    const char *text = "";
    size_t length = 0;
    mts_status st = MTS_OK;
    mts_grid_node *node = mts_grid_alloc(r->source->arena, 1, sizeof *node);
    if (!node)
        return MTS_ERR_MEMORY;
    node->place = place_of(event->start_mark);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        node->kind = NODE_VALUE;
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        text = (const char *)event->data.scalar.value;
        length = event->data.scalar.length;
        st = refuse_extras(r, event, event->data.scalar.anchor, event->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        node->kind = NODE_LIST;
        st = refuse_extras(r, event, event->data.sequence_start.anchor,
                           event->data.sequence_start.tag);
        break;
    default:
        node->kind = NODE_MAPPING;
        st = refuse_extras(r, event, event->data.mapping_start.anchor,
                           event->data.mapping_start.tag);
        break;
    }
    if (st != MTS_OK)
        return st;
    if (strlen(text) != length)
        return mts_grid_fault(r->source, node->place, "a NUL character in the value; remove it");
    char *copy = mts_grid_alloc(r->source->arena, length + 1, 1);
    if (!copy)
        return MTS_ERR_MEMORY;
    memcpy(copy, text, length);
    node->text = copy;
    *out = node;
    return MTS_OK;
}

/* Reads one node with all below it; *out = NULL at the end of a list, mapping or stream. */
static mts_status read_node(reader *r, size_t depth, mts_grid_node **out)
{
    yaml_event_t event;
    *out = NULL;
    mts_status st = take_event(r, &event);
    if (st != MTS_OK)
        return st;
    yaml_event_type_t type = event.type;
    mts_grid_place place = place_of(event.start_mark);
    mts_grid_node *node = NULL;
    if (type == YAML_ALIAS_EVENT)
        st = mts_grid_fault(r->source, place,
                            "a sweep file has no aliases ('*'); write the value out");
    else if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
             type == YAML_MAPPING_START_EVENT)
        st = new_node(r, &event, &node);
    yaml_event_delete(&event);
    if (st != MTS_OK || !node)
        return st;
    if (depth == DEPTH_MAX)
        return mts_grid_fault(r->source, place, "lists and mappings are nested too deeply");

    mts_grid_node *key = NULL, *child, **link = &node->first;
    while (node->kind != NODE_VALUE) {
        if (node->kind == NODE_MAPPING) {
            st = read_node(r, depth + 1, &key);
            if (st != MTS_OK)
                return st;
            if (!key)
                break;
            if (key->kind != NODE_VALUE)
                return mts_grid_fault(r->source, key->place, "a key must be one word, not a %s",
                                      key->kind == NODE_LIST ? "list" : "mapping");
        }
        st = read_node(r, depth + 1, &child);
        if (st != MTS_OK)
            return st;
        if (!child)
            break;
        child->key = key;
        *link = child;
        link = &child->next;
        node->n++;
    }
    *out = node;
    return MTS_OK;
}

/* Passes over one event, which must be of this type. */
static mts_status skip_event(reader *r, yaml_event_type_t type, bool *right, mts_grid_place *place)
{
    yaml_event_t event;
    mts_status st = take_event(r, &event);
    if (st != MTS_OK)
        return st;
    *right = event.type == type;
    *place = place_of(event.start_mark);
    yaml_event_delete(&event);
    return MTS_OK;
}

static mts_status read_document(reader *r, mts_grid_node **top)
{
    static const char empty[] = "the file is empty; a sweep file has at least 'name: ...'";
    mts_grid_place place;
    bool right;
    mts_status st = skip_event(r, YAML_STREAM_START_EVENT, &right, &place);
    if (st == MTS_OK)
        st = skip_event(r, YAML_DOCUMENT_START_EVENT, &right, &place);
    if (st == MTS_OK && !right)
        return mts_grid_fault(r->source, (mts_grid_place){1, 1}, empty);
    if (st == MTS_OK)
        st = read_node(r, 0, top);
    if (st != MTS_OK)
        return st;
    if ((*top)->kind == NODE_VALUE && !(*top)->quoted && (*top)->text[0] == '\0')
        return mts_grid_fault(r->source, (mts_grid_place){1, 1}, empty);
    st = skip_event(r, YAML_DOCUMENT_END_EVENT, &right, &place);
    if (st == MTS_OK)
        st = skip_event(r, YAML_STREAM_END_EVENT, &right, &place);
    if (st == MTS_OK && !right)
        return mts_grid_fault(r->source, place, "a second document; a sweep file has one");
    return st;
}

mts_status mts_grid_read_tree(const mts_grid_source *source, mts_grid_node **top)
{
    if (source->length > TEXT_MAX)
        return mts_grid_fault(source, (mts_grid_place){1, 1},
                              "the file is longer than 1 MiB; split the sweep");
    mts_status st = check_characters(source);
    if (st != MTS_OK)
        return st;
    reader r = {.source = source};
    if (!yaml_parser_initialize(&r.parser))
        return mts_fail(MTS_ERR_MEMORY, "%s: out of memory", source->file);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)source->text, source->length);
    st = read_document(&r, top);
    yaml_parser_delete(&r.parser);
    return st;
}
