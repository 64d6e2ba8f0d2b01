import type { Role, SourceKind, Touchpoint } from "./api";
import { commonWords } from "./common-words";
import { useWords } from "./words";

interface Names {
  touchpoint: (touchpoint: string) => string;
  sourceKind: (kind: string) => string;
  role: (role: Role) => string;
  identifier: (type: string) => string;
  channel: (channel: string) => string;
  /** A member by name; a part of Kizuna in the reader's language. */
  actor: (name: string) => string;
}

/** Readable names for the keys the API speaks in; an unknown key shows itself. */
export function useNames(): Names {
  const words = useWords(commonWords);
  return {
    touchpoint: (touchpoint) => words.touchpoint[touchpoint as Touchpoint] ?? touchpoint,
    sourceKind: (kind) => words.sourceKind[kind as SourceKind] ?? kind,
    role: (role) => words.role[role] ?? role,
    identifier: (type) => (words.identifier as Record<string, string>)[type] ?? type,
    channel: (channel) => (words.channel as Record<string, string>)[channel] ?? channel,
    actor: (name) => (words.actor as Record<string, string>)[name] ?? name,
  };
}
