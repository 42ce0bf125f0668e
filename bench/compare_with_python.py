#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the same model on the same data with Torchdeck and with Python's Ultralytics, in turn, and prints the ratios.

    compare_with_python.py --torchdeck build/release/bin/torchdeck --python VENV/bin/python --data PATH/data.yaml \\
        [--model yolov8n.yaml] [--rounds 1] [key=value ...]

VENV needs `pip install ultralytics`. Both sides get exactly the key=value arguments; both work on a copy of the data.
Prints one JSON line per run and one with the ratios (Torchdeck / Python; below 1 = Torchdeck is faster).
"""
import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = """
import csv, json, os, resource, sys, time
from pathlib import Path
from ultralytics import YOLO
model, data, folder, *pairs = sys.argv[1:]
arguments = {}
for pair in pairs:
    key, value = pair.split("=", 1)
    try:
        arguments[key] = json.loads(value)
    except json.JSONDecodeError:
        arguments[key] = value
started = time.time()
first = []
def batch_end(trainer):  # the first batch is the first optimizer step, too
    if not first:
        start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        first.append(float(open("/proc/uptime").read().split()[0]) - start)
network = YOLO(model)
network.add_callback("on_train_batch_end", batch_end)
run = network.train(data=data, project=folder, name="run", exist_ok=True, plots=False, **arguments)
wall = time.time() - started
rows = [{k.strip(): v for k, v in row.items()} for row in csv.DictReader(open(Path(folder) / "run/results.csv"))]
times = [0.0] + [float(row["time"]) for row in rows]
print("RESULT " + json.dumps({
    "wall_seconds": wall, "first_step_seconds": first[0], "epoch_seconds": [b - a for a, b in zip(times, times[1:])],
    "map50": run.results_dict["metrics/mAP50(B)"], "map50_95": run.results_dict["metrics/mAP50-95(B)"],
    "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def run_peer(options, data, folder):
    command = [options.python, "-c", PEER, options.model, str(data), str(folder / "peer"), *options.arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = [line for line in output.splitlines() if line.startswith("RESULT ")][-1]
    result = json.loads(line[len("RESULT "):])
    result["median_epoch_seconds"] = settled(result.pop("epoch_seconds"))
    return result


def settled(epochs):
    """Median of the epochs after the first, in which both sides warm up."""
    return statistics.median(epochs[1:] or epochs)


def run_torchdeck(options, data, folder):
    command = [options.torchdeck, "train", f"model={options.model}", f"data={data}", f"project={folder / 'ours'}",
               *options.arguments, "--json"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    result = json.loads(output.splitlines()[-1])
    metrics = result["metrics"]
    with open(Path(result["save_dir"]) / "results.csv") as table:
        times = [0.0] + [float({k.strip(): v for k, v in row.items()}["time"]) for row in csv.DictReader(table)]
    return {"wall_seconds": result["wall_seconds"], "first_step_seconds": result["first_step_seconds"],
            "median_epoch_seconds": settled([b - a for a, b in zip(times, times[1:])]),
            "map50": metrics["metrics/mAP50(B)"], "map50_95": metrics["metrics/mAP50-95(B)"],
            "peak_rss_mib": result["peak_rss_mib"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torchdeck", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--model", default="yolov8n.yaml")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    sides = {"torchdeck": run_torchdeck, "python": run_peer}
    results = {name: [] for name in sides}
    for round_number in range(options.rounds):
        for name, side in sides.items():
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                copy = folder / "data"  # Ultralytics leaves label caches beside the images
                shutil.copytree(options.data.resolve().parent, copy)
                data = copy / options.data.name
                data.write_text(options.data.read_text().replace("path: .\n", f"path: {copy}\n"))
                result = side(options, data, folder)
            results[name].append(result)
            print(json.dumps({"side": name, "round": round_number, "at": time.strftime("%H:%M:%S"), **result}))
            sys.stdout.flush()
    ratios = {key: statistics.median(a[key] / b[key] for a, b in zip(results["torchdeck"], results["python"]))
              for key in ("wall_seconds", "first_step_seconds", "median_epoch_seconds", "peak_rss_mib")}
    print(json.dumps({"ratio_torchdeck_to_python": {key: round(value, 3) for key, value in ratios.items()}}))


if __name__ == "__main__":
    main()
