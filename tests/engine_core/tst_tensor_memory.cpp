// SPDX-License-Identifier: GPL-3.0-or-later
// What a train step relies on in silence: tensor memory that comes back, and loops that run on several threads.
#include "engine/core/tensor_memory.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QtTest/QtTest>

#include <mutex>
#include <set>
#include <thread>

using namespace torchdeck::engine;

class TensorMemoryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        installTensorMemory();
#if defined(__SANITIZE_ADDRESS__)
        QSKIP("Tensors have malloc()'s memory under the address sanitizer.");
#endif
    }

    /// at::parallel_for() is a header that a compiler without OpenMP turns into a plain loop.
    void loopsUseAllThreads()
    {
        at::set_num_threads(2);
        std::mutex mutex;
        std::set<std::thread::id> threads;
        at::parallel_for(0, 64, 1, [&](std::int64_t, std::int64_t) {
            const std::lock_guard lock(mutex);
            threads.insert(std::this_thread::get_id());
        });
        QCOMPARE(threads.size(), std::size_t { 2 });
    }

    void blocksComeBack()
    {
        releaseTensorMemory();
        const void *first = nullptr;
        {
            const at::Tensor a = at::ones({ 1024, 1024 });
            first = a.const_data_ptr();
            QVERIFY(tensorMemory().used >= std::size_t { 4 } << 20);
            QCOMPARE(reinterpret_cast<std::uintptr_t>(first) % 64, std::uintptr_t { 0 });
        }
        QVERIFY(tensorMemory().kept >= std::size_t { 4 } << 20);
        const at::Tensor b = at::zeros({ 1024, 1024 });
        QCOMPARE(b.const_data_ptr(), first);
        QCOMPARE(b.sum().item<float>(), 0.0F);
        const at::Tensor c = at::zeros({ 1024, 1024 });
        QVERIFY(c.const_data_ptr() != first);
    }

    /// Sizes that come once only must not pile up: what is mapped stays near the most in use.
    void keepsNoMoreThanWasUsed()
    {
        releaseTensorMemory();
        const std::size_t before = tensorMemory().used;
        std::size_t largest = 0;
        for (std::int64_t side = 600; side < 1400; side += 40) {
            const at::Tensor t = at::ones({ side, side });
            largest = std::max(largest, tensorMemory().used - before);
            const TensorMemory memory = tensorMemory();
            QVERIFY(memory.used + memory.kept - before <= largest + largest / 4 + (std::size_t { 1 } << 20));
        }
        releaseTensorMemory();
        QCOMPARE(tensorMemory().kept, std::size_t { 0 });
        QCOMPARE(tensorMemory().used, before);
    }

    void severalThreadsAtOnce()
    {
        std::vector<std::thread> threads;
        std::atomic<bool> wrong = false;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([t, &wrong] {
                for (int i = 0; i < 200; ++i) {
                    const at::Tensor value = at::full({ 200 + 7 * (i % 13), 300 }, double(t + i));
                    if (value.min().item<float>() != float(t + i) || value.max().item<float>() != float(t + i))
                        wrong = true;
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(!wrong);
    }

    /// Convolutions take their scratch memory by raw_allocate().
    void convolutionsRunOnIt()
    {
        const at::Tensor x = at::rand({ 4, 16, 64, 64 }).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
        const at::Tensor w = at::rand({ 32, 16, 3, 3 }).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
        at::conv2d(x, w, {}, 1, 1).sum().backward();
        QVERIFY(x.grad().isfinite().all().item<bool>() && w.grad().isfinite().all().item<bool>());
    }

    void tooMuchIsAnError()
    {
        QVERIFY_THROWS_EXCEPTION(c10::Error, (void)at::empty({ std::int64_t { 1 } << 45 }));
        QCOMPARE(at::ones({ 512, 512 }).sum().item<float>(), 262144.0F); // goes on
    }
};

QTEST_GUILESS_MAIN(TensorMemoryTest)
#include "tst_tensor_memory.moc"
