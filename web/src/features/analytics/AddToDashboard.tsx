import { Alert, Button, Group, Modal, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { AnswerLook, Question, ReportDetail, TileBody } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { dashboardQuery, dashboardsQuery } from "./analytics-queries";
import { explorerWords } from "./explorer-words";
import { tidy } from "./question";
import { asBody } from "./tile-rules";

interface AddToDashboardProps {
  opened: boolean;
  onClose: () => void;
  question: Question;
  look: AnswerLook;
  report: ReportDetail | undefined;
  title: string;
}

/** Puts what is looked at on a dashboard: the report if it is one, else the question itself. */
export function AddToDashboard(props: AddToDashboardProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={words.addToDashboard}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {props.opened && <AddForm {...props} />}
    </Modal>
  );
}

function AddForm({ onClose, question, look, report, title }: AddToDashboardProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const { language } = useLanguage();
  const queries = useQueryClient();
  const list = useInfiniteQuery(dashboardsQuery());
  const own = useMemo(
    () => (list.data?.pages.flatMap((page) => page.items) ?? []).filter((one) => !one.ready),
    [list.data],
  );
  const [way, setWay] = useState<"old" | "new">("old");
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const tile: TileBody = report
    ? { report_id: report.id, view: look }
    : { query: tidy(question), title: { en: title, ja: title }, view: look };
  const isNew = way === "new" || own.length === 0;
  const ref = chosen ?? own[0]?.ref ?? null;
  const add = useMutation({
    mutationFn: async () => {
      if (isNew || ref === null)
        return unwrap(
          client.POST("/api/analytics/dashboards", { body: { name: name.trim(), tiles: [tile] } }),
        );
      const { tiles } = await queries.fetchQuery({ ...dashboardQuery(ref), staleTime: 0 });
      return unwrap(
        client.PATCH("/api/analytics/dashboards/{ref}", {
          params: { path: { ref } },
          body: { tiles: [...tiles.map(asBody), tile] },
        }),
      );
    },
    onSuccess: async (changed) => {
      toastDone(words.added(changed.title[language]));
      await queries.invalidateQueries({ queryKey: ["analytics", "dashboards"] });
      onClose();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack>
        {own.length > 0 && (
          <Radio.Group
            aria-label={words.dashboard}
            value={way}
            onChange={(next) => setWay(next as typeof way)}
          >
            <Group>
              <Radio value="old" label={words.dashboard} />
              <Radio value="new" label={words.newDashboard} />
            </Group>
          </Radio.Group>
        )}
        {isNew ? (
          <TextInput
            label={words.newDashboardName}
            value={name}
            maxLength={100}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
        ) : (
          <Select
            label={words.dashboard}
            data={own.map((one) => ({ value: one.ref, label: one.title[language] }))}
            value={ref}
            onChange={setChosen}
            allowDeselect={false}
            searchable
          />
        )}
        {add.error && <Alert color="red">{errorText(add.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={isNew && !name.trim()}>
            {words.addToDashboard}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
