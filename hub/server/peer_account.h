// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace torchdeck::hub::server {

struct HttpRequest;

/// Whether the other end of a loopback connection is a process of the account that we run as, by the kernel's tables of
/// TCP sockets (proc(5), /proc/net/tcp). False when that cannot be told.
[[nodiscard]] bool isOfOurAccount(const HttpRequest &request);

} // namespace torchdeck::hub::server
