/** The part of OpenAPI 3.1 that the reference shows. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
  description?: string;
}

export interface Operation {
  method: string;
  path: string;
  id: string;
  summary: string;
  description: string;
  tag: string;
  parameters: Parameter[];
  body: Schema | null;
  answers: { status: string; description: string; schema: Schema | null }[];
}

interface RawOperation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses?: Record<string, Content>;
}

export interface Document {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

const METHODS = ["get", "post", "put", "patch", "delete"];

export function readOperations(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const raw = methods[method];
      return raw ? [readOperation(path, method, raw)] : [];
    }),
  );
}

function readOperation(path: string, method: string, raw: RawOperation): Operation {
  return {
    method,
    path,
    id: `${method}-${path.replaceAll(/[^a-zA-Z0-9]+/g, "-")}`,
    summary: raw.summary ?? "",
    description: raw.description ?? "",
    tag: raw.tags?.[0] ?? path.split("/")[2] ?? "other",
    parameters: raw.parameters ?? [],
    body: firstSchema(raw.requestBody),
    answers: Object.entries(raw.responses ?? {}).map(([status, answer]) => ({
      status,
      description: answer.description ?? "",
      schema: firstSchema(answer),
    })),
  };
}

function firstSchema(holder: Content | undefined): Schema | null {
  return Object.values(holder?.content ?? {})[0]?.schema ?? null;
}

/** A type in a few characters: `string | null`, `Profile[]`, `"ja" | "en"`. */
export function describeType(schema: Schema | undefined): string {
  if (!schema) return "any";
  if (schema.$ref) return schema.$ref.split("/").at(-1) ?? "any";
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) return choices.map(describeType).join(" | ");
  if (schema.type === "array") return `${describeType(schema.items)}[]`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `{ [key]: ${describeType(schema.additionalProperties)} }`;
  }
  const type = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? "any");
  return schema.format ? `${type} (${schema.format})` : type;
}

/** The schema itself where a reference to it stands; of a list, the schema of its items. */
export function resolveSchema(schema: Schema | null, document: Document): Schema | null {
  if (!schema) return null;
  if (schema.type === "array" && schema.items) return resolveSchema(schema.items, document);
  const name = schema.$ref?.split("/").at(-1);
  return name ? (document.components?.schemas?.[name] ?? null) : schema;
}

export function groupByTag(operations: Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    groups.set(operation.tag, [...(groups.get(operation.tag) ?? []), operation]);
  }
  return groups;
}
