/** The first word of a row: what it is about and, where that reads better, its opposite at once. */
import type { Leaf, Test } from "./condition";
import { changeKind, makeLeaf, type Row } from "./condition-rules";

export const BEHAVIOUR_KINDS = [
  "did",
  "didNot",
  "first",
  "last",
  "sequence",
  "unfollowed",
  "firstNot",
  "lastNot",
  "sequenceNot",
  "unfollowedNot",
] as const;
export const PERSON_KINDS = [
  "trait",
  "identifier",
  "segment",
  "segmentNot",
  "consent",
  "consentNot",
  "fact",
] as const;
export type KindWord = (typeof BEHAVIOUR_KINDS)[number] | (typeof PERSON_KINDS)[number];

/** Kinds whose opposite is a word of the comparison: "is not", and not of the row. */
const COMPARED = new Set(["trait", "identifier", "fact"]);

export function readKind(leaf: Leaf, negated: boolean): KindWord {
  if (COMPARED.has(leaf.kind)) return leaf.kind as KindWord;
  const word = leaf.kind === "occurrence" ? leaf.which : leaf.kind;
  return (negated ? `${word}Not` : word) as KindWord;
}

/** The row with another first word; what was chosen in it comes along where it fits. */
export function writeKind(leaf: Leaf, negated: boolean, word: KindWord): Row & { node: Leaf } {
  const opposite = word.endsWith("Not");
  const plain = opposite ? word.slice(0, -3) : word;
  if (plain === "first" || plain === "last") {
    const node = changeKind(leaf, "occurrence");
    return { negated: opposite, node: { ...node, which: plain } as Leaf };
  }
  const kind = plain as Leaf["kind"];
  const stays = COMPARED.has(kind) && leaf.kind === kind;
  return { negated: stays ? negated : opposite, node: changeKind(leaf, kind) };
}

export function makeRow(word: KindWord): Row & { node: Leaf } {
  return writeKind(makeLeaf(word === "trait" ? "did" : "trait"), false, word);
}

/** Whether nothing was chosen in it yet: nobody is told off for that. */
export function isBlank(leaf: Leaf): boolean {
  switch (leaf.kind) {
    case "did":
    case "occurrence":
      return leaf.event.name === "";
    case "sequence":
      return leaf.steps.some((step) => step.name === "");
    case "unfollowed":
      return leaf.first.name === "" || leaf.then.name === "";
    case "segment":
      return leaf.id === 0;
    case "consent":
      return leaf.purpose === "";
    case "identifier":
      return leaf.type === "" || lacksValue(leaf.test);
    default:
      return leaf.name === "" || lacksValue(leaf.test);
  }
}

function lacksValue(test: Test): boolean {
  return ("value" in test && test.value === "") || ("values" in test && test.values.length === 0);
}
