import { ActionIcon, Badge, Button, Menu, Stack, Text } from "@mantine/core";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { CopyField } from "@/components/CopyField";
import { type Column, DataTable } from "@/components/DataTable";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { Member, Role } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { membersQuery } from "@/lib/queries";
import { useMayDo, useMe } from "@/lib/session";
import { toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { Invitations, invitationsQuery } from "./Invitations";
import { InviteForm } from "./InviteForm";
import { MemberSecurityItems, useSecurityAction } from "./MemberSecurity";
import { settingsWords } from "./settings-words";
import { signInWords } from "./sign-in-words";

export const ROLES: Role[] = ["owner", "admin", "marketer", "analyst", "agent", "viewer"];

export function MembersPage(): ReactNode {
  const words = useWords(settingsWords).members;
  const format = useFormat();
  const mayManage = useMayDo()("members.manage");
  const { invite } = useSearch({ from: "/shell/settings/members" });
  const navigate = useNavigate({ from: "/settings/members" });
  const members = useQuery(membersQuery);
  const invitations = useQuery({ ...invitationsQuery, enabled: mayManage });
  const active = members.data?.items.filter((member) => !member.disabled).length;
  return (
    <Page
      title={words.title}
      state={
        active !== undefined &&
        (invitations.data
          ? words.state(format.number(active), format.number(invitations.data.items.length))
          : words.activeOnly(format.number(active)))
      }
      action={
        mayManage && (
          <Button
            leftSection={<IconPlus size={16} />}
            onClick={() => void navigate({ search: { invite: true } })}
          >
            {words.invite}
          </Button>
        )
      }
    >
      <Loaded query={members}>
        {(page) => <MemberTable members={page.items} mayManage={mayManage} />}
      </Loaded>
      {mayManage && <Invitations />}
      <SideDrawer
        opened={invite === true && mayManage}
        onClose={() => void navigate({ search: {} })}
        title={words.inviteTitle}
        size="md"
      >
        <InviteForm />
      </SideDrawer>
    </Page>
  );
}

function MemberTable({ members, mayManage }: { members: Member[]; mayManage: boolean }): ReactNode {
  const words = useWords(settingsWords).members;
  const signIn = useWords(signInWords).members;
  const names = useNames();
  const { member: me } = useMe();
  const columns = useMemo<Column<Member>[]>(
    () => [
      {
        id: "name",
        header: words.name,
        width: 240,
        value: (member) => member.name,
        cell: (member) => (
          <div>
            <Text size="sm" fw={500} truncate>
              {member.name}{" "}
              {member.id === me.id && (
                <Text span size="xs" c="dimmed">
                  ({words.you})
                </Text>
              )}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {member.email}
            </Text>
          </div>
        ),
      },
      {
        id: "role",
        header: words.role,
        width: 120,
        value: (member) => ROLES.indexOf(member.role),
        cell: (member) => names.role(member.role),
      },
      {
        id: "status",
        header: words.status,
        width: 170,
        value: (member) => (member.disabled ? 2 : member.reset_requested_at ? 0 : 1),
        cell: (member) => <MemberStatus member={member} />,
      },
      ...(mayManage
        ? [
            {
              id: "totp",
              header: signIn.secondStep,
              width: 110,
              value: (member: Member) => (member.totp ? 1 : 0),
              cell: (member: Member) => (member.totp ? signIn.has : signIn.hasNot),
            },
          ]
        : []),
      {
        id: "last_seen",
        header: words.lastSeen,
        width: 130,
        value: (member) => member.last_seen_at ?? null,
        cell: (member) => <TimeText at={member.last_seen_at} />,
      },
      {
        id: "actions",
        header: "",
        width: 60,
        align: "end",
        cell: (member) =>
          mayManage && member.id !== me.id ? <MemberActions member={member} /> : null,
      },
    ],
    [words, signIn, names, me.id, mayManage],
  );
  return (
    <DataTable
      name="members"
      label={words.title}
      columns={columns}
      rows={members}
      rowKey={(member) => member.id}
      offset={420}
    />
  );
}

function MemberStatus({ member }: { member: Member }): ReactNode {
  const words = useWords(settingsWords).members;
  if (member.disabled)
    return (
      <Badge variant="light" color="gray">
        {words.disabled}
      </Badge>
    );
  return member.reset_requested_at ? (
    <Badge variant="light" color="orange" tt="none">
      {words.resetAsked}
    </Badge>
  ) : (
    <Badge variant="light" color="teal">
      {words.active}
    </Badge>
  );
}

interface PasswordLink {
  href: string;
  mailed: boolean;
}

function MemberActions({ member }: { member: Member }): ReactNode {
  const words = useWords(settingsWords).members;
  const names = useNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const [link, setLink] = useState<PasswordLink | null>(null);
  const [secure, secureDialogue] = useSecurityAction(member);
  const params = { path: { id: member.id } };
  const change = useMutation({
    mutationFn: (body: { role?: Role; disabled?: boolean }) =>
      unwrap(client.PATCH("/api/workspace/members/{id}", { params, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: membersQuery.queryKey }),
    onError: (error) => toastError(errorText(error)),
  });
  const makeLink = useMutation({
    mutationFn: () => unwrap(client.POST("/api/workspace/members/{id}/reset-link", { params })),
    onSuccess: ({ url, mailed }) => {
      setLink({ href: new URL(url, location.origin).href, mailed: mailed === true });
      return queries.invalidateQueries({ queryKey: membersQuery.queryKey });
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={words.actions(member.name)}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{words.changeRole}</Menu.Label>
          {ROLES.filter((role) => role !== "owner" && role !== member.role).map((role) => (
            <Menu.Item key={role} onClick={() => change.mutate({ role })}>
              {names.role(role)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => makeLink.mutate()}>{words.resetLink}</Menu.Item>
          <MemberSecurityItems member={member} onChoose={secure} />
          {member.disabled ? (
            <Menu.Item onClick={() => change.mutate({ disabled: false })}>{words.enable}</Menu.Item>
          ) : (
            <Menu.Item color="red" onClick={() => setConfirming(true)}>
              {words.disable}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {secureDialogue()}
      <Confirm
        opened={confirming}
        onClose={() => setConfirming(false)}
        title={`${words.disable}: ${member.name}`}
        effect={words.disableEffect(member.name)}
        action={words.disable}
        onConfirm={() => change.mutateAsync({ disabled: true })}
      />
      <SideDrawer
        opened={link !== null}
        onClose={() => setLink(null)}
        title={words.resetTitle(member.name)}
        size="md"
      >
        <Stack>
          <Text size="sm">{link?.mailed ? words.resetMailed(member.email) : words.resetHint}</Text>
          {link && <CopyField value={link.href} />}
        </Stack>
      </SideDrawer>
    </>
  );
}
