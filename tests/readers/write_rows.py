"""Writes what a row of an output file holds, for the readers in matlab/: a line "run name dims... sum weighted" for each trace
and tensor, dims in the order of the file, weighted the sum of value times place, in the order of the file.

    write_rows.py FILE ROWS
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "python"))

import numpy as np

import mtsweep

sweep = mtsweep.open(sys.argv[1])
with open(sys.argv[2], "w", encoding="ascii") as out:
    for run in sweep.config.run.values[sweep.state.state.values == "done"]:
        traces = sweep.traces(run)
        arrays = {f"trace.{name}": traces[name].values for name in ("hidden", "readout", "latents", "observations", "quadrant")}
        arrays["trace.noisy"] = traces.kind.values == "noisy"
        arrays["trace.stimulus"] = traces.phase.values == "stimulus"
        for block in ("parameters", "encoder"):
            arrays.update({f"{block}.{name}": values for name, values in sweep.tensors(run, block).items()})
        for name, values in arrays.items():
            flat = values.ravel().astype(float)
            print(run, name, *values.shape, repr(float(flat.sum())), repr(float(flat @ np.arange(1, flat.size + 1))), file=out)
