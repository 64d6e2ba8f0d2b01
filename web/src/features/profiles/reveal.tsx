import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Modal,
  Stack,
  Text,
  Textarea,
  Tooltip,
} from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { Masked } from "@/components/Masked";
import type { JsonValue, ProfileId } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useMayDo } from "@/lib/session";
import { sightWords } from "@/lib/sight-words";
import { useWords } from "@/lib/words";

export const REASON_CHARS_MIN = 5;

interface Asked {
  field: string;
  label: string;
}

interface Reveals {
  values: Record<string, JsonValue>;
  ask: (asked: Asked) => void;
}

const RevealContext = createContext<Reveals>({ values: {}, ask: () => {} });

/** Keeps what was revealed on a profile's page for as long as the page is open, and nowhere else. */
export function RevealProvider({
  profileId,
  children,
}: {
  profileId: ProfileId;
  children: ReactNode;
}): ReactNode {
  const [values, setValues] = useState<Record<string, JsonValue>>({});
  const [asked, setAsked] = useState<Asked | null>(null);
  const reveals = useMemo(() => ({ values, ask: setAsked }), [values]);
  return (
    <RevealContext value={reveals}>
      {children}
      {asked && (
        <RevealDialog
          profileId={profileId}
          asked={asked}
          onClose={() => setAsked(null)}
          onReveal={(found) => {
            setValues((now) => ({ ...now, ...found }));
            setAsked(null);
          }}
        />
      )}
    </RevealContext>
  );
}

interface RevealDialogProps {
  profileId: ProfileId;
  asked: Asked;
  onClose: () => void;
  onReveal: (values: Record<string, JsonValue>) => void;
}

function RevealDialog({ profileId, asked, onClose, onReveal }: RevealDialogProps): ReactNode {
  const words = useWords(sightWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const [reason, setReason] = useState("");
  const reveal = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/profiles/{profile_id}/reveal", {
          params: { path: { profile_id: profileId } },
          body: { fields: [asked.field], reason: reason.trim() },
        }),
      ),
    gcTime: 0,
    onSuccess: ({ values }) => onReveal(values),
  });
  const enough = reason.replace(/\s/g, "").length >= REASON_CHARS_MIN;
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.title}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (enough) reveal.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{words.about(asked.label)}</Text>
          <Textarea
            label={words.reason}
            description={words.reasonHint}
            autosize
            minRows={2}
            maxLength={500}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {reveal.error && <Alert color="red">{errorText(reveal.error)}</Alert>}
          <Group justify="flex-end">
            <Button type="submit" loading={reveal.isPending} disabled={!enough}>
              {words.show}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface RevealableProps {
  /** As the API names it: `email`, `traits.memo`, `identifiers.user_id`. */
  field: string;
  label: string;
  masked: boolean | undefined;
  /** What is shown of the revealed value, where it is not simply a text. */
  show: (value: JsonValue | undefined) => ReactNode;
}

/** A value that may be masked: then with a lock that opens it for a reason, or says who can give access. */
export function Revealable({ field, label, masked, show }: RevealableProps): ReactNode {
  const words = useWords(sightWords);
  const mayReveal = useMayDo()("sensitive.reveal");
  const { values, ask } = useContext(RevealContext);
  if (!masked) return show(undefined);
  if (field in values) {
    return (
      <Group component="span" gap={4} wrap="nowrap" display="inline-flex" maw="100%">
        {show(values[field])}
        <Tooltip label={words.revealed}>
          <Text component="span" c="orange" lh={0} aria-label={words.revealed} role="img">
            <IconLockOpen size={13} />
          </Text>
        </Tooltip>
      </Group>
    );
  }
  if (!mayReveal) return <Masked>{show(undefined)}</Masked>;
  return (
    <Group component="span" gap={2} wrap="nowrap" display="inline-flex" maw="100%">
      <Text component="span" inherit c="dimmed" truncate>
        {show(undefined)}
      </Text>
      <Tooltip label={words.reveal(label)}>
        <ActionIcon
          variant="subtle"
          size="sm"
          color="gray"
          aria-label={words.reveal(label)}
          onClick={() => ask({ field, label })}
        >
          <IconLock size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
