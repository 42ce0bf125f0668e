// SPDX-License-Identifier: GPL-3.0-or-later
// The YAML grammar: built-in names, a user's files, and one clear sentence for every mistake. Torch-free.
#include "engine/nn/layer_plan.h"
#include "engine/nn/model_spec.h"
#include "torchdeck/engine/error.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace torchdeck::engine;
using namespace torchdeck::engine::nn;

namespace {

/// A small network that is sound; tests break one line of it.
const QString goodSpec = QStringLiteral("nc: 4\n" // 1
                                        "scales:\n"
                                        "  n: [0.5, 0.25, 1024]\n"
                                        "  s: [1.0, 0.5, 1024]\n"
                                        "backbone:\n" // 5
                                        "  - [-1, 1, Conv, [64, 3, 2]]\n"
                                        "  - [-1, 4, C2f, [64, True]]\n"
                                        "  - [-1, 1, Conv, [128, 3, 2]]\n"
                                        "head:\n"
                                        "  - [-1, 1, nn.Upsample, [None, 2, nearest]]\n" // 10
                                        "  - [[-1, 1], 1, Concat, [1]]\n"
                                        "  - [[4, 2], 1, Detect, [nc]]\n");

QString messageOf(const std::function<void()> &action, std::string *field = nullptr)
{
    try {
        action();
    } catch (const EngineError &error) {
        if (field)
            *field = error.field();
        return error.kind() == ErrorKind::Argument ? QString::fromStdString(error.what())
                                                   : QStringLiteral("other kind of error");
    }
    return QStringLiteral("no error");
}

void write(const QString &path, const QString &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
}

} // namespace

class TestModelSpec : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void builtinNames();
    void builtinScale_data();
    void builtinScale();
    void familyAloneIsScaleN();
    void goodSpecIsPlanned();
    void mistakes_data();
    void mistakes();
    void unknownModel();
    void fileWithScaleLetter();
    void fileBeatsBuiltin();
    void textAndNameGiveTheSameAgain();
    void hugeFileIsRefused();
    void nearest();
};

void TestModelSpec::builtinNames()
{
    const auto names = builtinModelNames();
    for (const char *name :
         { "yolov8n.yaml", "yolov8x.yaml", "yolo11n.yaml", "yolo11x.yaml", "yolo26n.yaml", "yolo26x.yaml" })
        QVERIFY2(std::find(names.begin(), names.end(), name) != names.end(), name);
    for (const std::string &name : names)
        QVERIFY(!loadModelSpec(name).backbone.empty());
}

void TestModelSpec::builtinScale_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("depth");
    QTest::addColumn<double>("width");
    QTest::addColumn<int>("maxChannels");
    QTest::newRow("n") << "yolov8n.yaml" << 0.33 << 0.25 << 1024;
    QTest::newRow("s, no ending") << "yolov8s" << 0.33 << 0.5 << 1024;
    QTest::newRow("m, yml") << "yolov8m.yml" << 0.67 << 0.75 << 768;
    QTest::newRow("l") << "yolov8l.yaml" << 1.0 << 1.0 << 512;
    QTest::newRow("x") << "yolov8x.yaml" << 1.0 << 1.25 << 512;
}

void TestModelSpec::builtinScale()
{
    QFETCH(QString, name);
    QFETCH(double, depth);
    QFETCH(double, width);
    QFETCH(int, maxChannels);
    const ModelSpec spec = loadModelSpec(name.toStdString());
    QCOMPARE(spec.scale.depth, depth);
    QCOMPARE(spec.scale.width, width);
    QCOMPARE(spec.scale.maxChannels, std::int64_t(maxChannels));
    QCOMPARE(spec.nc, std::int64_t(80));
    QCOMPARE(spec.regMax, std::int64_t(16));
    QCOMPARE(spec.backbone.size(), std::size_t(10));
    QCOMPARE(spec.head.size(), std::size_t(13));
    QCOMPARE(QString::fromStdString(spec.name), name.section('.', 0, 0));
    QCOMPARE(planNetwork(spec, 80).strides, (std::vector<std::int64_t> { 8, 16, 32 }));
}

void TestModelSpec::familyAloneIsScaleN()
{
    const ModelSpec spec = loadModelSpec("yolov8.yaml");
    QCOMPARE(spec.scaleName, std::string("n"));
    QCOMPARE(spec.name, std::string("yolov8n"));
}

void TestModelSpec::goodSpecIsPlanned()
{
    const ModelSpec spec = parseModelSpec(goodSpec.toStdString(), "yolo1s");
    const NetworkPlan plan = planNetwork(spec, 7);
    QCOMPARE(plan.layers.size(), std::size_t(6));
    QCOMPARE(plan.layers[0].outChannels, std::int64_t(32));
    QCOMPARE(plan.layers[1].integer("n"), std::int64_t(4));
    QCOMPARE(plan.layers[4].inChannels, (std::vector<std::int64_t> { 64, 32 }));
    QCOMPARE(plan.layers[4].outChannels, std::int64_t(96));
    QCOMPARE(plan.layers[5].integer("nc"), std::int64_t(7));
    QCOMPARE(plan.strides, (std::vector<std::int64_t> { 2, 4 }));
    QCOMPARE(spec.backbone[0].line, 6);
    // Half to even: 4 * 0.5 = 2, 5 * 0.5 = 2.5 -> 2, 3 * 0.5 = 1.5 -> 2
    for (const auto &[written, built] :
         { std::pair(4, 2), std::pair(5, 2), std::pair(3, 2), std::pair(1, 1) }) {
        QString text = goodSpec;
        text.replace("[-1, 4, C2f", QStringLiteral("[-1, %1, C2f").arg(written));
        QCOMPARE(planNetwork(parseModelSpec(text.toStdString(), "yolo1n"), 7).layers[1].integer("n"),
                 std::int64_t(built));
    }
}

void TestModelSpec::mistakes_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QStringList>("parts");
    using L = QStringList;
    QTest::newRow("unknown module") << "C2f, [64"
                                    << "C2ff, [64" << L { "mine.yaml:7:", "'C2ff'", "did you mean C2f?",
                                                          "Conv",         "SPPF",   "Detect" };
    QTest::newRow("broken YAML") << "nc: 4"
                                 << "nc: [4" << L { "mine.yaml:", "not valid YAML" };
    QTest::newRow("no map") << goodSpec << "hello\n" << L { "mine.yaml:1:", "backbone" };
    QTest::newRow("empty") << goodSpec << "" << L { "mine.yaml:1:", "backbone" };
    QTest::newRow("no head") << "head:"
                             << "tail:" << L { "mine.yaml:", "`head`", "[from, repeats, module, args]" };
    QTest::newRow("short row") << "[-1, 1, Conv, [64, 3, 2]]"
                               << "[-1, 1, Conv]"
                               << L { "mine.yaml:6:", "layer 0", "[from, repeats, module, args]" };
    QTest::newRow("args no list") << "Conv, [64, 3, 2]"
                                  << "Conv, 64" << L { "mine.yaml:6:", "must be a list" };
    QTest::newRow("from text") << "[-1, 4, C2f"
                               << "[before, 4, C2f" << L { "mine.yaml:7:", "`from`" };
    QTest::newRow("from later") << "[[-1, 1], 1, Concat"
                                << "[[-1, 9], 1, Concat" << L { "mine.yaml:11:", "layer 9", "before it" };
    QTest::newRow("from far back") << "[-1, 4, C2f"
                                   << "[-7, 4, C2f" << L { "mine.yaml:7:", "before it" };
    QTest::newRow("repeats 0") << "[-1, 4, C2f"
                               << "[-1, 0, C2f" << L { "mine.yaml:7:", "repeats", "1 and 100" };
    QTest::newRow("repeats huge") << "[-1, 4, C2f"
                                  << "[-1, 100000000, C2f" << L { "mine.yaml:7:", "repeats" };
    QTest::newRow("channels missing") << "Conv, [64, 3, 2]"
                                      << "Conv, []" << L { "mine.yaml:6:", "channels", "missing" };
    QTest::newRow("channels huge") << "Conv, [64, 3, 2]"
                                   << "Conv, [999999999, 3, 2]" << L { "mine.yaml:6:", "999999999" };
    QTest::newRow("kernel text") << "Conv, [64, 3, 2]"
                                 << "Conv, [64, big, 2]"
                                 << L { "mine.yaml:6:", "argument 2 (kernel)", "whole number" };
    QTest::newRow("stride 0") << "Conv, [64, 3, 2]"
                              << "Conv, [64, 3, 0]" << L { "mine.yaml:6:", "stride", "0" };
    QTest::newRow("too many arguments") << "[nc]"
                                        << "[nc, 1, 2]" << L { "mine.yaml:12:", "at most 1" };
    QTest::newRow("groups") << "Conv, [128, 3, 2]"
                            << "Conv, [128, 3, 2, None, 7]" << L { "mine.yaml:8:", "groups 7" };
    QTest::newRow("sizes differ") << "[[-1, 1], 1, Concat"
                                  << "[[-1, 2], 1, Concat" << L { "mine.yaml:11:", "different sizes" };
    QTest::newRow("no head at the end") << "Detect, [nc]"
                                        << "Concat, [1]" << L { "mine.yaml:12:", "" };
    QTest::newRow("head in the middle") << "[-1, 4, C2f, [64, True]]"
                                        << "[-1, 1, Detect, [nc]]" << L { "mine.yaml:7:", "last row" };
    QTest::newRow("levels in the wrong order") << "[[4, 2], 1"
                                               << "[[2, 4], 1" << L { "mine.yaml:12:", "finest" };
    QTest::newRow("one input only") << "[-1, 1, nn.Upsample"
                                    << "[[-1, 1], 1, nn.Upsample" << L { "mine.yaml:10:", "one layer" };
    QTest::newRow("upsampling mode") << "nearest"
                                     << "cubic" << L { "mine.yaml:10:", "cubic", "nearest" };
    QTest::newRow("nc 0") << "nc: 4"
                          << "nc: 0" << L { "mine.yaml:1:", "`nc`" };
    QTest::newRow("nc text") << "nc: 4"
                             << "nc: many" << L { "mine.yaml:1:", "`nc`", "whole number" };
    QTest::newRow("reg_max") << "nc: 4"
                             << "reg_max: 1000" << L { "mine.yaml:1:", "`reg_max`" };
    QTest::newRow("end2end") << "nc: 4"
                             << "end2end: perhaps" << L { "mine.yaml:1:", "`end2end`", "True or False" };
    QTest::newRow("attention heads") << "Conv, [128, 3, 2]"
                                     << "C3k2, [1000, True, 0.512, True]"
                                     << L { "mine.yaml:8:", "131 channels", "2 heads" };
    QTest::newRow("attention changes channels")
        << "Conv, [128, 3, 2]"
        << "C2PSA, [128]" << L { "mine.yaml:8:", "16 channels", "32" };
    QTest::newRow("activation") << "nc: 4"
                                << "activation: os.system('x')"
                                << L { "mine.yaml", "activation", "nn.SiLU()" };
    QTest::newRow("scale shape") << "[0.5, 0.25, 1024]"
                                 << "[0.5, 0.25]" << L { "mine.yaml:3:", "max_channels" };
    QTest::newRow("scale not finite") << "[0.5, 0.25, 1024]"
                                      << "[.nan, 0.25, 1024]" << L { "mine.yaml:3:", "depth" };
    QTest::newRow("scale negative") << "[0.5, 0.25, 1024]"
                                    << "[0.5, -1, 1024]" << L { "mine.yaml:3:", "width" };
    QTest::newRow("repeated and widened")
        << "[-1, 1, Conv, [128, 3, 2]]"
        << "[-1, 3, Conv, [128, 3, 1]]" << L { "mine.yaml:8:", "repeats 1" };
}

void TestModelSpec::mistakes()
{
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QStringList, parts);
    QString text = goodSpec;
    const auto at = text.indexOf(from);
    QVERIFY(at >= 0);
    text.replace(at, from.size(), to);
    std::string field;
    const QString message =
        messageOf([&] { static_cast<void>(parseModelSpec(text.toStdString(), "mine.yaml")); }, &field);
    for (const QString &part : parts)
        QVERIFY2(message.contains(part), qPrintable(message));
    QVERIFY2(message.endsWith('.'), qPrintable(message));
    QCOMPARE(field, std::string("model"));
}

void TestModelSpec::unknownModel()
{
    for (const char *name : { "yolov8q.yaml", "yolo8n.yaml", "", "/no/such/folder/yolov8n.yaml", "." }) {
        const QString message = messageOf([&] { static_cast<void>(loadModelSpec(name)); });
        QVERIFY2(message.contains("yolov8n.yaml") && message.contains("yolov8x.yaml"), qPrintable(message));
    }
    QVERIFY(messageOf([] {
                static_cast<void>(loadModelSpec("yolo8n.yaml"));
            }).contains("did you mean yolov8n.yaml?"));
}

void TestModelSpec::fileWithScaleLetter()
{
    QTemporaryDir folder;
    write(folder.filePath("yolov1.yaml"), goodSpec);
    const ModelSpec spec = loadModelSpec(folder.filePath("yolov1s.yaml").toStdString());
    QCOMPARE(spec.scaleName, std::string("s"));
    QCOMPARE(spec.name, std::string("yolov1s"));
    const QString message =
        messageOf([&] { static_cast<void>(loadModelSpec(folder.filePath("yolov1x.yaml").toStdString())); });
    QVERIFY2(message.contains("no scale 'x'") && message.contains("n, s"), qPrintable(message));
}

void TestModelSpec::fileBeatsBuiltin()
{
    QTemporaryDir folder;
    write(folder.filePath("yolov8n.yaml"), goodSpec);
    QCOMPARE(loadModelSpec(folder.filePath("yolov8n.yaml").toStdString()).nc, std::int64_t(4));
    write(folder.filePath("weights.bin"), goodSpec);
    const QString message =
        messageOf([&] { static_cast<void>(loadModelSpec(folder.filePath("weights.bin").toStdString())); });
    QVERIFY2(message.contains("must end in .yaml"), qPrintable(message));
}

void TestModelSpec::textAndNameGiveTheSameAgain()
{
    const ModelSpec spec = loadModelSpec("yolov8m");
    const ModelSpec again = parseModelSpec(spec.yaml, spec.name);
    QCOMPARE(again.name, spec.name);
    QCOMPARE(again.scaleName, spec.scaleName);
    QCOMPARE(again.scale.width, spec.scale.width);
    QCOMPARE(again.head.size(), spec.head.size());
}

void TestModelSpec::hugeFileIsRefused()
{
    QTemporaryDir folder;
    write(folder.filePath("big.yaml"), QString(2 << 20, 'x'));
    const QString message =
        messageOf([&] { static_cast<void>(loadModelSpec(folder.filePath("big.yaml").toStdString())); });
    QVERIFY2(message.contains("too large"), qPrintable(message));
}

void TestModelSpec::nearest()
{
    const std::vector<std::string> names { "Conv", "C2f", "SPPF" };
    QCOMPARE(nearestName("Cnov", names), std::string());
    QCOMPARE(nearestName("Conf", names), std::string("Conv"));
    QCOMPARE(nearestName("SPPFF", names), std::string("SPPF"));
    QCOMPARE(nearestName("Transformer", names), std::string());
}

QTEST_GUILESS_MAIN(TestModelSpec)
#include "tst_model_spec.moc"
