"""When files were used last, on a machine whose clock may have been wrong."""

import time

AHEAD_S = 3600  # so much later than now a file's time may be: other machines have clocks of their own


def past(time_s: float) -> float:
    """A file's time, in seconds since 1970; 0, the longest ago, where it is of a clock that was ahead.

    Otherwise what that clock has marked would stay for years, and what is used now would make room for it.
    """
    return time_s if time_s <= time.time() + AHEAD_S else 0.0
