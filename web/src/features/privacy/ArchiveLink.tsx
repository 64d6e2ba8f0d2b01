import { Alert, Anchor, Button, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import type { PrivacyRequestDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { requestWords } from "./request-words";

/** The way of an archive to its person: a link that opens for a week. */
export function ArchiveLink({ request }: { request: PrivacyRequestDetail }): ReactNode {
  const words = useWords(requestWords).detail;
  const format = useFormat();
  const errorText = useErrorText();
  const make = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/privacy/requests/{id}/link", { params: { path: { id: request.id } } }),
      ),
  });
  if (!request.archive) {
    return (
      <Text size="sm" c="dimmed">
        {words.archiveGone}
      </Text>
    );
  }
  if (make.data) {
    return (
      <Stack gap="xs" align="flex-start">
        <CopyField
          label={words.linkMade}
          hint={words.linkHint(format.dateTime(make.data.expires_at))}
          value={make.data.url}
        />
        <Anchor href={make.data.url} download size="sm">
          <IconDownload size={15} aria-hidden /> {words.open}
        </Anchor>
      </Stack>
    );
  }
  return (
    <Stack gap="xs" align="flex-start">
      <Button onClick={() => make.mutate()} loading={make.isPending}>
        {words.link}
      </Button>
      {make.error && <Alert color="red">{errorText(make.error)}</Alert>}
    </Stack>
  );
}
