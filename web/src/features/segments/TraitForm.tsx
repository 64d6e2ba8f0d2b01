import { Alert, Button, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { Card } from "@/components/Card";
import { useConditionCheck } from "@/components/conditions/use-condition-check";
import { useErrorText } from "@/components/ErrorState";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { ComputedTrait } from "@/lib/api";
import { ApiProblem } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { FigureFields, mayLive } from "./FigureFields";
import classes from "./SegmentForm.module.css";
import { TraitPreviewPanel } from "./TraitPreviewPanel";
import { asCondition, chooseKind, type TraitDraft, type TraitWay } from "./trait-draft";
import { traitWords } from "./trait-words";

const WAYS: TraitWay[] = ["live", "hour", "day"];

interface TraitFormProps {
  initial: TraitDraft;
  action: string;
  /** The trait itself, when it exists: its name stays. */
  own?: ComputedTrait;
  onSave: (draft: TraitDraft) => Promise<unknown>;
  saved: boolean;
}

/** A computed trait as it is written: name, figure, how it is kept, and what it says right now. */
export function TraitForm({ initial, action, own, onSave, saved }: TraitFormProps): ReactNode {
  const words = useWords(traitWords).form;
  const common = useWords(commonWords);
  const form = useForm(toFields(initial), ({ name }): { name?: string } =>
    name.trim() ? {} : { name: common.required },
  );
  const { values, set } = form;
  const { figure, way } = values.rule;
  const condition = useMemo(() => asCondition(figure), [figure]);
  const check = useConditionCheck(condition);
  const [insist, setInsist] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const masked = own?.masked === true;
  const live = mayLive(figure, check.live?.reasons ?? []);
  const sound = check.sound === false || (way === "live" && !live) ? false : check.sound;
  const save = async () => {
    setError(null);
    setInsist(true);
    const complete = form.check();
    if (!complete || (!masked && sound !== true)) return;
    setBusy(true);
    try {
      await onSave({ name: values.name, description: values.description, figure, way });
      form.reset(values);
    } catch (problem) {
      setError(problem as Error);
      form.showProblem(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="lg">
      <UnsavedGuard changed={form.changed && !saved} />
      <Card>
        <div className={classes.names}>
          {!own && (
            <TextInput
              label={words.name}
              description={words.nameHint}
              placeholder={words.nameExample}
              maxLength={100}
              required
              withAsterisk={false}
              inputWrapperOrder={["label", "input", "description", "error"]}
              {...form.text("name")}
            />
          )}
          <TextInput
            label={words.description}
            placeholder={words.descriptionHint}
            maxLength={2_000}
            {...form.text("description")}
          />
        </div>
      </Card>
      {masked && <Alert color="gray">{words.masked}</Alert>}
      {!masked && (
        <div className={classes.columns}>
          <Card title={words.figure} hint={words.figureHint}>
            <Stack>
              <FigureFields
                figure={figure}
                onKind={(kind) => set("rule", chooseKind(values.rule, kind))}
                onChange={(next) => set("rule", { figure: next, way })}
                problems={check.problems}
                insist={insist}
              />
              <Ways
                value={way}
                live={live}
                onChange={(next) => set("rule", { figure, way: next })}
              />
              <Text size="xs" c="dimmed">
                {words.rule}
              </Text>
            </Stack>
          </Card>
          <div className={classes.side}>
            <TraitPreviewPanel figure={figure} sound={check.sound} />
          </div>
        </div>
      )}
      <Group gap="sm" align="center">
        <Button onClick={() => void save()} loading={busy}>
          {action}
        </Button>
        <SaveNote insist={insist && !masked} sound={sound} error={error} />
      </Group>
    </Stack>
  );
}

/** The kind of a figure and how it is kept change together. */
function toFields({ name, description, figure, way }: TraitDraft) {
  return { name, description, rule: { figure, way } };
}

interface WaysProps {
  value: TraitWay;
  live: boolean;
  onChange: (way: TraitWay) => void;
}

function Ways({ value, live, onChange }: WaysProps): ReactNode {
  const words = useWords(traitWords);
  return (
    <Radio.Group
      label={words.form.way}
      value={value}
      onChange={(next) => onChange(next as TraitWay)}
    >
      <div className={classes.ways}>
        {WAYS.map((way) => (
          <div key={way} className={classes.way} data-checked={value === way || undefined}>
            <Radio
              value={way}
              label={words.ways[way]}
              description={words.wayHints[way]}
              disabled={way === "live" && !live && value !== "live"}
            />
            {way === "live" && !live && (
              <Text size="xs" c={value === "live" ? "red" : "dimmed"} mt={4}>
                {words.notLive}
              </Text>
            )}
          </div>
        ))}
      </div>
    </Radio.Group>
  );
}

interface SaveNoteProps {
  insist: boolean;
  sound: boolean | undefined;
  error: Error | null;
}

function SaveNote({ insist, sound, error }: SaveNoteProps): ReactNode {
  const words = useWords(traitWords).form;
  const errorText = useErrorText();
  // What belongs to the name is said beside it.
  const shown = error && !(error instanceof ApiProblem && "name" in error.fields) ? error : null;
  if (shown) return <Alert color="red">{errorText(shown)}</Alert>;
  if (insist && sound === false)
    return (
      <Text size="sm" c="red" role="alert">
        {words.insist}
      </Text>
    );
  return null;
}
