#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suppression, matching and average precision: Torchdeck against Python's Ultralytics on the same predictions, in turn.

    nms_ap_with_python.py --bench build/release/bin/bench_nms_ap --python VENV/bin/python \\
        [--images 5000] [--boxes 300] [--classes 20] [--rounds 3] [--threads N] [--output FILE.json]

VENV needs `pip install ultralytics`. Fails when the scores differ by more than 1e-5. Prints a JSON object; the ratios are
Python / Torchdeck, medians of the rounds: above 1 = Torchdeck is faster. `user` compares processor time, which a busy
machine disturbs less; it is fair with --threads 1, for waiting threads of the Python side spin. Reading the files and
starting Python are not counted.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SCORES = ("precision", "recall", "map50", "map50_95")
PEER = """
import json, resource, sys, time
import numpy as np, torch, torchvision, ultralytics
from ultralytics.engine.validator import BaseValidator
from ultralytics.utils.metrics import ap_per_class, box_iou
from ultralytics.utils.nms import non_max_suppression
folder, images, boxes, classes, threads = sys.argv[1], *map(int, sys.argv[2:6])
torch.set_num_threads(threads)
predictions = torch.from_numpy(np.fromfile(folder + "/predictions.f32", np.float32).reshape(images, 4 + classes, boxes))
rows = torch.from_numpy(np.fromfile(folder + "/truth.f32", np.float32).reshape(-1, 6))
truth = [part for part in torch.split(rows, torch.bincount(rows[:, 0].long(), minlength=images).tolist())]
class Validator(BaseValidator):
    def __init__(self):
        self.iouv = torch.linspace(0.5, 0.95, 10)
validator = Validator()
user = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_utime
wall, cpu = time.perf_counter(), user()
tp, conf, found, wanted = [], [], [], []
with torch.inference_mode():
    for start in range(0, images, 32):
        part = non_max_suppression(predictions[start:start + 32], 0.001, 0.7, multi_label=True, max_det=300, nc=classes,
                                   max_time_img=1000)
        for detections, objects in zip(part, truth[start:start + 32]):
            overlap = box_iou(objects[:, 1:5], detections[:, :4])
            tp.append(validator.match_predictions(detections[:, 5], objects[:, 5], overlap).numpy())
            conf.append(detections[:, 4].numpy())
            found.append(detections[:, 5].numpy())
            wanted.append(objects[:, 5].numpy())
    tp, conf, found, wanted = (np.concatenate(item) for item in (tp, conf, found, wanted))
    result = ap_per_class(tp, conf, found, wanted)
wall, cpu = time.perf_counter() - wall, user() - cpu
p, r, ap = result[2], result[3], result[5]
print("RESULT " + json.dumps({"wall_seconds": wall, "user_seconds": cpu, "detections": len(conf),
    "precision": float(p.mean()), "recall": float(r.mean()), "map50": float(ap[:, 0].mean()),
    "map50_95": float(ap.mean()), "version": ultralytics.__version__}))
"""


def run(command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    line = [line for line in output.splitlines() if line.startswith(("RESULT ", "{"))][-1]
    return json.loads(line.removeprefix("RESULT "))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--boxes", type=int, default=300)
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    size = [str(options.images), str(options.boxes), str(options.classes)]
    threads = str(options.threads)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.bench, "make", folder, *size], check=True)
        for _ in range(options.rounds):
            ours.append(run([options.bench, "score", folder, *size, threads]))
            theirs.append(run([options.python, "-c", PEER, folder, *size, threads]))
    result = {"images": options.images, "boxes": options.boxes, "classes": options.classes, "rounds": options.rounds, "threads": options.threads,
              "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "ultralytics": theirs[0]["version"]}
    for kind in ("wall", "user"):
        key = kind + "_seconds"
        median = [statistics.median(item[key] for item in side) for side in (ours, theirs)]
        result[kind + "_ratio"] = round(median[1] / median[0], 1)
        result[kind + "_seconds"] = {"torchdeck": round(median[0], 4), "python": round(median[1], 4)}
    result["detections"] = {"torchdeck": ours[0]["detections"], "python": theirs[0]["detections"]}
    result["scores"] = {name: {"torchdeck": ours[0][name], "python": theirs[0][name]} for name in SCORES}
    text = json.dumps(result, indent=1)
    print(text)
    unequal = [name for name in SCORES if abs(ours[0][name] - theirs[0][name]) > 1e-5]
    if unequal or ours[0]["detections"] != theirs[0]["detections"]:
        sys.exit("The two do not agree: " + (", ".join(unequal) or "number of detections") + ".")
    if options.output:
        options.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
