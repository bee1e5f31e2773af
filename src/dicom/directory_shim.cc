// SPDX-License-Identifier: Apache-2.0
#include "dicom/dicom_shim.h"

#include "dcmtk/dcmdata/dcddirif.h"
#include "dcmtk/oflog/oflog.h"

extern "C" {
#include "dicom/directory.h"
}

struct dsc_directory {
    DicomDirInterface dir;
    std::string folder;
};

extern "C" dsc_status dsc_directory_create(dsc_directory **out,
                                           const char *path, const char *folder,
                                           dsc_error *err)
{
    *out = nullptr;
    return dsc::guard(err, [&]() -> dsc_status {
        // Its messages quote values and file names.
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        std::unique_ptr<dsc_directory> d(new dsc_directory);
        d->folder = folder;
        if (d->dir
                .createNewDicomDir(DicomDirInterface::AP_GeneralPurpose,
                                   OFFilename(path), "DCMSCRUB")
                .bad())
            return dsc_fail(err, DSC_IO, "a DICOMDIR cannot be begun");
        // Any compression, any size: the files are what they are.
        d->dir.disableTransferSyntaxCheck(OFFalse);
        d->dir.disableEncodingCheck(OFFalse);
        d->dir.disableResolutionCheck(OFFalse);
        d->dir.enableInventMode(OFTrue);
        d->dir.enableRetiredSOPClassSupport(OFTrue);
        *out = d.release();
        return DSC_OK;
    });
}

extern "C" dsc_status dsc_directory_add(dsc_directory *d, const char *name,
                                        bool *listed, dsc_error *err)
{
    *listed = false;
    return dsc::guard(err, [&]() -> dsc_status {
        *listed =
            d->dir.addDicomFile(OFFilename(name), OFFilename(d->folder.c_str()))
                .good();
        return DSC_OK;
    });
}

extern "C" dsc_status dsc_directory_write(dsc_directory *d, dsc_error *err)
{
    return dsc::guard(err, [&]() -> dsc_status {
        if (d->dir.writeDicomDir(EET_ExplicitLength, EGL_withoutGL).bad())
            return dsc_fail(err, DSC_IO, "the DICOMDIR cannot be written");
        return DSC_OK;
    });
}

extern "C" void dsc_directory_free(dsc_directory **d)
{
    delete *d;
    *d = nullptr;
}
