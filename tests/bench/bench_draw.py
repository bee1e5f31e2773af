# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks that draw screens share: letters, fonts, names, JPEG, headers,
what of a frame is in a box."""
import argparse
import collections
import glob
import io
import os

import bench_common
import numpy as np
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset, FileMetaDataset


def surnames():
    path = os.path.join(bench_common.ROOT, "src", "policy", "lists", "names.txt")
    with open(path, encoding="utf-8") as f:
        return [n for n in (line.split()[0] for line in f if line.strip() and line[0] != "#") if n.isalpha()]


def font_paths(names):
    return [p for n in names for p in sorted(glob.glob("/usr/share/fonts/**/%s.ttf" % n, recursive=True))[:1]]


def canvas(width, height, hard):
    image = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1" if hard else "L"
    return image, draw


def ink(size, text, font, x, y, hard):
    """How much of each pixel letters cover, in a picture of (width, height)."""
    image, draw = canvas(*size, hard)
    draw.text((x, y), text, fill=255, font=font)
    return np.asarray(image) / 255.0


def turned_ink(size, text, font, x, y, hard, turn, whole):
    """The same, turned, in a strip that has room for the `whole` of it."""
    image, _ = canvas(*size, hard)
    box = font.getbbox(whole)
    strip, draw = canvas(box[2] + 2, box[3] + 2, hard)
    draw.text((1, 1), text, fill=255, font=font)
    image.paste(strip.rotate(turn, expand=True), (x, y))
    return np.asarray(image) / 255.0


def jpeg(a, quality, sampling):
    stream = io.BytesIO()
    Image.fromarray(a).save(stream, "JPEG", quality=quality, subsampling=sampling)
    return stream.getvalue()


def decoded(a, quality, sampling):
    return np.asarray(Image.open(io.BytesIO(jpeg(a, quality, sampling))))


def header(size, number, patient, sop="6.1", syntax="1.2.840.10008.1.2.1"):
    """An ultrasound image in RGB without its pixels; UIDs are made of a number."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1." + sop
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "2.25.87%d" % number
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.88%d" % number, "2.25.89%d" % number
    ds.PatientName, ds.PatientID, ds.Modality = patient, "", "US"
    ds.Columns, ds.Rows = size
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.PhotometricInterpretation = 3, 0, "RGB"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    return ds


def make_grey(ds):
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    del ds.PlanarConfiguration


def save(ds, path):
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.save_as(path, write_like_original=False)


def arguments(doc, count):
    """What all of them are told: the program, how many screens, of which seed."""
    ap = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    ap.add_argument("--program", default=os.path.join(bench_common.ROOT, "build", "dcmscrub"))
    ap.add_argument("--count", type=int, default=count)
    ap.add_argument("--seed", type=int, default=1)
    return ap


def inputs(out):
    """The folder of what is drawn, made."""
    folder = os.path.join(out, "in")
    os.makedirs(folder, exist_ok=True)
    return folder


def cleaned(o, paths, *options):
    """One record of each file, of which the words are judged, whatever masks or documents there are.
    Fifty in a run, which has time for no more."""
    paths, records = list(paths), []
    for k in range(0, len(paths), 50):
        records += bench_common.clean(o.program, paths[k:k + 50], o.out, "--documents", "policy", "--find", "ocr,detector",
                                      *options)[1]
    if len(records) != len(paths):
        raise SystemExit("%d of %d files have no record: stopped, or out of time" % (len(paths) - len(records), len(paths)))
    return records


def gone(size, record, frame=0):
    """Pixels of a frame that its output does not have; all, where there is none."""
    m = np.full(size[::-1], record["outcome"] == "quarantined")
    for b in record["regions"]:
        if b["frames"][0] <= frame <= b["frames"][1]:
            m[b["y"]:b["y"] + b["h"], b["x"]:b["x"] + b["w"]] = True
    return m


def reasons(kept, mask):
    return sorted({b["rule"] for b in kept if mask[b["y"]:b["y"] + b["h"], b["x"]:b["x"] + b["w"]].any()})


class Tally:
    """Texts that identify and are left, labels that stay."""

    def __init__(self):
        self.total, self.left, self.labels, self.rows = (collections.Counter(), collections.Counter(),
                                                         collections.Counter(), [])

    def text(self, share, keys, row):
        """One of which such a share of the ink is in no box: counted for each key."""
        for key in keys:
            self.total[key] += 1
            self.left[key] += share > .1
        if share > .1:
            self.rows.append(row)

    def label(self, gone, mask):
        self.labels["drawn"] += 1
        self.labels["kept"] += gone[mask > .5].mean() < .05

    def write(self, folder, title):
        with open(os.path.join(folder, "left.tsv"), "w", encoding="utf-8") as f:
            f.writelines("\t".join(row) + "\n" for row in self.rows)
        bench_common.table(title, ["which", "drawn", "left"], [[k, self.total[k], self.left[k]] for k in sorted(self.total)])
        if self.labels["drawn"]:
            print("labels kept: %d of %d" % (self.labels["kept"], self.labels["drawn"]))
