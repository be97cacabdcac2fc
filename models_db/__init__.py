"""The catalogue: models, quantization schemes, accelerators, and the tensors models are made of."""
