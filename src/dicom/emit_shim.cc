/* SPDX-License-Identifier: Apache-2.0
 *
 * DCMTK objects to bytes. Leaf values are asked for as raw bytes, so that what
 * nobody touched leaves as it came; sequences and items keep the form of
 * length (defined or not) that they were read with.
 */
#include "dicom/dicom_shim.h"

#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"

namespace
{

constexpr uint64_t MAX_LENGTH = 0xFFFFFFFEu;
constexpr size_t FLUSH_AT = 64 * 1024;

class emitter
{
  public:
    emitter(const dsc_tree *t, dsc_encoding enc, bool same_syntax,
            dsc_sink_fn sink, void *ctx, dsc_error *err)
        : tree(t), enc(enc), same(same_syntax), sink(sink), ctx(ctx), err(err)
    {
    }
    dsc_status element(DcmElement *e);
    dsc_status flush();

  private:
    dsc_status put(const void *data, size_t n);
    void u16(unsigned v);
    void u32(uint32_t v);
    void header(uint32_t tag, const std::string &vr, uint32_t length);
    dsc_status sequence(DcmElement *e);
    dsc_status fragments(DcmElement *e);

    const dsc_tree *tree;
    dsc_encoding enc;
    bool same;
    dsc_sink_fn sink;
    void *ctx;
    dsc_error *err;
    std::string pending;
};

dsc_status emitter::flush()
{
    dsc_status st = DSC_OK;

    if (!pending.empty())
        st = sink(ctx, pending.data(), pending.size(), err);
    pending.clear();
    return st;
}

dsc_status emitter::put(const void *data, size_t n)
{
    dsc_status st = DSC_OK;

    if (pending.size() + n > FLUSH_AT)
        st = flush();
    if (st)
        return st;
    if (n > FLUSH_AT)
        return sink(ctx, data, n, err);
    pending.append(static_cast<const char *>(data), n);
    return DSC_OK;
}

void emitter::u16(unsigned v)
{
    char lo = static_cast<char>(v & 0xFFu), hi = static_cast<char>(v >> 8);
    pending += enc.big_endian ? hi : lo;
    pending += enc.big_endian ? lo : hi;
}

void emitter::u32(uint32_t v)
{
    u16(enc.big_endian ? v >> 16 : v & 0xFFFFu);
    u16(enc.big_endian ? v & 0xFFFFu : v >> 16);
}

void emitter::header(uint32_t tag, const std::string &vr, uint32_t length)
{
    u16(tag >> 16);
    u16(tag & 0xFFFFu);
    if (enc.explicit_vr && !vr.empty()) {
        pending += vr;
        if (!dsc_dicom__long_form(vr.c_str())) {
            u16(length);
            return;
        }
        u16(0);
    }
    u32(length);
}

/* VR and padded length of a leaf. */
std::string leaf_vr(const dsc_tree *t, const DcmElement *e, uint64_t length)
{
    std::string vr = dsc::written_vr(t, e);
    /* PS3.5 6.2.2: what does not fit a 16-bit length goes as UN */
    return length > 0xFFFE && !dsc_dicom__long_form(vr.c_str()) ? "UN" : vr;
}

uint64_t even(uint64_t n)
{
    return n + (n & 1u);
}

bool is_encapsulated(const DcmElement *e)
{
    return dsc::tag_of(e) == TAG_PIXELS && e->getLengthField() == UNDEFINED;
}

uint64_t header_size(const dsc_tree *t, DcmElement *e, dsc_encoding enc,
                     uint64_t length)
{
    if (!enc.explicit_vr)
        return 8;
    std::string vr = dsc::is_sequence(e) ? "SQ" : leaf_vr(t, e, length);
    return dsc_dicom__long_form(vr.c_str()) ? 12 : 8;
}

uint64_t item_size(const dsc_tree *t, DcmItem *item, dsc_encoding enc)
{
    uint64_t n = 0;

    for (DcmObject *o = item->nextInContainer(nullptr); o;
         o = item->nextInContainer(o)) {
        auto *e = static_cast<DcmElement *>(o);
        if (e->getETag() == 0)
            continue;
        uint64_t value = dsc::encoded_size(t, e, enc);
        n += header_size(t, e, enc, value) + value;
        if (dsc::is_sequence(e) && e->getLengthField() == UNDEFINED)
            n += 8;
    }
    return n;
}

DcmPixelSequence *pixel_sequence(const dsc_tree *t, DcmElement *e)
{
    auto *pixels = dynamic_cast<DcmPixelData *>(e);
    DcmPixelSequence *seq = nullptr;

    if (!pixels ||
        pixels->getEncapsulatedRepresentation(t->xfer, nullptr, seq).bad())
        return nullptr;
    return seq;
}

uint64_t fragments_size(const dsc_tree *t, DcmElement *e)
{
    DcmPixelSequence *seq = pixel_sequence(t, e);
    uint64_t n = 0;

    for (unsigned long i = 0; seq && i < seq->card(); i++) {
        DcmPixelItem *item = nullptr;
        if (seq->getItem(item, i).good())
            n += 8 + even(item->getLengthField());
    }
    return n + 8;
}

dsc_status emitter::fragments(DcmElement *e)
{
    DcmPixelSequence *seq = pixel_sequence(tree, e);
    uint32_t tag = dsc::tag_of(e);

    if (!same)
        return dsc::bad_tag(err, DSC_UNSUPPORTED, tag,
                            "in a sequence is encapsulated, which another "
                            "transfer syntax cannot hold");
    if (!seq)
        return dsc::bad_tag(err, DSC_BADFILE, tag,
                            "in a sequence cannot be read");
    header(tag, "OB", UNDEFINED);
    for (unsigned long i = 0; i < seq->card(); i++) {
        DcmPixelItem *item = nullptr;
        std::string value;
        if (seq->getItem(item, i).bad() || !dsc::raw_value(item, false, value))
            return dsc::bad_tag(err, DSC_BADFILE, tag,
                                "in a sequence cannot be read");
        value.resize(even(value.size()));
        header(TAG_ITEM, "", static_cast<uint32_t>(value.size()));
        dsc_status st = put(value.data(), value.size());
        if (st)
            return st;
    }
    header(TAG_SEQ_END, "", 0);
    return DSC_OK;
}

dsc_status emitter::sequence(DcmElement *e)
{
    auto *sq = static_cast<DcmSequenceOfItems *>(e);
    uint64_t size = dsc::encoded_size(tree, e, enc);
    bool open = e->getLengthField() == UNDEFINED || size > MAX_LENGTH;

    header(dsc::tag_of(e), "SQ",
           open ? UNDEFINED : static_cast<uint32_t>(size));
    for (DcmObject *o = sq->nextInContainer(nullptr); o;
         o = sq->nextInContainer(o)) {
        auto *item = static_cast<DcmItem *>(o);
        uint64_t n = item_size(tree, item, enc);
        bool open_item = item->getLengthField() == UNDEFINED || n > MAX_LENGTH;
        header(TAG_ITEM, "", open_item ? UNDEFINED : static_cast<uint32_t>(n));
        for (DcmObject *c = item->nextInContainer(nullptr); c;
             c = item->nextInContainer(c)) {
            dsc_status st = element(static_cast<DcmElement *>(c));
            if (st)
                return st;
        }
        if (open_item)
            header(TAG_ITEM_END, "", 0);
    }
    if (open)
        header(TAG_SEQ_END, "", 0);
    return DSC_OK;
}

dsc_status emitter::element(DcmElement *e)
{
    uint32_t tag = dsc::tag_of(e);

    if ((tag & 0xFFFFu) == 0) /* group lengths are retired and would be wrong */
        return DSC_OK;
    if (dsc::is_sequence(e))
        return sequence(e);
    if (is_encapsulated(e))
        return fragments(e);
    std::string value;
    if (!dsc::raw_value(e, enc.big_endian, value))
        return dsc::bad_tag(err, DSC_BADFILE, tag, "has a wrong length");
    std::string vr = leaf_vr(tree, e, even(value.size()));
    if (value.size() & 1u)
        value += dsc::is_text_vr(vr) && vr != "UI" ? ' ' : '\0';
    header(tag, vr, static_cast<uint32_t>(value.size()));
    return put(value.data(), value.size());
}

} // namespace

namespace dsc
{

uint64_t encoded_size(const dsc_tree *t, DcmElement *e, dsc_encoding enc)
{
    if (is_encapsulated(e))
        return fragments_size(t, e);
    if (!is_sequence(e))
        return even(e->getLengthField());

    auto *sq = static_cast<DcmSequenceOfItems *>(e);
    uint64_t n = 0;
    for (DcmObject *o = sq->nextInContainer(nullptr); o;
         o = sq->nextInContainer(o)) {
        auto *item = static_cast<DcmItem *>(o);
        n += 8 + item_size(t, item, enc);
        if (item->getLengthField() == UNDEFINED)
            n += 8;
    }
    return n;
}

} // namespace dsc

extern "C" {

dsc_status dsc_dicom__tree_emit(const dsc_tree *t, uint32_t first,
                                uint32_t last, const char *transfer_syntax,
                                dsc_sink_fn sink, void *ctx,
                                dsc_error *err) noexcept
{
    return dsc::guard(err, [&]() -> dsc_status {
        dsc_encoding enc = {std::strcmp(transfer_syntax, UID_IMPLICIT_LE) != 0,
                            std::strcmp(transfer_syntax, UID_EXPLICIT_BE) == 0};
        emitter out(t, enc, t->transfer_syntax == transfer_syntax, sink, ctx,
                    err);
        auto *item = &const_cast<dsc_tree *>(t)->data;
        for (DcmObject *o = item->nextInContainer(nullptr); o;
             o = item->nextInContainer(o)) {
            uint32_t tag = dsc::tag_of(o);
            if (tag < first || tag >= last || tag == TAG_PIXELS ||
                tag == TAG_PADDING)
                continue;
            dsc_status st = out.element(static_cast<DcmElement *>(o));
            if (st)
                return st;
        }
        return out.flush();
    });
}

} // extern "C"
