"""vLLM on a machine: weights per rank, KV cache, the rest of its memory, and the settings to start it with."""
