# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of the real hub-sdk against a HUB server, and the values read back.

Run as `python hub_sdk_roundtrip.py` with ULTRALYTICS_HUB_API (the server's address) and HUB_API_KEY set, in a Python
that has the package hub-sdk. Exit code 0: all calls succeeded and read back equal; 77: no hub-sdk here; else 1, with
what failed.
"""

import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

try:
    import requests
    from hub_sdk import HUBClient
except ImportError:
    print("hub-sdk is not installed: skipped")
    sys.exit(77)

failures = []


def check(good, what):
    print(("ok    " if good else "FAILED"), what)
    if not good:
        failures.append(what)


def accepted(response, what):
    check(response is not None and response.ok and response.json().get("success") is True, what)


def by_name(series):
    return {s["meta"]["name"]: s["data"] for s in series or []}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check_auth():
    check(HUBClient({"api_key": "wrong-" + os.environ["HUB_API_KEY"]}).authenticated is False, "a wrong key is refused")
    check(HUBClient({"id_token": os.environ["HUB_API_KEY"]}).authenticated, "the key works as bearer token")
    client = HUBClient()
    check(client.authenticated, "the key works from HUB_API_KEY")
    return client


def check_model_crud(client):
    model = client.model()
    model.create_model({
        "config": {"batchSize": 16, "epochs": 3, "imageSize": 320, "patience": 100, "device": "cpu", "cache": "ram"},
        "dataset": {"name": "sample"},
        "lineage": {"architecture": {"name": "yolov8n"}, "parent": {"name": "yolov8n.pt"}},
        "meta": {"name": "sdk round trip"},
    })
    check(bool(model.id), "a model is created")
    check(model.data.get("meta", {}).get("name") == "sdk round trip", "its name reads back")
    check(model.data.get("config") == {"batchSize": 16, "epochs": 3, "imageSize": 320, "patience": 100, "device": "cpu",
                                       "cache": "ram"}, "its config reads back")
    check(model.get_architecture() == "yolov8n", "its architecture reads back")
    check(not model.is_trained() and not model.is_resumable() and not model.has_best_weights(), "it is new")
    accepted(model.update({"meta": {"name": "renamed"}}), "the model is updated")
    check(client.model(model.id).data.get("meta", {}).get("name") == "renamed", "the update reads back")
    return model


def check_metrics(client, model):
    sent = {epoch: {"train/box_loss": 1.5 - epoch / 7, "metrics/mAP50-95(B)": 0.1 * (epoch + 1), "model/parameters": 3157200}
            for epoch in range(3)}
    accepted(model.upload_metrics({e: json.dumps(v) for e, v in sent.items() if e < 2}), "metrics are uploaded")
    accepted(model.upload_metrics({e: json.dumps(v) for e, v in sent.items() if e > 0}), "an overlapping batch too")
    read = by_name(client.model(model.id).get_metrics())
    for name in sent[0]:
        check(read.get(name) == {str(e): v[name] for e, v in sent.items()}, f"{name} reads back, each epoch once")


def fetch(url):
    answer = requests.get(url, timeout=30) if url else None  # no key: as Ultralytics' own download does
    return answer.content if answer is not None and answer.ok else None


def check_checkpoints(client, model, folder):
    last, best = os.urandom(3_000_000), os.urandom(2_500_001)
    (folder / "last.pt").write_bytes(last)
    (folder / "best.pt").write_bytes(best)
    accepted(model.upload_model(2, str(folder / "last.pt"), is_best=False), "last.pt is uploaded")
    seen = client.model(model.id)
    check(seen.is_resumable() and not seen.has_best_weights() and not seen.is_trained(), "the model can be resumed")
    check(fetch(seen.get_weights_url("last")) == last, "last.pt reads back equal")
    accepted(model.upload_model(2, str(folder / "best.pt"), map=0.3, final=True), "the final best.pt is uploaded")
    seen = client.model(model.id)
    check(seen.is_trained() and seen.has_best_weights(), "the model is trained")
    check(seen.data.get("weights_sha256") == sha256(best) and seen.data.get("weights_size") == len(best), "its SHA-256 fits")
    check(fetch(seen.get_weights_url("best")) == best, "best.pt reads back equal")


def check_export(model):
    """After check_checkpoints: best.pt is the final model."""
    answer = model.export("pytorch")
    accepted(answer, "an export as pytorch")
    data = answer.json()["data"] if answer is not None else {}
    check(sha256(fetch(data.get("url")) or b"") == data.get("sha256"), "it is best.pt")
    check(model.export("onnx") is None, "another format is refused")


def check_heartbeat(model):
    endless = 3600
    model.start_heartbeat(interval=endless)
    deadline = time.monotonic() + 20
    while model.hub_client.agent_id is None and time.monotonic() < deadline:
        time.sleep(0.05)
    check(bool(model.hub_client.agent_id), "a heartbeat gets an agent id")
    model.stop_heartbeat()


def check_lists(client, model):
    for i in range(3):
        client.model().create_model({"meta": {"name": f"listed {i}"}})
    pages = client.model_list(page_size=2)
    total, ids = pages.total_pages, [m["id"] for m in pages.results]
    for _ in range(total - 1):
        pages.next()
        ids += [m["id"] for m in pages.results]
    check(total >= 2 and len(ids) == len(set(ids)) and model.id in ids, "the list pages through every model once")
    pages.previous()
    check(len(pages.results) == 2, "the list goes back")
    check(client.model_list(page_size=5, public=True).results == [], "no model is public")


def check_simple(create, read, listing, upload, word):
    made = create({"meta": {"name": f"a {word}"}})
    check(bool(made.id) and made.data.get("meta", {}).get("name") == f"a {word}", f"a {word} is created")
    accepted(made.update({"meta": {"description": "changed"}}), f"the {word} is updated")
    check(read(made.id).data.get("meta") == {"name": f"a {word}", "description": "changed"}, f"the {word} reads back")
    check(made.id in [r["id"] for r in listing(page_size=50).results], f"the {word} is listed")
    upload(made)
    accepted(made.delete(hard=True), f"the {word} is deleted")
    check(not read(made.id).data, f"the {word} is gone")


def check_projects(client, folder):
    picture = folder / "cover.png"
    picture.write_bytes(os.urandom(50_000))

    def create(data):
        project = client.project()
        project.create_project(data)
        return project

    check_simple(create, client.project, client.project_list,
                 lambda p: accepted(p.upload_image(str(picture)), "a project's image is uploaded"), "project")


def check_datasets(client, folder):
    archive = folder / "sample.zip"
    archive.write_bytes(os.urandom(400_000))

    def create(data):
        dataset = client.dataset()
        dataset.create_dataset(data)
        return dataset

    def upload(dataset):
        accepted(dataset.upload_dataset(str(archive)), "a dataset's file is uploaded")
        check(fetch(client.dataset(dataset.id).get_download_link()) == archive.read_bytes(), "the dataset reads back equal")

    check_simple(create, client.dataset, client.dataset_list, upload, "dataset")


def check_delete(client, model):
    accepted(model.delete(hard=False), "the model is deleted")
    check(not client.model(model.id).data, "the model is gone")


def main():
    client = check_auth()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = check_model_crud(client)
        check_metrics(client, model)
        check_checkpoints(client, model, folder)
        check_export(model)
        check_heartbeat(model)
        check_lists(client, model)
        check_projects(client, folder)
        check_datasets(client, folder)
        check_delete(client, model)
    print(f"{len(failures)} failed" if failures else "all calls succeeded")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
