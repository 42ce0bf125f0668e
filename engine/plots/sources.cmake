# SPDX-License-Identifier: GPL-3.0-or-later
list(APPEND TORCHDECK_ENGINE_BASE_SOURCES
    plots/axes.cpp
    plots/batch_picture.cpp
    plots/confusion_plot.cpp
    plots/curve_plots.cpp
    plots/drawing.cpp
    plots/results_plot.cpp)
