# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the fuzzer's start corpus: `python make_corpus.py FOLDER [FILE.pt ...]`. Needs nothing but Python.

Takes the reader's golden files and any checkpoints named. Each gives one input "whole file" and, when it is a zip, one
input "the pickle inside" (see fuzz_pt_reader.cpp).
"""

import sys
import zipfile
from pathlib import Path

golden = Path(__file__).parent.parent / "engine_interop" / "golden"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(golden.glob("*.pt")) + sorted(golden.glob("*.safetensors")) + [Path(f) for f in sys.argv[2:]]
    for file in files:
        if file.stat().st_size < 1 << 20:
            (folder / f"{file.name}.file").write_bytes(b"\0" + file.read_bytes())
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    if name.endswith("/data.pkl"):
                        (folder / f"{file.name}.pickle").write_bytes(b"\1" + archive.read(name))
    print(f"{len(list(folder.iterdir()))} inputs in {folder}")


if __name__ == "__main__":
    main()
