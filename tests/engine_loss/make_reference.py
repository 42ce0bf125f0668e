#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference.json: the published `ultralytics` detection loss on small fixed cases.

Run in any virtual environment with ultralytics 8.4:  python make_reference.py
Predictions are not stored: both sides compute them from an integer hash (see `noise`). Truth, assigned targets, loss
items and gradients are.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import ultralytics
from ultralytics.utils.loss import E2ELoss, v8DetectionLoss

GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
STRIDES = (8, 16, 32)


def noise(count, seed):
    """Evenly spread over [-0.5, 0.5) in steps of 2^-24: the same single precision numbers in any language."""
    v = np.arange(count, dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    v ^= v >> np.uint32(16)
    v *= np.uint32(0x7FEB352D)
    v ^= v >> np.uint32(15)
    v *= np.uint32(0x846CA68B)
    v ^= v >> np.uint32(16)
    return ((v >> np.uint32(8)).astype(np.float64) / 2**24 - 0.5).astype(np.float32)


def predictions(images, classes, reg_max, anchors, seed):
    """Distances that fall off with the bin, so that boxes are a few cells wide; scores mostly low."""
    boxes = noise(images * 4 * reg_max * anchors, seed).reshape(images, 4, reg_max, anchors) * np.float32(4)
    if reg_max > 1:
        boxes = boxes - (np.arange(reg_max, dtype=np.float32) * np.float32(0.25))[None, None, :, None]
    else:
        boxes = boxes + np.float32(2.5)
    scores = noise(images * classes * anchors, seed + 1).reshape(images, classes, anchors) * np.float32(4) - np.float32(2)
    return torch.tensor(boxes.reshape(images, 4 * reg_max, anchors)), torch.tensor(scores)


def numbers(values, digits=9):
    return [float(f"{v:.{digits}g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def case(name, height, width, images, classes, reg_max, truth, seed, full=True, topk=10, keep=0):
    sizes = [(height // s, width // s) for s in STRIDES]
    anchors = sum(h * w for h, w in sizes)
    boxes, scores = predictions(images, classes, reg_max, anchors, seed)
    boxes.requires_grad_()
    scores.requires_grad_()

    head = SimpleNamespace(stride=torch.tensor(STRIDES, dtype=torch.float32), nc=classes, reg_max=reg_max)
    model = SimpleNamespace(parameters=lambda: iter([torch.zeros(1)]), args=SimpleNamespace(**GAINS), model=[head])
    criterion = v8DetectionLoss(model, tal_topk=topk, tal_topk2=keep or None)
    rows = torch.tensor(truth, dtype=torch.float32).reshape(-1, 6)
    batch = {"batch_idx": rows[:, 0], "cls": rows[:, 1], "bboxes": rows[:, 2:]}
    feats = [torch.zeros(images, 1, h, w) for h, w in sizes]

    targets = {}
    assign = criterion.assigner.forward

    def watch(*args, **kwargs):
        result = assign(*args, **kwargs)
        targets["all"] = result
        return result

    criterion.assigner.forward = watch
    total, _ = criterion.loss({"boxes": boxes, "scores": scores, "feats": feats}, batch)
    total = total.sum()
    items = criterion.get_assigned_targets_and_loss({"boxes": boxes, "scores": scores, "feats": feats}, batch)[1]
    total.backward()

    _, target_boxes, target_scores, foreground, _ = targets["all"]
    strength, kinds = target_scores.max(-1)
    used = (foreground.bool() & (strength > 0)).nonzero()
    i, a = used[:, 0], used[:, 1]
    result = {
        "name": name, "height": height, "width": width, "images": images, "classes": classes, "regMax": reg_max,
        "seed": seed, "topk": topk, "keep": keep, "truth": numbers(rows), "total": float(total.detach()), "items": numbers(items.detach()),
        "foreground": len(used), "scoreSum": float(strength[i, a].double().sum()),
        "gradientNorms": [float(boxes.grad.double().norm()), float(scores.grad.double().norm())],
    }
    if full:
        result["assigned"] = [
            [int(i[n]), int(a[n]), int(kinds[i[n], a[n]]), *numbers(target_boxes[i[n], a[n]]),
             *numbers(strength[i[n], a[n]])] for n in range(len(used))
        ]
        result["boxGradient"] = numbers(boxes.grad[i, :, a].numpy(), 7)  # zero elsewhere
        result["scoreGradient"] = numbers(scores.grad.numpy(), 7)
    return result


def crowd(images, per_image, classes, seed, low=0.05, high=0.5, empty=()):
    random = np.random.default_rng(seed)
    rows = []
    for image in range(images):
        if image in empty:
            continue
        for _ in range(per_image):
            wh = random.uniform(low, high, 2)
            xy = random.uniform(0, 1, 2) * (1 - wh) + wh / 2
            rows.append([image, int(random.integers(classes)), *np.float32(xy), *np.float32(wh)])
    return rows


def balance(epochs):
    """Weight of the one-to-many head in each epoch."""
    head = SimpleNamespace(stride=torch.tensor(STRIDES, dtype=torch.float32), nc=2, reg_max=1)
    args = SimpleNamespace(epochs=epochs, **GAINS)
    criterion = E2ELoss(SimpleNamespace(parameters=lambda: iter([torch.zeros(1)]), args=args, model=[head]))
    weights = []
    for _ in range(epochs):
        weights.append([criterion.o2m, criterion.o2o])
        criterion.update()
    return weights


def main():
    same = [0, 1, 0.5, 0.5, 0.6, 0.4]
    document = {
        "made_with": f"ultralytics {ultralytics.__version__}",
        "noise": [float(v) for v in noise(6, 3)],
        "balance": [balance(epochs) for epochs in (1, 2, 7)],
        "cases": [
            case("middle image without labels", 64, 64, 3, 3, 16, crowd(3, 3, 3, 1, empty=(1,)), 10),
            case("no labels at all", 64, 64, 2, 3, 16, [], 20),
            case("crowd of overlapping boxes", 64, 96, 1, 2, 16, crowd(1, 14, 2, 2, 0.2, 0.6), 30),
            case("smaller than a cell, at and over the edge", 96, 64, 1, 4, 16,
                 [[0, 2, 0.31, 0.42, 0.02, 0.015], [0, 0, 0.0, 0.5, 0.2, 0.2], [0, 1, 0.98, 0.99, 0.3, 0.25],
                  [0, 3, 0.7, 0.2, 0.01, 0.5]], 40),
            case("the same box twice", 64, 64, 2, 2, 16, [same, same, [1, 0, 0.3, 0.4, 0.3, 0.5]], 50),
            case("the same box as two classes", 64, 64, 1, 2, 16, [[0, 1, *same[2:]], [0, 0, *same[2:]]], 55),
            case("distances without bins", 64, 64, 2, 2, 1, crowd(2, 4, 2, 3), 60),
            case("one anchor a box", 64, 96, 2, 2, 1, crowd(2, 6, 2, 5, 0.15, 0.5), 80, topk=7, keep=1),
            case("one anchor a box in a crowd", 64, 64, 1, 3, 1, crowd(1, 16, 3, 6, 0.2, 0.7), 90, topk=7, keep=1),
            case("two anchors a box, with bins", 64, 64, 1, 2, 16, [same, same, [0, 0, 0.3, 0.4, 0.3, 0.5]], 95,
                 topk=7, keep=2),
            case("full size", 320, 320, 6, 80, 16, crowd(6, 25, 80, 4, 0.03, 0.45, empty=(4,)), 70, full=False),
        ],
    }
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")
    for item in document["cases"]:
        print(item["name"], item["foreground"], item["items"], item["total"])


if __name__ == "__main__":
    main()
