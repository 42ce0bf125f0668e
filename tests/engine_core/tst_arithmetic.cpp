// SPDX-License-Identifier: GPL-3.0-or-later
// Which arithmetic a training takes, and that it is the same one the next time.
#include "engine/core/arithmetic.h"
#include "engine/nn/model.h"

#include <QtTest/QtTest>

#include <map>
#include <memory>

using namespace torchdeck::engine;

class TestArithmetic : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFastestOfSeveral();
    void whereNothingIsMeasured();
    void isKept();
    void layoutChangesNoValue();

private:
    std::shared_ptr<nn::DetectionModel> m_model = std::make_shared<nn::DetectionModel>(nn::loadModelSpec("yolov8n.yaml"), 3);
};

void TestArithmetic::theFastestOfSeveral()
{
    const std::vector<Arithmetic> candidates { {}, { .bf16 = true }, { .channelsLast = false } };
    int asked = 0;
    const auto chosen = [&](double plain, double bf16, double channelsFirst) {
        return fastest(candidates, [&, turn = 0](const Arithmetic &a) mutable {
            ++asked;
            const double once = turn++ < 3 ? 100 : 1; // the first of each is slow, and does not count
            return once * (a.bf16 ? bf16 : a.channelsLast ? plain : channelsFirst);
        });
    };
    const Arithmetic brain = chosen(2, 1, 3);
    QVERIFY(brain.known && brain.bf16 && brain.channelsLast);
    QCOMPARE(brain.gain, 2.0);
    QCOMPARE(asked, 9);
    const Arithmetic same = chosen(1.1, 1, 1.05); // less than leastGain: nothing is given up for it
    QVERIFY(same.known && !same.bf16 && same.channelsLast);
    QCOMPARE(same.gain, 1.0);
    QVERIFY(!chosen(3, 2, 1).channelsLast);
    QVERIFY(describe(brain).find("2.00 times") != std::string::npos);
    QVERIFY(describe(same).empty());
}

void TestArithmetic::whereNothingIsMeasured()
{
    TrainConfig config;
    config.amp = false;
    QVERIFY(!chooseArithmetic(*m_model, config, c10::kCPU, {}).known);
    config.amp = true;
    config.imgsz = smallestMeasured - 32;
    QVERIFY(!chooseArithmetic(*m_model, config, c10::kCPU, {}).known);
    QVERIFY(chooseArithmetic(*m_model, config, c10::kCUDA, {}).bf16); // not measured: a GPU's amp
    config.amp = false;
    QVERIFY(!chooseArithmetic(*m_model, config, c10::kCUDA, {}).bf16);
}

void TestArithmetic::isKept()
{
    QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.filePath("cache/arithmetic.tsv").toStdString());
    const TrainConfig config;
    const auto state = m_model->named_buffers();
    std::map<std::string, at::Tensor> before;
    for (const auto &entry : state)
        before[entry.key()] = entry.value().clone();
    const Arithmetic first = chooseArithmetic(*m_model, config, c10::kCPU, file);
    if (!first.known)
        QSKIP("this processor has no bf16 instructions: nothing is measured");
    for (const auto &entry : m_model->named_buffers())
        QVERIFY2(at::equal(entry.value(), before[entry.key()]), entry.key().c_str()); // a copy was measured
    QFile kept(QString::fromStdString(file.string()));
    QVERIFY(kept.open(QIODevice::ReadOnly));
    QByteArray text = kept.readAll();
    kept.close();
    const Arithmetic second = chooseArithmetic(*m_model, config, c10::kCPU, file);
    QCOMPARE(second.bf16, first.bf16);
    QVERIFY(std::abs(second.gain - first.gain) < 1e-3 * first.gain); // read, not measured anew

    // What the file says counts, lines of other models stay, and a broken line is measured again.
    const QByteArray key = text.left(text.indexOf('\t'));
    const auto write = [&](const QByteArray &bytes) {
        return kept.open(QIODevice::WriteOnly) && kept.write(bytes) == bytes.size() && (kept.close(), true);
    };
    QVERIFY(write("another\t1\t1\t3\n" + key + "\t0\t1\t7.5\n"));
    const Arithmetic told = chooseArithmetic(*m_model, config, c10::kCPU, file);
    QVERIFY(told.known && !told.bf16);
    QCOMPARE(told.gain, 7.5);
    QVERIFY(write("another\t1\t1\t3\n" + key + "\tbroken\n"));
    QVERIFY(chooseArithmetic(*m_model, config, c10::kCPU, file).known);
    QVERIFY(kept.open(QIODevice::ReadOnly));
    text = kept.readAll();
    QVERIFY2(text.startsWith("another\t1\t1\t3\n") && !text.contains("broken"), text.constData());
}

void TestArithmetic::layoutChangesNoValue()
{
    std::map<std::string, at::Tensor> before;
    for (const auto &entry : m_model->named_parameters())
        before[entry.key()] = entry.value().detach().clone();
    for (const bool last : { true, false, true }) {
        setLayout(*m_model, last);
        for (const auto &entry : m_model->named_parameters()) {
            QVERIFY(at::equal(entry.value(), before[entry.key()]));
            if (entry.value().dim() == 4)
                QVERIFY(entry.value().is_contiguous(last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
        }
    }
}

QTEST_APPLESS_MAIN(TestArithmetic)
#include "tst_arithmetic.moc"
