/* SPDX-License-Identifier: Apache-2.0
 *
 * Helper processes that parse what nobody trusts, and messages to and from
 * them: one packet with a fixed head, a text and perhaps a descriptor. */
#ifndef DSC_BATCH_POST_PRIV_H
#define DSC_BATCH_POST_PRIV_H

#include "batch/source.h"

#include <sys/types.h>

typedef struct dsc_post {
    void *head; /* exactly this many bytes */
    size_t head_len;
    char *text;      /* with its NUL; room for it when received */
    size_t text_len; /* 0: none. When received: how much room */
    int pass;        /* a descriptor; -1: none */
} dsc_post;

bool dsc_post_send(int fd, const dsc_post *post);
/* Within `seconds`. False: nobody there, silence, nonsense, or told to stop;
 * post->pass may be set all the same. `meanwhile` may be NULL. */
bool dsc_post_receive(int fd, dsc_post *post, unsigned seconds,
                      dsc_meanwhile *meanwhile);

/* Until there is something to read, or we are told to stop: SIGINT or SIGTERM
 * is blocked, as it is in the supervisor, and waits. */
bool dsc_post_wait(int fd, double seconds, dsc_meanwhile *meanwhile);
bool dsc_post_is_stopped(const dsc_meanwhile *meanwhile);

/* Fork a helper. In it *pid is 0 and *theirs its end of the socket, to be given
 * to dsc_post_isolate. */
dsc_status dsc_post_fork(pid_t *pid, int *ours, int *theirs,
                         dsc_error *err) DSC_WARN_UNUSED;
/* In the helper: end with the parent, ignore the signals that it deals with,
 * hold no descriptor but the three usual ones and the one returned. */
int dsc_post_isolate(int fd, pid_t parent);
/* In the helper: heap beyond what it has now. */
void dsc_post_limit_memory(uint64_t bytes);
/* Kill and reap it, close our end. */
void dsc_post_end(pid_t pid, int fd);

#endif
