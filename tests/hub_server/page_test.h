// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// A HUB with a few runs, and a browser that looks at it. TORCHDECK_SHOTS=DIR keeps pictures.

#include "tests/hub_server/chromium.h"
#include "tests/hub_server/page_checks.h"
#include "tests/hub_server/web_sample.h"

namespace torchdeck::test {

inline const Viewport kDesktop { 1280, 800, 1.0, false };
inline const Viewport kPhone { 360, 740, 2.0, true };

class PageTest : public QObject {
    Q_OBJECT

protected:
    RunningHub m_hub;
    Chromium m_page;
    QList<SampleRun>
        m_runs; ///< baseline, cosine-lr, yolo11n, small-images, big-batch, still-training (24 of 60)
    QByteArrayList m_ids; ///< theirs

    [[nodiscard]] QString root() const; ///< address of the HUB
    [[nodiscard]] QString elsewhere() const; ///< the same HUB, by a name that is not this machine's
    [[nodiscard]] QString compared(qsizetype count) const; ///< address of the comparison of the first runs
    [[nodiscard]] QString text(const QString &selector); ///< of an element; empty when there is none
    void shoot(const QString &name, bool whole = false);
    void clickOn(const QString &selector); ///< after bringing it into view
    static SampleRun sampleRun(const QString &name, double level, int seed, const QJsonObject &config = {});

private Q_SLOTS:
    void initTestCase();
    void cleanup(); ///< nothing was complained about, nothing asked of another host
};

/// False, said aloud: Chromium is not installed.
[[nodiscard]] bool canOpenPages();

/// Runs the test; exit code 77, which CTest knows as skipped, where no page can be opened.
template <typename Test> int runPageTest(int argc, char **argv)
{
    if (!canOpenPages())
        return 77;
    QCoreApplication app(argc, argv);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace torchdeck::test
