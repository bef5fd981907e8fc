// What Generate costs: asked again while the model loads; on a Space, how far the visitor's GPU time of a day goes.
// Source: huggingface.co/docs/hub/spaces-get-user-plan
(() => {
  const HUB = "https://huggingface.co";
  const AGAIN_MS = 2_000;
  const MOST_ASKED = 15;
  let plan = null;
  let asked = 0;

  const tellPlan = () => {
    for (const each of document.querySelectorAll("#cost [data-plan]")) each.hidden = each.dataset.plan !== plan;
  };
  const askAgain = setInterval(() => {
    const cost = document.querySelector("#cost");
    if (!cost?.querySelector("[data-not-yet]")) return;
    if ((asked += 1) > MOST_ASKED) clearInterval(askAgain);
    else document.querySelector("#say-cost")?.click();
  }, AGAIN_MS);

  if (window.parent === window) return; // only the page around a Space knows
  window.addEventListener("message", ({ data, origin, source }) => {
    if (origin !== HUB || source !== window.parent || data?.type !== "USER_PLAN") return;
    // What members of a paying organization are lent is not known here: nothing is said of it.
    plan = data.plan?.org ? null : data.plan?.user;
    tellPlan();
  });
  window.parent.postMessage({ type: "USER_PLAN_REQUEST" }, HUB);
  new MutationObserver(tellPlan).observe(document, { childList: true, subtree: true });
})();
