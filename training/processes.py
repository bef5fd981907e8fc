"""One model over several processes: copied (DDP), or its frozen weights shared out (FSDP2)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from diffusers import SD3Transformer2DModel
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from training.config import RunConfig, TrainingConfig
from training.errors import ConfigError


def check_sharing(config: TrainingConfig, accelerator: Accelerator) -> None:
    """Make sure that the base can be shared out, where that is asked for.

    Raises:
        ConfigError: something in the configuration needs all of it.
    """
    if not shares_out(config.run, accelerator):
        return
    alone = {
        "lora.dora": config.lora.dora,
        "model.quantization = nf4": config.model.quantization == "nf4",
    }
    if asked := [setting for setting, is_set in alone.items() if is_set]:
        raise ConfigError(
            [
                f"{' and '.join(asked)}: not with run.shard_base or --use_fsdp, which leave each process a "
                "part of the base only: use one of them"
            ]
        )


def shares_out(run: RunConfig, accelerator: Accelerator) -> bool:
    """Whether each process holds a part of the base: as configured, or by `accelerate launch --use_fsdp`."""
    asked = run.shard_base or accelerator.distributed_type == DistributedType.FSDP
    return asked and accelerator.num_processes > 1


def spread(transformer: SD3Transformer2DModel, run: RunConfig, accelerator: Accelerator) -> nn.Module:
    """Make the transformer one of several; give what to call for a step of learning."""
    if not shares_out(run, accelerator):
        return accelerator.prepare_model(transformer)
    # Every process keeps the whole adapter, so that checkpoints and files are the same as with one process.
    adapter = {each for each in transformer.parameters() if each.requires_grad}
    mesh = init_device_mesh(accelerator.device.type, (accelerator.num_processes,))
    for block in transformer.transformer_blocks:
        fully_shard(block, mesh=mesh, ignored_params=adapter)
    return fully_shard(transformer, mesh=mesh, ignored_params=adapter)


def exchange_gradients(parameters: Iterable[nn.Parameter], accelerator: Accelerator) -> None:
    """Put the mean over the processes in place of each gradient, as DDP does by itself."""
    gradients = [each.grad for each in parameters if each.grad is not None]
    together = torch.cat([each.flatten() for each in gradients])
    # In place: accelerate's own `reduce` would make one more copy of them all.
    torch.distributed.all_reduce(together)
    together /= accelerator.num_processes
    for gradient, part in zip(gradients, together.split([each.numel() for each in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
