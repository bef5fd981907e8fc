// The body of a function that Gradio calls once with `element` and `trigger`; what is shown in it may change.
const written = (number, digits = 0) =>
  number.toLocaleString(document.documentElement.lang, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

// As in studio/dataset/numbers.py.
const liftSaid = (lift) => {
  if (lift === 0) return "0";
  if (lift < 0.001) return `<${written(0.001, 3)}`;
  return lift >= 0.1 ? written(lift, 2) : Number(lift.toPrecision(2)).toLocaleString(document.documentElement.lang);
};

let read = null; // the numbers of the table that is shown
const numbersOf = (table) => {
  if (read?.table !== table) read = { table, ...JSON.parse(table.dataset.numbers) };
  return read;
};
const placeOf = (cell) => [cell.parentNode.rowIndex - 1, cell.cellIndex - 1];
const titleOf = (table, place) => table.rows[place + 1].cells[0].textContent;

const tell = (cell) => {
  const table = cell.closest("table");
  const { pairs } = numbersOf(table);
  const words = element.querySelectorAll(".conflicts li");
  const [row, column] = placeOf(cell);
  const [observed, expected, lift, low, high, conflict] = pairs[Math.max(row, column)][Math.min(row, column)];
  const chance = written(expected, expected < 10 ? 1 : 0);
  const bounds = lift === null ? "" : `, lift ${liftSaid(lift)} (${liftSaid(low)}–${liftSaid(high)})`;
  const [first, second] = [titleOf(table, row), titleOf(table, column)];
  return {
    pair: said("{first:t} and {second:t}", { first, second: said.inside(second) }),
    numbers: said("observed {observed}, expected {chance}", { observed, chance }) + bounds,
    conflict: words[conflict].textContent,
  };
};

const cellOf = (target) => {
  const cell = target.closest?.(".map tbody td");
  // No class name alone in quotes here: Gradio takes it for the name of an event, and one called self slows every load.
  return cell && !cell.matches(".self") ? cell : null;
};
const mark = (cell) => {
  element.querySelectorAll(".map .here").forEach((each) => each.classList.remove("here"));
  if (!cell) return;
  const [row, column] = placeOf(cell);
  const { rows } = cell.closest("table");
  [cell, rows[row + 1].cells[0], rows[0].cells[column + 1]].forEach((each) => each.classList.add("here"));
};

// Below the cell, or above it near the lower end of the window, and never beyond the map's sides.
const show = (cell) => {
  const tip = element.querySelector(".tip");
  mark(cell);
  tip.hidden = !cell;
  if (!cell) return;
  const { pair, numbers, conflict } = tell(cell);
  tip.replaceChildren(
    Object.assign(document.createElement("strong"), { textContent: pair }),
    numbers,
    Object.assign(document.createElement("span"), { textContent: conflict }),
  );
  cell.ariaLabel = `${pair}: ${numbers}; ${conflict}`;
  const [at, frame] = [cell.getBoundingClientRect(), element.getBoundingClientRect()];
  const left = Math.min(Math.max(0, at.left - frame.left - 100), frame.width - tip.offsetWidth);
  const below = at.bottom + tip.offsetHeight + 12 < window.innerHeight;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${(below ? at.bottom + 6 : at.top - tip.offsetHeight - 6) - frame.top}px`;
};

const pick = (cell) => {
  const { labels } = numbersOf(cell.closest("table"));
  const [row, column] = placeOf(cell);
  element.querySelectorAll(".map .picked").forEach((each) => each.classList.remove("picked"));
  cell.classList.add("picked");
  element.dataset.asked = `${labels[row]},${labels[column]}`; // as studio/tabs/dataset_wiring.py reads it
  trigger("select");
};

// One cell is reached by the Tab key, the others by the arrows.
const focus = (cell) => {
  element.querySelectorAll(".map [tabindex]").forEach((each) => each.removeAttribute("tabindex"));
  cell.tabIndex = 0;
  cell.focus();
};
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const move = (cell, [down, right]) => {
  const { rows } = cell.closest("table");
  let [row, column] = placeOf(cell);
  do {
    row += down;
    column += right;
  } while (rows[row + 1]?.cells[column + 1]?.matches(".self"));
  const next = row < 0 || column < 0 ? null : rows[row + 1]?.cells[column + 1];
  if (next) focus(next);
};

element.addEventListener("pointerover", ({ target }) => show(cellOf(target)));
element.addEventListener("pointerleave", () => show(null));
element.addEventListener("focusin", ({ target }) => show(cellOf(target)));
element.addEventListener("focusout", () => show(null));
element.addEventListener("click", ({ target }) => {
  const cell = cellOf(target);
  if (!cell) return;
  focus(cell);
  pick(cell);
});
element.addEventListener("keydown", (event) => {
  const cell = cellOf(event.target);
  if (!cell) return;
  if (STEPS[event.key]) move(cell, STEPS[event.key]);
  else if (event.key === "Enter" || event.key === " ") pick(cell);
  else return;
  event.preventDefault();
});
