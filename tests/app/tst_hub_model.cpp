// SPDX-License-Identifier: GPL-3.0-or-later
// `train model=WEB/models/ID` with the real executable and a real HUB: arguments, data set and last weights come from
// there, and the run becomes that model's.
#include "tests/app/hub_process.h"

#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QHttpMultiPart>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QtTest>

#include <archive.h>
#include <archive_entry.h>

#include <csignal>

namespace {

constexpr int trainLimitMs = 120'000;

void zipFolder(const QString &folder, const QString &file)
{
    archive *out = archive_write_new();
    archive_write_set_format_zip(out);
    QCOMPARE(archive_write_open_filename(out, QFile::encodeName(file).constData()), ARCHIVE_OK);
    QDirIterator all(folder, QDir::Files, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile in(all.next());
        QVERIFY(in.open(QIODevice::ReadOnly));
        const QByteArray content = in.readAll();
        archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, ("shapes/" + QDir(folder).relativeFilePath(in.fileName())).toUtf8().constData());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, content.size());
        QCOMPARE(archive_write_header(out, entry), ARCHIVE_OK);
        archive_write_data(out, content.constData(), size_t(content.size()));
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
}

} // namespace

class TestHubModel : public QObject {
    Q_OBJECT
private:
    Instance m_instance;
    std::unique_ptr<HubProcess> m_server;
    QNetworkAccessManager m_network;
    QString m_dataset; ///< address of the archive

    QJsonObject wait(QNetworkReply *reply)
    {
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(30'000);
        reply->deleteLater();
        return QJsonDocument::fromJson(reply->readAll()).object().value("data").toObject();
    }
    [[nodiscard]] QNetworkRequest request(const QString &path) const
    {
        QNetworkRequest r(QUrl(m_server->root.toString() + path));
        r.setRawHeader("x-api-key", m_server->key.toUtf8());
        return r;
    }
    QJsonObject get(const QString &path) { return wait(m_network.get(request(path))); }
    QJsonObject post(const QString &path, const QJsonObject &body)
    {
        auto r = request(path);
        r.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        return wait(m_network.post(r, QJsonDocument(body).toJson()));
    }
    QJsonObject upload(const QString &path, const QString &file, const QString &part,
                       const QList<QPair<QString, QString>> &fields = {})
    {
        QHttpMultiPart form(QHttpMultiPart::FormDataType);
        for (const auto &[name, value] : fields) {
            QHttpPart field;
            field.setHeader(QNetworkRequest::ContentDispositionHeader, "form-data; name=\"" + name + '"');
            field.setBody(value.toUtf8());
            form.append(field);
        }
        QFile in(file);
        [&] { QVERIFY(in.open(QIODevice::ReadOnly)); }();
        QHttpPart content;
        content.setHeader(QNetworkRequest::ContentDispositionHeader,
                          "form-data; name=\"" + part + "\"; filename=\"" + part + '"');
        content.setHeader(QNetworkRequest::ContentTypeHeader, "application/octet-stream");
        content.setBodyDevice(&in);
        form.append(content);
        return wait(m_network.post(request(path), &form));
    }
    QString newModel(const QString &name, int epochs, const QString &data)
    {
        return post("/v1/models",
                    { { "meta", QJsonObject { { "name", name } } },
                      { "config",
                        QJsonObject { { "batchSize", 4 }, { "epochs", epochs }, { "imageSize", 64 }, { "patience", 50 },
                                      { "device", "cpu" }, { "cache", "False" } } },
                      { "lineage", QJsonObject { { "architecture", QJsonObject { { "name", "yolov8n" } } } } },
                      { "dataset", QJsonObject { { "name", "shapes" } } },
                      { "data", data } })
            .value("id")
            .toString();
    }
    [[nodiscard]] QStringList line(const QString &model) const
    {
        return { "train", "model=" + m_server->root.toString() + "/models/" + model + "?api_key=" + m_server->key,
                 "workers=1", "project=runs", "device=cpu", "--json" };
    }

private Q_SLOTS:
    void initTestCase()
    {
        QCOMPARE(m_instance.run({ "dataset", "make-sample", "sample", "train=8", "val=4", "imgsz=64" }).code, 0);
        m_server = std::make_unique<HubProcess>(m_instance);
        m_server->use(m_instance);
        m_instance.unset("HUB_API_KEY"); // the address carries it
        const QString zip = m_instance.work() + "/shapes.zip";
        zipFolder(m_instance.work() + "/sample", zip);
        const QString id = post("/v1/datasets", { { "meta", QJsonObject { { "name", "shapes" } } } }).value("id").toString();
        QVERIFY(!id.isEmpty());
        upload("/v1/datasets/" + id + "/upload", zip, "shapes.zip");
        m_dataset = get("/v1/datasets/" + id).value("url").toString();
        QVERIFY(m_dataset.contains("shapes.zip"));
    }

    void aNewModelIsTrainedWithItsOwnArgumentsAndData()
    {
        const QString model = newModel("from the web", 2, m_dataset);
        const auto result = m_instance.run(line(model), trainLimitMs);
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(!result.err.contains(m_server->key) && !result.out.contains(m_server->key));
        QCOMPARE(result.json().value("hub_model_id").toString(), model);
        QCOMPARE(result.json().value("epochs").toInt(), 2);
        QCOMPARE(result.json().value("hub_pending").toInt(-1), 0);
        QCOMPARE(m_server->epochs(model).keys(), QList<int>({ 0, 1 }));
        QCOMPARE(get("/v1/models/" + model).value("status").toString(), "trained");
        QCOMPARE(get("/v1/models").value("total").toInt(), 1); // no second one
        QFile args(result.json().value("save_dir").toString() + "/args.yaml");
        QVERIFY(args.open(QIODevice::ReadOnly));
        const QByteArray yaml = args.readAll();
        QVERIFY(yaml.contains("imgsz: 64") && yaml.contains("batch: 4"));
        QVERIFY(!yaml.contains(m_server->key.toUtf8()));
        QVERIFY(yaml.contains("/datasets/shapes/"));
        // Trained: nothing to go on with, and the data set is not fetched a second time for nothing.
        const auto again = m_instance.run(line(model), trainLimitMs);
        QCOMPARE(again.code, 1);
        QVERIFY2(again.err.contains("trained already"), qPrintable(again.err));
    }

    void aStoppedModelGoesOnFromItsLastWeights()
    {
        const auto first = m_instance.start({ "train", "model=yolov8n.yaml", "data=sample/data.yaml", "imgsz=64", "batch=4",
                                              "epochs=30", "workers=1", "device=cpu", "project=runs", "name=cut",
                                              "hub=false", "save_period=1" });
        const QString last = m_instance.work() + "/runs/cut/weights/last.pt";
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_instance.work() + "/runs/cut/weights/epoch1.pt"), trainLimitMs);
        ::kill(pid_t(first->processId()), SIGINT);
        QCOMPARE(Instance::finish(*first, trainLimitMs).code, 130);
        const QString model = newModel("cut", 30, m_dataset);
        upload("/v1/models/" + model + "/upload", last, "last.pt", { { "epoch", "1" }, { "type", "epoch" }, { "isBest", "False" } });
        QVERIFY(get("/v1/models/" + model).value("has_last_weights").toBool());

        const auto second = m_instance.start(line(model));
        QTRY_VERIFY_WITH_TIMEOUT(m_server->epochs(model).size() >= 2, trainLimitMs);
        ::kill(pid_t(second->processId()), SIGINT);
        const auto result = Instance::finish(*second, trainLimitMs);
        QVERIFY2(result.code == 130, qPrintable(result.err));
        QVERIFY2(m_server->epochs(model).firstKey() >= 1, "it began anew"); // the earlier epochs were not done again
        QVERIFY(result.err.contains("The data set is here already"));
    }

    void badAddressesAreSaid()
    {
        auto result = m_instance.run({ "train", "model=https://example.org/nothing" });
        QCOMPARE(result.code, 2);
        QVERIFY(result.err.contains("models/ID"));
        result = m_instance.run({ "train", "model=https://example.org/models/abc?api_key=secret-of-mine" });
        QCOMPARE(result.code, 1);
        QVERIFY2(result.err.contains("choose that server") && !result.err.contains("secret-of-mine"), qPrintable(result.err));
        result = m_instance.run(line("no-such-model"));
        QCOMPARE(result.code, 1);
        QVERIFY2(result.err.contains("knows no model no-such-model"), qPrintable(result.err));
        const QString wrong = newModel("wrong key", 1, m_dataset);
        QStringList words = line(wrong);
        words[1] = "model=" + m_server->root.toString() + "/models/" + wrong + "?api_key=not-the-key";
        result = m_instance.run(words);
        QCOMPARE(result.code, 1);
        QVERIFY2(result.err.contains("does not accept the API key"), qPrintable(result.err));
    }

    void cleanupTestCase() { m_server.reset(); }
};

QTEST_GUILESS_MAIN(TestHubModel)
#include "tst_hub_model.moc"
