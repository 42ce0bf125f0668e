// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/hub_service.h"
#include "tests/hub/fake_clock.h"
#include "tests/hub/fake_hub.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

/// A HubService with fake clock and network on a real journal. reset() ends the process's part, so that a new
/// service starts from what is on disk.
class ServiceFixture {
public:
    QTemporaryDir dir;
    std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
    FakeNetwork network;
    FakeHub hub { network };
    std::unique_ptr<torchdeck::hub::HubService> service;
    torchdeck::hub::HubOptions options;
    std::function<bool()> networkThere;
    QStringList log;
    QStringList confirmed; ///< model ids
    int drained = 0;

    ServiceFixture()
    {
        options.apiRoot = QUrl("https://api.example.org");
        options.webRoot = QUrl("https://web.example.org");
        options.apiKey = "good-key";
        QDir(dir.path()).mkpath("run/weights");
    }
    ~ServiceFixture() { service.reset(); }

    [[nodiscard]] QString journal() const { return dir.filePath("state/queue.sqlite"); }
    [[nodiscard]] QString run() const { return dir.filePath("run"); }

    void open(bool setOptions = true)
    {
        using torchdeck::hub::HubService;
        service.reset();
        service =
            std::make_unique<HubService>(
                HubService::Config { journal(), clock, &network, "torchdeck/test", networkThere });
        QObject::connect(service.get(), &HubService::logMessage, service.get(),
                         [this](const QString &t) { log << t; });
        QObject::connect(service.get(), &HubService::runConfirmed, service.get(),
                         [this](quint64, const QString &id) { confirmed << id; });
        QObject::connect(service.get(), &HubService::drained, service.get(), [this] { ++drained; });
        if (setOptions)
            service->setOptions(options);
        settle();
    }

    [[nodiscard]] torchdeck::hub::RunDescription description(quint64 number = 1) const
    {
        torchdeck::hub::RunDescription d;
        d.run = number;
        d.runFolder = run();
        d.modelName = "train";
        d.architecture = "yolov8n";
        d.datasetName = "bccd";
        d.epochs = 30;
        d.batch = 16;
        d.imgsz = 320;
        d.patience = 100;
        d.device = "cpu";
        d.cache = "False";
        return d;
    }

    void begin()
    {
        service->beginRun(description());
        service->startTimers();
        settle();
    }

    QString file(const QString &name, const QByteArray &content)
    {
        const auto path = run() + "/weights/" + name;
        QFile f(path + ".tmp");
        if (f.open(QIODevice::WriteOnly))
            f.write(content);
        f.close();
        QFile::remove(path);
        QFile::rename(path + ".tmp", path);
        return path;
    }

    static QJsonObject values(int epoch) { return { { "metrics/mAP50(B)", epoch / 100.0 } }; }

    /// Brings event loop, fake network and disk thread to rest, without moving time.
    void settle() const
    {
        QElapsedTimer guard;
        guard.start();
        int quiet = 0;
        while (quiet < 3 && guard.elapsed() < 20'000) {
            const bool timers = clock->runDue();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
            const bool busy = timers || network.open > 0 || (service && !service->stored());
            quiet = busy ? 0 : quiet + 1;
            if (busy)
                QThread::msleep(1);
        }
    }
    void advance(std::chrono::milliseconds step) const
    {
        clock->advance(step, [this] { settle(); });
    }

    [[nodiscard]] std::optional<torchdeck::hub::UploadItem> item(torchdeck::hub::UploadKind kind) const
    {
        for (const auto &i : service->items()) {
            if (i.kind == kind)
                return i;
        }
        return std::nullopt;
    }
};
