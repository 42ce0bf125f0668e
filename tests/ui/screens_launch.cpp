// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/screens_launch.h"

#include "tests/ui/fixtures.h"
#include "ui/dataset/dataset_details.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::screens {

void prepareLaunch(ui::MainWindow &window)
{
    const engine::TrainConfig config = fixtures::config(30);
    window.setLaunchConfig(config);
    window.setDatasetReport(QString::fromStdString(config.data), fixtures::cleanReport());
}

QWidget *dataset(ui::MainWindow &window, int classes)
{
    prepareLaunch(window);
    engine::DatasetReport report = fixtures::cleanReport();
    for (int i = int(report.summary.classNames.size()); i < classes; ++i) {
        report.summary.classNames.push_back(i % 7 == 0 ? "a_class_with_a_long_name_" + std::to_string(i)
                                                       : "class_" + std::to_string(i));
        report.trainInstancesPerClass.push_back(i == 40 ? 0 : 262'000 / (i * i));
        report.valInstancesPerClass.push_back(i == 40 ? 0 : 11'000 / (i * i));
    }
    window.setDatasetReport(QString::fromStdString(fixtures::config(30).data), report);
    window.findChild<ui::DatasetDetails *>()->showAll(true);
    return &window;
}

QWidget *checks(ui::MainWindow &window)
{
    prepareLaunch(window);
    window.setSettings({ .useLocalHub = false, .apiRoot = QStringLiteral("https://hub.example.org") });
    window.setDiskEstimate(fixtures::diskEstimate(300, 9e9));
    QCoreApplication::processEvents(); // laid out, so that the form scrolls to the right place
    window.findChild<ui::LaunchPanel *>()->showArgument(QStringLiteral("hub"));
    return &window;
}

QWidget *copy(ui::MainWindow &window)
{
    prepareLaunch(window);
    engine::TrainConfig config = fixtures::config(30);
    auto *panel = window.findChild<ui::LaunchPanel *>();
    panel->setCopy(QStringLiteral("train_12"), config);
    config.epochs = 120;
    config.lr0 = 0.005;
    config.data = "/home/user/data sets/shapes with a long name/2026/data.yaml";
    panel->setConfig(config);
    return &window;
}

} // namespace torchdeck::screens
