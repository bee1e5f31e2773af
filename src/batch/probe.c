/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/probe_priv.h"

#include "batch/feeder_priv.h"
#include "batch/post_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS 60 /* for one header */

struct dsc_probe {
    pid_t pid; /* 0: none */
    int fd;
    const dsc_key *key;
    uint32_t shards;
};

typedef struct question {
    uint32_t shards;
} question;

/* ---- in the helper ---- */

#define TAG_PATIENT DSC_TAG(0x0010, 0x0020)
#define TAG_STUDY   DSC_TAG(0x0020, 0x000D)

/* "patient 4711"; false where the header does not tell. */
static bool name_of(const dsc_dicom *ds, uint32_t tag, const char *what,
                    char text[1040])
{
    char value[1024] = "";
    bool found =
        dsc_dicom_string(ds, tag, value, sizeof value) && value[0] != '\0';

    snprintf(text, 1040, "%s %s", what, value);
    explicit_bzero(value, sizeof value);
    return found;
}

/* Patients first; without an ID at least the studies stay together. */
static dsc_probe_home home_of(const dsc_key *key, const char *path,
                              uint32_t shards)
{
    dsc_probe_home home = {0};
    char text[1040], digest[17];
    dsc_dicom *ds = NULL;

    if (dsc_dicom_open(&ds, path, NULL, NULL))
        return home;
    if (name_of(ds, TAG_STUDY, "study", text) &&
        !dsc_key_share(key, text, shards, &home.shard, NULL) &&
        !dsc_key_digest(key, text, digest, NULL))
        home.study = strtoull(digest, NULL, 16);
    if (name_of(ds, TAG_PATIENT, "patient", text))
        home.has_patient = !dsc_key_share(key, text, shards, &home.shard, NULL);
    explicit_bzero(text, sizeof text);
    dsc_dicom_free(&ds);
    return home;
}

static _Noreturn void probe_main(const dsc_probe *p, int fd, pid_t parent)
{
    static char name[DSC_FEED_NAME];
    int socket = dsc_post_isolate(fd, parent);

    for (;;) {
        question q;
        dsc_probe_home a;
        char path[32];
        dsc_post in = {&q, sizeof q, name, sizeof name, -1};
        dsc_post out = {&a, sizeof a, NULL, 0, -1};

        if (!dsc_post_receive(socket, &in, 86400, NULL))
            _exit(0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", in.pass);
        a = home_of(p->key, in.pass >= 0 ? path : name, q.shards);
        if (in.pass >= 0)
            close(in.pass);
        if (!dsc_post_send(socket, &out))
            _exit(0);
    }
}

/* ---- outside ---- */

static dsc_status start(dsc_probe *p, dsc_error *err)
{
    pid_t parent = getpid();
    int theirs;
    dsc_status st = dsc_post_fork(&p->pid, &p->fd, &theirs, err);

    if (st)
        p->pid = 0;
    else if (p->pid == 0)
        probe_main(p, theirs, parent);
    return st;
}

static void end(dsc_probe *p)
{
    if (p->pid)
        dsc_post_end(p->pid, p->fd);
    p->pid = 0;
}

dsc_status dsc_probe_start(dsc_probe **out, const dsc_key *key, uint32_t shards,
                           dsc_error *err)
{
    dsc_probe *p = dsc_alloc(sizeof *p);
    dsc_status st;

    *out = NULL;
    if (!p)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    p->key = key;
    p->shards = shards;
    st = start(p, err);
    if (st)
        dsc_probe_stop(&p);
    *out = p;
    return st;
}

dsc_status dsc_probe_ask(dsc_probe *p, const char *name, int fd, dsc_error *err)
{
    question q = {p->shards};
    dsc_post post = {&q, sizeof q, (char *)name, strlen(name) + 1, fd};

    if (p->pid && dsc_post_send(p->fd, &post))
        return DSC_OK;
    end(p);
    if (start(p, err))
        return DSC_IO;
    return dsc_post_send(p->fd, &post)
               ? DSC_OK
               : dsc_fail(err, DSC_IO, "a new helper cannot be reached");
}

dsc_probe_home dsc_probe_answer(dsc_probe *p)
{
    dsc_probe_home a;
    dsc_post post = {&a, sizeof a, NULL, 0, -1};
    bool ok = p->pid && dsc_post_receive(p->fd, &post, SECONDS, NULL) &&
              a.shard <= p->shards;

    if (post.pass >= 0)
        close(post.pass);
    if (ok)
        return a;
    end(p); /* died or hung on this file: the next one gets a new helper */
    return (dsc_probe_home){0};
}

void dsc_probe_stop(dsc_probe **pp)
{
    if (*pp)
        end(*pp);
    dsc_free(*pp);
    *pp = NULL;
}
