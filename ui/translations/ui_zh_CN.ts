<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>ui</name>
    <message>
      <source> (EU terms)</source>
      <translation>（含欧盟条款）</translation>
    </message>
    <message>
      <source> at {n}</source>
      <translation>，{n}</translation>
    </message>
    <message>
      <source> × {n} experts</source>
      <translation> × {n} 个专家</translation>
    </message>
    <message>
      <source>&amp;Edit</source>
      <translation>编辑(&amp;E)</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>文件(&amp;F)</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>帮助(&amp;H)</translation>
    </message>
    <message>
      <source>&amp;Machine</source>
      <translation>机器(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;Plan</source>
      <translation>方案(&amp;P)</translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation>视图(&amp;V)</translation>
    </message>
    <message>
      <source>+ {n} more</source>
      <translation>另有 {n} 个</translation>
    </message>
    <message>
      <source>+{n}</source>
      <translation>+{n}</translation>
    </message>
    <message>
      <source>, experts in RAM</source>
      <translation>，专家在内存中</translation>
    </message>
    <message>
      <source>, some expert matrices in RAM</source>
      <translation>，部分专家矩阵在内存中</translation>
    </message>
    <message>
      <source>, {n} active</source>
      <translation>，激活 {n}</translation>
    </message>
    <message>
      <source>1 page, always light for print</source>
      <translation>1 页，始终为便于打印的浅色</translation>
    </message>
    <message>
      <source>80 % range, median</source>
      <translation>80 % 区间、中位数</translation>
    </message>
    <message>
      <source>= {total} of {capacity} MiB, {free} free</source>
      <translation>= {capacity} MiB 中的 {total}，空闲 {free}</translation>
    </message>
    <message>
      <source>= {total} of {capacity} MiB, {others} others, {free} free</source>
      <translation>= {capacity} MiB 中的 {total}，其他占用 {others}，空闲 {free}</translation>
    </message>
    <message>
      <source>A model of many small networks per layer; each token uses some of them: large to hold, quick to run.</source>
      <translation>每层由许多小网络组成的模型；每个 token 只用其中一部分：占用空间大，运行快。</translation>
    </message>
    <message>
      <source>A probe failed</source>
      <translation>一项探测失败</translation>
    </message>
    <message>
      <source>About</source>
      <translation>关于</translation>
    </message>
    <message>
      <source>About Hardware Fit Planner</source>
      <translation>关于硬件适配规划器</translation>
    </message>
    <message>
      <source>Activations</source>
      <translation>激活值</translation>
    </message>
    <message>
      <source>Add</source>
      <translation>添加</translation>
    </message>
    <message>
      <source>Add one</source>
      <translation>添加一个</translation>
    </message>
    <message>
      <source>Add the GPU</source>
      <translation>添加该 GPU</translation>
    </message>
    <message>
      <source>All of them are answered at once.</source>
      <translation>所有用户都同时得到回答。</translation>
    </message>
    <message>
      <source>All on the GPU</source>
      <translation>全部在 GPU 上</translation>
    </message>
    <message>
      <source>All processors read and copy large arrays for about a second; the result is remembered</source>
      <translation>所有处理器读取并复制大数组约一秒；结果会被记住</translation>
    </message>
    <message>
      <source>All {n} GPUs</source>
      <translation>全部 {n} 个 GPU</translation>
    </message>
    <message>
      <source>Alternatives</source>
      <translation>备选</translation>
    </message>
    <message>
      <source>Alternatives {n}</source>
      <translation>备选 {n}</translation>
    </message>
    <message>
      <source>An error</source>
      <translation>一个错误</translation>
    </message>
    <message>
      <source>Another machine…</source>
      <translation>另一台机器…</translation>
    </message>
    <message>
      <source>Any name people use, also a Hugging Face id (Ctrl+F)</source>
      <translation>任何常用名称，也可以是 Hugging Face ID (Ctrl+F)</translation>
    </message>
    <message>
      <source>Architecture</source>
      <translation>架构</translation>
    </message>
    <message>
      <source>At least</source>
      <translation>至少</translation>
    </message>
    <message>
      <source>At least, tok/s</source>
      <translation>至少，token/秒</translation>
    </message>
    <message>
      <source>At once</source>
      <translation>同时进行</translation>
    </message>
    <message>
      <source>Attention computed piece by piece, so that no table of context × context is kept in memory.</source>
      <translation>分块计算注意力，因此内存中不保存“上下文 × 上下文”的表。</translation>
    </message>
    <message>
      <source>Back to the best</source>
      <translation>回到最佳</translation>
    </message>
    <message>
      <source>Bandwidth</source>
      <translation>带宽</translation>
    </message>
    <message>
      <source>Blocks of cache</source>
      <translation>缓存块</translation>
    </message>
    <message>
      <source>Both</source>
      <translation>两者</translation>
    </message>
    <message>
      <source>Bytes a memory can deliver per second; it sets the speed of writing an answer.</source>
      <translation>内存每秒能提供的字节数；它决定生成回答的速度。</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>CUDA graphs</source>
      <translation>CUDA 图</translation>
    </message>
    <message>
      <source>Cache, tokens</source>
      <translation>缓存，token</translation>
    </message>
    <message>
      <source>Change the machine</source>
      <translation>更改机器</translation>
    </message>
    <message>
      <source>Change this what-if machine…</source>
      <translation>更改这台假想机器…</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>对话</translation>
    </message>
    <message>
      <source>Check the machine above</source>
      <translation>查看上方的机器</translation>
    </message>
    <message>
      <source>Choose the file</source>
      <translation>选择文件</translation>
    </message>
    <message>
      <source>Click a part to see where its value comes from, or to enter your own.</source>
      <translation>点击某个部件，查看其数值的来源，或填入您自己的值。</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <source>Close the hint</source>
      <translation>关闭提示</translation>
    </message>
    <message>
      <source>Code</source>
      <translation>编程</translation>
    </message>
    <message>
      <source>Columns</source>
      <translation>列</translation>
    </message>
    <message>
      <source>Command</source>
      <translation>命令</translation>
    </message>
    <message>
      <source>Command palette</source>
      <translation>命令面板</translation>
    </message>
    <message>
      <source>Command, why and alternatives</source>
      <translation>命令、原因和备选</translation>
    </message>
    <message>
      <source>Commands</source>
      <translation>命令</translation>
    </message>
    <message>
      <source>Commands  Ctrl+Shift+P</source>
      <translation>命令  Ctrl+Shift+P</translation>
    </message>
    <message>
      <source>Commands…</source>
      <translation>命令…</translation>
    </message>
    <message>
      <source>Commercial</source>
      <translation>商用</translation>
    </message>
    <message>
      <source>Commercial use</source>
      <translation>可商用</translation>
    </message>
    <message>
      <source>Compare</source>
      <translation>比较</translation>
    </message>
    <message>
      <source>Compare pinned plans</source>
      <translation>比较已固定的方案</translation>
    </message>
    <message>
      <source>Compare with</source>
      <translation>比较对象</translation>
    </message>
    <message>
      <source>Compare with another machine</source>
      <translation>与另一台机器比较</translation>
    </message>
    <message>
      <source>Compare with another machine…</source>
      <translation>与另一台机器比较…</translation>
    </message>
    <message>
      <source>Compare with it</source>
      <translation>与它比较</translation>
    </message>
    <message>
      <source>Compare {n}</source>
      <translation>比较 {n}</translation>
    </message>
    <message>
      <source>Compared</source>
      <translation>已比较</translation>
    </message>
    <message>
      <source>Compared with {name}; click to end it</source>
      <translation>正在与 {name} 比较；点击结束</translation>
    </message>
    <message>
      <source>Comparison</source>
      <translation>比较</translation>
    </message>
    <message>
      <source>Compute</source>
      <translation>计算</translation>
    </message>
    <message>
      <source>Compute buffer</source>
      <translation>计算缓冲区</translation>
    </message>
    <message>
      <source>Compute capability</source>
      <translation>计算能力</translation>
    </message>
    <message>
      <source>Container limit</source>
      <translation>容器限制</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>上下文</translation>
    </message>
    <message>
      <source>Context (n_ctx)</source>
      <translation>上下文 (n_ctx)</translation>
    </message>
    <message>
      <source>Context checkpoints</source>
      <translation>上下文检查点</translation>
    </message>
    <message>
      <source>Context per user</source>
      <translation>每个用户的上下文</translation>
    </message>
    <message>
      <source>Context per user, tokens</source>
      <translation>每个用户的上下文，token</translation>
    </message>
    <message>
      <source>Copied</source>
      <translation>已复制</translation>
    </message>
    <message>
      <source>Copied the command</source>
      <translation>已复制命令</translation>
    </message>
    <message>
      <source>Copied the diagnostics: no user or computer name is in them</source>
      <translation>已复制诊断信息：其中不含用户名或计算机名</translation>
    </message>
    <message>
      <source>Copied {n} characters</source>
      <translation>已复制 {n} 个字符</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>复制</translation>
    </message>
    <message>
      <source>Copy command</source>
      <translation>复制命令</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>复制详情</translation>
    </message>
    <message>
      <source>Copy diagnostics</source>
      <translation>复制诊断信息</translation>
    </message>
    <message>
      <source>Copy the command</source>
      <translation>复制命令</translation>
    </message>
    <message>
      <source>Copy the command (Ctrl+Shift+C)</source>
      <translation>复制命令 (Ctrl+Shift+C)</translation>
    </message>
    <message>
      <source>Copy the command of {name}</source>
      <translation>复制 {name} 的命令</translation>
    </message>
    <message>
      <source>Cores</source>
      <translation>核心</translation>
    </message>
    <message>
      <source>Data of {date} · Offline</source>
      <translation>数据日期 {date} · 离线</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>日期</translation>
    </message>
    <message>
      <source>Date in the report</source>
      <translation>报告中的日期</translation>
    </message>
    <message>
      <source>Decode</source>
      <translation>解码</translation>
    </message>
    <message>
      <source>Decode speed: median and 80 % range</source>
      <translation>解码速度：中位数和 80 % 区间</translation>
    </message>
    <message>
      <source>Decode, 80 %</source>
      <translation>解码，80 %</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>删除</translation>
    </message>
    <message>
      <source>Delete {name}</source>
      <translation>删除 {name}</translation>
    </message>
    <message>
      <source>Deleted {name}; Ctrl+Z brings it back</source>
      <translation>已删除 {name}；按 Ctrl+Z 恢复</translation>
    </message>
    <message>
      <source>Described</source>
      <translation>描述值</translation>
    </message>
    <message>
      <source>Detect again</source>
      <translation>重新检测</translation>
    </message>
    <message>
      <source>Detected</source>
      <translation>检测值</translation>
    </message>
    <message>
      <source>Detection failed</source>
      <translation>检测失败</translation>
    </message>
    <message>
      <source>Diagnostics</source>
      <translation>诊断信息</translation>
    </message>
    <message>
      <source>Do not fit this machine at {context}</source>
      <translation>在 {context} 下无法放入这台机器</translation>
    </message>
    <message>
      <source>Docker has no GPU on this system; run the program itself.</source>
      <translation>此系统上的 Docker 无法使用 GPU；请直接运行程序。</translation>
    </message>
    <message>
      <source>Does not fit</source>
      <translation>放不下</translation>
    </message>
    <message>
      <source>Download</source>
      <translation>下载</translation>
    </message>
    <message>
      <source>Draft model {name}</source>
      <translation>草拟模型 {name}</translation>
    </message>
    <message>
      <source>Driver</source>
      <translation>驱动</translation>
    </message>
    <message>
      <source>EU marks terms of its own for users in the European Union</source>
      <translation>EU 表示对欧盟用户有专门条款</translation>
    </message>
    <message>
      <source>Each, tok/s</source>
      <translation>每人，tok/s</translation>
    </message>
    <message>
      <source>Engine</source>
      <translation>引擎</translation>
    </message>
    <message>
      <source>Engines</source>
      <translation>引擎</translation>
    </message>
    <message>
      <source>Every number opens to its formula and source.</source>
      <translation>每个数字都能展开看到公式和来源。</translation>
    </message>
    <message>
      <source>Everything else was detected, and planning goes on with it. Name the GPU to plan with it too:</source>
      <translation>其余都已检测到，规划照此继续。填写 GPU 名称即可把它也纳入规划：</translation>
    </message>
    <message>
      <source>Everything larger</source>
      <translation>整体放大</translation>
    </message>
    <message>
      <source>Everything smaller</source>
      <translation>整体缩小</translation>
    </message>
    <message>
      <source>Experts</source>
      <translation>专家</translation>
    </message>
    <message>
      <source>Experts in RAM</source>
      <translation>专家在内存中</translation>
    </message>
    <message>
      <source>Experts in RAM (--n-cpu-moe)</source>
      <translation>专家在内存中 (--n-cpu-moe)</translation>
    </message>
    <message>
      <source>Experts of the first layers stay in system memory while everything else is on the GPU.</source>
      <translation>前几层的专家留在系统内存中，其余全部在 GPU 上。</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>导出</translation>
    </message>
    <message>
      <source>Export… (Ctrl+E)</source>
      <translation>导出… (Ctrl+E)</translation>
    </message>
    <message>
      <source>Fastest</source>
      <translation>最快</translation>
    </message>
    <message>
      <source>Features</source>
      <translation>特性</translation>
    </message>
    <message>
      <source>Fewer bits per weight: a smaller file and faster reading, at some loss.</source>
      <translation>每个权重用更少的位：文件更小、读取更快，但有一定损失。</translation>
    </message>
    <message>
      <source>File, GB</source>
      <translation>文件，GB</translation>
    </message>
    <message>
      <source>First steps</source>
      <translation>入门</translation>
    </message>
    <message>
      <source>First token</source>
      <translation>首个 token</translation>
    </message>
    <message>
      <source>Fit page</source>
      <translation>适合页面</translation>
    </message>
    <message>
      <source>Fit width</source>
      <translation>适合宽度</translation>
    </message>
    <message>
      <source>Fits, tight, with RAM</source>
      <translation>放得下、勉强、借助内存</translation>
    </message>
    <message>
      <source>Fits: the reserve is kept. Tight: it fits, with less than the reserve left. With RAM: a part runs from system memory, which is slower.</source>
      <translation>放得下：保留量得以保持。勉强：放得下，但剩余少于保留量。借助内存：一部分在系统内存中运行，速度较慢。</translation>
    </message>
    <message>
      <source>Flags, explained</source>
      <translation>参数说明</translation>
    </message>
    <message>
      <source>Flash attention</source>
      <translation>Flash Attention</translation>
    </message>
    <message>
      <source>For example “DDR5-5600, 2 channels” or “83 GB/s”; empty = not known</source>
      <translation>例如“DDR5-5600, 2 channels”或“83 GB/s”；留空 = 未知</translation>
    </message>
    <message>
      <source>Format</source>
      <translation>格式</translation>
    </message>
    <message>
      <source>Formula</source>
      <translation>公式</translation>
    </message>
    <message>
      <source>Four plans are pinned; remove one to pin another</source>
      <translation>已固定四个方案；移除一个才能再固定</translation>
    </message>
    <message>
      <source>Free now</source>
      <translation>当前空闲</translation>
    </message>
    <message>
      <source>Free {n}</source>
      <translation>空闲 {n}</translation>
    </message>
    <message>
      <source>GGUF is the file format of llama.cpp, which runs on almost anything; vLLM serves many users on GPUs.</source>
      <translation>GGUF 是 llama.cpp 的文件格式，几乎在任何设备上都能运行；vLLM 在 GPU 上为许多用户提供服务。</translation>
    </message>
    <message>
      <source>GGUF, llama.cpp, vLLM</source>
      <translation>GGUF、llama.cpp、vLLM</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>GPU GiB</source>
      <translation>GPU GiB</translation>
    </message>
    <message>
      <source>GPU above RAM, each on its own full scale</source>
      <translation>上为 GPU，下为内存，各按自身的满刻度</translation>
    </message>
    <message>
      <source>GPU memory</source>
      <translation>显存</translation>
    </message>
    <message>
      <source>GPU or SoC</source>
      <translation>GPU 或 SoC</translation>
    </message>
    <message>
      <source>GPU or SoC to add</source>
      <translation>要添加的 GPU 或 SoC</translation>
    </message>
    <message>
      <source>GPU to plan with</source>
      <translation>规划用的 GPU</translation>
    </message>
    <message>
      <source>GPU {n}</source>
      <translation>GPU {n}</translation>
    </message>
    <message>
      <source>GPU {n}: {name}</source>
      <translation>GPU {n}：{name}</translation>
    </message>
    <message>
      <source>GiB left</source>
      <translation>剩余 GiB</translation>
    </message>
    <message>
      <source>GiB, GB</source>
      <translation>GiB、GB</translation>
    </message>
    <message>
      <source>Give the machine a name to save it</source>
      <translation>给机器起个名称以便保存</translation>
    </message>
    <message>
      <source>Glossary</source>
      <translation>术语表</translation>
    </message>
    <message>
      <source>Hardware Fit Planner</source>
      <translation>硬件适配规划器</translation>
    </message>
    <message>
      <source>Hide</source>
      <translation>隐藏</translation>
    </message>
    <message>
      <source>How it fits</source>
      <translation>放置方式</translation>
    </message>
    <message>
      <source>How much of it is in use is not known: nothing is assumed to be.</source>
      <translation>其中已用多少未知：假定没有占用。</translation>
    </message>
    <message>
      <source>Hugging Face</source>
      <translation>Hugging Face</translation>
    </message>
    <message>
      <source>In 8 of 10 cases the speed lies in the range; in half of them above the median.</source>
      <translation>十次中有八次速度落在此区间；其中一半高于中位数。</translation>
    </message>
    <message>
      <source>Inputs</source>
      <translation>输入</translation>
    </message>
    <message>
      <source>K cache</source>
      <translation>K 缓存</translation>
    </message>
    <message>
      <source>K cache type</source>
      <translation>K 缓存类型</translation>
    </message>
    <message>
      <source>KV</source>
      <translation>KV</translation>
    </message>
    <message>
      <source>KV cache</source>
      <translation>KV 缓存</translation>
    </message>
    <message>
      <source>Keep free</source>
      <translation>保留空闲</translation>
    </message>
    <message>
      <source>Keep free
per GPU</source>
      <translation>每个 GPU
保留空闲</translation>
    </message>
    <message>
      <source>Keep this plan for comparison (Space in the list)</source>
      <translation>保留此方案用于比较（在列表中按空格键）</translation>
    </message>
    <message>
      <source>Keys and values kept for every token of the context; it grows with context and users.</source>
      <translation>为上下文中每个 token 保存的键和值；随上下文和用户数增长。</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>种类</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>语言</translation>
    </message>
    <message>
      <source>Language of the system</source>
      <translation>系统语言</translation>
    </message>
    <message>
      <source>Largest context this way</source>
      <translation>此方式下的最大上下文</translation>
    </message>
    <message>
      <source>Layer {n}: {where}</source>
      <translation>第 {n} 层：{where}</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>层</translation>
    </message>
    <message>
      <source>Layers split</source>
      <translation>分层放置</translation>
    </message>
    <message>
      <source>Layers split with RAM</source>
      <translation>各层分置于 GPU 和内存</translation>
    </message>
    <message>
      <source>Layers that look back only a fixed number of tokens, so that their cache stops growing.</source>
      <translation>只回看固定数量 token 的层，因此其缓存不再增长。</translation>
    </message>
    <message>
      <source>Layers with experts in RAM</source>
      <translation>专家在内存中的层</translation>
    </message>
    <message>
      <source>Layers, KV</source>
      <translation>层、KV</translation>
    </message>
    <message>
      <source>Least loss</source>
      <translation>损失最小</translation>
    </message>
    <message>
      <source>Left for the KV cache</source>
      <translation>留给 KV 缓存</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>许可证</translation>
    </message>
    <message>
      <source>List</source>
      <translation>列表</translation>
    </message>
    <message>
      <source>List (Ctrl+1)</source>
      <translation>列表 (Ctrl+1)</translation>
    </message>
    <message>
      <source>List and plan are made for this engine; Both takes the better one of each model</source>
      <translation>列表和方案按此引擎计算；“两者”为每个模型取较好的一个</translation>
    </message>
    <message>
      <source>List, map, quality against speed</source>
      <translation>列表、地图、质量与速度</translation>
    </message>
    <message>
      <source>Local file</source>
      <translation>本地文件</translation>
    </message>
    <message>
      <source>Long</source>
      <translation>长文</translation>
    </message>
    <message>
      <source>Long documents</source>
      <translation>长文档</translation>
    </message>
    <message>
      <source>Looking for GPUs…</source>
      <translation>正在查找 GPU…</translation>
    </message>
    <message>
      <source>Loss, KL</source>
      <translation>损失，KL</translation>
    </message>
    <message>
      <source>Machine</source>
      <translation>机器</translation>
    </message>
    <message>
      <source>Made with Qt {q} through PySide6, under the GNU Lesser General Public License, version 3: you may replace the Qt libraries with your own build; its text is at {url}</source>
      <translation>通过 PySide6 使用 Qt {q} 制作，遵循 GNU 宽通用公共许可证 (LGPL) 第 3 版：您可以用自己构建的 Qt 库替换；许可证全文见 {url}</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>地图</translation>
    </message>
    <message>
      <source>Map of models and contexts</source>
      <translation>模型与上下文地图</translation>
    </message>
    <message>
      <source>Map: placement against context (Ctrl+2)</source>
      <translation>地图：放置方式与上下文 (Ctrl+2)</translation>
    </message>
    <message>
      <source>Mean KL divergence of the quantization, nats, on Llama 3 8B</source>
      <translation>该量化在 Llama 3 8B 上的平均 KL 散度，nat</translation>
    </message>
    <message>
      <source>Mean Kullback–Leibler divergence from the unquantized model, nats; one published table, Llama 3 8B.</source>
      <translation>与未量化模型的平均 Kullback–Leibler 散度，nat；取自一份已发布的表，Llama 3 8B。</translation>
    </message>
    <message>
      <source>Measure</source>
      <translation>测量</translation>
    </message>
    <message>
      <source>Measure the bandwidth, 1 s</source>
      <translation>测量带宽，1 秒</translation>
    </message>
    <message>
      <source>Measured {rate} with {n} threads</source>
      <translation>用 {n} 个线程测得 {rate}</translation>
    </message>
    <message>
      <source>Measuring…</source>
      <translation>正在测量…</translation>
    </message>
    <message>
      <source>Median time to the first token</source>
      <translation>到首个 token 的时间中位数</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>内存</translation>
    </message>
    <message>
      <source>Memory in GiB (1,073,741,824 bytes); downloads in GB (1,000,000,000 bytes).</source>
      <translation>内存以 GiB 计（1,073,741,824 字节）；下载以 GB 计（1,000,000,000 字节）。</translation>
    </message>
    <message>
      <source>Memory kept free on each GPU for the desktop and other programs; the dotted tick in the bars.</source>
      <translation>每个 GPU 上为桌面和其他程序保留的空闲显存；即条形中的虚线刻度。</translation>
    </message>
    <message>
      <source>Memory kept free on each GPU, GiB</source>
      <translation>每个 GPU 上保留的空闲显存，GiB</translation>
    </message>
    <message>
      <source>Memory kept free on each GPU, for the desktop and other programs</source>
      <translation>每个 GPU 上为桌面和其他程序保留的空闲显存</translation>
    </message>
    <message>
      <source>Memory per device</source>
      <translation>各设备的内存</translation>
    </message>
    <message>
      <source>Memory rules read from {s}</source>
      <translation>内存规则读自 {s}</translation>
    </message>
    <message>
      <source>Memory vLLM takes</source>
      <translation>vLLM 占用的内存</translation>
    </message>
    <message>
      <source>Micro-batch (n_ubatch)</source>
      <translation>微批 (n_ubatch)</translation>
    </message>
    <message>
      <source>Mixture of experts (MoE)</source>
      <translation>混合专家 (MoE)</translation>
    </message>
    <message>
      <source>Model and quantization</source>
      <translation>模型和量化</translation>
    </message>
    <message>
      <source>Model, quantization</source>
      <translation>模型、量化</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>More filters: {names}</source>
      <translation>更多筛选：{names}</translation>
    </message>
    <message>
      <source>Mostly on the CPU</source>
      <translation>主要在 CPU 上</translation>
    </message>
    <message>
      <source>NVML, sysfs asked</source>
      <translation>已询问 NVML、sysfs</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>Name GPUs as people write them: “RTX 4090”, “2x RTX 3090”, “RTX A6000:48” for 48 GiB.</source>
      <translation>按常用写法输入 GPU：“RTX 4090”、“2x RTX 3090”，“RTX A6000:48” 表示 48 GiB。</translation>
    </message>
    <message>
      <source>Name of the machine</source>
      <translation>机器名称</translation>
    </message>
    <message>
      <source>Name of {name}</source>
      <translation>{name} 的名称</translation>
    </message>
    <message>
      <source>Neither llama-server nor vllm was found on the path. Plans do not need them; running does.</source>
      <translation>在路径中没有找到 llama-server 或 vllm。规划不需要它们，运行时需要。</translation>
    </message>
    <message>
      <source>New what-if machine…</source>
      <translation>新建假想机器…</translation>
    </message>
    <message>
      <source>No EU restriction</source>
      <translation>无欧盟限制</translation>
    </message>
    <message>
      <source>No EU terms</source>
      <translation>无欧盟条款</translation>
    </message>
    <message>
      <source>No GPU</source>
      <translation>无 GPU</translation>
    </message>
    <message>
      <source>No GPU found</source>
      <translation>未找到 GPU</translation>
    </message>
    <message>
      <source>No GPU was found, so these plans run on the CPU. See what a GPU would change:</source>
      <translation>没有找到 GPU，因此这些方案在 CPU 上运行。看看有了 GPU 会怎样：</translation>
    </message>
    <message>
      <source>No longer there since {time}</source>
      <translation>自 {time} 起不再存在</translation>
    </message>
    <message>
      <source>No model is called “{text}”. Part of a name is enough, also a Hugging Face id.</source>
      <translation>没有名为“{text}”的模型。输入名称的一部分即可，也可以是 Hugging Face ID。</translation>
    </message>
    <message>
      <source>No model of the list that fits has a published {benchmark} score.</source>
      <translation>列表中放得下的模型都没有已发布的 {benchmark} 分数。</translation>
    </message>
    <message>
      <source>No model passes all filters. Remove one of the chips above.</source>
      <translation>没有模型通过全部筛选。请移除上方的一个筛选标签。</translation>
    </message>
    <message>
      <source>No model selected</source>
      <translation>未选择模型</translation>
    </message>
    <message>
      <source>No network connection is made; every figure is an estimate.</source>
      <translation>不进行任何网络连接；每个数字都是估算。</translation>
    </message>
    <message>
      <source>No other quantization of this model is published.</source>
      <translation>此模型没有发布其他量化。</translation>
    </message>
    <message>
      <source>None is saved.</source>
      <translation>没有已保存的机器。</translation>
    </message>
    <message>
      <source>Not copied</source>
      <translation>未复制</translation>
    </message>
    <message>
      <source>Not copied: no clipboard</source>
      <translation>未复制：没有剪贴板</translation>
    </message>
    <message>
      <source>Not copied: the clipboard is not available</source>
      <translation>未复制：剪贴板不可用</translation>
    </message>
    <message>
      <source>Not in the list now: the filters leave it out.</source>
      <translation>目前不在列表中：已被筛选排除。</translation>
    </message>
    <message>
      <source>Not printed: the printer does not answer</source>
      <translation>未打印：打印机没有响应</translation>
    </message>
    <message>
      <source>Not saved: {reason}</source>
      <translation>未保存：{reason}</translation>
    </message>
    <message>
      <source>Nothing</source>
      <translation>无</translation>
    </message>
    <message>
      <source>Nothing that was tried would fit on this machine.</source>
      <translation>尝试过的方案都放不进这台机器。</translation>
    </message>
    <message>
      <source>Number</source>
      <translation>数值</translation>
    </message>
    <message>
      <source>Number in the cells</source>
      <translation>单元格中的数值</translation>
    </message>
    <message>
      <source>OSI</source>
      <translation>OSI</translation>
    </message>
    <message>
      <source>OSI-approved</source>
      <translation>OSI 批准</translation>
    </message>
    <message>
      <source>Offload (-ngl)</source>
      <translation>卸载到 GPU (-ngl)</translation>
    </message>
    <message>
      <source>On the GPU, tight</source>
      <translation>在 GPU 上，勉强</translation>
    </message>
    <message>
      <source>On {machine}: does not fit, short by {gib}</source>
      <translation>在 {machine} 上：放不下，差 {gib}</translation>
    </message>
    <message>
      <source>On {machine}: {fit}, {speed}</source>
      <translation>在 {machine} 上：{fit}，{speed}</translation>
    </message>
    <message>
      <source>One memory for processor and GPU, as in Apple silicon: nothing is copied, and both share its size.</source>
      <translation>处理器和 GPU 共用同一内存，如 Apple 芯片：无需复制，两者共享其容量。</translation>
    </message>
    <message>
      <source>Only differences</source>
      <translation>仅差异</translation>
    </message>
    <message>
      <source>Open log folder</source>
      <translation>打开日志文件夹</translation>
    </message>
    <message>
      <source>Origin</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Other…</source>
      <translation>其他…</translation>
    </message>
    <message>
      <source>Outside PyTorch</source>
      <translation>PyTorch 之外</translation>
    </message>
    <message>
      <source>Overhead</source>
      <translation>开销</translation>
    </message>
    <message>
      <source>PCI id, table</source>
      <translation>PCI ID，查表</translation>
    </message>
    <message>
      <source>PCI {id}</source>
      <translation>PCI {id}</translation>
    </message>
    <message>
      <source>PCIe link</source>
      <translation>PCIe 链路</translation>
    </message>
    <message>
      <source>Page {first} of {all}</source>
      <translation>第 {first} 页，共 {all} 页</translation>
    </message>
    <message>
      <source>Pages of the report</source>
      <translation>报告页面</translation>
    </message>
    <message>
      <source>Pages {first}–{last} of {all}</source>
      <translation>第 {first}–{last} 页，共 {all} 页</translation>
    </message>
    <message>
      <source>Paper</source>
      <translation>纸张</translation>
    </message>
    <message>
      <source>Path of the weights</source>
      <translation>权重路径</translation>
    </message>
    <message>
      <source>Pick a model, then copy its command</source>
      <translation>选择模型，然后复制其命令</translation>
    </message>
    <message>
      <source>Pin</source>
      <translation>固定</translation>
    </message>
    <message>
      <source>Pin at least two plans</source>
      <translation>请至少固定两个方案</translation>
    </message>
    <message>
      <source>Pin at least two plans to compare them (Space in the list)</source>
      <translation>请至少固定两个方案再比较（在列表中按空格键）</translation>
    </message>
    <message>
      <source>Pin or unpin</source>
      <translation>固定或取消固定</translation>
    </message>
    <message>
      <source>Pin up to four plans with Space to compare them</source>
      <translation>按空格键最多固定四个方案进行比较</translation>
    </message>
    <message>
      <source>Pinned</source>
      <translation>已固定</translation>
    </message>
    <message>
      <source>Pinned plans side by side</source>
      <translation>已固定方案的并列比较</translation>
    </message>
    <message>
      <source>Place</source>
      <translation>名次</translation>
    </message>
    <message>
      <source>Placeholder</source>
      <translation>占位符</translation>
    </message>
    <message>
      <source>Placement</source>
      <translation>放置</translation>
    </message>
    <message>
      <source>Placement, GiB</source>
      <translation>放置，GiB</translation>
    </message>
    <message>
      <source>Plan</source>
      <translation>方案</translation>
    </message>
    <message>
      <source>Plan for another machine</source>
      <translation>为另一台机器规划</translation>
    </message>
    <message>
      <source>Plan for another machine (Ctrl+N)</source>
      <translation>为另一台机器规划 (Ctrl+N)</translation>
    </message>
    <message>
      <source>Plan for it</source>
      <translation>为它规划</translation>
    </message>
    <message>
      <source>Plan for this machine</source>
      <translation>为本机规划</translation>
    </message>
    <message>
      <source>Plan for {name}</source>
      <translation>为 {name} 规划</translation>
    </message>
    <message>
      <source>Plan in its own window</source>
      <translation>在单独窗口中的方案</translation>
    </message>
    <message>
      <source>Plan with this GPU</source>
      <translation>用此 GPU 规划</translation>
    </message>
    <message>
      <source>Planned for vLLM: {n} of {all} models</source>
      <translation>已为 vLLM 规划 {n} / {all} 个模型</translation>
    </message>
    <message>
      <source>Planning for</source>
      <translation>规划对象</translation>
    </message>
    <message>
      <source>Planning for the other engine…</source>
      <translation>正在为另一个引擎规划…</translation>
    </message>
    <message>
      <source>Planning for {name}</source>
      <translation>正在为 {name} 规划</translation>
    </message>
    <message>
      <source>Point at a flag to see why it is there.</source>
      <translation>指向某个参数，即可查看它的用途。</translation>
    </message>
    <message>
      <source>Point at a mark, or use the arrow keys: left and right by speed, up and down by score</source>
      <translation>指向某个标记，或使用方向键：左右按速度，上下按分数</translation>
    </message>
    <message>
      <source>Prediction blocks: KV cache</source>
      <translation>预测块：KV 缓存</translation>
    </message>
    <message>
      <source>Prediction blocks: compute buffer</source>
      <translation>预测块：计算缓冲区</translation>
    </message>
    <message>
      <source>Prediction blocks: weights</source>
      <translation>预测块：权重</translation>
    </message>
    <message>
      <source>Prefer</source>
      <translation>优先</translation>
    </message>
    <message>
      <source>Prefill</source>
      <translation>预填充</translation>
    </message>
    <message>
      <source>Preview, save or print a report (Ctrl+E)</source>
      <translation>预览、保存或打印报告 (Ctrl+E)</translation>
    </message>
    <message>
      <source>Print the pages shown; choose PDF or HTML for that</source>
      <translation>打印所示页面；请选择 PDF 或 HTML</translation>
    </message>
    <message>
      <source>Printed {n} pages</source>
      <translation>已打印 {n} 页</translation>
    </message>
    <message>
      <source>Print…</source>
      <translation>打印…</translation>
    </message>
    <message>
      <source>Probe failed</source>
      <translation>探测失败</translation>
    </message>
    <message>
      <source>Processor</source>
      <translation>处理器</translation>
    </message>
    <message>
      <source>Program</source>
      <translation>程序</translation>
    </message>
    <message>
      <source>Projector weights</source>
      <translation>投影器权重</translation>
    </message>
    <message>
      <source>Projector working memory</source>
      <translation>投影器工作内存</translation>
    </message>
    <message>
      <source>Prompt cache</source>
      <translation>提示缓存</translation>
    </message>
    <message>
      <source>Prompt tokens computed at once; larger is faster and takes more memory.</source>
      <translation>一次计算的提示 token 数；越大越快，占用内存也越多。</translation>
    </message>
    <message>
      <source>Provenance mark</source>
      <translation>来源标记</translation>
    </message>
    <message>
      <source>Published, reported, imported</source>
      <translation>已发布、据报道、已导入</translation>
    </message>
    <message>
      <source>Put the text on the clipboard; a PDF is copied as Markdown</source>
      <translation>将文本放入剪贴板；PDF 以 Markdown 形式复制</translation>
    </message>
    <message>
      <source>Putting layers of a model on a GPU; the rest runs on the processor.</source>
      <translation>把模型的若干层放到 GPU 上；其余在处理器上运行。</translation>
    </message>
    <message>
      <source>Python {p}</source>
      <translation>Python {p}</translation>
    </message>
    <message>
      <source>Quality</source>
      <translation>质量</translation>
    </message>
    <message>
      <source>Quality against speed</source>
      <translation>质量与速度</translation>
    </message>
    <message>
      <source>Quality against speed (Ctrl+3)</source>
      <translation>质量与速度 (Ctrl+3)</translation>
    </message>
    <message>
      <source>Quality loss</source>
      <translation>质量损失</translation>
    </message>
    <message>
      <source>Quantization</source>
      <translation>量化</translation>
    </message>
    <message>
      <source>Quants of one</source>
      <translation>单个模型的量化</translation>
    </message>
    <message>
      <source>Question</source>
      <translation>需求</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>退出</translation>
    </message>
    <message>
      <source>RAM</source>
      <translation>内存</translation>
    </message>
    <message>
      <source>RAM speed</source>
      <translation>内存速度</translation>
    </message>
    <message>
      <source>RAM, GiB</source>
      <translation>内存，GiB</translation>
    </message>
    <message>
      <source>Reading the catalogue…</source>
      <translation>正在读取目录…</translation>
    </message>
    <message>
      <source>Reading the prompt: all its tokens are computed together, limited by arithmetic.</source>
      <translation>读取提示：所有 token 一起计算，受限于算力。</translation>
    </message>
    <message>
      <source>Recent machines</source>
      <translation>最近的机器</translation>
    </message>
    <message>
      <source>Recent plans</source>
      <translation>最近的方案</translation>
    </message>
    <message>
      <source>Recommended</source>
      <translation>推荐</translation>
    </message>
    <message>
      <source>Recurrent state</source>
      <translation>循环状态</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>重做</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>移除</translation>
    </message>
    <message>
      <source>Remove (Delete)</source>
      <translation>移除 (Delete)</translation>
    </message>
    <message>
      <source>Remove all filters</source>
      <translation>移除全部筛选</translation>
    </message>
    <message>
      <source>Remove the filter {text}</source>
      <translation>移除筛选 {text}</translation>
    </message>
    <message>
      <source>Remove this filter (Ctrl+Z brings it back)</source>
      <translation>移除此筛选（按 Ctrl+Z 恢复）</translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation>移除 {name}</translation>
    </message>
    <message>
      <source>Remove {name} from the comparison</source>
      <translation>从比较中移除 {name}</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>报告</translation>
    </message>
    <message>
      <source>Report and print preview…</source>
      <translation>报告和打印预览…</translation>
    </message>
    <message>
      <source>Report pages</source>
      <translation>报告页面</translation>
    </message>
    <message>
      <source>Report…</source>
      <translation>报告…</translation>
    </message>
    <message>
      <source>Requests answered together; each has its own context, and all share the memory bandwidth.</source>
      <translation>同时回答的请求；每个请求有自己的上下文，共享内存带宽。</translation>
    </message>
    <message>
      <source>Requests at once</source>
      <translation>同时请求数</translation>
    </message>
    <message>
      <source>Reserve</source>
      <translation>保留量</translation>
    </message>
    <message>
      <source>Restart now</source>
      <translation>立即重启</translation>
    </message>
    <message>
      <source>Right for zsh and fish as well</source>
      <translation>同样适用于 zsh 和 fish</translation>
    </message>
    <message>
      <source>Rows</source>
      <translation>行</translation>
    </message>
    <message>
      <source>Same date and data, same file.</source>
      <translation>日期和数据相同，文件就相同。</translation>
    </message>
    <message>
      <source>Save and compare</source>
      <translation>保存并比较</translation>
    </message>
    <message>
      <source>Save and plan for it</source>
      <translation>保存并为它规划</translation>
    </message>
    <message>
      <source>Save as…</source>
      <translation>另存为…</translation>
    </message>
    <message>
      <source>Save the report</source>
      <translation>保存报告</translation>
    </message>
    <message>
      <source>Saved machines</source>
      <translation>已保存的机器</translation>
    </message>
    <message>
      <source>Saved machines…</source>
      <translation>已保存的机器…</translation>
    </message>
    <message>
      <source>Say what you need on the left</source>
      <translation>在左侧说明您的需求</translation>
    </message>
    <message>
      <source>Scatter</source>
      <translation>散点图</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>分数</translation>
    </message>
    <message>
      <source>Scratch memory for one micro-batch of tokens.</source>
      <translation>一个微批 token 所需的临时内存。</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>搜索</translation>
    </message>
    <message>
      <source>Search commands</source>
      <translation>搜索命令</translation>
    </message>
    <message>
      <source>Search models</source>
      <translation>搜索模型</translation>
    </message>
    <message>
      <source>Select one in the list. Its plan appears here: where every part goes, how fast it runs, and the command to start it.</source>
      <translation>在列表中选择一个。它的方案会显示在这里：各部分放在哪里、运行多快，以及启动它的命令。</translation>
    </message>
    <message>
      <source>Shell</source>
      <translation>Shell</translation>
    </message>
    <message>
      <source>Short by {n}</source>
      <translation>差 {n}</translation>
    </message>
    <message>
      <source>Show or hide the plan</source>
      <translation>显示或隐藏方案</translation>
    </message>
    <message>
      <source>Show or hide the question</source>
      <translation>显示或隐藏需求</translation>
    </message>
    <message>
      <source>Show search and filters (Ctrl+B)</source>
      <translation>显示搜索和筛选 (Ctrl+B)</translation>
    </message>
    <message>
      <source>Show the pinned plans side by side (Ctrl+K)</source>
      <translation>并排显示已固定的方案 (Ctrl+K)</translation>
    </message>
    <message>
      <source>Show the plan (Ctrl+P)</source>
      <translation>显示方案 (Ctrl+P)</translation>
    </message>
    <message>
      <source>Show the plan in a window of its own</source>
      <translation>在单独的窗口中显示方案</translation>
    </message>
    <message>
      <source>Show the plan of {engine}</source>
      <translation>显示 {engine} 的方案</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <source>Size of everything</source>
      <translation>整体大小</translation>
    </message>
    <message>
      <source>Size of the download, decimal gigabytes</source>
      <translation>下载大小，十进制 GB</translation>
    </message>
    <message>
      <source>Size of the pages</source>
      <translation>页面大小</translation>
    </message>
    <message>
      <source>Size {n} %</source>
      <translation>大小 {n} %</translation>
    </message>
    <message>
      <source>Sliding window</source>
      <translation>滑动窗口</translation>
    </message>
    <message>
      <source>Smallest</source>
      <translation>最小</translation>
    </message>
    <message>
      <source>Some expert matrices of {n} more layers are in RAM as well, so that the GPU is filled</source>
      <translation>另有 {n} 层的部分专家矩阵也在内存中，以充分利用 GPU</translation>
    </message>
    <message>
      <source>Some whole layers run on the CPU (-ngl).</source>
      <translation>若干整层在 CPU 上运行 (-ngl)。</translation>
    </message>
    <message>
      <source>Something went wrong in the program: {fault}. It is in the log; the window goes on.</source>
      <translation>程序出了错：{fault}。已写入日志；窗口继续运行。</translation>
    </message>
    <message>
      <source>Sort by</source>
      <translation>排序依据</translation>
    </message>
    <message>
      <source>Source</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Source of the weights</source>
      <translation>权重来源</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>速度</translation>
    </message>
    <message>
      <source>Speed and GPU memory against context</source>
      <translation>速度和显存随上下文的变化</translation>
    </message>
    <message>
      <source>Speed and GPU memory against layers with experts in RAM</source>
      <translation>速度和显存随专家在内存中的层数的变化</translation>
    </message>
    <message>
      <source>Speed of the RAM</source>
      <translation>内存速度</translation>
    </message>
    <message>
      <source>Speeds fitted to public measurements on {date}</source>
      <translation>速度于 {date} 根据公开测量拟合</translation>
    </message>
    <message>
      <source>State of the report</source>
      <translation>报告状态</translation>
    </message>
    <message>
      <source>Stop comparing with a second machine</source>
      <translation>停止与第二台机器比较</translation>
    </message>
    <message>
      <source>Stop comparing with {name}</source>
      <translation>停止与 {name} 比较</translation>
    </message>
    <message>
      <source>System memory</source>
      <translation>系统内存</translation>
    </message>
    <message>
      <source>Table row</source>
      <translation>表格行</translation>
    </message>
    <message>
      <source>Text of the report</source>
      <translation>报告文本</translation>
    </message>
    <message>
      <source>The catalogue cannot be read</source>
      <translation>无法读取目录</translation>
    </message>
    <message>
      <source>The clipboard is not available; select the text and copy it by hand</source>
      <translation>剪贴板不可用；请选中文本手动复制</translation>
    </message>
    <message>
      <source>The data is of {date}, {n} days old: a newer version may know more models</source>
      <translation>数据日期为 {date}，已有 {n} 天：新版本可能收录更多模型</translation>
    </message>
    <message>
      <source>The language changes at the next start</source>
      <translation>语言将在下次启动时更改</translation>
    </message>
    <message>
      <source>The log is in {folder}</source>
      <translation>日志位于 {folder}</translation>
    </message>
    <message>
      <source>The memory could not be measured: {why}</source>
      <translation>无法测量内存：{why}</translation>
    </message>
    <message>
      <source>The model itself. Of the routed experts of a mixture-of-experts model each token uses a few.</source>
      <translation>模型本身。混合专家模型的路由专家中，每个 token 只用到少数几个。</translation>
    </message>
    <message>
      <source>The name says {named}; this plan is for {quant}.</source>
      <translation>名称写的是 {named}；此方案针对 {quant}。</translation>
    </message>
    <message>
      <source>The pinned plans</source>
      <translation>已固定的方案</translation>
    </message>
    <message>
      <source>The preview is being made…</source>
      <translation>正在生成预览…</translation>
    </message>
    <message>
      <source>The program could not be started again; close it and open it</source>
      <translation>程序无法重新启动；请关闭后再打开</translation>
    </message>
    <message>
      <source>The ranking, {n} models</source>
      <translation>排名，{n} 个模型</translation>
    </message>
    <message>
      <source>The same in all, not shown: {rows}</source>
      <translation>全部相同，未显示：{rows}</translation>
    </message>
    <message>
      <source>The same quantization on the machine compared with: how it fits, tok/s</source>
      <translation>在比较机器上的同一量化：放置方式、token/秒</translation>
    </message>
    <message>
      <source>The second machine cannot be planned: {why}</source>
      <translation>无法为第二台机器规划：{why}</translation>
    </message>
    <message>
      <source>The {n} pinned plans</source>
      <translation>{n} 个已固定的方案</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>主题</translation>
    </message>
    <message>
      <source>Theme: dark</source>
      <translation>主题：深色</translation>
    </message>
    <message>
      <source>Theme: follow the system</source>
      <translation>主题：跟随系统</translation>
    </message>
    <message>
      <source>Theme: high contrast</source>
      <translation>主题：高对比度</translation>
    </message>
    <message>
      <source>Theme: light</source>
      <translation>主题：浅色</translation>
    </message>
    <message>
      <source>There is no command for this.</source>
      <translation>没有对应的命令。</translation>
    </message>
    <message>
      <source>There is no command for this: the program has no flag for one of the settings.</source>
      <translation>没有对应的命令：该程序缺少其中一项设置的参数。</translation>
    </message>
    <message>
      <source>There is no log folder ({reason})</source>
      <translation>没有日志文件夹（{reason}）</translation>
    </message>
    <message>
      <source>There is no such file on this computer.</source>
      <translation>这台计算机上没有这个文件。</translation>
    </message>
    <message>
      <source>There is nothing to report yet: select a model in the list.</source>
      <translation>还没有可报告的内容：请在列表中选择一个模型。</translation>
    </message>
    <message>
      <source>This GPU is not part of the machine any more.</source>
      <translation>此 GPU 已不在机器中。</translation>
    </message>
    <message>
      <source>This cannot be planned</source>
      <translation>无法规划</translation>
    </message>
    <message>
      <source>This command would not load: see what fits instead above.</source>
      <translation>此命令无法加载：请看上方放得下的方案。</translation>
    </message>
    <message>
      <source>This is too long for a value; the value before is kept</source>
      <translation>作为数值太长了；保留之前的值</translation>
    </message>
    <message>
      <source>This machine</source>
      <translation>本机</translation>
    </message>
    <message>
      <source>This machine + {gpu}</source>
      <translation>本机 + {gpu}</translation>
    </message>
    <message>
      <source>This plan</source>
      <translation>此方案</translation>
    </message>
    <message>
      <source>Threads</source>
      <translation>线程</translation>
    </message>
    <message>
      <source>Time from sending the prompt until the first answer token.</source>
      <translation>从发送提示到出现首个回答 token 的时间。</translation>
    </message>
    <message>
      <source>Time per token</source>
      <translation>每个 token 的时间</translation>
    </message>
    <message>
      <source>Time per token, weights read from disk</source>
      <translation>每个 token 的时间，从磁盘读取权重</translation>
    </message>
    <message>
      <source>Time per token, what spilled read over PCIe</source>
      <translation>每个 token 的时间，经 PCIe 读取溢出部分</translation>
    </message>
    <message>
      <source>Together, tok/s</source>
      <translation>合计，tok/s</translation>
    </message>
    <message>
      <source>Tokens generated per second for one user. The bar holds 80 % of cases, the dot is the median.</source>
      <translation>为一个用户每秒生成的 token 数。条形包含 80 % 的情况，圆点是中位数。</translation>
    </message>
    <message>
      <source>Tokens of cache</source>
      <translation>缓存 token 数</translation>
    </message>
    <message>
      <source>Tokens of prompt and answer that fit at once. K is 1,024 tokens.</source>
      <translation>一次能容纳的提示和回答 token 数。K 为 1,024 个 token。</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>重试</translation>
    </message>
    <message>
      <source>Type a GPU, for example RTX 4090</source>
      <translation>输入 GPU，例如 RTX 4090</translation>
    </message>
    <message>
      <source>Type a path or drop a file</source>
      <translation>输入路径或拖入文件</translation>
    </message>
    <message>
      <source>Type another name to rename; Ctrl+Z takes back renaming and deleting.</source>
      <translation>输入其他名称即可重命名；Ctrl+Z 可撤销重命名和删除。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>撤销</translation>
    </message>
    <message>
      <source>Unified memory</source>
      <translation>统一内存</translation>
    </message>
    <message>
      <source>Use</source>
      <translation>用途</translation>
    </message>
    <message>
      <source>Use the described value</source>
      <translation>使用描述值</translation>
    </message>
    <message>
      <source>Use the detected value</source>
      <translation>使用检测值</translation>
    </message>
    <message>
      <source>Use, context length, users at once, and the least speed you accept.</source>
      <translation>用途、上下文长度、同时使用的用户数，以及可接受的最低速度。</translation>
    </message>
    <message>
      <source>Used for planning</source>
      <translation>规划所用值</translation>
    </message>
    <message>
      <source>Users</source>
      <translation>用户</translation>
    </message>
    <message>
      <source>Users at once</source>
      <translation>同时用户数</translation>
    </message>
    <message>
      <source>Users at once, slots</source>
      <translation>同时用户数、槽位</translation>
    </message>
    <message>
      <source>Users beyond those answered at once wait for a free place; “each” has their waiting in it.</source>
      <translation>超出同时回答数的用户要等空位；“每人”一栏已计入等待时间。</translation>
    </message>
    <message>
      <source>Using {gpu} from the table</source>
      <translation>使用表中的 {gpu}</translation>
    </message>
    <message>
      <source>V cache</source>
      <translation>V 缓存</translation>
    </message>
    <message>
      <source>V cache type</source>
      <translation>V 缓存类型</translation>
    </message>
    <message>
      <source>Value</source>
      <translation>数值</translation>
    </message>
    <message>
      <source>Verdict</source>
      <translation>结论</translation>
    </message>
    <message>
      <source>Version {v}. MIT licence: use, change and pass it on freely; no warranty.</source>
      <translation>版本 {v}。MIT 许可证：可自由使用、修改和分发；不提供担保。</translation>
    </message>
    <message>
      <source>View</source>
      <translation>视图</translation>
    </message>
    <message>
      <source>Vision</source>
      <translation>视觉</translation>
    </message>
    <message>
      <source>Weights</source>
      <translation>权重</translation>
    </message>
    <message>
      <source>Weights (*.gguf);;All files (*)</source>
      <translation>权重 (*.gguf);;所有文件 (*)</translation>
    </message>
    <message>
      <source>Weights per GPU</source>
      <translation>每个 GPU 的权重</translation>
    </message>
    <message>
      <source>Weights, experts</source>
      <translation>权重、专家</translation>
    </message>
    <message>
      <source>What</source>
      <translation>内容</translation>
    </message>
    <message>
      <source>What Mamba-like layers remember instead of keys and values; it does not grow with context.</source>
      <translation>类 Mamba 层用来代替键和值的记忆；不随上下文增长。</translation>
    </message>
    <message>
      <source>What do you want to do?</source>
      <translation>您想做什么？</translation>
    </message>
    <message>
      <source>What is free is read every 2 s; plans follow when it changes by more than {gpu} on a GPU or {ram} in RAM.</source>
      <translation>空闲内存每 2 秒读取一次；GPU 上的变化超过 {gpu} 或内存中的变化超过 {ram} 时，方案随之更新。</translation>
    </message>
    <message>
      <source>What the driver takes outside the engine's buffers, and what other programs use now.</source>
      <translation>驱动在引擎缓冲区之外占用的部分，以及其他程序当前的占用。</translation>
    </message>
    <message>
      <source>What the recommended quantization of each model is chosen for</source>
      <translation>每个模型的推荐量化按什么来选</translation>
    </message>
    <message>
      <source>What would fit</source>
      <translation>放得下的方案</translation>
    </message>
    <message>
      <source>Where the weights come from</source>
      <translation>权重的来源</translation>
    </message>
    <message>
      <source>Whether the weights can be downloaded, are only named in the press, or came from your own file.</source>
      <translation>权重是可以下载、仅见于报道，还是来自您自己的文件。</translation>
    </message>
    <message>
      <source>Which GPU</source>
      <translation>哪个 GPU</translation>
    </message>
    <message>
      <source>Why</source>
      <translation>原因</translation>
    </message>
    <message>
      <source>Why these numbers</source>
      <translation>为什么是这些数字</translation>
    </message>
    <message>
      <source>Why {n}</source>
      <translation>原因 {n}</translation>
    </message>
    <message>
      <source>Why: every number with its formula and source</source>
      <translation>原因：每个数字及其公式和来源</translation>
    </message>
    <message>
      <source>Write the report to a file (Ctrl+S)</source>
      <translation>将报告写入文件 (Ctrl+S)</translation>
    </message>
    <message>
      <source>Writes {name}; nothing is sent anywhere.</source>
      <translation>写入 {name}；不会发送到任何地方。</translation>
    </message>
    <message>
      <source>Writing the answer, one token after another, limited by how fast memory is read.</source>
      <translation>逐个 token 写出回答，受限于内存读取速度。</translation>
    </message>
    <message>
      <source>Writing {name}…</source>
      <translation>正在写入 {name}…</translation>
    </message>
    <message>
      <source>Wrote {name} ({size} bytes)</source>
      <translation>已写入 {name}（{size} 字节）</translation>
    </message>
    <message>
      <source>all in RAM</source>
      <translation>全部在内存中</translation>
    </message>
    <message>
      <source>all on the GPU</source>
      <translation>全部在 GPU 上</translation>
    </message>
    <message>
      <source>as trained</source>
      <translation>按训练格式</translation>
    </message>
    <message>
      <source>assumed</source>
      <translation>假定</translation>
    </message>
    <message>
      <source>bandwidth unknown</source>
      <translation>带宽未知</translation>
    </message>
    <message>
      <source>being planned</source>
      <translation>正在规划</translation>
    </message>
    <message>
      <source>by table</source>
      <translation>据表</translation>
    </message>
    <message>
      <source>compute</source>
      <translation>计算</translation>
    </message>
    <message>
      <source>context</source>
      <translation>上下文</translation>
    </message>
    <message>
      <source>context, tokens</source>
      <translation>上下文，token</translation>
    </message>
    <message>
      <source>dashed: nothing is both better and faster</source>
      <translation>虚线：没有既更好又更快的</translation>
    </message>
    <message>
      <source>decode, tok/s (logarithmic)</source>
      <translation>解码，token/秒（对数）</translation>
    </message>
    <message>
      <source>delete {name}</source>
      <translation>删除 {name}</translation>
    </message>
    <message>
      <source>details unknown</source>
      <translation>详情未知</translation>
    </message>
    <message>
      <source>detected</source>
      <translation>检测值</translation>
    </message>
    <message>
      <source>does not fit</source>
      <translation>放不下</translation>
    </message>
    <message>
      <source>does not fit: short by {gib} of {needed}</source>
      <translation>放不下：需 {needed}，差 {gib}</translation>
    </message>
    <message>
      <source>does not run</source>
      <translation>不能运行</translation>
    </message>
    <message>
      <source>download {gb}</source>
      <translation>下载 {gb}</translation>
    </message>
    <message>
      <source>e.g. RTX 4090 or 2x RTX 3090</source>
      <translation>例如 RTX 4090 或 2x RTX 3090</translation>
    </message>
    <message>
      <source>e.g. Ryzen 9 7950X (optional)</source>
      <translation>例如 Ryzen 9 7950X（可选）</translation>
    </message>
    <message>
      <source>engine</source>
      <translation>引擎</translation>
    </message>
    <message>
      <source>entered</source>
      <translation>已填写</translation>
    </message>
    <message>
      <source>every number is an estimate; select a model to see why</source>
      <translation>每个数字都是估算；选择一个模型查看原因</translation>
    </message>
    <message>
      <source>experts</source>
      <translation>专家</translation>
    </message>
    <message>
      <source>experts in RAM</source>
      <translation>专家在内存中</translation>
    </message>
    <message>
      <source>experts of {n} in RAM</source>
      <translation>{n} 的专家在内存中</translation>
    </message>
    <message>
      <source>fastest at {x}: {speed} tok/s, {gib}</source>
      <translation>在 {x} 处最快：{speed} token/秒，{gib}</translation>
    </message>
    <message>
      <source>fit chip</source>
      <translation>放置筛选</translation>
    </message>
    <message>
      <source>for programs</source>
      <translation>供程序使用</translation>
    </message>
    <message>
      <source>from the processor, or unknown</source>
      <translation>由处理器推得，或未知</translation>
    </message>
    <message>
      <source>hides {n}</source>
      <translation>隐藏 {n} 个</translation>
    </message>
    <message>
      <source>how it fits</source>
      <translation>放置方式</translation>
    </message>
    <message>
      <source>imported</source>
      <translation>已导入</translation>
    </message>
    <message>
      <source>in use by others</source>
      <translation>其他程序占用</translation>
    </message>
    <message>
      <source>layer 0</source>
      <translation>第 0 层</translation>
    </message>
    <message>
      <source>layer {n}</source>
      <translation>第 {n} 层</translation>
    </message>
    <message>
      <source>layers split with RAM</source>
      <translation>各层分置于 GPU 和内存</translation>
    </message>
    <message>
      <source>layers with experts in RAM</source>
      <translation>专家在内存中的层</translation>
    </message>
    <message>
      <source>layers {a}–{b}</source>
      <translation>第 {a}–{b} 层</translation>
    </message>
    <message>
      <source>least speed</source>
      <translation>最低速度</translation>
    </message>
    <message>
      <source>licence</source>
      <translation>许可证</translation>
    </message>
    <message>
      <source>licence chip</source>
      <translation>许可证筛选</translation>
    </message>
    <message>
      <source>limit {gib}</source>
      <translation>上限 {gib}</translation>
    </message>
    <message>
      <source>llama.cpp and vLLM side by side</source>
      <translation>llama.cpp 与 vLLM 并排</translation>
    </message>
    <message>
      <source>llama.cpp loads GGUF files; this name does not end in .gguf.</source>
      <translation>llama.cpp 加载 GGUF 文件；此名称不以 .gguf 结尾。</translation>
    </message>
    <message>
      <source>looking…</source>
      <translation>正在查找…</translation>
    </message>
    <message>
      <source>measured</source>
      <translation>实测</translation>
    </message>
    <message>
      <source>measuring…</source>
      <translation>正在测量…</translation>
    </message>
    <message>
      <source>memory unknown</source>
      <translation>内存未知</translation>
    </message>
    <message>
      <source>models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>more than the memory; the largest valid value is {gib}</source>
      <translation>超过内存；最大有效值为 {gib}</translation>
    </message>
    <message>
      <source>mostly on the CPU</source>
      <translation>主要在 CPU 上</translation>
    </message>
    <message>
      <source>needed to save it</source>
      <translation>保存时需要</translation>
    </message>
    <message>
      <source>no longer there since {time}</source>
      <translation>自 {time} 起不再存在</translation>
    </message>
    <message>
      <source>no machine is compared with</source>
      <translation>没有比较对象</translation>
    </message>
    <message>
      <source>no source</source>
      <translation>无来源</translation>
    </message>
    <message>
      <source>no speed</source>
      <translation>无速度</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>none found</source>
      <translation>未找到</translation>
    </message>
    <message>
      <source>not described</source>
      <translation>未描述</translation>
    </message>
    <message>
      <source>not known</source>
      <translation>未知</translation>
    </message>
    <message>
      <source>not offered: longer than the model was made for</source>
      <translation>不提供：超过模型的设计长度</translation>
    </message>
    <message>
      <source>not readable</source>
      <translation>无法读取</translation>
    </message>
    <message>
      <source>nothing fits this way</source>
      <translation>此方式下都放不下</translation>
    </message>
    <message>
      <source>nothing in the list is both better and faster</source>
      <translation>列表中没有既更好又更快的</translation>
    </message>
    <message>
      <source>number = GPU</source>
      <translation>数字 = GPU</translation>
    </message>
    <message>
      <source>numbers</source>
      <translation>数值</translation>
    </message>
    <message>
      <source>of unknown size</source>
      <translation>大小未知</translation>
    </message>
    <message>
      <source>of {gib}</source>
      <translation>共 {gib}</translation>
    </message>
    <message>
      <source>of {needed}</source>
      <translation>需 {needed}</translation>
    </message>
    <message>
      <source>on the GPU, tight</source>
      <translation>在 GPU 上，勉强</translation>
    </message>
    <message>
      <source>one file</source>
      <translation>一个文件</translation>
    </message>
    <message>
      <source>overhead</source>
      <translation>开销</translation>
    </message>
    <message>
      <source>override</source>
      <translation>覆盖数值</translation>
    </message>
    <message>
      <source>pages, vector</source>
      <translation>页面，矢量</translation>
    </message>
    <message>
      <source>past the trained context</source>
      <translation>超出训练上下文</translation>
    </message>
    <message>
      <source>past the trained context: needs YaRN</source>
      <translation>超出训练上下文：需要 YaRN</translation>
    </message>
    <message>
      <source>plan for this machine</source>
      <translation>为本机规划</translation>
    </message>
    <message>
      <source>plan for {name}</source>
      <translation>为 {name} 规划</translation>
    </message>
    <message>
      <source>planning with RAM and CPU until then</source>
      <translation>在此之前按内存和 CPU 规划</translation>
    </message>
    <message>
      <source>plans run on the CPU</source>
      <translation>方案在 CPU 上运行</translation>
    </message>
    <message>
      <source>prefer</source>
      <translation>优先</translation>
    </message>
    <message>
      <source>provisional: this machine is still being looked at</source>
      <translation>暂定：仍在检测本机</translation>
    </message>
    <message>
      <source>published weights</source>
      <translation>已发布权重</translation>
    </message>
    <message>
      <source>remove all filters</source>
      <translation>移除全部筛选</translation>
    </message>
    <message>
      <source>rename {name}</source>
      <translation>重命名 {name}</translation>
    </message>
    <message>
      <source>reported only</source>
      <translation>仅据报道</translation>
    </message>
    <message>
      <source>reserve</source>
      <translation>保留量</translation>
    </message>
    <message>
      <source>search</source>
      <translation>搜索</translation>
    </message>
    <message>
      <source>search chip</source>
      <translation>搜索筛选</translation>
    </message>
    <message>
      <source>short by {gib}</source>
      <translation>差 {gib}</translation>
    </message>
    <message>
      <source>short by {gib} of {needed}</source>
      <translation>需 {needed}，差 {gib}</translation>
    </message>
    <message>
      <source>short by {n}</source>
      <translation>差 {n}</translation>
    </message>
    <message>
      <source>size unknown</source>
      <translation>大小未知</translation>
    </message>
    <message>
      <source>speed chip</source>
      <translation>速度筛选</translation>
    </message>
    <message>
      <source>speed unknown</source>
      <translation>速度未知</translation>
    </message>
    <message>
      <source>split</source>
      <translation>分置</translation>
    </message>
    <message>
      <source>table</source>
      <translation>表</translation>
    </message>
    <message>
      <source>text</source>
      <translation>文本</translation>
    </message>
    <message>
      <source>the first {n} of {all} lines</source>
      <translation>共 {all} 行中的前 {n} 行</translation>
    </message>
    <message>
      <source>thick line: largest context that stays on the GPU · black corner: past the trained context, needs YaRN · – not offered · arrow keys move, Enter opens the plan</source>
      <translation>粗线：仍在 GPU 上的最大上下文 · 黑角：超出训练上下文，需要 YaRN · – 不提供 · 方向键移动，回车打开方案</translation>
    </message>
    <message>
      <source>this machine</source>
      <translation>本机</translation>
    </message>
    <message>
      <source>tight</source>
      <translation>勉强</translation>
    </message>
    <message>
      <source>tok/s</source>
      <translation>token/秒</translation>
    </message>
    <message>
      <source>tok/s, 80 %</source>
      <translation>token/秒，80 %</translation>
    </message>
    <message>
      <source>tok/s, decode</source>
      <translation>token/秒，解码</translation>
    </message>
    <message>
      <source>token embedding</source>
      <translation>token 嵌入</translation>
    </message>
    <message>
      <source>tokens</source>
      <translation>token</translation>
    </message>
    <message>
      <source>tokens ({n})</source>
      <translation>token（{n}）</translation>
    </message>
    <message>
      <source>trained for {n} of context</source>
      <translation>训练上下文 {n}</translation>
    </message>
    <message>
      <source>unknown</source>
      <translation>未知</translation>
    </message>
    <message>
      <source>unknown date</source>
      <translation>日期未知</translation>
    </message>
    <message>
      <source>use</source>
      <translation>用途</translation>
    </message>
    <message>
      <source>use chip</source>
      <translation>用途筛选</translation>
    </message>
    <message>
      <source>users</source>
      <translation>用户</translation>
    </message>
    <message>
      <source>vLLM chooses the type of its cache with --kv-cache-dtype</source>
      <translation>vLLM 用 --kv-cache-dtype 选择其缓存类型</translation>
    </message>
    <message>
      <source>vs {name}</source>
      <translation>对比 {name}</translation>
    </message>
    <message>
      <source>weights</source>
      <translation>权重</translation>
    </message>
    <message>
      <source>what fits</source>
      <translation>放得下的</translation>
    </message>
    <message>
      <source>{backend} context, workspaces and pool</source>
      <translation>{backend} 上下文、工作区和内存池</translation>
    </message>
    <message>
      <source>{benchmark}, %</source>
      <translation>{benchmark}，%</translation>
    </message>
    <message>
      <source>{context}: {rest}</source>
      <translation>{context}：{rest}</translation>
    </message>
    <message>
      <source>{detail} each</source>
      <translation>每个 {detail}</translation>
    </message>
    <message>
      <source>{free} of {total} free</source>
      <translation>空闲 {free}，共 {total}</translation>
    </message>
    <message>
      <source>{generation}.0 ×{lanes}</source>
      <translation>{generation}.0 ×{lanes}</translation>
    </message>
    <message>
      <source>{gib} in all</source>
      <translation>共 {gib}</translation>
    </message>
    <message>
      <source>{kind}, {n} channels</source>
      <translation>{kind}，{n} 通道</translation>
    </message>
    <message>
      <source>{line} (at {context})</source>
      <translation>{line}（{context} 时）</translation>
    </message>
    <message>
      <source>{low}–{high} tok/s</source>
      <translation>{low}–{high} token/秒</translation>
    </message>
    <message>
      <source>{name} at {n}</source>
      <translation>{name}，{n}</translation>
    </message>
    <message>
      <source>{name} is no longer there since {time}: this plan is for the machine as it was.</source>
      <translation>{name} 自 {time} 起不再存在：此方案针对机器原来的状态。</translation>
    </message>
    <message>
      <source>{name} is no longer there since {time}; the plan stays as it was</source>
      <translation>{name} 自 {time} 起不再存在；方案保持不变</translation>
    </message>
    <message>
      <source>{name} is there again</source>
      <translation>{name} 已恢复</translation>
    </message>
    <message>
      <source>{name} {quant}: {benchmark} {score} % ({setting}; {source}, read {date}), {low}–{high} tok/s, {fit}</source>
      <translation>{name} {quant}：{benchmark} {score} %（{setting}；{source}，读取于 {date}），{low}–{high} token/秒，{fit}</translation>
    </message>
    <message>
      <source>{name} — Plan</source>
      <translation>{name} — 方案</translation>
    </message>
    <message>
      <source>{name}, {context}, {fit}, {low} to {high} tokens per second</source>
      <translation>{name}，{context}，{fit}，每秒 {low} 到 {high} 个 token</translation>
    </message>
    <message>
      <source>{name}, {context}: not offered</source>
      <translation>{name}，{context}：不提供</translation>
    </message>
    <message>
      <source>{name}: {tip}</source>
      <translation>{name}：{tip}</translation>
    </message>
    <message>
      <source>{name}; Delete removes it</source>
      <translation>{name}；按 Delete 移除</translation>
    </message>
    <message>
      <source>{n} % from the next start</source>
      <translation>下次启动起为 {n} %</translation>
    </message>
    <message>
      <source>{n} + part</source>
      <translation>{n} + 部分</translation>
    </message>
    <message>
      <source>{n} cores</source>
      <translation>{n} 核</translation>
    </message>
    <message>
      <source>{n} do not fit</source>
      <translation>{n} 个放不下</translation>
    </message>
    <message>
      <source>{n} found</source>
      <translation>找到 {n} 个</translation>
    </message>
    <message>
      <source>{n} free</source>
      <translation>空闲 {n}</translation>
    </message>
    <message>
      <source>{n} have no known speed</source>
      <translation>{n} 个速度未知</translation>
    </message>
    <message>
      <source>{n} in RAM</source>
      <translation>内存中 {n}</translation>
    </message>
    <message>
      <source>{n} layers</source>
      <translation>{n} 层</translation>
    </message>
    <message>
      <source>{n} lines</source>
      <translation>{n} 行</translation>
    </message>
    <message>
      <source>{n} models</source>
      <translation>{n} 个模型</translation>
    </message>
    <message>
      <source>{n} models by published {benchmark} score of the unquantized model</source>
      <translation>{n} 个模型，按未量化模型已发布的 {benchmark} 分数</translation>
    </message>
    <message>
      <source>{n} models in the catalogue, of {date}; {planned} of them can be planned</source>
      <translation>目录中有 {n} 个模型（{date}），其中 {planned} 个可以规划</translation>
    </message>
    <message>
      <source>{n} models; nearest first</source>
      <translation>{n} 个模型；最接近的在前</translation>
    </message>
    <message>
      <source>{n} more can be pinned</source>
      <translation>还可固定 {n} 个</translation>
    </message>
    <message>
      <source>{n} of {all}</source>
      <translation>{n} / {all}</translation>
    </message>
    <message>
      <source>{n} of {all} models shown</source>
      <translation>显示 {n} 个模型，共 {all} 个</translation>
    </message>
    <message>
      <source>{n} pages, always light for print</source>
      <translation>{n} 页，始终为便于打印的浅色</translation>
    </message>
    <message>
      <source>{n} parameters</source>
      <translation>{n} 参数</translation>
    </message>
    <message>
      <source>{n} probe(s) failed</source>
      <translation>{n} 项探测失败</translation>
    </message>
    <message>
      <source>{n} tok/s</source>
      <translation>{n} token/秒</translation>
    </message>
    <message>
      <source>{n} without a score are not drawn</source>
      <translation>{n} 个没有分数，未绘出</translation>
    </message>
    <message>
      <source>{n}× {name}</source>
      <translation>{n}× {name}</translation>
    </message>
    <message>
      <source>{probe} not readable</source>
      <translation>无法读取 {probe}</translation>
    </message>
    <message>
      <source>{range} tok/s</source>
      <translation>{range} token/秒</translation>
    </message>
    <message>
      <source>{rate}, measure</source>
      <translation>{rate}，测量</translation>
    </message>
    <message>
      <source>{reason}; choose another name</source>
      <translation>{reason}；请换一个名称</translation>
    </message>
    <message>
      <source>{reason}; choose another shell.</source>
      <translation>{reason}；请换一个 Shell。</translation>
    </message>
    <message>
      <source>{text} on {machine}: remove</source>
      <translation>{machine} 上的 {text}：移除</translation>
    </message>
    <message>
      <source>{text}, best in its row</source>
      <translation>{text}，本行最佳</translation>
    </message>
    <message>
      <source>{title} (no room)</source>
      <translation>{title}（空间不足）</translation>
    </message>
    <message>
      <source>{title}, {total} of {capacity}: {parts}</source>
      <translation>{title}，{capacity} 中的 {total}：{parts}</translation>
    </message>
    <message>
      <source>{total} parameters, {active} active</source>
      <translation>{total} 参数，激活 {active}</translation>
    </message>
    <message>
      <source>{used} of {all}</source>
      <translation>{used} / {all}</translation>
    </message>
    <message>
      <source>▾ all {n} it is trained for fit</source>
      <translation>▾ 训练所及的 {n} 全部放得下</translation>
    </message>
    <message>
      <source>▾ {n} is the most this way</source>
      <translation>▾ 此方式下最多 {n}</translation>
    </message>
    <message>
      <source>▾ {n} of {all} layers is fastest</source>
      <translation>▾ 共 {all} 层，{n} 层最快</translation>
    </message>
    <message>
      <source>● published weights · ◐ reported only · ○ imported by you</source>
      <translation>● 已发布权重 · ◐ 仅据报道 · ○ 由您导入</translation>
    </message>
    <message>
      <source>★ best in its row</source>
      <translation>★ 本行最佳</translation>
    </message>
    <message>
      <source>★ marks the recommended quantization</source>
      <translation>★ 标记推荐的量化</translation>
    </message>
  </context>
  <context>
    <name>planner</name>
    <message>
      <source> or </source>
      <translation> 或 </translation>
    </message>
    <message>
      <source> · </source>
      <translation> · </translation>
    </message>
    <message>
      <source># this shell cannot pass one of the arguments</source>
      <translation># 此 shell 无法传递其中一个参数</translation>
    </message>
    <message>
      <source>(devices − 1) × fitted time per hop</source>
      <translation>（设备数 − 1）× 拟合的每跳时间</translation>
    </message>
    <message>
      <source>, </source>
      <translation>，</translation>
    </message>
    <message>
      <source>16-bit tensor cores</source>
      <translation>16 位张量核心</translation>
    </message>
    <message>
      <source>2 × parameters in RAM × prompt tokens ÷ (fitted rate × cores) + attention over the cache in RAM</source>
      <translation>2 × 内存中的参数 × 提示词元数 ÷（拟合速率 × 核心数）+ 对内存中缓存的注意力计算</translation>
    </message>
    <message>
      <source>2 × parameters × prompt tokens ÷ (efficiency × tensor rate)</source>
      <translation>2 × 参数量 × 提示 token 数 ÷（效率 × 张量算力）</translation>
    </message>
    <message>
      <source>; </source>
      <translation>；</translation>
    </message>
    <message>
      <source>A policy to respect EU copyright law and a public summary of the training content are owed for open models too.</source>
      <translation>开放模型也须制定遵守欧盟版权法的政策，并公开训练内容摘要。</translation>
    </message>
    <message>
      <source>AMD: rocm-smi {why}</source>
      <translation>AMD：rocm-smi {why}</translation>
    </message>
    <message>
      <source>About 10^23 floating-point operations of training is the indicative line from which a model counts as general-purpose.</source>
      <translation>训练约 10^23 次浮点运算是将模型视为通用模型的参考界线。</translation>
    </message>
    <message>
      <source>Accelerator table</source>
      <translation>加速器表</translation>
    </message>
    <message>
      <source>Activations</source>
      <translation>激活值</translation>
    </message>
    <message>
      <source>Alternatives</source>
      <translation>备选</translation>
    </message>
    <message>
      <source>Apple: Macs with Intel processors have no GPU that plans use</source>
      <translation>Apple：使用 Intel 处理器的 Mac 没有可用于方案的 GPU</translation>
    </message>
    <message>
      <source>Apple: sysctl {why}</source>
      <translation>Apple：sysctl {why}</translation>
    </message>
    <message>
      <source>Arithmetic</source>
      <translation>算术运算</translation>
    </message>
    <message>
      <source>Article 51(2)</source>
      <translation>第 51(2) 条</translation>
    </message>
    <message>
      <source>Article 53(1)(c) and (d)</source>
      <translation>第 53(1)(c) 和 (d) 条</translation>
    </message>
    <message>
      <source>Article 53(2)</source>
      <translation>第 53(2) 条</translation>
    </message>
    <message>
      <source>Articles 111(3) and 113</source>
      <translation>第 111(3) 条和第 113 条</translation>
    </message>
    <message>
      <source>Asked for: {context} tokens of context for {users}, objective {objective}, at least {least} tok/s.</source>
      <translation>要求：{users} {context} token 上下文，目标为{objective}，至少 {least} token/秒。</translation>
    </message>
    <message>
      <source>Assumptions and reserve</source>
      <translation>假设与保留量</translation>
    </message>
    <message>
      <source>Best plan of each model, in order: what fits and is fast enough first, then by score.</source>
      <translation>每个模型的最佳方案，依次排列：先是放得下且足够快的，再按得分。</translation>
    </message>
    <message>
      <source>Blocks of cache</source>
      <translation>缓存块</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>CUDA graphs</source>
      <translation>CUDA 图</translation>
    </message>
    <message>
      <source>Capa­city</source>
      <translation>容量</translation>
    </message>
    <message>
      <source>Command</source>
      <translation>命令</translation>
    </message>
    <message>
      <source>Commands</source>
      <translation>命令</translation>
    </message>
    <message>
      <source>Commands of the first {n}</source>
      <translation>前 {n} 个的命令</translation>
    </message>
    <message>
      <source>Commercial use</source>
      <translation>商业用途</translation>
    </message>
    <message>
      <source>Commission guidelines of 18 July 2025</source>
      <translation>欧盟委员会 2025 年 7 月 18 日指南</translation>
    </message>
    <message>
      <source>Compute buffer</source>
      <translation>计算缓冲区</translation>
    </message>
    <message>
      <source>Compute: scratch memory of one micro-batch. Output: the logits. Overhead: driver context and workspaces outside the engine's buffers.</source>
      <translation>计算：一个微批所需的临时内存。输出：logits。开销：引擎缓冲区之外的驱动上下文和工作区。</translation>
    </message>
    <message>
      <source>Com­pute</source>
      <translation>计算</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>上下文</translation>
    </message>
    <message>
      <source>Context checkpoints</source>
      <translation>上下文检查点</translation>
    </message>
    <message>
      <source>Context per user, tokens</source>
      <translation>每个用户的上下文，token</translation>
    </message>
    <message>
      <source>Data</source>
      <translation>数据</translation>
    </message>
    <message>
      <source>Data dates and versions</source>
      <translation>数据日期与版本</translation>
    </message>
    <message>
      <source>Decode</source>
      <translation>解码</translation>
    </message>
    <message>
      <source>Decode speed. {plans}</source>
      <translation>解码速度。{plans}</translation>
    </message>
    <message>
      <source>Decode, all users together</source>
      <translation>解码，全部用户合计</translation>
    </message>
    <message>
      <source>Decode, per user</source>
      <translation>解码，每个用户</translation>
    </message>
    <message>
      <source>Decode, tok/s (80 %)</source>
      <translation>解码，token/秒 (80 %)</translation>
    </message>
    <message>
      <source>Decode: pages read from disk</source>
      <translation>解码：从磁盘读取的页</translation>
    </message>
    <message>
      <source>Decode: tokens written per second and user. Prefill: tokens of the prompt read per second. Time to first token: reading the prompt and writing one token.</source>
      <translation>解码：每个用户每秒写出的 token 数。预填充：每秒读入的提示 token 数。到首个 token 的时间：读完提示并写出一个 token。</translation>
    </message>
    <message>
      <source>Decode: what spills over PCIe</source>
      <translation>解码：经 PCIe 溢出的部分</translation>
    </message>
    <message>
      <source>Does not fit: {reason}</source>
      <translation>放不下：{reason}</translation>
    </message>
    <message>
      <source>Draft model {name}</source>
      <translation>草拟模型 {name}</translation>
    </message>
    <message>
      <source>Driver context and workspaces</source>
      <translation>驱动上下文和工作区</translation>
    </message>
    <message>
      <source>Driver overhead</source>
      <translation>驱动开销</translation>
    </message>
    <message>
      <source>EU AI Act status</source>
      <translation>欧盟《人工智能法》状态</translation>
    </message>
    <message>
      <source>EU AI Act, Regulation (EU) 2024/1689</source>
      <translation>欧盟《人工智能法》，条例 (EU) 2024/1689</translation>
    </message>
    <message>
      <source>Each point is planned by itself, in whole layers, so that the plan can be a little faster; the memory counts what other programs use as well.</source>
      <translation>每个点单独规划，以整层为单位，因此方案本身可能略快；内存也计入其他程序的占用。</translation>
    </message>
    <message>
      <source>Engine</source>
      <translation>引擎</translation>
    </message>
    <message>
      <source>Engine planned for</source>
      <translation>所规划的引擎</translation>
    </message>
    <message>
      <source>Engine: {engines}.</source>
      <translation>引擎：{engines}。</translation>
    </message>
    <message>
      <source>Engines: no llama-server, llama-cli or vllm found</source>
      <translation>引擎：未找到 llama-server、llama-cli 或 vllm</translation>
    </message>
    <message>
      <source>Every figure is an estimate made without running the model; memory follows the engine's own rules for the version named, another version may differ.</source>
      <translation>每个数值都是未运行模型而作的估算；内存遵循所示版本引擎自身的规则，其他版本可能不同。</translation>
    </message>
    <message>
      <source>Experts</source>
      <translation>专家</translation>
    </message>
    <message>
      <source>Experts in RAM</source>
      <translation>专家在内存中</translation>
    </message>
    <message>
      <source>FP16 instead of BF16</source>
      <translation>用 FP16 代替 BF16</translation>
    </message>
    <message>
      <source>FP8 is made while loading (--quantization fp8); a ready FP8 repository loads faster</source>
      <translation>FP8 在加载时生成 (--quantization fp8)；现成的 FP8 仓库加载更快</translation>
    </message>
    <message>
      <source>Fact</source>
      <translation>事实</translation>
    </message>
    <message>
      <source>Facts with their sources, not legal advice: read the licence itself.</source>
      <translation>以上是附来源的事实，不是法律意见：请阅读许可证原文。</translation>
    </message>
    <message>
      <source>File</source>
      <translation>文件</translation>
    </message>
    <message>
      <source>File, GB</source>
      <translation>文件，GB</translation>
    </message>
    <message>
      <source>First token unknown: {why}</source>
      <translation>首个 token 未知：{why}</translation>
    </message>
    <message>
      <source>First token {range} after a prompt of {n} tokens</source>
      <translation>提示 {n} 个 token 后，首个 token 需 {range}</translation>
    </message>
    <message>
      <source>Fit</source>
      <translation>适配</translation>
    </message>
    <message>
      <source>Fits</source>
      <translation>放得下</translation>
    </message>
    <message>
      <source>Fits with RAM</source>
      <translation>借助内存放得下</translation>
    </message>
    <message>
      <source>Fixed time per token</source>
      <translation>每个 token 的固定时间</translation>
    </message>
    <message>
      <source>Flag</source>
      <translation>参数</translation>
    </message>
    <message>
      <source>Flags of {engine}.</source>
      <translation>参数属于 {engine}。</translation>
    </message>
    <message>
      <source>Formula</source>
      <translation>公式</translation>
    </message>
    <message>
      <source>Free</source>
      <translation>空闲</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>GPU memory</source>
      <translation>显存</translation>
    </message>
    <message>
      <source>GPU memory utilization {value}</source>
      <translation>显存利用率 {value}</translation>
    </message>
    <message>
      <source>GPU, GiB</source>
      <translation>GPU，GiB</translation>
    </message>
    <message>
      <source>GPUs of another machine can help (llama.cpp rpc-server): --rpc HOST=GPU plans over both</source>
      <translation>另一台机器的 GPU 可以帮忙（llama.cpp rpc-server）：--rpc HOST=GPU 可在两者上规划</translation>
    </message>
    <message>
      <source>GPUs that share every layer</source>
      <translation>共同分担每一层的 GPU 数</translation>
    </message>
    <message>
      <source>GPUs that share the cache of one request</source>
      <translation>共同分担一个请求缓存的 GPU 数</translation>
    </message>
    <message>
      <source>GPUs that share the prompt of one request</source>
      <translation>共同分担一个请求提示的 GPU 数</translation>
    </message>
    <message>
      <source>GPUs the container sees (needs the NVIDIA container toolkit)</source>
      <translation>容器可见的 GPU（需要 NVIDIA container toolkit）</translation>
    </message>
    <message>
      <source>GPUs {first} to {last}</source>
      <translation>GPU {first} 至 {last}</translation>
    </message>
    <message>
      <source>Gated download</source>
      <translation>受限下载</translation>
    </message>
    <message>
      <source>GiB = 1,073,741,824 bytes and MiB = 1,048,576 bytes (memory); GB = 1,000,000,000 bytes (files, bandwidth); K = 1,024 tokens. Figures use a decimal point and thousands commas.</source>
      <translation>GiB = 1,073,741,824 字节，MiB = 1,048,576 字节（内存）；GB = 1,000,000,000 字节（文件、带宽）；K = 1,024 个 token。数值用小数点和千位逗号。</translation>
    </message>
    <message>
      <source>GiB of system memory for cache blocks</source>
      <translation>用于缓存块的系统内存 GiB 数</translation>
    </message>
    <message>
      <source>GiB of weights per GPU kept in system memory</source>
      <translation>每个 GPU 留在系统内存中的权重 GiB 数</translation>
    </message>
    <message>
      <source>Hardware fit comparison</source>
      <translation>硬件适配对比</translation>
    </message>
    <message>
      <source>Hardware fit ranking</source>
      <translation>硬件适配排名</translation>
    </message>
    <message>
      <source>Hardware fit report</source>
      <translation>硬件适配报告</translation>
    </message>
    <message>
      <source>Imported models rest on the user's own file.</source>
      <translation>导入的模型以用户自己的文件为依据。</translation>
    </message>
    <message>
      <source>In use by others</source>
      <translation>其他程序占用</translation>
    </message>
    <message>
      <source>Inputs</source>
      <translation>输入</translation>
    </message>
    <message>
      <source>Intel graphics (8086:{chip}): not in the accelerator table; not used for plans</source>
      <translation>Intel 显卡 (8086:{chip})：不在加速器表中；不用于方案</translation>
    </message>
    <message>
      <source>Intel {name}: free memory cannot be read on Linux</source>
      <translation>Intel {name}：在 Linux 上无法读取空闲显存</translation>
    </message>
    <message>
      <source>It asks for</source>
      <translation>要求</translation>
    </message>
    <message>
      <source>K cache {value}</source>
      <translation>K 缓存 {value}</translation>
    </message>
    <message>
      <source>KV</source>
      <translation>KV</translation>
    </message>
    <message>
      <source>KV cache</source>
      <translation>KV 缓存</translation>
    </message>
    <message>
      <source>KV cache and recurrent state</source>
      <translation>KV 缓存和循环状态</translation>
    </message>
    <message>
      <source>KV cache in {type}</source>
      <translation>{type} 的 KV 缓存</translation>
    </message>
    <message>
      <source>KV cache of {size} per GPU holds {tokens} tokens, {n} requests of {length} tokens at once; the longest single request is {longest} tokens</source>
      <translation>每个 GPU {size} 的 KV 缓存可容纳 {tokens} 个 token，即同时 {n} 个 {length} token 的请求；单个请求最长 {longest} 个 token</translation>
    </message>
    <message>
      <source>KV cache reads</source>
      <translation>KV 缓存读取</translation>
    </message>
    <message>
      <source>KV cache type {value}</source>
      <translation>KV 缓存类型 {value}</translation>
    </message>
    <message>
      <source>KV cache {type}</source>
      <translation>KV 缓存 {type}</translation>
    </message>
    <message>
      <source>KV cache: keys and values kept for the tokens in the context; it grows with the context. Recurrent state: the same of layers whose memory does not grow.</source>
      <translation>KV 缓存：为上下文中的 token 保存的键和值，随上下文增长。循环状态：内存不随之增长的层的同类数据。</translation>
    </message>
    <message>
      <source>Kept by driver or system</source>
      <translation>由驱动或系统占用</translation>
    </message>
    <message>
      <source>Launching layers</source>
      <translation>启动各层</translation>
    </message>
    <message>
      <source>Law</source>
      <translation>法律</translation>
    </message>
    <message>
      <source>Left for the KV cache</source>
      <translation>留给 KV 缓存</translation>
    </message>
    <message>
      <source>Left to the system (assumed)</source>
      <translation>留给系统（假定）</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>许可证</translation>
    </message>
    <message>
      <source>Licence and obligations</source>
      <translation>许可证与义务</translation>
    </message>
    <message>
      <source>Licences and obligations</source>
      <translation>许可证与义务</translation>
    </message>
    <message>
      <source>Limitations</source>
      <translation>局限</translation>
    </message>
    <message>
      <source>Limited by</source>
      <translation>瓶颈</translation>
    </message>
    <message>
      <source>Limited by {what}. Basis: {basis}. p10 to p90 is an 80 % range: one run in ten is expected below it and one above.</source>
      <translation>瓶颈为{what}。依据：{basis}。p10 至 p90 为 80 % 区间：预计十次运行中有一次低于它、一次高于它。</translation>
    </message>
    <message>
      <source>Longest context, tokens</source>
      <translation>最长上下文，token</translation>
    </message>
    <message>
      <source>Loss</source>
      <translation>损失</translation>
    </message>
    <message>
      <source>MIG instances</source>
      <translation>MIG 实例</translation>
    </message>
    <message>
      <source>MODEL stands for a Hugging Face id or a folder</source>
      <translation>MODEL 代表 Hugging Face ID 或文件夹</translation>
    </message>
    <message>
      <source>Machine</source>
      <translation>机器</translation>
    </message>
    <message>
      <source>Machines</source>
      <translation>机器</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>内存</translation>
    </message>
    <message>
      <source>Memory bars</source>
      <translation>内存条形图</translation>
    </message>
    <message>
      <source>Memory rules</source>
      <translation>内存规则</translation>
    </message>
    <message>
      <source>Memory vLLM takes</source>
      <translation>vLLM 占用的内存</translation>
    </message>
    <message>
      <source>Memory: bandwidth is unknown; detect --measure-ram measures it</source>
      <translation>内存：带宽未知；detect --measure-ram 可测量</translation>
    </message>
    <message>
      <source>Memory: bandwidth taken as {bandwidth}, the fastest that {processor} is specified for ({memory})</source>
      <translation>内存：带宽取 {bandwidth}，即 {processor} 规格所列的最快值（{memory}）</translation>
    </message>
    <message>
      <source>Memory: its size cannot be read ({why})</source>
      <translation>内存：无法读取大小（{why}）</translation>
    </message>
    <message>
      <source>Memory: the container may use {size}</source>
      <translation>内存：容器可用 {size}</translation>
    </message>
    <message>
      <source>Memory: the modules do not tell how many channels are in use</source>
      <translation>内存：模块未说明使用了多少通道</translation>
    </message>
    <message>
      <source>Memory: the remembered measurement cannot be read ({kind}: {error})</source>
      <translation>内存：无法读取已保存的测量值（{kind}: {error}）</translation>
    </message>
    <message>
      <source>Memory: type and channels are unknown ({why})</source>
      <translation>内存：类型和通道数未知（{why}）</translation>
    </message>
    <message>
      <source>Metal: weights, caches and host buffers agreed in 4 logs, the compute buffer was 31 MiB larger than estimated in the only new one; a mapped file may be counted whole</source>
      <translation>Metal：4 份日志中权重、缓存和主机缓冲区一致，唯一一份较新的日志中计算缓冲区比估算大 31 MiB；映射的文件可能会整个计入</translation>
    </message>
    <message>
      <source>MiB of prompt cache at most</source>
      <translation>提示缓存最多的 MiB 数</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Model catalogue</source>
      <translation>模型目录</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>NCCL, cuBLAS and driver allocations</source>
      <translation>NCCL、cuBLAS 和驱动的分配</translation>
    </message>
    <message>
      <source>NVIDIA: CUDA numbers the fastest GPU first, so {gpu} is taken as CUDA0; set CUDA_DEVICE_ORDER=PCI_BUS_ID for the order of the slots</source>
      <translation>NVIDIA：CUDA 将最快的 GPU 编为首位，因此把 {gpu} 视为 CUDA0；若要按插槽顺序，请设置 CUDA_DEVICE_ORDER=PCI_BUS_ID</translation>
    </message>
    <message>
      <source>NVIDIA: CUDA_VISIBLE_DEVICES leaves {n} of {all} GPUs to engines started from here</source>
      <translation>NVIDIA：CUDA_VISIBLE_DEVICES 只让由此启动的引擎使用 {all} 个 GPU 中的 {n} 个</translation>
    </message>
    <message>
      <source>NVIDIA: CUDA_VISIBLE_DEVICES names GPUs by identifier; all are listed here</source>
      <translation>NVIDIA：CUDA_VISIBLE_DEVICES 以标识符指定 GPU；此处全部列出</translation>
    </message>
    <message>
      <source>NVIDIA: GPUs cannot be detected: {why}</source>
      <translation>NVIDIA：无法检测 GPU：{why}</translation>
    </message>
    <message>
      <source>NVIDIA: GPUs differ; the order in which CUDA numbers them is not known here</source>
      <translation>NVIDIA：各 GPU 不同；此处不知 CUDA 的编号顺序</translation>
    </message>
    <message>
      <source>NVIDIA: a GPU is installed but cannot be used: {why}</source>
      <translation>NVIDIA：已安装 GPU 但无法使用：{why}</translation>
    </message>
    <message>
      <source>NVIDIA: no driver library found; no NVIDIA GPU detected</source>
      <translation>NVIDIA：未找到驱动库；未检测到 NVIDIA GPU</translation>
    </message>
    <message>
      <source>NVIDIA: the library did not close ({why})</source>
      <translation>NVIDIA：库未能关闭（{why}）</translation>
    </message>
    <message>
      <source>NVIDIA: the nvidia-ml-py package is missing; NVIDIA GPUs cannot be detected</source>
      <translation>NVIDIA：缺少 nvidia-ml-py 包；无法检测 NVIDIA GPU</translation>
    </message>
    <message>
      <source>NVIDIA: {why}</source>
      <translation>NVIDIA：{why}</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>No GPU that plans can use was found</source>
      <translation>未找到可用于方案的 GPU</translation>
    </message>
    <message>
      <source>No command: the plan has none.</source>
      <translation>没有命令：此方案没有命令。</translation>
    </message>
    <message>
      <source>No memory can be stated: the model's dimensions are not known.</source>
      <translation>无法给出内存：模型的维度未知。</translation>
    </message>
    <message>
      <source>No speed is stated: {why}.</source>
      <translation>未给出速度：{why}。</translation>
    </message>
    <message>
      <source>No terms: nothing was computed for this plan.</source>
      <translation>没有分项：此方案未作计算。</translation>
    </message>
    <message>
      <source>Not for this plan: others, driver, system</source>
      <translation>不供此方案使用：其他程序、驱动、系统</translation>
    </message>
    <message>
      <source>Nothing else starts using the GPUs or the RAM meanwhile; weights that would page count as not fitting.</source>
      <translation>其间没有其他程序开始使用 GPU 或内存；需要换页的权重算作放不下。</translation>
    </message>
    <message>
      <source>Number</source>
      <translation>项目</translation>
    </message>
    <message>
      <source>OSI-approved</source>
      <translation>OSI 批准</translation>
    </message>
    <message>
      <source>Order in every bar: {kinds}</source>
      <translation>每条的顺序：{kinds}</translation>
    </message>
    <message>
      <source>Origin</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Others</source>
      <translation>其他</translation>
    </message>
    <message>
      <source>Output</source>
      <translation>输出</translation>
    </message>
    <message>
      <source>Output buffer</source>
      <translation>输出缓冲区</translation>
    </message>
    <message>
      <source>Outside PyTorch</source>
      <translation>PyTorch 之外</translation>
    </message>
    <message>
      <source>Overhead of drivers is typical of the backend and GPU generation, not measured on this machine.</source>
      <translation>驱动开销取该后端和 GPU 代次的典型值，并非在这台机器上测得。</translation>
    </message>
    <message>
      <source>Over­head</source>
      <translation>开销</translation>
    </message>
    <message>
      <source>PCIe generation</source>
      <translation>PCIe 代次</translation>
    </message>
    <message>
      <source>PCIe width</source>
      <translation>PCIe 宽度</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>参数量</translation>
    </message>
    <message>
      <source>Part</source>
      <translation>部件</translation>
    </message>
    <message>
      <source>Passing between devices</source>
      <translation>设备间传递</translation>
    </message>
    <message>
      <source>Placement</source>
      <translation>放置</translation>
    </message>
    <message>
      <source>Placement: G all on the GPU, E experts of some layers in RAM, P layers split between GPU and RAM, C on the CPU, × does not fit; ! less than the reserve is left. Speed: bar = 80 % range, dot = median, square-root axis, very fast ones stop at its end; bars of memory: GPUs above RAM, each on its own full scale.</source>
      <translation>放置：G 全部在 GPU，E 部分层的专家在内存，P 各层分置于 GPU 和内存，C 在 CPU，× 放不下；! 剩余少于保留量。速度：条 = 80 % 区间，点 = 中位数，平方根坐标轴，极快的止于轴端；内存条：GPU 在上、内存在下，各按自身全量程。</translation>
    </message>
    <message>
      <source>Prediction blocks: KV cache</source>
      <translation>预测块：KV 缓存</translation>
    </message>
    <message>
      <source>Prediction blocks: compute buffer</source>
      <translation>预测块：计算缓冲区</translation>
    </message>
    <message>
      <source>Prediction blocks: weights</source>
      <translation>预测块：权重</translation>
    </message>
    <message>
      <source>Prefill</source>
      <translation>预填充</translation>
    </message>
    <message>
      <source>Processor: its name could not be read</source>
      <translation>处理器：无法读取名称</translation>
    </message>
    <message>
      <source>Processor: physical cores cannot be counted ({kind}: {error})</source>
      <translation>处理器：无法统计物理核心数（{kind}: {error}）</translation>
    </message>
    <message>
      <source>Processor: the container may use {n} processors of {all}</source>
      <translation>处理器：容器可用 {all} 个处理器中的 {n} 个</translation>
    </message>
    <message>
      <source>Processor: this process may run on {n} of {all} logical processors</source>
      <translation>处理器：此进程可在 {all} 个逻辑处理器中的 {n} 个上运行</translation>
    </message>
    <message>
      <source>Processor: virtual; its {count} cores may be threads of half as many, and its name says nothing about the memory; detect --measure-ram measures both</source>
      <translation>处理器：虚拟；其 {count} 个核心可能只是一半数目核心的线程，名称也不说明内存；detect --measure-ram 可测量两者</translation>
    </message>
    <message>
      <source>Projector weights</source>
      <translation>投影器权重</translation>
    </message>
    <message>
      <source>Projector working memory</source>
      <translation>投影器工作内存</translation>
    </message>
    <message>
      <source>Prompt cache</source>
      <translation>提示缓存</translation>
    </message>
    <message>
      <source>Prompt: attention</source>
      <translation>提示：注意力</translation>
    </message>
    <message>
      <source>Prompt: copying experts from RAM</source>
      <translation>提示：从内存复制专家</translation>
    </message>
    <message>
      <source>Prompt: dense products</source>
      <translation>提示：稠密乘法</translation>
    </message>
    <message>
      <source>Prompt: expert products</source>
      <translation>提示：专家乘法</translation>
    </message>
    <message>
      <source>Prompt: launching layers</source>
      <translation>提示：启动各层</translation>
    </message>
    <message>
      <source>Prompt: reading weights</source>
      <translation>提示：读取权重</translation>
    </message>
    <message>
      <source>Prompt: sums over GPUs</source>
      <translation>提示：跨 GPU 求和</translation>
    </message>
    <message>
      <source>Prompt: the processor's share</source>
      <translation>提示：处理器的份额</translation>
    </message>
    <message>
      <source>Provenance</source>
      <translation>可信度</translation>
    </message>
    <message>
      <source>Providers of general-purpose models under a free and open-source licence, with weights, architecture and usage information public, need not keep the technical documentation for the authorities nor the information for downstream providers (Article 53(1)(a) and (b)). The exemption ends where a model carries systemic risk.</source>
      <translation>以自由开源许可证提供通用模型，并公开权重、架构和使用信息的提供者，无须为主管机关保存技术文档，也无须为下游提供者准备资料（第 53(1)(a) 和 (b) 条）。模型具有系统性风险时，该豁免终止。</translation>
    </message>
    <message>
      <source>Provision</source>
      <translation>条款</translation>
    </message>
    <message>
      <source>Quant</source>
      <translation>量化</translation>
    </message>
    <message>
      <source>Quantization</source>
      <translation>量化</translation>
    </message>
    <message>
      <source>Quantization loss</source>
      <translation>量化损失</translation>
    </message>
    <message>
      <source>Quantization loss was published for one model only; other models lose more or less.</source>
      <translation>量化损失只对一个模型发布过；其他模型的损失可能更多或更少。</translation>
    </message>
    <message>
      <source>RAM</source>
      <translation>内存</translation>
    </message>
    <message>
      <source>RAM bandwidth</source>
      <translation>内存带宽</translation>
    </message>
    <message>
      <source>RAM bandwidth unknown, {low} to {high} considered</source>
      <translation>内存带宽未知，按 {low} 到 {high} 考虑</translation>
    </message>
    <message>
      <source>RAM, GiB</source>
      <translation>内存，GiB</translation>
    </message>
    <message>
      <source>ROCm: weights and caches agreed in 3 logs, the compute buffer was 32 MiB smaller than estimated in one and up to 268 MiB on an integrated GPU, which does not copy the attention mask</source>
      <translation>ROCm：3 份日志中权重和缓存一致，其中一份的计算缓冲区比估算小 32 MiB，在不复制注意力掩码的集成 GPU 上最多小 268 MiB</translation>
    </message>
    <message>
      <source>Reading active experts</source>
      <translation>读取激活的专家</translation>
    </message>
    <message>
      <source>Reading dense weights</source>
      <translation>读取稠密权重</translation>
    </message>
    <message>
      <source>Reading the cache</source>
      <translation>读取缓存</translation>
    </message>
    <message>
      <source>Recurrent state</source>
      <translation>循环状态</translation>
    </message>
    <message>
      <source>Recur­rent</source>
      <translation>循环状态</translation>
    </message>
    <message>
      <source>Released in {released}; the day, before or after {day}, is not in the catalogue.</source>
      <translation>发布于 {released}；具体日期在 {day} 之前还是之后，目录中没有记录。</translation>
    </message>
    <message>
      <source>Released {released}, before {day}: if it was placed on the EU market then, its provider has until 2027-08-02 to comply.</source>
      <translation>发布于 {released}，早于 {day}：若当时已投放欧盟市场，其提供者须在 2027-08-02 前合规。</translation>
    </message>
    <message>
      <source>Released {released}: the duties apply to its provider from the day it is placed on the EU market.</source>
      <translation>发布于 {released}：自投放欧盟市场之日起，其提供者须履行义务。</translation>
    </message>
    <message>
      <source>Reported model: named in the press, no such weights are known.</source>
      <translation>据报道的模型：仅见于媒体，尚无已知权重。</translation>
    </message>
    <message>
      <source>Reported models rest on press claims; no weights are known.</source>
      <translation>据报道的模型以媒体说法为依据；尚无已知权重。</translation>
    </message>
    <message>
      <source>Requests at once</source>
      <translation>同时请求数</translation>
    </message>
    <message>
      <source>Reserve: {size} kept free on each GPU, on top of the engine's own context.</source>
      <translation>保留量：每个 GPU 在引擎自身上下文之外留空 {size}。</translation>
    </message>
    <message>
      <source>Routed experts</source>
      <translation>路由专家</translation>
    </message>
    <message>
      <source>SYCL: no log shows its buffers in full; three GPUs ran without copies for pipeline parallelism, and free memory cannot be read, so the overhead is assumed</source>
      <translation>SYCL：没有日志完整显示其缓冲区；三个 GPU 在没有流水线并行副本的情况下运行，且无法读取空闲内存，因此开销是假定的</translation>
    </message>
    <message>
      <source>Settings are not usable: {reason}. Defaults are used; the old file is kept as {name}</source>
      <translation>设置无法使用：{reason}。已使用默认值；旧文件保留为 {name}</translation>
    </message>
    <message>
      <source>Settings are not usable: {reason}; defaults are used</source>
      <translation>设置无法使用：{reason}；已使用默认值</translation>
    </message>
    <message>
      <source>Settings cannot be saved ({reason})</source>
      <translation>无法保存设置（{reason}）</translation>
    </message>
    <message>
      <source>Settings: {settings}.</source>
      <translation>设置：{settings}。</translation>
    </message>
    <message>
      <source>Source for this model</source>
      <translation>此模型的来源</translation>
    </message>
    <message>
      <source>Source of the terms</source>
      <translation>条款的来源</translation>
    </message>
    <message>
      <source>Source, date</source>
      <translation>来源，日期</translation>
    </message>
    <message>
      <source>Source, date read</source>
      <translation>来源，阅读日期</translation>
    </message>
    <message>
      <source>Sources</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Sources of these numbers</source>
      <translation>这些数值的来源</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>速度</translation>
    </message>
    <message>
      <source>Speed coefficients</source>
      <translation>速度系数</translation>
    </message>
    <message>
      <source>Speed unknown: {why}</source>
      <translation>速度未知：{why}</translation>
    </message>
    <message>
      <source>Speeds are fitted to published measurements of other machines; cooling, power limits, drivers and other load change them. A range with an unmeasured GPU is wider.</source>
      <translation>速度根据其他机器已发布的实测拟合；散热、功耗限制、驱动和其他负载会改变它。GPU 未经测量时区间更宽。</translation>
    </message>
    <message>
      <source>Speeds are for {made} tokens generated after {held} tokens are in the context ({read} of them read as the prompt), {users} at once.</source>
      <translation>速度指上下文中已有 {held} 个 token（其中 {read} 个作为提示读入）之后生成 {made} 个 token，同时 {users} 个请求。</translation>
    </message>
    <message>
      <source>Speeds with the context full</source>
      <translation>上下文已满时的速度</translation>
    </message>
    <message>
      <source>State</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>Sum</source>
      <translation>合计</translation>
    </message>
    <message>
      <source>Systemic risk is presumed above 10^25 floating-point operations of training. No number of parameters decides.</source>
      <translation>训练超过 10^25 次浮点运算即推定具有系统性风险。参数量不作为判定依据。</translation>
    </message>
    <message>
      <source>Term for the EU</source>
      <translation>针对欧盟的条款</translation>
    </message>
    <message>
      <source>The CPU backend repacks {size} of weights in addition, not in the sum.</source>
      <translation>CPU 后端另外重排 {size} 权重，未计入合计。</translation>
    </message>
    <message>
      <source>The duties of providers apply since 2 August 2025; models placed on the market before that day have until 2 August 2027.</source>
      <translation>提供者的义务自 2025 年 8 月 2 日起适用；此日之前投放市场的模型宽限至 2027 年 8 月 2 日。</translation>
    </message>
    <message>
      <source>The licence is OSI-approved, so the exemption of Article 53(2) can apply to the provider; the duties of Article 53(1)(c) and (d) remain.</source>
      <translation>许可证经 OSI 批准，因此提供者可适用第 53(2) 条的豁免；第 53(1)(c) 和 (d) 条的义务仍然存在。</translation>
    </message>
    <message>
      <source>The licence is not OSI-approved; if its limits keep it from being free and open source, the exemption of Article 53(2) does not apply to the provider.</source>
      <translation>许可证未经 OSI 批准；若其限制使其不属于自由开源，则提供者不适用第 53(2) 条的豁免。</translation>
    </message>
    <message>
      <source>The licence text was not read: whether Article 53(2) can apply is unknown.</source>
      <translation>未阅读许可证原文：第 53(2) 条是否适用未知。</translation>
    </message>
    <message>
      <source>The plan uses {used} of the machine's {n} GPUs.</source>
      <translation>此方案使用机器 {n} 个 GPU 中的 {used} 个。</translation>
    </message>
    <message>
      <source>The release date is unknown.</source>
      <translation>发布日期未知。</translation>
    </message>
    <message>
      <source>The size of a file is computed from the quantization's rule and leaves the tokenizer out; a publisher's own mix may differ by a few per cent.</source>
      <translation>文件大小由量化规则算得，不含分词器；发布者自定的混合量化可能相差百分之几。</translation>
    </message>
    <message>
      <source>This machine</source>
      <translation>这台机器</translation>
    </message>
    <message>
      <source>This report</source>
      <translation>本报告</translation>
    </message>
    <message>
      <source>Tight</source>
      <translation>勉强放得下</translation>
    </message>
    <message>
      <source>Time for the prompt</source>
      <translation>处理提示的时间</translation>
    </message>
    <message>
      <source>Time of one token</source>
      <translation>每个 token 的时间</translation>
    </message>
    <message>
      <source>Time to first token</source>
      <translation>到首个 token 的时间</translation>
    </message>
    <message>
      <source>Time to first token (80 %)</source>
      <translation>到首个 token 的时间 (80 %)</translation>
    </message>
    <message>
      <source>Time to the first token</source>
      <translation>到首个 token 的时间</translation>
    </message>
    <message>
      <source>Tokens of cache</source>
      <translation>缓存 token 数</translation>
    </message>
    <message>
      <source>Training compute is not in the catalogue: whether systemic risk is presumed is unknown.</source>
      <translation>目录中没有训练算力：是否推定具有系统性风险未知。</translation>
    </message>
    <message>
      <source>Unit</source>
      <translation>单位</translation>
    </message>
    <message>
      <source>Unknown: {reason}</source>
      <translation>未知：{reason}</translation>
    </message>
    <message>
      <source>V cache {value}</source>
      <translation>V 缓存 {value}</translation>
    </message>
    <message>
      <source>Value</source>
      <translation>数值</translation>
    </message>
    <message>
      <source>Verdict</source>
      <translation>结论</translation>
    </message>
    <message>
      <source>Vulkan: buffers of dense, sliding-window and hybrid models agreed with CUDA's rules to 1.1 MiB in 8 logs; with copies for pipeline parallelism one log had about 100 MiB more on each GPU, and experts with a micro-batch of 2048 grew by 1.9 GB during a prompt</source>
      <translation>Vulkan：8 份日志中稠密、滑动窗口和混合模型的缓冲区与 CUDA 规则相差不超过 1.1 MiB；使用流水线并行副本时，一份日志中每个 GPU 约多 100 MiB；微批为 2048 的专家在处理提示时增长了 1.9 GB</translation>
    </message>
    <message>
      <source>Weights</source>
      <translation>权重</translation>
    </message>
    <message>
      <source>Weights per GPU</source>
      <translation>每个 GPU 的权重</translation>
    </message>
    <message>
      <source>Weights, experts included</source>
      <translation>权重（含专家）</translation>
    </message>
    <message>
      <source>Weights: the model's tensors without routed experts. Experts: parts of a layer of which only a few work on each token.</source>
      <translation>权重：模型中除路由专家以外的张量。专家：层中的若干部分，每个 token 只用到其中少数。</translation>
    </message>
    <message>
      <source>What it says</source>
      <translation>内容</translation>
    </message>
    <message>
      <source>What runs for {use} at {context} on {machine}</source>
      <translation>{machine} 上以 {context} 上下文用于{use}，能运行哪些模型</translation>
    </message>
    <message>
      <source>What runs on {machine}</source>
      <translation>{machine} 上能运行哪些模型</translation>
    </message>
    <message>
      <source>Where each number comes from</source>
      <translation>每个数值的由来</translation>
    </message>
    <message>
      <source>Where the memory goes</source>
      <translation>内存用在哪里</translation>
    </message>
    <message>
      <source>Why</source>
      <translation>原因</translation>
    </message>
    <message>
      <source>Why here</source>
      <translation>排名理由</translation>
    </message>
    <message>
      <source>Windows PowerShell 5.1 changes the argument {argument!r} (double quotes are lost); use PowerShell 7.3 or newer</source>
      <translation>Windows PowerShell 5.1 会改变参数 {argument!r}（丢失双引号）；请使用 PowerShell 7.3 或更新版本</translation>
    </message>
    <message>
      <source>Words and units</source>
      <translation>用语与单位</translation>
    </message>
    <message>
      <source>Work in system memory</source>
      <translation>系统内存中的工作</translation>
    </message>
    <message>
      <source>a 12 GB card of the same name exists: write "P100 12GB"</source>
      <translation>另有同名的 12 GB 卡：请写 “P100 12GB”</translation>
    </message>
    <message>
      <source>a 12 GB card of the same name exists: write "RTX 2060 12GB"</source>
      <translation>另有同名的 12 GB 卡：请写 “RTX 2060 12GB”</translation>
    </message>
    <message>
      <source>a 12 GB card of the same name exists: write "RTX 3080 12GB"</source>
      <translation>另有同名的 12 GB 卡：请写 “RTX 3080 12GB”</translation>
    </message>
    <message>
      <source>a 6 GB version exists: write "RTX 3050 Laptop 6GB"</source>
      <translation>另有 6 GB 版本：请写 “RTX 3050 Laptop 6GB”</translation>
    </message>
    <message>
      <source>a cache for each slot</source>
      <translation>每个槽位各有一个缓存</translation>
    </message>
    <message>
      <source>a machine without a GPU</source>
      <translation>没有 GPU 的机器</translation>
    </message>
    <message>
      <source>a processor without dot products of bytes, as none that was measured</source>
      <translation>处理器没有字节点积指令，而测过的处理器都有</translation>
    </message>
    <message>
      <source>a separate licence is needed above 100 million monthly active users</source>
      <translation>月活跃用户超过 1 亿时需另行取得许可</translation>
    </message>
    <message>
      <source>a separate licence is needed above 700 million monthly active users at the release date</source>
      <translation>发布日月活跃用户超过 7 亿时需另行取得许可</translation>
    </message>
    <message>
      <source>active expert bytes per token ÷ (efficiency × bandwidth)</source>
      <translation>每个 token 激活的专家字节数 ÷（效率 × 带宽）</translation>
    </message>
    <message>
      <source>address of machine 0</source>
      <translation>机器 0 的地址</translation>
    </message>
    <message>
      <source>address the others reach this machine by; anyone who can may use it</source>
      <translation>其他机器访问本机的地址；能访问者皆可使用</translation>
    </message>
    <message>
      <source>all experts stay in system memory</source>
      <translation>所有专家留在系统内存中</translation>
    </message>
    <message>
      <source>all on the GPU</source>
      <translation>全部在 GPU 上</translation>
    </message>
    <message>
      <source>all on {n} GPUs</source>
      <translation>全部在 {n} 个 GPU 上</translation>
    </message>
    <message>
      <source>all users together {rate} tok/s</source>
      <translation>所有用户合计 {rate} token/秒</translation>
    </message>
    <message>
      <source>allowed</source>
      <translation>允许</translation>
    </message>
    <message>
      <source>allowed with conditions</source>
      <translation>有条件允许</translation>
    </message>
    <message>
      <source>allowed within its terms</source>
      <translation>在其条款范围内允许</translation>
    </message>
    <message>
      <source>allowed within its use restrictions</source>
      <translation>在其使用限制范围内允许</translation>
    </message>
    <message>
      <source>allowed within the acceptable use policy</source>
      <translation>在可接受使用政策范围内允许</translation>
    </message>
    <message>
      <source>allowed within the prohibited use policy</source>
      <translation>在禁止使用政策范围内允许</translation>
    </message>
    <message>
      <source>allowed; rights end if guardrails are bypassed or on patent litigation</source>
      <translation>允许；绕过安全护栏或提起专利诉讼时权利终止</translation>
    </message>
    <message>
      <source>an 8 GB card of the same name exists: write "RTX 3060 8GB"</source>
      <translation>另有同名的 8 GB 卡：请写 “RTX 3060 8GB”</translation>
    </message>
    <message>
      <source>another split: {how}</source>
      <translation>另一种划分：{how}</translation>
    </message>
    <message>
      <source>at most {n} sequences at once</source>
      <translation>最多同时 {n} 个序列</translation>
    </message>
    <message>
      <source>at the high end of the range for activations and CUDA graphs one full request does not fit</source>
      <translation>若激活值和 CUDA 图取区间上限，一个完整请求就放不下</translation>
    </message>
    <message>
      <source>attribution</source>
      <translation>署名</translation>
    </message>
    <message>
      <source>batch {value}</source>
      <translation>批 {value}</translation>
    </message>
    <message>
      <source>below {least} tok/s; {rest}</source>
      <translation>低于 {least} tok/s；{rest}</translation>
    </message>
    <message>
      <source>beyond the {trained} of context {model} was made for: YaRN stretches positions {factor} times, as its maker offers up to {longest} tokens; short texts may be answered worse</source>
      <translation>超出 {model} 所设计的 {trained} 上下文：YaRN 把位置拉伸 {factor} 倍，其发布者支持最长 {longest} 个词元；短文本的回答可能变差</translation>
    </message>
    <message>
      <source>block sizes</source>
      <translation>块大小</translation>
    </message>
    <message>
      <source>blocked by the operating system</source>
      <translation>被操作系统阻止</translation>
    </message>
    <message>
      <source>blocks</source>
      <translation>块</translation>
    </message>
    <message>
      <source>blocks of one request</source>
      <translation>单个请求的块数</translation>
    </message>
    <message>
      <source>bytes</source>
      <translation>字节</translation>
    </message>
    <message>
      <source>bytes of KV cache per GPU, instead of a share</source>
      <translation>每个 GPU 的 KV 缓存字节数，代替比例</translation>
    </message>
    <message>
      <source>bytes of activations reduced between ranks × fitted time</source>
      <translation>各 rank 间归约的激活字节数 × 拟合时间</translation>
    </message>
    <message>
      <source>bytes per block</source>
      <translation>每块字节数</translation>
    </message>
    <message>
      <source>bytes per layer and captured batch size</source>
      <translation>每层、每个被捕获批大小的字节数</translation>
    </message>
    <message>
      <source>bytes read per token from outside the device ÷ rate of the path, on top of the plan that fits</source>
      <translation>每个词元从设备之外读取的字节 ÷ 通路速率，加在装得下的方案之上</translation>
    </message>
    <message>
      <source>cache bytes at the mean depth ÷ (efficiency × bandwidth)</source>
      <translation>平均深度下的缓存字节数 ÷（效率 × 带宽）</translation>
    </message>
    <message>
      <source>cache for {n} tokens</source>
      <translation>缓存可容 {n} 个 token</translation>
    </message>
    <message>
      <source>cannot be read ({why})</source>
      <translation>无法读取（{why}）</translation>
    </message>
    <message>
      <source>cannot be run ({why})</source>
      <translation>无法运行（{why}）</translation>
    </message>
    <message>
      <source>capacity unknown</source>
      <translation>容量未知</translation>
    </message>
    <message>
      <source>capacity {size}</source>
      <translation>容量 {size}</translation>
    </message>
    <message>
      <source>catalogue {date}</source>
      <translation>目录 {date}</translation>
    </message>
    <message>
      <source>ceil(total × gpu_memory_utilization)</source>
      <translation>向上取整(总量 × gpu_memory_utilization)</translation>
    </message>
    <message>
      <source>cells × Σ n_embd_k·b_k + n_embd_v·b_v over full layers + window cells × the same over window layers</source>
      <translation>单元数 × Σ（全注意力层的 n_embd_k·b_k + n_embd_v·b_v）+ 窗口单元数 × 窗口层的同一和</translation>
    </message>
    <message>
      <source>chat</source>
      <translation>聊天</translation>
    </message>
    <message>
      <source>claimed: {what}</source>
      <translation>据称：{what}</translation>
    </message>
    <message>
      <source>code</source>
      <translation>代码</translation>
    </message>
    <message>
      <source>code that comes with the model is run</source>
      <translation>运行模型附带的代码</translation>
    </message>
    <message>
      <source>common beginnings are kept</source>
      <translation>保留共同的开头</translation>
    </message>
    <message>
      <source>complete copies of the model that share the requests</source>
      <translation>分担请求的完整模型副本数</translation>
    </message>
    <message>
      <source>compute</source>
      <translation>计算</translation>
    </message>
    <message>
      <source>compute and output</source>
      <translation>计算和输出</translation>
    </message>
    <message>
      <source>compute capability</source>
      <translation>计算能力</translation>
    </message>
    <message>
      <source>compute capability {version}</source>
      <translation>计算能力 {version}</translation>
    </message>
    <message>
      <source>context</source>
      <translation>上下文</translation>
    </message>
    <message>
      <source>context per user, tokens, full</source>
      <translation>每个用户的上下文，token，已满</translation>
    </message>
    <message>
      <source>copies on this machine</source>
      <translation>本机上的副本数</translation>
    </message>
    <message>
      <source>counted; it may be anything from low to high</source>
      <translation>按此计入；实际可能在低到高之间任意取值</translation>
    </message>
    <message>
      <source>damaged ({reason})</source>
      <translation>已损坏（{reason}）</translation>
    </message>
    <message>
      <source>decode, tok/s (square-root axis); bar = 80 % range, dot = median</source>
      <translation>解码，token/秒（平方根坐标轴）；条 = 80 % 区间，点 = 中位数</translation>
    </message>
    <message>
      <source>dense bytes per token ÷ (efficiency × bandwidth)</source>
      <translation>每个 token 的稠密字节数 ÷（效率 × 带宽）</translation>
    </message>
    <message>
      <source>detected</source>
      <translation>检测值</translation>
    </message>
    <message>
      <source>devices it lends</source>
      <translation>它提供的设备</translation>
    </message>
    <message>
      <source>did not answer within {time}</source>
      <translation>{time} 内没有应答</translation>
    </message>
    <message>
      <source>display "Built with Llama"</source>
      <translation>标明 “Built with Llama”</translation>
    </message>
    <message>
      <source>display "Built with Meta Llama 3"</source>
      <translation>标明 “Built with Meta Llama 3”</translation>
    </message>
    <message>
      <source>do not load the part that reads images</source>
      <translation>不加载读取图像的部分</translation>
    </message>
    <message>
      <source>does not fit</source>
      <translation>放不下</translation>
    </message>
    <message>
      <source>does not name the chip</source>
      <translation>未给出芯片名称</translation>
    </message>
    <message>
      <source>does not say</source>
      <translation>没有说明</translation>
    </message>
    <message>
      <source>drafting of tokens</source>
      <translation>token 草拟</translation>
    </message>
    <message>
      <source>driver version</source>
      <translation>驱动版本</translation>
    </message>
    <message>
      <source>driver {version}</source>
      <translation>驱动 {version}</translation>
    </message>
    <message>
      <source>each of {n} users</source>
      <translation>{n} 个用户每人</translation>
    </message>
    <message>
      <source>embedding + head + experts + towers + rotary tables + other + copies + adapters − offloaded</source>
      <translation>词嵌入 + 输出头 + 专家 + 编码塔 + 旋转位置表 + 其他 + 副本 + 适配器 − 卸载部分</translation>
    </message>
    <message>
      <source>ended with exit code {code}</source>
      <translation>以退出码 {code} 结束</translation>
    </message>
    <message>
      <source>entered</source>
      <translation>已填写</translation>
    </message>
    <message>
      <source>environment of vLLM</source>
      <translation>vLLM 的环境变量</translation>
    </message>
    <message>
      <source>every layer and the output on the GPU</source>
      <translation>所有层和输出都在 GPU 上</translation>
    </message>
    <message>
      <source>evidence: {what}</source>
      <translation>依据：{what}</translation>
    </message>
    <message>
      <source>experts</source>
      <translation>专家</translation>
    </message>
    <message>
      <source>experts in RAM</source>
      <translation>专家在内存中</translation>
    </message>
    <message>
      <source>experts of that many layers stay in system memory</source>
      <translation>这么多层的专家留在系统内存中</translation>
    </message>
    <message>
      <source>experts of the first {n_cpu_moe} layers stay in system memory</source>
      <translation>前 {n_cpu_moe} 层的专家留在系统内存中</translation>
    </message>
    <message>
      <source>experts of {layers} in RAM</source>
      <translation>{layers}的专家在内存中</translation>
    </message>
    <message>
      <source>experts of {layers} partly in RAM</source>
      <translation>{layers}的专家部分在内存中</translation>
    </message>
    <message>
      <source>fetch this file from Hugging Face once and keep it in the cache</source>
      <translation>从 Hugging Face 下载一次此文件并保存在缓存中</translation>
    </message>
    <message>
      <source>file {size}</source>
      <translation>文件 {size}</translation>
    </message>
    <message>
      <source>fits</source>
      <translation>放得下</translation>
    </message>
    <message>
      <source>fits with offload</source>
      <translation>借助内存放得下</translation>
    </message>
    <message>
      <source>fitted</source>
      <translation>拟合</translation>
    </message>
    <message>
      <source>fitted {date} on {file}</source>
      <translation>{date} 根据 {file} 拟合</translation>
    </message>
    <message>
      <source>fitted: CPU, llama.cpp</source>
      <translation>拟合：CPU，llama.cpp</translation>
    </message>
    <message>
      <source>fitted: {what}, {engine}, {backend}; {known}</source>
      <translation>拟合：{what}，{engine}，{backend}；{known}</translation>
    </message>
    <message>
      <source>flash attention</source>
      <translation>Flash Attention</translation>
    </message>
    <message>
      <source>flash attention {value}</source>
      <translation>Flash Attention {value}</translation>
    </message>
    <message>
      <source>flash attention: {words}</source>
      <translation>Flash Attention：{words}</translation>
    </message>
    <message>
      <source>follow the acceptable use policy</source>
      <translation>遵守可接受使用政策</translation>
    </message>
    <message>
      <source>format of the weights</source>
      <translation>权重格式</translation>
    </message>
    <message>
      <source>free</source>
      <translation>空闲</translation>
    </message>
    <message>
      <source>free below 10 million USD yearly revenue</source>
      <translation>年收入低于 1000 万美元时免费</translation>
    </message>
    <message>
      <source>free below a yearly revenue cap</source>
      <translation>年收入低于上限时免费</translation>
    </message>
    <message>
      <source>free {size}</source>
      <translation>空闲 {size}</translation>
    </message>
    <message>
      <source>fullest GPU, GiB; dotted: limit</source>
      <translation>最满的 GPU，GiB；点线：上限</translation>
    </message>
    <message>
      <source>generated tokens of the decode test</source>
      <translation>解码测试生成的 token 数</translation>
    </message>
    <message>
      <source>groups</source>
      <translation>组数</translation>
    </message>
    <message>
      <source>groups of GPUs that each hold some of the layers</source>
      <translation>各自持有部分层的 GPU 组数</translation>
    </message>
    <message>
      <source>host bytes per token ÷ (efficiency × RAM bandwidth with saturation) + host layers × fitted time</source>
      <translation>每个 token 的主机字节数 ÷（效率 × 含饱和的内存带宽）+ 主机层数 × 拟合时间</translation>
    </message>
    <message>
      <source>host matrices are never copied to the GPU</source>
      <translation>主机上的矩阵从不复制到 GPU</translation>
    </message>
    <message>
      <source>host memory</source>
      <translation>主机内存</translation>
    </message>
    <message>
      <source>how positions beyond the trained context go</source>
      <translation>超出训练上下文的位置如何处理</translation>
    </message>
    <message>
      <source>how recurrent state is kept for common beginnings</source>
      <translation>如何为共同开头保存循环状态</translation>
    </message>
    <message>
      <source>how the GPUs share the model</source>
      <translation>各 GPU 如何分担模型</translation>
    </message>
    <message>
      <source>how the checkpoint is read</source>
      <translation>如何读取检查点</translation>
    </message>
    <message>
      <source>how the file is read</source>
      <translation>如何读取文件</translation>
    </message>
    <message>
      <source>how the processes are started</source>
      <translation>如何启动进程</translation>
    </message>
    <message>
      <source>how tokens are drafted; without it none are</source>
      <translation>如何草拟 token；不写则不草拟</translation>
    </message>
    <message>
      <source>imported</source>
      <translation>已导入</translation>
    </message>
    <message>
      <source>in use</source>
      <translation>正在使用</translation>
    </message>
    <message>
      <source>int(max_concurrency × max_model_len)</source>
      <translation>取整(max_concurrency × max_model_len)</translation>
    </message>
    <message>
      <source>internal research and development only</source>
      <translation>仅限内部研究与开发</translation>
    </message>
    <message>
      <source>it pages: RAM has no room for {size} of weights, which are read from disk for every token (rate of the disk unknown, {low} to {high} GB/s considered)</source>
      <translation>会换页：内存放不下 {size} 的权重，每个词元都要从磁盘读取（磁盘速率未知，按 {low} 到 {high} GB/s 考虑）</translation>
    </message>
    <message>
      <source>its generation measured</source>
      <translation>测量过同代产品</translation>
    </message>
    <message>
      <source>its library lacks the function</source>
      <translation>其库缺少该函数</translation>
    </message>
    <message>
      <source>its library was not found</source>
      <translation>未找到其库</translation>
    </message>
    <message>
      <source>keep downloaded models</source>
      <translation>保留下载的模型</translation>
    </message>
    <message>
      <source>keep received weights on disk, so that the next start is fast</source>
      <translation>将收到的权重保存在磁盘上，使下次启动更快</translation>
    </message>
    <message>
      <source>keep the licence and copyright notices with copies</source>
      <translation>副本须保留许可证和版权声明</translation>
    </message>
    <message>
      <source>keep the model from being paged out</source>
      <translation>防止模型被换出内存</translation>
    </message>
    <message>
      <source>keep the whole context for sliding-window layers too</source>
      <translation>滑动窗口层也保留完整上下文</translation>
    </message>
    <message>
      <source>kv_blocks / blocks of one request of max_model_len</source>
      <translation>kv_blocks ÷ 一个 max_model_len 长度请求的块数</translation>
    </message>
    <message>
      <source>larger than 1 MiB</source>
      <translation>大于 1 MiB</translation>
    </message>
    <message>
      <source>largest batch with a CUDA graph</source>
      <translation>使用 CUDA 图的最大批</translation>
    </message>
    <message>
      <source>largest sum of tensors alive at once in the graph of one micro-batch, with the attention mask</source>
      <translation>一个微批的计算图中同时存活张量的最大总和，含注意力掩码</translation>
    </message>
    <message>
      <source>launch overhead</source>
      <translation>启动开销</translation>
    </message>
    <message>
      <source>layers each device gets, in device order</source>
      <translation>按设备顺序，每个设备分到的层数</translation>
    </message>
    <message>
      <source>layers on the GPU</source>
      <translation>GPU 上的层数</translation>
    </message>
    <message>
      <source>layers on the GPU, the output counts as one</source>
      <translation>GPU 上的层数，输出算一层</translation>
    </message>
    <message>
      <source>layers split with RAM</source>
      <translation>各层分置于 GPU 和内存</translation>
    </message>
    <message>
      <source>layers with experts in RAM</source>
      <translation>专家在内存中的层数</translation>
    </message>
    <message>
      <source>layers {first}–{last}</source>
      <translation>层 {first}–{last}</translation>
    </message>
    <message>
      <source>layers × fitted time per layer</source>
      <translation>层数 × 拟合的每层时间</translation>
    </message>
    <message>
      <source>less than the reserve is left on a GPU</source>
      <translation>某个 GPU 上的剩余少于保留量</translation>
    </message>
    <message>
      <source>licence text not read</source>
      <translation>未阅读许可证原文</translation>
    </message>
    <message>
      <source>limited by {what}</source>
      <translation>受限于{what}</translation>
    </message>
    <message>
      <source>limited to {size} by the container</source>
      <translation>容器限制为 {size}</translation>
    </message>
    <message>
      <source>links between devices</source>
      <translation>设备间链路</translation>
    </message>
    <message>
      <source>lists no modules</source>
      <translation>没有列出模块</translation>
    </message>
    <message>
      <source>llama-bench flags are those of {known}; {build} was not read</source>
      <translation>llama-bench 参数取自 {known}；未阅读 {build}</translation>
    </message>
    <message>
      <source>llama-cli flags of {build} are inferred from its llama-server</source>
      <translation>{build} 的 llama-cli 参数由其 llama-server 推得</translation>
    </message>
    <message>
      <source>llama-cli has no flag for one of the settings.</source>
      <translation>llama-cli 没有对应其中一项设置的参数。</translation>
    </message>
    <message>
      <source>llama-cli: one user in the terminal</source>
      <translation>llama-cli：终端中的单个用户</translation>
    </message>
    <message>
      <source>llama.cpp computes what does not fit on the processor; vLLM can only fetch weights over the bus</source>
      <translation>放不下的部分，llama.cpp 由处理器计算；vLLM 只能通过总线取权重</translation>
    </message>
    <message>
      <source>llama.cpp has no architecture for {model}.</source>
      <translation>llama.cpp 没有 {model} 的架构。</translation>
    </message>
    <message>
      <source>llama.cpp runs {gguf} ({size}), vLLM {form} ({other}): GGUF offers more sizes, vLLM needs a checkpoint of its own formats</source>
      <translation>llama.cpp 运行 {gguf}（{size}），vLLM 运行 {form}（{other}）：GGUF 有更多大小可选，vLLM 需要其自有格式的检查点</translation>
    </message>
    <message>
      <source>logs read {date}</source>
      <translation>日志阅读于 {date}</translation>
    </message>
    <message>
      <source>long documents</source>
      <translation>长文档</translation>
    </message>
    <message>
      <source>long prompts are split over several steps</source>
      <translation>长提示分成多步处理</translation>
    </message>
    <message>
      <source>longest request, prompt and answer together</source>
      <translation>最长请求，提示与回答合计</translation>
    </message>
    <message>
      <source>machines that run this model together</source>
      <translation>共同运行此模型的机器数</translation>
    </message>
    <message>
      <source>made by a newer version ({number})</source>
      <translation>由更新的版本（{number}）生成</translation>
    </message>
    <message>
      <source>made for {date} by {program}</source>
      <translation>由 {program} 以 {date} 为日期生成</translation>
    </message>
    <message>
      <source>main GPU</source>
      <translation>主 GPU</translation>
    </message>
    <message>
      <source>map the file</source>
      <translation>映射文件</translation>
    </message>
    <message>
      <source>map the file and keep it from being paged out</source>
      <translation>映射文件并防止其被换出</translation>
    </message>
    <message>
      <source>max(widest layer × max_num_batched_tokens, sampler × max_num_seqs × vocabulary)</source>
      <translation>最大值(最宽层 × max_num_batched_tokens, 采样器 × max_num_seqs × 词表)</translation>
    </message>
    <message>
      <source>mean KL divergence {loss} nats on Llama 3 8B</source>
      <translation>在 Llama 3 8B 上的平均 KL 散度 {loss} nat</translation>
    </message>
    <message>
      <source>measured</source>
      <translation>实测</translation>
    </message>
    <message>
      <source>memory bandwidth</source>
      <translation>内存带宽</translation>
    </message>
    <message>
      <source>memory bus width</source>
      <translation>显存位宽</translation>
    </message>
    <message>
      <source>memory clock</source>
      <translation>显存频率</translation>
    </message>
    <message>
      <source>memory follows the rules read for CUDA: block sizes, workspaces and graphs of vLLM's ROCm kernels were not read, and no log of an AMD GPU was compared</source>
      <translation>内存按 CUDA 的规则计算：未查阅 vLLM 的 ROCm 内核的块大小、工作区和图，也未与 AMD GPU 的日志比较</translation>
    </message>
    <message>
      <source>memory of an instance</source>
      <translation>实例的显存</translation>
    </message>
    <message>
      <source>memory size</source>
      <translation>显存大小</translation>
    </message>
    <message>
      <source>memory − free memory as the driver reports it; on a described machine what the driver never shows to programs, and of RAM 4 GiB, at most an eighth, left to the system</source>
      <translation>内存 − 驱动报告的空闲内存；对于仅描述的机器，是驱动从不向程序显示的部分，以及内存中留给系统的 4 GiB（至多八分之一）</translation>
    </message>
    <message>
      <source>micro-batch {value}</source>
      <translation>微批 {value}</translation>
    </message>
    <message>
      <source>micro-batches × bytes touched ÷ (efficiency × bandwidth)</source>
      <translation>微批数 × 触及的字节数 ÷（效率 × 带宽）</translation>
    </message>
    <message>
      <source>micro-batches × expert bytes in RAM ÷ (efficiency × PCIe)</source>
      <translation>微批数 × 内存中的专家字节数 ÷（效率 × PCIe）</translation>
    </message>
    <message>
      <source>micro-batches × layers × fitted time + fitted time per prompt</source>
      <translation>微批数 × 层数 × 拟合时间 + 拟合的每提示时间</translation>
    </message>
    <message>
      <source>min over ranks of floor(kv_cache_available / bytes per block)</source>
      <translation>各进程中取最小：向下取整(kv_cache_available ÷ 每块字节数)</translation>
    </message>
    <message>
      <source>most images, videos and sounds in a prompt</source>
      <translation>一个提示中图像、视频和声音的最大数量</translation>
    </message>
    <message>
      <source>most prompt tokens computed at once</source>
      <translation>一次计算的最大提示 token 数</translation>
    </message>
    <message>
      <source>most prompt tokens handed over at once</source>
      <translation>一次交付的最大提示 token 数</translation>
    </message>
    <message>
      <source>most requests in one step</source>
      <translation>一步中的最大请求数</translation>
    </message>
    <message>
      <source>most tokens computed in one step; activations grow with it</source>
      <translation>一步中计算的最大 token 数；激活值随之增长</translation>
    </message>
    <message>
      <source>must be a list of at most {n}</source>
      <translation>必须是最多 {n} 项的列表</translation>
    </message>
    <message>
      <source>must be a number from {least} to {most}</source>
      <translation>必须是 {least} 到 {most} 之间的数</translation>
    </message>
    <message>
      <source>must be a text of at most {n} characters</source>
      <translation>必须是最多 {n} 个字符的文本</translation>
    </message>
    <message>
      <source>must be a whole number from {least} to {most}</source>
      <translation>必须是 {least} 到 {most} 之间的整数</translation>
    </message>
    <message>
      <source>must be an object</source>
      <translation>必须是对象</translation>
    </message>
    <message>
      <source>must be one of {choices}</source>
      <translation>必须是以下之一：{choices}</translation>
    </message>
    <message>
      <source>must be true or false</source>
      <translation>必须是 true 或 false</translation>
    </message>
    <message>
      <source>n_vocab × slots × 4</source>
      <translation>n_vocab × 槽位数 × 4</translation>
    </message>
    <message>
      <source>name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>name of an instance</source>
      <translation>实例的名称</translation>
    </message>
    <message>
      <source>names in the API</source>
      <translation>API 中的名称</translation>
    </message>
    <message>
      <source>native {form}</source>
      <translation>原生 {form}</translation>
    </message>
    <message>
      <source>nearest published model: {model}</source>
      <translation>最接近的已发布模型：{model}</translation>
    </message>
    <message>
      <source>no API on this machine</source>
      <translation>本机上没有 API</translation>
    </message>
    <message>
      <source>no CUDA graphs: less memory, slower</source>
      <translation>不用 CUDA 图：省内存，较慢</translation>
    </message>
    <message>
      <source>no GPU</source>
      <translation>无 GPU</translation>
    </message>
    <message>
      <source>no layer on the GPU</source>
      <translation>没有层在 GPU 上</translation>
    </message>
    <message>
      <source>no licence tag was found</source>
      <translation>未找到许可证标签</translation>
    </message>
    <message>
      <source>no permission</source>
      <translation>没有权限</translation>
    </message>
    <message>
      <source>no prompt cache in system memory</source>
      <translation>系统内存中没有提示缓存</translation>
    </message>
    <message>
      <source>no published figure</source>
      <translation>没有已发布的数值</translation>
    </message>
    <message>
      <source>no quantization is named; {quant} is assumed</source>
      <translation>未指明量化；假定为 {quant}</translation>
    </message>
    <message>
      <source>no room for the copies of pipeline parallelism: llama.cpp says so while it starts and goes on without, which makes long prompts slower</source>
      <translation>没有空间存放流水线并行的副本：llama.cpp 启动时会提示并在没有副本的情况下继续，这会使长提示变慢</translation>
    </message>
    <message>
      <source>no run of this engine on this backend measured</source>
      <translation>没有该引擎在该后端上的实测</translation>
    </message>
    <message>
      <source>no run of vLLM with weights in RAM was measured</source>
      <translation>没有测量过权重在内存中的 vLLM 运行</translation>
    </message>
    <message>
      <source>no score matrix in memory</source>
      <translation>内存中没有注意力分数矩阵</translation>
    </message>
    <message>
      <source>no score; {size}</source>
      <translation>无评分；{size}</translation>
    </message>
    <message>
      <source>no second copy of the weights for the processor</source>
      <translation>处理器不再保存第二份权重</translation>
    </message>
    <message>
      <source>no source</source>
      <translation>无来源</translation>
    </message>
    <message>
      <source>no term of its own for the EU recorded</source>
      <translation>未记录针对欧盟的单独条款</translation>
    </message>
    <message>
      <source>no vision or audio tower</source>
      <translation>没有视觉或音频塔</translation>
    </message>
    <message>
      <source>no {form} repository of {model} is known; the name in the command is the base</source>
      <translation>没有已知的 {model} {form} 仓库；命令中的名称是基础模型</translation>
    </message>
    <message>
      <source>no: the download asks for nothing</source>
      <translation>否：下载没有要求</translation>
    </message>
    <message>
      <source>non-commercial use only</source>
      <translation>仅限非商业用途</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>none recorded; read the licence</source>
      <translation>没有记录；请阅读许可证</translation>
    </message>
    <message>
      <source>none: trained in this format</source>
      <translation>无：以此格式训练</translation>
    </message>
    <message>
      <source>not OSI-approved</source>
      <translation>未经 OSI 批准</translation>
    </message>
    <message>
      <source>not above a monthly revenue cap</source>
      <translation>月收入不得超过上限</translation>
    </message>
    <message>
      <source>not allowed</source>
      <translation>不允许</translation>
    </message>
    <message>
      <source>not an object</source>
      <translation>不是对象</translation>
    </message>
    <message>
      <source>not in the catalogue</source>
      <translation>不在目录中</translation>
    </message>
    <message>
      <source>not licensed for use in the European Union, the United Kingdom and South Korea</source>
      <translation>未许可在欧盟、英国和韩国使用</translation>
    </message>
    <message>
      <source>not one user has {least} tokens/s</source>
      <translation>没有一个用户能达到 {least} token/秒</translation>
    </message>
    <message>
      <source>not supported on this GPU</source>
      <translation>此 GPU 不支持</translation>
    </message>
    <message>
      <source>not used</source>
      <translation>未使用</translation>
    </message>
    <message>
      <source>not: {reason}</source>
      <translation>不启用：{reason}</translation>
    </message>
    <message>
      <source>nothing comparable was measured</source>
      <translation>没有可比的测量</translation>
    </message>
    <message>
      <source>nothing was asked or is known</source>
      <translation>未作要求或一无所知</translation>
    </message>
    <message>
      <source>number format of the K cache</source>
      <translation>K 缓存的数值格式</translation>
    </message>
    <message>
      <source>number format of the KV cache</source>
      <translation>KV 缓存的数值格式</translation>
    </message>
    <message>
      <source>number format of the V cache</source>
      <translation>V 缓存的数值格式</translation>
    </message>
    <message>
      <source>number format of the convolution state</source>
      <translation>卷积状态的数值格式</translation>
    </message>
    <message>
      <source>number format of the recurrent state</source>
      <translation>循环状态的数值格式</translation>
    </message>
    <message>
      <source>number format of what is not quantized</source>
      <translation>未量化部分的数值格式</translation>
    </message>
    <message>
      <source>number of cache blocks</source>
      <translation>缓存块数</translation>
    </message>
    <message>
      <source>number of this machine</source>
      <translation>本机编号</translation>
    </message>
    <message>
      <source>off</source>
      <translation>关</translation>
    </message>
    <message>
      <source>on</source>
      <translation>开</translation>
    </message>
    <message>
      <source>on the CPU</source>
      <translation>在 CPU 上</translation>
    </message>
    <message>
      <source>one GPU</source>
      <translation>单块 GPU</translation>
    </message>
    <message>
      <source>one cache for all slots</source>
      <translation>所有槽位共用一个缓存</translation>
    </message>
    <message>
      <source>one kind of cache block for all layers</source>
      <translation>所有层使用同一种缓存块</translation>
    </message>
    <message>
      <source>one user</source>
      <translation>一个用户</translation>
    </message>
    <message>
      <source>only heavily quantized; {rest}</source>
      <translation>只有重度量化可用；{rest}</translation>
    </message>
    <message>
      <source>only specifications known</source>
      <translation>只知道规格</translation>
    </message>
    <message>
      <source>only {share} of what vLLM takes is left for the cache: {n} requests of full length</source>
      <translation>vLLM 占用的部分中只剩 {share} 给缓存：{n} 个全长请求</translation>
    </message>
    <message>
      <source>operations of attention ÷ (efficiency × tensor rate)</source>
      <translation>注意力运算量 ÷（效率 × 张量算力）</translation>
    </message>
    <message>
      <source>other machines that lend their devices</source>
      <translation>提供设备的其他机器</translation>
    </message>
    <message>
      <source>other programs</source>
      <translation>其他程序</translation>
    </message>
    <message>
      <source>others</source>
      <translation>其他</translation>
    </message>
    <message>
      <source>out of memory</source>
      <translation>内存不足</translation>
    </message>
    <message>
      <source>overhead</source>
      <translation>开销</translation>
    </message>
    <message>
      <source>page {page} of {pages}</source>
      <translation>第 {page} 页，共 {pages} 页</translation>
    </message>
    <message>
      <source>pass on the licence text and attribution notice</source>
      <translation>随附许可证文本和署名声明</translation>
    </message>
    <message>
      <source>pass on the terms and mark changes</source>
      <translation>随附条款并标明更改</translation>
    </message>
    <message>
      <source>pass on the use restrictions</source>
      <translation>随附使用限制</translation>
    </message>
    <message>
      <source>pipeline parallel {n}</source>
      <translation>流水线并行 {n}</translation>
    </message>
    <message>
      <source>planned at {trained}: the model is not trained for {wished}</source>
      <translation>按 {trained} 规划：模型没有训练到 {wished}</translation>
    </message>
    <message>
      <source>port it listens on</source>
      <translation>监听端口</translation>
    </message>
    <message>
      <source>port of machine 0</source>
      <translation>机器 0 的端口</translation>
    </message>
    <message>
      <source>port of the API on this machine</source>
      <translation>本机上 API 的端口</translation>
    </message>
    <message>
      <source>port the others reach it by</source>
      <translation>其他机器访问它的端口</translation>
    </message>
    <message>
      <source>positions stretched so many times</source>
      <translation>位置拉伸的倍数</translation>
    </message>
    <message>
      <source>printed no version</source>
      <translation>未输出版本</translation>
    </message>
    <message>
      <source>printed nothing that can be read</source>
      <translation>未输出可读内容</translation>
    </message>
    <message>
      <source>processor cores unknown, {low} to {high} considered</source>
      <translation>处理器核心数未知，按 {low} 到 {high} 考虑</translation>
    </message>
    <message>
      <source>processor threads</source>
      <translation>处理器线程数</translation>
    </message>
    <message>
      <source>prompt tokens of the prefill test</source>
      <translation>预填充测试的提示 token 数</translation>
    </message>
    <message>
      <source>prompt {rate} tok/s</source>
      <translation>提示 {rate} token/秒</translation>
    </message>
    <message>
      <source>published</source>
      <translation>已发布</translation>
    </message>
    <message>
      <source>quality</source>
      <translation>质量</translation>
    </message>
    <message>
      <source>quantized while loading</source>
      <translation>加载时量化</translation>
    </message>
    <message>
      <source>read the file into memory instead of mapping it</source>
      <translation>将文件读入内存而不是映射</translation>
    </message>
    <message>
      <source>read the file past the page cache</source>
      <translation>绕过页缓存读取文件</translation>
    </message>
    <message>
      <source>read {date}</source>
      <translation>阅读于 {date}</translation>
    </message>
    <message>
      <source>remove the container when it stops</source>
      <translation>容器停止后将其移除</translation>
    </message>
    <message>
      <source>reported</source>
      <translation>据报道</translation>
    </message>
    <message>
      <source>reported model: no licence was published</source>
      <translation>据报道的模型：未发布许可证</translation>
    </message>
    <message>
      <source>requested − weights − activation_peak − non_torch</source>
      <translation>申请量 − 权重 − 激活峰值 − 非 torch 部分</translation>
    </message>
    <message>
      <source>requested − weights − activation_peak − non_torch − cuda_graphs</source>
      <translation>申请量 − 权重 − 激活峰值 − 非 torch 部分 − CUDA 图</translation>
    </message>
    <message>
      <source>requests</source>
      <translation>个请求</translation>
    </message>
    <message>
      <source>requests answered at once</source>
      <translation>同时回答的请求数</translation>
    </message>
    <message>
      <source>research and evaluation only; commercial use needs a separate licence</source>
      <translation>仅限研究与评估；商业用途需另行取得许可</translation>
    </message>
    <message>
      <source>research and testing only</source>
      <translation>仅限研究与测试</translation>
    </message>
    <message>
      <source>research only</source>
      <translation>仅限研究</translation>
    </message>
    <message>
      <source>research only; commercial use needs a separate licence</source>
      <translation>仅限研究；商业用途需另行取得许可</translation>
    </message>
    <message>
      <source>reserve asked for</source>
      <translation>要求的保留量</translation>
    </message>
    <message>
      <source>rights to the multimodal models are not granted to individuals domiciled in, or companies with a principal place of business in, the EU; end users of products are not affected (recalled, read the text)</source>
      <translation>不向居住在欧盟的个人或主要营业地在欧盟的公司授予多模态模型的权利；产品的最终用户不受影响（凭记忆记录，请阅读原文）</translation>
    </message>
    <message>
      <source>rights to the multimodal models of Llama 3.2 are not granted to licensees domiciled in the EU; the text models are not affected</source>
      <translation>不向居住在欧盟的被许可人授予 Llama 3.2 多模态模型的权利；文本模型不受影响</translation>
    </message>
    <message>
      <source>rotary tables</source>
      <translation>旋转位置表</translation>
    </message>
    <message>
      <source>sequences decoded at once</source>
      <translation>同时解码的序列数</translation>
    </message>
    <message>
      <source>share of each GPU that vLLM takes, cache included</source>
      <translation>vLLM 占用每个 GPU 的比例，含缓存</translation>
    </message>
    <message>
      <source>shared memory, which processes of several GPUs need</source>
      <translation>共享内存，多个 GPU 的进程需要它</translation>
    </message>
    <message>
      <source>shared with the system</source>
      <translation>与系统共享</translation>
    </message>
    <message>
      <source>short by {gib}</source>
      <translation>差 {gib}</translation>
    </message>
    <message>
      <source>short by {short} of RAM: needs {need} of {room} (RAM that would page counts as not fitting)</source>
      <translation>内存差 {short}：需要 {need}，可用 {room}（会引起换页的内存视为放不下）</translation>
    </message>
    <message>
      <source>short by {short} on {device} ({accelerator}): needs {need} of {room}</source>
      <translation>{device}（{accelerator}）上差 {short}：需要 {need}，可用 {room}</translation>
    </message>
    <message>
      <source>show the model's name in products above 100 million monthly active users or 20 million USD monthly revenue</source>
      <translation>月活跃用户超过 1 亿或月收入超过 2000 万美元的产品须显示模型名称</translation>
    </message>
    <message>
      <source>slots × Σ (convolution + state elements) × 4</source>
      <translation>槽位数 × Σ（卷积 + 状态元素数）× 4</translation>
    </message>
    <message>
      <source>something needed is not known</source>
      <translation>缺少所需的信息</translation>
    </message>
    <message>
      <source>speed</source>
      <translation>速度</translation>
    </message>
    <message>
      <source>speed data {date}</source>
      <translation>速度数据 {date}</translation>
    </message>
    <message>
      <source>speed unknown</source>
      <translation>速度未知</translation>
    </message>
    <message>
      <source>speed unknown; {rest}</source>
      <translation>速度未知；{rest}</translation>
    </message>
    <message>
      <source>split each matrix by rows over the GPUs</source>
      <translation>按行将每个矩阵分到各 GPU</translation>
    </message>
    <message>
      <source>split weights and cache over the GPUs</source>
      <translation>将权重和缓存分到各 GPU</translation>
    </message>
    <message>
      <source>started all the same: {what}: {low} to {high} tok/s</source>
      <translation>若仍然启动：{what}：{low} 到 {high} tok/s</translation>
    </message>
    <message>
      <source>state changes to files</source>
      <translation>说明对文件的更改</translation>
    </message>
    <message>
      <source>sum of the decode terms, not below bytes ÷ bandwidth</source>
      <translation>解码各项之和，不低于 字节数 ÷ 带宽</translation>
    </message>
    <message>
      <source>sum of the prompt terms, sped up by pipelining over several GPUs, not below operations ÷ tensor rate</source>
      <translation>提示各项之和，多 GPU 流水线会加速，不低于 运算量 ÷ 张量算力</translation>
    </message>
    <message>
      <source>sum over ffn_(gate|up|down)_exps tensors on the device</source>
      <translation>设备上 ffn_(gate|up|down)_exps 张量之和</translation>
    </message>
    <message>
      <source>sum over tensors of rows × bytes per row of the type the quantization gives it</source>
      <translation>对各张量求和：行数 × 该量化所用类型的每行字节数</translation>
    </message>
    <message>
      <source>switched off</source>
      <translation>已关闭</translation>
    </message>
    <message>
      <source>table</source>
      <translation>表</translation>
    </message>
    <message>
      <source>take these flags as they are; the automatic fit would change what is not given</source>
      <translation>按原样采用这些参数；自动适配会改动未给出的参数</translation>
    </message>
    <message>
      <source>tensor parallel {n}</source>
      <translation>张量并行 {n}</translation>
    </message>
    <message>
      <source>tensors whose name matches go to the named buffer</source>
      <translation>名称匹配的张量放入指定缓冲区</translation>
    </message>
    <message>
      <source>the 40-core GPU; write "M3 Max 30-core" for 300 GB/s</source>
      <translation>40 核 GPU；300 GB/s 的请写 “M3 Max 30-core”</translation>
    </message>
    <message>
      <source>the 40-core GPU; write "M4 Max 32-core" for 410 GB/s</source>
      <translation>40 核 GPU；410 GB/s 的请写 “M4 Max 32-core”</translation>
    </message>
    <message>
      <source>the 40-core GPU; write "M5 Max 32-core" for 460 GB/s</source>
      <translation>40 核 GPU；460 GB/s 的请写 “M5 Max 32-core”</translation>
    </message>
    <message>
      <source>the GPU has fallen off the bus or is lost</source>
      <translation>GPU 已从总线脱落或丢失</translation>
    </message>
    <message>
      <source>the GPU needs a reset</source>
      <translation>GPU 需要重置</translation>
    </message>
    <message>
      <source>the GPU used alone</source>
      <translation>单独使用的 GPU</translation>
    </message>
    <message>
      <source>the GPUs</source>
      <translation>各 GPU</translation>
    </message>
    <message>
      <source>the GPUs of other machines work over the network: speeds are not estimated, every layer boundary between machines sends one row of activations per token, and the weights are sent once when the model is loaded</source>
      <translation>其他机器的 GPU 通过网络工作：不估算速度；机器之间的每个层边界每个 token 传送一行激活值，权重在加载模型时传送一次</translation>
    </message>
    <message>
      <source>the GPUs used, numbered as nvidia-smi does</source>
      <translation>所用的 GPU，按 nvidia-smi 编号</translation>
    </message>
    <message>
      <source>the PCIe link of {gpu} is not known</source>
      <translation>{gpu} 的 PCIe 链路未知</translation>
    </message>
    <message>
      <source>the bandwidth of the RAM is not known</source>
      <translation>内存带宽未知</translation>
    </message>
    <message>
      <source>the cache stays in system memory</source>
      <translation>缓存留在系统内存中</translation>
    </message>
    <message>
      <source>the compute driver of AMD GPUs</source>
      <translation>AMD GPU 的计算驱动</translation>
    </message>
    <message>
      <source>the devices used, in order</source>
      <translation>按顺序使用的设备</translation>
    </message>
    <message>
      <source>the driver and its library have different versions; a reboot usually helps</source>
      <translation>驱动与其库版本不同；重启通常可解决</translation>
    </message>
    <message>
      <source>the driver is not loaded</source>
      <translation>驱动未加载</translation>
    </message>
    <message>
      <source>the driver keeps {size} in RAM and reads them over PCIe</source>
      <translation>驱动程序把 {size} 留在内存中，经 PCIe 读取</translation>
    </message>
    <message>
      <source>the driver refused the query</source>
      <translation>驱动拒绝了查询</translation>
    </message>
    <message>
      <source>the folder of the weights, as the container sees it</source>
      <translation>容器所见的权重文件夹</translation>
    </message>
    <message>
      <source>the head node</source>
      <translation>主节点</translation>
    </message>
    <message>
      <source>the image holds llama.cpp's newest build; flags are those of {build}</source>
      <translation>镜像中是 llama.cpp 的最新构建；参数按 {build}</translation>
    </message>
    <message>
      <source>the memory bandwidth of {gpu} is not known</source>
      <translation>{gpu} 的显存带宽未知</translation>
    </message>
    <message>
      <source>the model file</source>
      <translation>模型文件</translation>
    </message>
    <message>
      <source>the model file; put its path here</source>
      <translation>模型文件；请在此填写路径</translation>
    </message>
    <message>
      <source>the model keeps no cache</source>
      <translation>该模型不保存缓存</translation>
    </message>
    <message>
      <source>the next step is planned while this one runs</source>
      <translation>本步运行时规划下一步</translation>
    </message>
    <message>
      <source>the number of processor cores is not known</source>
      <translation>处理器核心数未知</translation>
    </message>
    <message>
      <source>the plan does not fit</source>
      <translation>方案放不下</translation>
    </message>
    <message>
      <source>the processor only</source>
      <translation>仅处理器</translation>
    </message>
    <message>
      <source>the projector file; put its path here</source>
      <translation>投影器文件；请在此填写路径</translation>
    </message>
    <message>
      <source>the prompt cache may grow to {limit} of RAM with use, and {left} are left: --cache-ram {kept} keeps it within</source>
      <translation>提示缓存随使用可能增长到 {limit} 内存，而剩余 {left}：--cache-ram {kept} 可将其控制在内</translation>
    </message>
    <message>
      <source>the same of the experts used, slower where an expert has few tokens</source>
      <translation>所用专家的同一计算，某个专家的 token 少时较慢</translation>
    </message>
    <message>
      <source>the size of the RAM is unknown; {need} of it are needed</source>
      <translation>内存大小未知；需要 {need}</translation>
    </message>
    <message>
      <source>the smaller model that drafts</source>
      <translation>负责草拟的较小模型</translation>
    </message>
    <message>
      <source>the tensor rate of {gpu} is not known</source>
      <translation>{gpu} 的张量算力未知</translation>
    </message>
    <message>
      <source>this GPU measured</source>
      <translation>测量过此 GPU</translation>
    </message>
    <message>
      <source>this machine leads</source>
      <translation>本机为主节点</translation>
    </message>
    <message>
      <source>this plan: {value}</source>
      <translation>本方案：{value}</translation>
    </message>
    <message>
      <source>this plan: {value}, {rate} tok/s</source>
      <translation>本方案：{value}，{rate} token/秒</translation>
    </message>
    <message>
      <source>tight</source>
      <translation>勉强</translation>
    </message>
    <message>
      <source>time for the prompt + one decode step</source>
      <translation>处理提示的时间 + 一次解码</translation>
    </message>
    <message>
      <source>tok/s</source>
      <translation>token/秒</translation>
    </message>
    <message>
      <source>tok/s, 80 % range</source>
      <translation>token/秒，80 % 区间</translation>
    </message>
    <message>
      <source>tokens</source>
      <translation>token</translation>
    </message>
    <message>
      <source>tokens already in the context</source>
      <translation>上下文中已有的 token 数</translation>
    </message>
    <message>
      <source>tokens drafted at once</source>
      <translation>一次草拟的 token 数</translation>
    </message>
    <message>
      <source>tokens in flight</source>
      <translation>处理中的 token 数</translation>
    </message>
    <message>
      <source>tokens per block of recurrent state</source>
      <translation>每个循环状态块的 token 数</translation>
    </message>
    <message>
      <source>tokens per block of the cache</source>
      <translation>每个缓存块的 token 数</translation>
    </message>
    <message>
      <source>tokens the model was trained on</source>
      <translation>模型训练时的词元数</translation>
    </message>
    <message>
      <source>too large</source>
      <translation>太大</translation>
    </message>
    <message>
      <source>trained for {n} only; {rest}</source>
      <translation>只训练到 {n}；{rest}</translation>
    </message>
    <message>
      <source>trained for {n} tokens</source>
      <translation>训练长度 {n} token</translation>
    </message>
    <message>
      <source>typed in by hand</source>
      <translation>手工输入</translation>
    </message>
    <message>
      <source>typical of the backend and generation, from logs of physical GPUs</source>
      <translation>该后端和该代产品的典型值，来自真实 GPU 的日志</translation>
    </message>
    <message>
      <source>under Windows the driver keeps {size} in RAM and reads them over PCIe; on Linux it does not load</source>
      <translation>在 Windows 下驱动程序把 {size} 留在内存中，经 PCIe 读取；在 Linux 下无法加载</translation>
    </message>
    <message>
      <source>under Windows, or with GGML_CUDA_ENABLE_UNIFIED_MEMORY=1, the driver keeps {size} in RAM and reads them over PCIe; on Linux it does not load otherwise</source>
      <translation>在 Windows 下，或设置 GGML_CUDA_ENABLE_UNIFIED_MEMORY=1 时，驱动程序把 {size} 留在内存中，经 PCIe 读取；否则在 Linux 下无法加载</translation>
    </message>
    <message>
      <source>unit</source>
      <translation>单位</translation>
    </message>
    <message>
      <source>unknown</source>
      <translation>未知</translation>
    </message>
    <message>
      <source>unknown ({why})</source>
      <translation>未知（{why}）</translation>
    </message>
    <message>
      <source>unknown error</source>
      <translation>未知错误</translation>
    </message>
    <message>
      <source>unknown generation</source>
      <translation>未知代次</translation>
    </message>
    <message>
      <source>unknown version</source>
      <translation>版本未知</translation>
    </message>
    <message>
      <source>unknown: the licence is not known</source>
      <translation>未知：许可证未知</translation>
    </message>
    <message>
      <source>use one GPU only</source>
      <translation>只用一个 GPU</translation>
    </message>
    <message>
      <source>uses {n} of {all} GPUs</source>
      <translation>使用 {all} 个 GPU 中的 {n} 个</translation>
    </message>
    <message>
      <source>vLLM 0.32 and newer read GGUF only with the package vllm-gguf-plugin; llama.cpp runs this file</source>
      <translation>vLLM 0.32 及更新版本只有装上 vllm-gguf-plugin 才能读 GGUF；此文件可用 llama.cpp 运行</translation>
    </message>
    <message>
      <source>vLLM has no Metal backend; use llama.cpp on Apple hardware</source>
      <translation>vLLM 没有 Metal 后端；在 Apple 硬件上请用 llama.cpp</translation>
    </message>
    <message>
      <source>vLLM has no Windows build; run it in WSL 2 or Docker, or use llama.cpp</source>
      <translation>vLLM 没有 Windows 版本；请在 WSL 2 或 Docker 中运行，或改用 llama.cpp</translation>
    </message>
    <message>
      <source>vLLM is planned for GPUs here; without one use llama.cpp</source>
      <translation>此处的 vLLM 方案只针对 GPU；没有 GPU 请用 llama.cpp</translation>
    </message>
    <message>
      <source>vLLM needs compute capability 7.0, this GPU has {have}; use llama.cpp</source>
      <translation>vLLM 需要计算能力 7.0，此 GPU 为 {have}；请用 llama.cpp</translation>
    </message>
    <message>
      <source>vLLM on Intel GPUs is a separate build (XPU) that is not planned here; use llama.cpp</source>
      <translation>Intel GPU 上的 vLLM 是单独的版本（XPU），此处不作规划；请用 llama.cpp</translation>
    </message>
    <message>
      <source>vLLM reserves its whole share at the start and holds {tokens} tokens of cache for all users; llama.cpp allocates the {asked} asked for</source>
      <translation>vLLM 启动时占下全部份额，为所有用户保留 {tokens} 个 token 的缓存；llama.cpp 只分配所要的 {asked} 个</translation>
    </message>
    <message>
      <source>vLLM splits every layer over equal GPUs; llama.cpp gives each GPU whole layers, unequal ones too</source>
      <translation>vLLM 把每一层分到相同的 GPU 上；llama.cpp 给每块 GPU 完整的层，不同的 GPU 也可以</translation>
    </message>
    <message>
      <source>vLLM: {why}</source>
      <translation>vLLM：{why}</translation>
    </message>
    <message>
      <source>values of the config file that are replaced</source>
      <translation>被替换的配置文件值</translation>
    </message>
    <message>
      <source>virtual processors, which may be cores or threads of half as many</source>
      <translation>虚拟处理器，可能是核心，也可能是一半数量核心的线程</translation>
    </message>
    <message>
      <source>vision</source>
      <translation>视觉</translation>
    </message>
    <message>
      <source>vllm: version of {path} is unknown (no package beside it)</source>
      <translation>vllm：{path} 的版本未知（旁边没有软件包）</translation>
    </message>
    <message>
      <source>weights</source>
      <translation>权重</translation>
    </message>
    <message>
      <source>where the draft model runs</source>
      <translation>草拟模型运行的位置</translation>
    </message>
    <message>
      <source>which file of the repository</source>
      <translation>仓库中的哪个文件</translation>
    </message>
    <message>
      <source>whole experts are spread over the GPUs</source>
      <translation>将完整的专家分布到各 GPU</translation>
    </message>
    <message>
      <source>with Ray the GPUs are chosen by Ray, not by --device-ids</source>
      <translation>使用 Ray 时由 Ray 选择 GPU，而不是 --device-ids</translation>
    </message>
    <message>
      <source>without CUDA graphs</source>
      <translation>不用 CUDA 图</translation>
    </message>
    <message>
      <source>yes: the download asks for an account and consent</source>
      <translation>是：下载需要账户并同意条款</translation>
    </message>
    <message>
      <source>{allowed}: {conditions}</source>
      <translation>{allowed}：{conditions}</translation>
    </message>
    <message>
      <source>{amount} each</source>
      <translation>每个 {amount}</translation>
    </message>
    <message>
      <source>{backend} context, workspaces and pool</source>
      <translation>{backend} 上下文、工作区和内存池</translation>
    </message>
    <message>
      <source>{benchmark} {score}</source>
      <translation>{benchmark} {score}</translation>
    </message>
    <message>
      <source>{device} ({name}), {used} of {all}: {pieces}; {room}</source>
      <translation>{device}（{name}），{used} / {all}：{pieces}；{room}</translation>
    </message>
    <message>
      <source>{engine} does not</source>
      <translation>{engine} 不行</translation>
    </message>
    <message>
      <source>{engine} does not: {why}</source>
      <translation>{engine} 不行：{why}</translation>
    </message>
    <message>
      <source>{engine}: {why}</source>
      <translation>{engine}：{why}</translation>
    </message>
    <message>
      <source>{form} on {gpu}: {how}</source>
      <translation>{gpu} 上的 {form}：{how}</translation>
    </message>
    <message>
      <source>{form} weights unpacked to 16 bit by Marlin</source>
      <translation>{form} 权重由 Marlin 解包为 16 位</translation>
    </message>
    <message>
      <source>{form}: {why}</source>
      <translation>{form}：{why}</translation>
    </message>
    <message>
      <source>{gpu}, bandwidth</source>
      <translation>{gpu}，带宽</translation>
    </message>
    <message>
      <source>{gpu}, link</source>
      <translation>{gpu}，链路</translation>
    </message>
    <message>
      <source>{gpu}, memory</source>
      <translation>{gpu}，显存</translation>
    </message>
    <message>
      <source>{gpu}: a bandwidth of {bandwidth} is not believable</source>
      <translation>{gpu}：{bandwidth} 的带宽不可信</translation>
    </message>
    <message>
      <source>{gpu}: divided by MIG into {n}; bandwidth and arithmetic are taken in proportion, and an engine uses one instance at a time</source>
      <translation>{gpu}：由 MIG 划分为 {n} 个；带宽和算力按比例计，引擎每次使用一个实例</translation>
    </message>
    <message>
      <source>{gpu}: found by the board's name; the driver has no NVML</source>
      <translation>{gpu}：据板卡名称识别；驱动没有 NVML</translation>
    </message>
    <message>
      <source>{gpu}: free memory is not read on Windows</source>
      <translation>{gpu}：在 Windows 上不读取空闲显存</translation>
    </message>
    <message>
      <source>{gpu}: free memory of {n} bytes is not believable</source>
      <translation>{gpu}：{n} 字节的空闲显存不可信</translation>
    </message>
    <message>
      <source>{gpu}: in MIG mode without an instance; engines cannot use it until one is made</source>
      <translation>{gpu}：处于 MIG 模式但没有实例；建立实例前引擎无法使用它</translation>
    </message>
    <message>
      <source>{gpu}: integrated graphics that the accelerator table does not list; not used</source>
      <translation>{gpu}：加速器表未列出的集成显卡；不使用</translation>
    </message>
    <message>
      <source>{gpu}: iogpu.wired_limit_mb gives the GPU {size} MiB</source>
      <translation>{gpu}：iogpu.wired_limit_mb 给 GPU {size} MiB</translation>
    </message>
    <message>
      <source>{gpu}: its memory could not be read; the table's size of {name} is used</source>
      <translation>{gpu}：无法读取显存；采用表中 {name} 的大小</translation>
    </message>
    <message>
      <source>{gpu}: not in the accelerator table; arithmetic rates are unknown</source>
      <translation>{gpu}：不在加速器表中；算力未知</translation>
    </message>
    <message>
      <source>{gpu}: not in the accelerator table; bandwidth and arithmetic rates are unknown</source>
      <translation>{gpu}：不在加速器表中；带宽和算力未知</translation>
    </message>
    <message>
      <source>{gpu}: not in the accelerator table; not used for plans</source>
      <translation>{gpu}：不在加速器表中；不用于方案</translation>
    </message>
    <message>
      <source>{gpu}: shares the system's memory; its size is that of the system</source>
      <translation>{gpu}：与系统共享内存；大小即系统内存的大小</translation>
    </message>
    <message>
      <source>{gpu}: sold with {sizes} GiB; {assumed} assumed, write "{gpu}:{least}" for less</source>
      <translation>{gpu}：有 {sizes} GiB 的版本；假定为 {assumed}，较小的请写 “{gpu}:{least}”</translation>
    </message>
    <message>
      <source>{gpu}: taken as {name}</source>
      <translation>{gpu}：视为 {name}</translation>
    </message>
    <message>
      <source>{gpu}: the driver gives no memory size (is the amdgpu driver loaded?)</source>
      <translation>{gpu}：驱动未给出显存大小（amdgpu 驱动加载了吗？）</translation>
    </message>
    <message>
      <source>{gpu}: the driver's bus width and clock give {driver}, the table says {table} for {name}; the driver's figure is used</source>
      <translation>{gpu}：由驱动的位宽和频率得 {driver}，表中 {name} 为 {table}；采用驱动的数值</translation>
    </message>
    <message>
      <source>{gpu}: the number of GPU cores is unknown (system_profiler {why})</source>
      <translation>{gpu}：GPU 核心数未知（system_profiler {why}）</translation>
    </message>
    <message>
      <source>{gpu}: {what}</source>
      <translation>{gpu}：{what}</translation>
    </message>
    <message>
      <source>{key}; dashed = least asked for, {least}</source>
      <translation>{key}；虚线 = 要求的最低值 {least}</translation>
    </message>
    <message>
      <source>{kind} {size}</source>
      <translation>{kind} {size}</translation>
    </message>
    <message>
      <source>{layers} in RAM</source>
      <translation>{layers}在内存中</translation>
    </message>
    <message>
      <source>{layers} on GPU {gpu}</source>
      <translation>{layers}在 GPU {gpu} 上</translation>
    </message>
    <message>
      <source>{layers} shared by GPUs {gpus}</source>
      <translation>{layers}由 GPU {gpus} 共同分担</translation>
    </message>
    <message>
      <source>{loss} (published table; other models differ)</source>
      <translation>{loss}（已发布的表；其他模型有所不同）</translation>
    </message>
    <message>
      <source>{low} to {high} tokens per second</source>
      <translation>每秒 {low} 至 {high} 个 token</translation>
    </message>
    <message>
      <source>{low}–{high}</source>
      <translation>{low}–{high}</translation>
    </message>
    <message>
      <source>{mark} {verdict}</source>
      <translation>{mark} {verdict}</translation>
    </message>
    <message>
      <source>{mid} ({low}–{high})</source>
      <translation>{mid}（{low}–{high}）</translation>
    </message>
    <message>
      <source>{model} (gated)</source>
      <translation>{model}（受限）</translation>
    </message>
    <message>
      <source>{model} ({provenance}): {facts}.</source>
      <translation>{model}（{provenance}）：{facts}。</translation>
    </message>
    <message>
      <source>{model} at {context}</source>
      <translation>{model}，{context} 上下文</translation>
    </message>
    <message>
      <source>{model} {quant}</source>
      <translation>{model} {quant}</translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context</source>
      <translation>{n_ctx} 个 token 的上下文</translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context, shared by {slots_or_4} slots</source>
      <translation>{n_ctx} 个 token 的上下文，由 {slots_or_4} 个槽位共用</translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context, {n} for each of {slots} slots</source>
      <translation>{n_ctx} 个 token 的上下文，{slots} 个槽位各 {n} 个</translation>
    </message>
    <message>
      <source>{names} alone holds the model: {here} tok/s; all {n} GPUs sharing the layers would reach {shared} tok/s</source>
      <translation>{names} 单独即可容纳模型：{here} token/秒；{n} 个 GPU 共同分担各层可达 {shared} token/秒</translation>
    </message>
    <message>
      <source>{names} alone is faster than all {n} GPUs: {here} tok/s against {shared} tok/s when they share the layers, because layers run one after the other and every hop costs time</source>
      <translation>{names} 单独运行比 {n} 个 GPU 一起更快：{here} token/秒，而分担各层时为 {shared} token/秒，因为各层依次运行，每一跳都要花时间</translation>
    </message>
    <message>
      <source>{name} = {value}</source>
      <translation>{name} = {value}</translation>
    </message>
    <message>
      <source>{name} is the faster here: {fast} against {slow} tokens/s in all</source>
      <translation>{name} 在此更快：合计 {fast} 对 {slow} token/s</translation>
    </message>
    <message>
      <source>{name} {given!r} is not a number of tokens; write for example 8192 or 8k</source>
      <translation>{name} {given!r} 不是 token 数；请写成例如 8192 或 8k</translation>
    </message>
    <message>
      <source>{name} {given!r} is not a number; write it in {unit}, for example 80</source>
      <translation>{name} {given!r} 不是数字；请以 {unit} 为单位填写，例如 80</translation>
    </message>
    <message>
      <source>{name} {given!r} is not a size in GiB; write for example 24</source>
      <translation>{name} {given!r} 不是以 GiB 计的大小；请写成例如 24</translation>
    </message>
    <message>
      <source>{name} {given} is negative; the smallest valid value is 1</source>
      <translation>{name} {given} 是负数；最小有效值为 1</translation>
    </message>
    <message>
      <source>{name} {given} is negative; the smallest valid value is {least}</source>
      <translation>{name} {given} 是负数；最小有效值为 {least}</translation>
    </message>
    <message>
      <source>{name} {given} is not a whole number of tokens; nearest is {nearest}</source>
      <translation>{name} {given} 不是整数个 token；最接近的是 {nearest}</translation>
    </message>
    <message>
      <source>{name} {given} is too large; the largest valid value is {most}</source>
      <translation>{name} {given} 太大；最大有效值为 {most}</translation>
    </message>
    <message>
      <source>{name} {given} is too small; the smallest valid value is 1</source>
      <translation>{name} {given} 太小；最小有效值为 1</translation>
    </message>
    <message>
      <source>{name} {given} is too small; the smallest valid value is {least}</source>
      <translation>{name} {given} 太小；最小有效值为 {least}</translation>
    </message>
    <message>
      <source>{name} {given} must be above 0 {unit}</source>
      <translation>{name} {given} 必须大于 0 {unit}</translation>
    </message>
    <message>
      <source>{name}: detection did not end within {seconds} s</source>
      <translation>{name}：检测未在 {seconds} 秒内结束</translation>
    </message>
    <message>
      <source>{name}: detection failed ({kind}: {error})</source>
      <translation>{name}：检测失败（{kind}: {error}）</translation>
    </message>
    <message>
      <source>{name}: version of {path} is unknown ({why})</source>
      <translation>{name}：{path} 的版本未知（{why}）</translation>
    </message>
    <message>
      <source>{name}: {fault}</source>
      <translation>{name}：{fault}</translation>
    </message>
    <message>
      <source>{note}, which have no room for it: add -ub 256 or less</source>
      <translation>{note}，而它们没有空间：请加上 -ub 256 或更小的值</translation>
    </message>
    <message>
      <source>{note}; detect --measure-ram measures this machine's own</source>
      <translation>{note}；detect --measure-ram 可测量这台机器自身的值</translation>
    </message>
    <message>
      <source>{note}; or give --ram-bandwidth</source>
      <translation>{note}；或给出 --ram-bandwidth</translation>
    </message>
    <message>
      <source>{n} GiB of weights per GPU in RAM</source>
      <translation>每块 GPU 有 {n} GiB 权重在内存中</translation>
    </message>
    <message>
      <source>{n} active per token</source>
      <translation>每个 token 激活 {n}</translation>
    </message>
    <message>
      <source>{n} copies</source>
      <translation>{n} 个副本</translation>
    </message>
    <message>
      <source>{n} cores</source>
      <translation>{n} 核</translation>
    </message>
    <message>
      <source>{n} layers: {where}</source>
      <translation>{n} 层：{where}</translation>
    </message>
    <message>
      <source>{n} machines</source>
      <translation>{n} 台机器</translation>
    </message>
    <message>
      <source>{n} of context</source>
      <translation>上下文 {n}</translation>
    </message>
    <message>
      <source>{n} of {all} models listed fit.</source>
      <translation>所列 {all} 个模型中有 {n} 个放得下。</translation>
    </message>
    <message>
      <source>{n} parameters</source>
      <translation>{n} 参数</translation>
    </message>
    <message>
      <source>{n} plans compared on {machine}</source>
      <translation>{n} 个方案的对比，{machine}</translation>
    </message>
    <message>
      <source>{n} such requests at once</source>
      <translation>同时 {n} 个这样的请求</translation>
    </message>
    <message>
      <source>{n} users have {each} tokens/s each, of {least} asked for</source>
      <translation>{n} 个用户各有 {each} token/秒，要求 {least}</translation>
    </message>
    <message>
      <source>{n} users of {length} tokens are asked for and the cache holds {held} of them at once</source>
      <translation>要求 {n} 个 {length} token 的用户，而缓存同时只能容纳 {held} 个</translation>
    </message>
    <message>
      <source>{n} {unit}</source>
      <translation>{n} {unit}</translation>
    </message>
    <message>
      <source>{obligations}. EU: {note}</source>
      <translation>{obligations}。欧盟：{note}</translation>
    </message>
    <message>
      <source>{path} stands for the path of the GGUF file</source>
      <translation>{path} 代表 GGUF 文件的路径</translation>
    </message>
    <message>
      <source>{path} stands for the path of the draft model's GGUF file</source>
      <translation>{path} 代表草拟模型 GGUF 文件的路径</translation>
    </message>
    <message>
      <source>{path} stands for the path of the projector file</source>
      <translation>{path} 代表投影器文件的路径</translation>
    </message>
    <message>
      <source>{plan} on {machine}</source>
      <translation>{plan}，{machine}</translation>
    </message>
    <message>
      <source>{plan}, this plan</source>
      <translation>{plan}，本方案</translation>
    </message>
    <message>
      <source>{plan}: {range}, median {median}</source>
      <translation>{plan}：{range}，中位数 {median}</translation>
    </message>
    <message>
      <source>{plan}: {what}</source>
      <translation>{plan}：{what}</translation>
    </message>
    <message>
      <source>{program} keeps logits for a whole micro-batch: {more} more on the GPUs</source>
      <translation>{program} 为整个微批保留 logits：GPU 上多占 {more}</translation>
    </message>
    <message>
      <source>{program} {why}</source>
      <translation>{program} {why}</translation>
    </message>
    <message>
      <source>{quant} has no published rule; sized as {other}, which is usually a little smaller</source>
      <translation>{quant} 没有已发布的规则；按 {other} 计算大小，通常略小</translation>
    </message>
    <message>
      <source>{quant} instead</source>
      <translation>改用 {quant}</translation>
    </message>
    <message>
      <source>{quant} with llama.cpp</source>
      <translation>{quant}（llama.cpp）</translation>
    </message>
    <message>
      <source>{rate} tok/s</source>
      <translation>{rate} token/秒</translation>
    </message>
    <message>
      <source>{reason}: {effect}</source>
      <translation>{reason}：{effect}</translation>
    </message>
    <message>
      <source>{reason}; {n} × {length} at once</source>
      <translation>{reason}；同时 {n} × {length}</translation>
    </message>
    <message>
      <source>{sentence} {context} of context would still fit.</source>
      <translation>{sentence}上下文到 {context} 仍放得下。</translation>
    </message>
    <message>
      <source>{sentence} {context} of context would still fit; the model is trained to {trained}.</source>
      <translation>{sentence}上下文到 {context} 仍放得下；模型训练到 {trained}。</translation>
    </message>
    <message>
      <source>{size} RAM</source>
      <translation>{size} 内存</translation>
    </message>
    <message>
      <source>{size} available</source>
      <translation>可用 {size}</translation>
    </message>
    <message>
      <source>{size} cache</source>
      <translation>缓存 {size}</translation>
    </message>
    <message>
      <source>{size} compute</source>
      <translation>计算 {size}</translation>
    </message>
    <message>
      <source>{size} download</source>
      <translation>下载 {size}</translation>
    </message>
    <message>
      <source>{size} free</source>
      <translation>空闲 {size}</translation>
    </message>
    <message>
      <source>{size} in RAM</source>
      <translation>内存中 {size}</translation>
    </message>
    <message>
      <source>{size} of KV cache</source>
      <translation>KV 缓存 {size}</translation>
    </message>
    <message>
      <source>{size} of RAM are in use by other programs, as measured.</source>
      <translation>据测量，其他程序占用内存 {size}。</translation>
    </message>
    <message>
      <source>{size} of RAM are left to the system (assumed).</source>
      <translation>留给系统 {size} 内存（假定）。</translation>
    </message>
    <message>
      <source>{size} of compute buffer</source>
      <translation>计算缓冲区 {size}</translation>
    </message>
    <message>
      <source>{size} of each GPU</source>
      <translation>每个 GPU 的 {size}</translation>
    </message>
    <message>
      <source>{size} of experts in RAM</source>
      <translation>内存中的专家 {size}</translation>
    </message>
    <message>
      <source>{size} of weights per GPU cross the bus for every token: much slower</source>
      <translation>每个 token 都有 {size} 的权重（每 GPU）经过总线：慢得多</translation>
    </message>
    <message>
      <source>{size} of {device} are used by others or never shown to programs.</source>
      <translation>{device} 有 {size} 被其他程序占用或从不对程序可见。</translation>
    </message>
    <message>
      <source>{size} on GPUs</source>
      <translation>GPU 上 {size}</translation>
    </message>
    <message>
      <source>{size} per GPU</source>
      <translation>每个 GPU {size}</translation>
    </message>
    <message>
      <source>{size} unified</source>
      <translation>{size} 统一内存</translation>
    </message>
    <message>
      <source>{subject} could not be read: {why}</source>
      <translation>无法读取 {subject}：{why}</translation>
    </message>
    <message>
      <source>{title}: does not fit anywhere on the curve</source>
      <translation>{title}：曲线上处处放不下</translation>
    </message>
    <message>
      <source>{title}: from {low} ({low_rate} tok/s) to {high} ({high_rate} tok/s)</source>
      <translation>{title}：从 {low}（{low_rate} token/秒）到 {high}（{high_rate} token/秒）</translation>
    </message>
    <message>
      <source>{total}, {active} active</source>
      <translation>{total}，激活 {active}</translation>
    </message>
    <message>
      <source>{used} of {all}</source>
      <translation>{used} / {all}</translation>
    </message>
    <message>
      <source>{used} of {all} RAM</source>
      <translation>内存 {used} / {all}</translation>
    </message>
    <message>
      <source>{used} of {all} on {device}</source>
      <translation>{device} {used} / {all}</translation>
    </message>
    <message>
      <source>{used} of {all} on {n} GPUs, fullest {device} ({used_there} of {all_there})</source>
      <translation>{n} 个 GPU 共 {used} / {all}，最满的是 {device}（{used_there} / {all_there}）</translation>
    </message>
    <message>
      <source>{verdict} ({placement}): {sizes}; {speed}.</source>
      <translation>{verdict}（{placement}）：{sizes}；{speed}。</translation>
    </message>
    <message>
      <source>{why} (NVML error {code})</source>
      <translation>{why}（NVML 错误 {code}）</translation>
    </message>
    <message>
      <source>√(reads of weights² + (parameters multiplied × fitted time)²) − reads of weights</source>
      <translation>√(权重读取时间² + (参与乘法的参数量 × 拟合时间)²) − 权重读取时间</translation>
    </message>
    <message>
      <source>≠ the plans differ here; ★ best of its row where more or less is plainly better.</source>
      <translation>≠ 各方案在此不同；★ 在多少优劣分明的行中为最佳。</translation>
    </message>
    <message>
      <source>≠ {row}</source>
      <translation>≠ {row}</translation>
    </message>
    <message>
      <source>★ {figure}</source>
      <translation>★ {figure}</translation>
    </message>
  </context>
</TS>
