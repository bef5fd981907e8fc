// The page's language: what scripts say in it, that answers are asked for in it, and the link that changes it.
// The document holds it before Gradio's own scripts; those of the page come later.
window.said = (text, values = {}) => {
  const told = (value) => (typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value);
  const sentence = window.sentences?.[text] ?? text; // English, where there is no other
  return sentence.replace(/\{(\w+)(:[nt])?\}/g, (_, name) => told(values[name]));
};
// A title within a sentence: German nouns keep their capital.
said.inside = (title) => (document.documentElement.lang === "en" ? title.toLowerCase() : title);
(() => {
  const language = document.documentElement.lang;
  const YEAR_S = 31_536_000;
  const keep = (wanted) => {
    // In a frame, as on a Space, only such a cookie is sent.
    const where = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
    document.cookie = `language=${wanted}; path=/; max-age=${YEAR_S}; ${where}`;
    return document.cookie.includes(`language=${wanted}`);
  };

  // Gradio's own words follow the browser.
  Object.defineProperty(navigator, "language", { get: () => language, configurable: true });

  const plainFetch = window.fetch;
  window.fetch = (address, options) => {
    if (address instanceof Request || new URL(address, document.baseURI).origin !== location.origin)
      return plainFetch(address, options);
    const headers = new Headers(options?.headers);
    headers.set("X-Language", language);
    return plainFetch(address, { ...options, headers });
  };

  const parts = () => location.search.slice(1).split("&").filter(Boolean);
  const others = () => parts().filter((part) => !part.startsWith("lang="));
  const address = (search) => location.pathname + (search.length ? `?${search.join("&")}` : "") + location.hash;
  if (others().length < parts().length) {
    keep(language);
    history.replaceState(history.state, "", address(others())); // a link that is passed on says no language
  }
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-language]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const wanted = link.dataset.language;
    if (keep(wanted)) location.reload();
    else location.assign(address([...others(), `lang=${wanted}`]));
  });
})();
