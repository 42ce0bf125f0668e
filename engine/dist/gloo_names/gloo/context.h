// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch has Gloo inside but not its headers, and c10d's ProcessGroupGloo.hpp names a few of its types. It
// only points at them, so their names are enough; nothing of them is made or called in this project, and
// ProcessGroupGloo's size does not depend on them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gloo {

class Context {
public:
    void setTimeout(std::chrono::milliseconds timeout);
};

namespace transport {
class Device;
class UnboundBuffer {
public:
    virtual ~UnboundBuffer();
};
} // namespace transport

namespace rendezvous {
class Store {
public:
    virtual ~Store();
    virtual void set(const std::string &key, const std::vector<char> &value) = 0;
    virtual std::vector<char> get(const std::string &key) = 0;
    virtual void wait(const std::vector<std::string> &keys) = 0;
    virtual void wait(const std::vector<std::string> &keys, const std::chrono::milliseconds &timeout) = 0;
};
} // namespace rendezvous

} // namespace gloo
