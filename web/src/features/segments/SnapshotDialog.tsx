import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { SegmentDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { refreshSegments } from "./segment-queries";
import { segmentWords } from "./segment-words";

interface SnapshotDialogProps {
  segment: SegmentDetail;
  opened: boolean;
  onClose: () => void;
}

/** Who is in the segment now, kept as a list that does not change. */
export function SnapshotDialog({ segment, opened, onClose }: SnapshotDialogProps): ReactNode {
  const words = useWords(segmentWords).snapshot;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.title}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <SnapshotForm segment={segment} />
    </Modal>
  );
}

function SnapshotForm({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).snapshot;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const format = useFormat();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useForm(
    { name: words.suggested(segment.name, format.date(new Date())) },
    ({ name }): { name?: string } => (name.trim() ? {} : { name: common.required }),
  );
  const keep = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/segments/{id}/snapshot", {
          params: { path: { id: segment.id } },
          body: { name: form.values.name.trim() },
        }),
      ),
    onSuccess: async (made) => {
      toastDone(words.done);
      await refreshSegments(queries);
      await navigate({
        to: "/customers/segments/$segmentId",
        params: { segmentId: String(made.id) },
      });
    },
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) keep.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.hint}</Text>
        <TextInput label={words.name} maxLength={100} data-autofocus {...form.text("name")} />
        {keep.error && !form.errors.name && <Alert color="red">{errorText(keep.error)}</Alert>}
        <Group justify="flex-end">
          <Button type="submit" loading={keep.isPending}>
            {words.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
