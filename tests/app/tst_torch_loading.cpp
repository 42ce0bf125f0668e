// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch is loaded when it is first needed, on the thread that needs it, and not by the program's start.
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/trainer.h"
#include "torchdeck/engine/validator.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <thread>

using namespace torchdeck::engine;

namespace {

bool torchIsMapped()
{
    QFile maps(QStringLiteral("/proc/self/maps"));
    return maps.open(QIODevice::ReadOnly) && maps.readAll().contains("/libtorch_cpu.so");
}

struct Silent : TrainObserver {
    void onFailed(const Failed &event) override { failed = event; }
    Failed failed;
};

} // namespace

class TestTorchLoading : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsLoadedWhenNeeded()
    {
        QVERIFY(!torchIsMapped());
        std::string version;
        std::vector<DeviceInfo> found;
        std::thread first([&] { version = torchVersion(); });
        std::thread second([&] { found = devices(); }); // at the same time
        first.join();
        second.join();
        QVERIFY(torchIsMapped());
        QVERIFY2(QString::fromStdString(version).contains('.'), version.c_str());
        QVERIFY(!found.empty() && found.back().id == "cpu" && found.back().available);
    }

    /// OpenCV's libraries bring a plain BLAS into the program; LibTorch must go on using its own, which is many times faster.
    void torchUsesItsOwnBlas()
    {
        QTemporaryDir dir;
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LD_BIND_NOW", "1"); // every name, not just those that are called
        environment.insert("LD_DEBUG", "bindings");
        environment.insert("LD_DEBUG_OUTPUT", dir.filePath("bindings"));
        for (const char *name : { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME" })
            environment.insert(name, dir.path());
        process.setProcessEnvironment(environment);
        process.start(TORCHDECK_BINARY, { "devices" });
        QVERIFY(process.waitForFinished(60'000));
        QCOMPARE(process.exitCode(), 0);
        int own = 0;
        for (const QString &name : QDir(dir.path()).entryList({ "bindings.*" })) {
            QFile file(dir.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            while (!file.atEnd()) {
                const QByteArray line = file.readLine();
                if (!line.contains("binding file") || !line.contains("`sgemm_'"))
                    continue;
                const qsizetype to = line.indexOf(" to ");
                if (!line.left(to).contains("libtorch_cpu.so"))
                    continue;
                QVERIFY2(line.mid(to).contains("libtorch_cpu.so"), line.constData());
                ++own;
            }
        }
        QVERIFY(own > 0);
    }

    /// What the module throws is caught here by its type, and its run reports here.
    void errorsComeThrough()
    {
        Silent observer;
        ValConfig config;
        config.model = "/no/such/model.pt";
        try {
            (void)validate(config, observer, {});
            QFAIL("it found a model");
        } catch (const EngineError &error) {
            QVERIFY2(QByteArray(error.what()).contains("/no/such/model.pt"), error.what());
            QCOMPARE(error.field(), std::string("model"));
        }
        TrainConfig run;
        run.data = "/no/such/data.yaml";
        Trainer(run, 5).run(observer, {});
        QCOMPARE(observer.failed.run, RunId(5));
        QVERIFY(observer.failed.badInput);
        QCOMPARE(observer.failed.field, std::string("data"));
    }
};

QTEST_GUILESS_MAIN(TestTorchLoading)
#include "tst_torch_loading.moc"
