/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of transfer syntaxes: who reads which, and why the others are
 * refused (PS3.6 table A-1; retired ones included). */
#include "codec/codec_priv.h"

#include <string.h>

/* What a syntax says about loss. */
typedef enum loss {
    LOSS_NEVER,
    LOSS_ALWAYS,
    LOSS_ASK_JPEGLS, /* the stream knows */
    LOSS_ASK_JP2K
} loss;

typedef struct syntax {
    const char *uid;
    const char *name;
    const dsc_codec *codec; /* NULL: refused, for the reason in `refusal` */
    const char *refusal;
    loss loss;
    bool can_encode;
} syntax;

/* clang-format off */
#define RAW    &dsc_codec_raw, NULL
#define RLE    &dsc_codec_rle, NULL
#define JPEG   &dsc_codec_jpeg, NULL
#define JP2K   &dsc_codec_jp2k, NULL
#define JPEGLL &dsc_codec_jpegll, NULL
#define JPEGLS &dsc_codec_jpegls, NULL
#define NO(why) NULL, why
#define RETIRED_JPEG NO("retired JPEG process")
#define MPEG2  NO("MPEG2 video")
#define MPEG4  NO("MPEG-4 AVC/H.264 video")
#define HEVC   NO("HEVC/H.265 video")
#define JPIP   NO("JPIP reference, the pixels are on a server")
#define JXL    NO("JPEG XL")
#define SMPTE  NO("SMPTE ST 2110 network stream")

#define JPEG_UID "1.2.840.10008.1.2.4."

static const syntax syntaxes[] = {
    {"1.2.840.10008.1.2", "Implicit VR Little Endian", RAW, LOSS_NEVER, true},
    {"1.2.840.10008.1.2.1", "Explicit VR Little Endian", RAW, LOSS_NEVER, true},
    {"1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian",
     NO("encapsulated uncompressed frames"), LOSS_NEVER, false},
    {"1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", RAW, LOSS_NEVER, true},
    {"1.2.840.10008.1.2.2", "Explicit VR Big Endian", RAW, LOSS_NEVER, true},
    {"1.2.840.10008.1.2.5", "RLE Lossless", RLE, LOSS_NEVER, true},

    {JPEG_UID "50", "JPEG Baseline (Process 1)", JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "51", "JPEG Extended (Process 2 & 4)", JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "52", "JPEG Extended (Process 3 & 5)", RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "55", "JPEG Full Progression, Non-Hierarchical (Process 10 & 12)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "56", "JPEG Full Progression, Non-Hierarchical (Process 11 & 13)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "57", "JPEG Lossless, Non-Hierarchical (Process 14)",
     JPEGLL, LOSS_NEVER, true},
    {JPEG_UID "58", "JPEG Lossless, Non-Hierarchical (Process 15)",
     RETIRED_JPEG, LOSS_NEVER, false},
    {JPEG_UID "59", "JPEG Extended, Hierarchical (Process 16 & 18)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "60", "JPEG Extended, Hierarchical (Process 17 & 19)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "61", "JPEG Spectral Selection, Hierarchical (Process 20 & 22)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "62", "JPEG Spectral Selection, Hierarchical (Process 21 & 23)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "63", "JPEG Full Progression, Hierarchical (Process 24 & 26)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "64", "JPEG Full Progression, Hierarchical (Process 25 & 27)",
     RETIRED_JPEG, LOSS_ALWAYS, false},
    {JPEG_UID "65", "JPEG Lossless, Hierarchical (Process 28)",
     RETIRED_JPEG, LOSS_NEVER, false},
    {JPEG_UID "66", "JPEG Lossless, Hierarchical (Process 29)",
     RETIRED_JPEG, LOSS_NEVER, false},
    {JPEG_UID "70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
     JPEGLL, LOSS_NEVER, true},

    {JPEG_UID "80", "JPEG-LS Lossless Image Compression", JPEGLS, LOSS_NEVER, true},
    {JPEG_UID "81", "JPEG-LS Lossy (Near-Lossless) Image Compression",
     JPEGLS, LOSS_ASK_JPEGLS, false},
    {JPEG_UID "90", "JPEG 2000 Image Compression (Lossless Only)",
     JP2K, LOSS_NEVER, true},
    {JPEG_UID "91", "JPEG 2000 Image Compression", JP2K, LOSS_ASK_JP2K, false},
    {JPEG_UID "92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
     NO("JPEG 2000 Part 2 multi-component"), LOSS_NEVER, false},
    {JPEG_UID "93", "JPEG 2000 Part 2 Multi-component Image Compression",
     NO("JPEG 2000 Part 2 multi-component"), LOSS_ALWAYS, false},
    {JPEG_UID "94", "JPIP Referenced", JPIP, LOSS_ALWAYS, false},
    {JPEG_UID "95", "JPIP Referenced Deflate", JPIP, LOSS_ALWAYS, false},

    {JPEG_UID "100", "MPEG2 Main Profile / Main Level", MPEG2, LOSS_ALWAYS, false},
    {JPEG_UID "100.1", "Fragmentable MPEG2 Main Profile / Main Level", MPEG2, LOSS_ALWAYS, false},
    {JPEG_UID "101", "MPEG2 Main Profile / High Level", MPEG2, LOSS_ALWAYS, false},
    {JPEG_UID "101.1", "Fragmentable MPEG2 Main Profile / High Level", MPEG2, LOSS_ALWAYS, false},
    {JPEG_UID "102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
     MPEG4, LOSS_ALWAYS, false},
    {JPEG_UID "107", "HEVC/H.265 Main Profile / Level 5.1", HEVC, LOSS_ALWAYS, false},
    {JPEG_UID "108", "HEVC/H.265 Main 10 Profile / Level 5.1", HEVC, LOSS_ALWAYS, false},

    {JPEG_UID "110", "JPEG XL Lossless", JXL, LOSS_NEVER, false},
    {JPEG_UID "111", "JPEG XL JPEG Recompression", JXL, LOSS_ALWAYS, false},
    {JPEG_UID "112", "JPEG XL", JXL, LOSS_ALWAYS, false},

    {JPEG_UID "201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
     JP2K, LOSS_NEVER, false},
    {JPEG_UID "202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
     JP2K, LOSS_NEVER, false},
    {JPEG_UID "203", "High-Throughput JPEG 2000 Image Compression",
     JP2K, LOSS_ASK_JP2K, false},
    {JPEG_UID "204", "JPIP HTJ2K Referenced", JPIP, LOSS_ALWAYS, false},
    {JPEG_UID "205", "JPIP HTJ2K Referenced Deflate", JPIP, LOSS_ALWAYS, false},

    {"1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation",
     NO("MIME encapsulation, no image"), LOSS_NEVER, false},
    {"1.2.840.10008.1.2.6.2", "XML Encoding", NO("XML encoding, no image"), LOSS_NEVER, false},
    {"1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
     SMPTE, LOSS_NEVER, false},
    {"1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video",
     SMPTE, LOSS_NEVER, false},
    {"1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", SMPTE, LOSS_NEVER, false},
    {"1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression",
     NO("deflated image frames"), LOSS_NEVER, false},
    {"1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian",
     NO("Papyrus 3"), LOSS_NEVER, false},
    {"1.2.840.113619.5.2", "GE private Implicit VR Little Endian, big endian pixels",
     NO("GE private syntax with big endian pixels"), LOSS_NEVER, false},
};
/* clang-format on */

static const syntax *find(const char *uid)
{
    size_t n;

    if (!uid)
        return NULL;
    n = strlen(uid);
    while (n && uid[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        if (strlen(syntaxes[i].uid) == n && !memcmp(syntaxes[i].uid, uid, n))
            return &syntaxes[i];
    }
    return NULL;
}

const dsc_codec *dsc_codec_for(const char *uid)
{
    const syntax *s = find(uid);
    return s ? s->codec : NULL;
}

const char *dsc_codec_refusal(const char *uid)
{
    const syntax *s = find(uid);
    return s ? s->refusal : "unknown transfer syntax";
}

const char *dsc_transfer_syntax_name(const char *uid)
{
    const syntax *s = find(uid);
    return s ? s->name : NULL;
}

bool dsc_codec_is_lossy(const char *uid, dsc_bytes first_frame)
{
    const syntax *s = find(uid);

    /* Saying "lossy" of what is unknown costs a tag; the other way round
     * would hide a loss. */
    if (!s)
        return true;
    if (s->loss == LOSS_ASK_JPEGLS)
        return dsc_codec__jpegls_is_lossy(first_frame);
    if (s->loss == LOSS_ASK_JP2K)
        return dsc_codec__jp2k_is_lossy(first_frame);
    return s->loss != LOSS_NEVER;
}

bool dsc_codec_can_encode(const char *uid)
{
    const syntax *s = find(uid);
    return s && s->codec && s->can_encode;
}

void dsc_codec_describe(void (*fn)(void *ctx, const char *library,
                                   const char *version),
                        void *ctx)
{
    fn(ctx, "DCMTK", dsc_codec__dcmjpeg_version());
    fn(ctx, "libjpeg-turbo", dsc_codec__jpeg_version());
    fn(ctx, "CharLS", dsc_codec__charls_version());
    fn(ctx, "OpenJPEG", dsc_codec__openjpeg_version());
}
