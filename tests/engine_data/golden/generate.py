#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real Ultralytics package for numbers that tst_reference.cpp compares ours with.

Needs a Python with ultralytics 8.4.190. Usage: generate.py golden.json
"""
import base64
import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from ultralytics.cfg import DEFAULT_CFG
from ultralytics.data import augment
from ultralytics.data.dataset import YOLODataset
from ultralytics.utils.instance import Instances
from ultralytics.utils.ops import resample_segments, segment2box

SIZES = [[640, 480], [480, 640], [333, 500], [500, 333], [100, 100], [1279, 719], [64, 47], [50, 400], [321, 320]]
BOXES = [[0.5, 0.5, 0.2, 0.3], [0.125, 0.75, 0.25, 0.5], [0.9, 0.1, 0.2, 0.2]]


def validation(imgsz, batch):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "images").mkdir()
        (root / "labels").mkdir()
        for i, (w, h) in enumerate(SIZES):
            cv2.imwrite(str(root / f"images/{i:03}.png"), np.full((h, w, 3), 50 + i, np.uint8))
            rows = (" ".join(str(v) for v in (k, *box)) for k, box in enumerate(BOXES))
            (root / f"labels/{i:03}.txt").write_text("\n".join(rows))
        data = {"names": {0: "a", 1: "b", 2: "c"}, "nc": 3, "channels": 3}
        dataset = YOLODataset(img_path=str(root / "images"), imgsz=imgsz, augment=False, hyp=DEFAULT_CFG, rect=True,
                              batch_size=batch, stride=32, pad=0.5, data=data, task="detect")
        images = []
        for i in range(len(dataset)):
            item = dataset[i]
            (gain_h, gain_w), (left, top) = item["ratio_pad"]
            images.append({"index": int(Path(item["im_file"]).stem), "shape": list(item["img"].shape[1:]),
                           "gain": gain_h, "pad": [left, top], "classes": item["cls"].flatten().tolist(),
                           "boxes": item["bboxes"].tolist()})
        return {"imgsz": imgsz, "batch": batch, "images": images}


class FakeDataset:
    """Four small images with one or two boxes each, already at imgsz."""

    cache = "ram"
    use_obb = False

    def __init__(self, images, boxes):
        self.images, self.boxes = images, boxes

    def __len__(self):
        return len(self.images)

    def get_image_and_label(self, i):
        image = self.images[i].copy()
        boxes = np.array(self.boxes[i], np.float32)
        return {"im_file": str(i), "ori_shape": image.shape[:2], "resized_shape": image.shape[:2], "img": image,
                "cls": np.full((len(boxes), 1), i, np.float32),
                "instances": Instances(boxes, np.zeros((0, 1000, 2), np.float32), None, "xywh", True)}


def mosaic(imgsz, centre, warp, seed):
    rng = np.random.default_rng(seed)
    shapes = [(imgsz, imgsz * 3 // 4), (imgsz * 2 // 3, imgsz), (imgsz, imgsz), (imgsz // 2, imgsz)]
    images = [cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (w, h), interpolation=cv2.INTER_CUBIC)
              for h, w in shapes]
    boxes = [[[0.5, 0.5, 0.4, 0.6]], [[0.3, 0.4, 0.5, 0.5], [0.9, 0.9, 0.2, 0.2]], [[0.5, 0.5, 1.0, 1.0]],
             [[0.7, 0.2, 0.1, 0.4]]]
    dataset = FakeDataset(images, boxes)
    draws = iter([0.0, centre[1], centre[0], *warp[:2], warp[2], warp[3], warp[4], warp[5], warp[6], warp[7]])
    picks = iter([1, 2, 3])
    transform = augment.Compose([augment.Mosaic(dataset, imgsz=imgsz, p=1.0),
                                 augment.RandomPerspective(degrees=1, translate=0.1, scale=0.5, shear=1,
                                                           perspective=1 if warp[0] or warp[1] else 0,
                                                           size=(imgsz, imgsz))])
    with mock.patch.object(augment.random, "uniform", lambda a, b: next(draws)), \
            mock.patch.object(augment.random, "randint", lambda a, b: next(picks)):
        out = transform(dataset.get_image_and_label(0))
    out["instances"].convert_bbox("xyxy")
    return {"imgsz": imgsz, "centre": centre, "warp": warp, "boxes_in": boxes,
            "images": [{"size": [im.shape[1], im.shape[0]], "bgr": im.flatten().tolist()} for im in images],
            "bgr": out["img"].flatten().tolist(), "boxes": out["instances"].bboxes.tolist(),
            "classes": out["cls"].flatten().tolist()}


def hsv(gains, seed):
    image = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    labels = {"img": image.copy()}
    with mock.patch.object(augment.np.random, "uniform", lambda *a: np.ones(3)):
        augment.RandomHSV(*gains)(labels)
    return {"gains": gains, "in": image.flatten().tolist(), "out": labels["img"].flatten().tolist()}


def patched(draws):
    """Random numbers of the augmentation, one after the other."""
    return mock.patch.object(augment.random, "uniform", lambda a, b: draws.pop(0))


def warp(parameters, source, target, boxes, outlines):
    """A warp's matrix, and what it does to boxes, without and with outlines (pixels of the source)."""
    draws = list(parameters)
    transform = augment.RandomPerspective(degrees=1, perspective=1 if parameters[0] or parameters[1] else 0,
                                          size=tuple(target))
    image = np.zeros((source[1], source[0], 3), np.uint8)
    with patched(draws):
        params = transform.get_params({"img": image})
    results = []
    for segments in (np.zeros((0, 1000, 2), np.float32),
                     np.stack(resample_segments([np.array(o, np.float32).reshape(-1, 2) for o in outlines]))):
        corners = [[s[:, 0].min(), s[:, 1].min(), s[:, 0].max(), s[:, 1].max()] for s in segments] or boxes
        labels = {"cls": np.arange(len(corners), dtype=np.float32)[:, None],
                  "instances": Instances(np.array(corners, np.float32), segments.copy(), None, "xyxy", False)}
        out = transform.apply_instances(labels, params)
        results.append({"classes": out["cls"].flatten().tolist(), "boxes": out["instances"].bboxes.tolist()})
    return {"parameters": parameters, "source": source, "target": target, "boxes": boxes, "outlines": outlines,
            "matrix": params["M"].flatten().tolist(), "plain": results[0], "outlined": results[1]}


def outline(corners, points):
    return {"corners": corners, "points": points,
            "out": resample_segments([np.array(corners, np.float32).reshape(-1, 2)], points)[0].flatten().tolist()}


def bounds(corners, size):
    box = segment2box(np.array(corners, np.float32).reshape(-1, 2), *size)
    return {"corners": corners, "size": size, "box": box.tolist()}


def polygon_instances(boxes, outlines, size):
    """Pixels, corner boxes."""
    segments = np.zeros((0, 1000, 2), np.float32)
    if outlines:
        segments = np.stack(resample_segments([np.array(o, np.float32).reshape(-1, 2) for o in outlines]))
    return Instances(np.array(boxes, np.float32).reshape(-1, 4), segments, None, "xyxy", False)


def pictures(side, seed):
    rng = np.random.default_rng(seed)
    return [cv2.resize(rng.integers(0, 256, (5, 5, 3), np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
            for _ in range(2)]


def png(image):
    return base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()


def mixing(kind, side, seed, first, second, outlines=None, **draws):
    """MixUp, CutMix or CopyPaste of two images with corner boxes in pixels."""
    images = pictures(side, seed)
    one, two = ({"img": images[i].copy(), "cls": np.arange(len(b), dtype=np.float32)[:, None] + 10 * i,
                 "instances": polygon_instances(b, outlines[i] if outlines else None, side)}
                for i, b in enumerate((first, second)))

    class Pair(FakeDataset):
        def get_image_and_label(self, i):
            return two

    dataset = Pair(images, [])
    if kind == "mixup":
        transform = augment.MixUp(dataset, p=1.0)
    elif kind == "cutmix":
        transform = augment.CutMix(dataset, p=1.0)
    else:
        transform = augment.CopyPaste(dataset, p=draws["part"], mode=draws["mode"])
    rectangles = draws.get("rectangle", [0, 0, 0]) * 3
    cut = iter(rectangles[i] for r in range(3) for i in (3 * r + 1, 3 * r + 2))
    with mock.patch.object(augment.random, "uniform", lambda a, b: 0.0), \
            mock.patch.object(augment.random, "randint", lambda a, b: 1), \
            mock.patch.object(augment.np.random, "beta",
                              lambda a, b: draws.get("ratio", 1 - draws.get("rectangle", [0])[0] ** 2)), \
            mock.patch.object(augment.np.random, "randint", lambda n: next(cut)):
        out = transform(one)
    out["instances"].convert_bbox("xyxy")
    out["instances"].denormalize(side, side)
    return {"kind": kind, "side": side, "images": [png(im) for im in images], "first": first,
            "second": second, "outlines": outlines or [], "draws": draws, "out": png(out["img"]),
            "boxes": out["instances"].bboxes.tolist(), "classes": out["cls"].flatten().tolist()}


def rect_training(imgsz, batch):
    """Order and shapes of rectangular training batches, and where a centred warp puts the boxes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "images").mkdir()
        (root / "labels").mkdir()
        for i, (w, h) in enumerate(SIZES):
            cv2.imwrite(str(root / f"images/{i:03}.png"), np.full((h, w, 3), 50 + i, np.uint8))
            (root / f"labels/{i:03}.txt").write_text("0 0.5 0.5 0.4 0.4\n")
        data = {"names": {0: "a"}, "nc": 1, "channels": 3}
        hyp = type(DEFAULT_CFG)(**{**vars(DEFAULT_CFG), "translate": 0.0, "scale": 0.0, "fliplr": 0.0,
                                   "hsv_h": 0.0, "hsv_s": 0.0, "hsv_v": 0.0})
        dataset = YOLODataset(img_path=str(root / "images"), imgsz=imgsz, augment=True, hyp=hyp, rect=True,
                              batch_size=batch, stride=32, pad=0.0, data=data, task="detect")
        items = [dataset[i] for i in range(len(dataset))]
        return {"imgsz": imgsz, "batch": batch,
                "images": [{"index": int(Path(x["im_file"]).stem), "shape": list(x["img"].shape[1:]),
                            "boxes": x["bboxes"].tolist()} for x in items]}


def polygons():
    """Boxes that label rows of polygons become."""
    rows = ["0 0.1 0.1 0.5 0.2 0.3 0.6", "2 0.25 0.75 0.5 0.5 0.75 0.75 0.5 1.0", "1 0 0 1 0 1 1 0 1"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "images").mkdir()
        (root / "labels").mkdir()
        cv2.imwrite(str(root / "images/0.png"), np.full((60, 80, 3), 50, np.uint8))
        (root / "labels/0.txt").write_text("\n".join(rows))
        data = {"names": {0: "a", 1: "b", 2: "c"}, "nc": 3, "channels": 3}
        dataset = YOLODataset(img_path=str(root / "images"), imgsz=64, augment=False, hyp=DEFAULT_CFG, data=data,
                              task="detect")
        label = dataset.labels[0]
        return {"rows": rows, "classes": label["cls"].flatten().tolist(), "boxes": label["bboxes"].tolist()}


SHAPES = [[20, 20, 60, 25, 40, 70], [90, 10, 120, 40, 90, 70, 60, 40], [5, 60, 30, 60, 30, 85, 5, 85],
          [100, 80, 130, 80, 130, 95, 115, 95, 115, 88, 100, 88]]
SHAPE_BOXES = [[20, 20, 60, 70], [60, 10, 120, 70], [5, 60, 30, 85], [100, 80, 130, 95]]

text = json.dumps({
    "validation": [validation(320, 4), validation(640, 2)],
    "sizes": SIZES,
    "boxes": BOXES,
    # perspective x, y; degrees; scale; shear x, y; translate x, y
    "mosaic": [mosaic(32, [30, 35], [0, 0, 0, 1.2, 0, 0, 0.45, 0.55], 1),
               mosaic(32, [20, 40], [0, 0, 12, 0.7, 3, -2, 0.5, 0.6], 2),
               mosaic(32, [40, 28], [0.0005, -0.0008, -8, 1.4, 0, 2, 0.52, 0.41], 3)],
    "warps": [warp(p, [140, 100], [128, 128], SHAPE_BOXES, SHAPES) for p in (
        [0, 0, 0, 1.0, 0, 0, 0.5, 0.5], [0, 0, 30, 1.3, 5, -4, 0.45, 0.58], [0, 0, -75, 0.6, 0, 0, 0.3, 0.7],
        [0.0006, -0.0004, 10, 0.9, -3, 2, 0.55, 0.4], [0, 0, 0, 3.0, 0, 0, 0.1, 0.1])],
    "outlines": [outline([0.1, 0.1, 0.5, 0.2, 0.3, 0.6], 20), outline([0, 0, 1, 0, 1, 1, 0, 1], 11),
                 outline([0.2, 0.2, 0.4, 0.2, 0.3, 0.5], 3), outline([0, 0, 1, 0, 1, 1, 0.5, 0.5, 0, 1], 4)],
    "bounds": [bounds(c, [100, 80]) for c in (
        [10, 10, 50, 20, 30, 60], [-20, 10, 50, -30, 60, 60], [-50, -50, 200, -50, 200, 200, -50, 200],
        [-30, 20, -5, 30, -10, 60], [90, 70, 150, 75, 95, 120], [-40, 40, 50, -60, 140, 40, 50, 140])],
    "mixing": [
        mixing("mixup", 24, 6, [[2, 2, 10, 12]], [[5, 8, 20, 22], [0, 0, 4, 4]], ratio=0.37),
        mixing("cutmix", 40, 7, [[2, 2, 10, 12]], [[14, 14, 38, 30], [0, 0, 39, 39], [16, 30, 18, 36]],
               rectangle=[0.63, 28, 24]),
        mixing("cutmix", 40, 8, [[2, 2, 30, 32]], [[14, 14, 38, 30]], rectangle=[0.63, 28, 24]),
        mixing("cutmix", 40, 9, [[2, 2, 10, 12]], [[0, 0, 9, 9]], rectangle=[0.42, 30, 30]),
        mixing("paste", 140, 10, SHAPE_BOXES, [], [SHAPES, []], part=1.0, mode="flip"),
        mixing("paste", 140, 11, SHAPE_BOXES[2:], [], [SHAPES[2:], []], part=0.5, mode="flip"),
        mixing("paste", 140, 12, SHAPE_BOXES[2:], SHAPE_BOXES[:2], [SHAPES[2:], SHAPES[:2]], part=0.9,
               mode="mixup"),
    ],
    "rect_training": [rect_training(320, 4), rect_training(640, 3)],
    "polygons": polygons(),
    "hsv": [hsv([0.01, 0.5, 0.3], 4), hsv([-0.015, -0.7, -0.4], 5)],
}, separators=(",", ":"))
Path(sys.argv[1]).write_text(text + "\n")
