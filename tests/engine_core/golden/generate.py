#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real Ultralytics package for numbers that tst_training_reference.cpp compares ours with.

Needs a Python with ultralytics 8.4.190. Usage: generate.py golden.json
Trains a small model for a few batches per case and writes down what its optimizer was set to.
"""
import base64
import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch
from ultralytics import YOLO, __version__
from ultralytics.cfg import DEFAULT_CFG_PATH
from ultralytics.engine.trainer import BaseTrainer
from ultralytics.utils import YAML
from ultralytics.utils.torch_utils import EarlyStopping, ModelEMA

IMAGES = 10


def defaults():
    """Every argument with its default, as text: what a test must know of each one."""
    text = {True: "true", False: "false", None: "null"}
    values = YAML.load(DEFAULT_CFG_PATH)
    return {k: text[v] if v is None or isinstance(v, bool) else str(v) for k, v in values.items()}


def dataset(root):
    rng = np.random.default_rng(1)
    for split, count in (("train", IMAGES), ("val", 2)):
        (root / f"images/{split}").mkdir(parents=True)
        (root / f"labels/{split}").mkdir(parents=True)
        for i in range(count):
            blocks = np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((16, 16, 1))).astype(np.uint8)
            cv2.imwrite(str(root / f"images/{split}/{i}.png"), blocks)
            (root / f"labels/{split}/{i}.txt").write_text(f"{i % 3} 0.5 0.5 0.5 0.5\n1 0.25 0.25 0.25 0.25\n")
    (root / "data.yaml").write_text(f"path: {root}\ntrain: images/train\nval: images/val\nnames: [a, b, c]\n")
    return str(root / "data.yaml")


def schedule(root, data, name, **arguments):
    """Learning rates, momentum and accumulation in every batch of a real run, and which batches stepped."""
    rows, steps = [], []

    def started(trainer):
        step = trainer.optimizer_step

        def counted():
            step()
            steps.append(len(rows))

        trainer.optimizer_step = counted

    def batch_ended(trainer):
        groups = trainer.optimizer.param_groups
        rates = {g["param_group"]: g["lr"] for g in groups}
        momentum = [g["momentum"] if "momentum" in g else g["betas"][0] for g in groups]
        rows.append([trainer.accumulate, rates["weight"], rates["bn"], rates["bias"], momentum[0]])

    ended = {}
    model = YOLO("yolov8n.yaml")
    model.add_callback("on_train_start", started)
    model.add_callback("on_train_batch_end", batch_ended)
    model.add_callback("on_train_end", lambda trainer: ended.update(
        optimizer=type(trainer.optimizer).__name__, updates=trainer.ema.updates,
        weight_decay=next(g["weight_decay"] for g in trainer.optimizer.param_groups
                          if g["param_group"] == "weight")))
    model.train(data=data, imgsz=64, device="cpu", project=str(root), name=name, plots=False, val=False,
                verbose=False, **arguments)
    return {"arguments": {k: str(v) for k, v in arguments.items()}, "images": IMAGES, "rows": rows,
            "steps": steps, **ended}


def automatic(iterations, classes):
    args = SimpleNamespace(lr0=0.01, optimizer="auto", warmup_bias_lr=0.1)
    trainer = SimpleNamespace(args=args, data={"nc": classes})
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    model.model = [SimpleNamespace()]
    optimizer = BaseTrainer.build_optimizer(trainer, model, "auto", 0.01, 0.937, 0.0005, iterations)
    group = next(g for g in optimizer.param_groups if g["param_group"] == "bias")
    return {"iterations": iterations, "classes": classes, "optimizer": args.optimizer, "lr0": args.lr0,
            "warmup_bias_lr": args.warmup_bias_lr,
            "momentum": group["momentum"] if "momentum" in group else group["betas"][0]}


def ema():
    """The average's share of the old weights after so many updates, and a short sequence of one weight."""
    model = torch.nn.Linear(1, 1, bias=False)
    average = ModelEMA(model)
    values = []
    for i in range(8):
        with torch.no_grad():
            model.weight.fill_(float(i * i))
        average.update(model)
        values.append(average.ema.weight.item())
    updates = [1, 2, 10, 100, 1000, 2000, 10000, 100000]
    return {"updates": updates, "decay": [average.decay(u) for u in updates], "values": values}


TINY = """nc: 80
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, C2f, [16, True]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, C2f, [16, True]]
  - [-1, 1, Conv, [24, 3, 2]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 4], 1, Concat, [1]]
  - [-1, 1, C2f, [16]]
  - [[8, 5], 1, Detect, [nc]]
"""


def whole_steps(root, data, optimizer):
    """A real run of a tiny model: the batches it saw, its losses, and samples of its weights in the end.

    Convolutions start from waves, which the test draws too.
    """

    def waves(model):
        with torch.no_grad():
            for name, p in model.named_parameters():
                if p.ndim == 4 and ".dfl." not in name:
                    i = np.arange(p.numel(), dtype=np.float64)
                    wave = np.sin(0.5 + 1.3 * i + 0.001 * i * i) * np.sqrt(3 / p[0].numel())
                    p.copy_(torch.from_numpy(wave).float().view(p.shape))

    def state(model):
        return {k: v.flatten()[:: max(v.numel() // 9, 1)][:10].tolist() for k, v in model.state_dict().items()
                if v.is_floating_point()}

    spec = root / "tiny.yaml"
    spec.write_text(TINY)
    result = {"spec": TINY, "batches": []}

    def started(trainer):
        waves(trainer.model)
        waves(trainer.ema.ema)
        prepare = trainer.preprocess_batch

        def seen(batch):
            image = batch["img"].permute(0, 2, 3, 1).reshape(-1, batch["img"].shape[3], 3).numpy()[..., ::-1]
            png = cv2.imencode(".png", np.ascontiguousarray(image))[1].tobytes()
            result["batches"].append({"images": base64.b64encode(png).decode(), "size": len(batch["img"]),
                                      "classes": batch["cls"].flatten().tolist(),
                                      "index": batch["batch_idx"].tolist(), "boxes": batch["bboxes"].tolist()})
            return prepare(batch)

        trainer.preprocess_batch = seen

    def batch_ended(trainer):
        result["batches"][-1]["loss"] = [v.item() for v in trainer.loss_items.values()]

    def ended(trainer):
        result["end"], result["average"] = state(trainer.model), state(trainer.ema.ema)

    model = YOLO(str(spec))
    for event, callback in (("on_train_start", started), ("on_train_batch_end", batch_ended),
                            ("on_train_epoch_end", ended)):
        model.add_callback(event, callback)
    arguments = {"epochs": 2, "batch": 4, "nbs": 8, "optimizer": optimizer}
    model.train(data=data, imgsz=64, device="cpu", project=str(root), name="whole" + optimizer, plots=False,
                val=False, verbose=False, hsv_s=0.0, **arguments)
    return {**result, "arguments": {k: str(v) for k, v in arguments.items()}, "images": IMAGES}


def steps(name, lr, momentum, decay):
    """Parameters after each of some steps with given gradients, over all three groups."""
    args = SimpleNamespace(lr0=lr, optimizer=name, warmup_bias_lr=0.1)
    trainer = SimpleNamespace(args=args, data={"nc": 3})
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
    model.model = [SimpleNamespace()]
    generator = torch.Generator().manual_seed(5)
    names = ["0.weight", "0.bias", "1.weight", "1.bias"]
    parameters = [dict(model.named_parameters())[n] for n in names]
    optimizer = BaseTrainer.build_optimizer(trainer, model, name, lr, momentum, decay, 100)
    with torch.no_grad():
        for p in parameters:
            p.copy_(torch.randn(p.shape, generator=generator))
    start = [p.flatten().tolist() for p in parameters]
    rows = []
    for _ in range(8):
        gradients = [torch.randn(p.shape, generator=generator) for p in parameters]
        for p, g in zip(parameters, gradients):
            p.grad = g.clone()
        optimizer.step()
        rows.append({"gradients": [g.flatten().tolist() for g in gradients],
                     "parameters": [p.flatten().tolist() for p in parameters]})
    return {"name": name, "lr": lr, "momentum": momentum, "decay": decay, "start": start, "steps": rows}


def patience(limit, fitness):
    stopper = EarlyStopping(patience=limit)
    stops = [bool(stopper(epoch + 1, value)) for epoch, value in enumerate(fitness)]
    return {"patience": limit, "fitness": fitness, "stops": stops, "best_epoch": stopper.best_epoch - 1}


with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    data = dataset(root / "data")
    schedules = [
        schedule(root, data, "sgd", epochs=6, batch=4, nbs=16, optimizer="SGD"),
        schedule(root, data, "cosine", epochs=5, batch=4, nbs=10, optimizer="SGD", cos_lr=True, lrf=0.1,
                 warmup_epochs=1.5),
        schedule(root, data, "auto", epochs=4, batch=3, nbs=64, optimizer="auto"),
        schedule(root, data, "adam", epochs=3, batch=5, nbs=8, optimizer="Adam", lr0=0.002, momentum=0.85,
                 weight_decay=0.001, warmup_bias_lr=0.05),
        schedule(root, data, "cold", epochs=2, batch=4, nbs=4, optimizer="SGD", warmup_epochs=0),
        schedule(root, data, "one", epochs=1, batch=4, nbs=64, optimizer="SGD"),
    ]
    whole = [whole_steps(root, data, name) for name in ("auto", "SGD")]
text = json.dumps({
    "version": __version__,
    "defaults": defaults(),
    "schedules": schedules,
    "automatic": [automatic(i, c) for i, c in ((1, 1), (150, 3), (10000, 80), (10001, 80), (1000000, 3))],
    "ema": ema(),
    "whole_steps": whole,
    "steps": [steps(n, 0.02, 0.9, 0.01) for n in
              ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSProp")],
    "patience": [patience(2, [0, 0, 0.1, 0.2, 0.2, 0.1, 0.3]), patience(3, [0.5, 0.4, 0.5, 0.5, 0.6]),
                 patience(0, [0.5, 0.1, 0.1, 0.1]), patience(1, [0, 0, 0, 0])],
}, separators=(",", ":"))
Path(sys.argv[1]).write_text(text + "\n")
