// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/geometry.h"
#include "engine/data/rng.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace torchdeck::engine;

class GeometryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fitting();
    void rectangles();
    void letterboxRoundTrip();
    void warpWithoutChangeOnlyMoves();
    void warpInverse();
    void boxFilter();
    void mosaicTilesMeetAtTheCentre();
    void randomNumbers();
};

void GeometryTest::fitting()
{
    QCOMPARE(fittedSize({ 640, 480 }, 320), (PixelSize { 320, 240 }));
    QCOMPARE(fittedSize({ 333, 500 }, 320), (PixelSize { 214, 320 })); // rounds up
    QCOMPARE(fittedSize({ 100, 50 }, 320), (PixelSize { 320, 160 })); // small images grow
    QCOMPARE(fittedSize({ 3000, 1 }, 320), (PixelSize { 320, 1 }));
    QCOMPARE(fittedSize({ 320, 7 }, 320), (PixelSize { 320, 7 }));
}

void GeometryTest::rectangles()
{
    QCOMPARE(rectShape(0.75, 0.75, 640, 32), (PixelSize { 672, 512 }));
    QCOMPARE(rectShape(1.5, 2.0, 640, 32), (PixelSize { 448, 672 })); // widest of the batch decides
    QCOMPARE(rectShape(0.5, 2.0, 640, 32), (PixelSize { 672, 672 })); // mixed: square
    QCOMPARE(rectShape(1.0, 1.0, 320, 32), (PixelSize { 352, 352 }));
}

void GeometryTest::letterboxRoundTrip()
{
    for (const PixelSize image : { PixelSize { 320, 240 }, PixelSize { 213, 320 }, PixelSize { 64, 31 } }) {
        for (const PixelSize canvas :
             { PixelSize { 352, 352 }, PixelSize { 352, 256 }, PixelSize { 320, 320 } }) {
            const Letterbox box = letterbox(image, canvas);
            QVERIFY(box.ratio <= 1);
            QVERIFY(box.left >= 0 && box.left + box.resized.width <= canvas.width);
            QVERIFY(box.top >= 0 && box.top + box.resized.height <= canvas.height);
            const int right = canvas.width - box.left - box.resized.width;
            QVERIFY(right - box.left == 0 || right - box.left == 1); // the odd pixel goes right
            const BoxLabel label { 1, 0.4f, 0.3f, 0.2f, 0.5f };
            const auto placed = toPixels({ label }, image, static_cast<float>(box.left),
                                         static_cast<float>(box.top), static_cast<float>(box.ratio));
            const double x = (placed[0].x1 - box.left) / box.ratio / image.width;
            const double y = (placed[0].y2 - box.top) / box.ratio / image.height;
            QVERIFY(std::abs(x - 0.3) < 1e-5);
            QVERIFY(std::abs(y - 0.55) < 1e-5);
        }
    }
}

void GeometryTest::warpWithoutChangeOnlyMoves()
{
    const Matrix3 same = warpMatrix({}, { 100, 60 }, { 100, 60 });
    QCOMPARE(same, (Matrix3 { 1, 0, 0, 0, 1, 0, 0, 0, 1 }));
    const Matrix3 centred = warpMatrix({}, { 640, 640 }, { 320, 320 }); // the middle of a mosaic canvas
    QCOMPARE(transformPoint(centred, { 320, 320 }).x, 160.0);
    QCOMPARE(transformPoint(centred, { 160, 480 }).y, 320.0);
}

void GeometryTest::warpInverse()
{
    WarpParameters warp;
    warp.perspectiveX = 0.0004;
    warp.degrees = 30;
    warp.scale = 0.7;
    warp.shearY = 9;
    warp.translateX = 0.6;
    const Matrix3 m = warpMatrix(warp, { 90, 70 }, { 64, 64 });
    const Point there = transformPoint(m, { 12, 34 });
    const Point back = transformPoint(inverse(m), there);
    QVERIFY(std::abs(back.x - 12) < 1e-9 && std::abs(back.y - 34) < 1e-9);
    const Point centre = transformPoint(m, { 45, 35 }); // the source's centre goes where the translation says
    QVERIFY(std::abs(centre.x - 0.6 * 64) < 1e-9 && std::abs(centre.y - 32) < 1e-9);
}

void GeometryTest::boxFilter()
{
    const Matrix3 m = warpMatrix({}, { 100, 100 }, { 100, 100 });
    const auto kept = [&](PixelBox box) { return warpBoxes({ box }, m, 1, { 100, 100 }).size() == 1; };
    QVERIFY(kept({ 0, 10, 10, 20, 20 }));
    QVERIFY(!kept({ 0, 10, 10, 12, 20 })); // not wider than 2 px
    QVERIFY(kept({ 0, 10, 10, 12.5f, 20 }));
    QVERIFY(kept({ 0, -40, 10, 10, 50 })); // a fifth left
    QVERIFY(!kept({ 0, -95, 10, 9, 50 })); // less than a tenth left
    QVERIFY(!kept({ 0, 110, 10, 150, 50 }));
    const auto clipped = warpBoxes({ { 3, -40, 10, 10, 150 } }, m, 1, { 100, 100 });
    QCOMPARE(clipped[0].x1, 0.0f);
    QCOMPARE(clipped[0].y2, 100.0f);
    QCOMPARE(clipped[0].classId, 3);
}

void GeometryTest::mosaicTilesMeetAtTheCentre()
{
    const int canvas = 640, cx = 250, cy = 400;
    for (int i = 0; i < 4; ++i) {
        const MosaicTile tile = mosaicTile(i, { 320, 200 }, cx, cy, canvas);
        QVERIFY(tile.x1 >= 0 && tile.y1 >= 0 && tile.x2 <= canvas && tile.y2 <= canvas);
        QCOMPARE(i % 2 == 0 ? tile.x2 : tile.x1, cx);
        QCOMPARE(i < 2 ? tile.y2 : tile.y1, cy);
        QVERIFY(tile.x2 - tile.offsetX <= 320 && tile.x1 >= tile.offsetX);
        QVERIFY(tile.y2 - tile.offsetY <= 200 && tile.y1 >= tile.offsetY);
    }
    QCOMPARE(mosaicTile(0, { 320, 200 }, cx, cy, canvas).offsetX, -70); // cut at the canvas's left edge
}

void GeometryTest::randomNumbers()
{
    Rng first(1, 2, 3), same(1, 2, 3);
    QCOMPARE(first.next(), same.next());
    std::set<std::uint64_t> firsts;
    for (std::uint64_t a = 0; a < 20; ++a) {
        for (std::uint64_t b = 0; b < 20; ++b)
            firsts.insert(Rng(7, a, b).next());
    }
    QCOMPARE(firsts.size(), std::size_t { 400 }); // neighbouring streams differ
    Rng rng(42);
    double sum = 0, squares = 0, betaSum = 0, betaSquares = 0;
    std::vector<int> counts(7);
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
        const double u = rng.uniform();
        QVERIFY(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
        const double b = rng.beta(32, 32);
        betaSum += b;
        betaSquares += b * b;
        ++counts[rng.below(7)];
    }
    QVERIFY(std::abs(sum / kDraws - 0.5) < 0.01);
    QVERIFY(std::abs(squares / kDraws - 1.0 / 3) < 0.01);
    QVERIFY(std::abs(betaSum / kDraws - 0.5) < 0.003);
    const double variance = betaSquares / kDraws - betaSum / kDraws * betaSum / kDraws;
    QVERIFY(std::abs(variance - 1.0 / 260) < 0.0005); // 1 / (4 (2 a + 1))
    for (const int count : counts)
        QVERIFY(std::abs(count - kDraws / 7) < 300);
}

QTEST_APPLESS_MAIN(GeometryTest)
#include "tst_geometry.moc"
