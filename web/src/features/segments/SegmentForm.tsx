import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { ConditionBuilder } from "@/components/conditions/ConditionBuilder";
import { conditionWords } from "@/components/conditions/condition-words";
import {
  type ConditionCheck,
  useConditionCheck,
} from "@/components/conditions/use-condition-check";
import { useErrorText } from "@/components/ErrorState";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { UploadedSegment } from "@/lib/api";
import { ApiProblem } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import { PreviewPanel } from "./PreviewPanel";
import classes from "./SegmentForm.module.css";
import type { SegmentDraft, Way } from "./segment-draft";
import { segmentWords } from "./segment-words";
import { UploadFields, UploadOutcome } from "./UploadFields";
import { WayFields } from "./WayFields";

interface SegmentFormProps {
  initial: SegmentDraft;
  ways: Way[];
  action: string;
  /** The segment itself, when it exists: its condition must not ask about it. */
  own?: { id: number; masked: boolean };
  onSave: (draft: SegmentDraft) => Promise<unknown>;
  saved: boolean;
}

/** A segment as it is written: name, way, and the condition with what it means right now. */
export function SegmentForm({
  initial,
  ways,
  action,
  own,
  onSave,
  saved,
}: SegmentFormProps): ReactNode {
  const words = useWords(formWords);
  const common = useWords(commonWords);
  const form = useForm(initial, ({ name }): { name?: string } =>
    name.trim() ? {} : { name: common.required },
  );
  const { values, set } = form;
  const check = useConditionCheck(values.condition);
  const [insist, setInsist] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const [uploaded, setUploaded] = useState<UploadedSegment>();
  const listed = values.way === "static";
  const fixed = listed || own?.masked === true;
  const save = async () => {
    setError(null);
    setInsist(true);
    const complete = form.check();
    if (!complete || (!fixed && check.sound !== true)) return;
    setBusy(true);
    try {
      await onSave(values);
    } catch (problem) {
      setError(problem as Error);
      form.showProblem(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  if (uploaded) return <UploadOutcome segment={uploaded} />;
  return (
    <Stack gap="lg">
      <UnsavedGuard changed={form.changed && !saved} />
      <Card>
        <Stack>
          <div className={classes.names}>
            <TextInput
              label={words.name}
              placeholder={words.nameExample}
              maxLength={100}
              required
              withAsterisk={false}
              {...form.text("name")}
            />
            <TextInput
              label={words.description}
              placeholder={words.descriptionHint}
              maxLength={2_000}
              {...form.text("description")}
            />
          </div>
          {!own?.masked && ways.length > 1 && (
            <WayFields
              value={values.way}
              onChange={(way) => set("way", way)}
              ways={ways}
              live={check.live}
            />
          )}
        </Stack>
      </Card>
      {values.way === "static" && !own && (
        <UploadFields
          name={values.name.trim()}
          description={values.description.trim()}
          checkName={form.check}
          onUploaded={setUploaded}
        />
      )}
      {own?.masked && <MaskedNote />}
      {!fixed && (
        <div className={classes.columns}>
          <Card title={words.condition} hint={words.conditionHint}>
            <ConditionBuilder
              value={values.condition}
              onChange={(condition) => set("condition", condition)}
              problems={check.problems}
              insist={insist}
              except={own?.id}
            />
          </Card>
          <div className={classes.side}>
            <PreviewPanel
              condition={values.condition}
              sound={check.sound}
              sentence={check.sentence}
            />
          </div>
        </div>
      )}
      {!(listed && !own) && (
        <Group gap="sm" align="center">
          <Button onClick={() => void save()} loading={busy}>
            {action}
          </Button>
          <SaveNote insist={insist && !fixed} check={check} error={error} />
        </Group>
      )}
    </Stack>
  );
}

function SaveNote({
  insist,
  check,
  error,
}: {
  insist: boolean;
  check: ConditionCheck;
  error: Error | null;
}): ReactNode {
  const words = useWords(formWords);
  const problem = useWords(conditionWords).problem;
  const errorText = useErrorText();
  // What belongs to one field is said beside it.
  const shown = error && !(error instanceof ApiProblem && "name" in error.fields) ? error : null;
  if (shown) return <Alert color="red">{errorText(shown)}</Alert>;
  if (!insist || check.sound === true) return null;
  if (check.sound === undefined)
    return <Text size="sm">{check.failed ? problem.unchecked : words.checking}</Text>;
  return (
    <Text size="sm" c="red" role="alert">
      {words.insist}
    </Text>
  );
}

function MaskedNote(): ReactNode {
  const words = useWords(segmentWords).condition;
  return <Alert color="gray">{words.masked}</Alert>;
}
