/** Whether a condition is true of the visitor, as far as the browser knows them: loaded only where it is asked. */
import type { Condition, Node, Test } from "./ast";
import { behaves, type PastEvent } from "./behaviour";
import { type Asked, type At, isZone, refuse } from "./moments";
import { ownValue, passes, readTrait, type Values } from "./values";

/** `server`: it takes something that this browser was not told, or a newer version of the language. */
export type Answer = boolean | "server";

/** What conditions can ask of one customer. What is not given is not known here; what is given is complete. */
export interface Person {
  traits?: Values;
  /** (type, value as it is normalised) */
  identifiers?: [type: string, value: string][];
  /** In any order. */
  events?: PastEvent[];
  /** (purpose, channel) that may be served now. */
  consents?: [purpose: string, channel: string][];
  segments?: number[];
  facts?: Values;
}

const need = <T>(given: T | undefined): T => given ?? refuse();

/** The zone that a test's calendar is in; the workspace's where nobody knows the person's. */
function zoneOf(test: Test, person: Person, at: Asked): string {
  const isTheirs = "zone" in test && test.zone === "person";
  const own = isTheirs && ownValue(need(person.traits), "timezone");
  return isZone(own) ? own : at.zone;
}

/** One that is `decisive` decides, whatever the server would say of the others. */
function decideGroup(nodes: Node[], decisive: boolean, person: Person, at: Asked): Answer {
  let answer: Answer = !decisive;
  for (const node of nodes) {
    const one = decide(node, person, at);
    if (one === decisive) return one;
    if (one === "server") answer = one;
  }
  return answer;
}

function answerNode(node: Node, person: Person, at: Asked): Answer {
  const test = (tested: Test, value: unknown) =>
    passes(tested, value, at, zoneOf(tested, person, at));
  switch (node.kind) {
    case "all":
      return decideGroup(node.of, false, person, at);
    case "any":
      return decideGroup(node.of, true, person, at);
    case "not": {
      const inner = decide(node.of, person, at);
      return inner === "server" ? inner : !inner;
    }
    case "trait":
      return test(node.test, readTrait(need(person.traits), node.name));
    case "fact":
      return test(node.test, ownValue(need(person.facts), node.name));
    case "identifier":
      return need(person.identifiers).some(
        ([type, value]) => type === node.type && test(node.test, value),
      );
    case "consent":
      return need(person.consents).some(
        ([purpose, channel]) => purpose === node.purpose && channel === (node.channel ?? ""),
      );
    case "segment":
      return need(person.segments).includes(node.id);
    default:
      return behaves(node, need(person.events), at);
  }
}

function decide(node: Node, person: Person, at: Asked): Answer {
  try {
    return answerNode(node, person, at);
  } catch {
    return "server";
  }
}

export function evaluate(node: Node, person: Person, at: At): Answer {
  const { now_us, zone = "UTC", week_start = "monday" } = at;
  return decide(node, person, { now_us, zone, week_start });
}

/** As `evaluate`, of a condition as the server sends it. */
export function evaluateCondition(condition: Condition, person: Person, at: At): Answer {
  const { version = 1, where } = condition;
  return version === 1 ? evaluate(where, person, at) : "server";
}
