/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of each kind of object, enough to satisfy dciodvfy.
 */
#include "generate.h"

#include <string.h>

typedef struct iod_facts {
    gen_iod iod;
    const char *sop_class, *modality, *image_type, *description;
} iod_facts;

#define STORAGE "1.2.840.10008.5.1.4.1.1."

static const iod_facts facts[] = {
    {GEN_US, STORAGE "6.1", "US", "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001",
     "Abdomen"},
    {GEN_US_MULTI, STORAGE "3.1", "US", "ORIGINAL\\PRIMARY\\TTE\\0001", "Echo"},
    {GEN_SC, STORAGE "7", "OT", "DERIVED\\SECONDARY", "Screen"},
    {GEN_SC_MULTI_BYTE, STORAGE "7.2", "OT", "DERIVED\\SECONDARY", "Screen"},
    {GEN_SC_MULTI_BIT, STORAGE "7.1", "OT", "DERIVED\\SECONDARY", "Form"},
    {GEN_SC_MULTI_WORD, STORAGE "7.3", "OT", "DERIVED\\SECONDARY", "Screen"},
    {GEN_SC_MULTI_COLOUR, STORAGE "7.4", "OT", "DERIVED\\SECONDARY", "Screen"},
    {GEN_CR, STORAGE "1", "CR", "ORIGINAL\\PRIMARY", "Chest"},
    {GEN_DX, STORAGE "1.1", "DX", "ORIGINAL\\PRIMARY", "Chest"},
    {GEN_CT, STORAGE "2", "CT", "ORIGINAL\\PRIMARY\\AXIAL", "Abdomen"},
    {GEN_MR, STORAGE "4", "MR", "ORIGINAL\\PRIMARY\\OTHER", "Head"},
    {GEN_DOSE, STORAGE "481.2", "RTDOSE", "DERIVED\\SECONDARY", "Plan"},
};

static const iod_facts *find_facts(gen_iod iod)
{
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        if (facts[i].iod == iod)
            return &facts[i];
    gen_die("unknown kind of object");
}

const char *gen_sop_class(gen_iod iod)
{
    return find_facts(iod)->sop_class;
}

static void patient_and_study(gen_set *d, const gen_person *w, const char *key)
{
    if (w->charset[0])
        gen_str(d, 0x00080005, "CS", w->charset);
    gen_str(d, 0x00080020, "DA", w->date);
    gen_str(d, 0x00080030, "TM", w->time);
    gen_str(d, 0x00080050, "SH", w->accession);
    gen_str(d, 0x00080080, "LO", w->institution);
    gen_str(d, 0x00080081, "ST", w->address);
    gen_str(d, 0x00080090, "PN", w->physician);
    gen_str(d, 0x00081010, "SH", w->station);
    gen_str(d, 0x00081070, "PN", w->operator_name);
    gen_str(d, 0x00100010, "PN", w->name);
    gen_str(d, 0x00100020, "LO", w->id);
    gen_str(d, 0x00100030, "DA", w->birth);
    gen_str(d, 0x00100040, "CS", w->sex);
    gen_str(d, 0x0020000d, "UI", gen_uid(gen_format("study %s", w->id)));
    gen_str(d, 0x0020000e, "UI", gen_uid(gen_format("series %s", key)));
    gen_str(d, 0x00200010, "SH", "1");
    gen_str(d, 0x00200011, "IS", "1");
    gen_str(d, 0x00200013, "IS", "1");
    gen_plant(gen_uid(gen_format("study %s", w->id)));
    gen_plant(gen_uid(gen_format("series %s", key)));
}

static void equipment(gen_set *d)
{
    gen_str(d, 0x00080070, "LO", "Fictitious Imaging");
    gen_str(d, 0x00081090, "LO", "FI-2000");
    gen_str(d, 0x00181000, "LO", "SN-00815");
    gen_str(d, 0x00181020, "LO", "1.0");
}

static void image_pixel(gen_set *d, const gen_image *g)
{
    gen_us(d, 0x00280002, (unsigned)g->samples);
    gen_str(d, 0x00280004, "CS", g->photometric);
    if (g->samples > 1)
        gen_us(d, 0x00280006, (unsigned)g->planar);
    gen_us(d, 0x00280010, (unsigned)g->h);
    gen_us(d, 0x00280011, (unsigned)g->w);
    gen_us(d, 0x00280100, (unsigned)g->alloc);
    gen_us(d, 0x00280101, (unsigned)g->stored);
    gen_us(d, 0x00280102, (unsigned)g->high);
    gen_us(d, 0x00280103, g->is_signed);
    for (int k = 0; k < 3 && g->lut_entries; k++) {
        uint8_t desc[6] = {(uint8_t)g->lut_entries,
                           (uint8_t)(g->lut_entries >> 8),
                           0,
                           0,
                           (uint8_t)g->lut_bits,
                           0};
        gen_raw(d, 0x00281101 + (uint32_t)k, "US", desc, 6);
        gen_raw(d, 0x00281201 + (uint32_t)k, "OW", g->lut[k].p, g->lut[k].n);
    }
}

static void us_region(gen_set *d, const gen_image *g)
{
    gen_set *r = gen_item(d, 0x00186011);
    gen_us(r, 0x00186012, 1);
    gen_us(r, 0x00186014, 1);
    gen_ul(r, 0x00186016, 0);
    gen_ul(r, 0x00186018, (uint32_t)g->w / 8);
    gen_ul(r, 0x0018601a, (uint32_t)g->h / 5);
    gen_ul(r, 0x0018601c, (uint32_t)(g->w - g->w / 6));
    gen_ul(r, 0x0018601e, (uint32_t)(g->h - 8));
    gen_us(r, 0x00186024, 3);
    gen_us(r, 0x00186026, 3);
    gen_fd(r, 0x0018602c, 0.08);
    gen_fd(r, 0x0018602e, 0.08);
}

static void multi_frame(gen_set *d, const gen_image *g)
{
    gen_str(d, 0x00280008, "IS", gen_format("%d", g->frames));
    gen_at(d, 0x00280009, 0x00181063);
    gen_str(d, 0x00181063, "DS", "40");
    gen_str(d, 0x00080033, "TM", "120000");
    gen_str(d, 0x00080023, "DA",
            gen_find(d, 0x00080020)
                ? (const char *)gen_find(d, 0x00080020)->value.p
                : "");
}

static void secondary_capture(gen_set *d, const gen_image *g, gen_iod iod)
{
    gen_str(d, 0x00080064, "CS", "WSD");
    if (iod == GEN_SC)
        return;
    multi_frame(d, g);
    if (iod == GEN_SC_MULTI_BYTE || iod == GEN_SC_MULTI_WORD) {
        gen_str(d, 0x20500020, "CS", "IDENTITY");
        gen_str(d, 0x00281052, "DS", "0");
        gen_str(d, 0x00281053, "DS", "1");
        gen_str(d, 0x00281054, "LO", "US");
    }
}

static void plane(gen_set *d, const char *spacing, const char *key)
{
    gen_str(d, 0x00200052, "UI", gen_uid(gen_format("frame of ref %s", key)));
    gen_str(d, 0x00201040, "LO", "");
    gen_str(d, 0x00280030, "DS", spacing);
    gen_str(d, 0x00200032, "DS", "-150\\-150\\20");
    gen_str(d, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    gen_str(d, 0x00180050, "DS", "5");
    gen_str(d, 0x00185100, "CS", "HFS");
}

static void ct(gen_set *d, const gen_image *g, const char *key)
{
    plane(d, "1.2\\1.2", key);
    gen_str(d, 0x00180060, "DS", "120");
    gen_str(d, 0x00200012, "IS", "1");
    gen_str(d, 0x00281050, "DS", "40");
    gen_str(d, 0x00281051, "DS", "400");
    gen_str(d, 0x00281052, "DS", "0");
    gen_str(d, 0x00281053, "DS", "1");
    gen_str(d, 0x00281054, "LO", "HU");
    if (g->is_signed)
        gen_ss(d, 0x00280120, GEN_CT_PADDING);
}

static void mr(gen_set *d, const char *key)
{
    plane(d, "1\\1", key);
    gen_str(d, 0x00180020, "CS", "SE");
    gen_str(d, 0x00180021, "CS", "NONE");
    gen_str(d, 0x00180022, "CS", "");
    gen_str(d, 0x00180023, "CS", "2D");
    gen_str(d, 0x00180080, "DS", "500");
    gen_str(d, 0x00180081, "DS", "20");
    gen_str(d, 0x00180091, "IS", "");
}

static void cr(gen_set *d)
{
    gen_str(d, 0x00180015, "CS", "CHEST");
    gen_str(d, 0x00185101, "CS", "PA");
    gen_str(d, 0x00200020, "CS", "L\\F");
    gen_str(d, 0x00181164, "DS", "0.9\\0.9");
}

static void code(gen_set *s, uint32_t tag, const char *value,
                 const char *scheme, const char *meaning)
{
    gen_set *c = gen_item(s, tag);
    gen_str(c, 0x00080100, "SH", value);
    gen_str(c, 0x00080102, "SH", scheme);
    gen_str(c, 0x00080104, "LO", meaning);
}

static void dx(gen_set *d, const gen_image *g)
{
    cr(d);
    gen_str(d, 0x00080068, "CS", "FOR PRESENTATION");
    gen_str(d, 0x00181508, "CS", "");
    gen_str(d, 0x00180060, "DS", "");
    gen_str(d, 0x00187004, "CS", "");
    gen_str(d, 0x00185101, "CS", "");
    gen_str(d, 0x00200062, "CS", "U");
    gen_str(d, 0x00281040, "CS", "LIN");
    gen_ss(d, 0x00281041, g->inverted ? -1 : 1);
    gen_str(d, 0x00281052, "DS", "0");
    gen_str(d, 0x00281053, "DS", "1");
    gen_str(d, 0x00281054, "LO", "US");
    gen_str(d, 0x20500020, "CS", g->inverted ? "INVERSE" : "IDENTITY");
    gen_str(d, 0x00281050, "DS", "8192");
    gen_str(d, 0x00281051, "DS", "16384");
    code(d, 0x00082218, "T-D3000", "SRT", "Chest");
    gen_str(d, 0x00282110, "CS", "00");
    gen_set *v = gen_item(d, 0x00540220);
    gen_str(v, 0x00080100, "SH", "R-10214");
    gen_str(v, 0x00080102, "SH", "SRT");
    gen_str(v, 0x00080104, "LO", "postero-anterior");
    gen_item(d, 0x00400555);
    gen_find(d, 0x00400555)->n_items = 0;
}

static void dose(gen_set *d, const char *key)
{
    plane(d, "2\\2", key);
    gen_str(d, 0x30040002, "CS", "GY");
    gen_str(d, 0x30040004, "CS", "PHYSICAL");
    gen_str(d, 0x3004000a, "CS", "PLAN");
    gen_str(d, 0x3004000e, "DS", "0.000000001");
    gen_set *p = gen_item(d, 0x300c0002);
    gen_str(p, 0x00081150, "UI", STORAGE "481.5");
    gen_str(p, 0x00081155, "UI", gen_uid("plan"));
}

gen_set *gen_header_object(const char *sop_class, const char *modality,
                           const gen_person *who, const char *key)
{
    gen_set *d = gen_set_new();
    const char *uid = gen_uid(gen_format("instance %s", key));
    gen_plant(uid);
    gen_str(d, 0x00080016, "UI", sop_class);
    gen_str(d, 0x00080018, "UI", uid);
    gen_str(d, 0x00080060, "CS", modality);
    patient_and_study(d, who, key);
    equipment(d);
    return d;
}

gen_set *gen_header(gen_iod iod, const gen_person *who, const gen_image *g,
                    const char *key)
{
    const iod_facts *f = find_facts(iod);
    gen_set *d = gen_header_object(f->sop_class, f->modality, who, key);
    gen_str(d, 0x00080008, "CS", f->image_type);
    gen_str(d, 0x00081030, "LO", f->description);
    image_pixel(d, g);
    gen_str(d, 0x00280301, "CS", "YES");
    if (iod != GEN_DX && iod != GEN_CR)
        gen_str(d, 0x00200060, "CS", "");
    switch (iod) {
    case GEN_US:
    case GEN_US_MULTI:
        us_region(d, g);
        gen_str(d, 0x00200020, "CS", "");
        if (iod == GEN_US_MULTI)
            multi_frame(d, g);
        break;
    case GEN_SC:
    case GEN_SC_MULTI_BYTE:
    case GEN_SC_MULTI_BIT:
    case GEN_SC_MULTI_WORD:
    case GEN_SC_MULTI_COLOUR:
        gen_str(d, 0x00200020, "CS", "");
        secondary_capture(d, g, iod);
        break;
    case GEN_CR:
        cr(d);
        break;
    case GEN_DX:
        dx(d, g);
        break;
    case GEN_CT:
        ct(d, g, key);
        break;
    case GEN_MR:
        mr(d, key);
        break;
    case GEN_DOSE:
        dose(d, key);
        break;
    }
    return d;
}

void gen_pixels_native(gen_set *ds, const gen_image *g, bool ow)
{
    gen_buf b = {0};
    if (g->alloc == 1) {
        gen_put(&b, g->bits.p, g->bits.n);
    } else {
        for (int i = 0; i < g->frames; i++) {
            const gen_buf *s = &g->frame[i];
            size_t step = (size_t)g->samples, bytes = (size_t)g->alloc / 8;
            if (!g->planar) {
                gen_put(&b, s->p, s->n);
                continue;
            }
            for (size_t k = 0; k < step; k++)
                for (size_t at = k * bytes; at < s->n; at += step * bytes)
                    gen_put(&b, s->p + at, bytes);
        }
    }
    gen_raw(ds, 0x7fe00010, ow ? "OW" : "OB", b.p, b.n);
}
