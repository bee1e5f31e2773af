// SPDX-License-Identifier: Apache-2.0
//
// DCMTK's JPEG decoder and encoder classes, used one frame at a time. They
// are taken directly and not through DcmPixelData and the codec registry:
// that needs no process-wide registration, and the warnings of the library
// underneath ("corrupt data, padded with zeros") reach emitMessage() here,
// where the registry would only log them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "codec/codec_dcmjpeg.h"

#include "dcmtk/config/osconfig.h"

#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmjpeg/djcparam.h"
#include "dcmtk/dcmjpeg/djdijg12.h"
#include "dcmtk/dcmjpeg/djdijg16.h"
#include "dcmtk/dcmjpeg/djdijg8.h"
#include "dcmtk/dcmjpeg/djeijg12.h"
#include "dcmtk/dcmjpeg/djeijg16.h"
#include "dcmtk/dcmjpeg/djeijg8.h"

namespace
{

// A decoder that remembers whether the library warned of corrupt data.
template <class Base> class Decoder : public Base
{
  public:
    Decoder(const DJCodecParameter &param) : Base(param, OFFalse)
    {
    }
    void emitMessage(int level) const override
    {
        if (level < 0)
            warned = true;
    }
    mutable bool warned = false;
};

template <class Base> class Encoder : public Base
{
  public:
    Encoder(const DJCodecParameter &param, int predictor)
        : Base(param, EJM_lossless, predictor, 0)
    {
    }
    void emitMessage(void *, int level) const override
    {
        if (level < 0)
            warned = true;
    }
    mutable bool warned = false;
};

DJCodecParameter parameters()
{
    return DJCodecParameter(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_default);
}

template <class Base>
dsc_status decode(uint8_t *dst, size_t size, dsc_bytes in, dsc_error *err)
{
    DJCodecParameter param = parameters();
    Decoder<Base> decoder(param);
    if (decoder.init().bad())
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    OFCondition cond = decoder.decode(const_cast<Uint8 *>(in.data),
                                      static_cast<Uint32>(in.len), dst,
                                      static_cast<Uint32>(size), OFFalse);
    if (cond == EC_MemoryExhausted)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (cond.bad() || decoder.warned)
        return dsc_fail(err, DSC_BADFILE, "corrupt JPEG data");
    return DSC_OK;
}

template <class Base, class Word>
dsc_status encode(dsc_buf *out, const void *samples, const dsc_format *fmt,
                  unsigned predictor, dsc_error *err)
{
    DJCodecParameter param = parameters();
    Encoder<Base> encoder(param, static_cast<int>(predictor));
    Uint8 *bytes = nullptr;
    Uint32 length = 0;
    OFCondition cond = encoder.encode(
        static_cast<Uint16>(fmt->columns), static_cast<Uint16>(fmt->rows),
        fmt->samples == 1 ? EPI_Monochrome2 : EPI_RGB, fmt->samples,
        static_cast<Word *>(const_cast<void *>(samples)), bytes, length);
    std::unique_ptr<Uint8[]> owner(bytes);
    if (cond == EC_MemoryExhausted)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    if (cond.bad() || encoder.warned || !bytes)
        return dsc_fail(err, DSC_INTERNAL, "the JPEG encoder failed");
    out->len = 0;
    return dsc_buf_append(out, bytes, length, err);
}

} // namespace

extern "C" dsc_status dsc_codec__dcmjpeg_decode(uint8_t *dst, size_t size,
                                                dsc_bytes in,
                                                unsigned precision,
                                                bool lossless,
                                                dsc_error *err) noexcept
try {
    if (in.len > UINT32_MAX || size > UINT32_MAX)
        return dsc_fail(err, DSC_LIMIT, "JPEG frame over 4 GiB");
    if (!lossless && precision != 12)
        return dsc_fail(err, DSC_INTERNAL, "not a 12-bit JPEG stream");
    if (precision <= 8)
        return decode<DJDecompressIJG8Bit>(dst, size, in, err);
    if (precision <= 12)
        return decode<DJDecompressIJG12Bit>(dst, size, in, err);
    return decode<DJDecompressIJG16Bit>(dst, size, in, err);
} catch (const std::bad_alloc &) {
    return dsc_fail(err, DSC_NOMEM, "out of memory");
} catch (...) {
    return dsc_fail(err, DSC_INTERNAL, "the JPEG decoder threw");
}

extern "C" dsc_status
dsc_codec__dcmjpeg_encode(dsc_buf *out, const void *samples,
                          const dsc_format *fmt, unsigned precision,
                          unsigned predictor, dsc_error *err) noexcept
try {
    if (fmt->columns > 65535 || fmt->rows > 65535)
        return dsc_fail(err, DSC_LIMIT, "JPEG frame over 65535 pixels a side");
    if (precision == 8)
        return encode<DJCompressIJG8Bit, Uint8>(out, samples, fmt, predictor,
                                                err);
    if (precision == 12)
        return encode<DJCompressIJG12Bit, Uint16>(out, samples, fmt, predictor,
                                                  err);
    return encode<DJCompressIJG16Bit, Uint16>(out, samples, fmt, predictor,
                                              err);
} catch (const std::bad_alloc &) {
    return dsc_fail(err, DSC_NOMEM, "out of memory");
} catch (...) {
    return dsc_fail(err, DSC_INTERNAL, "the JPEG encoder threw");
}

extern "C" const char *dsc_codec__dcmjpeg_version(void) noexcept
{
    return OFFIS_DCMTK_VERSION_STRING;
}
