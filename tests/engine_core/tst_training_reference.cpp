// SPDX-License-Identifier: GPL-3.0-or-later
// Compares with numbers of the real Ultralytics package, made by golden/generate.py.
#include "engine/core/argument_values.h"
#include "engine/core/early_stopping.h"
#include "engine/core/schedule.h"
#include "engine/core/training_loaders.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {

QJsonObject golden()
{
    QFile file(QStringLiteral(TORCHDECK_TEST_FOLDER "/golden/golden.json"));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

bool close(double a, double b, double tolerance)
{
    if (std::abs(a - b) <= tolerance)
        return true;
    qWarning("%.12g is not %.12g", a, b);
    return false;
}

/// Where our default is another one on purpose.
const std::map<std::string, std::string> ownDefaults {
    { "model", "yolov8n.yaml" }, // theirs has none
    { "cache", "auto" }, // docs/architecture.md
    { "conf", "0.001" }, // what their null means in training
    { "time", "0" }, // null
};

/// A value of an argument that no training takes.
std::string otherThan(const std::string &usual)
{
    if (const auto flag = parseBool(usual); flag && !parseNumber(usual))
        return *flag ? "false" : "true";
    if (const auto number = parseNumber(usual))
        return numberText(*number + 1);
    return "something-else";
}

} // namespace

class TestTrainingReference : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(!golden().isEmpty()); }
    void everyArgumentIsKnownWithItsDefault();
    void nothingIsIgnored();
    void schedules();
    void automaticChoice();
    void averageDecay();
    void patience();
    void classWeightsByFrequency();
};

void TestTrainingReference::everyArgumentIsKnownWithItsDefault()
{
    const QJsonObject defaults = golden()["defaults"].toObject();
    QVERIFY(defaults.size() > 90);
    const TrainConfig usual;
    for (const QString &key : defaults.keys()) {
        const std::string name = key.toStdString(), text = defaults[key].toString().toStdString();
        const bool taken = findTrainArgument(name) != nullptr;
        const bool foreign =
            std::ranges::find(foreignArguments(), name, &ForeignArgument::name) != foreignArguments().end();
        QVERIFY2(taken != foreign, qPrintable(key + " is in no table, or in two"));
        TrainConfig config;
        const auto error = setTrainArgument(config, name, text);
        if (name == "model" || name == "data")
            continue; // "null" clears them
        QVERIFY2(!error, error ? error->sentence.c_str() : "");
        const auto own = ownDefaults.find(name);
        if (own != ownDefaults.end())
            QCOMPARE(trainArgumentText(usual, name), own->second);
        else if (taken)
            QCOMPARE(trainArgumentText(config, name), trainArgumentText(usual, name));
    }
}

void TestTrainingReference::nothingIsIgnored()
{
    for (const ForeignArgument &argument : foreignArguments()) {
        TrainConfig config;
        const std::string text = otherThan(std::string(argument.defaultText));
        const auto error = setTrainArgument(config, argument.name, text);
        QVERIFY2(error, argument.name.data());
        const QString sentence = QString::fromStdString(error->sentence);
        QVERIFY2(sentence.startsWith(QString::fromStdString(std::string(argument.name) + "=" + text)),
                 error->sentence.c_str());
        QVERIFY2(sentence.endsWith(u'.') && sentence.contains(QLatin1String(": ")), error->sentence.c_str());
    }
}

void TestTrainingReference::schedules()
{
    for (const auto &value : golden()["schedules"].toArray()) {
        const QJsonObject expected = value.toObject();
        TrainConfig config;
        const QJsonObject arguments = expected["arguments"].toObject();
        for (const QString &key : arguments.keys())
            QVERIFY(!setTrainArgument(config, key.toStdString(), arguments[key].toString().toStdString()));
        const auto images = expected["images"].toInteger();
        const std::int64_t batches = (images + config.batch - 1) / config.batch;
        const OptimizerChoice choice = chooseOptimizer(config, images, 3);
        QCOMPARE(QString::fromStdString(choice.name), expected["optimizer"].toString());
        Schedule schedule(config, batches);
        if (choice.automatic)
            schedule.setWarmupBiasLr(0);
        QVERIFY(close(schedule.weightDecay(), expected["weight_decay"].toDouble(), 1e-15));
        const QJsonArray rows = expected["rows"].toArray();
        QCOMPARE(static_cast<std::int64_t>(rows.size()), batches * config.epochs);
        std::int64_t lastStep = -1;
        QJsonArray steps;
        for (int i = 0; i < rows.size(); ++i) {
            const int epoch = static_cast<int>(i / batches);
            const auto theirs = [&](int column) { return rows[i][column].toDouble(); };
            QCOMPARE(schedule.accumulate(i), static_cast<int>(theirs(0)));
            for (const int column : { 1, 2, 3 })
                QVERIFY(close(schedule.learningRate(i, epoch, choice.learningRate, column == 3),
                              theirs(column), 1e-12));
            const double momentum =
                choice.name == "SGD" ? schedule.momentum(i, choice.momentum) : choice.momentum;
            QVERIFY(close(momentum, theirs(4), 1e-12));
            if (i - lastStep >= schedule.accumulate(i)) {
                steps.append(i);
                lastStep = i;
            }
        }
        QCOMPARE(steps, expected["steps"].toArray());
        QCOMPARE(static_cast<int>(steps.size()), expected["updates"].toInt());
    }
}

void TestTrainingReference::automaticChoice()
{
    for (const auto &item : golden()["automatic"].toArray()) {
        const QJsonObject value = item.toObject();
        TrainConfig config;
        config.epochs = 1;
        config.batch = 64; // one image batch a step: as many steps as batches
        const std::int64_t images = 64 * value["iterations"].toInteger();
        const OptimizerChoice choice = chooseOptimizer(config, images, value["classes"].toInt());
        QCOMPARE(QString::fromStdString(choice.name), value["optimizer"].toString());
        QVERIFY(close(choice.learningRate, value["lr0"].toDouble(), 1e-12));
        QVERIFY(close(choice.momentum, value["momentum"].toDouble(), 1e-12));
        QVERIFY(choice.automatic && value["warmup_bias_lr"].toDouble() == 0);
    }
}

void TestTrainingReference::averageDecay()
{
    const QJsonObject expected = golden()["ema"].toObject();
    const QJsonArray updates = expected["updates"].toArray();
    for (int i = 0; i < updates.size(); ++i)
        QVERIFY(close(emaDecay(updates[i].toInteger()), expected["decay"][i].toDouble(), 1e-12));
    const QJsonArray values = expected["values"].toArray();
    double average = 0; // theirs starts at a random weight, whose share is below 1e-3 after one update
    for (int i = 0; i < values.size(); ++i) {
        average = emaDecay(i + 1) * average + (1 - emaDecay(i + 1)) * i * i;
        QVERIFY(close(average, values[i].toDouble(), 1e-3));
    }
}

void TestTrainingReference::patience()
{
    for (const auto &item : golden()["patience"].toArray()) {
        const QJsonObject value = item.toObject();
        EarlyStopping stopper(value["patience"].toInt());
        const QJsonArray fitness = value["fitness"].toArray();
        for (int i = 0; i < fitness.size(); ++i)
            QCOMPARE(stopper.update(i, fitness[i].toDouble()), value["stops"][i].toBool());
        QCOMPARE(stopper.bestEpoch(), value["best_epoch"].toInt());
    }
}

void TestTrainingReference::classWeightsByFrequency()
{
    Dataset dataset;
    dataset.names = { "a", "b", "none" };
    dataset.samples.resize(2);
    dataset.samples[0].labels = { { 0 }, { 0 }, { 1 } };
    dataset.samples[1].labels = { { 0 }, { 0 } };
    QVERIFY(classWeights(dataset, 0).empty());
    // 1/4 and 1/1: their mean is 5/8, which the class without an object gets.
    const std::vector<float> whole = classWeights(dataset, 1);
    QCOMPARE(whole.size(), std::size_t(3));
    QCOMPARE(whole[0], 0.4f);
    QCOMPARE(whole[1], 1.6f);
    QCOMPARE(whole[2], 1.f);
    const std::vector<float> half = classWeights(dataset, 0.5); // 1/2 and 1
    QCOMPARE(half[0], 2.f / 3);
    QCOMPARE(half[1], 4.f / 3);
}

QTEST_APPLESS_MAIN(TestTrainingReference)
#include "tst_training_reference.moc"
