# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference.json and yolov8n_state.txt, yolo11n_state.txt, yolo26n_state.txt: what the reference implementation builds and computes.

Run it in a virtual environment of its own, from this folder:
    python3 -m venv venv && venv/bin/pip install ultralytics==8.4.190 && venv/bin/python make_reference.py
The weights and the image follow formulas of their index (see fill() here and in nn_reference.h), so that only
numbers travel.
"""
import copy
import json
import math
import pathlib
from types import SimpleNamespace

import torch
import ultralytics
import yaml
from ultralytics.nn.tasks import DetectionModel

HERE = pathlib.Path(__file__).resolve().parent


def pattern(entry, count):
    """Values in [-0.5, 0.5) of a formula of the index; exact in both languages."""
    index = torch.arange(count, dtype=torch.int64)
    return ((index * index % 10007 * 31 + index * 7919 + entry * 104729) % 1000).double() / 1000 - 0.5


def fill(model):
    for entry, (name, tensor) in enumerate(model.state_dict().items()):
        if name.endswith("num_batches_tracked") or ".dfl." in name:
            continue
        value = pattern(entry, tensor.numel()).view(tensor.shape)
        if tensor.dim() == 4:
            value = value * (3.0 / math.sqrt(tensor[0].numel()))
        elif name.endswith("running_var"):
            value = 1 + value
        elif name.endswith("bn.weight"):
            value = 1 + 0.4 * value
        else:
            value = 0.4 * value
        tensor.copy_(value)


def digest(tensor, count=24):
    flat = tensor.detach().double().flatten()
    picks = sorted({int(i) for i in torch.linspace(0, flat.numel() - 1, count)})
    return {
        "shape": list(tensor.shape),
        "sum": flat.sum().item(),
        "absSum": flat.abs().sum().item(),
        "picks": picks,
        "values": [flat[i].item() for i in picks],
    }


# Every module that the built-in families do not use, and all options of C3k2.
OWN_MODEL = """\
nc: 3
backbone:
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 2, C1, [24]]
  - [-1, 1, SCDown, [32, 3, 2]]
  - [-1, 2, C2, [32]]
  - [-1, 1, GhostConv, [48, 3, 2]]
  - [-1, 3, C3, [48, False]]
  - [-1, 2, C3k2, [64, True, 0.5, False, 2, False]]
  - [-1, 1, nn.MaxPool2d, [3, 2, 1]]
  - [-1, 2, C2fPSA, [64]]
  - [-1, 1, PSA, [64]]
  - [-1, 1, SPPF, [64, 5, 2]]
head:
  - [-1, 1, nn.Identity, []]
  - [-1, 2, Bottleneck, [64, True]]
  - [-1, 1, C3k2, [48, False, 1.0, True]]
  - [[6, 13], 1, Detect, [nc]]
"""


def build(name, nc):
    """A built-in model, or the one above with "own"."""
    if name != "own":
        return DetectionModel(name, nc=nc, verbose=False)
    return DetectionModel(yaml.safe_load(OWN_MODEL) | {"scale": ""}, nc=nc, verbose=False)


def image(case):
    count = case["batch"] * 3 * case["height"] * case["width"]
    return (pattern(1000, count).view(case["batch"], 3, case["height"], case["width"]) + 0.5).float()


def heads(raw):
    """The raw outputs of one or two heads, by the names used here."""
    if "one2one" in raw:
        return {"": raw["one2many"], "oneToOne": raw["one2one"]}
    return {"": raw}


def raw_digests(raw):
    result = {}
    for prefix, head in heads(raw).items():
        for kind in ("boxes", "scores"):
            result[prefix + kind.title() if prefix else kind] = digest(head[kind])
    return result


def top_detections(model, x, limit=20):
    """The best rows of the one-to-one head: x1, y1, x2, y2, score, class."""
    model.end2end = True
    rows = model(x)[0][0, :limit]
    model.end2end = False
    return [[float(f"{v:.7g}") for v in row] for row in rows.tolist()]


def forward_case(name, nc, batch, height, width):
    model = build(name, nc)
    case = {"name": name, "nc": nc, "batch": batch, "height": height, "width": width}
    if name == "own":
        case["yaml"] = OWN_MODEL
        layers, parameters, _, gflops = model.info(verbose=True)
        case |= {"layers": layers, "parameters": parameters, "gflops": gflops}
    with torch.no_grad():
        fill(model)
        x = image(case)
        model.eval()
        decoded, raw = model(x)
        case["eval"] = raw_digests(raw) | {"decoded": digest(decoded)}
        if "one2one" in raw:
            case["top"] = top_detections(model, x)
        model.double().train()  # the batch statistics of a few values amplify the rounding of single precision
        raw = model(x.double())
        case["train"] = raw_digests(raw)
        stats = [t.flatten() for k, t in model.state_dict().items() if "running_" in k]
        case["train"]["running"] = digest(torch.cat(stats))
    case["learning"] = learning_case(model, case)
    return case


# [image, class, x, y, w, h]
TRUTH = [[0, 1, 0.31, 0.42, 0.38, 0.35], [0, 0, 0.7, 0.6, 0.5, 0.6], [0, 2, 0.12, 0.8, 0.1, 0.2]]


def learning_case(model, case):
    """One training step's loss and gradients in double precision, on the weights and the image above."""
    fill_model = model.double().train()
    with torch.no_grad():
        fill(fill_model)
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=10)
    model.criterion = model.init_criterion()
    rows = torch.tensor([[i, *row[1:]] for i in range(case["batch"]) for row in TRUTH])
    batch = {"batch_idx": rows[:, 0], "cls": rows[:, 1], "bboxes": rows[:, 2:]}
    raw = model(image(case).double())
    result = {"truth": TRUTH, "steps": []}
    for epoch in (0, 6):  # the weights of the two heads move with the epoch
        if hasattr(model.criterion, "updates") and epoch:
            model.criterion.updates = epoch - 1
            model.criterion.update()
        model.zero_grad()
        total, items = model.criterion(raw, batch)
        total.sum().backward(retain_graph=True)
        step = {"epoch": epoch, "total": total.sum().item(), "items": {k: v.item() for k, v in items.items()}}
        gradients = {k: p.grad for k, p in model.named_parameters() if p.grad is not None}
        names = sorted(gradients)[:: max(1, len(gradients) // 12)]
        step["gradients"] = {k: digest(gradients[k], 6) for k in names}
        step["norm"] = torch.stack([g.norm() for g in gradients.values()]).norm().item()
        result["steps"].append(step)
        if not hasattr(model.criterion, "updates"):
            break
    return result


def summary(name):
    model = DetectionModel(f"{name}.yaml", verbose=False)
    layers, parameters, gradients, gflops = model.info(detailed=False, verbose=True)
    fused = copy.deepcopy(model).eval().fuse().info(detailed=False, verbose=True)
    result = {
        "name": name, "layers": layers, "parameters": parameters, "gradients": gradients, "gflops": gflops,
        "fusedLayers": fused[0], "fusedParameters": fused[1], "fusedGflops": fused[3],
    }
    if getattr(model.model[-1], "one2one_cv2", None) is not None:
        model.end2end = True
        fused = model.eval().fuse().info(detailed=False, verbose=True)
        result |= {"oneToOneParameters": fused[1], "oneToOneGflops": fused[3]}
    return result


def write_state(name):
    model = DetectionModel(f"{name}.yaml", verbose=False)
    lines = [f"{k} {'x'.join(map(str, t.shape)) or 'scalar'}" for k, t in model.state_dict().items()]
    (HERE / f"{name}_state.txt").write_text("\n".join(lines) + "\n")
    head = model.model[-1]
    return [[head.cv2[i][-1].bias[0].item(), head.cv3[i][-1].bias[0].item()] for i in range(3)]


def main():
    summaries = [summary(family + letter) for family in ("yolov8", "yolo11", "yolo26") for letter in "nsmlx"]
    biases = [write_state(name) for name in ("yolov8n", "yolo11n", "yolo26n")]
    cases = [
        forward_case(*case)
        for case in (
            ("yolov8n.yaml", 80, 2, 64, 96),
            ("yolov8s.yaml", 3, 1, 96, 64),
            ("yolo11n.yaml", 80, 2, 64, 96),
            ("yolo11m.yaml", 3, 1, 96, 64),
            ("yolo26n.yaml", 80, 2, 64, 96),
            ("yolo26l.yaml", 3, 1, 96, 64),
            ("own", 3, 2, 64, 96),
        )
    ]
    document = {"madeWith": f"ultralytics {ultralytics.__version__}", "summaries": summaries,
                "headBiases": biases[0], "cases": cases}
    assert biases[0] == biases[1] == biases[2]
    (HERE / "reference.json").write_text(json.dumps(document, indent=0) + "\n")


if __name__ == "__main__":
    main()
