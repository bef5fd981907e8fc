"""What the Hub sells and runs: hardware with its prices, jobs, and the buckets they write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GPU = {"type": "gpu", "manufacturer": "Nvidia"}


def _hardware(name: str, dollars_an_hour: float, accelerator: dict[str, str] | None) -> dict[str, Any]:
    a_minute = dollars_an_hour / 60
    return {
        "name": name,
        "prettyName": name,
        "cpu": "2 vCPU",
        "ram": "16 GB",
        "ephemeralStorage": "50 GB",
        "accelerator": accelerator,
        "unitCostMicroUSD": round(a_minute * 1e6),
        "unitCostUSD": a_minute,
        "unitLabel": "minute",
    }


HARDWARE = [
    _hardware("cpu-basic", 0.01, None),
    _hardware("l40sx1", 1.80, {**GPU, "model": "L40S", "quantity": "1", "vram": "48 GB"}),
    _hardware("h200", 5.00, {**GPU, "model": "H200", "quantity": "1", "vram": "141 GB"}),
    _hardware("h200x8", 40.00, {**GPU, "model": "H200", "quantity": "8", "vram": "1128 GB"}),
]


@dataclass
class Bucket:
    """One bucket."""

    name: str
    private: bool

    @property
    def info(self) -> dict[str, Any]:
        made = "2026-01-01T00:00:00.000Z"
        return {
            "id": self.name,
            "private": self.private,
            "createdAt": made,
            "size": 0,
            "totalFiles": 0,
        }


@dataclass
class Job:
    """One job as it was asked for; a test sets its stage."""

    id: str
    owner: str
    spec: dict[str, Any]
    stage: str = "RUNNING"

    @property
    def info(self) -> dict[str, Any]:
        told = {key: value for key, value in self.spec.items() if key != "secrets"}
        return {
            **told,
            "id": self.id,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "owner": {"id": self.owner, "name": self.owner, "type": "user"},
            "status": {"stage": self.stage, "message": None},
            "secrets": list(self.spec.get("secrets", {})),
        }
