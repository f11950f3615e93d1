// Runs formulas over leads with formulon: {formulas: [[name, text]...], leads: [{field: literal}...]} on stdin, values on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { parse } = createRequire(process.argv[2] + "/")("formulon");
const { formulas, leads } = JSON.parse(readFileSync(0, "utf8"));
const names = [...Object.keys(leads[0]), ...formulas.map(([name]) => name)];
const known = formulas.map(([name, text]) => ({ name, text, reads: names.filter((field) => text.includes(field)), seen: new Map() }));

// formulon takes twice as long to read a formula for every IF within an IF, so more than six are read from the inside out: a line
// `IF(test, points,` with the value of the rest in place of the rest.
const MOST_AT_ONCE = 6;
const evaluate = (text, scope) => {
  const [line] = text.split(",\n", 1);
  if (text.split("IF(").length - 1 <= MOST_AT_ONCE || !/^IF\(.*, -?\d+$/.test(line)) return parse(text, scope);
  if (!text.endsWith(")")) throw new Error(`no end: ${text}`);
  const rest = evaluate(text.slice(line.length + 2, -1), scope);
  return parse(`${line},\nRest__c)`, { ...scope, Rest__c: rest });
};

const values = leads.map((lead) => {
  const scope = { ...lead };
  for (const { name, text, reads, seen } of known) {
    const key = JSON.stringify(reads.map((field) => scope[field]));
    if (!seen.has(key)) seen.set(key, evaluate(text, Object.fromEntries(reads.map((field) => [field, scope[field]]))));
    scope[name] = seen.get(key);
  }
  return Object.fromEntries(known.map(({ name }) => [name, scope[name].value ?? scope[name]]));
});
console.log(JSON.stringify(values));
