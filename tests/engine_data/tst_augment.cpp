// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/engine_data/painted.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <deque>

using namespace torchdeck::engine;

namespace {

/// A grey image with one white square and its label.
struct SquareImage {
    StoredImagePtr image;
    std::vector<BoxLabel> labels;
    [[nodiscard]] SourceImage source() const { return { image, &labels }; }
};

SquareImage squareImage(PixelSize size, cv::Rect square, int classId = 0)
{
    auto stored = std::make_shared<StoredImage>();
    stored->pixels = cv::Mat(size.height, size.width, CV_8UC3, cv::Scalar::all(40));
    stored->pixels(square).setTo(cv::Scalar::all(255));
    stored->original = size;
    const PixelBox box { classId, static_cast<float>(square.x), static_cast<float>(square.y),
                         static_cast<float>(square.x + square.width),
                         static_cast<float>(square.y + square.height) };
    return { stored, { toNormalised(box, size) } };
}

/// Nothing but geometry.
AugmentOptions plain()
{
    AugmentOptions options;
    options.hsvH = options.hsvS = options.hsvV = 0;
    options.fliplr = 0;
    options.translate = options.scale = 0;
    return options;
}

ImageSource only(const SquareImage &image)
{
    return { [&image] { return image.source(); }, [&image](Rng &) { return image.source(); } };
}

/// Bounds of the bright pixels.
cv::Rect bright(const cv::Mat &image)
{
    cv::Mat grey;
    cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
    return cv::boundingRect(grey > 180);
}

bool covers(const PixelBox &box, const cv::Rect &pixels, double tolerance)
{
    const bool good = std::abs(box.x1 - pixels.x) <= tolerance && std::abs(box.y1 - pixels.y) <= tolerance
        && std::abs(box.x2 - (pixels.x + pixels.width)) <= tolerance
        && std::abs(box.y2 - (pixels.y + pixels.height)) <= tolerance;
    if (!good)
        qWarning("box %g %g %g %g, pixels %d %d %d %d", box.x1, box.y1, box.x2, box.y2, pixels.x, pixels.y,
                 pixels.x + pixels.width, pixels.y + pixels.height);
    return good;
}

} // namespace

class AugmentTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void affineBoxesFollowThePixels();
    void perspectiveBoxesFollowThePixels();
    void mosaicBoxesFollowThePixels();
    void visiblePartGivesTheSamePixels();
    void flips();
    void channelSwap();
    void hsvWithoutGain();
    void hsvGains();
    void mixupMixesBoth();
    void closedMosaicShowsOneImage();
    void sameStreamSameImage();
    void distributionOfParameters();
    void fullyZoomedOutStaysFinite();
};

void AugmentTest::affineBoxesFollowThePixels()
{
    AugmentOptions options = plain();
    options.translate = 0.1;
    options.scale = 0.5;
    options.degrees = 0;
    for (std::uint64_t i = 0; i < 60; ++i) {
        const SquareImage image = squareImage({ 160, 120 }, { 60, 40, 40, 36 });
        Rng rng(1, i);
        cv::Mat target(160, 160, CV_8UC3);
        const AugmentedLabels labels = augmentImage(options, false, only(image), rng, target);
        QCOMPARE(labels.boxes.size(), std::size_t { 1 });
        QVERIFY(covers(labels.boxes[0], bright(target), 1.5));
    }
}

void AugmentTest::perspectiveBoxesFollowThePixels()
{
    AugmentOptions options = plain();
    options.perspective = 0.0008;
    options.scale = 0.2;
    for (std::uint64_t i = 0; i < 40; ++i) {
        const SquareImage image = squareImage({ 160, 160 }, { 60, 60, 40, 40 });
        Rng rng(2, i);
        cv::Mat target(160, 160, CV_8UC3);
        const AugmentedLabels labels = augmentImage(options, false, only(image), rng, target);
        QCOMPARE(labels.boxes.size(), std::size_t { 1 });
        QVERIFY(covers(labels.boxes[0], bright(target), 2));
    }
}

void AugmentTest::mosaicBoxesFollowThePixels()
{
    AugmentOptions options = plain();
    options.translate = 0.1;
    options.scale = 0.5;
    const SquareImage lit = squareImage({ 128, 96 }, { 30, 20, 60, 50 }, 1);
    const SquareImage dark { squareImage({ 96, 128 }, { 0, 0, 0, 0 }).image, {} };
    int seen = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const bool first = i % 2 == 0;
        int drawn = 0;
        const ImageSource source { [&] { return first ? lit.source() : dark.source(); },
                                   [&](Rng &) {
                                       return !first && drawn++ == 1 ? lit.source() : dark.source();
                                   } };
        Rng rng(3, i);
        cv::Mat target(128, 128, CV_8UC3);
        const AugmentedLabels labels = augmentImage(options, true, source, rng, target);
        QVERIFY(labels.boxes.size() <= 1);
        if (labels.boxes.empty()) { // dropped: then hardly any of it may be visible
            QVERIFY(bright(target).area() < 60 * 50 * 1.5 * 1.5 * 0.15);
            continue;
        }
        ++seen;
        QCOMPARE(labels.boxes[0].classId, 1);
        QVERIFY(covers(labels.boxes[0], bright(target), 1.5));
    }
    QVERIFY(seen > 40);
}

void AugmentTest::visiblePartGivesTheSamePixels()
{
    for (std::uint64_t i = 0; i < 20; ++i) {
        Rng rng(4, i);
        AugmentOptions options = plain();
        options.translate = 0.2;
        options.scale = 0.5;
        options.degrees = i % 3 == 0 ? 45 : 0;
        options.shear = i % 3 == 1 ? 10 : 0;
        cv::Mat canvas(128, 128, CV_8UC3, cv::Scalar::all(114));
        std::vector<PlacedImage> placed;
        for (int tile = 0; tile < 4; ++tile) {
            cv::Mat pixels(50 + 5 * tile, 64, CV_8UC3);
            cv::randu(pixels, 0, 255);
            placed.push_back({ pixels, mosaicTile(tile, { pixels.cols, pixels.rows }, 60, 70, 128) });
            const MosaicTile &t = placed.back().tile;
            const cv::Rect on(cv::Point(t.x1, t.y1), cv::Point(t.x2, t.y2));
            pixels(on - cv::Point(t.offsetX, t.offsetY)).copyTo(canvas(on));
        }
        Matrix3 m = warpMatrix(drawWarp(options, rng), { 128, 128 }, { 64, 64 });
        cv::Mat ours(64, 64, CV_8UC3), whole;
        warpCanvas(placed, { 128, 128 }, m, ours);
        cv::warpAffine(canvas, whole, cv::Mat(2, 3, CV_64F, m.data()), cv::Size(64, 64), cv::INTER_LINEAR,
                       cv::BORDER_CONSTANT, cv::Scalar::all(114));
        // OpenCV steps through the source in 1/32 px: a shifted origin may round a pixel differently.
        cv::Mat difference;
        cv::absdiff(ours, whole, difference);
        QVERIFY(cv::mean(difference)[0] < 1.0);
        QVERIFY(cv::countNonZero(difference.reshape(1) > 40) < 64 * 64 * 3 / 500);
    }
}

void AugmentTest::flips()
{
    const SquareImage image = squareImage({ 100, 100 }, { 10, 20, 30, 40 });
    const auto run = [&](double flipud, double fliplr) {
        AugmentOptions options = plain();
        options.flipud = flipud;
        options.fliplr = fliplr;
        Rng rng(5);
        cv::Mat target(100, 100, CV_8UC3);
        const AugmentedLabels labels = augmentImage(options, false, only(image), rng, target);
        return std::pair { labels.boxes.at(0), bright(target) };
    };
    for (const auto &[ud, lr, x, y] : { std::tuple { 0.0, 0.0, 10, 20 }, std::tuple { 0.0, 1.0, 60, 20 },
                                        std::tuple { 1.0, 0.0, 10, 40 }, std::tuple { 1.0, 1.0, 60, 40 } }) {
        const auto [box, pixels] = run(ud, lr);
        QCOMPARE(pixels, cv::Rect(x, y, 30, 40));
        QVERIFY(covers(box, pixels, 1e-4));
    }
}

void AugmentTest::channelSwap()
{
    SquareImage image = squareImage({ 20, 20 }, { 5, 5, 5, 5 });
    auto colours = std::make_shared<StoredImage>(*image.image);
    colours->pixels = cv::Mat(20, 20, CV_8UC3, cv::Scalar(10, 20, 30));
    image.image = colours;
    AugmentOptions options = plain();
    cv::Mat target(20, 20, CV_8UC3);
    Rng rng(6);
    (void)augmentImage(options, false, only(image), rng, target);
    QCOMPARE(target.at<cv::Vec3b>(7, 7), cv::Vec3b(10, 20, 30));
    options.bgr = 1;
    (void)augmentImage(options, false, only(image), rng, target);
    QCOMPARE(target.at<cv::Vec3b>(7, 7), cv::Vec3b(30, 20, 10));
}

void AugmentTest::hsvWithoutGain()
{
    cv::Mat image(40, 50, CV_8UC3), changed;
    cv::randu(image, 0, 255);
    changed = image.clone();
    applyHsv(changed, 0, 0, 0);
    cv::Mat there, reference;
    cv::cvtColor(image, there, cv::COLOR_RGB2HSV);
    cv::cvtColor(there, reference, cv::COLOR_HSV2RGB);
    QCOMPARE(cv::norm(changed, reference, cv::NORM_INF), 0.0); // only what the colour conversion itself loses
    QVERIFY(cv::norm(changed, image, cv::NORM_L1) / (40 * 50 * 3) < 2.5);
}

void AugmentTest::hsvGains()
{
    const auto shown = [](cv::Vec3b pixel, double h, double s, double v) {
        cv::Mat image(1, 1, CV_8UC3, cv::Scalar(pixel[0], pixel[1], pixel[2]));
        applyHsv(image, h, s, v);
        return image.at<cv::Vec3b>(0, 0);
    };
    QCOMPARE(shown({ 200, 0, 0 }, 0, 0, -0.5), cv::Vec3b(100, 0, 0));
    QCOMPARE(shown({ 200, 0, 0 }, 0, 0, 0.9), cv::Vec3b(255, 0, 0)); // clipped, not wrapped
    QCOMPARE(shown({ 200, 0, 0 }, 1.0 / 3, 0, 0), cv::Vec3b(0, 200, 0)); // a third around: red to green
    QCOMPARE(shown({ 200, 0, 0 }, -1.0 / 3, 0, 0), cv::Vec3b(0, 0, 200));
    QCOMPARE(shown({ 90, 90, 90 }, 0.3, 0.9, 0), cv::Vec3b(90, 90, 90)); // grey stays grey
    QCOMPARE(shown({ 200, 0, 0 }, 0, -1, 0), cv::Vec3b(200, 200, 200));
}

void AugmentTest::mixupMixesBoth()
{
    AugmentOptions options = plain();
    options.mosaic = 0;
    options.mixup = 1;
    const SquareImage a = squareImage({ 64, 64 }, { 4, 4, 20, 20 }, 0),
                      b = squareImage({ 64, 64 }, { 40, 40, 20, 20 }, 1);
    const ImageSource source { [&] { return a.source(); }, [&](Rng &) { return b.source(); } };
    Rng rng(7);
    cv::Mat target(64, 64, CV_8UC3);
    const AugmentedLabels labels = augmentImage(options, true, source, rng, target);
    QCOMPARE(labels.boxes.size(), std::size_t { 2 });
    const int first = target.at<cv::Vec3b>(10, 10)[0], second = target.at<cv::Vec3b>(50, 50)[0];
    QVERIFY(first > 80 && first < 220);
    QVERIFY(std::abs(first + second - 295) <= 2); // 255 r + 40 (1 - r), and the other way round
    QVERIFY(target.at<cv::Vec3b>(32, 32)[0] >= 39 && target.at<cv::Vec3b>(32, 32)[0] <= 40);
    Rng again(7);
    QCOMPARE(augmentImage(options, false, source, again, target).boxes.size(), std::size_t { 1 }); // closed
}

void AugmentTest::closedMosaicShowsOneImage()
{
    const SquareImage image = squareImage({ 100, 60 }, { 20, 20, 10, 10 });
    cv::Mat target(100, 100, CV_8UC3);
    Rng rng(8);
    const ImageSource source { [&] { return image.source(); }, [](Rng &) -> SourceImage { throw 1; } };
    const AugmentedLabels labels = augmentImage(plain(), false, source, rng, target);
    QVERIFY(covers(labels.boxes.at(0), { 20, 40, 10, 10 }, 1e-4)); // centred in the square
    QCOMPARE(target.at<cv::Vec3b>(5, 50)[0], std::uint8_t { 114 });
    QCOMPARE(target.at<cv::Vec3b>(25, 50)[0], std::uint8_t { 40 });
}

void AugmentTest::sameStreamSameImage()
{
    const SquareImage image = squareImage({ 100, 60 }, { 20, 20, 30, 30 });
    const auto run = [&](std::uint64_t position) {
        Rng rng(9, 1, position);
        cv::Mat target(64, 64, CV_8UC3);
        (void)augmentImage(AugmentOptions {}, true, only(image), rng, target);
        return target;
    };
    QCOMPARE(cv::norm(run(1), run(1), cv::NORM_INF), 0.0);
    QVERIFY(cv::norm(run(1), run(2), cv::NORM_INF) > 0);
}

void AugmentTest::distributionOfParameters()
{
    AugmentOptions options;
    options.degrees = 10;
    options.shear = 2;
    Rng rng(10);
    double low = 10, high = 0, sum = 0;
    constexpr int kDraws = 4000;
    for (int i = 0; i < kDraws; ++i) {
        const WarpParameters warp = drawWarp(options, rng);
        QVERIFY(std::abs(warp.degrees) <= 10 && std::abs(warp.shearX) <= 2);
        QVERIFY(warp.translateX >= 0.4 && warp.translateX <= 0.6);
        QCOMPARE(warp.perspectiveX, 0.0);
        low = std::min(low, warp.scale);
        high = std::max(high, warp.scale);
        sum += warp.scale;
    }
    QVERIFY(low > 0.499 && low < 0.51 && high < 1.501 && high > 1.49);
    QVERIFY(std::abs(sum / kDraws - 1) < 0.02);
}

void AugmentTest::fullyZoomedOutStaysFinite()
{
    AugmentOptions options = plain();
    options.scale = 1;
    options.translate = 1;
    const SquareImage image = squareImage({ 100, 60 }, { 20, 20, 30, 30 });
    for (std::uint64_t i = 0; i < 300; ++i) {
        Rng rng(11, i);
        cv::Mat target(32, 32, CV_8UC3);
        for (const PixelBox &box : augmentImage(options, true, only(image), rng, target).boxes)
            QVERIFY(box.x1 >= 0 && box.y1 >= 0 && box.x2 <= 32 && box.y2 <= 32 && box.x2 > box.x1);
    }
}

QTEST_APPLESS_MAIN(AugmentTest)
#include "tst_augment.moc"
