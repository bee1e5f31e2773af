/* SPDX-License-Identifier: Apache-2.0
 *
 * Values as text and numbers. Everything works on the raw bytes, because
 * DCMTK's own accessors may normalise a value in place.
 */
#include "dicom/dicom_shim.h"

#include <charconv>
#include <cmath>

namespace
{

/* Longest value that is printed number by number, or tried as hidden text. */
constexpr size_t MAX_PRINTED = 65536;

bool listed(const std::string &vr, const char *list)
{
    const char *at = std::strstr(list, vr.c_str());
    return vr.size() == 2 && at && (at - list) % 3 == 0;
}

template <class T> T load(const std::string &raw, size_t index)
{
    T v;
    std::memcpy(&v, raw.data() + index * sizeof v, sizeof v);
    return v;
}

template <class T> std::string print(T v)
{
    char buf[64];
    auto r = std::to_chars(buf, buf + sizeof buf, v);
    return std::string(buf, r.ptr);
}

template <class T> std::string print_all(const std::string &raw)
{
    std::string out;

    for (size_t i = 0; i < raw.size() / sizeof(T); i++)
        out += (i ? "\\" : "") + print(load<T>(raw, i));
    return out;
}

std::string print_tags(const std::string &raw)
{
    static const char hex[] = "0123456789ABCDEF";
    std::string out;

    for (size_t i = 0; i + 4 <= raw.size(); i += 4) {
        out += i ? "\\(" : "(";
        for (size_t half = 0; half < 2; half++) {
            unsigned v = load<uint16_t>(raw, i / 2 + half);
            for (int shift = 12; shift >= 0; shift -= 4)
                out += hex[v >> shift & 15u];
            out += half ? ")" : ",";
        }
    }
    return out;
}

/* No inner NUL may hide what follows; padding at the end goes. */
void tidy(std::string &s)
{
    while (!s.empty() && (s.back() == '\0' || s.back() == ' '))
        s.pop_back();
    for (char &c : s) {
        if (c == '\0')
            c = ' ';
    }
}

bool looks_like_text(const std::string &raw)
{
    size_t n = raw.size();

    while (n && raw[n - 1] == '\0')
        n--;
    for (size_t i = 0; i < n; i++) {
        auto c = static_cast<unsigned char>(raw[i]);
        if (c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f' &&
            c != 0x1B)
            return false;
        if (c == 0x7F)
            return false;
    }
    return n > 0;
}

std::string latin1(const std::string &bytes)
{
    std::string out;

    for (char ch : bytes) {
        auto c = static_cast<unsigned char>(ch);
        if (c < 0x80) {
            out += ch;
        } else {
            out += static_cast<char>(0xC0 | c >> 6);
            out += static_cast<char>(0x80 | (c & 0x3F));
        }
    }
    return out;
}

bool plain_ascii(const std::string &bytes)
{
    for (char c : bytes) {
        if (static_cast<unsigned char>(c) >= 0x80 || c == 0x1B)
            return false;
    }
    return true;
}

bool number_text(const std::string &raw, uint32_t index, double &out)
{
    size_t begin = 0;

    for (; index; index--) {
        begin = raw.find('\\', begin);
        if (begin == std::string::npos)
            return false;
        begin++;
    }
    size_t end = raw.find('\\', begin);
    std::string s = raw.substr(
        begin, end == std::string::npos ? std::string::npos : end - begin);
    tidy(s);
    size_t lead = s.find_first_not_of(' ');
    if (lead == std::string::npos)
        return false;
    if (s[lead] == '+')
        lead++;
    auto r = std::from_chars(s.data() + lead, s.data() + s.size(), out);
    return r.ec == std::errc() && r.ptr == s.data() + s.size() &&
           std::isfinite(out);
}

template <class T>
bool number_binary(const std::string &raw, uint32_t index, double &out)
{
    if (index >= raw.size() / sizeof(T))
        return false;
    out = static_cast<double>(load<T>(raw, index));
    return std::isfinite(out);
}

bool copy_out(const std::string &s, char *buf, size_t size)
{
    if (s.empty() || s.size() >= size)
        return false;
    std::memcpy(buf, s.c_str(), s.size() + 1);
    return true;
}

} // namespace

namespace dsc
{

bool is_text_vr(const std::string &vr)
{
    return listed(vr, "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT");
}

bool uses_charset(const std::string &vr)
{
    return listed(vr, "LO LT PN SH ST UC UT");
}

std::string charset_of(DcmItem *item, const std::string &inherited)
{
    DcmElement *e = find(item, DSC_TAG(8, 5));
    std::string s;

    if (!e || is_sequence(e) || !raw_value(e, false, s))
        return inherited;
    tidy(s);
    return s;
}

std::string to_utf8(const dsc_tree *t, const std::string &bytes,
                    const std::string &charset)
{
    if (plain_ascii(bytes) && charset.find("ISO_IR 13") == std::string::npos)
        return bytes;
    if (charset.find("2022") != std::string::npos) {
        dsc_buf utf8 = {};
        std::string text;
        bool ok = dsc_dicom__iso2022(charset.c_str(), bytes.data(),
                                     bytes.size(), &utf8);
        if (ok && utf8.data)
            text.assign(reinterpret_cast<char *>(utf8.data), utf8.len);
        dsc_buf_free(&utf8);
        return ok ? text : latin1(bytes);
    }
    auto &slot = const_cast<dsc_tree *>(t)->converters[charset];
    if (!slot) {
        slot = std::make_unique<dsc_converter>();
        slot->usable =
            slot->set.selectCharacterSet(OFString(charset.c_str())).good();
    }
    OFString out;
    if (slot->usable &&
        slot->set.convertString(bytes.data(), bytes.size(), out, "\\^=").good())
        return std::string(out.c_str(), out.size());
    return latin1(bytes);
}

bool printable(const dsc_tree *t, DcmElement *e, const std::string &charset,
               std::string &out)
{
    std::string vr = is_sequence(e) ? "SQ" : meaning_vr(e);
    std::string raw;

    if (vr == "SQ" || vr[0] == 'O' || !raw_value(e, false, raw))
        return false;
    if (is_text_vr(vr)) {
        out = uses_charset(vr) ? to_utf8(t, raw, charset) : latin1(raw);
        tidy(out);
        return true;
    }
    if (raw.size() > MAX_PRINTED)
        return false;
    if (vr == "US")
        out = print_all<uint16_t>(raw);
    else if (vr == "SS")
        out = print_all<int16_t>(raw);
    else if (vr == "UL" || vr == "up")
        out = print_all<uint32_t>(raw);
    else if (vr == "SL")
        out = print_all<int32_t>(raw);
    else if (vr == "UV")
        out = print_all<uint64_t>(raw);
    else if (vr == "SV")
        out = print_all<int64_t>(raw);
    else if (vr == "FL")
        out = print_all<float>(raw);
    else if (vr == "FD")
        out = print_all<double>(raw);
    else if (vr == "AT")
        out = print_tags(raw);
    else if (looks_like_text(raw)) {
        out = to_utf8(t, raw, charset);
        tidy(out);
    } else
        return false;
    return true;
}

bool number_at(DcmElement *e, uint32_t index, double &out)
{
    std::string vr = is_sequence(e) ? "SQ" : meaning_vr(e);
    std::string raw;

    if (vr == "SQ" || !raw_value(e, false, raw))
        return false;
    if (vr == "US")
        return number_binary<uint16_t>(raw, index, out);
    if (vr == "SS")
        return number_binary<int16_t>(raw, index, out);
    if (vr == "UL" || vr == "up")
        return number_binary<uint32_t>(raw, index, out);
    if (vr == "SL")
        return number_binary<int32_t>(raw, index, out);
    if (vr == "UV")
        return number_binary<uint64_t>(raw, index, out);
    if (vr == "SV")
        return number_binary<int64_t>(raw, index, out);
    if (vr == "FL")
        return number_binary<float>(raw, index, out);
    if (vr == "FD")
        return number_binary<double>(raw, index, out);
    return (vr == "IS" || vr == "DS") && number_text(raw, index, out);
}

} // namespace dsc

extern "C" {

bool dsc_dicom__tree_text(const dsc_tree *t, uint32_t tag, bool all, char *buf,
                          size_t size) noexcept
{
    bool ok = false;

    if (!size)
        return false;
    buf[0] = '\0';
    dsc::guard(nullptr, [&] {
        auto *tree = const_cast<dsc_tree *>(t);
        DcmElement *e = dsc::find(t, tag);
        std::string s;
        if (!e || !dsc::printable(t, e, dsc::charset_of(&tree->data, ""), s))
            return DSC_OK;
        std::string vr = dsc::meaning_vr(e);
        if (!all && vr != "LT" && vr != "ST" && vr != "UT" && vr != "UR") {
            s = s.substr(0, s.find('\\'));
            tidy(s);
        }
        ok = copy_out(s, buf, size);
        return DSC_OK;
    });
    return ok;
}

bool dsc_dicom__tree_number(const dsc_tree *t, uint32_t sequence, uint32_t item,
                            uint32_t tag, uint32_t index, double *out) noexcept
{
    bool ok = false;

    dsc::guard(nullptr, [&] {
        DcmElement *e = dsc::find(t, sequence ? sequence : tag);
        if (e && sequence) {
            if (!dsc::is_sequence(e))
                return DSC_OK;
            auto *sq = static_cast<DcmSequenceOfItems *>(e);
            DcmItem *i = item < sq->card() ? sq->getItem(item) : nullptr;
            e = i ? dsc::find(i, tag) : nullptr;
        }
        ok = e && dsc::number_at(e, index, *out);
        return DSC_OK;
    });
    return ok;
}

} // extern "C"
