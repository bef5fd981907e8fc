// What the address says of the parts, in their order; what it does not say, or cannot mean, is plain.
(address, opening, parts) => {
  const said = new URLSearchParams(address);
  const written = (value) => (value === true ? "1" : value === false ? "0" : String(value));
  const number = (given, plain, step) =>
    given >= 0 && given <= 1e9 && (!step || given % step === 0) ? given : plain;
  const valueOf = ({ name, plain, values, step, pattern, text }) => {
    const given = said.get(name);
    if (given === null) return plain;
    if (values.length) return values.find((value) => written(value) === given) ?? plain;
    if (!new RegExp(`^(?:${pattern})$`, "u").test(given)) return plain;
    return text ? given : number(Number(given), plain, step);
  };
  // The page begins with what is plain: tabs written anew would undo a click that came before.
  const tabs = (selected, plain) =>
    selected === plain && opening === -1 ? { __type__: "update" } : { __type__: "update", selected };
  return parts.map((part) => {
    const value = valueOf(part);
    addressBar.set(part.name, value, part.plain, "replaceState");
    return part.tabs ? tabs(value, part.plain) : value;
  });
}
