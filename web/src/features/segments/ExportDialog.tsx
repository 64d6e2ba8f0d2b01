import { Alert, Button, Group, Modal, MultiSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import { useErrorText } from "@/components/ErrorState";
import { ExportPurpose } from "@/components/ExportPurpose";
import type { SegmentDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { jobsQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { sightWords } from "@/lib/sight-words";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { segmentWords } from "./segment-words";

const REASON_CHARS_MIN = 5;
const TRAIT = "traits.";
const CHOSEN_FIRST = ["name", "email", "phone", "user_id", "last_seen"];

interface ExportDialogProps {
  segment: SegmentDetail;
  opened: boolean;
  onClose: () => void;
}

/** Asks what, what for and why before people leave as a file. */
export function ExportDialog({ segment, opened, onClose }: ExportDialogProps): ReactNode {
  const words = useWords(segmentWords).export;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.title}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <ExportForm segment={segment} onDone={onClose} />
    </Modal>
  );
}

function ExportForm({
  segment,
  onDone,
}: {
  segment: SegmentDetail;
  onDone: () => void;
}): ReactNode {
  const words = useWords(segmentWords).export;
  const sight = useWords(sightWords);
  const format = useFormat();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const seesContact = useMayDo()("contact.read");
  const [columns, setColumns] = useState(CHOSEN_FIRST);
  const [purpose, setPurpose] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const start = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/segments/{id}/export", {
          params: { path: { id: segment.id } },
          body: { columns, reason: reason.trim(), purpose },
        }),
      ),
    onSuccess: async () => {
      toastDone(words.started);
      onDone();
      await queries.invalidateQueries({ queryKey: jobsQuery.queryKey });
    },
  });
  const enough = columns.length > 0 && reason.replace(/\s/g, "").length >= REASON_CHARS_MIN;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (enough) start.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.about(format.number(segment.size))}</Text>
        {!seesContact && (
          <Text size="sm" c="dimmed">
            {words.masked}
          </Text>
        )}
        <ColumnSelect value={columns} onChange={setColumns} />
        <ExportPurpose value={purpose} onChange={setPurpose} />
        <Textarea
          label={sight.reason}
          description={words.reasonHint}
          autosize
          minRows={2}
          maxLength={500}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {start.error && <Alert color="red">{errorText(start.error)}</Alert>}
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending} disabled={!enough}>
            {words.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ColumnSelect({
  value,
  onChange,
}: {
  value: string[];
  onChange: (columns: string[]) => void;
}): ReactNode {
  const words = useWords(segmentWords).export;
  const { data } = useQuery(catalogueQuery);
  const fields = Object.entries(words.columnNames).map(([key, label]) => ({ value: key, label }));
  const traits = (data?.traits ?? []).map(({ name }) => ({ value: TRAIT + name, label: name }));
  return (
    <MultiSelect
      label={words.columns}
      data={[
        { group: words.fields, items: fields },
        { group: words.traits, items: traits },
      ]}
      value={value}
      onChange={onChange}
      error={value.length === 0 && words.noColumns}
      searchable
      hidePickedOptions
      maxDropdownHeight={260}
    />
  );
}
