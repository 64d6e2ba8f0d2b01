import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import { TimeText } from "@/components/TimeText";
import type { SessionItem } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { toastDone, toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import classes from "./SessionsCard.module.css";
import { signInWords } from "./sign-in-words";

const KEY = ["me", "sessions"];

/** Where one is signed in, and the way out of each. */
export function SessionsCard(): ReactNode {
  const words = useWords(signInWords).sessions;
  const queries = useQueryClient();
  const [confirming, dialogue] = useDisclosure();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => unwrap(client.GET("/api/me/sessions", { signal })),
  });
  const endOthers = async () => {
    await unwrap(client.DELETE("/api/me/sessions"));
    toastDone(words.ended);
    await queries.invalidateQueries({ queryKey: KEY });
  };
  return (
    <Card title={words.title}>
      <Loaded query={query} skeleton={<RowsSkeleton rows={2} />}>
        {({ items }) => (
          <Stack gap="sm" align="flex-start">
            <ul className={classes.list}>
              {items.map((item) => (
                <SessionLine key={item.id} session={item} />
              ))}
            </ul>
            {items.length > 1 && (
              <Button variant="default" onClick={dialogue.open}>
                {words.endOthers}
              </Button>
            )}
          </Stack>
        )}
      </Loaded>
      <Confirm
        opened={confirming}
        onClose={dialogue.close}
        title={words.endOthers}
        effect={words.endOthersEffect}
        action={words.endOthers}
        onConfirm={endOthers}
      />
    </Card>
  );
}

function SessionLine({ session }: { session: SessionItem }): ReactNode {
  const words = useWords(signInWords).sessions;
  const format = useFormat();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const device = session.device || words.unknown;
  const end = useMutation({
    mutationFn: () =>
      unwrap(client.DELETE("/api/me/sessions/{id}", { params: { path: { id: session.id } } })),
    onSuccess: () => {
      toastDone(words.ended);
      return queries.invalidateQueries({ queryKey: KEY });
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <li className={classes.line}>
      <div className={classes.told}>
        <Group gap={8}>
          <Text size="sm" fw={500} title={session.user_agent}>
            {device}
          </Text>
          {session.current && (
            <Badge variant="light" color="teal" tt="none">
              {words.current}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {session.ip} · {words.opened(format.dateTime(session.created_at))}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {words.seen}: <TimeText at={session.last_seen_at} />
        </Text>
      </div>
      {!session.current && (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={end.isPending}
          aria-label={words.endNamed(device)}
          onClick={() => end.mutate()}
        >
          {words.end}
        </Button>
      )}
    </li>
  );
}
