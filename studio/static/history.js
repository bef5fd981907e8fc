// The history of this browser: an entry a key, so that windows which write at once lose nothing of each other.
// Loaded before the page's own scripts, which call it.
window.portraitHistory = (() => {
  const BEGINNING = "portraits-history:";
  // Where the browser lets a page keep nothing, as in a frame without cookies, the page itself remembers.
  const forgotten = {};
  const storage = () => {
    try {
      return window.localStorage;
    } catch {
      return forgotten;
    }
  };
  const keys = () => Object.keys(storage()).filter((key) => key.startsWith(BEGINNING));
  const entryAt = (key) => {
    try {
      return JSON.parse(storage()[key]);
    } catch {
      return null; // of somebody else, or just deleted in another window
    }
  };
  const entries = () => keys().map(entryAt).filter((entry) => entry?.made).sort((one, other) => other.made - one.made);
  const forget = (result) => delete storage()[BEGINNING + result];
  const show = () => {
    if (document.querySelector("#history")?.offsetParent) document.querySelector("#show-history").click();
  };

  // Another window has written or deleted some; without a key, everything was deleted.
  window.addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(BEGINNING)) show();
  });

  // What these links open is on another tab, at its top.
  window.addEventListener("click", ({ target }) => {
    if (target.closest?.("#history a[data-view], #model-cards a[data-view]")) window.scrollTo(0, 0);
  });

  return {
    // As JSON, the newest first.
    read: () => JSON.stringify(entries()),
    // One entry more, as JSON; `most` are kept.
    keep: (made, most) => {
      storage()[BEGINNING + JSON.parse(made).result] = made;
      entries().slice(most).forEach(({ result }) => forget(result));
      show();
    },
    forget: (result) => {
      forget(result);
      show();
    },
    forgetAll: () => {
      keys().forEach((key) => delete storage()[key]);
      show();
    },
  };
})();
