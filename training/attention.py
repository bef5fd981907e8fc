"""Which attention kernel to train with."""

from contextlib import AbstractContextManager, nullcontext

from torch.nn.attention import SDPBackend, sdpa_kernel


def training_attention(device: str) -> AbstractContextManager[None]:
    """Plain matrix products on CPUs, where the fused kernel's backward pass takes three times as long."""
    return sdpa_kernel(SDPBackend.MATH) if device == "cpu" else nullcontext()
