/**
 * What the HTTP API answers, written as `openapi-typescript` would write it, so that the
 * client is typed by path. Only this file knows the shapes.
 */

export type Language = "ja" | "en";
export type WeekStart = "monday" | "sunday" | "saturday";
export type Role = "owner" | "admin" | "marketer" | "analyst" | "agent" | "viewer";
export type Touchpoint =
  | "web"
  | "app"
  | "store"
  | "call_center"
  | "email"
  | "line"
  | "sns"
  | "community"
  | "live";
export type SourceKind = "browser" | "server" | "webhook" | "import" | "cloud";
export type ImportKind = "orders" | "profiles" | "events";
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  kind?: string;
  code?: string;
  errors?: { field: string; message: string }[];
  request_id?: string;
}

export interface SetupState {
  needed: boolean;
  languages: Language[];
  time_zones: string[];
  currencies: string[];
  countries: string[];
}

export interface SetupRequest {
  workspace_name: string;
  owner_name: string;
  email: string;
  password: string;
  time_zone: string;
  currency: string;
  week_start: WeekStart;
  language: Language;
  country: string;
}

export interface Workspace {
  id: number;
  name: string;
  slug: string;
  time_zone: string;
  currency: string;
  week_start: WeekStart;
  language: Language;
  country: string;
}

export interface Me {
  member: { id: number; name: string; email: string; role: Role; language: Language };
  workspace: Workspace;
  permissions: string[];
  csrf_token: string;
  doors: string[];
}

export interface Member {
  id: number;
  name: string;
  email: string;
  role: Role;
  disabled: boolean;
  last_seen_at?: string | null;
  created_at?: string | null;
}

export interface Invitation {
  id: number;
  email: string;
  role: Role;
  url?: string | null;
  expires_at: string;
}

export interface InvitationPreview {
  email: string;
  role: Role;
  workspace_name?: string;
}

export interface RolePermissions {
  role: Role;
  permissions: string[];
}

export interface ApiKey {
  id: number;
  name: string;
  scopes: string[];
  prefix?: string | null;
  created_at: string;
  last_used_at?: string | null;
  secret?: string | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: { kind: string; id: number | string | null; name: string | null };
  action: string;
  target_kind: string | null;
  target_id: string | number | null;
  summary: string;
  before: JsonObject | null;
  after: JsonObject | null;
}

export type JobState = "queued" | "running" | "stopping" | "stopped" | "done" | "failed";

export interface Job {
  id: number;
  kind: string;
  title: string;
  state: JobState;
  done: number;
  total: number | null;
  message: string | null;
  created_at: string;
  finished_at: string | null;
  created_by: string | number | null;
  result: JsonObject | null;
  file: boolean;
}

export interface Source {
  id: number;
  name: string;
  kind: SourceKind;
  touchpoint: Touchpoint;
  write_key: string;
  previous_key: string | null;
  previous_key_until: string | null;
  enabled: boolean;
  settings: JsonObject;
  last_event_at: string | null;
  events_24h: number;
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

export interface EventRow {
  message_id: string;
  time: string;
  received_at: string;
  name: string;
  type: string;
  source_id: number;
  touchpoint: Touchpoint;
  profile_id?: number | string | null;
  properties: JsonObject;
  context: JsonObject;
}

export interface Refusal {
  id: number;
  at: string;
  source_id: number | null;
  reason_code: string;
  reason: string;
  sample: JsonValue;
}

export interface SetAside {
  id: number;
  at: string;
  kind: "late" | "future" | "poison";
  reason: string;
  events: number;
  sample: JsonValue;
}

/** Column of the file → field of Kizuna; `""` leaves the column out. */
export type Mapping = Record<string, string>;

export interface Upload {
  id: string;
  filename: string;
  format: "csv" | "jsonl" | "parquet";
  encoding: string | null;
  delimiter: string | null;
  rows_estimate: number | null;
  columns: { name: string; type: string; examples: JsonValue[] }[];
  suggestions: Record<ImportKind, Mapping>;
  preview: JsonValue[][];
}

export interface ImportRun {
  id: number;
  job_id?: number | null;
  filename?: string;
  kind: ImportKind;
  state: JobState;
  dry_run: boolean;
  rows_read: number;
  rows_accepted: number;
  rows_refused: number;
  refused_file?: boolean | string | null;
  rows_estimate?: number | null;
  created_at: string;
  finished_at: string | null;
  message?: string | null;
}

export interface SavedMapping {
  id: number;
  name: string;
  kind: ImportKind;
  mapping: Mapping;
}

export interface WebhookRequest {
  id: number;
  at: string;
  status: number;
  body: JsonValue;
  events: JsonValue[];
  errors: { field?: string; message: string }[] | string[];
}

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
  example: JsonValue;
  description: string | null;
  flagged: boolean;
}

export interface CatalogueDetail extends CatalogueEvent {
  properties: CatalogueProperty[];
}

/** Opaque: shown in addresses, never counted with. */
export type ProfileId = string | number;

export interface ProfileRow {
  id: ProfileId;
  name: string | null;
  name_kana: string | null;
  email: string | null;
  phone: string | null;
  user_id: string | null;
  first_seen: string;
  last_seen: string;
  identified: boolean;
  traits: JsonObject;
}

export interface Trait {
  name: string;
  value: JsonValue;
  type: string;
  at: string;
  source: string | number | null;
}

export interface Identifier {
  type: string;
  value: string;
  first_seen: string;
  source: string | number | null;
}

export interface Profile {
  id: ProfileId;
  name: string | null;
  name_kana?: string | null;
  traits: Trait[];
  identifiers: Identifier[];
  first_seen: string;
  last_seen: string;
  touchpoints: { touchpoint: Touchpoint; events: number; last_seen: string }[];
  merged_into?: ProfileId | null;
}

export interface IdentityNode {
  key: number;
  type: string;
  value: string;
  first_seen: string;
}

export interface IdentityLink {
  id: number;
  a: number;
  b: number;
  at: string;
  reason: string;
  cause: JsonValue;
}

export interface IdentityLogEntry {
  seq: number;
  kind: "link" | "unlink" | "block" | "lift";
  a: number;
  b: number;
  at: string;
  actor: string | null;
  reason: string | null;
}

export interface Identity {
  nodes: IdentityNode[];
  links: IdentityLink[];
  log: IdentityLogEntry[];
  blocks: { a: number; b: number; at?: string }[];
}

export interface SqlResult {
  query_id: string;
  columns: { name: string; type: string }[];
  rows: JsonValue[][];
  truncated: boolean;
  elapsed_ms: number;
}

export interface SqlTable {
  name: string;
  description: string;
  columns: { name: string; type: string; description?: string | null }[];
}

interface Sent {
  query?: unknown;
  path?: unknown;
  body?: unknown;
}

type Json<T> = { content: { "application/json": T } };
type Parameters<O extends Sent> = (O extends { query: infer Q } ? { query?: Q } : unknown) &
  (O extends { path: infer P } ? { path: P } : unknown);
type Operation<R, O extends Sent = object> = {
  parameters: Parameters<O>;
  responses: { 200: Json<R>; default: Json<Problem> };
} & (O extends { body: infer B } ? { requestBody: Json<B> } : unknown);

type Id = { path: { id: number | string } };
type Cursor = { cursor?: string; limit?: number };

export interface paths {
  "/api/setup": { get: Operation<SetupState>; post: Operation<Me, { body: SetupRequest }> };
  "/api/session": {
    post: Operation<Me, { body: { email: string; password: string } }>;
    delete: Operation<null>;
  };
  "/api/me": {
    get: Operation<Me>;
    patch: Operation<Me, { body: { name?: string; language?: Language } }>;
  };
  "/api/me/password": { post: Operation<null, { body: { current: string; new: string } }> };
  "/api/password-resets": { post: Operation<null, { body: { email: string } }> };
  "/api/password-resets/{token}": {
    post: Operation<null, { path: { token: string }; body: { password: string } }>;
  };
  "/api/invitations/{token}": {
    get: Operation<InvitationPreview, { path: { token: string } }>;
  };
  "/api/invitations/{token}/accept": {
    post: Operation<unknown, { path: { token: string }; body: { name: string; password: string } }>;
  };
  "/api/workspace": {
    get: Operation<Workspace>;
    patch: Operation<Workspace, { body: Partial<Omit<Workspace, "id" | "slug">> }>;
  };
  "/api/workspace/members": { get: Operation<Page<Member>> };
  "/api/workspace/members/{id}": {
    patch: Operation<Member, Id & { body: { role?: Role; disabled?: boolean } }>;
  };
  "/api/workspace/members/{id}/reset-link": { post: Operation<{ url: string }, Id> };
  "/api/workspace/invitations": {
    get: Operation<Page<Invitation>>;
    post: Operation<Invitation, { body: { email: string; role: Role } }>;
  };
  "/api/workspace/invitations/{id}": { delete: Operation<null, Id> };
  "/api/workspace/roles": { get: Operation<RolePermissions[] | Page<RolePermissions>> };
  "/api/workspace/keys": {
    get: Operation<Page<ApiKey>>;
    post: Operation<ApiKey, { body: { name: string; scopes: string[] } }>;
  };
  "/api/workspace/keys/{id}": { delete: Operation<null, Id> };
  "/api/workspace/audit": {
    get: Operation<
      Page<AuditEntry>,
      { query: Cursor & { actor?: string; action?: string; target?: string } }
    >;
  };
  "/api/jobs": { get: Operation<Page<Job>> };
  "/api/jobs/{id}": { get: Operation<Job, Id> };
  "/api/jobs/{id}/stop": { post: Operation<Job, Id> };
  "/api/jobs/{id}/resume": { post: Operation<Job, Id> };
  "/api/collect/sources": {
    get: Operation<Page<Source>>;
    post: Operation<
      Source,
      { body: { name: string; kind: SourceKind; touchpoint: Touchpoint; settings: JsonObject } }
    >;
  };
  "/api/collect/sources/{id}": {
    patch: Operation<
      Source,
      Id & {
        body: { name?: string; touchpoint?: Touchpoint; enabled?: boolean; settings?: JsonObject };
      }
    >;
    delete: Operation<null, Id>;
  };
  "/api/collect/sources/{id}/rotate": {
    post: Operation<Source, Id & { body: { grace_hours: number } }>;
  };
  "/api/collect/sources/{id}/requests": { get: Operation<Page<WebhookRequest>, Id> };
  "/api/collect/sources/{id}/try": {
    post: Operation<
      { events: JsonValue[]; errors: (string | { field?: string; message: string })[] },
      Id & { body: { body: JsonValue; mapping: JsonObject } }
    >;
  };
  "/api/collect/flow": { get: Operation<Flow, { query: { minutes?: number } }> };
  "/api/collect/tail": { get: Operation<Page<EventRow>, { query: { limit?: number } }> };
  "/api/collect/refusals": { get: Operation<Page<Refusal>, { query: Cursor }> };
  "/api/collect/set-aside": { get: Operation<Page<SetAside>, { query: Cursor }> };
  "/api/collect/set-aside/{id}": { delete: Operation<null, Id> };
  "/api/collect/set-aside/{id}/release": { post: Operation<null, Id> };
  "/api/collect/imports": {
    get: Operation<Page<ImportRun>>;
    post: Operation<
      Job,
      {
        body: {
          upload_id: string;
          kind: ImportKind;
          mapping: Mapping;
          source_id?: number;
          dry_run: boolean;
        };
      }
    >;
  };
  "/api/collect/imports/{id}": { get: Operation<ImportRun, Id> };
  "/api/collect/mappings": {
    get: Operation<Page<SavedMapping>>;
    post: Operation<SavedMapping, { body: { name: string; kind: ImportKind; mapping: Mapping } }>;
  };
  "/api/collect/mappings/{id}": { delete: Operation<null, Id> };
  "/api/collect/catalogue": { get: Operation<Page<CatalogueEvent>> };
  "/api/collect/catalogue/{name}": {
    get: Operation<CatalogueDetail, { path: { name: string } }>;
    patch: Operation<
      unknown,
      { path: { name: string }; body: { description?: string; owner?: string } }
    >;
  };
  "/api/collect/catalogue/{name}/properties/{path}": {
    patch: Operation<
      unknown,
      { path: { name: string; path: string }; body: { description?: string } }
    >;
  };
  "/api/profiles": {
    get: Operation<
      Page<ProfileRow>,
      { query: Cursor & { search?: string; sort?: string; identified?: boolean } }
    >;
  };
  "/api/profiles/merge": {
    post: Operation<unknown, { body: { into: ProfileId; from: ProfileId } }>;
  };
  "/api/profiles/exports": {
    post: Operation<Job, { body: { search: string; columns: string[] } }>;
  };
  "/api/profiles/{id}": { get: Operation<Profile, Id> };
  "/api/profiles/{id}/timeline": {
    get: Operation<
      Page<EventRow>,
      Id & {
        query: Cursor & { touchpoint?: string; event?: string; from?: string; to?: string };
      }
    >;
  };
  "/api/profiles/{id}/identity": { get: Operation<Identity, Id> };
  "/api/profiles/{id}/unmerge": { post: Operation<unknown, Id & { body: { link_id: number } }> };
  "/api/profiles/{id}/traits": {
    patch: Operation<unknown, Id & { body: JsonObject }>;
  };
  "/api/analytics/sql": {
    post: Operation<SqlResult, { body: { sql: string; limit: number; query_id?: string } }>;
  };
  "/api/analytics/sql/{query_id}": { delete: Operation<null, { path: { query_id: string } }> };
  "/api/analytics/sql/schema": { get: Operation<SqlTable[]> };
}
