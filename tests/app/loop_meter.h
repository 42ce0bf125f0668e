// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QElapsedTimer>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <ctime>
#include <vector>

/// An application that measures how long the delivery of each event holds up the event loop: by the clock, and
/// by the thread's own time (what a training takes from the core is not the window's doing).
class MeteredApplication : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject *receiver, QEvent *event) override
    {
        if (m_depth > 0 || !m_on) // a part of an event that is being measured
            return QApplication::notify(receiver, event);
        ++m_depth;
        QElapsedTimer wall;
        wall.start();
        const double before = threadMs();
        const bool result = QApplication::notify(receiver, event);
        m_own.push_back(threadMs() - before);
        m_wall.push_back(double(wall.nsecsElapsed()) / 1e6);
        --m_depth;
        return result;
    }
    void measure(bool on) { m_on = on; }

    struct Figures {
        std::size_t count = 0;
        double median = 0, p99 = 0, p999 = 0, longest = 0; ///< ms
        double shareOver16 = 0;
    };
    [[nodiscard]] Figures own() const { return figures(m_own); }
    [[nodiscard]] Figures wall() const { return figures(m_wall); }

private:
    static double threadMs()
    {
        timespec now {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
    }
    static Figures figures(std::vector<double> values)
    {
        Figures f;
        f.count = values.size();
        if (values.empty())
            return f;
        std::sort(values.begin(), values.end());
        const auto at = [&](double part) { return values[std::size_t(part * double(values.size() - 1))]; };
        f.median = at(0.5);
        f.p99 = at(0.99);
        f.p999 = at(0.999);
        f.longest = values.back();
        f.shareOver16 = double(std::count_if(values.begin(), values.end(), [](double v) { return v > 16; }))
            / double(values.size());
        return f;
    }

    int m_depth = 0;
    bool m_on = false;
    std::vector<double> m_own, m_wall;
};
