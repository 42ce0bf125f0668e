# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the small files beside this script: `python generate.py`, in a Python with torch and numpy.

torch.save's own output for values and tensors of every kind we read, hostile files, and formats that we only name.
"""

import io
import json
import os
import pathlib
import struct
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent


class Call:
    """Unpickling this calls `function(*arguments)`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def values():
    base = torch.arange(12, dtype=torch.float32)
    return {
        "none": None, "yes": True, "no": False, "small": 7, "word": 40000, "negative": -70000, "large": 2**40,
        "least": -(2**63), "real": 0.1, "text": "größe", "bytes": b"\x00\xff\x80", "list": [1, [2.5, "x"]],
        "tuple": (1, 2, 3, 4), "set": {3}, "ordered": OrderedDict(a=1, b=2), "path": pathlib.PurePosixPath("runs/x"),
        "numpy": np.float64(2.5), "count": np.int64(-4), "size": torch.Size([2, 3]),
        "half": torch.tensor([1.5, -2.0]).half(), "brain": torch.tensor([1.5]).bfloat16(), "long": torch.tensor(9),
        "mask": torch.tensor([True, False]), "part": base.view(3, 4)[1:, ::2], "turned": base.view(3, 4).t(),
        "parameter": torch.nn.Parameter(torch.tensor([0.25])), "same": base,
    }


def safetensors(path):
    tensors = {"a.weight": np.arange(6, dtype="<f4").reshape(2, 3), "a.count": np.array(5, dtype="<i8")}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in tensors.items():
        header[name] = {"dtype": {"f": "F32", "i": "I64"}[array.dtype.kind], "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.manual_seed(0)
    torch.save(values(), here / "values2.pt")
    torch.save(values(), here / "values5.pt", pickle_protocol=5)
    torch.save({"model": Call(os.system, "touch torchdeck-was-run")}, here / "os_system.pt")
    torch.save({"model": Call(eval, "open('torchdeck-was-run', 'w')")}, here / "eval.pt")
    torch.save({"model": Call(getattr, [], "append")}, here / "getattr.pt")
    torch.save(values()["half"], here / "legacy.pt", _use_new_zipfile_serialization=False)
    state = OrderedDict([("model.0.conv.weight", torch.randn(8, 3, 3, 3)), ("model.0.bn.running_mean", torch.randn(8))])
    torch.save(state, here / "state_dict.pt")
    safetensors(here / "weights.safetensors")
    squeezed = io.BytesIO()
    with zipfile.ZipFile(here / "state_dict.pt") as stored, zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in stored.namelist():
            out.writestr(name, stored.read(name))
    (here / "deflated.pt").write_bytes(squeezed.getvalue())
    print("made with torch", torch.__version__)


if __name__ == "__main__":
    sys.exit(main())
