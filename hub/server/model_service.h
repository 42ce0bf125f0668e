// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtCore/QVector>

#include <stop_token>

namespace torchdeck::hub::server {

/// One checkpoint that a client uploaded.
struct ServedCheckpoint {
    QString path; ///< readable under this name for the length of the call only
    QString name; ///< "best.pt", for sentences: `path` is none of the client's business
    QString sha256; ///< hex; equal ones are the same model
};

struct PredictRequest {
    ServedCheckpoint checkpoint;
    QString image; ///< a file with what the client sent, of any content
    int imgsz = 0; ///< pixels; 0 = as the model was trained
    double confidence = 0.25, iou = 0.45; ///< HUB's defaults
    std::stop_token stop; ///< requested when the HUB stops, which waits for the call
};

struct FoundObject {
    int classId = 0;
    QString name;
    double confidence = 0;
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0; ///< pixels of the image
};

struct FoundObjects {
    QVector<FoundObject> objects; ///< by falling confidence
    int width = 0, height = 0; ///< of the image, pixels
    double preprocess = 0, inference = 0, postprocess = 0; ///< milliseconds
};

/// What a HUB needs to know about models to run them. Its owner implements it; without one the HUB stores models only.
/// Calls come one at a time from one thread, which is none of the network's; the first may be long after the start.
class ModelService {
public:
    virtual ~ModelService() = default;
    /// Throws ApiError: 400 for the image, 422 for a checkpoint that cannot be run, 503 when it was stopped.
    [[nodiscard]] virtual FoundObjects predict(const PredictRequest &request) = 0;

    /// What exportModel() can write, by Ultralytics' names ("onnx"); the checkpoint itself needs no service. Any thread,
    /// always the same.
    [[nodiscard]] virtual QStringList exportFormats() const { return {}; }
    /// Writes the model in one of exportFormats() over the file `to`. Throws ApiError: 422 for a checkpoint that cannot
    /// be written so.
    virtual void exportModel(const ServedCheckpoint &checkpoint, const QString &format, const QString &to);
};

} // namespace torchdeck::hub::server
