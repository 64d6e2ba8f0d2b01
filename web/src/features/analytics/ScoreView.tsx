import { Alert, Badge, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useWorkspaceValues } from "@/components/answer/answer-values";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import { isActive, JobBar } from "@/components/JobBar";
import { TimeText } from "@/components/TimeText";
import type { JsonObject, Score } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { jobsQuery, scoresQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { FormFaults, useFaults } from "./form-places";
import { ParamsForm } from "./ParamsForm";
import { isComplete, type ParamSchema, readFields } from "./param-schema";
import { ScoreQuality } from "./ScoreQuality";
import { ScoreTrial } from "./ScoreTrial";
import { metricOf } from "./score-rules";
import { scoreWords } from "./score-words";

export interface ScoreSettings {
  params: JsonObject;
  days: number | null;
  as_of: Score["as_of"];
}

/** One score: whether it is on, how well it foretells, its settings, and what they would give. */
export function ScoreView({ score }: { score: Score }): ReactNode {
  const words = useWords(scoreWords);
  const { language } = useLanguage();
  const mayManage = useMayDo()("reports.manage");
  return (
    <Stack gap="md">
      <Text size="sm">{score.description[language]}</Text>
      <State score={score} mayManage={mayManage} />
      <ScoreQuality score={score} quality={score.quality} />
      {score.hidden && <Alert color="gray">{words.hidden}</Alert>}
      {score.params && mayManage && <Settings key={score.updated_at} score={score} />}
    </Stack>
  );
}

function useChange(score: Score) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ScoreSettings & { enabled: boolean }) =>
      unwrap(
        client.PUT("/api/analytics/scores/{key}", {
          params: { path: { key: score.key } },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: scoresQuery.queryKey }),
  });
}

function settingsOf(score: Score): ScoreSettings {
  return { params: (score.params ?? {}) as JsonObject, days: score.days, as_of: score.as_of };
}

function State({ score, mayManage }: { score: Score; mayManage: boolean }): ReactNode {
  const words = useWords(scoreWords);
  const format = useFormat();
  const values = useWorkspaceValues();
  const errorText = useErrorText();
  const { language } = useLanguage();
  const queries = useQueryClient();
  const change = useChange(score);
  const [asking, setAsking] = useState(false);
  const jobs = useQuery({ ...jobsQuery, enabled: score.job_id !== null });
  const job = jobs.data?.items.find((one) => one.id === score.job_id);
  const run = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/analytics/scores/{key}/run", { params: { path: { key: score.key } } }),
      ),
    onSuccess: async () => {
      toastDone(words.running);
      await queries.invalidateQueries({ queryKey: scoresQuery.queryKey });
    },
  });
  const error = change.error ?? run.error;
  return (
    <Card>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <Badge variant="light" color={score.enabled ? "teal" : "gray"}>
            {score.enabled ? words.on : words.off}
          </Badge>
          <Text size="sm" c="dimmed" component="span">
            {words.trait(score.key)}
            {score.ran_at && (
              <>
                {" · "}
                {values.say("people", score.people)} · <TimeText at={score.ran_at} />
              </>
            )}
          </Text>
        </Group>
        {mayManage && score.params && score.enabled && (
          <Group gap="xs">
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconPlayerPlay size={14} aria-hidden />}
              loading={run.isPending}
              onClick={() => run.mutate()}
            >
              {words.run}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              loading={change.isPending}
              onClick={() => setAsking(true)}
            >
              {words.turnOff}
            </Button>
          </Group>
        )}
      </Group>
      {score.error && (
        <Alert color="red" mt="sm">
          {score.error}
        </Alert>
      )}
      {error && (
        <Alert color="red" mt="sm">
          {errorText(error)}
        </Alert>
      )}
      {job && isActive(job.state) && <JobBar job={job} />}
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={words.turnOffTitle(score.title[language])}
        effect={<Text size="sm">{words.turnOffEffect(format.number(score.people))}</Text>}
        action={words.turnOff}
        onConfirm={async () => {
          await change.mutateAsync({ ...settingsOf(score), enabled: false });
          toastDone(words.turnedOff);
        }}
      />
    </Card>
  );
}

const DAYS_MAX = 1_000;

function Settings({ score }: { score: Score }): ReactNode {
  const words = useWords(scoreWords);
  const errorText = useErrorText();
  const [settings, setSettings] = useState(() => settingsOf(score));
  const change = useChange(score);
  const [refused, setRefused] = useState<Error | null>(null);
  const faults = useFaults(change.error ?? refused);
  const set = (part: Partial<ScoreSettings>) => setSettings({ ...settings, ...part });
  const schema = score.params_schema as ParamSchema;
  const complete = isComplete(readFields(schema), settings.params);
  const changed = JSON.stringify(settings) !== JSON.stringify(settingsOf(score));
  return (
    <Card title={words.settings}>
      <Stack gap="md">
        <FormFaults value={faults}>
          <ParamsForm
            metric={{ key: metricOf(score) ?? score.key, params: score.params_schema }}
            params={settings.params}
            onChange={(params) => set({ params })}
          />
        </FormFaults>
        <Group grow align="flex-end">
          {score.days !== null && (
            <NumberInput
              label={words.days}
              min={1}
              max={DAYS_MAX}
              allowDecimal={false}
              value={settings.days ?? ""}
              onChange={(days) => days !== "" && set({ days: Number(days) })}
            />
          )}
          <Select
            label={words.asOf}
            data={(["now", "last_event"] as const).map((value) => ({
              value,
              label: words.asOfs[value],
            }))}
            value={settings.as_of}
            onChange={(asOf) => asOf && set({ as_of: asOf as Score["as_of"] })}
            allowDeselect={false}
          />
        </Group>
        {change.error && <Alert color="red">{errorText(change.error)}</Alert>}
        <ScoreTrial score={score} settings={settings} disabled={!complete} onError={setRefused} />
        <Button
          style={{ alignSelf: "flex-start" }}
          disabled={!complete || (score.enabled && !changed)}
          loading={change.isPending}
          onClick={() =>
            change.mutate(
              { ...settings, enabled: true },
              { onSuccess: () => toastDone(score.enabled ? words.saved : words.turnedOn) },
            )
          }
        >
          {score.enabled ? words.save : words.turnOn}
        </Button>
      </Stack>
    </Card>
  );
}
