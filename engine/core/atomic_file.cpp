// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/atomic_file.h"

#include "torchdeck/engine/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace torchdeck::engine {

namespace {

[[noreturn]] void fail(const std::filesystem::path &file, int error)
{
    std::string advice = "check the folder's permissions";
    if (error == ENOSPC || error == EDQUOT)
        advice = "free some disk space";
    else if (error == EROFS)
        advice = "choose a folder on a writable disk";
    throw EngineError(ErrorKind::Storage,
                      "Cannot write " + file.string() + " (" + std::strerror(error) + "): " + advice
                          + "; what was saved before is untouched.");
}

/// Closes and, unless released, removes the temporary file.
struct TemporaryFile {
    std::filesystem::path path;
    int fd = -1;

    ~TemporaryFile()
    {
        if (fd >= 0)
            ::close(fd);
        if (!path.empty())
            ::unlink(path.c_str());
    }
};

void syncFolder(const std::filesystem::path &folder)
{
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        ::fsync(fd); // the rename itself reaches the disk
        ::close(fd);
    }
}

std::filesystem::path temporaryName(const std::filesystem::path &file)
{
    return file.parent_path() / ("." + file.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
}

} // namespace

void writeFileAtomically(const std::filesystem::path &file, std::string_view bytes)
{
    TemporaryFile temporary;
    temporary.path = temporaryName(file);
    temporary.fd = ::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (temporary.fd < 0) {
        const int error = errno;
        temporary.path.clear();
        fail(file, error);
    }
    while (!bytes.empty()) {
        const ssize_t written = ::write(temporary.fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail(file, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(temporary.fd) != 0)
        fail(file, errno);
    if (::rename(temporary.path.c_str(), file.c_str()) != 0)
        fail(file, errno);
    temporary.path.clear();
    syncFolder(file.parent_path());
}

void linkFileAtomically(const std::filesystem::path &from, const std::filesystem::path &to)
{
    const std::filesystem::path temporary = temporaryName(to);
    ::unlink(temporary.c_str());
    if (::link(from.c_str(), temporary.c_str()) != 0) {
        writeFileAtomically(to, readFile(from)); // a file system without hard links
        return;
    }
    if (::rename(temporary.c_str(), to.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        fail(to, error);
    }
    ::unlink(temporary.c_str()); // rename() does nothing when both names are one file already
    syncFolder(to.parent_path());
}

std::string readFile(const std::filesystem::path &file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    if (!in || !(bytes << in.rdbuf()))
        throw EngineError(ErrorKind::Storage,
                          "Cannot read " + file.string()
                              + ": check that it exists, is not empty and may be read.");
    return std::move(bytes).str();
}

} // namespace torchdeck::engine
