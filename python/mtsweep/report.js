"use strict";
/* Draws what a report holds: data is what report.py has put into the page. Text of the file becomes text nodes only. */
(function () {
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const COLORS = 10, NONE = "\u2013";

/* ---- the data ---- */

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i2: Int16Array, f4: Float32Array };
function unpack(packed) {
  const text = atob(packed.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new KINDS[packed.kind](bytes.buffer);
}
const state = unpack(data.state), runOf = unpack(data.run), n = state.length;
const rowOf = new Map(Array.from(runOf, (run, row) => [run, row]));
const fields = data.fields.map((field) => ({ name: field.name, values: field.values, number: unpack(field.number) }));
const numbers = data.numbers.map((each) => ({ name: each.name, unit: each.unit, doc: each.doc, values: unpack(each.values) }));
const fieldNamed = (name) => fields.find((field) => field.name === name);
const valueOf = (field, row) => field.values[field.number[row]];

function show(value) {
  if (value === null || value === undefined || !isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (value === Math.round(value) && size < 1e6) return String(value);
  return size >= 0.001 && size < 1000 ? value.toFixed(3) : value.toPrecision(3);
}

/* ---- making elements ---- */

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined) element.append(child.nodeType ? child : String(child));
  return element;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const sv = (tag, attributes, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
const put = (element, ...children) => element.replaceChildren(...children.flat(Infinity).filter((child) => child));
const narrow = () => document.documentElement.clientWidth < 600;
const empty = (text) => el("p", { class: "empty" }, text);

function choose(label, values, chosen, changed) {
  const select = el("select", { onchange: () => changed(select.value) },
    values.map((value) => fill(el("option", { value: value }), value === chosen ? { selected: "" } : {}, [value])));
  return el("label", {}, label, select);
}

/* ---- charts ---- */

function ticks(low, high, wanted) {
  const rough = (high - low) / wanted || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough), found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(+(i * step).toPrecision(10));
  return found;
}
function logTicks(low, high) {
  const found = [], from = Math.ceil(Math.log10(low) - 1e-9), to = Math.floor(Math.log10(high) + 1e-9);
  const each = Math.max(1, Math.ceil((to - from + 1) / 6));
  for (let power = from; power <= to; power += each) found.push(10 ** power);
  return found.length > 1 ? found : ticks(low, high, 4).filter((value) => value > 0);
}
const plainTick = (value) => Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(0) : String(+value.toPrecision(6));

const MARKS = [
  (x, y) => sv("circle", { cx: x, cy: y, r: 4 }), (x, y) => sv("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7 }),
  (x, y) => sv("path", { d: `M${x} ${y - 5}l5 9h-10z` }), (x, y) => sv("path", { d: `M${x} ${y - 5}l5 5l-5 5l-5-5z` }),
  (x, y) => sv("path", { d: `M${x} ${y + 5}l5-9h-10z` })];
const mark = (number, x, y) => fill(MARKS[number % MARKS.length](x, y), { class: `fill c${number % COLORS}` }, []);
const key = (labels) => el("div", { class: "key" }, labels.map(([number, label]) => el("span", {},
  sv("svg", { viewBox: "0 0 26 14" }, sv("path", { d: "M0 7H26", class: `stroke c${number % COLORS}`, "stroke-width": 2 }), mark(number, 13, 7)), label)));

/* lines: [{points: [[x, y, low, high]], number, title, pick}]; frame: {x, y: labels, log, marks, names: of whole x, ideal} */
function chart(lines, frame) {
  const width = narrow() ? 380 : 560, height = narrow() ? 270 : 320, left = 62, right = 14, top = 12, bottom = 48;
  const fine = (y) => isFinite(y) && y !== null && (!frame.log || y > 0);
  const all = lines.flatMap((line) => line.points).filter((point) => fine(point[1]));
  if (!all.length) return empty("Nothing to draw yet.");
  const xs = all.map((point) => point[0]);
  const ys = all.flatMap((point) => point.slice(1).filter(fine)).concat(fine(frame.ideal) ? [frame.ideal] : []);
  let lowX = Math.min(...xs), highX = Math.max(...xs), low = ys.reduce((a, b) => Math.min(a, b)), high = ys.reduce((a, b) => Math.max(a, b));
  if (frame.names) { lowX = -0.3; highX = frame.names.length - 0.7; }
  if (lowX === highX) { lowX -= 1; highX += 1; }
  let clipped = 0;
  if (frame.floor !== undefined && low < frame.floor) low = frame.floor;
  if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; if (frame.log) low = Math.max(low, high / 100); }
  const scale = frame.log ? Math.log : (value) => value, pad = (scale(high) - scale(low)) * 0.04;
  const X = (x) => left + (x - lowX) / (highX - lowX) * (width - left - right);
  const Y = (y) => height - bottom - (scale(Math.max(y, low)) - scale(low) + pad) / (scale(high) - scale(low) + 2 * pad) * (height - top - bottom);
  const svg = sv("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${frame.y} against ${frame.x}` });
  for (const tick of frame.log ? logTicks(low, high) : ticks(low, high, 5))
    svg.append(sv("path", { d: `M${left} ${Y(tick)}H${width - right}`, class: "tick" }),
      sv("text", { x: left - 6, y: Y(tick) + 4, "text-anchor": "end" }, plainTick(tick)));
  const room = frame.names ? Math.ceil(frame.names.length * 58 / (width - left)) : 1;
  for (const tick of frame.names ? frame.names.map((_, i) => i).filter((i) => i % room === 0) : ticks(lowX, highX, 5))
    svg.append(sv("text", { x: Math.min(X(tick), width - 20), y: height - bottom + 18, "text-anchor": "middle" },
      frame.names ? cut(frame.names[tick], room > 1 ? 7 : Math.floor((width - left) / frame.names.length / 7)) : plainTick(tick)));
  svg.append(sv("path", { d: `M${left} ${top}V${height - bottom}H${width - right}`, class: "axis" }),
    sv("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "label" }, cut(frame.x, 70)),
    sv("text", { x: 14, y: (top + height - bottom) / 2, "text-anchor": "middle", class: "label", transform: `rotate(-90 14 ${(top + height - bottom) / 2})` }, cut(frame.y, 40)));
  if (fine(frame.ideal)) svg.append(sv("path", { d: `M${left} ${Y(frame.ideal)}H${width - right}`, class: "ideal" }),
    sv("text", { x: width - right, y: Y(frame.ideal) - 4, "text-anchor": "end", class: "label" }, "ideal observer"));
  for (const line of lines) {
    const points = line.points.filter((point) => fine(point[1]));
    if (!points.length) continue;
    const color = `c${line.number % COLORS}`, banded = points.filter((point) => fine(point[2]) && fine(point[3]));
    if (banded.length > 1) svg.append(sv("path", { class: `band ${color}`, d: "M" + banded.map((point) => `${X(point[0])} ${Y(point[3])}`)
      .concat(banded.slice().reverse().map((point) => `${X(point[0])} ${Y(point[2])}`)).join("L") + "Z" }));
    svg.append(sv("path", { d: "M" + points.map((point) => `${X(point[0]).toFixed(1)} ${Y(point[1]).toFixed(1)}`).join("L"),
      class: `stroke ${color}${line.pick ? " pick" : ""}`, "stroke-width": frame.marks ? 2 : 1.3, onclick: line.pick }, sv("title", {}, line.title)));
    for (const point of points) {
      if (point[1] < low || (fine(point[2]) && point[2] < low)) clipped++;
      if (frame.marks) svg.append(fill(mark(line.number, X(point[0]), Y(point[1])), {}, [sv("title", {}, `${line.title}: ${show(point[1])}` +
        (fine(point[2]) ? ` [${show(point[2])}, ${show(point[3])}]` : ""))]));
    }
  }
  return clipped ? el("div", {}, svg, empty(`${clipped} points or their quartiles lie below ${frame.floor} and stand at the edge.`)) : svg;
}
const cut = (text, most) => text.length > Math.max(most, 3) ? text.slice(0, Math.max(most, 3) - 1) + "\u2026" : text;

const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
function shade(part) {
  const at = Math.min(Math.max(part, 0), 1) * (RAMP.length - 1), i = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[i].map((from, channel) => Math.round(from + (at - i) * (RAMP[i + 1][channel] - from)));
}
const rgb = (color) => `rgb(${color.join(",")})`;
const inkOn = (color) => 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2] > 120 ? "#111" : "#fff";

/* A map of cells: draw(column, row, width, height) gives what is in one. */
function cells(columns, rows, nameX, nameY, draw) {
  const longest = Math.min(Math.max(...rows.map((name) => name.length), 0), 28), left = 14 + longest * 7 + (nameY ? 16 : 0);
  const width = Math.min(Math.max(((narrow() ? 340 : 560) - left) / columns.length, 24), 96), height = 30, tilted = columns.some((name) => name.length * 7 > width - 2);
  const top = (nameX ? 22 : 4) + (tilted ? Math.min(Math.max(...columns.map((name) => name.length)), 18) * 6 + 10 : 20);
  const whole = left + width * columns.length + (tilted ? 40 : 8);
  const svg = sv("svg", { width: whole, height: top + height * rows.length + 6, viewBox: `0 0 ${whole} ${top + height * rows.length + 6}` });
  if (nameX) svg.append(sv("text", { x: left, y: 14, class: "label" }, `${nameX} \u2192`));
  if (nameY) svg.append(sv("text", { x: 12, y: top + height * rows.length / 2, class: "label", "text-anchor": "middle", transform: `rotate(-90 12 ${top + height * rows.length / 2})` }, cut(nameY, Math.max(4, rows.length * 4))));
  columns.forEach((name, i) => { const x = left + (i + 0.5) * width; svg.append(sv("text", tilted
    ? { x: x, y: top - 6, transform: `rotate(-50 ${x} ${top - 6})` } : { x: x, y: top - 6, "text-anchor": "middle" }, cut(name, 18), sv("title", {}, name))); });
  rows.forEach((name, j) => {
    svg.append(sv("text", { x: left - 6, y: top + (j + 0.5) * height + 4, "text-anchor": "end" }, cut(name, 28), sv("title", {}, name)));
    columns.forEach((_, i) => svg.append(fill(sv("g", { transform: `translate(${left + i * width} ${top + j * height})` }), {}, [draw(i, j, width, height)])));
  });
  return el("div", { class: "scroll" }, svg);
}

/* ---- the main page ---- */

const small = fields.filter((field) => field.values.length <= 300);
const tableOf = (x, y) => data.tables.find((table) => table.by.length === (x ? 1 : 0) + (y ? 1 : 0) && [x, y].every((name) => !name || table.by.includes(name)));
const scoreNames = [...new Set(data.tables.flatMap((table) => Object.keys(table.scores)))];
const mapped = small.filter((field) => data.tables.some((table) => table.by.length <= 2 && table.by.includes(field.name)));
const axes = fields.slice(0, data.axes).filter((field) => field.name !== "seed"), wide = mapped.filter((field) => axes.includes(field) || !axes.length);
const last = wide[wide.length - 1], first = wide.length > 1 ? wide[0] : null;
const map = { score: scoreNames[0], x: last ? last.name : "", y: first ? first.name : "" };
const NOTHING = "(nothing)";

function drawMap() {
  if (!scoreNames.length || (!mapped.length && n > 1)) { put($("map-cells"), empty("No numbers yet.")); return; }
  const set = (name) => (value) => { map[name] = value === NOTHING ? "" : value; if (map.x === map.y) map[name === "x" ? "y" : "x"] = ""; drawMap(); };
  put($("map-controls"), choose("score", scoreNames, map.score, set("score")),
    mapped.length ? choose("across", mapped.map((field) => field.name), map.x, set("x")) : null,
    mapped.length > 1 ? choose("down", [NOTHING, ...mapped.map((field) => field.name)], map.y || NOTHING, set("y")) : null);
  const table = tableOf(map.x, map.y), rows = table && table.scores[map.score];
  if (!rows) { put($("map-lines")); put($("map-cells"), empty("The page has no table of this score over these axes.")); return; }
  const X = fieldNamed(map.x), Y = fieldNamed(map.y), at = new Map();
  const text = (row, name) => name ? row[0][table.by.indexOf(name)] : "";
  for (const row of rows) at.set(JSON.stringify([text(row, map.x), text(row, map.y)]), row);
  const order = (field, name) => field ? [...new Set(rows.map((row) => text(row, name)))] : [""];
  const xs = order(X, map.x), ys = order(Y, map.y), cell = (i, j) => at.get(JSON.stringify([xs[i], ys[j]]));
  const known = rows.map((row) => row[1]).filter((value) => value !== null).sort((a, b) => a - b);
  const low = known[0], high = known[known.length - 1], floor = /r2/.test(map.score) && high > -1 ? Math.max(low, -1) : low;
  put($("map-cells"), cells(xs, ys, map.x, map.y, (i, j, width, height) => {
    const row = cell(i, j), color = row && row[1] !== null ? shade(high > floor ? (row[1] - floor) / (high - floor) : 0.5) : null;
    return [sv("rect", { x: 1, y: 1, width: width - 2, height: height - 2, rx: 2, class: "pick", fill: color ? rgb(color) : "none", stroke: color ? "none" : "var(--line)",
      onclick: () => search([map.x && `${map.x}=${xs[i]}`, map.y && `${map.y}=${ys[j]}`].filter(Boolean).join(" "), true) },
      sv("title", {}, row ? `${[xs[i], ys[j]].filter(Boolean).join(", ")}: ${show(row[1])} [${show(row[2])}, ${show(row[3])}], ${row[5]} values` : "no such runs")),
      color && width > 34 ? sv("text", { x: width / 2, y: height / 2 + 4, "text-anchor": "middle", "pointer-events": "none", fill: inkOn(color) }, cut(show(row[1]) + (row[6] ? "*" : ""), Math.floor(width / 7) + 1)) : null];
  }), empty(`median of ${map.score} by the program${floor < high ? `, from ${show(floor)} ${low < floor ? "and below " : ""}(dark) to ${show(high)} (light)` : ""}; * lacks runs; click for the runs`));
  const numeric = xs.every((value) => value !== "" && isFinite(Number(value)));
  const lines = ys.slice(0, COLORS).map((name, j) => ({ number: j, title: name || map.score,
    points: xs.map((value, i) => { const row = cell(i, j); return [i, row ? row[1] : null, row ? row[2] : null, row ? row[3] : null]; }) }));
  const ideals = [...new Set(rows.map((row) => row[4]))];
  put($("map-lines"), chart(lines, { x: map.x + (numeric ? " (even steps)" : ""), y: `${map.score}, median and quartiles`, marks: true, names: xs,
    ideal: ideals.length === 1 ? ideals[0] : null, floor: /r2/.test(map.score) ? -1 : undefined }),
    Y ? key(ys.slice(0, COLORS).map((name, j) => [j, `${map.y} = ${name}`])) : null,
    ys.length > COLORS ? empty(`Lines of the first ${COLORS} of ${ys.length} values; the map has all.`) : null);
}

const grid = { x: last ? last.name : small.length ? small[0].name : "", y: first ? first.name : "" };
function drawGrid() {
  if (!small.length) { put($("grid-cells"), empty("No field varies over the runs.")); return; }
  const set = (name) => (value) => { grid[name] = value === NOTHING ? "" : value; if (grid.x === grid.y) grid[name === "x" ? "y" : "x"] = ""; drawGrid(); };
  const names = small.map((field) => field.name);
  put($("grid-controls"), choose("across", names, grid.x, set("x")), names.length > 1 ? choose("down", [NOTHING, ...names], grid.y || NOTHING, set("y")) : null,
    el("span", { class: "key" }, data.states.map((name) => el("span", {}, el("i", { class: `state ${name}` }), name))));
  const X = fieldNamed(grid.x) || small[0], Y = fieldNamed(grid.y), rows = Y ? Y.values : [""];
  const count = X.values.map(() => rows.map(() => data.states.map(() => 0)));
  for (let row = 0; row < n; row++) count[X.number[row]][Y ? Y.number[row] : 0][state[row]]++;
  put($("grid-cells"), cells(X.values, rows, X.name, Y ? Y.name : "", (i, j, width, height) => {
    const here = count[i][j], total = here.reduce((a, b) => a + b, 0), finished = here[2];
    if (!total) return [sv("text", { x: width / 2, y: height / 2 + 4, "text-anchor": "middle", class: "label" }, "\u00b7")];
    let from = 1;
    const parts = data.states.map((name, s) => { const size = here[s] / total * (width - 2), x = from; from += size; return size ? sv("rect", { x: x, y: 1, width: size, height: height - 10, class: `fill ${name}` }) : null; });
    const what = data.states.map((name, s) => here[s] ? `${here[s]} ${name}` : "").filter(Boolean).join(", ");
    return [parts, sv("text", { x: width / 2, y: height - 0.5, "text-anchor": "middle", "font-size": 9, class: "label" }, width > 30 || total < 100 ? `${finished}/${total}` : ""),
      sv("rect", { x: 1, y: 1, width: width - 2, height: height - 2, fill: "transparent", class: "pick",
        onclick: () => search(`${X.name}=${X.values[i]}${Y ? ` ${Y.name}=${rows[j]}` : ""}`, true) }, sv("title", {}, what))];
  }), empty("Below each cell: runs done of all; click for the runs."));
}

/* Which runs the words choose: field=value, a state, or a run's number. */
function chosen(text) {
  const words = text.trim().split(/\s+/).filter(Boolean), rows = [];
  const tests = words.map((word) => {
    const [name, value] = word.split(/=(.*)/s), field = fieldNamed(name), s = data.states.indexOf(word);
    if (value !== undefined && field) { const wanted = value.split(","); return (row) => wanted.includes(valueOf(field, row)); }
    if (s >= 0) return (row) => state[row] === s;
    return (row) => String(runOf[row]) === word.replace(/^#?run-/, "");
  });
  for (let row = 0; row < n; row++) if (tests.every((test) => test(row))) rows.push(row);
  return rows;
}
function search(text, go) {
  $("search").value = text;
  drawRuns();
  if (go) $("runs").scrollIntoView();
}

const sorted = { by: null, down: false };
const LISTED = 200;
function drawRuns() {
  const rows = chosen($("search").value);
  const shown = numbers.filter((each) => ["ood_r2", "id_r2", "accuracy", "loss", "seconds"].includes(each.name));
  const columns = [{ name: "run", of: (row) => runOf[row] }, ...fields.slice(0, 8).map((field) => ({ name: field.name, of: (row) => valueOf(field, row), order: (row) => field.number[row] })),
    { name: "state", of: (row) => data.states[state[row]] }, ...shown.map((each) => ({ name: each.name + (each.unit ? ` [${each.unit}]` : ""), number: true, of: (row) => each.values[row] }))];
  const by = columns.find((column) => column.name === sorted.by);
  if (by) {
    const at = by.order || by.of, weight = (value) => typeof value === "number" && !isFinite(value) ? 1 : 0;
    rows.sort((a, b) => weight(at(a)) - weight(at(b)) || (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0) * (sorted.down ? -1 : 1));
  }
  put($("run-list"), el("p", {}, `${rows.length} of ${n} runs` + (rows.length > LISTED ? `, the first ${LISTED} are listed` : "")),
    el("div", { class: "wide" }, el("table", { class: "runs" },
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { "data-sort": column.name, title: "sort", onclick: () => {
        sorted.down = sorted.by === column.name && !sorted.down; sorted.by = column.name; drawRuns(); } },
        column.name + (sorted.by === column.name ? (sorted.down ? " \u2193" : " \u2191") : ""))))),
      el("tbody", {}, rows.slice(0, LISTED).map((row) => el("tr", {}, columns.map((column, i) => el("td", {},
        i === 0 ? el("a", { href: `#run-${runOf[row]}` }, runOf[row]) : column.name === "state" ? [el("i", { class: `state ${column.of(row)}` }), column.of(row)] : column.number ? show(column.of(row)) : column.of(row)))))))));
  drawCurves();
}

const curves = data.curves && { at: new Map(Array.from(unpack(data.curves.rows), (row, i) => [row, i])), batch: unpack(data.curves.batch),
  points: data.curves.batch.shape[1], curve: Object.fromEntries(Object.entries(data.curves.curve).map(([name, packed]) => [name, unpack(packed)])) };
const DRAWN = 60, curve = { what: "loss", color: wide.length ? wide[0].name : fields.length ? fields[0].name : "", log: true };
function curveOf(row, name) {
  const i = curves.at.get(row), points = [];
  for (let p = 0; i !== undefined && p < curves.points; p++) points.push([curves.batch[i * curves.points + p], curves.curve[name][i * curves.points + p]]);
  return points.filter((point) => isFinite(point[0]));
}
const labelOf = (row) => `run ${runOf[row]}: ${fields.slice(0, 6).map((field) => `${field.name}=${valueOf(field, row)}`).join(" ")}`;
function drawCurves() {
  if (!curves) { put($("curve-lines"), empty("No run is finished yet.")); return; }
  const names = Object.keys(curves.curve);
  if (!names.includes(curve.what)) curve.what = names[0];
  const log = el("input", { type: "checkbox", onchange: () => { curve.log = log.checked; drawCurves(); } });
  log.checked = curve.log;
  put($("curve-controls"), choose("curve", names, curve.what, (value) => { curve.what = value; drawCurves(); }),
    fields.length ? choose("colour", fields.map((field) => field.name), curve.color, (value) => { curve.color = value; drawCurves(); }) : null, el("label", {}, log, "logarithmic"));
  const all = chosen($("search").value).filter((row) => curves.at.has(row)), color = fieldNamed(curve.color);
  const rows = all.length > DRAWN ? Array.from({ length: DRAWN }, (_, i) => all[Math.floor(i * all.length / DRAWN)]) : all;
  const used = color ? [...new Set(rows.map((row) => color.number[row]))].sort((a, b) => a - b) : [];
  const lines = rows.map((row) => ({ points: curveOf(row, curve.what), number: color ? used.indexOf(color.number[row]) : 0, title: labelOf(row), pick: () => { location.hash = `run-${runOf[row]}`; } }));
  put($("curve-lines"), chart(lines, { x: "batch", y: curve.what + (data.curves.unit[curve.what] ? ` [${data.curves.unit[curve.what]}]` : ""), log: curve.log && curve.what !== "accuracy" }),
    color ? key(used.slice(0, 20).map((value, i) => [i, `${color.name} = ${color.values[value]}`])) : null,
    empty(`${rows.length} of ${curves.at.size} finished runs` + ($("search").value.trim() ? `, of those that the words at Runs choose` : "") + "; click on a line for the run."));
}

/* ---- a run's own page ---- */

const scores = data.scores && { at: new Map(Array.from(unpack(data.scores.rows), (row, i) => [row, i])),
  column: Object.entries(data.scores.column).map(([name, packed]) => ({ name: name, shape: packed.shape, values: unpack(packed) })) };
function scoreTables(row) {
  const i = scores ? scores.at.get(row) : undefined;
  if (i === undefined || !scores.column.length) return [];
  return [el("h2", {}, "Scores by split, fold and fit"), scores.column.map(({ name, shape, values }) => {
    const [, splits, folds, fits] = shape, at = (s, f) => Array.from(values.slice(((i * splits + s) * folds + f) * fits, ((i * splits + s) * folds + f + 1) * fits)).filter(isFinite);
    return el("details", name === "r2" ? { open: "" } : {}, el("summary", {}, name === "r2" ? "r2, decoder as published" : name), el("div", { class: "wide" }, el("table", { class: "numbers" },
      el("thead", {}, el("tr", {}, el("th", {}, "split"), data.scores.fold.slice(0, folds).map((fold) => el("th", {}, `fold ${fold}`)))),
      el("tbody", {}, data.scores.split.slice(0, splits).map((split, s) => el("tr", {}, el("td", {}, split),
        Array.from({ length: folds }, (_, f) => el("td", {}, at(s, f).map(show).join(" ") || NONE))))))));
  })];
}

function configTable(row) {
  const initial = new Map(data.config.map((entry) => [entry.name, entry]));
  const own = new Map(fields.map((field) => [field.name, valueOf(field, row)]));
  const lines = data.config.map((entry) => ({ ...entry, value: own.has(entry.name) ? own.get(entry.name) : entry.value }));
  for (const field of fields) if (!initial.has(field.name)) lines.push({ name: field.name, value: valueOf(field, row), initial: "", unit: "", doc: "" });
  const same = (entry) => entry.value === entry.initial || (entry.value !== "" && Number(entry.value) === Number(entry.initial));
  const line = (entry) => el("tr", same(entry) ? {} : { class: "differs" }, el("td", { title: entry.doc }, entry.name), el("td", {}, `${entry.value}${entry.unit ? " " + entry.unit : ""}`), el("td", {}, entry.initial));
  const table = (entries) => el("div", { class: "wide" }, el("table", {}, el("thead", {}, el("tr", {}, ["field", "value", "default"].map((text) => el("th", {}, text)))), el("tbody", {}, entries.map(line))));
  const differ = lines.filter((entry) => !same(entry)), rest = lines.filter(same);
  return [el("h2", {}, "Config"), differ.length ? table(differ) : empty("All fields have their defaults."), el("details", {}, el("summary", {}, `${rest.length} fields with their defaults`), table(rest))];
}

const stage = { turn: 0.7, tilt: 0.45, step: 0 };
function statesPart(part) {
  const paths = unpack(part.paths), [count, steps] = part.paths.shape, latents = unpack(part.latents);
  const canvas = el("canvas", { class: "turn", width: 900, height: 900, "aria-label": "states in three principal components" });
  canvas.style.width = "450px";
  stage.step = steps - 1;
  const slider = el("input", { type: "range", min: 0, max: steps - 1, value: steps - 1, "aria-label": "step" }), label = el("span", {});
  const color = (i) => (latents[2 * i] > 0 ? 1 : 0) + (latents[2 * i + 1] > 0 ? 2 : 0);
  function draw() {
    const style = getComputedStyle(document.documentElement), tone = (name) => style.getPropertyValue(name).trim();
    const pen = canvas.getContext("2d"), size = 350, [ct, st, cp, sp] = [Math.cos(stage.turn), Math.sin(stage.turn), Math.cos(stage.tilt), Math.sin(stage.tilt)];
    const at = (x, y, z) => { const u = ct * x + st * y, v = -st * x + ct * y; return [450 + size * u, 450 - size * (cp * z + sp * v), -sp * z + cp * v]; };
    pen.clearRect(0, 0, 900, 900);
    pen.lineWidth = 1.5; pen.font = "24px sans-serif";
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]].forEach((end, c) => { const [x, y] = at(...end), [x0, y0] = at(...end.map((v) => -v)); pen.strokeStyle = tone("--line"); pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x, y); pen.stroke(); pen.fillStyle = tone("--soft"); pen.fillText(`PC${c + 1}`, Math.min(x + 6, 840), y - 6); });
    const point = (i, s) => { const k = (i * steps + s) * 3; return at(paths[k] / 32000, paths[k + 1] / 32000, paths[k + 2] / 32000); };
    for (let i = 0; i < count; i++) {
      const tint = tone(`--c${color(i)}`);
      pen.strokeStyle = tint; pen.globalAlpha = 0.45; pen.beginPath();
      for (let s = 0; s <= stage.step; s++) pen[s ? "lineTo" : "moveTo"](...point(i, s).slice(0, 2));
      pen.stroke(); pen.globalAlpha = 1; pen.fillStyle = tint; pen.beginPath();
      const [x, y] = point(i, stage.step); pen.arc(x, y, 6, 0, 7); pen.fill();
    }
    for (const [x, y, z, grows] of part.fixed) {
      const [u, v] = at(x, y, z); pen.strokeStyle = tone("--text"); pen.lineWidth = 3; pen.beginPath();
      if (grows) { pen.moveTo(u - 9, v - 9); pen.lineTo(u + 9, v + 9); pen.moveTo(u + 9, v - 9); pen.lineTo(u - 9, v + 9); } else pen.rect(u - 8, v - 8, 16, 16);
      pen.stroke();
    }
    label.textContent = `step ${part.step[stage.step]}, ${part.phase[stage.step]}`;
  }
  slider.addEventListener("input", () => { stage.step = Number(slider.value); draw(); });
  let from = null;
  canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => { if (from) { stage.turn += (event.clientX - from[0]) / 120; stage.tilt += (event.clientY - from[1]) / 120; from = [event.clientX, event.clientY]; draw(); } });
  canvas.addEventListener("pointerup", () => { from = null; });
  const turn = (text, amount) => el("button", { type: "button", onclick: () => { stage.turn += amount; draw(); } }, text);
  redraw = draw;
  draw();
  return [el("h2", {}, "States in three principal components"), el("div", { class: "controls" }, el("label", {}, "up to", slider, label), turn("turn left", -0.3), turn("turn right", 0.3)), canvas,
    el("div", { class: "key" }, ["x1 < 0, x2 < 0", "x1 > 0, x2 < 0", "x1 < 0, x2 > 0", "x1 > 0, x2 > 0"].map((text, i) => el("span", { class: `c${i}` }, el("i", { class: "state" }), text))),
    empty(`Drag to turn. ${count} ${part.kind === "grid" ? "noise-free" : "noisy"} trials, dots where they are; ` +
      `components ${part.measured ? "as measured" : "of these states"}, with ${part.ratio.map((r) => `${(100 * r).toFixed(0)} %`).join(", ")} of the variance` +
      (part.fixed.length ? `; ${part.fixed.length} fixed point${part.fixed.length === 1 ? "" : "s"}, squares where all modes decay (${part.fixed.filter((p) => !p[3]).length}), crosses where some grow` : "") + ".")];
}

function rasterPart(part) {
  const values = unpack(part.cells), units = part.cells.shape[0], side = part.side, pixel = 5, gap = 8, tile = side * pixel + gap, across = Math.min(units, 16);
  const canvas = el("canvas", { width: across * tile + gap, height: Math.ceil(units / across) * tile + gap, "aria-label": "activity of each unit over the grid of stimuli" }), pen = canvas.getContext("2d");
  for (let unit = 0; unit < units; unit++)
    for (let cell = 0; cell < side * side; cell++) {
      pen.fillStyle = rgb(shade(values[unit * side * side + cell] / 255));
      pen.fillRect(gap + (unit % across) * tile + Math.floor(cell / side) * pixel, gap + Math.floor(unit / across) * tile + (side - 1 - cell % side) * pixel, pixel, pixel);
    }
  return [el("h2", {}, "Raster"), canvas, empty(`A square a unit, ${units} units in order: its activity after each of ${side} x ${side} noise-free stimuli, x1 to the right, x2 up, from its least (dark) to its most (light).`)];
}

let redraw = null;
function drawRun(run) {
  const row = rowOf.get(run), one = $("one");
  const step = (by) => rowOf.has(run) && row + by >= 0 && row + by < n ? el("a", { href: `#run-${runOf[row + by]}` }, by < 0 ? "\u2190 before" : "next \u2192") : null;
  redraw = null;
  if (row === undefined) { put(one, el("p", {}, el("a", { href: "#runs" }, "\u2190 all runs")), empty(`This sweep has no run ${run}.`)); return; }
  const detail = data.details[row] || {}, name = data.states[state[row]], reason = data.reasons[row];
  put(one, el("p", { class: "controls" }, el("a", { href: "#runs" }, "\u2190 all runs"), step(-1), step(1)),
    el("h1", {}, `Run ${run}`), el("p", {}, el("i", { class: `state ${name}` }), name + (reason ? `: ${reason}` : ""), " ", el("small", {}, fields.map((field) => `${field.name}=${valueOf(field, row)}`).join(" "))),
    el("div", { class: "two" }, el("div", {}, configTable(row)), el("div", {}, el("h2", {}, "Numbers"), el("div", { class: "wide" }, el("table", { class: "numbers" },
      el("tbody", {}, numbers.filter((each) => isFinite(each.values[row])).map((each) => el("tr", {}, el("td", { title: each.doc }, each.name), el("td", {}, show(each.values[row]) + (each.unit ? " " + each.unit : "")))))))),
    ), curves && curves.at.has(row) ? [el("h2", {}, "Learning curves"), el("div", { class: "two" }, Object.keys(curves.curve).map((what) =>
      el("div", {}, chart([{ points: curveOf(row, what), number: 1, title: what }], { x: "batch", y: what, log: what !== "accuracy" }))))] : null,
    scoreTables(row), el("div", { class: "two" }, detail.states ? el("div", {}, statesPart(detail.states)) : null, detail.raster ? el("div", {}, rasterPart(detail.raster)) : null),
    !detail.states && curves && curves.at.has(row) ? empty("This page has no states of this run.") : null);
}

function route() {
  const run = /^#run-(\d+)$/.exec(location.hash), main = document.querySelector("main");
  main.hidden = Boolean(run);
  $("one").hidden = !run;
  if (run) { drawRun(Number(run[1])); scrollTo(0, 0); } else if (location.hash.length > 1) { const target = document.getElementById(location.hash.slice(1)); if (target) target.scrollIntoView(); }
}

/* ---- light and dark ---- */

const night = matchMedia("(prefers-color-scheme: dark)");
let wanted = null;
function theme() {
  document.documentElement.classList.toggle("dark", wanted === null ? night.matches : wanted);
  if (redraw) redraw();
}
night.addEventListener("change", theme);
$("theme").addEventListener("click", () => { wanted = !document.documentElement.classList.contains("dark"); theme(); });
addEventListener("beforeprint", () => { document.documentElement.classList.remove("dark"); if (redraw) redraw(); });
addEventListener("afterprint", theme);

/* ---- all of it ---- */

theme();
const totals = data.states.map(() => 0);
state.forEach((s) => totals[s]++);
const order = [2, 3, 4, 1, 0];
let from = 0;
$("bar").append(sv("svg", { viewBox: "0 0 1000 14", width: "100%", height: 14, preserveAspectRatio: "none", role: "img", "aria-label": "runs by state" }, order.map((s) => {
  const size = n ? totals[s] / n * 1000 : 0, part = size ? sv("rect", { x: from, y: 0, width: size, height: 14, class: `fill ${data.states[s]}` }, sv("title", {}, `${totals[s]} ${data.states[s]}`)) : null;
  from += size;
  return part;
})));
put($("run-controls"), el("label", {}, "only", el("input", { type: "search", id: "search", placeholder: fields.length ? `${fields[0].name}=${fields[0].values[0]} done` : "done", oninput: drawRuns })),
  el("button", { type: "button", onclick: () => search("", false) }, "all"));
drawMap();
drawGrid();
drawRuns();
addEventListener("hashchange", route);
route();
})();
