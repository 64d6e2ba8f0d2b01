import {
  Combobox,
  Group,
  Loader,
  Modal,
  ScrollArea,
  Text,
  TextInput,
  useCombobox,
  useMantineColorScheme,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconBolt,
  IconLayoutDashboard,
  IconReportAnalytics,
  IconSearch,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { insightSearchQuery, profileSearchQuery, segmentSearchQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { useChooseLanguage, useSignOut } from "./AccountMenu";
import { appWords } from "./app-words";
import { openDoors } from "./navigation";
import classes from "./Palette.module.css";

interface Command {
  id: string;
  label: string;
  hint?: string;
  icon: ReactNode;
  run: () => void;
}

/** ⌘K: pages, actions, and people and segments found by the same search as their lists. */
export function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const words = useWords(appWords);
  const [text, setText] = useState("");
  const combobox = useCombobox({ opened: true });
  const pages = matching(usePages(), text);
  const actions = matching(useActions(), text);
  const { people, searching } = usePeople(text);
  const segments = useSegments(text);
  const insight = useInsight(text);
  const groups = [
    { label: words.palette.people, commands: people },
    { label: words.palette.segments, commands: segments },
    { label: words.nav.insight, commands: insight },
    { label: words.palette.pages, commands: pages },
    { label: words.palette.actions, commands: actions },
  ].filter((group) => group.commands.length > 0);
  const all = groups.flatMap((group) => group.commands);
  const listed = all.map((command) => command.id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new list selects its first line
  useEffect(() => {
    combobox.selectFirstOption();
  }, [listed]);
  const choose = (id: string) => {
    onClose();
    all.find((command) => command.id === id)?.run();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      centered={false}
      attributes={{ content: { "aria-label": words.palette.label } }}
    >
      <Combobox store={combobox} onOptionSubmit={choose}>
        <Combobox.EventsTarget withExpandedAttribute={false}>
          <TextInput
            data-autofocus
            variant="unstyled"
            size="lg"
            classNames={{ input: classes.input, root: classes.field }}
            leftSection={searching ? <Loader size={16} /> : <IconSearch size={18} aria-hidden />}
            placeholder={words.palette.label}
            aria-label={words.palette.label}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Combobox.EventsTarget>
        <ScrollArea.Autosize mah="50vh" type="auto">
          <Combobox.Options className={classes.options}>
            {groups.map((group) => (
              <Combobox.Group key={group.label} label={group.label}>
                {group.commands.map((command) => (
                  <Combobox.Option key={command.id} value={command.id}>
                    <Group gap="sm" wrap="nowrap">
                      {command.icon}
                      <Text size="sm" truncate>
                        {command.label}
                      </Text>
                      {command.hint && (
                        <Text size="xs" truncate ml="auto" className={classes.hint}>
                          {command.hint}
                        </Text>
                      )}
                    </Group>
                  </Combobox.Option>
                ))}
              </Combobox.Group>
            ))}
            {groups.length === 0 && !searching && (
              <Combobox.Empty>{words.palette.nothing}</Combobox.Empty>
            )}
          </Combobox.Options>
        </ScrollArea.Autosize>
      </Combobox>
    </Modal>
  );
}

function usePages(): Command[] {
  const words = useWords(appWords);
  const navigate = useNavigate();
  const { permissions } = useMe();
  return openDoors(permissions).flatMap((group) =>
    group.items.map((item) => ({
      id: `page.${item.key}`,
      label: words.nav[item.key],
      hint: group.key ? words.nav[group.key] : undefined,
      icon: <item.icon size={17} stroke={1.6} aria-hidden />,
      run: () => void navigate({ to: item.to }),
    })),
  );
}

function useActions(): Command[] {
  const words = useWords(appWords);
  const navigate = useNavigate();
  const { permissions } = useMe();
  const { language } = useLanguage();
  const chooseLanguage = useChooseLanguage();
  const signOut = useSignOut();
  const { toggleColorScheme } = useMantineColorScheme();
  const icon = <IconBolt size={17} stroke={1.6} aria-hidden />;
  const actions: (Command & { permission?: string })[] = [
    {
      id: "ask",
      label: words.palette.ask,
      icon,
      permission: "reports.read",
      run: () => void navigate({ to: "/insight/explorer", search: {} }),
    },
    {
      id: "segment",
      label: words.palette.newSegment,
      icon,
      permission: "segments.manage",
      run: () => void navigate({ to: "/customers/segments/new" }),
    },
    {
      id: "source",
      label: words.palette.newSource,
      icon,
      permission: "collect.manage",
      run: () => void navigate({ to: "/data/sources", search: { add: true } }),
    },
    {
      id: "import",
      label: words.palette.importFile,
      icon,
      permission: "imports.run",
      run: () => void navigate({ to: "/data/imports/new" }),
    },
    {
      id: "invite",
      label: words.palette.invite,
      icon,
      permission: "members.manage",
      run: () => void navigate({ to: "/settings/members", search: { invite: true } }),
    },
    { id: "dark", label: words.palette.toggleDark, icon, run: toggleColorScheme },
    {
      id: "language",
      label: words.palette.toggleLanguage,
      icon,
      run: () => chooseLanguage(language === "ja" ? "en" : "ja"),
    },
    {
      id: "reference",
      label: words.palette.apiReference,
      icon,
      run: () => window.open("/api/docs", "_blank"),
    },
    { id: "me", label: words.nav.me, icon, run: () => void navigate({ to: "/settings/me" }) },
    { id: "out", label: words.palette.signOut, icon, run: () => void signOut() },
  ];
  return actions.filter((action) => !action.permission || permissions.includes(action.permission));
}

function usePeople(text: string): { people: Command[]; searching: boolean } {
  const navigate = useNavigate();
  const { permissions } = useMe();
  const [search] = useDebouncedValue(text.trim(), 150);
  const mayRead = permissions.includes("profiles.read");
  const query = profileSearchQuery(search, 6);
  const { data, isFetching } = useQuery({
    ...query,
    enabled: mayRead && search.length > 0,
    placeholderData: keepPreviousData,
  });
  const found = search ? (data?.items ?? []) : [];
  const people = found.map((profile) => ({
    id: `profile.${profile.id}`,
    label: profile.name ?? profile.email ?? profile.user_id ?? `#${profile.id}`,
    hint: profile.name ? (profile.email ?? profile.phone ?? undefined) : undefined,
    icon: <IconUser size={17} stroke={1.6} aria-hidden />,
    run: () =>
      void navigate({
        to: "/customers/profiles/$profileId",
        params: { profileId: String(profile.id) },
      }),
  }));
  return { people, searching: isFetching };
}

function useSegments(text: string): Command[] {
  const navigate = useNavigate();
  const { permissions } = useMe();
  const [search] = useDebouncedValue(text.trim(), 150);
  const { data } = useQuery({
    ...segmentSearchQuery(search, 4),
    enabled: permissions.includes("segments.read") && search.length > 0,
    placeholderData: keepPreviousData,
  });
  return (search ? (data?.items ?? []) : []).map((segment) => ({
    id: `segment.${segment.id}`,
    label: segment.name,
    icon: <IconUsersGroup size={17} stroke={1.6} aria-hidden />,
    run: () =>
      void navigate({
        to: "/customers/segments/$segmentId",
        params: { segmentId: String(segment.id) },
      }),
  }));
}

function useInsight(text: string): Command[] {
  const navigate = useNavigate();
  const { permissions } = useMe();
  const { language } = useLanguage();
  const [search] = useDebouncedValue(text.trim(), 150);
  const { data } = useQuery({
    ...insightSearchQuery(search, 3),
    enabled: permissions.includes("reports.read") && search.length > 0,
    placeholderData: keepPreviousData,
  });
  if (!search || !data) return [];
  return [
    ...data.dashboards.map(({ ref, title }) => ({
      id: `dashboard.${ref}`,
      label: title[language],
      icon: <IconLayoutDashboard size={17} stroke={1.6} aria-hidden />,
      run: () => void navigate({ to: "/insight/dashboards/$ref", params: { ref }, search: {} }),
    })),
    ...data.reports.map(({ id, name }) => ({
      id: `report.${id}`,
      label: name,
      icon: <IconReportAnalytics size={17} stroke={1.6} aria-hidden />,
      run: () =>
        void navigate({
          to: "/insight/reports/$reportId",
          params: { reportId: String(id) },
          search: {},
        }),
    })),
  ];
}

function matching(commands: Command[], text: string): Command[] {
  const wanted = text.trim().normalize("NFKC").toLowerCase();
  return commands.filter((command) =>
    `${command.label} ${command.hint ?? ""}`.toLowerCase().includes(wanted),
  );
}
