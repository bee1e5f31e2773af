/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/mend.h"

#include "base/log.h"
#include "batch/batch_priv.h"
#include "batch/post_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MANY 10000u /* names at a time */

typedef struct search {
    const dsc_batch_options *options;
    dsc_lessons lessons;
    dsc_kin kin; /* asked last, and the answer */
    dsc_status answer;
    uint64_t digest;
    bool asked;
    int64_t last;   /* row */
    dsc_buf *names; /* of all that are stale */
    dsc_buf gone;   /* row and digest of each that has no input */
    unsigned count;
    dsc_status status;
    dsc_error *err;
} search;

typedef struct gone {
    int64_t id;
    uint64_t digest;
    size_t name, length; /* in `names` of the search; with its NUL */
} gone;

/* A file that was refused for too many values stays so. */
static bool is_stale(search *s, const dsc_ledger_judged *row)
{
    const dsc_taught *t = &row->taught;
    dsc_error e = DSC_ERROR_INIT;

    if (!s->asked || t->kin.study != s->kin.study ||
        t->kin.patient != s->kin.patient) {
        s->kin = t->kin;
        s->asked = true;
        s->answer = dsc_lessons_digest(&s->lessons, &s->kin, &s->digest, &e);
    }
    if (s->answer == DSC_LIMIT)
        return row->outcome != DSC_QUARANTINED;
    if (s->answer && s->answer != DSC_UNSUPPORTED)
        s->status = dsc_fail(s->err, s->answer, "%s", e.msg);
    return !s->answer && s->digest != t->told && s->digest != t->known;
}

/* How much of the name is that of a file: all, or the archive it is in. 0: it
 * is gone. False: nobody knows now. */
static bool find_input(const char *name, char *room, size_t *length)
{
    size_t n = strlen(name);

    *length = 0;
    if (n >= DSC_BATCH_MAX_PATH)
        return false;
    memcpy(room, name, n + 1);
    for (char *bang = room + n; bang; bang = strrchr(room, '!')) {
        *bang = '\0';
        if (!access(room, F_OK)) {
            *length = (size_t)(bang - room);
            return true;
        }
        if (errno != ENOENT && errno != ENOTDIR)
            return false;
    }
    return true;
}

static dsc_status add_name(search *s, const char *name, size_t length)
{
    dsc_status st = dsc_buf_append(s->names, name, length, s->err);

    return st ? st : dsc_buf_append(s->names, "", 1, s->err);
}

static bool look(void *ctx, const dsc_ledger_judged *row)
{
    static char room[DSC_BATCH_MAX_PATH];
    search *s = ctx;
    gone g = {.id = row->id, .name = s->names->len};
    size_t length;

    if (s->count == MANY || dsc_post_is_stopped(NULL))
        return false;
    s->last = row->id;
    if (!is_stale(s, row) || s->status ||
        !find_input(row->input, room, &length))
        return !s->status;
    if (length) {
        s->count++;
        s->status = add_name(s, row->input, length);
    } else if (row->outcome != DSC_QUARANTINED) {
        g.digest = s->digest;
        g.length = strlen(row->input) + 1;
        s->status = dsc_buf_append(&s->gone, &g, sizeof g, s->err);
        if (!s->status)
            s->status = add_name(s, row->input, g.length - 1);
    }
    return !s->status;
}

/* Its output shows what it should not, and cannot be made anew. */
static dsc_status take_back(const dsc_batch_options *o, const char *input,
                            const gone *g, dsc_error *err)
{
    char *output = NULL;
    dsc_status st =
        dsc_ledger_reopen(o->ledger, input, &g->digest, &output, err);

    if (!st && output && dsc_batch_is_ours(o, output) && unlink(output) &&
        errno != ENOENT)
        st = dsc_fail(err, DSC_IO, "an old output cannot be removed: %s",
                      strerror(errno));
    if (!st)
        dsc_log(DSC_LOG_WARN, "watch",
                "row %" PRId64 ": headers tell more of it by now and its input "
                "is gone: its output was removed",
                g->id);
    dsc_free(output);
    return st;
}

/* Those that are gone leave the list, the last one first. */
static dsc_status take_back_all(search *s)
{
    const gone *all = (const void *)s->gone.data;
    dsc_buf *names = s->names;
    dsc_status st = DSC_OK;

    for (size_t i = s->gone.len / sizeof *all; !st && i-- > 0;) {
        char *name = (char *)names->data + all[i].name;
        st = take_back(s->options, name, &all[i], s->err);
        names->len -= all[i].length;
        memmove(name, name + all[i].length, names->len - all[i].name);
    }
    return st;
}

dsc_status dsc_mend_find(const dsc_batch_options *o, int64_t *after,
                         dsc_buf *names, dsc_error *err)
{
    char *path = dsc_ledger_beside(o->ledger, "-learned");
    search s = {.options = o, .names = names, .err = err};
    dsc_lore *lore = NULL;
    dsc_status st = DSC_OK;

    names->len = 0;
    if (!path)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!o->learn || access(path, F_OK)) { /* nothing was told */
        *after = 0;
        dsc_free(path);
        return DSC_OK;
    }
    st = dsc_lore_open(&lore, path, err);
    s.lessons = (dsc_lessons){dsc_lore_recall, lore};
    if (!st)
        st = dsc_ledger_each_judged(o->ledger, *after, look, &s, err);
    if (!st)
        st = s.status;
    if (!st)
        st = take_back_all(&s);
    *after = s.count == MANY ? s.last : 0;
    dsc_buf_free(&s.gone);
    dsc_lore_close(&lore);
    dsc_free(path);
    return st;
}
