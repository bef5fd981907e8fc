// The address bar holds what the page shows: read when the page opens or the visitor goes back, written after
// every choice. Loaded before the page's own scripts, so that whatever happens first finds it.
window.addressBar = (() => {
  let openings = 0; // each opening gets a number of its own; those that the browser's bar asked for are negative
  let lastOpening = 0;
  let linked = null;
  let following = false; // a link or a tab's view is on its way: what is shown then is one step, its tab included
  let turned = []; // what the bar has to say of the tab that is open, whoever opened it, and however early

  const click = (id) => document.querySelector(`#${id}`).click();
  const parts = () => location.search.slice(1).split("&").filter(Boolean);
  const nameOf = (part) => part.split("=")[0];
  // How prompts are drawn and how another tab stands: no opened view says, and no choice changes it.
  const others = /^(draw|attributes|least|threshold|about|[dg]-.+)$/;
  // How portraits are made: a choice does not change it either.
  const settings = /^(model|adapter|seed|steps|guidance|strength|size|caching)$/;
  // Of which prompt the portraits were made that `made` tells the seed of.
  const choice = /^(gender|with|without)$/;
  const chosen = (kept) => sorted(kept.filter((part) => choice.test(nameOf(part))));
  const without = (kept, written) => kept.filter((part) => !written.map(nameOf).includes(nameOf(part)));
  const sorted = (kept) => [...kept].sort().join("&");
  // Selects the tab of a view. The page begins on its first one: selected anew, it would undo a click.
  const turn = (search, tabs) => {
    const named = new URLSearchParams(search).get("tab");
    const tab = tabs.includes(named) ? named : tabs[0];
    return openings === 1 && tab === tabs[0] ? { __type__: "update" } : { __type__: "update", selected: tab };
  };
  const show = (kept, method) => {
    const search = kept.length ? `?${kept.join("&")}` : "";
    if (search === location.search) return;
    const same = sorted(kept) === sorted(parts()); // in another order: no step to go back
    history[same ? "replaceState" : method](null, "", location.pathname + search + location.hash);
  };

  window.addEventListener("popstate", () => click("read-address"));
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    linked = link.search;
    click("open-view");
  });

  return {
    // What the bar says, as a view to open: its address, the number of the opening, and its tab of `tabs`.
    read: (tabs) => {
      following = false;
      return [location.search, -(openings += 1), turn(location.search, tabs)];
    },
    // What a link or a tab asks for, likewise.
    open: (address, tabs) => {
      const wanted = (linked ?? address).replace(/^\?/, "").split("&");
      linked = null;
      following = true;
      // A recipe's link says how its portraits are made, and of another model nothing else is meant.
      const made = wanted.some((part) => /^(v|model)$/.test(nameOf(part)));
      const stays = parts().filter((part) => (!made && settings.test(nameOf(part))) || others.test(nameOf(part)));
      const search = [...wanted, ...without(stays, wanted)].join("&");
      return [search, (openings += 1), turn(search, tabs)];
    },
    // The address of what is shown now. After an opening it says it all; else it says what is chosen.
    write: (address, opening) => {
      const opened = opening !== lastOpening;
      lastOpening = opening;
      following = false;
      const same = !opened && chosen(parts()) === chosen(address.split("&"));
      const stays = (name) =>
        name.startsWith("__") ||
        others.test(name) ||
        (!opened && settings.test(name)) ||
        (same && name === "made");
      const written = [...address.split("&").filter((part) => nameOf(part) !== "tab"), ...turned];
      const kept = parts().filter((part) => stays(nameOf(part)));
      show([...written, ...without(kept, written)], opened && opening < 0 ? "replaceState" : "pushState");
    },
    // One part, left out where it is as the page would have it.
    set: (name, value, plain, method) => {
      const written = encodeURIComponent(value === true ? 1 : value);
      const wanted = value === plain || value === null ? [] : [`${name}=${written}`];
      if (name === "tab") turned = wanted;
      if (!openings || following) return; // Gradio reports the first tab as chosen before the bar was read
      const held = parts().filter((part) => nameOf(part) === name);
      if (String(held) === String(wanted)) return;
      const changed = settings.test(name) ? [name, "made"] : [name];
      show([...without(parts(), changed), ...wanted], method);
    },
  };
})();
