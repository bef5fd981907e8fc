// What a visitor is told while the app cannot be reached, and after it came back: the page is loaded anew then.
// Loaded before Gradio's own scripts, after those that wrap `fetch` too. What a stream of answers says is passed
// on to others as the event "answered-aside".
(() => {
  const LOST = "connection-lost"; // in this window's storage: what was under way when the app was lost
  const STREAM = /\/queue\/data\b/;
  const ASKED = /\/gradio_api\/(run|queue|call)\//;
  const BUTTONS = ["generate", "cancel", "models-start", "models-cancel", "grid-make", "grid-stop"];
  let lost = false;

  const remember = (value) => {
    try {
      if (value) sessionStorage.setItem(LOST, value);
      else sessionStorage.removeItem(LOST);
    } catch {} // a browser that keeps nothing
  };
  const remembered = () => {
    try {
      return sessionStorage.getItem(LOST);
    } catch {
      return null;
    }
  };
  const working = () =>
    ["cancel", "models-cancel", "grid-stop"].some((id) => document.querySelector(`#${id}`)?.offsetParent);

  const tell = (sentence, button) => {
    const line = document.querySelector("#connection") ?? document.createElement("div");
    Object.assign(line, { id: "connection", role: "alert", textContent: sentence });
    if (button) {
      const close = Object.assign(document.createElement("button"), { type: "button", textContent: said("OK") });
      close.addEventListener("click", () => line.remove());
      line.append(close);
    }
    document.body.append(line);
  };
  const hold = (held) => {
    document.body.classList.toggle("unreachable", held);
    for (const id of BUTTONS) document.querySelector(`#${id}`)?.toggleAttribute("inert", held);
  };

  const lose = () => {
    if (lost || !document.body) return;
    lost = true;
    remember(working() ? "working" : "idle");
    hold(true);
    const sentence = navigator.onLine
      ? said("The app cannot be reached. Your choices are kept, and this page goes on by itself as soon as it answers.")
      : said("Your browser is offline. Your choices are kept, and this page goes on by itself as soon as it is online.");
    tell(sentence);
  };

  const plainFetch = window.fetch;
  // While the app starts, the proxy before a Space answers in its place, with a page; the app itself sends JSON.
  const reach = async (address, options) => {
    const answer = await plainFetch(address, options);
    const json = answer.headers.get("content-type")?.includes("json");
    if ([502, 503, 504].includes(answer.status) && !json) throw new TypeError(`A proxy answers ${answer.status}.`);
    return answer;
  };

  // Whoever was only away for a moment goes on as before; where an answer was lost, Gradio loads the page anew.
  const find = async () => {
    if (!lost) return;
    try {
      await reach("health");
    } catch {
      setTimeout(find, 2_000);
      return;
    }
    lost = false;
    hold(false);
    if (working()) return;
    remember(null);
    document.querySelector("#connection")?.remove();
  };

  const follow = async (body) => {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (const reader = body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (text + decoder.decode(value, { stream: true })).split("\n");
        text = lines.pop();
        for (const line of lines.filter((each) => each.startsWith("data:")))
          window.dispatchEvent(new CustomEvent("answered-aside", { detail: JSON.parse(line.slice(5)) }));
      }
    } catch (problem) {
      if (problem.name !== "AbortError") lose(); // aborted: the page itself has heard enough
    }
  };
  window.fetch = async (address, options) => {
    const where = String(address?.url ?? address);
    const asked = ASKED.test(where) || STREAM.test(where);
    try {
      const answer = await (asked ? reach : plainFetch)(address, options);
      if (!answer.ok || !answer.body || !STREAM.test(where)) return answer;
      const [aside, body] = answer.body.tee();
      follow(aside);
      return new Response(body, answer);
    } catch (problem) {
      if (problem.name !== "AbortError" && asked) lose();
      throw problem;
    }
  };

  window.addEventListener("offline", lose);
  window.addEventListener("online", find);

  // The page is built after this script has run.
  const was = remembered();
  remember(null);
  if (!was) return;
  const waiting = setInterval(() => {
    if (!document.querySelector("#prompt .prompt")) return;
    clearInterval(waiting);
    tell(
      was === "working"
        ? said("The connection was lost while portraits were being made, and the page was loaded anew. Your choices are kept: please start again.")
        : said("The connection was lost, and the page was loaded anew. Your choices are kept."),
      true,
    );
  }, 200);
})();
