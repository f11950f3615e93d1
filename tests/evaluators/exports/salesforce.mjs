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
// What a long sum adds up: parts between plus signs outside of brackets and quotes; anything else is one part.
const termsOf = (text) => {
  if (!text.startsWith("IF(") || text.split("IF(").length - 1 <= MOST_AT_ONCE) return [text];
  const terms = [];
  let [depth, quoted, from] = [0, false, 0];
  for (let at = 0; at < text.length; at += 1) {
    if (quoted && text[at] === "\\") at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === "(") depth += 1;
    else if (!quoted && text[at] === ")") depth -= 1;
    else if (!quoted && depth === 0 && text.startsWith(" + ", at)) {
      terms.push(text.slice(from, at));
      from = at + 3;
    }
  }
  return [...terms, text.slice(from)];
};
const evaluate = (text, scope) => {
  const terms = termsOf(text);
  if (terms.length > 1) {
    const values = terms.map((term, at) => [`Term_${at}__c`, evaluate(term, scope)]);
    return parse(values.map(([name]) => name).join(" + "), Object.fromEntries(values));
  }
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
