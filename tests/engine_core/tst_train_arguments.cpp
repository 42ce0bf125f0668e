// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/train_config.h"

#include <QtTest/QtTest>

using namespace torchdeck::engine;

class TestTrainArguments : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void defaultsPassTheirOwnChecks();
    void textRoundTrip();
    void refuses_data();
    void refuses();
    void acceptsForeignDefaults();
    void nearest();
};

void TestTrainArguments::defaultsPassTheirOwnChecks()
{
    TrainConfig config;
    config.data = "data.yaml";
    QVERIFY(checkTrainConfig(config).empty());
    config.data.clear();
    const auto errors = checkTrainConfig(config);
    QCOMPARE(errors.size(), std::size_t(1));
    QCOMPARE(errors.front().argument, std::string("data"));
}

void TestTrainArguments::textRoundTrip()
{
    TrainConfig changed;
    QVERIFY(!setTrainArgument(changed, "epochs", "7"));
    QVERIFY(!setTrainArgument(changed, "lr0", "0.0003"));
    QVERIFY(!setTrainArgument(changed, "optimizer", "adamw"));
    QVERIFY(!setTrainArgument(changed, "cos_lr", "True"));
    QVERIFY(!setTrainArgument(changed, "project", "None"));
    QCOMPARE(changed.epochs, 7);
    QCOMPARE(changed.lr0, 0.0003);
    QCOMPARE(changed.optimizer, std::string("AdamW"));
    QVERIFY(changed.cosLr);
    QVERIFY(changed.project.empty());
    TrainConfig copy;
    for (const ArgumentInfo &info : trainArguments())
        QVERIFY(!setTrainArgument(copy, info.name, trainArgumentText(changed, info.name)));
    for (const ArgumentInfo &info : trainArguments())
        QCOMPARE(trainArgumentText(copy, info.name), trainArgumentText(changed, info.name));
}

void TestTrainArguments::refuses_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("fragment");
    QTest::newRow("zero epochs") << "epochs"
                                 << "0"
                                 << "from 1";
    QTest::newRow("half an epoch") << "epochs"
                                   << "1.5"
                                   << "whole number";
    QTest::newRow("words") << "batch"
                           << "many"
                           << "whole number";
    QTest::newRow("small image") << "imgsz"
                                 << "16"
                                 << "from 32";
    QTest::newRow("probability") << "mosaic"
                                 << "1.2"
                                 << "from 0 to 1";
    QTest::newRow("infinite") << "lr0"
                              << "inf"
                              << "a number";
    QTest::newRow("bool") << "val"
                          << "perhaps"
                          << "true or false";
    QTest::newRow("choice") << "optimizer"
                            << "Lion"
                            << "one of auto";
    QTest::newRow("unknown") << "epocs"
                             << "3"
                             << "did you mean 'epochs'";
    QTest::newRow("foreign") << "multi_scale"
                             << "0.5"
                             << "does not implement";
    QTest::newRow("foreign choice") << "rect"
                                    << "true"
                                    << "does not implement";
}

void TestTrainArguments::refuses()
{
    QFETCH(QString, name);
    QFETCH(QString, text);
    QFETCH(QString, fragment);
    TrainConfig config;
    const auto error = setTrainArgument(config, name.toStdString(), text.toStdString());
    QVERIFY(error.has_value());
    QCOMPARE(QString::fromStdString(error->argument), name);
    QVERIFY2(QString::fromStdString(error->sentence).contains(fragment), error->sentence.c_str());
}

void TestTrainArguments::acceptsForeignDefaults()
{
    TrainConfig config;
    for (const auto &[name, text] :
         { std::pair("rect", "False"), std::pair("erasing", "0.4"), std::pair("dropout", "0.0"),
           std::pair("classes", "None"), std::pair("task", "detect"), std::pair("overlap_mask", "True") })
        QVERIFY2(!setTrainArgument(config, name, text), name);
}

void TestTrainArguments::nearest()
{
    QCOMPARE(nearestTrainArgument("bach"), std::string("batch"));
    QCOMPARE(nearestTrainArgument("img_size"), std::string("imgsz"));
    QVERIFY(nearestTrainArgument("zzzzzzzzzzzz").empty());
}

QTEST_APPLESS_MAIN(TestTrainArguments)
#include "tst_train_arguments.moc"
