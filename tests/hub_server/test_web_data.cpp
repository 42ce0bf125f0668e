// SPDX-License-Identifier: GPL-3.0-or-later
// What the pages ask the HUB for, and the colours they draw with.
#include "tests/hub_server/web_sample.h"

#include <QtCore/QRegularExpression>

#include <array>
#include <cmath>

using namespace torchdeck::test;

namespace {

using Rgb = std::array<double, 3>; ///< linear light, 0..1

Rgb linear(const QString &hex)
{
    Rgb rgb;
    for (int i = 0; i < 3; ++i) {
        const double c = hex.mid(1 + 2 * i, 2).toInt(nullptr, 16) / 255.0;
        rgb[static_cast<size_t>(i)] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    return rgb;
}

/// WCAG 2.1, contrast ratio.
double contrast(const Rgb &a, const Rgb &b)
{
    const auto luminance = [](const Rgb &c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
    const auto [low, high] = std::minmax({ luminance(a), luminance(b) });
    return (high + 0.05) / (low + 0.05);
}

Rgb times(const std::array<Rgb, 3> &m, const Rgb &v)
{
    Rgb out {};
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 3; ++j)
            out[i] += m[i][j] * v[j];
    for (double &c : out)
        c = std::clamp(c, 0.0, 1.0);
    return out;
}

/// CIE 1976 L*a*b* under D65.
Rgb lab(const Rgb &c)
{
    const double x = (0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047;
    const double y = 0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2];
    const double z = (0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883;
    const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116.0; };
    return { 116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z)) };
}

double difference(const Rgb &a, const Rgb &b)
{
    const Rgb p = lab(a), q = lab(b);
    return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

/// Full protanopia, deuteranopia and tritanopia: Machado, Oliveira, Fernandes 2009, severity 1.0; linear RGB.
const std::array<std::array<Rgb, 3>, 4> kEyes { { { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
                                                  { { { 0.152286, 1.052583, -0.204868 },
                                                      { 0.114503, 0.786281, 0.099216 },
                                                      { -0.003882, -0.048116, 1.051998 } } },
                                                  { { { 0.367322, 0.860646, -0.227968 },
                                                      { 0.280085, 0.672501, 0.047413 },
                                                      { -0.011820, 0.042940, 0.968881 } } },
                                                  { { { 1.255528, -0.076749, -0.178779 },
                                                      { -0.078411, 0.930809, 0.147602 },
                                                      { 0.004733, 0.691367, 0.303900 } } } } };

/// The custom properties of the n-th :root block: 0 light, 1 dark over light.
QMap<QString, QString> colours(const QString &css, bool dark)
{
    QMap<QString, QString> all;
    const QString block =
        dark ? css.section("prefers-color-scheme: dark", 1, 1).section('}', 0, 0) : css.section('}', 0, 0);
    static const QRegularExpression property(QStringLiteral("--([a-z0-9-]+): (#[0-9a-f]{6});"));
    for (auto found = property.globalMatch(block); found.hasNext();) {
        const auto match = found.next();
        all.insert(match.captured(1), match.captured(2));
    }
    return all;
}

} // namespace

class TestWebData : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;

    [[nodiscard]] Reply ask(const QByteArray &path) const { return HttpClient(m_hub.port(), {}).get(path); }
    [[nodiscard]] QString names(const QByteArray &query) const
    {
        QStringList all;
        for (const auto &model : ask("/web/api/models?" + query).json()["models"].toArray())
            all << model.toObject()["name"].toString();
        return all.join(' ');
    }
    QByteArray add(const QString &name, int epochs, double level, bool finished, const QString &project = {},
                   const QString &dataset = QStringLiteral("bccd")) const
    {
        SampleRun run;
        run.name = name;
        run.epochs = epochs;
        run.level = level;
        run.finished = finished;
        run.project = project;
        run.dataset = dataset;
        HttpClient client = m_hub.client();
        return send(client, run);
    }

private Q_SLOTS:
    void initTestCase()
    {
        HttpClient client = m_hub.client();
        const QString cells =
            client.post("/v1/projects", R"({"meta": {"name": "Cells"}})").data()["id"].toString();
        QVERIFY(!add("train10", 5, 0.5, true, cells).isEmpty());
        QVERIFY(!add("train2", 9, 0.9, false, cells, "coco").isEmpty());
        QVERIFY(!add("Train1", 0, 0.0, false, "typed by hand").isEmpty());
        QVERIFY(!add("other_100%", 7, 0.7, true).isEmpty());
    }

    void sorting_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("names");
        QTest::newRow("newest") << QByteArray("") << "other_100% Train1 train2 train10";
        QTest::newRow("oldest") << QByteArray("order=asc") << "train10 train2 Train1 other_100%";
        QTest::newRow("as people count")
            << QByteArray("sort=name&order=asc") << "other_100% Train1 train2 train10";
        QTest::newRow("names down") << QByteArray("sort=name") << "train10 train2 Train1 other_100%";
        QTest::newRow("final before epoch, unknown last")
            << QByteArray("sort=map") << "other_100% train10 train2 Train1";
        QTest::newRow("unknown last here too")
            << QByteArray("sort=map&order=asc") << "train2 train10 other_100% Train1";
        QTest::newRow("epochs") << QByteArray("sort=epochs") << "train2 other_100% train10 Train1";
        QTest::newRow("state") << QByteArray("sort=state&order=asc") << "other_100% train10 train2 Train1";
        QTest::newRow("activity") << QByteArray("sort=updated") << "other_100% Train1 train2 train10";
        QTest::newRow("unknown column")
            << QByteArray("sort=%3BDROP%20TABLE%20records") << "other_100% Train1 train2 train10";
        QTest::newRow("text, any case") << QByteArray("query=TRAIN1") << "Train1 train10";
        QTest::newRow("text of the dataset") << QByteArray("query=coc") << "train2";
        QTest::newRow("text of the project") << QByteArray("query=cells") << "train2 train10";
        QTest::newRow("no wildcards") << QByteArray("query=_100%25") << "other_100%";
        QTest::newRow("no wildcards 2") << QByteArray("query=t%25n") << "";
        QTest::newRow("state only") << QByteArray("state=finished") << "other_100% train10";
        QTest::newRow("waiting") << QByteArray("state=waiting") << "Train1";
        QTest::newRow("project typed") << QByteArray("project=typed%20by%20hand") << "Train1";
        QTest::newRow("no project") << QByteArray("project=") << "other_100%";
        QTest::newRow("all at once") << QByteArray("state=live&query=train&sort=name") << "train2";
        QTest::newRow("page") << QByteArray("limit=2&offset=2") << "train2 train10";
        QTest::newRow("beyond the last page") << QByteArray("limit=3&offset=300") << "train10";
        QTest::newRow("nonsense") << QByteArray("limit=-1&offset=-5") << "other_100% Train1 train2 train10";
    }
    void sorting()
    {
        QFETCH(QByteArray, query);
        QTEST(names(query), "names");
    }

    void countsAndProjects()
    {
        const QJsonObject list = ask("/web/api/models?state=live&limit=1").json();
        QCOMPARE(list["total"].toInt(), 1);
        QCOMPARE(list["all"].toInt(), 4);
        QMap<QString, int> states, projects;
        for (const auto &one : list["states"].toArray())
            states[one.toObject()["state"].toString()] = one.toObject()["models"].toInt();
        for (const auto &one : list["projects"].toArray())
            projects[one.toObject()["name"].toString()] = one.toObject()["models"].toInt();
        QCOMPARE(states, (QMap<QString, int> { { "finished", 2 }, { "live", 1 }, { "waiting", 1 } }));
        QCOMPARE(projects, (QMap<QString, int> { { "Cells", 2 }, { "typed by hand", 1 } }));
    }

    /// JSON of a client's making cannot break the list for all.
    void odd_bodies()
    {
        HttpClient client = m_hub.client();
        const QByteArray deep = QByteArray("[").repeated(500) + QByteArray("]").repeated(500);
        for (const QByteArray &body :
             { QByteArray(R"({"meta": 7, "dataset": "text", "lineage": [], "project": {"x": 1}})"),
               R"({"deep": )" + deep + R"(, "dataset": {"name": {"name": 1}}, "projectId": [1]})" }) {
            const Reply made = client.post("/v1/models", body);
            QCOMPARE(made.status, 200);
            const Reply list = ask("/web/api/models");
            QCOMPARE(list.status, 200);
            QCOMPARE(list.json()["models"].toArray()[0].toObject()["id"], made.data()["id"]);
            const QByteArray id = made.data()["id"].toString().toLatin1();
            QCOMPARE(client.request("DELETE", "/v1/models/" + id, R"({"hard": true})").status, 200);
        }
    }

    void comparison()
    {
        HttpClient client = m_hub.client();
        const QByteArray one = add("one", 3, 0.5, false), two = add("two", 2, 0.5, false);
        const auto epochs = [](const QJsonValue &model) {
            return model.toObject()["epochs"].toArray().size();
        };
        const QByteArray gone(20, 'Q');
        const Reply first = ask("/web/api/compare?models=" + one + ":0," + gone + ":4," + two);
        QCOMPARE(first.status, 200);
        QJsonArray models = first.json()["models"].toArray();
        QCOMPARE(models.size(), 3);
        QCOMPARE(epochs(models[0]), 3);
        QCOMPARE(models[1].toObject()["missing"].toString(), QString::fromLatin1(gone));
        QCOMPARE(epochs(models[2]), 2);
        const auto rev = [&](int i) { return QByteArray::number(models[i].toObject()["rev"].toInt()); };
        const QByteArray next = "/web/api/compare?models=" + one + ':' + rev(0) + ',' + two + ':' + rev(2);
        const Reply quiet = ask(next);
        QCOMPARE(epochs(quiet.json()["models"].toArray()[0]), 0);
        QCOMPARE(
            HttpClient(m_hub.port(), {}).get(next, { { "If-None-Match", quiet.headers["etag"] } }).status,
            304);
        QVERIFY(sendEpochs(client, two, {}, 2, 3));
        models = ask(next).json()["models"].toArray();
        QCOMPARE(epochs(models[0]), 0);
        QCOMPARE(epochs(models[1]), 1);
        QCOMPARE(ask("/web/api/compare").json()["models"].toArray().size(), 0);
        QCOMPARE(ask("/web/api/compare?models=" + QByteArray("a,").repeated(201)).status, 400);
        QCOMPARE(ask("/web/api/compare?models=..%2F..,%22%3E").json()["models"].toArray().size(), 2);
        HttpClient elsewhere(m_hub.port(), {});
        elsewhere.host = "hub.lab.example";
        QCOMPARE(elsewhere.get("/web/api/compare?models=" + one).status, 401);
        QCOMPARE(elsewhere.get("/compare").status, 303);
    }

    /// Lines keep apart for every kind of eye and stand out from the card; text can be read.
    void coloursAreSafe_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void coloursAreSafe()
    {
        QFETCH(bool, dark);
        const auto all = colours(QString::fromUtf8(ask("/assets/app.css").body), dark);
        QList<Rgb> lines;
        for (int i = 1; i <= 8; ++i) {
            QVERIFY(all.contains("c" + QString::number(i)));
            lines << linear(all["c" + QString::number(i)]);
        }
        for (qsizetype i = 0; i < lines.size(); ++i) {
            QVERIFY2(contrast(lines[i], linear(all["card"])) >= 3.0, qPrintable(QString::number(i + 1)));
            for (qsizetype j = 0; j < i; ++j) {
                for (size_t eye = 0; eye < kEyes.size(); ++eye) {
                    const double apart = difference(times(kEyes[eye], lines[i]), times(kEyes[eye], lines[j]));
                    QVERIFY2(apart >= 15.0,
                             qPrintable(QStringLiteral("%1 and %2 differ by %3 for eye %4")
                                            .arg(j + 1)
                                            .arg(i + 1)
                                            .arg(apart)
                                            .arg(eye)));
                }
            }
        }
        using Pair = std::pair<const char *, const char *>;
        for (const auto &[text, ground] :
             { Pair { "ink", "card" }, Pair { "ink", "bg" }, Pair { "muted", "card" }, Pair { "muted", "bg" },
               Pair { "muted", "hover" }, Pair { "ok", "ok-bg" }, Pair { "live", "live-bg" },
               Pair { "warn", "warn-bg" }, Pair { "plain", "plain-bg" }, Pair { "bad", "bad-bg" } })
            QVERIFY2(contrast(linear(all[text]), linear(all[ground])) >= 4.5, text);
    }
};

QTEST_GUILESS_MAIN(TestWebData)
#include "test_web_data.moc"
