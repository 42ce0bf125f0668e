// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/validation_outputs.h"

#include "engine/core/atomic_file.h"
#include "engine/data/image_recipe.h"
#include "engine/ops/boxes.h"
#include "engine/plots/batch_picture.h"
#include "engine/plots/confusion_plot.h"
#include "engine/plots/curve_plots.h"
#include "torchdeck/engine/error.h"

#include <algorithm>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kPicturedBatches = 3;
constexpr float kPicturedConfidence = 0.25f;

/// COCO's own sets keep their category numbers in predictions.json.
bool isCoco(const Dataset &dataset)
{
    if (dataset.names.size() != 80 || dataset.samples.empty())
        return false;
    const std::string folder = dataset.samples.front().image.parent_path().string();
    return folder.find("coco") != std::string::npos
        && (folder.ends_with("/val2017") || folder.ends_with("/test2017"));
}

std::vector<plots::PictureBox> truthBoxes(const Batch &batch, int image)
{
    std::vector<plots::PictureBox> boxes;
    const auto width = static_cast<float>(batch.width), height = static_cast<float>(batch.height);
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        const BoxLabel &label = batch.labels[i];
        if (batch.labelImage[i] == image)
            boxes.push_back({ (label.x - label.w / 2) * width, (label.y - label.h / 2) * height,
                              (label.x + label.w / 2) * width, (label.y + label.h / 2) * height,
                              label.classId });
    }
    return boxes;
}

} // namespace

ValidationOutputs::ValidationOutputs(std::shared_ptr<const Dataset> dataset, ValidationOutputOptions options)
    : m_dataset(std::move(dataset))
    , m_options(std::move(options))
    , m_predictions(categoryIds(std::max<std::size_t>(m_options.names.size(), 1), isCoco(*m_dataset)))
{
    if (!m_options.saveTxt)
        return;
    std::vector<fs::path> files;
    for (const Sample &sample : m_dataset->samples)
        files.push_back(sample.image);
    m_root = commonFolder(files);
    // Labels of an earlier run into the same folder would mix with these.
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator(m_options.folder / "labels", ignored)) {
        if (entry.path().extension() == ".txt")
            fs::remove(entry.path(), ignored);
    }
    fs::create_directories(m_options.folder / "labels", ignored);
}

const Sample &ValidationOutputs::sampleOf(const Batch &batch, std::size_t image) const
{
    return m_dataset->samples[static_cast<std::size_t>(batch.geometry[image].index)];
}

void ValidationOutputs::onBatch(const Batch &batch, std::int64_t index,
                                const std::vector<std::vector<Detection>> &detections)
{
    if (m_options.plots && index < kPicturedBatches && m_problem.empty()) {
        try {
            if (batch.unfinished.empty()) {
                writePictures(batch, index, detections);
            } else {
                Batch made = batch;
                makePixels(made);
                writePictures(made, index, detections);
            }
        } catch (const EngineError &error) {
            if (!m_options.tolerant)
                throw;
            m_problem = error.what();
        }
    }
    if (m_options.saveTxt || m_options.saveJson)
        writeTexts(batch, detections);
}

void ValidationOutputs::writePictures(const Batch &batch, std::int64_t index,
                                      const std::vector<std::vector<Detection>> &detections) const
{
    plots::BatchPicture truth { &batch, {}, {} }, found { &batch, {}, {} };
    for (std::size_t i = 0; i < detections.size(); ++i) {
        const std::string title = sampleOf(batch, i).image.filename().string();
        truth.titles.push_back(title);
        found.titles.push_back(title);
        truth.boxes.push_back(truthBoxes(batch, static_cast<int>(i)));
        std::vector<plots::PictureBox> boxes;
        for (auto d = detections[i].rbegin(); d != detections[i].rend(); ++d) { // the surest on top
            if (d->confidence > kPicturedConfidence)
                boxes.push_back({ d->x1, d->y1, d->x2, d->y2, d->classId, d->confidence });
        }
        found.boxes.push_back(std::move(boxes));
    }
    const std::string name = "val_batch" + std::to_string(index);
    plots::writeBatchPicture(m_options.folder / (name + "_labels.jpg"), truth, m_options.names);
    plots::writeBatchPicture(m_options.folder / (name + "_pred.jpg"), found, m_options.names);
}

void ValidationOutputs::writeTexts(const Batch &batch, const std::vector<std::vector<Detection>> &detections)
{
    for (std::size_t i = 0; i < detections.size(); ++i) {
        if (detections[i].empty())
            continue;
        const ImageGeometry &geometry = batch.geometry[i];
        std::vector<Detection> boxes = detections[i];
        toPicture(boxes,
                  validationMap(geometry.originalWidth, geometry.originalHeight, m_options.imgsz, batch.width,
                                batch.height),
                  geometry.originalWidth, geometry.originalHeight);
        const fs::path &image = sampleOf(batch, i).image;
        if (m_options.saveJson)
            m_predictions.add(image, boxes);
        if (m_options.saveTxt)
            writeFileAtomically(
                m_options.folder / "labels" / (flatName(image, m_root) + ".txt"),
                labelLines(boxes, geometry.originalWidth, geometry.originalHeight, m_options.saveConf));
    }
}

void ValidationOutputs::finish(const DetectionCurves &curves, const ConfusionMatrix &confusion)
{
    if (!m_problem.empty())
        throw EngineError(ErrorKind::Storage, m_problem);
    if (m_options.saveJson)
        writeFileAtomically(m_options.folder / "predictions.json", m_predictions.text());
    if (!m_options.plots)
        return;
    plots::writeCurvePlots(m_options.folder, curves);
    plots::writeConfusionPlots(m_options.folder, confusion, m_options.names);
}

} // namespace torchdeck::engine
