/* SPDX-License-Identifier: Apache-2.0
 *
 * Output files that appear whole or not at all.
 *
 * A dsc_outfile is a temporary file (mode 0600) in the folder of the final
 * name. dsc_outfile_commit fsyncs it, renames it without ever replacing an
 * existing file, and fsyncs the folder. Until then nothing is visible under
 * the final name; a crash leaves only a `.dcmscrub-*.tmp` file.
 */
#ifndef DSC_BASE_FILE_H
#define DSC_BASE_FILE_H

#include "base/mem.h"

#define DSC_TMP_PREFIX ".dcmscrub-"
#define DSC_TMP_SUFFIX ".tmp"
#define DSC_TMP_NAME   DSC_TMP_PREFIX "XXXXXX" DSC_TMP_SUFFIX

typedef struct dsc_outfile dsc_outfile;

/* Create the temporary file beside `path`; missing folders on the way are
 * made (mode 0700). */
dsc_status dsc_outfile_create(dsc_outfile **out, const char *path,
                              dsc_error *err) DSC_WARN_UNUSED;
/* Append. Buffered. */
dsc_status dsc_outfile_write(dsc_outfile *f, const void *data, size_t n,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Overwrite bytes that were written before. */
dsc_status dsc_outfile_patch(dsc_outfile *f, uint64_t offset, const void *data,
                             size_t n, dsc_error *err) DSC_WARN_UNUSED;
/* Bytes appended so far. */
uint64_t dsc_outfile_tell(const dsc_outfile *f);
/* Flush buffers so that readers of dsc_outfile_temp_path see every byte. */
dsc_status dsc_outfile_flush(dsc_outfile *f, dsc_error *err) DSC_WARN_UNUSED;
/* Name of the temporary file; borrowed. */
const char *dsc_outfile_temp_path(const dsc_outfile *f);
/* Make it visible. *existed tells whether the final name was there already:
 * then DSC_OK means that the bytes are the same, DSC_IO that they are not. The
 * temporary file is gone in every case and *f is freed. */
dsc_status dsc_outfile_commit(dsc_outfile **f, bool *existed,
                              dsc_error *err) DSC_WARN_UNUSED;
/* Asked before an output gets its name, when its bytes are on disk: `fd` is
 * what the name will stand for. Not DSC_OK: it gets none. One for the process;
 * NULL: nobody is asked. */
typedef dsc_status (*dsc_naming_fn)(void *ctx, const char *path, int fd,
                                    dsc_error *err);
void dsc_outfile_on_naming(dsc_naming_fn fn, void *ctx);
/* Drop it: the temporary file is removed. NULL is fine. */
void dsc_outfile_abort(dsc_outfile **f);

/* Remove `path` if it is a temporary file of ours that no living process
 * holds. */
bool dsc_remove_leftover(const char *path);

/* Does the path lead, through links as well, to what is open? */
bool dsc_is_at(int fd, const char *path);

/* The folder in which the path lies: a name that was made there lasts. */
dsc_status dsc_sync_folder(const char *path, dsc_error *err) DSC_WARN_UNUSED;

/* Give the file `from` the name `to`, whatever has it by now: the bytes are on
 * disk before, the name afterwards, unless nobody may read the folder.
 * DSC_UNSUPPORTED: `to` stays, since it is a mount point or nobody may replace
 * it. The message names neither. */
dsc_status dsc_replace_file(const char *from, const char *to,
                            dsc_error *err) DSC_WARN_UNUSED;

/* mkdir -p with mode 0700; what is made is synced. */
dsc_status dsc_make_folders(const char *path, dsc_error *err) DSC_WARN_UNUSED;

/* Read a whole file of at most `limit` bytes. The message does not name it. */
dsc_status dsc_read_file(dsc_buf *out, const char *path, size_t limit,
                         dsc_error *err) DSC_WARN_UNUSED;

/* Tests: let the n-th write, fsync or rename from now fail (0 = never). */
void dsc_file_fail_after(unsigned long n);

#endif
