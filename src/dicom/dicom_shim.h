/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the *_shim.cc files only: the one place where DCMTK is included.
 */
#ifndef DSC_DICOM_DICOM_SHIM_H
#define DSC_DICOM_DICOM_SHIM_H

#include "dcmtk/config/osconfig.h"

#include "dcmtk/dcmdata/dcspchrs.h"
#include "dcmtk/dcmdata/dctk.h"

#include <cstdarg>
#include <cstdbool>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

extern "C" {
#include "dicom/dicom_priv.h"
}

/* One character set on its way to UTF-8, as DCMTK (iconv) does it. */
struct dsc_converter {
    DcmSpecificCharacterSet set;
    bool usable = false;
};

struct dsc_tree {
    DcmDataset data;
    DcmDataset meta;
    E_TransferSyntax xfer = EXS_LittleEndianExplicit;
    std::string transfer_syntax;
    std::map<std::string, std::unique_ptr<dsc_converter>> converters;
};

namespace dsc
{

/* Run `body`; whatever it throws becomes a status. */
template <class Body> dsc_status guard(dsc_error *err, Body body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    } catch (...) {
        return dsc_fail(err, DSC_INTERNAL, "the DICOM library gave up");
    }
}

inline uint32_t tag_of(const DcmObject *o)
{
    return DSC_TAG(o->getGTag(), o->getETag());
}
inline DcmTagKey key_of(uint32_t tag)
{
    return DcmTagKey(static_cast<Uint16>(tag >> 16),
                     static_cast<Uint16>(tag & 0xFFFFu));
}
/* "(0008,0018)" */
inline void append_tag(std::string &path, uint32_t tag)
{
    static const char hex[] = "0123456789ABCDEF";

    path += '(';
    for (int shift = 28; shift >= 0; shift -= 4) {
        path += hex[tag >> shift & 15u];
        if (shift == 16)
            path += ',';
    }
    path += ')';
}
inline dsc_status bad_tag(dsc_error *err, dsc_status st, uint32_t tag,
                          const char *what)
{
    return dsc_fail(err, st, "(%04X,%04X) %s", tag >> 16, tag & 0xFFFFu, what);
}

/* The top-level element (File Meta for group 2), or nullptr. */
DcmElement *find(const dsc_tree *t, uint32_t tag);
DcmElement *find(DcmItem *item, uint32_t tag);

/* VR as it is written. */
std::string written_vr(const dsc_tree *t, const DcmElement *e);
/* VR that tells what the value means: UN becomes the dictionary's. */
std::string meaning_vr(const DcmElement *e);
std::string dictionary_vr(uint32_t tag, const char *creator);

bool is_sequence(const DcmElement *e);
/* Value bytes; false where the length does not fit the VR's words. */
bool raw_value(DcmElement *e, bool big_endian, std::string &out);

/* (0008,0005) of this item, or what it inherits. */
std::string charset_of(DcmItem *item, const std::string &inherited);
std::string to_utf8(const dsc_tree *t, const std::string &bytes,
                    const std::string &charset);
bool is_text_vr(const std::string &vr);
bool uses_charset(const std::string &vr);
/* Text as UTF-8, numbers printed. false: bulk or a sequence. */
bool printable(const dsc_tree *t, DcmElement *e, const std::string &charset,
               std::string &out);
bool number_at(DcmElement *e, uint32_t index, double &out);

/* From UTF-8 to a character set; false when that lacks a character. */
bool encode_text(const std::string &utf8, const std::string &charset,
                 std::string &out);
/* An element of its own, the caller's to delete. */
dsc_status make_element(uint32_t tag, const std::string &vr,
                        const std::string &utf8, const std::string &charset,
                        DcmElement **out, dsc_error *err);

/* Bytes of the value (content for sequences) in this encoding. */
uint64_t encoded_size(const dsc_tree *t, DcmElement *e, dsc_encoding enc);

} // namespace dsc

#endif
