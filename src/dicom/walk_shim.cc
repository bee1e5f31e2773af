/* SPDX-License-Identifier: Apache-2.0
 *
 * Over all elements at all levels. Recursion is as deep as the sequences are
 * nested, which the scanner has limited.
 */
#include "dicom/dicom_shim.h"

namespace
{

struct walker {
    const dsc_dicom *ds;
    bool (*fn)(void *, const dsc_element *);
    void *ctx;
    bool remove; /* fn says what to remove, else whether to go on */
    size_t removed = 0;
    bool stopped = false;
    std::string path;
};

std::string keyword_of(DcmElement *e)
{
    std::string name;
    const DcmDataDictionary &d = dcmDataDict.rdlock();
    const DcmDictEntry *entry =
        d.findEntry(e->getTag(), e->getTag().getPrivateCreator());

    if (entry && entry->getTagName())
        name = entry->getTagName();
    dcmDataDict.rdunlock();
    return name;
}

bool visit(walker &w, DcmElement *e, uint32_t depth, bool in_meta,
           const std::string &charset)
{
    const dsc_scan &scan = w.ds->scan;
    std::string text, keyword = keyword_of(e);
    std::string vr = dsc::written_vr(w.ds->tree, e);
    dsc_element el = {};

    el.tag = dsc::tag_of(e);
    el.path = w.path.c_str();
    el.keyword = keyword.c_str();
    el.depth = depth;
    el.in_meta = in_meta;
    el.length = e->getLengthField();
    if (depth == 0 && el.tag == TAG_PIXELS) {
        if (scan.pixel_vr[0])
            vr = scan.pixel_vr;
        el.length = scan.pixel_length;
    } else if (el.length == UNDEFINED) {
        el.length = dsc::encoded_size(w.ds->tree, e, {true, false});
    } else if (dsc::printable(w.ds->tree, e, charset, text)) {
        el.utf8 = text.c_str();
    }
    std::memcpy(el.vr, vr.c_str(), 3);
    return w.fn(w.ctx, &el);
}

void walk_item(walker &w, DcmItem *item, uint32_t depth, bool in_meta,
               const std::string &inherited)
{
    std::string charset = dsc::charset_of(item, inherited);
    size_t base = w.path.size();
    DcmObject *next = item->nextInContainer(nullptr);

    while (next && !w.stopped) {
        auto *e = static_cast<DcmElement *>(next);
        next = item->nextInContainer(next);
        dsc::append_tag(w.path, dsc::tag_of(e));
        bool yes = visit(w, e, depth, in_meta, charset);
        if (w.remove && yes) {
            delete item->remove(e);
            w.removed++;
        } else if (!w.remove && !yes) {
            w.stopped = true;
        } else if (dsc::is_sequence(e)) {
            auto *sq = static_cast<DcmSequenceOfItems *>(e);
            size_t tag_end = w.path.size(), i = 0;
            for (DcmObject *o = sq->nextInContainer(nullptr); o && !w.stopped;
                 o = sq->nextInContainer(o)) {
                w.path += "[" + std::to_string(i++) + "].";
                walk_item(w, static_cast<DcmItem *>(o), depth + 1, in_meta,
                          charset);
                w.path.resize(tag_end);
            }
        }
        w.path.resize(base);
    }
}

} // namespace

extern "C" {

dsc_status dsc_dicom__tree_walk(const dsc_dicom *ds, dsc_element_fn fn,
                                void *ctx, dsc_error *err) noexcept
{
    return dsc::guard(err, [&] {
        walker w = {ds, fn, ctx, false, 0, false, {}};
        walk_item(w, &ds->tree->meta, 0, true, "");
        walk_item(w, &ds->tree->data, 0, false, "");
        return DSC_OK;
    });
}

dsc_status dsc_dicom__tree_remove_if(dsc_dicom *ds, dsc_remove_fn fn, void *ctx,
                                     size_t *removed, dsc_error *err) noexcept
{
    return dsc::guard(err, [&] {
        walker w = {ds, fn, ctx, true, 0, false, {}};
        walk_item(w, &ds->tree->data, 0, false, "");
        if (removed)
            *removed = w.removed;
        return DSC_OK;
    });
}

} // extern "C"
