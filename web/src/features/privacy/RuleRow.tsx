import { ActionIcon, Autocomplete, Group, NumberInput, Select, Switch, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { TimeText } from "@/components/TimeText";
import type { RetentionRule, RuleKind } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import classes from "./RuleRow.module.css";
import { recordWords } from "./record-words";
import { daysRange, type RuleDraft, type RuleFault } from "./retention-rules";

interface RuleRowProps {
  draft: RuleDraft;
  saved: RetentionRule | undefined;
  fault: RuleFault | undefined;
  onChange: (draft: RuleDraft) => void;
  onRemove: () => void;
}

const KINDS: RuleKind[] = ["event", "trait", "inactive_profile"];

export function RuleRow({ draft, saved, fault, onChange, onRemove }: RuleRowProps): ReactNode {
  const words = useWords(recordWords).retention;
  const format = useFormat();
  const [from, to] = daysRange(draft.kind);
  const kindName = words.kinds[draft.kind];
  const name = draft.name ? `${kindName} ${draft.name}` : kindName;
  return (
    <fieldset className={classes.row} aria-label={name}>
      <Select
        label={words.kind}
        data={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
        value={draft.kind}
        allowDeselect={false}
        onChange={(kind) => onChange({ ...draft, kind: kind as RuleKind })}
      />
      {draft.kind === "inactive_profile" ? (
        <span />
      ) : (
        <NameField
          draft={draft}
          error={fault === "name" ? words.nameMissing : fault === "twice" ? words.twice : undefined}
          onChange={onChange}
        />
      )}
      <NumberInput
        label={words.days}
        min={from}
        max={to}
        clampBehavior="none"
        allowDecimal={false}
        thousandSeparator=","
        value={draft.days}
        error={
          fault === "days" ? words.daysWrong(format.number(from), format.number(to)) : undefined
        }
        onChange={(days) => onChange({ ...draft, days: Number(days) })}
      />
      <Group gap="md" wrap="nowrap" className={classes.end}>
        <Switch
          label={draft.enabled ? words.on : words.off}
          aria-label={`${words.enabled}: ${name}`}
          checked={draft.enabled}
          onChange={(event) => onChange({ ...draft, enabled: event.currentTarget.checked })}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.remove(name)}
          onClick={onRemove}
        >
          <IconTrash size={17} />
        </ActionIcon>
      </Group>
      <Text size="xs" c="dimmed" className={classes.last}>
        {saved?.last_run_at ? (
          <>
            {words.last}: <TimeText at={saved.last_run_at} /> ·{" "}
            {words.removed(format.number(saved.last_removed ?? 0))}
          </>
        ) : (
          words.never
        )}
      </Text>
    </fieldset>
  );
}

interface NameFieldProps {
  draft: RuleDraft;
  error: string | undefined;
  onChange: (draft: RuleDraft) => void;
}

/** Names that are in the catalogue are offered; one that is not there yet may be written. */
function NameField({ draft, error, onChange }: NameFieldProps): ReactNode {
  const words = useWords(recordWords).retention;
  const mayCollect = useMayDo()("collect.read");
  const { data } = useQuery({
    queryKey: ["privacy", "event-names"],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/collect/catalogue", { params: { query: { limit: 200 } }, signal })),
    enabled: mayCollect && draft.kind === "event",
  });
  const names = draft.kind === "event" ? (data?.items.map((one) => one.name) ?? []) : [];
  return (
    <Autocomplete
      label={draft.kind === "trait" ? words.nameOf.trait : words.nameOf.event}
      data={names}
      limit={50}
      value={draft.name}
      error={error}
      onChange={(name) => onChange({ ...draft, name })}
    />
  );
}
