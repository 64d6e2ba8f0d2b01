import { QueryCache, QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { readDashboardSearch, readExplorerSearch } from "@/features/analytics/explorer-search";
import type { RequestKind, RequestState } from "@/lib/api";
import { ApiProblem, client, unwrap } from "@/lib/client";
import "@/lib/arrival";
import { compact, readChoice, readFlag, readNumber, readText } from "@/lib/search";
import { meQuery } from "@/lib/session";
import { NotFoundPage, PageError, PagePending } from "./fallbacks";
import { Shell } from "./Shell";

const REQUEST_KINDS: RequestKind[] = [
  "access",
  "correction",
  "restriction",
  "release",
  "deletion",
  "erasure",
];
const REQUEST_STATES: RequestState[] = ["received", "running", "failed", "done", "refused"];

interface RouterContext {
  queries: QueryClient;
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => !(error instanceof ApiProblem && error.status < 500) && count < 2,
    },
  },
});

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async () => {
    const state = await unwrap(client.GET("/api/setup"));
    if (!state.needed) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("@/features/workspace/SetupPage"), "SetupPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw) => compact({ to: readText(raw, "to") }),
  component: lazyRouteComponent(() => import("@/features/workspace/SignInPage"), "SignInPage"),
});

const signInReturn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in/return",
  component: lazyRouteComponent(
    () => import("@/features/workspace/SignInReturnPage"),
    "SignInReturnPage",
  ),
});

const enrol = createRoute({
  getParentRoute: () => root,
  path: "/enrol",
  beforeLoad: async ({ context }) => {
    const me = await context.queries.ensureQueryData(meQuery).catch(() => null);
    if (!me) throw redirect({ to: "/sign-in" });
    if (!me.enrolment_due) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("@/features/workspace/EnrolPage"), "EnrolPage"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: lazyRouteComponent(() => import("@/features/workspace/ResetPages"), "AskResetPage"),
});

const resetToken = createRoute({
  getParentRoute: () => root,
  path: "/reset/$token",
  component: lazyRouteComponent(() => import("@/features/workspace/ResetPages"), "NewPasswordPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitations/$token",
  component: lazyRouteComponent(
    () => import("@/features/workspace/InvitationPage"),
    "InvitationPage",
  ),
});

/** What a link opens: also for people without an account. */
const shared = createRoute({
  getParentRoute: () => root,
  path: "/shared/$token",
  component: lazyRouteComponent(() => import("@/features/analytics/SharedPage"), "SharedPage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queries.ensureQueryData(meQuery);
      if (me.enrolment_due) throw redirect({ to: "/enrol" });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      const state = await unwrap(client.GET("/api/setup"));
      if (state.needed) throw redirect({ to: "/setup" });
      throw redirect({
        to: "/sign-in",
        search: compact({ to: location.href === "/" ? undefined : location.href }),
      });
    }
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/home/HomePage"), "HomePage"),
});

const profiles = createRoute({
  getParentRoute: () => shell,
  path: "/customers/profiles",
  validateSearch: (raw) =>
    compact({
      q: readText(raw, "q"),
      sort: readText(raw, "sort"),
      identified: readChoice(raw, "identified", ["yes", "no"]),
    }),
  component: lazyRouteComponent(() => import("@/features/profiles/ProfilesPage"), "ProfilesPage"),
});

const profile = createRoute({
  getParentRoute: () => shell,
  path: "/customers/profiles/$profileId",
  validateSearch: (raw) =>
    compact({
      tab: readChoice(raw, "tab", ["timeline", "traits", "identity", "consent"]),
      touchpoint: readText(raw, "touchpoint"),
      event: readText(raw, "event"),
      from: readText(raw, "from"),
      to: readText(raw, "to"),
      message: readText(raw, "message"),
      link: readNumber(raw, "link"),
    }),
  component: lazyRouteComponent(() => import("./CustomerPage"), "CustomerPage"),
});

const segments = createRoute({
  getParentRoute: () => shell,
  path: "/customers/segments",
  validateSearch: (raw) =>
    compact({
      q: readText(raw, "q"),
      kind: readChoice(raw, "kind", ["live", "scheduled", "static"]),
      archived: readFlag(raw, "archived"),
    }),
  component: lazyRouteComponent(() => import("@/features/segments/SegmentsPage"), "SegmentsPage"),
});

const newSegment = createRoute({
  getParentRoute: () => shell,
  path: "/customers/segments/new",
  validateSearch: (raw) => compact({ template: readText(raw, "template") }),
  component: lazyRouteComponent(
    () => import("@/features/segments/NewSegmentPage"),
    "NewSegmentPage",
  ),
});

const segment = createRoute({
  getParentRoute: () => shell,
  path: "/customers/segments/$segmentId",
  validateSearch: (raw) =>
    compact({
      tab: readChoice(raw, "tab", ["members", "history", "overlap", "destinations", "condition"]),
      days: readNumber(raw, "days"),
      direction: readChoice(raw, "direction", ["entered", "left"]),
      with: readText(raw, "with"),
      destination: readNumber(raw, "destination"),
      add: readText(raw, "add"),
    }),
  component: lazyRouteComponent(() => import("@/features/segments/SegmentPage"), "SegmentPage"),
});

const editSegment = createRoute({
  getParentRoute: () => shell,
  path: "/customers/segments/$segmentId/edit",
  component: lazyRouteComponent(
    () => import("@/features/segments/EditSegmentPage"),
    "EditSegmentPage",
  ),
});

const traits = createRoute({
  getParentRoute: () => shell,
  path: "/customers/traits",
  validateSearch: (raw) => compact({ q: readText(raw, "q") }),
  component: lazyRouteComponent(() => import("@/features/segments/TraitsPage"), "TraitsPage"),
});

const newTrait = createRoute({
  getParentRoute: () => shell,
  path: "/customers/traits/new",
  component: lazyRouteComponent(() => import("@/features/segments/NewTraitPage"), "NewTraitPage"),
});

const trait = createRoute({
  getParentRoute: () => shell,
  path: "/customers/traits/$traitId",
  component: lazyRouteComponent(() => import("@/features/segments/TraitPage"), "TraitPage"),
});

const consent = createRoute({
  getParentRoute: () => shell,
  path: "/customers/consent",
  validateSearch: (raw) =>
    compact({ purpose: readText(raw, "purpose"), add: readFlag(raw, "add") }),
  component: lazyRouteComponent(() => import("@/features/privacy/ConsentPage"), "ConsentPage"),
});

const dashboards = createRoute({
  getParentRoute: () => shell,
  path: "/insight/dashboards",
  validateSearch: (raw) => compact({ q: readText(raw, "q") }),
  component: lazyRouteComponent(
    () => import("@/features/analytics/DashboardsPage"),
    "DashboardsPage",
  ),
});

const dashboard = createRoute({
  getParentRoute: () => shell,
  path: "/insight/dashboards/$ref",
  validateSearch: readDashboardSearch,
  component: lazyRouteComponent(
    () => import("@/features/analytics/DashboardPage"),
    "DashboardPage",
  ),
});

const explorer = createRoute({
  getParentRoute: () => shell,
  path: "/insight/explorer",
  validateSearch: readExplorerSearch,
  component: lazyRouteComponent(() => import("@/features/analytics/ExplorerPage"), "ExplorerPage"),
});

const reports = createRoute({
  getParentRoute: () => shell,
  path: "/insight/reports",
  validateSearch: (raw) => compact({ q: readText(raw, "q"), metric: readText(raw, "metric") }),
  component: lazyRouteComponent(() => import("@/features/analytics/ReportsPage"), "ReportsPage"),
});

const report = createRoute({
  getParentRoute: () => shell,
  path: "/insight/reports/$reportId",
  validateSearch: readExplorerSearch,
  component: lazyRouteComponent(() => import("@/features/analytics/ReportPage"), "ReportPage"),
});

const journey = createRoute({
  getParentRoute: () => shell,
  path: "/insight/journey",
  validateSearch: readExplorerSearch,
  component: lazyRouteComponent(() => import("@/features/analytics/JourneyPage"), "JourneyPage"),
});

const scores = createRoute({
  getParentRoute: () => shell,
  path: "/insight/scores",
  validateSearch: (raw) => compact({ score: readText(raw, "score") }),
  component: lazyRouteComponent(() => import("@/features/analytics/ScoresPage"), "ScoresPage"),
});

const sql = createRoute({
  getParentRoute: () => shell,
  path: "/insight/sql",
  validateSearch: (raw) => compact({ q: readText(raw, "q") }),
  component: lazyRouteComponent(() => import("@/features/analytics/SqlPage"), "SqlPage"),
});

const live = createRoute({
  getParentRoute: () => shell,
  path: "/data/live",
  validateSearch: (raw) =>
    compact({
      name: readText(raw, "name"),
      source: readNumber(raw, "source"),
      touchpoint: readText(raw, "touchpoint"),
      profile: readText(raw, "profile"),
      message: readText(raw, "message"),
    }),
  component: lazyRouteComponent(() => import("@/features/collect/LivePage"), "LivePage"),
});

const sources = createRoute({
  getParentRoute: () => shell,
  path: "/data/sources",
  validateSearch: (raw) =>
    compact({
      add: readFlag(raw, "add"),
      kind: readChoice(raw, "kind", ["browser", "server", "webhook", "cloud"]),
    }),
  component: lazyRouteComponent(() => import("@/features/collect/SourcesPage"), "SourcesPage"),
});

const source = createRoute({
  getParentRoute: () => shell,
  path: "/data/sources/$sourceId",
  validateSearch: (raw) =>
    compact({ tab: readChoice(raw, "tab", ["install", "console", "settings"]) }),
  component: lazyRouteComponent(() => import("@/features/collect/SourcePage"), "SourcePage"),
});

const imports = createRoute({
  getParentRoute: () => shell,
  path: "/data/imports",
  validateSearch: (raw) => compact({ run: readNumber(raw, "run") }),
  component: lazyRouteComponent(() => import("@/features/collect/ImportsPage"), "ImportsPage"),
});

const newImport = createRoute({
  getParentRoute: () => shell,
  path: "/data/imports/new",
  component: lazyRouteComponent(() => import("@/features/collect/NewImportPage"), "NewImportPage"),
});

const catalogue = createRoute({
  getParentRoute: () => shell,
  path: "/data/catalogue",
  validateSearch: (raw) =>
    compact({
      q: readText(raw, "q"),
      event: readText(raw, "event"),
      flagged: readFlag(raw, "flagged"),
    }),
  component: lazyRouteComponent(() => import("@/features/collect/CataloguePage"), "CataloguePage"),
});

const refusals = createRoute({
  getParentRoute: () => shell,
  path: "/data/refusals",
  validateSearch: (raw) =>
    compact({ tab: readChoice(raw, "tab", ["refused", "aside"]), item: readNumber(raw, "item") }),
  component: lazyRouteComponent(() => import("@/features/collect/RefusalsPage"), "RefusalsPage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  beforeLoad: ({ location }) => {
    if (location.pathname === "/settings") throw redirect({ to: "/settings/workspace" });
  },
  component: Outlet,
});

const workspace = createRoute({
  getParentRoute: () => settings,
  path: "/workspace",
  component: lazyRouteComponent(
    () => import("@/features/workspace/WorkspacePage"),
    "WorkspacePage",
  ),
});

const members = createRoute({
  getParentRoute: () => settings,
  path: "/members",
  validateSearch: (raw) => compact({ invite: readFlag(raw, "invite") }),
  component: lazyRouteComponent(() => import("@/features/workspace/MembersPage"), "MembersPage"),
});

const roles = createRoute({
  getParentRoute: () => settings,
  path: "/roles",
  component: lazyRouteComponent(() => import("@/features/workspace/RolesPage"), "RolesPage"),
});

const signInSettings = createRoute({
  getParentRoute: () => settings,
  path: "/sign-in",
  component: lazyRouteComponent(
    () => import("@/features/workspace/SignInSettingsPage"),
    "SignInSettingsPage",
  ),
});

const keys = createRoute({
  getParentRoute: () => settings,
  path: "/keys",
  component: lazyRouteComponent(() => import("@/features/workspace/KeysPage"), "KeysPage"),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: "/audit",
  validateSearch: (raw) =>
    compact({
      action: readText(raw, "action"),
      actor: readText(raw, "actor"),
      entry: readNumber(raw, "entry"),
    }),
  component: lazyRouteComponent(() => import("@/features/workspace/AuditPage"), "AuditPage"),
});

const fields = createRoute({
  getParentRoute: () => settings,
  path: "/privacy/fields",
  validateSearch: (raw) =>
    compact({ q: readText(raw, "q"), kind: readText(raw, "kind"), class: readText(raw, "class") }),
  component: lazyRouteComponent(() => import("@/features/privacy/FieldsPage"), "FieldsPage"),
});

const centre = createRoute({
  getParentRoute: () => settings,
  path: "/privacy/page",
  component: lazyRouteComponent(() => import("@/features/privacy/CentrePage"), "CentrePage"),
});

const requests = createRoute({
  getParentRoute: () => settings,
  path: "/privacy/requests",
  validateSearch: (raw) =>
    compact({
      tab: readChoice(raw, "tab", ["requests", "retention", "disclosures"]),
      kind: readChoice(raw, "kind", REQUEST_KINDS),
      state: readChoice(raw, "state", REQUEST_STATES),
      overdue: readFlag(raw, "overdue"),
      request: readNumber(raw, "request"),
      add: readFlag(raw, "add"),
    }),
  component: lazyRouteComponent(() => import("@/features/privacy/RequestsPage"), "RequestsPage"),
});

const me = createRoute({
  getParentRoute: () => settings,
  path: "/me",
  component: lazyRouteComponent(() => import("@/features/workspace/AccountPage"), "AccountPage"),
});

/** Any other address: said inside the shell, so that the way on is at hand. */
const unknown = createRoute({
  getParentRoute: () => shell,
  path: "$",
  component: NotFoundPage,
});

const tree = root.addChildren([
  setup,
  signIn,
  signInReturn,
  enrol,
  reset,
  resetToken,
  invitation,
  shared,
  shell.addChildren([
    home,
    profiles,
    profile,
    segments,
    newSegment,
    segment,
    editSegment,
    traits,
    newTrait,
    trait,
    consent,
    dashboards,
    dashboard,
    explorer,
    reports,
    report,
    journey,
    scores,
    sql,
    live,
    sources,
    source,
    imports,
    newImport,
    catalogue,
    refusals,
    settings.addChildren([
      workspace,
      members,
      roles,
      signInSettings,
      keys,
      audit,
      requests,
      fields,
      centre,
      me,
    ]),
    unknown,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  context: { queries },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageError,
  defaultPendingMs: 100,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** A session that ended elsewhere: back to sign-in, and then back to this page. */
function leaveWhenSignedOut(error: Error, query: { queryKey: readonly unknown[] }): void {
  if (!(error instanceof ApiProblem) || error.status !== 401) return;
  // Who is signed in is asked by the shell's route, which knows where to go without an answer.
  if (query.queryKey[0] === meQuery.queryKey[0]) return;
  const { pathname, href } = router.state.location;
  if (!router.state.matches.some((match) => match.routeId === "/shell") || pathname === "/sign-in")
    return;
  queries.clear();
  void router.navigate({ to: "/sign-in", search: { to: href } });
}
