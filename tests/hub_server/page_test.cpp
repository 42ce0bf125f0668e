// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/page_test.h"

#include <QtCore/QDir>

#include <csignal>

namespace torchdeck::test {

QString PageTest::root() const { return QStringLiteral("http://127.0.0.1:%1").arg(m_hub.port()); }

QString PageTest::elsewhere() const { return QStringLiteral("http://hub.lab.example:%1").arg(m_hub.port()); }

QString PageTest::compared(qsizetype count) const
{
    return root() + "/compare#" + QString::fromLatin1(m_ids.first(count).join(','));
}

QString PageTest::text(const QString &selector)
{
    return m_page.evaluate("document.querySelector(`" + selector + "`)?.textContent ?? null").toString();
}

void PageTest::shoot(const QString &name, bool whole)
{
    const QString dir = qEnvironmentVariable("TORCHDECK_SHOTS");
    if (dir.isEmpty())
        return;
    QDir().mkpath(dir);
    QFile file(dir + QLatin1Char('/') + name + QStringLiteral(".png"));
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
    file.write(m_page.screenshot(whole));
}

void PageTest::clickOn(const QString &selector)
{
    const QJsonArray at = m_page
                              .evaluate("(() => { const e = document.querySelector(`" + selector
                                        + "`); e.scrollIntoView({ block: 'center' });"
                                          "const b = e.getBoundingClientRect();"
                                          "return [b.x + b.width / 2, b.y + b.height / 2]; })()")
                              .toArray();
    QVERIFY2(at.size() == 2, qPrintable(selector));
    m_page.click(at[0].toDouble(), at[1].toDouble());
}

SampleRun PageTest::sampleRun(const QString &name, double level, int seed, const QJsonObject &config)
{
    SampleRun one;
    one.name = name;
    one.level = level;
    one.seed = seed;
    one.config = config;
    return one;
}

void PageTest::initTestCase()
{
    HttpClient client = m_hub.client();
    const QString project =
        client.post("/v1/projects", R"({"meta": {"name": "Blood cells"}})").data()["id"].toString();
    m_runs << sampleRun("baseline", 0.55, 1) << sampleRun("cosine-lr", 0.585, 2, { { "cos_lr", true } })
           << sampleRun("yolo11n", 0.62, 3) << sampleRun("small-images", 0.47, 4, { { "imageSize", 320 } })
           << sampleRun("big-batch", 0.53, 5, { { "batchSize", 64 }, { "lr0", 0.02 } })
           << sampleRun("still-training", 0.6, 6);
    m_runs[2].architecture = QStringLiteral("yolo11n");
    m_runs[2].dataset = QStringLiteral("coco128");
    m_runs[5].dataset = QStringLiteral("visdrone");
    m_runs[5].epochs = 24;
    m_runs[5].finished = false;
    for (SampleRun &one : m_runs) {
        one.project = project;
        m_ids << send(client, one);
        QVERIFY(!m_ids.last().isEmpty());
    }
    QVERIFY2(m_page.start(), qPrintable(m_page.error()));
}

void PageTest::cleanup()
{
    const QStringList problems = m_page.takeProblems();
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join('\n')));
    for (const QString &url : m_page.requests())
        QVERIFY2(url.startsWith(root() + '/') || url.startsWith(elsewhere() + '/')
                     || url == QLatin1String("about:blank"),
                 qPrintable(url));
}

bool canOpenPages()
{
    std::signal(SIGPIPE, SIG_IGN); // a browser that ends early is a failure of the test, not its end
    if (!Chromium::program().isEmpty())
        return true;
    qInfo("skipped: Chromium is not installed (Debian's package chromium), so no page was opened.");
    return false;
}

} // namespace torchdeck::test
