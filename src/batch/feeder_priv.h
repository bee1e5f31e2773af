/* SPDX-License-Identifier: Apache-2.0
 *
 * A container (an archive, a DICOMDIR) is read by a process of its own, the
 * feeder, so that one that is hostile costs itself and not the run. The feeder
 * offers one entry after the other over a socket and hands over the bytes of
 * those that are wanted, as sealed memory or as a file without a name.
 *
 * What comes from a feeder is believed no more than the container: reasons are
 * numbers of a table, names have a limit.
 */
#ifndef DSC_BATCH_FEEDER_PRIV_H
#define DSC_BATCH_FEEDER_PRIV_H

#include "batch/source.h"

#include <sys/types.h>

#define DSC_FEED_NAME 65536u /* longest name, with its NUL */

/* Why an entry, or the container from here on, cannot be taken. */
typedef enum dsc_feed_reason {
    DSC_FEED_FINE,
    DSC_FEED_EMPTY,
    DSC_FEED_LINK,
    DSC_FEED_DOTS,
    DSC_FEED_LONG_NAME,
    DSC_FEED_ENCRYPTED,
    DSC_FEED_TOO_LARGE,
    DSC_FEED_TOO_DENSE,
    DSC_FEED_TOO_DEEP,
    DSC_FEED_TOO_MANY,
    DSC_FEED_BROKEN,
    DSC_FEED_BROKEN_MEMBER,
    DSC_FEED_UNREADABLE,
    DSC_FEED_NO_ROOM,
    DSC_FEED_HUNGRY,
    DSC_FEED_NO_DICOMDIR,
    DSC_FEED_BAD_DICOMDIR,
    DSC_FEED_OUTSIDE,
    DSC_FEED_MISSING,
    DSC_FEED_DIED,
    DSC_FEED_KILLED,
    DSC_FEED_WHOLE, /* an archive, all of which was offered */
    DSC_FEED_REASONS
} dsc_feed_reason;
const char *dsc_feed_reason_text(dsc_feed_reason reason);
dsc_outcome dsc_feed_reason_outcome(dsc_feed_reason reason);

/* Limits on hostile containers. */
typedef struct dsc_feed_limits {
    uint64_t member_bytes; /* one member, unpacked */
    uint64_t memory_bytes; /* above this a member goes to a file */
    uint64_t heap_bytes;   /* of the process that unpacks */
    uint64_t free_bytes;   /* unpacked bytes that need no ratio */
    uint64_t ratio;        /* unpacked to packed */
    uint64_t members;
    unsigned depth;   /* archives in archives */
    unsigned seconds; /* for one entry */
} dsc_feed_limits;
dsc_feed_limits dsc_feed_default_limits(void);

/* ---- in the supervisor ---- */

typedef struct dsc_feeder dsc_feeder;
typedef struct dsc_feed dsc_feed;
/* Runs in the feeder: offers every entry of the container at `path`. Returns
 * why it ended. */
typedef dsc_feed_reason (*dsc_feed_body)(dsc_feed *feed, const char *path);

/* `spill`: a folder for members that are too large for memory. */
dsc_status dsc_feeder_start(dsc_feeder **out, dsc_feed_body body,
                            const char *path, const char *spill,
                            const dsc_feed_limits *limits,
                            dsc_meanwhile *meanwhile,
                            dsc_error *err) DSC_WARN_UNUSED;
/* Ends the process. */
void dsc_feeder_stop(dsc_feeder **feeder);

typedef struct dsc_feed_entry {
    const char *name;       /* NULL: the end. Lives until the next call */
    dsc_feed_reason reason; /* FINE: the bytes may be asked for */
    int64_t size, modified;
} dsc_feed_entry;
/* The next entry; what was not asked for of the last one is passed over. At
 * the end, `reason` is FINE or tells what is wrong with the container. */
void dsc_feeder_next(dsc_feeder *feeder, dsc_feed_entry *entry);
/* The bytes of the entry at hand as a descriptor for the caller, or -1 and the
 * reason; *size becomes what it is. */
int dsc_feeder_take(dsc_feeder *feeder, int64_t *size, dsc_feed_reason *reason);

/* ---- in the feeder ---- */

struct dsc_feed {
    int fd;
    const char *spill;
    dsc_feed_limits limits;
};

/* Offer an entry; true: its bytes are wanted and dsc_feed_give must follow.
 * Never true unless entry->reason is FINE. Ends the process when nobody is
 * there any more. */
bool dsc_feed_offer(dsc_feed *feed, const dsc_feed_entry *entry);
/* fd is closed; -1 with a reason: they cannot be had. */
void dsc_feed_give(dsc_feed *feed, int fd, int64_t size,
                   dsc_feed_reason reason);

/* ---- bodies ---- */

dsc_feed_reason dsc_feed_archive(dsc_feed *feed, const char *path);
/* By its name; one that the user names also by how it begins. */
bool dsc_is_archive(const char *path, bool named_by_user);
/* Offers the files that a DICOMDIR lists, each once, named below its folder.
 */
dsc_feed_reason dsc_feed_dicomdir(dsc_feed *feed, const char *path);
/* Only one that the user names: a walk finds its files anyway. */
bool dsc_is_dicomdir(const char *path, bool named_by_user);

#endif
