import { Button, Group, Stack, Text } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import type { Invitation } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { settingsWords } from "./settings-words";

export const invitationsQuery = queryOptions({
  queryKey: ["workspace", "invitations"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/invitations", { signal })),
});

export function Invitations(): ReactNode {
  const words = useWords(settingsWords).members;
  const { data } = useQuery(invitationsQuery);
  if (!data?.items.length) return null;
  return (
    <div style={{ marginTop: 24 }}>
      <Card title={words.pending}>
        <Stack gap="sm">
          {data.items.map((invitation) => (
            <InvitationLine key={invitation.id} invitation={invitation} />
          ))}
        </Stack>
      </Card>
    </div>
  );
}

function InvitationLine({ invitation }: { invitation: Invitation }): ReactNode {
  const words = useWords(settingsWords).members;
  const names = useNames();
  const format = useFormat();
  const queries = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const withdraw = async () => {
    await unwrap(
      client.DELETE("/api/workspace/invitations/{id}", { params: { path: { id: invitation.id } } }),
    );
    await queries.invalidateQueries({ queryKey: invitationsQuery.queryKey });
  };
  return (
    <Group justify="space-between">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
          {invitation.email}
        </Text>
        <Text size="xs" c="dimmed">
          {names.role(invitation.role)} · {words.expires} {format.date(invitation.expires_at)}
        </Text>
      </div>
      <Button variant="default" size="compact-sm" onClick={() => setConfirming(true)}>
        {words.withdraw}
      </Button>
      <Confirm
        opened={confirming}
        onClose={() => setConfirming(false)}
        title={words.withdraw}
        effect={words.withdrawEffect(invitation.email)}
        action={words.withdraw}
        onConfirm={withdraw}
      />
    </Group>
  );
}
