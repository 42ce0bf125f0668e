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

# The image that the model is surest of, asked of HUB through hub-sdk and of Ultralytics itself.
PREDICT = """
import json
import sys
from hub_sdk import HUBClient
from ultralytics import YOLO
identifier, weights, image = sys.argv[1:]
model = YOLO(weights)
how = {"imgsz": 64, "iou": 0.7}
surest = float(model.predict(image, conf=1e-6, device="cpu", verbose=False, **how)[0].boxes.conf.max())
theirs = model.predict(image, conf=0.1 * surest, device="cpu", verbose=False, **how)[0].summary()
answer = HUBClient().model(identifier).predict(image, {**how, "conf": 0.09 * surest})
print("ANSWER " + json.dumps([theirs, answer.json() if answer is not None else None]))
"""


def check_predict(model, weights, image):
    said = in_python(PREDICT, model["id"], weights, image)
    theirs, answer = json.loads(said[said.index("ANSWER ") + 7:].splitlines()[0])
    check(answer is not None and answer["success"] and answer["message"] == "Inference complete.", "hub-sdk gets a prediction")
    ours = answer["images"][0]["results"] if answer else []

    def same(a, b):
        return a["class"] == b["class"] and a["name"] == b["name"] and all(abs(a["box"][k] - b["box"][k]) < 1 for k in a["box"])

    found = sum(any(same(t, o) for o in ours) for t in theirs)
    check(len(theirs) > 0 and found >= 0.95 * len(theirs), f"{found} of {len(theirs)} boxes are where Ultralytics finds them")
    check(answer is not None and answer["images"][0]["shape"] == [64, 64] and len(answer["data"]) == len(ours),
          "both lists of the answer are there")


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
        check_predict(model, best, folder / "set" / "images" / "val" / "0.png")
    print(f"{len(failures)} failed" if failures else "all checks held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
