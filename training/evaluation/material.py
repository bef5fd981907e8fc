"""Everything that figures are computed from: what was asked, and what was noted of all pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from generation.events import Arm
from training.evaluation.agreement import GENDER, Asked
from training.evaluation.intervals import resamples
from training.evaluation.observations import Observations
from training.evaluation.reliable import Judge


@dataclass(frozen=True)
class Material:
    """`arms`: the portraits of the n selections; `groups`: of some prompts, places in `everything`.

    `real` are the held-out faces with prompts: selection i was made for face i % len(real). `held_out` are
    more of them, the same first. `training` are the faces that may have been trained on.
    """

    asked: Asked
    outputs: tuple[str, ...]
    arms: Mapping[Arm, Observations]
    everything: Mapping[Arm, Observations]
    groups: np.ndarray
    real: Observations
    held_out: Observations
    training: Observations
    judge: Judge
    seed: int

    @cached_property
    def weights(self) -> np.ndarray:
        """How often each portrait is drawn in every resample, of both arms alike."""
        return resamples(len(self.asked.wanted), self.seed)

    @cached_property
    def real_weights(self) -> np.ndarray:
        """The same of the real faces, drawn on their own."""
        return resamples(len(self.real), self.seed + 1)

    @cached_property
    def training_weights(self) -> np.ndarray:
        """The same of the sample of training faces."""
        return resamples(len(self.training_sample), self.seed + 2)

    @cached_property
    def group_weights(self) -> np.ndarray:
        """The same of the prompts that have several seeds."""
        return resamples(len(self.groups), self.seed + 3)

    @cached_property
    def training_sample(self) -> Observations:
        """As many training faces as there are held-out ones, at most: what real faces lie apart."""
        order = np.random.default_rng((self.seed, 43)).permutation(len(self.training))
        return self.training.of(order[: len(self.real)])

    @cached_property
    def headline(self) -> list[int]:
        """The columns of `asked` that headline figures are over."""
        labels = enumerate(self.asked.labels)
        return [place for place, label in labels if label != GENDER and not self.judge.doubt(label)]

    def seen(self, arm: Arm) -> np.ndarray:
        """What is seen in one arm's portraits of what is asked about: (n, labels) bool."""
        return self.arms[arm].seen[:, self._columns]

    @cached_property
    def seen_in_real(self) -> np.ndarray:
        """The same in the real face that each selection was made for."""
        return self.real.seen[self.asked_of_real.whose][:, self._columns]

    @cached_property
    def asked_of_real(self) -> Asked:
        """What is asked of the real faces: the same, but where they are few, of one face several times."""
        return replace(self.asked, whose=np.arange(len(self.asked.wanted)) % len(self.real))

    @property
    def _columns(self) -> list[int]:
        return [self.outputs.index(label) for label in self.asked.labels]


def scaled(some: Observations, unit: float) -> Observations:
    """The same with features divided by `unit`: the kernel is cubic, features of size 1 keep it readable."""
    return Observations(some.seen, some.features / unit, some.hashes, some.clip_scores)
