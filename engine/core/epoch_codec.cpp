// SPDX-License-Identifier: GPL-3.0-or-later
// The compact form of one epoch's details.
#include "torchdeck/engine/epoch_details.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace torchdeck::engine {

namespace {

constexpr double steps = 4000; ///< of a curve's values in [0, 1]
constexpr std::uint64_t mostConfusionClasses = 1500;
constexpr std::uint64_t mostPoints = 10'000;

class Writer {
public:
    void number(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            m_bytes += static_cast<char>(value | 0x80);
        m_bytes += static_cast<char>(value);
    }
    void signedNumber(std::int64_t value) // zigzag: small either way is short
    {
        number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    void real(double value)
    {
        const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
        for (int shift = 0; shift < 32; shift += 8)
            m_bytes += static_cast<char>(bits >> shift);
    }
    void text(const std::string &value)
    {
        number(value.size());
        m_bytes += value;
    }
    void curve(const std::vector<float> &values)
    {
        std::int64_t before = 0;
        for (const float value : values) {
            const double part = std::isfinite(value) ? std::clamp(double(value), 0.0, 1.0) : 0.0;
            const auto now = static_cast<std::int64_t>(std::lround(part * steps));
            signedNumber(now - before);
            before = now;
        }
    }
    [[nodiscard]] std::string take() { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

/// Every reader fails softly: after the first thing that does not fit, `good()` is false and values are zero.
class Reader {
public:
    explicit Reader(std::string_view bytes)
        : m_bytes(bytes)
    {
    }
    [[nodiscard]] bool good() const { return m_good; }
    [[nodiscard]] bool atEnd() const { return m_at == m_bytes.size(); }
    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint64_t byte = next();
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80)
                return value;
        }
        m_good = false;
        return 0;
    }
    std::int64_t signedNumber()
    {
        const std::uint64_t value = number();
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    double real()
    {
        std::uint32_t bits = 0;
        for (int shift = 0; shift < 32; shift += 8)
            bits |= static_cast<std::uint32_t>(next()) << shift;
        return std::bit_cast<float>(bits);
    }
    std::string text()
    {
        const std::uint64_t size = count(1);
        std::string value(m_bytes.substr(m_at, size));
        m_at += size;
        return value;
    }
    /// A number of things that take at least `least` bytes each.
    std::uint64_t count(std::uint64_t least)
    {
        const std::uint64_t value = number();
        if (value > (m_bytes.size() - m_at) / least)
            m_good = false;
        return m_good ? value : 0;
    }
    std::vector<float> curve(std::uint64_t points)
    {
        std::vector<float> values;
        values.reserve(points);
        std::int64_t now = 0;
        for (std::uint64_t i = 0; i < points && m_good; ++i) {
            now += signedNumber();
            values.push_back(static_cast<float>(std::clamp(double(now) / steps, 0.0, 1.0)));
        }
        return values;
    }

private:
    std::uint8_t next()
    {
        if (m_at >= m_bytes.size()) {
            m_good = false;
            return 0;
        }
        return static_cast<std::uint8_t>(m_bytes[m_at++]);
    }
    std::string_view m_bytes;
    std::size_t m_at = 0;
    bool m_good = true;
};

void writeConfusion(Writer &out, const ConfusionMatrix &matrix)
{
    const bool keep = matrix.classes > 0 && std::uint64_t(matrix.classes) <= mostConfusionClasses;
    out.number(keep ? static_cast<std::uint64_t>(matrix.classes) : 0);
    if (!keep)
        return;
    out.number(static_cast<std::uint64_t>(
        std::ranges::count_if(matrix.counts, [](std::int64_t cell) { return cell != 0; })));
    std::size_t before = 0;
    for (std::size_t i = 0; i < matrix.counts.size(); ++i) {
        if (matrix.counts[i] == 0)
            continue;
        out.number(i - before);
        out.signedNumber(matrix.counts[i]);
        before = i;
    }
}

ConfusionMatrix readConfusion(Reader &in)
{
    ConfusionMatrix matrix;
    const std::uint64_t classes = in.number();
    if (classes == 0 || classes > mostConfusionClasses || !in.good())
        return matrix;
    const std::size_t cells = (classes + 1) * (classes + 1);
    const std::uint64_t filled = in.count(2);
    if (!in.good())
        return matrix;
    matrix.classes = static_cast<int>(classes);
    matrix.counts.assign(cells, 0);
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < filled && in.good(); ++i) {
        at += in.number();
        const std::int64_t value = in.signedNumber();
        if (at < cells)
            matrix.counts[at] = value;
    }
    return matrix;
}

std::vector<float> unitAxis(std::uint64_t points)
{
    std::vector<float> axis;
    for (std::uint64_t i = 0; i < points; ++i)
        axis.push_back(static_cast<float>(double(i) / double(points - 1)));
    return axis;
}

} // namespace

EpochDetails detailsOf(const FitEpochEnd &event)
{
    return { event.epoch, event.classes, event.curves, event.confusion };
}

std::string encodeEpochDetails(const EpochDetails &details)
{
    Writer out;
    out.number(static_cast<std::uint64_t>(std::max(details.epoch, 0)));
    out.number(details.classes.size());
    for (const ClassMetrics &row : details.classes) {
        out.signedNumber(row.classId);
        out.text(row.name);
        out.signedNumber(row.images);
        out.signedNumber(row.instances);
        for (const double value : { row.precision, row.recall, row.map50, row.map5095 })
            out.real(value);
    }
    const std::size_t points = details.curves.confidence.size();
    out.number(points);
    out.number(details.curves.best);
    out.number(points < 2 ? 0 : details.curves.classes.size());
    for (const ClassCurves &one : details.curves.classes) {
        if (points < 2)
            break;
        out.signedNumber(one.classId);
        out.text(one.name);
        out.real(one.map50);
        for (const auto *values : { &one.precision, &one.recall, &one.precisionAtRecall }) {
            std::vector<float> whole = *values; // a class without detections has none
            whole.resize(points, 0.0F);
            out.curve(whole);
        }
    }
    writeConfusion(out, details.confusion);
    return out.take();
}

std::optional<EpochDetails> decodeEpochDetails(std::string_view bytes)
{
    Reader in(bytes);
    EpochDetails details;
    details.epoch = static_cast<int>(std::min<std::uint64_t>(in.number(), 1'000'000'000));
    const std::uint64_t classes = in.count(20);
    for (std::uint64_t i = 0; i < classes && in.good(); ++i) {
        ClassMetrics row;
        row.classId = static_cast<int>(in.signedNumber());
        row.name = in.text();
        row.images = in.signedNumber();
        row.instances = in.signedNumber();
        for (double *value : { &row.precision, &row.recall, &row.map50, &row.map5095 })
            *value = in.real();
        details.classes.push_back(std::move(row));
    }
    const std::uint64_t points = in.number();
    details.curves.best = in.number();
    const std::uint64_t curves =
        points < 2 || points > mostPoints ? in.number() * 0 : in.count(6 + 3 * points);
    if (points > mostPoints || (points > 0 && details.curves.best >= points))
        return std::nullopt;
    if (points >= 2)
        details.curves.confidence = details.curves.recall = unitAxis(points);
    for (std::uint64_t i = 0; i < curves && in.good(); ++i) {
        ClassCurves one;
        one.classId = static_cast<int>(in.signedNumber());
        one.name = in.text();
        one.map50 = in.real();
        one.precision = in.curve(points);
        one.recall = in.curve(points);
        one.precisionAtRecall = in.curve(points);
        for (std::uint64_t p = 0; p < points && in.good(); ++p) {
            const float sum = one.precision[p] + one.recall[p];
            one.f1.push_back(sum > 0 ? 2 * one.precision[p] * one.recall[p] / sum : 0.0F);
        }
        details.curves.classes.push_back(std::move(one));
    }
    details.confusion = readConfusion(in);
    return in.good() && in.atEnd() ? std::optional(std::move(details)) : std::nullopt;
}

} // namespace torchdeck::engine
