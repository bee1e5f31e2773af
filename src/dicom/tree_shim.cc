/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes to DCMTK objects, and finding things in them.
 */
#include "dicom/dicom_shim.h"

#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/oflog/oflog.h"

#include <mutex>
#include <string>
#include <unordered_map>

namespace
{

void set_up_once()
{
    static std::once_flag once;
    std::call_once(once, [] {
        /* Its messages quote values and file names. */
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        /* Values go back as they came. */
        dcmEnableAutomaticInputDataCorrection.set(OFFalse);
        dcmAcceptOddAttributeLength.set(OFTrue);
        dcmIgnoreParsingErrors.set(OFFalse);
        dcmEnableUnknownVRConversion.set(OFFalse);
        dcmPreferVRFromDataDictionary.set(OFFalse);
        dcmReplaceWrongDelimitationItem.set(OFFalse);
        dcmReadImplPrivAttribMaxLengthAsSQ.set(OFFalse);
        dcmConvertUndefinedLengthOBOWtoSQ.set(OFFalse);
        dcmConvertVOILUTSequenceOWtoSQ.set(OFFalse);
        /* Pixel Data of defined length: our placeholder, native icons */
        dcmUseExplLengthPixDataForEncTS.set(OFTrue);
    });
}

/* The standard's keywords: DCMTK goes through its whole dictionary for one. */
const std::unordered_map<std::string, uint32_t> &keywords()
{
    static const auto all = [] {
        struct locked {
            DcmDataDictionary &dictionary = dcmDataDict.wrlock();
            ~locked()
            {
                dcmDataDict.wrunlock();
            }
        } held;
        std::unordered_map<std::string, uint32_t> tags;
        auto add = [&tags](const DcmDictEntry &e) {
            if (e.getTagName() && !e.getPrivateCreator())
                tags.emplace(e.getTagName(),
                             DSC_TAG(e.getGroup(), e.getElement()));
        };
        DcmDataDictionary &d = held.dictionary;
        for (auto i = d.normalBegin(); i != d.normalEnd(); ++i)
            add(**i);
        for (auto i = d.repeatingBegin(); i != d.repeatingEnd(); ++i)
            add(**i);
        return tags;
    }();
    return all;
}

dsc_status read_into(DcmDataset &set, const uint8_t *data, size_t len,
                     E_TransferSyntax xfer, dsc_error *err)
{
    DcmInputBufferStream in;

    in.setBuffer(data, static_cast<offile_off_t>(len));
    in.setEos();
    set.transferInit();
    OFCondition c = set.read(in, xfer, EGL_noChange, DCM_MaxReadLength);
    set.transferEnd();
    if (c == EC_MemoryExhausted)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (c.bad())
        return dsc_fail(err, DSC_BADFILE, "the dataset cannot be parsed");
    /* values stay in memory: the buffer stream has no file behind it */
    if (in.tell() != static_cast<offile_off_t>(len))
        return dsc_fail(err, DSC_BADFILE,
                        "the dataset cannot be parsed to its end");
    return DSC_OK;
}

/* Elements and items at all levels; the depth is known to be limited. */
uint64_t count(DcmItem *item)
{
    uint64_t n = 0;

    for (DcmObject *o = item->nextInContainer(nullptr); o;
         o = item->nextInContainer(o)) {
        n++;
        auto *e = static_cast<DcmElement *>(o);
        if (!dsc::is_sequence(e))
            continue;
        auto *sq = static_cast<DcmSequenceOfItems *>(e);
        for (DcmObject *i = sq->nextInContainer(nullptr); i;
             i = sq->nextInContainer(i))
            n += 1 + count(static_cast<DcmItem *>(i));
    }
    return n;
}

/* ---- sequences whose VR nobody wrote (PS3.5 6.2.2) ---- */

/* Who reserved the block of a private element, as the scanner sees it. */
std::string creator_in(DcmItem *item, uint32_t tag)
{
    DcmElement *e = dsc::find(item, (tag & 0xFFFF0000u) | (tag >> 8 & 0xFFu));
    std::string name;

    if (!e || dsc::is_sequence(e) || !dsc::raw_value(e, false, name))
        return "";
    name = name.substr(0, std::min<size_t>(name.find('\0'), 64));
    while (!name.empty() && name.back() == ' ')
        name.pop_back();
    return name;
}

class unveiler
{
  public:
    unveiler(const dsc_dicom_limits *limits, dsc_error *err)
        : limits(limits), err(err)
    {
    }
    dsc_status visit(DcmItem *item);

  private:
    std::string dictionary_vr(DcmItem *item, uint32_t tag);
    dsc_status sequence_of(DcmItem *item, DcmElement *e,
                           std::unique_ptr<DcmElement> &out);

    const dsc_dicom_limits *limits;
    dsc_error *err;
    DcmItem *creator_item = nullptr; /* the creator asked for last */
    uint32_t creator_block = 0;
    std::string creator;
};

std::string unveiler::dictionary_vr(DcmItem *item, uint32_t tag)
{
    if (!(tag >> 16 & 1u))
        return dsc::dictionary_vr(tag, nullptr);
    if (creator_item != item || creator_block != tag >> 8) {
        creator_item = item;
        creator_block = tag >> 8;
        creator = creator_in(item, tag);
    }
    return dsc::dictionary_vr(tag, creator.empty() ? nullptr : creator.c_str());
}

/* The items that a value holds, as a sequence under the element's tag. */
dsc_status as_sequence(const DcmTag &tag, const std::string &value,
                       std::unique_ptr<DcmElement> &out, dsc_error *err)
{
    std::string bytes("\x40\0\x30\xA7", 4); /* any sequence's tag */
    DcmDataset read;

    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(value.size() >> shift & 0xFFu);
    bytes += value;
    dsc_status st =
        read_into(read, reinterpret_cast<const uint8_t *>(bytes.data()),
                  bytes.size(), EXS_LittleEndianImplicit, err);
    auto *from =
        dynamic_cast<DcmSequenceOfItems *>(read.nextInContainer(nullptr));
    if (st || !from)
        return st;
    auto made =
        std::make_unique<DcmSequenceOfItems>(DcmTag(tag, DcmVR(EVR_SQ)));
    while (from->card() > 0) {
        std::unique_ptr<DcmItem> one(
            from->remove(static_cast<unsigned long>(0)));
        if (made->append(one.get()).bad())
            return dsc_fail(err, DSC_INTERNAL, "an item was lost");
        (void)one.release();
    }
    out = std::move(made);
    return DSC_OK;
}

/* The sequence that e's value is; null where it is none. */
dsc_status unveiler::sequence_of(DcmItem *item, DcmElement *e,
                                 std::unique_ptr<DcmElement> &out)
{
    uint32_t tag = dsc::tag_of(e);
    bool is_private = (tag >> 16 & 1u) != 0, yes = false;
    DcmEVR vr = e->getTag().getEVR();
    std::string value;

    if ((vr != EVR_UN && vr != EVR_UNKNOWN && vr != EVR_UNKNOWN2B) ||
        (is_private && (tag & 0xFFFFu) < 0x1000))
        return DSC_OK;
    std::string known = dictionary_vr(item, tag);
    if ((known != "SQ" && !(is_private && known.empty())) ||
        !dsc::raw_value(e, false, value))
        return DSC_OK;
    dsc_status st =
        dsc_dicom__holds_items(reinterpret_cast<const uint8_t *>(value.data()),
                               value.size(), limits, &yes, err);
    yes = yes || (value.empty() && known == "SQ");
    return st || !yes ? st : as_sequence(e->getTag(), value, out, err);
}

/* At all levels, those that come to light included; the scanner went through
 * them before. */
dsc_status unveiler::visit(DcmItem *item)
{
    std::vector<std::unique_ptr<DcmElement>> made;
    std::vector<DcmElement *> all;
    bool any = false;

    for (DcmObject *o = item->nextInContainer(nullptr); o;
         o = item->nextInContainer(o))
        all.push_back(static_cast<DcmElement *>(o));
    made.resize(all.size());
    for (size_t k = 0; k < all.size(); k++) {
        DcmElement *e = all[k];
        dsc_status st = DSC_OK;
        if (!dsc::is_sequence(e)) {
            st = sequence_of(item, e, made[k]);
            e = made[k].get();
            any = any || e;
        }
        auto *sq = static_cast<DcmSequenceOfItems *>(e);
        for (DcmObject *i = sq && !st ? sq->nextInContainer(nullptr) : nullptr;
             i && !st; i = sq->nextInContainer(i))
            st = visit(static_cast<DcmItem *>(i));
        if (st)
            return st;
    }
    while (any && item->card() > 0)
        item->remove(static_cast<unsigned long>(0));
    for (size_t k = 0; any && k < all.size(); k++) {
        std::unique_ptr<DcmElement> e(all[k]);
        if (made[k])
            e = std::move(made[k]);
        if (item->insert(e.get(), OFFalse).bad())
            return dsc_fail(err, DSC_INTERNAL, "an element was lost");
        (void)e.release();
    }
    return DSC_OK;
}

E_TransferSyntax xfer_for(const char *uid, dsc_encoding enc)
{
    if (!enc.explicit_vr)
        return EXS_LittleEndianImplicit;
    if (enc.big_endian)
        return EXS_BigEndianExplicit;
    if (dsc_dicom__is_native(uid))
        return EXS_LittleEndianExplicit;
    E_TransferSyntax known = DcmXfer(uid).getXfer();
    /* Only how values are laid out matters to DCMTK here, not the codec. */
    return known == EXS_Unknown || !DcmXfer(known).isEncapsulated()
               ? EXS_JPEG2000
               : known;
}

} // namespace

namespace dsc
{

DcmElement *find(DcmItem *item, uint32_t tag)
{
    DcmElement *e = nullptr;
    return item->findAndGetElement(key_of(tag), e).good() ? e : nullptr;
}

DcmElement *find(const dsc_tree *t, uint32_t tag)
{
    auto *mutable_tree = const_cast<dsc_tree *>(t);
    return find(tag >> 16 == 2 ? &mutable_tree->meta : &mutable_tree->data,
                tag);
}

std::string dictionary_vr(uint32_t tag, const char *creator)
{
    std::string vr;
    const DcmDataDictionary &d = dcmDataDict.rdlock();
    const DcmDictEntry *entry = d.findEntry(key_of(tag), creator);

    if (entry)
        vr = entry->getVR().getVRName();
    dcmDataDict.rdunlock();
    return vr;
}

bool is_sequence(const DcmElement *e)
{
    return e->ident() == EVR_SQ;
}

std::string meaning_vr(const DcmElement *e)
{
    DcmTag tag = e->getTag();
    DcmEVR evr = tag.getEVR();

    if (evr == EVR_UN || evr == EVR_UNKNOWN || evr == EVR_UNKNOWN2B) {
        std::string vr = dictionary_vr(tag_of(e), tag.getPrivateCreator());
        return vr.empty() ? "UN" : vr == "xs" ? "US" : vr;
    }
    return DcmVR(evr).getValidVRName();
}

std::string written_vr(const dsc_tree *t, const DcmElement *e)
{
    DcmEVR evr = e->getTag().getEVR();

    if (is_sequence(e))
        return "SQ";
    if (evr == EVR_xs || evr == EVR_lt) {
        /* implicit VR left it open: signed pixels, signed value */
        DcmElement *sign = find(t, DSC_TAG(0x28, 0x103));
        double v = 0;
        return sign && number_at(sign, 0, v) && v == 1 && evr == EVR_xs ? "SS"
               : evr == EVR_lt                                          ? "OW"
                                                                        : "US";
    }
    return DcmVR(evr).getValidVRName();
}

bool raw_value(DcmElement *e, bool big_endian, std::string &out)
{
    Uint32 n = e->getLengthField();

    out.clear();
    if (n == 0 || n == UNDEFINED)
        return n == 0;
    out.resize(n);
    return e
        ->getPartialValue(&out[0], 0, n, nullptr,
                          big_endian ? EBO_BigEndian : EBO_LittleEndian)
        .good();
}

} // namespace dsc

extern "C" {

dsc_status dsc_dicom__tree_parse(dsc_tree **out, const char *transfer_syntax,
                                 dsc_encoding enc, const uint8_t *meta,
                                 size_t meta_len, bool meta_implicit,
                                 const uint8_t *data, size_t len,
                                 uint64_t expected_elements,
                                 const dsc_dicom_limits *limits,
                                 dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        set_up_once();
        auto t = std::make_unique<dsc_tree>();
        t->transfer_syntax = transfer_syntax;
        t->xfer = xfer_for(transfer_syntax, enc);
        if (meta_len) {
            dsc_status st = read_into(t->meta, meta, meta_len,
                                      meta_implicit ? EXS_LittleEndianImplicit
                                                    : EXS_LittleEndianExplicit,
                                      err);
            if (st)
                return st;
        }
        dsc_status st = read_into(t->data, data, len, t->xfer, err);
        if (!st)
            st = unveiler(limits, err).visit(&t->data);
        if (st)
            return st;
        /* The scanner and DCMTK must have seen the same elements. */
        if (count(&t->data) != expected_elements)
            return dsc_fail(err, DSC_BADFILE,
                            "the dataset is ambiguous: an element appears "
                            "twice, or its structure can be read in two ways");
        *out = t.release();
        return DSC_OK;
    });
}

void dsc_dicom__tree_free(dsc_tree **tree) noexcept
{
    delete *tree;
    *tree = nullptr;
}

void dsc_dicom__dictionary_vr(uint32_t tag, const char *creator,
                              char vr[3]) noexcept
{
    vr[0] = '\0';
    dsc::guard(nullptr, [&] {
        set_up_once();
        std::string found = dsc::dictionary_vr(tag, creator);
        if (found.size() == 2)
            std::memcpy(vr, found.c_str(), 3);
        return DSC_OK;
    });
}

bool dsc_dicom__dictionary_tag(const char *keyword, uint32_t *tag) noexcept
{
    bool found = false;

    dsc::guard(nullptr, [&] {
        set_up_once();
        auto entry = keywords().find(keyword);
        found = entry != keywords().end();
        if (found)
            *tag = entry->second;
        return DSC_OK;
    });
    return found;
}

bool dsc_dicom__tree_has(const dsc_tree *t, uint32_t tag) noexcept
{
    bool found = false;

    dsc::guard(nullptr, [&] {
        found = dsc::find(t, tag) != nullptr;
        return DSC_OK;
    });
    return found;
}

size_t dsc_dicom__tree_items(const dsc_tree *t, uint32_t sequence) noexcept
{
    size_t n = 0;

    dsc::guard(nullptr, [&] {
        DcmElement *e = dsc::find(t, sequence);
        if (e && dsc::is_sequence(e))
            n = static_cast<DcmSequenceOfItems *>(e)->card();
        return DSC_OK;
    });
    return n;
}

dsc_status dsc_dicom__tree_raw(const dsc_tree *t, uint32_t tag, dsc_buf *out,
                               bool *present, dsc_error *err) noexcept
{
    *present = false;
    out->len = 0;
    return dsc::guard(err, [&]() -> dsc_status {
        DcmElement *e = dsc::find(t, tag);
        if (!e)
            return DSC_OK;
        std::string value;
        if (dsc::is_sequence(e) || !dsc::raw_value(e, false, value))
            return dsc::bad_tag(err, DSC_BADFILE, tag, "has a wrong length");
        *present = true;
        return dsc_buf_append(out, value.data(), value.size(), err);
    });
}

} // extern "C"
