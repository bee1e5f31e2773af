/* SPDX-License-Identifier: Apache-2.0 */
#include "dicom/dicom_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK ((size_t)64 * 1024)
/* Inflated datasets above this go to an unlinked temporary file. */
#define SPILL_AT ((size_t)64 * 1024 * 1024)

static dsc_status io_fail(dsc_error *err, const char *what)
{
    return dsc_fail(err, DSC_IO, "%s: %s", what, strerror(errno));
}

dsc_status dsc_dicom__source_open(dsc_source *s, const char *path,
                                  dsc_error *err)
{
    struct stat info;

    *s = (dsc_source){.fd = -1};
    /* O_NONBLOCK: a named pipe must not hang the run. */
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0)
        return io_fail(err, "cannot open the file");
    if (fstat(s->fd, &info))
        return io_fail(err, "cannot read the file");
    if (!S_ISREG(info.st_mode))
        return dsc_fail(err, DSC_NOTDICOM, "not a regular file");
    s->size = (uint64_t)info.st_size;
    return DSC_OK;
}

void dsc_dicom__source_memory(dsc_source *s, const void *data, size_t len)
{
    static const uint8_t nothing;
    *s = (dsc_source){.mem = len ? data : &nothing, .fd = -1, .size = len};
}

void dsc_dicom__source_close(dsc_source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->owned)
        dsc_wipe_free(s->owned, (size_t)s->size);
    *s = (dsc_source){.fd = -1};
}

dsc_status dsc_dicom__source_read(const dsc_source *s, uint64_t offset,
                                  void *buf, size_t n, dsc_error *err)
{
    uint8_t *p = buf;

    if (offset > s->size || n > s->size - offset)
        return dsc_fail(err, DSC_BADFILE, "the file ends early");
    if (s->mem) {
        if (n)
            memcpy(p, s->mem + offset, n);
        return DSC_OK;
    }
    while (n) {
        ssize_t r = pread(s->fd, p, n, (off_t)offset);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return io_fail(err, "cannot read the file");
        if (r == 0)
            return dsc_fail(err, DSC_IO, "the file shrank while it was read");
        p += r;
        offset += (uint64_t)r;
        n -= (size_t)r;
    }
    return DSC_OK;
}

/* ---- inflate ---- */

typedef struct inflater {
    dsc_buf memory;
    int fd; /* -1 while in memory */
    uint64_t size, limit;
} inflater;

static int unlinked_file(void)
{
    const char *dir = getenv("TMPDIR");
    char name[4096];
    int fd;

    if (!dir || dir[0] != '/')
        dir = "/tmp";
    fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    if ((size_t)snprintf(name, sizeof name, "%s/dcmscrub-XXXXXX", dir) >=
        sizeof name)
        return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static dsc_status write_file(int fd, const uint8_t *p, size_t n, dsc_error *err)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return io_fail(err, "cannot write a temporary file");
        p += w;
        n -= (size_t)w;
    }
    return DSC_OK;
}

static dsc_status take(inflater *f, const uint8_t *p, size_t n, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (n > f->limit - f->size)
        return dsc_fail(err, DSC_LIMIT,
                        "the deflated dataset is over %llu bytes",
                        (unsigned long long)f->limit);
    if (f->fd < 0 && f->size + n > SPILL_AT) {
        f->fd = unlinked_file();
        if (f->fd < 0)
            return io_fail(err, "cannot make a temporary file");
        st = write_file(f->fd, f->memory.data, f->memory.len, err);
        dsc_buf_free(&f->memory);
    }
    f->size += n;
    if (st)
        return st;
    return f->fd < 0 ? dsc_buf_append(&f->memory, p, n, err)
                     : write_file(f->fd, p, n, err);
}

static dsc_status inflate_all(inflater *f, z_stream *z, const dsc_source *in,
                              uint64_t offset, uint8_t *ibuf, uint8_t *obuf,
                              dsc_error *err)
{
    int rc = Z_OK;

    while (rc != Z_STREAM_END) {
        dsc_status st;
        if (z->avail_in == 0) {
            uint64_t left = in->size - offset;
            size_t n = left < CHUNK ? (size_t)left : CHUNK;
            st = dsc_dicom__source_read(in, offset, ibuf, n, err);
            if (st)
                return st;
            offset += n;
            z->next_in = ibuf;
            z->avail_in = (uInt)n;
        }
        z->next_out = obuf;
        z->avail_out = (uInt)CHUNK;
        rc = inflate(z, Z_NO_FLUSH);
        if (rc == Z_MEM_ERROR)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return dsc_fail(err, DSC_BADFILE,
                            "the deflated dataset is corrupt");
        /* no input left and nothing made: the end is missing */
        if (rc == Z_BUF_ERROR && z->avail_in == 0 && offset == in->size)
            return dsc_fail(err, DSC_BADFILE,
                            "the deflated dataset ends early");
        st = take(f, obuf, CHUNK - z->avail_out, err);
        if (st)
            return st;
    }
    return DSC_OK;
}

dsc_status dsc_dicom__inflate(dsc_source *out, const dsc_source *in,
                              uint64_t offset, uint64_t limit, dsc_error *err)
{
    inflater f = {.fd = -1, .limit = limit};
    z_stream z = {0};
    uint8_t *ibuf = dsc_alloc(CHUNK), *obuf = dsc_alloc(CHUNK);
    bool started = false;
    dsc_status st;

    *out = (dsc_source){.fd = -1};
    if (!ibuf || !obuf || inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    started = true;
    st = inflate_all(&f, &z, in, offset, ibuf, obuf, err);
    if (st)
        goto done;
    out->size = f.size;
    if (f.fd >= 0) {
        out->fd = f.fd;
        f.fd = -1;
    } else if (f.memory.data) {
        out->mem = out->owned = f.memory.data;
        f.memory = (dsc_buf){0};
    } else {
        dsc_dicom__source_memory(out, NULL, 0);
    }
done:
    if (started)
        inflateEnd(&z);
    if (f.fd >= 0)
        close(f.fd);
    dsc_buf_free(&f.memory);
    dsc_wipe_free(ibuf, ibuf ? CHUNK : 0);
    dsc_wipe_free(obuf, obuf ? CHUNK : 0);
    return st;
}
