import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Confirm } from "@/components/Confirm";
import { JsonView } from "@/components/JsonView";
import type { Identity, IdentityLink, IdentityNode, ProfileId } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { splitAt } from "./identity-rules";
import { profileWords } from "./profile-words";
import { useReason } from "./use-reason";

interface LinkDetailProps {
  profileId: ProfileId;
  identity: Identity;
  link: IdentityLink;
  onDone: () => void;
}

/** One merge: its two sides as they would be without it, and the way to take it back. */
export function LinkDetail({ profileId, identity, link, onDone }: LinkDetailProps): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  const reasonOf = useReason();
  const mayMerge = useMayDo()("profiles.merge");
  const [confirming, dialogue] = useDisclosure();
  const queries = useQueryClient();
  const { stays, leaves } = splitAt(identity, link.id);
  const unmerge = async () => {
    await unwrap(
      client.POST("/api/profiles/{profile_id}/unmerge", {
        params: { path: { profile_id: profileId } },
        body: { link_id: link.id },
      }),
    );
    await queries.invalidateQueries({ queryKey: ["profiles"] });
    toastDone(words.unmergeDone);
    onDone();
  };
  return (
    <Stack>
      <Text size="sm">
        {reasonOf(link.reason)} · {format.dateTime(link.at)}
      </Text>
      <Group align="flex-start" grow>
        <Side title={words.stays} nodes={stays} />
        <Side title={words.leaves} nodes={leaves} />
      </Group>
      {link.cause !== null && link.cause !== undefined && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {words.cause}
          </Text>
          <JsonView value={link.cause} label={words.cause} />
        </div>
      )}
      {mayMerge && (
        <Button color="red" variant="light" onClick={dialogue.open} style={{ alignSelf: "start" }}>
          {words.unmerge}
        </Button>
      )}
      <Confirm
        opened={confirming}
        onClose={dialogue.close}
        title={words.unmerge}
        action={words.unmerge}
        typed={words.unmergeWord}
        onConfirm={unmerge}
        effect={
          <Stack gap="xs">
            <Text size="sm">
              {words.unmergeEffect(format.number(stays.length), format.number(leaves.length))}
            </Text>
            <Text size="sm">{words.unmergeBlock}</Text>
          </Stack>
        }
      />
    </Stack>
  );
}

function Side({ title, nodes }: { title: string; nodes: IdentityNode[] }): ReactNode {
  const names = useNames();
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed" mb={4}>
        {title} ({nodes.length})
      </Text>
      <Stack gap={6}>
        {nodes.map((node) => (
          <div key={node.key}>
            <Text size="xs" c="dimmed">
              {names.identifier(node.type)}
            </Text>
            <Text size="sm" fw={500} truncate title={node.value}>
              {node.value}
            </Text>
          </div>
        ))}
      </Stack>
    </div>
  );
}
