import type { ImportKind, Mapping } from "@/lib/api";

const WHO = ["user_id", "email", "phone", "line_id", "device_id", "anonymous_id"] as const;
const ORDER = [
  "order_id",
  "total",
  "tax",
  "shipping",
  "discount",
  "coupon",
  "currency",
  "store",
] as const;
const LINE = [
  "product_id",
  "product_name",
  "category",
  "brand",
  "quantity",
  "price",
  "amount",
  "status",
] as const;

export type FieldName =
  | (typeof WHO)[number]
  | (typeof ORDER)[number]
  | (typeof LINE)[number]
  | "time"
  | "event"
  | "message_id"
  | "session_id"
  | "touchpoint";

export const WHO_FIELDS: readonly FieldName[] = WHO;

export const WHAT_FIELDS: Record<ImportKind, readonly FieldName[]> = {
  profiles: ["time"],
  events: ["time", "event", "message_id", "session_id", "touchpoint"],
  orders: ["time", ...ORDER, ...LINE, "touchpoint"],
};

export type OpenPrefix = "id" | "trait" | "property" | "product";

/** A column without a field of its own becomes one of these, under a name that can be changed. */
export const OPEN_PREFIXES: Record<ImportKind, readonly OpenPrefix[]> = {
  profiles: ["trait", "id"],
  events: ["property", "id"],
  orders: ["property", "product", "id"],
};

export interface Target {
  /** A field, an open prefix, or nothing: then the column is left out. */
  kind: FieldName | OpenPrefix | "";
  name: string;
}

export function readTarget(field: string | undefined): Target {
  const open = /^(id|trait|property|product)\.(.+)$/.exec(field ?? "");
  if (open) return { kind: open[1] as OpenPrefix, name: open[2] ?? "" };
  return { kind: (field ?? "") as Target["kind"], name: "" };
}

export function writeTarget({ kind, name }: Target): string {
  return isOpen(kind) ? `${kind}.${name}` : kind;
}

export function isOpen(kind: string): kind is OpenPrefix {
  return kind === "id" || kind === "trait" || kind === "property" || kind === "product";
}

/** A column's header as the name of a trait or property: ASCII headers in snake_case, others as they are. */
export function nameFromColumn(column: string): string {
  const trimmed = column.trim();
  if (!/^[\x20-\x7e]+$/.test(trimmed)) return trimmed.replaceAll(/[\s.]+/g, "_").slice(0, 64);
  return trimmed
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toLowerCase()
    .slice(0, 64);
}

export type MappingFault =
  | { fault: "duplicateField"; field: string }
  | { fault: "missingWho" | "missingTime" | "missingEvent" | "missingOrder" };

/** What keeps a mapping from being used, by the same rules as the server's. */
export function findFaults(kind: ImportKind, mapping: Mapping, eventName = ""): MappingFault[] {
  const fields = Object.values(mapping).filter(Boolean);
  const faults: MappingFault[] = [];
  const twice = fields.find((field, at) => fields.indexOf(field) !== at);
  if (twice) faults.push({ fault: "duplicateField", field: twice });
  const knowsWho = fields.some(
    (field) => WHO_FIELDS.includes(field as FieldName) || field.startsWith("id."),
  );
  if (!knowsWho) faults.push({ fault: "missingWho" });
  if (kind !== "profiles" && !fields.includes("time")) faults.push({ fault: "missingTime" });
  if (kind === "events" && !fields.includes("event") && !eventName.trim())
    faults.push({ fault: "missingEvent" });
  if (kind === "orders" && !fields.includes("order_id")) faults.push({ fault: "missingOrder" });
  return faults;
}

/** A saved mapping for as many columns as this file has; the others keep what was suggested. */
export function applySaved(saved: Mapping, suggested: Mapping, columns: string[]): Mapping {
  return Object.fromEntries(
    columns.map((column) => [column, saved[column] ?? suggested[column] ?? ""]),
  );
}

/** The API takes only the columns that are used. */
export function withoutUnused(mapping: Mapping): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([, field]) => field));
}
