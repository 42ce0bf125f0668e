// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"

#include "torchdeck/engine/epoch_details.h"
#include "torchdeck/engine/run_event.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtGui/QImage>
#include <QtGui/QPainter>

namespace torchdeck::fixtures {

namespace {

constexpr int width = 320, height = 200, pictures = 6;
/// What engine and HUB say on the screens (tests/ui/screens.cpp).
const char *const failureTexts[] = {
    "The disk is full: weights/last.pt could not be written. Free some space and set resume to true to go on.",
    "There is no CUDA device 0 here. Choose the CPU.",
    "lr0 must be at most 10.",
    "All 30 epochs and the final model are on HUB.",
    "The server answers and accepts the key.",
    "As the run train4 sends it.",
    "After an epoch: its metrics",
    "When a command starts",
    "write: No space left on device",
    "baseline",
    "lr sweep",
    "python",
    "shapes",
};
const char *const names[] = { "circle", "square", "triangle", "star", "ring", "cross" };

QString drawPicture(const QString &folder, int number)
{
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(QColor::fromHsv(number * 53 % 360, 30, 215));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor::fromHsv(number * 53 % 360, 150, 130));
    painter.drawEllipse(30, 30, 80, 80);
    painter.setBrush(QColor::fromHsv((number * 53 + 120) % 360, 150, 130));
    painter.drawRect(180, 60, 90, 90);
    painter.end();
    const QString file = QStringLiteral("%1/val/%2.png").arg(folder).arg(number, 6, 10, QLatin1Char('0'));
    if (!image.save(file))
        qFatal("%s cannot be written", qPrintable(file));
    return file;
}


void write(const QString &file, const QByteArray &text)
{
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size())
        qFatal("%s cannot be written", qPrintable(file));
}

/// Four images whose boxes close in on what is there, surer from epoch to epoch.
QByteArray pinnedLine(const QString &folder, int epoch, int epochs, const QJsonArray &classes)
{
    const double learned = (epoch + 1.0) / epochs, off = 30 * (1 - learned);
    QJsonArray images;
    for (int i = 0; i < 4; ++i) {
        const double sure = 0.15 + 0.8 * learned;
        const bool right = learned > 0.3;
        images.append(QJsonObject {
            { "image", drawPicture(folder, i) },
            { "width", width },
            { "height", height },
            { "truth", QJsonArray { QJsonArray { i, 30, 30, 110, 110, right ? sure : 0.0, int(right) },
                                    QJsonArray { 1, 180, 60, 270, 150, 0, 0 } } },
            { "found", QJsonArray { QJsonArray { i, 30 + off, 30, 110 + off, 110, sure, int(right) },
                                    QJsonArray { 3, 200, 20 + off, 260, 80, 0.3, 0 } } } });
    }
    return QJsonDocument(QJsonObject { { "epoch", epoch }, { "confidence", 0.35 }, { "classes", classes }, { "images", images } })
               .toJson(QJsonDocument::Compact)
        + '\n';
}

} // namespace

void addResults(const QString &folder, int epochs)
{
    QDir().mkpath(folder + QStringLiteral("/val"));
    write(folder + QStringLiteral("/weights/best.pt"), "x");
    engine::EpochArchive archive;
    for (int i = 0; i < epochs; ++i)
        archive.add(engine::detailsOf(epochEnd(i, epochs)));
    archive.write(folder.toStdString());
    for (const auto &[kind, position, text] :
         { std::tuple(engine::RunEventKind::Changed, 9.0, "epochs 20 -> 30"),
           std::tuple(engine::RunEventKind::Paused, 14.6, "") }) {
        engine::RunEvent event;
        event.kind = kind;
        event.position = position;
        event.text = text;
        engine::appendRunEvent(folder.toStdString(), event);
    }
    QJsonArray images, classes;
    for (const char *name : names)
        classes.append(QString::fromLatin1(name));
    for (int i = 0; i < pictures; ++i) {
        images.append(QJsonObject {
            { "image", drawPicture(folder, i) },
            { "width", width },
            { "height", height },
            { "f1", 0.1 * i },
            { "truth", QJsonArray { QJsonArray { i % 6, 30, 30, 110, 110, 1, 1 }, QJsonArray { 1, 180, 60, 270, 150, 1, 0 } } },
            { "found", QJsonArray { QJsonArray { i % 6, 32, 29, 112, 108, 0.9, 1 },
                                    QJsonArray { (i + 3) % 6, 185, 64, 268, 140, 0.42, 0 } } } });
    }
    write(folder + QStringLiteral("/worst_images.json"),
          QJsonDocument(QJsonObject { { "confidence", 0.3 }, { "images_seen", 40 }, { "classes", classes }, { "images", images } })
              .toJson());
    QByteArray pinned;
    for (int epoch = 0; epoch < epochs; ++epoch)
        pinned += pinnedLine(folder, epoch, epochs, classes);
    write(folder + QStringLiteral("/pinned_images.jsonl"), pinned);
}

QStringList sentences()
{
    QStringList all;
    const auto add = [&all](const QString &text) {
        if (!text.isEmpty())
            all << text.simplified();
    };
    const auto now = hub::TimePoint::clock::now();
    for (const hub::SessionStatus &status : { syncing(now), waitingForServer(now) }) {
        add(status.message);
        for (const hub::Countdown &countdown : { status.metrics, status.checkpoint, status.heartbeat })
            add(countdown.cause);
    }
    for (const hub::UploadItem &item : failingUploads(now)) {
        add(item.title);
        add(item.error);
    }
    add(settings().keyStorageNote);
    for (const engine::DeviceInfo &device : devices()) {
        add(QString::fromStdString(device.name));
        add(QString::fromStdString(device.note));
    }
    for (const engine::DatasetProblem &problem : brokenReport().problems) {
        const QString file = QString::fromStdString(problem.file.filename().string());
        const QString line = problem.line > 0 ? QStringLiteral(":%1").arg(problem.line) : QString();
        add(file + line + QLatin1Char(' ') + QString::fromStdString(problem.sentence));
    }
    for (const char *name : names)
        add(QString::fromLatin1(name));
    for (const char *text : failureTexts)
        add(QString::fromLatin1(text));
    const engine::PretrainRoutineEnd ready = pretrainEnd(1);
    for (const std::string &value : { ready.device, ready.optimizer, ready.dataset.name })
        add(QString::fromStdString(value));
    return all;
}

} // namespace torchdeck::fixtures
