# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints both ways between torchdeck and the real Ultralytics, on a small generated set.

Run as `python ultralytics_checkpoints.py TORCHDECK [MODEL]` in a Python that has ultralytics (and, for the export,
onnx and onnxruntime). MODEL is a built-in spec, yolov8n.yaml by default. Exit code 0: all checks held; 77: no
ultralytics here; else 1, with what failed.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

# Nothing is installed behind the test's back, and nothing is asked of any server.
os.environ.update(YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true", YOLO_VERBOSE="false", WANDB_MODE="disabled")
settings = tempfile.mkdtemp()
os.environ["YOLO_CONFIG_DIR"] = settings
warnings.simplefilter("ignore")

try:
    import torch
    import ultralytics
    from ultralytics import YOLO
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
wanted = os.environ.get("ULTRALYTICS_FOLDER")
if wanted and not ultralytics.__file__.startswith(wanted):
    sys.exit(f"FAILED: this is the ultralytics in {ultralytics.__file__}, not the one in {wanted}")

IMGSZ, BATCH, EPOCHS, KEPT = 160, 8, 15, 12  # epoch12.pt is a run that is not finished
TORCHDECK = sys.argv[1]
MODEL = sys.argv[2] if len(sys.argv) > 2 else "yolov8n.yaml"
failures = []


def check(good, what):
    print(("ok    " if good else "FAILED"), what, flush=True)
    if not good:
        failures.append(what)


def torchdeck(*arguments):
    done = subprocess.run([TORCHDECK, *map(str, arguments)], capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        print(done.stdout[-2000:], done.stderr[-2000:])
        raise SystemExit(f"FAILED torchdeck {' '.join(map(str, arguments))}: exit code {done.returncode}")
    return done.stdout


def our_val(model, data):
    last = torchdeck("val", f"model={model}", f"data={data}", f"imgsz={IMGSZ}", "device=cpu", "--json").splitlines()[-1]
    result = json.loads(last)
    metrics = result.get("metrics", result)
    return metrics["metrics/mAP50(B)"], metrics["metrics/mAP50-95(B)"]


def their_val(model, data, folder):
    box = YOLO(model).val(data=str(data), imgsz=IMGSZ, batch=BATCH, device="cpu", workers=0, plots=False, verbose=False,
                          project=str(folder), name="val", exist_ok=True).box
    return float(box.map50), float(box.map)


def losses(results, epoch):
    """Sum of the three training losses of one epoch (0-based), or None. Of two rows the last: a resumed run appends."""
    found = None
    with open(results, newline="") as file:
        for row in csv.DictReader(file):
            row = {k.strip(): v for k, v in row.items()}
            if int(float(row["epoch"])) == epoch + 1:
                found = sum(float(v) for k, v in row.items() if k.startswith("train/"))
    return found


# 8.3 integrates AP otherwise than 8.4 and we do: on the same COCO weights its mAP50 is 0.0075 lower.
OLD = tuple(map(int, ultralytics.__version__.split(".")[:2])) < (8, 4)
TOLERANCE = 0.01 if OLD else 0.002


def same_map(ours, theirs, what):
    gap = max(abs(a - b) for a, b in zip(ours, theirs))
    check(gap <= TOLERANCE and ours[0] > 0.01, f"{what}: mAP {ours[0]:.4f} {ours[1]:.4f} here, {theirs[0]:.4f} {theirs[1]:.4f} there")


def check_metadata(weights, model):
    ckpt = torch.load(weights / "best.pt", map_location="cpu", weights_only=False)
    check(type(ckpt["model"]).__name__ == "DetectionModel" and ckpt["ema"] is None, "best.pt holds a DetectionModel")
    check(ckpt["epoch"] == -1 and ckpt["optimizer"] is None, "best.pt is stripped")
    check(next(ckpt["model"].parameters()).dtype == torch.float16, "in half precision")
    args = ckpt["train_args"]
    check((args["imgsz"], args["batch"], args["epochs"]) == (IMGSZ, BATCH, EPOCHS), "its arguments are right")
    check(len(ckpt["train_results"]["epoch"]) >= 1 and "metrics/mAP50-95(B)" in ckpt["train_metrics"], "and its metrics")
    check("T" in ckpt["date"], f"its date is {ckpt['date']}")
    check(model.names == dict(enumerate(model.names.values())) and len(model.names) == model.model.nc, "names and nc")
    check(model.model.stride.tolist() == [8.0, 16.0, 32.0], "stride")
    kept = torch.load(weights / f"epoch{KEPT}.pt", map_location="cpu", weights_only=False)
    check(kept["epoch"] == KEPT and kept["ema"] is not None and kept["updates"] > 0, "the run's epoch is right")


def check_predict(weights, model, image, folder):
    # After so few epochs all scores may be low: the threshold follows the surest box (ours lies a little lower: a score on
    # the threshold may round either way).
    surest = float(model.predict(str(image), imgsz=IMGSZ, conf=0.001, device="cpu", verbose=False)[0].boxes.conf.max())
    conf = surest / 10
    found = model.predict(str(image), imgsz=IMGSZ, conf=conf, device="cpu", verbose=False)[0].boxes
    torchdeck("predict", f"model={weights / 'best.pt'}", f"source={image}", f"imgsz={IMGSZ}", f"conf={0.9 * conf}", "device=cpu",
              "save_txt=true", "save_conf=true", f"project={folder}", "name=ours")
    label = folder / "ours" / "labels" / f"{image.stem}.txt"
    ours = sorted([list(map(float, line.split())) for line in label.read_text().splitlines()] if label.exists() else [],
                  key=lambda row: -row[5])
    close = sum(any(int(c) == int(o[0]) and abs(s - o[5]) < 0.005 and max(abs(a - b) for a, b in zip(b4, o[1:5])) * IMGSZ < 0.5
                    for o in ours) for c, s, b4 in zip(found.cls.tolist(), found.conf.tolist(), found.xywhn.tolist()))
    check(len(found) > 0 and close >= 0.95 * len(found), f"predict: {close} of {len(found)} boxes of score {conf:.3f} and up there "
          f"are also here ({len(ours)})")


def check_export(model):
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError as error:
        print("skipped export:", error)
        return
    file = model.export(format="onnx", imgsz=IMGSZ, device="cpu", simplify=False)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    image = torch.rand(1, 3, IMGSZ, IMGSZ)
    out = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: image.numpy()})[0])
    with torch.no_grad():
        expected = model.model.eval()(image)[0]
    check(out.shape == expected.shape and torch.allclose(out, expected, atol=1e-2, rtol=1e-2),
          f"the ONNX export runs and agrees, output {list(out.shape)}")


def resume_there(weights, reference):
    """Our unfinished run goes on in Python."""
    unfinished = weights / f"epoch{KEPT}.pt"
    if OLD:  # its optimizers number their parameters otherwise: it cannot resume a run of its own successor either
        unfinished = weights / "for-8.3.pt"
        torchdeck("convert", f"model={weights / f'epoch{KEPT}.pt'}", "to=8.3", f"output={unfinished}")
    results = weights.parent / "results.csv"
    rows = len(results.read_text().splitlines())
    model = YOLO(unfinished)
    model.train(resume=True, device="cpu", workers=0, plots=False, exist_ok=True)
    folder = Path(model.trainer.save_dir)
    check(folder.samefile(weights.parent) and len(results.read_text().splitlines()) == rows + EPOCHS - KEPT - 1,
          "and writes into the run's folder")
    theirs = losses(results, KEPT + 1)
    check(model.trainer.start_epoch == KEPT + 1, "Python resumes at the right epoch")
    check(theirs is not None and theirs != reference and abs(theirs / reference - 1) < 0.10,
          f"its loss does not jump: {theirs} there, {reference} here")


def theirs_here(start, data, folder):
    """Python trains; we validate its result and go on with its unfinished run."""
    model = YOLO(start)
    model.train(data=str(data), imgsz=IMGSZ, batch=BATCH, epochs=3, save_period=1, device="cpu", workers=0, plots=False,
                project=str(folder), name="theirs", exist_ok=True, warmup_epochs=0, close_mosaic=3, seed=1)
    run = folder / "theirs"
    same_map(our_val(run / "weights" / "best.pt", data), their_val(run / "weights" / "best.pt", data, folder), "their best.pt")
    reference = losses(run / "results.csv", 2)
    torchdeck("train", f"model={run / 'weights' / 'epoch1.pt'}", "resume=true", "device=cpu")
    ours = losses(run / "results.csv", 2)
    check(ours is not None and abs(ours / reference - 1) < 0.10,
          f"our loss does not jump on resuming theirs: {ours} here, {reference} there")


def main():
    print("ultralytics", ultralytics.__version__, "torch", torch.__version__, MODEL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        torchdeck("dataset", "make-sample", folder / "data", "train=160", "val=40", f"imgsz={IMGSZ}")
        data = folder / "data" / "data.yaml"
        torchdeck("train", f"model={MODEL}", f"data={data}", f"imgsz={IMGSZ}", f"batch={BATCH}", f"epochs={EPOCHS}",
                  f"save_period={KEPT}", "device=cpu", f"project={folder}", "name=ours_run", "close_mosaic=5")
        weights = folder / "ours_run" / "weights"
        model = YOLO(weights / "best.pt")
        check_metadata(weights, model)
        same_map(our_val(weights / "best.pt", data), their_val(weights / "best.pt", data, folder), "our best.pt")
        same_map(our_val(weights / "last.pt", data), their_val(weights / "last.pt", data, folder), "our last.pt")
        check_predict(weights, model, sorted((folder / "data" / "images" / "val").iterdir())[0], folder)
        check_export(YOLO(weights / "best.pt"))
        resume_there(weights, losses(folder / "ours_run" / "results.csv", KEPT + 1))
        theirs_here(weights / "best.pt", data, folder)
    print(f"{len(failures)} failed" if failures else "all checks held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
