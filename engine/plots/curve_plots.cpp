// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/curve_plots.h"

#include "engine/plots/axes.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace torchdeck::engine::plots {

namespace {

constexpr int kWidth = 2250, kHeight = 1500;
constexpr std::size_t kNamedClasses = 20; ///< with more, lines are grey and only the mean is named
const cv::Rect kArea(190, 120, 1440, 1170);
const cv::Scalar kMeanColour(150, 20, 20);

using Line = std::vector<float> ClassCurves::*;

std::vector<float> meanOf(const DetectionCurves &curves, Line line)
{
    std::vector<float> mean(curves.confidence.size(), 0.0f);
    for (const ClassCurves &one : curves.classes) {
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += (one.*line)[i] / static_cast<float>(curves.classes.size());
    }
    return mean;
}

/// Mean over a tenth of the axis, as the reported confidence is chosen.
std::vector<float> smoothedMean(const DetectionCurves &curves, Line line)
{
    const std::vector<float> mean = meanOf(curves, line);
    const auto count = static_cast<std::ptrdiff_t>(mean.size()), reach = count / 20;
    std::vector<float> result(mean.size());
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        double sum = 0;
        for (std::ptrdiff_t k = i - reach; k <= i + reach; ++k)
            sum += mean[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(k, 0, count - 1))];
        result[static_cast<std::size_t>(i)] = static_cast<float>(sum / static_cast<double>(2 * reach + 1));
    }
    return result;
}

std::string format(const char *pattern, double a, double b = 0)
{
    char text[96];
    std::snprintf(text, sizeof text, pattern, a, b);
    return text;
}

class Legend {
public:
    explicit Legend(cv::Mat &image)
        : m_image(image)
    {
    }

    void add(const std::string &text, const cv::Scalar &colour, int width)
    {
        const int x = kArea.x + kArea.width + 50;
        cv::line(m_image, { x, m_y - 10 }, { x + 70, m_y - 10 }, colour, width, cv::LINE_AA);
        drawText(m_image, fitted(text, 22, kWidth - x - 120), { x + 90, m_y }, { 22 });
        m_y += 54;
    }

private:
    cv::Mat &m_image;
    int m_y = kArea.y + 30;
};

struct Plot {
    const char *file, *title, *x, *y;
    Line line;
};

void drawPlot(const std::filesystem::path &folder, const DetectionCurves &curves, const Plot &plot)
{
    const bool overRecall = plot.line == &ClassCurves::precisionAtRecall;
    const std::vector<float> &x = overRecall ? curves.recall : curves.confidence;
    cv::Mat image(kHeight, kWidth, CV_8UC3, white);
    Axes axes(image, kArea, { 0, 1 }, { 0, 1 });
    axes.drawFrame(5, 5, 24);
    axes.drawTitle(plot.title, 32);
    axes.drawLabels(plot.x, plot.y, 26);
    const bool named = curves.classes.size() <= kNamedClasses;
    Legend legend(image);
    double map50 = 0;
    int place = 0;
    for (const ClassCurves &one : curves.classes) {
        const cv::Scalar colour = named ? classColour(place++) : cv::Scalar(190, 185, 180);
        axes.drawLine(x, one.*plot.line, colour, named ? 4 : 2);
        map50 += one.map50 / static_cast<double>(curves.classes.size());
        if (named)
            legend.add(drawableName(one.name, one.classId) + (overRecall ? format(" %.3f", one.map50) : ""),
                       colour, 6);
    }
    const std::vector<float> mean = overRecall ? meanOf(curves, plot.line) : smoothedMean(curves, plot.line);
    axes.drawLine(x, mean, kMeanColour, 10);
    const auto best = std::max_element(mean.begin(), mean.end());
    legend.add(overRecall ? format("all classes %.3f mAP50", map50)
                          : format("all classes %.2f at %.3f", *best,
                                   x[static_cast<std::size_t>(best - mean.begin())]),
               kMeanColour, 10);
    writePicture(folder / plot.file, image);
}

} // namespace

void writeCurvePlots(const std::filesystem::path &folder, const DetectionCurves &curves)
{
    if (curves.classes.empty())
        return;
    for (const Plot &plot : {
             Plot { "BoxPR_curve.png", "Precision-Recall Curve", "Recall", "Precision",
                    &ClassCurves::precisionAtRecall },
             Plot { "BoxF1_curve.png", "F1-Confidence Curve", "Confidence", "F1", &ClassCurves::f1 },
             Plot { "BoxP_curve.png", "Precision-Confidence Curve", "Confidence", "Precision",
                    &ClassCurves::precision },
             Plot { "BoxR_curve.png", "Recall-Confidence Curve", "Confidence", "Recall",
                    &ClassCurves::recall },
         })
        drawPlot(folder, curves, plot);
}

} // namespace torchdeck::engine::plots
