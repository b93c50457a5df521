"""Ways to damage a file of mtsweep, or to lie in it.

A mutation is a function of a random generator, the path of a file that it changes, and a Base, which says
where things are in the file before. It returns what it did, in words, or raises Inapplicable. The list
MUTATIONS has their weights. Nothing here knows what mtsweep makes of them.
"""
import os

import h5py
import numpy as np

HOSTILE = [b'\x1b[31mred\x1b[0m', b'bell\x07 and\x7f', '\u009b31m'.encode(), 'a\u202etxt.exe\u2066'.encode(), '\u2028\ufeff'.encode(),
           b'\xff\xfe\x80', b'a line\nmtsweep: and another\r', b'%s%n%999999d', b'x' * 5000, '\u00e4\u4e2d\U0001f600'.encode() * 40,
           b'', b' ', b'../../../etc/passwd', b'"\\,;{}[]:#&*!|>', b'\x00after', b'-1', b'nan']


class Inapplicable(Exception):
    pass


class Base:
    """What mutations need to know of the file as it was: names, and where its numbers lie."""

    def __init__(self, path, victim):
        self.victim = victim  # a file elsewhere, which links may lead to
        self.size = os.path.getsize(path)
        self.datasets, self.groups, raw = [], [], []
        with h5py.File(path, 'r') as file:
            def visit(name, item):
                if isinstance(item, h5py.Group):
                    self.groups.append(name)
                    return
                self.datasets.append(name)
                if item.chunks:
                    raw.extend((chunk.byte_offset, chunk.size) for chunk in map(item.id.get_chunk_info, range(item.id.get_num_chunks())))
                elif item.id.get_offset() is not None:
                    raw.append((item.id.get_offset(), item.id.get_storage_size()))
            file.visititems(visit)
            self.all = self.datasets + [f'{group}/{name}' for group in file for name in file[group]]
            self.all = sorted(set(self.all))
            self.meant = [name for name in self.datasets if 'flag_meanings' in file[name].attrs]
            self.shape = {name: file[name].shape for name in self.all}
            self.dtype = {name: file[name].dtype for name in self.all}
            self.root_attributes = sorted(file.attrs)
            self.runs = file['axis/run'].shape[0]
        self.raw = raw
        is_raw = np.zeros(self.size, dtype=bool)
        for offset, size in raw:
            is_raw[offset:offset + size] = True
        self.metadata = np.flatnonzero(~is_raw)
        with open(path, 'rb') as file:  # long runs of zeros say nothing
            bytes_ = np.frombuffer(file.read(), dtype='u1')
        near = np.convolve(bytes_ != 0, np.ones(65), 'same') > 0
        self.live = self.metadata[near[self.metadata]]
        self.columns = [name for name in self.datasets if self.shape[name][:1] == (self.runs,)
                        and name.split('/')[0] in ('result', 'score', 'history', 'measure', 'trace', 'weights', 'state')
                        and not name.endswith(('run_set', 'run_layout'))]

    def where(self, rng):
        """A byte of the file: mostly one of its structure, else one of a dataset, however small that is."""
        kind = rng.integers(10)
        if kind < 6:
            return int(rng.choice(self.live))
        if kind < 9:
            offset, size = self.raw[rng.integers(len(self.raw))]
            return int(offset + rng.integers(max(size, 1)))
        return int(rng.integers(self.size))


def pick(rng, names):
    return names[rng.integers(len(names))]


def dataset(rng, base):
    return pick(rng, base.datasets)


# ---- bytes ----


def patch(path, at, data):
    with open(path, 'r+b') as file:
        file.seek(at)
        file.write(bytes(data))


def piece(path, at, n):
    with open(path, 'rb') as file:
        file.seek(at)
        return file.read(n)


def flip(rng, path, base):
    done = []
    for _ in range(rng.integers(1, 5)):
        at, bit = base.where(rng), int(rng.integers(8))
        old = piece(path, at, 1)
        patch(path, at, [old[0] ^ 1 << bit])
        done.append(f'{at}.{bit}')
    return 'bits ' + ' '.join(done)


def burst(rng, path, base):
    at, n = base.where(rng), int(rng.integers(1, 65))
    n = min(n, base.size - at)
    patch(path, at, rng.bytes(n))
    return f'{n} random bytes at {at}'


def extreme(rng, path, base):
    """A number of 1 to 8 bytes becomes the largest, the smallest, or something that looks like an address."""
    at, n = base.where(rng), int(rng.choice([1, 2, 4, 8]))
    at -= at % n
    value = pick(rng, [b'\0' * n, b'\xff' * n, b'\xff' * (n - 1) + b'\x7f', b'\0' * (n - 1) + b'\x80', b'\1' + b'\0' * (n - 1),
                       int(rng.integers(1 << 62)).to_bytes(8, 'little')[:n], int(rng.integers(base.size)).to_bytes(8, 'little')[:n]])
    patch(path, at, value[:base.size - at])
    return f'{value.hex()} at {at}'


def block(rng, path, base):
    at, n = base.where(rng), int(2 ** rng.integers(3, 14))
    n = min(n, base.size - at)
    kind = rng.integers(3)
    data = [b'\0' * n, b'\xff' * n, piece(path, int(rng.integers(base.size - n + 1)), n)][kind]
    patch(path, at, data)
    return f'{n} bytes at {at}: {("zero", "ones", "of another place")[kind]}'


def exchange(rng, path, base):
    n = int(2 ** rng.integers(3, 12))
    a, b = sorted(min(base.where(rng), base.size - n) for _ in range(2))
    if b - a < n:
        raise Inapplicable
    one, other = piece(path, a, n), piece(path, b, n)
    patch(path, a, other)
    patch(path, b, one)
    return f'{n} bytes at {a} and {b} exchanged'


def truncate(rng, path, base):
    n = int(rng.integers(base.size)) if rng.integers(2) else base.size - int(rng.integers(1, 64))
    os.truncate(path, n)
    if rng.integers(2):
        os.truncate(path, base.size)
        return f'zeros from {n} to the end'
    return f'cut to {n} bytes'


def append(rng, path, base):
    n = int(rng.integers(1, 5000))
    with open(path, 'ab') as file:
        file.write(rng.bytes(n))
    return f'{n} bytes more'


def user_block(rng, path, base):
    with open(path, 'rb') as file:
        old = file.read()
    with open(path, 'wb') as file:
        file.write(b'#!/bin/sh\n'.ljust(512, b'\0') + old)
    return '512 bytes before'


# ---- objects ----


def remove(rng, path, base):
    name = pick(rng, base.all + base.groups)
    with h5py.File(path, 'r+') as file:
        del file[name]
    return f'{name} removed'


def rename(rng, path, base):
    a, b = dataset(rng, base), dataset(rng, base)
    if rng.integers(2):  # two that look alike
        alike = [n for n in base.datasets if n != a and base.shape[n] == base.shape[a] and base.dtype[n] == base.dtype[a]]
        if not alike:
            raise Inapplicable
        b = pick(rng, alike)
    if a == b:
        raise Inapplicable
    with h5py.File(path, 'r+') as file:
        file.move(a, 'aside')
        file.move(b, a)
        file.move('aside', b)
    return f'{a} and {b} exchanged'


def relink(rng, path, base):
    name = pick(rng, base.all + base.groups)
    group = name in base.groups
    other = pick(rng, base.groups if group else base.datasets)
    if not group and rng.integers(2):
        alike = [n for n in base.datasets if n != name and base.shape[n] == base.shape[name] and base.dtype[n] == base.dtype[name]]
        other = pick(rng, alike) if alike else other
    kind = rng.integers(8)
    with h5py.File(path, 'r+') as file:
        if kind == 0:
            file.move(name, 'aside')
            file[name] = h5py.SoftLink('/aside')
            return f'{name} is a soft link to itself under another name'
        target = file[other]
        del file[name]
        if kind == 1:
            file[name] = h5py.SoftLink('/' + other)
            return f'{name} is a soft link to {other}'
        if kind == 2:
            file[name] = h5py.SoftLink(pick(rng, ['/' + name, '/none', '.', '/']))
            return f'{name} is a soft link to itself or nothing'
        if kind in (3, 4):
            file[name] = h5py.ExternalLink(base.victim, '/' + name)
            return f'{name} is that of another file'
        if kind == 5:
            file[name] = h5py.ExternalLink(pick(rng, ['none.h5', '/dev/zero', '/dev/stdin', '', '.']), '/' + name)
            return f'{name} is that of a file that is none'
        if kind == 6:
            file[name] = file['/'] if rng.integers(2) else target
            return f'{name} is a hard link to / or {other}'
        file[name] = target
        return f'{name} is a hard link to {other}'


def retype(rng, path, base):
    name = dataset(rng, base)
    dtype = pick(rng, ['f4', 'f8', '>f8', 'i1', 'i4', 'i8', '>i8', 'u1', 'u8', 'S1', 'S7', 'S100', 'bool', 'vlen', 'utf8', 'enum', 'ref', 'compound'])
    types = {'vlen': h5py.vlen_dtype(np.dtype('i8')), 'utf8': h5py.string_dtype(), 'enum': h5py.enum_dtype({'a': 0, 'b': 1}),
             'ref': h5py.ref_dtype, 'compound': np.dtype([('a', 'i8'), ('b', 'S3')])}
    with h5py.File(path, 'r+') as file:
        values, attributes = file[name][...], dict(file[name].attrs)
        del file[name]
        try:
            file.create_dataset(name, data=values.astype(dtype))
        except (TypeError, ValueError):
            file.create_dataset(name, shape=values.shape, dtype=types.get(dtype, 'i2'))
        for key in ('units', 'long_name', 'flag_values', 'flag_meanings'):
            if key in attributes:
                file[name].attrs[key] = attributes[key]
    return f'{name} has type {dtype}'


def reshape(rng, path, base):
    name = dataset(rng, base)
    shape = list(base.shape[name])
    kind = rng.integers(7)
    axis = int(rng.integers(len(shape)))
    if kind == 0:
        shape[axis] += 1
    elif kind == 1:
        shape[axis] = max(0, shape[axis] - 1)
    elif kind == 2:
        shape[axis] = 0
    elif kind == 3:
        shape = shape + [1]
    elif kind == 4:
        shape = shape[:-1]
    elif kind == 5:
        shape = shape[::-1]
    else:
        shape = [1] * int(rng.integers(5, 33))
    with h5py.File(path, 'r+') as file:
        values, dtype = file[name][...], file[name].dtype
        del file[name]
        new = file.create_dataset(name, shape=tuple(shape), dtype=dtype)
        if values.size == new.size:
            new[...] = values.reshape(shape)
    return f'{name} has shape {shape}'


def huge(rng, path, base):
    """Extents that no memory and no disk holds, in chunks that are not there; of one dataset or of a whole axis."""
    name = pick(rng, ['axis/' + n.split('/')[1] for n in base.datasets if n.startswith('axis/')]) if rng.integers(2) else dataset(rng, base)
    n = int(pick(rng, [1 << 20, 1 << 31, 1 << 32, 1 << 40, 1 << 48, 1 << 62, 1000001]))
    axis, all_of_it = name.split('/')[1], bool(rng.integers(2))
    with h5py.File(path, 'r+') as file:
        targets = [name]
        if name.startswith('axis/') and all_of_it:
            size = base.shape[name][0]
            targets = [d for d in base.datasets if d == name or (axis == 'run' and base.shape[d][0] == base.runs and not d.startswith(('axis', 'session')))
                       or (axis != 'run' and size in base.shape[d][1:])]
        for target in targets:
            shape = list(base.shape[target])
            for i, extent in enumerate(shape):
                if extent == base.shape[name][0]:
                    shape[i] = n
                    break
            dtype = file[target].dtype
            attributes = {k: file[target].attrs[k] for k in ('units', 'long_name', 'flag_values', 'flag_meanings') if k in file[target].attrs}
            del file[target]
            try:
                file.create_dataset(target, shape=tuple(shape), dtype=dtype, chunks=tuple(min(s, 4) for s in shape))
                for key, value in attributes.items():
                    file[target].attrs[key] = value
            except (ValueError, OSError):
                pass
    return f'{name} is {n} long ({len(targets)} datasets)'


def elsewhere(rng, path, base):
    """The numbers lie in another file, or are composed of other datasets."""
    name = dataset(rng, base)
    kind = rng.integers(4)
    with h5py.File(path, 'r+') as file:
        shape, dtype = file[name].shape, file[name].dtype
        values = file[name][...]
        attributes = {k: file[name].attrs[k] for k in ('flag_values', 'flag_meanings') if k in file[name].attrs}
        if kind == 0:
            with open(base.victim, 'rb') as victim:
                at = int(rng.integers(len(victim.read())))
            del file[name]
            file.create_dataset(name, shape=shape, dtype=dtype, external=[(base.victim, at, h5py.h5f.UNLIMITED)])
        elif kind == 1:
            file.move(name, 'aside')
            layout = h5py.VirtualLayout(shape=shape, dtype=dtype)
            source = h5py.VirtualSource(base.victim if rng.integers(2) else '.', name if rng.integers(2) else 'aside', shape=shape)
            layout[...] = source
            file.create_virtual_dataset(name, layout)
        elif kind == 2:
            del file[name]
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_layout(h5py.h5d.COMPACT)
            if values.nbytes > 60000:
                raise Inapplicable
            made = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(dtype, logical=True), h5py.h5s.create_simple(shape), plist)
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        else:
            del file[name]
            file.create_dataset(name, data=values, chunks=shape, compression='gzip', shuffle=bool(rng.integers(2)),
                                fletcher32=bool(rng.integers(2)))
        for key, value in attributes.items():
            file[name].attrs[key] = value
    return f'{name} lies elsewhere: {("external", "virtual", "compact", "chunked")[kind]}'


def replace(rng, path, base):
    """An object of another kind under the name of one."""
    name = pick(rng, base.all + base.groups)
    with h5py.File(path, 'r+') as file:
        del file[name]
        if rng.integers(2):
            file[name] = np.dtype('i8')
        elif name in base.groups:
            file[name] = np.zeros(3)
        else:
            file.create_group(name)
    return f'{name} is of another kind'


def add(rng, path, base):
    with h5py.File(path, 'r+') as file:
        kind = rng.integers(4)
        if kind == 0:
            name = f'{pick(rng, base.groups)}/{pick(rng, ["extra", "evil" + chr(27) + "[31m", "x" * 300])}'
            file[name] = np.zeros(base.runs)
        elif kind == 1:
            name = 'config/new_field'
            file[name] = np.full(base.runs, 3)
            file.attrs['columns'] = np.bytes_(file.attrs['columns'].astype('S') if hasattr(file.attrs['columns'], 'astype') else file.attrs['columns']) \
                + b' config/new_field'
        elif kind == 2:
            name = 'config/arch, a choice more'
            old = file['config/arch'].attrs['flag_meanings']
            old = old.decode() if isinstance(old, bytes) else str(old)
            file['config/arch'].attrs['flag_meanings'] = np.bytes_((old + ' later' * int(rng.integers(1, 300))).encode())
            file['config/arch'][int(rng.integers(base.runs))] = int(rng.integers(4, 256))
        else:
            name = 'many columns'
            file.attrs['columns'] = np.bytes_(b' '.join(b'measure/new_%d' % i for i in range(int(rng.integers(1, 3000)))))
    return f'{name} added'


# ---- attributes ----


def an_object(rng, file, base):
    if rng.integers(2):
        return file, '/'
    name = pick(rng, base.datasets)
    return file[name], name


def attribute(rng, path, base):
    with h5py.File(path, 'r+') as file:
        item, name = an_object(rng, file, base)
        keys = sorted(item.attrs)
        if not keys:
            raise Inapplicable
        key = pick(rng, keys)
        if name == '/' and rng.integers(2):
            key = pick(rng, [k for k in ('format', 'format_version', 'columns', 'sweep', 'sweep_set', 'sweep_hash', 'name', 'question', 'claim', 'created')
                             if k in keys])
        kind = rng.integers(8)
        if kind == 0:
            del item.attrs[key]
            return f'attribute {key} of {name} removed'
        value = [None, 3, np.int64(-1), 2.5, np.arange(1000.0), np.array([b'ab'] * 500), 'text of no fixed length', h5py.Empty('S5'),
                 np.bytes_(b'z' * 60000)][kind]
        if kind == 1 and rng.integers(2):
            other = pick(rng, keys)
            value = item.attrs[other]
        if kind == 2 and rng.integers(2):
            value = int(pick(rng, [0, 1, 2, 3, 4, 5, 1 << 62, -(1 << 63), 1 << 31]))
        del item.attrs[key]
        item.attrs[key] = value
    return f'attribute {key} of {name} is {str(value)[:40]!r}'


def attribute_text(rng, path, base):
    with h5py.File(path, 'r+') as file:
        item, name = an_object(rng, file, base)
        keys = [k for k in item.attrs if isinstance(item.attrs[k], (str, bytes, np.bytes_))]
        if not keys:
            raise Inapplicable
        key = pick(rng, sorted(keys))
        if name == '/' and rng.integers(3):
            key = pick(rng, [k for k in ('name', 'question', 'claim', 'created', 'sweep', 'sweep_set', 'columns', 'command') if k in keys])
        old = item.attrs[key]
        old = old if isinstance(old, bytes) else str(old).encode('utf-8', 'surrogateescape')
        new = pick(rng, HOSTILE)
        if rng.integers(2):
            at = int(rng.integers(len(old) + 1))
            new = old[:at] + new + old[at + int(rng.integers(3)):]
        if rng.integers(4) == 0 and len(old) > 3:
            at = int(rng.integers(len(old)))
            new = old[:at] + bytes([old[at] ^ 1 << int(rng.integers(7))]) + old[at + 1:]
        new = new[:60000]
        text = h5py.h5t.C_S1.copy()
        text.set_size(max(2, len(new) + 1))
        text.set_cset(h5py.h5t.CSET_UTF8)
        del item.attrs[key]
        made = h5py.h5a.create(item.id, key.encode(), text, h5py.h5s.create(h5py.h5s.SCALAR))
        made.write(np.array(new, dtype=f'S{max(2, len(new) + 1)}'), mtype=text)
    return f'attribute {key} of {name} is {new[:60]!r}'


# ---- values ----

EXTREME = [0, 1, 2, 3, 5, 16, 64, 200, 255, 4096, 10 ** 6, 10 ** 9, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 10 ** 15, 2 ** 62, 2 ** 63 - 1]


def wild(rng, dtype):
    if dtype.kind == 'f':
        return pick(rng, [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, -1.0, 5e-324, 1e300, -1e300, 1e18, 2.0 ** 63, 123.456])
    if dtype.kind == 'u':
        return pick(rng, [0, 1, 2, 3, 4, 5, 20, 77, 127, 128, 200, 254, 255])
    value = pick(rng, EXTREME) * int(pick(rng, [1, 1, -1])) - int(pick(rng, [0, 0, 1]))
    info = np.iinfo(dtype)
    return max(info.min, min(info.max, value))


def put(rng, data, index):
    """Puts something that should not be there at one place of a dataset."""
    if data.dtype.kind == 'S' or (data.dtype == np.uint8 and data.ndim == 2):
        text = pick(rng, HOSTILE)
        size = data.dtype.itemsize if data.dtype.kind == 'S' else data.shape[1]
        text = (text * size)[:size] if rng.integers(3) == 0 else text[:size]
        if data.dtype.kind == 'S':
            data[index[0]] = np.array(text, dtype=data.dtype)
        else:
            data[index[0]] = np.frombuffer(text.ljust(size, b'\0'), dtype='u1')
        return text
    value = wild(rng, data.dtype)
    if rng.integers(3) == 0 and data.dtype.kind in 'iu':  # a small change that could be right
        value = (int(data[index]) + int(pick(rng, [1, -1]))) % 256 if data.dtype.kind == 'u' else max(-2 ** 63, int(data[index]) - 1)
    data[index] = value
    return value


def value_in(groups):
    def change(rng, path, base):
        names = [n for n in base.datasets if n.startswith(groups)]
        done = []
        with h5py.File(path, 'r+') as file:
            for _ in range(rng.integers(1, 4)):
                name = pick(rng, names)
                index = tuple(int(rng.integers(n)) for n in base.shape[name])
                done.append(f'{name}{list(index)} = {put(rng, file[name], index)!r}')
        return '; '.join(done)[:300]
    change.__name__ = 'value_in_' + groups[0].strip('/').replace('/', '_')
    return change


def bit_of_row(rng, path, base):
    """The least change of a number: one bit of it."""
    name = pick(rng, [n for n in base.datasets if not n.startswith('session/')])
    with h5py.File(path, 'r+') as file:
        data = file[name][...]
        raw = data.reshape(-1).view('u1')
        at, bit = int(rng.integers(raw.size)), int(rng.integers(8))
        raw[at] ^= 1 << bit
        file[name][...] = data
    return f'{name}, byte {at}, bit {bit}'


def rows(rng, path, base):
    """A row takes the place of another one, or two change places: all of it, or its config, or its payload."""
    a, b = (int(x) for x in rng.choice(base.runs, 2, replace=False))
    both = bool(rng.integers(2))
    part = pick(rng, ['all', 'config', 'payload', 'state', 'one'])
    names = {'all': base.columns + [n for n in base.datasets if n.startswith('config/')],
             'config': [n for n in base.datasets if n.startswith('config/')],
             'payload': base.columns,
             'state': [n for n in base.columns if n.startswith('state/')]}.get(part) or [pick(rng, base.columns)]
    with h5py.File(path, 'r+') as file:
        for name in names:
            one, other = file[name][a], file[name][b]
            file[name][a] = other
            if both:
                file[name][b] = one
    return f'{part} of row {b} in row {a}{" and back" if both else ""} ({names[0]}, ...)'


def column(rng, path, base):
    """A dataset's numbers become those of one that looks alike."""
    a = dataset(rng, base)
    alike = [n for n in base.datasets if n != a and base.shape[n] == base.shape[a] and base.dtype[n] == base.dtype[a]]
    if not alike:
        raise Inapplicable
    b = pick(rng, alike)
    with h5py.File(path, 'r+') as file:
        file[a][...] = file[b][...]
    return f'{a} has the numbers of {b}'


def claims(rng, path, base):
    """States say what is not so."""
    row, state = int(rng.integers(base.runs)), int(pick(rng, [0, 1, 2, 3, 4, 5, 77, 255]))
    with h5py.File(path, 'r+') as file:
        file['state/state'][row] = state
        attempts = int(pick(rng, [0, 1, 2, 3, 100, -5, 2 ** 63 - 1, -2 ** 63]))
        if rng.integers(2):
            file['state/attempts'][row] = attempts
    return f'run {row} has state {state}, attempts perhaps {attempts}'


def sessions(rng, path, base):
    with h5py.File(path, 'r+') as file:
        n = base.shape['session/number'][0]
        for slot in rng.integers(n, size=int(rng.integers(1, 4))):
            file['session/number'][slot] = int(pick(rng, [1, 2, 3, 63, 64, 65, 1000, 10 ** 6, 2 ** 31, 10 ** 12, 2 ** 62, 2 ** 63 - 1, -1, -2 ** 63]))
            for name in [n for n in base.datasets if n.startswith('session/') and n != 'session/number']:
                if rng.integers(2):
                    put(rng, file[name], (int(slot),) + (0,) * (len(base.shape[name]) - 1))
    return 'sessions'


# ---- the same, said otherwise ----


def repack(rng, path, base):
    """The same objects in a file that another program, or another version of the library, has written."""
    new = path + '.repacked'
    bounds = pick(rng, ['earliest', 'latest', 'v108', 'v110'])
    with h5py.File(path, 'r') as old, h5py.File(new, 'w', libver=bounds if bounds == 'earliest' else (bounds, 'latest')) as file:
        for name in old:
            old.copy(name, file)
        for key in old.attrs:
            old.attrs.get_id(key)
            file.attrs[key] = old.attrs[key]
    os.replace(new, path)
    return f'repacked, {bounds}'


def harmless(rng, path, base):
    with h5py.File(path, 'r+') as file:
        kind = rng.integers(3)
        if kind == 0:
            file['notes/mine'] = np.arange(3)
        elif kind == 1:
            file.attrs['my_note'] = 'read this'
        else:
            file[dataset(rng, base)].attrs['long_name'] = 'what I call it'
    return 'a note added'


BYTES = (flip, burst, extreme, block, exchange, truncate, append, user_block)


def several(rng, path, base):
    """Objects first, as h5py must be able to read what it changes."""
    chosen = [weighted(rng, [m for m in MUTATIONS if m[0] is not several]) for _ in range(rng.integers(2, 4))]
    done = []
    for mutation in sorted(chosen, key=lambda m: m in BYTES):
        try:
            done.append(mutation(rng, path, base))
        except (Inapplicable, KeyError, ValueError, TypeError, OSError, AttributeError, RuntimeError):
            pass  # the one before may have taken away what this one changes
    if not done:
        raise Inapplicable
    return ' + '.join(done)


def weighted(rng, mutations):
    weights = np.array([weight for _, weight in mutations], dtype=float)
    return mutations[rng.choice(len(mutations), p=weights / weights.sum())][0]


MUTATIONS = [(flip, 10), (burst, 8), (extreme, 8), (block, 6), (exchange, 3), (truncate, 3), (append, 1), (user_block, 1),
             (remove, 3), (rename, 4), (relink, 8), (retype, 4), (reshape, 4), (huge, 5), (elsewhere, 5), (replace, 2), (add, 4),
             (attribute, 6), (attribute_text, 6),
             (value_in(('config/',)), 5), (value_in(('state/',)), 4), (value_in(('axis/',)), 2),
             (value_in(('trace/', 'weights/')), 4), (value_in(('result/', 'score/', 'history/', 'measure/')), 3),
             (bit_of_row, 6), (rows, 4), (column, 4), (claims, 4), (sessions, 4), (repack, 2), (harmless, 2), (several, 8)]


def mutate(seed, number, attempt, path, base):
    """Changes the file; the same numbers and the same file give the same mutant. Returns what was done; raises
    where this mutation cannot be made of this file: then the next attempt, on a fresh copy, is another one."""
    rng = np.random.default_rng([seed, number, attempt])
    mutation = weighted(rng, MUTATIONS)
    return mutation.__name__, mutation(rng, path, base)
