"""On a Space, the page asks huggingface.co for the visitor's plan, and says how far a day's GPU time goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from generation.example import example_recipe
from studio.durations import read_durations
from studio.first_visit.plan import PLANS, comparisons_a_day
from tests.zerogpu.conftest import GPU_SECONDS, SpaceOnZeroGpu

pytestmark = pytest.mark.browser

HUB = "https://huggingface.co"
# What the Hub's page does around a Space.
AROUND = """<iframe src="{url}" width="1200" height="900"></iframe><script>
const tell = plan => frames[0].postMessage({{ type: "USER_PLAN", plan }}, "*")
addEventListener("message", event => {{
    if (event.data.type === "USER_PLAN_REQUEST") tell({{ user: "free" }})
}})</script>"""


def test_the_price_says_how_far_the_visitors_plan_goes(browser: Browser, served: SpaceOnZeroGpu) -> None:
    requested_s = read_durations(GPU_SECONDS).requested_s(example_recipe())
    around = AROUND.format(url=served.hello["url"])
    # A page of the Hub may ask this machine only where that is allowed.
    page = browser.new_context(permissions=["local-network-access"]).new_page()
    page.route(f"{HUB}/**", lambda route: route.fulfill(content_type="text/html", body=around))
    page.goto(f"{HUB}/spaces/owner/name")
    cost = page.frame_locator("iframe").locator("#cost")
    expect(cost).to_contain_text(f"Asks for {requested_s} s of your GPU time")
    for name, plan in PLANS.items():
        page.evaluate("plan => tell(plan)", {"user": name})
        said = cost.locator(f"[data-plan={name}]")
        expect(said).to_be_visible()
        expect(cost.locator("[data-plan]:visible")).to_have_count(1)
        count = comparisons_a_day(plan, requested_s)
        expect(said).to_contain_text(f"{plan.daily_s:,} s a day: about {count:,} comparisons")
        expect(said).to_contain_text("not from what is left")
    page.evaluate("tell({ user: 'free', org: 'team' })")  # lent more, and how much is not known
    expect(cost.locator("[data-plan]:visible")).to_have_count(0)
