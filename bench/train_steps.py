#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs bench_train_step for each family and size of model in turn, in fp32 and bf16, and writes one JSON file.

    train_steps.py --bench build/release/bin/bench_train_step [--out bench/results/train_step.json] [--steps 12] \\
        [--only yolo11n_320 ...]

fp32 and bf16 of the same model follow each other, so that the machine's drift touches both alike. A model that the engine
does not know is left out and named under "skipped". The file is written anew after every run: what was measured is kept.
Needs a quiet machine; the load average before and after each run is in the file.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

CASES = [(model, 320, 16) for model in ("yolov8n", "yolo11n", "yolo26n")]
CASES += [(model, 640, 8) for model in ("yolov8n", "yolo11n", "yolo26n")]
CASES += [(model, 320, 8) for model in ("yolov8s", "yolo11s")]


def processor():
    with open("/proc/cpuinfo") as text:
        for line in text:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return ""


def measure(options, model, imgsz, batch, bf16):
    words = [options.bench, f"model={model}.yaml", f"imgsz={imgsz}", f"batch={batch}", f"steps={options.steps}"]
    load = os.getloadavg()[0]
    done = subprocess.run(words + (["bf16=1"] if bf16 else []), capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    result = json.loads(done.stdout)
    result["load_average"] = [round(load, 2), round(os.getloadavg()[0], 2)]
    return result, ""


def write(path, answer):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(answer, indent=1) + "\n")
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "train_step.json")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--only", nargs="*", help="MODEL_IMGSZ, such as yolo11n_320")
    options = parser.parse_args()
    answer = {"machine": {"cores": os.cpu_count(), "cpu": processor()}, "steps": options.steps,
              "unit": "of_peak: convolutions' multiply-adds by the machine's own fp32 matrix products; wall time",
              "began": time.strftime("%Y-%m-%d %H:%M"), "runs": [], "bf16_speedup": {}, "skipped": {}}
    for model, imgsz, batch in CASES:
        name = f"{model}_{imgsz}"
        if options.only and name not in options.only:
            continue
        pair = []
        for bf16 in (False, True):
            result, problem = measure(options, model, imgsz, batch, bf16)
            if result is None:
                answer["skipped"][name] = problem
                break
            answer["runs"].append(result)
            pair.append(result["step_ms"])
            if len(pair) == 2:
                answer["bf16_speedup"][name] = round(pair[0] / pair[1], 3)
            write(options.out, answer)
            print(f"{name} {'bf16' if bf16 else 'fp32'}: {result['step_ms']} ms, {result['of_peak']} of the matrix rate",
                  file=sys.stderr, flush=True)
    write(options.out, answer)
    return 0 if answer["runs"] else 1


if __name__ == "__main__":
    sys.exit(main())
