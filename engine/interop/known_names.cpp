// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/known_names.h"

#include <string>
#include <unordered_map>

namespace torchdeck::engine::interop {

namespace {

struct ClassRow {
    std::string_view module;
    std::string_view classes; ///< separated by blanks
};

/// Classes of checkpoints from Ultralytics 8.0 to 8.4, and of PyTorch's layers that occur in them.
constexpr ClassRow classRows[] = {
    { "torch.nn.modules.activation",
      "CELU ELU GELU GLU Hardsigmoid Hardswish Hardtanh LeakyReLU LogSoftmax Mish MultiheadAttention PReLU "
      "ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softplus Tanh" },
    { "torch.nn.modules.batchnorm", "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm" },
    { "torch.nn.modules.container", "ModuleDict ModuleList ParameterDict ParameterList Sequential" },
    { "torch.nn.modules.conv", "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d" },
    { "torch.nn.modules.dropout", "Dropout Dropout2d" },
    { "torch.nn.modules.flatten", "Flatten Unflatten" },
    { "torch.nn.modules.instancenorm", "InstanceNorm2d" },
    { "torch.nn.modules.linear", "Identity Linear NonDynamicallyQuantizableLinear" },
    { "torch.nn.modules.loss", "BCELoss BCEWithLogitsLoss CrossEntropyLoss L1Loss MSELoss SmoothL1Loss" },
    { "torch.nn.modules.module", "Module" },
    { "torch.nn.modules.normalization", "GroupNorm LayerNorm LocalResponseNorm" },
    { "torch.nn.modules.padding", "ConstantPad2d ReflectionPad2d ReplicationPad2d ZeroPad2d" },
    { "torch.nn.modules.pixelshuffle", "PixelShuffle PixelUnshuffle" },
    { "torch.nn.modules.pooling", "AdaptiveAvgPool2d AdaptiveMaxPool2d AvgPool2d MaxPool2d" },
    { "torch.nn.modules.sparse", "Embedding" },
    { "torch.nn.modules.upsampling", "Upsample UpsamplingBilinear2d UpsamplingNearest2d" },
    { "ultralytics.nn.modules.activation", "AGLU" },
    { "ultralytics.nn.modules.block",
      "A2C2f AAttn ABlock AConv ADown Attention BNContrastiveHead Bottleneck BottleneckCSP C1 C2 C2PSA C2f "
      "C2fAttn C2fCIB C2fPSA C3 C3Ghost C3TR C3f C3k C3k2 C3x CBFuse CBLinear CIB ContrastiveHead DFL ELAN1 "
      "GhostBottleneck HGBlock HGStem ImagePoolingAttn MaxSigmoidAttnBlock PSA PSABlock Proto Proto26 "
      "RealNVP RepBottleneck RepC3 RepCSP RepNCSPELAN4 RepVGGDW ResNetBlock ResNetLayer Residual SAVPE "
      "SCDown SPP SPPELAN SPPF Silence SwiGLUFFN TorchVision" },
    { "ultralytics.nn.modules.conv",
      "CBAM ChannelAttention Concat Conv Conv2 ConvTranspose DWConv DWConvTranspose2d Focus GhostConv Index "
      "LightConv RepConv SpatialAttention" },
    { "ultralytics.nn.modules.head",
      "Classify Depth Detect LRPCHead OBB OBB26 Pose Pose26 RTDETRDecoder Segment Segment26 "
      "SemanticSegment WorldDetect YOLOEDetect YOLOESegment YOLOESegment26 v10Detect" },
    { "ultralytics.nn.modules.transformer",
      "AIFI DeformableTransformerDecoder DeformableTransformerDecoderLayer LayerNorm2d MLP MLPBlock "
      "MSDeformAttn TransformerBlock TransformerEncoderLayer TransformerLayer" },
    { "ultralytics.nn.modules", // one file until 8.0.90
      "Bottleneck BottleneckCSP C1 C2 C2f C3 C3Ghost C3TR C3x Classify Concat Conv ConvTranspose DFL DWConv "
      "DWConvTranspose2d Detect Focus GhostBottleneck GhostConv Proto SPP SPPF Segment" },
    { "ultralytics.nn.tasks",
      "BaseModel ClassificationModel DepthModel DetectionModel Ensemble OBBModel PoseModel "
      "RTDETRDetectionModel SegmentationModel SemanticSegmentationModel WorldModel YOLOEModel YOLOESegModel "
      "YOLOv10DetectionModel" },
    { "ultralytics.utils", "IterableSimpleNamespace" },
    { "ultralytics.yolo.utils", "IterableSimpleNamespace" },
    { "ultralytics.utils.loss",
      "BCEDiceLoss BboxLoss DFLoss DepthLoss26 E2EDetectLoss E2ELoss FocalLoss KeypointLoss "
      "MultiChannelDiceLoss PoseLoss26 RLELoss RotatedBboxLoss SegmentLoss26 SemanticSegmentationLoss "
      "TVPDetectLoss TVPSegmentLoss VarifocalLoss v10DetectLoss v8ClassificationLoss v8DetectionLoss "
      "v8OBBLoss v8PoseLoss v8SegmentationLoss" },
    { "ultralytics.yolo.utils.loss", "BboxLoss KeypointLoss VarifocalLoss" },
    { "ultralytics.yolo.v8.detect.train", "Loss" },
    { "ultralytics.utils.tal",
      "PoseTaskAlignedAssigner RotatedTaskAlignedAssigner SegTaskAlignedAssigner TaskAlignedAssigner" },
    { "ultralytics.yolo.utils.tal", "TaskAlignedAssigner" },
    { "argparse", "Namespace" },
    { "types", "SimpleNamespace" },
    { "builtins", "bool dict float int list object str tuple" },
    { "__builtin__", "bool dict float int list object str tuple" },
    { "datetime", "date datetime timedelta timezone" },
    { "numpy", "dtype ndarray" },
    { "numpy.dtypes", "Float32DType Float64DType Int32DType Int64DType" },
    { "torch",
      "bfloat16 bool device dtype float float16 float32 float64 half int int16 int32 int64 int8 long uint8" },
};

struct NameRow {
    std::string_view name;
    KnownName meaning;
};

constexpr NameRow nameRows[] = {
    { "collections.OrderedDict", { Role::OrderedDict, {} } },
    { "collections.defaultdict", { Role::OrderedDict, {} } },
    { "builtins.set", { Role::Set, {} } },
    { "builtins.frozenset", { Role::Set, {} } },
    { "__builtin__.set", { Role::Set, {} } },
    { "__builtin__.frozenset", { Role::Set, {} } },
    { "builtins.bytearray", { Role::ByteArray, {} } },
    { "__builtin__.bytearray", { Role::ByteArray, {} } },
    { "_codecs.encode", { Role::EncodeBytes, {} } },
    { "copyreg._reconstructor", { Role::Reconstructor, {} } },
    { "copy_reg._reconstructor", { Role::Reconstructor, {} } },
    { "torch.Size", { Role::Size, {} } },
    { "torch._utils._rebuild_tensor", { Role::RebuildTensor, {} } },
    { "torch._utils._rebuild_tensor_v2", { Role::RebuildTensor, {} } },
    { "torch._utils._rebuild_parameter", { Role::RebuildParameter, {} } },
    { "torch._utils._rebuild_parameter_with_state", { Role::RebuildParameter, {} } },
    { "torch.DoubleStorage", { Role::Storage, DataType::Float64 } },
    { "torch.FloatStorage", { Role::Storage, DataType::Float32 } },
    { "torch.HalfStorage", { Role::Storage, DataType::Float16 } },
    { "torch.BFloat16Storage", { Role::Storage, DataType::BFloat16 } },
    { "torch.LongStorage", { Role::Storage, DataType::Int64 } },
    { "torch.IntStorage", { Role::Storage, DataType::Int32 } },
    { "torch.ShortStorage", { Role::Storage, DataType::Int16 } },
    { "torch.CharStorage", { Role::Storage, DataType::Int8 } },
    { "torch.ByteStorage", { Role::Storage, DataType::UInt8 } },
    { "torch.BoolStorage", { Role::Storage, DataType::Bool } },
    { "pathlib.Path", { Role::Path, {} } },
    { "pathlib.PosixPath", { Role::Path, {} } },
    { "pathlib.PurePath", { Role::Path, {} } },
    { "pathlib.PurePosixPath", { Role::Path, {} } },
    { "pathlib.PureWindowsPath", { Role::Path, {} } },
    { "pathlib.WindowsPath", { Role::Path, {} } },
    { "pathlib._local.PosixPath", { Role::Path, {} } }, // Python 3.13
    { "pathlib._local.WindowsPath", { Role::Path, {} } },
    { "numpy.core.multiarray.scalar", { Role::NumpyScalar, {} } },
    { "numpy._core.multiarray.scalar", { Role::NumpyScalar, {} } },
};

using Table = std::unordered_map<std::string, KnownName>;

Table makeTable()
{
    Table table;
    for (const NameRow &row : nameRows)
        table.emplace(row.name, row.meaning);
    for (const ClassRow &row : classRows) {
        for (std::size_t begin = 0; begin < row.classes.size();) {
            const std::size_t end = std::min(row.classes.find(' ', begin), row.classes.size());
            table.emplace(std::string(row.module) + '.' + std::string(row.classes.substr(begin, end - begin)),
                          KnownName {});
            begin = end + 1;
        }
    }
    return table;
}

} // namespace

std::optional<KnownName> findKnownName(std::string_view module, std::string_view name)
{
    static const Table table = makeTable();
    const auto it = table.find(std::string(module) + '.' + std::string(name));
    return it == table.end() ? std::nullopt : std::optional(it->second);
}

} // namespace torchdeck::engine::interop
