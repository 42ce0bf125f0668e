// SPDX-License-Identifier: GPL-3.0-or-later
// The compact form of an epoch's curves and matrix, and the file that keeps them.
#include "torchdeck/engine/epoch_details.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <cmath>
#include <random>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

EpochDetails synthetic(int epoch, int classes, double level)
{
    constexpr std::size_t points = 101;
    EpochDetails details;
    details.epoch = epoch;
    details.curves.best = 40;
    for (std::size_t i = 0; i < points; ++i)
        details.curves.confidence.push_back(static_cast<float>(double(i) / (points - 1)));
    details.curves.recall = details.curves.confidence;
    std::mt19937 random(static_cast<unsigned>(epoch * 1000 + classes));
    std::uniform_real_distribution<float> noise(0, 0.05F);
    for (int c = 0; c < classes; ++c) {
        const std::string name = "class " + std::to_string(c) + " \xc3\xa4";
        details.classes.push_back({ c, name, 10 + c, 20 + c, level, level * 0.9, level * 0.8, level * 0.5 });
        ClassCurves one;
        one.classId = c;
        one.name = name;
        one.map50 = level * 0.8;
        for (std::size_t i = 0; i < points; ++i) {
            const float x = details.curves.confidence[i];
            one.precision.push_back(std::min(1.0F, 0.4F + 0.5F * x + noise(random)));
            one.recall.push_back(std::max(0.0F, 1 - x - noise(random)));
            one.precisionAtRecall.push_back(std::max(0.0F, 1 - x * x));
            const float sum = one.precision.back() + one.recall.back();
            one.f1.push_back(sum > 0 ? 2 * one.precision.back() * one.recall.back() / sum : 0);
        }
        details.curves.classes.push_back(std::move(one));
    }
    details.confusion.classes = classes;
    details.confusion.counts.assign(std::size_t(classes + 1) * std::size_t(classes + 1), 0);
    for (int c = 0; c < classes; ++c) {
        details.confusion.counts[std::size_t(c) * std::size_t(classes + 1) + std::size_t(c)] = 1000 + c;
        details.confusion.counts[std::size_t(c) * std::size_t(classes + 1) + std::size_t(classes)] = 3;
    }
    return details;
}

void compareCurves(const std::vector<float> &a, const std::vector<float> &b)
{
    QCOMPARE(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        QVERIFY2(std::abs(a[i] - b[i]) < 2.6e-4, qPrintable(QString("%1: %2 %3").arg(i).arg(a[i]).arg(b[i])));
}

} // namespace

class TestEpochDetails : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesBackAsItWas();
    void eightyClassesAreSmall();
    void nothingAtAllIsFine();
    void tornBytesGiveNothing();
    void theFileKeepsEpochs();
    void aTornFileKeepsWhatIsWhole();
    void aLongRunIsThinnedAndBounded();
};

void TestEpochDetails::comesBackAsItWas()
{
    const EpochDetails before = synthetic(12, 5, 0.7);
    const auto after = decodeEpochDetails(encodeEpochDetails(before));
    QVERIFY(after);
    QCOMPARE(after->epoch, 12);
    QCOMPARE(after->classes.size(), std::size_t(5));
    QCOMPARE(after->classes[3].name, before.classes[3].name);
    QCOMPARE(after->classes[3].instances, std::int64_t(23));
    QVERIFY(std::abs(after->classes[3].map5095 - 0.35) < 1e-6);
    QCOMPARE(after->curves.best, std::size_t(40));
    compareCurves(after->curves.confidence, before.curves.confidence);
    for (std::size_t c = 0; c < 5; ++c) {
        compareCurves(after->curves.classes[c].precision, before.curves.classes[c].precision);
        compareCurves(after->curves.classes[c].recall, before.curves.classes[c].recall);
        compareCurves(after->curves.classes[c].precisionAtRecall, before.curves.classes[c].precisionAtRecall);
        for (std::size_t i = 0; i < 101; ++i)
            QVERIFY(std::abs(after->curves.classes[c].f1[i] - before.curves.classes[c].f1[i]) < 2e-3);
    }
    QCOMPARE(after->confusion.classes, 5);
    QVERIFY(after->confusion.counts == before.confusion.counts);
}

void TestEpochDetails::eightyClassesAreSmall()
{
    const std::string bytes = encodeEpochDetails(synthetic(0, 80, 0.5));
    qInfo("80 classes: %zu bytes an epoch", bytes.size());
    QVERIFY(bytes.size() < 60'000);
}

void TestEpochDetails::nothingAtAllIsFine()
{
    const auto after = decodeEpochDetails(encodeEpochDetails({}));
    QVERIFY(after);
    QVERIFY(after->classes.empty() && after->curves.classes.empty());
    QCOMPARE(after->confusion.classes, 0);
}

void TestEpochDetails::tornBytesGiveNothing()
{
    const std::string whole = encodeEpochDetails(synthetic(3, 4, 0.5));
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!decodeEpochDetails(std::string_view(whole).substr(0, size)));
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) { // anything may come out, but nothing may break
        std::string bytes = whole;
        for (int n = 0; n < 1 + i % 8; ++n)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        const auto details = decodeEpochDetails(bytes);
        if (details && details->confusion.classes > 0)
            QCOMPARE(details->confusion.counts.size(),
                     std::size_t(details->confusion.classes + 1)
                         * std::size_t(details->confusion.classes + 1));
    }
}

void TestEpochDetails::theFileKeepsEpochs()
{
    const QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    QVERIFY(EpochArchive::read(folder).empty());
    EpochArchive writer;
    writer.write(folder);
    for (int epoch = 0; epoch < 5; ++epoch) {
        QVERIFY(!writer.add(synthetic(epoch, 3, 0.1 * epoch)));
        writer.append(folder);
    }
    EpochArchive reader = EpochArchive::read(folder);
    QCOMPARE(reader.epochs(), (std::vector<int> { 0, 1, 2, 3, 4 }));
    QCOMPARE(reader.bytes(), writer.bytes());
    QVERIFY(reader.at(3) && !reader.at(7));
    reader.dropFrom(3); // a resume that begins there
    QCOMPARE(reader.epochs(), (std::vector<int> { 0, 1, 2 }));
    reader.add(synthetic(1, 3, 0.9)); // trained again
    QCOMPARE(reader.epochs(), (std::vector<int> { 0, 1, 2 }));
    QVERIFY(std::abs(reader.at(1)->classes[0].precision - 0.9) < 1e-6);
    reader.write(folder);
    QCOMPARE(EpochArchive::read(folder).epochs(), (std::vector<int> { 0, 1, 2 }));
}

void TestEpochDetails::aTornFileKeepsWhatIsWhole()
{
    const QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    EpochArchive writer;
    for (int epoch = 0; epoch < 3; ++epoch) {
        writer.add(synthetic(epoch, 3, 0.5));
        writer.append(folder);
    }
    QFile file(QString::fromStdString((folder / "epoch_details.bin").string()));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qint64 size = file.size();
    QVERIFY(file.resize(size - 5)); // the machine went down while the third was appended
    QCOMPARE(EpochArchive::read(folder).epochs(), (std::vector<int> { 0, 1 }));
    QVERIFY(file.seek(size / 6)); // a flipped byte inside the first
    file.write("\xff");
    file.close();
    QCOMPARE(EpochArchive::read(folder).epochs(), (std::vector<int> { 1 }));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("something else entirely");
    file.close();
    QVERIFY(EpochArchive::read(folder).empty());
}

void TestEpochDetails::aLongRunIsThinnedAndBounded()
{
    const std::size_t limit = 40 * encodeEpochDetails(synthetic(0, 3, 0.5)).size();
    EpochArchive archive(limit);
    bool thinned = false;
    for (int epoch = 0; epoch < 1000; ++epoch) {
        thinned = archive.add(synthetic(epoch, 3, epoch == 333 ? 0.9 : 0.3)) || thinned;
        QVERIFY(archive.bytes() <= limit);
    }
    QVERIFY(thinned);
    const std::vector<int> epochs = archive.epochs();
    QVERIFY(epochs.size() >= 15);
    QCOMPARE(epochs.front(), 0);
    QCOMPARE(epochs.back(), 999);
    QVERIFY(archive.at(333)); // the best one stays
    int widest = 0;
    for (std::size_t i = 1; i < epochs.size(); ++i)
        widest = std::max(widest, epochs[i] - epochs[i - 1]);
    QVERIFY2(widest <= 1000 / 8, qPrintable(QString::number(widest))); // no hole in the middle
}

QTEST_APPLESS_MAIN(TestEpochDetails)
#include "tst_epoch_details.moc"
