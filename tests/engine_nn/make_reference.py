# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference.json and yolov8n_state.txt: what the reference implementation builds and computes.

Run it in a virtual environment of its own, from this folder:
    python3 -m venv venv && venv/bin/pip install ultralytics==8.4.190 && venv/bin/python make_reference.py
The weights and the image follow formulas of their index (see fill() here and in nn_reference.h), so that only
numbers travel.
"""
import json
import math
import pathlib

import torch
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


def digest(tensor):
    flat = tensor.detach().double().flatten()
    picks = [int(i) for i in torch.linspace(0, flat.numel() - 1, 24)]
    return {
        "shape": list(tensor.shape),
        "sum": flat.sum().item(),
        "absSum": flat.abs().sum().item(),
        "picks": picks,
        "values": [flat[i].item() for i in picks],
    }


def forward_case(name, nc, batch, height, width):
    model = DetectionModel(name, nc=nc, verbose=False)
    case = {"name": name, "nc": nc, "batch": batch, "height": height, "width": width}
    with torch.no_grad():
        fill(model)
        image = (pattern(1000, batch * 3 * height * width).view(batch, 3, height, width) + 0.5).float()
        model.eval()
        decoded, raw = model(image)
        case["eval"] = {"boxes": digest(raw["boxes"]), "scores": digest(raw["scores"]), "decoded": digest(decoded)}
        model.train()
        raw = model(image)
        case["train"] = {"boxes": digest(raw["boxes"]), "scores": digest(raw["scores"])}
        stats = [t.flatten() for k, t in model.state_dict().items() if "running_" in k]
        case["train"]["running"] = digest(torch.cat(stats))
    return case


def main():
    summaries = []
    for letter in "nsmlx":
        model = DetectionModel(f"yolov8{letter}.yaml", verbose=False)
        layers, parameters, gradients, gflops = model.info(detailed=False, verbose=True)
        fused = model.eval().fuse().info(detailed=False, verbose=True)
        summaries.append({
            "name": f"yolov8{letter}", "layers": layers, "parameters": parameters, "gradients": gradients,
            "gflops": gflops, "fusedLayers": fused[0], "fusedParameters": fused[1], "fusedGflops": fused[3],
        })
    model = DetectionModel("yolov8n.yaml", verbose=False)
    lines = [f"{k} {'x'.join(map(str, t.shape)) or 'scalar'}" for k, t in model.state_dict().items()]
    (HERE / "yolov8n_state.txt").write_text("\n".join(lines) + "\n")
    head = model.model[-1]
    biases = [[head.cv2[i][-1].bias[0].item(), head.cv3[i][-1].bias[0].item()] for i in range(3)]
    cases = [forward_case("yolov8n.yaml", 80, 2, 64, 96), forward_case("yolov8s.yaml", 3, 1, 96, 64)]
    text = json.dumps({"summaries": summaries, "headBiases": biases, "cases": cases}, indent=1)
    (HERE / "reference.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
