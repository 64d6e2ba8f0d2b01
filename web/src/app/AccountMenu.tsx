import {
  Avatar,
  Menu,
  SegmentedControl,
  Stack,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { IconLogout, IconTerminal2, IconUser } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { client, unwrap } from "@/lib/client";
import { closeLive } from "@/lib/live";
import { useNames } from "@/lib/names";
import { meQuery, useMe } from "@/lib/session";
import { type Language, useLanguage, useWords } from "@/lib/words";
import { appWords } from "./app-words";
import { API_REFERENCE } from "./navigation";

export function AccountMenu(): ReactNode {
  const words = useWords(appWords);
  const names = useNames();
  const { member } = useMe();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton px={6}>
          <VisuallyHidden>{`${words.account.open}: ${member.name}`}</VisuallyHidden>
          <Avatar aria-hidden name={member.name} color="indigo" size={30} radius="xl" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap={0} px="sm" py={6}>
          <Text size="sm" fw={600} truncate>
            {member.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {member.email} · {names.role(member.role)}
          </Text>
        </Stack>
        <Menu.Divider />
        <Switches />
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings/me" leftSection={<IconUser size={16} />}>
          {words.nav.me}
        </Menu.Item>
        <Menu.Item
          component="a"
          href={API_REFERENCE.to}
          target="_blank"
          leftSection={<IconTerminal2 size={16} />}
        >
          {words.palette.apiReference}
        </Menu.Item>
        <Menu.Item onClick={() => void signOut()} leftSection={<IconLogout size={16} />}>
          {words.palette.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Switches(): ReactNode {
  const words = useWords(appWords);
  const { language } = useLanguage();
  const chooseLanguage = useChooseLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack gap="xs" px="sm" py={6}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={words.account.language}
        value={language}
        onChange={(next) => chooseLanguage(next as Language)}
        data={[
          { value: "ja", label: "日本語" },
          { value: "en", label: "English" },
        ]}
      />
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={words.account.appearance}
        value={colorScheme}
        onChange={(next) => setColorScheme(next as "light" | "dark" | "auto")}
        data={[
          { value: "light", label: words.account.light },
          { value: "dark", label: words.account.dark },
          { value: "auto", label: words.account.auto },
        ]}
      />
    </Stack>
  );
}

/** Switches at once and keeps the choice with the member's account. */
export function useChooseLanguage(): (language: Language) => void {
  const { setLanguage } = useLanguage();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (language: Language) => unwrap(client.PATCH("/api/me", { body: { language } })),
  });
  return (language) => {
    setLanguage(language);
    queries.setQueryData(
      meQuery.queryKey,
      (me) => me && { ...me, member: { ...me.member, language } },
    );
    save.mutate(language);
  };
}

export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await unwrap(client.DELETE("/api/session")).catch(() => undefined);
    closeLive();
    queries.clear();
    await navigate({ to: "/sign-in" });
  };
}
