import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ExportPurpose } from "@/components/ExportPurpose";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { jobsQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { sightWords } from "@/lib/sight-words";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { profileWords } from "./profile-words";
import { REASON_CHARS_MIN } from "./reveal";

const EXPORTED = [
  "name",
  "name_kana",
  "email",
  "phone",
  "user_id",
  "first_seen",
  "last_seen",
  "identified",
];

interface ExportButtonProps {
  search: string;
  identified: boolean | undefined;
}

/** Asks why before a list leaves: the reason travels with the file and stands in the audit log. */
export function ExportButton(props: ExportButtonProps): ReactNode {
  const words = useWords(profileWords).list;
  const common = useWords(commonWords);
  const [opened, dialogue] = useDisclosure();
  return (
    <>
      <Button variant="default" leftSection={<IconDownload size={16} />} onClick={dialogue.open}>
        {words.export}
      </Button>
      <Modal
        opened={opened}
        onClose={dialogue.close}
        title={words.export}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <ExportForm {...props} onDone={dialogue.close} />
      </Modal>
    </>
  );
}

function ExportForm({
  search,
  identified,
  onDone,
}: ExportButtonProps & { onDone: () => void }): ReactNode {
  const words = useWords(profileWords).list;
  const sight = useWords(sightWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const seesContact = useMayDo()("contact.read");
  const [purpose, setPurpose] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const start = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/profiles/exports", {
          body: { search, identified, columns: EXPORTED, reason: reason.trim(), purpose },
        }),
      ),
    onSuccess: async () => {
      toastDone(words.exportStarted);
      onDone();
      await queries.invalidateQueries({ queryKey: jobsQuery.queryKey });
    },
  });
  const enough = reason.replace(/\s/g, "").length >= REASON_CHARS_MIN;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (enough) start.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.exportAbout}</Text>
        {!seesContact && (
          <Text size="sm" c="dimmed">
            {words.exportMasked}
          </Text>
        )}
        <ExportPurpose value={purpose} onChange={setPurpose} />
        <Textarea
          label={sight.reason}
          description={words.exportReasonHint}
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
            {words.exportStart}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
