/** Who listens to the SDK: lazily loaded parts, and pages that want to know. */
import type { Listener, Signals } from "./types";

export interface Bus {
  emit<Name extends keyof Signals>(name: Name, detail: Signals[Name]): void;
  on<Name extends keyof Signals>(name: Name, listener: Listener<Name>): void;
  off<Name extends keyof Signals>(name: Name, listener: Listener<Name>): void;
}

/** A listener that throws must not cost an event: its error goes to `onError`. */
export function createBus(onError: (error: unknown) => void): Bus {
  const listeners: { [Name in keyof Signals]?: Set<Listener<Name>> } = {};
  const listenersOf = <Name extends keyof Signals>(name: Name): Set<Listener<Name>> => {
    listeners[name] ??= new Set() as never;
    return listeners[name] as unknown as Set<Listener<Name>>;
  };
  return {
    emit(name, detail) {
      for (const listener of listenersOf(name)) {
        try {
          listener(detail);
        } catch (error) {
          onError(error);
        }
      }
    },
    on: (name, listener) => void listenersOf(name).add(listener),
    off: (name, listener) => void listenersOf(name).delete(listener),
  };
}
