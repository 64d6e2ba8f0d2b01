import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Kbd,
  Text,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
} from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconKeyboard, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Mark } from "@/components/Mark";
import { useMe } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { AccountMenu } from "./AccountMenu";
import { appWords } from "./app-words";
import { JobBell } from "./JobBell";
import { openDoors } from "./navigation";
import classes from "./Shell.module.css";
import { Sidebar } from "./Sidebar";

const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));
const KeyboardHelp = lazy(() =>
  import("./KeyboardHelp").then((module) => ({ default: module.KeyboardHelp })),
);

export function Shell(): ReactNode {
  const words = useWords(appWords);
  const { workspace } = useMe();
  const [menuOpen, menu] = useDisclosure();
  const [paletteOpen, palette] = useDisclosure();
  const [helpOpen, help] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(menu.close, [path]);
  useMemberLanguage();
  useGoShortcuts();
  useHotkeys([
    ["mod+K", palette.toggle],
    ["shift+?", help.toggle],
    ["?", help.toggle],
  ]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !menuOpen } }}
      layout="alt"
      transitionDuration={120}
    >
      <a href="#content" className={classes.skip}>
        {words.skip}
      </a>
      <AppShell.Navbar className={classes.navbar} aria-label={words.nav.label}>
        <div className={classes.brand}>
          <Link to="/" className={classes.logo} aria-label={`Kizuna · ${words.nav.home}`}>
            <Mark size={26} />
            <span>Kizuna</span>
          </Link>
          <Burger
            opened={menuOpen}
            onClick={menu.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={words.menu}
          />
        </div>
        <Sidebar />
      </AppShell.Navbar>
      <AppShell.Header className={classes.header}>
        <Burger
          opened={menuOpen}
          onClick={menu.toggle}
          hiddenFrom="sm"
          size="sm"
          aria-label={words.menu}
        />
        <Text fw={600} size="sm" truncate className={classes.workspace}>
          {workspace.name}
        </Text>
        <Group gap={4} wrap="nowrap" ml="auto">
          <UnstyledButton className={classes.search} onClick={palette.open}>
            <IconSearch size={16} aria-hidden />
            <span className={classes.searchText}>{words.search}</span>
            <Kbd size="xs" className={classes.searchText}>
              {isApple() ? "⌘K" : "Ctrl K"}
            </Kbd>
            <VisuallyHidden>{words.palette.label}</VisuallyHidden>
          </UnstyledButton>
          <Tooltip label={words.help.open}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              visibleFrom="sm"
              onClick={help.open}
              aria-label={words.help.open}
            >
              <IconKeyboard size={20} />
            </ActionIcon>
          </Tooltip>
          <JobBell />
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Outlet />
      </AppShell.Main>
      <Suspense>
        {paletteOpen && <Palette onClose={palette.close} />}
        {helpOpen && <KeyboardHelp onClose={help.close} />}
      </Suspense>
    </AppShell>
  );
}

export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** The language of the member's account wins over what the browser suggested before sign-in. */
function useMemberLanguage(): void {
  const { member } = useMe();
  const { setLanguage } = useLanguage();
  useEffect(() => setLanguage(member.language), [member.language, setLanguage]);
}

const SEQUENCE_MS_MAX = 1_200;

/** `g` and then a letter goes to a page. */
function useGoShortcuts(): void {
  const { permissions } = useMe();
  const navigate = useNavigate();
  const pressedAt = useRef(0);
  const [items] = useState(() => openDoors(permissions).flatMap((group) => group.items));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey) return;
      if (target.closest("input, textarea, select, [contenteditable=true], [role=dialog]")) return;
      const item = items.find((one) => one.shortcut === event.key);
      if (item && event.timeStamp - pressedAt.current < SEQUENCE_MS_MAX)
        void navigate({ to: item.to });
      pressedAt.current = event.key === "g" ? event.timeStamp : 0;
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [items, navigate]);
}
