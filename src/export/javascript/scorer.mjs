
/** The card as data, as in card.json. */
export const CARD = JSON.parse(TEXT);

// What Unicode calls White_Space; trim() of JavaScript would also take the byte order mark.
const SPACE = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, "gu");
const SIGNS = new RegExp(
  `${SPACE}|[!"$%&'()*,\\-./:;<=>?@[\\\\\\]^_\`{|}~\\u00a1\\u00a7\\u00ab\\u00b4\\u00b7\\u00bb\\u00bf\\u2010-\\u2015\\u2018-\\u201a\\u201c-\\u201e\\u2022\\u2026\\u2039\\u203a\\u2212\\u3001\\u3002]`,
  "u",
);
const MAX_REASONS = 3;
const ASK_FIRST = "ask first";
const DAY_US = 86_400_000_000n;

/** A lead that does not fit the card; the message names every key that is missing or wrong. */
export class LeadError extends Error {
  name = "LeadError";
}

/** Points of one lead and what they are worth. `null`, `undefined` and NaN are missing; keys the card does not read are ignored. */
export function score(lead, { allowMissing = false } = {}) {
  const places = [];
  const problems = [];
  for (const [idx, criterion] of CARD.criteria.entries()) {
    try {
      places.push(levelOf(criterion, CELLS[idx], lead, allowMissing));
    } catch (problem) {
      if (!(problem instanceof LeadError)) throw problem;
      problems.push(problem.message);
    }
  }
  if (problems.length > 0) throw new LeadError(problems.join("; "));
  const levels = places.map((place, idx) => CARD.criteria[idx].levels[place]);
  const total = levels.reduce((sum, level) => sum + level.points, CARD.base_points);
  const worth = CARD.curve[total - CARD.curve[0].score];
  const band = CARD.bands.find((one) => one.from === undefined || total >= one.from);
  const known = KNOWN === null ? Infinity : places.reduce((sum, place, idx) => sum + KNOWN.points[idx][place], 0);
  return {
    score: total,
    probability: worth.probability_bp / 10_000,
    low: worth.low_bp / 10_000,
    high: worth.high_bp / 10_000,
    band: known < CARD.known_at_least ? ASK_FIRST : band.name,
    points: Object.fromEntries(CARD.criteria.map((criterion, idx) => [criterion.name, levels[idx].points])),
    reasons: reasonsOf(levels),
    ...gradeOf(levels),
  };
}

/** Sub-scores by group of criteria, and the grade they come to; nothing on a card without grades. */
function gradeOf(levels) {
  if (CARD.grades === undefined) return {};
  const { rows, columns, cells } = CARD.grades;
  const sums = [rows, columns].map(({ group }) =>
    levels.reduce((sum, level, idx) => (CARD.criteria[idx].group === group ? sum + level.points : sum), 0),
  );
  // Cuts fall: a class is the number of cuts that lie above the sub-score.
  const [row, column] = [rows, columns].map(({ cuts }, axis) => cuts.filter((cut) => sums[axis] < cut).length);
  const { grade } = cells[row * (columns.cuts.length + 1) + column];
  return { subScores: Object.fromEntries([rows.group, columns.group].map((group, axis) => [group, sums[axis]])), grade };
}

/** Points of many leads, in their order. */
export function scoreAll(leads, options) {
  return Array.from(leads, (lead) => score(lead, options));
}

/** Scores the made-up leads of the card; what differs, in words. Empty when this file is right. */
export function verify() {
  return CARD.golden.flatMap((row, idx) => {
    const scored = score(row.inputs);
    const points = CARD.criteria.map((criterion) => scored.points[criterion.name]);
    const isRight = scored.score === row.score && points.every((one, at) => one === row.points[at]);
    if (!isRight) return [`row ${idx + 1}: points ${points}, score ${scored.score} instead of ${row.points}, ${row.score}`];
    const band = KNOWN === null ? scored.band : KNOWN.bands[idx];
    if (scored.band !== band) return [`row ${idx + 1}: band ${scored.band} instead of ${band}`];
    return scored.grade === row.grade ? [] : [`row ${idx + 1}: grade ${scored.grade} instead of ${row.grade}`];
  });
}

/** Position of the level of a lead: that of its answer, or of the cell that its two answers come to. */
function levelOf(criterion, cells, lead, allowMissing) {
  const { inputs, map, grid, levels } = criterion;
  const sides = cells === null ? [{ map, rules: levels }] : [grid.rows, grid.columns].map((axis) => ({ map: axis.map, rules: axis.parts }));
  const places = sides.map(({ map, rules }, side) => placeIn(rules, answerOf(map, valueOf(criterion, inputs[side], lead, allowMissing))));
  return cells === null ? places[0] : cells[places[0]][places[1]];
}

/** Position of the first rule that takes the value: levels of a criterion, or parts of an axis, are read top down. */
function placeIn(rules, value) {
  if (value === null) return 0;
  const takes = ({ when }) => (when.below !== undefined ? value < when.below : when.one_of?.includes(value));
  const place = rules.slice(1, -1).findIndex(takes);
  return place < 0 ? rules.length - 1 : place + 1;
}

/** What the rules of a criterion make of a text; without rules it is the answer itself. */
function answerOf(map, text) {
  if (map === undefined || text === null) return text;
  if (map.missing?.includes(text)) return null;
  const words = plain(text);
  const takes = (rule) => rule.match.split("|").some((phrase) => words.includes(needle(phrase)));
  return map.rules.find(takes)?.to ?? "other";
}

/** The words of a text, small, with one blank before, between and behind them. */
function plain(text) {
  const characters = Array.from(text, (c) => (SIGNS.test(c) ? " " : small(c)));
  return ` ${characters.join("").split(" ").filter((word) => word !== "").map((word) => `${word} `).join("")}`;
}

function small(c) {
  const lower = c.toLowerCase();
  return c.codePointAt(0) < 0x2000 && Array.from(lower).length === 1 ? lower : c;
}

/** A phrase as it stands among plain words; a `*` at an end lets the word go on there. */
function needle(phrase) {
  const trimmed = phrase.replace(ENDS, "");
  let words = plain(trimmed.normalize("NFC"));
  if (trimmed.startsWith("*")) words = words.replace(/^ +/, "");
  if (trimmed.endsWith("*")) words = words.replace(/ +$/, "");
  return words;
}

/** The value a criterion reads: a number, a text, or null where it is missing. */
function valueOf(criterion, { column, kind, derivation }, lead, allowMissing) {
  const source = derivation?.days_before?.column;
  const isThere = (key) => key !== undefined && Object.hasOwn(lead, key);
  if (source !== undefined && !(isThere(column) && (source !== column || !isTime(lead[column])))) {
    if (isThere(source) && isThere(CARD.as_of_column)) {
      return daysBetween(microseconds(source, lead), microseconds(CARD.as_of_column, lead));
    }
  } else if (isThere(column)) {
    return checked(criterion, column, kind, lead[column]);
  }
  if (allowMissing) return null;
  const made = source === undefined ? "" : `; give it, or both \`${source}\` and \`${CARD.as_of_column}\``;
  throw new LeadError(`\`${column}\` is not there; criterion \`${criterion.name}\` reads it${made}`);
}

function checked(criterion, column, kind, value) {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (kind === "boolean" && typeof value === "boolean") return String(value);
  if (kind === "text" && typeof value === "string") return value.normalize("NFC").replace(ENDS, "") || null;
  if (kind === "number" && typeof value === "number") return value;
  if (kind === "number" && typeof value === "bigint") return value;
  const expected = { boolean: "true or false", text: "text", number: "a number" }[kind];
  throw new LeadError(`\`${column}\` holds ${inWords(value)}; criterion \`${criterion.name}\` reads ${expected}`);
}

function inWords(value) {
  return typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? "an object" : String(value);
}

/** Whole days between two times in microseconds; missing where the time was not known at the as-of. */
function daysBetween(time, asOf) {
  return time === null || asOf === null || time > asOf ? null : Number((asOf - time) / DAY_US);
}

function isTime(value) {
  return typeof value === "string" || value instanceof Date;
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? *(?:Z|([+-])(\d\d):?(\d\d))?)?$/u;

/** Microseconds since 1970 of a Date or a text such as 2026-05-04T10:00:00Z; without a zone it is UTC. */
function microseconds(column, lead) {
  const value = lead[column];
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  const time = value instanceof Date ? BigInt(value.getTime() || 0) * 1000n : parsed(value);
  if (time === null || (value instanceof Date && Number.isNaN(value.getTime()))) {
    throw new LeadError(`\`${column}\` holds ${inWords(value)}, which is no time`);
  }
  return time;
}

function parsed(text) {
  const found = typeof text === "string" ? TIME.exec(text.replace(ENDS, "")) : null;
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null;
  const offset = (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0)) * (found[8] === "-" ? -1 : 1);
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second;
  return BigInt(seconds) * 1_000_000n + BigInt((found[7] ?? "").padEnd(6, "0").slice(0, 6));
}

/** What people read of a level. */
function shown(level) {
  return level.words ?? level.label;
}

/** Where most points were lost against the best level, largest loss first. */
function reasonsOf(levels) {
  const losses = CARD.criteria.map((criterion, idx) => {
    const level = levels[idx];
    const best = criterion.levels.reduce((most, one) => (one.points > most.points ? one : most));
    const loss = best.points - level.points;
    const unit = loss === 1 ? "point" : "points";
    const words = `${criterion.label ?? criterion.name}: ${shown(level)} (${loss} ${unit} below ${shown(best)})`;
    return { loss, words };
  });
  const felt = losses.filter(({ loss }) => loss > 0).sort((a, b) => b.loss - a.loss);
  return felt.slice(0, MAX_REASONS).map(({ words }) => words);
}
