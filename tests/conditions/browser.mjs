// Answers conditions as the browser does: a question in each line (JSON), its answer in the next one out.
import { createInterface } from "node:readline";
import { evaluate } from "../../sdk/dist/conditions.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { node, person, at } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(evaluate(node, person, at))}\n`);
}
