#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference.json: what the published `ultralytics` package says about random detections.

Run in any virtual environment with ultralytics 8.4 and torchvision:  python make_reference.py
The C++ tests read the committed file; nothing of the package is needed to run them.
"""

import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
import torchvision  # noqa: F401  (decides which suppression the package uses)
import ultralytics
from ultralytics.data.augment import LetterBox
from ultralytics.data.base import BaseDataset
from ultralytics.engine.validator import BaseValidator
from ultralytics.nn.modules.head import Detect
from ultralytics.utils.metrics import ConfusionMatrix, DetMetrics, box_iou
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
    confusion = {conf: ConfusionMatrix(metrics.names) for conf in (0.001, 0.25)}
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
        for conf, matrix in confusion.items():
            matrix.process_batch(
                {"bboxes": torch.tensor(found), "conf": torch.tensor(scores), "cls": torch.tensor(kinds).float()},
                {"bboxes": torch.tensor(boxes), "cls": torch.tensor(labels).float()}, conf=conf
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
        "confusion": [
            {"conf": conf, "counts": [int(v) for v in matrix.matrix.ravel()]} for conf, matrix in confusion.items()
        ],
        "curves": curve_points(box),
    }


def curve_points(box):
    """Every 37th of the thousand points of each class."""
    if not len(box.ap_class_index):
        return []
    names = ("precisionAtRecall", "f1", "precision", "recall")
    rows = dict(zip(names, (result[1] for result in box.curves_results)))
    return [{name: numbers(rows[name][i][::37]) for name in names} for i in range(len(box.ap_class_index))]


def nms_case(name, classes, anchors, seed, spread=0.35, distinct=False, **options):
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
    if distinct:  # the package does not define which of equal ones stay within a limit
        order = torch.randperm(classes * anchors, generator=generator).reshape(classes, anchors) + 1
        prediction[0, 4:] = order.float() / (classes * anchors + 1)
    kept = non_max_suppression(
        prediction.clone(), options["conf"], options["iou"], agnostic=options["agnostic"],
        multi_label=options["multiLabel"], max_det=options["maxDet"], max_nms=options["maxCandidates"], nc=classes,
        classes=options.get("wanted"),
    )[0].numpy()
    return {"name": name, "classes": classes, "anchors": anchors, "prediction": numbers(prediction.numpy(), 9),
            "kept": exact(kept), **options}


def scale_case(picture, network):
    size = np.array([*network, *network], np.float32)
    boxes = RANDOM.uniform(-0.1, 1.1, (6, 4)).astype(np.float32) * size
    moved = scale_boxes(network[::-1], boxes.copy(), picture[::-1])
    return {"picture": picture, "network": network, "boxes": exact(boxes), "moved": exact(moved)}


def top_case(name, classes, anchors, seed, considered, **options):
    """The one-to-one head: no suppression, the best pairs of anchor and class."""
    generator = torch.Generator().manual_seed(seed)
    prediction = torch.zeros(1, 4 + classes, anchors)
    prediction[0, :2] = torch.rand(2, anchors, generator=generator) * 300
    prediction[0, 2:4] = 8 + torch.rand(2, anchors, generator=generator) * 60
    prediction[0, :4] = (prediction[0, :4] * 4).round() / 4
    scores = torch.randperm(classes * anchors, generator=generator).float() / (classes * anchors)
    prediction[0, 4:] = ((scores ** 3) * 1e6).round().reshape(classes, anchors) / 1e6
    head = Detect.__new__(Detect)
    torch.nn.Module.__init__(head)
    head.nc, head.max_det, head.agnostic_nms = classes, considered, options["agnostic"]
    boxes = prediction[:, :4].permute(0, 2, 1).clone()
    corners = torch.cat((boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2), -1)
    top = head.postprocess(torch.cat((corners, prediction[:, 4:].permute(0, 2, 1)), -1))
    kept = non_max_suppression(
        top, options["conf"], 0.7, max_det=options["maxDet"], classes=options.get("wanted"), end2end=True
    )[0].numpy()
    return {"name": name, "classes": classes, "anchors": anchors, "considered": considered,
            "prediction": numbers(prediction.numpy(), 9), "kept": exact(kept), **options}


def rect_case(imgsz, batch, count):
    """Shapes of validation batches, and where each picture lies in its batch."""
    dataset = BaseDataset.__new__(BaseDataset)
    sizes = [(int(w), int(h)) for w, h in RANDOM.integers(40, 900, (count, 2))]
    dataset.ni, dataset.batch_size, dataset.imgsz, dataset.stride, dataset.pad = count, batch, imgsz, 32, 0.5
    dataset.labels = [{"shape": (h, w)} for w, h in sizes]
    dataset.im_files = list(range(count))
    dataset.set_rectangle()
    return {"imgsz": imgsz, "batch": batch, "sizes": sizes, "order": dataset.im_files,
            "shapes": [[int(w), int(h)] for h, w in dataset.batch_shapes]}


def validation_case(picture, imgsz, network):
    """A picture as validation lays it into the network's input, and boxes brought back from there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        cv2.imwrite(str(file), np.zeros((picture[1], picture[0], 3), np.uint8))
        dataset = BaseDataset.__new__(BaseDataset)
        dataset.ims, dataset.im_files, dataset.npy_files = [None], [str(file)], [file.with_suffix(".npy")]
        dataset.cache, dataset.cv2_flag, dataset.imgsz, dataset.augment, dataset.prefix = None, 1, imgsz, False, ""
        image, original, resized = dataset.load_image(0)
    shape = (network[1], network[0])
    labels = {"img": image, "rect_shape": shape, "ratio_pad": (resized[0] / original[0], resized[1] / original[1])}
    box = LetterBox((imgsz, imgsz), scaleup=False)(labels)
    boxes = RANDOM.uniform(-0.1, 1.1, (6, 4)).astype(np.float32) * np.array([*network, *network], np.float32)
    moved = scale_boxes(shape, boxes.copy(), original, ratio_pad=box["ratio_pad"])
    assert box["img"].shape[:2] == shape
    return {"picture": picture, "imgsz": imgsz, "network": network, "boxes": exact(boxes), "moved": exact(moved)}


def prediction_case(picture, wanted, minimal):
    letterbox = LetterBox((wanted[1], wanted[0]), auto=minimal, stride=32)
    image = np.zeros((picture[1], picture[0], 3), np.uint8)
    params = letterbox.get_params({"img": image})
    shape = letterbox(image=image).shape
    return {"picture": picture, "wanted": wanted, "minimal": minimal, "size": [shape[1], shape[0]],
            "resized": list(params["new_unpad"]), "left": params["left"], "top": params["top"]}


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
            nms_case("two classes wanted", 5, 120, 7, **{**options, "multiLabel": True, "wanted": [1, 4]}),
            nms_case("best class, two wanted", 5, 120, 8, **{**options, "wanted": [0, 3]}),
            nms_case("more than go in", 4, 150, 9, distinct=True, **{**options, "conf": 0.01, "multiLabel": True, "maxCandidates": 90}),
            nms_case("far planes", 80, 40, 10, **{**options, "conf": 0.3, "multiLabel": True}),
        ],
        "top": [
            top_case("pairs", 4, 60, 1, 20, conf=0.001, maxDet=20, agnostic=False),
            top_case("best classes", 4, 60, 2, 20, conf=0.001, maxDet=20, agnostic=True),
            top_case("wanted classes, few", 4, 60, 3, 30, conf=0.25, maxDet=5, agnostic=False, wanted=[2, 3]),
            top_case("fewer anchors than asked for", 3, 10, 4, 300, conf=0.1, maxDet=300, agnostic=False),
        ],
        "rect": [rect_case(320, 4, 15), rect_case(640, 16, 50), rect_case(97, 3, 7)],
        "validation": [
            validation_case([640, 480], 320, [352, 288]), validation_case([333, 500], 320, [256, 352]),
            validation_case([101, 77], 640, [672, 544]), validation_case([1919, 1081], 320, [320, 320]),
            validation_case([50, 700], 160, [64, 192]),
        ],
        "prediction": [
            prediction_case(picture, wanted, minimal)
            for picture in ([640, 480], [333, 500], [1919, 1081], [77, 100], [3000, 1], [641, 479])
            for wanted in ([640, 640], [320, 320], [640, 384])
            for minimal in (True, False)
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
