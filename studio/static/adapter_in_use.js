// Which model and adapter Explore has, as the address says it; nothing where they are the page's own.
(name) => {
  const said = new URLSearchParams(location.search);
  return [name, said.get("model") ?? "", said.get("adapter") ?? ""];
}
