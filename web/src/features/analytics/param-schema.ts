import type { EventMatch } from "@/components/conditions/condition";
import type { JsonObject } from "@/lib/api";

/** The part of JSON Schema by which metrics describe what they take. */
export interface ParamSchema {
  type?: string;
  $ref?: string;
  enum?: string[];
  anyOf?: ParamSchema[];
  items?: ParamSchema;
  properties?: Record<string, ParamSchema>;
  required?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  $defs?: Record<string, ParamSchema>;
}

export type FieldKind =
  | "event"
  | "events"
  | "condition"
  | "choice"
  | "choices"
  | "text"
  | "texts"
  | "whole"
  | "number"
  | "flag"
  | "object"
  | "list";

/** One thing that a metric takes, as a form asks for it. */
export interface Field {
  name: string;
  kind: FieldKind;
  required: boolean;
  nullable: boolean;
  fallback: unknown;
  options: string[];
  least: number | undefined;
  most: number | undefined;
  itemsLeast: number;
  itemsMost: number;
  /** What an object, or each object of a list, is made of. */
  fields: Field[];
}

const CONDITION_PARTS = ["All", "AnyOf", "Not", "Did"];

/** The fields of a metric, in the order it declares them. */
export function readFields(schema: ParamSchema): Field[] {
  return fieldsOf(schema, schema.$defs ?? {});
}

function fieldsOf(schema: ParamSchema, defs: Record<string, ParamSchema>): Field[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, field]) =>
    readField(name, field, defs, required.has(name)),
  );
}

function nameOf(schema: ParamSchema): string {
  return schema.$ref?.split("/").at(-1) ?? "";
}

function readField(
  name: string,
  given: ParamSchema,
  defs: Record<string, ParamSchema>,
  required: boolean,
): Field {
  const choices = (given.anyOf ?? []).filter((one) => one.type !== "null");
  const nullable = given.anyOf?.some((one) => one.type === "null") ?? false;
  const only = choices.length === 1 ? choices[0] : undefined;
  const schema: ParamSchema = { ...given, ...only };
  const base: Field = {
    name,
    kind: "text",
    required,
    nullable,
    fallback: given.default,
    options: [],
    least: schema.minimum ?? schema.exclusiveMinimum,
    most: schema.maximum ?? schema.exclusiveMaximum,
    itemsLeast: schema.minItems ?? 0,
    itemsMost: schema.maxItems ?? 50,
    fields: [],
  };
  if (choices.some((one) => CONDITION_PARTS.includes(nameOf(one))))
    return { ...base, kind: "condition" };
  if (choices.length > 1 && choices.every((one) => one.enum))
    return { ...base, kind: "choice", options: choices.flatMap((one) => one.enum ?? []) };
  if (nameOf(schema) === "EventMatch") return { ...base, kind: "event" };
  if (schema.enum) return { ...base, kind: "choice", options: schema.enum };
  if (schema.type === "array") return readList(base, schema.items ?? {}, defs);
  const inner = schema.$ref ? defs[nameOf(schema)] : schema;
  if (inner?.properties) return { ...base, kind: "object", fields: fieldsOf(inner, defs) };
  return { ...base, kind: scalarOf(schema.type) };
}

function readList(base: Field, items: ParamSchema, defs: Record<string, ParamSchema>): Field {
  if (nameOf(items) === "EventMatch") return { ...base, kind: "events" };
  if (items.enum) return { ...base, kind: "choices", options: items.enum };
  const inner = items.$ref ? defs[nameOf(items)] : items;
  if (inner?.properties) return { ...base, kind: "list", fields: fieldsOf(inner, defs) };
  return { ...base, kind: "texts" };
}

function scalarOf(type: string | undefined): FieldKind {
  if (type === "boolean") return "flag";
  if (type === "integer") return "whole";
  return type === "number" ? "number" : "text";
}

// --- values ------------------------------------------------------------------------------------------

/** What stands in a field before anybody chose; an event that is likely known is better than none. */
export function startValue(field: Field, event: string | null): unknown {
  if (field.fallback !== undefined) return undefined;
  if (!field.required) return undefined;
  switch (field.kind) {
    case "event":
      return { name: event };
    case "events":
      return [{ name: event }];
    case "list":
      return Array.from({ length: Math.max(1, field.itemsLeast) }, () =>
        startObject(field.fields, event),
      );
    case "object":
      return startObject(field.fields, event);
    case "choice":
      return field.options[0];
    case "choices":
      return field.options.slice(0, Math.max(1, field.itemsLeast));
    case "condition":
      return { kind: "all", of: [] };
    case "flag":
      return false;
    case "whole":
    case "number":
      return field.least ?? 1;
    case "texts":
      return [];
    default:
      return "";
  }
}

export function startObject(fields: Field[], event: string | null): JsonObject {
  const values = fields.map((field) => [field.name, startValue(field, event)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

export interface PlacedEvent {
  place: string;
  event: EventMatch;
}

/** Every event that stands in params, with its place; those that are left to the metric are not among them. */
export function listEvents(fields: Field[], params: JsonObject, within = ""): PlacedEvent[] {
  return fields.flatMap((field): PlacedEvent[] => {
    const value = params[field.name];
    const place = `${within}${field.name}`;
    if (value === undefined || value === null) return [];
    if (field.kind === "event") return [{ place, event: value as EventMatch }];
    if (field.kind === "events")
      return (value as EventMatch[]).map((event, at) => ({ place: `${place}.${at}`, event }));
    if (field.kind === "object") return listEvents(field.fields, value as JsonObject, `${place}.`);
    if (field.kind === "list")
      return (value as JsonObject[]).flatMap((one, at) =>
        listEvents(field.fields, one, `${place}.${at}.`),
      );
    return [];
  });
}

/** Whether something that the metric cannot do without is still missing. */
export function isComplete(fields: Field[], params: JsonObject): boolean {
  return fields.every((field) => {
    const value = params[field.name];
    if (value === undefined || value === null) return !field.required;
    return isFilled(field, value);
  });
}

function isFilled(field: Field, value: unknown): boolean {
  switch (field.kind) {
    case "event":
      return isNamed(value);
    case "events":
      return hasEnough(field, value) && (value as unknown[]).every(isNamed);
    case "list":
      return (
        hasEnough(field, value) &&
        (value as JsonObject[]).every((one) => isComplete(field.fields, one))
      );
    case "object":
      return isComplete(field.fields, value as JsonObject);
    case "condition":
      return (value as { of?: unknown[] }).of?.length !== 0;
    case "text":
      return !field.required || String(value).trim() !== "";
    case "choices":
    case "texts":
      return hasEnough(field, value);
    default:
      return true;
  }
}

function hasEnough(field: Field, value: unknown): boolean {
  return Array.isArray(value) && value.length >= field.itemsLeast;
}

/** Any event is a choice; a name that was not written is none. */
function isNamed(value: unknown): boolean {
  const { name, where = [] } = value as EventMatch;
  return name !== "" && where.every((filter) => filter.property !== "");
}
