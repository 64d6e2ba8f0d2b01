import { expect, it } from "vitest";
import { parseCall } from "../src/calls";

const done = () => {};

it.each([
  [["Order Completed", { total: 1 }], 1, ["Order Completed"], { total: 1 }, {}, false],
  [
    ["Order Completed", null, { messageId: "m" }],
    1,
    ["Order Completed"],
    {},
    { messageId: "m" },
    false,
  ],
  [["Order Completed", done], 1, ["Order Completed"], {}, {}, true],
  [[{ plan: "pro" }], 1, [], { plan: "pro" }, {}, false],
  [[null, { plan: "pro" }], 1, [null], { plan: "pro" }, {}, false],
  [[42, {}, {}, done], 1, ["42"], {}, {}, true],
  [["Docs", "Index", { a: 1 }], 2, ["Docs", "Index"], { a: 1 }, {}, false],
  [["", "Index"], 2, [null, "Index"], {}, {}, false],
  [[], 2, [], {}, {}, false],
])("puts %j in order", (given, namesMax, names, body, options, called) => {
  const call = parseCall(given, namesMax);
  expect(call).toMatchObject({ names, body, options });
  expect(call.done === done).toBe(called);
});
