// SPDX-License-Identifier: GPL-3.0-or-later
// The API key: keyring where there is one, a private file with a note where there is none, never a wait.
#include "app/secrets.h"

#include <QtTest/QtTest>

#include <sys/stat.h>

using torchdeck::app::Keyring;
using torchdeck::app::Secrets;

namespace {

struct FakeKeyring : Keyring {
    enum Mode { Works, Missing, Fails, Silent };
    explicit FakeKeyring(Mode mode, QString *content)
        : m_mode(mode)
        , m_content(content)
    {
    }
    [[nodiscard]] bool plausible() const override { return m_mode != Missing; }
    void read(QObject *context, Callback done) override { answer(context, std::move(done)); }
    void write(const QString &secret, QObject *context, Callback done) override
    {
        if (m_mode == Works)
            *m_content = secret;
        answer(context, std::move(done));
    }
    void answer(QObject *context, Callback done)
    {
        if (m_mode == Silent)
            return;
        const Answer value { m_mode == Works, m_mode == Works ? *m_content : QString() };
        QTimer::singleShot(0, context, [done, value] { done(value); });
    }

    Mode m_mode;
    QString *m_content;
};

} // namespace

class TestSecrets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        qunsetenv("HUB_API_KEY");
        m_dir = std::make_unique<QTemporaryDir>();
        m_file = m_dir->path() + QStringLiteral("/torchdeck/hub_api_key");
        m_keyring.clear();
    }

    void keyringIsUsed()
    {
        auto secrets = make(FakeKeyring::Works);
        QVERIFY(store(*secrets, "abc").isEmpty());
        QCOMPARE(m_keyring, QStringLiteral("abc"));
        QVERIFY(!QFile::exists(m_file));
        QVERIFY(secrets->secure());
        auto again = make(FakeKeyring::Works);
        load(*again);
        QCOMPARE(again->key(), QStringLiteral("abc"));
        QVERIFY(again->note().contains("keyring"));
    }

    void fileWithoutKeyring_data()
    {
        QTest::addColumn<int>("mode");
        QTest::newRow("no service") << int(FakeKeyring::Missing);
        QTest::newRow("an error") << int(FakeKeyring::Fails);
        QTest::newRow("no answer") << int(FakeKeyring::Silent);
    }

    void fileWithoutKeyring()
    {
        QFETCH(int, mode);
        auto secrets = make(FakeKeyring::Mode(mode));
        QVERIFY(store(*secrets, "abc").isEmpty());
        QVERIFY(!secrets->secure());
        QVERIFY(secrets->note().contains(m_file));
        struct stat info { };
        QCOMPARE(::stat(QFile::encodeName(m_file).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0600);
        QCOMPARE(::stat(QFile::encodeName(QFileInfo(m_file).absolutePath()).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0700);
        QCOMPARE(QDir(QFileInfo(m_file).absolutePath()).entryList(QDir::Files).size(),
                 1); // no temporary left
        auto again = make(FakeKeyring::Mode(mode));
        load(*again);
        QCOMPARE(again->key(), QStringLiteral("abc"));
        QVERIFY(!again->secure());
    }

    void aKeyringThatComesLaterTakesOver()
    {
        QVERIFY(store(*make(FakeKeyring::Missing), "old").isEmpty());
        QVERIFY(store(*make(FakeKeyring::Works), "new").isEmpty());
        QVERIFY2(!QFile::exists(m_file), "the readable copy is gone");
        auto secrets = make(FakeKeyring::Works);
        load(*secrets);
        QCOMPARE(secrets->key(), QStringLiteral("new"));
    }

    void openFileIsClosed()
    {
        QVERIFY(store(*make(FakeKeyring::Missing), "abc").isEmpty());
        ::chmod(QFile::encodeName(m_file).constData(), 0644);
        load(*make(FakeKeyring::Missing));
        struct stat info { };
        QCOMPARE(::stat(QFile::encodeName(m_file).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0600);
    }

    void environmentWins()
    {
        qputenv("HUB_API_KEY", "fromenv");
        auto secrets = make(FakeKeyring::Works);
        m_keyring = "stored";
        load(*secrets);
        QCOMPARE(secrets->key(), QStringLiteral("fromenv"));
        QVERIFY(secrets->note().contains("HUB_API_KEY"));
    }

    void forgetting()
    {
        auto secrets = make(FakeKeyring::Missing);
        QVERIFY(store(*secrets, "abc").isEmpty());
        QVERIFY(store(*secrets, "").isEmpty());
        QVERIFY(!QFile::exists(m_file));
        QVERIFY(secrets->key().isEmpty());
    }

    void unwritableFolderIsSaid()
    {
        QFile blocker(m_dir->path() + QStringLiteral("/torchdeck"));
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        QVERIFY(store(*make(FakeKeyring::Missing), "abc").contains("could not be written"));
    }

private:
    std::unique_ptr<Secrets> make(FakeKeyring::Mode mode)
    {
        return std::make_unique<Secrets>(std::make_unique<FakeKeyring>(mode, &m_keyring), m_file, 50);
    }
    static void load(Secrets &secrets)
    {
        QSignalSpy spy(&secrets, &Secrets::loaded);
        secrets.load();
        QTRY_COMPARE(spy.size(), 1);
    }
    static QString store(Secrets &secrets, const QString &key)
    {
        QSignalSpy spy(&secrets, &Secrets::stored);
        secrets.store(key);
        return spy.size() == 1 || spy.wait() ? spy.first().first().toString() : QStringLiteral("no answer");
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_file;
    QString m_keyring;
};

QTEST_GUILESS_MAIN(TestSecrets)
#include "tst_secrets.moc"
