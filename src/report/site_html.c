/* SPDX-License-Identifier: Apache-2.0 */
#include "report/site_html.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static void append(dsc_html *w, const void *data, size_t n)
{
    if (!w->status)
        w->status = dsc_buf_append(&w->buf, data, n, w->err);
}

void dsc_html_raw(dsc_html *w, const char *markup)
{
    append(w, markup, strlen(markup));
}

static bool is_odd(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x061C || c == 0xFEFF || (c & 0xFFFE) == 0xFFFE;
}

static const char *entity(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void dsc_html_text(dsc_html *w, const char *text)
{
    const unsigned char *s = (const unsigned char *)(text ? text : "");

    while (*s && !w->status) {
        uint32_t c = 0;
        size_t n = dsc_utf8_decode(s, 4, &c);
        const char *e = n ? entity(c) : NULL;
        if (n == 1 && (c == '\n' || c == '\t'))
            append(w, " ", 1);
        else if (!n || is_odd(c))
            append(w, REPLACEMENT, strlen(REPLACEMENT));
        else if (e)
            append(w, e, strlen(e));
        else
            append(w, s, n);
        s += n ? n : 1;
    }
}

/* One conversion other than %s, of which `spec` is the text. */
static void number(dsc_html *w, const char *spec, va_list *ap)
{
    char text[64];
    const char *kind = spec + strlen(spec) - 1;
    bool is_long = kind[-1] == 'l', is_size = kind[-1] == 'z';

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (*kind == 'f')
        snprintf(text, sizeof text, spec, va_arg(*ap, double));
    else if (is_size)
        snprintf(text, sizeof text, spec, va_arg(*ap, size_t));
    else if (is_long)
        snprintf(text, sizeof text, spec, va_arg(*ap, long));
    else
        snprintf(text, sizeof text, spec, va_arg(*ap, int));
#pragma GCC diagnostic pop
    append(w, text, strlen(text));
}

void dsc_html_put(dsc_html *w, const char *fmt, ...)
{
    char spec[16];
    va_list ap;

    va_start(ap, fmt);
    while (*fmt) {
        size_t n = strcspn(fmt, "%");
        append(w, fmt, n);
        fmt += n;
        if (!*fmt)
            break;
        n = 1 + strcspn(fmt + 1, "dufs%") + 1;
        if (fmt[n - 1] == '%') {
            append(w, "%", 1);
        } else if (fmt[n - 1] == 's') {
            dsc_html_text(w, va_arg(ap, const char *));
        } else {
            snprintf(spec, sizeof spec, "%.*s", (int)n, fmt);
            number(w, spec, &ap);
        }
        fmt += n;
    }
    va_end(ap);
}

void dsc_csv_text(dsc_html *w, const char *text)
{
    if (!text)
        text = "";
    append(w, "\"", 1);
    if (*text && strchr("=+-@\t\r", *text))
        append(w, "'", 1);
    for (const unsigned char *s = (const unsigned char *)text;
         *s && !w->status;) {
        uint32_t c = 0;
        size_t n = dsc_utf8_decode(s, 4, &c);
        if (!n || is_odd(c))
            append(w, REPLACEMENT, strlen(REPLACEMENT));
        else if (c == '"')
            append(w, "\"\"", 2);
        else
            append(w, s, n);
        s += n ? n : 1;
    }
    append(w, "\",", 2);
}

void dsc_csv_number(dsc_html *w, double value)
{
    char text[40];

    snprintf(text, sizeof text, "%.15g,", value);
    append(w, text, strlen(text));
}

void dsc_csv_end(dsc_html *w)
{
    if (!w->status && w->buf.len)
        w->buf.data[w->buf.len - 1] = '\n';
}

static bool write_out(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

dsc_status dsc_html_save(dsc_html *w, const char *path, bool secret)
{
    int fd;

    if (w->status)
        return w->status;
    /* Appending serves what is written piece by piece; the folder was empty,
     * so nothing of another's is there. */
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
              secret ? 0600 : 0666);
    if (fd < 0 || !write_out(fd, w->buf.data, w->buf.len))
        w->status = dsc_fail(w->err, DSC_IO, "cannot write a page: %s",
                             strerror(errno));
    if (fd >= 0 && close(fd) && !w->status)
        w->status = dsc_fail(w->err, DSC_IO, "cannot write a page: %s",
                             strerror(errno));
    w->buf.len = 0;
    return w->status;
}

void dsc_html_free(dsc_html *w)
{
    dsc_buf_free(&w->buf);
}
