/* SPDX-License-Identifier: Apache-2.0
 *
 * tar and zip, read from one end to the other without unpacking to disk. Runs
 * in a feeder process. */
#include "base/file.h"
#include "batch/feeder_priv.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)256 * 1024)

/* One archive and all those inside it. */
typedef struct unpacking {
    dsc_feed *feed;
    int64_t modified; /* of the outer file, for all members */
    uint64_t packed, unpacked, members;
    char name[DSC_FEED_NAME];
} unpacking;

/* ---- what is an archive ---- */

static bool has_suffix(const char *path)
{
    static const char *const suffixes[] = {
        ".zip", ".tar", ".tgz",    ".tar.gz", ".tar.bz2",
        ".tbz", ".txz", ".tar.xz", ".tzst",   ".tar.zst",
    };
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t k = strlen(suffixes[i]);
        if (n > k && !strcasecmp(path + n - k, suffixes[i]))
            return true;
    }
    return false;
}

static bool has_magic(const uint8_t *head, size_t n)
{
    static const struct {
        size_t at, len;
        const char *bytes;
    } magics[] = {
        {0, 4, "PK\3\4"},           {0, 4, "PK\5\6"},        {257, 5, "ustar"},
        {0, 2, "\x1f\x8b"},         {0, 6, "\xfd\x37zXZ\0"}, {0, 3, "BZh"},
        {0, 4, "\x28\xb5\x2f\xfd"},
    };

    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (n >= magics[i].at + magics[i].len &&
            !memcmp(head + magics[i].at, magics[i].bytes, magics[i].len))
            return true;
    return false;
}

/* A file that says it is DICOM is none, whatever its preamble holds. */
static bool begins_like_archive(int fd, bool named)
{
    uint8_t head[512];
    ssize_t n = pread(fd, head, sizeof head, 0);

    if (n <= 0 || (n >= 132 && !memcmp(head + 128, "DICM", 4)))
        return false;
    return named || has_magic(head, (size_t)n);
}

bool dsc_is_archive(const char *path, bool named_by_user)
{
    bool named = has_suffix(path), is = false;
    int fd;

    if (!named && !named_by_user)
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
        is = begins_like_archive(fd, named);
        close(fd);
    }
    return is;
}

/* ---- the bytes of a member ---- */

static dsc_feed_reason reason_of(struct archive *a, dsc_feed_reason broken)
{
    switch (archive_errno(a)) {
    case EIO:
    case ESTALE:
    case ETIMEDOUT:
        return DSC_FEED_UNREADABLE;
    case ENOMEM:
        return DSC_FEED_HUNGRY;
    default:
        return broken;
    }
}

/* A place for the bytes that goes away with its descriptor. */
static int make_room(const dsc_feed *feed, bool large)
{
    char path[4200];
    int fd;

    if (!large)
        return memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fd = open(feed->spill, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    if ((size_t)snprintf(path, sizeof path,
                         "%s/" DSC_TMP_PREFIX "XXXXXX" DSC_TMP_SUFFIX,
                         feed->spill) >= sizeof path)
        return -1;
    fd = mkostemps(path, (int)strlen(DSC_TMP_SUFFIX), O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static bool write_at(int fd, const uint8_t *p, size_t n, int64_t at)
{
    while (n) {
        ssize_t w = pwrite(fd, p, n, at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        at += w;
        n -= (size_t)w;
    }
    return true;
}

/* All against all: many small members, and one that is read twice, count. */
static bool too_dense(const unpacking *u, uint64_t more)
{
    uint64_t allowed;

    if (__builtin_mul_overflow(u->packed, u->feed->limits.ratio, &allowed) ||
        __builtin_add_overflow(allowed, u->feed->limits.free_bytes, &allowed))
        return false;
    return u->unpacked > allowed || more > allowed - u->unpacked;
}

static dsc_feed_reason copy_blocks(unpacking *u, struct archive *a, int fd,
                                   uint64_t most, int64_t *size)
{
    const void *block;
    size_t n;
    int64_t at;
    int rc;

    *size = 0;
    while ((rc = archive_read_data_block(a, &block, &n, &at)) == ARCHIVE_OK) {
        if (at < *size)
            return DSC_FEED_BROKEN_MEMBER;
        if ((uint64_t)at > most || n > most - (uint64_t)at)
            return most == u->feed->limits.member_bytes
                       ? DSC_FEED_TOO_LARGE
                       : DSC_FEED_BROKEN_MEMBER;
        if (too_dense(u, (uint64_t)(at - *size) + n))
            return DSC_FEED_TOO_DENSE;
        u->unpacked += (uint64_t)(at - *size) + n;
        if (n && !write_at(fd, block, n, at))
            return DSC_FEED_NO_ROOM;
        *size = at + (int64_t)n;
    }
    return rc == ARCHIVE_EOF ? DSC_FEED_FINE
                             : reason_of(a, DSC_FEED_BROKEN_MEMBER);
}

static dsc_feed_reason unpack(unpacking *u, struct archive *a,
                              struct archive_entry *e, int *out, int64_t *size)
{
    const dsc_feed_limits *l = &u->feed->limits;
    bool told = archive_entry_size_is_set(e);
    int64_t says = told ? archive_entry_size(e) : 0;
    bool large = !told || (uint64_t)says > l->memory_bytes;
    int fd = make_room(u->feed, large);
    dsc_feed_reason reason;

    *out = -1;
    *size = 0;
    if (fd < 0)
        return DSC_FEED_NO_ROOM;
    reason =
        copy_blocks(u, a, fd, told ? (uint64_t)says : l->member_bytes, size);
    if (reason == DSC_FEED_FINE && told && *size != says) {
        /* The end may be a hole. */
        if (*size < says && archive_entry_sparse_count(e) > 0)
            *size = says;
        else
            reason = DSC_FEED_BROKEN_MEMBER;
    }
    if (reason == DSC_FEED_FINE && ftruncate(fd, *size))
        reason = DSC_FEED_NO_ROOM;
    if (reason == DSC_FEED_FINE && !large)
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    if (reason == DSC_FEED_FINE) {
        *out = fd;
        return DSC_FEED_FINE;
    }
    close(fd);
    *size = 0;
    return reason;
}

/* ---- members ---- */

static bool has_dots(const char *name)
{
    for (; *name; name += *name == '/') {
        size_t n = strcspn(name, "/");
        if (n == 2 && name[0] == '.' && name[1] == '.')
            return true;
        name += n;
    }
    return false;
}

static dsc_feed_reason judge(const unpacking *u, struct archive_entry *e,
                             const char *name)
{
    if (archive_entry_hardlink(e) || archive_entry_filetype(e) != AE_IFREG)
        return DSC_FEED_LINK;
    if (has_dots(name))
        return DSC_FEED_DOTS;
    if (archive_entry_is_encrypted(e))
        return DSC_FEED_ENCRYPTED;
    if (archive_entry_size_is_set(e) &&
        (archive_entry_size(e) < 0 ||
         (uint64_t)archive_entry_size(e) > u->feed->limits.member_bytes))
        return DSC_FEED_TOO_LARGE;
    return DSC_FEED_FINE;
}

static dsc_feed_reason read_members(unpacking *u, struct archive *a,
                                    size_t base, unsigned depth);

static struct archive *new_reader(void)
{
    struct archive *a = archive_read_new();

    if (a && archive_read_support_format_tar(a) == ARCHIVE_OK &&
        archive_read_support_format_zip(a) == ARCHIVE_OK &&
        archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
        archive_read_support_filter_bzip2(a) == ARCHIVE_OK &&
        archive_read_support_filter_xz(a) == ARCHIVE_OK &&
        archive_read_support_filter_zstd(a) == ARCHIVE_OK)
        return a;
    archive_read_free(a);
    return NULL;
}

static dsc_feed_reason read_fd(unpacking *u, int fd, size_t base,
                               unsigned depth)
{
    struct archive *a = new_reader();
    dsc_feed_reason reason = DSC_FEED_UNREADABLE;

    if (a && archive_read_open_fd(a, fd, BLOCK) == ARCHIVE_OK)
        reason = read_members(u, a, base, depth);
    else if (a)
        reason = reason_of(a, DSC_FEED_BROKEN);
    archive_read_free(a);
    return reason;
}

/* An archive inside: unpacked for ourselves, its members are offered under its
 * name. How it ended is told as an entry of that name. */
static void read_inner(unpacking *u, struct archive *a, struct archive_entry *e,
                       unsigned depth)
{
    dsc_feed_entry entry = {.name = u->name, .modified = u->modified};
    size_t n = strlen(u->name);
    int64_t size;
    int fd = -1;

    if (depth >= u->feed->limits.depth)
        entry.reason = DSC_FEED_TOO_DEEP;
    else
        entry.reason = unpack(u, a, e, &fd, &size);
    /* DICOM, or empty: a member like the others. */
    if (entry.reason == DSC_FEED_FINE && !begins_like_archive(fd, true)) {
        entry.size = size;
        lseek(fd, 0, SEEK_SET);
        if (dsc_feed_offer(u->feed, &entry))
            dsc_feed_give(u->feed, fd, size, DSC_FEED_FINE);
        else
            close(fd);
        return;
    }
    if (entry.reason == DSC_FEED_FINE) {
        lseek(fd, 0, SEEK_SET);
        u->name[n] = '!';
        u->name[n + 1] = '\0';
        entry.reason = read_fd(u, fd, n + 1, depth + 1);
        u->name[n] = '\0';
    }
    if (fd >= 0)
        close(fd);
    if (entry.reason == DSC_FEED_FINE)
        entry.reason = DSC_FEED_WHOLE;
    dsc_feed_offer(u->feed, &entry);
}

/* To the next member of a compressed archive all has to be inflated: that
 * counts, too. */
static bool pass_over(unpacking *u, struct archive *a)
{
    const void *block;
    size_t n;
    int64_t at;

    if (archive_filter_count(a) < 2)
        return true; /* the library skips */
    while (archive_read_data_block(a, &block, &n, &at) == ARCHIVE_OK) {
        u->unpacked += n;
        if (too_dense(u, 0))
            return false;
    }
    return true;
}

static void offer_member(unpacking *u, struct archive *a,
                         struct archive_entry *e, const char *name,
                         unsigned depth)
{
    dsc_feed_entry entry = {.name = u->name, .modified = u->modified};
    int64_t size = 0;
    int fd = -1;

    entry.reason = judge(u, e, name);
    if (entry.reason == DSC_FEED_FINE && has_suffix(name)) {
        read_inner(u, a, e, depth);
        return;
    }
    if (archive_entry_size_is_set(e) && entry.reason == DSC_FEED_FINE)
        entry.size = archive_entry_size(e);
    if (!dsc_feed_offer(u->feed, &entry))
        return;
    entry.reason = unpack(u, a, e, &fd, &size);
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    dsc_feed_give(u->feed, fd, size, entry.reason);
}

static dsc_feed_reason read_members(unpacking *u, struct archive *a,
                                    size_t base, unsigned depth)
{
    uint64_t number = 0, files = 0;
    struct archive_entry *e;
    int rc;

    while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
           rc == ARCHIVE_WARN) {
        const char *name = archive_entry_pathname(e);
        int n;
        if (++u->members > u->feed->limits.members)
            return DSC_FEED_TOO_MANY;
        number++;
        if (archive_entry_filetype(e) == AE_IFDIR)
            continue;
        files++;
        name = name ? name : "";
        n = snprintf(u->name + base, sizeof u->name - base, "%llu/%s",
                     (unsigned long long)number, name);
        if (n < 0 || (size_t)n + 2 >= sizeof u->name - base) {
            dsc_feed_entry entry = {.reason = DSC_FEED_LONG_NAME};
            snprintf(u->name + base, sizeof u->name - base, "%llu/",
                     (unsigned long long)number);
            entry.name = u->name;
            dsc_feed_offer(u->feed, &entry);
            continue;
        }
        offer_member(u, a, e, name, depth);
        if (!pass_over(u, a) || too_dense(u, 0))
            return DSC_FEED_TOO_DENSE;
    }
    if (rc != ARCHIVE_EOF)
        return reason_of(a, DSC_FEED_BROKEN);
    return files ? DSC_FEED_FINE : DSC_FEED_EMPTY;
}

dsc_feed_reason dsc_feed_archive(dsc_feed *feed, const char *path)
{
    static unpacking u;
    struct stat sb;
    dsc_feed_reason reason;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode))
        return DSC_FEED_UNREADABLE;
    /* Names in pax headers and newer zips are UTF-8; other bytes stay. */
    setlocale(LC_CTYPE, "C.UTF-8");
    u = (unpacking){
        .feed = feed,
        .packed = (uint64_t)sb.st_size,
        .modified =
            (int64_t)sb.st_mtim.tv_sec * 1000000000 + sb.st_mtim.tv_nsec,
    };
    reason = read_fd(&u, fd, 0, 0);
    close(fd);
    return reason;
}
