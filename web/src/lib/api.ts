/**
 * The shapes of the HTTP API under the names the app uses. They come from `api-schema.ts`, which
 * `npm run api` writes from the server's own document; here is only what the document says less
 * exactly than the server behaves.
 */
import type { components, paths as GeneratedPaths } from "./api-schema";

type Schema = components["schemas"];

export type Language = "ja" | "en";
export type Role = Schema["Member"]["role"];
export type WeekStart = Schema["WorkspaceView"]["week_start"];
export type Touchpoint = Schema["NewSource"]["touchpoint"];
export type SourceKind = Schema["NewSource"]["kind"];
export type ImportKind = Schema["NewImport"]["kind"];
export type JobState = Schema["JobView"]["state"];
export type JsonValue = unknown;
export type JsonObject = Record<string, unknown>;
/** Opaque: shown in addresses, never counted with. */
export type ProfileId = string;
/** Column of the file → field of Kizuna; `""` leaves the column out. */
export type Mapping = Record<string, string>;

export type Problem = Partial<Schema["Problem"]> & { title: string; status: number };
export type SetupState = Schema["SetupState"];
export type SetupRequest = Schema["SetupRequest"];
export type Workspace = Schema["WorkspaceView"] & { language: Language };
export type Me = Omit<Schema["Me"], "workspace" | "member"> & {
  workspace: Workspace;
  member: Schema["MyMember"] & { language: Language };
};
export type Member = Schema["Member"];
export type Invitation = Schema["Invitation"];
export type InvitationPreview = Schema["InvitationPreview"];
export type RolePermissions = Schema["RolePermissions"];
export type ApiKey = Schema["ApiKey"];
export type AuditEntry = Schema["AuditEntry"];
export type Job = Schema["JobView"];
export type Source = Schema["SourceItem"];
export type Upload = Schema["UploadView"];
export type ImportRun = Schema["ImportView"];
export type SavedMapping = Schema["MappingView"];
export type ProfileRow = Schema["ProfileItem"];
export type Profile = Schema["ProfileDetail"];
export type Trait = Schema["TraitItem"];
export type Identifier = Schema["IdentifierItem"];
export type Identity = Schema["IdentityGraph"];
export type IdentityNode = Schema["NodeItem"];
export type IdentityLink = Schema["LinkItem"];
export type IdentityLogEntry = Schema["LogItem"];
export type SqlResult = Schema["SqlResult"];
export type SqlTable = Schema["SqlRelation"];

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

/** One event as timelines and the tail show it; a profile's own timeline leaves out whose it is. */
export interface EventRow {
  message_id: string;
  time: string;
  received_at: string;
  name: string;
  type: string;
  source_id: number;
  touchpoint: string;
  profile_id?: string | null;
  properties: unknown;
  context: unknown;
}

export interface FlowMinute {
  at: string;
  accepted: number;
  refused: number;
  duplicates: number;
  by_source: Record<string, number>;
  by_touchpoint: Record<string, number>;
}

export interface Flow {
  minutes: FlowMinute[];
  per_minute_now: number;
  totals: { accepted: number; refused: number; duplicates: number };
}

export interface Refusal {
  id: number;
  at: string;
  source_id: number | null;
  reason_code: string;
  reason: string;
  sample: unknown;
}

export interface SetAside {
  id: number;
  at: string;
  kind: "late" | "future" | "poison";
  reason: string;
  events: number;
  sample: unknown;
}

export interface WebhookRequest {
  id: number;
  at: string;
  status: number;
  body: unknown;
  events: unknown[];
  errors: Fault[];
}

export type Fault = string | { field?: string; message: string };

export interface CatalogueEvent {
  name: string;
  volume: number;
  first_seen: string;
  last_seen: string;
  description: string | null;
  owner: string | null;
  flagged: number | boolean;
  properties_count: number;
}

export interface CatalogueProperty {
  path: string;
  type: string;
  types: Record<string, number>;
  volume: number;
  last_seen: string;
  example: unknown;
  description: string | null;
  flagged: boolean;
}

export interface CatalogueDetail extends CatalogueEvent {
  properties: CatalogueProperty[];
}

type Json<T> = { content: { "application/json": T } };
type Operation<R, P = unknown, B = unknown> = {
  parameters: P;
  responses: { 200: Json<R> };
} & (unknown extends B ? unknown : { requestBody: Json<B> });
type Path<P> = { path: P };
type Cursor = { query?: { cursor?: string; limit?: number } };

/** Paths whose part of the document does not say what they answer. */
interface LoosePaths {
  "/api/collect/flow": { get: Operation<Flow, { query?: { minutes?: number } }> };
  "/api/collect/tail": { get: Operation<Page<EventRow>, { query?: { limit?: number } }> };
  "/api/collect/refusals": { get: Operation<Page<Refusal>, Cursor> };
  "/api/collect/set-aside": { get: Operation<Page<SetAside>, Cursor> };
  "/api/collect/set-aside/{id}": { delete: Operation<null, Path<{ id: number }>> };
  "/api/collect/set-aside/{id}/release": { post: Operation<null, Path<{ id: number }>> };
  "/api/collect/sources/{source_id}/requests": {
    get: Operation<Page<WebhookRequest>, Path<{ source_id: number }>>;
  };
  "/api/collect/sources/{source_id}/try": {
    post: Operation<
      { events: unknown[]; errors: Fault[] },
      Path<{ source_id: number }>,
      { body: unknown; mapping: JsonObject }
    >;
  };
  "/api/collect/catalogue": { get: Operation<Page<CatalogueEvent>> };
  "/api/collect/catalogue/{name}": {
    get: Operation<CatalogueDetail, Path<{ name: string }>>;
    patch: Operation<unknown, Path<{ name: string }>, { description?: string; owner?: string }>;
  };
  "/api/collect/catalogue/{name}/properties/{path}": {
    patch: Operation<unknown, Path<{ name: string; path: string }>, { description?: string }>;
  };
}

export type paths = Omit<GeneratedPaths, keyof LoosePaths> & LoosePaths;
