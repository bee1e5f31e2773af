/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of --report: JSON lines that several processes may append to.
 */
#ifndef DSC_BATCH_LINES_H
#define DSC_BATCH_LINES_H

#include "base/mem.h"

typedef struct dsc_lines dsc_lines;

/* Made with mode 0600 where it is missing; else appended to. DSC_IO. */
dsc_status dsc_lines_open(dsc_lines **out, const char *path,
                          dsc_error *err) DSC_WARN_UNUSED;
/* A line with its line feed, in one piece; what fails leaves no part of it,
 * unless, on a network file system, others have appended to that. */
dsc_status dsc_lines_add(dsc_lines *lines, const char *line, size_t len,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Of the lines of an input only the last one stays, and no part of one, as a
 * kill leaves it, but what was written behind that. What is no line of an input
 * stays as it is. Does nothing while others append, who will do it, and where
 * it is no regular file. A crash leaves the old file or the new one.
 * DSC_UNSUPPORTED: it stays as it is: a mount point, or of a folder in which
 * nothing can be made, or not to be read. */
dsc_status dsc_lines_unite(dsc_lines *lines, dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_lines_close(dsc_lines **lines, dsc_error *err);

#endif
