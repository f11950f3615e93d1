// node card.verify.mjs card.mjs: prints nothing when every made-up lead of the card gets its points.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { verify } = await import(pathToFileURL(resolve(process.argv[2])).href);
const differing = verify();
if (differing.length > 0) {
  console.log(differing.join("\n"));
  process.exitCode = 1;
}
