/** What was held in memory while the visitor had not answered moves into the browser's storage. */
import { REFERRER } from "./context";
import { GROUP, USER } from "./identity";
import type { Queue } from "./queue";
import { SESSION } from "./session";
import { ANONYMOUS_ID, type Store } from "./store";
import { encodeJson } from "./text";
import type { Message } from "./types";

/**
 * Another tab, or another subdomain through the cookie, may have made an anonymous id or a session
 * in the meantime: theirs stand, and `complete` brings the held messages in line with them. What
 * this page learned about the user is newer than what is stored.
 */
export function releaseHeld(
  store: Store,
  queue: Queue,
  complete: (message: Message, known: { anonymousId: boolean; session: boolean }) => void,
): void {
  const { texts } = queue.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const learned = [USER, GROUP, ANONYMOUS_ID, SESSION, REFERRER].map(
    (key) => [key, store.get(key)] as const,
  );
  store.persist(true);
  const known = {
    anonymousId: store.get(ANONYMOUS_ID) !== null,
    session: store.get(SESSION) !== null,
  };
  for (const [key, value] of learned) {
    const newer = key === USER || key === GROUP || store.get(key) === null;
    if (value !== null && newer) store.set(key, value);
  }
  for (const text of texts) {
    const message = JSON.parse(text) as Message;
    complete(message, known);
    queue.add(encodeJson(message));
  }
}
