import type { ObjectSchema } from "@/components/SchemaForm";
import type { Destination, DestinationKind, JsonObject } from "@/lib/api";

export const BASES = [
  "consent",
  "contract",
  "legal_obligation",
  "vital_interest",
  "public_task",
  "opt_out",
  "joint_use",
] as const;

export interface DestinationDraft {
  name: string;
  purpose: string | null;
  recipient: string;
  recipient_address: string;
  basis: string;
  settings: JsonObject;
}

export function readSchema(kind: DestinationKind): ObjectSchema {
  return kind.schema as unknown as ObjectSchema;
}

/** What a new destination is before anything is written: every setting as its kind begins. */
export function makeDraft(kind: DestinationKind): DestinationDraft {
  const settings = Object.fromEntries(
    Object.entries(readSchema(kind).properties)
      .filter(([, field]) => field.default !== undefined)
      .map(([name, field]) => [name, field.default]),
  );
  return {
    name: "",
    purpose: null,
    recipient: "",
    recipient_address: "",
    basis: "consent",
    settings,
  };
}

export function readDraft(destination: Destination): DestinationDraft {
  const { name, purpose, recipient, recipient_address, basis, settings } = destination;
  return { name, purpose, recipient, recipient_address, basis, settings };
}

/** Settings to send: secrets that were left empty stay as they are. */
export function cleanSettings(kind: DestinationKind, settings: JsonObject): JsonObject {
  const fields = readSchema(kind).properties;
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) => value !== null && !(fields[name]?.writeOnly && value === ""),
    ),
  );
}

/** The server's `settings.url` as the form's `url`. */
export function readSettingErrors(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [name.replace(/^settings\./, ""), text]),
  );
}
