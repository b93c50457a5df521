#!/usr/bin/env python3
"""Prints a hash of all bytes of an HDF5 file that no dataset holds: its metadata.

    tools/metadata_hash.py FILE...

It stays the same from the creation of an output file to its end, whatever happens between. Needs h5py. Reads contiguous
datasets only, which is what a sweep writes.
"""
import hashlib
import os
import sys

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

import h5py

BLOCK = 1 << 24


def extents(path):
    """(begin, end) of the raw data of every dataset, in the order of the file, each dataset once."""
    found = set()

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            offset, size = item.id.get_offset(), item.id.get_storage_size()
            if item.chunks is not None or offset is None:
                raise ValueError(f"dataset {name} is not contiguous")
            found.add((offset, offset + size))

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return sorted(found)


def metadata_hash(path):
    """SHA-256 of what lies between the extents, and of where they are."""
    digest = hashlib.sha256()
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        position = 0
        for begin, end in extents(path) + [(size, size)]:
            digest.update(f"{begin} {end} ".encode())
            file.seek(position)
            while position < begin:
                block = file.read(min(BLOCK, begin - position))
                if not block:
                    raise ValueError("the file is cut short")
                digest.update(block)
                position += len(block)
            position = max(position, end)
    return digest.hexdigest()


def main(paths):
    if not paths:
        print("usage: metadata_hash.py FILE...", file=sys.stderr)
        return 2
    for path in paths:
        try:
            print(metadata_hash(path), path)
        except (OSError, RuntimeError, ValueError) as error:
            print(f"metadata_hash.py: {path}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
