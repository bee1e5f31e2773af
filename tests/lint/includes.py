#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom. The table is that of docs: includes go only downward,
modules of one rank do not know each other, and each third-party library has
the modules that may name it."""
import re

from common import Tap, c_files, read

RANK = {
    "base": 0, "image": 1,
    "blit": 2, "codec": 2, "dicom": 2, "detect": 2, "ocr": 2, "mask": 2, "policy": 2,
    "deid": 3, "scrub": 4, "ledger": 5, "report": 5,
    "batch": 6, "review": 6, "gateway": 6, "cli": 7,
}

# Third-party header (regex) -> the modules or the very files that may use it.
ALLOWED = [
    (r"jpeglib\.h|jerror\.h|turbojpeg\.h", ["codec"]),
    (r"openjpeg\.h|openjpeg-[\d.]+/openjpeg\.h|opj_config\.h", ["codec"]),
    (r"charls/.*", ["codec"]),
    # The JPEG processes that only DCMTK decodes: docs/adr.
    (r"dcmtk/.*", ["dicom", "src/codec/codec_dcmjpeg_shim.cc"]),
    (r"leptonica/.*|allheaders\.h", ["ocr", "detect"]),
    (r"tesseract/.*", ["ocr"]),
    (r"cyaml/.*", ["mask"]),
    (r"yaml\.h", ["mask", "deid"]),
    (r"openssl/.*", ["deid"]),
    (r"json-c/.*|json\.h", ["report"]),
    (r"(x86|e|p|t|s|n|w|i)mm?intrin\.h|immintrin\.h|x86intrin\.h|arm_neon\.h", ["blit", "detect"]),
    (r"cpuid\.h", ["base"]),
    (r"zlib\.h", ["dicom", "codec"]),
    (r"png\.h", ["report"]),
    (r"sqlite3\.h", ["ledger"]),
    (r"archive(_entry)?\.h", ["batch"]),
]

STANDARD = set("""
assert.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
stdnoreturn.h string.h strings.h threads.h time.h wchar.h wctype.h
dirent.h fcntl.h fts.h fnmatch.h ftw.h getopt.h glob.h libgen.h poll.h pthread.h pwd.h regex.h sched.h
spawn.h termios.h unistd.h wait.h sys/file.h sys/ioctl.h sys/mman.h sys/param.h sys/resource.h
sys/select.h sys/socket.h sys/stat.h sys/statvfs.h sys/sysinfo.h sys/syscall.h sys/time.h
sys/types.h sys/uio.h sys/un.h sys/utsname.h sys/vfs.h sys/wait.h sys/random.h sys/prctl.h sys/inotify.h syslog.h
gnu/libc-version.h malloc.h endian.h iconv.h
""".split())
STANDARD_CXX = set("""
algorithm array atomic cerrno charconv climits cmath cstdarg cstdbool cstddef cstdint cstdio
cstdlib cstring exception functional iterator limits list map memory mutex new optional set sstream
stdexcept string string_view type_traits unordered_map utility vector
""".split())

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def module_of(path):
    """src/codec/x86/a.c -> codec; src/dcmscrub.h -> dcmscrub."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "dcmscrub"


def own_include(path, module, target):
    """Problem with an include of ours, or None."""
    if target == "dcmscrub.h":
        # The public face: what stands above the steps may use it.
        low = RANK.get(module, 9) < RANK["scrub"]
        return "the public header is above this module" if low else None
    if "/" not in target:
        return 'include as "module/file.h"'
    other = target.split("/")[0]
    if other not in RANK:
        return "unknown module " + other
    private = re.search(r"(_priv|_p)\.h$", target)
    if other == module:
        return None
    if private:
        return "private header of " + other
    if module == "dcmscrub":
        return None
    if RANK[other] >= RANK[module]:
        return "rank %d may not include %s (rank %d)" % (RANK[module], other, RANK[other])
    return None


def foreign_include(path, module, target):
    if target in STANDARD or (path.endswith(("_shim.cc", "_shim.h")) and target in STANDARD_CXX):
        return None
    for pattern, users in ALLOWED:
        if re.fullmatch(pattern, target):
            if module not in users and path not in users:
                return "<%s> is not for this module" % target
            if target.startswith("dcmtk/") and not path.endswith(("_shim.cc", "_shim_priv.h", "_shim.h")):
                return "<%s> outside a *_shim.cc" % target
            return None
    return "<%s> is on no list" % target


def main():
    tap = Tap()
    own, foreign, public = [], [], []
    for path in c_files("src/"):
        module = module_of(path)
        if module not in RANK and module != "dcmscrub":
            own.append("%s: module %s has no rank" % (path, module))
            continue
        for kind, target in INCLUDE.findall(read(path)):
            # DCMTK's own headers use quotes, so its users do.
            if kind == '"' and not target.startswith("dcmtk/"):
                problem = own_include(path, module, target)
                if problem:
                    own.append('%s: "%s": %s' % (path, target, problem))
            else:
                problem = foreign_include(path, module, target)
                if problem:
                    foreign.append("%s: %s" % (path, problem))
                if path == "src/dcmscrub.h" and target not in ("stdbool.h", "stddef.h", "stdint.h"):
                    public.append("src/dcmscrub.h includes <%s>" % target)
            if path == "src/dcmscrub.h" and kind == '"' and target != "base/status.h":
                public.append('src/dcmscrub.h includes "%s", which is not installed' % target)
    tap.check("modules include only downward", own)
    tap.check("third-party headers only where the table says", foreign)
    tap.check("the public header needs nothing of ours but base/status.h", public)
    tap.done()


if __name__ == "__main__":
    main()
