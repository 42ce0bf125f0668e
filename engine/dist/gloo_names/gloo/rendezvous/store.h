// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gloo/context.h> // which says why this is here
