"""Walks an output file with h5py: what every dataset must have.

    read_h5py.py FILE NUMBERS

Writes NUMBERS for the readers that come after: a line "group name kind rank dims... sum first" for each dataset of numbers,
where sum and first leave out NaN.
"""
import re
import sys

import h5py
import numpy as np

FILLS = {"f": np.nan, "i": -1, "u": 255}
failed = 0


def report(name, faults):
    global failed
    failed += bool(faults)
    print(f"not ok {name}: {'; '.join(faults[:5])}" if faults else f"ok {name}")


def datasets(file):
    """(path, dataset) of every dataset of every group, linked ones each time."""
    for group in file.values():
        for item in group.values():
            yield f"{group.name}/{item.name.split('/')[-1]}", item


def is_text(attribute):
    return isinstance(attribute, (bytes, np.bytes_)) and len(attribute.decode("utf-8")) >= 0


def walk(file):
    faults = {name: [] for name in ("units", "long_name", "_FillValue", "scales", "types", "flags", "text", "contiguous", "names")}
    for path, data in datasets(file):
        name, scale = path.split("/")[2], h5py.h5ds.is_scale(data.id)
        for attribute in ("units", "long_name"):
            if not is_text(data.attrs.get(attribute)) or not data.attrs[attribute]:
                faults[attribute].append(path)
        fill = data.attrs.get("_FillValue")
        if scale:
            if fill is not None:
                faults["_FillValue"].append(f"{path} is a coordinate")
        elif "text" in data.attrs:
            if fill is not None or data.fillvalue != 0 or data.dims[data.ndim - 1].keys() != [f"text{data.shape[-1]}"]:
                faults["_FillValue"].append(path)
        elif fill is None or fill.dtype != data.dtype or not np.array_equal(fill, FILLS[data.dtype.kind], equal_nan=True) or \
                not np.array_equal(fill, data.fillvalue, equal_nan=True):
            faults["_FillValue"].append(path)

        for axis, size in enumerate(data.shape):
            if scale:
                if data.attrs["NAME"].decode() != name or f"/axis/{name}" not in file or file[f"/axis/{name}"] != data:
                    faults["scales"].append(f"{path} is no linked coordinate")
            elif len(data.dims[axis]) != 1:
                faults["scales"].append(f"{path} axis {axis}")
            else:
                attached = data.dims[axis][0]
                label = attached.name.split("/")[-1]
                if attached.shape != (size,) or file["axis"].get(label) != attached or data.parent.get(label) != attached:
                    faults["scales"].append(f"{path} axis {axis} ({label})")
        if not scale and name in file["axis"] and not path.startswith("/axis/"):
            faults["names"].append(f"{path} is named as an axis")
        if str(data.dtype) not in ("float64", "float32", "int64", "uint8"):
            faults["types"].append(f"{path} {data.dtype}")
        if "text" in data.attrs:
            lines = [row.tobytes() for row in data[()].reshape(-1, data.shape[-1])]
            if any(not line.rstrip(b"\0").isascii() or b"\0" in line.rstrip(b"\0") or line[-1:] != b"\0" for line in lines):
                faults["text"].append(path)
        elif data.dtype.kind == "u":
            values, meanings = data.attrs.get("flag_values"), data.attrs.get("flag_meanings", b"").split()
            if values is None or values.dtype != np.uint8 or list(values) != list(range(len(meanings))):
                faults["flags"].append(path)
            elif not set(np.unique(data)) <= set(values) | {255}:
                faults["flags"].append(f"{path} holds {np.unique(data)}")
        if "part_of" not in file.attrs and (data.chunks is not None or data.id.get_offset() is None):
            faults["contiguous"].append(path)
    for name, found in faults.items():
        report(f"h5py {name} of every dataset", found)


def root(file):
    faults = [name for name in ("format", "dimension_order", "name", "question") if not is_text(file.attrs.get(name))]
    if file.attrs.get("format") != b"mtsweep":
        faults.append("format")
    if file.attrs.get("Conventions") != b"CF-1.10" or file.attrs.get("format_version").shape != ():
        faults.append("Conventions, format_version")
    if b"MATLAB, Octave and Julia" not in file.attrs["dimension_order"]:
        faults.append("dimension_order")
    for axis in ("split", "fold"):
        scale, names = file[f"axis/{axis}"], file[f"axis/{axis}_name"][()]
        words = [row.tobytes().rstrip(b"\0").replace(b" ", b"_") for row in names]
        if list(scale) != list(scale.attrs["flag_values"]) or scale.attrs["flag_meanings"].split() != words:
            faults.append(f"names of axis {axis}")
    report("h5py attributes of the root", faults)
    text = file.attrs.get("network", b"").decode()
    if text:
        names = {row.tobytes().rstrip(b"\0").decode().split(".")[-1] for row in file["weights/tensor_name"][()]}
        missing = [name for name in names if not re.search(rf"\b{name}\b", text)]
        report("h5py the description of networks names every tensor", missing)


def write_numbers(file, path):
    with open(path, "w", encoding="ascii") as out:
        for name, data in datasets(file):
            values = data[()].astype(float)
            real = values[~np.isnan(values)]
            group, label = name.split("/")[1:]
            print(group, label, data.dtype, data.ndim, *data.shape, repr(float(real.sum())),
                  repr(float(real[0]) if real.size else 0.0), file=out)


with h5py.File(sys.argv[1], "r") as h5:
    root(h5)
    walk(h5)
    write_numbers(h5, sys.argv[2])
sys.exit(failed > 0)
