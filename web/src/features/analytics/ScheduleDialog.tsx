import {
  Alert,
  Button,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
} from "@mantine/core";
import { IconMail, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import type { Schedule } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { membersQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { mailQuery, schedulesQuery } from "./analytics-queries";
import type { DialogTarget } from "./ShareDialog";
import classes from "./sharing.module.css";
import { sharingWords } from "./sharing-words";

interface ScheduleDialogProps {
  opened: boolean;
  onClose: () => void;
  target: DialogTarget;
}

/** Mailings of a report or dashboard, by the workspace's clock. */
export function ScheduleDialog({ opened, onClose, target }: ScheduleDialogProps): ReactNode {
  const words = useWords(sharingWords).schedule;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.title(target.name)}
      size="lg"
      closeButtonProps={{ "aria-label": common.close }}
    >
      {opened && <Mailings target={target} />}
    </Modal>
  );
}

function Mailings({ target }: { target: DialogTarget }): ReactNode {
  const words = useWords(sharingWords).schedule;
  const query = useQuery(schedulesQuery(target.kind, target.ref));
  const mail = useQuery(mailQuery);
  const [editing, setEditing] = useState<Schedule | "new" | null>(null);
  return (
    <Stack gap="md">
      {mail.data?.ready === false && (
        <Alert color="yellow" icon={<IconMail size={18} />}>
          {words.noMail}
        </Alert>
      )}
      <Loaded query={query} skeleton={<Skeleton height={64} />}>
        {(schedules) => (
          <>
            {schedules.length === 0 && editing === null && (
              <Text size="sm" c="dimmed">
                {words.none}
              </Text>
            )}
            <ul className={classes.list}>
              {schedules.map((one) => (
                <ScheduleRow key={one.id} schedule={one} onEdit={() => setEditing(one)} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
      {editing === null ? (
        <Button
          variant="light"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setEditing("new")}
        >
          {words.add}
        </Button>
      ) : (
        <ScheduleForm
          key={editing === "new" ? "new" : editing.id}
          target={target}
          schedule={editing === "new" ? undefined : editing}
          onDone={() => setEditing(null)}
        />
      )}
    </Stack>
  );
}

function useSaySchedule() {
  const words = useWords(sharingWords).schedule;
  const days = words.weekdays.split("|");
  return ({ every, hour, weekday, monthday }: Schedule): string => {
    const at = `${String(hour).padStart(2, "0")}:00`;
    if (every === "day") return words.says.day(at);
    if (every === "week") return words.says.week(days[weekday] ?? "", at);
    return words.says.month(String(monthday), at);
  };
}

function ScheduleRow({ schedule, onEdit }: { schedule: Schedule; onEdit: () => void }): ReactNode {
  const words = useWords(sharingWords).schedule;
  const common = useWords(commonWords);
  const format = useFormat();
  const say = useSaySchedule();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = async () => {
    await unwrap(
      client.DELETE("/api/analytics/schedules/{id}", { params: { path: { id: schedule.id } } }),
    );
    toastDone(words.removed);
    await queries.invalidateQueries({ queryKey: ["analytics", "schedules"] });
  };
  const next =
    schedule.enabled && schedule.next_at
      ? words.next(format.dateTime(schedule.next_at))
      : words.paused;
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <div>
          <Text size="sm" fw={500}>
            {say(schedule)}
          </Text>
          <Text size="xs" c="dimmed">
            {format.list(schedule.members.map((one) => one.name))} · {next}
          </Text>
          {schedule.error && (
            <Text size="xs" c="red">
              {words.failed}: {schedule.error}
            </Text>
          )}
        </div>
        <Group gap={4}>
          <Button size="compact-xs" variant="subtle" onClick={onEdit}>
            {common.edit}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => setAsking(true)}>
            {words.remove}
          </Button>
        </Group>
      </Group>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={words.removeTitle}
        effect={<Text size="sm">{words.removeEffect}</Text>}
        action={words.remove}
        onConfirm={remove}
      />
    </li>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));
const HOUR_DEFAULT = 8;

interface ScheduleFormProps {
  target: DialogTarget;
  schedule: Schedule | undefined;
  onDone: () => void;
}

type Every = Schedule["every"];

function ScheduleForm({ target, schedule, onDone }: ScheduleFormProps): ReactNode {
  const words = useWords(sharingWords).schedule;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const { member, workspace } = useMe();
  const members = useQuery(membersQuery);
  const [values, setValues] = useState({
    every: (schedule?.every ?? "week") as Every,
    weekday: schedule?.weekday ?? 0,
    monthday: schedule?.monthday ?? 1,
    hour: schedule?.hour ?? HOUR_DEFAULT,
    members: schedule?.members.map((one) => one.id) ?? [member.id],
    enabled: schedule?.enabled ?? true,
  });
  const set = (change: Partial<typeof values>) => setValues({ ...values, ...change });
  const save = useMutation({
    mutationFn: () =>
      schedule
        ? unwrap(
            client.PATCH("/api/analytics/schedules/{id}", {
              params: { path: { id: schedule.id } },
              body: values,
            }),
          )
        : unwrap(
            client.POST("/api/analytics/schedules", {
              body: { kind: target.kind, ref: target.ref, ...values },
            }),
          ),
    onSuccess: async () => {
      toastDone(words.saved);
      await queries.invalidateQueries({ queryKey: ["analytics", "schedules"] });
      onDone();
    },
  });
  return (
    <form
      aria-label={schedule ? words.change : words.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (values.members.length > 0) save.mutate();
      }}
    >
      <Stack gap="sm">
        <Group grow align="flex-start">
          <Select
            label={words.every}
            data={(["day", "week", "month"] as const).map((value) => ({
              value,
              label: words.everyday[value],
            }))}
            value={values.every}
            onChange={(every) => every && set({ every: every as Every })}
            allowDeselect={false}
          />
          {values.every === "week" && (
            <Select
              label={words.weekday}
              data={words.weekdays.split("|").map((label, at) => ({ value: String(at), label }))}
              value={String(values.weekday)}
              onChange={(day) => day && set({ weekday: Number(day) })}
              allowDeselect={false}
            />
          )}
          {values.every === "month" && (
            <NumberInput
              label={words.monthday}
              description={words.monthdayHint}
              min={1}
              max={31}
              allowDecimal={false}
              value={values.monthday}
              onChange={(day) => day !== "" && set({ monthday: Number(day) })}
            />
          )}
          <Select
            label={words.hour}
            data={HOURS.map((hour) => ({ value: hour, label: `${hour.padStart(2, "0")}:00` }))}
            value={String(values.hour)}
            onChange={(hour) => hour && set({ hour: Number(hour) })}
            allowDeselect={false}
          />
        </Group>
        <Text size="xs" c="dimmed">
          {words.clock(workspace.time_zone)}
        </Text>
        <MultiSelect
          label={words.members}
          data={(members.data?.items ?? []).map((one) => ({
            value: String(one.id),
            label: one.name,
          }))}
          value={values.members.map(String)}
          onChange={(chosen) => set({ members: chosen.map(Number) })}
          searchable
        />
        <Switch
          label={words.enabled}
          checked={values.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={values.members.length === 0}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
