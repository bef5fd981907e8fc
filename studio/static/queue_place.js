// The place in the queue, and the wait, where a visitor who waits for a turn looks. Gradio tells both.
(() => {
  const wait = (seconds) =>
    seconds < 90
      ? said("about {seconds:n} s", { seconds: Math.max(1, Math.round(seconds)) })
      : said("about {minutes:n} min", { minutes: Math.round(seconds / 60) });
  const place = (rank) =>
    rank === 0
      ? said("Waiting for a turn: you are next")
      : said("Waiting for a turn: {before:n} before you", { before: rank + 1 });

  window.addEventListener("answered-aside", ({ detail }) => {
    if (detail.msg !== "estimation" || detail.rank === undefined) return;
    const told = [place(detail.rank), detail.rank_eta ? wait(detail.rank_eta) : ""].filter(Boolean).join(", ");
    for (const line of document.querySelectorAll(".progress [data-turn]")) line.textContent = told;
  });
})();
