// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/error.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace torchdeck::engine {

/// A data set in a temporary folder, written piece by piece.
class ScratchSet {
public:
    [[nodiscard]] std::filesystem::path root() const { return m_folder.path().toStdString(); }
    [[nodiscard]] std::filesystem::path yaml() const { return root() / "data.yaml"; }

    void text(const std::filesystem::path &relative, const std::string &content) const
    {
        const auto file = root() / relative;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
    }
    void image(const std::filesystem::path &relative, int width, int height, int value = 90) const
    {
        image(relative, cv::Mat(height, width, CV_8UC3, cv::Scalar(value, value + 20, value + 40)));
    }
    void image(const std::filesystem::path &relative, const cv::Mat &pixels) const
    {
        const auto file = root() / relative;
        std::filesystem::create_directories(file.parent_path());
        cv::imwrite(file.string(), pixels);
    }
    /// images/SPLIT/NAME with labels/SPLIT/NAME.txt
    void sample(const std::string &split, const std::string &name, const std::string &labels, int width = 40,
                int height = 30) const
    {
        image("images/" + split + "/" + name, width, height);
        text("labels/" + split + "/" + std::filesystem::path(name).stem().string() + ".txt", labels);
    }
    /// Two good images in each split, three classes.
    void good() const
    {
        text("data.yaml", "path: .\ntrain: images/train\nval: images/val\nnames: [cat, dog, owl]\n");
        sample("train", "a.png", "0 0.5 0.5 0.2 0.2\n");
        sample("train", "b.png", "1 0.5 0.5 0.2 0.2\n2 0.25 0.25 0.1 0.1\n", 50, 20);
        sample("val", "c.png", "2 0.5 0.5 0.2 0.2\n", 44, 33);
        sample("val", "d.png", "0 0.5 0.5 0.4 0.2\n", 33, 44);
    }

private:
    QTemporaryDir m_folder;
};

inline std::string fileBytes(const std::filesystem::path &file)
{
    std::ifstream stream(file, std::ios::binary);
    return { std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>() };
}

/// The sentence of the EngineError that `work` throws, or "" when it throws none.
inline std::string sentenceOf(const std::function<void()> &work, ErrorKind kind = ErrorKind::Dataset)
{
    try {
        work();
    } catch (const EngineError &error) {
        return error.kind() == kind ? error.what() : std::string("wrong kind: ") + error.what();
    }
    return {};
}

inline bool contains(const std::string &text, const std::string &part)
{
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("'%s' is not in '%s'", part.c_str(), text.c_str());
    return false;
}

} // namespace torchdeck::engine
