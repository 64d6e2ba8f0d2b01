import {
  IconActivity,
  IconAddressBook,
  IconBook2,
  IconBuilding,
  IconChartDots,
  IconEyeOff,
  IconFileImport,
  IconGauge,
  IconHeartHandshake,
  IconHistory,
  IconHome,
  IconKey,
  IconLayoutDashboard,
  IconLogin2,
  IconMap2,
  IconMathFunction,
  IconPlugConnected,
  IconReportAnalytics,
  IconShieldCheck,
  IconSql,
  IconTerminal2,
  IconUserHeart,
  IconUserShield,
  IconUsers,
  IconUsersGroup,
  IconZoomExclamation,
} from "@tabler/icons-react";

type IconComponent = typeof IconHome;

export interface NavItem {
  key:
    | "home"
    | "profiles"
    | "segments"
    | "traits"
    | "consent"
    | "dashboards"
    | "explorer"
    | "reports"
    | "journey"
    | "scores"
    | "sql"
    | "live"
    | "sources"
    | "imports"
    | "catalogue"
    | "refusals"
    | "workspace"
    | "members"
    | "roles"
    | "signIn"
    | "requests"
    | "keys"
    | "audit"
    | "fields"
    | "centre";
  to:
    | "/"
    | "/customers/profiles"
    | "/customers/segments"
    | "/customers/traits"
    | "/customers/consent"
    | "/insight/dashboards"
    | "/insight/explorer"
    | "/insight/reports"
    | "/insight/journey"
    | "/insight/scores"
    | "/insight/sql"
    | "/data/live"
    | "/data/sources"
    | "/data/imports"
    | "/data/catalogue"
    | "/data/refusals"
    | "/settings/workspace"
    | "/settings/members"
    | "/settings/roles"
    | "/settings/sign-in"
    | "/settings/privacy/requests"
    | "/settings/keys"
    | "/settings/audit"
    | "/settings/privacy/fields"
    | "/settings/privacy/page";
  icon: IconComponent;
  permission: string;
  /** Second key after `g`. */
  shortcut?: string;
}

export interface NavGroup {
  key: "customers" | "insight" | "data" | "settings" | null;
  items: NavItem[];
}

/** The doors in the order of the loop, then what feeds them, then settings. */
export const NAVIGATION: NavGroup[] = [
  {
    key: null,
    items: [{ key: "home", to: "/", icon: IconHome, permission: "workspace.read", shortcut: "h" }],
  },
  {
    key: "customers",
    items: [
      {
        key: "profiles",
        to: "/customers/profiles",
        icon: IconAddressBook,
        permission: "profiles.read",
        shortcut: "p",
      },
      {
        key: "segments",
        to: "/customers/segments",
        icon: IconUsersGroup,
        permission: "segments.read",
        shortcut: "e",
      },
      {
        key: "traits",
        to: "/customers/traits",
        icon: IconMathFunction,
        permission: "segments.read",
      },
      {
        key: "consent",
        to: "/customers/consent",
        icon: IconHeartHandshake,
        permission: "privacy.read",
      },
    ],
  },
  {
    key: "insight",
    items: [
      {
        key: "dashboards",
        to: "/insight/dashboards",
        icon: IconLayoutDashboard,
        permission: "reports.read",
        shortcut: "d",
      },
      {
        key: "explorer",
        to: "/insight/explorer",
        icon: IconChartDots,
        permission: "reports.read",
        shortcut: "x",
      },
      {
        key: "reports",
        to: "/insight/reports",
        icon: IconReportAnalytics,
        permission: "reports.read",
        shortcut: "r",
      },
      {
        key: "journey",
        to: "/insight/journey",
        icon: IconMap2,
        permission: "reports.read",
      },
      { key: "scores", to: "/insight/scores", icon: IconGauge, permission: "reports.read" },
      { key: "sql", to: "/insight/sql", icon: IconSql, permission: "sql.run", shortcut: "q" },
    ],
  },
  {
    key: "data",
    items: [
      {
        key: "live",
        to: "/data/live",
        icon: IconActivity,
        permission: "collect.read",
        shortcut: "l",
      },
      {
        key: "sources",
        to: "/data/sources",
        icon: IconPlugConnected,
        permission: "collect.read",
        shortcut: "s",
      },
      {
        key: "imports",
        to: "/data/imports",
        icon: IconFileImport,
        permission: "collect.read",
        shortcut: "i",
      },
      {
        key: "catalogue",
        to: "/data/catalogue",
        icon: IconBook2,
        permission: "collect.read",
        shortcut: "c",
      },
      {
        key: "refusals",
        to: "/data/refusals",
        icon: IconZoomExclamation,
        permission: "collect.read",
      },
    ],
  },
  {
    key: "settings",
    items: [
      {
        key: "workspace",
        to: "/settings/workspace",
        icon: IconBuilding,
        permission: "workspace.read",
      },
      { key: "members", to: "/settings/members", icon: IconUsers, permission: "workspace.read" },
      { key: "roles", to: "/settings/roles", icon: IconShieldCheck, permission: "workspace.read" },
      {
        key: "signIn",
        to: "/settings/sign-in",
        icon: IconLogin2,
        permission: "workspace.manage",
      },
      { key: "keys", to: "/settings/keys", icon: IconKey, permission: "keys.manage" },
      {
        key: "requests",
        to: "/settings/privacy/requests",
        icon: IconUserShield,
        permission: "privacy.manage",
      },
      {
        key: "fields",
        to: "/settings/privacy/fields",
        icon: IconEyeOff,
        permission: "privacy.read",
      },
      {
        key: "centre",
        to: "/settings/privacy/page",
        icon: IconUserHeart,
        permission: "privacy.read",
      },
      { key: "audit", to: "/settings/audit", icon: IconHistory, permission: "audit.read" },
    ],
  },
];

export const API_REFERENCE = { to: "/api/docs", icon: IconTerminal2 };

/** What this member may enter; a door without a room is not shown. */
export function openDoors(permissions: string[]): NavGroup[] {
  return NAVIGATION.map((group) => ({
    ...group,
    items: group.items.filter((item) => permissions.includes(item.permission)),
  })).filter((group) => group.items.length > 0);
}
