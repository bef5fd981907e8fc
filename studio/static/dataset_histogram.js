// The body of a function that Gradio calls once with `element` and `trigger`; what is shown in it may change.
const plot = () => element.querySelector(".histogram");
const written = (number) => number.toLocaleString(document.documentElement.lang);

// As Scale.share in studio/dataset/histogram.py, and back; two digits are as fine as a finger is.
const imagesAt = (share, { bars, perDecade }) => {
  const place = share * bars;
  if (place < 1) return place < 0.5 ? 0 : 1;
  return Number((10 ** ((place - 1) / perDecade)).toPrecision(2));
};
const shareOf = (images, { bars, perDecade }) =>
  images ? Math.min(1, (1 + perDecade * Math.log10(images)) / bars) : 0;

// The counts of a gender, ascending, are given as differences.
const keptOf = (differences, threshold) => {
  let count = 0;
  const first = differences.findIndex((difference) => (count += difference) >= threshold);
  return first < 0 ? 0 : differences.length - first;
};

const show = (histogram, threshold) => {
  const counts = JSON.parse(histogram.dataset.counts);
  const kept = { male: keptOf(counts.male, threshold), female: keptOf(counts.female, threshold) };
  const every = counts.male.length + counts.female.length + Number(histogram.dataset.others);
  const total = kept.male + kept.female;
  const [most, rest] = histogram.querySelectorAll(".summary strong");
  most.textContent = written(total);
  rest.textContent = written(every - total);
  histogram.querySelector(".summary .quiet").textContent =
    said("{male} of men and {female} of women kept", kept);
  histogram.style.setProperty("--threshold", `${100 * shareOf(threshold, histogram.dataset)}%`);
  histogram.querySelector(".flag").textContent = written(threshold);
  histogram.querySelector("input").ariaValueText = said("{images} images", { images: threshold });
};

const threshold = (input) => imagesAt(input.value / input.max, plot().dataset);
element.addEventListener("input", ({ target }) => show(plot(), threshold(target)));
element.addEventListener("change", ({ target }) => {
  element.dataset.asked = threshold(target); // as studio/tabs/dataset_wiring.py reads it
  trigger("release");
});
