// SPDX-License-Identifier: GPL-3.0-or-later
// The audit finds what it is there to find, and leaves alone what is right.
#include "tests/ui/text_audit.h"
#include "tests/ui/text_recorder.h"

#include <QtTest/QTest>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableWidget>

using namespace torchdeck;

class TestUiTextAudit : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_top = std::make_unique<QWidget>();
        m_top->resize(400, 300);
    }

    void whatFitsIsRight()
    {
        label("A label with room", { 10, 10, 300, 20 });
        auto *wrapped = label("Several words that take more than one line here", { 10, 40, 120, 80 });
        wrapped->setWordWrap(true);
        (new QPushButton(QStringLiteral("Push"), m_top.get()))->setGeometry(10, 140, 120, 30);
        QCOMPARE(cut(), QStringList());
        const auto texts = audit::paintedTexts(*wrapped);
        QVERIFY(texts.size() > 1); // one a line
    }

    void cutLabelsAreFound_data()
    {
        QTest::addColumn<QRect>("place");
        QTest::addColumn<bool>("wraps");
        QTest::newRow("too narrow") << QRect(10, 10, 60, 20) << false;
        QTest::newRow("beyond its parent") << QRect(330, 10, 300, 20) << false;
        QTest::newRow("too low for its lines") << QRect(10, 10, 120, 18) << true;
    }
    void cutLabelsAreFound()
    {
        QFETCH(const QRect, place);
        QFETCH(const bool, wraps);
        label("Several words that take more than one line here", place)->setWordWrap(wraps);
        QVERIFY(!cut().isEmpty());
    }

    void shortenedTextsNeedAToolTip()
    {
        QLabel *short1 = label("Some wor\u2026", { 10, 10, 200, 20 });
        QCOMPARE(cut().size(), 1);
        short1->setToolTip(QStringLiteral("Some words"));
        QCOMPARE(cut(), QStringList());
    }

    void textsOnTextsAreFound()
    {
        label("One label here", { 10, 10, 200, 20 });
        label("Another label", { 30, 12, 200, 20 });
        QVERIFY(cut().join(u' ').contains(QLatin1String("lie on each other")));
    }

    void cutColumnTitlesAreFound()
    {
        auto *table = new QTableWidget(1, 2, m_top.get());
        table->setGeometry(0, 0, 390, 200);
        table->setHorizontalHeaderLabels({ QStringLiteral("A rather long title"), QStringLiteral("Short") });
        table->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
        table->setColumnWidth(0, 40);
        QVERIFY(!cut().isEmpty());
        table->setColumnWidth(0, 250);
        QCOMPARE(cut(), QStringList());
    }

    void cutBoxesAreFound()
    {
        auto *box = new QComboBox(m_top.get());
        box->addItem(QStringLiteral("A choice with many words"));
        box->setGeometry(10, 10, 70, 26);
        QVERIFY(!cut().isEmpty());
    }

    void englishIsFound()
    {
        label("Learning rate", { 10, 10, 200, 20 });
        label("lr0=0.01, mosaic, /home/user/data.yaml, 12 MB, HUB", { 10, 40, 380, 20 });
        label("学习率 lr0", { 10, 70, 200, 20 })->setToolTip(QStringLiteral("How fast it learns"));
        m_top->show();
        const QStringList found = audit::untranslatedTexts(*m_top, {});
        QCOMPARE(found.size(), 2);
        QVERIFY2(found[0].contains("Learning rate"), qPrintable(found[0]));
        QVERIFY2(found[1].contains("tool tip"), qPrintable(found[1]));
        QCOMPARE(audit::untranslatedTexts(*m_top, { QStringLiteral("Learning rate and more") }).size(), 1); // data of the test
    }

private:
    QLabel *label(const char *text, const QRect &place)
    {
        auto *made = new QLabel(QString::fromUtf8(text), m_top.get());
        made->setGeometry(place);
        return made;
    }
    QStringList cut()
    {
        m_top->show();
        for (QObject *child : m_top->children()) {
            if (auto *widget = qobject_cast<QWidget *>(child))
                widget->show();
        }
        QTest::qWait(20);
        return audit::cutTexts(*m_top);
    }
    std::unique_ptr<QWidget> m_top;
};

QTEST_MAIN(TestUiTextAudit)
#include "test_ui_text_audit.moc"
