/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk that decides about every element (dicom_edit.h), applied to a
 * dataset, and run beside another one to check it.
 *
 * An item's elements are taken into a vector first: the callback may look at
 * neighbours by binary search, and rebuilding the list costs one pass however
 * many elements go. Recursion is as deep as sequences are nested, which the
 * scanner has limited.
 */
#include "dicom/dicom_shim.h"

extern "C" {
#include "dicom/dicom_edit.h"
}

#include <algorithm>

struct dsc_item {
    const dsc_tree *tree;
    DcmItem *item;
    const dsc_item *parent;
    std::vector<DcmElement *> elements; /* ascending */
    std::string charset;
    std::string creator; /* of the block asked for last */
    uint32_t creator_tag = 0;
};

namespace
{

DcmElement *look(const dsc_item *i, uint32_t tag)
{
    auto at = std::lower_bound(
        i->elements.begin(), i->elements.end(), tag,
        [](DcmElement *e, uint32_t t) { return dsc::tag_of(e) < t; });
    return at != i->elements.end() && dsc::tag_of(*at) == tag ? *at : nullptr;
}

void enter(dsc_item &i, const dsc_tree *tree, DcmItem *item,
           const dsc_item *parent)
{
    i.tree = tree;
    i.item = item;
    i.parent = parent;
    for (DcmObject *o = item->nextInContainer(nullptr); o;
         o = item->nextInContainer(o))
        i.elements.push_back(static_cast<DcmElement *>(o));
    std::string own;
    DcmElement *e = look(&i, DSC_TAG(8, 5));
    i.charset = parent ? parent->charset : "";
    if (e && !dsc::is_sequence(e) && dsc::raw_value(e, false, own)) {
        while (!own.empty() && (own.back() == ' ' || own.back() == '\0'))
            own.pop_back();
        i.charset = own;
    }
}

/* Who reserved the block of a private element (PS3.5 7.8.1). */
const char *creator_of(dsc_item &i, uint32_t tag)
{
    uint32_t at = (tag & 0xFFFF0000u) | (tag >> 8 & 0xFFu);

    if ((tag & 0xFFFFu) < 0x1000u)
        return "";
    if (i.creator_tag == at)
        return i.creator.c_str();
    i.creator_tag = at;
    i.creator.clear();
    DcmElement *e = look(&i, at);
    std::string raw;
    if (e && !dsc::is_sequence(e) && dsc::raw_value(e, false, raw)) {
        while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0'))
            raw.pop_back();
        size_t lead = raw.find_first_not_of(' ');
        i.creator = lead == std::string::npos ? "" : raw.substr(lead);
    }
    return i.creator.c_str();
}

class reviser
{
  public:
    reviser(const dsc_tree *tree, dsc_edit_fn fn, void *ctx, dsc_error *err)
        : tree(tree), fn(fn), ctx(ctx), err(err)
    {
        edit.text.limit = 64u << 20;
    }
    ~reviser()
    {
        dsc_buf_free(&edit.text);
    }
    reviser(const reviser &) = delete;
    reviser &operator=(const reviser &) = delete;

    dsc_status change(DcmItem *item, const dsc_item *parent);
    dsc_status look_only(DcmItem *item, const dsc_item *parent);
    dsc_status check(DcmItem *item, const dsc_item *parent, DcmItem *output,
                     const dsc_item *output_parent);
    const char *text();
    bool can_hold(const char *utf8);
    const char *keyword();

    const dsc_tree *other = nullptr;
    dsc_differ_fn differ = nullptr;

  private:
    dsc_status ask(dsc_item &i, DcmElement *e);
    dsc_status ask_item(dsc_item &i, uint32_t tag, uint32_t number);
    dsc_status made(const dsc_item &i, DcmElement *e, DcmElement **out);
    dsc_status items(DcmElement *e, const dsc_item &i, uint32_t tag,
                     bool apply);
    dsc_status check_element(dsc_item &i, DcmElement *e, dsc_item &o,
                             DcmElement *there);
    dsc_status check_items(DcmElement *e, dsc_item &i, DcmElement *there,
                           const dsc_item &o);
    dsc_status tell(dsc_differ_kind kind, DcmElement *there, const dsc_item &o);
    dsc_status added(dsc_item &o, DcmElement *e);
    void describe(dsc_item &i, DcmElement *e);
    static bool passed_over(uint32_t tag, uint32_t depth);

    const dsc_tree *tree;
    dsc_edit_fn fn;
    void *ctx;
    dsc_error *err;
    dsc_at at = {};
    dsc_edit edit = {};
    DcmElement *current = nullptr;
    std::string path, value, other_value, name;
    bool have_value = false;
};

bool reviser::passed_over(uint32_t tag, uint32_t depth)
{
    return (tag & 0xFFFFu) == 0 ||
           (depth == 0 && (tag == TAG_PIXELS || tag == TAG_PADDING));
}

void reviser::describe(dsc_item &i, DcmElement *e)
{
    uint32_t tag = dsc::tag_of(e);
    bool is_private = (tag >> 16 & 1u) != 0;

    at.tag = tag;
    std::memcpy(at.vr, dsc::written_vr(i.tree, e).c_str(), 3);
    std::string standard =
        is_private ? std::string() : dsc::dictionary_vr(tag, nullptr);
    std::memset(at.standard, 0, sizeof at.standard);
    if (standard.size() == 2)
        std::memcpy(at.standard, standard.c_str(), 2);
    std::memcpy(at.meaning, at.vr, 3);
    if (!std::strcmp(at.vr, "UN")) {
        std::string meaning = dsc::meaning_vr(e);
        if (meaning.size() == 2)
            std::memcpy(at.meaning, meaning.c_str(), 3);
    }
    at.length = e->getLengthField();
    if (at.length == UNDEFINED)
        at.length = dsc::encoded_size(i.tree, e, {true, false});
    at.creator = is_private ? creator_of(i, tag) : nullptr;
    at.item = &i;
    current = e;
    have_value = false;
}

dsc_status reviser::ask(dsc_item &i, DcmElement *e)
{
    describe(i, e);
    at.path = path.c_str();
    at.walk = this;
    edit.kind = DSC_EDIT_KEEP;
    edit.vr[0] = '\0';
    edit.mark = at.mark;
    edit.text.len = 0;
    return fn(ctx, &at, &edit, err);
}

dsc_status reviser::ask_item(dsc_item &i, uint32_t tag, uint32_t number)
{
    uint32_t outer = at.sequence, outer_index = at.index;

    at.tag = DSC_TAG_ITEM;
    at.vr[0] = at.meaning[0] = at.standard[0] = '\0';
    at.length = 0;
    at.creator = nullptr;
    at.item = &i;
    at.sequence = tag;
    at.index = number;
    at.depth++;
    at.path = path.c_str();
    at.walk = this;
    current = nullptr;
    have_value = true;
    value.clear();
    edit.kind = DSC_EDIT_KEEP;
    edit.vr[0] = '\0';
    edit.mark = at.mark;
    edit.text.len = 0;
    dsc_status st = fn(ctx, &at, &edit, err);
    at.depth--;
    at.sequence = outer;
    at.index = outer_index;
    return st;
}

const char *reviser::text()
{
    if (!current)
        return nullptr;
    if (!have_value) {
        value.clear();
        if (dsc::is_sequence(current) || current->getLengthField() == UNDEFINED)
            return nullptr;
        if (!dsc::printable(at.item->tree, current, at.item->charset, value))
            return nullptr;
        have_value = true;
    }
    return value.c_str();
}

bool reviser::can_hold(const char *utf8)
{
    std::string raw;
    return dsc::encode_text(utf8, at.item->charset, raw);
}

const char *reviser::keyword()
{
    name.clear();
    const DcmDataDictionary &d = dcmDataDict.rdlock();
    const DcmDictEntry *entry =
        current ? d.findEntry(current->getTag(),
                              current->getTag().getPrivateCreator())
                : nullptr;
    if (entry && entry->getTagName())
        name = entry->getTagName();
    dcmDataDict.rdunlock();
    return name.c_str();
}

/* The element that takes e's place; null: none does. */
dsc_status reviser::made(const dsc_item &i, DcmElement *e, DcmElement **out)
{
    uint32_t tag = dsc::tag_of(e);
    std::string vr = edit.vr;
    std::string utf8;

    *out = nullptr;
    if (edit.kind == DSC_EDIT_REMOVE)
        return DSC_OK;
    if (vr.empty())
        vr = dsc::written_vr(i.tree, e);
    if (edit.kind == DSC_EDIT_SET)
        utf8.assign(reinterpret_cast<const char *>(edit.text.data),
                    edit.text.len);
    return dsc::make_element(tag, vr, utf8, i.charset, out, err);
}

dsc_status reviser::items(DcmElement *e, const dsc_item &i, uint32_t tag,
                          bool apply)
{
    auto *sq = static_cast<DcmSequenceOfItems *>(e);
    size_t tag_end = path.size();
    uint32_t number = 0, sequence = at.sequence, index = at.index;
    unsigned mark = at.mark, inside = edit.mark;
    std::vector<DcmItem *> all;

    for (DcmObject *o = sq->nextInContainer(nullptr); o;
         o = sq->nextInContainer(o))
        all.push_back(static_cast<DcmItem *>(o));
    std::vector<bool> goes(all.size(), false);
    bool any = false;
    for (DcmItem *one : all) {
        path += '[';
        path += std::to_string(number);
        path += ']';
        dsc_item inner;
        enter(inner, i.tree, one, &i);
        at.mark = inside;
        dsc_status st = ask_item(inner, tag, number);
        at.mark = mark;
        if (st)
            return st;
        if (edit.kind == DSC_EDIT_KEEP) {
            path += '.';
            at.depth++;
            at.sequence = tag;
            at.index = number;
            at.mark = edit.mark;
            st = apply ? change(one, &i) : look_only(one, &i);
            at.mark = mark;
            at.depth--;
            at.sequence = sequence;
            at.index = index;
        } else {
            goes[number] = any = true;
        }
        path.resize(tag_end);
        number++;
        if (st)
            return st;
    }
    if (!apply || !any)
        return DSC_OK;
    /* O(1) each: the list is emptied from its front and filled at its end */
    while (sq->card() > 0)
        sq->remove(static_cast<unsigned long>(0));
    for (size_t k = 0; k < all.size(); k++) {
        if (goes[k])
            delete all[k];
        else if (sq->append(all[k]).bad())
            return dsc::bad_tag(err, DSC_INTERNAL, tag, "lost an item");
    }
    return DSC_OK;
}

dsc_status reviser::change(DcmItem *item, const dsc_item *parent)
{
    size_t base = path.size();
    dsc_item i;
    bool any = false;

    enter(i, tree, item, parent);
    std::vector<std::unique_ptr<DcmElement>> fresh(i.elements.size());
    std::vector<char> goes(i.elements.size(), 0);
    for (size_t k = 0; k < i.elements.size(); k++) {
        DcmElement *e = i.elements[k];
        if (passed_over(dsc::tag_of(e), at.depth))
            continue;
        dsc::append_tag(path, dsc::tag_of(e));
        dsc_status st = ask(i, e);
        if (!st && edit.kind == DSC_EDIT_KEEP) {
            if (dsc::is_sequence(e))
                st = items(e, i, dsc::tag_of(e), true);
        } else if (!st) {
            DcmElement *now = nullptr;
            st = made(i, e, &now);
            fresh[k].reset(now);
            goes[k] = 1;
            any = true;
        }
        path.resize(base);
        if (st)
            return st;
    }
    if (!any)
        return DSC_OK;
    while (item->card() > 0)
        item->remove(static_cast<unsigned long>(0));
    for (size_t k = 0; k < i.elements.size(); k++) {
        std::unique_ptr<DcmElement> e(i.elements[k]);
        if (goes[k])
            e = std::move(fresh[k]);
        if (e && item->insert(e.get(), OFFalse).bad())
            return dsc_fail(err, DSC_INTERNAL, "an element was lost");
        (void)e.release();
    }
    return DSC_OK;
}

dsc_status reviser::look_only(DcmItem *item, const dsc_item *parent)
{
    size_t base = path.size();
    dsc_item i;

    enter(i, tree, item, parent);
    for (DcmElement *e : i.elements) {
        if (passed_over(dsc::tag_of(e), at.depth))
            continue;
        dsc::append_tag(path, dsc::tag_of(e));
        dsc_status st = ask(i, e);
        if (!st && edit.kind == DSC_EDIT_KEEP && dsc::is_sequence(e))
            st = items(e, i, dsc::tag_of(e), false);
        path.resize(base);
        if (st)
            return st;
    }
    return DSC_OK;
}

/* ---- the check ---- */

dsc_status reviser::tell(dsc_differ_kind kind, DcmElement *there,
                         const dsc_item &o)
{
    static const char *const words[] = {"is missing", "should not be there",
                                        "has another value than it should"};
    const char *shown = nullptr;

    other_value.clear();
    if (there && !dsc::is_sequence(there) &&
        there->getLengthField() != UNDEFINED &&
        dsc::printable(o.tree, there, o.charset, other_value))
        shown = other_value.c_str();
    if (differ && differ(ctx, &at, kind, shown))
        return DSC_OK;
    return dsc_fail(err, DSC_UNPROVEN, "%.150s %s", path.c_str(), words[kind]);
}

bool same_bytes(DcmElement *a, DcmElement *b)
{
    std::string x, y;

    if (a->getLengthField() == UNDEFINED || b->getLengthField() == UNDEFINED)
        return a->getLengthField() == b->getLengthField();
    if (!dsc::raw_value(a, false, x) || !dsc::raw_value(b, false, y))
        return false;
    /* an odd value gets a pad byte when it is written */
    if ((x.size() & 1u) && y.size() == x.size() + 1 &&
        (y.back() == ' ' || y.back() == '\0'))
        y.pop_back();
    return x == y;
}

dsc_status reviser::check_items(DcmElement *e, dsc_item &i, DcmElement *there,
                                const dsc_item &o)
{
    auto *sq = static_cast<DcmSequenceOfItems *>(e);
    auto *got = static_cast<DcmSequenceOfItems *>(there);
    uint32_t tag = dsc::tag_of(e), number = 0;
    uint32_t sequence = at.sequence, index = at.index;
    unsigned mark = at.mark, inside = edit.mark;
    size_t tag_end = path.size();
    DcmObject *next = got->nextInContainer(nullptr);

    for (DcmObject *one = sq->nextInContainer(nullptr); one;
         one = sq->nextInContainer(one)) {
        path += '[';
        path += std::to_string(number);
        path += ']';
        dsc_item inner;
        enter(inner, i.tree, static_cast<DcmItem *>(one), &i);
        at.mark = inside;
        dsc_status st = ask_item(inner, tag, number);
        at.mark = mark;
        if (!st && edit.kind == DSC_EDIT_KEEP) {
            path += '.';
            at.depth++;
            at.sequence = tag;
            at.index = number;
            at.mark = edit.mark;
            if (!next)
                st = dsc_fail(err, DSC_UNPROVEN, "%.150s is missing",
                              path.c_str());
            else
                st = check(static_cast<DcmItem *>(one), &i,
                           static_cast<DcmItem *>(next), &o);
            at.mark = mark;
            at.depth--;
            at.sequence = sequence;
            at.index = index;
            if (next)
                next = got->nextInContainer(next);
        }
        path.resize(tag_end);
        number++;
        if (st)
            return st;
    }
    if (!next)
        return DSC_OK;
    describe(i, e);
    at.path = path.c_str();
    return tell(DSC_DIFFER_VALUE, there, o);
}

dsc_status reviser::check_element(dsc_item &i, DcmElement *e, dsc_item &o,
                                  DcmElement *there)
{
    dsc_status st = ask(i, e);

    if (st)
        return st;
    if (edit.kind == DSC_EDIT_REMOVE)
        return there ? tell(DSC_DIFFER_ADDED, there, o) : DSC_OK;
    if (!there)
        return tell(DSC_DIFFER_MISSING, nullptr, o);
    if (edit.kind == DSC_EDIT_KEEP) {
        if (dsc::is_sequence(e) != dsc::is_sequence(there))
            return tell(DSC_DIFFER_VALUE, there, o);
        if (dsc::is_sequence(e))
            return check_items(e, i, there, o);
        return same_bytes(e, there) ? DSC_OK : tell(DSC_DIFFER_VALUE, there, o);
    }
    DcmElement *expected = nullptr;
    st = made(i, e, &expected);
    std::unique_ptr<DcmElement> owner(expected);
    if (st)
        return st;
    bool same = dsc::is_sequence(expected) == dsc::is_sequence(there);
    if (same && dsc::is_sequence(expected))
        same = static_cast<DcmSequenceOfItems *>(there)->card() == 0;
    else if (same)
        same = same_bytes(expected, there);
    return same ? DSC_OK : tell(DSC_DIFFER_VALUE, there, o);
}

dsc_status reviser::added(dsc_item &o, DcmElement *e)
{
    dsc::append_tag(path, dsc::tag_of(e));
    describe(o, e);
    at.path = path.c_str();
    at.walk = this;
    return tell(DSC_DIFFER_ADDED, e, o);
}

dsc_status reviser::check(DcmItem *item, const dsc_item *parent,
                          DcmItem *output, const dsc_item *output_parent)
{
    size_t base = path.size(), k = 0;
    dsc_item i, o;

    enter(i, tree, item, parent);
    enter(o, other, output, output_parent);
    for (DcmElement *e : i.elements) {
        uint32_t tag = dsc::tag_of(e);
        dsc_status st = DSC_OK;
        for (; !st && k < o.elements.size() && dsc::tag_of(o.elements[k]) < tag;
             k++) {
            if (!passed_over(dsc::tag_of(o.elements[k]), at.depth))
                st = added(o, o.elements[k]);
            path.resize(base);
        }
        if (st)
            return st;
        DcmElement *there = nullptr;
        if (k < o.elements.size() && dsc::tag_of(o.elements[k]) == tag)
            there = o.elements[k++];
        if (passed_over(tag, at.depth))
            continue;
        dsc::append_tag(path, tag);
        st = check_element(i, e, o, there);
        path.resize(base);
        if (st)
            return st;
    }
    for (; k < o.elements.size(); k++) {
        if (passed_over(dsc::tag_of(o.elements[k]), at.depth))
            continue;
        dsc_status st = added(o, o.elements[k]);
        path.resize(base);
        if (st)
            return st;
    }
    return DSC_OK;
}

bool text_of(const dsc_item *i, DcmElement *e, char *buf, size_t size)
{
    std::string s;

    if (!e || dsc::is_sequence(e) || e->getLengthField() == UNDEFINED ||
        !dsc::printable(i->tree, e, i->charset, s) || s.empty() ||
        s.size() >= size)
        return false;
    std::memcpy(buf, s.c_str(), s.size() + 1);
    return true;
}

} // namespace

extern "C" {

const char *dsc_at_text(const dsc_at *at)
{
    const char *text = nullptr;

    dsc::guard(nullptr, [&] {
        text = static_cast<reviser *>(at->walk)->text();
        return DSC_OK;
    });
    return text;
}

const char *dsc_at_keyword(const dsc_at *at)
{
    const char *text = "";

    dsc::guard(nullptr, [&] {
        text = static_cast<reviser *>(at->walk)->keyword();
        return DSC_OK;
    });
    return text;
}

bool dsc_at_can_hold(const dsc_at *at, const char *utf8)
{
    bool yes = false;

    dsc::guard(nullptr, [&] {
        yes = static_cast<reviser *>(at->walk)->can_hold(utf8);
        return DSC_OK;
    });
    return yes;
}

bool dsc_item_text(const dsc_item *item, uint32_t tag, char *buf, size_t size)
{
    bool ok = false;

    if (!size)
        return false;
    buf[0] = '\0';
    dsc::guard(nullptr, [&] {
        ok = text_of(item, look(item, tag), buf, size);
        return DSC_OK;
    });
    return ok;
}

bool dsc_item_first(const dsc_item *item, uint32_t sequence, uint32_t tag,
                    char *buf, size_t size)
{
    bool ok = false;

    if (!size)
        return false;
    buf[0] = '\0';
    dsc::guard(nullptr, [&] {
        DcmElement *e = look(item, sequence);
        if (!e || !dsc::is_sequence(e))
            return DSC_OK;
        auto *sq = static_cast<DcmSequenceOfItems *>(e);
        auto *first = static_cast<DcmItem *>(sq->nextInContainer(nullptr));
        if (first)
            ok = text_of(item, dsc::find(first, tag), buf, size);
        return DSC_OK;
    });
    return ok;
}

bool dsc_item_has(const dsc_item *item, uint32_t tag)
{
    return look(item, tag) != nullptr;
}

uint32_t dsc_item_next(const dsc_item *item, uint32_t tag)
{
    auto at = std::upper_bound(
        item->elements.begin(), item->elements.end(), tag,
        [](uint32_t t, DcmElement *e) { return t < dsc::tag_of(e); });
    return at == item->elements.end() ? 0 : dsc::tag_of(*at);
}

const dsc_item *dsc_item_parent(const dsc_item *item)
{
    return item->parent;
}

dsc_status dsc_dicom_edit(dsc_dicom *ds, dsc_edit_fn fn, void *ctx,
                          dsc_error *err)
{
    return dsc::guard(err, [&] {
        reviser r(ds->tree, fn, ctx, err);
        return r.change(&ds->tree->data, nullptr);
    });
}

dsc_status dsc_dicom_edit_dry(const dsc_dicom *ds, dsc_edit_fn fn, void *ctx,
                              dsc_error *err)
{
    return dsc::guard(err, [&] {
        reviser r(ds->tree, fn, ctx, err);
        return r.look_only(&ds->tree->data, nullptr);
    });
}

dsc_status dsc_dicom_edit_check(const dsc_dicom *source,
                                const dsc_dicom *output, dsc_edit_fn fn,
                                dsc_differ_fn differ, void *ctx, dsc_error *err)
{
    return dsc::guard(err, [&] {
        reviser r(source->tree, fn, ctx, err);
        r.other = output->tree;
        r.differ = differ;
        return r.check(&source->tree->data, nullptr, &output->tree->data,
                       nullptr);
    });
}

} // extern "C"
