/** The tests of a value as they are chosen: one word for each, where the language has one shape for several. */
import type { Scalar, Test } from "./condition";

export type TestChoice =
  | "is"
  | "in"
  | "exists"
  | "contains"
  | "starts_with"
  | "ends_with"
  | "more"
  | "least"
  | "less"
  | "most"
  | "between"
  | "within"
  | "dated"
  | "anniversary"
  | "has";

export type ValueType = "text" | "number" | "boolean" | "date" | "list" | "unknown";

const ORDER: Record<ValueType, TestChoice[]> = {
  text: ["is", "in", "contains", "starts_with", "ends_with", "exists", "dated", "anniversary"],
  number: ["is", "more", "least", "less", "most", "between", "within", "in", "exists"],
  boolean: ["is", "exists"],
  date: ["dated", "anniversary", "exists", "is"],
  list: ["has", "exists"],
  unknown: [],
};
const ALL: TestChoice[] = [
  "is",
  "in",
  "contains",
  "starts_with",
  "ends_with",
  "exists",
  "more",
  "least",
  "less",
  "most",
  "between",
  "within",
  "dated",
  "anniversary",
  "has",
];
export const IDENTIFIER_TESTS: TestChoice[] = [
  "exists",
  "is",
  "in",
  "contains",
  "starts_with",
  "ends_with",
];

/** What fits the type comes first; the rest stays within reach, as types are guessed. */
export function listChoices(type: ValueType): TestChoice[] {
  const first = ORDER[type];
  return [...first, ...ALL.filter((choice) => !first.includes(choice))];
}

export function readChoice(test: Test): TestChoice {
  if (test.op !== "between") return test.op;
  const { low = null, high = null, open = false } = test;
  if (low !== null && high === null) return open ? "more" : "least";
  if (high !== null && low === null) return open ? "less" : "most";
  return open ? "within" : "between";
}

/** Another test; the value that was given comes along where it fits. */
export function changeTest(test: Test, choice: TestChoice, type: ValueType): Test {
  const scalar = firstValue(test);
  const text = scalar === undefined ? "" : String(scalar);
  const number = typeof scalar === "number" ? scalar : 0;
  switch (choice) {
    case "exists":
      return { op: "exists" };
    case "is":
      return { op: "is", value: scalar ?? blankOf(type) };
    case "in":
    case "has":
      return { op: choice, values: "values" in test ? test.values : text ? [scalar ?? text] : [] };
    case "contains":
    case "starts_with":
    case "ends_with":
      return { op: choice, value: text };
    case "more":
      return { op: "between", low: number, open: true };
    case "least":
      return { op: "between", low: number };
    case "less":
      return { op: "between", high: number, open: true };
    case "most":
      return { op: "between", high: number };
    case "between":
    case "within":
      return {
        op: "between",
        low: number,
        high: test.op === "between" ? (test.high ?? number) : number,
        ...(choice === "within" && { open: true }),
      };
    case "dated":
      return { op: "dated", since: { at: "ago", span: { n: 30, unit: "day" } } };
    case "anniversary":
      return { op: "anniversary", first: 0, last: 7 };
  }
}

function firstValue(test: Test): Scalar | undefined {
  if ("value" in test) return test.value;
  if ("values" in test) return test.values[0];
  if (test.op === "between") return test.low ?? test.high ?? undefined;
  return undefined;
}

function blankOf(type: ValueType): Scalar {
  if (type === "number") return 0;
  return type === "boolean" ? true : "";
}

/** What the test of a newly chosen name is, when its type is known. */
export function startTest(type: ValueType): Test {
  switch (type) {
    case "number":
      return { op: "between", low: 0 };
    case "boolean":
      return { op: "is", value: true };
    case "date":
      return { op: "dated", since: { at: "ago", span: { n: 30, unit: "day" } } };
    case "list":
      return { op: "has", values: [] };
    default:
      return { op: "is", value: "" };
  }
}

/** Types as the catalogue names them. */
export function readType(type: string | undefined): ValueType {
  if (type === undefined) return "unknown";
  if (/^(int|num|float|decimal|double)/.test(type)) return "number";
  if (type.startsWith("bool")) return "boolean";
  if (/^(date|time)/.test(type)) return "date";
  if (/^(array|list)|\[\]$/.test(type)) return "list";
  return /^(str|text)/.test(type) ? "text" : "unknown";
}

/** What was typed, as the value it stands for: that of a suggestion, or by the type of the field. */
export function readScalar(text: string, type: ValueType, known: Scalar[] = []): Scalar {
  const suggested = known.find((value) => String(value) === text);
  if (suggested !== undefined) return suggested;
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}
