/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory, bytes, random numbers, files, child processes.
 */
#include "generate.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <zlib.h>

extern char **environ;

typedef struct chunk {
    struct chunk *next;
    max_align_t data[];
} chunk;

static chunk *arena;
const char *gen_folder = ".";

void gen_die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("generate: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    gen_release();
    exit(1);
}

void *gen_alloc(size_t n)
{
    chunk *c = calloc(1, sizeof(chunk) + n + 1);
    if (!c) {
        fputs("generate: out of memory\n", stderr);
        exit(1);
    }
    c->next = arena;
    arena = c;
    return c->data;
}

void gen_release(void)
{
    while (arena) {
        chunk *next = arena->next;
        free(arena);
        arena = next;
    }
}

char *gen_format(const char *fmt, ...)
{
    char tmp[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
    va_end(ap);
    if (n < 0 || n >= (int)sizeof(tmp))
        gen_die("text too long");
    char *s = gen_alloc((size_t)n + 1);
    memcpy(s, tmp, (size_t)n);
    return s;
}

void gen_put(gen_buf *b, const void *data, size_t n)
{
    if (b->n + n > b->cap || !b->p) {
        size_t cap = (b->n + n) * 2 + 64;
        uint8_t *p = gen_alloc(cap);
        if (b->n)
            memcpy(p, b->p, b->n);
        b->p = p;
        b->cap = cap;
    }
    if (n && data)
        memcpy(b->p + b->n, data, n);
    else if (n)
        memset(b->p + b->n, 0, n);
    b->n += n;
}

void gen_put_zero(gen_buf *b, size_t n)
{
    gen_put(b, NULL, n);
}

void gen_put8(gen_buf *b, unsigned v)
{
    uint8_t c = (uint8_t)v;
    gen_put(b, &c, 1);
}

void gen_put16(gen_buf *b, unsigned v, bool big)
{
    uint8_t c[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    if (big) {
        c[0] = (uint8_t)(v >> 8);
        c[1] = (uint8_t)v;
    }
    gen_put(b, c, 2);
}

void gen_put32(gen_buf *b, uint32_t v, bool big)
{
    gen_put16(b, big ? v >> 16 : v & 0xffff, big);
    gen_put16(b, big ? v & 0xffff : v >> 16, big);
}

gen_buf gen_bytes(const void *data, size_t n)
{
    gen_buf b = {0};
    gen_put(&b, data, n);
    return b;
}

/* xorshift: the same numbers with every libc. */
uint32_t gen_rand(uint32_t *state)
{
    uint32_t x = *state ? *state : 0x9e3779b9u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x;
}

double gen_uniform(uint32_t *state)
{
    return (gen_rand(state) >> 8) / 16777216.0;
}

static void digest(const void *data, size_t n, uint8_t out[32])
{
    unsigned len = 0;
    if (!EVP_Digest(data, n, out, &len, EVP_sha256(), NULL) || len != 32)
        gen_die("SHA-256 failed");
}

void gen_sha256(const void *data, size_t n, char hex[65])
{
    uint8_t d[32];
    digest(data, n, d);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", d[i]);
}

const char *gen_uid(const char *text)
{
    uint8_t d[32];
    digest(text, strlen(text), d);
    /* 120 bits, so that the text stays below 64 characters */
    char digits[48];
    int n = 0;
    uint8_t big[15];
    memcpy(big, d, sizeof(big));
    bool more = true;
    while (more) {
        unsigned rest = 0;
        more = false;
        for (size_t i = 0; i < sizeof(big); i++) {
            unsigned v = rest << 8 | big[i];
            big[i] = (uint8_t)(v / 10);
            rest = v % 10;
            more |= big[i] != 0;
        }
        digits[n++] = (char)('0' + rest);
    }
    char *uid = gen_alloc(64);
    memcpy(uid, "2.25.", 5);
    for (int i = 0; i < n; i++)
        uid[5 + i] = digits[n - 1 - i];
    return uid;
}

gen_buf gen_deflate(const void *data, size_t n)
{
    z_stream z = {0};
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        gen_die("deflateInit2 failed");
    gen_buf out = {0};
    out.cap = deflateBound(&z, n);
    out.p = gen_alloc(out.cap);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)n;
    z.next_out = out.p;
    z.avail_out = (uInt)out.cap;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        gen_die("deflate failed");
    out.n = z.total_out;
    deflateEnd(&z);
    return out;
}

gen_buf gen_read_file(const char *path)
{
    gen_buf b = {0};
    FILE *f = fopen(path, "rb");
    if (!f)
        gen_die("cannot read %s: %s", path, strerror(errno));
    uint8_t tmp[65536];
    for (size_t n; (n = fread(tmp, 1, sizeof(tmp), f)) > 0;)
        gen_put(&b, tmp, n);
    fclose(f);
    return b;
}

bool gen_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

void gen_write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        gen_die("cannot write %s: %s", path, strerror(errno));
    if (n && fwrite(data, 1, n, f) != n)
        gen_die("cannot write %s", path);
    if (fclose(f) != 0)
        gen_die("cannot write %s", path);
}

void gen_make_folder(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        gen_die("cannot make %s: %s", path, strerror(errno));
}

bool gen_run(char *const argv[])
{
    posix_spawn_file_actions_t fa;
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    int rc = posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&fa);
    if (rc == ENOENT)
        return false;
    if (rc != 0)
        gen_die("cannot run %s: %s", argv[0], strerror(rc));
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        gen_die("%s died", argv[0]);
    if (WEXITSTATUS(status) == 127)
        return false;
    if (WEXITSTATUS(status) != 0)
        gen_die("%s failed with %d", argv[0], WEXITSTATUS(status));
    return true;
}
