// SPDX-License-Identifier: GPL-3.0-or-later
// The torch-free reader: torch.save's own files, hostile pickles and damaged files.
#include "engine/interop/pickle_writer.h"
#include "engine/interop/pt_file.h"

#include <QtCore/QFile>
#include <QtTest/QtTest>

#include <random>

#include <sys/resource.h>

using namespace torchdeck::engine::interop;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

fs::path golden(const char *name) { return fs::path(TORCHDECK_TEST_FOLDER) / "golden" / name; }

Bytes bytesOf(const fs::path &file)
{
    FileSource source(file);
    return source.bytes(0, source.size());
}

Bytes operator""_pickle(const char *text, std::size_t size)
{
    Bytes bytes { 0x80, 2 };
    bytes.insert(bytes.end(), text, text + size);
    return bytes;
}

/// What reading says, empty when it succeeds.
template <typename Read> std::string complaint(const Read &read)
{
    try {
        read();
        return {};
    } catch (const FormatError &error) {
        return error.what();
    }
}

std::string pickleComplaint(const Bytes &bytes, const PickleLimits &limits = {})
{
    return complaint([&] {
        Document document;
        (void)readPickle(bytes, document, limits);
    });
}

std::string fileComplaint(const fs::path &file)
{
    return complaint([&] { PtFile opened(file); });
}

std::vector<float> floats(PtFile &file, const Value &value)
{
    const TensorInfo &info = file.document().tensor(value);
    std::vector<float> all(file.storageBytes(info) / sizeof(float));
    file.readStorage(info, { reinterpret_cast<std::uint8_t *>(all.data()), all.size() * sizeof(float) });
    return all;
}

double peakMiB()
{
    rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / 1024;
}

/// Opens a file's bytes and reads every tensor: no outcome but success and FormatError is allowed.
bool survives(const Bytes &bytes)
{
    try {
        PtFile file { std::span<const std::uint8_t>(bytes) };
        for (const TensorInfo &tensor : file.document().tensors) {
            Bytes storage(file.storageBytes(tensor));
            file.readStorage(tensor, storage);
        }
        return true;
    } catch (const FormatError &) {
        return true;
    }
}

} // namespace

class TestPtReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesOfEveryKind_data();
    void valuesOfEveryKind();
    void tensorsAreDescribed();
    void codeIsRefusedByName_data();
    void codeIsRefusedByName();
    void otherFormatsAreNamed_data();
    void otherFormatsAreNamed();
    void safetensors();
    void brokenPickles_data();
    void brokenPickles();
    void bombs();
    void writtenPicklesReadBack();
    void mutatedPickles();
    void mutatedFiles();
    void cleanupTestCase();
};

void TestPtReader::valuesOfEveryKind_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("protocol 2") << "values2.pt";
    QTest::newRow("protocol 5") << "values5.pt";
}

void TestPtReader::valuesOfEveryKind()
{
    QFETCH(QString, name);
    PtFile file(golden(name.toUtf8().constData()));
    const Value &root = file.root();
    QCOMPARE(root.kind, Kind::Dict);
    QCOMPARE(root.at("none").kind, Kind::None);
    QCOMPARE(root.at("yes").toBool(), true);
    QCOMPARE(root.at("no").toBool(), false);
    QCOMPARE(root.at("small").toInt(), std::int64_t(7));
    QCOMPARE(root.at("word").toInt(), std::int64_t(40000));
    QCOMPARE(root.at("negative").toInt(), std::int64_t(-70000));
    QCOMPARE(root.at("large").toInt(), std::int64_t(1) << 40);
    QCOMPARE(root.at("least").toInt(), std::numeric_limits<std::int64_t>::min());
    QCOMPARE(root.at("real").toDouble(), 0.1);
    QCOMPARE(root.at("text").toText(), std::string("gr\u00f6\u00dfe"));
    QCOMPARE(root.at("bytes").text, std::string("\0\xff\x80", 3));
    QCOMPARE(root.at("list").items[1]->items[1]->toText(), std::string("x"));
    QCOMPARE(root.at("tuple").items.size(), std::size_t(4));
    QCOMPARE(root.at("set").items[0]->toInt(), std::int64_t(3));
    QCOMPARE(root.at("ordered").at("b").toInt(), std::int64_t(2));
    QCOMPARE(root.at("path").toText(), std::string("runs/x"));
    QCOMPARE(root.at("numpy").toDouble(), 2.5);
    QCOMPARE(root.at("count").toInt(), std::int64_t(-4));
    QCOMPARE(root.at("size").items[1]->toInt(), std::int64_t(3));
    QVERIFY(!root.find("nothing"));
    QVERIFY(complaint([&] { (void)root.at("nothing"); }).find("'nothing' is missing") != std::string::npos);
    QVERIFY(complaint([&] { (void)root.at("text").toInt(); }).find("a whole number") != std::string::npos);
}

void TestPtReader::tensorsAreDescribed()
{
    PtFile file(golden("values2.pt"));
    const auto info = [&](const char *name) { return file.document().tensor(file.root().at(name)); };
    QCOMPARE(info("half").type, DataType::Float16);
    QCOMPARE(info("brain").type, DataType::BFloat16);
    QCOMPARE(info("long").shape, std::vector<std::int64_t> {});
    QCOMPARE(info("mask").type, DataType::Bool);
    QCOMPARE(info("part").shape, (std::vector<std::int64_t> { 2, 2 }));
    QCOMPARE(info("part").strides, (std::vector<std::int64_t> { 4, 2 }));
    QCOMPARE(info("part").offset, std::int64_t(4));
    QCOMPARE(info("turned").strides, (std::vector<std::int64_t> { 1, 4 }));
    QCOMPARE(info("part").storage, info("same").storage);
    QVERIFY(info("parameter").requiresGrad);
    QCOMPARE(floats(file, file.root().at("same"))[11], 11.0f);
}

void TestPtReader::codeIsRefusedByName_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("name");
    QTest::newRow("os.system") << "os_system.pt"
                               << "posix.system";
    QTest::newRow("eval") << "eval.pt"
                          << "__builtin__.eval";
    QTest::newRow("getattr") << "getattr.pt"
                             << "__builtin__.getattr";
}

void TestPtReader::codeIsRefusedByName()
{
    QFETCH(QString, file);
    QFETCH(QString, name);
    const std::string what = fileComplaint(golden(file.toUtf8().constData()));
    QVERIFY2(what.find(name.toStdString() + " is not allowed") != std::string::npos, what.c_str());
    QVERIFY(!QFile::exists(QStringLiteral("torchdeck-was-run")));
}

void TestPtReader::otherFormatsAreNamed_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("words");
    QTest::newRow("before 1.6") << "legacy.pt"
                                << "before version 1.6";
    QTest::newRow("deflated") << "deflated.pt"
                              << "compressed";
    QTest::newRow("a script") << "generate.py"
                              << "neither a zip";
}

void TestPtReader::otherFormatsAreNamed()
{
    QFETCH(QString, file);
    QFETCH(QString, words);
    const std::string what = fileComplaint(golden(file.toUtf8().constData()));
    QVERIFY2(what.find(words.toStdString()) != std::string::npos, what.c_str());
}

void TestPtReader::safetensors()
{
    const fs::path path = golden("weights.safetensors");
    PtFile file(path);
    QCOMPARE(file.document().tensor(file.root().at("a.weight")).shape, (std::vector<std::int64_t> { 2, 3 }));
    QCOMPARE(floats(file, file.root().at("a.weight")), (std::vector<float> { 0, 1, 2, 3, 4, 5 }));
    QCOMPARE(file.document().tensor(file.root().at("a.count")).type, DataType::Int64);
    const Bytes whole = bytesOf(path);
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!complaint([&] { PtFile cut { std::span(whole).first(size) }; }).empty());
}

void TestPtReader::brokenPickles_data()
{
    QTest::addColumn<QByteArray>("program");
    const auto row = [](const char *name, const char *program, int size) {
        QTest::newRow(name) << QByteArray(program, size);
    };
    row("empty", "", 0);
    row("nothing on the stack", ".", 1);
    row("text cut off", "X\x10\0\0\0abc", 8);
    row("length of 4 GiB", "X\xff\xff\xff\xff", 5);
    row("no mark", "NNt.", 4);
    row("below the mark", "N(0.", 4);
    row("unknown reference", "h\x05.", 3);
    row("memo out of order", "Nr\xff\xff\xff\x7f.", 7);
    row("list as dict", "]NNs.", 5);
    row("key without value", "}(Nu.", 5);
    row("attributes of None", "NNb.", 4);
    row("a call of text", "U\1a)R.", 6);
    row("persistent id", "U\1aQ.", 5);
    row("extension", "\x82\x01.", 3);
    row("instance", "(iposix\nsystem\n.", 16);
    row("90-bit number",
        "\x8a\x0c"
        "123456789012.",
        15);
}

void TestPtReader::brokenPickles()
{
    QFETCH(QByteArray, program);
    Bytes bytes { 0x80, 2 };
    bytes.insert(bytes.end(), program.begin(), program.end());
    QVERIFY(!pickleComplaint(bytes).empty());
}

/// Small programs that would cost much memory, much time or a deep recursion.
void TestPtReader::bombs()
{
    Bytes nested = ""_pickle;
    for (int i = 0; i < 400'000; ++i)
        nested.push_back(']');
    for (int i = 1; i < 400'000; ++i)
        nested.push_back('a');
    nested.push_back('.');
    QCOMPARE(pickleComplaint(nested), std::string());

    Bytes many = ""_pickle;
    many.resize(many.size() + 30'000'000, ']');
    QVERIFY(pickleComplaint(many).find("values") != std::string::npos);
    std::fill(many.begin() + 2, many.end(), 'N');
    QVERIFY(pickleComplaint(many).find("references") != std::string::npos);
    std::fill(many.begin() + 2, many.end(), '(');
    QVERIFY(!pickleComplaint(many).empty());

    // A list that holds itself, and one that doubles with every step: 2^60 leaves, 200 values.
    QCOMPARE(pickleComplaint("]q\0h\0a."_pickle), std::string());
    Bytes doubling = "]q\0"_pickle;
    for (std::uint8_t i = 0; i < 60; ++i)
        doubling.insert(doubling.end(), { ']', 'q', std::uint8_t(i + 1), '(', 'h', i, 'h', i, 'e' });
    doubling.push_back('.');
    QCOMPARE(pickleComplaint(doubling), std::string());

    // One megabyte of text, copied again and again.
    PickleWriter copies;
    copies.text(std::string(1 << 20, 'x'));
    const std::uint32_t text = copies.put();
    for (int i = 0; i < 5000; ++i) {
        copies.name("_codecs", "encode");
        copies.mark();
        copies.get(text);
        copies.tuple();
        copies.reduce();
    }
    const std::string program = copies.take();
    QVERIFY(!pickleComplaint(Bytes(program.begin(), program.end())).empty());
}

void TestPtReader::writtenPicklesReadBack()
{
    PickleWriter out;
    out.emptyDict();
    out.mark();
    for (const std::int64_t value :
         { std::int64_t(0), std::int64_t(255), std::int64_t(256), std::int64_t(65536), std::int64_t(-1),
           std::int64_t(1) << 33, std::numeric_limits<std::int64_t>::min() }) {
        out.key("n" + std::to_string(value));
        out.integer(value);
    }
    for (int i = 0; i < 600; ++i) { // places beyond 255
        out.key("t" + std::to_string(i));
        out.text("text " + std::to_string(i % 400));
    }
    out.key("real");
    out.real(-0.1);
    out.key("ordered");
    out.orderedDict();
    out.key("set");
    out.emptySet();
    out.setItems();
    const std::string program = out.take();
    Document document;
    const Value *root =
        readPickle({ reinterpret_cast<const std::uint8_t *>(program.data()), program.size() }, document);
    for (const std::int64_t value :
         { std::int64_t(0), std::int64_t(255), std::int64_t(256), std::int64_t(65536), std::int64_t(-1),
           std::int64_t(1) << 33, std::numeric_limits<std::int64_t>::min() })
        QCOMPARE(root->at("n" + std::to_string(value)).toInt(), value);
    QCOMPARE(root->at("t599").toText(), std::string("text 199"));
    QCOMPARE(root->at("real").toDouble(), -0.1);
    QCOMPARE(root->at("ordered").kind, Kind::Dict);
    QCOMPARE(root->at("set").kind, Kind::Set);
}

/// Bytes of the pickle itself are changed, behind any checksum.
void TestPtReader::mutatedPickles()
{
    const Bytes whole = bytesOf(golden("values5.pt"));
    MemorySource source(whole);
    const ZipReader zip(source);
    const ZipReader::Record record = *zip.find(zip.folder() + "/data.pkl");
    const Bytes pickle(whole.begin() + static_cast<std::ptrdiff_t>(record.offset),
                       whole.begin() + static_cast<std::ptrdiff_t>(record.offset + record.size));
    QVERIFY(pickleComplaint(pickle).empty());
    std::mt19937 random(1);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) {
        Bytes mutated = pickle;
        for (unsigned n = 1 + random() % 4; n-- > 0;)
            mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
        refused += pickleComplaint(mutated).empty() ? 0 : 1;
    }
    QVERIFY(refused > 300);
}

void TestPtReader::mutatedFiles()
{
    for (const char *name : { "values2.pt", "state_dict.pt" }) {
        const Bytes whole = bytesOf(golden(name));
        std::mt19937 random(2);
        for (int i = 0; i < 500; ++i) {
            Bytes mutated = whole;
            for (unsigned n = 1 + random() % 8; n-- > 0;)
                mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
            if (random() % 4 == 0)
                mutated.resize(random() % mutated.size());
            QVERIFY(survives(mutated));
        }
    }
}

void TestPtReader::cleanupTestCase()
{
#if !defined(__SANITIZE_ADDRESS__)
    QVERIFY2(peakMiB() < 1024, qPrintable(QStringLiteral("%1 MiB").arg(peakMiB())));
#endif
}

QTEST_APPLESS_MAIN(TestPtReader)
#include "tst_pt_reader.moc"
