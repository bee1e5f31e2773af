/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing attributes. A new value always makes a new element, so that nothing
 * of the old one is left in it.
 */
#include "dicom/dicom_shim.h"

#include <charconv>

namespace
{

constexpr size_t MAX_SHORT = 0xFFFE;

struct vr_rule {
    const char *vr;
    size_t characters; /* of one value; 0: of no interest here */
    bool multi;        /* backslash separates values */
};

const vr_rule rules[] = {
    {"AE", 16, true},  {"AS", 4, true},  {"CS", 16, true},
    {"DA", 8, true},   {"DS", 16, true}, {"DT", 26, true},
    {"IS", 12, true},  {"LO", 64, true}, {"LT", 10240, false},
    {"PN", 194, true}, {"SH", 16, true}, {"ST", 1024, false},
    {"TM", 14, true},  {"UC", 0, true},  {"UI", 64, true},
    {"UR", 0, false},  {"UT", 0, false},
};

const vr_rule *rule_of(const std::string &vr)
{
    for (const vr_rule &r : rules) {
        if (vr == r.vr)
            return &r;
    }
    return nullptr;
}

std::vector<std::string> split(const std::string &s)
{
    std::vector<std::string> out;
    size_t begin = 0, end;

    while ((end = s.find('\\', begin)) != std::string::npos) {
        out.push_back(s.substr(begin, end - begin));
        begin = end + 1;
    }
    out.push_back(s.substr(begin));
    return out;
}

size_t characters(const std::string &utf8)
{
    size_t n = 0;
    for (char c : utf8)
        n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return n;
}

bool only(const std::string &s, const char *allowed)
{
    return s.find_first_not_of(allowed) == std::string::npos;
}

bool good_value(const std::string &vr, const vr_rule &r, const std::string &s)
{
    if (r.characters && characters(s) > r.characters)
        return false;
    for (char c : s) {
        auto u = static_cast<unsigned char>(c);
        bool line = c == '\n' || c == '\r' || c == '\f' || c == '\t';
        if (u == 0x7F || (u < 0x20 && (r.multi || !line)))
            return false;
    }
    if (vr == "CS")
        return only(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _");
    if (vr == "UI")
        return only(s, "0123456789.");
    if (vr == "DA")
        return s.empty() || (s.size() == 8 && only(s, "0123456789"));
    if (vr == "TM")
        return only(s, "0123456789.");
    if (vr == "DT")
        return only(s, "0123456789.+-");
    if (vr == "AS")
        return s.empty() ||
               (s.size() == 4 && only(s.substr(0, 3), "0123456789") &&
                only(s.substr(3), "DWMY"));
    if (vr == "IS")
        return only(s, "0123456789+- ");
    if (vr == "DS")
        return only(s, "0123456789+-eE. ");
    return true;
}

template <class T> bool put_number(const std::string &s, std::string &raw)
{
    T v;
    auto r = std::from_chars(s.data(), s.data() + s.size(), v);
    if (r.ec != std::errc() || r.ptr != s.data() + s.size())
        return false;
    raw.append(reinterpret_cast<const char *>(&v), sizeof v);
    return true;
}

bool number_bytes(const std::string &vr, const std::string &s, std::string &raw)
{
    if (vr == "US")
        return put_number<uint16_t>(s, raw);
    if (vr == "SS")
        return put_number<int16_t>(s, raw);
    if (vr == "UL")
        return put_number<uint32_t>(s, raw);
    if (vr == "SL")
        return put_number<int32_t>(s, raw);
    if (vr == "FL")
        return put_number<float>(s, raw);
    return vr == "FD" && put_number<double>(s, raw);
}

OFCondition put_raw(DcmElement *e, const std::string &vr,
                    const std::string &raw)
{
    const char *p = raw.data();
    auto n = static_cast<unsigned long>(raw.size());

    if (vr == "US")
        return e->putUint16Array(reinterpret_cast<const Uint16 *>(p), n / 2);
    if (vr == "SS")
        return e->putSint16Array(reinterpret_cast<const Sint16 *>(p), n / 2);
    if (vr == "UL")
        return e->putUint32Array(reinterpret_cast<const Uint32 *>(p), n / 4);
    if (vr == "SL")
        return e->putSint32Array(reinterpret_cast<const Sint32 *>(p), n / 4);
    if (vr == "FL")
        return e->putFloat32Array(reinterpret_cast<const Float32 *>(p), n / 4);
    if (vr == "FD")
        return e->putFloat64Array(reinterpret_cast<const Float64 *>(p), n / 8);
    if (vr == "OB")
        return e->putUint8Array(reinterpret_cast<const Uint8 *>(p), n);
    if (vr == "OW")
        return e->putUint16Array(reinterpret_cast<const Uint16 *>(p), n / 2);
    return e->putString(p, static_cast<Uint32>(n));
}

/* Make the element and put it in, replacing what was there. */
dsc_status fresh(uint32_t tag, const std::string &vr, const std::string &raw,
                 std::unique_ptr<DcmElement> &out, dsc_error *err)
{
    DcmElement *made = nullptr;
    DcmTag full(dsc::key_of(tag), DcmVR(vr.c_str()));

    if (DcmItem::newDicomElementWithVR(made, full).bad())
        return dsc::bad_tag(err, DSC_INTERNAL, tag, "cannot be made");
    out.reset(made);
    if (!raw.empty() && put_raw(made, vr, raw).bad())
        return dsc::bad_tag(err, DSC_INTERNAL, tag, "cannot be set");
    return DSC_OK;
}

dsc_status replace(DcmItem *item, uint32_t tag, const std::string &vr,
                   const std::string &raw, dsc_error *err)
{
    std::unique_ptr<DcmElement> made;
    dsc_status st = fresh(tag, vr, raw, made, err);

    if (!st && item->insert(made.get(), OFTrue).bad())
        st = dsc::bad_tag(err, DSC_INTERNAL, tag, "cannot be set");
    if (!st)
        (void)made.release();
    return st;
}

/* VR for a new value: the dictionary's, or where that leaves a choice the one
 * in place. */
std::string vr_to_set(const dsc_tree *t, uint32_t tag)
{
    std::string vr = dsc::dictionary_vr(tag, nullptr);
    DcmElement *e = dsc::find(t, tag);

    if (vr == "xs")
        return e ? dsc::written_vr(t, e) : "US";
    return vr;
}

dsc_status text_bytes(const std::string &charset, uint32_t tag,
                      const std::string &vr, const std::string &utf8,
                      std::string &raw, dsc_error *err)
{
    const vr_rule *r = rule_of(vr);

    if (!r)
        return dsc::bad_tag(err, DSC_UNSUPPORTED, tag, "cannot be set as text");
    std::vector<std::string> values;
    if (r->multi)
        values = split(utf8);
    else
        values.push_back(utf8);
    for (const std::string &v : values) {
        if (!good_value(vr, *r, v))
            return dsc::bad_tag(err, DSC_LIMIT, tag,
                                "would get a value that its VR forbids");
    }
    if (!dsc::encode_text(utf8, charset, raw))
        return dsc::bad_tag(err, DSC_UNSUPPORTED, tag,
                            "would get a value that the character set of the "
                            "file lacks");
    return DSC_OK;
}

dsc_status value_bytes(const std::string &charset, uint32_t tag,
                       const std::string &vr, const std::string &utf8,
                       std::string &raw, dsc_error *err)
{
    if (vr.size() == 2 && std::strstr("US SS UL SL FL FD", vr.c_str())) {
        if (utf8.empty())
            return DSC_OK;
        for (const std::string &v : split(utf8)) {
            if (!number_bytes(vr, v, raw))
                return dsc::bad_tag(err, DSC_LIMIT, tag,
                                    "would get a value that its VR forbids");
        }
        return DSC_OK;
    }
    return text_bytes(charset, tag, vr, utf8, raw, err);
}

void strip(std::string &raw)
{
    while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0'))
        raw.pop_back();
}

dsc_status check_count(uint32_t tag, const std::string &vr,
                       const std::string &raw, dsc_error *err)
{
    const vr_rule *r = rule_of(vr);
    int most = -1;

    if (!r || !r->multi)
        return DSC_OK;
    const DcmDataDictionary &d = dcmDataDict.rdlock();
    const DcmDictEntry *entry = d.findEntry(dsc::key_of(tag), nullptr);
    if (entry)
        most = entry->getVMMax();
    dcmDataDict.rdunlock();
    if (most > 0 && split(raw).size() > static_cast<size_t>(most))
        return dsc::bad_tag(err, DSC_LIMIT, tag, "would get too many values");
    return DSC_OK;
}

dsc_status set(dsc_tree *t, DcmItem *item, uint32_t tag, const char *utf8,
               bool append, dsc_error *err)
{
    std::string vr = vr_to_set(t, tag), raw, old;
    std::string charset = dsc::charset_of(&const_cast<dsc_tree *>(t)->data, "");
    dsc_status st = value_bytes(charset, tag, vr, utf8, raw, err);
    DcmElement *e = append ? dsc::find(item, tag) : nullptr;

    if (st)
        return st;
    if (e) {
        if (dsc::is_sequence(e) || dsc::meaning_vr(e) != vr ||
            !dsc::raw_value(e, false, old))
            return dsc::bad_tag(err, DSC_BADFILE, tag, "has a wrong VR");
        if (rule_of(vr)) {
            strip(old);
            if (!old.empty())
                raw = old + "\\" + raw;
        } else {
            raw = old + raw;
        }
    }
    st = check_count(tag, vr, raw, err);
    if (st)
        return st;
    if (raw.size() & 1u)
        raw += vr == "UI" ? '\0' : ' ';
    if (raw.size() > MAX_SHORT && !dsc_dicom__long_form(vr.c_str()))
        return dsc::bad_tag(err, DSC_LIMIT, tag, "would get too long");
    return replace(item, tag, vr, raw, err);
}

bool same_text(DcmItem *item, uint32_t tag, const char *text)
{
    DcmElement *e = dsc::find(item, tag);
    std::string raw;

    if (!e || dsc::is_sequence(e) || !dsc::raw_value(e, false, raw))
        return false;
    strip(raw);
    return raw == text;
}

} // namespace

namespace dsc
{

bool encode_text(const std::string &utf8, const std::string &charset,
                 std::string &out)
{
    bool ascii = true;

    for (char c : utf8)
        ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    out = utf8;
    if (ascii)
        return true;
    if (charset.empty() || charset.find('\\') != std::string::npos)
        return false;
    if (charset == "ISO_IR 192")
        return true;
    DcmSpecificCharacterSet set;
    OFString to;
    if (set.selectCharacterSet("ISO_IR 192", OFString(charset.c_str())).bad() ||
        set.convertString(utf8.data(), utf8.size(), to, "\\^=").bad())
        return false;
    out.assign(to.c_str(), to.size());
    return true;
}

dsc_status make_element(uint32_t tag, const std::string &vr,
                        const std::string &utf8, const std::string &charset,
                        DcmElement **out, dsc_error *err)
{
    std::unique_ptr<DcmElement> made;
    std::string raw;
    dsc_status st = DSC_OK;

    if (!utf8.empty())
        st = value_bytes(charset, tag, vr, utf8, raw, err);
    if (!st && (raw.size() & 1u))
        raw += vr == "UI" ? '\0' : ' ';
    if (!st && raw.size() > MAX_SHORT && !dsc_dicom__long_form(vr.c_str()))
        st = dsc::bad_tag(err, DSC_LIMIT, tag, "would get too long");
    if (!st)
        st = fresh(tag, vr, raw, made, err);
    if (!st)
        *out = made.release();
    return st;
}

} // namespace dsc

extern "C" {

dsc_status dsc_dicom__tree_set(dsc_tree *t, uint32_t tag, const char *utf8,
                               bool append, dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        return set(t, &t->data, tag, utf8, append, err);
    });
}

dsc_status dsc_dicom__tree_append_code(dsc_tree *t, uint32_t sequence,
                                       const char *value, const char *scheme,
                                       const char *meaning,
                                       dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        DcmElement *e = dsc::find(t, sequence);
        if (dsc::dictionary_vr(sequence, nullptr) != "SQ" ||
            (e && !dsc::is_sequence(e)))
            return dsc::bad_tag(err, DSC_BADFILE, sequence, "is no sequence");
        auto *sq = static_cast<DcmSequenceOfItems *>(e);
        for (unsigned long i = 0; sq && i < sq->card(); i++) {
            if (same_text(sq->getItem(i), DSC_TAG(8, 0x100), value) &&
                same_text(sq->getItem(i), DSC_TAG(8, 0x102), scheme))
                return DSC_OK;
        }
        DcmItem *item = nullptr;
        if (t->data
                .findOrCreateSequenceItem(DcmTag(dsc::key_of(sequence)), item,
                                          -2)
                .bad())
            return dsc::bad_tag(err, DSC_INTERNAL, sequence, "cannot be set");
        dsc_status st = set(t, item, DSC_TAG(8, 0x100), value, false, err);
        if (!st)
            st = set(t, item, DSC_TAG(8, 0x102), scheme, false, err);
        if (!st)
            st = set(t, item, DSC_TAG(8, 0x104), meaning, false, err);
        return st;
    });
}

dsc_status dsc_dicom__tree_append_item(dsc_tree *t, uint32_t sequence,
                                       const dsc_new_value *values,
                                       size_t count, dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        DcmElement *e = dsc::find(t, sequence);
        DcmItem *item = nullptr, *inner = nullptr;
        if (e && !dsc::is_sequence(e))
            return dsc::bad_tag(err, DSC_BADFILE, sequence, "is no sequence");
        if (t->data
                .findOrCreateSequenceItem(DcmTag(dsc::key_of(sequence)), item,
                                          -2)
                .bad())
            return dsc::bad_tag(err, DSC_INTERNAL, sequence, "cannot be set");
        dsc_status st = DSC_OK;
        for (size_t i = 0; !st && i < count; i++) {
            inner = item;
            if (values[i].sequence &&
                item->findOrCreateSequenceItem(
                        DcmTag(dsc::key_of(values[i].sequence)), inner, 0)
                    .bad())
                return dsc::bad_tag(err, DSC_INTERNAL, values[i].sequence,
                                    "cannot be set");
            st = set(t, inner, values[i].tag, values[i].utf8, false, err);
        }
        return st;
    });
}

dsc_status dsc_dicom__tree_patch(dsc_tree *t, uint32_t tag,
                                 const dsc_buf *value, dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        DcmElement *e = dsc::find(t, tag);
        std::string vr = e ? dsc::written_vr(t, e) : "";
        if (vr != "OB" && vr != "OW")
            return dsc::bad_tag(err, DSC_BADFILE, tag, "has a wrong VR");
        std::string raw(reinterpret_cast<const char *>(value->data),
                        value->len);
        if (raw.size() & 1u)
            raw += '\0';
        return replace(&t->data, tag, vr, raw, err);
    });
}

} // extern "C"
