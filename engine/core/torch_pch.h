// SPDX-License-Identifier: GPL-3.0-or-later
// Precompiled: torch's headers cost over 20 s a file otherwise.
#pragma once

#include <torch/autograd.h>
#include <torch/nn/functional/conv.h>
#include <torch/nn/init.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>
#include <torch/nn/modules/upsampling.h>
#include <torch/utils.h>

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>
