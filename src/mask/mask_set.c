/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "mask/mask_priv.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

dsc_status dsc_masks_create(dsc_masks **out, dsc_mask_known_fn known,
                            dsc_error *err)
{
    dsc_masks *set = dsc_alloc(sizeof *set);
    if (!set)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    set->known = known;
    *out = set;
    return DSC_OK;
}

static void drop_templates(dsc_masks *set, size_t from)
{
    while (set->count > from)
        dsc_mask__free_template(set->items[--set->count]);
}

void dsc_masks_free(dsc_masks **masks)
{
    dsc_masks *set = *masks;

    if (!set)
        return;
    drop_templates(set, 0);
    dsc_free(set->items);
    for (size_t i = 0; i < set->attribute_count; i++)
        dsc_free(set->attributes[i]);
    dsc_free(set->attributes);
    dsc_free(set);
    *masks = NULL;
}

static bool set_add(dsc_masks *set, dsc_mask__template *t)
{
    if (set->count == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 64;
        dsc_mask__template **more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return false;
        if (set->count)
            memcpy(more, set->items, set->count * sizeof *more);
        dsc_free(set->items);
        set->items = more;
        set->cap = cap;
    }
    set->items[set->count++] = t;
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void add_template(dsc_masks *set, const char *name,
                         const dsc_mask__tree *tree, const dsc_mask__node *node,
                         const uint8_t *data, dsc_mask__diag *diag)
{
    dsc_mask__template *t = dsc_mask__load_template(tree, node, data, diag);
    bool nomem;

    if (!t)
        return;
    if (set->count >= DSC_MASK_SET_TEMPLATES) {
        dsc_mask__tell(diag, node->line, "more than %u templates",
                       DSC_MASK_SET_TEMPLATES);
        dsc_mask__free_template(t);
        return;
    }
    if (!dsc_mask__compile(set, t, tree, node, diag)) {
        dsc_mask__free_template(t);
        return;
    }
    t->file = dsc_strdup(name);
    nomem = !t->file || !set_add(set, t);
    if (nomem) {
        diag->nomem = true;
        dsc_mask__tell(diag, node->line, "out of memory");
        dsc_mask__free_template(t);
    }
}

void dsc_mask__load_bytes(dsc_masks *set, const char *name,
                          const dsc_buf *bytes, dsc_mask__diag *diag)
{
    dsc_mask__tree tree = {0};
    const uint8_t *data = bytes->len ? bytes->data : (const uint8_t *)"";
    size_t size = bytes->len;
    const dsc_mask__node *root;

    if (size >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3)) {
        data += 3;
        size -= 3;
    }
    if (!dsc_mask__tree_parse(&tree, data, size, diag))
        goto done;
    root = tree.count ? &tree.nodes[0] : NULL;
    if (!root || root->kind != DSC_MASK__LIST || !root->count) {
        dsc_mask__tell(diag, root ? root->line : 1,
                       "a mask file is a list of templates (\"- id: ...\")");
        goto done;
    }
    for (uint32_t i = root->child; i; i = tree.nodes[i].sibling)
        add_template(set, name, &tree, &tree.nodes[i], data, diag);
done:
    dsc_mask__tree_free(&tree);
}

static void load_file(dsc_masks *set, const char *path, dsc_mask__diag *diag)
{
    dsc_buf bytes = {0};
    dsc_error err = DSC_ERROR_INIT;
    size_t before = set->count, problems = diag->count;
    dsc_status st = dsc_read_file(&bytes, path, DSC_MASK_FILE_BYTES, &err);

    if (st) {
        diag->nomem = diag->nomem || st == DSC_NOMEM;
        if (st == DSC_LIMIT)
            dsc_mask__tell(diag, 0, "larger than %zu bytes",
                           DSC_MASK_FILE_BYTES);
        else
            dsc_mask__tell(diag, 0, "cannot be read");
    } else {
        dsc_mask__load_bytes(set, base_name(path), &bytes, diag);
    }
    dsc_buf_free(&bytes);
    /* A file counts as a whole or not at all. */
    if (diag->count != problems)
        drop_templates(set, before);
}

/* The first problem becomes the message. */
typedef struct first {
    int line;
    char message[200];
} first;

static void keep_first(void *ctx, int line, const char *message)
{
    first *f = ctx;

    if (f->message[0])
        return;
    f->line = line;
    strncpy(f->message, message, sizeof f->message - 1);
}

static dsc_status load_one(dsc_masks *set, const char *path, dsc_error *err)
{
    first f = {0, {0}};
    dsc_mask__diag diag = {keep_first, &f, 0, false};
    const char *name = base_name(path);

    load_file(set, path, &diag);
    if (!diag.count)
        return DSC_OK;
    if (diag.count > 1)
        return dsc_fail(err, diag.nomem ? DSC_NOMEM : DSC_USAGE,
                        "%.80s:%d: %.120s (and %zu more)", name, f.line,
                        f.message, diag.count - 1);
    return dsc_fail(err, diag.nomem ? DSC_NOMEM : DSC_USAGE, "%.80s:%d: %.160s",
                    name, f.line, f.message);
}

static int is_template_file(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && !strcmp(e->d_name + n - 5, ".yaml");
}

/* In byte order, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static dsc_status load_folder(dsc_masks *set, const char *path, dsc_error *err)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, is_template_file, by_name);
    dsc_status st = DSC_OK;

    if (n < 0)
        return dsc_fail(err, DSC_USAGE, "the mask folder cannot be read");
    if (!n)
        st = dsc_fail(err, DSC_USAGE, "no *.yaml in the mask folder");
    for (int i = 0; i < n; i++) {
        size_t size = strlen(path) + strlen(names[i]->d_name) + 2;
        char *full = st ? NULL : dsc_alloc(size);
        if (full) {
            snprintf(full, size, "%s/%s", path, names[i]->d_name);
            st = load_one(set, full, err);
            dsc_free(full);
        } else if (!st) {
            st = dsc_fail(err, DSC_NOMEM, "out of memory");
        }
        free(names[i]);
    }
    free(names);
    return st;
}

dsc_status dsc_masks_load(dsc_masks *masks, const char *path, dsc_error *err)
{
    struct stat sb;
    size_t before = masks->count;
    dsc_status st;

    if (stat(path, &sb))
        return dsc_fail(err, DSC_USAGE, "%.80s:0: cannot be read",
                        base_name(path));
    st = S_ISDIR(sb.st_mode) ? load_folder(masks, path, err)
                             : load_one(masks, path, err);
    if (st)
        drop_templates(masks, before);
    return st;
}

size_t dsc_masks_check_file(const char *path, dsc_mask_known_fn known,
                            void (*fn)(void *ctx, int line,
                                       const char *message),
                            void *ctx)
{
    dsc_mask__diag diag = {fn, ctx, 0, false};
    dsc_masks *set = NULL;

    if (dsc_masks_create(&set, known, NULL)) {
        dsc_mask__tell(&diag, 0, "out of memory");
        return diag.count;
    }
    load_file(set, path, &diag);
    dsc_masks_free(&set);
    return diag.count;
}

size_t dsc_masks_count(const dsc_masks *masks)
{
    return masks->count;
}

void dsc_masks_info(const dsc_masks *masks, size_t index, dsc_mask_info *out)
{
    const dsc_mask__template *t;

    memset(out, 0, sizeof *out);
    if (index >= masks->count)
        return;
    t = masks->items[index];
    out->id = t->id;
    out->file = t->file;
    out->description = t->description;
    out->provenance = t->origin;
    out->conditions = t->condition_count;
    out->regions = t->regions_count;
    out->keep_only = t->mode == 1;
}
