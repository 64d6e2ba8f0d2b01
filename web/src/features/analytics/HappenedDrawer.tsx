import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPencil, IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { answerWords } from "@/components/answer/answer-words";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { SideDrawer } from "@/components/SideDrawer";
import type { Annotation } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useMayDo, useWorkspaceMaybe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { annotationsQuery } from "./analytics-queries";
import { dashboardWords } from "./dashboard-words";
import { clockOf, instantOf } from "./local-time";
import classes from "./sharing.module.css";

const KINDS = ["campaign", "outage", "release", "other"] as const;

/** What happened, as it stands on charts: noted, changed, taken away. */
export function HappenedDrawer({
  opened,
  onClose,
}: {
  opened: boolean;
  onClose: () => void;
}): ReactNode {
  const words = useWords(dashboardWords).happened;
  return (
    <SideDrawer opened={opened} onClose={onClose} title={words.title}>
      {opened && <Happenings />}
    </SideDrawer>
  );
}

function Happenings(): ReactNode {
  const words = useWords(dashboardWords).happened;
  const mayManage = useMayDo()("reports.manage");
  const query = useQuery(annotationsQuery());
  const [editing, setEditing] = useState<Annotation | "new" | null>(null);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {words.hint}
      </Text>
      {mayManage && editing === null && (
        <Button
          variant="light"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setEditing("new")}
        >
          {words.add}
        </Button>
      )}
      {editing !== null && (
        <HappenedForm
          key={editing === "new" ? "new" : editing.id}
          annotation={editing === "new" ? undefined : editing}
          onDone={() => setEditing(null)}
        />
      )}
      <Loaded query={query}>
        {(items) =>
          items.length === 0 ? (
            <Text size="sm">{words.none}</Text>
          ) : (
            <ul className={classes.list}>
              {items.map((item) => (
                <HappenedRow
                  key={item.id}
                  item={item}
                  onEdit={mayManage ? () => setEditing(item) : undefined}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Stack>
  );
}

function HappenedRow({
  item,
  onEdit,
}: {
  item: Annotation;
  onEdit: (() => void) | undefined;
}): ReactNode {
  const words = useWords(dashboardWords).happened;
  const kinds = useWords(answerWords).kinds;
  const format = useFormat();
  const names = useNames();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      unwrap(
        client.DELETE("/api/analytics/annotations/{id}", { params: { path: { id: item.id } } }),
      ),
    onSuccess: async () => {
      toastDone(words.removed);
      await queries.invalidateQueries({ queryKey: ["analytics", "annotations"] });
    },
  });
  return (
    <li>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <div>
          <Group gap={8}>
            <Badge
              variant="light"
              size="sm"
              color={item.kind === "outage" ? "vermilion" : "indigo"}
            >
              {kinds[item.kind]}
            </Badge>
            <Text size="xs" c="dimmed">
              {format.dateTime(item.at)}
            </Text>
          </Group>
          <Text size="sm" mt={2}>
            {item.text}
          </Text>
          <Text size="xs" c="dimmed">
            {names.actor(item.created_by)}
            {item.link && (
              <>
                {" · "}
                <a href={item.link} rel="noreferrer">
                  {item.link}
                </a>
              </>
            )}
          </Text>
        </div>
        {onEdit && (
          <Group gap={2} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.edit(item.text)}
              onClick={onEdit}
            >
              <IconPencil size={15} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.remove(item.text)}
              loading={remove.isPending}
              onClick={() => remove.mutate()}
            >
              <IconX size={15} />
            </ActionIcon>
          </Group>
        )}
      </Group>
    </li>
  );
}

function HappenedForm({
  annotation,
  onDone,
}: {
  annotation: Annotation | undefined;
  onDone: () => void;
}): ReactNode {
  const words = useWords(dashboardWords).happened;
  const kinds = useWords(answerWords).kinds;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const zone = useWorkspaceMaybe()?.time_zone ?? "UTC";
  const [values, setValues] = useState(() => ({
    ...clockOf(annotation?.at ?? new Date(), zone),
    text: annotation?.text ?? "",
    kind: annotation?.kind ?? ("campaign" as Annotation["kind"]),
    link: annotation?.link ?? "",
  }));
  const set = (change: Partial<typeof values>) => setValues({ ...values, ...change });
  const save = useMutation({
    mutationFn: () => {
      const body = {
        at: instantOf(values.day, values.time, zone),
        text: values.text.trim(),
        kind: values.kind,
        link: values.link.trim() || null,
      };
      return annotation
        ? unwrap(
            client.PATCH("/api/analytics/annotations/{id}", {
              params: { path: { id: annotation.id } },
              body,
            }),
          )
        : unwrap(client.POST("/api/analytics/annotations", { body }));
    },
    onSuccess: async () => {
      toastDone(words.saved);
      await queries.invalidateQueries({ queryKey: ["analytics", "annotations"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (values.text.trim()) save.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={words.text}
          placeholder={words.textExample}
          value={values.text}
          maxLength={300}
          data-autofocus
          onChange={(event) => set({ text: event.currentTarget.value })}
        />
        <Group grow>
          <TextInput
            type="date"
            label={words.day}
            value={values.day}
            required
            withAsterisk={false}
            onChange={(event) => set({ day: event.currentTarget.value })}
          />
          <TextInput
            type="time"
            label={words.time}
            value={values.time}
            required
            withAsterisk={false}
            onChange={(event) => set({ time: event.currentTarget.value })}
          />
          <Select
            label={words.kind}
            data={KINDS.map((value) => ({ value, label: kinds[value] }))}
            value={values.kind}
            onChange={(kind) => kind && set({ kind: kind as Annotation["kind"] })}
            allowDeselect={false}
          />
        </Group>
        <TextInput
          label={words.link}
          description={words.linkHint}
          value={values.link}
          maxLength={500}
          onChange={(event) => set({ link: event.currentTarget.value })}
        />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Group gap="xs">
          <Button type="submit" loading={save.isPending} disabled={!values.text.trim()}>
            {common.save}
          </Button>
          <Button variant="default" onClick={onDone}>
            {common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
