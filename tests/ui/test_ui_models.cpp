// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/argument_table.h"
#include "ui/class_table.h"
#include "ui/english_plurals.h"
#include "ui/log_view.h"
#include "ui/upload_queue_model.h"

#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace torchdeck;
using namespace torchdeck::ui;
using namespace std::chrono_literals;

using Mode = QAbstractItemModelTester::FailureReportingMode;

class TestUiModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { EnglishPlurals::install(); }

    void theQueueKeepsRowsThatStay()
    {
        hub::TimePoint now {};
        UploadQueueModel model([&now] { return now; });
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        const auto items = fixtures::failingUploads(now);
        model.setItems(items);
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.failedCount(), 3);
        const QPersistentModelIndex key(model.index(3, 0));
        QCOMPARE(key.data(UploadQueueModel::IdRole).toLongLong(), 4);

        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setItems({ items[4], items[3], items[0] }); // two gone, order turned round
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(key.row(), 1);
        QCOMPARE(key.data(UploadQueueModel::IdRole).toLongLong(), 4);
        QCOMPARE(resets.count(), 0);
        model.setItems({});
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!key.isValid());
        model.setItems(items);
        for (int row = 0; row < items.size(); ++row)
            QCOMPARE(model.index(row, 0).data().toString(), items[row].title);
    }

    void nextTryIsComparedWithNowOnlyWhenAsked()
    {
        hub::TimePoint now {};
        UploadQueueModel model([&now] { return now; });
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        model.setItems(fixtures::failingUploads(now));
        const QModelIndex next = model.index(0, UploadQueueModel::NextTry);
        QCOMPARE(next.data().toString(), QStringLiteral("in 24 s"));
        now += 20500ms;
        QCOMPARE(next.data().toString(), QStringLiteral("in 4 s"));
        QVERIFY(model.counting());
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.refreshCountdowns();
        QCOMPARE(changes.count(), 1);
        QCOMPARE(changes[0][0].toModelIndex().column(), int(UploadQueueModel::NextTry));
        QCOMPARE(changes[0][1].toModelIndex().column(), int(UploadQueueModel::NextTry));
        now += 1h;
        QCOMPARE(next.data().toString(), QStringLiteral("now"));
        QVERIFY(!model.counting());
        QCOMPARE(model.index(2, UploadQueueModel::NextTry).data().toString(),
                 QStringLiteral("only by Retry now"));
        QCOMPARE(model.index(3, UploadQueueModel::NextTry).data().toString(),
                 QStringLiteral("when the key is right"));
    }

    void theQueueSaysErrorsAndProgress()
    {
        UploadQueueModel model([] { return hub::TimePoint {}; });
        model.setItems(fixtures::failingUploads({}));
        QCOMPARE(model.index(0, UploadQueueModel::Attempts).data().toInt(), 3);
        QVERIFY(
            model.index(0, UploadQueueModel::LastError).data().toString().contains(QStringLiteral("40 s")));
        QCOMPARE(model.index(0, 0).data(UploadQueueModel::TechnicalRole).toString(),
                 QStringLiteral("HTTP 429"));
        QCOMPARE(model.index(0, 0).data(UploadQueueModel::ProgressRole).toDouble(), -1.0);
        QVERIFY(model.index(1, 0).data(UploadQueueModel::ProgressRole).toDouble() > 0.39);
        QVERIFY(!model.index(1, 0).data(UploadQueueModel::CanRetryRole).toBool());
        QCOMPARE(model.index(4, 0).data(UploadQueueModel::HistoryRole).toString(),
                 QStringLiteral("not tried yet"));
    }

    void everyArgumentIsInTheTableOrTheForm()
    {
        ArgumentTableModel model({ QStringLiteral("epochs") });
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        QCOMPARE(model.rowCount(), static_cast<int>(engine::trainArguments().size()) - 1);
        QCOMPARE(model.rowOf(QStringLiteral("epochs")), -1);
        for (int row = 0; row < model.rowCount(); ++row) {
            QVERIFY(!model.index(row, 0).data(ArgumentTableModel::HelpRole).toString().isEmpty());
            QVERIFY(!model.index(row, 0).data(ArgumentTableModel::ChangedRole).toBool());
        }
    }

    void argumentsAreSetRefusedAndReset()
    {
        ArgumentTableModel model({});
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        QSignalSpy refused(&model, &ArgumentTableModel::refused);
        const int lr0 = model.rowOf(QStringLiteral("lr0"));
        const QModelIndex value = model.index(lr0, ArgumentTableModel::Value);
        QVERIFY(model.setData(value, QStringLiteral("0.02"), Qt::EditRole));
        QCOMPARE(model.config().lr0, 0.02);
        QVERIFY(value.data(ArgumentTableModel::ChangedRole).toBool());
        QCOMPARE(model.changedCount(), 1);

        QVERIFY(!model.setData(value, QStringLiteral("much"), Qt::EditRole));
        QVERIFY(!model.setData(value, QStringLiteral("99"), Qt::EditRole));
        QCOMPARE(refused.count(), 2);
        QCOMPARE(refused[0][0].toString(), QStringLiteral("lr0"));
        QVERIFY(!refused[0][1].toString().isEmpty());
        QVERIFY(!value.data(ArgumentTableModel::ProblemRole).toString().isEmpty());
        QCOMPARE(model.config().lr0, 0.02); // the old value stays

        model.resetRow(lr0);
        QCOMPARE(model.config().lr0, 0.01);
        QVERIFY(value.data(ArgumentTableModel::ProblemRole).toString().isEmpty());
        QCOMPARE(model.changedCount(), 0);
    }

    void everyArgumentCanBeResetFromAnyChange()
    {
        ArgumentTableModel model({});
        engine::TrainConfig config = fixtures::config(3);
        config.optimizer = "SGD";
        config.name = "mine";
        config.resume = true;
        config.cache = "disk";
        model.setConfig(config);
        QVERIFY(model.changedCount() >= 8);
        model.resetAll();
        QCOMPARE(model.changedCount(), 0);
        QVERIFY(model.config().name.empty());
    }

    void argumentSearchLooksAtNamesAndHelp()
    {
        ArgumentTableModel model({});
        ArgumentFilter filter;
        filter.setSourceModel(&model);
        const QAbstractItemModelTester tester(&filter, Mode::QtTest);
        filter.setSearch(QStringLiteral("mosaic"));
        QVERIFY(filter.rowCount() >= 2);
        QVERIFY(filter.rowCount() < model.rowCount());
        filter.setSearch(QStringLiteral("no such argument"));
        QCOMPARE(filter.rowCount(), 0);
        filter.setSearch({});
        filter.setOnlyChanged(true);
        QCOMPARE(filter.rowCount(), 0);
        QVERIFY(model.setData(model.index(model.rowOf(QStringLiteral("seed")), 1), 5, Qt::EditRole));
        QCOMPARE(filter.rowCount(), 1);
    }

    void theLogIsBoundedAndFiltered()
    {
        LogModel model(100);
        LogFilter filter;
        filter.setSourceModel(&model);
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        const QAbstractItemModelTester filterTester(&filter, Mode::QtTest);
        std::vector<std::pair<QTime, engine::LogLine>> lines;
        for (int i = 0; i < 60; ++i)
            lines.push_back({ QTime(1, 2, 3), { 1, engine::LogLevel::Info, "line " + std::to_string(i) } });
        model.append(lines);
        model.append(lines);
        QCOMPARE(model.rowCount(), 100);
        QCOMPARE(model.index(0).data(LogModel::TextRole).toString(), QStringLiteral("line 20"));
        model.append({ { QTime(1, 2, 4), { 1, engine::LogLevel::Error, "bad\nworse\n" } },
                       { QTime(1, 2, 4), { 1, engine::LogLevel::Debug, "detail" } } });
        QCOMPARE(model.rowCount(), 100);
        QCOMPARE(filter.rowCount(), 99); // the detail is hidden at first
        filter.setLevel(engine::LogLevel::Warning);
        QCOMPARE(filter.rowCount(), 2);
        filter.setLevel(engine::LogLevel::Debug);
        filter.setSearch(QStringLiteral("WORSE"));
        QCOMPARE(filter.rowCount(), 1);
        model.append(std::vector<std::pair<QTime, engine::LogLine>>(
            500, { QTime(1, 2, 5), { 1, engine::LogLevel::Info, "flood" } }));
        QCOMPARE(model.rowCount(), 100);
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void classesSortAsNumbers()
    {
        ClassTableModel model;
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        const auto classes = fixtures::epochEnd(5, 30).classes;
        model.setClasses(classes);
        QCOMPARE(model.rowCount(), static_cast<int>(classes.size()));
        QCOMPARE(model.index(1, ClassTableModel::Name).data().toString(), QStringLiteral("square"));
        QCOMPARE(model.index(1, ClassTableModel::Map50).data(ClassTableModel::SortRole).toDouble(),
                 classes[1].map50);
        model.setClasses({});
        QCOMPARE(model.rowCount(), 0);
    }
};

QTEST_MAIN(TestUiModels)
#include "test_ui_models.moc"
