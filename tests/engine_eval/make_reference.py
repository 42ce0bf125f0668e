#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference.json: what the published `ultralytics` package says about random detections.

Run in any virtual environment with ultralytics 8.4 and torchvision:  python make_reference.py
The C++ tests read the committed file; nothing of the package is needed to run them.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torchvision  # noqa: F401  (decides which suppression the package uses)
import ultralytics
from ultralytics.engine.validator import BaseValidator
from ultralytics.utils.metrics import DetMetrics, box_iou
from ultralytics.utils.nms import non_max_suppression
from ultralytics.utils.ops import scale_boxes

RANDOM = np.random.default_rng(8)


def numbers(values, digits=7):
    return [float(f"{v:.{digits}g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def exact(values):
    """Single precision values: nine digits bring the same bits back."""
    return numbers(np.asarray(values, dtype=np.float32), 9)


def truth_of(count, classes, size):
    wh = RANDOM.uniform(0.06, 0.4, (count, 2)) * size
    xy = RANDOM.uniform(0, 1, (count, 2)) * (size - wh)
    boxes = np.concatenate((xy, xy + wh), 1).astype(np.float32)
    return boxes, RANDOM.integers(0, classes, count)


def detections_of(boxes, labels, classes, noise, extra, size, levels):
    """Two shaken copies of each box, sometimes of another class, and `extra` boxes out of the blue."""
    found, names, scores = [], [], []
    for box, label in zip(boxes, labels):
        for _ in range(2):
            side = (box[2:] - box[:2]).repeat(2).reshape(2, 2).T.ravel()
            found.append(box + RANDOM.normal(0, noise, 4) * side)
            names.append(label if RANDOM.uniform() < 0.9 else RANDOM.integers(0, classes))
            scores.append(RANDOM.beta(5, 2))
    other, kinds = truth_of(extra, classes, size)
    found.extend(other)
    names.extend(kinds)
    scores.extend(RANDOM.beta(1.2, 4, extra))
    if not found:
        return np.zeros((0, 4), np.float32), np.zeros(0), np.zeros(0, np.float32)
    # `levels` apart, so that no two are equal: the package does not define the order of equal ones.
    order = np.argsort(scores)[::-1]
    scores = np.sort(np.asarray(scores) + np.arange(len(scores)) * 1e-6)[::-1] / levels
    return np.asarray(found, np.float32)[order], np.asarray(names)[order], scores.astype(np.float32)


def metric_case(name, classes, images, noise, per_image, extra, absent=(), levels=1.0, fixed=0):
    validator = BaseValidator.__new__(BaseValidator)
    validator.iouv = torch.linspace(0.5, 0.95, 10)
    metrics = DetMetrics({i: f"class {i}" for i in range(classes)})
    written, size = [], 320
    for index in range(images):
        count = fixed or (0 if index % 7 == 3 else int(RANDOM.integers(1, per_image + 1)))
        boxes, labels = truth_of(count, classes, size)
        keep = ~np.isin(labels, absent)
        found, kinds, scores = detections_of(boxes, labels, classes, noise, 0 if index % 5 == 4 else extra, size, levels)
        boxes, labels = boxes[keep], labels[keep]
        tp = np.zeros((len(kinds), 10), bool)
        if len(labels) and len(kinds):
            iou = box_iou(torch.tensor(boxes), torch.tensor(found))
            tp = validator.match_predictions(torch.tensor(kinds), torch.tensor(labels), iou).numpy()
        metrics.update_stats(
            {"tp": tp, "target_cls": labels, "target_img": np.unique(labels), "conf": scores, "pred_cls": kinds,
             "im_name": str(index)}
        )
        written.append(
            {"truth": exact(boxes), "truthClasses": [int(c) for c in labels], "boxes": exact(found),
             "classes": [int(c) for c in kinds], "confidences": exact(scores),
             "right": ["".join("01"[int(v)] for v in row) for row in tp]}
        )
    metrics.process()
    box = metrics.box
    return {
        "name": name, "classes": classes, "images": written,
        "mean": numbers(metrics.mean_results(), 12), "fitness": float(metrics.fitness),
        "perClass": [
            {"classId": int(c), "images": int(metrics.nt_per_image[c]), "instances": int(metrics.nt_per_class[c]),
             "scores": numbers(box.class_result(i), 12)}
            for i, c in enumerate(box.ap_class_index)
        ],
    }


def nms_case(name, classes, anchors, seed, spread=0.35, **options):
    generator = torch.Generator().manual_seed(seed)
    size = 320
    prediction = torch.zeros(1, 4 + classes, anchors)
    groups = torch.rand(2, 12, generator=generator)[:, torch.randint(12, (anchors,), generator=generator)]
    prediction[0, :2] = (groups + (torch.rand(2, anchors, generator=generator) - 0.5) * 0.05) * size
    prediction[0, 2:4] = (0.1 + torch.rand(2, anchors, generator=generator) * spread) * size
    # Quarter pixels survive the package's shift of each class by thousands of pixels without rounding.
    prediction[0, :4] = (prediction[0, :4] * 4).round() / 4
    scores = torch.rand(1, classes, anchors, generator=generator) ** 3
    prediction[0, 4:] = (scores * 9999).round() / 10000
    kept = non_max_suppression(
        prediction.clone(), options["conf"], options["iou"], agnostic=options["agnostic"],
        multi_label=options["multiLabel"], max_det=options["maxDet"], max_nms=options["maxCandidates"], nc=classes
    )[0].numpy()
    return {"name": name, "classes": classes, "anchors": anchors, "prediction": numbers(prediction.numpy(), 9),
            "kept": exact(kept), **options}


def scale_case(picture, network):
    size = np.array([*network, *network], np.float32)
    boxes = RANDOM.uniform(-0.1, 1.1, (6, 4)).astype(np.float32) * size
    moved = scale_boxes(network[::-1], boxes.copy(), picture[::-1])
    return {"picture": picture, "network": network, "boxes": exact(boxes), "moved": exact(moved)}


def main():
    options = {"conf": 0.25, "iou": 0.45, "agnostic": False, "multiLabel": False, "maxDet": 300, "maxCandidates": 30000}
    document = {
        "made_with": f"ultralytics {ultralytics.__version__}",
        "thresholds": exact(torch.linspace(0.5, 0.95, 10).numpy()),
        "metrics": [
            metric_case("three classes", 3, 14, 0.06, 5, 4),
            metric_case("many classes, one only ever detected", 12, 18, 0.12, 6, 5, absent=(4,)),
            metric_case("one class, precise", 1, 10, 0.02, 4, 1),
            metric_case("no truth at all", 2, 4, 0.1, 3, 3, absent=(0, 1)),
            metric_case("low confidences", 3, 12, 0.05, 5, 3, levels=40.0),
            metric_case("a hundred objects: recall meets the sampled points", 1, 10, 0.05, 0, 4, fixed=10),
        ],
        "nms": [
            nms_case("best class", 3, 200, 1, **options),
            nms_case("agnostic", 3, 200, 2, **{**options, "agnostic": True}),
            nms_case("validation", 6, 160, 3, **{**options, "conf": 0.001, "iou": 0.7, "multiLabel": True}),
            nms_case("few kept", 6, 160, 4, **{**options, "conf": 0.001, "iou": 0.7, "multiLabel": True, "maxDet": 17}),
            nms_case("one class asked for many labels", 1, 150, 5, **{**options, "multiLabel": True}),
            nms_case("nothing over the threshold", 2, 40, 6, **{**options, "conf": 1.0}),
        ],
        "scale": [scale_case((640, 480), (320, 320)), scale_case((333, 500), (320, 320)),
                  scale_case((100, 77), (640, 384)), scale_case((1919, 1081), (320, 192))],
    }
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB; means " +
          "; ".join(str([round(v, 4) for v in case["mean"]]) for case in document["metrics"]))


if __name__ == "__main__":
    main()
