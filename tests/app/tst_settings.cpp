// SPDX-License-Identifier: GPL-3.0-or-later
// Settings: what is kept, what the environment locks, what a damaged file does.
#include "app/settings.h"

#include <QtTest/QtTest>

#include <unistd.h>

using torchdeck::app::cleanRootUrl;
using torchdeck::app::Settings;

class TestSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_file = m_dir->path() + QStringLiteral("/deep/torchdeck.conf");
        for (const char *name : { "ULTRALYTICS_HUB_API", "ULTRALYTICS_HUB_WEB", "HUB_API_KEY" })
            qunsetenv(name);
    }

    void defaults()
    {
        const Settings settings(m_file);
        QVERIFY(!settings.hub().has_value());
        QVERIFY(settings.useLocalHub());
        QVERIFY(!settings.usageEvents());
        QCOMPARE(settings.apiRoot(), QStringLiteral("https://api.ultralytics.com"));
        QCOMPARE(settings.webRoot(), QStringLiteral("https://hub.ultralytics.com"));
        QVERIFY(settings.runsFolder().isEmpty());
        QVERIFY(settings.localHubPort() > 1024);
        QVERIFY2(!QFile::exists(m_file), "reading writes nothing");
    }

    void roundTrip()
    {
        {
            Settings settings(m_file);
            QVERIFY(settings.setText("hub", "yes").isEmpty());
            QVERIFY(settings.setText("local_hub", "false").isEmpty());
            QVERIFY(settings.setText("api_root", "https://hub.example.org/api/").isEmpty());
            QVERIFY(settings.setText("usage_events", "on").isEmpty());
            QVERIFY(settings.setText("runs_folder", "/data/täst, runs;=%").isEmpty());
            QVERIFY(settings.setText("local_hub_port", "4242").isEmpty());
            QVERIFY(settings.setText("upload_limit", "300").isEmpty());
            QVERIFY(settings.setText("queue_limit", "2000").isEmpty());
            QVERIFY(settings.setText("proxy", "http://me:hunter2@proxy.example.org:3128").isEmpty());
            QVERIFY(settings.save().isEmpty());
        }
        const Settings settings(m_file);
        QCOMPARE(settings.hub(), std::optional<bool>(true));
        QVERIFY(!settings.useLocalHub());
        QCOMPARE(settings.apiRoot(), QStringLiteral("https://hub.example.org/api"));
        QVERIFY(settings.usageEvents());
        QCOMPARE(settings.runsFolder(), QStringLiteral("/data/täst, runs;=%"));
        QCOMPARE(settings.localHubPort(), 4242);
        QCOMPARE(settings.uploadLimit(), 300);
        QCOMPARE(settings.queueLimit(), 2000);
        QVERIFY(settings.proxy().contains("hunter2"));
        QVERIFY(!settings.text("proxy").contains("hunter2")); // for the screen
        QCOMPARE(QFile::permissions(m_file) & (QFileDevice::ReadGroup | QFileDevice::ReadOther), 0);
        QVERIFY(settings.notice().isEmpty());
    }

    void refused_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("bool") << "hub"
                              << "perhaps";
        QTest::newRow("address") << "api_root"
                                 << "ftp://x";
        QTest::newRow("no host") << "web_root"
                                 << "https://";
        QTest::newRow("key in the address") << "api_root"
                                            << "https://user:secret@x";
        QTest::newRow("port") << "local_hub_port"
                              << "70000";
        QTest::newRow("negative limit") << "upload_limit"
                                        << "-1";
        QTest::newRow("limit in words") << "queue_limit"
                                        << "2 GB";
        QTest::newRow("no such CA file") << "ca_file"
                                         << "/no/such.pem";
        QTest::newRow("proxy") << "proxy"
                               << "ftp://x:1";
        QTest::newRow("unknown") << "hubb"
                                 << "true";
    }

    void refused()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        Settings settings(m_file);
        QVERIFY(!settings.setText(key, value).isEmpty());
        QCOMPARE(settings.text(key), Settings(m_file + "2").text(key));
    }

    void environmentWins()
    {
        Settings settings(m_file);
        QVERIFY(settings.setText("api_root", "https://mine.example.org").isEmpty());
        qputenv("ULTRALYTICS_HUB_API", "http://127.0.0.1:9/");
        QCOMPARE(settings.apiRoot(), QStringLiteral("http://127.0.0.1:9"));
        QCOMPARE(settings.webRoot(), QStringLiteral("http://127.0.0.1:9"));
        QVERIFY2(!settings.useLocalHub(), "another server is asked for");
        QCOMPARE(Settings::lockedBy("api_root"), QStringLiteral("ULTRALYTICS_HUB_API"));
        QVERIFY(Settings::lockedBy("web_root").isEmpty());
        QVERIFY(settings.setText("api_root", "https://other.example.org").contains("ULTRALYTICS_HUB_API"));
        qputenv("ULTRALYTICS_HUB_WEB", "http://127.0.0.1:10");
        QCOMPARE(settings.webRoot(), QStringLiteral("http://127.0.0.1:10"));
        qputenv("HUB_API_KEY", "k");
        QCOMPARE(Settings::lockedBy("api_key"), QStringLiteral("HUB_API_KEY"));
        qunsetenv("ULTRALYTICS_HUB_API");
        QCOMPARE(settings.apiRoot(), QStringLiteral("https://mine.example.org"));
    }

    void garbageIsSetAside()
    {
        QDir().mkpath(QFileInfo(m_file).absolutePath());
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const QByteArray garbage("\x89PNG\r\n\x1a\n\0\0\0garbage", 18);
        file.write(garbage);
        file.close();
        Settings settings(m_file);
        QVERIFY(settings.notice().contains(m_file + ".broken"));
        QVERIFY(settings.useLocalHub());
        QVERIFY(settings.setText("hub", "true").isEmpty());
        QVERIFY(settings.save().isEmpty());
        QFile kept(m_file + ".broken");
        QVERIFY(kept.open(QIODevice::ReadOnly));
        QCOMPARE(kept.readAll(), garbage);
        QCOMPARE(Settings(m_file).hub(), std::optional<bool>(true));
    }

    void oddValuesFallBack()
    {
        QDir().mkpath(QFileInfo(m_file).absolutePath());
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[General]\nhub=@Variant(x)\nlocal_hub=maybe\nlocal_hub_port=abc\napi_root=nowhere\n");
        file.close();
        const Settings settings(m_file);
        QVERIFY(!settings.hub().has_value());
        QVERIFY(settings.useLocalHub());
        QVERIFY(settings.localHubPort() > 1024);
        QCOMPARE(settings.apiRoot(), QStringLiteral("https://api.ultralytics.com"));
    }

    void savingIsAtomic()
    {
        Settings settings(m_file);
        QVERIFY(settings.setText("hub", "true").isEmpty());
        QVERIFY(settings.save().isEmpty());
        // A hard link to the first version still shows it afterwards: the file was replaced, not rewritten.
        const QString link = m_dir->path() + QStringLiteral("/first");
        QCOMPARE(::link(QFile::encodeName(m_file).constData(), QFile::encodeName(link).constData()), 0);
        QVERIFY(settings.setText("hub", "false").isEmpty());
        QVERIFY(settings.save().isEmpty());
        QFile first(link);
        QVERIFY(first.open(QIODevice::ReadOnly));
        QVERIFY(first.readAll().contains("hub=true"));
        QCOMPARE(Settings(m_file).hub(), std::optional<bool>(false));
    }

    void unwritableFolderIsSaid()
    {
        QFile blocker(m_dir->path() + QStringLiteral("/deep"));
        QVERIFY(blocker.open(QIODevice::WriteOnly)); // a file where the folder should be
        Settings settings(m_file);
        QVERIFY(settings.setText("hub", "true").isEmpty());
        QVERIFY(settings.save().contains(QStringLiteral("could not be written")));
    }

    void urls()
    {
        QCOMPARE(cleanRootUrl(" https://a.b/c// "), QStringLiteral("https://a.b/c"));
        QCOMPARE(cleanRootUrl("http://127.0.0.1:80"), QStringLiteral("http://127.0.0.1:80"));
        QVERIFY(cleanRootUrl("127.0.0.1:80").isEmpty());
        QVERIFY(cleanRootUrl("https://a.b?x=1").isEmpty());
        QVERIFY(cleanRootUrl("").isEmpty());
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_file;
};

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
