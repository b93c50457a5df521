"""What the test scripts share: running mtsweep, and saying "ok NAME" or "not ok NAME: why".

A script begins with
    import os, sys
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    from harness import *
and ends with finish(). It works in a new directory that is removed at the end. MTSWEEP names the
program, build/mtsweep by default.
"""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
try:
    import h5py
    import numpy as np
except ImportError:
    python = subprocess.run([os.path.join(ROOT, 'tools', 'find-python')], capture_output=True, text=True).stdout.strip()
    if os.environ.get('MTS_PYTHON_FOUND'):
        sys.exit('not ok h5py: no Python with h5py and numpy is here; "make deps" installs one')
    os.environ['MTS_PYTHON_FOUND'] = 'yes'
    os.execv(shutil.which(python), [python] + sys.argv)

MTSWEEP = os.path.abspath(os.environ.get('MTSWEEP', os.path.join(ROOT, 'build', 'mtsweep')))
MPIRUN = os.path.join(ROOT, 'tests', 'mpirun')
WORK = tempfile.mkdtemp(prefix='mtsweep-test-')
SANITIZED = 'libasan' in subprocess.run(['ldd', MTSWEEP], capture_output=True, text=True).stdout
failed = 0
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
os.chdir(WORK)
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ['TMPDIR'] = WORK

# Runs of some 10 ms.
TINY = """name: tiny
question: Does it work?
grid:
  arch: [rnn, lstm]
  tasks: [2, 3]
  seed: 0..1
set: {batches: 20, probe_fits: 2, probe_batches: 10, probe_trials: 32, trace_trials: 8, trace_grid: 2, units: 9}
"""


def batches(n):
    """Batches that take a plain build so long as n do; with sanitizers a step takes 30 times longer."""
    return n // 30 if SANITIZED else n


def write(name, text):
    with open(name, 'wb') as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return name


def choices(field):
    """The choices of a config field, as `mtsweep fields` has them."""
    table = run('fields', '--markdown').stdout
    return re.search(rf'^\| `{field}` \|[^|]*\|[^|]*\| ([^|]*) \|', table, re.M).group(1).split(', ')


def command(args, ranks=0, mpi=()):
    return ([MPIRUN, '-n', str(ranks), *mpi] if ranks else []) + [MTSWEEP, *args]


# Limits are for what never ends, and far from what a machine that is busy with other things takes.


def run(*args, ranks=0, mpi=(), timeout=240, **rest):
    """Runs mtsweep to its end; the result has returncode, stdout, stderr."""
    process = start(*args, ranks=ranks, mpi=mpi, **rest)
    out, err = end(process, timeout)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start(*args, ranks=0, mpi=(), **rest):
    """Starts mtsweep in a process group of its own."""
    return subprocess.Popen(command(args, ranks, mpi), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors='replace', stdin=subprocess.DEVNULL, start_new_session=True, **rest)


def kill(process):
    """kill -9 of a launcher and all its ranks."""
    ranks = ranks_of(process)
    for pid in ranks:
        os.kill(pid, signal.SIGKILL)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    wait_for(lambda: not any(os.path.exists(f'/proc/{pid}') for pid in ranks), 'the end of all ranks')


# What a launcher and the MPI library say for themselves: paragraphs between rules, lines that begin with "[host:pid]" and the
# like, and what is no line of a program at all.
RULE = re.compile(r'^(-{40,}|={40,})$')
CHATTER = re.compile(r'^(\[[^\]\n]*:\d+(:\d+)?\]|\[[^\]\n]*\]\[\[|\[\d+\.\d+\] \[|\[mpiexec@|\[proxy:|prterun|mpiexec|mpirun[ :]|PRTE |PMIx |'
                     r'YOUR APPLICATION TERMINATED|This typically refers to|Please see the FAQ|UCX )')


def own(text):
    """The lines that mtsweep itself has written."""
    lines, inside = [], False
    for line in text.splitlines(keepends=True):
        if RULE.match(line.rstrip()):
            inside = not inside
        elif not inside and not CHATTER.match(line):
            lines.append(line)
    return ''.join(lines) if not inside else text


def own_files(folder='.'):
    """What is there, without the folders of Open MPI's sessions."""
    return sorted(name for name in os.listdir(folder) if not name.startswith('ompi.'))


def end(process, seconds=240):
    """Waits for the end of what `start` began; what does not end in time is killed, and its stderr says so."""
    try:
        out, err = process.communicate(timeout=seconds)
        return out, own(err or '')
    except subprocess.TimeoutExpired:
        kill(process)
        return '', f'killed: not ended after {seconds} s'


def ranks_of(process):
    """Process ids of the ranks below an mpirun (or of the program itself): those that run mtsweep."""
    below, found = [process.pid], []
    while below:
        pid = below.pop()
        try:
            with open(f'/proc/{pid}/task/{pid}/children') as file:
                below += [int(child) for child in file.read().split()]
            if os.path.samefile(f'/proc/{pid}/exe', MTSWEEP):
                found.append(pid)
        except OSError:
            pass
    return sorted(found)


def wait_for(condition, what, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f'{what} did not happen within {seconds} s')
        time.sleep(0.005)


def check(name, good, why=''):
    global failed
    if good:
        print(f'ok {name}', flush=True)
    else:
        failed += 1
        why = ' '.join(str(why).split())
        print(f'not ok {name}: {why[:1500]}', flush=True)
    return bool(good)


def check_run(name, result, code, stdout=None, stderr=None):
    """Exit status, and what must be in the output: a string is the whole of it, a pattern is found in it."""
    why = []
    if result.returncode != code:
        why.append(f'exit status {result.returncode}, not {code}')
    for label, text, wanted in (('stdout', result.stdout, stdout), ('stderr', result.stderr, stderr)):
        if isinstance(wanted, str) and text != wanted:
            why.append(f'{label} is {text!r}, not {wanted!r}')
        elif isinstance(wanted, re.Pattern) and not wanted.search(text):
            why.append(f'{label} is {text!r}, without {wanted.pattern!r}')
    return check(name, not why, '; '.join(why) + ('' if not why else f' (stderr: {result.stderr[-600:]!r})'))


def skip(name, why):
    print(f'ok {name} # SKIP {why}', flush=True)


def states(path):
    with h5py.File(path, 'r') as file:
        return list(file['state/state'][...])


PENDING, RUNNING, DONE, DIVERGED, FAILED = range(5)


def differences(a, b, skip=('state/started', 'state/finished', 'state/seconds', 'state/host', 'state/attempts', 'session')):
    """Names of the datasets that are not the same bytes in both files, but those named."""
    found = []
    with h5py.File(a, 'r') as one, h5py.File(b, 'r') as other:
        def visit(name, item):
            if not isinstance(item, h5py.Dataset) or name.startswith(skip):
                return
            if name not in other or item[...].tobytes() != other[name][...].tobytes():
                found.append(name)
        one.visititems(visit)
        names = [[], []]
        one.visit(names[0].append)
        other.visit(names[1].append)
        found += sorted(set(names[0]) ^ set(names[1]))
    return found


def finish():
    sys.exit(1 if failed else 0)
