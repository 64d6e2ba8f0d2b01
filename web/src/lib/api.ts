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
export type SessionItem = Schema["SessionItem"];
export type SignInSettings = Schema["SignInSettings"];
export type Provider = Schema["Provider"];
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
export type OtherNode = Schema["OtherNodeItem"];
export type Field = Schema["FieldItem"];
export type FieldKind = Field["kind"];
export type FieldClass = Field["class"];
export type SqlResult = Schema["SqlResult"];
export type SqlTable = Schema["SqlRelation"];

/** A question of analytics, and what came of it. */
export type Question = Schema["QueryBody"];
export type AnswerRange = NonNullable<Question["range"]>;
export type Interval = NonNullable<Question["interval"]>;
export type Breakdown = NonNullable<Question["breakdown"]>;
export type MetricAnswer = Schema["Answer"];
export type AnswerColumn = Schema["Column"];
export type AnswerFigure = Schema["Figure"];
export type AnswerCaveat = Schema["Caveat"];
export type AnswerMark = Schema["Mark"];
export type Shape = MetricAnswer["shape"];
export type Metric = Schema["MetricItem"];
export type AnsweredPerson = Schema["AnsweredPerson"];
export type Report = Schema["ReportItem"];
export type ReportDetail = Schema["ReportDetail"];
export type AnswerLook = Schema["ViewOptions"];
export type Dashboard = Schema["DashboardItem"];
export type DashboardDetail = Schema["DashboardDetail"];
export type Tile = Schema["TileItem"];
export type TileBody = Schema["TileBody"];
export type Annotation = Schema["AnnotationItem"];
export type Share = Schema["ShareItem"];
export type SharedView = Schema["SharedView"];
export type SharedTile = Schema["SharedTile"];
export type Schedule = Schema["ScheduleItem"];
export type NewSchedule = Schema["NewSchedule"];
export type AnswerRun = Schema["RunItem"];
export type Score = Schema["ScoreItem"];
export type ScorePreview = Schema["ScorePreview"];
export type RiskExplained = Schema["RiskExplained"];

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
  /** Paths that are not shown in full. */
  masked?: string[];
}

export type Brand = Schema["BrandView"];
export type Purpose = Schema["PurposeItem"];
export type PurposeText = Schema["TextItem"];
export type PurposeTerms = Schema["TermsItem"];
export type Basis = PurposeTerms["basis"];
export type ConsentDefault = PurposeTerms["default"];
export type Consent = Schema["ConsentView"];
export type ConsentItem = Schema["ConsentItem"];
export type TextVersion = Schema["TextVersion"];
export type Answer = Schema["AnswerItem"];
export type Answered = Schema["AnsweredItem"];
export type Withheld = Schema["WithheldItem"];
export type PrivacyRequest = Schema["RequestView"];
export type PrivacyRequestDetail = Schema["RequestDetail"];
export type RequestKind = PrivacyRequest["kind"];
export type RequestState = PrivacyRequest["state"];
export type Law = PrivacyRequest["law"];
export type RetentionRule = Schema["RetentionRule"];
export type RuleKind = RetentionRule["kind"];
export type WouldGo = Schema["WouldGo"];
export type Disclosure = Schema["Disclosure"];
export type Flow = Schema["Flow"];
export type FlowMinute = Schema["FlowMinute"];
export type Refusal = Schema["RefusalItem"];
export type SetAside = Schema["SetAsideItem"];
export type WebhookRequest = Schema["WebhookRequest"];
export type CatalogueEvent = Schema["CatalogueItem"];
export type CatalogueDetail = Schema["CatalogueName"];
export type CatalogueProperty = Schema["CatalogueProperty"];

export type Segment = Schema["SegmentItem"];
export type SegmentDetail = Schema["SegmentDetail"];
export type ComputedTrait = Schema["ComputedTrait"];
export type TraitPreview = Schema["TraitPreview"];
export type SegmentKind = Segment["kind"];
export type SegmentPerson = Schema["SegmentPerson"];
export type SegmentMove = Schema["MoveItem"];
export type SegmentSizes = Schema["Sizes"];
export type SegmentOverlap = Schema["Overlap"];
export type UploadedSegment = Schema["UploadedSegment"];
export type Destination = Schema["DestinationItem"];
export type DestinationKind = Schema["DestinationKindItem"];
export type MadeDestination = Schema["MadeDestination"];
export type Delivery = Schema["DeliveryItem"];
export type ConditionPreview = Schema["ConditionPreview"];
export type ConditionProblem = Schema["ConditionProblem"];
export type ConditionCatalogue = Schema["ConditionCatalogue"];
export type KnownProperty = Schema["KnownProperty"];

interface TailPath {
  get: {
    parameters: { query?: { limit?: number } };
    responses: { 200: { content: { "application/json": Page<EventRow> } } };
  };
}

/** The document says of the tail only that it lists objects. */
export type paths = Omit<GeneratedPaths, "/api/collect/tail"> & { "/api/collect/tail": TailPath };
