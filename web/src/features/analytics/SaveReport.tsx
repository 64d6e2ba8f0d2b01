import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { AnswerLook, Question, ReportDetail } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";
import { tidy } from "./question";

interface SaveReportProps {
  opened: boolean;
  onClose: () => void;
  question: Question;
  look: AnswerLook;
  report: ReportDetail | undefined;
}

/** Gives a question a name, or a report its new question. */
export function SaveReport(props: SaveReportProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.report ? words.saveChanges : words.save}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {props.opened && <SaveForm {...props} />}
    </Modal>
  );
}

function SaveForm({ onClose, question, look, report }: SaveReportProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(report?.name ?? "");
  const [description, setDescription] = useState(report?.description ?? "");
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), description, query: tidy(question), view: look };
      return report
        ? unwrap(
            client.PATCH("/api/analytics/reports/{id}", {
              params: { path: { id: report.id } },
              body,
            }),
          )
        : unwrap(client.POST("/api/analytics/reports", { body }));
    },
    onSuccess: async (saved) => {
      toastDone(words.saved);
      onClose();
      await queries.invalidateQueries({ queryKey: ["analytics", "reports"] });
      await navigate({
        to: "/insight/reports/$reportId",
        params: { reportId: String(saved.id) },
        search: {},
      });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={words.reportName}
          value={name}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label={words.reportDescription}
          value={description}
          maxLength={2_000}
          autosize
          minRows={2}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
