// SPDX-License-Identifier: GPL-3.0-or-later
// Archives from the network: what is unpacked, and everything that is refused without leaving a file behind.
#include "app/hub_dataset.h"
#include "app/zip_extract.h"

#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtTest/QtTest>

#include <archive.h>
#include <archive_entry.h>

using namespace torchdeck::app;

namespace {

struct Part {
    QByteArray name;
    QByteArray content;
    unsigned type = AE_IFREG;
    QByteArray link = {};
};

void makeZip(const QString &file, const QList<Part> &parts)
{
    archive *out = archive_write_new();
    archive_write_set_format_zip(out);
    QCOMPARE(archive_write_open_filename(out, QFile::encodeName(file).constData()), ARCHIVE_OK);
    for (const Part &part : parts) {
        archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, part.name.constData());
        archive_entry_set_filetype(entry, part.type);
        archive_entry_set_perm(entry, 0644);
        if (part.type == AE_IFLNK)
            archive_entry_set_symlink(entry, part.link.constData());
        archive_entry_set_size(entry, part.content.size());
        QCOMPARE(archive_write_header(out, entry), ARCHIVE_OK);
        archive_write_data(out, part.content.constData(), size_t(part.content.size()));
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
}

QStringList below(const QString &folder)
{
    QStringList found;
    QDirIterator all(folder, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                     QDirIterator::Subdirectories);
    while (all.hasNext())
        found << QDir(folder).relativeFilePath(all.next());
    found.sort();
    return found;
}

} // namespace

class TestZipExtract : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void unpacksFilesAndFolders()
    {
        QTemporaryDir dir;
        makeZip(dir.filePath("a.zip"), { { "images/", {}, AE_IFDIR }, { "images/1.jpg", "jpg" }, { "labels/täst.txt", "0 1" } });
        qint64 told = 0;
        QCOMPARE(extractZip(dir.filePath("a.zip"), dir.filePath("out"), {}, {}, [&told](qint64 b) { told = b; }), QString());
        QCOMPARE(told, 6);
        QFile file(dir.filePath("out/labels/täst.txt"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), "0 1");
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<unsigned>("type");
        QTest::addColumn<QString>("word");
        QTest::newRow("parent") << QByteArray("../evil.txt") << unsigned(AE_IFREG) << "leads out";
        QTest::newRow("parent inside") << QByteArray("a/../../evil.txt") << unsigned(AE_IFREG) << "leads out";
        QTest::newRow("absolute") << QByteArray("/tmp/evil-of-the-test.txt") << unsigned(AE_IFREG) << "leads out";
        QTest::newRow("backslash") << QByteArray("..\\evil.txt") << unsigned(AE_IFREG) << "leads out";
        QTest::newRow("drive") << QByteArray("C:evil.txt") << unsigned(AE_IFREG) << "leads out";
        QTest::newRow("symbolic link") << QByteArray("link") << unsigned(AE_IFLNK) << "link";
        QTest::newRow("twice") << QByteArray("good.txt") << unsigned(AE_IFREG) << "two entries";
    }
    void refused()
    {
        QFETCH(QByteArray, name);
        QFETCH(unsigned, type);
        QFETCH(QString, word);
        QTemporaryDir dir;
        QDir(dir.path()).mkpath("deep/er");
        const QString zip = dir.filePath("deep/er/a.zip");
        makeZip(zip, { { "good.txt", "good" }, { name, type == AE_IFLNK ? "" : "evil", type, "/etc" } });
        const QString problem = extractZip(zip, dir.filePath("deep/er/out"), {}, {});
        QVERIFY2(problem.contains(word), qPrintable(problem));
        QCOMPARE(below(dir.path()), QStringList({ "deep", "deep/er", "deep/er/a.zip" }));
        QVERIFY(!QFile::exists("/tmp/evil-of-the-test.txt"));
    }

    void bombsAreRefused()
    {
        QTemporaryDir dir;
        const QString zip = dir.filePath("a.zip");
        makeZip(zip, { { "zeros", QByteArray(8 << 20, '\0') } });
        ZipLimits limits;
        limits.ratioFrom = 1 << 20;
        QVERIFY(extractZip(zip, dir.filePath("out"), limits, {}).contains("trap"));
        limits = {};
        limits.mostBytes = 4 << 20;
        QVERIFY(extractZip(zip, dir.filePath("out"), limits, {}).contains("more than"));
        limits = {};
        limits.mostEntries = 1;
        makeZip(zip, { { "a", "1" }, { "b", "2" } });
        QVERIFY(extractZip(zip, dir.filePath("out"), limits, {}).contains("entries"));
        QVERIFY(!QFile::exists(dir.filePath("out")));
    }

    void whatIsNoArchiveIsSaid()
    {
        QTemporaryDir dir;
        QFile file(dir.filePath("a.zip"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("<html>no zip at all</html>");
        file.close();
        const QString problem = extractZip(file.fileName(), dir.filePath("out"), {}, {});
        QVERIFY2(!problem.isEmpty() && !QFile::exists(dir.filePath("out")), qPrintable(problem));
        // A whole archive, cut off.
        makeZip(dir.filePath("b.zip"), { { "a", QByteArray(100'000, 'x') } });
        QFile cut(dir.filePath("b.zip"));
        QVERIFY(cut.open(QIODevice::ReadWrite) && cut.resize(cut.size() / 2));
        cut.close();
        QVERIFY(!extractZip(cut.fileName(), dir.filePath("out"), {}, {}).isEmpty());
        QVERIFY(!QFile::exists(dir.filePath("out")));
    }

    void stopLeavesNothing()
    {
        QTemporaryDir dir;
        makeZip(dir.filePath("a.zip"), { { "a", QByteArray(3 << 20, 'x') }, { "b", "2" } });
        std::stop_source stop;
        QCOMPARE(extractZip(dir.filePath("a.zip"), dir.filePath("out"), {}, stop.get_token(),
                            [&stop](qint64) { stop.request_stop(); }),
                 QString());
        QVERIFY(!QFile::exists(dir.filePath("out")));
    }

    void dataYamlStaysInItsFolder()
    {
        QString problem;
        const QByteArray good = confinedDataYaml(
            "path: /datasets/coco8 # root\ntrain: images/train\nval:\n  - ../valid/images\nnames:\n  0: a..b\n", &problem);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QVERIFY(good.startsWith("path: .\ntrain: images/train"));
        for (const char *bad : { "train: /etc\nval: x\n", "train: x\nval: ../../home\n", "train:\n  - images\n  - /home\n",
                                 "train: [a, ../../b]\n" }) {
            problem.clear();
            QVERIFY(confinedDataYaml(bad, &problem).isEmpty());
            QVERIFY2(problem.contains("outside"), bad);
        }
    }
};

QTEST_GUILESS_MAIN(TestZipExtract)
#include "tst_zip_extract.moc"
