#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the real Ultralytics package for numbers that tst_reference.cpp compares ours with.

Needs a Python with ultralytics 8.4.190. Usage: generate.py golden.json
"""
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


text = json.dumps({
    "validation": [validation(320, 4), validation(640, 2)],
    "sizes": SIZES,
    "boxes": BOXES,
    # perspective x, y; degrees; scale; shear x, y; translate x, y
    "mosaic": [mosaic(32, [30, 35], [0, 0, 0, 1.2, 0, 0, 0.45, 0.55], 1),
               mosaic(32, [20, 40], [0, 0, 12, 0.7, 3, -2, 0.5, 0.6], 2),
               mosaic(32, [40, 28], [0.0005, -0.0008, -8, 1.4, 0, 2, 0.52, 0.41], 3)],
    "hsv": [hsv([0.01, 0.5, 0.3], 4), hsv([-0.015, -0.7, -0.4], 5)],
}, separators=(",", ":"))
Path(sys.argv[1]).write_text(text + "\n")
