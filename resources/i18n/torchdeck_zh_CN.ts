<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Arguments</name>
    <message>
        <source>Built-in model, spec file or checkpoint to start from</source>
        <translation>内置模型、结构文件或作为起点的检查点</translation>
    </message>
    <message>
        <source>Path of the data set&apos;s data.yaml</source>
        <translation>数据集 data.yaml 的路径</translation>
    </message>
    <message>
        <source>Passes over the training images</source>
        <translation>遍历训练图像的次数</translation>
    </message>
    <message>
        <source>Longest training time in hours, 0 = no limit</source>
        <translation>最长训练时间（小时），0 = 不限</translation>
    </message>
    <message>
        <source>Stop after this many epochs without improvement, 0 = never</source>
        <translation>连续多少轮没有改进后停止，0 = 从不</translation>
    </message>
    <message>
        <source>Images per batch; -1 = as large as is useful</source>
        <translation>每批图像数；-1 = 在有益范围内尽量大</translation>
    </message>
    <message>
        <source>Image size in pixels (square)</source>
        <translation>图像尺寸（像素，正方形）</translation>
    </message>
    <message>
        <source>Save checkpoints every epoch</source>
        <translation>每轮保存检查点</translation>
    </message>
    <message>
        <source>Also keep a checkpoint every N epochs, -1 = off</source>
        <translation>另外每 N 轮保留一个检查点，-1 = 关闭</translation>
    </message>
    <message>
        <source>Keep images in memory or on disk between epochs</source>
        <translation>在各轮之间将图像保存在内存或磁盘上</translation>
    </message>
    <message>
        <source>cpu, the number of a CUDA device, or several (0,1), a process each; empty = best there is</source>
        <translation>cpu、CUDA 设备编号，或多个编号（0,1），各用一个进程；留空 = 最佳可用设备</translation>
    </message>
    <message>
        <source>Loader threads at most</source>
        <translation>最多加载线程数</translation>
    </message>
    <message>
        <source>Folder that holds the runs</source>
        <translation>存放运行的文件夹</translation>
    </message>
    <message>
        <source>Name of the run&apos;s folder</source>
        <translation>运行文件夹的名称</translation>
    </message>
    <message>
        <source>Write into an existing run folder</source>
        <translation>写入已有的运行文件夹</translation>
    </message>
    <message>
        <source>Checkpoint whose matching weights are taken over; false = start from random weights</source>
        <translation>从该检查点接收匹配的权重；false = 从随机权重开始</translation>
    </message>
    <message>
        <source>Fine-tuning: take class weights over by class name</source>
        <translation>微调：按类别名称接收类别权重</translation>
    </message>
    <message>
        <source>Random seed; the same seed gives the same run on the CPU</source>
        <translation>随机种子；在 CPU 上相同种子得到相同的运行</translation>
    </message>
    <message>
        <source>Use reproducible operations only</source>
        <translation>仅使用可复现的运算</translation>
    </message>
    <message>
        <source>Treat all classes as one</source>
        <translation>将所有类别视为一类</translation>
    </message>
    <message>
        <source>Only these classes, e.g. [0, 2]; empty = all</source>
        <translation>仅这些类别，例如 [0, 2]；留空 = 全部</translation>
    </message>
    <message>
        <source>Training images to use: part or number; [train, val] limits both</source>
        <translation>使用的训练图像：比例或数量；[train, val] 同时限制两者</translation>
    </message>
    <message>
        <source>Batches of like-shaped images, without mosaic and shuffling</source>
        <translation>由形状相近的图像组成批次，不使用马赛克和打乱</translation>
    </message>
    <message>
        <source>Each batch at imgsz -/+ this fraction</source>
        <translation>每批尺寸为 imgsz 上下浮动该比例</translation>
    </message>
    <message>
        <source>Continue an interrupted run</source>
        <translation>继续中断的运行</translation>
    </message>
    <message>
        <source>Validate after every epoch</source>
        <translation>每轮之后验证</translation>
    </message>
    <message>
        <source>Split to validate on</source>
        <translation>用于验证的划分</translation>
    </message>
    <message>
        <source>Pictures of the labels and the first batches</source>
        <translation>生成标签和前几批的图片</translation>
    </message>
    <message>
        <source>Per-class results in the log</source>
        <translation>在日志中输出各类别结果</translation>
    </message>
    <message>
        <source>Sync the run to HUB</source>
        <translation>将运行同步到 HUB</translation>
    </message>
    <message>
        <source>auto picks one by the number of iterations</source>
        <translation>auto 按迭代次数选择</translation>
    </message>
    <message>
        <source>Initial learning rate</source>
        <translation>初始学习率</translation>
    </message>
    <message>
        <source>Final learning rate as a fraction of lr0</source>
        <translation>最终学习率，占 lr0 的比例</translation>
    </message>
    <message>
        <source>SGD momentum or Adam beta1</source>
        <translation>SGD 动量或 Adam beta1</translation>
    </message>
    <message>
        <source>L2 weight decay</source>
        <translation>L2 权重衰减</translation>
    </message>
    <message>
        <source>Warm-up length in epochs, fractions allowed</source>
        <translation>预热长度（轮），可为小数</translation>
    </message>
    <message>
        <source>Momentum at the start of the warm-up</source>
        <translation>预热开始时的动量</translation>
    </message>
    <message>
        <source>Bias learning rate at the start of the warm-up</source>
        <translation>预热开始时偏置的学习率</translation>
    </message>
    <message>
        <source>Cosine instead of linear learning-rate schedule</source>
        <translation>用余弦代替线性学习率计划</translation>
    </message>
    <message>
        <source>Nominal batch size; smaller batches accumulate gradients up to it</source>
        <translation>名义批大小；较小的批次会累积梯度达到它</translation>
    </message>
    <message>
        <source>Mixed precision (bf16): on CUDA, and on a CPU that gains by it</source>
        <translation>混合精度（bf16）：用于 CUDA，以及能从中获益的 CPU</translation>
    </message>
    <message>
        <source>Freeze the first N layers, or a list of layers, e.g. [0, 1, 22.cv2]</source>
        <translation>冻结前 N 层或指定的层，例如 [0, 1, 22.cv2]</translation>
    </message>
    <message>
        <source>Gain of the box loss (CIoU)</source>
        <translation>框损失的权重（CIoU）</translation>
    </message>
    <message>
        <source>Gain of the class loss</source>
        <translation>分类损失的权重</translation>
    </message>
    <message>
        <source>Weight classes by (1 / objects)^cls_pw; 0 counts all the same</source>
        <translation>按 (1 / 目标数)^cls_pw 为类别加权；0 = 一视同仁</translation>
    </message>
    <message>
        <source>Gain of the distribution focal loss</source>
        <translation>分布焦点损失的权重</translation>
    </message>
    <message>
        <source>No mosaic in the last N epochs</source>
        <translation>最后 N 轮不使用马赛克</translation>
    </message>
    <message>
        <source>Hue jitter, fraction</source>
        <translation>色调抖动，比例</translation>
    </message>
    <message>
        <source>Saturation jitter, fraction</source>
        <translation>饱和度抖动，比例</translation>
    </message>
    <message>
        <source>Brightness jitter, fraction</source>
        <translation>亮度抖动，比例</translation>
    </message>
    <message>
        <source>Rotation, +/- degrees</source>
        <translation>旋转，正负度数</translation>
    </message>
    <message>
        <source>Shift, +/- fraction of the image</source>
        <translation>平移，占图像的正负比例</translation>
    </message>
    <message>
        <source>Scaling, +/- gain, or [smallest, largest] factor</source>
        <translation>缩放，正负幅度，或 [最小, 最大] 倍数</translation>
    </message>
    <message>
        <source>Shear, +/- degrees</source>
        <translation>剪切，正负度数</translation>
    </message>
    <message>
        <source>Perspective, +/- fraction</source>
        <translation>透视，正负比例</translation>
    </message>
    <message>
        <source>Probability of a vertical flip</source>
        <translation>垂直翻转的概率</translation>
    </message>
    <message>
        <source>Probability of a horizontal flip</source>
        <translation>水平翻转的概率</translation>
    </message>
    <message>
        <source>Probability of swapping the red and blue channels</source>
        <translation>交换红蓝通道的概率</translation>
    </message>
    <message>
        <source>Probability of a mosaic of four images</source>
        <translation>四图马赛克的概率</translation>
    </message>
    <message>
        <source>Probability of blending two images</source>
        <translation>混合两张图像的概率</translation>
    </message>
    <message>
        <source>Probability of pasting a rectangle of another image</source>
        <translation>粘贴另一图像矩形区域的概率</translation>
    </message>
    <message>
        <source>Part of the outlined objects to copy and paste</source>
        <translation>复制粘贴的带轮廓目标的比例</translation>
    </message>
    <message>
        <source>Paste from the mirrored image or from another one</source>
        <translation>从镜像图像或另一图像粘贴</translation>
    </message>
    <message>
        <source>Confidence from which detections count in validation</source>
        <translation>验证中计入检测的最低置信度</translation>
    </message>
    <message>
        <source>IoU above which NMS suppresses</source>
        <translation>NMS 抑制的 IoU 阈值</translation>
    </message>
    <message>
        <source>Detections per image at most</source>
        <translation>每张图像最多检测数</translation>
    </message>
    <message>
        <source>NMS across classes</source>
        <translation>跨类别 NMS</translation>
    </message>
    <message>
        <source>false = the one-to-one head of a YOLO26, without NMS</source>
        <translation>false = 使用 YOLO26 的一对一检测头，不做 NMS</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Optimisation</source>
        <translation>优化</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Augmentation</source>
        <translation>数据增强</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
</context>
<context>
    <name>ChartExport</name>
    <message>
        <source>%1 has no ending that says how to write it: use .png, .svg or .csv.</source>
        <translation>%1 没有可识别的扩展名：请使用 .png、.svg 或 .csv。</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2. Choose another folder.</source>
        <translation>无法写入 %1：%2。请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>DatasetProblems</name>
    <message>
        <source>Looks like %1 in train (%2 % alike); the metrics will look better than they are.</source>
        <translation>看起来与训练集中的 %1 相同（相似度 %2 %）；指标会显得比实际更好。</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>%1 后</translation>
    </message>
</context>
<context>
    <name>HtmlReport</name>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>Best epoch</source>
        <translation>最佳轮次</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Validation metrics</source>
        <translation>验证指标</translation>
    </message>
    <message>
        <source>%1 loss</source>
        <translation>%1 损失</translation>
    </message>
    <message>
        <source>Precision over recall, epoch %1</source>
        <translation>精确率-召回率，第 %1 轮</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>目标数</translation>
    </message>
    <message>
        <source>background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Row: predicted. Column: true.</source>
        <translation>行：预测。列：真实。</translation>
    </message>
    <message>
        <source>Worst images of the validation</source>
        <translation>验证中最差的图像</translation>
    </message>
    <message>
        <source>Dashed red: missed. Dotted orange: found where nothing of the kind is. Green: right.</source>
        <translation>红色虚线：漏检。橙色点线：误检。绿色：正确。</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>after %1 epochs</source>
        <translation>%1 轮之后</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Cannot write %1 (%2): choose another folder.</source>
        <translation>无法写入 %1（%2）：请选择其他文件夹。</translation>
    </message>
</context>
<context>
    <name>PinnedImages</name>
    <message>
        <source>%1 right, %2 missed, %3 false</source>
        <translation>正确 %1，漏检 %2，误检 %3</translation>
    </message>
</context>
<context>
    <name>Presets</name>
    <message>
        <source>%1 cannot be written: %2. Choose another folder.</source>
        <translation>无法写入 %1：%2。请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Quick look</source>
        <translation>快速查看</translation>
    </message>
    <message>
        <source>10 epochs at 320 px: does the data set work at all?</source>
        <translation>320 像素、10 个轮次：数据集能用吗？</translation>
    </message>
    <message>
        <source>Small data set</source>
        <translation>小数据集</translation>
    </message>
    <message>
        <source>Strong augmentation and early stopping, for a few hundred images</source>
        <translation>强增强和提前停止，适用于几百张图像</translation>
    </message>
    <message>
        <source>Small objects</source>
        <translation>小目标</translation>
    </message>
    <message>
        <source>1280 px, small batches</source>
        <translation>1280 像素，小批次</translation>
    </message>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
    <message>
        <source>From a checkpoint: low learning rate, first layers frozen</source>
        <translation>从检查点开始：低学习率，冻结前几层</translation>
    </message>
    <message>
        <source>%1 cannot be read: %2.</source>
        <translation>无法读取 %1：%2。</translation>
    </message>
    <message>
        <source>it is too large</source>
        <translation>文件太大</translation>
    </message>
    <message>
        <source>%1 holds no &quot;argument: value&quot; lines: choose an args.yaml.</source>
        <translation>%1 中没有“参数: 值”行：请选择 args.yaml。</translation>
    </message>
</context>
<context>
    <name>RunEvent</name>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Continued</source>
        <translation>已继续</translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation>已恢复</translation>
    </message>
    <message>
        <source>Back to last.pt</source>
        <translation>退回 last.pt</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>RunReader</name>
    <message>
        <source>Tags and note cannot be saved in %1: %2. Check the folder&apos;s rights.</source>
        <translation>无法在 %1 中保存标签和备注：%2。请检查文件夹权限。</translation>
    </message>
</context>
<context>
    <name>SourceDiff</name>
    <message>
        <source>empty</source>
        <translation>空</translation>
    </message>
</context>
<context>
    <name>StandardButtons</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>&amp;Yes</source>
        <translation>是(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;No</source>
        <translation>否(&amp;N)</translation>
    </message>
</context>
<context>
    <name>SystemVerdict</name>
    <message>
        <source>Memory is nearly full: a smaller batch, a smaller image size or cache=false gives room.</source>
        <translation>内存快满了：更小的批次、更小的图像尺寸或 cache=false 可以腾出空间。</translation>
    </message>
    <message>
        <source>The disk is the limit: cache=ram or a faster disk speeds it up.</source>
        <translation>磁盘是瓶颈：cache=ram 或更快的磁盘可以提速。</translation>
    </message>
    <message>
        <source>The processor is the limit: preparing images keeps the GPU waiting. Fewer augmentations or cache=ram helps.</source>
        <translation>处理器是瓶颈：准备图像让 GPU 等待。减少增强或 cache=ram 会有帮助。</translation>
    </message>
    <message>
        <source>Computing is the limit, as it should be: a GPU or a smaller model is faster.</source>
        <translation>计算是瓶颈，这是正常的：GPU 或更小的模型会更快。</translation>
    </message>
    <message>
        <source>Nothing on this computer holds the GPU back.</source>
        <translation>本机没有任何因素拖慢 GPU。</translation>
    </message>
    <message>
        <source>The processor is not busy: other settings of workers or a larger batch may be faster.</source>
        <translation>处理器并不繁忙：调整 workers 或增大批次可能更快。</translation>
    </message>
    <message>
        <source>Computing and data are in balance.</source>
        <translation>计算与数据处于平衡。</translation>
    </message>
    <message>
        <source>The GPU is the limit, as it should be: a smaller model or image size is faster.</source>
        <translation>瓶颈是 GPU，这是应有的情况：更小的模型或图像尺寸会更快。</translation>
    </message>
    <message>
        <source>The GPU waits, and nothing else is busy: a larger batch or more workers may be faster.</source>
        <translation>GPU 在等待，而其他部分都不繁忙：更大的批次或更多 workers 可能更快。</translation>
    </message>
</context>
<context>
    <name>WorstImages</name>
    <message>
        <source>F1 %1, %2 missed, %3 false</source>
        <translation>F1 %1，漏检 %2，误检 %3</translation>
    </message>
    <message>
        <source>missed: %1</source>
        <translation>漏检：%1</translation>
    </message>
</context>
<context>
    <name>torchdeck::app::Application</name>
    <message>
        <source>%1 is neither a data.yaml, nor a folder with one, nor the folder of a run.</source>
        <translation>%1 既不是 data.yaml，也不是含有它的文件夹，也不是运行文件夹。</translation>
    </message>
    <message>
        <source>A run is going on already: stop it first.</source>
        <translation>已有运行正在进行：请先停止它。</translation>
    </message>
    <message>
        <source>The local HUB starts when these settings are applied.</source>
        <translation>应用这些设置后，本机 HUB 就会启动。</translation>
    </message>
    <message>
        <source>Torchdeck</source>
        <translation>Torchdeck</translation>
    </message>
    <message>
        <source>Stopping after this batch and saving...</source>
        <translation>正在当前批次后停止并保存...</translation>
    </message>
    <message>
        <source>Cancelled: nothing was started.</source>
        <translation>已取消：没有开始任何训练。</translation>
    </message>
    <message>
        <source>Torchdeck quits when everything is uploaded.</source>
        <translation>全部上传完成后 Torchdeck 将退出。</translation>
    </message>
    <message>
        <source>This looks like an address, but not like a model&apos;s on HUB: https://HOST/models/ID.</source>
        <translation>这看起来是一个地址，但不是 HUB 上模型的地址：https://HOST/models/ID。</translation>
    </message>
    <message>
        <source>The model of HUB is here: the run starts.</source>
        <translation>HUB 的模型已就绪：训练开始。</translation>
    </message>
    <message>
        <source>When a command starts</source>
        <translation>命令开始时</translation>
    </message>
    <message>
        <source>As the run %1 sends it.</source>
        <translation>与训练 %1 实际发送的内容一致。</translation>
    </message>
    <message>
        <source>As the run in the form would send it; metrics stand here as 0.</source>
        <translation>与表单中的训练将发送的内容一致；此处指标以 0 表示。</translation>
    </message>
    <message>
        <source>HUB asked to stop this run: it ends after this batch, everything is saved and synced.</source>
        <translation>HUB 要求停止此训练：它将在本批次后结束，所有内容都会保存并同步。</translation>
    </message>
    <message>
        <source>%1 is being published: Uploads shows how far it is.</source>
        <translation>正在发布 %1：可在“上传”中查看进度。</translation>
    </message>
    <message>
        <source>The support bundle is written: %1</source>
        <translation>支持信息包已写入：%1</translation>
    </message>
    <message>
        <source>%1 is finished</source>
        <translation>%1 已完成</translation>
    </message>
    <message>
        <source>%1 is stopped and saved</source>
        <translation>%1 已停止并保存</translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation>运行失败</translation>
    </message>
    <message>
        <source>The model is on HUB</source>
        <translation>模型已在 HUB 上</translation>
    </message>
    <message>
        <source>View model</source>
        <translation>查看模型</translation>
    </message>
    <message>
        <source>Torchdeck: epoch %1 of %2</source>
        <translation>Torchdeck：第 %1 轮，共 %2 轮</translation>
    </message>
    <message>
        <source>A model is being trained</source>
        <translation>正在训练模型</translation>
    </message>
    <message>
        <source>Show the window</source>
        <translation>显示窗口</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>HUB is not ready yet: start again in a moment.</source>
        <translation>HUB 尚未就绪：请稍后重新开始。</translation>
    </message>
    <message>
        <source>A run is going on: measuring beside it would tell nothing.</source>
        <translation>正在训练：此时测量没有意义。</translation>
    </message>
    <message>
        <source>The model is still on HUB: what it needs is known once a run has fetched it.</source>
        <translation>模型仍在 HUB 上：训练取回它之后才知道所需资源。</translation>
    </message>
</context>
<context>
    <name>torchdeck::app::EstimateJob</name>
    <message>
        <source>The measurement could not be started: %1.</source>
        <translation>无法开始测量：%1。</translation>
    </message>
    <message>
        <source>The machine ran out of memory during the measurement: use a smaller batch or image size.</source>
        <translation>测量时内存不足：请减小批大小或图像尺寸。</translation>
    </message>
    <message>
        <source>The measurement ended without a result (exit code %1).</source>
        <translation>测量没有得出结果（退出代码 %1）。</translation>
    </message>
</context>
<context>
    <name>torchdeck::app::ExportJob</name>
    <message>
        <source>%1 is no longer there: nothing was exported.</source>
        <translation>%1 已不存在：未导出任何内容。</translation>
    </message>
    <message>
        <source>%1 is the run&apos;s own checkpoint: choose another file.</source>
        <translation>%1 是此运行自己的检查点：请选择其他文件。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::AccountGate</name>
    <message>
        <source>There is no API key. Enter one in the settings: uploads wait, nothing is lost.</source>
        <translation>没有 API 密钥。请在设置中输入：上传会等待，不会丢失任何内容。</translation>
    </message>
    <message>
        <source>HUB asked to wait</source>
        <translation>HUB 要求等待</translation>
    </message>
    <message>
        <source>HUB allows no more requests for now</source>
        <translation>HUB 暂时不再接受请求</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::Download</name>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
    <message>
        <source>The file is too large: %1, at most %2 are taken.</source>
        <translation>文件过大：%1，最多接受 %2。</translation>
    </message>
    <message>
        <source>The disk has room for %1, the file needs %2: free some space.</source>
        <translation>磁盘剩余 %1，文件需要 %2：请释放一些空间。</translation>
    </message>
    <message>
        <source>The file is too large: at most %1 are taken.</source>
        <translation>文件过大：最多接受 %1。</translation>
    </message>
    <message>
        <source>%1 does not give the file (%2).</source>
        <translation>%1 未提供该文件（%2）。</translation>
    </message>
    <message>
        <source>The download from %1 broke off: try again.</source>
        <translation>从 %1 的下载中断：请重试。</translation>
    </message>
    <message>
        <source>The file from %1 is not the one that the server names (its check sum differs): try again.</source>
        <translation>来自 %1 的文件与服务器所述不符（校验和不同）：请重试。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::HubClient</name>
    <message>
        <source>The own CA file %1 cannot be read or holds no certificate: choose a PEM file. Only the system&apos;s certificates are trusted until then.</source>
        <translation>无法读取自有 CA 文件 %1，或其中没有证书：请选择 PEM 文件。在此之前仅信任系统证书。</translation>
    </message>
    <message>
        <source>The proxy has to look like http://HOST:PORT or socks5://HOST:PORT.</source>
        <translation>代理应形如 http://HOST:PORT 或 socks5://HOST:PORT。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::HubService</name>
    <message>
        <source>HUB asks to stop this run</source>
        <translation>HUB 要求停止此运行</translation>
    </message>
    <message>
        <source>The upload queue is kept on disk again.</source>
        <translation>上传队列已恢复保存在磁盘上。</translation>
    </message>
    <message numerus="yes">
        <source>%n checkpoint(s) dropped: the upload queue has reached the size set in the settings</source>
        <translation>
            <numerusform>已丢弃 %n 个检查点：上传队列已达到设置中的大小</numerusform>
        </translation>
    </message>
    <message>
        <source>The network is back: uploads go on</source>
        <translation>网络已恢复：继续上传</translation>
    </message>
    <message>
        <source>There is no network: uploads wait for it</source>
        <translation>没有网络：上传等待网络恢复</translation>
    </message>
    <message>
        <source>Done: %1 is on HUB, read back and complete. View model at %2</source>
        <translation>完成：%1 已在 HUB 上，回读确认完整。查看模型：%2</translation>
    </message>
    <message>
        <source>HUB is off.</source>
        <translation>HUB 已关闭。</translation>
    </message>
    <message>
        <source>No HUB server is set.</source>
        <translation>未设置 HUB 服务器。</translation>
    </message>
    <message>
        <source>This computer has no network. Everything is kept and goes out by itself when it is back.</source>
        <translation>此电脑没有网络。所有内容都会保留，网络恢复后自动发送。</translation>
    </message>
    <message>
        <source>Creating the model on HUB.</source>
        <translation>正在 HUB 上创建模型。</translation>
    </message>
    <message>
        <source>Looking for the run&apos;s model on HUB.</source>
        <translation>正在 HUB 上查找此运行的模型。</translation>
    </message>
    <message numerus="yes">
        <source>In sync, %n epoch(s) on HUB.</source>
        <translation>
            <numerusform>已同步，HUB 上有 %n 轮。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Sending what is left: %n item(s).</source>
        <translation>
            <numerusform>正在发送剩余内容：%n 项。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n upload(s) need attention.</source>
        <translation>
            <numerusform>%n 项上传需要处理。</numerusform>
        </translation>
    </message>
    <message>
        <source>Done: everything is on HUB, read back and complete.</source>
        <translation>完成：全部内容已在 HUB 上，回读确认完整。</translation>
    </message>
    <message>
        <source>Ready.</source>
        <translation>就绪。</translation>
    </message>
    <message>
        <source>The server address is missing or not a web address.</source>
        <translation>缺少服务器地址，或它不是网址。</translation>
    </message>
    <message>
        <source>%1 answers and accepts the key.</source>
        <translation>%1 有响应并接受密钥。</translation>
    </message>
    <message>
        <source>%1 answers. Enter an API key to use it.</source>
        <translation>%1 有响应。请输入 API 密钥以使用。</translation>
    </message>
    <message>
        <source>%1 answers, but does not accept the key.</source>
        <translation>%1 有响应，但不接受密钥。</translation>
    </message>
    <message>
        <source>%1 answers, but not as a HUB does: is the address right?</source>
        <translation>%1 有响应，但不像 HUB：地址是否正确？</translation>
    </message>
    <message>
        <source>HUB is off: turn it on in the settings, then publish the run.</source>
        <translation>HUB 已关闭：请在设置中打开，然后发布此运行。</translation>
    </message>
    <message>
        <source>A run is being synced now: publish %1 when it has ended.</source>
        <translation>当前有运行正在同步：请在其结束后发布 %1。</translation>
    </message>
    <message>
        <source>%1 has neither a results.csv nor a best model: there is nothing to publish.</source>
        <translation>%1 既没有 results.csv 也没有最佳模型：没有可发布的内容。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::JournalThread</name>
    <message>
        <source>the folder %1 cannot be written</source>
        <translation>无法写入文件夹 %1</translation>
    </message>
    <message>
        <source>The upload queue cannot be kept on disk (%1). It is kept in memory only: what is unsent when Torchdeck ends is lost.</source>
        <translation>上传队列无法保存在磁盘上（%1）。仅保存在内存中：Torchdeck 结束时未发送的内容会丢失。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::ModelFetch</name>
    <message>
        <source>%1 answers, but not as a HUB does: is the address right?</source>
        <translation>%1 有响应，但不像 HUB：地址是否正确？</translation>
    </message>
    <message>
        <source>%1 cannot be reached: check the network and the address, then start again.</source>
        <translation>无法连接 %1：请检查网络和地址，然后重新开始。</translation>
    </message>
    <message>
        <source>%1 does not accept the API key for this model (%2): set another key.</source>
        <translation>%1 不接受用于此模型的 API 密钥（%2）：请设置其他密钥。</translation>
    </message>
    <message>
        <source>%1 knows no model %2: check the address.</source>
        <translation>%1 没有模型 %2：请检查地址。</translation>
    </message>
    <message>
        <source>%1 does not answer as it should (%2): start again later.</source>
        <translation>%1 的响应不正常（%2）：请稍后重新开始。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::RequestLog</name>
    <message>
        <source>server name not found</source>
        <translation>找不到服务器名称</translation>
    </message>
    <message>
        <source>connection refused</source>
        <translation>连接被拒绝</translation>
    </message>
    <message>
        <source>connection broke</source>
        <translation>连接中断</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>超时无响应</translation>
    </message>
    <message>
        <source>certificate not accepted</source>
        <translation>证书不被接受</translation>
    </message>
    <message>
        <source>network trouble</source>
        <translation>网络故障</translation>
    </message>
    <message>
        <source>sent on to another server</source>
        <translation>被转到其他服务器</translation>
    </message>
    <message>
        <source>answer not readable</source>
        <translation>响应无法读取</translation>
    </message>
    <message>
        <source>file is gone</source>
        <translation>文件已不存在</translation>
    </message>
    <message>
        <source>file has changed</source>
        <translation>文件已更改</translation>
    </message>
    <message>
        <source>disk full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>cancelled here</source>
        <translation>已在本机取消</translation>
    </message>
    <message>
        <source>content refused</source>
        <translation>内容被拒绝</translation>
    </message>
    <message>
        <source>key not accepted</source>
        <translation>密钥不被接受</translation>
    </message>
    <message>
        <source>not allowed</source>
        <translation>不允许</translation>
    </message>
    <message>
        <source>not known there</source>
        <translation>服务器上不存在</translation>
    </message>
    <message>
        <source>took too long</source>
        <translation>耗时过长</translation>
    </message>
    <message>
        <source>conflict</source>
        <translation>冲突</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>too many requests</source>
        <translation>请求过多</translation>
    </message>
    <message>
        <source>server trouble</source>
        <translation>服务器故障</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被拒绝</translation>
    </message>
    <message>
        <source>Key test</source>
        <translation>测试密钥</translation>
    </message>
    <message>
        <source>Create the model</source>
        <translation>创建模型</translation>
    </message>
    <message>
        <source>Read the model back</source>
        <translation>读回模型</translation>
    </message>
    <message>
        <source>Read the metrics back</source>
        <translation>读回指标</translation>
    </message>
    <message>
        <source>Metrics, epoch %1</source>
        <translation>指标，第 %1 轮</translation>
    </message>
    <message>
        <source>Metrics, epochs %1-%2</source>
        <translation>指标，第 %1-%2 轮</translation>
    </message>
    <message>
        <source>Checkpoint, epoch %1</source>
        <translation>检查点，第 %1 轮</translation>
    </message>
    <message>
        <source>Final model</source>
        <translation>最终模型</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>心跳</translation>
    </message>
    <message>
        <source>Usage events</source>
        <translation>使用事件</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::RetryPolicy</name>
    <message>
        <source> It says: &quot;%1&quot;.</source>
        <translation> 服务器说明：“%1”。</translation>
    </message>
    <message>
        <source>The name %1 was not found: no network, or a wrong server address. It is tried again by itself.</source>
        <translation>找不到名称 %1：没有网络，或服务器地址有误。会自动重试。</translation>
    </message>
    <message>
        <source>%1 refuses the connection: the server is down or the address is wrong. It is tried again by itself.</source>
        <translation>%1 拒绝连接：服务器已停机或地址有误。会自动重试。</translation>
    </message>
    <message>
        <source>The connection to %1 broke. It is tried again by itself.</source>
        <translation>与 %1 的连接中断。会自动重试。</translation>
    </message>
    <message>
        <source>%1 stopped answering. It is tried again by itself.</source>
        <translation>%1 停止响应。会自动重试。</translation>
    </message>
    <message>
        <source>The certificate of %1 was not accepted, so nothing was sent. Check the server address, the clock and the own CA in the settings.</source>
        <translation>%1 的证书未被接受，因此没有发送任何内容。请检查服务器地址、系统时钟以及设置中的自有 CA。</translation>
    </message>
    <message>
        <source>The server moved to %1. The key was not sent there: if that is right, enter the new address in the settings and retry.</source>
        <translation>服务器已迁移到 %1。密钥未发送到那里：如果无误，请在设置中输入新地址并重试。</translation>
    </message>
    <message>
        <source>The answer points to %1, perhaps a log-in page of this network. The key was not sent there. It is tried again by itself.</source>
        <translation>响应指向 %1，可能是此网络的登录页面。密钥未发送到那里。会自动重试。</translation>
    </message>
    <message>
        <source>The answer of %1 could not be read. It is tried again by itself.</source>
        <translation>无法读取 %1 的响应。会自动重试。</translation>
    </message>
    <message>
        <source>The file %1 is no longer there or cannot be read. Put it back and retry, or discard the item.</source>
        <translation>文件 %1 已不存在或无法读取。请放回后重试，或丢弃此项。</translation>
    </message>
    <message>
        <source>The file %1 was changed after it was saved. Retry sends it as it is now.</source>
        <translation>文件 %1 在保存后被修改。重试会按现在的内容发送。</translation>
    </message>
    <message>
        <source>The disk is full. Free some space and retry.</source>
        <translation>磁盘已满。请释放空间后重试。</translation>
    </message>
    <message>
        <source>%1 cannot be reached. It is tried again by itself.</source>
        <translation>无法连接 %1。会自动重试。</translation>
    </message>
    <message>
        <source>The server does not know this model (404): it was deleted there, or the server address is another one. Retry sends it again.</source>
        <translation>服务器没有此模型（404）：它已在那里被删除，或服务器地址不同。重试会再次发送。</translation>
    </message>
    <message>
        <source>The server holds something else under this name (409). Retry sends it again.</source>
        <translation>服务器上此名称下是其他内容（409）。重试会再次发送。</translation>
    </message>
    <message>
        <source>It is too large for the server (413). Ask for a higher limit, then retry.</source>
        <translation>对服务器来说过大（413）。请申请更高的上限，然后重试。</translation>
    </message>
    <message>
        <source>The server refuses the content (%1).</source>
        <translation>服务器拒绝此内容（%1）。</translation>
    </message>
    <message>
        <source>The server refuses the request (%1). Retry sends it again.</source>
        <translation>服务器拒绝此请求（%1）。重试会再次发送。</translation>
    </message>
    <message>
        <source>The server does not accept the API key (401).</source>
        <translation>服务器不接受 API 密钥（401）。</translation>
    </message>
    <message>
        <source>The API key may not do this (403).</source>
        <translation>API 密钥无权执行此操作（403）。</translation>
    </message>
    <message>
        <source> Uploads wait until another key is set; nothing is lost.</source>
        <translation> 上传会等待设置其他密钥；不会丢失任何内容。</translation>
    </message>
    <message>
        <source>The server asks to send less often (429). It goes on when the server allows it.</source>
        <translation>服务器要求降低发送频率（429）。服务器允许后会继续。</translation>
    </message>
    <message>
        <source>The proxy asks for a log-in (407).</source>
        <translation>代理要求登录（407）。</translation>
    </message>
    <message>
        <source>The server has trouble (%1).</source>
        <translation>服务器出现问题（%1）。</translation>
    </message>
    <message>
        <source> It is tried again by itself.</source>
        <translation> 会自动重试。</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::SentExamples</name>
    <message>
        <source>file %1 (the weights)</source>
        <translation>文件 %1（权重）</translation>
    </message>
    <message>
        <source>(your key)</source>
        <translation>（您的密钥）</translation>
    </message>
    <message>
        <source>When a run starts: its model</source>
        <translation>运行开始时：其模型</translation>
    </message>
    <message>
        <source>After an epoch: its metrics</source>
        <translation>每轮之后：其指标</translation>
    </message>
    <message>
        <source>A checkpoint, at most every 15 minutes</source>
        <translation>检查点，最多每 15 分钟一次</translation>
    </message>
    <message>
        <source>At the end: the best model</source>
        <translation>结束时：最佳模型</translation>
    </message>
    <message>
        <source>Then the model is read back</source>
        <translation>然后回读模型</translation>
    </message>
    <message>
        <source>Every 5 minutes: a heartbeat</source>
        <translation>每 5 分钟：一次心跳</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::Session</name>
    <message>
        <source>%1 was synced to %2 before; on %3 it becomes a new model</source>
        <translation>%1 之前同步到 %2；在 %3 上将成为新模型</translation>
    </message>
    <message>
        <source>The checkpoint %1 is not there: it is not sent</source>
        <translation>检查点 %1 不存在：不发送</translation>
    </message>
    <message>
        <source>There is no best model to send for %1: HUB keeps the metrics only</source>
        <translation>%1 没有可发送的最佳模型：HUB 仅保留指标</translation>
    </message>
    <message>
        <source>The run failed (%1): what it has so far is sent, without a final model</source>
        <translation>运行失败（%1）：已有内容会发送，但没有最终模型</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::UploadJournal</name>
    <message>
        <source>the damaged upload queue %1 cannot be renamed</source>
        <translation>无法重命名损坏的上传队列 %1</translation>
    </message>
    <message>
        <source>The upload queue on disk was damaged. It was set aside as %1 and a new one was made.</source>
        <translation>磁盘上的上传队列已损坏。已另存为 %1，并新建了一个。</translation>
    </message>
    <message>
        <source>%1 was written by a newer Torchdeck</source>
        <translation>%1 由更新版本的 Torchdeck 写入</translation>
    </message>
</context>
<context>
    <name>torchdeck::hub::UploadQueue</name>
    <message>
        <source>Checkpoint of epoch %1 is on HUB</source>
        <translation>第 %1 轮的检查点已在 HUB 上</translation>
    </message>
    <message>
        <source>the server holds another file than the one that was sent</source>
        <translation>服务器上的文件与发送的不同</translation>
    </message>
    <message>
        <source>The server holds another file than the one that was sent. It is sent again.</source>
        <translation>服务器上的文件与发送的不同。将再次发送。</translation>
    </message>
    <message>
        <source>the server still says &quot;%1&quot; of the model</source>
        <translation>服务器上模型的状态仍为“%1”</translation>
    </message>
    <message>
        <source>Uploaded; the server has not taken it in yet. It is asked again by itself.</source>
        <translation>已上传；服务器尚未处理完。会自动再次查询。</translation>
    </message>
    <message>
        <source>the server does not have the metrics of epoch %1</source>
        <translation>服务器没有第 %1 轮的指标</translation>
    </message>
    <message>
        <source>HUB does not have the metrics of epoch %1: sent again</source>
        <translation>HUB 没有第 %1 轮的指标：已再次发送</translation>
    </message>
    <message>
        <source>Uploaded, not confirmed: %1. Retry asks again.</source>
        <translation>已上传，未确认：%1。重试会再次查询。</translation>
    </message>
    <message>
        <source>The model %1 is no longer on HUB: a new one is created for %2</source>
        <translation>模型 %1 已不在 HUB 上：为 %2 创建新模型</translation>
    </message>
    <message>
        <source>The server refused %1: fewer epochs at a time are sent.</source>
        <translation>服务器拒绝了 %1：将每次发送较少的轮。</translation>
    </message>
    <message>
        <source>Find the model</source>
        <translation>查找模型</translation>
    </message>
    <message>
        <source>Create the model</source>
        <translation>创建模型</translation>
    </message>
    <message>
        <source>Metrics, epoch %1</source>
        <translation>指标，第 %1 轮</translation>
    </message>
    <message>
        <source>Metrics, epochs %1-%2</source>
        <translation>指标，第 %1-%2 轮</translation>
    </message>
    <message>
        <source>Metrics, %1 of the epochs %2-%3</source>
        <translation>指标，第 %2-%3 轮中的 %1 轮</translation>
    </message>
    <message>
        <source>Best so far, epoch %1</source>
        <translation>目前最佳，第 %1 轮</translation>
    </message>
    <message>
        <source>Checkpoint, epoch %1</source>
        <translation>检查点，第 %1 轮</translation>
    </message>
    <message>
        <source>Best model, being confirmed</source>
        <translation>最佳模型，正在确认</translation>
    </message>
    <message>
        <source>Best model</source>
        <translation>最佳模型</translation>
    </message>
    <message>
        <source>Usage event</source>
        <translation>使用事件</translation>
    </message>
    <message>
        <source>It belongs to a model on %1 and goes out when that server is chosen again.</source>
        <translation>它属于 %1 上的模型，再次选择该服务器时会发送。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ArgumentDiffModel</name>
    <message>
        <source>Argument</source>
        <translation>参数</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ArgumentTable</name>
    <message>
        <source>not set</source>
        <translation>未设置</translation>
    </message>
    <message>
        <source>Changed only</source>
        <translation>仅已更改</translation>
    </message>
    <message>
        <source>Search arguments</source>
        <translation>搜索参数</translation>
    </message>
    <message>
        <source>More training arguments</source>
        <translation>更多训练参数</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ArgumentTableModel</name>
    <message>
        <source>Back to %1</source>
        <translation>恢复为 %1</translation>
    </message>
    <message>
        <source>%1
Default: %2</source>
        <translation>%1
默认值：%2</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <translation>%1，%2，%3</translation>
    </message>
    <message>
        <source>Argument</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::AugmentPreview</name>
    <message>
        <source>Boxes</source>
        <translation>标注框</translation>
    </message>
    <message>
        <source>Another batch</source>
        <translation>换一批</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Training images</source>
        <translation>训练图像</translation>
    </message>
    <message>
        <source>Epoch </source>
        <translation>轮次 </translation>
    </message>
    <message>
        <source>Epoch whose first images are shown</source>
        <translation>显示哪一轮的首批图像</translation>
    </message>
    <message>
        <source>The images that this epoch begins with</source>
        <translation>该轮最先使用的图像</translation>
    </message>
    <message>
        <source>The images that the next epoch begins with</source>
        <translation>下一轮最先使用的图像</translation>
    </message>
    <message>
        <source>Images made</source>
        <translation>已生成的图像</translation>
    </message>
    <message>
        <source>As the model gets them</source>
        <translation>模型实际看到的图像</translation>
    </message>
    <message>
        <source>Choose a data set first: its images are shown here.</source>
        <translation>请先选择数据集：其图像会显示在这里。</translation>
    </message>
    <message>
        <source>Making the first images of epoch %1...</source>
        <translation>正在生成第 %1 轮的首批图像…</translation>
    </message>
    <message>
        <source>No images can be shown with these arguments.</source>
        <translation>使用这些参数无法显示图像。</translation>
    </message>
    <message>
        <source>Cancelled: press Another batch, or change an argument, to go on.</source>
        <translation>已取消：点击“换一批”或更改参数即可继续。</translation>
    </message>
    <message>
        <source>What epoch %1 of %2 begins with, out of %3 training images. Click one to enlarge it.</source>
        <translation>第 %1 轮（共 %2 轮）的首批图像，训练集共 %3 张。点击可放大。</translation>
    </message>
    <message>
        <source>The image size is rounded up to %1 px, a multiple of the model&apos;s stride.</source>
        <translation>图像尺寸向上取整为 %1 像素，即模型步长的倍数。</translation>
    </message>
    <message>
        <source>rect: images of like shape, no mosaic and no mixing.</source>
        <translation>rect：形状相近的图像，不使用马赛克和混合。</translation>
    </message>
    <message numerus="yes">
        <source>No mosaic in this epoch: close_mosaic ends it for the last %n epoch(s).</source>
        <translation>
            <numerusform>本轮没有马赛克：close_mosaic 在最后 %n 轮将其关闭。</numerusform>
        </translation>
    </message>
    <message>
        <source>multi_scale then resizes every batch, to between %1 and %2 px.</source>
        <translation>之后 multi_scale 会把每一批缩放到 %1 至 %2 像素之间。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::BoxSizeChart</name>
    <message>
        <source>below %1 px</source>
        <translation>小于 %1 像素</translation>
    </message>
    <message>
        <source>%1 px and more</source>
        <translation>%1 像素及以上</translation>
    </message>
    <message>
        <source>%1 to %2 px</source>
        <translation>%1 至 %2 像素</translation>
    </message>
    <message>
        <source>Sizes of the boxes</source>
        <translation>边框大小</translation>
    </message>
    <message>
        <source>%1: %2 of train, %3 of val</source>
        <translation>%1：train 占 %2，val 占 %3</translation>
    </message>
    <message>
        <source>small</source>
        <translation>小</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>large</source>
        <translation>大</translation>
    </message>
    <message>
        <source>%1 px</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>%1: %2 boxes of train (%3), %4 of val (%5)</source>
        <translation>%1：train 中 %2 个框（%3），val 中 %4 个（%5）</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ChartCard</name>
    <message>
        <source>Show everything again</source>
        <translation>重新显示全部</translation>
    </message>
    <message>
        <source>Axis, table and export of %1</source>
        <translation>%1 的坐标轴、表格和导出</translation>
    </message>
    <message>
        <source>Drag over a part to zoom, drag to move, double-click to see everything. Ctrl + wheel zooms too.</source>
        <translation>拖选一段以放大，拖动以移动，双击显示全部。Ctrl + 滚轮也可缩放。</translation>
    </message>
    <message>
        <source>Logarithmic axis</source>
        <translation>对数坐标轴</translation>
    </message>
    <message>
        <source>Show values as a table</source>
        <translation>以表格显示数值</translation>
    </message>
    <message>
        <source>Export...</source>
        <translation>导出...</translation>
    </message>
    <message>
        <source>Export %1</source>
        <translation>导出 %1</translation>
    </message>
    <message>
        <source>Picture (*.png);;Drawing (*.svg);;Values (*.csv)</source>
        <translation>图片 (*.png);;矢量图 (*.svg);;数值 (*.csv)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassBars</name>
    <message>
        <source>Boxes of every class</source>
        <translation>每个类别的框</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassBarsModel</name>
    <message>
        <source>%1 (class %2): %3 boxes in train (%4), %5 in val (%6)</source>
        <translation>%1（类别 %2）：train 中 %3 个框（%4），val 中 %5 个（%6）</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassHistory</name>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Value of the table</source>
        <translation>表格中的值</translation>
    </message>
    <message>
        <source>Results of each class after each epoch</source>
        <translation>每个轮次后各类别的结果</translation>
    </message>
    <message>
        <source>The table fills with each validation.</source>
        <translation>每次验证后表格会更新。</translation>
    </message>
    <message>
        <source>No class is far below its own best.</source>
        <translation>没有类别明显低于自身最佳值。</translation>
    </message>
    <message>
        <source>Being forgotten, more than 0.1 below their best: %1</source>
        <translation>正在被遗忘（比自身最佳值低 0.1 以上）：%1</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassHistoryModel</name>
    <message>
        <source>%1, epoch %2: %3</source>
        <translation>%1，第 %2 轮：%3</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassTable</name>
    <message>
        <source>Results of each class</source>
        <translation>各类别的结果</translation>
    </message>
    <message>
        <source>The table fills after the first validation.</source>
        <translation>首次验证后表格会填充。</translation>
    </message>
    <message>
        <source>Best model (epoch %1), validated once more</source>
        <translation>最佳模型（第 %1 轮），再次验证</translation>
    </message>
    <message>
        <source>Validation after epoch %1</source>
        <translation>第 %1 轮后的验证</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ClassTableModel</name>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>您想做什么？</translation>
    </message>
    <message>
        <source>Search commands</source>
        <translation>搜索命令</translation>
    </message>
    <message>
        <source>Set %1: %2</source>
        <translation>设置 %1：%2</translation>
    </message>
    <message>
        <source>argument</source>
        <translation>参数</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ConfusionView</name>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>%1: %2 not found (%3 % of them)</source>
        <translation>%1：%2 个未检出（占 %3 %）</translation>
    </message>
    <message>
        <source>%1: %2 found where nothing is</source>
        <translation>%1：%2 个误检为目标的背景</translation>
    </message>
    <message>
        <source>%1: %2 found rightly (%3 % of them)</source>
        <translation>%1：%2 个正确检出（占 %3 %）</translation>
    </message>
    <message>
        <source>%1 taken for %2: %3 times (%4 % of them)</source>
        <translation>%1 被当作 %2：%3 次（占 %4 %）</translation>
    </message>
    <message numerus="yes">
        <source>%1 taken for %2 %n time(s)</source>
        <translation>
            <numerusform>%1 被当作 %2 %n 次</numerusform>
        </translation>
    </message>
    <message>
        <source>Appears after the first validation</source>
        <translation>首次验证后显示</translation>
    </message>
    <message>
        <source>true</source>
        <translation>真实</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>预测</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::CountdownRing</name>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Checkpoint</source>
        <translation>检查点</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>心跳</translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s) waiting</source>
        <translation>
            <numerusform>%n 个轮次等待中</numerusform>
        </translation>
    </message>
    <message>
        <source>nothing waiting</source>
        <translation>没有等待项</translation>
    </message>
    <message numerus="yes">
        <source>%n checkpoint(s) waiting</source>
        <translation>
            <numerusform>%n 个检查点等待中</numerusform>
        </translation>
    </message>
    <message>
        <source>sent as epochs finish</source>
        <translation>每轮结束时发送</translation>
    </message>
    <message>
        <source>sent while a run trains</source>
        <translation>训练期间发送</translation>
    </message>
    <message>
        <source>beats while a run trains</source>
        <translation>训练期间发出心跳</translation>
    </message>
    <message>
        <source>next beat %1</source>
        <translation>下次心跳 %1</translation>
    </message>
    <message>
        <source>next send %1</source>
        <translation>下次发送 %1</translation>
    </message>
    <message>
        <source>sending now</source>
        <translation>正在发送</translation>
    </message>
    <message>
        <source>ready for the next epoch</source>
        <translation>等待下一轮</translation>
    </message>
    <message>
        <source>ready for the next checkpoint</source>
        <translation>等待下一个检查点</translation>
    </message>
    <message>
        <source>beating now</source>
        <translation>正在发出心跳</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::DatasetDetails</name>
    <message>
        <source>In class order</source>
        <translation>按类别顺序</translation>
    </message>
    <message>
        <source>Most boxes first</source>
        <translation>框最多的在前</translation>
    </message>
    <message>
        <source>Fewest boxes first</source>
        <translation>框最少的在前</translation>
    </message>
    <message>
        <source>Order of the classes</source>
        <translation>类别的顺序</translation>
    </message>
    <message>
        <source>Boxes of each class</source>
        <translation>各类别的框数</translation>
    </message>
    <message>
        <source>At %1 px, %2 of the boxes are small, %3 medium, %4 large.</source>
        <translation>在 %1 像素下，%2 的框为小，%3 为中，%4 为大。</translation>
    </message>
    <message>
        <source>Side of the box as the model sees it: small below 32 px, large from 96 px on, as in COCO</source>
        <translation>模型所见的框边长：小于 32 像素为小，96 像素及以上为大，与 COCO 相同</translation>
    </message>
    <message>
        <source>%1 are below 8 px and hardly learnt: a larger image size helps.</source>
        <translation>%1 小于 8 像素，很难学到：增大图像尺寸会有帮助。</translation>
    </message>
    <message>
        <source>Box size at %1 px</source>
        <translation>%1 像素下的框大小</translation>
    </message>
    <message>
        <source>Classes and box sizes</source>
        <translation>类别与框大小</translation>
    </message>
    <message>
        <source>shown</source>
        <translation>已显示</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>已隐藏</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::DatasetLine</name>
    <message>
        <source>%1 train</source>
        <translation>训练 %1</translation>
    </message>
    <message>
        <source>%1 val</source>
        <translation>验证 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n class(es)</source>
        <translation>
            <numerusform>%n 个类别</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 objects</source>
        <translation>%1 个目标</translation>
    </message>
    <message>
        <source>%1 unreadable</source>
        <translation>%1 个无法读取</translation>
    </message>
    <message>
        <source>Choose a data.yaml</source>
        <translation>选择 data.yaml</translation>
    </message>
    <message>
        <source>Make a sample set</source>
        <translation>生成示例数据集</translation>
    </message>
    <message>
        <source>data.yaml: choose, type or drop it here</source>
        <translation>data.yaml：选择、输入或拖放到此处</translation>
    </message>
    <message>
        <source>Data set (data.yaml)</source>
        <translation>数据集 (data.yaml)</translation>
    </message>
    <message>
        <source>Images in YOLO layout. The set is checked before anything starts.</source>
        <translation>YOLO 布局的图像。开始之前会检查数据集。</translation>
    </message>
    <message>
        <source>Choose a data set</source>
        <translation>选择数据集</translation>
    </message>
    <message>
        <source>Data sets (*.yaml *.yml);;All files (*)</source>
        <translation>数据集 (*.yaml *.yml);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Where to draw the sample set</source>
        <translation>示例数据集的位置</translation>
    </message>
    <message>
        <source>Draw here</source>
        <translation>生成到此处</translation>
    </message>
    <message>
        <source>New folder:</source>
        <translation>新文件夹：</translation>
    </message>
    <message>
        <source>Preview training images</source>
        <translation>预览训练图像</translation>
    </message>
    <message>
        <source>Mosaic, colours, flips: the images as the model gets them with these arguments</source>
        <translation>马赛克、颜色、翻转：使用这些参数时模型实际看到的图像</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::DatasetProblems</name>
    <message>
        <source>Problems of the data set</source>
        <translation>数据集的问题</translation>
    </message>
    <message>
        <source>... and %1 more</source>
        <translation>... 还有 %1 个</translation>
    </message>
    <message>
        <source>Click to open %1</source>
        <translation>点击打开 %1</translation>
    </message>
    <message>
        <source>Click to open %1 or %2</source>
        <translation>点击打开 %1 或 %2</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::DiskLine</name>
    <message>
        <source>The run cannot fit on the disk: it keeps %1 checkpoints, %2 at least, and %3 has %4 free. Free some space, choose another project folder or keep fewer checkpoints (save_period).</source>
        <translation>磁盘容不下这次训练：将保留 %1 个检查点，至少 %2，而 %3 只剩 %4。请清理空间、换一个项目文件夹或少保留检查点（save_period）。</translation>
    </message>
    <message>
        <source>The run cannot fit on the disk: it writes %1 at least, and %2 has %3 free. Free some space or choose another project folder.</source>
        <translation>磁盘容不下这次训练：至少写入 %1，而 %2 只剩 %3。请清理空间或换一个项目文件夹。</translation>
    </message>
    <message>
        <source>The disk gets tight: about %1 with %2 kept checkpoints, %3 free in %4.</source>
        <translation>磁盘空间紧张：保留 %2 个检查点约需 %1，%4 剩余 %3。</translation>
    </message>
    <message>
        <source>The disk gets tight: about %1 and up to %2 for cached images, %3 free.</source>
        <translation>磁盘空间紧张：约需 %1，另加最多 %2 的图像缓存，剩余 %3。</translation>
    </message>
    <message>
        <source>The disk gets tight: about %1 is written, %2 free in %3.</source>
        <translation>磁盘空间紧张：约写入 %1，%3 剩余 %2。</translation>
    </message>
    <message>
        <source>cache=disk may need up to %1 and %2 has %3 free: it may be left out.</source>
        <translation>cache=disk 最多可能需要 %1，而 %2 剩余 %3：可能不会缓存。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::DuplicateLine</name>
    <message>
        <source>Compare train and val</source>
        <translation>比较训练集与验证集</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Images compared</source>
        <translation>已比较的图像</translation>
    </message>
    <message>
        <source>Looks for images that are in train and in val, in another size, format or as the next frame</source>
        <translation>查找同时出现在训练集和验证集中的图像，包括其他尺寸、格式或相邻帧</translation>
    </message>
    <message>
        <source>Comparing train and val: %1 of %2 images</source>
        <translation>正在比较训练集与验证集：%1 / %2 张图像</translation>
    </message>
    <message>
        <source>Comparing train and val...</source>
        <translation>正在比较训练集与验证集…</translation>
    </message>
    <message numerus="yes">
        <source>%n could not be read.</source>
        <translation>
            <numerusform>%n 张无法读取。</numerusform>
        </translation>
    </message>
    <message>
        <source>The comparison of train and val was cancelled.</source>
        <translation>训练集与验证集的比较已取消。</translation>
    </message>
    <message>
        <source>No near duplicates in train and val.</source>
        <translation>训练集与验证集之间没有近似重复的图像。</translation>
    </message>
    <message numerus="yes">
        <source>%n near duplicate(s) of training images in val.</source>
        <translation>
            <numerusform>验证集中有 %n 张训练图像的近似重复。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::EpochView</name>
    <message>
        <source>Newest</source>
        <translation>最新</translation>
    </message>
    <message>
        <source>Shares</source>
        <translation>比例</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>Appears after the first validation</source>
        <translation>首次验证后显示</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Follow the newest epoch</source>
        <translation>跟随最新一轮</translation>
    </message>
    <message>
        <source>Shares of the true objects of a class instead of counts</source>
        <translation>显示占该类真实目标的比例而非个数</translation>
    </message>
    <message>
        <source>Precision over recall</source>
        <translation>精确率-召回率</translation>
    </message>
    <message>
        <source>F1 over confidence</source>
        <translation>F1-置信度</translation>
    </message>
    <message>
        <source>Precision over confidence</source>
        <translation>精确率-置信度</translation>
    </message>
    <message>
        <source>Recall over confidence</source>
        <translation>召回率-置信度</translation>
    </message>
    <message>
        <source>Kind of curve</source>
        <translation>曲线类型</translation>
    </message>
    <message>
        <source>Class in front</source>
        <translation>突出显示的类别</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>所有类别</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Epoch -</source>
        <translation>第 - 轮</translation>
    </message>
    <message>
        <source>The curves of each validation are kept here.</source>
        <translation>每次验证的曲线都保存在这里。</translation>
    </message>
    <message>
        <source>No class was taken for another one.</source>
        <translation>没有类别被当作其他类别。</translation>
    </message>
    <message>
        <source>Most often: %1.</source>
        <translation>最常见：%1。</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Recall %1</source>
        <translation>召回率 %1</translation>
    </message>
    <message>
        <source>Confidence %1</source>
        <translation>置信度 %1</translation>
    </message>
    <message>
        <source>best F1</source>
        <translation>最佳 F1</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::EstimateLine</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Share of the free memory</source>
        <translation>占可用内存的比例</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>测量进度</translation>
    </message>
    <message>
        <source>Trains some batches in a process of its own and forgets them</source>
        <translation>在单独的进程中训练几批，然后丢弃</translation>
    </message>
    <message>
        <source>It will not fit: about %1 of memory is needed, %2 is free. Use a smaller batch or image size.</source>
        <translation>内存不够：约需 %1，可用 %2。请减小批大小或图像尺寸。</translation>
    </message>
    <message>
        <source>It is tight: about %1 of the %2 free memory.</source>
        <translation>内存紧张：约需 %1，可用 %2。</translation>
    </message>
    <message>
        <source>Memory: about %1 of %2 free</source>
        <translation>内存：约需 %1，可用 %2</translation>
    </message>
    <message>
        <source>Memory: about %1</source>
        <translation>内存：约需 %1</translation>
    </message>
    <message numerus="yes">
        <source>Time: %1 for %n epoch(s), one takes about %2</source>
        <translation>
            <numerusform>时间：%n 轮共 %1，每轮约 %2</numerusform>
        </translation>
    </message>
    <message>
        <source>; started now, done about %1</source>
        <translation>；现在开始，约 %1 完成</translation>
    </message>
    <message numerus="yes">
        <source>From %n earlier run(s) like this on this machine.</source>
        <translation>
            <numerusform>根据本机此前 %n 次同样的训练。</numerusform>
        </translation>
    </message>
    <message>
        <source>From a measurement of some batches.</source>
        <translation>根据几批数据的测量。</translation>
    </message>
    <message>
        <source>Worked out from small batches; the whole one was not tried.</source>
        <translation>由小批量推算；未尝试完整的批。</translation>
    </message>
    <message>
        <source>The time needs a checked data set.</source>
        <translation>计算时间需要先检查数据集。</translation>
    </message>
    <message>
        <source>Measuring: batch %1 of %2</source>
        <translation>正在测量：第 %1 批，共 %2 批</translation>
    </message>
    <message>
        <source>Measuring small batches...</source>
        <translation>正在测量小批量…</translation>
    </message>
    <message>
        <source>Reading the data set...</source>
        <translation>正在读取数据集…</translation>
    </message>
    <message>
        <source>Starting the measurement...</source>
        <translation>正在开始测量…</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>重新测量</translation>
    </message>
    <message>
        <source>%1 to %2 days</source>
        <translation>%1 至 %2 天</translation>
    </message>
    <message>
        <source>%1 days</source>
        <translation>%1 天</translation>
    </message>
    <message>
        <source>%1 to %2 h</source>
        <translation>%1 至 %2 小时</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 小时</translation>
    </message>
    <message>
        <source>%1 to %2 min</source>
        <translation>%1 至 %2 分钟</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 to %2 s</source>
        <translation>%1 至 %2 秒</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Memory and time</source>
        <translation>内存与时间</translation>
    </message>
    <message>
        <source>Not measured here yet; %1 of memory free.</source>
        <translation>本机尚未测量；可用内存 %1。</translation>
    </message>
    <message>
        <source>Not measured here yet.</source>
        <translation>本机尚未测量。</translation>
    </message>
    <message>
        <source>When the run has ended: beside it, a measurement tells nothing</source>
        <translation>训练结束后才能测量：训练时测量没有意义</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ExportFormat</name>
    <message>
        <source>PyTorch (.pt) for Ultralytics 8.4 and newer</source>
        <translation>PyTorch (.pt)，适用于 Ultralytics 8.4 及更新版本</translation>
    </message>
    <message>
        <source>Every Ultralytics loads it for val, predict and export; 8.4 can also resume the run.</source>
        <translation>所有 Ultralytics 版本都能加载它进行验证、预测和导出；8.4 还能继续此运行。</translation>
    </message>
    <message>
        <source>PyTorch (.pt) for Ultralytics 8.0 to 8.3</source>
        <translation>PyTorch (.pt)，适用于 Ultralytics 8.0 至 8.3</translation>
    </message>
    <message>
        <source>Every Ultralytics loads it for val, predict and export; 8.0 to 8.3 can also resume the run.</source>
        <translation>所有 Ultralytics 版本都能加载它进行验证、预测和导出；8.0 至 8.3 还能继续此运行。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::HubCheckLine</name>
    <message>
        <source>No HUB server is set: the run waits in the upload queue.</source>
        <translation>没有设置 HUB 服务器：训练在上传队列中等待。</translation>
    </message>
    <message>
        <source>The key for %1 is missing: the run waits in the upload queue until there is one.</source>
        <translation>缺少 %1 的密钥：有密钥之前，训练在上传队列中等待。</translation>
    </message>
    <message>
        <source>%1 refused the key: the run waits in the upload queue until there is another.</source>
        <translation>%1 拒绝了密钥：换上别的密钥之前，训练在上传队列中等待。</translation>
    </message>
    <message>
        <source>No network: the run is sent to %1 when it is back.</source>
        <translation>没有网络：恢复后训练会发送到 %1。</translation>
    </message>
    <message>
        <source>%1 does not answer: the run is sent when it does.</source>
        <translation>%1 没有应答：应答后会发送训练。</translation>
    </message>
    <message>
        <source>%1 asked to wait: the run is sent a little later.</source>
        <translation>%1 要求等待：训练稍后发送。</translation>
    </message>
    <message>
        <source>Not synced: the run stays on this machine.</source>
        <translation>不同步：训练只留在本机。</translation>
    </message>
    <message>
        <source>the HUB on this machine</source>
        <translation>本机的 HUB</translation>
    </message>
    <message>
        <source>Asking %1...</source>
        <translation>正在询问 %1...</translation>
    </message>
    <message>
        <source>Goes on with model %1 on %2.</source>
        <translation>在 %2 上继续模型 %1。</translation>
    </message>
    <message>
        <source>Synced with %1, as the model that the run has there.</source>
        <translation>与 %1 同步，仍用该训练在那里的模型。</translation>
    </message>
    <message>
        <source>Synced with %1, as a new model.</source>
        <translation>与 %1 同步，作为新模型。</translation>
    </message>
    <message>
        <source>It answers and takes the key.</source>
        <translation>它有应答并接受密钥。</translation>
    </message>
    <message>
        <source>Test HUB</source>
        <translation>测试 HUB</translation>
    </message>
    <message>
        <source>HUB settings</source>
        <translation>HUB 设置</translation>
    </message>
    <message>
        <source>Asks the server once whether it is there and takes the key</source>
        <translation>询问服务器一次：是否可达，是否接受密钥</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::HubPanel</name>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>连接中</translation>
    </message>
    <message>
        <source>Syncing</source>
        <translation>同步中</translation>
    </message>
    <message>
        <source>Sending the rest</source>
        <translation>正在发送剩余内容</translation>
    </message>
    <message>
        <source>All synced</source>
        <translation>全部已同步</translation>
    </message>
    <message>
        <source>Waiting for HUB</source>
        <translation>等待 HUB</translation>
    </message>
    <message>
        <source>HUB asked to wait</source>
        <translation>HUB 要求等待</translation>
    </message>
    <message>
        <source>Key refused</source>
        <translation>密钥被拒绝</translation>
    </message>
    <message>
        <source>View model on HUB</source>
        <translation>在 HUB 上查看模型</translation>
    </message>
    <message>
        <source>Copy the model&apos;s link</source>
        <translation>复制模型链接</translation>
    </message>
    <message>
        <source>Sync with HUB</source>
        <translation>与 HUB 同步</translation>
    </message>
    <message>
        <source>Sync runs with HUB. Takes effect at once; earlier epochs follow.</source>
        <translation>将运行同步到 HUB。立即生效；之前的轮次随后补发。</translation>
    </message>
    <message>
        <source>HUB</source>
        <translation>HUB</translation>
    </message>
    <message>
        <source>Runs stay on this computer. Switch on to follow them in the browser.</source>
        <translation>运行只保存在本机。打开后可在浏览器中查看。</translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s) synced</source>
        <translation>
            <numerusform>已同步 %n 个轮次</numerusform>
        </translation>
    </message>
    <message>
        <source>No network</source>
        <translation>无网络</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ImageBrowser</name>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::LaunchPanel</name>
    <message>
        <source>Choose a model file or checkpoint</source>
        <translation>选择模型文件或检查点</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Image size in pixels</source>
        <translation>图像尺寸（像素）</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>More arguments</source>
        <translation>更多参数</translation>
    </message>
    <message>
        <source>Sync this run with HUB</source>
        <translation>将此运行同步到 HUB</translation>
    </message>
    <message>
        <source>Copy the command line</source>
        <translation>复制命令行</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>The same run as a command line</source>
        <translation>以命令行表示的同一运行</translation>
    </message>
    <message>
        <source>Metrics and models are sent to HUB while it trains</source>
        <translation>训练时将指标和模型发送到 HUB</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新运行</translation>
    </message>
    <message>
        <source>Presets</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Presets, import and export of args.yaml, reset</source>
        <translation>预设、args.yaml 的导入与导出、重置</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>批次</translation>
    </message>
    <message>
        <source>Image size</source>
        <translation>图像尺寸</translation>
    </message>
    <message>
        <source>The same in a terminal</source>
        <translation>终端中的等效命令</translation>
    </message>
    <message>
        <source>Trains it after the runs that wait already</source>
        <translation>在已等待的运行之后训练</translation>
    </message>
    <message>
        <source>Starts from the weights of this checkpoint</source>
        <translation>从此检查点的权重开始</translation>
    </message>
    <message>
        <source>Nano: the smallest and fastest</source>
        <translation>Nano：最小最快</translation>
    </message>
    <message>
        <source>Small</source>
        <translation>小型</translation>
    </message>
    <message>
        <source>Medium: slow without a GPU</source>
        <translation>中型：没有 GPU 会很慢</translation>
    </message>
    <message>
        <source>Large: wants a GPU</source>
        <translation>大型：需要 GPU</translation>
    </message>
    <message>
        <source>Extra large: the slowest and most exact, wants a GPU</source>
        <translation>特大型：最慢也最精确，需要 GPU</translation>
    </message>
    <message>
        <source>Automatic: GPU if there is one</source>
        <translation>自动：有 GPU 就用 GPU</translation>
    </message>
    <message>
        <source>CPU: %1</source>
        <translation>CPU：%1</translation>
    </message>
    <message>
        <source>GPU %1: %2</source>
        <translation>GPU %1：%2</translation>
    </message>
    <message>
        <source>shown</source>
        <translation>已显示</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>已隐藏</translation>
    </message>
    <message>
        <source>More arguments  ·  %1 changed</source>
        <translation>更多参数  ·  已更改 %1 项</translation>
    </message>
    <message>
        <source>Choose a data.yaml first, or make a sample set.</source>
        <translation>请先选择 data.yaml，或生成示例数据集。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stopping after this batch...</source>
        <translation>在当前批次后停止...</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Models and checkpoints (*.yaml *.yml *.pt);;All files (*)</source>
        <translation>模型和检查点 (*.yaml *.yml *.pt);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Goes on with this model of HUB: its arguments, weights and data set are fetched at the start</source>
        <translation>继续 HUB 上的这个模型：开始时获取其参数、权重和数据集</translation>
    </message>
    <message>
        <source>Save in the queue</source>
        <translation>保存到队列</translation>
    </message>
    <message>
        <source>It keeps its place among the runs that wait</source>
        <translation>它在等待的运行中保持原有位置</translation>
    </message>
    <message numerus="yes">
        <source>All %n GPUs, a process each</source>
        <translation>
            <numerusform>全部 %n 个 GPU，各用一个进程</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::LogView</name>
    <message>
        <source>detail</source>
        <translation>详细</translation>
    </message>
    <message>
        <source>info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>搜索日志</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>显示的最低级别</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n 行</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::MainMenus</name>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;New run</source>
        <translation>新运行(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Open data set...</source>
        <translation>打开数据集(&amp;O)...</translation>
    </message>
    <message>
        <source>&amp;Make a sample set...</source>
        <translation>生成示例数据集(&amp;M)...</translation>
    </message>
    <message>
        <source>&amp;Settings...</source>
        <translation>设置(&amp;S)...</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>S&amp;top after this batch</source>
        <translation>在当前批次后停止(&amp;T)</translation>
    </message>
    <message>
        <source>Add to &amp;queue</source>
        <translation>加入队列(&amp;Q)</translation>
    </message>
    <message>
        <source>Start the &amp;next of the queue</source>
        <translation>开始队列中的下一个(&amp;N)</translation>
    </message>
    <message>
        <source>Open the run&apos;s &amp;folder</source>
        <translation>打开运行文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;HUB</source>
        <translation>&amp;HUB</translation>
    </message>
    <message>
        <source>&amp;Sync runs with HUB</source>
        <translation>将运行同步到 HUB(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;View model</source>
        <translation>查看模型(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Uploads</source>
        <translation>上传(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Retry all</source>
        <translation>全部重试(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pause uploads</source>
        <translation>暂停上传(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Training</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Runs</source>
        <translation>运行列表(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Queue</source>
        <translation>队列(&amp;Q)</translation>
    </message>
    <message>
        <source>Look for runs &amp;again</source>
        <translation>重新查找运行(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Charts</source>
        <translation>图表(&amp;C)</translation>
    </message>
    <message>
        <source>C&amp;lasses</source>
        <translation>类别(&amp;L)</translation>
    </message>
    <message>
        <source>Class &amp;history</source>
        <translation>类别历史(&amp;H)</translation>
    </message>
    <message>
        <source>S&amp;ystem</source>
        <translation>系统(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Log</source>
        <translation>日志(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Search runs or the log</source>
        <translation>搜索运行或日志(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;New run panel</source>
        <translation>新运行面板(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;HUB panel</source>
        <translation>HUB 面板(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>H&amp;elp</source>
        <translation>帮助(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Commands...</source>
        <translation>命令(&amp;C)...</translation>
    </message>
    <message>
        <source>&amp;About Torchdeck</source>
        <translation>关于 Torchdeck(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Change epochs, patience...</source>
        <translation>更改轮数、耐心值(&amp;C)...</translation>
    </message>
    <message>
        <source>Stop after this &amp;epoch</source>
        <translation>本轮之后停止(&amp;E)</translation>
    </message>
    <message>
        <source>S&amp;kip the last validation</source>
        <translation>跳过最后的验证(&amp;K)</translation>
    </message>
    <message>
        <source>Save a &amp;report...</source>
        <translation>保存报告(&amp;R)...</translation>
    </message>
    <message>
        <source>R&amp;esults</source>
        <translation>结果(&amp;E)</translation>
    </message>
    <message>
        <source>C&amp;urves of each epoch</source>
        <translation>各轮曲线(&amp;U)</translation>
    </message>
    <message>
        <source>Keep the computer &amp;awake while training</source>
        <translation>训练时保持电脑唤醒(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Desktop notifications</source>
        <translation>桌面通知(&amp;D)</translation>
    </message>
    <message>
        <source>Tray &amp;icon</source>
        <translation>托盘图标(&amp;I)</translation>
    </message>
    <message>
        <source>Reduce &amp;motion</source>
        <translation>减少动态效果(&amp;M)</translation>
    </message>
    <message>
        <source>Preview training &amp;images...</source>
        <translation>预览训练图像(&amp;I)...</translation>
    </message>
    <message>
        <source>&amp;Measure memory and time</source>
        <translation>测量内存与时间(&amp;M)</translation>
    </message>
    <message>
        <source>Re&amp;quests since the start</source>
        <translation>启动以来的请求(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::MainWindow</name>
    <message>
        <source>Torchdeck</source>
        <translation>Torchdeck</translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation>
            <numerusform>%n 个轮次</numerusform>
        </translation>
    </message>
    <message>
        <source>The final model of an earlier run is on HUB now: %1</source>
        <translation>先前一次运行的最终模型现已在 HUB 上：%1</translation>
    </message>
    <message>
        <source>%1 is neither a data.yaml, nor a folder with one, nor the folder of a run.</source>
        <translation>%1 既不是 data.yaml，也不是含有它的文件夹，也不是运行文件夹。</translation>
    </message>
    <message>
        <source>Pages of the window</source>
        <translation>窗口的页面</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>%1: epoch %2 of %3 - Torchdeck</source>
        <translation>%1：第 %2 轮，共 %3 轮 - Torchdeck</translation>
    </message>
    <message>
        <source>About Torchdeck</source>
        <translation>关于 Torchdeck</translation>
    </message>
    <message>
        <source>Torchdeck %1</source>
        <translation>Torchdeck %1</translation>
    </message>
    <message>
        <source>Trains, watches and syncs YOLO detectors with LibTorch.
Free software under the GNU General Public License, version 3 or later. Sends no telemetry unless you turn usage events on.</source>
        <translation>用 LibTorch 训练、观察并同步 YOLO 检测器。
自由软件，采用 GNU 通用公共许可证第 3 版或更高版本。除非您打开使用事件，否则不发送任何遥测数据。</translation>
    </message>
    <message>
        <source>%1 was interrupted after epoch %2 of %3.</source>
        <translation>%1 在第 %2 轮（共 %3 轮）后中断。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>A folder with runs</source>
        <translation>包含运行的文件夹</translation>
    </message>
    <message>
        <source>The form holds the arguments of %1, except: %2</source>
        <translation>表单已填入 %1 的参数，但以下除外：%2</translation>
    </message>
    <message numerus="yes">
        <source>Added to the queue: %n run(s) wait.</source>
        <translation>
            <numerusform>已加入队列：%n 个运行等待中。</numerusform>
        </translation>
    </message>
    <message>
        <source>Show queue</source>
        <translation>显示队列</translation>
    </message>
    <message>
        <source>Queue (%1)</source>
        <translation>队列 (%1)</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s) wait in the queue.</source>
        <translation>
            <numerusform>队列中有 %n 个运行等待。</numerusform>
        </translation>
    </message>
    <message>
        <source>Start the queue</source>
        <translation>启动队列</translation>
    </message>
    <message numerus="yes">
        <source>stopped after %n epoch(s)</source>
        <translation>
            <numerusform>在 %n 个轮次后停止</numerusform>
        </translation>
    </message>
    <message>
        <source>The queue stands still because you stopped the run.</source>
        <translation>因为您停止了运行，队列已暂停。</translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation>继续队列</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>A run is just starting: try again in a moment.</source>
        <translation>有运行正在启动：请稍后再试。</translation>
    </message>
    <message numerus="yes">
        <source>Saved in the queue: %n run(s) wait.</source>
        <translation>
            <numerusform>已保存到队列：%n 个运行在等待。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::NetworkCard</name>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Upload speed</source>
        <translation>上传速度</translation>
    </message>
    <message>
        <source> kB/s</source>
        <translation> kB/s</translation>
    </message>
    <message>
        <source>Size of the upload queue</source>
        <translation>上传队列大小</translation>
    </message>
    <message>
        <source> MB</source>
        <translation> MB</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Upload speed, at most</source>
        <translation>上传速度上限</translation>
    </message>
    <message>
        <source>Waiting checkpoints, at most</source>
        <translation>等待的检查点上限</translation>
    </message>
    <message>
        <source>Of weights; metrics are small.</source>
        <translation>针对权重；指标很小。</translation>
    </message>
    <message>
        <source>Beyond it the oldest are dropped, and counted. Final models never are.</source>
        <translation>超出时丢弃最旧的并计数；最终模型永不丢弃。</translation>
    </message>
    <message>
        <source>Choose the CA file</source>
        <translation>选择 CA 文件</translation>
    </message>
    <message>
        <source>none: only the system&apos;s certificates</source>
        <translation>无：仅使用系统证书</translation>
    </message>
    <message>
        <source>Own CA file</source>
        <translation>自有 CA 文件</translation>
    </message>
    <message>
        <source>Own CA file (PEM), trusted besides the system&apos;s</source>
        <translation>自有 CA 文件（PEM），与系统证书一同受信任</translation>
    </message>
    <message>
        <source>none, or http://HOST:PORT, socks5://HOST:PORT</source>
        <translation>无，或 http://HOST:PORT、socks5://HOST:PORT</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>Certificates (*.pem *.crt *.cer);;All files (*)</source>
        <translation>证书 (*.pem *.crt *.cer);;所有文件 (*)</translation>
    </message>
    <message>
        <source>No certificate can be read there: choose a PEM file</source>
        <translation>无法从中读取证书：请选择 PEM 文件</translation>
    </message>
    <message>
        <source>Type http://HOST:PORT or socks5://HOST:PORT</source>
        <translation>请输入 http://HOST:PORT 或 socks5://HOST:PORT</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::NoticeBar</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Hide this message</source>
        <translation>隐藏此消息</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PaceSpread</name>
    <message>
        <source>about %1 s</source>
        <translation>约 %1 秒</translation>
    </message>
    <message>
        <source>about %1 min</source>
        <translation>约 %1 分钟</translation>
    </message>
    <message>
        <source>about %1 h</source>
        <translation>约 %1 小时</translation>
    </message>
    <message>
        <source>about %1 d</source>
        <translation>约 %1 天</translation>
    </message>
    <message>
        <source>%1–%2</source>
        <translation>%1–%2</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PictureView</name>
    <message>
        <source>Picture with its boxes</source>
        <translation>图片及其边框</translation>
    </message>
    <message>
        <source>%1 cannot be shown: it was moved or is no picture.</source>
        <translation>无法显示 %1：文件已移动或不是图片。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PinnedView</name>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Newest</source>
        <translation>最新</translation>
    </message>
    <message>
        <source>Choose images...</source>
        <translation>选择图像...</translation>
    </message>
    <message>
        <source>Use the first ones</source>
        <translation>使用最前面的几张</translation>
    </message>
    <message>
        <source>Ground truth</source>
        <translation>真实标注</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>Least confidence of the boxes shown</source>
        <translation>所显示框的最低置信度</translation>
    </message>
    <message>
        <source>Shows one epoch after the other</source>
        <translation>逐轮播放</translation>
    </message>
    <message>
        <source>Follow the newest epoch</source>
        <translation>跟随最新一轮</translation>
    </message>
    <message>
        <source>Shows what is in the pictures instead of what was found</source>
        <translation>显示图像中的真实目标，而不是检测结果</translation>
    </message>
    <message>
        <source>Up to %1 images of the validation set, from the next validation on</source>
        <translation>最多 %1 张验证集图像，自下次验证起生效</translation>
    </message>
    <message>
        <source>The first %1 images of the validation set</source>
        <translation>验证集的前 %1 张图像</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Confidence %1</source>
        <translation>置信度 %1</translation>
    </message>
    <message>
        <source>Epoch -</source>
        <translation>第 - 轮</translation>
    </message>
    <message>
        <source>After each validation the boxes of the same few images are kept here, to see how the model learns them.</source>
        <translation>每次验证后，这里会保留同几张图像的检测框，便于观察模型如何学习。</translation>
    </message>
    <message>
        <source>What is in the pictures.</source>
        <translation>图像中的真实目标。</translation>
    </message>
    <message>
        <source>Green: right. Dotted orange: found where nothing of the kind is. Dashed red: missed. F1 is highest at confidence %1 in this epoch.</source>
        <translation>绿色：正确。橙色点线：误检。红色虚线：漏检。本轮 F1 在置信度 %1 时最高。</translation>
    </message>
    <message>
        <source>Not in the validation set: %1.</source>
        <translation>不在验证集中：%1。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Choose validation images to watch</source>
        <translation>选择要观察的验证图像</translation>
    </message>
    <message>
        <source>Pictures (*.jpg *.jpeg *.png *.bmp *.webp *.tif *.tiff)</source>
        <translation>图片 (*.jpg *.jpeg *.png *.bmp *.webp *.tif *.tiff)</translation>
    </message>
    <message>
        <source>Only the first %1 images are watched, from the next validation on.</source>
        <translation>自下次验证起，仅观察前 %1 张图像。</translation>
    </message>
    <message>
        <source>These images are watched from the next validation on.</source>
        <translation>自下次验证起观察这些图像。</translation>
    </message>
    <message>
        <source>The first images of the validation set are watched from the next validation on.</source>
        <translation>自下次验证起观察验证集最前面的图像。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PlanDialog</name>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Patience</source>
        <translation>耐心值</translation>
    </message>
    <message>
        <source>Keep a checkpoint every</source>
        <translation>保存检查点的间隔</translation>
    </message>
    <message>
        <source>Change the run</source>
        <translation>更改运行</translation>
    </message>
    <message>
        <source>This run ends by its time limit, which decides the number of epochs.</source>
        <translation>此运行按时间限制结束，轮数由其决定。</translation>
    </message>
    <message>
        <source>Fewer than have begun is not possible</source>
        <translation>不能少于已开始的轮数</translation>
    </message>
    <message>
        <source>never stops early</source>
        <translation>从不提前停止</translation>
    </message>
    <message>
        <source> epochs</source>
        <translation> 轮</translation>
    </message>
    <message>
        <source>Epochs without a better model before the run stops by itself</source>
        <translation>模型没有改进多少轮后自动停止</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Besides last.pt and best.pt, which are always kept</source>
        <translation>除始终保留的 last.pt 和 best.pt 之外</translation>
    </message>
    <message>
        <source>Holds from the end of the epoch at hand on. Learning rate, warm-up and the closing of mosaic follow, as if the run had begun this way.</source>
        <translation>从当前轮结束起生效。学习率、预热和关闭马赛克增强随之调整，如同一开始就这样设置。</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PresetMenu</name>
    <message>
        <source>Save as preset...</source>
        <translation>保存为预设...</translation>
    </message>
    <message>
        <source>Remove preset</source>
        <translation>删除预设</translation>
    </message>
    <message>
        <source>Import args.yaml...</source>
        <translation>导入 args.yaml...</translation>
    </message>
    <message>
        <source>Export args.yaml...</source>
        <translation>导出 args.yaml...</translation>
    </message>
    <message>
        <source>Reset all arguments</source>
        <translation>重置所有参数</translation>
    </message>
    <message>
        <source>Everything but data set, model and HUB</source>
        <translation>除数据集、模型和 HUB 以外的全部</translation>
    </message>
    <message>
        <source>A preset&apos;s name is a file name: no slash, no dot in front.</source>
        <translation>预设名称是文件名：不能含斜杠，不能以点开头。</translation>
    </message>
    <message>
        <source>The folder for presets cannot be made: %1</source>
        <translation>无法创建预设文件夹：%1</translation>
    </message>
    <message>
        <source>Taken over, except: %1</source>
        <translation>已采用，但以下除外：%1</translation>
    </message>
    <message>
        <source>The form holds the arguments of %1.</source>
        <translation>表单已填入 %1 的参数。</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>保存为预设</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Preset %1 saved.</source>
        <translation>预设 %1 已保存。</translation>
    </message>
    <message>
        <source>Import args.yaml</source>
        <translation>导入 args.yaml</translation>
    </message>
    <message>
        <source>Arguments (*.yaml *.yml)</source>
        <translation>参数 (*.yaml *.yml)</translation>
    </message>
    <message>
        <source>Export args.yaml</source>
        <translation>导出 args.yaml</translation>
    </message>
    <message>
        <source>Arguments (*.yaml)</source>
        <translation>参数 (*.yaml)</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::PreviewGrid</name>
    <message>
        <source>Training images</source>
        <translation>训练图像</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 个 %2</translation>
    </message>
    <message>
        <source>%1: no boxes</source>
        <translation>%1：没有标注框</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::QueuePage</name>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Start the next run by itself</source>
        <translation>自动开始下一个运行</translation>
    </message>
    <message>
        <source>Start next</source>
        <translation>开始下一个</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>下移</translation>
    </message>
    <message>
        <source>Clear ended</source>
        <translation>清除已结束</translation>
    </message>
    <message>
        <source>Run queue</source>
        <translation>运行队列</translation>
    </message>
    <message>
        <source>When a run has finished or failed, the first one that waits begins. A run that you stop holds the queue.</source>
        <translation>当一个运行完成或失败后，第一个等待的运行就会开始。由您停止的运行会使队列暂停。</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Describe a run on the Training page and press Add to queue. Several of them train one after the other, overnight if you like; the queue is kept over restarts.</source>
        <translation>在“训练”页面描述一个运行并点击“加入队列”。多个运行会依次训练，也可以通宵进行；重启后队列仍会保留。</translation>
    </message>
    <message>
        <source>Describe a run</source>
        <translation>描述一个运行</translation>
    </message>
    <message>
        <source>Nothing waits</source>
        <translation>没有等待的运行</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 个等待中</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::QuitQuestion</name>
    <message>
        <source>Wait in the tray, then quit</source>
        <translation>在托盘中等待完成后退出</translation>
    </message>
    <message>
        <source>Torchdeck</source>
        <translation>Torchdeck</translation>
    </message>
    <message>
        <source>A run is going on.</source>
        <translation>有一个运行正在进行。</translation>
    </message>
    <message>
        <source>Stop it after this batch, save and quit? It can be resumed later; what is not on HUB yet is sent at the next start.</source>
        <translation>在当前批次后停止、保存并退出吗？以后可以继续；尚未上传到 HUB 的内容会在下次启动时发送。</translation>
    </message>
    <message>
        <source>Stop, save and quit</source>
        <translation>停止、保存并退出</translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Uploads are not finished.</source>
        <translation>上传尚未完成。</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s) are not on HUB yet. They are kept on this computer: what is left is sent at the next start.</source>
        <translation>
            <numerusform>还有 %n 项未到达 HUB。它们保存在本机：剩余的将在下次启动时发送。</numerusform>
        </translation>
    </message>
    <message>
        <source>Quit, send at the next start</source>
        <translation>退出，下次启动时发送</translation>
    </message>
    <message>
        <source>Wait, then quit</source>
        <translation>等待完成后退出</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RequestHistory</name>
    <message>
        <source>Only &amp;failures</source>
        <translation>仅失败(&amp;F)</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Save as CSV...</source>
        <translation>另存为 CSV...</translation>
    </message>
    <message>
        <source>Requests to HUB since the start</source>
        <translation>启动以来发往 HUB 的请求</translation>
    </message>
    <message>
        <source>Copies the selected rows as text, or all that are shown</source>
        <translation>以文本形式复制选中的行；未选中时复制所有显示的行</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n 个请求</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2 failed</source>
        <translation>%1，%2 个失败</translation>
    </message>
    <message>
        <source>Save the requests</source>
        <translation>保存请求记录</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2. Choose another folder.</source>
        <translation>无法写入 %1：%2。请选择其他文件夹。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RequestModel</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 毫秒</translation>
    </message>
    <message>
        <source>%1, number %2 to %3</source>
        <translation>%1，第 %2 个，发往 %3</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>To wait</source>
        <translation>要求等待</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ResultsBanner</name>
    <message>
        <source>View model</source>
        <translation>查看模型</translation>
    </message>
    <message>
        <source>Copy link</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详情</translation>
    </message>
    <message>
        <source>Hide this message</source>
        <translation>隐藏此消息</translation>
    </message>
    <message>
        <source>Stopped early after %1: no better epoch came. Best was epoch %2, %3 in all.</source>
        <translation>在 %1 后提前停止：没有更好的轮次。最佳为第 %2 轮，总计 %3。</translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation>
            <numerusform>%n 个轮次</numerusform>
        </translation>
    </message>
    <message>
        <source>Best was epoch %1 of %2, %3 in all.</source>
        <translation>最佳为第 %1 轮（共 %2 轮），总计 %3。</translation>
    </message>
    <message>
        <source>Finished: mAP50-95 %1</source>
        <translation>已完成：mAP50-95 %1</translation>
    </message>
    <message>
        <source>Everything up to here is saved. To go on, set resume to true under More arguments and press Start.</source>
        <translation>到此为止的一切都已保存。要继续，请在“更多参数”中将 resume 设为 true 并点击“开始”。</translation>
    </message>
    <message>
        <source>No epoch was complete, so there is no model yet. Press Start to begin again.</source>
        <translation>没有完成任何轮次，因此还没有模型。请点击“开始”重新开始。</translation>
    </message>
    <message>
        <source>Stopped after %1: mAP50-95 %2</source>
        <translation>在 %1 后停止：mAP50-95 %2</translation>
    </message>
    <message>
        <source>Stopped after %1</source>
        <translation>在 %1 后停止</translation>
    </message>
    <message>
        <source>Nothing was written. Correct it on the left and press Start again.</source>
        <translation>没有写入任何内容。请在左侧更正后再次点击“开始”。</translation>
    </message>
    <message>
        <source>Checkpoints saved so far are kept. The log tells more.</source>
        <translation>已保存的检查点会保留。日志中有更多信息。</translation>
    </message>
    <message>
        <source>The model is on HUB.</source>
        <translation>模型已在 HUB 上。</translation>
    </message>
    <message>
        <source>Uploads are paused: the final model waits and is kept when you close.</source>
        <translation>上传已暂停：最终模型在等待，关闭后也会保留。</translation>
    </message>
    <message>
        <source>HUB refused the key: the final model waits until the key is right in the settings.</source>
        <translation>HUB 拒绝了密钥：在设置中更正密钥之前，最终模型会等待。</translation>
    </message>
    <message>
        <source>HUB does not take it now: the final model will be uploaded later, at the next start if you close.</source>
        <translation>HUB 现在不接收：最终模型稍后上传；如果关闭，则在下次启动时上传。</translation>
    </message>
    <message>
        <source>Uploading the final model...</source>
        <translation>正在上传最终模型...</translation>
    </message>
    <message>
        <source>The final model is uploaded, not confirmed yet.</source>
        <translation>最终模型已上传，尚未确认。</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>There is no network: the final model will be uploaded when it is back, at the next start if you close.</source>
        <translation>没有网络：网络恢复后会上传最终模型；如果关闭程序，则在下次启动时上传。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::ResultsPage</name>
    <message>
        <source>View model</source>
        <translation>查看模型</translation>
    </message>
    <message>
        <source>Copy link</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Save report...</source>
        <translation>保存报告...</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Worst images</source>
        <translation>最差图像</translation>
    </message>
    <message>
        <source>Try the model</source>
        <translation>试用模型</translation>
    </message>
    <message>
        <source>Results of the run</source>
        <translation>运行结果</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>Best epoch</source>
        <translation>最佳轮次</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>When a run ends, what it came to is shown here. Runs of earlier days: choose one on the Runs page and press Results.</source>
        <translation>运行结束后，结果显示在这里。以前的运行：在“运行”页选择一个并按“结果”。</translation>
    </message>
    <message>
        <source>No results yet</source>
        <translation>还没有结果</translation>
    </message>
    <message>
        <source>%1 holds no run any more.</source>
        <translation>%1 中已没有运行。</translation>
    </message>
    <message>
        <source>of %1</source>
        <translation>共 %1</translation>
    </message>
    <message>
        <source>Nothing to show: every image of the validation is right.</source>
        <translation>没有可显示的：验证图像全部正确。</translation>
    </message>
    <message>
        <source>The worst images are found when a run ends. This one ended without, or was made by another program.</source>
        <translation>运行结束时会找出最差图像。此运行没有，或由其他程序生成。</translation>
    </message>
    <message>
        <source>%1 of %2 validation images, worst first, at confidence %3. Dashed red: missed. Dotted orange: found where nothing of the kind is. Green: right.</source>
        <translation>%2 张验证图像中的 %1 张，最差在前，置信度 %3。红色虚线：漏检。橙色点线：误检。绿色：正确。</translation>
    </message>
    <message>
        <source>Save the report of %1</source>
        <translation>保存 %1 的报告</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>网页 (*.html)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Pinned images</source>
        <translation>固定图像</translation>
    </message>
    <message>
        <source>Export model</source>
        <translation>导出模型</translation>
    </message>
    <message>
        <source>The model is being exported</source>
        <translation>正在导出模型</translation>
    </message>
    <message>
        <source>Export the model of %1</source>
        <translation>导出 %1 的模型</translation>
    </message>
    <message>
        <source>The model is exported: %1</source>
        <translation>模型已导出：%1</translation>
    </message>
    <message>
        <source>This run has left no model to export</source>
        <translation>此运行没有可导出的模型</translation>
    </message>
    <message>
        <source>Writes the best model in a form that other programs load</source>
        <translation>将最佳模型写成其他程序可加载的形式</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunCharts</name>
    <message>
        <source>Losses, each batch</source>
        <translation>每个批次的损失</translation>
    </message>
    <message>
        <source>epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>%1, each batch</source>
        <translation>%1，每个批次</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Charts appear after the first batch</source>
        <translation>第一个批次后显示图表</translation>
    </message>
    <message>
        <source>Strong line: smoothed. Thin line: every batch, with its extremes.</source>
        <translation>粗线：平滑后。细线：每个批次及其极值。</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Smoothing: how much of the past each point carries</source>
        <translation>平滑：每个点包含多少过去的数据</translation>
    </message>
    <message>
        <source>Losses, training and validation</source>
        <translation>训练与验证损失</translation>
    </message>
    <message>
        <source>%1 train</source>
        <translation>训练 %1</translation>
    </message>
    <message>
        <source>%1 val</source>
        <translation>验证 %1</translation>
    </message>
    <message>
        <source>dotted: val</source>
        <translation>虚线：验证</translation>
    </message>
    <message>
        <source>Appears after the first epoch</source>
        <translation>第一轮后显示</translation>
    </message>
    <message>
        <source>Validation metrics</source>
        <translation>验证指标</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>P</source>
        <comment>precision</comment>
        <translation>P</translation>
    </message>
    <message>
        <source>R</source>
        <comment>recall</comment>
        <translation>R</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>each batch</source>
        <translation>每个批次</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunCompare</name>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>What to compare</source>
        <translation>比较内容</translation>
    </message>
    <message>
        <source>Value to compare</source>
        <translation>要比较的值</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Smoothing: how much of the past each point carries</source>
        <translation>平滑：每个点包含多少过去的数据</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Only what differs</source>
        <translation>仅显示不同项</translation>
    </message>
    <message>
        <source>Arguments of the selected runs</source>
        <translation>所选运行的参数</translation>
    </message>
    <message>
        <source>Select runs in the table to see their curves over each other</source>
        <translation>在表格中选择运行，即可叠加查看它们的曲线</translation>
    </message>
    <message>
        <source>No epoch of the selected runs has this value yet</source>
        <translation>所选运行还没有任何轮次包含此值</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>还有 %n 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunControls</name>
    <message>
        <source>Stop now</source>
        <translation>立即停止</translation>
    </message>
    <message>
        <source>After the batch at hand: saves, validates the best model, syncs</source>
        <translation>当前批次之后：保存、验证最佳模型、同步</translation>
    </message>
    <message>
        <source>Stop after this epoch</source>
        <translation>本轮之后停止</translation>
    </message>
    <message>
        <source>Skip the last validation</source>
        <translation>跳过最后的验证</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Go on with the next batch</source>
        <translation>从下一批次继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Wait after the batch at hand; everything stays in memory</source>
        <translation>当前批次之后等待；一切保留在内存中</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>Stops after epoch</source>
        <translation>本轮后停止</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>End the run; it can be resumed later</source>
        <translation>结束运行；以后可以恢复</translation>
    </message>
    <message>
        <source>Change...</source>
        <translation>更改...</translation>
    </message>
    <message>
        <source>Epochs, patience and checkpoints of the run at hand</source>
        <translation>当前运行的轮数、耐心值和检查点</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunHeader</name>
    <message>
        <source>Open the run&apos;s folder</source>
        <translation>打开运行文件夹</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>This epoch</source>
        <translation>本轮</translation>
    </message>
    <message>
        <source>Whole run</source>
        <translation>整个运行</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Best mAP50-95</source>
        <translation>最佳 mAP50-95</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>运行进度</translation>
    </message>
    <message>
        <source>Progress of the epoch</source>
        <translation>本轮进度</translation>
    </message>
    <message>
        <source>Validating, batch %1 of %2</source>
        <translation>验证中，批次 %1 / %2</translation>
    </message>
    <message>
        <source>Continuing an interrupted run</source>
        <translation>正在继续中断的运行</translation>
    </message>
    <message>
        <source>Reading the data set</source>
        <translation>正在读取数据集</translation>
    </message>
    <message>
        <source>- of %1</source>
        <translation>- / %1</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message numerus="yes">
        <source>%n batch(es) each</source>
        <translation>
            <numerusform>每轮 %n 个批次</numerusform>
        </translation>
    </message>
    <message>
        <source>left</source>
        <translation>剩余</translation>
    </message>
    <message>
        <source>done about %1</source>
        <translation>预计 %1 完成</translation>
    </message>
    <message>
        <source>%1 img/s</source>
        <translation>%1 张/秒</translation>
    </message>
    <message>
        <source>%1 px</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>Batch %1 of %2</source>
        <translation>批次 %1 / %2</translation>
    </message>
    <message>
        <source>epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message numerus="yes">
        <source>Stops in %n epoch(s) unless one is better than epoch %1 (fitness %2)</source>
        <translation>
            <numerusform>除非有轮次优于第 %1 轮（适应度 %2），否则将在 %n 个轮次后停止</numerusform>
        </translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Validating</source>
        <translation>验证中</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Run %1 %</source>
        <translation>运行 %1 %</translation>
    </message>
    <message>
        <source>Ended here</source>
        <translation>在此结束</translation>
    </message>
    <message>
        <source>in all</source>
        <translation>总计</translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s) done</source>
        <translation>
            <numerusform>已完成 %n 个轮次</numerusform>
        </translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>正在暂停</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stops and saves</source>
        <translation>停止并保存</translation>
    </message>
    <message>
        <source>epochs become %1</source>
        <translation>轮数变为 %1</translation>
    </message>
    <message>
        <source>patience becomes %1</source>
        <translation>耐心值变为 %1</translation>
    </message>
    <message>
        <source>patience is off</source>
        <translation>关闭耐心值</translation>
    </message>
    <message numerus="yes">
        <source>a checkpoint is kept every %n epoch(s)</source>
        <translation>
            <numerusform>每 %n 轮保存一个检查点</numerusform>
        </translation>
    </message>
    <message>
        <source>no extra checkpoints</source>
        <translation>不另存检查点</translation>
    </message>
    <message>
        <source>At the end of this epoch: %1</source>
        <translation>本轮结束时：%1</translation>
    </message>
    <message>
        <source>From how much this run&apos;s epochs differ so far: nine of ten such runs end between %1 and %2 from now.</source>
        <translation>根据此运行各轮时长的差异估计：此类运行十次中有九次会在从现在起 %1 到 %2 之间结束。</translation>
    </message>
    <message>
        <source>%1, at %2</source>
        <translation>%1，%2 完成</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunListModel</name>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Ended early</source>
        <translation>提前结束</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>Broken off</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Double-click or F2 to write</source>
        <translation>双击或按 F2 填写</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Trained for</source>
        <translation>训练时长</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunPanel</name>
    <message>
        <source>Train a detector</source>
        <translation>训练检测器</translation>
    </message>
    <message>
        <source>Choose a data set</source>
        <translation>选择数据集</translation>
    </message>
    <message>
        <source>A data.yaml in YOLO format. It is checked before anything starts. You can also drop it on this window.</source>
        <translation>YOLO 格式的 data.yaml。开始之前会检查。也可以把它拖放到此窗口。</translation>
    </message>
    <message>
        <source>Choose a model and how long to train</source>
        <translation>选择模型和训练时长</translation>
    </message>
    <message>
        <source>yolov8n is the smallest and the right one to begin with.</source>
        <translation>yolov8n 最小，适合入门。</translation>
    </message>
    <message>
        <source>Press Start</source>
        <translation>点击“开始”</translation>
    </message>
    <message>
        <source>Losses, metrics and the remaining time appear here while it trains.</source>
        <translation>训练时，损失、指标和剩余时间会显示在这里。</translation>
    </message>
    <message>
        <source>Choose data.yaml...</source>
        <translation>选择 data.yaml...</translation>
    </message>
    <message>
        <source>Make a sample set</source>
        <translation>生成示例数据集</translation>
    </message>
    <message>
        <source>Draws a small set of shapes that a model learns in minutes</source>
        <translation>绘制一小组形状，模型几分钟即可学会</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>图表</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Views of the run</source>
        <translation>运行的视图</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Losses, metrics and learning rates</source>
        <translation>损失、指标和学习率</translation>
    </message>
    <message>
        <source>Results of each class</source>
        <translation>各类别的结果</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>Each class from epoch to epoch</source>
        <translation>各类别逐轮变化</translation>
    </message>
    <message>
        <source>Confusion matrix and curves of any epoch</source>
        <translation>任意一轮的混淆矩阵和曲线</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>The same validation images in every epoch</source>
        <translation>每一轮中相同的验证图像</translation>
    </message>
    <message>
        <source>Processor, memory and disk</source>
        <translation>处理器、内存和磁盘</translation>
    </message>
    <message>
        <source>What the run says</source>
        <translation>运行日志</translation>
    </message>
    <message>
        <source>Log (%1)</source>
        <translation>日志 (%1)</translation>
    </message>
    <message numerus="yes">
        <source>%n warning(s)</source>
        <translation>
            <numerusform>%n 条警告</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunQueue</name>
    <message numerus="yes">
        <source>%1, %2, %n epoch(s)</source>
        <translation>
            <numerusform>%1，%2，%n 个轮次</numerusform>
        </translation>
    </message>
    <message>
        <source>The run queue in %1 cannot be read: %2.</source>
        <translation>无法读取 %1 中的运行队列：%2。</translation>
    </message>
    <message>
        <source>The run queue was damaged and is empty now; the old file is kept as %1.</source>
        <translation>运行队列已损坏，现在为空；旧文件保留为 %1。</translation>
    </message>
    <message>
        <source>The run queue cannot be saved in %1: %2. It is lost when the window closes.</source>
        <translation>无法将运行队列保存到 %1：%2。窗口关闭后它会丢失。</translation>
    </message>
    <message>
        <source>all arguments at their defaults</source>
        <translation>所有参数均为默认值</translation>
    </message>
    <message>
        <source>%1. %2</source>
        <translation>%1。%2</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunScanner</name>
    <message>
        <source>%1 cannot be moved to the trash: its disk has none or it is not yours. Nothing was deleted.</source>
        <translation>无法将 %1 移到回收站：其磁盘没有回收站，或不属于您。没有删除任何内容。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::RunsPage</name>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Move to trash...</source>
        <translation>移到回收站...</translation>
    </message>
    <message>
        <source>Search name, model, data, tags, notes, or lr0=0.01</source>
        <translation>搜索名称、模型、数据、标签、备注，或 lr0=0.01</translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>All states</source>
        <translation>所有状态</translation>
    </message>
    <message>
        <source>State of the runs shown</source>
        <translation>显示的运行状态</translation>
    </message>
    <message>
        <source>Add folder...</source>
        <translation>添加文件夹...</translation>
    </message>
    <message>
        <source>Shows the runs below another folder too, for example the one Ultralytics uses</source>
        <translation>同时显示另一个文件夹下的运行，例如 Ultralytics 使用的文件夹</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>No runs yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Every run lands here by itself: those of this window, of the command line, and of `yolo train` in a terminal. Runs elsewhere appear when you add their folder.</source>
        <translation>每个运行都会自动出现在这里：本窗口的、命令行的，以及终端中 `yolo train` 的。其他位置的运行在添加其文件夹后显示。</translation>
    </message>
    <message>
        <source>Start a run</source>
        <translation>开始一个运行</translation>
    </message>
    <message>
        <source>Curve of %1</source>
        <translation>%1 的曲线</translation>
    </message>
    <message>
        <source>A run is going on: stop it first</source>
        <translation>有运行正在进行：请先停止它</translation>
    </message>
    <message>
        <source>Goes on where an interrupted run stopped</source>
        <translation>从中断处继续</translation>
    </message>
    <message>
        <source>Select runs to compare them</source>
        <translation>选择运行以进行比较</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s) selected</source>
        <translation>
            <numerusform>已选择 %n 个运行</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Move to the trash?</source>
        <translation>移到回收站？</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s) go to the trash, with weights and results.</source>
        <translation>
            <numerusform>%n 个运行连同权重和结果将移到回收站。</numerusform>
        </translation>
    </message>
    <message>
        <source>Move to trash</source>
        <translation>移到回收站</translation>
    </message>
    <message>
        <source>Publish on HUB</source>
        <translation>发布到 HUB</translation>
    </message>
    <message>
        <source>Sends this run&apos;s metrics and best model to HUB, also long after it ended</source>
        <translation>将此训练的指标和最佳模型发送到 HUB，训练结束很久之后也可以</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Curves, worst images, and the model to try</source>
        <translation>曲线、最差图像和试用模型</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>This run&apos;s arguments in the form, with what you change of them shown</source>
        <translation>将此运行的参数填入表单，并显示您的改动</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::SentPage</name>
    <message>
        <source>Send usage events</source>
        <translation>发送使用事件</translation>
    </message>
    <message>
        <source>A synced run</source>
        <translation>同步的训练</translation>
    </message>
    <message>
        <source>Only while sync is on, and only to the HUB of these settings. Names only: no folder, no user name, no host name, no image.</source>
        <translation>仅在同步开启时，且仅发送到这些设置中的 HUB。只含名称：不含文件夹、用户名、主机名或图像。</translation>
    </message>
    <message>
        <source>Usage events</source>
        <translation>使用事件</translation>
    </message>
    <message>
        <source>Off unless you turn them on, and only ever sent to the HUB of these settings. This is a whole one, as starting a run would send it:</source>
        <translation>除非您打开，否则关闭，且只会发送到此设置中的 HUB。以下是开始一次运行时会发送的完整内容：</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::SettingsDialog</name>
    <message>
        <source>Sync runs with HUB</source>
        <translation>将运行同步到 HUB</translation>
    </message>
    <message>
        <source>HUB on this computer</source>
        <translation>本机上的 HUB</translation>
    </message>
    <message>
        <source>Another server</source>
        <translation>其他服务器</translation>
    </message>
    <message>
        <source>Show the key</source>
        <translation>显示密钥</translation>
    </message>
    <message>
        <source>Test connection</source>
        <translation>测试连接</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>HUB</source>
        <translation>HUB</translation>
    </message>
    <message>
        <source>Runs inside this app: no account and no internet needed.</source>
        <translation>在本应用内运行：不需要账户，也不需要互联网。</translation>
    </message>
    <message>
        <source>API address</source>
        <translation>API 地址</translation>
    </message>
    <message>
        <source>Web address</source>
        <translation>网页地址</translation>
    </message>
    <message>
        <source>Web address, for links to models</source>
        <translation>网页地址，用于模型链接</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>Choose the folder for runs</source>
        <translation>选择存放运行的文件夹</translation>
    </message>
    <message>
        <source>Folder for runs</source>
        <translation>存放运行的文件夹</translation>
    </message>
    <message>
        <source>Each run gets a folder of its own in it: detect/train, detect/train2, ...</source>
        <translation>每个运行在其中有自己的文件夹：detect/train、detect/train2、...</translation>
    </message>
    <message>
        <source>Hide the key</source>
        <translation>隐藏密钥</translation>
    </message>
    <message>
        <source>Asking the server...</source>
        <translation>正在询问服务器...</translation>
    </message>
    <message>
        <source>The HUB on this computer makes its own key.</source>
        <translation>本机上的 HUB 会自己生成密钥。</translation>
    </message>
    <message>
        <source>Type a whole address, such as %1</source>
        <translation>请输入完整地址，例如 %1</translation>
    </message>
    <message>
        <source>The server accepts the key.</source>
        <translation>服务器接受此密钥。</translation>
    </message>
    <message>
        <source>The server refuses the key.</source>
        <translation>服务器拒绝此密钥。</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>服务器没有响应。</translation>
    </message>
    <message>
        <source>Set by the environment variable %1: unset that to change it here.</source>
        <translation>由环境变量 %1 设定：取消该变量后可在此更改。</translation>
    </message>
    <message>
        <source>Save a support bundle...</source>
        <translation>保存支持信息包...</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>What is sent</source>
        <translation>发送的内容</translation>
    </message>
    <message>
        <source>Support</source>
        <translation>支持</translation>
    </message>
    <message>
        <source>One text file with versions, settings, the upload queue and the last log lines. Without the key, passwords and the name of your home folder.</source>
        <translation>一个文本文件，含版本、设置、上传队列和最近的日志行。不含密钥、密码和主目录名称。</translation>
    </message>
    <message>
        <source>Save a support bundle</source>
        <translation>保存支持信息包</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>文本 (*.txt)</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::SourceDiff</name>
    <message>
        <source>Stop comparing; the form stays as it is</source>
        <translation>停止对比；表单保持不变</translation>
    </message>
    <message>
        <source>In the queue: %1</source>
        <translation>队列中：%1</translation>
    </message>
    <message>
        <source>Copy of %1</source>
        <translation>%1 的副本</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>还有 %n 项</numerusform>
        </translation>
    </message>
    <message>
        <source>Change what you want, then save it in the queue.</source>
        <translation>修改后保存到队列。</translation>
    </message>
    <message>
        <source>Nothing is changed yet: the same would be trained again.</source>
        <translation>尚未改动：将重复同样的训练。</translation>
    </message>
    <message>
        <source>%1: was %2, is %3</source>
        <translation>%1：原为 %2，现为 %3</translation>
    </message>
    <message>
        <source>%1 back to %2</source>
        <translation>%1 恢复为 %2</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::SplitLegend</name>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>val</source>
        <translation>验证</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::SystemView</name>
    <message>
        <source>Processor, memory, disk</source>
        <translation>处理器、内存、磁盘</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>Disk, read and written</source>
        <translation>磁盘读写</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Disk busy</source>
        <translation>磁盘繁忙</translation>
    </message>
    <message>
        <source>MiB/s</source>
        <translation>MiB/s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>Measured while a run is going on</source>
        <translation>运行期间测量</translation>
    </message>
    <message>
        <source>What limits the run shows after some seconds.</source>
        <translation>几秒钟后会显示限制运行的因素。</translation>
    </message>
    <message>
        <source>This system does not tell its load (there is no /proc).</source>
        <translation>此系统不提供负载信息（没有 /proc）。</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>GPU memory</source>
        <translation>GPU 显存</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::TryModel</name>
    <message>
        <source>Choose picture...</source>
        <translation>选择图片...</translation>
    </message>
    <message>
        <source>Choose folder...</source>
        <translation>选择文件夹...</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Drop a picture or a folder here to see what the model finds.</source>
        <translation>将图片或文件夹拖到这里，看看模型能找到什么。</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>置信度</translation>
    </message>
    <message>
        <source>Boxes that the model is less sure of are not drawn</source>
        <translation>不绘制置信度更低的边框</translation>
    </message>
    <message>
        <source>Progress of the prediction</source>
        <translation>预测进度</translation>
    </message>
    <message>
        <source>Confidence from %1</source>
        <translation>置信度从 %1 起</translation>
    </message>
    <message>
        <source>A picture to try the model on</source>
        <translation>用于试用模型的图片</translation>
    </message>
    <message>
        <source>A folder of pictures to try the model on</source>
        <translation>用于试用模型的图片文件夹</translation>
    </message>
    <message>
        <source>This run has no model: no epoch was saved.</source>
        <translation>此运行没有模型：没有保存任何一轮。</translation>
    </message>
    <message>
        <source>Loading the model...</source>
        <translation>正在加载模型...</translation>
    </message>
    <message>
        <source>Picture %1 of %2</source>
        <translation>第 %1 张图片，共 %2 张</translation>
    </message>
    <message numerus="yes">
        <source>Cancelled after %n picture(s).</source>
        <translation>
            <numerusform>已在 %n 张图片后取消。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) done.</source>
        <translation>
            <numerusform>已完成 %n 张图片。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n could not be read.</source>
        <translation>
            <numerusform>%n 张无法读取。</numerusform>
        </translation>
    </message>
    <message>
        <source>The first %1 are listed.</source>
        <translation>列出前 %1 张。</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::UploadQueueDelegate</name>
    <message>
        <source>Next try: %1</source>
        <translation>下次尝试：%1</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::UploadQueueModel</name>
    <message>
        <source>not tried yet</source>
        <translation>尚未尝试</translation>
    </message>
    <message numerus="yes">
        <source>%n attempt(s)</source>
        <translation>
            <numerusform>尝试 %n 次</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, last %2</source>
        <translation>%1，最近 %2</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>发送中</translation>
    </message>
    <message>
        <source>Will retry</source>
        <translation>将重试</translation>
    </message>
    <message>
        <source>Needs a key</source>
        <translation>需要密钥</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>sending now</source>
        <translation>正在发送</translation>
    </message>
    <message>
        <source>when uploads go on</source>
        <translation>上传恢复时</translation>
    </message>
    <message>
        <source>when the key is right</source>
        <translation>密钥正确时</translation>
    </message>
    <message>
        <source>only by Retry now</source>
        <translation>仅通过“立即重试”</translation>
    </message>
    <message>
        <source>in its turn</source>
        <translation>按顺序</translation>
    </message>
    <message>
        <source>HTTP %1</source>
        <translation>HTTP %1</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>没有响应</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>尝试次数</translation>
    </message>
    <message>
        <source>Last error</source>
        <translation>最近的错误</translation>
    </message>
    <message>
        <source>Next try</source>
        <translation>下次尝试</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>%1/s</source>
        <translation>%1/秒</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>No network</source>
        <translation>无网络</translation>
    </message>
    <message>
        <source>when the network is back</source>
        <translation>网络恢复后</translation>
    </message>
</context>
<context>
    <name>torchdeck::ui::UploadQueuePanel</name>
    <message>
        <source>Retry all</source>
        <translation>全部重试</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Uploads are paused. New items wait here.</source>
        <translation>上传已暂停。新项目在此等待。</translation>
    </message>
    <message>
        <source>Uploads</source>
        <translation>上传</translation>
    </message>
    <message>
        <source>Tries every item again, as fast as the server allows</source>
        <translation>在服务器允许的范围内尽快重试所有项目</translation>
    </message>
    <message>
        <source>Upload queue</source>
        <translation>上传队列</translation>
    </message>
    <message>
        <source>Everything is uploaded</source>
        <translation>全部已上传</translation>
    </message>
    <message>
        <source>What cannot be sent waits here and is tried again, also after a restart.</source>
        <translation>无法发送的内容在此等待并会再次尝试，重启后也是如此。</translation>
    </message>
    <message>
        <source>Retry now</source>
        <translation>立即重试</translation>
    </message>
    <message>
        <source>Discard...</source>
        <translation>丢弃...</translation>
    </message>
    <message>
        <source>Discard this upload?</source>
        <translation>丢弃此上传？</translation>
    </message>
    <message>
        <source>&quot;%1&quot; will never be sent to HUB.</source>
        <translation>“%1”将永远不会发送到 HUB。</translation>
    </message>
    <message>
        <source>The files of the run stay on this computer.</source>
        <translation>运行的文件仍保留在本机上。</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Sends again what waits</source>
        <translation>重新发送等待的内容</translation>
    </message>
    <message>
        <source>Keeps everything here until you go on</source>
        <translation>在您继续之前全部保留在此</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s) waiting</source>
        <translation>
            <numerusform>%n 个项目等待中</numerusform>
        </translation>
    </message>
    <message>
        <source>There is no network. Everything waits here and goes out when it is back.</source>
        <translation>没有网络。所有内容在此等待，恢复后发出。</translation>
    </message>
    <message numerus="yes">
        <source>%n checkpoint(s) dropped: the settings let the queue hold %1. Metrics and final models are never dropped.</source>
        <translation>
            <numerusform>已丢弃 %n 个检查点：设置允许队列容纳 %1。指标和最终模型永不丢弃。</numerusform>
        </translation>
    </message>
    <message>
        <source>Requests to HUB</source>
        <translation>发往 HUB 的请求</translation>
    </message>
    <message>
        <source>Every request to HUB since the start, with its answer</source>
        <translation>启动以来发往 HUB 的每个请求及其响应</translation>
    </message>
</context>
</TS>
