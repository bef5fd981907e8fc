// Writes one setting of the portraits into the address, if it is not what its model takes unasked.
(name, model, value, plain, ownModel) => {
  const keep = (part, value, plain) => addressBar.set(part, value, plain, "replaceState");
  if (name !== "model") return keep(name, name === "caching" && value ? "taylorseer" : value, plain[model][name]);
  keep("model", value, ownModel);
  // They are the new model's own now.
  for (const part of ["adapter", "steps", "guidance", "strength", "size", "caching"]) keep(part, null, null);
}
