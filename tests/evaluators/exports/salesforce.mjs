// Runs formulas over leads with formulon: {formulas: [[name, text]...], leads: [{field: literal}...]} on stdin, values on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { parse, extract } = createRequire(process.argv[2] + "/")("formulon");
const { formulas, leads } = JSON.parse(readFileSync(0, "utf8"));
const known = formulas.map(([name, text]) => ({ name, text, reads: extract(text), seen: new Map() }));

const values = leads.map((lead) => {
  const scope = { ...lead };
  for (const { name, text, reads, seen } of known) {
    const key = JSON.stringify(reads.map((field) => scope[field]));
    if (!seen.has(key)) seen.set(key, parse(text, scope));
    scope[name] = seen.get(key);
  }
  return Object.fromEntries(known.map(({ name }) => [name, scope[name].value ?? scope[name]]));
});
console.log(JSON.stringify(values));
