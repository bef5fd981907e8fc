// Draws where the two portraits of the stage differ, amplified, in colours that the legend explains.
window.drawDifference = (() => {
  const CLIPPED = 0.02; // of the points may differ more than is shown
  const drawnAs = (colours) => {
    const stops = colours.split(" ").map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
    return Array.from({ length: 256 }, (_, level) => {
      const at = (level / 255) * (stops.length - 1);
      const [low, high] = [stops[Math.floor(at)], stops[Math.ceil(at)]];
      return low.map((value, channel) => value + (at % 1) * (high[channel] - value));
    });
  };
  const pixelsOf = (image, context) => {
    const { width, height } = context.canvas;
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
  // Levels, 0 to 255, of each point: the mean of its three colours.
  const levelsApart = (one, other) => {
    const apart = (at) => Math.abs(one[at] - other[at]);
    return Float32Array.from({ length: one.length / 4 }, (_, point) => {
      const at = 4 * point;
      return (apart(at) + apart(at + 1) + apart(at + 2)) / 3;
    });
  };
  const amplification = (levels) => {
    const clipped = (times) => levels.reduce((count, level) => count + (level * times > 255), 0);
    return [16, 8, 4, 2].find((times) => clipped(times) <= CLIPPED * levels.length) ?? 1;
  };
  const explain = (viewer, levels, times) => {
    const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const level = Math.round(255 / times);
    const most = times > 1 ? said("{level} and more: amplified {times} times", { level, times }) : level;
    const rounded = Number(mean.toFixed(1));
    viewer.querySelector(".legend .most").textContent = most;
    viewer.querySelector(".legend .mean").textContent = said("On average they are {mean} apart.", { mean: rounded });
  };

  return (viewer) => {
    const canvas = viewer.querySelector("canvas.difference");
    const images = [...viewer.querySelectorAll(".stage .layer img")];
    const sources = images.map((image) => image.src).join(" ");
    const ready = images.length === 2 && images.every((image) => image.complete && image.naturalWidth);
    if (!canvas || !ready || canvas.dataset.drawn === sources) return;
    canvas.dataset.drawn = sources;
    Object.assign(canvas, { width: images[0].naturalWidth, height: images[0].naturalHeight });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const levels = levelsApart(...images.map((image) => pixelsOf(image, context)));
    const [times, colours] = [amplification(levels), drawnAs(canvas.dataset.colours)];
    const shown = context.createImageData(canvas.width, canvas.height);
    levels.forEach((level, point) => {
      shown.data.set(colours[Math.min(255, Math.round(level * times))], 4 * point);
      shown.data[4 * point + 3] = 255;
    });
    context.putImageData(shown, 0, 0);
    explain(viewer, levels, times);
  };
})();
