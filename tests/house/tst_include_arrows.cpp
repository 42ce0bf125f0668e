// SPDX-License-Identifier: GPL-3.0-or-later
// The compile-time dependencies between the folders point one way, and files stay readable in size.
#include <QtCore/QDirIterator>
#include <QtCore/QFile>
#include <QtCore/QRegularExpression>
#include <QtTest/QtTest>

namespace {

constexpr int maxLines = 520;

struct Include {
    QString file; ///< relative to the root
    int line = 0;
    QString target;
};

const QString root = QStringLiteral(TORCHDECK_SOURCE_DIR);

QStringList sourceFiles(const QString &folder)
{
    QStringList files;
    QDirIterator it(root + u'/' + folder, { "*.h", "*.cpp" }, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext())
        files << QDir(root).relativeFilePath(it.next());
    return files;
}

QStringList linesOf(const QString &file)
{
    QFile in(root + u'/' + file);
    return in.open(QIODevice::ReadOnly) ? QString::fromUtf8(in.readAll()).split(u'\n') : QStringList();
}

QList<Include> includesOf(const QString &folder)
{
    static const QRegularExpression pattern(QStringLiteral("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]"));
    QList<Include> includes;
    for (const QString &file : sourceFiles(folder)) {
        int number = 0;
        for (const QString &line : linesOf(file)) {
            ++number;
            const auto match = pattern.match(line);
            if (match.hasMatch())
                includes.append({ file, number, match.captured(1) });
        }
    }
    return includes;
}

} // namespace

class TestIncludeArrows : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void arrows_data();
    void arrows();
    void torchStaysInside();
    void filesStaySmall();
    void publicHeadersAreStdOnly();
};

void TestIncludeArrows::arrows_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("forbidden");
    const QString widgets =
        QStringLiteral("Qt(Widgets|Charts|Gui)/|Q(Widget|Dialog|MainWindow|Painter|Chart)");
    QTest::newRow("engine") << "engine"
                            << "^(app|ui|hub)/|^Qt[A-Z0-9]|^Q[A-Z][A-Za-z]+$";
    QTest::newRow("hub") << "hub"
                         << ("^(app|ui|engine)/|^torchdeck/engine/|^(torch|ATen|c10)/|opencv2|^" + widgets);
    QTest::newRow("hub server knows no client") << "hub/server"
                                                << "^hub/(?!server/|digest/)";
    QTest::newRow("hub digest knows neither") << "hub/digest"
                                              << "^hub/(?!digest/)";
    QTest::newRow("ui") << "ui"
                        << "^(app|engine)/|^hub/server/|^(torch|ATen|c10)/|opencv2";
    QTest::newRow("app") << "app"
                         << "^engine/|^(torch|ATen|c10)/|opencv2";
}

void TestIncludeArrows::arrows()
{
    QFETCH(QString, folder);
    QFETCH(QString, forbidden);
    const QRegularExpression pattern(forbidden);
    QVERIFY(pattern.isValid());
    const QList<Include> includes = includesOf(folder);
    QVERIFY2(!includes.isEmpty(), "no sources found: is TORCHDECK_SOURCE_DIR right?");
    for (const Include &include : includes)
        QVERIFY2(
            !pattern.match(include.target).hasMatch(),
            qPrintable(
                QStringLiteral("%1:%2 includes %3").arg(include.file).arg(include.line).arg(include.target)));
}

void TestIncludeArrows::torchStaysInside()
{
    static const QRegularExpression torch(QStringLiteral("^(torch|ATen|c10|caffe2)/"));
    static const QRegularExpression allowed(QStringLiteral("^engine/(nn|loss|core|interop|dist|cuda)/"));
    for (const Include &include : includesOf(QStringLiteral("engine"))) {
        if (torch.match(include.target).hasMatch())
            QVERIFY2(allowed.match(include.file).hasMatch(),
                     qPrintable(include.file + " includes " + include.target));
    }
}

void TestIncludeArrows::filesStaySmall()
{
    for (const char *folder : { "app", "ui", "hub", "engine", "tests", "bench" }) {
        for (const QString &file : sourceFiles(QString::fromLatin1(folder))) {
            const auto lines = linesOf(file).size();
            QVERIFY2(lines <= maxLines,
                     qPrintable(QStringLiteral("%1 has %2 lines: split it").arg(file).arg(lines)));
        }
    }
}

void TestIncludeArrows::publicHeadersAreStdOnly()
{
    for (const Include &include : includesOf(QStringLiteral("engine/include"))) {
        const bool fine = include.target.startsWith(QLatin1String("torchdeck/engine/"))
            || (!include.target.contains(u'/') && !include.target.contains(u'.'));
        QVERIFY2(fine, qPrintable(include.file + " includes " + include.target));
    }
}

QTEST_APPLESS_MAIN(TestIncludeArrows)
#include "tst_include_arrows.moc"
