/** The calls of analytics.js. */
import { parseCall } from "./calls";
import { readPage } from "./context";
import type { Core } from "./core";
import {
  forgetVisitor,
  GROUP,
  noteGroup,
  noteUser,
  readAnonymousId,
  readKnown,
  USER,
} from "./identity";
import { record } from "./record";

export function track(core: Core, ...given: unknown[]): void {
  const call = parseCall(given, 1);
  const [event] = call.names;
  if (event) record(core, "track", { event, properties: call.body }, call);
  else core.warn("track() needs the name of an event.");
}

export function identify(core: Core, ...given: unknown[]): void {
  const call = parseCall(given, 1);
  noteUser(core.store, call.names[0] ?? null, call.body, call.options.signature);
  record(core, "identify", { traits: call.body }, call);
}

function view(core: Core, type: "page" | "screen", given: unknown[]): void {
  const call = parseCall(given, 2);
  // A single name is the name, of two the first is the category.
  const [name, category] = call.names.reverse();
  const named = { ...(category && { category }), ...(name && { name }) };
  const around = type === "page" ? readPage(core.referrer) : {};
  record(core, type, { ...named, properties: { ...around, ...named, ...call.body } }, call);
}

export const page = (core: Core, ...given: unknown[]) => view(core, "page", given);
export const screen = (core: Core, ...given: unknown[]) => view(core, "screen", given);

export function group(core: Core, ...given: unknown[]): void {
  const call = parseCall(given, 1);
  const groupId = call.names[0] ?? readKnown(core.store, GROUP).id;
  if (groupId) {
    noteGroup(core.store, groupId, call.body);
    record(core, "group", { groupId, traits: call.body }, call);
  } else core.warn("group() needs an id.");
}

export function alias(core: Core, ...given: unknown[]): void {
  const call = parseCall(given, 2);
  const [userId, from] = call.names;
  const previousId = from ?? readKnown(core.store, USER).id ?? readAnonymousId(core.store);
  // Someone is always the same as themselves.
  if (userId && userId !== previousId) record(core, "alias", { userId, previousId }, call);
}

export function reset(core: Core): void {
  forgetVisitor(core.store);
  core.emit("reset", undefined);
}
