import {
  Alert,
  Button,
  Group,
  Modal,
  Radio,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import type { Share } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { sharesQuery, type TargetKind } from "./analytics-queries";
import classes from "./sharing.module.css";
import { sharingWords } from "./sharing-words";

export interface DialogTarget {
  kind: TargetKind;
  ref: string;
  name: string;
}

interface ShareDialogProps {
  opened: boolean;
  onClose: () => void;
  target: DialogTarget;
}

/** Links to a report or dashboard: for members, or for anyone until a day. */
export function ShareDialog({ opened, onClose, target }: ShareDialogProps): ReactNode {
  const words = useWords(sharingWords).share;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.title(target.name)}
      size="lg"
      closeButtonProps={{ "aria-label": common.close }}
    >
      {opened && <Links target={target} />}
    </Modal>
  );
}

function Links({ target }: { target: DialogTarget }): ReactNode {
  const words = useWords(sharingWords).share;
  const query = useQuery(sharesQuery(target.kind, target.ref));
  return (
    <Stack gap="lg">
      <NewLink target={target} />
      <section aria-label={words.links}>
        <Text size="sm" fw={600} mb={6}>
          {words.links}
        </Text>
        <Loaded query={query} skeleton={<Skeleton height={64} />}>
          {(shares) =>
            shares.length === 0 ? (
              <Text size="sm" c="dimmed">
                {words.none}
              </Text>
            ) : (
              <ul className={classes.list}>
                {shares.map((share) => (
                  <LinkRow key={share.id} share={share} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
    </Stack>
  );
}

const DAYS_DEFAULT = 30;
const DAY_MS = 86_400_000;

function NewLink({ target }: { target: DialogTarget }): ReactNode {
  const words = useWords(sharingWords).share;
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [audience, setAudience] = useState<"members" | "anyone">("members");
  const [until, setUntil] = useState(() => toDay(new Date(Date.now() + DAYS_DEFAULT * DAY_MS)));
  const make = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/analytics/shares", {
          body: {
            kind: target.kind,
            ref: target.ref,
            audience,
            // The whole day is meant.
            ...(audience === "anyone" && {
              expires_at: new Date(`${until}T23:59:59`).toISOString(),
            }),
          },
        }),
      ),
    onSuccess: async () => {
      toastDone(words.made);
      await queries.invalidateQueries({ queryKey: ["analytics", "shares"] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Stack gap="sm">
        <Radio.Group
          label={words.audience}
          value={audience}
          onChange={(next) => setAudience(next as typeof audience)}
        >
          <Stack gap={6} mt={4}>
            {(["members", "anyone"] as const).map((one) => (
              <Radio key={one} value={one} label={words.audiences[one]} />
            ))}
          </Stack>
        </Radio.Group>
        {audience === "anyone" && (
          <TextInput
            type="date"
            label={words.until}
            description={words.anyoneHint}
            value={until}
            min={toDay(new Date())}
            required
            withAsterisk={false}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        )}
        {make.error && <Alert color="red">{errorText(make.error)}</Alert>}
        <Button
          type="submit"
          leftSection={<IconLink size={16} aria-hidden />}
          loading={make.isPending}
          style={{ alignSelf: "flex-start" }}
        >
          {words.make}
        </Button>
      </Stack>
    </form>
  );
}

function toDay(at: Date): string {
  return new Intl.DateTimeFormat("sv-SE").format(at);
}

function LinkRow({ share }: { share: Share }): ReactNode {
  const words = useWords(sharingWords).share;
  const format = useFormat();
  const names = useNames();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = async () => {
    await unwrap(
      client.DELETE("/api/analytics/shares/{id}", { params: { path: { id: share.id } } }),
    );
    toastDone(words.revoked);
    await queries.invalidateQueries({ queryKey: ["analytics", "shares"] });
  };
  const opened = share.opened > 0 ? words.opened(format.number(share.opened)) : words.neverOpened;
  const until = share.expires_at ? format.date(share.expires_at) : words.forever;
  return (
    <li>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={500}>
          {words.audiences[share.audience]}
        </Text>
        <Button size="compact-xs" variant="subtle" color="red" onClick={() => setAsking(true)}>
          {words.revoke}
        </Button>
      </Group>
      <CopyField label={words.audiences[share.audience]} value={share.url} />
      <Text size="xs" c="dimmed" mt={4}>
        {words.until} {until} · {opened} · {words.by(names.actor(share.created_by))}
      </Text>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={words.revokeTitle}
        effect={<Text size="sm">{words.revokeEffect}</Text>}
        action={words.revoke}
        onConfirm={revoke}
      />
    </li>
  );
}
