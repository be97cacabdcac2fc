<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>ui</name>
    <message>
      <source> (EU terms)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source> × {n} experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;Edit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;Machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;Plan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>+ {n} more</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>, {n} active</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>1 page, always light for print</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>80 % range, median</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>= {total} of {capacity} MiB, {others} others, {free} free</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>A model of many small networks per layer; each token uses some of them: large to hold, quick to run.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>A probe failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>About</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>About Hardware Fit Planner</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Add</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Add one</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Add the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>All on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>All processors read and copy large arrays for about a second; the result is remembered</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Alternatives</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Alternatives {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>An error</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Another machine…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Any name people use, also a Hugging Face id (Ctrl+F)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Architecture</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>At least</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>At least, tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Attention computed piece by piece, so that no table of context × context is kept in memory.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Back to the best</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Bandwidth</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Bytes a memory can deliver per second; it sets the speed of writing an answer.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>CPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Change the machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Change this what-if machine…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Chat</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Check the machine above</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Choose the file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Click a part to see where its value comes from, or to enter your own.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Close</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Close the hint</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Code</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Columns</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Command</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Command palette</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Command, why and alternatives</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Commands</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Commands  Ctrl+Shift+P</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Commands…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Commercial</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Commercial use</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare pinned plans</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare with</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare with another machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare with it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compare {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compared</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compared with {name}; click to end it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Comparison</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compute</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compute buffer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compute capability</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Container limit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Context (n_ctx)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Context per user</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Context per user, tokens</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copied</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copied the command</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copied the diagnostics: no user or computer name is in them</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copied {n} characters</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy command</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy diagnostics</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy the command</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy the command (Ctrl+Shift+C)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Copy the command of {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Cores</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Data of {date} · Offline</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Date in the report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Decode</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Decode speed: median and 80 % range</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Decode, 80 %</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Delete {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Deleted {name}; Ctrl+Z brings it back</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Described</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Detect again</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Detected</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Detection failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Diagnostics</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Do not fit this machine at {context}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Docker has no GPU on this system; run the program itself.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Does not fit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Download</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Driver</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>EU marks terms of its own for users in the European Union</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Engines</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Enter a GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Every number opens to its formula and source.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Everything larger</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Everything smaller</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Experts in RAM (--n-cpu-moe)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Experts of the first layers stay in system memory while everything else is on the GPU.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Export</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fastest</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Features</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fewer bits per weight: a smaller file and faster reading, at some loss.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>File, GB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>First steps</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>First token</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fit page</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fit width</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fits, tight, with RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fits: the reserve is kept. Tight: it fits, with less than the reserve left. With RAM: a part runs from system memory, which is slower.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Flags, explained</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Flash attention</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>For example “DDR5-5600, 2 channels” or “83 GB/s”; empty = not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Format</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Formula</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Four plans are pinned; remove one to pin another</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Free now</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Free {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GGUF is the file format of llama.cpp, which runs on almost anything; vLLM serves many users on GPUs.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GGUF, llama.cpp, vLLM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU GiB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU above RAM, each on its own full scale</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU or SoC</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU or SoC to add</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPU {n}: {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GiB left</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GiB, GB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Give the machine a name to save it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Glossary</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Hardware Fit Planner</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Hide</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>How it fits</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Hugging Face</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>In 8 of 10 cases the speed lies in the range; in half of them above the median.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Inputs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>K cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>K cache type</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>KV</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>KV cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Keep free</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Keep free
per GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Keep this plan for comparison (Space in the list)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Keys and values kept for every token of the context; it grows with context and users.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Kind</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Language</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Language of the system</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Largest context this way</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Layers split</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Layers split with RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Layers that look back only a fixed number of tokens, so that their cache stops growing.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Layers with experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Least loss</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Licence</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>List</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>List, map</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Local file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Long</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Long documents</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Looking for GPUs…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Loss, KL</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Made with Qt {q} through PySide6, under the GNU Lesser General Public License, version 3: you may replace the Qt libraries with your own build; its text is at {url}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Map</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Map of models and contexts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Mean KL divergence of the quantization, nats, on Llama 3 8B</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Mean Kullback–Leibler divergence from the unquantized model, nats; one published table, Llama 3 8B.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Measure the bandwidth, 1 s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Measured {rate} with {n} threads</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Measuring…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Median time to the first token</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory in GiB (1,073,741,824 bytes); downloads in GB (1,000,000,000 bytes).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory kept free on each GPU for the desktop and other programs; the dotted tick in the bars.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory kept free on each GPU, GiB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory kept free on each GPU, for the desktop and other programs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory per device</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Memory rules read from {s}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Micro-batch (n_ubatch)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Mixture of experts (MoE)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Model and quantization</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Model, quantization</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Mostly on the CPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>NVML, Vulkan, sysfs asked</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Name</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Name GPUs as people write them: “RTX 4090”, “2x RTX 3090”, “RTX A6000:48” for 48 GiB.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Name of the machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Name of {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Neither llama-server nor vllm was found on the path. Plans do not need them; running does.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>New what-if machine…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No EU restriction</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No EU terms</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No GPU found</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No GPU was found, so these plans run on the CPU. See what a GPU would change:</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No longer there since {time}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No model is called “{text}”. Part of a name is enough, also a Hugging Face id.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No model of the list that fits has a published {benchmark} score.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No model passes all filters. Remove one of the chips above.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No model selected</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>No network connection is made; every figure is an estimate.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>None is saved.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Not copied</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Not copied: the clipboard is not available</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Not in the list now: the filters leave it out.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Not printed: the printer does not answer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Not saved: {reason}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Nothing</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Number</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Number in the cells</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>OSI</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>OSI-approved</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Offload (-ngl)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>On the GPU, tight</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>On {machine}: does not fit, short by {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>On {machine}: {fit}, {speed}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>One memory for processor and GPU, as in Apple silicon: nothing is copied, and both share its size.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Only differences</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Open log folder</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Origin</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Others {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Overhead</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>PCIe link</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Page {first} of {all}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pages of the report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pages {first}–{last} of {all}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Paper</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Path of the weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pick a model, then copy its command</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pin</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pin at least two plans</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pin at least two plans to compare them (Space in the list)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pin or unpin</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pin up to four plans with Space to compare them</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Pinned</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Place</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Placeholder</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Placement</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Placement, GiB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan for another machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan for another machine (Ctrl+N)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan for it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan for this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Plan for {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Planning for</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Planning for the other engine…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Planning for {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Planning goes on with what was found. Missing values can be entered on the chips.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Point at a mark, or use the arrow keys: left and right by speed, up and down by score</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Prefer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Prefill</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Preview, save or print a report (Ctrl+E)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Print the pages shown; choose PDF or HTML for that</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Printed {n} pages</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Print…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Probe failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Program</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Prompt tokens computed at once; larger is faster and takes more memory.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Provenance mark</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Published, reported, imported</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Put the text on the clipboard; a PDF is copied as Markdown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Putting layers of a model on a GPU; the rest runs on the processor.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Python {p}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Quality</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Quality against speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Quality loss</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Quantization</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Question</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Quit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>RAM speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>RAM, GiB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reading the catalogue…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reading the prompt: all its tokens are computed together, limited by arithmetic.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Recent machines</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Recent plans</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Recommended</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Recurrent state</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Redo</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove all filters</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove the filter {text}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove this filter (Ctrl+Z brings it back)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Remove {name} from the comparison</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Report and print preview…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Report pages</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Report…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Report… (Ctrl+E)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Requests answered together; each has its own context, and all share the memory bandwidth.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reserve</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Restart now</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Same date and data, same file.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Save and compare</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Save and plan for it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Save as…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Save the report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Saved machines</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Saved machines…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Say what you need on the left</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Score</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Scratch memory for one micro-batch of tokens.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Search</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Search commands</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Search models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Select one in the list. Its plan appears here: where every part goes, how fast it runs, and the command to start it.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Settings are not usable: {reason}. Defaults are used; the old file is kept as {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Settings are not usable: {reason}; defaults are used</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Settings cannot be saved ({reason})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Shell</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Short by {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Show or hide the plan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Show or hide the question</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Show the pinned plans side by side (Ctrl+K)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Size</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Size of everything</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Size of the download, decimal gigabytes</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Size of the pages</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Size {n} %</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Sliding window</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Smallest</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Some whole layers run on the CPU (-ngl).</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Something went wrong in the program: {fault}. It is in the log; the window goes on.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Sort by</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Source</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Source of the weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speed and GPU memory against context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speed and GPU memory against layers with experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speed of the RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speeds fitted to public measurements on {date}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>State of the report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Stop comparing with {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>System memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Table row</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Text of the report</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The catalogue cannot be read</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The clipboard is not available; select the text and copy it by hand</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The data is of {date}, {n} days old: a newer version may know more models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The language changes at the next start</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The log is in {folder}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The memory could not be measured: {why}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The model itself. Of the routed experts of a mixture-of-experts model each token uses a few.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The name says {named}; this plan is for {quant}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The pinned plans</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The program could not be started again; close it and open it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The ranking, {n} models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The same in all, not shown: {rows}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The same quantization on the machine compared with: how it fits, tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The second machine cannot be planned: {why}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>The {n} pinned plans</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Theme</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Theme: dark</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Theme: follow the system</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Theme: high contrast</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Theme: light</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>There is no command for this.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>There is no command for this: the program has no flag for one of the settings.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>There is no log folder ({reason})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>There is no such file on this computer.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>There is nothing to report yet: select a model in the list.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This GPU is not part of the machine any more.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This cannot be planned</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This command would not load: see what fits instead above.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This is too long for a value; the value before is kept</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This machine + {gpu}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>This plan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Threads</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Time from sending the prompt until the first answer token.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Time per token</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Tokens generated per second for one user. The bar holds 80 % of cases, the dot is the median.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Tokens of prompt and answer that fit at once. K is 1,024 tokens.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Try again</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Type a GPU, for example RTX 4090</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Type a path or drop a file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Type another name to rename; Ctrl+Z takes back renaming and deleting.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Undo</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Unified memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Use</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Use the described value</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Use the detected value</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Use, context length, users at once, and the least speed you accept.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Used for planning</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Users at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Users at once, slots</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>V cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>V cache type</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Value</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Version {v}. MIT licence: use, change and pass it on freely; no warranty.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>View</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Vision</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Weights (*.gguf);;All files (*)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Weights, experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>What</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>What Mamba-like layers remember instead of keys and values; it does not grow with context.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>What do you want to do?</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>What the driver takes outside the engine's buffers, and what other programs use now.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>What the recommended quantization of each model is chosen for</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Whether the weights can be downloaded, are only named in the press, or came from your own file.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Which GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Why</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Why these numbers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Why {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Why: every number with its formula and source</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Write the report to a file (Ctrl+S)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Writes {name}; nothing is sent anywhere.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Writing the answer, one token after another, limited by how fast memory is read.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Writing {name}…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Wrote {name} ({size} bytes)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>all on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>as trained</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>assumed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>bandwidth unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>by table</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>compute</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>context, tokens</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>damaged ({reason})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>dashed: nothing is both better and faster</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>decode, tok/s (logarithmic)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>delete {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>details unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>detected</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>does not fit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>download {gb}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>e.g. Ryzen 9 7950X (optional)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>entered</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>every number is an estimate; select a model to see why</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>fastest at {x}: {speed} tok/s, {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>fastest at {x}: {speed} tok/s, {gib} on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>fit chip</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>for programs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>free</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>from the processor, or unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>hides {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how it fits</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>imported</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>in use by others</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>larger than 1 MiB</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers split with RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers with experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers {a}–{b}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>least speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>licence</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>licence chip</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>limit {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>llama.cpp loads GGUF files; this name does not end in .gguf.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>looking…</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>made by a newer version ({number})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>measured</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>memory unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>more than the memory; the largest valid value is {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>mostly on the CPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be a list of at most {n}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be a number from {least} to {most}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be a text of at most {n} characters</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be a whole number from {least} to {most}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be an object</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be one of {choices}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>must be true or false</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>needed to save it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no longer there since {time}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no machine is compared with</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no source</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>none found</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>not an object</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>not described</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>not readable</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>nothing fits this way</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>nothing in the list is both better and faster</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>numbers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>of unknown size</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>of {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>of {needed}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>on the GPU, tight</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>one file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>overhead</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>override</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>pages, vector</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>plan for this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>plan for {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>planning with RAM and CPU until then</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>plans run on the CPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>prefer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>provisional: this machine is still being looked at</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>published weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>remove all filters</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>rename {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>reported only</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>reserve</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>search</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>search chip</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>short by {gib}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>short by {gib} of {needed}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>size unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>speed chip</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>speed unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>split</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>text</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the first {n} of {all} lines</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>thick line: largest context that stays on the GPU · – not offered · arrow keys move, Enter opens the plan</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tight</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tok/s, 80 %</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tok/s, decode</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>token embedding</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens ({n})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>trained for {n} of context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>unknown date</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>use</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>use chip</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>users</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>vs {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{benchmark}, %</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{detail} each</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{free} of {total} free</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{generation}.0 ×{lanes}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{gib} in all</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{kind}, {n} channels</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} is no longer there since {time}: this plan is for the machine as it was.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} is no longer there since {time}; the plan stays as it was</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} is there again</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {quant}: {benchmark} {score} % ({setting}; {source}, read {date}), {low}–{high} tok/s, {fit}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name}, {context}, {fit}, {low} to {high} tokens per second</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name}, {context}: not offered</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name}: {tip}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} % from the next start</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} cores</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} do not fit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} found</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} have no known speed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} layers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} lines</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} models by published {benchmark} score of the unquantized model</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} models in the catalogue, of {date}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} models; nearest first</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} more can be pinned</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} of {all}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} of {all} models shown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} pages, always light for print</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} parameters</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} probe(s) failed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} without a score are not drawn</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n}× {name}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{reason}; choose another name</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{reason}; choose another shell.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{text} on {machine}: remove</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{title}, {total} of {capacity}: {parts}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{total} parameters, {active} active</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{used} of {all}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>▾ all {n} it is trained for fit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>▾ marks {n}, the most that fits this way</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>▾ {n} of {all} layers is fastest</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>● published weights · ◐ reported only · ○ imported by you</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>★ best in its row</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>★ marks the recommended quantization</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
  <context>
    <name>planner</name>
    <message>
      <source> · </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>(devices − 1) × fitted time per hop</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>, </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>; </source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Arithmetic</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Compute buffer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Does not fit: {reason}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Driver context and workspaces</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>First token unknown: {why}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>First token {range} after a prompt of {n} tokens</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fits</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fits with RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Fixed time per token</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPUs that share every layer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPUs that share the cache of one request</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPUs that share the prompt of one request</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GPUs the container sees (needs the NVIDIA container toolkit)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GiB of system memory for cache blocks</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>GiB of weights per GPU kept in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>In use by others</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>KV cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>KV cache in {type}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Kept by driver or system</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Launching layers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Left to the system (assumed)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>MODEL stands for a Hugging Face id or a folder</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>MiB of prompt cache at most</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Output buffer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Passing between devices</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reading active experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reading dense weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Reading the cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Recurrent state</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Routed experts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Speed unknown: {why}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Tight</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Unknown: {reason}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>Work in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>a cache for each slot</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>active expert bytes per token ÷ (efficiency × bandwidth)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>address of machine 0</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>address the others reach this machine by; anyone who can may use it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>all experts stay in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>all on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>all users together {rate} tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>another split: {how}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>bytes of KV cache per GPU, instead of a share</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>cache bytes at the mean depth ÷ (efficiency × bandwidth)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>cells × Σ n_embd_k·b_k + n_embd_v·b_v over full layers + window cells × the same over window layers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>code that comes with the model is run</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>common beginnings are kept</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>complete copies of the model that share the requests</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>copies on this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>dense bytes per token ÷ (efficiency × bandwidth)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>devices it lends</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>do not load the part that reads images</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>does not fit</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>drafting of tokens</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>environment of vLLM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>every layer and the output on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts of that many layers stay in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts of the first {n_cpu_moe} layers stay in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts of {layers} in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>experts of {layers} partly in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>fetch this file from Hugging Face once and keep it in the cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>fitted</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>flash attention</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>flash attention: {words}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>format of the weights</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>generated tokens of the decode test</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>groups of GPUs that each hold some of the layers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>host bytes per token ÷ (efficiency × RAM bandwidth with saturation) + host layers × fitted time</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>host matrices are never copied to the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how recurrent state is kept for common beginnings</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how the GPUs share the model</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how the checkpoint is read</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how the file is read</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how the processes are started</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>how tokens are drafted; without it none are</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>keep downloaded models</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>keep received weights on disk, so that the next start is fast</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>keep the model from being paged out</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>keep the whole context for sliding-window layers too</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>largest batch with a CUDA graph</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>largest sum of tensors alive at once in the graph of one micro-batch, with the attention mask</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers each device gets, in device order</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers on the GPU, the output counts as one</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers split with RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>layers × fitted time per layer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>less than the reserve is left on a GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>limited by {what}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>long prompts are split over several steps</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>longest request, prompt and answer together</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>machines that run this model together</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>main GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>map the file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>map the file and keep it from being paged out</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>mean KL divergence {loss} nats on Llama 3 8B (published table; other models differ)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>most images, videos and sounds in a prompt</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>most prompt tokens computed at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>most prompt tokens handed over at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>most requests in one step</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>most tokens computed in one step; activations grow with it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>n_vocab × slots × 4</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>names in the API</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no API on this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no CUDA graphs: less memory, slower</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no layer on the GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no prompt cache in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no room for the copies of pipeline parallelism: llama.cpp says so while it starts and goes on without, which makes long prompts slower</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no run of vLLM with weights in RAM was measured</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no score matrix in memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no second copy of the weights for the processor</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>no vision or audio tower</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>none: trained in this format</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>not: {reason}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>nothing comparable was measured</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of the K cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of the KV cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of the V cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of the convolution state</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of the recurrent state</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number format of what is not quantized</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number of cache blocks</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>number of this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>on the CPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>one cache for all slots</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>one kind of cache block for all layers</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>other machines that lend their devices</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>parameters multiplied × fitted time per parameter</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>port it listens on</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>port of machine 0</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>port of the API on this machine</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>port the others reach it by</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>processor threads</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>prompt tokens of the prefill test</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>prompt {rate} tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>read the file into memory instead of mapping it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>read the file past the page cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>remove the container when it stops</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>requests answered at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>sequences decoded at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>share of each GPU that vLLM takes, cache included</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>shared memory, which processes of several GPUs need</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>short by {short} of RAM: needs {need} of {room} (RAM that would page counts as not fitting)</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>short by {short} on {device} ({accelerator}): needs {need} of {room}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>slots × Σ (convolution + state elements) × 4</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>something needed is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>speed unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>split each matrix by rows over the GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>split weights and cache over the GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>sum of the decode terms, not below bytes ÷ bandwidth</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>sum over ffn_(gate|up|down)_exps tensors on the device</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>sum over tensors of rows × bytes per row of the type the quantization gives it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>switched off</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>take these flags as they are; the automatic fit would change what is not given</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tensors whose name matches go to the named buffer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the GPU used alone</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the GPUs used, numbered as nvidia-smi does</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the PCIe link of {gpu} is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the bandwidth of the RAM is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the cache stays in system memory</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the compute driver of AMD GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the devices used, in order</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the folder of the weights, as the container sees it</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the head node</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the image holds llama.cpp's newest build; flags are those of {build}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the memory bandwidth of {gpu} is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the model file</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the model file; put its path here</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the next step is planned while this one runs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the number of processor cores is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the processor only</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the projector file; put its path here</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the prompt cache may grow to {limit} of RAM with use, and {left} are left: --cache-ram {kept} keeps it within</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the size of the RAM is unknown; {need} of it are needed</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the smaller model that drafts</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>the tensor rate of {gpu} is not known</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>this machine leads</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens already in the context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens drafted at once</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens per block of recurrent state</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>tokens per block of the cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>too large</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>typical of the backend and generation, from logs of physical GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>unknown</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>use one GPU only</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>values of the config file that are replaced</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>where the draft model runs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>which file of the repository</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>whole experts are spread over the GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>with Ray the GPUs are chosen by Ray, not by --device-ids</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{layers} in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{layers} on GPU {gpu}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{layers} shared by GPUs {gpus}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{mid} ({low}–{high})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{model} {quant}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context, shared by {slots_or_4} slots</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n_ctx} tokens of context, {n} for each of {slots} slots</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given!r} is not a number of tokens; write for example 8192 or 8k</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given!r} is not a number; write it in {unit}, for example 80</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given!r} is not a size in GiB; write for example 24</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is negative; the smallest valid value is 1</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is negative; the smallest valid value is {least}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is not a whole number of tokens; nearest is {nearest}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is too large; the largest valid value is {most}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is too small; the smallest valid value is 1</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} is too small; the smallest valid value is {least}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{name} {given} must be above 0 {unit}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} layers: {where}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{n} of context</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{quant} instead</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{rate} tok/s</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{reason}: {effect}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{sentence} {context} of context would still fit.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{sentence} {context} of context would still fit; the model is trained to {trained}.</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} compute</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} download</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} of KV cache</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} of compute buffer</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} of experts in RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} on GPUs</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{size} per GPU</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{used} of {all} RAM</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{used} of {all} on {device}</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{used} of {all} on {n} GPUs, fullest {device} ({used_there} of {all_there})</source>
      <translation type="unfinished"></translation>
    </message>
    <message>
      <source>{verdict} ({placement}): {sizes}; {speed}.</source>
      <translation type="unfinished"></translation>
    </message>
  </context>
</TS>
