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
    void otherSpellings();
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
    QVERIFY(!setTrainArgument(changed, "freeze", "[0, '22.cv2']"));
    QVERIFY(!setTrainArgument(changed, "classes", "2"));
    QVERIFY(!setTrainArgument(changed, "scale", "(0.5, 2.0)"));
    QVERIFY(!setTrainArgument(changed, "fraction", "[100, 0.5]"));
    QVERIFY(!setTrainArgument(changed, "batch", "0.7"));
    QCOMPARE(changed.freezeLayers, (std::vector<std::string> { "0", "22.cv2" }));
    QCOMPARE(changed.classes, std::vector<int> { 2 });
    QCOMPARE(changed.scaleRange, (std::vector<double> { 0.5, 2 }));
    QCOMPARE(changed.fraction, 100.0);
    QCOMPARE(changed.valFraction, 0.5);
    QCOMPARE(changed.batch, -1);
    QCOMPARE(trainArgumentText(changed, "batch"), std::string("0.7"));
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
    QTest::newRow("foreign") << "compile"
                             << "true"
                             << "no graph compiler";
    QTest::newRow("class weights") << "cls_pw"
                                   << "2"
                                   << "from 0 to 1";
    QTest::newRow("foreign choice") << "task"
                                    << "segment"
                                    << "only task=detect";
    QTest::newRow("batch share") << "batch"
                                 << "-2"
                                 << "-1 to choose";
    QTest::newRow("freeze words") << "freeze"
                                  << "[backbone]"
                                  << "list of layers";
    QTest::newRow("freeze bracket") << "freeze"
                                    << "[1, 2"
                                    << "list of layers";
    QTest::newRow("classes") << "classes"
                             << "[0, cat]"
                             << "class numbers";
    QTest::newRow("scale order") << "scale"
                                 << "[1.5, 0.5]"
                                 << "smallest and largest";
    QTest::newRow("fraction") << "fraction"
                              << "2.5"
                              << "whole number of images";
    QTest::newRow("half floats") << "amp"
                                 << "fp16"
                                 << "bfloat16";
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

void TestTrainArguments::otherSpellings()
{
    TrainConfig config;
    QVERIFY(!setTrainArgument(config, "cache", "None"));
    QCOMPARE(config.cache, std::string("false"));
    QVERIFY(!setTrainArgument(config, "cache", "True"));
    QCOMPARE(config.cache, std::string("true"));
    QVERIFY(!setTrainArgument(config, "amp", "fp32"));
    QVERIFY(!config.amp);
    QVERIFY(!setTrainArgument(config, "freeze", "10"));
    QCOMPARE(config.freeze, 10);
    QVERIFY(!setTrainArgument(config, "freeze", "None"));
    QCOMPARE(config.freeze, 0);
    QVERIFY(!setTrainArgument(config, "pretrained", "False"));
    QCOMPARE(config.pretrained, std::string("false"));
    QVERIFY(!setTrainArgument(config, "pretrained", "True"));
    QVERIFY(config.pretrained.empty());
    QVERIFY(!setTrainArgument(config, "resume", "runs/detect/train/weights/last.pt"));
    QVERIFY(config.resume);
    QCOMPARE(config.model, std::string("runs/detect/train/weights/last.pt"));
}

void TestTrainArguments::nearest()
{
    QCOMPARE(nearestTrainArgument("bach"), std::string("batch"));
    QCOMPARE(nearestTrainArgument("img_size"), std::string("imgsz"));
    QVERIFY(nearestTrainArgument("zzzzzzzzzzzz").empty());
}

QTEST_APPLESS_MAIN(TestTrainArguments)
#include "tst_train_arguments.moc"
