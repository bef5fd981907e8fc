"""What the last look at the machine says of its models."""

from generation.loading.machine import Offer
from generation.loading.placement import Placement
from studio.offers import Offers


def test_a_model_reads_without_its_t5_only_where_that_is_left_out() -> None:
    kept = Placement(on_gpu=True, offloaded=True, t5="none", device_bytes=1, host_bytes=1)
    off = Offer("turbo", "SD 3.5 Large Turbo", problem="needs a GPU")
    offers = Offers(lambda: [Offer("large", "SD 3.5 Large", kept), off])
    assert offers.have_t5("large")  # before the first look nothing is known
    offers.now()
    assert [offers.have_t5(model) for model in ("large", "turbo", "demo")] == [False, True, True]
