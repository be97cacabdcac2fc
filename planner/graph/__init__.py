"""llama.cpp's compute graph, built from a model's tensors and sized the way ggml's scheduler and allocator
do."""
