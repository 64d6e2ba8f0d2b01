/** Conditions as text to take elsewhere: the whole, or one row. */
import type { Condition, Node } from "./condition";

const KINDS = new Set([
  "all",
  "any",
  "not",
  "trait",
  "identifier",
  "consent",
  "segment",
  "fact",
  "did",
  "occurrence",
  "sequence",
  "unfollowed",
]);

export type Read = { condition: Condition } | { fault: "json" | "shape"; place?: string };

export function writeJson(condition: Condition | Node): string {
  return JSON.stringify(condition, null, 2);
}

/** Text to a condition. What is wrong inside a leaf, the server says better; here is only the tree. */
export function readJson(text: string): Read {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { fault: "json" };
  }
  const whole = isRecord(data) && "where" in data ? data.where : undefined;
  const where = whole ?? data;
  const place = findFault(where, whole === undefined ? "$" : "$.where");
  if (place !== null) return { fault: "shape", place };
  return { condition: { version: 1, where: where as Node } };
}

/** The place of the first node that is none, or null. */
function findFault(node: unknown, place: string): string | null {
  if (!isRecord(node) || typeof node.kind !== "string" || !KINDS.has(node.kind)) return place;
  if (node.kind === "not") return findFault(node.of, `${place}.of`);
  if (node.kind === "all" || node.kind === "any") {
    if (!Array.isArray(node.of)) return `${place}.of`;
    for (const [at, child] of node.of.entries()) {
      const fault = findFault(child, `${place}.of[${at}]`);
      if (fault !== null) return fault;
    }
    return null;
  }
  return findLeafFault(node as Record<string, unknown> & { kind: string }, place);
}

const NEEDED: Record<string, [string, "text" | "number" | "record" | "event" | "list"][]> = {
  trait: [
    ["name", "text"],
    ["test", "record"],
  ],
  identifier: [
    ["type", "text"],
    ["test", "record"],
  ],
  fact: [
    ["name", "text"],
    ["test", "record"],
  ],
  consent: [["purpose", "text"]],
  segment: [["id", "number"]],
  did: [["event", "event"]],
  occurrence: [["event", "event"]],
  sequence: [
    ["steps", "list"],
    ["within", "record"],
  ],
  unfollowed: [
    ["first", "event"],
    ["then", "event"],
    ["within", "record"],
  ],
};

/** The builder draws what is there: without these it could not. */
function findLeafFault(
  leaf: Record<string, unknown> & { kind: string },
  place: string,
): string | null {
  for (const [name, need] of NEEDED[leaf.kind] ?? []) {
    if (!fits(leaf[name], need)) return `${place}.${name}`;
  }
  return null;
}

function fits(value: unknown, need: "text" | "number" | "record" | "event" | "list"): boolean {
  switch (need) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "record":
      return isRecord(value);
    case "event":
      return isRecord(value) && "name" in value;
    case "list":
      return Array.isArray(value) && value.every((one) => fits(one, "event"));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
