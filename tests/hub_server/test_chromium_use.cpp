// SPDX-License-Identifier: GPL-3.0-or-later
// The HUB's pages in a real browser: choosing, comparing, pointing, watching, and many models.
#include "tests/hub_server/page_test.h"

#include <QtCore/QElapsedTimer>

#include <thread>

using namespace torchdeck::test;

class TestChromiumUse : public PageTest {
    Q_OBJECT

private Q_SLOTS:
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
        QVERIFY(text("#best thead").contains("final mAP50-95"));
        QCOMPARE(text("#best tbody tr:nth-child(1) td"), QStringLiteral("0.530"));
        // Only what differs is in the table of arguments.
        QCOMPARE(m_page
                     .evaluate("[...document.querySelectorAll('#differ tbody tr')].map(row => "
                               "[...row.children].map(cell => cell.textContent).join(' ')).sort().join()")
                     .toString(),
                 QStringLiteral("Batch 64 16,Image size 640 320,lr0 0.02 not told"));
        QVERIFY(m_page.evaluate("document.title").toString().contains("big-batch"));
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
        QVERIFY(m_page.waitFor("document.querySelector('.name a').textContent === 'still-training'"));
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
        // Nothing is outside the project; the address alone says that too.
        (void)m_page.evaluate("{ const s = document.getElementById('project'); s.selectedIndex = 1;"
                              "s.dispatchEvent(new Event('change')); }");
        QVERIFY(m_page.waitFor("!document.getElementById('nothing').hidden"));
        QVERIFY(m_page.open(m_page.evaluate("location.href").toString()));
        QVERIFY(m_page.waitFor("!document.getElementById('nothing').hidden"));
        QCOMPARE(m_page.evaluate("document.getElementById('project').selectedIndex").toInt(), 1);
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
                QCOMPARE(m_page.evaluate("document.querySelectorAll('.tip:not([hidden])').length").toInt(),
                         1);
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
        m_page.press("Enter");
        QCOMPARE(text(".run.kept .runname"), m_runs[2].name);
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

    /// A part of the run that is dragged over fills all charts, until a button brings back the whole.
    void zoomOfAllCharts()
    {
        m_page.show(kDesktop, false);
        QVERIFY(m_page.open(root() + "/models/" + m_ids[0]));
        QVERIFY(m_page.waitFor("document.querySelectorAll('.chart').length === 5"));
        const QString loss = QStringLiteral("1box_loss");
        const auto place = [&](const QString &chart) {
            return m_page
                .evaluate("(() => { const stage = document.querySelector(`[data-chart='" + chart
                          + "'] .stage`); stage.scrollIntoView({ block: 'center' });"
                            "const b = stage.getBoundingClientRect();"
                            "return [b.left, b.width, b.top + b.height / 2]; })()")
                .toArray();
        };
        const auto epochAt = [&](double part, const QString &chart) {
            const QJsonArray box = place(chart);
            m_page.moveMouse(2, 2);
            m_page.moveMouse(box[0].toDouble() + box[1].toDouble() * part, box[2].toDouble());
            return m_page.waitFor("document.querySelector('.tip:not([hidden])')")
                ? text(".tip:not([hidden]) b").mid(6).toInt()
                : -1;
        };
        const auto drag = [&](double from, double to) {
            const QJsonArray box = place(loss);
            const double left = box[0].toDouble(), width = box[1].toDouble();
            m_page.drag(left + width * from, left + width * to, box[2].toDouble());
        };
        const int at30 = epochAt(0.3, loss), at70 = epochAt(0.7, loss);
        QVERIFY(at30 > 1 && at70 > at30 + 10 && at70 < 60);
        drag(0.3, 0.7);
        QVERIFY(m_page.waitFor("[...document.querySelectorAll('#charttools button')].some(b => !b.hidden)"));
        const auto near = [](int a, int b) { return std::abs(a - b) <= 1; };
        QTRY_VERIFY(near(epochAt(0.999, loss), at70));
        QVERIFY(near(epochAt(0.01, loss), at30));
        drag(0.4, 0.402); // a twitch is no drag
        QVERIFY(near(epochAt(0.01, loss), at30));
        QVERIFY(near(epochAt(0.01, "1dfl_loss"), at30)); // the others show that part as well
        QVERIFY(near(epochAt(0.999, "2lr"), at70));
        clickOn("#charttools button");
        QTRY_COMPARE(epochAt(0.3, loss), at30);
        (void)m_page.evaluate("document.querySelector(`[data-chart='1box_loss'] .stage`).focus()");
        m_page.press("+");
        QVERIFY(m_page.waitFor("[...document.querySelectorAll('#charttools button')].some(b => !b.hidden)"));
        m_page.press("0");
        QVERIFY(m_page.waitFor("[...document.querySelectorAll('#charttools button')].every(b => b.hidden)"));
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
        QVERIFY(m_page.waitFor("document.querySelector('#runlist').textContent.includes('25/60 · Live')"));
        const QString before =
            m_page.evaluate("document.querySelector('.chart .stage').getAttribute('aria-label')").toString();
        QVERIFY(sendEpochs(client, id, m_runs[5], sent + 1, sent + 2));
        QVERIFY(m_page.waitFor("document.querySelector('#runlist').textContent.includes('26/60 · Live')"));
        QVERIFY(m_page.waitFor("document.querySelector('.chart .stage').getAttribute('aria-label') !== `"
                               + before + '`'));
        QVERIFY(m_page.open(root() + "/?query=still"));
        QVERIFY(m_page.waitFor("document.querySelector('.row .count')?.textContent === '26 / 60'"));
        QVERIFY(sendEpochs(client, id, m_runs[5], sent + 2, sent + 3));
        QVERIFY(m_page.waitFor("document.querySelector('.row .count').textContent === '27 / 60'"));
    }

    /// A comparison somebody sent: the key is asked for first, then exactly that is shown.
    void signInLeadsToWhatWasAsked()
    {
        m_page.show(kPhone, false);
        const QString wanted = "/compare#" + m_ids[1] + ',' + m_ids[2];
        QVERIFY(m_page.open(elsewhere() + wanted));
        QCOMPARE(m_page.evaluate("location.pathname").toString(), QStringLiteral("/login"));
        QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
        shoot("login-phone");
        (void)m_page.evaluate("document.getElementById('key').value = '" + m_hub.hub->apiKey() + '\'');
        clickOn(".signin button");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#best tbody tr').length === 2"));
        QCOMPARE(m_page.evaluate("location.pathname + location.hash").toString(), wanted);
        QVERIFY(m_page.waitFor("!document.querySelector('.signout').hidden"));
        clickOn(".signout button");
        QVERIFY(m_page.waitFor("location.pathname === '/login'"));
    }

    void everybodySeesTheirOwn();
    void manyRunsInOneComparison();
    void aThousandModels();

private:
    void signIn(const QString &key)
    {
        QVERIFY(m_page.open(elsewhere() + "/"));
        QVERIFY(m_page.waitFor("location.pathname === '/login'"));
        (void)m_page.evaluate("document.getElementById('key').value = '" + key + '\'');
        clickOn(".signin button");
        QVERIFY(m_page.waitFor("document.querySelectorAll('#list .row').length > 0"));
    }
    void signOut()
    {
        clickOn(".signout button");
        QVERIFY(m_page.waitFor("location.pathname === '/login'"));
    }
    void choose(const QString &id, const QString &value)
    {
        (void)m_page.evaluate("{ const s = document.getElementById('" + id + "'); s.value = '" + value
                              + "'; s.dispatchEvent(new Event('change')); }");
    }
};

/// A user's list is theirs; the administrator's begins with their own and offers the others'.
void TestChromiumUse::everybodySeesTheirOwn()
{
    const QString shown = QStringLiteral("[...document.querySelectorAll('.name a')].map(a => a.textContent).join()");
    HttpClient admin = m_hub.client();
    const QJsonObject key = admin.post("/v1/torchdeck/keys", R"({"label": "ann"})").data();
    HttpClient ann(m_hub.port(), key["key"].toString().toLatin1());
    const QByteArray model = send(ann, sampleRun("anns-run", 0.5, 9));
    QVERIFY(!model.isEmpty());
    m_page.show(kPhone, false);
    signIn(key["key"].toString());
    QCOMPARE(m_page.evaluate(shown).toString(), QStringLiteral("anns-run"));
    QVERIFY(m_page.evaluate("document.getElementById('owner').hidden").toBool());
    QCOMPARE(text(".signout button"), QStringLiteral("Sign out (ann)"));
    QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
    signOut();
    signIn(m_hub.hub->apiKey());
    QVERIFY(!m_page.evaluate(shown).toString().contains("anns-run"));
    QVERIFY(!m_page.evaluate("document.getElementById('owner').hidden").toBool());
    choose("owner", "all");
    QVERIFY(m_page.waitFor("(" + shown + ").includes('anns-run') && (" + shown + ").includes('baseline')"));
    QVERIFY(text("#list .row:first-child .name small").contains("ann"));
    QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
    shoot("owners-phone");
    choose("owner", "user:ann");
    QVERIFY(m_page.waitFor(shown + " === 'anns-run'"));
    QVERIFY(m_page.open(m_page.evaluate("location.href").toString())); // the address alone says it
    QVERIFY(m_page.waitFor(shown + " === 'anns-run'"));
    signOut();
    QCOMPARE(admin.request("DELETE", "/v1/torchdeck/keys/" + QByteArray::number(key["id"].toInteger())).status, 200);
    QCOMPARE(admin.request("DELETE", "/v1/models/" + model, R"({"hard": true})").status, 200);
}


void TestChromiumUse::manyRunsInOneComparison()
{
    // More than one request of the page holds, and than there are colours. TORCHDECK_COMPARED=1000 for the
    // long form.
    const int count = std::max(60, qEnvironmentVariableIntValue("TORCHDECK_COMPARED"));
    HttpClient client = m_hub.client();
    QByteArrayList ids;
    for (int i = 0; i < count; ++i) {
        SampleRun one = sampleRun(QStringLiteral("sweep%1").arg(i), 0.3 + 0.3 * i / count, 100 + i);
        one.epochs = one.planned = 40;
        const QByteArray body = R"({"meta": {"name": "sweep)" + QByteArray::number(i)
            + R"("}, "config": {"lr0": )" + QByteArray::number(0.001 * i) + "}}";
        const QByteArray id = client.post("/v1/models", body).data()["id"].toString().toLatin1();
        QVERIFY(sendEpochs(client, id, one, 0, one.epochs));
        ids << id;
    }
    m_page.show(kDesktop, false);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(m_page.open(root() + "/compare#" + QString::fromLatin1(ids.join(','))));
    QVERIFY(
        m_page.waitFor(QStringLiteral("document.querySelectorAll('#best tbody tr').length === %1 && "
                                      "!document.getElementById('runlist').textContent.includes('Loading')")
                           .arg(std::min(count, 100))));
    const qint64 opened = timer.elapsed();
    QCOMPARE(m_page.evaluate(js::kOverflow).toString(), QString());
    const QJsonObject drawn = m_page.evaluate(js::kDrawnColours).toObject();
    QCOMPARE(drawn["metrics/mAP50-95(B)"].toInt(), 8);
    for (auto it = drawn.begin(); it != drawn.end(); ++it) // curves that lie on each other hide some
        QVERIFY2(it.value().toInt() >= 1, qPrintable(it.key()));
    // Best first, and a second click brings the address's order back.
    clickOn("#best [data-key='metrics/mAP50-95(B)']");
    QVERIFY(m_page.waitFor("(() => { const all = [...document.querySelectorAll('#best tbody tr')].map(row => "
                           "parseFloat(row.children[1].textContent)); return all[0] > all.at(-1) && "
                           "all.every((value, i) => i === 0 || value <= all[i - 1]); })()"));
    clickOn("#best [data-key='metrics/mAP50-95(B)']");
    QVERIFY(m_page.waitFor("document.querySelector('#best th span').textContent === 'sweep0'"));
    const QJsonArray at =
        m_page.evaluate(QString::fromLatin1(js::kPointOfColour).arg("metrics/mAP50-95(B)").arg(1)).toArray();
    (void)m_page.evaluate("window.frames_ = []; (function next(last) { requestAnimationFrame(now => {"
                          "frames_.push(now - last); next(now); }); })(performance.now()); 0");
    for (int i = 0; i < 60; ++i)
        m_page.moveMouse(at[0].toDouble() - 150 + 4 * i, at[1].toDouble() + 20);
    qInfo("%d runs: open in %lld ms, frames while the pointer moves take %.0f ms at the median, %.0f ms at "
          "most",
          count, opened, m_page.evaluate("frames_.sort((a, b) => a - b)[frames_.length >> 1]").toDouble(),
          m_page.evaluate("Math.max(...frames_)").toDouble());
    shoot("compare-many");
}

void TestChromiumUse::aThousandModels()
{
    std::vector<std::thread> senders;
    std::atomic<int> good = 0;
    for (int part = 0; part < 8; ++part)
        senders.emplace_back([this, part, &good] {
            HttpClient client = m_hub.client();
            for (int i = part; i < 1000; i += 8)
                good += client
                            .post("/v1/models",
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
    const double paged =
        m_page
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
    qInfo("1,000 models: the server lists a page in %lld ms, the browser turns one in %.0f ms",
          timer.elapsed(), paged);
}

int main(int argc, char **argv) { return runPageTest<TestChromiumUse>(argc, argv); }
#include "test_chromium_use.moc"
