// When a model last made a comparison, in the footer: told by /health, in the page's language, once a minute.
(() => {
  const MINUTE_MS = 60_000;

  const ago = (seconds) => {
    const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
    if (seconds < 60) return format.format(0, "minute");
    if (seconds < 3_600) return format.format(-Math.round(seconds / 60), "minute");
    if (seconds < 86_400) return format.format(-Math.round(seconds / 3_600), "hour");
    return format.format(-Math.round(seconds / 86_400), "day");
  };

  const sentence = ({ since_last_made_s: made, up_s: up }) =>
    made === null
      ? said("No comparison was made yet; the app was started {when}.", { when: ago(up) })
      : said("The last comparison was made {when}.", { when: ago(made) });

  const tell = async () => {
    const line = document.querySelector("#status-line");
    if (!line || document.hidden) return;
    try {
      const answer = await fetch("health");
      line.textContent = sentence(await answer.json());
    } catch {
      line.textContent = said("The app does not answer at the moment.");
    }
    line.hidden = false;
  };

  // The page is built after this script has run: once it stands, and so after what the visitor came for.
  const waiting = setInterval(() => {
    if (!document.querySelector("#status-line")) return;
    clearInterval(waiting);
    tell();
  }, 2_000);
  document.addEventListener("visibilitychange", tell);
  setInterval(tell, MINUTE_MS);
})();
