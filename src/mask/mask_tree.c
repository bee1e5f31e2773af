/* SPDX-License-Identifier: Apache-2.0
 *
 * First pass over a template file: libyaml events become a tree that knows
 * its lines. libcyaml, which types the values in the second pass, does not
 * keep positions, accepts aliases and nests without limit; here all three are
 * settled before it sees a byte.
 */
#include "base/utf8.h"
#include "mask/mask_priv.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

void dsc_mask__tell(dsc_mask__diag *diag, unsigned line, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    /* Keys and values are quoted in messages: keep those to one clean line. */
    dsc_one_line(text);
    diag->count++;
    if (diag->fn)
        diag->fn(diag->ctx, (int)line, text);
}

static void out_of_memory(dsc_mask__diag *diag)
{
    diag->nomem = true;
    dsc_mask__tell(diag, 0, "out of memory");
}

/* Text only: no control characters, valid UTF-8, a sane size. */
static bool text_ok(const uint8_t *data, size_t size, dsc_mask__diag *diag)
{
    unsigned line = 1;
    uint32_t point;
    size_t n;

    for (size_t i = 0; i < size; i += n) {
        uint8_t c = data[i];
        if (c == 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
            dsc_mask__tell(diag, line, "control character 0x%02X: no text file",
                           c);
            return false;
        }
        n = dsc_utf8_decode(data + i, size - i, &point);
        /* NEL, LS and PS end lines in YAML but in no editor. */
        if (!n || (point >= 0x80 && point < 0xA0) || point == 0x2028 ||
            point == 0x2029) {
            dsc_mask__tell(diag, line,
                           n ? "unusual line or control character"
                             : "not valid UTF-8");
            return false;
        }
        line += c == '\n';
    }
    return true;
}

/* libyaml counts characters, we need bytes. Marks only move forward. */
typedef struct cursor {
    const uint8_t *data;
    size_t size, byte, index;
} cursor;

static size_t byte_of(cursor *c, size_t index)
{
    if (index < c->index)
        c->byte = c->index = 0;
    while (c->index < index && c->byte < c->size) {
        c->byte++;
        while (c->byte < c->size && (c->data[c->byte] & 0xC0) == 0x80)
            c->byte++;
        c->index++;
    }
    return c->byte;
}

typedef struct builder {
    dsc_mask__tree *tree;
    dsc_mask__diag *diag;
    cursor cursor;
    uint32_t stack[DSC_MASK_DEPTH];
    unsigned depth;
    bool documents;
} builder;

static dsc_mask__node *add_node(builder *b, const yaml_event_t *ev,
                                dsc_mask__kind kind)
{
    dsc_mask__tree *t = b->tree;
    dsc_mask__node *node;

    if (t->count == DSC_MASK_NODES) {
        dsc_mask__tell(b->diag, (unsigned)ev->start_mark.line + 1,
                       "too many values (limit %u)", DSC_MASK_NODES);
        return NULL;
    }
    if (t->count == t->cap) {
        uint32_t cap = t->cap ? t->cap * 2 : 256;
        dsc_mask__node *more = dsc_calloc(cap, sizeof *more);
        if (!more) {
            out_of_memory(b->diag);
            return NULL;
        }
        if (t->count)
            memcpy(more, t->nodes, t->count * sizeof *more);
        dsc_free(t->nodes);
        t->nodes = more;
        t->cap = cap;
    }
    node = &t->nodes[t->count++];
    node->kind = kind;
    node->line = (unsigned)ev->start_mark.line + 1;
    node->column = (unsigned)ev->start_mark.column;
    node->begin = byte_of(&b->cursor, ev->start_mark.index);
    if (b->depth) {
        dsc_mask__node *parent = &t->nodes[b->stack[b->depth - 1]];
        if (parent->child)
            t->nodes[parent->last].sibling = t->count - 1;
        else
            parent->child = t->count - 1;
        parent->last = t->count - 1;
        parent->count++;
    }
    return node;
}

/* A map's new key: plain text, not seen before. `at` is its node number. */
static bool key_ok(builder *b, uint32_t at)
{
    const dsc_mask__tree *t = b->tree;
    const dsc_mask__node *key = &t->nodes[at];
    const dsc_mask__node *map = &t->nodes[b->stack[b->depth - 1]];
    uint32_t i = map->child;

    if (key->kind != DSC_MASK__SCALAR) {
        dsc_mask__tell(b->diag, key->line, "a key must be a word");
        return false;
    }
    /* Values in between have no text where they are lists; no map of this
     * format has more than a dozen keys. */
    if (map->count > 2 * DSC_MASK_LIST) {
        dsc_mask__tell(b->diag, key->line, "too many keys");
        return false;
    }
    for (; i && i != at; i = t->nodes[t->nodes[i].sibling].sibling) {
        if (strcmp(t->nodes[i].text, key->text))
            continue;
        dsc_mask__tell(b->diag, key->line, "\"%.40s\" is given twice",
                       key->text);
        return false;
    }
    return true;
}

static bool check_key(builder *b, uint32_t at)
{
    const dsc_mask__node *parent;
    if (!b->depth)
        return true;
    parent = &b->tree->nodes[b->stack[b->depth - 1]];
    if (parent->kind != DSC_MASK__MAP || parent->count % 2 == 0)
        return true;
    return key_ok(b, at);
}

static bool on_scalar(builder *b, const yaml_event_t *ev)
{
    size_t n = ev->data.scalar.length;
    unsigned line = (unsigned)ev->start_mark.line + 1;
    dsc_mask__node *node;

    if (ev->data.scalar.anchor || ev->data.scalar.tag) {
        dsc_mask__tell(b->diag, line, "anchors and tags are not allowed");
        return false;
    }
    if (n > DSC_MASK_TEXT || memchr(ev->data.scalar.value, 0, n)) {
        dsc_mask__tell(b->diag, line,
                       n > DSC_MASK_TEXT ? "text longer than %u bytes"
                                         : "text with a NUL (limit %u bytes)",
                       DSC_MASK_TEXT);
        return false;
    }
    node = add_node(b, ev, DSC_MASK__SCALAR);
    if (!node)
        return false;
    node->end = byte_of(&b->cursor, ev->end_mark.index);
    node->text = dsc_alloc(n + 1);
    if (!node->text) {
        out_of_memory(b->diag);
        return false;
    }
    memcpy(node->text, ev->data.scalar.value, n);
    return check_key(b, b->tree->count - 1);
}

static bool on_open(builder *b, const yaml_event_t *ev, dsc_mask__kind kind,
                    bool decorated)
{
    unsigned line = (unsigned)ev->start_mark.line + 1;

    if (decorated) {
        dsc_mask__tell(b->diag, line, "anchors and tags are not allowed");
        return false;
    }
    if (b->depth == DSC_MASK_DEPTH) {
        dsc_mask__tell(b->diag, line, "nested too deep (limit %u)",
                       DSC_MASK_DEPTH);
        return false;
    }
    if (!add_node(b, ev, kind) || !check_key(b, b->tree->count - 1))
        return false;
    b->stack[b->depth++] = b->tree->count - 1;
    return true;
}

static bool on_event(builder *b, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->documents) {
            dsc_mask__tell(b->diag, (unsigned)ev->start_mark.line + 1,
                           "a second document in the file");
            return false;
        }
        b->documents = true;
        return true;
    case YAML_ALIAS_EVENT:
        dsc_mask__tell(b->diag, (unsigned)ev->start_mark.line + 1,
                       "aliases are not allowed");
        return false;
    case YAML_SCALAR_EVENT:
        return on_scalar(b, ev);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, ev, DSC_MASK__LIST,
                       ev->data.sequence_start.anchor ||
                           ev->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, ev, DSC_MASK__MAP,
                       ev->data.mapping_start.anchor ||
                           ev->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->tree->nodes[b->stack[--b->depth]].end =
            byte_of(&b->cursor, ev->end_mark.index);
        return true;
    default:
        return true;
    }
}

static bool tab_indents(const uint8_t *data, size_t size, size_t line)
{
    size_t i = 0;

    while (line && i < size)
        line -= data[i++] == '\n';
    while (i < size && (data[i] == ' ' || data[i] == '-'))
        i++;
    return i < size && data[i] == '\t';
}

static void tell_syntax(const yaml_parser_t *parser, const uint8_t *data,
                        size_t size, dsc_mask__diag *diag)
{
    size_t line = parser->problem_mark.line;
    const char *why = parser->problem ? parser->problem : "syntax error";

    if (parser->error == YAML_MEMORY_ERROR)
        out_of_memory(diag);
    else if (tab_indents(data, size, line))
        dsc_mask__tell(diag, (unsigned)line + 1,
                       "tab in the indentation; use spaces");
    else
        dsc_mask__tell(diag, (unsigned)line + 1, "not YAML: %.120s", why);
}

bool dsc_mask__tree_parse(dsc_mask__tree *tree, const uint8_t *data,
                          size_t size, dsc_mask__diag *diag)
{
    builder b = {.tree = tree, .diag = diag};
    yaml_parser_t parser;
    bool good = true, end = false;

    if (!text_ok(data, size, diag))
        return false;
    if (!yaml_parser_initialize(&parser)) {
        out_of_memory(diag);
        return false;
    }
    b.cursor.data = data;
    b.cursor.size = size;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, data, size);
    while (good && !end) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&parser, &ev)) {
            tell_syntax(&parser, data, size, diag);
            good = false;
            break;
        }
        end = ev.type == YAML_STREAM_END_EVENT;
        good = on_event(&b, &ev);
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    return good;
}

void dsc_mask__tree_free(dsc_mask__tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++)
        dsc_free(tree->nodes[i].text);
    dsc_free(tree->nodes);
    memset(tree, 0, sizeof *tree);
}

const dsc_mask__node *dsc_mask__child(const dsc_mask__tree *tree,
                                      const dsc_mask__node *node, uint32_t n)
{
    uint32_t i = node->child;

    if (n >= node->count)
        return NULL;
    while (n--)
        i = tree->nodes[i].sibling;
    return &tree->nodes[i];
}

const dsc_mask__node *dsc_mask__value(const dsc_mask__tree *tree,
                                      const dsc_mask__node *node,
                                      const char *key)
{
    if (!node || node->kind != DSC_MASK__MAP)
        return NULL;
    for (uint32_t i = node->child; i; i = tree->nodes[i].sibling) {
        const dsc_mask__node *value = &tree->nodes[tree->nodes[i].sibling];
        if (!strcmp(tree->nodes[i].text, key))
            return value;
        i = tree->nodes[i].sibling;
    }
    return NULL;
}
