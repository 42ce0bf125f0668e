// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a run as one file: tables, drawings as inline SVG, pictures as data URLs.
#include "ui/charts/event_words.h"
#include "ui/format.h"
#include "ui/results/run_results.h"
#include "ui/runs/run_list_model.h"
#include "ui/theme.h"

#include <QtCore/QBuffer>
#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>
#include <QtCore/QSaveFile>
#include <QtGui/QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace torchdeck::ui {

struct HtmlReport {
    Q_DECLARE_TR_FUNCTIONS(HtmlReport)
};

namespace {

constexpr int picturesShown = 12;
constexpr int pictureWidth = 480;
constexpr int mostMatrixClasses = 30; ///< more are told by their worst mistakes
constexpr QSizeF plotSize { 440, 220 };
constexpr std::array<const char *, 5> inks { "#0067ac", "#d98200", "#008a66", "#b3568f", "#3b9fd8" };

constexpr const char *style = R"(<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c2128;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}.muted{color:#59636e}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.25rem .7rem;border-bottom:1px solid #e2e6ea;text-align:left}
td.n,th.n{text-align:right}.tiles{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}.tile{border:1px solid #e2e6ea;border-radius:8px;padding:.6rem 1rem}
.tile b{display:block;font-size:1.3rem}.plots,.pictures{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}figcaption{color:#59636e;font-size:.85rem}
img{max-width:100%;border-radius:6px}svg{background:#fafbfc;border:1px solid #e2e6ea;border-radius:8px}.heat td,.heat th{padding:.2rem .4rem;text-align:center;border:1px solid #fff}
@media(prefers-color-scheme:dark){body{background:#13161b;color:#e6e9ee}.muted,figcaption{color:#9aa4b2}td,th,.tile{border-color:#2b313a}svg{background:#1b1f26;border-color:#2b313a}.heat td,.heat th{border-color:#13161b}}
</style>)";

QString escaped(const QString &text) { return text.toHtmlEscaped(); }
QString number(double value, int digits = 4)
{
    return std::isfinite(value) ? QString::number(value, 'f', digits) : QStringLiteral("-");
}

struct PlotLine {
    QString name;
    std::vector<std::pair<double, double>> points;
};

/// A small chart with its range in words, so that it needs no script.
QString svgPlot(const QString &title, const std::vector<PlotLine> &lines)
{
    double x0 = 1e300, x1 = -1e300, y0 = 0, y1 = -1e300;
    for (const PlotLine &line : lines) {
        for (const auto &[x, y] : line.points) {
            if (!std::isfinite(y))
                continue;
            x0 = std::min(x0, x);
            x1 = std::max(x1, x);
            y0 = std::min(y0, y);
            y1 = std::max(y1, y);
        }
    }
    if (x1 < x0)
        return {};
    const double w = plotSize.width(), h = plotSize.height(), left = 44, bottom = 22;
    const auto px = [&](double x) { return left + (x1 > x0 ? (x - x0) / (x1 - x0) : 0.5) * (w - left - 10); };
    const auto py = [&](double y) {
        return h - bottom - (y1 > y0 ? (y - y0) / (y1 - y0) : 0.5) * (h - bottom - 12);
    };
    QString out = QStringLiteral("<figure><svg viewBox=\"0 0 %1 %2\" width=\"%1\" height=\"%2\" role=\"img\" "
                                 "aria-label=\"%3\" font-size=\"11\" fill=\"#7a8490\">")
                      .arg(w)
                      .arg(h)
                      .arg(escaped(title));
    out += QStringLiteral("<text x=\"4\" y=\"%1\">%2</text><text x=\"4\" y=\"14\">%3</text>")
               .arg(h - bottom)
               .arg(escaped(compactNumber(y0)), escaped(compactNumber(y1)));
    out += QStringLiteral(
               "<text x=\"%1\" y=\"%2\">%3</text><text x=\"%4\" y=\"%2\" text-anchor=\"end\">%5</text>")
               .arg(left)
               .arg(h - 6)
               .arg(escaped(compactNumber(x0)))
               .arg(w - 10)
               .arg(escaped(compactNumber(x1)));
    QString caption = escaped(title);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const char *ink = inks[i % inks.size()];
        QString path;
        for (const auto &[x, y] : lines[i].points) {
            if (std::isfinite(y))
                path += QStringLiteral("%1,%2 ").arg(px(x), 0, 'f', 1).arg(py(y), 0, 'f', 1);
        }
        out += QStringLiteral("<polyline fill=\"none\" stroke=\"%1\" stroke-width=\"1.6\" points=\"%2\"/>")
                   .arg(QLatin1String(ink), path.trimmed());
        caption += QStringLiteral(" <span style=\"color:%1\">&#9632;</span> %2")
                       .arg(QLatin1String(ink), escaped(lines[i].name));
    }
    return out + QStringLiteral("</svg><figcaption>%1</figcaption></figure>").arg(caption);
}

QString epochPlot(const RunCurves &curves, const QString &title, const QStringList &columns)
{
    std::vector<PlotLine> lines;
    for (const QString &name : columns) {
        const auto column = curves.names.indexOf(name);
        if (column < 0)
            continue;
        PlotLine line { name.section(QLatin1Char('/'), -1), {} };
        for (std::size_t i = 0; i < curves.epochs.size(); ++i)
            line.points.emplace_back(curves.epochs[i], curves.columns[static_cast<std::size_t>(column)][i]);
        lines.push_back(std::move(line));
    }
    return svgPlot(title, lines);
}

QString tile(const QString &name, const QString &value)
{
    return QStringLiteral("<div class=\"tile\"><span class=\"muted\">%1</span><b>%2</b></div>")
        .arg(escaped(name), escaped(value));
}

QString headOf(const RunResults &r)
{
    QString out =
        QStringLiteral("<h1>%1</h1><p class=\"muted\">%2 &middot; %3 &middot; %4</p><div class=\"tiles\">")
            .arg(escaped(r.summary.name), escaped(stateWords(r.summary.state)),
                 escaped(r.summary.argument(QStringLiteral("model")).section(QLatin1Char('/'), -1)),
                 escaped(QLocale().toString(r.summary.started, QLocale::ShortFormat)));
    out += tile(QStringLiteral("mAP50-95"), number(r.summary.map5095))
        + tile(QStringLiteral("mAP50"), number(r.summary.map50));
    out += tile(HtmlReport::tr("Precision"), number(r.bestValue(QStringLiteral("metrics/precision(B)"))));
    out += tile(HtmlReport::tr("Recall"), number(r.bestValue(QStringLiteral("metrics/recall(B)"))));
    out += tile(HtmlReport::tr("Best epoch"),
                QStringLiteral("%1 / %2").arg(r.summary.bestEpoch).arg(r.summary.epochsDone));
    out += tile(HtmlReport::tr("Time"), durationWords(r.summary.seconds));
    return out + QStringLiteral("</div>");
}

QString plotsOf(const RunResults &r)
{
    QString out = QStringLiteral("<h2>%1</h2><div class=\"plots\">").arg(escaped(HtmlReport::tr("Curves")));
    out += epochPlot(r.curves, HtmlReport::tr("Validation metrics"),
                     { QStringLiteral("metrics/mAP50-95(B)"), QStringLiteral("metrics/mAP50(B)"),
                       QStringLiteral("metrics/precision(B)"), QStringLiteral("metrics/recall(B)") });
    for (const char *part : { "box", "cls", "dfl" })
        out += epochPlot(r.curves, HtmlReport::tr("%1 loss").arg(QLatin1String(part)),
                         { QStringLiteral("train/%1_loss").arg(QLatin1String(part)),
                           QStringLiteral("val/%1_loss").arg(QLatin1String(part)) });
    if (const auto best = r.best(); best && !best->curves.classes.empty()) {
        std::vector<PlotLine> lines;
        for (const engine::ClassCurves &one : best->curves.classes) {
            if (lines.size() == inks.size())
                break;
            PlotLine line { QString::fromStdString(one.name), {} };
            for (std::size_t i = 0; i < one.precisionAtRecall.size(); ++i)
                line.points.emplace_back(best->curves.recall[i], one.precisionAtRecall[i]);
            lines.push_back(std::move(line));
        }
        out += svgPlot(HtmlReport::tr("Precision over recall, epoch %1").arg(best->epoch + 1), lines);
    }
    return out + QStringLiteral("</div>");
}

QString classesOf(const engine::EpochDetails &best)
{
    QString out =
        QStringLiteral("<h2>%1</h2><table><tr><th>%2</th><th class=\"n\">%3</th><th class=\"n\">%4</th>"
                       "<th class=\"n\">%5</th><th class=\"n\">mAP50</th><th class=\"n\">mAP50-95</th></tr>")
            .arg(escaped(HtmlReport::tr("Classes")), escaped(HtmlReport::tr("Class")),
                 escaped(HtmlReport::tr("Objects")), escaped(HtmlReport::tr("Precision")),
                 escaped(HtmlReport::tr("Recall")));
    for (const engine::ClassMetrics &row : best.classes)
        out += QStringLiteral(
                   "<tr><td>%1</td><td class=\"n\">%2</td><td class=\"n\">%3</td><td class=\"n\">%4</td>"
                   "<td class=\"n\">%5</td><td class=\"n\">%6</td></tr>")
                   .arg(escaped(QString::fromStdString(row.name)))
                   .arg(row.instances)
                   .arg(number(row.precision, 3), number(row.recall, 3), number(row.map50, 3),
                        number(row.map5095, 3));
    return out + QStringLiteral("</table>");
}

QString matrixOf(const engine::EpochDetails &best)
{
    const engine::ConfusionMatrix &m = best.confusion;
    if (m.classes == 0 || m.classes > mostMatrixClasses)
        return {};
    QStringList names;
    for (int i = 0; i < m.classes; ++i)
        names << QString::number(i);
    for (const engine::ClassMetrics &row : best.classes) {
        if (row.classId >= 0 && row.classId < m.classes)
            names[row.classId] = QString::fromStdString(row.name);
    }
    names << HtmlReport::tr("background");
    QString out = QStringLiteral("<h2>%1</h2><p class=\"muted\">%2</p><table class=\"heat\"><tr><th></th>")
                      .arg(escaped(HtmlReport::tr("Confusion matrix")),
                           escaped(HtmlReport::tr("Row: predicted. Column: true.")));
    for (const QString &name : std::as_const(names))
        out += QStringLiteral("<th>%1</th>").arg(escaped(name));
    for (int p = 0; p <= m.classes; ++p) {
        out += QStringLiteral("</tr><tr><th>%1</th>").arg(escaped(names[p]));
        for (int t = 0; t <= m.classes; ++t) {
            double sum = 0;
            for (int k = 0; k <= m.classes; ++k)
                sum += double(m.at(k, t));
            const double part = sum > 0 ? std::sqrt(double(m.at(p, t)) / sum) : 0;
            out += QStringLiteral("<td style=\"background:rgba(0,103,172,%1);color:%2\">%3</td>")
                       .arg(part, 0, 'f', 2)
                       .arg(part > 0.55 ? QStringLiteral("#fff") : QStringLiteral("inherit"))
                       .arg(m.at(p, t));
        }
    }
    return out + QStringLiteral("</tr></table>");
}

QString pictureOf(const ImageEntry &entry)
{
    QImage picture = readPicture(entry.file, pictureWidth);
    if (picture.isNull())
        return {};
    picture = picture.convertToFormat(QImage::Format_RGB32);
    QPainter painter(&picture);
    const double original = entry.size.isEmpty() ? picture.width() : entry.size.width();
    drawBoxes(painter, entry.boxes, picture.rect(), picture.width() / original, themePalette(lightTheme()));
    painter.end();
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    picture.save(&buffer, "JPEG", 82);
    return QStringLiteral("<figure><img alt=\"%1\" width=\"%2\" "
                          "src=\"data:image/jpeg;base64,%3\"><figcaption>%1: %4</figcaption></figure>")
        .arg(escaped(entry.title))
        .arg(picture.width())
        .arg(QLatin1String(bytes.toBase64()), escaped(entry.detail));
}

QString tableOf(const QString &title, const QMap<QString, QString> &rows)
{
    QString out = QStringLiteral("<h2>%1</h2><table>").arg(escaped(title));
    for (auto it = rows.cbegin(); it != rows.cend(); ++it)
        out += QStringLiteral("<tr><td>%1</td><td>%2</td></tr>").arg(escaped(it.key()), escaped(it.value()));
    return out + QStringLiteral("</table>");
}

} // namespace

QByteArray htmlReport(const RunResults &r)
{
    QString out =
        QStringLiteral("<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width\"><title>%1</title>%2</head><body>")
            .arg(escaped(r.summary.name), QLatin1String(style));
    out += headOf(r);
    if (!r.summary.note.isEmpty())
        out += QStringLiteral("<p>%1</p>").arg(escaped(r.summary.note));
    out += plotsOf(r);
    if (const auto best = r.best())
        out += classesOf(*best) + matrixOf(*best);
    if (!r.worst.images.empty()) {
        out += QStringLiteral("<h2>%1</h2><p class=\"muted\">%2</p><div class=\"pictures\">")
                   .arg(escaped(HtmlReport::tr("Worst images of the validation")),
                        escaped(HtmlReport::tr("Dashed red: missed. Dotted orange: found where nothing of "
                                               "the kind is. Green: right.")));
        for (std::size_t i = 0; i < std::min<std::size_t>(picturesShown, r.worst.images.size()); ++i)
            out += pictureOf(r.worst.images[i]);
        out += QStringLiteral("</div>");
    }
    if (!r.events.empty()) {
        out += QStringLiteral("<h2>%1</h2><table>").arg(escaped(HtmlReport::tr("Events")));
        for (const engine::RunEvent &event : r.events)
            out +=
                QStringLiteral("<tr><td>%1</td><td>%2</td></tr>")
                    .arg(escaped(
                             HtmlReport::tr("after %1 epochs").arg(QString::number(event.position, 'f', 2))),
                         escaped(eventWords(event)));
        out += QStringLiteral("</table>");
    }
    QMap<QString, QString> arguments = r.summary.arguments;
    for (QString &value : arguments) // where files lie on this machine is nobody else's business
        value = value.section(QLatin1Char('/'), -1);
    arguments.remove(QStringLiteral("save_dir"));
    out += tableOf(HtmlReport::tr("Arguments"), arguments);
    out += QStringLiteral("<p class=\"muted\">Torchdeck %1</p></body></html>\n")
               .arg(QStringLiteral(TORCHDECK_VERSION));
    return out.toUtf8();
}

QString saveReport(const RunResults &results, const QString &file)
{
    QSaveFile out(file);
    const QByteArray bytes = htmlReport(results);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
        return HtmlReport::tr("Cannot write %1 (%2): choose another folder.").arg(file, out.errorString());
    return {};
}

} // namespace torchdeck::ui
