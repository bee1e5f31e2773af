/* SPDX-License-Identifier: Apache-2.0
 *
 * Where messages go: stderr with --verbose, a file or syslog with --log. */
#include "cli/cli_batch.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const char *const levels[] = {"error", "warning", "info", "debug"};

typedef struct sink {
    const char *path; /* NULL: syslog */
    bool verbose;
} sink;

static void to_file(const sink *s, const char *level, const char *component,
                    const char *message)
{
    char line[700], when[32];
    time_t now = time(NULL);
    struct tm tm;
    int n, fd;

    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    n = snprintf(line, sizeof line, "%s %d %s %s: %s\n", when, (int)getpid(),
                 level, component, message);
    fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
              0600);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        fprintf(stderr, "dcmscrub: the log cannot be written\n%s", line);
    if (fd >= 0)
        close(fd);
}

static void log_message(void *cookie, dsc_log_level level,
                        const char *component, const char *message)
{
    static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    const sink *s = cookie;

    if (s->path)
        to_file(s, levels[level], component, message);
    else
        syslog(priorities[level], "%s: %s", component, message);
    if (s->verbose)
        fprintf(stderr, "%s: %s\n", component, message);
}

bool dsc_cli_log(const dsc_args *args)
{
    static sink s;
    const char *where = dsc_args_value(args, "log", NULL);
    int fd;

    if (!where)
        return true;
    s.verbose = dsc_args_has(args, "verbose");
    if (!strcmp(where, "syslog")) {
        openlog("dcmscrub", LOG_PID, LOG_USER);
    } else {
        fd = open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
                  0600);
        if (fd < 0) {
            dsc_cli_usage("the log cannot be written: %s", strerror(errno));
            return false;
        }
        close(fd);
        s.path = where;
    }
    /* What has a log runs on without its terminal. */
    signal(SIGHUP, SIG_IGN);
    dsc_log_set(log_message, &s, DSC_LOG_INFO);
    return true;
}
