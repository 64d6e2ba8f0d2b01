import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import type { PrivacyRequestDetail } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { EraseEffect, isRemoval, type RemovalKind, typedName } from "./EraseEffect";
import {
  actOnRequest,
  profileQuery,
  REQUESTS_KEY,
  type RequestAction,
  requestQuery,
} from "./request-queries";
import { requestWords } from "./request-words";

function useAct(request: PrivacyRequestDetail) {
  const words = useWords(requestWords);
  const common = useWords(commonWords);
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: RequestAction) => actOnRequest(request.id, action),
    onSuccess: async (next, action) => {
      toastDone(action.kind === "start" ? words.detail.started : common.saved);
      queries.setQueryData(requestQuery(request.id).queryKey, next);
      await queries.invalidateQueries({ queryKey: REQUESTS_KEY });
      await queries.invalidateQueries({ queryKey: ["privacy", "people"] });
      await queries.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

type Open = "extend" | "refuse" | "complete" | null;

export function RequestActions({ request }: { request: PrivacyRequestDetail }): ReactNode {
  const words = useWords(requestWords).detail;
  const errorText = useErrorText();
  const act = useAct(request);
  const [open, setOpen] = useState<Open>(null);
  const [confirming, confirm] = useDisclosure();
  const { kind, state } = request;
  const start = () => {
    if (kind === "correction") setOpen("complete");
    else if (isRemoval(kind)) confirm.open();
    else act.mutate({ kind: "start" });
  };
  if (open) {
    return (
      <ReasonForm
        of={open}
        onClose={() => setOpen(null)}
        onSend={(text) =>
          act.mutateAsync(
            open === "complete" ? { kind: open, note: text } : { kind: open, reason: text },
          )
        }
      />
    );
  }
  return (
    <Stack gap="xs">
      {act.error && <Alert color="red">{errorText(act.error)}</Alert>}
      <Group gap="xs">
        {state !== "running" && (
          <Button
            color={isRemoval(kind) ? "red" : undefined}
            onClick={start}
            loading={act.isPending}
          >
            {state === "failed" ? words.again : words.start[kind]}
          </Button>
        )}
        {request.extended_reason === null && (
          <Button variant="default" onClick={() => setOpen("extend")}>
            {words.extend}
          </Button>
        )}
        {state !== "running" && (
          <Button variant="subtle" color="red" onClick={() => setOpen("refuse")}>
            {words.refuse}
          </Button>
        )}
      </Group>
      {isRemoval(kind) && (
        <ConfirmRemoval
          request={request}
          kind={kind}
          opened={confirming}
          onClose={confirm.close}
          onConfirm={() => act.mutateAsync({ kind: "start" })}
        />
      )}
    </Stack>
  );
}

interface ConfirmRemovalProps {
  request: PrivacyRequestDetail;
  kind: RemovalKind;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
}

function ConfirmRemoval({ request, kind, ...dialogue }: ConfirmRemovalProps): ReactNode {
  const words = useWords(requestWords);
  const [only] = request.profile_ids;
  const single = request.subjects === 1 ? only : undefined;
  const { data: profile } = useQuery({
    ...profileQuery(single ?? ""),
    enabled: dialogue.opened && single !== undefined,
  });
  const about = single === undefined ? undefined : profile;
  const title = kind === "erasure" ? words.confirm.eraseTitle : words.confirm.deleteTitle;
  const people = words.table.aboutOf(String(request.subjects));
  return (
    <Confirm
      {...dialogue}
      title={title(about ? typedName(about) : people)}
      effect={<EraseEffect kind={kind} profile={about} people={request.subjects} />}
      action={words.detail.start[kind]}
      typed={about ? typedName(about) : words.confirm.word[kind]}
    />
  );
}

interface ReasonFormProps {
  of: Exclude<Open, null>;
  onClose: () => void;
  onSend: (text: string) => Promise<unknown>;
}

function ReasonForm({ of, onClose, onSend }: ReasonFormProps): ReactNode {
  const words = useWords(requestWords).detail;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const send = useMutation({ mutationFn: () => onSend(text.trim()), onSuccess: onClose });
  const asks = {
    extend: { label: words.reason, hint: words.extendHint, action: words.extend },
    refuse: { label: words.reason, hint: words.refuseHint, action: words.refuse },
    complete: {
      label: words.corrected,
      hint: words.correctionHint,
      action: words.start.correction,
    },
  }[of];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setMissing(!text.trim());
        if (text.trim()) send.mutate();
      }}
    >
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {asks.hint}
        </Text>
        <Textarea
          label={asks.label}
          autosize
          minRows={2}
          autoFocus
          value={text}
          error={missing && !text.trim() ? common.required : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {send.error && <Alert color="red">{errorText(send.error)}</Alert>}
        <Group gap="xs">
          <Button
            type="submit"
            color={of === "refuse" ? "red" : undefined}
            loading={send.isPending}
          >
            {asks.action}
          </Button>
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
