// SPDX-License-Identifier: GPL-3.0-or-later
// The HUB's pages in a real browser, filled over the real protocol: how they look, and what they must never
// do.
#include "tests/hub_server/page_test.h"

using namespace torchdeck::test;

namespace {

const QStringList kStrange {
    QStringLiteral("<script>window.broken = 1</script>"),
    QStringLiteral("\"><img src=x onerror=\"window.broken = 1\">' & &amp; </a></title>"),
    QString::fromUtf8(
        "\xd8\xaa\xd8\xaf\xd8\xb1\xd9\x8a\xd8\xa8 yolov8 \xd7\x90\xd7\x91\xd7\x92"), // right to left
    QString::fromUtf8(
        "\xe2\x80\xae gnp.tset \xf0\x9f\x94\xa5 \xe8\xae\xad\xe7\xbb\x83"), // override, emoji, Chinese
    QStringLiteral("a").repeated(400),
};

} // namespace

class TestChromium : public PageTest {
    Q_OBJECT

private Q_SLOTS:
    /// The checks of cleanup() can fail: what the policy forbids is seen.
    void violationsAreSeen_data()
    {
        QTest::addColumn<QString>("crime");
        QTest::addColumn<QString>("seen");
        QTest::newRow("markup from text") << "document.body.innerHTML = '<b>x</b>'"
                                          << "TrustedHTML";
        QTest::newRow("script from text")
            << "{ const s = document.createElement('script'); s.append('window.broken = 1'); "
               "document.body.append(s); }"
            << "Trusted";
        QTest::newRow("inline style") << "document.body.setAttribute('style', 'color: red')"
                                      << "style-src";
        QTest::newRow("eval") << "setTimeout('window.broken = 1')"
                              << "Trusted";
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
        QString problems;
        QTRY_VERIFY2_WITH_TIMEOUT((problems += m_page.takeProblems().join('\n')).contains(seen),
                                  qPrintable(problems), 30'000);
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
            QCOMPARE(drawn.size(), page == "model" ? 5 : 11);
            for (auto it = drawn.begin(); it != drawn.end(); ++it) {
                const int lines = page == "compare" ? (it.key().startsWith("lr/") ? 1 : 4)
                    : it.key().startsWith('0')      ? 4
                    : it.key().startsWith('2')      ? 1
                                                    : 2;
                QVERIFY2(it.value().toInt() >= lines, qPrintable(it.key()));
            }
        }
        shoot(QStringLiteral("%1-%2-%3").arg(page, phone ? "phone" : "desktop", dark ? "dark" : "light"),
              true);
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
        QByteArrayList ids;
        for (const QString &strange : kStrange) {
            SampleRun one = sampleRun(strange, 0.5, 9, { { "note " + strange.left(60), strange } });
            one.dataset = one.architecture = one.project = strange;
            one.epochs = 3;
            ids << send(client, one);
            const QJsonObject values { { "metrics/" + strange.left(60) + "(B)", 0.5 },
                                       { "val/" + strange.left(60), 0.5 } };
            client.post("/v1/models/" + ids.last(),
                        metricsBody(3, QJsonDocument(values).toJson(QJsonDocument::Compact)));
        }
        const QString quoted = QString::fromUtf8(
            QJsonDocument(QJsonArray::fromStringList(kStrange)).toJson(QJsonDocument::Compact));
        const QString sound =
            QStringLiteral("window.broken === undefined && document.scripts.length === 1 && "
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
            QVERIFY(m_page.open(root() + "/compare#" + QString::fromLatin1(ids.join(','))));
            QVERIFY(m_page.waitFor(quoted
                                   + ".every(name => [...document.querySelectorAll('#best th span')].some(a "
                                     "=> a.textContent === name))"));
            QVERIFY(m_page.evaluate(sound).toBool());
            QVERIFY(m_page.evaluate("document.querySelectorAll('.chart').length > 20").toBool());
            QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
            shoot(viewport.phone ? "strange-compare-phone" : "strange-compare", true);
            for (qsizetype i = 0; i < kStrange.size(); ++i) {
                QVERIFY(m_page.open(root() + "/models/" + ids[i]));
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
};

int main(int argc, char **argv) { return runPageTest<TestChromium>(argc, argv); }
#include "test_chromium.moc"
