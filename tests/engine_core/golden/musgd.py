#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real Ultralytics package for steps of MuSGD, for tst_musgd.cpp.

Needs a Python with ultralytics 8.4.190. Usage: musgd.py musgd.json
The package orthogonalises in bfloat16; the same steps with that product in single precision are written down too, as
the numbers that ours must meet closely.
"""
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn
from ultralytics import __version__
from ultralytics.engine.trainer import BaseTrainer

LR, MOMENTUM, DECAY, STEPS = 0.02, 0.9, 0.01, 5


class Head(nn.Module):
    """Box and class branches under the names that the optimizer looks for."""

    def __init__(self):
        super().__init__()
        self.cv2 = nn.ModuleList([nn.Conv2d(6, 4, 1)])
        self.cv3 = nn.ModuleList([nn.Sequential(nn.Conv2d(6, 3, 1), nn.BatchNorm2d(3))])
        self.one2one_cv3 = nn.ModuleList([nn.Conv2d(6, 2, 1)])


class Tiny(nn.Module):
    """A wide, a tall and a depthwise convolution, a matrix, norms and biases, and a head."""

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(nn.Conv2d(2, 6, 3, bias=False), nn.BatchNorm2d(6), nn.Conv2d(6, 12, 1),
                                   nn.Conv2d(12, 12, 3, groups=12, bias=False), nn.Linear(3, 8), Head())


def rounded(tensor):
    return [float(f"{v:.8g}") for v in tensor.flatten().tolist()]


def steps(single):
    model = Tiny()
    trainer = SimpleNamespace(args=SimpleNamespace(lr0=LR, optimizer="MuSGD", warmup_bias_lr=0.1), data={"nc": 3})
    optimizer = BaseTrainer.build_optimizer(trainer, model, "MuSGD", LR, MOMENTUM, DECAY, 100)
    generator = torch.Generator().manual_seed(7)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for p in parameters.values():
            p.copy_(torch.randn(p.shape, generator=generator))
    result = {"start": {k: rounded(p) for k, p in parameters.items()}, "gradients": [], "parameters": []}
    for _ in range(STEPS):
        for p in parameters.values():
            p.grad = torch.randn(p.shape, generator=generator) * 0.3
        result["gradients"].append({k: rounded(p.grad) for k, p in parameters.items()})
        original = torch.Tensor.bfloat16
        if single:
            torch.Tensor.bfloat16 = torch.Tensor.float
        optimizer.step()
        torch.Tensor.bfloat16 = original
        result["parameters"].append({k: rounded(p) for k, p in parameters.items()})
    names = {id(p): k for k, p in parameters.items()}
    result["groups"] = [{"name": g["param_group"], "lr": g["lr"], "decay": g["weight_decay"],
                         "parameters": sorted(names[id(p)] for p in g["params"])} for g in optimizer.param_groups]
    return result


single, asIs = steps(True), steps(False)
assert single["gradients"] == asIs["gradients"]
text = json.dumps({"version": __version__, "lr": LR, "momentum": MOMENTUM, "decay": DECAY, **single,
                   "bfloat16": asIs["parameters"][-1]}, separators=(",", ":"))
Path(sys.argv[1]).write_text(text + "\n")
