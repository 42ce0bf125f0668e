# SPDX-License-Identifier: GPL-3.0-or-later
"""A real training by ultralytics 8.3 with a HUB key, against the local HUB: its model page has to be complete.

Run by ctest (interop_hub_training), or by hand in a Python with ultralytics 8.3.200 and hub-sdk:
    bash tests/interop/with_hub.sh build/release/bin/torchdeck PYTHON tests/interop/ultralytics_hub_training.py
Exit code 0: all checks held; 77: no ultralytics 8.3 here; else 1, with what failed.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

EPOCHS = 2
API, KEY = os.environ["ULTRALYTICS_HUB_API"], os.environ["HUB_API_KEY"]
failures = []


def check(good, what):
    print(("ok    " if good else "FAILED"), what, flush=True)
    if not good:
        failures.append(what)


def get(path):
    request = urllib.request.Request(API + path, headers={"x-api-key": KEY})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


def make_dataset(folder):
    import cv2
    import numpy as np

    random = np.random.default_rng(1)
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / kind / part).mkdir(parents=True)
        for i in range(8):
            image = np.full((64, 64, 3), 40, np.uint8)
            x, y = random.integers(4, 36, 2)
            image[y:y + 20, x:x + 20] = 220
            cv2.imwrite(str(folder / "images" / part / f"{i}.png"), image)
            (folder / "labels" / part / f"{i}.txt").write_text(f"0 {(x + 10) / 64} {(y + 10) / 64} {20 / 64} {20 / 64}\n")
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames: {{0: box}}\n")
    return data


def in_python(code, *arguments):
    """A process of its own: Ultralytics reads key and settings when it is imported."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=1500)
    if done.returncode != 0:
        print(done.stdout[-2000:], done.stderr[-3000:])
        raise SystemExit("FAILED: the training process")
    return done.stdout + done.stderr


LOGIN = "import os; from ultralytics import hub; assert hub.login(os.environ['HUB_API_KEY'])"
TRAIN = f"""
import sys
import time
from ultralytics import YOLO
model = YOLO("yolov8n.yaml")
# Their client drops the epochs that end within 3 s of the last report: these tiny ones would.
model.add_callback("on_train_epoch_start", lambda trainer: time.sleep(4))
model.train(data=sys.argv[1], project=sys.argv[2], name="run", epochs={EPOCHS}, imgsz=64, batch=8,
            device="cpu", workers=0, plots=False)
"""


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(ULTRALYTICS_HUB_WEB=API, YOLO_CONFIG_DIR=str(folder), YOLO_AUTOINSTALL="false")
        try:
            import ultralytics
        except ImportError:
            print("ultralytics is not installed: skipped")
            return 77
        if not ultralytics.__version__.startswith("8.3."):
            print(f"ultralytics {ultralytics.__version__} has no HUB session: skipped")
            return 77
        data = make_dataset(folder / "set")
        in_python(LOGIN)
        said = in_python(TRAIN, data, folder / "runs")
        models = get("/v1/models")["results"]
        check(len(models) == 1, "one model was made")
        model = models[0]
        check(f"View model at {API}/models/{model['id']}" in said, "the training names its page")
        best = folder / "runs" / "run" / "weights" / "best.pt"
        check(model["status"] == "trained" and model["weights_sha256"] == hashlib.sha256(best.read_bytes()).hexdigest(),
              "its final model is there, byte for byte")
        series = {s["meta"]["name"]: s["data"] for s in get(f"/v1/models/{model['id']}/metrics")}
        check({"train/box_loss", "metrics/mAP50-95(B)", "model/parameters"} <= series.keys(), "losses, mAP, model facts")
        check(sorted(series.get("train/box_loss", {})) == [str(e) for e in range(EPOCHS)], "every epoch is there")
        check(bool(model.get("agentId")), "it sent heartbeats")
    print(f"{len(failures)} failed" if failures else "all checks held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
