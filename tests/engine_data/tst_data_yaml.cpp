// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/dataset.h"
#include "tests/engine_data/scratch_set.h"

using namespace torchdeck::engine;

class DataYamlTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void forms_data();
    void forms();
    void splits();
    void badFiles_data();
    void badFiles();
    void missingFile();
    void folderStandsForItsYaml();
    void ultralyticsDatasetsFolderIsLookedInto();
};

void DataYamlTest::forms_data()
{
    QTest::addColumn<QString>("names");
    QTest::addRow("flow list") << "names: [cat, dog]\n";
    QTest::addRow("block list") << "names:\n  - cat\n  - dog\n";
    QTest::addRow("map") << "names:\n  0: cat\n  1: dog\n";
    QTest::addRow("map, unordered") << "names: {1: dog, 0: cat}\n";
    QTest::addRow("with nc") << "nc: 2\nnames: [cat, dog]\n";
    QTest::addRow("windows line ends") << "nc: 2\r\nnames: [cat, dog]\r\n";
}

void DataYamlTest::forms()
{
    QFETCH(QString, names);
    const ScratchSet set;
    set.text("pets/data.yaml", "train: images/train\nval: images/val\n" + names.toStdString());
    const DataYaml yaml = readDataYaml(set.root() / "pets" / "data.yaml");
    QCOMPARE(yaml.names, (std::vector<std::string> { "cat", "dog" }));
    QCOMPARE(yaml.name, std::string("pets"));
    QCOMPARE(yaml.root, set.root() / "pets");
    QCOMPARE(yaml.train, (std::vector { set.root() / "pets" / "images" / "train" }));
    QCOMPARE(yaml.lines.at("val"), 2);
}

void DataYamlTest::splits()
{
    const ScratchSet set;
    set.image("deep/images/train/a.png", 20, 20);
    set.text("coco9.yaml",
             "path: deep\ntrain: [images/train, list.txt]\nvalidation: ../images/train\n"
             "test: /somewhere/else\nnc: 2\n");
    const DataYaml yaml = readDataYaml(set.root() / "coco9.yaml");
    QCOMPARE(yaml.name, std::string("coco9"));
    QCOMPARE(yaml.root, set.root() / "deep");
    QCOMPARE(yaml.train.size(), std::size_t { 2 });
    QCOMPARE(yaml.train[1], set.root() / "deep" / "list.txt");
    QCOMPARE(yaml.val.front(), set.root() / "deep" / "images" / "train"); // one "../" too many is forgiven
    QCOMPARE(yaml.test.front(), std::filesystem::path("/somewhere/else"));
    QCOMPARE(yaml.names, (std::vector<std::string> { "class_0", "class_1" }));
}

void DataYamlTest::ultralyticsDatasetsFolderIsLookedInto()
{
    const ScratchSet set, elsewhere;
    elsewhere.image("coco8/images/train/a.png", 20, 20);
    set.text("coco8.yaml", "path: coco8 # dataset root dir\ntrain: images/train\nval: images/train\nnames: [cat]\n");
    const auto settings = [&set](const std::string &text) { set.text("config/Ultralytics/settings.json", text); };
    qputenv("XDG_CONFIG_HOME", (set.root() / "config").c_str());
    qunsetenv("YOLO_CONFIG_DIR");
    const auto refused = [&set] {
        try {
            (void)readDataYaml(set.root() / "coco8.yaml");
        } catch (const EngineError &error) {
            return QString::fromUtf8(error.what());
        }
        return QString();
    };
    QVERIFY2(refused().contains("'path' is coco8") && !refused().contains("datasets_dir"), qPrintable(refused()));
    for (const char *useless : { "{\"datasets_dir\": ", "[]", "{\"datasets_dir\": 7}", "{\"datasets_dir\": null}", "" }) {
        settings(useless);
        QVERIFY2(refused().contains("'path' is coco8"), useless);
    }
    settings("{\n  \"settings_version\": \"0.0.6\",\n  \"datasets_dir\": \"" + elsewhere.root().string() + "/gone\"\n}\n");
    QVERIFY2(refused().contains("gone (Ultralytics' datasets_dir)"), qPrintable(refused()));
    settings("{\n  \"settings_version\": \"0.0.6\",\n  \"datasets_dir\": \"" + elsewhere.root().string() + "\"\n}\n");
    QCOMPARE(readDataYaml(set.root() / "coco8.yaml").root, elsewhere.root() / "coco8");
    set.image("coco8/images/train/a.png", 20, 20); // beside the file counts more
    QCOMPARE(readDataYaml(set.root() / "coco8.yaml").root, set.root() / "coco8");
    qunsetenv("XDG_CONFIG_HOME");
}

void DataYamlTest::badFiles_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("fragment");
    const QString ok = "train: a\nval: b\n";
    QTest::addRow("empty") << ""
                           << ".yaml: "
                           << "is empty";
    QTest::addRow("only spaces") << "\n\n"
                                 << ".yaml: "
                                 << "is empty";
    QTest::addRow("broken yaml") << ok + "names: [cat, dog\nnc: 2\n"
                                 << ".yaml:"
                                 << "not valid YAML";
    QTest::addRow("a list") << "- train\n- val\n"
                            << ".yaml: "
                            << "list of keys";
    QTest::addRow("binary") << QString("\x01\x02{{{") << ".yaml"
                            << "list of keys";
    QTest::addRow("no train") << "val: b\nnames: [cat]\n"
                              << ".yaml: "
                              << "'train' is missing";
    QTest::addRow("no val") << "train: a\nnames: [cat]\n"
                            << ".yaml: "
                            << "'val' is missing";
    QTest::addRow("empty val") << "train: a\nval:\nnames: [cat]\n"
                               << ".yaml:2: "
                               << "'val' is missing";
    QTest::addRow("train is a map") << "train: {a: b}\nval: b\nnames: [cat]\n"
                                    << ".yaml:1: "
                                    << "'train' must be";
    QTest::addRow("no names") << ok << ".yaml: "
                              << "classes are missing";
    QTest::addRow("names is text") << ok + "names: cat\n"
                                   << ".yaml:3: "
                                   << "'names' must be";
    QTest::addRow("names empty") << ok + "names: []\n"
                                 << ".yaml:3: "
                                 << "'names' is empty";
    QTest::addRow("names with a gap") << ok + "names:\n  0: cat\n  2: dog\n"
                                      << ".yaml:4: "
                                      << "no class 1";
    QTest::addRow("names twice") << ok + "names:\n  0: cat\n  0: dog\n"
                                 << ".yaml:5: "
                                 << "appears twice";
    QTest::addRow("names by word") << ok + "names:\n  cat: 0\n"
                                   << ".yaml:4: "
                                   << "'cat' is not one";
    QTest::addRow("nc disagrees") << ok + "nc: 3\nnames: [cat, dog]\n"
                                  << ".yaml:3: "
                                  << "3 classes but 'names' has 2";
    QTest::addRow("nc is a word") << ok + "nc: many\nnames: [cat]\n"
                                  << ".yaml:3: "
                                  << "'nc' must be";
    QTest::addRow("nc is zero") << ok + "nc: 0\n"
                                << ".yaml:3: "
                                << "'nc' must be";
    QTest::addRow("path is gone") << ok + "path: not-there\nnames: [cat]\n"
                                  << ".yaml:3: "
                                  << "not-there";
    QTest::addRow("absolute path is gone") << ok + "path: /not-there\nnames: [cat]\n"
                                           << ".yaml:3: "
                                           << "/not-there";
}

void DataYamlTest::badFiles()
{
    QFETCH(QString, text);
    QFETCH(QString, place);
    QFETCH(QString, fragment);
    const ScratchSet set;
    set.text("data.yaml", text.toStdString());
    const std::string sentence = sentenceOf([&] { (void)readDataYaml(set.yaml()); });
    QVERIFY(contains(sentence, "data" + place.toStdString()));
    QVERIFY(contains(sentence, fragment.toStdString()));
    QVERIFY(sentence.back() == '.' || sentence.back() == ')');
}

void DataYamlTest::missingFile()
{
    QVERIFY(contains(sentenceOf([] { (void)readDataYaml("/not/there/data.yaml"); }),
                     "/not/there/data.yaml: There is"));
    QVERIFY(contains(sentenceOf([] { (void)readDataYaml(""); }), "No data set given"));
    try {
        (void)readDataYaml("/not/there/data.yaml");
        QFAIL("must throw");
    } catch (const EngineError &error) {
        QCOMPARE(error.field(), std::string("data"));
    }
}

void DataYamlTest::folderStandsForItsYaml()
{
    const ScratchSet set;
    set.good();
    QCOMPARE(readDataYaml(set.root()).file, set.yaml());
    std::filesystem::rename(set.yaml(), set.root() / "pets.yml");
    QCOMPARE(readDataYaml(set.root()).file, set.root() / "pets.yml");
    std::filesystem::remove(set.root() / "pets.yml");
    QVERIFY(contains(sentenceOf([&] { (void)readDataYaml(set.root()); }), "holds no data.yaml"));
}

QTEST_GUILESS_MAIN(DataYamlTest)
#include "tst_data_yaml.moc"
