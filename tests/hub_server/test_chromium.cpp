// SPDX-License-Identifier: GPL-3.0-or-later
// The HUB's pages in a real browser, filled over the real protocol. TORCHDECK_SHOTS=DIR also takes pictures of them.
#include "tests/hub_server/chromium.h"
#include "tests/hub_server/page_checks.h"
#include "tests/hub_server/web_sample.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>

#include <csignal>
#include <thread>

using namespace torchdeck::test;

namespace {

const Viewport kDesktop { 1280, 800, 1.0, false };
const Viewport kPhone { 360, 740, 2.0, true };

const QStringList kStrange {
    QStringLiteral("<script>window.broken = 1</script>"),
    QStringLiteral("\"><img src=x onerror=\"window.broken = 1\">' & &amp; </a></title>"),
    QString::fromUtf8("\xd8\xaa\xd8\xaf\xd8\xb1\xd9\x8a\xd8\xa8 yolov8 \xd7\x90\xd7\x91\xd7\x92"), // right to left
    QString::fromUtf8("\xe2\x80\xae gnp.tset \xf0\x9f\x94\xa5 \xe8\xae\xad\xe7\xbb\x83"), // override, emoji, Chinese
    QStringLiteral("a").repeated(400),
};

} // namespace

class TestChromium : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;
    Chromium m_page;
    QList<SampleRun> m_runs;
    QByteArrayList m_ids;
    QByteArrayList m_strangeIds;

    [[nodiscard]] QString root() const { return QStringLiteral("http://127.0.0.1:%1").arg(m_hub.port()); }
    [[nodiscard]] QString compared(qsizetype count) const
    {
        return root() + "/compare#" + QString::fromLatin1(m_ids.first(count).join(','));
    }

    /// A text in the page.
    QString text(const QString &selector)
    {
        return m_page.evaluate("document.querySelector(`" + selector + "`)?.textContent ?? null").toString();
    }

    void shoot(const QString &name, bool whole = false)
    {
        const QString dir = qEnvironmentVariable("TORCHDECK_SHOTS");
        if (dir.isEmpty())
            return;
        QDir().mkpath(dir);
        QFile file(dir + QLatin1Char('/') + name + QStringLiteral(".png"));
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
        file.write(m_page.screenshot(whole));
    }

    void clickOn(const QString &selector)
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

    static SampleRun run(const QString &name, double level, int seed, QJsonObject config = {})
    {
        SampleRun one;
        one.name = name;
        one.level = level;
        one.seed = seed;
        one.config = std::move(config);
        return one;
    }

private Q_SLOTS:
    void initTestCase()
    {
        HttpClient client = m_hub.client();
        const QString project =
            client.post("/v1/projects", R"({"meta": {"name": "Blood cells"}})").data()["id"].toString();
        m_runs << run("baseline", 0.55, 1) << run("cosine-lr", 0.585, 2, { { "cos_lr", true } })
               << run("yolo11n", 0.62, 3) << run("small-images", 0.47, 4, { { "imageSize", 320 } })
               << run("big-batch", 0.53, 5, { { "batchSize", 64 }, { "lr0", 0.02 } })
               << run("still-training", 0.6, 6);
        m_runs[2].architecture = QStringLiteral("yolo11n");
        m_runs[5].epochs = 24;
        m_runs[5].finished = false;
        for (SampleRun &one : m_runs) {
            one.project = project;
            m_ids << send(client, one);
            QVERIFY(!m_ids.last().isEmpty());
        }
        QVERIFY2(m_page.start(), qPrintable(m_page.error()));
    }

    void cleanup()
    {
        const QStringList problems = m_page.takeProblems();
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join('\n')));
        for (const QString &url : m_page.requests())
            QVERIFY2(url.startsWith(root() + '/') || url == QLatin1String("about:blank"), qPrintable(url));
    }

    /// The checks of cleanup() can fail: what the policy forbids is seen.
    void violationsAreSeen_data()
    {
        QTest::addColumn<QString>("crime");
        QTest::addColumn<QString>("seen");
        QTest::newRow("inline script")
            << "{ const s = document.createElement('script'); s.textContent = 'window.broken = 1'; "
               "document.body.append(s); }"
            << "script-src";
        QTest::newRow("inline style") << "document.body.setAttribute('style', 'color: red')"
                                      << "style-src";
        QTest::newRow("eval") << "setTimeout('window.broken = 1')"
                              << "unsafe-eval";
        QTest::newRow("foreign request") << "fetch('http://127.0.0.2/').catch(() => 0)"
                                         << "connect-src";
        QTest::newRow("console") << "console.warn('beware')"
                                 << "beware";
    }
    void violationsAreSeen()
    {
        QFETCH(QString, crime);
        QFETCH(QString, seen);
        QVERIFY(m_page.open(root()));
        QVERIFY(m_page.takeProblems().isEmpty());
        (void)m_page.evaluate(crime);
        (void)m_page.evaluate("new Promise(done => setTimeout(done, 50))");
        const QString problems = m_page.takeProblems().join('\n');
        QVERIFY2(problems.contains(seen), qPrintable(problems));
        QVERIFY(m_page.evaluate("window.broken === undefined").toBool());
    }

    void everyPageEverywhere_data()
    {
        QTest::addColumn<QString>("page");
        QTest::addColumn<bool>("phone");
        QTest::addColumn<bool>("dark");
        for (const char *page : { "list", "model", "compare" }) {
            for (const bool phone : { false, true }) {
                for (const bool dark : { false, true })
                    QTest::addRow("%s, %s, %s", page, phone ? "phone" : "desktop", dark ? "dark" : "light")
                        << page << phone << dark;
            }
        }
    }
    void everyPageEverywhere()
    {
        QFETCH(QString, page);
        QFETCH(bool, phone);
        QFETCH(bool, dark);
        m_page.show(phone ? kPhone : kDesktop, dark);
        const QString url = page == "list" ? root()
            : page == "model"              ? root() + "/models/" + m_ids[0]
                                           : compared(4);
        QVERIFY(m_page.open(url));
        QVERIFY(m_page.waitFor(page == "list" ? "document.querySelectorAll('#list .row').length >= 6"
                               : page == "model"
                                   ? "document.querySelectorAll('.chart').length === 5"
                                   : "document.querySelectorAll('#best tbody tr').length === 4"));
        QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
        QCOMPARE(m_page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches").toBool(), dark);
        if (phone) {
            QCOMPARE(m_page.evaluate("innerWidth").toInt(), 360);
            QCOMPARE(m_page.evaluate(js::kSmallTargets).toString(), QString());
        }
        if (page != "list") {
            const QJsonObject drawn = m_page.evaluate(js::kDrawnColours).toObject();
            QCOMPARE(drawn.size(), page == "model" ? 5 : 13);
            for (auto it = drawn.begin(); it != drawn.end(); ++it) {
                const int lines = page == "compare" ? (it.key().startsWith("lr/") ? 1 : 4)
                    : it.key().startsWith('0')      ? 4
                    : it.key().startsWith('2')      ? 1
                                                    : 2;
                QVERIFY2(it.value().toInt() >= lines, qPrintable(it.key()));
            }
        }
        shoot(QStringLiteral("%1-%2-%3").arg(page, phone ? "phone" : "desktop", dark ? "dark" : "light"), true);
    }

    void listChoosesWhatIsCompared()
    {
        m_page.show(kDesktop, false);
        QVERIFY(m_page.open(root() + "/?sort=name&order=asc"));
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length >= 6"));
        const QString names = m_page
                                  .evaluate("[...document.querySelectorAll('.name a')].map(a => "
                                            "a.textContent).join()")
                                  .toString();
        QCOMPARE(names, QStringLiteral("baseline,big-batch,cosine-lr,small-images,still-training,yolo11n"));
        for (const char *row : { "2", "4" })
            clickOn(QStringLiteral("#list .row:nth-child(%1) input").arg(row));
        QCOMPARE(text("#chosencount"), QStringLiteral("2 models chosen"));
        shoot("list-chosen");
        clickOn("#compare");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 2"));
        QCOMPARE(m_page.evaluate("location.hash").toString(), "#" + m_ids[4] + "," + m_ids[3]);
        // The address alone gives the same again.
        const QString address = m_page.evaluate("location.href").toString();
        QVERIFY(m_page.open(address));
        QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 2"));
        QCOMPARE(m_page.evaluate("[...document.querySelectorAll('.runname')].map(a => a.textContent).join()")
                     .toString(),
                 QStringLiteral("big-batch,small-images"));
        // Only what differs is in the table of arguments.
        QCOMPARE(m_page
                     .evaluate("[...document.querySelectorAll('#differ tbody tr')].map(row => "
                               "[...row.children].map(cell => cell.textContent).join(' ')).sort().join()")
                     .toString(),
                 QStringLiteral("Batch 64 16,Image size 640 320,lr0 0.02 not told"));
        // Removing one changes the address, and the way back knows what was chosen.
        clickOn("#runlist .run:nth-child(1) button:last-child");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 1"));
        QCOMPARE(m_page.evaluate("location.hash").toString(), "#" + m_ids[3]);
        clickOn("#choose");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list input:checked').length === 1"));
    }

    void listSortsAndFilters()
    {
        QVERIFY(m_page.open(root()));
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length >= 6"));
        clickOn("[data-sort=map] button");
        QVERIFY(m_page.waitFor("document.querySelector('.name a').textContent === 'yolo11n'"));
        clickOn("[data-sort=map] button");
        QVERIFY(m_page.waitFor("document.querySelector('.name a').textContent === 'small-images'"));
        (void)m_page.evaluate("{ const s = document.getElementById('state'); s.value = 'live';"
                              "s.dispatchEvent(new Event('change')); }");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length === 1"));
        QCOMPARE(text(".name a"), QStringLiteral("still-training"));
        QVERIFY(m_page.evaluate("location.search").toString().contains("state=live"));
        (void)m_page.evaluate("{ const s = document.getElementById('search'); s.value = 'no such model';"
                              "s.dispatchEvent(new Event('input')); }");
        QVERIFY(m_page.waitFor("!document.getElementById('nothing').hidden"));
        clickOn("#reset");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length >= 6"));
    }

    void pointingAtACurveNamesItsRun()
    {
        for (const bool phone : { false, true }) {
            m_page.show(phone ? kPhone : kDesktop, phone);
            QVERIFY(m_page.open(compared(4)));
            QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 4"));
            for (const int run : { 3, 2 }) {
                const QJsonArray at =
                    m_page
                        .evaluate(
                            QString::fromLatin1(js::kPointOfColour).arg("metrics/mAP50-95(B)").arg(run + 1))
                        .toArray();
                QCOMPARE(at.size(), 2);
                if (phone)
                    m_page.tap(at[0].toDouble(), at[1].toDouble());
                else
                    m_page.moveMouse(at[0].toDouble(), at[1].toDouble());
                QVERIFY(m_page.waitFor("document.querySelector('.tip:not([hidden])')"));
                QCOMPARE(text(".tip:not([hidden]) .who"), m_runs[run].name);
                QVERIFY(text(".tip:not([hidden]) b").startsWith("Epoch "));
                QCOMPARE(m_page.evaluate("document.querySelectorAll('.tip:not([hidden])').length").toInt(), 1);
            }
            shoot(phone ? "compare-tap" : "compare-hover");
        }
    }

    void aClickKeepsACurve()
    {
        m_page.show(kDesktop, false);
        QVERIFY(m_page.open(compared(4)));
        QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 4"));
        const QJsonArray at =
            m_page.evaluate(QString::fromLatin1(js::kPointOfColour).arg("metrics/mAP50-95(B)").arg(2))
                .toArray();
        m_page.click(at[0].toDouble(), at[1].toDouble());
        QCOMPARE(text(".run.kept .runname"), m_runs[1].name);
        m_page.moveMouse(2, 2);
        QVERIFY(m_page.waitFor("!document.querySelector('.tip:not([hidden])')"));
        QCOMPARE(text(".run.kept .runname"), m_runs[1].name);
        // By keyboard: along the curve, and to the next one.
        (void)m_page.evaluate("document.querySelector('.stage').focus()");
        m_page.press("ArrowLeft");
        QCOMPARE(text(".tip:not([hidden]) .who"), m_runs[1].name);
        const QString before = text(".tip:not([hidden]) b");
        m_page.press("ArrowLeft");
        QVERIFY(text(".tip:not([hidden]) b") != before);
        m_page.press("ArrowDown");
        QCOMPARE(text(".tip:not([hidden]) .who"), m_runs[2].name);
    }

    void crosshairSmoothingAndLogarithm()
    {
        m_page.show(kDesktop, false);
        QVERIFY(m_page.open(root() + "/models/" + m_ids[0]));
        QVERIFY(m_page.waitFor("document.querySelectorAll('.chart').length === 5"));
        const auto picture = [this] {
            return m_page
                .evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
                          "done(document.querySelector(`[data-chart='1box_loss'] canvas`).toDataURL()))))")
                .toString();
        };
        (void)m_page.evaluate("document.querySelector(`[data-chart='1box_loss']`).scrollIntoView()");
        const QString raw = picture();
        clickOn("[data-chart='1box_loss'] .toggle");
        const QString logarithmic = picture();
        QVERIFY(raw != logarithmic);
        clickOn("[data-chart='1box_loss'] .toggle");
        QCOMPARE(picture(), raw);
        (void)m_page.evaluate("{ const s = document.querySelector('input[type=range]'); s.value = 0.8;"
                              "s.dispatchEvent(new Event('input')); }");
        QVERIFY(picture() != raw);
        const QJsonArray at =
            m_page.evaluate(QString::fromLatin1(js::kPointOfColour).arg("1box_loss").arg(1)).toArray();
        m_page.moveMouse(at[0].toDouble(), at[1].toDouble());
        QVERIFY(m_page.waitFor("document.querySelector('.tip:not([hidden])')"));
        const QString tip = text(".tip:not([hidden])");
        QVERIFY2(tip.contains("Train") && tip.contains("Val") && tip.contains("raw"), qPrintable(tip));
        shoot("model-smoothed");
        QVERIFY(m_page.open(root() + "/models/" + m_ids[0])); // remembered
        QCOMPARE(text(".slider output"), QStringLiteral("0.80"));
        (void)m_page.evaluate("localStorage.clear()");
    }

    void newEpochsAppearByThemselves()
    {
        HttpClient client = m_hub.client();
        const QByteArray id = m_ids[5];
        int sent = m_runs[5].epochs;
        m_page.show(kDesktop, false);
        QVERIFY(m_page.open(root() + "/models/" + id));
        QVERIFY(m_page.waitFor("document.querySelector('#epochs tbody th')?.textContent === '24'"));
        QVERIFY(sendEpochs(client, id, m_runs[5], sent, sent + 1));
        QVERIFY(m_page.waitFor("document.querySelector('#epochs tbody th').textContent === '25'"));
        QVERIFY(text("#tiles").contains("25 / 60"));
        QVERIFY(m_page.open(root() + "/compare#" + m_ids[0] + ',' + id));
        QVERIFY(m_page.waitFor(
            "document.querySelector('#runlist').textContent.includes('Live · epoch 25 / 60')"));
        const QString before =
            m_page.evaluate("document.querySelector('.chart .stage').getAttribute('aria-label')").toString();
        QVERIFY(sendEpochs(client, id, m_runs[5], sent + 1, sent + 2));
        QVERIFY(m_page.waitFor(
            "document.querySelector('#runlist').textContent.includes('Live · epoch 26 / 60')"));
        QVERIFY(m_page.waitFor("document.querySelector('.chart .stage').getAttribute('aria-label') !== `"
                               + before + '`'));
        QVERIFY(m_page.open(root() + "/?query=still"));
        QVERIFY(m_page.waitFor("document.querySelector('.row .count')?.textContent === '26 / 60'"));
        QVERIFY(sendEpochs(client, id, m_runs[5], sent + 2, sent + 3));
        QVERIFY(m_page.waitFor("document.querySelector('.row .count').textContent === '27 / 60'"));
    }

    void checkpointsAreWhatThePageSays()
    {
        QVERIFY(m_page.open(root() + "/models/" + m_ids[0]));
        QVERIFY(m_page.waitFor("document.querySelectorAll('.file').length === 2"));
        for (int i = 1; i <= 2; ++i) {
            const QString file = QStringLiteral(".file:nth-child(%1) ").arg(i);
            const QString url =
                m_page.evaluate("document.querySelector('" + file + "a').getAttribute('href')").toString();
            const QStringList real =
                m_page.evaluate(QString::fromLatin1(js::kDigest).arg(url)).toString().split(' ');
            QCOMPARE(text(file + ".sum"), real[0]);
            QCOMPARE(real[1].toInt(), 31 * 70'000);
            QVERIFY(text(file + ".filehead").contains("2.2 MB"));
        }
    }

    void strangeTextStaysText()
    {
        HttpClient client = m_hub.client();
        for (const QString &strange : kStrange) {
            SampleRun one = run(strange, 0.5, 9, { { "note " + strange.left(60), strange } });
            one.dataset = one.architecture = one.project = strange;
            one.epochs = 3;
            m_strangeIds << send(client, one);
            const QJsonObject values { { "metrics/" + strange.left(60) + "(B)", 0.5 },
                                       { "val/" + strange.left(60), 0.5 } };
            client.post("/v1/models/" + m_strangeIds.last(),
                        metricsBody(3, QJsonDocument(values).toJson(QJsonDocument::Compact)));
        }
        const QString quoted = QString::fromUtf8(
            QJsonDocument(QJsonArray::fromStringList(kStrange)).toJson(QJsonDocument::Compact));
        const QString sound = QStringLiteral("window.broken === undefined && document.scripts.length === 1 && "
                                             "document.querySelectorAll('main img[src=x]').length === 0");
        for (const Viewport &viewport : { kDesktop, kPhone }) {
            m_page.show(viewport, false);
            QVERIFY(m_page.open(root()));
            QVERIFY(m_page.waitFor(quoted
                                   + ".every(name => [...document.querySelectorAll('.name a')].some(a => "
                                     "a.textContent === name))"));
            QVERIFY(m_page.evaluate(sound).toBool());
            QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
            shoot(viewport.phone ? "strange-list-phone" : "strange-list");
            QVERIFY(m_page.open(root() + "/compare#" + QString::fromLatin1(m_strangeIds.join(','))));
            QVERIFY(m_page.waitFor(quoted
                                   + ".every(name => [...document.querySelectorAll('#best th span')].some(a "
                                     "=> a.textContent === name))"));
            QVERIFY(m_page.evaluate(sound).toBool());
            QVERIFY(m_page.evaluate("document.querySelectorAll('.chart').length > 20").toBool());
            QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
            shoot(viewport.phone ? "strange-compare-phone" : "strange-compare", true);
            for (qsizetype i = 0; i < kStrange.size(); ++i) {
                QVERIFY(m_page.open(root() + "/models/" + m_strangeIds[i]));
                QVERIFY(m_page.waitFor("document.querySelector('.chart')"));
                QCOMPARE(text("h1"), kStrange[i]);
                QVERIFY(text("#params").contains(kStrange[i]));
                QVERIFY(m_page.evaluate(sound).toBool());
                QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
            }
        }
    }

    void whoWantsNoMotionGetsNone()
    {
        const QString pulse = QStringLiteral(
            "getComputedStyle(document.querySelector('.badge.live'), '::before').animationName");
        for (const bool still : { false, true }) {
            m_page.show(kDesktop, false, still);
            QVERIFY(m_page.open(root() + "/?query=still"));
            QVERIFY(m_page.waitFor("document.querySelector('.badge.live')"));
            QCOMPARE(m_page.evaluate(pulse).toString(), still ? "none" : "pulse");
        }
    }

    void aThousandModels();
};

void TestChromium::aThousandModels()
{
    std::vector<std::thread> senders;
    std::atomic<int> good = 0;
    for (int part = 0; part < 8; ++part)
        senders.emplace_back([this, part, &good] {
            HttpClient client = m_hub.client();
            for (int i = part; i < 1000; i += 8)
                good += client.post("/v1/models",
                                    R"({"meta": {"name": "bulk)" + QByteArray::number(i)
                                        + R"("}, "config": {"epochs": 100}, "dataset": {"name": "coco"}})")
                            .status
                    == 200;
        });
    for (std::thread &sender : senders)
        sender.join();
    QCOMPARE(good, 1000);
    m_page.show(kDesktop, false);
    QVERIFY(m_page.open(root() + "/?query=bulk&sort=name&order=asc"));
    QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length === 50"));
    QCOMPARE(text("#range"), QStringLiteral("1–50 of 1,000"));
    QCOMPARE(text(".name a"), QStringLiteral("bulk0")); // then 1, 2, ... 10: as people count
    QCOMPARE(text(".row:nth-child(11) .name a"), QStringLiteral("bulk10"));
    const double paged = m_page
                             .evaluate("(async () => { const start = performance.now();"
                                       "for (let i = 1; i < 20; ++i) { document.getElementById('next').click();"
                                       "while (document.querySelector('.name a').textContent !== 'bulk' + i * 50)"
                                       "await new Promise(requestAnimationFrame); }"
                                       "return (performance.now() - start) / 19; })()")
                             .toDouble();
    QCOMPARE(text("#range"), QStringLiteral("951–1000 of 1,000"));
    QVERIFY(m_page.evaluate("document.getElementById('next').disabled").toBool());
    QVERIFY(m_page.evaluate("document.querySelectorAll('*').length").toInt() < 1500);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(HttpClient(m_hub.port(), {}).get("/web/api/models?sort=name&limit=50").status, 200);
    qInfo("1,000 models: the server lists a page in %lld ms, the browser turns one in %.0f ms", timer.elapsed(),
          paged);
}

int main(int argc, char **argv)
{
    if (Chromium::program().isEmpty()) {
        qInfo("skipped: Chromium is not installed (Debian's package chromium), so no page was opened.");
        return 77; // CTest: skipped
    }
    std::signal(SIGPIPE, SIG_IGN); // a browser that ends early is a failure of the test, not its end
    QCoreApplication app(argc, argv);
    TestChromium test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_chromium.moc"
